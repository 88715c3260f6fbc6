"""Explored graphs: a small system as a networkx graph, for questions about whole runs.

Nodes are packed states; every edge carries the step that makes it. What comes after a strongly connected component
tells what can come back, dominators what every run must pass, breadth-first layers how long the shortest run is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from podproof.claims.formulas import GraphFormula, NoReturn, Passes, Shortest
from podproof.engines.explicit import Search, StateSpace
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, TraceStep, Verdict
from podproof.language import Expr, System, UnsupportedError
from podproof.language.arrays import valued
from podproof.language.flat import Sizes, expand
from podproof.wording.counting import counted

if TYPE_CHECKING:
    import networkx

MOST_NODES = 100_000
"""Beyond this a graph of Python objects is the wrong tool."""

START = "start"
"""A node before every initial state, so that a graph has one root."""


class NoStart(UnsupportedError):
    """A system of this size has no initial state."""


class Exploration:
    """The reachable states of a system as `graph`: a DiGraph from START over packed states, edges labelled `step`.

    Raises UnsupportedError where there are more than MOST_NODES states, NoStart where there is no initial state.
    """

    def __init__(self, system: System, sizes: Sizes, limits: Limits | None = None) -> None:
        import networkx

        self.space = StateSpace(expand(system, sizes), symmetric=False)
        limits = limits or Limits()
        self.search = Search(self.space, limits.holding(MOST_NODES))
        self.search.run()
        if self.search.truncated or self.search.overflowed is not None:
            raise UnsupportedError(f"no graph: more than {MOST_NODES:,} states, or not explored to the end")
        if not len(self.search.visited):
            raise NoStart("no graph: there is no initial state of this size")
        self.graph: networkx.DiGraph[Any] = networkx.DiGraph()
        states = self.search.visited
        self.graph.add_nodes_from(states.tolist())
        self.graph.add_edges_from((START, state) for state in self.search.levels[0].tolist())
        for moves in self.space.moves(states):
            step = self.space.flat.steps[moves.index]
            for source, target in zip(states[moves.rows].tolist(), moves.after.tolist(), strict=True):
                if not self.graph.has_edge(source, target):
                    self.graph.add_edge(source, target, step=step)

    def where(self, expr: Expr[bool]) -> set[int]:
        """The states with `expr`."""
        states = self.search.visited
        return set(states[self.space.truth(self.space.flat.flatten(expr))(states)].tolist())

    def values(self, expr: Expr[Any]) -> dict[int, Any]:
        """The value of `expr` in every state."""
        states = self.search.visited
        found = valued(self.space.flat.flatten(expr), self.space.layout)(states)
        return dict(zip(states.tolist(), found, strict=True))

    def run(self, path: Sequence[int]) -> Trace:
        """The run along a path of states, the first of them initial."""
        taken = [self.graph.edges[edge]["step"] for edge in pairwise(path)]
        steps = tuple(
            TraceStep(step.step, step.element, self.space.values(state))
            for step, state in zip(taken, path[1:], strict=True)
        )
        flat = self.space.flat
        return Trace(flat.system, flat.sizes, self.space.values(path[0]), steps)


def explore(system: System, sizes: Sizes, limits: Limits | None = None) -> Exploration:
    """The labelled graph of a small system."""
    return Exploration(system, sizes, limits)


def check(explored: Exploration, formula: GraphFormula) -> Answer:
    """Decide a question about an explored graph: exhaustive, for systems of that size.

    Raises DeclarationError for a formula about something that the system does not have.
    """
    formula.check_against(explored.space.flat.system)
    decide: dict[type[Any], Callable[[Any, Any], tuple[bool, str, list[int] | None]]] = {
        Passes: _passes,
        NoReturn: _no_return,
        Shortest: _shortest,
    }
    holds, reason, path = decide[type(formula)](explored, formula)
    trace = None if path is None else explored.run(path)
    verdict = Verdict.TRUE if holds else Verdict.FALSE
    count = len(explored.search.visited)
    return Answer(verdict, Method.exhaustive, reason, trace, count, dict(explored.space.flat.sizes))


def _shortest_path(explored: Exploration, targets: Iterable[int]) -> list[int]:
    """A shortest run to one of the states, START left out."""
    import networkx

    paths = networkx.single_source_shortest_path(explored.graph, START)
    nearest = min(targets, key=lambda state: (len(paths[state]), state))
    return list(paths[nearest][1:])


def _passes(explored: Exploration, formula: Passes) -> tuple[bool, str, list[int] | None]:
    """Merging all states with `through` into one, it must dominate every state with `target`."""
    import networkx

    through = explored.where(formula.through)
    targets = explored.where(formula.target)
    if not targets:
        return True, "the target is never reached", None
    if not through:
        return False, "what it should pass is never reached", _shortest_path(explored, targets)
    merged: networkx.DiGraph[Any] = networkx.DiGraph()
    gate = "gate"
    for source, target in explored.graph.edges:
        merged.add_edge(gate if source in through else source, gate if target in through else target)
    dominators = networkx.immediate_dominators(merged, START)
    if all(gate in _dominating(dominators, state) for state in targets - through):
        return True, "", None
    around = explored.graph.subgraph(set(explored.graph) - through)
    past = networkx.single_source_shortest_path(around, START)
    path = min((past[state] for state in targets if state in past), key=lambda path: (len(path), path[-1]))
    return False, "a run gets there another way", list(path[1:])


def _dominating(dominators: Mapping[Any, Any], node: Any) -> Iterator[Any]:
    """The node and what every run to it passes, nearest first."""
    while node is not None and node != START:
        yield node
        node = dominators.get(node)


def _no_return(explored: Exploration, formula: NoReturn) -> tuple[bool, str, list[int] | None]:
    """A value that a step leaves is in no component that can be reached from where the step leads."""
    import networkx

    value = explored.values(formula.observed)
    states = explored.graph.subgraph(set(value))
    place: dict[Any, int] = {}
    ahead: list[set[Any]] = []
    for number, component in enumerate(networkx.strongly_connected_components(states)):  # what follows comes first
        place.update(dict.fromkeys(component, number))
        later = {place[after] for state in component for after in states.successors(state)} - {number}
        ahead.append({value[state] for state in component}.union(*(ahead[each] for each in later)))
    returning = [
        (source, target)
        for source, target in states.edges
        if value[source] != value[target] and value[source] in ahead[place[target]]
    ]
    if not returning:
        return True, "", None
    start = _shortest_path(explored, {source for source, _ in returning})
    left = start[-1]
    ways = []
    for target in sorted(target for source, target in returning if source == left):
        reached = networkx.single_source_shortest_path(states, target)
        ways += [path for state, path in reached.items() if value[state] == value[left]]
    back = min(ways, key=lambda path: (len(path), path[-1]))
    return False, f"it leaves {value[left]} and comes back to it", [*start, *back]


def _shortest(explored: Exploration, formula: Shortest) -> tuple[bool, str, list[int] | None]:
    """Breadth-first distance from the initial states."""
    targets = explored.where(formula.target)
    if not targets:
        return False, "it is never reached", None
    path = _shortest_path(explored, targets)
    steps = len(path) - 1
    return steps == formula.steps, f"the shortest run takes {counted(steps, 'step')}", path
