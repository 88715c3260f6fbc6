"""Sets of packed states: what was met, told apart from what is new.

A set is a few sorted runs, each more than twice as long as the next, so that a state is moved a logarithm of times
however thin the levels of a graph are. A large one becomes a hash table where numba is installed (`pip install
podproof[fast]`): what it says is the same.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from podproof.language.packing import Layout, States, Truths

if TYPE_CHECKING:
    from podproof.engines.hashing import Table


MANY = 200_000
"""So many states are worth a hash table: to load what is compiled takes a second."""

ONCE_LOADED = 40
"""A part of those is enough where it has been loaded."""


class StateSet:
    """States of one layout, each once."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._runs: list[States] = []
        self._table: Table | None = None

    @property
    def table(self) -> Table | None:
        """The hash table, if the set has become one."""
        return self._table

    def has(self, states: States) -> Truths:
        """Which of them are in the set."""
        if self._table is not None:
            return self._table.contains(self.layout.rows(states))
        found = np.zeros(len(states), dtype=bool)
        for run in self._runs:
            found |= contained(states, run)
        return found

    def add(self, states: States) -> States:
        """Those that were not in it: in order, each once. They are in it from now on."""
        if self._table is not None:
            return ordered(self.layout.joined(self._table.insert(self.layout.rows(states))))
        new = distinct(states)
        new = new[~self.has(new)]
        if len(new):
            self._runs.append(new)
            while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
                self._runs[-2:] = [ordered(np.concatenate(self._runs[-2:]))]
        loaded = "podproof.engines.hashing" in sys.modules
        enough = MANY // ONCE_LOADED if loaded else MANY
        if sum(map(len, self._runs)) >= enough and (table := _tables()) is not None:
            self._table = table(self.layout.words)
            for run in self._runs:
                self._table.insert(self.layout.rows(run))
            self._runs = []
        return new


@cache
def _tables() -> type[Table] | None:
    """What is compiled, and takes a second to load; nothing where numba is not, or is not for this version of NumPy."""
    if find_spec("numba") is None:
        return None
    try:
        from podproof.engines.hashing import Table
    except ImportError:
        return None
    return Table


def ordered(states: States) -> States:
    """Sorted. Most are runs already, for a stable sort."""
    if states.dtype == np.uint64:
        return np.sort(states, kind="stable")
    found: States = states[np.argsort(_keys(states), kind="stable")]
    return found


def distinct(states: States) -> States:
    """Sorted, each once."""
    states = ordered(states)
    first = np.ones(len(states), dtype=bool)
    first[1:] = states[1:] != states[:-1]
    kept: States = states[first]
    return kept


def firsts(states: States) -> tuple[States, NDArray[np.intp]]:
    """The states sorted, each once, and where each is met first."""
    order = np.argsort(_keys(states), kind="stable")
    states = states[order]
    first = np.ones(len(states), dtype=bool)
    first[1:] = states[1:] != states[:-1]
    return states[first], order[first]


def first_pairs(left: States, right: States) -> NDArray[np.intp]:
    """Where each pair of states is met first, the pairs in order."""
    order = np.lexsort((_keys(right), _keys(left)))
    left, right = left[order], right[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    found: NDArray[np.intp] = order[first]
    return found


def positions(states: States, among: States) -> NDArray[np.intp]:
    """Where each of the states is among others, which are sorted; where it would be if it is not there."""
    return np.searchsorted(_keys(among), _keys(states))


def contained(states: States, among: States) -> Truths:
    """Which of the states are among others, which are sorted."""
    if not len(among):
        return np.zeros(len(states), dtype=bool)
    place = positions(states, among)
    place[place == len(among)] = 0
    found: Truths = among[place] == states
    return found


def _keys(states: States) -> NDArray[Any]:
    """What sorts like the states: bytes, the highest first, are compared faster than records."""
    if states.dtype == np.uint64:
        return states
    words = np.ascontiguousarray(states).view(np.uint64).byteswap()
    return words.view(f"S{states.dtype.itemsize}")
