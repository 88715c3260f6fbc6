"""Clauses over abstract states, and how to make one that excludes a state but no sample.

A clause says: some system variable has one of these values, or no element is in any of these local states, or some
element is in this one. A clause that every sample satisfies is a guess for an invariant; z3 decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.presence import Local, Presence
from podproof.engines.samples import Columns, Rows, State
from podproof.language import Expr, Kind, Scope, Variable, disjunction


@dataclass(frozen=True)
class Clause:
    """values: for each variable the values that satisfy it; absent: sets of local states of which one must be empty;
    present: local states of which one must be occupied."""

    values: tuple[tuple[Variable[Any], tuple[Any, ...]], ...]
    absent: tuple[tuple[Kind, tuple[Local, ...]], ...]
    present: tuple[tuple[Kind, Local], ...]

    @property
    def size(self) -> tuple[int, int]:
        """Literals, then values in them: smaller clauses say more."""
        inside = sum(len(values) for _, values in self.values) + sum(1 for _ in self.absent) + len(self.present)
        return (len(self.values) + len(self.absent) + len(self.present), inside)

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


def truth(clause: Clause, columns: Columns) -> Rows:
    """In which rows the clause holds."""
    holds = np.zeros(len(columns.rows), dtype=bool)
    for variable, values in clause.values:
        for x in values:
            holds |= columns.rows[:, columns.index[variable, x]]
    for kind, locals_ in clause.absent:
        occupied = np.zeros(len(columns.rows), dtype=bool)
        for local in locals_:
            occupied |= columns.rows[:, columns.bit_index[kind, local]]
        holds |= ~occupied
    for place in clause.present:
        holds |= columns.rows[:, columns.bit_index[place]]
    return holds


def inhabited(columns: Columns) -> list[Clause]:
    """That a kind has an element at all, where every sample has one: too weak for the search to find by itself."""
    clauses = []
    for kind in columns.presence.members:
        clause = Clause((), (), tuple(place for place in columns.places if place[0] is kind))
        if clause.present and truth(clause, columns).all():
            clauses.append(clause)
    return clauses


class Generaliser:
    """Makes strong clauses that exclude a given abstract state and no sample.

    It works on a few rows and looks at all of them only to confirm a clause; rows that refute one join the few.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.few = columns.rows[:: max(1, len(columns.rows) // FEW)]
        self.orders = _orders(len(columns.presence.variables))

    def learn(self, state: State) -> None:
        """The state is reachable: no clause may exclude it."""
        row = self.columns.row(state)
        self.columns.rows = np.concatenate([self.columns.rows, row])
        self.few = np.concatenate([self.few, row])

    def clause(self, state: State) -> Clause | None:
        """None if the state is itself a sample."""
        while True:
            found = [_generalised(self.columns, self.few, state, order) for order in self.orders]
            clauses = [clause for clause in found if clause is not None]
            if len(clauses) < len(found):
                return None
            best = min(clauses, key=lambda clause: clause.size)
            wrong = np.flatnonzero(~truth(best, self.columns))
            if not len(wrong):
                return best
            self.few = np.concatenate([self.few, self.columns.rows[wrong[:50]]])


FEW = 2_000
"""Rows that every clause is first tried on."""


def _orders(count: int) -> list[list[int]]:
    """Orders in which to drop the literals about system variables: forward, backward, and from the middle."""
    forward = list(range(count))
    middle = forward[count // 2 :] + forward[: count // 2]
    return [forward, forward[::-1], middle, middle[::-1]]


def _generalised(columns: Columns, rows: Rows, state: State, order: Sequence[int]) -> Clause | None:
    """Literals are dropped while every row stays satisfied, presence first and system variables last (the other way
    round diverges); what is left is made stronger: values taken away, empty local states added."""
    values, occupied = state
    variables = columns.presence.variables
    some = [p for p in columns.places if p not in occupied]
    none = [p for p in columns.places if p in occupied]
    truth = [rows[:, columns.bit_index[p]] for p in some]
    truth += [~rows[:, columns.bit_index[p]] for p in none]
    truth += [~rows[:, columns.index[variables[n], values[variables[n]]]] for n in order]
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
            absent.append((kind, _widened_absence(columns, rows, cover, truth[n], kind, local)))
    chosen = []
    for n in kept:
        if n >= len(some) + len(none):
            variable = variables[order[n - len(some) - len(none)]]
            chosen.append((variable, _narrowed_values(columns, rows, cover, variable, values[variable])))
    return Clause(tuple(chosen), tuple(absent), present)


def _widened_absence(
    columns: Columns, rows: Rows, cover: NDArray[np.int32], truth: Rows, kind: Kind, local: Local
) -> tuple[Local, ...]:
    widened = [local]
    current = truth.copy()
    for place in columns.places:
        if place[0] is kind and place[1] != local:
            lost = current & rows[:, columns.bit_index[place]]
            if not np.any(lost & (cover == 1)):
                cover -= lost
                current &= ~lost
                widened.append(place[1])
    return tuple(local for own, local in columns.places if own is kind and local in widened)


def _narrowed_values(
    columns: Columns, rows: Rows, cover: NDArray[np.int32], variable: Variable[Any], value: Any
) -> tuple[Any, ...]:
    kept = []
    for x in variable.domain.values:
        if x == value:
            continue
        column = rows[:, columns.index[variable, x]]
        if np.any(column & (cover == 1)):
            kept.append(x)
        else:
            cover -= column
    return tuple(kept)
