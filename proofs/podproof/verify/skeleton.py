"""The user's machine with stand-ins for callbacks: the same states and transitions, in another `transitions` machine.

What an event does in a state, nested and parallel ones included, is what `transitions` itself makes of it: nothing of
its rules is written a second time. Conditions are answered by whoever asks, except those about states and events, which
`transitions` answers. Callbacks that trigger an event trigger it here, too; the user's own are only noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from podproof.verify.reading import Edge, Literal, Reading, StateNode, Unreadable
from podproof.verify.resolving import Callback, Does
from transitions import Event, Machine, MachineError, State
from transitions.core import Transition
from transitions.extensions.nesting import HierarchicalMachine, NestedEvent, NestedState, NestedTransition

Configuration = str | tuple[Any, ...]
"""A state's name, or nested tuples of names where parallel states are active."""

Ask = Callable[[str, bool], bool]
"""What a condition answers; and what it usually does."""

MOST_CALLS = 50
"""So many events may callbacks trigger during one."""

MOST_ASKED = 10
"""So deep may `may_EVENT` ask for one another."""

MOST_ENDLESS = 5
"""After so many ways in which callbacks trigger events without end, no others are tried."""


@dataclass(frozen=True)
class Call:
    """One event that was triggered, from outside or by a callback. edges: of its own transitions those that fired.

    after: where the machine was when the call returned; with a queue, when that was empty.
    """

    event: str
    before: Configuration
    after: Configuration
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Fired:
    """What one event did, with all that its callbacks triggered.

    edges: the transitions that fired, in order; after: where the machine is then; passed: where it was in between,
    seen by an event that began or ended there; calls: the event itself and those of callbacks; error: what
    `transitions` raised; refused: the event is not for this state; callbacks: the user's own that were run.
    """

    edges: tuple[int, ...]
    after: Configuration
    passed: tuple[Configuration, ...] = ()
    calls: tuple[Call, ...] = ()
    error: str = ""
    refused: bool = False
    callbacks: tuple[str, ...] = ()


class Endless(Exception):
    """Callbacks trigger events that trigger them again. certain: whatever the conditions are."""

    def __init__(self, event: str, certain: bool) -> None:
        super().__init__(event)
        self.event = event
        self.certain = certain


class Asked(AssertionError):
    """A condition was asked that nobody answers."""


class _Raised(Exception):
    """An error of the user's."""


class _FlatArrow(Transition):
    def _eval_conditions(self, event_data: Any) -> Any:
        return event_data.machine.run.fires(self, super()._eval_conditions(event_data))


class _NestedArrow(NestedTransition):
    def _eval_conditions(self, event_data: Any) -> Any:
        return event_data.machine.run.fires(self, super()._eval_conditions(event_data))


class _Flat(Machine):
    run: _Run


class _FlatEvent(Event):
    def _trigger(self, event_data: Any) -> Any:
        with self.machine.run.event(self.name):
            return super()._trigger(event_data)

    def _is_valid_source(self, state: Any) -> bool:
        self.machine.run.offered(state.name in self.transitions)
        return bool(super()._is_valid_source(state))


class _Nested(HierarchicalMachine):
    run: _Run

    def _trigger_event(self, event_data: Any, trigger: str) -> Any:
        with self.run.event(trigger):
            return super()._trigger_event(event_data, trigger)

    def _check_event_result(self, res: Any, model: Any, trigger: str) -> Any:
        self.run.offered(res is not None)
        return super()._check_event_result(res, model, trigger)


class _Probe:
    """The model: it has nothing but a state."""


