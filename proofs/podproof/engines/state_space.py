"""The states of a flat system, packed: initial ones, successors, canonical forms, many at once.

Successors come from generated NumPy source: all guards, and all values that steps store, of a block of states; each
step's effect on the rows it is enabled in. Where neither the system nor the question looks at the order of a kind, its
elements are interchangeable; with symmetry only states whose elements are in canonical (sorted) order are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.state_sets import StateSet, distinct, ordered
from podproof.language import ANY, FALSE, Expr, Kind, System, UnsupportedError, Variable
from podproof.language.expressions import And, Const, looks_at_order, variables_in
from podproof.language.flat import FlatSystem
from podproof.language.meanings.numpy import Emitter, encoded, of_each, vectorised
from podproof.language.packing import Field, Layout, States, Truths, Words
from podproof.wording.counting import counted

MOST_INITIAL = 5_000_000
"""More initial states than that are not listed: their product is made in memory."""

CHUNK = 1 << 17
"""Rows expanded at once, and then paid for."""

BLOCK = 1 << 15
"""Rows that generated source is run on: enough to amortise NumPy's calls, few enough for the caches."""


Predicate = Callable[[States], Truths]


@dataclass(frozen=True, eq=False)
class Moves:
    """The successors of one step for the rows in which its guard holds."""

    index: int
    rows: NDArray[np.intp]
    after: States


@dataclass(frozen=True, eq=False)
class Effect:
    """What a step does to the words of a state: the bits it leaves, those it puts, and fields with computed codes.

    computed: each with the number of the array that has the codes.
    """

    keep: Words
    put: Words
    computed: tuple[tuple[Field, int], ...]


