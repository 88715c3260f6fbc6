"""An independent search: what a machine does at an event is found by firing it on running `transitions` machines, once
for all states that agree in what the machine reads and writes there.

It shares nothing with the engines: no compiled steps, no flat systems, no packed states of theirs, no NumPy. A state is
a number with a digit for each value; what a machine does to it is then a number that is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from podproof.language import Event, Machine, System, Variable
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes
from podproof.language.running import RunningSystem

from tests.support.brute_force import Values, initial_states, possible


@dataclass(frozen=True)
class Digit:
    """Where a state has the value of a variable (of one element)."""

    variable: Variable[Any]
    element: int | None
    shift: int

    @property
    def mask(self) -> int:
        return ((1 << _bits(self.variable)) - 1) << self.shift


@dataclass(frozen=True, eq=False)
class Part:
    """What one machine does at one event. reads, writes: the digits; added: by what it reads, what it adds."""

    reads: int
    writes: int
    added: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Way:
    """An event with parameters, of an element. enabled: by what its owner reads, whether it can happen."""

    event: Event
    parameters: tuple[Any, ...]
    element: int | None
    owner: int
    parts: tuple[Part, ...]
    enabled: dict[int, bool] = field(default_factory=dict)


Move = tuple[Way, int, Sequence[Part]]
"""A way that can be gone, what is added by parts that are known with it, and the other parts."""


class FiredOnce:
    """Every state that can be reached."""

    def __init__(self, system: System, sizes: Sizes) -> None:
        self.system, self.sizes = system, sizes
        self.digits = list(_digits(system, sizes))
        self.starts = [self._number(values) for values in self._initial()]
        self.running = RunningSystem(system, sizes, self.values(self.starts[0]))
        self.ways = [self._way(*each) for each in possible(system, sizes)]
        self.deciding = 0
        for way in self.ways:
            self.deciding |= way.owner
        self.moves: dict[int, list[Move]] = {}
        """By what decides which events can happen."""

    def _way(self, event: Event, parameters: tuple[Any, ...], element: int | None) -> Way:
        there = {digit.variable.kind for digit in self.digits}
        machines = [m for m in self.system.machines if event in (*m.events, *m.reacts_to) and m.kind in there]
        parts = (Part(self._mask(reads(m, event)), self._mask(writes(m, event))) for m in machines)
        owner = next(machine for machine in machines if event in machine.events)
        return Way(event, parameters, element, self._mask(reads(owner, event)), tuple(parts))

    def levels(self) -> list[int]:
        """How many states are first reached in 0, 1, 2, ... steps: for the values of frozen variables one after the
        other, since no state is reached with two of them."""
        frozen = self._mask(self.system.frozen)
        levels: list[int] = []
        for _, starts in groupby(sorted(self.starts, key=lambda s: (s & frozen, s)), key=lambda start: start & frozen):
            for depth, states in enumerate(self.reached(starts)):
                levels.extend([0] * (depth + 1 - len(levels)))
                levels[depth] += len(states)
        return levels

    def reached(self, starts: Iterable[int]) -> Iterator[set[int]]:
        """The states first reached in 0, 1, 2, ... steps."""
        frontier = set(starts)
        met = set(frontier)
        while frontier:
            yield frontier
            following: set[int] = set()
            for state in frontier:
                moves = self.moves.get(state & self.deciding)
                for way, after, parts in self._moves(state) if moves is None else moves:
                    after += state
                    for part in parts:
                        added = part.added.get(state & part.reads)
                        after += self._added(way, part, state) if added is None else added
                    following.add(after)
            frontier = following - met
            met |= frontier

    def _moves(self, state: int) -> list[Move]:
        found: list[Move] = []
        for way in self.ways:
            key = state & way.owner
            if key not in way.enabled:
                way.enabled[key] = self._fired(way, state) is not None
            if way.enabled[key]:
                known = [part for part in way.parts if part.reads | self.deciding == self.deciding]
                others = [part for part in way.parts if part not in known]
                found.append((way, sum(self._added(way, part, state) for part in known), others))
        self.moves[state & self.deciding] = found
        return found

    def _added(self, way: Way, part: Part, state: int) -> int:
        key = state & part.reads
        if key not in part.added:
            after = self._fired(way, state)
            assert after is not None, "its owner decides whether it happens"
            part.added[key] = (after & part.writes) - (state & part.writes)
        return part.added[key]

    def _fired(self, way: Way, state: int) -> int | None:
        """The state after it, if it can happen."""
        self.running.reset(self.values(state))
        named = {p.name: value for p, value in zip(way.event.parameters, way.parameters, strict=True)}
        return self._number(self.running.before) if self.running.fire(way.event, named, way.element) else None

    def values(self, state: int) -> Values:
        values: Values = {}
        for digit in self.digits:
            value = digit.variable.domain.values[(state & digit.mask) >> digit.shift]
            if digit.element is None:
                values[digit.variable] = value
            else:
                values.setdefault(digit.variable, []).append(value)
        return {variable: values.get(variable, []) for variable in self.system.variables}

    def _number(self, values: Values) -> int:
        state = 0
        for digit in self.digits:
            value = values[digit.variable]
            own = value if digit.element is None else value[digit.element]
            state |= digit.variable.domain.code(own) << digit.shift
        return state

    def _mask(self, variables: Iterable[Variable[Any]]) -> int:
        wanted = set(variables)
        return sum(digit.mask for digit in self.digits if digit.variable in wanted)

    def _initial(self) -> Iterator[Values]:
        for state in initial_states(self.system, self.sizes):
            named = zip(self.system.variables, state, strict=True)
            yield {variable: value if variable.kind is None else list(value) for variable, value in named}


def reads(machine: Machine[Any], event: Event) -> set[Variable[Any]]:
    """What decides what the machine does at the event, and what it may change."""
    arrows = [arrow for arrow in (*machine.arrows, *machine.reactions) if arrow.event is event]
    made_of = (*(arrow.guard for arrow in arrows), *(value for arrow in arrows for value in arrow.effects.values()))
    return writes(machine, event).union(*map(variables_in, made_of))


def writes(machine: Machine[Any], event: Event) -> set[Variable[Any]]:
    arrows = [arrow for arrow in (*machine.arrows, *machine.reactions) if arrow.event is event]
    return {machine.state, *(variable for arrow in arrows for variable in arrow.effects)}


def _bits(variable: Variable[Any]) -> int:
    return (variable.domain.size - 1).bit_length()


def _digits(system: System, sizes: Sizes) -> Iterator[Digit]:
    shift = 0
    for variable in system.variables:
        for element in [None] if variable.kind is None else range(sizes[variable.kind]):
            yield Digit(variable, element, shift)
            shift += _bits(variable)
