"""Callbacks that trigger events, and conditions about states: what podproof reads is what `transitions` does.

Random machines are really run, in every way in which their conditions can answer; what they reach, what their events do
and what is true of them must be what podproof says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from podproof.api import (
    Accepts,
    Always,
    Bounds,
    Never,
    NoReturn,
    Only,
    Passes,
    Reachable,
    Shortest,
    Step,
    Verdict,
    at,
    on,
    verify,
)
from podproof.properties.formulas import Formula
from podproof.verify.exploring import Explored, explore
from podproof.verify.reading import read
from podproof.verify.skeleton import Configuration, active
from transitions import Event, Machine, MachineError
from transitions.extensions import HierarchicalMachine

EVENTS = ("go", "stop", "turn")
CONDITIONS = ("warm", "late")
MOST_WAYS = 60


class Aborted(Exception):
    """More events in one than are worth following."""


class Model:
    """Its conditions answer as they are told: each has one value during one event."""

    def __init__(self) -> None:
        self.bits: list[bool] = []
        self.told: list[bool] = []
        self.open: list[dict[str, bool]] = []
        self.calls: list[list[Any]] = []
        self.going_on: list[int] = []
        self.seen: list[Configuration] = []
        self.may_raise = False
        self.depth = 0
        self.raised = False
        self.aborted = False

    def begin(self, bits: list[bool]) -> None:
        self.bits, self.told, self.open, self.calls = bits, [], [], []
        self.going_on, self.seen, self.raised, self.aborted, self.depth = [], [], False, False, 0

    def answer(self, name: str) -> bool:
        table = self.open[-1]
        if name not in table:
            table[name] = self.bits[len(self.told)] if len(self.told) < len(self.bits) else False
            self.told.append(table[name])
        return table[name]

    def ask(self, name: str) -> bool:
        self.perhaps_raise(name)
        return self.answer(name)

    def perhaps_raise(self, name: str) -> None:
        if self.may_raise and not self.raised and self.answer(f"{name} raises"):
            self.raised = True
            raise KeyError(name)

    def warm(self, *_: Any) -> bool:
        return self.ask("warm")

    def late(self, *_: Any) -> bool:
        return self.ask("late")

    def note(self, *_: Any) -> None:
        self.perhaps_raise("note")

    def fires(self, *_: Any) -> None:
        self.calls[self.going_on[-1]][3] = True
        self.perhaps_raise("fires")

    @contextmanager
    def wondering(self) -> Iterator[None]:
        self.depth += 1
        if self.aborted or self.depth > 4:
            self.aborted = True
            raise Aborted
        try:
            yield
        finally:
            self.depth -= 1

    @property
    def now(self) -> Configuration:
        configuration: Configuration = frozen(vars(self)["state"])
        return configuration

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        if self.aborted or len(self.calls) > 12:
            self.aborted = True
            raise Aborted
        number = len(self.calls)
        self.calls.append([name, self.now, None, False])
        self.seen.append(self.now)
        self.going_on.append(number)
        self.open.append({})
        try:
            yield
        finally:
            self.open.pop()
            self.going_on.pop()
            self.calls[number][2] = self.now
            self.seen.append(self.now)


class Watched(Event):
    def _trigger(self, event_data: Any) -> Any:
        with event_data.model.during(self.name):
            return super()._trigger(event_data)


class Flat(Machine):
    event_cls = Watched

    def _can_trigger(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        with model.wondering():
            return super()._can_trigger(model, *args, **kwargs)  # type: ignore[misc]


class Nested(HierarchicalMachine):
    def _trigger_event(self, event_data: Any, trigger: str) -> Any:
        with event_data.model.during(trigger):
            return super()._trigger_event(event_data, trigger)

    def _can_trigger(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        with model.wondering():
            return super()._can_trigger(model, *args, **kwargs)  # type: ignore[misc]


def frozen(state: Any) -> Any:
    return tuple(map(frozen, state)) if isinstance(state, list) else state


def thawed(configuration: Any) -> Any:
    return [thawed(each) for each in configuration] if isinstance(configuration, tuple) else configuration


# Random machines


@dataclass(frozen=True)
class Maker:
    """Draws machines, some of whose callbacks and conditions are the methods that `transitions` puts on the model."""

    random: Random

    def some(self, most: int, names: Sequence[str]) -> list[str]:
        return self.random.sample(names, self.random.randint(1, min(most, len(names))))

    def callbacks(self, states: list[str], most: int = 2, often: float = 0.2) -> list[str]:
        known = [*EVENTS, "note", *(f"to_{name}" for name in states[:2]), f"is_{states[0]}", "may_go"]
        return self.some(most, known) if self.random.random() < often else []

    def guards(self, states: list[str]) -> list[str]:
        known = [*CONDITIONS, *(f"is_{name}" for name in states), "may_stop"]
        return self.some(2, known) if self.random.random() < 0.3 else []

    def transitions(self, names: list[str], states: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "trigger": EVENTS[number] if number < len(EVENTS) else self.random.choice(EVENTS),
                "source": self.random.choice((self.random.choice(names), "*", self.some(3, names))),
                "dest": self.random.choice((self.random.choice(names), self.random.choice(names), "=", None)),
                "conditions": self.guards(states),
                "unless": self.guards(states),
                "prepare": self.callbacks(states, 1, 0.1),
                "before": self.callbacks(states, 1),
                "after": self.callbacks(states),
            }
            for number in range(self.random.randint(len(EVENTS), 6))
        ]

    def hooks(self) -> dict[str, Any]:
        names = ("prepare_event", "after_state_change", "finalize_event", "on_exception", "on_final")
        found: dict[str, Any] = {
            name: self.some(1, (*EVENTS, "note")) if self.random.random() < 0.1 else [] for name in names
        }
        found["queued"], found["ignore_invalid_triggers"] = self.random.choices((False, True), k=2)
        return {**found, "send_event": self.random.random() < 0.15}

    def flat(self) -> dict[str, Any]:
        names = ["A", "B", "C", "D"][: self.random.randint(2, 4)]
        states: list[dict[str, Any]] = [
            {"name": name, "on_enter": self.callbacks(names), "on_exit": self.callbacks(names, 1)} for name in names
        ]
        states[-1]["final"] = self.random.random() < 0.5
        return self.machine(states, names)

    def nested(self) -> dict[str, Any]:
        """Two states with two substates each, parallel or not, and one without."""
        every = ["A", "A_x", "A_y", "B", "B_x", "B_y", "C"]
        states: list[dict[str, Any]] = [{"name": "C", "on_enter": self.callbacks(every)}]
        for name in "AB":
            children = [
                {"name": child, "on_enter": self.callbacks(every), "final": self.random.random() < 0.5}
                for child in "xy"
            ]
            node: dict[str, Any] = {"name": name, "transitions": self.transitions(["x", "y"], every)[:3]}
            node |= {"on_enter": self.callbacks(every, 1), "on_exit": self.callbacks(every, 1)}
            if self.random.random() < 0.5:
                node["parallel"] = children
            else:
                node |= {
                    "children": children,
                    "initial": self.random.choice("xy"),
                    "on_final": self.callbacks(every, 1),
                }
            states.append(node)
        return self.machine(states, every)

    def machine(self, states: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
        initial = self.random.choice(names)
        return {"states": states, "initial": initial, "transitions": self.transitions(names, names), **self.hooks()}


# What they really do


@dataclass(frozen=True)
class Way:
    """One way in which an event can go: where to, through what, and every event with what it did."""

    after: Configuration
    passed: tuple[Configuration, ...]
    calls: tuple[tuple[str, Configuration, Configuration, bool], ...]
    error: str = ""


@dataclass(eq=False)
class Real:
    """A machine and its model, to be run."""

    machine: Any
    model: Model = field(default_factory=Model)

    def ways(self, before: Configuration, name: str) -> set[Way] | None:
        """Everything that the event can do; None where that is too much."""
        found: set[Way] = set()
        pending: list[list[bool]] = [[]]
        for _ in range(MOST_WAYS):
            if not pending:
                return found
            bits = pending.pop()
            way, refused = self.run(before, name, bits)
            if self.model.aborted:
                return None
            told = list(self.model.told)
            pending += [[*told[:place], True] for place in range(len(bits), len(told))]
            if any(fired for *_, fired in way.calls) or (way.error and not refused):
                found.add(way)
        return None

    def run(self, before: Configuration, name: str, bits: list[bool]) -> tuple[Way, bool]:
        machine, model = self.machine, self.model
        machine.set_state(thawed(before), model)
        machine._transition_queue.clear()
        model.begin(bits)
        error, refused = "", False
        try:
            if isinstance(machine, HierarchicalMachine):
                machine.trigger_event(model, name)
            else:
                machine.events[name].trigger(model)
        except Exception as raised:
            error = type(raised).__name__
            # In parallel states the library looks a list of states up as one, to say that the event is not for them.
            refused = len(model.calls) == 1 and isinstance(raised, MachineError | ValueError | KeyError)
        ends = [(each, start, model.now if machine.has_queue else end, bool(f)) for each, start, end, f in model.calls]
        seen = [each for place, each in enumerate(model.seen) if not place or each != model.seen[place - 1]]
        return Way(model.now, tuple(seen[1:-1]), tuple(ends), error), refused


def made(cls: Any, configuration: dict[str, Any]) -> Real:
    real = Real(None)
    before = [real.model.fires]
    real.machine = cls(real.model, **configuration, before_state_change=before, auto_transitions=True)
    real.model.may_raise = any(name in EVENTS for name in configuration["on_exception"])
    return real


def said(explored: Explored, before: Configuration, name: str) -> set[Way]:
    return {
        Way(
            move.after,
            move.passed,
            tuple((call.event, call.before, call.after, bool(call.edges)) for call in move.calls),
            move.error.split(":")[0].replace("_Raised", "KeyError"),
        )
        for move in explored.moves
        if (move.before, move.event) == (before, name)
    }


@dataclass(eq=False)
class World:
    """All that a machine reaches by really running it, with brute-force answers to formulas."""

    explored: Explored
    resting: list[Configuration]
    ways: list[tuple[Configuration, str, Way]]

    def holds(self, names: tuple[str, ...], configuration: Configuration) -> bool:
        reading = self.explored.reading
        paths = active(reading, configuration)
        wanted = [tuple(name.split("_")) for name in names]
        return any(path[: len(each)] == each for path in paths for each in wanted)

    def places(self, names: tuple[str, ...]) -> list[Configuration]:
        passed = [each for _, _, way in self.ways for each in way.passed]
        return [each for each in (*self.resting, *passed) if self.holds(names, each)]

    def steps(self, name: str) -> list[tuple[Configuration, Configuration]]:
        return [(b, a) for _, _, way in self.ways for each, b, a, fired in way.calls if fired and each == name]

    def chains(self) -> list[list[Any]]:
        """Paths through nodes; a node in the middle of an event is that way's own."""
        return [
            [before, *((each, number, place) for place, each in enumerate(way.passed)), way.after]
            for number, (before, _, way) in enumerate(self.ways)
        ]

    def graph(self) -> dict[Any, set[Any]]:
        found: dict[Any, set[Any]] = {}
        for chain in self.chains():
            for first, second in pairwise(chain):
                found.setdefault(first, set()).add(second)
        return found

    def where(self, node: Any) -> Configuration:
        """A node in the middle is (configuration, way, place)."""
        middle = isinstance(node, tuple) and len(node) == 3 and isinstance(node[1], int)
        configuration: Configuration = node[0] if middle else node
        return configuration

    def reached(self, graph: dict[Any, set[Any]], begin: list[Any], avoiding: tuple[str, ...] = ()) -> set[Any]:
        found, pending = set(), [each for each in begin if not self.holds(avoiding, self.where(each))]
        while pending:
            node = pending.pop()
            if node not in found:
                found.add(node)
                pending += [each for each in graph.get(node, ()) if not self.holds(avoiding, self.where(each))]
        return found

    def distance(self, names: tuple[str, ...]) -> int | None:
        steps, level, known = 0, list(self.explored.starts), set(self.explored.starts)
        if any(self.holds(names, each) for each in level):
            return 0
        while level:
            steps += 1
            taken = [way for before, _, way in self.ways if before in level]
            if any(self.holds(names, each) for way in taken for each in (*way.passed, way.after)):
                return steps
            level = [each for each in dict.fromkeys(way.after for way in taken) if each not in known]
            known.update(level)
        return None


