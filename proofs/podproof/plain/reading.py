"""What a user's `transitions` machine declares, read without running anything of the user's: no condition, no callback.

Conditions are kept by what they are (the same function or name is the same condition), callbacks only by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, EnumMeta
from functools import cached_property, partial
from types import MethodType
from typing import Any

from transitions import Event, Machine, State
from transitions.core import Transition, listify
from transitions.extensions.nesting import HierarchicalMachine, NestedState

LIBRARY = "transitions."
"""Modules whose behaviour is known; classes of others may behave differently."""


class Unreadable(ValueError):
    """Not a machine, or one that podproof cannot start: one line that says what to do."""


@dataclass(frozen=True)
class Literal:
    """One entry of `conditions` (wanted) or of `unless` (not wanted). condition: its name, unique in the machine."""

    condition: str
    wanted: bool

    def __str__(self) -> str:
        return self.condition if self.wanted else f"not {self.condition}"


@dataclass(frozen=True)
class StateNode:
    """A state with its substates. path: names from the outermost state inwards; initial: as `transitions` takes it."""

    path: tuple[str, ...]
    final: bool
    acts: bool
    """Entering or leaving it runs callbacks (or starts a timer)."""
    initial: Any
    children: tuple[StateNode, ...]

    def all(self) -> Iterator[StateNode]:
        yield self
        for child in self.children:
            yield from child.all()


@dataclass(frozen=True)
class Edge:
    """One transition of one source state.

    scope: the state in which it is declared, empty for the machine itself; source, dest: names relative to the scope,
    as `transitions` keeps them, dest None for an internal one; automatic: `to_STATE`, made by `transitions`.
    """

    number: int
    scope: tuple[str, ...]
    event: str
    source: str
    dest: str | None
    literals: tuple[Literal, ...]
    callbacks: tuple[str, ...]
    automatic: bool = False


@dataclass(frozen=True)
class Reading:
    """A machine as it is declared; edges of one source and event are in the order in which they are tried."""

    class_name: str
    nested: bool
    separator: str
    states: tuple[StateNode, ...]
    initial: tuple[Any, ...]
    edges: tuple[Edge, ...]
    left_out: tuple[str, ...]
    """Automatic events that are not counted."""
    callbacks: tuple[str, ...]
    busy: bool
    """The machine itself has callbacks that run at every event."""
    strange: tuple[str, ...] = field(default=())
    """Classes of the user's that may change what a machine does."""

    @cached_property
    def nodes(self) -> Mapping[tuple[str, ...], StateNode]:
        return {node.path: node for state in self.states for node in state.all()}

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(literal.condition for edge in self.edges for literal in edge.literals))

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(edge.event for edge in self.edges))

    def name(self, path: Sequence[str]) -> str:
        return self.separator.join(path)

    def path(self, name: str) -> tuple[str, ...]:
        return tuple(name.split(self.separator)) if self.nested else (name,)

    def source(self, edge: Edge) -> tuple[str, ...]:
        return (*edge.scope, *self.path(edge.source))

    def dest(self, edge: Edge) -> tuple[str, ...] | None:
        """Where it leads; None where the state is no state of the machine (or the transition is internal)."""
        if edge.dest is None:
            return None
        local, whole = (*edge.scope, *self.path(edge.dest)), self.path(edge.dest)
        return next((path for path in (local, whole) if path in self.nodes), None)


def read(machine: Machine, *, automatic: bool = False, initial: Sequence[str] = ()) -> Reading:
    """The declaration of a machine. automatic: count the `to_STATE` events; initial: states to start in instead."""
    return _Reader(machine, automatic).read(tuple(initial))


