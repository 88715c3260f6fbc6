"""Explicit search: breadth first over packed states, a whole frontier at a time, with shortest traces.

States of one level are a sorted array of 64-bit words. A level's successors come from generated NumPy source: all
guards on the whole frontier at once, each step's effect on the rows it is enabled in. Where neither the system nor the
question looks at the order of a kind, its elements are interchangeable; with symmetry only states whose elements are
in canonical (sorted) order are kept, and no verdict changes. Levels are kept instead of parent pointers: a trace is
found by walking back and expanding one level at a time, then replaying forward on states that are not canonical, so
that "container 2" is the same container all along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.claims.formulas import Formula, InitialRule, Invariant, Reachable, StepRule
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, TraceStep, Verdict
from podproof.language import ANY, FALSE, Expr, Kind, System, UnsupportedError, Variable, conjunction
from podproof.language.arrays import ARRAYS, Emitter, Layout, States, Truths, encoded, everywhere, vectorised
from podproof.language.domains import Integers
from podproof.language.expressions import And, Const, looks_at_order, own_kinds, variables_in
from podproof.language.flat import FlatStep, FlatSystem, Sizes, expand, specialised
from podproof.wording.counting import counted

MOST_INITIAL = 5_000_000
"""More initial states than that are not listed: their product is made in memory."""

CHUNK = 1 << 17
"""Rows expanded at once: enough to amortise NumPy's calls, small enough for the caches."""


BadStep = Callable[[int, States, States], Truths | None]
"""(index of a flat step, states before, states after) -> where the step breaks the formula."""

Predicate = Callable[[States], Truths]


@dataclass(frozen=True, eq=False)
class Moves:
    """The successors of one step for the rows in which its guard holds."""

    index: int
    rows: NDArray[np.intp]
    after: States


class StateSpace:
    """The packed states of a flat system: initial ones, successors, canonical forms.

    Raises UnsupportedError where a state does not fit into a word, an expression not into 64-bit numbers, or there are
    more than MOST_INITIAL initial states to list.
    """

    def __init__(self, flat: FlatSystem, symmetric: bool = True, observing: Iterable[Expr[Any]] = ()) -> None:
        self.flat = flat
        variables = _grouped(flat)
        self.layout = Layout(variables)
        self.variables = variables
        self._columns = list(_symmetric_groups(flat, self.layout, observing)) if symmetric else []
        self._guards = self._compile_guards()
        self._effects = [self._compile_effect(step) for step in flat.steps]
        self._obligations = [
            [vectorised(o, self.layout) for o in step.obligations if o is not FALSE] for step in flat.steps
        ]
        self._initial = self._list_initial()

    def initial(self) -> States:
        """Every initial state, sorted."""
        return self._initial

    def _list_initial(self) -> States:
        """Enumerated variable by variable, conditions applied as early as they can be."""
        conditions = list(self.flat.initial.parts if isinstance(self.flat.initial, And) else (self.flat.initial,))
        states = np.zeros(1, dtype=np.uint64)
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
            shifted = codes << np.uint64(self.layout.fields[variable].shift)
            states = (states[:, None] | shifted[None, :]).ravel()
            placed.add(variable)
            ready = [c for c in conditions if variables_in(c) <= placed]
            conditions = [c for c in conditions if c not in ready]
            for condition in ready:
                states = _where(self.truth(condition), states)
        for condition in conditions:
            states = _where(self.truth(condition), states)
        return np.unique(self.canonical(states))

    def truth(self, expr: Expr[bool]) -> Predicate:
        """`expr` is flat: over this space's variables."""
        if isinstance(expr, Const):
            return lambda states: np.full(states.shape, expr.value)
        return vectorised(expr, self.layout)

    def moves(self, states: States) -> Iterator[Moves]:
        """For every step the rows in which it is enabled and the (not canonical) states after it."""
        for index, enabled in enumerate(self._guards(states)):
            rows = np.flatnonzero(everywhere(enabled, states))
            if len(rows):
                yield Moves(index, rows, self._effects[index](states[rows]))

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
        for shifts, width in self._columns:
            mask = np.uint64((1 << width) - 1)
            columns = np.stack([(states >> np.uint64(shift)) & mask for shift in shifts])
            columns.sort(axis=0)
            kept = states & np.uint64(~sum(int(mask) << shift for shift in shifts) & (2**64 - 1))
            for shift, column in zip(shifts, columns, strict=True):
                kept = kept | (column << np.uint64(shift))
            states = kept
        return states

    def values(self, state: int) -> dict[Variable[Any], Any]:
        """One packed state as a valuation of the system (lists for variables of kinds)."""
        flat = dict(zip(self.variables, self.layout.unpack(state), strict=True))
        return self.flat.values([flat[variable] for variable in self.flat.variables])

    def _compile_guards(self) -> Callable[[States], Sequence[Truths]]:
        emitter = Emitter(self.layout)
        names = [ARRAYS.fold(step.guard, emitter) for step in self.flat.steps]
        function: Callable[[States], Sequence[Truths]] = emitter.function(names)
        return function

    def _compile_effect(self, step: FlatStep) -> Callable[[States], States]:
        fixed = {v: e.value for v, e in step.updates.items() if isinstance(e, Const) and _fits(v, e.value)}
        written = sum(self.layout.fields[v].mask for v in step.updates)
        constant = sum(v.domain.code(value) << self.layout.fields[v].shift for v, value in fixed.items())
        keep, put = np.uint64(~written & (2**64 - 1)), np.uint64(constant)
        computed = {v: e for v, e in step.updates.items() if v not in fixed}
        if not computed:
            return lambda states: (states & keep) | put
        emitter = Emitter(self.layout)
        words = [encoded(value, variable, emitter) for variable, value in computed.items()]
        masks = [np.uint64(self.layout.fields[variable].mask) for variable in computed]
        function = emitter.function(words)

        def effect(states: States) -> States:
            after = (states & keep) | put
            for word, mask in zip(function(states), masks, strict=True):
                after = after | (word & mask)
            return after

        return effect