class StateSpace:
    """The packed states of a flat system: initial ones, successors, canonical forms.

    taken: the indices of the steps that are taken.
    Raises UnsupportedError where a variable does not fit into a word, an expression not into 64-bit numbers, or there
    are more than MOST_INITIAL initial states to list.
    """

    def __init__(self, flat: FlatSystem, symmetric: bool = True, observing: Iterable[Expr[Any]] = ()) -> None:
        self.flat = flat
        self.taken = tuple(range(len(flat.steps)))
        alone, elements = _grouped(flat)
        self.layout = Layout(alone, elements)
        self.variables = list(self.layout.fields)
        self._groups = list(_symmetric_groups(flat, self.layout, observing)) if symmetric else []
        self._evaluate, self.effects = self._compile()
        self._obligations = [
            [vectorised(o, self.layout) for o in step.obligations if o is not FALSE] for step in flat.steps
        ]
        self._initial = self._list_initial()
        self._written: dict[tuple[int, ...], tuple[Words, Words, NDArray[np.int64], Words]] = {}

    def initial(self) -> States:
        """Every initial state, sorted."""
        return self._initial

    def _list_initial(self) -> States:
        """Enumerated variable by variable, conditions applied as early as they can be."""
        conditions = list(self.flat.initial.parts if isinstance(self.flat.initial, And) else (self.flat.initial,))
        states = self.layout.states([0])
        placed: set[Variable[Any]] = set()
        for variable in self.variables:
            number = variable.domain.size if variable.initial is ANY else len(variable.initial_values)
            if len(states) * number > MOST_INITIAL:
                raise UnsupportedError(
                    f"{variable.name} begins with any of {counted(number, 'value')}: with it there are more initial "
                    f"states than the {MOST_INITIAL:,} that are explored; give it an initial value, or fewer values"
                )
            codes = np.arange(number, dtype=np.uint64)
            if variable.initial is not ANY:
                codes = np.array([variable.domain.code(value) for value in variable.initial_values], dtype=np.uint64)
            states = np.repeat(states, number)
            self.layout.put(states, variable, np.tile(codes, len(states) // number))
            placed.add(variable)
            ready = [c for c in conditions if variables_in(c) <= placed]
            conditions = [c for c in conditions if c not in ready]
            for condition in ready:
                states = _where(self.truth(condition), states)
        for condition in conditions:
            states = _where(self.truth(condition), states)
        return distinct(self.canonical(states))

    def truth(self, expr: Expr[bool]) -> Predicate:
        """`expr` is flat: over this space's variables."""
        if isinstance(expr, Const):
            return lambda states: np.full(states.shape, expr.value)
        return vectorised(expr, self.layout)

    def moves(self, states: States) -> Iterator[Moves]:
        """For every step the rows in which it is enabled and the (not canonical) states after it."""
        return Expanded(self, states).moves(self.taken)

    def spread(self, expanded: Expanded, steps: Sequence[int], met: StateSet) -> States:
        """Put all that these steps lead to into a set. The states that were new, in order."""
        changing = tuple(index for index in steps if self.flat.steps[index].updates)  # others lead nowhere new
        if not changing:
            return expanded.states[:0]
        if met.table is None or any(len(element) > 1 for elements in self._groups for element in elements):
            after = [moves.after for moves in expanded.moves(changing)]
            return met.add(self.canonical(np.concatenate([expanded.states[:0], *after])))
        if changing not in self._written:
            self._written[changing] = self._writes(changing)
        bits = _in_bits([expanded.truth(index) for index in changing])
        rows = self.layout.rows(expanded.states)
        new = met.table.spread(rows, bits, self._written[changing], expanded.codes, *self._exchanged)
        return ordered(self.layout.joined(new))

    def _writes(self, steps: Sequence[int]) -> tuple[Words, Words, NDArray[np.int64], Words]:
        """For each of the steps the bits it keeps and puts, and from where to where its fields are in the last table:
        word, shift, mask and number of the codes."""
        effects = [self.effects[index] for index in steps]
        written = [
            (*_in_word(field_), number - len(self.flat.steps))
            for effect in effects
            for field_, number in effect.computed
        ]
        ends = np.cumsum([0, *(len(effect.computed) for effect in effects)])
        table = np.array(written, dtype=np.uint64).reshape(len(written), 4)
        return np.stack([e.keep for e in effects]), np.stack([e.put for e in effects]), ends, table

    @cached_property
    def _exchanged(self) -> tuple[Words, NDArray[np.int64]]:
        """Word, shift and mask of all elements that can be exchanged, and how many of them belong together."""
        fields = [each for elements in self._groups for (each,) in elements]
        places = np.array([_in_word(each) for each in fields], dtype=np.uint64)
        return places.reshape(len(fields), 3), np.array([len(elements) for elements in self._groups], dtype=np.int64)

    def may_lead(self, states: States, goal: States) -> Truths:
        """Which of the states may have a successor whose canonical form is the goal, as far as can be seen without a
        look at guards, computed values and elements that can be exchanged."""
        layout = self.layout
        seen = ~layout.mask(each for elements in self._groups for element in elements for each in element)
        words = layout.rows(goal)[0]
        found = np.zeros(len(states), dtype=bool)
        for effect in (self.effects[index] for index in self.taken):
            fixed = seen & ~effect.keep & ~layout.mask(field_ for field_, _ in effect.computed)
            if ((words ^ effect.put) & fixed).any():
                continue
            kept = seen & effect.keep
            same = np.ones(len(states), dtype=bool)
            for number in range(layout.words):
                same &= layout.word(states, number) & kept[number] == words[number] & kept[number]
            found |= same
        return found

    @property
    def safe(self) -> bool:
        """Whether no step that is taken can store a value outside its variable's domain."""
        return not any(self.flat.steps[index].obligations for index in self.taken)

    def overflow(self, moves: Moves, states: States) -> Truths | None:
        """The rows (of the moves) in which a bounded number would leave its domain; None where that cannot be."""
        checks = self._obligations[moves.index]
        if any(o is FALSE for o in self.flat.steps[moves.index].obligations):
            return np.ones(len(moves.rows), dtype=bool)
        if not checks:
            return None
        before = states[moves.rows]
        inside = np.ones(len(before), dtype=bool)
        for check in checks:
            inside &= check(before)
        return ~inside

    def canonical(self, states: States) -> States:
        """With symmetry, the states with the elements of every unordered kind sorted."""
        for elements in self._groups:
            pieces = list(zip(*elements, strict=True))
            codes = [np.stack([self.layout.codes(states, each) for each in piece]) for piece in pieces]
            if len(codes) == 1:
                codes[0].sort(axis=0)
            else:
                order = np.lexsort(codes[::-1], axis=0)
                codes = [np.take_along_axis(each, order, axis=0) for each in codes]
            kept = ~self.layout.mask(each for piece in pieces for each in piece)
            states = self.layout.changed(states, kept, np.zeros_like(kept))
            for piece, column in zip(pieces, codes, strict=True):
                for each, row in zip(piece, column, strict=True):
                    self.layout.put(states, each, row)
        return states

    def values(self, state: int) -> dict[Variable[Any], Any]:
        """One packed state as a valuation of the system (lists for variables of kinds)."""
        flat = dict(zip(self.variables, self.layout.unpack(state), strict=True))
        return self.flat.values([flat[variable] for variable in self.flat.variables])

    def _compile(self) -> tuple[Callable[[States], Sequence[Any]], list[Effect]]:
        """A function from states to the truth of every guard, and then to all codes that steps compute."""
        emitter = Emitter(self.layout)
        guards = [emitter.code(step.guard) for step in self.flat.steps]
        place: dict[str, int] = {}
        effects = []
        for step in self.flat.steps:
            fixed = {v: e.value for v, e in step.updates.items() if isinstance(e, Const) and _fits(v, e.value)}
            values = {v: encoded(e, v, emitter) for v, e in step.updates.items() if v not in fixed}
            computed = tuple(
                (self.layout.fields[variable], place.setdefault(value, len(guards) + len(place)))
                for variable, value in values.items()
            )
            keep = ~self.layout.mask(self.layout.fields[variable] for variable in step.updates)
            effects.append(Effect(keep, self.layout.constant(fixed), computed))
        return emitter.function([*guards, *place]), effects

    def evaluated(self, states: States) -> list[NDArray[Any]]:
        """Of each state the truth of every guard, then all codes that steps compute; a block at a time."""
        blocks = [states[start : start + BLOCK] for start in range(0, max(len(states), 1), BLOCK)]
        found = [[of_each(value, block) for value in self._evaluate(block)] for block in blocks]
        return found[0] if len(found) == 1 else [np.concatenate(parts) for parts in zip(*found, strict=True)]


class Expanded:
    """States whose guards were evaluated, once for all that is asked of their successors."""

    def __init__(self, space: StateSpace, states: States) -> None:
        self.space, self.states = space, states
        self._values = space.evaluated(states)
        self._holding: dict[Predicate, Truths] = {}

    def truth(self, index: int) -> Truths:
        """Where a step is enabled."""
        found: Truths = self._values[index]
        return found

    @cached_property
    def codes(self) -> NDArray[Any]:
        """What steps compute, a row each."""
        return _together(self._values[len(self.space.flat.steps) :], len(self.states))

    def after(self, index: int, rows: NDArray[np.intp]) -> States:
        """The (not canonical) states after a step from these rows, where it is enabled."""
        effect, layout = self.space.effects[index], self.space.layout
        after = layout.changed(self.states[rows], effect.keep, effect.put)
        for field_, number in effect.computed:
            layout.put(after, field_, self._values[number][rows])
        return after

    def holds(self, predicate: Predicate) -> Truths:
        """Where it holds of the states; evaluated once."""
        if predicate not in self._holding:
            self._holding[predicate] = predicate(self.states)
        return self._holding[predicate]

    def moves(self, steps: Iterable[int]) -> Iterator[Moves]:
        """For each of the steps the rows in which it is enabled, if any, and the states after it."""
        for index in steps:
            rows = np.flatnonzero(self.truth(index))
            if len(rows):
                yield Moves(index, rows, self.after(index, rows))


def _in_word(field_: Field) -> tuple[int, int, int]:
    """Its word, where it begins there, and the mask of its codes."""
    return field_.word, field_.shift, (1 << field_.width) - 1


def _in_bits(truths: Sequence[Truths]) -> Words:
    """A row each, a bit for every state, the first lowest."""
    found = np.zeros((len(truths), -(-len(truths[0]) // 64) * 8), dtype=np.uint8)
    for row, truth in zip(found, truths, strict=True):
        packed = np.packbits(truth, bitorder="little")
        row[: len(packed)] = packed
    return found.view(np.uint64)


def _together(codes: Sequence[NDArray[Any]], states: int) -> NDArray[Any]:
    """A row each, as whole numbers without a sign: what has one and what has none would become floats."""
    narrow = all(each.dtype.itemsize == 1 for each in codes)
    found = np.empty((len(codes), states), dtype=np.uint8 if narrow else np.uint64)
    for row, each in zip(found, codes, strict=True):
        row[:] = each.astype(found.dtype)
    return found


def _where(truth: Predicate, states: States) -> States:
    """The states with it, some looked at after the others."""
    chunks = (states[start : start + CHUNK] for start in range(0, len(states), CHUNK))
    return np.concatenate([states[:0], *(chunk[truth(chunk)] for chunk in chunks)])


def _fits(variable: Variable[Any], value: Any) -> bool:
    return value in variable.domain


def _grouped(flat: FlatSystem) -> tuple[list[Variable[Any]], list[tuple[Variable[Any], ...]]]:
    """The variables of no element, and those of each element together, so that elements can be exchanged."""
    elements = [tuple(element) for each in flat.replicas.values() for element in each]
    inside = {variable for element in elements for variable in element}
    placed = dict.fromkeys(v for (_, element), v in flat.place.items() if element is None)
    return [v for v in dict.fromkeys((*placed, *flat.variables)) if v not in inside], elements


def ordered_kinds(system: System, observing: Iterable[Expr[Any]] = ()) -> frozenset[Kind]:
    """The kinds whose order something looks at: a guard, a value, an initial condition or an observed expression."""
    read = [e for s in system.steps for e in (s.guard, *s.updates.values(), *s.broadcasts.values())]
    observed = (*read, *system.initial_conditions, *observing)
    return frozenset(kind for expr in observed for kind in looks_at_order(expr))


def _symmetric_groups(
    flat: FlatSystem, layout: Layout, observing: Iterable[Expr[Any]]
) -> Iterator[list[tuple[Field, ...]]]:
    """For every interchangeable kind with two elements or more: where each element is, a field a word.

    A kind is interchangeable where nothing looks at its order.
    """
    ordered = ordered_kinds(flat.system, observing)
    for kind, elements in flat.replicas.items():
        if kind not in ordered and len(elements) > 1 and elements[0]:
            yield [tuple(_side_by_side(layout.fields[v] for v in element)) for element in elements]


def _side_by_side(fields: Iterable[Field]) -> Iterator[Field]:
    """Neighbours within a word as one field."""
    for _, group in groupby(fields, key=lambda field_: field_.word):
        together = list(group)
        yield Field(together[0].shift, sum(each.width for each in together), together[0].word)
