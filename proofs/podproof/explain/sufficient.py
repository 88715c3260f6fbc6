"""Which disruptions suffice, for every state of an explored space at once.

Of each state the sets of disruptions with which a run leads to it (or, backward, from it to a goal) are an up-set: what
a set can do, a larger one can. An up-set over d disruptions is a bit for each of the 2^d sets, and a step that needs
the set u passes on `up & SUPERSETS[u]`; a fixed point over all moves is exact. Minimal sets are read off at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from podproof.engines.state_sets import positions
from podproof.engines.state_space import CHUNK, StateSpace
from podproof.language import Assumption
from podproof.language.packing import States

Bits = NDArray[np.uint64]
"""One row a state, a bit for every set of disruptions: 64 of them in a word."""

Rows = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Graph:
    """Moves between explored states. states: sorted; source, target: places in them; uses: the set that a move needs,
    bit i for `disruptions[i]`."""

    states: States
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    uses: NDArray[np.int64]
    disruptions: tuple[Assumption, ...]

    def leading_to(self, begin: Rows) -> Bits:
        """For each state the sets with which a run from `begin` leads to it."""
        return self._closure(begin, self.source, self.target)

    def leading_from(self, goal: Rows) -> Bits:
        """For each state the sets with which a run from it leads to `goal`."""
        return self._closure(goal, self.target, self.source)

    def _closure(self, begin: Rows, source: NDArray[np.int64], target: NDArray[np.int64]) -> Bits:
        order = np.argsort(target, kind="stable")
        source, target, passes = source[order], target[order], _supersets(len(self.disruptions))[self.uses[order]]
        up = np.zeros((len(self.states), passes.shape[1]), dtype=np.uint64)
        up[begin] = ~np.uint64(0)
        changed = begin.copy()
        while changed.any():
            active = np.flatnonzero(changed[source])
            if not len(active):
                break
            moved = up[source[active]] & passes[active]
            places, first = np.unique(target[active], return_index=True)
            new = up[places] | np.bitwise_or.reduceat(moved, first, axis=0)
            grown = (new != up[places]).any(axis=1)
            changed[:] = False
            changed[places[grown]] = True
            up[places] = new
        return up

    def minimal(self, up: Bits) -> list[tuple[Assumption, ...]]:
        """The minimal sets in an up-set (one row), smallest first, then in the order of the disruptions."""
        found: list[int] = []
        for mask in sorted(range(1 << len(self.disruptions)), key=lambda m: (m.bit_count(), m)):
            if self.has(up, mask) and not any(f & mask == f for f in found):
                found.append(mask)
        return [tuple(a for i, a in enumerate(self.disruptions) if mask >> i & 1) for mask in found]

    def mask(self, disruptions: Sequence[Assumption]) -> int:
        return sum(1 << self.disruptions.index(a) for a in disruptions)

    @staticmethod
    def has(up: Bits, mask: int) -> NDArray[np.bool_]:
        """Whether the set is among those of each row (or of the only one)."""
        has: NDArray[np.bool_] = up[..., mask // 64] >> np.uint64(mask % 64) & np.uint64(1) != 0
        return has


def _supersets(count: int) -> Bits:
    """Row u: the up-set of all sets that contain u."""
    sets = np.arange(1 << count)
    contains = (sets[:, None] & sets[None, :]) == sets[:, None]
    words = -(-len(sets) // 64)
    padded = np.zeros((len(sets), words * 64), dtype=bool)
    padded[:, : len(sets)] = contains
    weights = np.uint64(1) << np.arange(64, dtype=np.uint64)
    rows: Bits = (padded.reshape(len(sets), words, 64) * weights).sum(axis=2, dtype=np.uint64)
    return rows


def graph(space: StateSpace, visited: States, disruptions: Sequence[Assumption]) -> Graph:
    """The moves of a space without symmetry among its explored states; `visited` is sorted and closed under them."""
    bit = {assumption: 1 << i for i, assumption in enumerate(disruptions)}
    used = np.array([sum(bit.get(a, 0) for a in s.step.event.unless) for s in space.flat.steps], dtype=np.int64)
    sources, targets, uses = [], [], []
    for start in range(0, len(visited), CHUNK):
        for moves in space.moves(visited[start : start + CHUNK]):
            sources.append(moves.rows.astype(np.int64) + start)
            targets.append(positions(moves.after, visited).astype(np.int64))
            uses.append(np.full(len(moves.rows), used[moves.index], dtype=np.int64))
    none = np.zeros(0, dtype=np.int64)
    parts = (np.concatenate(each) if each else none for each in (sources, targets, uses))
    source, target, needs = parts
    return Graph(visited, source, target, needs, tuple(disruptions))
