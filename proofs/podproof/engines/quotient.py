"""Quotients: everything a system can do, seen through a few of its values.

States that look the same are one class; where some step leads from one class to another there is an arrow, with the
number of such steps and a shortest run whose last step is one of them. An arrow says that there is such a step, not
that every state of the class has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.explicit import Search
from podproof.engines.state_sets import contained, firsts, ordered, positions
from podproof.engines.state_space import CHUNK, StateSpace
from podproof.language import Expr, System, UnsupportedError, Variable
from podproof.language.expressions import own_kinds, variables_in
from podproof.language.flat import Sizes, expand, specialised
from podproof.language.machines import Event
from podproof.language.meanings.python import evaluate
from podproof.language.meanings.text import value_text
from podproof.language.packing import States
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace, TraceStep
from podproof.wording.counting import counted


@dataclass(frozen=True, eq=False)
class View:
    """What one looks at: `text` says it of a state, and depends on nothing but the expressions it `reads`."""

    name: str
    system: System
    reads: tuple[Expr[Any], ...]
    text: Callable[[Mapping[Variable[Any], Any], Sizes], str]


def of(name: str, system: System, *values: Expr[Any]) -> View:
    """Look at expressions: their values, a true or false one by its name; of every element where they speak of one."""

    def words(state: Mapping[Variable[Any], Any], sizes: Sizes) -> str:
        seen = [(expr, value) for expr in values for value in _values(expr, state, sizes)]
        if len(values) == 1:
            return ", ".join(value_text(value) for _, value in seen) or "none"
        return ", ".join(_said(expr, value) for expr, value in seen if value is not False) or "none"

    return View(name, system, values, words)


def _values(expr: Expr[Any], state: Mapping[Variable[Any], Any], sizes: Sizes) -> list[Any]:
    kinds = own_kinds(expr)
    if not kinds:
        return [evaluate(expr, state, sizes)]
    (kind,) = kinds
    return [evaluate(expr, state, sizes, own=element) for element in range(sizes[kind])]


def _said(expr: Expr[Any], value: Any) -> str:
    return str(expr) if value is True else value_text(value)


@dataclass(frozen=True, eq=False)
class Class:
    """The states that look the same: how many, the fewest steps to one of them, whether one of them is initial."""

    name: str
    states: int
    depth: int

    @property
    def initial(self) -> bool:
        return self.depth == 0


@dataclass(frozen=True, eq=False)
class Way:
    """Steps from one class to another. steps: how many there are; events: of these; example: a shortest run."""

    source: str
    dest: str
    steps: int
    events: tuple[Event, ...]
    example: Trace


@dataclass(frozen=True, eq=False)
class Quotient:
    """classes and ways in the order in which they are first met; states, steps: of the explored system."""

    view: View
    sizes: Sizes
    states: int
    steps: int
    classes: tuple[Class, ...]
    ways: tuple[Way, ...]

    def __repr__(self) -> str:
        seen = ", ".join(f"{each.name} ({each.states:,})" for each in self.classes)
        states, arrows = counted(self.states, "state"), counted(len(self.ways), "arrow")
        return f"<{self.view.system} by {self.view.name}: {states} as {seen}; {arrows}>"


def quotient(view: View, sizes: Sizes, limits: Limits | None = None) -> Quotient:
    """Explore the system of the view, as far as what is seen depends on it.

    Raises UnsupportedError where it cannot be explored to the end, or has no initial state of this size.
    """
    part = view.system.cone(view.reads)
    space = StateSpace(specialised(expand(part, sizes)), False, view.reads)
    search = Search(space, limits or Limits())
    search.run()
    if search.truncated or not len(search.visited):
        raise UnsupportedError(f"no quotient by {view.name}: {search.truncated or 'there is no initial state'}")
    names, number = _classes(view, space, search)
    counts = np.bincount(number(search.visited), minlength=len(names))
    depth = [0] * len(names)
    for level in reversed(range(len(search.levels))):
        for seen in np.unique(number(search.levels[level])).tolist():
            depth[seen] = level
    order = sorted(range(len(names)), key=lambda each: (depth[each], names[each]))
    ways = _ways(space, search, number, names)
    rank = {names[each]: place for place, each in enumerate(order)}
    return Quotient(
        view,
        dict(space.flat.sizes),
        len(search.visited),
        search.transitions,
        tuple(Class(names[each], int(counts[each]), depth[each]) for each in order),
        tuple(sorted(ways, key=lambda way: (rank[way.source], rank[way.dest]))),
    )


def _classes(view: View, space: StateSpace, search: Search) -> tuple[list[str], Callable[[States], NDArray[np.intp]]]:
    """The names of the classes, and the function from states to their numbers."""
    read: set[Variable[Any]] = set().union(*map(variables_in, view.reads))
    seen = [flat for (own, _), flat in space.flat.place.items() if own in read]
    pictures, first = firsts(space.layout.only(search.visited, seen))
    shown = space.layout.numbers(search.visited[first])
    texts = [view.text(space.values(state), space.flat.sizes) for state in shown]
    names = list(dict.fromkeys(texts))
    of_picture = np.array([names.index(text) for text in texts], dtype=np.intp)
    return names, lambda states: of_picture[positions(space.layout.only(states, seen), pictures)]


@dataclass
class _Found:
    """What is known of the steps between two classes. The first one met ends the example."""

    depth: int
    before: int
    after: int
    index: int
    steps: int = 0
    events: dict[Event, None] = field(default_factory=dict)


def _ways(
    space: StateSpace, search: Search, number: Callable[[States], NDArray[np.intp]], names: Sequence[str]
) -> Iterator[Way]:
    found: dict[int, _Found] = {}
    packed = space.layout.number
    for depth, level in enumerate(search.levels):
        for start in range(0, len(level), CHUNK):
            states = level[start : start + CHUNK]
            seen = number(states)
            for moves in space.moves(states):
                before, after = seen[moves.rows], number(moves.after)
                rows = np.flatnonzero(before != after)
                pairs, first, steps = np.unique(
                    before[rows] * len(names) + after[rows], return_index=True, return_counts=True
                )
                for pair, row, count in zip(pairs.tolist(), rows[first].tolist(), steps.tolist(), strict=True):
                    state, successor = packed(states[moves.rows[row]]), packed(moves.after[row])
                    way = found.setdefault(pair, _Found(depth, state, successor, moves.index))
                    way.steps += count
                    way.events[space.flat.steps[moves.index].step.event] = None
    parents = _parents(space, search, [(way.depth, way.before) for way in found.values()])
    for pair, way in found.items():
        source, dest = divmod(pair, len(names))
        example = _run(space, way, parents)
        yield Way(names[source], names[dest], way.steps, tuple(way.events), example)


Parents = Mapping[tuple[int, int], tuple[int, int]]
"""From the level and the state to the state before it on a shortest run, and the step taken there."""


def _parents(space: StateSpace, search: Search, wanted: Sequence[tuple[int, int]]) -> Parents:
    """What leads to all of the wanted states (each with its level), found in one pass from the deepest back."""
    parents: dict[tuple[int, int], tuple[int, int]] = {}
    needed: set[int] = set()
    for depth in range(len(search.levels) - 1, 0, -1):
        needed |= {state for level, state in wanted if level == depth}
        goals = ordered(space.layout.states(needed))
        level, needed = search.levels[depth - 1], set()
        if not len(goals):
            continue
        for start in range(0, len(level), CHUNK):
            states = level[start : start + CHUNK]
            for moves in space.moves(states):
                for row in np.flatnonzero(contained(moves.after, goals)).tolist():
                    place = (depth, space.layout.number(moves.after[row]))
                    if place not in parents:
                        before = space.layout.number(states[moves.rows[row]])
                        parents[place] = (before, moves.index)
                        needed.add(before)
    return parents


def _run(space: StateSpace, way: _Found, parents: Parents) -> Trace:
    taken = [(way.index, way.after)]
    state = way.before
    for depth in range(way.depth, 0, -1):
        before, index = parents[depth, state]
        taken.append((index, state))
        state = before
    flat = space.flat
    steps = (TraceStep(flat.steps[i].step, flat.steps[i].element, space.values(s)) for i, s in reversed(taken))
    return Trace(flat.system, flat.sizes, space.values(state), tuple(steps))
