"""The user's machine without its flesh: the same states and transitions in a `transitions` machine of its own.

What an event does in a state, nested and parallel ones included, is what `transitions` itself makes of it: nothing of
its rules is written a second time. Conditions are answered by whoever asks, callbacks are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from podproof.plain.reading import Edge, Reading, StateNode, Unreadable
from transitions import Event, Machine, State
from transitions.core import Transition
from transitions.extensions.nesting import HierarchicalMachine, NestedEvent, NestedState, NestedTransition

Configuration = str | tuple[Any, ...]
"""A state's name, or nested tuples of names where parallel states are active."""


@dataclass(frozen=True)
class Fired:
    """What one event did. edges: the transitions that fired, in order; error: what `transitions` raised."""

    edges: tuple[int, ...]
    after: Configuration | None
    error: str = ""


class _Nested(HierarchicalMachine):
    def _check_event_result(self, res: bool | None, model: Any, trigger: str) -> bool:
        """An event that is not valid here does nothing, whatever the user wants to be told about it."""
        return bool(res)


class _Probe:
    """The model: it has nothing but a state."""


class Skeleton:
    """Runs single events from given configurations."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._ask: Callable[[str], bool] = _nobody
        self._fired: list[int] = []
        self._probe = _Probe()
        self._machine: Any
        bare: dict[str, Any] = {"model": None, "states": None, "initial": None, "auto_transitions": False}
        if reading.nested:
            separated = type("SeparatedState", (NestedState,), {"separator": reading.separator})
            machine_class = type("SeparatedMachine", (_Nested,), {"state_cls": separated})
            self._machine = machine_class(**bare)
            self._nest(self._machine, reading.states, separated)
        else:
            self._machine = Machine(**bare, ignore_invalid_triggers=True)
            for node in reading.states:
                self._machine.states[node.path[-1]] = State(node.path[-1], ignore_invalid_triggers=True)
        for edge in reading.edges:
            self._add(edge)

    def starts(self) -> tuple[Configuration, ...]:
        """The configurations in which a new model begins: initial substates are entered."""
        found = []
        for initial in self.reading.initial:
            try:
                place = initial
                if self.reading.nested and isinstance(initial, str):
                    place = self._machine._resolve_initial([self._probe], initial.split(self.reading.separator))
                self._machine.set_state(_thawed(place), self._probe)
            except (KeyError, ValueError, AttributeError) as error:
                raise Unreadable(f"it cannot begin in {initial}: no such state") from error
            found.append(_frozen(self._probe.__dict__["state"]))
        return tuple(dict.fromkeys(found))

    def fire(self, before: Configuration, event: str, ask: Callable[[str], bool]) -> Fired:
        """The event in that configuration; `ask` says whether a condition holds."""
        self._ask, self._fired = ask, []
        self._probe.__dict__["state"] = _thawed(before)
        try:
            if self.reading.nested:
                self._machine.trigger_event(self._probe, event)
            elif event in self._machine.events:
                self._machine.events[event].trigger(self._probe)
        except Asked:
            raise
        except Exception as error:  # whatever the library raises here, it raises in the user's program
            return Fired(tuple(self._fired), None, f"{type(error).__name__}: {' '.join(str(error).split())}")
        finally:
            self._ask = _nobody
        return Fired(tuple(self._fired), _frozen(self._probe.__dict__["state"]))

    def _nest(self, parent: Any, nodes: Iterable[StateNode], state_class: type[Any]) -> None:
        for node in nodes:
            state = state_class(node.path[-1], ignore_invalid_triggers=True, initial=_thawed(node.initial))
            parent.states[node.path[-1]] = state
            self._nest(state, node.children, state_class)

    def _add(self, edge: Edge) -> None:
        scope = self._machine
        for name in edge.scope:
            scope = scope.states[name]
        if edge.event not in scope.events:
            scope.events[edge.event] = (NestedEvent if self.reading.nested else Event)(edge.event, self._machine)
        transition: Any = NestedTransition if self.reading.nested else Transition
        arrow = transition(
            edge.source,
            edge.dest,
            conditions=[partial(self._answer, each.condition) for each in edge.literals if each.wanted],
            unless=[partial(self._answer, each.condition) for each in edge.literals if not each.wanted],
            before=[partial(self._note, edge.number)],
        )
        scope.events[edge.event].transitions[edge.source].append(arrow)

    def _answer(self, condition: str) -> bool:
        return self._ask(condition)

    def _note(self, number: int) -> None:
        self._fired.append(number)


class Asked(AssertionError):
    """A condition was asked that nobody answers."""


def _nobody(condition: str) -> bool:
    raise Asked(condition)


def outcomes(
    skeleton: Skeleton, before: Configuration, event: str, most: int
) -> Iterator[tuple[Mapping[str, bool], Fired]]:
    """Everything the event can do: each way in which the conditions that are asked can be answered, once.

    A condition has one value during one event. Only what is asked is decided, so there are not more ways than there
    are paths through the conditions. Yields one more than `most` where there are more.
    """
    pending: list[dict[str, bool]] = [{}]
    for _ in range(most + 1):
        if not pending:
            return
        forced = pending.pop()
        answers: dict[str, bool] = {}

        def ask(condition: str, forced: Mapping[str, bool] = forced, answers: dict[str, bool] = answers) -> bool:
            return answers.setdefault(condition, forced.get(condition, True))

        fired = skeleton.fire(before, event, ask)
        asked = list(answers.items())
        for place in reversed(range(len(forced), len(asked))):
            condition, value = asked[place]
            pending.append(dict(asked[:place]) | {condition: not value})
        yield answers, fired


def active(reading: Reading, configuration: Configuration) -> tuple[tuple[str, ...], ...]:
    """The paths of the innermost active states, in the order in which `transitions` keeps them."""
    if isinstance(configuration, str):
        return (reading.path(configuration),)
    return tuple(path for each in configuration for path in active(reading, each))


@contextmanager
def quietly() -> Iterator[None]:
    """Without the log of `transitions`, which the user's module may have turned on for machines of its own."""
    logger = logging.getLogger("transitions")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


def _thawed(configuration: Any) -> Any:
    return [_thawed(each) for each in configuration] if isinstance(configuration, tuple) else configuration


def _frozen(configuration: Any) -> Any:
    return tuple(map(_frozen, configuration)) if isinstance(configuration, list) else configuration
