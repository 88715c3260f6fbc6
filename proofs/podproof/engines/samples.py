"""Samples: abstract images of states that are reachable, which no clause of an invariant may exclude.

They come from two sides: states of small Pods, explored explicitly, and a walk through the abstraction itself that
follows a few thousand states a level, spread over all that a level reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.explicit import Search
from podproof.engines.presence import Local, Presence
from podproof.engines.state_sets import StateSet, distinct, ordered
from podproof.engines.state_space import StateSpace
from podproof.language import Kind, UnsupportedError, Variable
from podproof.language.domains import width
from podproof.language.flat import FlatStep, FlatSystem
from podproof.language.packing import Layout, States, Words

Rows = NDArray[np.bool_]

State = tuple[Mapping[Variable[Any], Any], set[tuple[Kind, Local]]]
"""An abstract state: the variables' values, and the local states that some element is in."""

MOST_SAMPLES = 20_000
"""States of one explicit search whose images become samples."""


class Columns:
    """The truth of every atom in every sample: `value[v][x]` and `bit[kind, local]` are columns over the rows."""

    def __init__(self, presence: Presence) -> None:
        self.presence = presence
        self.atoms: list[tuple[Variable[Any], Any]] = [(v, x) for v in presence.variables for x in v.domain.values]
        self.places = list(presence.bits)
        self.index = {atom: i for i, atom in enumerate(self.atoms)}
        self.bit_index = {place: len(self.atoms) + i for i, place in enumerate(self.places)}
        self.rows: Rows = np.zeros((0, len(self.atoms) + len(self.places)), dtype=bool)

    def add_search(self, search: Search) -> None:
        """The abstract images of states that an explicit search reached, evenly spread over all of them."""
        states = search.visited[:: 1 + len(search.visited) // MOST_SAMPLES]
        layout, flat = search.space.layout, search.space.flat
        for picture in self._pictures(search):
            columns = np.zeros((len(states), self.rows.shape[1]), dtype=bool)
            for variable in self.presence.variables:
                codes = layout.codes(states, picture.get(variable, flat.place.get((variable, None), variable)))
                first = self.index[variable, variable.domain.values[0]]
                columns[np.arange(len(states)), first + codes.astype(np.intp)] = True
            for kind, members in self.presence.members.items():
                places = [(_encoded(members, p[1]), self.bit_index[p]) for p in self.places if p[0] is kind]
                for element in range(flat.sizes[kind]):
                    code = _codes(search, states, members, element)
                    for local_code, column in places:
                        columns[:, column] |= code == np.uint64(local_code)
            self._append(columns)

    def _pictures(self, search: Search) -> Iterable[Mapping[Variable[Any], Variable[Any]]]:
        """For a tracked pair: each choice of two elements, the earlier one first (both ways where no order counts)."""
        kind = self.presence.tracked
        if kind is None:
            yield {}
            return
        place = search.space.flat.place
        for one, other in combinations(range(search.space.flat.sizes[kind]), 2):
            for first, second in ((one, other),) if kind.ordered else ((one, other), (other, one)):
                chosen = zip(self.presence.pair, (first, second), strict=True)
                yield {flat: place[own, i] for element, i in chosen for own, flat in element.items()}

    def row(self, state: State) -> Rows:
        """One abstract state."""
        values, occupied = state
        row = np.zeros((1, self.rows.shape[1]), dtype=bool)
        for variable, x in values.items():
            row[0, self.index[variable, x]] = True
        for place in occupied:
            row[0, self.bit_index[place]] = True
        return row

    def add_walk(self) -> None:
        """Abstract states met on a walk. Nothing is added where a variable does not fit into a word."""
        try:
            space = StateSpace(flat_presence(self.presence), symmetric=False)
        except UnsupportedError:
            return
        states = _walk(space, self.presence)
        columns = np.zeros((len(states), self.rows.shape[1]), dtype=bool)
        for variable in self.presence.variables:
            first = self.index[variable, variable.domain.values[0]]
            codes = space.layout.codes(states, variable).astype(np.intp)
            columns[np.arange(len(states)), first + codes] = True
        for place, bit in self.presence.bits.items():
            columns[:, self.bit_index[place]] = space.layout.codes(states, bit) != 0
        self._append(columns)

    def _append(self, rows: Rows) -> None:
        self.rows = np.concatenate([self.rows, _distinct(rows)])


WALKED = 2_500
"""Abstract states that a walk goes on from, in each level."""

LEVELS = 60


def flat_presence(presence: Presence) -> FlatSystem:
    """The abstraction as a flat system, for the explicit engine."""
    variables = (*presence.variables, *presence.bits.values())
    steps = tuple(
        FlatStep(step.step, None, step.guard, {v: e for v, e in step.updates.items() if v in variables})
        for step in presence.steps
        if not set(step.updates) & set(presence.elsewhere.values())
    )
    place: dict[tuple[Variable[Any], int | None], Variable[Any]] = {(v, None): v for v in variables}
    return FlatSystem(presence.system, {}, variables, presence.initial() & presence.legal(), steps, {}, place)


def _walk(space: StateSpace, presence: Presence) -> States:
    legal = space.truth(presence.legal())
    crowd = list(presence.bits.values())
    met = StateSet(space.layout)
    frontier = met.add(_spread(space.layout, space.initial(), crowd))
    found = [frontier]
    for _ in range(LEVELS):
        fresh = distinct(np.concatenate([frontier[:0], *(moves.after for moves in space.moves(frontier))]))
        fresh = fresh[~met.has(fresh)]
        fresh = fresh[legal(fresh)]
        if not len(fresh):
            break
        frontier = met.add(_spread(space.layout, fresh, crowd))
        found.append(frontier)
    return ordered(np.concatenate(found))


def _spread(layout: Layout, states: States, crowd: Sequence[Variable[Any]]) -> States:
    """At most so many of the states as a walk goes on from: half of them the ones in which most local states are
    occupied (they refute clauses that only small Pods obey), half the ones with the smallest hash."""
    if len(states) <= WALKED:
        return states
    by_hash = np.argsort(layout.hashes(states), kind="stable")
    occupied = layout.ones(layout.only(states, crowd))
    by_crowd = by_hash[np.argsort(-occupied[by_hash], kind="stable")]
    return distinct(states[np.concatenate([by_hash[: WALKED // 2], by_crowd[: WALKED // 2]])])


def local_states(search: Search) -> set[tuple[Kind, Local]]:
    """The states that single elements are in, over all states that the search reached."""
    found: set[tuple[Kind, Local]] = set()
    flat = search.space.flat
    for kind, size in flat.sizes.items():
        members = [v for v in flat.system.variables if v.kind is kind]
        if not members and size:
            found.add((kind, ()))
        for element in range(size) if members else ():
            for code in np.unique(_codes(search, search.visited, members, element)):
                found.add((kind, _decoded(members, int(code))))
    return found


def _codes(search: Search, states: States, members: Sequence[Variable[Any]], element: int) -> Words:
    """One element's variables side by side as a number (the first one highest)."""
    code = np.zeros(len(states), dtype=np.uint64)
    for variable in members:
        flat_variable = search.space.flat.place[variable, element]
        code = (code << np.uint64(width(variable.domain))) | search.space.layout.codes(states, flat_variable)
    return code


def _encoded(members: Sequence[Variable[Any]], local: Local) -> int:
    code = 0
    for variable, x in zip(members, local, strict=True):
        code = (code << width(variable.domain)) | variable.domain.code(x)
    return code


def _decoded(members: Sequence[Variable[Any]], code: int) -> Local:
    values = []
    for variable in reversed(members):
        bits = width(variable.domain)
        values.append(variable.domain.values[code & ((1 << bits) - 1)])
        code >>= bits
    return tuple(reversed(values))


def _distinct(rows: Rows) -> Rows:
    packed = np.ascontiguousarray(np.packbits(rows, axis=1))
    whole = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first = np.unique(whole, return_index=True)
    return rows[np.sort(first)]
