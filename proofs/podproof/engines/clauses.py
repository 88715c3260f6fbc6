"""Clauses over abstract states, and samples of reachable states that they must not exclude.

A clause says: some system variable has one of these values, or no element is in any of these local states, or some
element is in this one. Samples are abstract images of states that the explicit engine reached; a clause that every
sample satisfies is a guess for an invariant, and z3 decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.explicit import Search
from podproof.engines.presence import Local, Presence
from podproof.language import Expr, Kind, Scope, Variable, disjunction

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class Clause:
    """values: for each variable the values that satisfy it; absent: sets of local states of which one must be empty;
    present: local states of which one must be occupied."""

    values: tuple[tuple[Variable[Any], tuple[Any, ...]], ...]
    absent: tuple[tuple[Kind, tuple[Local, ...]], ...]
    present: tuple[tuple[Kind, Local], ...]

    def abstract(self, presence: Presence) -> Expr[bool]:
        """The clause over the abstract variables."""
        parts: list[Expr[bool]] = [v.is_(*values) for v, values in self.values]
        for kind, locals_ in self.absent:
            parts.append(~disjunction(*(presence.bits[kind, local] for local in locals_)))
        parts += [presence.bits[kind, local] for kind, local in self.present]
        return disjunction(*parts)

    def concrete(self, presence: Presence) -> Expr[bool]:
        """The clause over the system's own variables, quantifying over kinds: what a certificate holds."""
        pair = {flat: (own, i) for i, element in enumerate(presence.pair) for own, flat in element.items()}
        parts: list[Expr[bool]] = [v.is_(*values) for v, values in self.values if v not in pair]
        for kind, locals_ in self.absent:
            parts.append(kind.none(presence.at(kind, locals_)))
        by_kind: dict[Kind, list[Local]] = {}
        for kind, local in self.present:
            by_kind.setdefault(kind, []).append(local)
        parts += [kind.some(presence.at(kind, locals_)) for kind, locals_ in by_kind.items()]
        tracked: list[list[Expr[bool]]] = [[], []]
        for variable, values in self.values:
            if variable in pair:
                own, number = pair[variable]
                tracked[number].append(own.is_(*values))
        body = disjunction(*parts)
        kind_of_pair = presence.tracked
        if kind_of_pair is None or not (tracked[0] or tracked[1]):
            return body
        first, second = disjunction(*tracked[0]), disjunction(*tracked[1])
        if not tracked[0]:
            return body | kind_of_pair.all(second)
        if not tracked[1]:
            return body | kind_of_pair.all(first)
        scope = Scope.earlier if kind_of_pair.ordered else Scope.others
        return body | kind_of_pair.all(second | kind_of_pair.all(first, scope))


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
        """The abstract images of all states that an explicit search reached."""
        states = search.visited
        layout, flat = search.space.layout, search.space.flat
        for picture in self._pictures(search):
            columns = np.zeros((len(states), self.rows.shape[1]), dtype=bool)
            for variable, x in self.atoms:
                source = picture.get(variable, flat.place.get((variable, None)))
                if source is None:
                    raise KeyError(variable.name)
                codes = layout.codes(states, source)
                columns[:, self.index[variable, x]] = codes == np.uint64(variable.domain.code(x))
            for kind, local in self.places:
                members = self.presence.members[kind]
                occupied = np.zeros(len(states), dtype=bool)
                for element in range(flat.sizes[kind]):
                    here = np.ones(len(states), dtype=bool)
                    for variable, x in zip(members, local, strict=True):
                        codes = layout.codes(states, flat.place[variable, element])
                        here &= codes == np.uint64(variable.domain.code(x))
                    occupied |= here
                columns[:, self.bit_index[kind, local]] = occupied
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

    def add(self, values: Mapping[Variable[Any], Any], occupied: Iterable[tuple[Kind, Local]]) -> None:
        """One abstract state."""
        row = np.zeros((1, self.rows.shape[1]), dtype=bool)
        for variable, x in values.items():
            row[0, self.index[variable, x]] = True
        for place in occupied:
            row[0, self.bit_index[place]] = True
        self._append(row)

    def _append(self, rows: Rows) -> None:
        packed = np.packbits(np.concatenate([self.rows, rows]), axis=1)
        whole = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first = np.unique(whole, return_index=True)
        self.rows = np.concatenate([self.rows, rows])[np.sort(first)]


def generalise(
    columns: Columns, values: Mapping[Variable[Any], Any], occupied: set[tuple[Kind, Local]]
) -> Clause | None:
    """A strong clause that excludes the abstract state and no sample; None if the state is itself a sample.

    Literals are dropped while every sample stays satisfied, presence first and system variables last (the other order
    diverges); what is left is widened, values taken away and empty local states added, which makes it stronger still.
    """
    rows, presence = columns.rows, columns.presence
    some = [p for p in columns.places if p not in occupied]
    none = [p for p in columns.places if p in occupied]
    truth = [rows[:, columns.bit_index[p]] for p in some]
    truth += [~rows[:, columns.bit_index[p]] for p in none]
    truth += [~rows[:, columns.index[v, values[v]]] for v in presence.variables]
    cover = np.zeros(len(rows), dtype=np.int32)
    for column in truth:
        cover += column
    if len(rows) and cover.min() == 0:
        return None
    kept = []
    for number, column in enumerate(truth):
        if np.any(column & (cover == 1)):
            kept.append(number)
        else:
            cover -= column
    present = tuple(some[n] for n in kept if n < len(some))
    absent = []
    for n in kept:
        if len(some) <= n < len(some) + len(none):
            kind, local = none[n - len(some)]
            absent.append((kind, _widened_absence(columns, cover, truth[n], kind, local)))
    chosen = []
    for n in kept:
        if n >= len(some) + len(none):
            variable = presence.variables[n - len(some) - len(none)]
            chosen.append((variable, _narrowed_values(columns, cover, variable, values[variable])))
    return Clause(tuple(chosen), tuple(absent), present)


def _widened_absence(
    columns: Columns, cover: NDArray[np.int32], truth: Rows, kind: Kind, local: Local
) -> tuple[Local, ...]:
    widened = [local]
    current = truth.copy()
    for place in columns.places:
        if place[0] is kind and place[1] != local:
            lost = current & columns.rows[:, columns.bit_index[place]]
            if not np.any(lost & (cover == 1)):
                cover -= lost
                current &= ~lost
                widened.append(place[1])
    return tuple(widened)


def _narrowed_values(
    columns: Columns, cover: NDArray[np.int32], variable: Variable[Any], value: Any
) -> tuple[Any, ...]:
    kept = []
    for x in variable.domain.values:
        if x == value:
            continue
        column = columns.rows[:, columns.index[variable, x]]
        if np.any(column & (cover == 1)):
            kept.append(x)
        else:
            cover -= column
    return tuple(kept)


def as_clauses(clauses: Sequence[Clause], presence: Presence) -> list[Expr[bool]]:
    return [clause.concrete(presence) for clause in clauses]