class _Run:
    """What happens during one event from outside."""

    def __init__(self, machine: Any, probe: _Probe, ask: Ask) -> None:
        self.machine = machine
        self.probe = probe
        self.fired: list[int] = []
        self.callbacks: dict[str, None] = {}
        self.seen: list[Configuration] = []
        self.refused = False
        self._ask = ask
        self._stopped: BaseException | None = None
        self._raised = False
        self._calls: list[tuple[str, Configuration, list[int]]] = []
        self._after: dict[int, Configuration] = {}
        self._going_on: list[int] = []
        self._places: dict[Any, int] = {}
        self._asked = 0
        self._wondering = 0

    @property
    def now(self) -> Configuration:
        configuration: Configuration = _frozen(self.probe.__dict__["state"])
        return configuration

    def calls(self) -> tuple[Call, ...]:
        """In the order in which they began."""
        end = self.now if self.machine.has_queue else None
        return tuple(
            Call(event, before, end if end is not None else self._after[number], tuple(edges))
            for number, (event, before, edges) in enumerate(self._calls)
        )

    @contextmanager
    def event(self, name: str) -> Iterator[None]:
        self.goes_on()
        number = len(self._calls)
        place = (name, self.now, tuple(_queued(each) for each in self.machine._transition_queue))
        if place in self._places:
            self._stop(Endless(name, certain=self._places[place] == self._asked))
        if number >= MOST_CALLS:
            self._stop(Endless(name, certain=False))
        self._places[place] = self._asked
        self._calls.append((name, self.now, []))
        self.seen.append(self.now)
        self._going_on.append(number)
        try:
            yield
        finally:
            self._going_on.pop()
            if not self.machine.has_queue:  # with a queue it is over, but what was waiting then leads on from it
                del self._places[place]
            self._after[number] = self.now
            self.seen.append(self.now)

    @contextmanager
    def wondering(self, event: str) -> Iterator[None]:
        """While `may_EVENT` is answered; its conditions may ask in turn."""
        self.goes_on()
        self._wondering += 1
        if self._wondering > MOST_ASKED:
            self._stop(Endless(event, certain=False))
        try:
            yield
        finally:
            self._wondering -= 1

    def offered(self, accepted: bool) -> None:
        """Whether the event is for the state that the machine is in."""
        if self._going_on == [0]:
            self.refused = not accepted

    def condition(self, name: str, may_raise: bool) -> bool:
        """What it answers."""
        self._perhaps_raise(name, may_raise)
        return self._answer(name, True)

    def callback(self, name: str, may_raise: bool) -> None:
        """One of the user's own is run."""
        self.goes_on()
        self.callbacks[name] = None
        self._perhaps_raise(name, may_raise)

    def fires(self, arrow: Any, holds: bool) -> bool:
        if holds:
            self.goes_on()
            self.fired.append(arrow.number)
            self._calls[self._going_on[-1]][2].append(arrow.number)
        return holds

    def goes_on(self) -> None:
        """Raises where the run was stopped: `transitions` catches what is raised in callbacks."""
        if self._stopped is not None:
            raise self._stopped

    def _perhaps_raise(self, name: str, may_raise: bool) -> None:
        """One error of the user's is followed, not one in what handles it."""
        if may_raise and not self._raised and self._answer(f"{name} raises", False):
            self._raised = True
            raise _Raised(name)

    def _answer(self, name: str, usual: bool) -> bool:
        """It is one during one event; during an event that a callback triggers it may be another."""
        self.goes_on()
        self._asked += 1
        number = self._going_on[-1]
        if number:
            event = self._calls[number][0]
            nth = [each for each, _, _ in self._calls[: number + 1]].count(event)
            name += f" in {event}" + (f" ({nth})" if nth > 1 else "")
        try:
            return self._ask(name, usual)
        except Asked as error:
            self._stop(error)

    def _stop(self, why: BaseException) -> NoReturn:
        self._stopped = why
        raise why


