"""Many claims asked of one system of one size, which is compiled once, whatever is assumed and whichever is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from podproof.engines.explicit import BadSteps, Search, predicates
from podproof.engines.restricted import under
from podproof.engines.state_space import CHUNK, Predicate, StateSpace
from podproof.language import Assumption, System
from podproof.language.flat import Sizes, expand, specialised
from podproof.language.packing import States, Truths
from podproof.properties.claim import Claim
from podproof.properties.limits import Limits

Tests = tuple[Predicate | None, BadSteps | None, Predicate | None]
"""What breaks a formula: states, steps, initial states."""


class Asked:
    """A system of one size. assumptions: those that may be in force in some question."""

    def __init__(
        self, system: System, size: Sizes, claims: Sequence[Claim], assumptions: Sequence[Assumption], limits: Limits
    ) -> None:
        shapes = [a.shape for a in assumptions if a.shape is not None]
        observed = [*shapes, *(expr for claim in claims for expr in claim.formula.expressions())]
        part = system.cone(observed, [event for claim in claims for event in claim.formula.events()])
        self.space = StateSpace(specialised(expand(part, size)), True, observed)
        self.limits = limits
        self._tests: dict[str, Tests] = {}

    def first_broken(self, claims: Sequence[Claim], assumed: Sequence[Assumption]) -> tuple[str, Search]:
        """One of the claims that is broken, where one is, and the search: up to there, or to its end."""
        search = Search(under(self.space, assumed), self.limits)
        several = _Several([self._tests_of(claim) for claim in claims])
        violation = search.run(several.bad_state, several.bad_step, several.bad_initial)
        if violation is None:
            return "", search
        level, state, index = violation
        states = self.space.layout.states([state])
        return next(claim.id for claim in claims if self._breaks(claim, states, index, level)), search

    def broken(self, claims: Sequence[Claim], search: Search) -> frozenset[str]:
        """All of the claims that some state or step of the search breaks."""
        found: set[str] = set()
        left: list[tuple[str, BadSteps]] = []
        for claim in claims:
            bad_state, bad_step, bad_initial = self._tests_of(claim)
            in_state = bad_state is not None and bool(bad_state(search.visited).any())
            at_start = bad_initial is not None and bool(search.levels) and bool(bad_initial(search.levels[0]).any())
            if in_state or at_start:
                found.add(claim.id)
            elif bad_step is not None:
                left.append((claim.id, bad_step))
        for start in range(0, len(search.visited), CHUNK):
            if not left:
                break
            states = search.visited[start : start + CHUNK]
            for moves in search.space.moves(states):
                before = states[moves.rows]
                found.update(id_ for id_, bad in left if _any(bad.where(moves.index, before, moves.after)))
                left = [(id_, bad) for id_, bad in left if id_ not in found]
        return frozenset(found)

    def _tests_of(self, claim: Claim) -> Tests:
        if claim.id not in self._tests:
            formula = claim.formula
            self._tests[claim.id] = predicates(formula.opposite or formula, self.space)
        return self._tests[claim.id]

    def _breaks(self, claim: Claim, states: States, index: int | None, level: int) -> bool:
        """Whether this is a claim that the state, or the step from it, breaks."""
        bad_state, bad_step, bad_initial = self._tests_of(claim)
        if index is None:
            first = bad_initial is not None and level == 0 and bool(bad_initial(states)[0])
            return first or (bad_state is not None and bool(bad_state(states)[0]))
        moves = (moves for moves in self.space.moves(states) if moves.index == index)
        return bad_step is not None and any(_any(bad_step.where(index, states, move.after)) for move in moves)


class _Several:
    """The tests of several formulas as those of one."""

    def __init__(self, tests: Sequence[Tests]) -> None:
        self.tests = tests
        rules = [bad.tests for _, bad, _ in tests if bad is not None]
        self.bad_step = BadSteps([list(chain(*each)) for each in zip(*rules, strict=True)]) if rules else None

    def bad_state(self, states: States) -> Truths:
        return _either((bad(states) for bad, _, _ in self.tests if bad is not None), states)

    def bad_initial(self, states: States) -> Truths:
        return _either((bad(states) for _, _, bad in self.tests if bad is not None), states)


def _either(truths: Iterator[Truths], states: States) -> Truths:
    result = np.zeros(states.shape, dtype=bool)
    for truth in truths:
        result |= truth
    return result


def _any(truth: Any) -> bool:
    return truth is not None and bool(truth.any())