def verdict(world: World, formula: Formula, names: tuple[str, ...], others: tuple[str, ...], name: str) -> Verdict:
    """By the definitions, over everything that was really run."""
    truth = {True: Verdict.TRUE, False: Verdict.FALSE}
    match formula:
        case Never():
            return truth[not world.places(names)]
        case Always():
            return truth[all(world.holds(names, each) for each in [*world.resting, *passing(world)])]
        case Reachable():
            return truth[bool(world.places(names))]
        case Step():
            asked = [after for before, after in world.steps(name) if world.holds(names, before)]
            return truth[all(world.holds(others, after) for after in asked)] if asked else Verdict.UNKNOWN
        case Only():
            happens = world.steps(name)
            return truth[all(world.holds(names, before) for before, _ in happens)] if happens else Verdict.UNKNOWN
        case Shortest():
            return truth[world.distance(names) == formula.steps]
        case Passes():
            if not world.places(names):
                return Verdict.UNKNOWN
            around = world.reached(world.graph(), list(world.explored.starts), others)
            return truth[not any(world.holds(names, world.where(each)) for each in around)]
        case NoReturn():
            values = {world.holds(names, each) for each in [*world.resting, *passing(world)]}
            if len(values) == 1:
                return Verdict.UNKNOWN
            graph = world.graph()
            for node, afters in graph.items():
                value = world.holds(names, world.where(node))
                for after in afters:
                    if world.holds(names, world.where(after)) != value and any(
                        world.holds(names, world.where(each)) == value for each in world.reached(graph, [after])
                    ):
                        return Verdict.FALSE
            return Verdict.TRUE
        case Accepts():
            here = [each for each in world.resting if world.holds(names, each)]
            results = [[way for b, each, way in world.ways if (b, each) == (before, name)] for before in here]
            accepted = [any(way.calls[0][3] for way in ways) and not any(w.error for w in ways) for ways in results]
            return truth[all(accepted)] if here else Verdict.UNKNOWN
    raise AssertionError(formula)


