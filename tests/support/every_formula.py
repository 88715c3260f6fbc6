"""What every formula means, by brute force: read from its definition, on states and steps that are enumerated.

It shares nothing with the engines: expressions are evaluated in Python on one valuation after another, steps are taken
as the machines declare them, and no formula is translated into another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import networkx
from podproof.language import Expr, Machine
from podproof.language.fairness import Strength
from podproof.language.meanings.python import evaluate, stored
from podproof.properties.formulas import Always, Becomes, Equals, Follows, Formula, Never, Only, Reachable, Step
from podproof.properties.temporal import Liveness
from podproof.properties.whole_runs import NoReturn, Passes, Shortest

from tests.support.brute_force import BruteForce, Fired, State, possible, state_of
from tests.support.brute_lassos import BruteLassos, Duty


class QuickForce(BruteForce):
    """The same without `transitions`: the first arrow whose source and guard hold is taken, and reactions with it."""

    def successors(self, running: object, before: State) -> Iterator[Fired]:
        owners = {event: machine for machine in self.system.machines for event in machine.events}
        values = self.values(before)
        for event, parameters, element in possible(self.system, self.sizes):
            named = {p.name: value for p, value in zip(event.parameters, parameters, strict=True)}
            owner = owners[event]
            after = self.values(before)
            if not self._take(owner, owner.arrows, event, named, element, values, after):
                continue
            for machine in self.system.machines:
                same = machine.kind is not None and machine.kind is owner.kind
                elements = [None] if machine.kind is None else [*range(self.sizes[machine.kind])]
                for each in [element] if same else elements:
                    self._take(machine, machine.reactions, event, named, each, values, after)
            yield Fired(before, event, parameters, element, state_of(self.system, after))

    def _take(
        self, machine: Machine[Any], arrows: Any, event: Any, named: Any, element: int | None, before: Any, after: Any
    ) -> bool:
        state = before[machine.state] if machine.kind is None else before[machine.state][element]
        for arrow in arrows:
            fits = arrow.event is event and state in arrow.sources
            if fits and evaluate(arrow.guard, before, self.sizes, named, element):
                written = {v: evaluate(e, before, self.sizes, named, element) for v, e in arrow.effects.items()}
                written[machine.state] = state if arrow.dest is None else arrow.dest
                for variable, value in written.items():
                    if variable.kind is None:
                        after[variable] = stored(variable, value)
                    else:
                        after[variable][element] = stored(variable, value)
                return True
        return False


class World:
    """One system of one size; `holds` says of any formula whether it is true there."""

    def __init__(self, brute: BruteForce) -> None:
        self.brute = brute
        self.states = [*brute.depth]
        self.graph: Any = networkx.DiGraph()
        self.graph.add_nodes_from(self.states)
        self.graph.add_edges_from((step.before, step.after) for step in brute.steps)
        self.initial = [state for state in self.states if brute.depth[state] == 0]
        self._lassos: BruteLassos | None = None

    def value(self, expr: Expr[Any], state: State, element: int | None = None) -> Any:
        return evaluate(expr, self.brute.values(state), self.brute.sizes, None, element)

    def where(self, expr: Expr[bool]) -> set[State]:
        return {state for state in self.states if self.value(expr, state)}

    def shortest(self, target: Expr[bool]) -> int | None:
        """Steps of a shortest run there."""
        return min((self.brute.depth[state] for state in self.where(target)), default=None)

    def _of(self, events: Iterable[Any]) -> Iterator[Fired]:
        named = [*events]
        return (step for step in self.brute.steps if not named or step.event in named)

    def holds(self, formula: Formula) -> bool:
        match formula:
            case Always():
                return len(self.where(formula.holds)) == len(self.states)
            case Never():
                return not self.where(formula.holds)
            case Step():
                return all(
                    not self.value(formula.before, step.before, element)
                    or self.value(formula.after, step.after, element)
                    for step in self._of(formula.during)
                    for element in [step.element if formula.during else None]
                )
            case Becomes():
                return all(
                    self.value(formula.observed, step.after, step.element)
                    == self.value(formula.value, step.before, step.element)
                    for step in self._of(formula.during)
                )
            case Only():
                return all(self.value(formula.holds, step.before, step.element) for step in self._of([formula.event]))
            case Equals():
                return all(self.value(formula.left, state) == self.value(formula.right, state) for state in self.states)
            case Follows():
                return self._follows(formula)
            case Reachable():
                return bool(self.where(formula.holds))
            case Passes():
                return not self.where(formula.target) & self._reached_without(self.where(formula.through))
            case NoReturn():
                return self._never_returns(formula)
            case Shortest():
                return self.shortest(formula.target) == formula.steps
            case Liveness():
                return not self._breaks(formula)
        raise TypeError(formula)

    def _follows(self, formula: Follows) -> bool:
        arrows = {(source, arrow.dest) for arrow in formula.abstract.arrows for source in arrow.sources}
        seen = {state: self.value(formula.observed, state) for state in self.states}
        first = formula.abstract.state.initial_values
        return all(seen[state] in first for state in self.initial) and all(
            seen[before] == seen[after] or (seen[before], seen[after]) in arrows for before, after in self.graph.edges
        )

    def _reached_without(self, through: set[State]) -> set[State]:
        around = self.graph.subgraph(set(self.states) - through)
        found = {state for state in self.initial if state not in through}
        return found.union(*(networkx.descendants(around, state) for state in found))

    def _never_returns(self, formula: NoReturn) -> bool:
        seen = {state: self.value(formula.observed, state) for state in self.states}
        comes: dict[State, set[Any]] = {}
        for before, after in self.graph.edges:
            if seen[before] != seen[after]:
                if after not in comes:
                    comes[after] = {seen[after], *(seen[state] for state in networkx.descendants(self.graph, after))}
                if seen[before] in comes[after]:
                    return False
        return True

    # Runs without an end.

    def _breaks(self, formula: Liveness) -> bool:
        """Whether a fair run waits in vain: it ends in a part of the graph that it can go around in for ever."""
        lassos = self.lassos
        begins, waiting, returns = lassos._waits(formula)
        region = set(lassos._distances(begins, waiting))
        return self._fair_part(region, lassos.duties(formula.fair), returns)

    @property
    def lassos(self) -> BruteLassos:
        if self._lassos is None:
            self._lassos = BruteLassos(self.brute)
        return self._lassos

    def _fair_part(self, region: set[State], duties: list[Duty], returns: set[State]) -> bool:
        """A strongly connected part that meets every duty and returns; resting in a state is a part of its own.

        A strong duty that a part cannot meet forbids the states in which it is possible: what is left is looked at.
        """
        for part in networkx.strongly_connected_components(self.graph.subgraph(region)):
            if not part & returns:
                continue
            neglected = [d for d in duties if not any(s.before in part and s.after in part for s in d.steps)]
            weak = [d for d in neglected if d.strength is Strength.weak]
            unmet = [d for d in neglected if d.strength is Strength.strong and d.able & part]
            if unmet:
                left = part.difference(*(duty.able for duty in unmet))
                if left and self._fair_part(left, duties, returns):
                    return True
            elif not any(part <= duty.able for duty in weak):
                return True
        return False
