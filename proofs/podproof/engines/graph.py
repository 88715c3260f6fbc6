"""Explored graphs: a small system as a networkx graph, for questions about whole runs.

Nodes are packed states; every edge carries the step that makes it. Strongly connected components tell what can come
back, dominators what every run must pass, breadth-first layers how long the shortest run is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from podproof.claims.formulas import GraphFormula, NoReturn, Passes, Shortest
from podproof.engines.explicit import Search, StateSpace
from podproof.evidence.verdicts import Answer, Limits, Method, Verdict
from podproof.language import Expr, System, UnsupportedError
from podproof.language.arrays import States
from podproof.language.flat import FlatStep, Sizes, expand

if TYPE_CHECKING:
    import networkx

MOST_NODES = 100_000
"""Beyond this a graph of Python objects is the wrong tool."""

START = "start"
"""A node before every initial state, so that a graph has one root."""


class Exploration:
    """The reachable states of a system as `graph`: a DiGraph from START over packed states, edges labelled `step`.

    Raises UnsupportedError where there are more than MOST_NODES states.
    """

    def __init__(self, system: System, sizes: Sizes, limits: Limits | None = None) -> None:
        import networkx

        self.space = StateSpace(expand(system, sizes), symmetric=False)
        limits = limits or Limits()
        self.search = Search(self.space, Limits(limits.seconds, min(limits.states, MOST_NODES)))
        self.search.run()
        if self.search.truncated or self.search.overflowed is not None:
            raise UnsupportedError(f"no graph: more than {MOST_NODES:,} states, or not explored to the end")
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
        found: dict[int, Any] = {}
        for value in expr.domain.values:
            found.update(dict.fromkeys(self.where(expr.is_(value)), value))
        return found

    def steps(self, source: int, target: int) -> FlatStep:
        step: FlatStep = self.graph.edges[source, target]["step"]
        return step


def explore(system: System, sizes: Sizes, limits: Limits | None = None) -> Exploration:
    """The labelled graph of a small system."""
    return Exploration(system, sizes, limits)


def check(explored: Exploration, formula: GraphFormula) -> Answer:
    """Decide a question about an explored graph: exhaustive, for systems of that size.

    Raises DeclarationError for a formula about something that the system does not have.
    """
    formula.check_against(explored.space.flat.system)
    decide: dict[type[Any], Callable[[Any, Any], tuple[bool, str, int | None]]] = {
        Passes: _passes,
        NoReturn: _no_return,
        Shortest: _shortest,
    }
    holds, reason, state = decide[type(formula)](explored, formula)
    trace = None
    if state is not None:
        level = next(i for i, states in enumerate(explored.search.levels) if _has(states, state))
        trace = explored.search.trace(level, state)
    verdict = Verdict.TRUE if holds else Verdict.FALSE
    count = len(explored.search.visited)
    return Answer(verdict, Method.exhaustive, reason, trace, count, dict(explored.space.flat.sizes))


def _has(states: States, state: int) -> bool:
    return bool(np.any(states == np.uint64(state)))


def _passes(explored: Exploration, formula: Passes) -> tuple[bool, str, int | None]:
    """Merging all states with `through` into one, it must dominate every state with `target`."""
    import networkx

    through = explored.where(formula.through)
    targets = explored.where(formula.target)
    if not targets:
        return True, "the target is never reached", None
    if not through:
        return False, "what it should pass is never reached", min(targets)
    merged: networkx.DiGraph[Any] = networkx.DiGraph()
    gate = "gate"
    for source, target in explored.graph.edges:
        merged.add_edge(gate if source in through else source, gate if target in through else target)
    dominators = networkx.immediate_dominators(merged, START)
    for state in sorted(targets - through):
        node: Any = state
        while node not in (gate, START, None):
            node = dominators.get(node)
            node = None if node == dominators.get(node) and node != gate else node
        if node != gate:
            return False, "a run gets there another way", state
    return True, "", None


def _no_return(explored: Exploration, formula: NoReturn) -> tuple[bool, str, int | None]:
    """Each strongly connected component has one value."""
    import networkx

    value = explored.values(formula.observed)
    for component in networkx.strongly_connected_components(explored.graph):
        seen = sorted({str(value[state]) for state in component if state != START})
        if len(seen) > 1:
            return False, f"it can go round between {' and '.join(seen)}", min(component)
    return True, "", None


def _shortest(explored: Exploration, formula: Shortest) -> tuple[bool, str, int | None]:
    """Breadth-first distance from the initial states."""
    import networkx

    distance = networkx.single_source_shortest_path_length(explored.graph, START)
    targets = explored.where(formula.target)
    if not targets:
        return False, "it is never reached", None
    nearest = min(targets, key=lambda state: (distance[state], state))
    steps = distance[nearest] - 1
    return steps == formula.steps, f"the shortest run takes {steps} steps", nearest