def _where(truth: Predicate, states: States) -> States:
    """The states with it, some looked at after the others."""
    chunks = (states[start : start + CHUNK] for start in range(0, len(states), CHUNK))
    return np.concatenate([states[:0], *(chunk[truth(chunk)] for chunk in chunks)])


def _fits(variable: Variable[Any], value: Any) -> bool:
    return value in variable.domain


def _grouped(flat: FlatSystem) -> list[Variable[Any]]:
    """Pod variables first, then each element's together, so that an element is one contiguous field."""
    grouped = [v for (_, element), v in flat.place.items() if element is None]
    for elements in flat.replicas.values():
        for element in elements:
            grouped += element
    return grouped + [v for v in flat.variables if v not in set(grouped)]


def ordered_kinds(system: System, observing: Iterable[Expr[Any]] = ()) -> frozenset[Kind]:
    """The kinds whose order something looks at: a guard, a value, an initial condition or an observed expression."""
    read = [e for s in system.steps for e in (s.guard, *s.updates.values(), *s.broadcasts.values())]
    observed = (*read, *system.initial_conditions, *observing)
    return frozenset(kind for expr in observed for kind in looks_at_order(expr))


def _symmetric_groups(
    flat: FlatSystem, layout: Layout, observing: Iterable[Expr[Any]]
) -> Iterator[tuple[list[int], int]]:
    """For every interchangeable kind with two elements or more: where each element starts, and its width in bits.

    A kind is interchangeable where nothing looks at its order.
    """
    ordered = ordered_kinds(flat.system, observing)
    for kind, elements in flat.replicas.items():
        if kind not in ordered and len(elements) > 1 and elements[0]:
            width = sum(layout.fields[v].width for v in elements[0])
            yield [min(layout.fields[v].shift for v in element) for element in elements], width


