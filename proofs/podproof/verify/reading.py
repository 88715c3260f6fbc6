"""What a user's `transitions` machine declares, read without running anything of the user's: no condition, no callback.

Conditions are kept by what they are (the same function or name is the same condition), callbacks by what they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum, EnumMeta
from functools import cached_property
from itertools import chain
from types import MethodType
from typing import Any

from podproof.verify.resolving import Callback, Does, Resolver, label
from transitions import Event, Machine, State
from transitions.core import Transition, listify
from transitions.extensions.asyncio import AsyncMachine
from transitions.extensions.nesting import HierarchicalMachine, NestedState
from transitions.extensions.states import Error

LIBRARY = "transitions."
"""Modules whose behaviour is known; classes of others may behave differently."""


class Unreadable(ValueError):
    """Not a machine, or one that podproof cannot start: one line that says what to do."""


@dataclass(frozen=True)
class Literal:
    """One entry of `conditions` (wanted) or of `unless` (not wanted).

    condition: its name, unique in the machine; does, what: what it asks, if `transitions` itself answers it.
    """

    condition: str
    wanted: bool
    does: Does = Does.anything
    what: str = ""

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
    ignores: bool | None = None
    """Of an event that is not for it: nothing happens; None where the machine says so."""
    on_enter: tuple[Callback, ...] = ()
    on_exit: tuple[Callback, ...] = ()
    on_final: tuple[Callback, ...] = ()
    on_timeout: tuple[Callback, ...] = ()

    def all(self) -> Iterator[StateNode]:
        yield self
        for child in self.children:
            yield from child.all()


@dataclass(frozen=True)
class Edge:
    """One transition of one source state.

    scope: the state in which it is declared, empty for the machine itself; source, dest: names relative to the scope,
    as `transitions` keeps them, dest None for an internal one; automatic: `to_STATE`, made by `transitions`; counted:
    it may be triggered from outside, not only by callbacks.
    """

    number: int
    scope: tuple[str, ...]
    event: str
    source: str
    dest: str | None
    literals: tuple[Literal, ...]
    prepare: tuple[Callback, ...] = ()
    before: tuple[Callback, ...] = ()
    after: tuple[Callback, ...] = ()
    automatic: bool = False
    counted: bool = True

    @cached_property
    def callbacks(self) -> tuple[Callback, ...]:
        return (*self.prepare, *self.before, *self.after)


@dataclass(frozen=True)
class Hooks:
    """Callbacks of the machine itself, by the names that `transitions` gives them."""

    prepare_event: tuple[Callback, ...] = ()
    before_state_change: tuple[Callback, ...] = ()
    after_state_change: tuple[Callback, ...] = ()
    finalize_event: tuple[Callback, ...] = ()
    on_exception: tuple[Callback, ...] = ()
    on_final: tuple[Callback, ...] = ()

    def lists(self) -> Mapping[str, tuple[Callback, ...]]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def busy(self) -> bool:
        """Something runs at every event."""
        return any((self.prepare_event, self.before_state_change, self.after_state_change, self.finalize_event))

    @property
    def anywhere(self) -> bool:
        """Something runs even where an event is not accepted."""
        return bool(self.finalize_event or self.on_exception)


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
    hooks: Hooks = field(default=Hooks())
    queued: bool = False
    send_event: bool = False
    ignores: bool | None = None
    """Of an event that is not for a state: nothing happens."""
    asyncio: bool = False
    strange: tuple[str, ...] = field(default=())
    """Classes of the user's that may change what a machine does."""

    @cached_property
    def nodes(self) -> Mapping[tuple[str, ...], StateNode]:
        return {node.path: node for state in self.states for node in state.all()}

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Those that are free choices."""
        asked = (literal for edge in self.edges for literal in edge.literals)
        return tuple(dict.fromkeys(each.condition for each in asked if each.does is Does.anything))

    @cached_property
    def events(self) -> tuple[str, ...]:
        """What may be triggered from outside."""
        return tuple(dict.fromkeys(edge.event for edge in self.edges if edge.counted))

    @cached_property
    def known_events(self) -> tuple[str, ...]:
        """Those, and what only callbacks trigger."""
        return tuple(dict.fromkeys((*self.events, *(edge.event for edge in self.edges))))

    @cached_property
    def callbacks(self) -> tuple[Callback, ...]:
        return tuple(dict.fromkeys(chain.from_iterable(self.callback_lists)))

    @cached_property
    def opaque(self) -> tuple[str, ...]:
        """The callbacks that are the user's own."""
        return tuple(dict.fromkeys(each.label for each in self.callbacks if each.does is Does.anything))

    @cached_property
    def followed(self) -> tuple[str, ...]:
        """The events that callbacks are known to trigger."""
        return tuple(dict.fromkeys(each.what for each in self.callbacks if each.does is Does.triggers))

    @property
    def asked_for(self) -> frozenset[str]:
        """The events that callbacks trigger, and that conditions ask about."""
        asked = [each.what for edge in self.edges for each in edge.literals if each.does is Does.asks_event]
        called = [each.what for each in self.callbacks if each.does in (Does.triggers, Does.asks_event)]
        return frozenset((*asked, *called))

    @property
    def callback_lists(self) -> Iterator[tuple[Callback, ...]]:
        """What runs together, in order."""
        yield from self.hooks.lists().values()
        for node in self.nodes.values():
            yield from (node.on_enter, node.on_exit, node.on_final, node.on_timeout)
        for edge in self.edges:
            yield from (edge.prepare, edge.before, edge.after)

    @property
    def not_followed(self) -> str:
        """Why what the callbacks trigger cannot be followed exactly; empty where it can."""
        if self.asyncio:
            for callbacks in self.callback_lists:
                together = [each.label for each in callbacks if each.does is Does.triggers]
                if len(together) > 1:
                    return f"an asyncio machine runs {' and '.join(together)} at the same time: not followed"
        return ""

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
        self._resolver = Resolver(machine)
        self._names: dict[Any, str] = {}
        self._kept_alive: list[Any] = []
        self._left_out: dict[str, None] = {}

    def read(self, initial: tuple[str, ...]) -> Reading:
        machine = self.machine
        states = tuple(self._state(state, ()) for state in machine.states.values())
        if not states:
            raise Unreadable("the machine has no states")
        hooks = Hooks(**{each.name: self._callbacks(getattr(machine, each.name, ())) for each in fields(Hooks)})
        found = [*self._edges(machine.events.values(), ())]
        for state, path in self._scopes(machine.states.values(), ()):
            found += self._edges(state.events.values(), path)
        every = Reading(
            type(machine).__name__,
            self.nested,
            self.separator,
            states,
            initial or self._initial(),
            tuple(Edge(number, *rest) for number, rest in enumerate(found)),
            tuple(self._left_out),
            hooks,
            bool(machine.has_queue),
            bool(machine.send_event),
            machine.ignore_invalid_triggers,
            isinstance(machine, AsyncMachine),
            tuple(self._strange()),
        )
        used = [edge for edge in every.edges if edge.counted or edge.event in every.asked_for]
        return replace(every, edges=tuple(replace(edge, number=number) for number, edge in enumerate(used)))

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
        return StateNode(
            path,
            final,
            acts,
            None if initial is None else _names(initial),
            children,
            state.ignore_invalid_triggers,
            (*self._entering(state), *self._callbacks(state.on_enter)),
            self._callbacks(state.on_exit),
            self._callbacks(getattr(state, "on_final", ())),
            self._callbacks(getattr(state, "on_timeout", ()) if getattr(state, "timeout", 0) else ()),
        )

    def _entering(self, state: State) -> Iterator[Callback]:
        """What the features of `transitions.extensions.states` do when the state is entered."""
        failing = isinstance(state, Error) and "accepted" not in vars(state)["tags"]
        if failing and not self.machine.get_triggers(state.name):
            yield Callback(f"Error state '{state.name}' reached!", Does.fails)
        if getattr(state, "retries", 0):  # of `Retry`: how often it was entered is not followed
            yield Callback(label(getattr(state, "on_failure", None)))

    def _callbacks(self, functions: Any) -> tuple[Callback, ...]:
        return tuple(self._resolver.callback(each) for each in listify(functions or ()))

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
                uncounted = all(made) and bool(made) and not self.automatic
                if uncounted:
                    self._left_out[event.name] = None
                # An automatic one before a transition of the user's decides whether that can ever happen.
                for each, is_automatic in zip(transitions, made, strict=True):
                    literals = tuple(self._literal(condition) for condition in each.conditions)
                    callbacks = map(self._callbacks, (each.prepare, each.before, each.after))
                    dest = None if not each.dest else str(each.dest)
                    yield scope, event.name, str(source), dest, literals, *callbacks, is_automatic, not uncounted

    def _literal(self, condition: Any) -> Literal:
        asks = self._resolver.condition(condition.func)
        return Literal(self._condition(condition.func), bool(condition.target), asks.does, asks.what)

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
            name = label(func)
            taken = sum(each == name or each.startswith(f"{name} (") for each in self._names.values())
            self._names[key] = f"{name} ({taken + 1})" if taken else name
        return self._names[key]

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
