"""The Pod together with what a live object remembers of its past: restarts, why it ended, who asked for it.

Machines that only observe, so that what such an object says becomes a predicate over the states of a system.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Any

from podproof.kubernetes.pod import POD
from podproof.kubernetes.view import POD_WITH_STATUS, api_reason, local_reason
from podproof.kubernetes.vocabulary.events import restart, restart_init, start, start_init
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import Event, Machine, System, Transition, Variable, state


class Starts(StrEnum):
    """How often a container was started; restartCount is above 0 after `again`."""

    none = "none"
    once = "once"
    again = "again"


class Seen(StrEnum):
    """Whether something ever happened."""

    no = "no"
    yes = "yes"


starts = state("starts", Starts, kind=regular, initial=Starts.none, doc="how often it was started")
init_starts = state("init starts", Starts, kind=init, initial=Starts.none, doc="how often it was started")


def _counts(name: str, count: Variable[Starts], *events: Event) -> Machine[Starts]:
    return Machine(
        name,
        count,
        doc="How often the container was started; it only observes.",
        transitions=(),
        reacts=[
            Transition(trigger=event, source=source, dest=dest)
            for event in events
            for source, dest in ((Starts.none, Starts.once), (Starts.once, Starts.again))
        ],
        abstracted=("how many restarts there were",),
    )


def _noted(variable: Variable[Seen], events: Iterable[Event]) -> Machine[Seen]:
    noted: list[Transition[Seen]] = [Transition(trigger=event, source=Seen.no, dest=Seen.yes) for event in events]
    return Machine(variable.name, variable, doc=variable.doc, transitions=(), reacts=noted)


_STARTS = (_counts("starts", starts, start, restart), _counts("init starts", init_starts, start_init, restart_init))
_REASONS = (local_reason, api_reason)


@cache
def happened(*events: Event) -> Variable[Seen]:
    """Whether one of the events happened to the Pod."""
    return state(f"happened: {' or '.join(events)}", Seen, initial=Seen.no, doc=f"it saw: {' or '.join(events)}")


@cache
def watched(reasons: bool, marks: tuple[tuple[Event, ...], ...]) -> System:
    """The Pod with restarts; with status.reason, and with whether one of each group of events happened."""
    observed: tuple[Machine[Any], ...] = (*_STARTS, *(_noted(happened(*events), events) for events in marks))
    system = System(
        "watched pod",
        (*(POD_WITH_STATUS if reasons else POD).machines, *observed),
        frozen=POD.frozen,
        initially=POD.initially,
        doc="The Pod together with what a live object remembers.",
    )
    kept = (*POD.variables, *(machine.state for machine in observed), *(_REASONS if reasons else ()))
    return system.cone(v if v.domain.values[0] is False else v.is_(v.domain.values[0]) for v in kept)