@dataclass
class Search:
    """Breadth-first search. After `run`, `levels[k]` holds the states first reached in k steps."""

    space: StateSpace
    limits: Limits = field(default_factory=Limits)
    levels: list[States] = field(default_factory=list)
    visited: States = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    transitions: int = 0
    truncated: str = ""
    overflowed: tuple[int, int, int] | None = None
    _bad_step: BadStep | None = None

    def run(
        self,
        bad_state: Predicate | None = None,
        bad_step: BadStep | None = None,
        bad_initial: Predicate | None = None,
        depth: int | None = None,
    ) -> tuple[int, int, int | None] | None:
        """Search until a bad state or step, or to the end. Both predicates take canonical states before the step.

        Returns (level, state) of a shortest violation and, for a bad step, the index of the step taken there.
        """
        self._bad_step = bad_step
        budget = self.limits.budget
        frontier = self.space.initial()
        self.visited = frontier
        while len(frontier):
            self.levels.append(frontier)
            level = len(self.levels) - 1
            for predicate in (bad_state, bad_initial if level == 0 else None):
                if predicate is not None:
                    found = np.flatnonzero(predicate(frontier))
                    if len(found):
                        return (level, int(frontier[found[0]]), None)
            if depth is not None and level >= depth:
                return None
            new = frontier[:0]
            for start in range(0, len(frontier), CHUNK):
                states = frontier[start : start + CHUNK]
                fresh: list[States] = []
                for moves in self.space.moves(states):
                    self.transitions += len(moves.rows)
                    overflow = self.space.overflow(moves, states)
                    if overflow is not None and overflow.any():
                        self.overflowed = (level, int(states[moves.rows[np.argmax(overflow)]]), moves.index)
                    if bad_step is not None:
                        wrong = bad_step(moves.index, states[moves.rows], moves.after)
                        if wrong is not None and overflow is not None:
                            wrong = wrong & ~overflow
                        if wrong is not None and wrong.any():
                            return (level, int(states[moves.rows[np.argmax(wrong)]]), moves.index)
                    if self.space.flat.steps[moves.index].updates:  # without any it leads nowhere new
                        fresh.append(moves.after)
                new = _distinct(np.concatenate([new, self._unseen(fresh)]))
                budget.pay_states(len(states))
                if not budget.left:
                    self.truncated = self.limits.said
                elif len(self.visited) + len(new) > self.limits.states:
                    self.truncated = f"stopped at {counted(self.limits.states, 'state')}"
                if self.truncated:
                    break
            if self.overflowed is not None:  # only now: a step that breaks the formula here is found first
                step = self.space.flat.steps[self.overflowed[2]].step
                self.truncated = f"'{step.label}' would store a value outside its variable's domain"
            if self.truncated:
                return None
            frontier = new
            self.visited = _merged(self.visited, frontier)
        return None

    def _unseen(self, found: list[States]) -> States:
        """The canonical forms among `found` that were never visited, sorted and without repetition."""
        if not found:
            return np.zeros(0, dtype=np.uint64)
        states = _distinct(self.space.canonical(np.concatenate(found)))
        position = np.searchsorted(self.visited, states)
        position[position == len(self.visited)] = 0
        unseen: States = states[self.visited[position] != states]
        return unseen

    def trace(self, level: int, state: int, last: int | None = None) -> Trace:
        """A run to `state`, which is in `levels[level]`, and then by the step with index `last`."""
        canonical = [np.uint64(state)]
        for before in range(level - 1, -1, -1):
            canonical.append(self._predecessor(self.levels[before], canonical[-1]))
        canonical.reverse()
        current = canonical[0]  # a canonical initial state is itself an initial state
        taken: list[tuple[int, np.uint64]] = []
        for goal in canonical[1:]:
            index, current = self._step_towards(current, goal)
            taken.append((index, current))
        if last is not None:
            final = next(m for m in self._moves_of(current) if self._breaks(m, current, last))
            taken.append((final.index, final.after[0]))
        flat = self.space.flat
        steps = tuple(
            TraceStep(flat.steps[i].step, flat.steps[i].element, self.space.values(int(after))) for i, after in taken
        )
        return Trace(flat.system, flat.sizes, self.space.values(int(canonical[0])), steps)

    def _predecessor(self, level: States, state: np.uint64) -> np.uint64:
        best: np.uint64 | None = None
        for start in range(0, len(level), CHUNK):
            states = level[start : start + CHUNK]
            for moves in self.space.moves(states):
                hits = np.flatnonzero(self.space.canonical(moves.after) == state)
                if len(hits):
                    candidate = states[moves.rows[hits[0]]]
                    best = candidate if best is None else min(best, candidate)
            if best is not None:
                return best
        raise AssertionError("a state of a level has a predecessor in the level before")

    def _moves_of(self, state: np.uint64) -> Iterator[Moves]:
        return self.space.moves(np.array([state], dtype=np.uint64))

    def _step_towards(self, state: np.uint64, goal: np.uint64) -> tuple[int, np.uint64]:
        for moves in self._moves_of(state):
            if self.space.canonical(moves.after)[0] == goal:
                return moves.index, moves.after[0]
        raise AssertionError("symmetry preserves steps")

    def _breaks(self, moves: Moves, state: np.uint64, last: int) -> bool:
        """The move is of the step found bad, and bad for this very element (canonical states forget which it was)."""
        if self.space.flat.steps[moves.index].step is not self.space.flat.steps[last].step:
            return False
        wrong = self._bad_step(moves.index, np.array([state]), moves.after) if self._bad_step is not None else None
        return wrong is not None and bool(wrong[0])


def _distinct(states: States) -> States:
    """In order and without repetition. Most steps only put fixed bits into ordered states: runs for a stable sort."""
    states = np.sort(states, kind="stable")
    first = np.ones(len(states), dtype=bool)
    np.not_equal(states[1:], states[:-1], out=first[1:])
    kept: States = states[first]
    return kept


def _merged(left: States, right: States) -> States:
    """Two sorted arrays as one; the stable sort merges existing runs in linear time."""
    return np.sort(np.concatenate([left, right]), kind="stable") if len(right) else left


