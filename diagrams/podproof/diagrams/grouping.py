"""grouping: many arrows as few: where every member of one group has the same arrow to every member of another, or each
member of a group to each other, one arrow says so. Nothing is lost, and nothing is added.

That is a power graph (Royer et al., Unraveling protein networks with power graph analysis, 2008): nodes are clustered
by how alike their arrows are, and of the arrows that stand for several, between any two of the clusters, those that
stand for most are taken first. Clusters are nested, or have nothing in common, so that they can be drawn as boxes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Nodes = tuple[str, ...]
Arrows = Mapping[tuple[str, str], Hashable]
"""What is said along the arrow from one node to another; none leads from a node to itself."""

FEWEST = 3
"""Members of a group: a box around two saves one arrow, and is one thing more to look at."""


@dataclass(frozen=True)
class Bundle:
    """An arrow from each source to each other dest, all of the same words. Sources are the dests, or no dest is one."""

    sources: Nodes
    dests: Nodes

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset((source, dest) for source in self.sources for dest in self.dests if source != dest)

    @property
    def mutual(self) -> bool:
        """Within one group: each to each other."""
        return self.sources == self.dests


def bundles(nodes: Sequence[str], arrows: Arrows) -> tuple[Bundle, ...]:
    """Every arrow in exactly one bundle; the bundles in the order of their first arrows."""
    clusters = [*((node,) for node in nodes), *(each for each in _clusters(nodes, arrows) if len(each) >= FEWEST)]
    places = {pair: place for place, pair in enumerate(arrows)}
    found = [Bundle(one, other) for one in clusters for other in clusters if _fits(one, other, arrows)]
    left, taken = set(arrows), []
    for bundle in sorted(found, key=lambda bundle: -len(bundle.pairs)):
        if bundle.pairs <= left:
            taken.append(bundle)
            left -= bundle.pairs
    return tuple(sorted(taken, key=lambda bundle: min(places[pair] for pair in bundle.pairs)))


def groups(found: Sequence[Bundle]) -> tuple[Nodes, ...]:
    """The groups of several nodes that the bundles are about; one that is part of another after it."""
    sets = dict.fromkeys(nodes for bundle in found for nodes in (bundle.sources, bundle.dests) if len(nodes) > 1)
    return tuple(sorted(sets, key=lambda nodes: -len(nodes)))


def _fits(sources: Nodes, dests: Nodes, arrows: Arrows) -> bool:
    if sources != dests and set(sources) & set(dests):
        return False
    pairs = Bundle(sources, dests).pairs
    return bool(pairs) and all(pair in arrows for pair in pairs) and len({arrows[pair] for pair in pairs}) == 1


def _clusters(nodes: Sequence[str], arrows: Arrows) -> Iterator[Nodes]:
    """Those most alike on average are joined first, until all are one; members in the order of the nodes."""
    ends: dict[str, set[tuple[str, str, Hashable]]] = {node: set() for node in nodes}
    for (source, dest), said in arrows.items():
        ends[source].add(("to", dest, said))
        ends[dest].add(("from", source, said))
    alike = {frozenset(pair): _alike(*pair, ends) for pair in combinations(nodes, 2)}

    def average(one: Nodes, other: Nodes) -> float:
        return sum(alike[frozenset((a, b))] for a in one for b in other) / (len(one) * len(other))

    current: list[Nodes] = [(node,) for node in nodes]
    while len(current) > 1:
        one, other = max(combinations(current, 2), key=lambda pair: average(*pair))
        members = {*one, *other}
        joined = tuple(node for node in nodes if node in members)
        current = [joined if each is one else each for each in current if each is not other]
        yield joined


def _alike(one: str, other: str, ends: Mapping[str, set[tuple[str, str, Hashable]]]) -> float:
    """How many of the arrows of either are arrows of both; those between the two as if each had them."""
    seen = [
        {(way, "each other" if end in (one, other) else end, said) for way, end, said in ends[node]}
        for node in (one, other)
    ]
    return len(seen[0] & seen[1]) / max(1, len(seen[0] | seen[1]))