class _Reader:
    def __init__(self, machine: Machine, automatic: bool) -> None:
        self.machine = machine
        self.automatic = automatic
        self.nested = isinstance(machine, HierarchicalMachine)
        self.separator = str(getattr(machine.state_cls, "separator", "_"))
        self._names: dict[Any, str] = {}
        self._kept_alive: list[Any] = []
        self._left_out: dict[str, None] = {}

    def read(self, initial: tuple[str, ...]) -> Reading:
        machine = self.machine
        states = tuple(self._state(state, ()) for state in machine.states.values())
        if not states:
            raise Unreadable("the machine has no states")
        found = [*self._edges(machine.events.values(), ())]
        for state, path in self._scopes(machine.states.values(), ()):
            found += self._edges(state.events.values(), path)
        edges = tuple(Edge(number, *rest) for number, rest in enumerate(found))
        return Reading(
            type(machine).__name__,
            self.nested,
            self.separator,
            states,
            initial or self._initial(),
            edges,
            tuple(self._left_out),
            tuple(dict.fromkeys(self._callback_names())),
            any(getattr(machine, name, None) for name in AT_EVERY_EVENT),
            tuple(self._strange()),
        )

    def _initial(self) -> tuple[Any, ...]:
        """Where a new model begins; without an initial state, where the models are that were added with their own."""
        if self.machine.initial is not None:
            return (_names(self.machine.initial),)
        found = [_names(vars(model).get(self.machine.model_attribute)) for model in self.machine.models]
        starts = tuple(dict.fromkeys(_hashable(each) for each in found if each is not None))
        if not starts:
            raise Unreadable("the machine has no initial state; say where it begins with --initial STATE")
        return starts

    def _state(self, state: State, above: tuple[str, ...]) -> StateNode:
        path = (*above, _name(state))
        children = tuple(self._state(child, path) for child in getattr(state, "states", {}).values())
        initial = getattr(state, "initial", None)
        own_class = any(
            not cls.__module__.startswith(LIBRARY) and {"enter", "exit"} & vars(cls).keys()
            for cls in type(state).__mro__
        )
        acts = own_class or any(getattr(state, name, None) for name in ("on_enter", "on_exit", "on_final", "timeout"))
        final = bool(getattr(state, "final", False))
        return StateNode(path, final, acts, None if initial is None else _names(initial), children)

    def _scopes(self, states: Iterable[State], above: tuple[str, ...]) -> Iterator[tuple[Any, tuple[str, ...]]]:
        for state in states:
            if isinstance(state, NestedState):
                path = (*above, _name(state))
                yield state, path
                yield from self._scopes(state.states.values(), path)

    def _edges(self, events: Iterable[Event], scope: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        for event in events:
            for source, transitions in event.transitions.items():
                made = [not scope and self._is_automatic(event.name, each) for each in transitions]
                if all(made) and made and not self.automatic:
                    self._left_out[event.name] = None
                    continue
                # An automatic one before a transition of the user's decides whether that can ever happen.
                for each, is_automatic in zip(transitions, made, strict=True):
                    literals = tuple(Literal(self._condition(c.func), bool(c.target)) for c in each.conditions)
                    callbacks = tuple(_label(c) for c in (*each.prepare, *each.before, *each.after))
                    dest = None if not each.dest else str(each.dest)
                    yield scope, event.name, str(source), dest, literals, callbacks, is_automatic

    def _is_automatic(self, event: str, transition: Transition) -> bool:
        attribute = self.machine.model_attribute
        prefix = "to_" if attribute == "state" or self.nested else f"to_{attribute}_"
        plain = not (transition.conditions or transition.before or transition.after or transition.prepare)
        return bool(self.machine.auto_transitions) and plain and event == f"{prefix}{transition.dest}"

    def _condition(self, func: Any) -> str:
        """The name of a condition; the same for a model's method and for the string that names it."""
        if isinstance(func, MethodType):
            own = any(func.__self__ is model for model in self.machine.models)
            key: Any = ("name", func.__name__) if own else ("method", id(func.__self__), id(func.__func__))
        else:
            key = ("name", func) if isinstance(func, str) else ("function", id(func))
        self._kept_alive.append(func)
        if key not in self._names:
            label = _label(func)
            taken = sum(name == label or name.startswith(f"{label} (") for name in self._names.values())
            self._names[key] = f"{label} ({taken + 1})" if taken else label
        return self._names[key]

    def _callback_names(self) -> Iterator[str]:
        machine = self.machine
        for name in MACHINE_CALLBACKS:
            yield from map(_label, getattr(machine, name, ()))
        scopes = [*self._scopes(machine.states.values(), ())]
        states = [state for state, _ in scopes] if self.nested else machine.states.values()
        for state in states:
            for name in ("on_enter", "on_exit", "on_final", "on_timeout"):
                yield from map(_label, listify(getattr(state, name, None) or ()))
        for events in (machine.events, *(state.events for state, _ in scopes)):
            for event in events.values():
                for transition in (each for found in event.transitions.values() for each in found):
                    yield from map(_label, (*transition.prepare, *transition.before, *transition.after))

    def _strange(self) -> Iterator[str]:
        """Classes that redefine what this reading relies on."""
        relied_on = {
            self.machine.transition_cls: {"execute", "_eval_conditions", "_change_state", "_resolve_transition"},
            self.machine.transition_cls.condition_cls: {"check"},
            self.machine.event_cls: {"trigger", "_trigger", "_process", "trigger_nested"},
            type(self.machine): {"_process", "get_state", "set_state", "trigger_event", "resolve_callable"},
        }
        for cls, methods in relied_on.items():
            for base in cls.__mro__:
                changed = sorted(methods & vars(base).keys())
                if changed and _of_the_user(base):
                    yield f"{base.__name__}.{changed[0]}"


AT_EVERY_EVENT = ("prepare_event", "before_state_change", "after_state_change", "finalize_event")
MACHINE_CALLBACKS = (*AT_EVERY_EVENT, "on_exception", "on_final")


def _of_the_user(cls: type[Any]) -> bool:
    return cls is not object and not cls.__module__.startswith(LIBRARY)


def _name(state: Any) -> str:
    """The name of a state, an enum member or a string, without its parents."""
    if isinstance(state, State):
        state = state._name
    return str(state.name) if isinstance(state, Enum) else str(state)


def _names(states: Any) -> Any:
    """One state or nested lists of states, by their names."""
    if isinstance(states, list | tuple | EnumMeta):
        return tuple(_names(each) for each in states)
    return _name(states)


def _hashable(names: Any) -> Any:
    return tuple(map(_hashable, names)) if isinstance(names, list | tuple) else names


def _label(func: Any) -> str:
    """How a function is called in reports; it is not called here."""
    if isinstance(func, str):
        return func
    if isinstance(func, partial):
        return f"partial {_label(func.func)}"
    name = getattr(func, "__name__", None) or type(func).__name__
    if name == "<lambda>":
        return f"lambda in line {func.__code__.co_firstlineno}"
    return str(name)