def explore(system: System, sizes: Sizes, symmetric: bool = True, limits: Limits | None = None) -> Search:
    """Every reachable state. Look at `truncated` before believing that it is all of them: it says what stopped it."""
    search = Search(StateSpace(expand(system, sizes), symmetric), limits or Limits())
    search.run()
    return search


def check(
    system: System,
    formula: Formula,
    sizes: Sizes,
    *,
    symmetric: bool = True,
    cone: bool = True,
    limits: Limits | None = None,
    depth: int | None = None,
) -> Answer:
    """Decide a safety formula (or find a witness) for a system of the given size.

    TRUE is `exhaustive` for this size. UNKNOWN past a limit and for a question about whole runs; ERROR where a step
    stores a value outside its domain, or where there is no initial state. Raises DeclarationError for a formula about
    something that the system does not have.
    """
    formula.check_against(system)
    if not isinstance(formula, Reachable) and not formula.properties():
        reason = "this question is about whole runs: see podproof.engines.runs and podproof.engines.liveness"
        return Answer(Verdict.UNKNOWN, Method.exhaustive, reason, sizes=dict(sizes))
    part = system.cone(formula.expressions(), formula.events()) if cone else system
    try:
        flat = specialised(expand(part, sizes))
        space = StateSpace(flat, symmetric, formula.expressions())
        looked_for = predicates(formula, space)
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error), sizes=dict(sizes))
    search = Search(space, limits or Limits())
    wanted = isinstance(formula, Reachable)
    violation = search.run(*looked_for, depth=depth)
    count = len(search.visited)
    notes = saturation_notes(part)
    answer: dict[str, Any] = {"states": count, "sizes": dict(sizes), "notes": notes}
    if not count:
        return Answer(Verdict.ERROR, Method.exhaustive, "there is no initial state of this size", **answer)
    if violation is not None:
        trace = search.trace(*violation)
        return Answer(Verdict.TRUE if wanted else Verdict.FALSE, Method.exhaustive, trace=trace, **answer)
    if search.overflowed is not None:
        level, state, _ = search.overflowed
        return Answer(Verdict.ERROR, Method.exhaustive, search.truncated, search.trace(level, state), **answer)
    if search.truncated:
        return Answer(Verdict.UNKNOWN, Method.bounded, search.truncated, **answer)
    if depth is not None and len(search.levels) == depth + 1:
        return Answer(Verdict.UNKNOWN, Method.bounded, f"nothing within {counted(depth, 'step')}", **answer)
    return Answer(Verdict.FALSE if wanted else Verdict.TRUE, Method.exhaustive, **answer)


def saturation_notes(system: System) -> tuple[str, ...]:
    return tuple(
        f"{v.name} saturates at {v.domain.low} and {v.domain.high}"
        for v in system.variables
        if isinstance(v.domain, Integers) and v.domain.saturating
    )


def predicates(formula: Formula, space: StateSpace) -> tuple[Predicate | None, BadStep | None, Predicate | None]:
    """What to look for: bad states, bad steps, bad initial states."""
    flat = space.flat
    if isinstance(formula, Reachable):
        return space.truth(flat.flatten(formula.holds)), None, None
    invariants = [flat.flatten(p.holds) for p in formula.properties() if isinstance(p, Invariant)]
    initials = [flat.flatten(p.holds) for p in formula.properties() if isinstance(p, InitialRule)]
    rules = [p for p in formula.properties() if isinstance(p, StepRule)]
    bad_state = space.truth(~conjunction(*invariants)) if invariants else None
    bad_initial = space.truth(~conjunction(*initials)) if initials else None
    if not rules:
        return bad_state, None, bad_initial
    tests: list[list[tuple[Predicate, Predicate]]] = [[] for _ in flat.steps]
    for rule in rules:
        pairs: dict[int | None, tuple[Predicate, Predicate]] = {}
        member = bool(own_kinds(rule.before) | own_kinds(rule.after))
        for found, step in zip(tests, flat.steps, strict=True):
            if not rule.events or step.step.event in rule.events:
                acting = step.element if member else None
                if acting not in pairs:
                    before, after = (space.truth(flat.flatten(e, acting)) for e in (rule.before, rule.after))
                    pairs[acting] = (before, after)
                found.append(pairs[acting])

    def bad_step(index: int, before: States, after: States) -> Truths | None:
        wrong: Truths | None = None
        for starts, ends in tests[index]:
            broken = starts(before) & ~ends(after)
            wrong = broken if wrong is None else wrong | broken
        return wrong

    return bad_state, bad_step, bad_initial
