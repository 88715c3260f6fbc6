"""Transitions of one event in one state: `transitions` takes the first whose conditions hold.

A condition is a free choice, the same for all of them. A transition's guard is a conjunction of literals, so "fires
although none of the earlier ones does" is a question about clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from podproof.verify.reading import Edge, Literal, Reading
from podproof.verify.resolving import Does

Answers = Mapping[str, bool]


def answers(literals: Iterable[Literal]) -> dict[str, bool] | None:
    """What the conditions have to be for all the literals to hold; None where they contradict each other."""
    found: dict[str, bool] = {}
    for literal in literals:
        if found.setdefault(literal.condition, literal.wanted) is not literal.wanted:
            return None
    return found


def avoidable(edges: Sequence[Edge], given: Answers) -> bool:
    """Whether, with those answers, the other conditions can be such that none of the edges fires."""
    guards = [guard for guard in (answers(edge.literals) for edge in edges) if guard is not None]
    pending = [(0, dict(given))]
    while pending:
        place, decided = pending.pop()
        while place < len(guards):
            guard = guards[place]
            place += 1
            if any(decided.get(name, value) is not value for name, value in guard.items()):
                continue
            free = [name for name in guard if name not in decided]
            if not free:
                break
            # One of them is otherwise: the first, or else the first holds and the second is, and so on.
            for count in range(1, len(free)):
                holding = {name: guard[name] for name in free[:count]}
                pending.append((place, {**decided, **holding, free[count]: not guard[free[count]]}))
            decided = {**decided, free[0]: not guard[free[0]]}
        else:
            return True
    return False


def tried_together(reading: Reading) -> Iterator[tuple[Edge, ...]]:
    """The transitions of each event and source, in the order in which they are tried."""
    lists: dict[tuple[tuple[str, ...], str, str], list[Edge]] = {}
    for edge in reading.edges:
        lists.setdefault((edge.scope, edge.event, edge.source), []).append(edge)
    yield from map(tuple, lists.values())


def asked_in_source(reading: Reading, edge: Edge) -> Edge | None:
    """The edge without the conditions about states that hold in its source; None where one of them does not.

    With nested states, or where something is triggered before conditions are asked, it is left as it is.
    """
    callbacks = (*reading.hooks.prepare_event, *(each for other in reading.edges for each in other.prepare))
    if reading.nested or reading.send_event or any(each.does is Does.triggers for each in callbacks):
        return edge
    asking = [each for each in edge.literals if each.does is Does.asks_state]
    if any((each.what == edge.source) is not each.wanted for each in asking):
        return None
    return replace(edge, literals=tuple(each for each in edge.literals if each not in asking))


def shadows(edge: Edge, earlier: Sequence[Edge]) -> tuple[Edge, ...]:
    """The earlier transitions that together always fire first; empty where the edge can have its turn."""
    own = answers(edge.literals)
    if own is None or avoidable(earlier, own):
        return ()
    for each in earlier:
        if not avoidable([each], own):
            return (each,)
    needed = list(earlier)
    for each in earlier:
        rest = [other for other in needed if other is not each]
        if not avoidable(rest, own):
            needed = rest
    return tuple(needed)


def overlaps(edges: Sequence[Edge], place: int) -> tuple[Edge, ...]:
    """The earlier transitions that can fire while this one is enabled, too, with another effect: their order decides.

    A special case before the general one is no such pair.
    """
    later = edges[place]
    found = []
    for number, first in enumerate(edges[:place]):
        both = answers((*first.literals, *later.literals))
        different = first.dest != later.dest or first.callbacks != later.callbacks
        special = all(each in first.literals for each in later.literals)
        if both is not None and different and not special and avoidable(edges[:number], both):
            found.append(first)
    return tuple(found)


class Wildcards:
    """Transitions that look as if source "*" had been expanded to them: one for every state, otherwise alike.

    `transitions` does not keep how they were declared.
    """

    def __init__(self, reading: Reading) -> None:
        self._states: dict[tuple[str, ...], set[str]] = {}
        for path in reading.nodes:
            self._states.setdefault(path[:-1], set()).add(path[-1])
        self._group: dict[int, Sequence[Edge]] = {}
        self._find(reading.edges, lambda edge: edge.dest)
        reflexive = [edge for edge in reading.edges if edge.dest == edge.source and edge.number not in self._group]
        self._find(reflexive, lambda edge: "=")

    def group(self, edge: Edge) -> Sequence[Edge]:
        """All that the wildcard stands for; nothing for an edge that stands alone."""
        return self._group.get(edge.number, ())

    def _find(self, edges: Sequence[Edge], dest: Callable[[Edge], str | None]) -> None:
        groups: dict[tuple[Any, ...], dict[str, Edge]] = {}
        for edge in edges:
            alike = (edge.scope, edge.event, edge.literals, edge.callbacks, dest(edge))
            rank = 0  # declared once more, it is another one
            while edge.source in groups.get((*alike, rank), {}):
                rank += 1
            groups.setdefault((*alike, rank), {})[edge.source] = edge
        for (scope, *_), group in groups.items():
            every = self._states.get(scope, set())
            if len(every) > 1 and every <= group.keys():
                self._group.update((edge.number, tuple(group.values())) for edge in group.values())