def passing(world: World) -> list[Configuration]:
    return [each for _, _, way in world.ways for each in way.passed]


def compared(real: Real, random: Random) -> str:
    """Whether it could be compared to the end, and whether callbacks triggered anything; fails where they differ."""
    explored = explore(read(real.machine), Bounds(60, 0.4))
    world = World(explored, list(explored.starts), [])
    assert explored.starts == (real.model.now,)
    for before in world.resting:  # grows
        for name in explored.reading.events:
            ways = real.ways(before, name)
            if ways is None or len(world.resting) > 40:
                return "too much"
            if explored.incomplete:
                return "not followed"
            assert said(explored, before, name) == ways, (before, name)
            world.ways += [(before, name, way) for way in sorted(ways, key=repr)]
            world.resting += [each for each in sorted({w.after for w in ways}, key=repr) if each not in world.resting]
    assert set(explored.configurations) == set(world.resting)
    assert set(explored.passed) == set(passing(world)) - set(world.resting)
    every = [explored.reading.name(path) for path in explored.reading.nodes]
    for _ in range(3):
        names, others = (tuple(random.sample(every, random.randint(1, 2))) for _ in range(2))
        name = random.choice(explored.reading.events)
        here, there = at(*names), at(*others)
        formulas: list[Formula] = [
            Never(here),
            Always(here),
            Reachable(here),
            Step(here, there, (on(name),)),
            Only(on(name), here),
            Shortest(here, random.randint(0, 2)),
            Passes(here, there),
            NoReturn(here),
            Accepts(here, on(name)),
        ]
        for claim in verify(real.machine, formulas).claims:
            expected = verdict(world, claim.formula, names, others, name)
            assert claim.verdict is expected, (str(claim.formula), claim.reason)
    return "callbacks" if any(len(way.calls) > 1 for _, _, way in world.ways) else "no callbacks"


@pytest.mark.parametrize(("cls", "make", "machines"), [(Flat, Maker.flat, 120), (Nested, Maker.nested, 120)])
def test_machines_do_what_is_said_of_them(cls: Any, make: Any, machines: int) -> None:
    results = Counter[str]()
    for seed in range(machines):
        random = Random(seed)
        try:
            results[compared(made(cls, make(Maker(random))), random)] += 1
        except AssertionError as error:
            raise AssertionError(f"machine {seed}") from error
    assert results["callbacks"] > machines / 5
