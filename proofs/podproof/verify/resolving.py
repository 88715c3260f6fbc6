"""What a name or a function in a declaration stands for: what `transitions` put on the model, or code of the user's.

`transitions` looks strings up on the model, where it has put its own methods: one for each event, `is_STATE` and
`may_EVENT`. Those are known, and are followed. Everything else is the user's, and is not looked into.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property, partial
from typing import Any

from transitions import Event, Machine
from transitions.extensions.asyncio import HierarchicalAsyncMachine
from transitions.extensions.nesting import FunctionWrapper, HierarchicalMachine


class Does(StrEnum):
    """What calling it does."""

    triggers = "triggers the event"
    asks_state = "asks for the state"
    asks_event = "asks whether the event may be triggered"
    fails = "raises an error of transitions"
    nothing = "does nothing"
    anything = "does what the user wrote"


@dataclass(frozen=True)
class Callback:
    """label: how it is called in reports; what: the name of the event or state, if it is about one."""

    label: str
    does: Does = Does.anything
    what: str = ""


class Resolver:
    """Looks names up as `transitions` will, on the models of one machine, without running anything of theirs."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def callback(self, func: Any) -> Callback:
        """What a callback does. Models that differ in it: anything."""
        found = {self._meaning(func, model) for model in self._models}
        does, what = found.pop() if len(found) == 1 else (Does.anything, "")
        return Callback(what if does is Does.triggers else label(func), does, what)

    def condition(self, func: Any) -> Callback:
        """What a condition asks: anything, unless it is about a state or an event."""
        found = self.callback(func)
        return found if found.does in (Does.asks_state, Does.asks_event) else Callback(found.label)

    @cached_property
    def _models(self) -> list[Any]:
        return list(self._machine.models) or [self._bare]

    @cached_property
    def _bare(self) -> Any:
        """What `transitions` puts on a model that has nothing of its own."""
        bare = _Bare()
        with quietly():
            for event in self._machine.events:
                self._machine._add_trigger_to_model(event, bare)
            for state in self._machine.states.values():
                self._machine._add_model_to_state(state, bare)
        return bare

    def _meaning(self, func: Any, model: Any) -> tuple[Does, str]:
        if isinstance(func, str):
            func = inspect.getattr_static(model, func, _missing)
            if func is not _missing and not callable(func) and not hasattr(type(func), "__get__"):
                return Does.nothing, ""  # a value, which transitions does not call
        if isinstance(func, FunctionWrapper):
            func = func._func
        if not isinstance(func, partial) or func.keywords:
            return Does.anything, ""
        called, arguments = func.func, func.args
        if getattr(called, "__name__", "") == "_locked_method" and arguments:  # of a LockedMachine
            called, *rest = arguments
            arguments = tuple(rest)
        return self._bound(called, arguments, model)

    def _bound(self, called: Any, arguments: tuple[Any, ...], model: Any) -> tuple[Does, str]:
        """What a method of the machine or of one of its events does when it is called with these arguments."""
        owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
        if isinstance(owner, Event):
            own = owner is self._machine.events.get(owner.name) and name == "trigger"
            return (Does.triggers, owner.name) if own and _same(arguments, (model,)) else (Does.anything, "")
        if owner is not self._machine or len(arguments) != 2:
            return Does.anything, ""
        first, second = arguments
        if name == "is_state" and second is model:
            return Does.asks_state, self._state_name(first)
        if first is model and self._has_event(second):
            if name in ("trigger_event", "_get_trigger"):
                return Does.triggers, str(second)
            # The asyncio machine with nested states asks only the first of several active states: not followed.
            if name == "_can_trigger" and not isinstance(owner, HierarchicalAsyncMachine):
                return Does.asks_event, str(second)
        return Does.anything, ""

    def _has_event(self, name: Any) -> bool:
        if isinstance(self._machine, HierarchicalMachine):
            return isinstance(name, str) and bool(self._machine.has_trigger(name))
        return isinstance(name, str) and name in self._machine.events

    def _state_name(self, state: Any) -> str:
        if not isinstance(state, Enum):
            return str(state)
        if isinstance(self._machine, HierarchicalMachine):
            return str(self._machine.state_cls.separator.join(self._machine._get_enum_path(state)))
        return str(state.name)


class _Bare:
    """A model with nothing of its own."""


_missing = object()


def _same(given: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    return len(given) == len(wanted) and all(a is b for a, b in zip(given, wanted, strict=True))


def label(func: Any) -> str:
    """How a function is called in reports; it is not called here."""
    if isinstance(func, str):
        return func
    if isinstance(func, partial):
        return f"partial {label(func.func)}"
    name = getattr(func, "__name__", None) or type(func).__name__
    if name == "<lambda>":
        return f"lambda in line {func.__code__.co_firstlineno}"
    return str(name)


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
