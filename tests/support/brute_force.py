"""Brute force: breadth-first search that only ever fires events of running `transitions` machines.

It shares nothing with the engines: no compiled steps, no packed states, no flat expressions. Formulas are decided by
looking at every state and every step found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from podproof.language import DomainError, Event, Expr, System, Variable
from podproof.language.flat import Sizes
from podproof.language.meanings.python import evaluate
from podproof.language.running import RunningSystem
from podproof.properties.formulas import Formula, InitialRule, Invariant, Reachable, StepRule
from podproof.properties.trace import Trace

Values = dict[Variable[Any], Any]
State = tuple[Any, ...]


@dataclass(frozen=True)
class Fired:
    """One step: `parameters` in the order of the event's, `element` None for a machine without a kind."""

    before: State
    event: Event
    parameters: tuple[Any, ...]
    element: int | None
    after: State


class BruteForce:
    """After construction, `depth` has every reachable state with its distance from the initial states, and `steps`
    every step from each of them. `overflow` is the length of a shortest run that stores a value outside its domain."""

    def __init__(self, system: System, sizes: Sizes) -> None:
        self.system = system
        self.sizes = {kind: sizes.get(kind, 0) for kind in (*system.kinds, *sizes)}
        self.depth: dict[State, int] = dict.fromkeys(initial_states(system, self.sizes), 0)
        self.steps: list[Fired] = []
        self.overflow: int | None = None
        self._by_state: dict[State, list[Fired]] = {}
        self._shortest: dict[Formula, int | None] = {}
        frontier = list(self.depth)
        running = RunningSystem(system, sizes, self.values(frontier[0])) if frontier else None
        while frontier and running is not None:
            following = []
            for before in frontier:
                for fired in self.successors(running, before):
                    self.steps.append(fired)
                    if fired.after not in self.depth:
                        self.depth[fired.after] = self.depth[before] + 1
                        following.append(fired.after)
            frontier = following

    def values(self, state: State) -> Values:
        named = zip(self.system.variables, state, strict=True)
        return {variable: value if variable.kind is None else list(value) for variable, value in named}

    def shortest(self, formula: Formula) -> int | None:
        """The length of a shortest run that breaks the formula, or for `Reachable` of one that satisfies it."""
        if formula not in self._shortest:
            self._shortest[formula] = min(self._lengths(formula), default=None)
        return self._shortest[formula]

    def _lengths(self, formula: Formula) -> Iterator[int]:
        if isinstance(formula, Reachable):
            yield from (n for s, n in self.depth.items() if self.holds(formula.holds, s))
        for rule in formula.properties():
            yield from self._violations(rule)

    def _violations(self, rule: Invariant | StepRule | InitialRule) -> Iterator[int]:
        if isinstance(rule, StepRule):
            starts = {s for s in self.depth if self.holds(rule.before, s)}
            ends = {s for s in self.depth if self.holds(rule.after, s)}
            for step in self.steps:
                if (not rule.events or step.event in rule.events) and step.before in starts and step.after not in ends:
                    yield self.depth[step.before] + 1
        else:
            for state, n in self.depth.items():
                if not self.holds(rule.holds, state) and (n == 0 or isinstance(rule, Invariant)):
                    yield n

    def replays(self, trace: Trace) -> bool:
        """Some run found here looks like the trace, as far as the trace tells: one of a cone of influence has only
        some of the variables."""
        current = {s for s, n in self.depth.items() if n == 0 and self._looks_like(s, trace.initial)}
        for step in trace.steps:
            label = (step.event, tuple(step.step.parameters.values()), step.element)
            current = {
                fired.after
                for state in current
                for fired in self._from(state)
                if (fired.event, fired.parameters, fired.element) == label
                and self._looks_like(fired.after, step.values)
            }
        return bool(current)

    def _from(self, state: State) -> list[Fired]:
        if not self._by_state:
            for step in self.steps:
                self._by_state.setdefault(step.before, []).append(step)
        return self._by_state.get(state, [])

    def _looks_like(self, state: State, shown: Mapping[Variable[Any], Any]) -> bool:
        return all(shown[v] == value for v, value in self.values(state).items() if v in shown)

    def holds(self, expr: Expr[bool], state: State) -> bool:
        return bool(evaluate(expr, self.values(state), self.sizes))

    def successors(self, running: RunningSystem, before: State) -> Iterator[Fired]:
        """Every event with every parameter is tried on every element."""
        for event, parameters, element in possible(self.system, self.sizes):
            running.reset(self.values(before))
            named = {p.name: value for p, value in zip(event.parameters, parameters, strict=True)}
            try:
                taken = running.fire(event, named, element)
            except DomainError:
                here = self.depth.get(before, 0)
                self.overflow = here if self.overflow is None else min(self.overflow, here)
                continue
            if taken:
                yield Fired(before, event, parameters, element, state_of(self.system, running.before))


def initial_states(system: System, sizes: Sizes) -> Iterator[State]:
    """Every choice of initial values of which the system's conditions hold."""
    choices = []
    for variable in system.variables:
        own = variable.initial_values
        choices.append(own if variable.kind is None else [*product(own, repeat=sizes[variable.kind])])
    for state in product(*choices):
        named = zip(system.variables, state, strict=True)
        values = {variable: value if variable.kind is None else list(value) for variable, value in named}
        if all(evaluate(condition, values, sizes) for condition in system.initial_conditions):
            yield state


def possible(system: System, sizes: Sizes) -> Iterator[tuple[Event, tuple[Any, ...], int | None]]:
    """Every event that no assumption forbids, with each combination of parameters, of each element."""
    for machine in system.machines:
        elements = [None] if machine.kind is None else [*range(sizes[machine.kind])]
        for event in machine.events:
            if set(event.unless) & set(system.assumed):
                continue
            for parameters in product(*(p.domain.values for p in event.parameters)):
                for element in elements:
                    yield event, parameters, element


def state_of(system: System, values: Any) -> State:
    return tuple(values[v] if v.kind is None else tuple(values[v]) for v in system.variables)
