"""Going through a plain machine by hand, with the answers of its conditions given: for tests of its transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from podproof.verify.plain import edge_text
from podproof.verify.reading import read
from podproof.verify.resolving import quietly
from podproof.verify.skeleton import Asked, Configuration, Skeleton, active
from podproof.verify.sources import machine_of


class Rehearsal:
    """A copy of a machine's states and transitions in the hands of a test, with the callbacks that trigger events.

    >>> run = Rehearsal({"states": ["open", "shut"], "initial": "open", "transitions": [
    ...     {"trigger": "close", "source": "open", "dest": "shut", "unless": "blocked"}]})
    >>> run.trigger("close", {"blocked": True})
    []
    >>> run.trigger("close", {"blocked": False}), run.state
    (['close: open -> shut [not blocked]'], 'shut')
    """

    def __init__(self, machine: Any, *, initial: Sequence[str] = (), auto_transitions: bool = False) -> None:
        self._reading = read(machine_of(machine), automatic=auto_transitions, initial=initial)
        self._skeleton = Skeleton(self._reading)
        self._now: Configuration = self._skeleton.starts()[0]

    @property
    def state(self) -> str | list[str]:
        """The name of the active state; a list of the innermost ones where parallel states are active."""
        names = [self._reading.name(path) for path in active(self._reading, self._now)]
        return names[0] if len(names) == 1 else names

    def trigger(self, event: str, conditions: Mapping[str, bool] | None = None) -> list[str]:
        """The transitions that fire, as `podproof verify` writes them; none where the event is not for this state.

        conditions: what they answer; `NAME in EVENT` while a callback has triggered the event. Raises Asked where
        another one is asked, AssertionError where transitions fails.
        """
        given = dict(conditions or {})

        def ask(condition: str, usual: bool) -> bool:
            if condition not in given and not usual:
                return False
            if condition not in given:
                raise Asked(f"{event} asks for the condition {condition}, which has no answer here")
            return given[condition]

        with quietly():
            fired = self._skeleton.fire(self._now, event, ask)
        if fired.error and not fired.refused:
            raise AssertionError(f"{event}: transitions raises {fired.error}")
        self._now = fired.after
        return [edge_text(self._reading, self._reading.edges[number]) for number in fired.edges]
