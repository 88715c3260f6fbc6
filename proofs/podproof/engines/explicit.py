"""Explicit search: breadth first over packed states, a whole frontier at a time, with shortest traces.

States of one level are a sorted array, so that no run depends on how states are kept. Levels are kept instead of parent
pointers: a trace is found by walking back and expanding one level at a time, then replaying forward on states that are
not canonical, so that "container 2" is the same container all along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.state_sets import StateSet, ordered
from podproof.engines.state_space import BLOCK, CHUNK, Expanded, Moves, Predicate, StateSpace
from podproof.language import Stopwatch, System, UnsupportedError, Variable, conjunction, tick
from podproof.language.domains import Integers
from podproof.language.expressions import own_kinds, variables_in
from podproof.language.flat import MOST_SHOWN, Sizes, expand, specialised
from podproof.language.packing import States, Truths
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace, TraceStep
from podproof.wording.counting import counted


@dataclass(frozen=True)
class StepTest:
    """What is asked of a step: where `starts` holds before it, `ends` has to hold after it. changes: whether the step
    writes something that `ends` reads; broken: where it does not, what breaks the rule can be seen before it."""

    starts: Predicate
    ends: Predicate
    broken: Predicate
    changes: bool


@dataclass(frozen=True)
class BadSteps:
    """What is asked of each flat step, by its index."""

    tests: Sequence[Sequence[StepTest]]

    def asks(self, index: int) -> bool:
        """Whether anything is asked of it."""
        return bool(self.tests[index])

    def where(self, index: int, before: States, after: States) -> Truths | None:
        """Where the step between these states breaks a rule; None where nothing is asked of it."""
        wrong: Truths | None = None
        for test in self.tests[index]:
            broken = test.starts(before) & ~test.ends(after)
            wrong = broken if wrong is None else wrong | broken
        return wrong

    def rows(self, index: int, expanded: Expanded) -> NDArray[np.intp]:
        """The rows in which the step is enabled and breaks a rule. It is only taken where it may."""
        found = []
        for test in self.tests[index]:
            asked = test.starts if test.changes else test.broken
            rows = np.flatnonzero(expanded.truth(index) & expanded.holds(asked))
            if test.changes and len(rows):
                rows = rows[~test.ends(expanded.after(index, rows))]
            found.append(rows)
        return found[0] if len(found) == 1 else np.unique(np.concatenate([np.empty(0, dtype=np.intp), *found]))


@dataclass
class Search:
    """Breadth-first search. After `run`, `levels[k]` holds the states first reached in k steps.

    It may be run again with another question: what was explored is asked, and explored further only where it has to be.
    """

    space: StateSpace
    limits: Limits = field(default_factory=Limits)
    levels: list[States] = field(default_factory=list)
    transitions: int = 0
    truncated: str = ""
    overflowed: tuple[int, int, int] | None = None
    _visited: States | None = None
    _bad_step: BadSteps | None = None

    def __post_init__(self) -> None:
        self._met = StateSet(self.space.layout)
        self._budget = self.limits.budget
        self._expanded = 0  # of the last level
        self._new: list[States] = []  # what was reached from those

    @property
    def visited(self) -> States:
        """The states of all levels, sorted."""
        if self._visited is None or len(self._visited) != sum(map(len, self.levels)):
            self._visited = ordered(np.concatenate([self.space.initial()[:0], *self.levels]))
        return self._visited

    def run(
        self,
        bad_state: Predicate | None = None,
        bad_step: BadSteps | None = None,
        bad_initial: Predicate | None = None,
        depth: int | None = None,
    ) -> tuple[int, int, int | None] | None:
        """Search until a bad state or step, or to the end. Both predicates take canonical states before the step.

        Returns (level, state) of a shortest violation and, for a bad step, the index of the step taken there.
        """
        self._bad_step = bad_step
        if not self.levels:
            self._add_level(self._met.add(self.space.initial()))
        level = 0
        while level < len(self.levels):
            for predicate in (bad_state, bad_initial if level == 0 else None):
                if predicate is not None:
                    found = np.flatnonzero(predicate(self.levels[level]))
                    if len(found):
                        return (level, self.space.layout.number(self.levels[level][found[0]]), None)
            if depth is not None and level >= depth:
                return None
            violation = self._steps_from(level)
            if violation is not None:
                return violation
            level += 1
        return None

    def _steps_from(self, level: int) -> tuple[int, int, int] | None:
        """Ask for bad steps, and add the next level where this is the last one, as far as limits allow. A part at a
        time: what is found is the same whether it was explored before or not."""
        states, last = self.levels[level], level == len(self.levels) - 1
        if not last and self._bad_step is None:
            return None
        for start in range(0, len(states), CHUNK):
            further = last and start >= self._expanded
            if further and self.truncated:
                return None
            part = states[start : start + CHUNK]
            blocks = [Expanded(self.space, part[begin : begin + BLOCK]) for begin in range(0, len(part), BLOCK)]
            violation = self._bad(level, blocks)
            if violation is not None:
                return violation
            if further:
                self._expand(level, blocks)
                self._expanded = start + len(part)
                self._budget.pay_states(len(part))
                self._look_at_limits()
        if last and self.overflowed is not None:  # only now: a step that breaks the formula here is found first
            self.truncated = self.overflow
        if last and not self.truncated:
            self._add_level(ordered(np.concatenate([states[:0], *self._new])))
        return None

    def _add_level(self, states: States) -> None:
        self._new = []
        if len(states):
            self.levels.append(states)
            self._expanded = 0

    def _look_at_limits(self) -> None:
        if not self._budget.left:
            self.truncated = self.limits.said
        elif sum(map(len, (*self.levels, *self._new))) > self.limits.states:
            self.truncated = f"stopped at {counted(self.limits.states, 'state')}"

    def _bad(self, level: int, blocks: Sequence[Expanded]) -> tuple[int, int, int] | None:
        """The first bad step from these states. One that would store a value outside its domain is none."""
        if self._bad_step is None:
            return None
        for index in filter(self._bad_step.asks, self.space.taken):
            for expanded in blocks:
                rows = self._bad_step.rows(index, expanded)
                if len(rows) and not self.space.safe:
                    overflow = self.space.overflow(Moves(index, rows, expanded.after(index, rows)), expanded.states)
                    rows = rows if overflow is None else rows[~overflow]
                if len(rows):
                    return (level, self.space.layout.number(expanded.states[rows[0]]), index)
        return None

    def _expand(self, level: int, blocks: Sequence[Expanded]) -> None:
        """Put all that steps lead to from these states behind what is new."""
        for expanded in blocks:
            self.transitions += sum(int(np.count_nonzero(expanded.truth(index))) for index in self.space.taken)
            if not self.space.safe:
                for moves in expanded.moves(self.space.taken):
                    overflow = self.space.overflow(moves, expanded.states)
                    if overflow is not None and overflow.any():
                        self.overflowed = (level, self._number(expanded.states, moves, overflow), moves.index)
            self._new.append(self.space.spread(expanded, self.space.taken, self._met))

    def _number(self, states: States, moves: Moves, where: Truths) -> int:
        """The first state in which the step is taken and this holds of it."""
        return self.space.layout.number(states[moves.rows[np.argmax(where)]])

    @property
    def overflow(self) -> str:
        """What was wrong with the step that `overflowed`, in words."""
        assert self.overflowed is not None
        step, system = self.space.flat.steps[self.overflowed[2]].step, self.space.flat.system
        said = f"'{step.label}' would store a value outside its variable's domain"
        endless = [each.variable.name for each in system.ended if isinstance(each, Stopwatch) and each.cap is None]
        running = [name for name in endless if name in {variable.name for variable in step.updates}]
        if step.event is not tick or not running:
            return said
        return (
            f"{said}: the stopwatch {running[0]} has no cap, and is shown up to {MOST_SHOWN:,}; give it a cap, or let "
            "it run only as long as it is asked"
        )

    def trace(self, level: int, state: int, last: int | None = None) -> Trace:
        """A run to `state`, which is in `levels[level]`, and then by the step with index `last`."""
        canonical = [self.space.layout.states([state])]
        for before in range(level - 1, -1, -1):
            canonical.append(self._predecessor(self.levels[before], canonical[-1]))
        canonical.reverse()
        current = canonical[0]  # a canonical initial state is itself an initial state
        taken: list[tuple[int, States]] = []
        for goal in canonical[1:]:
            index, current = self._step_towards(current, goal)
            taken.append((index, current))
        if last is not None:
            final = next(m for m in self.space.moves(current) if self._breaks(m, current, last))
            taken.append((final.index, final.after))
        flat = self.space.flat
        steps = tuple(TraceStep(flat.steps[i].step, flat.steps[i].element, self._values(after)) for i, after in taken)
        return Trace(flat.system, flat.sizes, self._values(canonical[0]), steps)

    def _values(self, state: States) -> dict[Variable[Any], Any]:
        return self.space.values(self.space.layout.number(state[0]))

    def _predecessor(self, level: States, state: States) -> States:
        """The smallest one in the first part of the level in which there is one."""
        for start in range(0, len(level), CHUNK):
            states = level[start : start + CHUNK]
            states = states[self.space.may_lead(states, state)]
            found = [
                states[moves.rows[self.space.canonical(moves.after) == state]] for moves in self.space.moves(states)
            ]
            candidates = ordered(np.concatenate([states[:0], *found]))
            if len(candidates):
                return candidates[:1]
        raise AssertionError("a state of a level has a predecessor in the level before")

    def _step_towards(self, state: States, goal: States) -> tuple[int, States]:
        for moves in self.space.moves(state):
            if (self.space.canonical(moves.after) == goal).all():
                return moves.index, moves.after
        raise AssertionError("symmetry preserves steps")

    def _breaks(self, moves: Moves, state: States, last: int) -> bool:
        """The move is of the step found bad, and bad for this very element (canonical states forget which it was)."""
        if self.space.flat.steps[moves.index].step is not self.space.flat.steps[last].step:
            return False
        wrong = self._bad_step.where(moves.index, state, moves.after) if self._bad_step is not None else None
        return wrong is not None and bool(wrong[0])


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
    looked_for = formula.opposite or formula
    if not looked_for.properties():
        reason = "this question is about whole runs: see podproof.engines.graph and podproof.engines.liveness"
        return Answer(Verdict.UNKNOWN, Method.exhaustive, reason, sizes=dict(sizes))
    part = system.cone(formula.expressions(), formula.events()) if cone else system
    try:
        flat = specialised(expand(part, sizes))
        space = StateSpace(flat, symmetric, formula.expressions())
        tests = predicates(looked_for, space)
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error), sizes=dict(sizes))
    search = Search(space, limits or Limits())
    wanted = formula.opposite is not None
    violation = search.run(*tests, depth=depth)
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


def predicates(formula: Formula, space: StateSpace) -> tuple[Predicate | None, BadSteps | None, Predicate | None]:
    """What to look for: bad states, bad steps, bad initial states."""
    flat = space.flat
    invariants = [flat.flatten(holds) for holds in formula.invariants]
    initials = [flat.flatten(holds) for holds in formula.initial_rules]
    bad_state = space.truth(~conjunction(*invariants)) if invariants else None
    bad_initial = space.truth(~conjunction(*initials)) if initials else None
    if not formula.step_rules:
        return bad_state, None, bad_initial
    tests: list[list[StepTest]] = [[] for _ in flat.steps]
    for rule in formula.step_rules:
        asked: dict[tuple[int | None, bool], StepTest] = {}
        ends_read: dict[int | None, set[Variable[Any]]] = {}
        member = bool(own_kinds(rule.before) | own_kinds(rule.after))
        for found, step in zip(tests, flat.steps, strict=True):
            if not rule.events or step.step.event in rule.events:
                acting = step.element if member else None
                if acting not in ends_read:
                    before, after = (flat.flatten(e, acting) for e in (rule.before, rule.after))
                    ends_read[acting] = set(variables_in(after))
                    test = _step_test(space.truth(before), space.truth(after))
                    asked[acting, True], asked[acting, False] = test, replace(test, changes=False)
                found.append(asked[acting, bool(ends_read[acting] & step.updates.keys())])
    return bad_state, BadSteps(tests), bad_initial


def _step_test(starts: Predicate, ends: Predicate) -> StepTest:
    return StepTest(starts, ends, lambda states: starts(states) & ~ends(states), True)