class Skeleton:
    """Runs single events from given configurations."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self._probe = _Probe()
        self._machine: Any
        # What the user's callbacks raise leads somewhere only where callbacks that handle it do.
        self._may_raise = any(each.does is Does.triggers for each in reading.hooks.on_exception)
        bare: dict[str, Any] = {
            "model": None,
            "states": None,
            "initial": None,
            "auto_transitions": False,
            "queued": reading.queued,
            "send_event": reading.send_event,
            "ignore_invalid_triggers": reading.ignores,
            **{name: self._stand_ins(each) for name, each in reading.hooks.lists().items()},
        }
        if reading.nested:
            separated = type("SeparatedState", (NestedState,), {"separator": reading.separator})
            machine_class = type("SeparatedMachine", (_Nested,), {"state_cls": separated})
            self._machine = machine_class(**bare)
            self._nest(self._machine, reading.states, separated)
        else:
            self._machine = _Flat(**bare)
            for node in reading.states:
                self._machine.states[node.path[-1]] = self._state(State, node)
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

    def fire(self, before: Configuration, event: str, ask: Ask) -> Fired:
        """The event in that configuration; `ask` says whether a condition holds.

        Raises Endless where callbacks trigger events that trigger them again, and what `ask` raises.
        """
        if event not in self.reading.known_events:
            return Fired((), before, refused=True)
        self._probe.__dict__["state"] = _thawed(before)
        self._machine._transition_queue.clear()
        run = self._machine.run = _Run(self._machine, self._probe, ask)
        error = ""
        try:
            self._trigger(event)
        except Exception as raised:  # whatever the library raises here, it raises in the user's program
            error = f"{type(raised).__name__}: {' '.join(str(raised).split())}"
        run.goes_on()
        passed = [each for place, each in enumerate(run.seen) if not place or each != run.seen[place - 1]]
        return Fired(
            tuple(run.fired), run.now, tuple(passed[1:-1]), run.calls(), error, run.refused, tuple(run.callbacks)
        )

    def _trigger(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """What the method does that `transitions` puts on a model for the event."""
        if self.reading.nested:
            return self._machine.trigger_event(self._probe, event, *args, **kwargs)
        return self._machine.events[event].trigger(self._probe, *args, **kwargs)

    def _nest(self, parent: Any, nodes: Iterable[StateNode], state_class: type[Any]) -> None:
        for node in nodes:
            final = self._stand_ins(node.on_final)
            state = self._state(state_class, node, initial=_thawed(node.initial), on_final=final)
            parent.states[node.path[-1]] = state
            self._nest(state, node.children, state_class)

    def _state(self, state_class: type[Any], node: StateNode, **options: Any) -> Any:
        return state_class(
            node.path[-1],
            on_enter=self._stand_ins(node.on_enter),
            on_exit=self._stand_ins(node.on_exit),
            ignore_invalid_triggers=node.ignores,
            final=node.final,
            **options,
        )

    def _add(self, edge: Edge) -> None:
        scope = self._machine
        for name in edge.scope:
            scope = scope.states[name]
        if edge.event not in scope.events:
            scope.events[edge.event] = (NestedEvent if self.reading.nested else _FlatEvent)(edge.event, self._machine)
        made: Any = _NestedArrow if self.reading.nested else _FlatArrow
        arrow = made(
            edge.source,
            edge.dest,
            conditions=[self._question(each) for each in edge.literals if each.wanted],
            unless=[self._question(each) for each in edge.literals if not each.wanted],
            before=self._stand_ins(edge.before),
            after=self._stand_ins(edge.after),
            prepare=self._stand_ins(edge.prepare),
        )
        arrow.number = edge.number
        scope.events[edge.event].transitions[edge.source].append(arrow)

    def _question(self, literal: Literal) -> Callable[..., Any]:
        """What stands in the place of a condition."""
        match literal.does:
            case Does.asks_state:
                return partial(self._is_in, literal.what)
            case Does.asks_event:
                return partial(self._may, literal.what)
        return partial(self._answer, literal.condition)

    def _stand_ins(self, callbacks: Iterable[Callback]) -> list[Callable[..., Any]]:
        """What stands in the place of callbacks."""
        kinds: dict[Does, Callable[..., Any]] = {
            Does.triggers: self._trigger,
            Does.asks_state: self._is_in,
            Does.asks_event: self._may,
            Does.fails: self._fail,
            Does.anything: self._own,
        }
        return [partial(kinds[each.does], each.what or each.label) for each in callbacks if each.does in kinds]

    # What these two return may be something else than True that Python takes for true: transitions compares it.

    def _is_in(self, state: str, *args: Any, **kwargs: Any) -> Any:
        return self._machine.is_state(state, self._probe, *args, **kwargs)

    def _may(self, event: str, *args: Any, **kwargs: Any) -> Any:
        with self._machine.run.wondering(event):
            return self._machine._can_trigger(self._probe, event, *args, **kwargs)

    def _fail(self, why: str, *_: Any, **__: Any) -> NoReturn:
        raise MachineError(why)

    def _own(self, name: str, *_: Any, **__: Any) -> None:
        self._machine.run.callback(name, self._may_raise)

    def _answer(self, condition: str, *_: Any, **__: Any) -> bool:
        return bool(self._machine.run.condition(condition, self._may_raise))


def outcomes(
    skeleton: Skeleton, before: Configuration, event: str, most: int
) -> Iterator[tuple[Mapping[str, bool], Fired | Endless]]:
    """Everything the event can do: each way in which the conditions that are asked can be answered, once.

    Only what is asked is decided, so there are not more ways than there are paths through the conditions. Yields one
    more than `most` where there are more.
    """
    pending: list[dict[str, bool]] = [{}]
    endless = 0
    for _ in range(most + 1):
        if not pending or endless > MOST_ENDLESS:
            return
        forced = pending.pop()
        answers: dict[str, bool] = {}
        unusual: set[str] = set()

        def ask(
            condition: str,
            usual: bool,
            forced: Mapping[str, bool] = forced,
            answers: dict[str, bool] = answers,
            unusual: set[str] = unusual,
        ) -> bool:
            if not usual:
                unusual.add(condition)
            return answers.setdefault(condition, forced.get(condition, usual))

        fired: Fired | Endless
        try:
            fired = skeleton.fire(before, event, ask)
        except Endless as stopped:
            fired = stopped
            endless += 1
        asked = list(answers.items())
        for place in reversed(range(len(forced), len(asked))):
            condition, value = asked[place]
            pending.append(dict(asked[:place]) | {condition: not value})
        yield {name: value for name, value in asked if value or name not in unusual}, fired


def active(reading: Reading, configuration: Configuration) -> tuple[tuple[str, ...], ...]:
    """The paths of the innermost active states, in the order in which `transitions` keeps them."""
    if isinstance(configuration, str):
        return (reading.path(configuration),)
    return tuple(path for each in configuration for path in active(reading, each))


def _queued(waiting: Any) -> str:
    """The event that waits in a queue."""
    data, *name = waiting.args
    return str(name[0] if name else data.event.name)


def _thawed(configuration: Any) -> Any:
    return [_thawed(each) for each in configuration] if isinstance(configuration, tuple) else configuration


def _frozen(configuration: Any) -> Any:
    return tuple(map(_frozen, configuration)) if isinstance(configuration, list) else configuration
