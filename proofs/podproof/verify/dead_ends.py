"""What a plain machine gets into and never leaves: strongly connected components without a way out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from podproof.verify.exploring import Explored, Move
from podproof.verify.reading import Reading
from podproof.verify.skeleton import Configuration, active

if TYPE_CHECKING:
    import networkx


def dead_ends(explored: Explored, final: Collection[str]) -> Iterator[list[Configuration]]:
    """The components that are no ends and that no move leaves, each with the configuration nearest to a start first.

    One configuration: nothing leads out. Several, or one in which something happens again and again: only if something
    else was possible before; the loop that every run comes to is what the machine is made for.
    """
    finder = _DeadEnds(explored, final)
    for members in finder.closed():
        if not finder.is_meant(members) and (
            not finder.goes_on(members) or finder.something_else_was_possible(members)
        ):
            yield members


def does_something(reading: Reading, move: Move) -> bool:
    """Whether it changes the configuration or runs a callback."""
    if move.after != move.before or move.error or move.passed or reading.hooks.busy:
        return True
    fired = [reading.edges[number] for number in move.edges]
    if any(edge.callbacks for edge in fired):
        return True
    left = {path[:n] for path in active(reading, move.before) for n in range(1, len(path) + 1)}
    return any(edge.dest is not None for edge in fired) and any(reading.nodes[path].acts for path in left)


def is_final(reading: Reading, path: Sequence[str], final: Collection[str]) -> bool:
    """Whether the state is final or in one, by its declaration or because the user says so."""
    above = [tuple(path[:depth]) for depth in range(1, len(path) + 1)]
    return any(reading.nodes[each].final or reading.name(each) in final for each in above)


class _DeadEnds:
    def __init__(self, explored: Explored, final: Collection[str]) -> None:
        import networkx

        self.explored = explored
        self.reading = explored.reading
        self.final = final
        self.graph: networkx.DiGraph[Any] = networkx.DiGraph()
        self.graph.add_nodes_from(explored.configurations)
        self.graph.add_edges_from((move.before, move.after) for move in explored.moves)
        self.order = {each: place for place, each in enumerate(explored.configurations)}
        self.failing = {move.before for move in explored.moves if move.error}
        self.failing.update(configuration for configuration, *_ in explored.endless)
        self.working = {
            move.before for move in explored.moves if move.after == move.before and does_something(self.reading, move)
        }

    def closed(self) -> list[list[Configuration]]:
        """Components whose every move is known and stays inside."""
        import networkx

        beyond = len(self.order)
        found = []
        for component in networkx.strongly_connected_components(self.graph):
            known = all(self.order.get(each, beyond) < self.explored.expanded for each in component)
            inside = all(after in component for each in component for after in self.graph.successors(each))
            if known and inside and not component & self.failing:
                found.append(sorted(component, key=self.order.__getitem__))
        return sorted(found, key=lambda members: self.order[members[0]])

    def goes_on(self, members: Sequence[Configuration]) -> bool:
        """Something happens there for as long as one likes."""
        return len(members) > 1 or members[0] in self.working

    def is_meant(self, members: Sequence[Configuration]) -> bool:
        """All that is active somewhere there is final; or a part of it is, and the rest goes on."""
        finished = [
            [is_final(self.reading, path, self.final) for path in active(self.reading, each)] for each in members
        ]
        return any(all(each) or (any(each) and self.goes_on(members)) for each in finished)

    def something_else_was_possible(self, members: Sequence[Configuration]) -> bool:
        """Before: to go round in a cycle, or to come to where no way leads here."""
        import networkx

        before = networkx.ancestors(self.graph, members[0]) - set(members)
        if not networkx.is_directed_acyclic_graph(self.graph.subgraph(before)):
            return True
        here = before.union(members)
        return any(after not in here for each in before for after in self.graph.successors(each))
