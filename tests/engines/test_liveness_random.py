"""Liveness of random small systems: engine and brute force agree, and planted bugs are caught by that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from podproof.certificates.counterexample import ReplayError, replay
from podproof.engines import fair_graph, liveness
from podproof.engines.fair_cycles import Cycle, CycleSearch, FairParts, Owed, fair_parts, owed
from podproof.engines.fair_graph import FairGraph, Requirement
from podproof.engines.liveness import LivenessSearch, check
from podproof.engines.state_space import StateSpace
from podproof.language import TRUE, Assumption, Event, System
from podproof.language.fairness import Strength
from podproof.language.flat import FlatSystem, Sizes
from podproof.properties.answer import Verdict
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo, Liveness, Wait
from podproof.properties.trace import Trace

from tests.support.brute_force import BruteForce
from tests.support.brute_lassos import BruteLassos
from tests.support.random_liveness import RandomSystem
from tests.support.samples import MORE

QUESTIONS = 300
"""Seeds of random systems whose answers are kept."""


@dataclass(frozen=True)
class Question:
    """A formula about a random system, and what brute force says of it."""

    system: System
    sizes: Sizes
    brute: BruteLassos
    formula: Liveness
    verdict: Verdict
    length: int | None


@lru_cache(maxsize=QUESTIONS)
def questions(seed: int) -> list[Question]:
    made = RandomSystem(Random(seed), many=seed % 2 == 1)
    sizes: Sizes = {made.kind: (2, 1, 2, 0)[seed // 2 % 4]} if made.many else {}
    system = made.system.under(*(a for a in (made.calm, made.open) if made.random.random() < 0.3))
    brute = BruteLassos(BruteForce(system, sizes))
    asked = []
    for _ in range(3):
        formula = made.formula()
        verdict = Verdict.FALSE if brute.breaks(formula, formula.fair) else Verdict.TRUE
        asked.append(Question(system, sizes, brute, formula, verdict, brute.shortest(formula, formula.fair)))
    return asked


def differences(seed: int) -> Iterator[str]:
    """What the engine and brute force say differently of one random system.

    Where a cone of influence drops variables a cycle comes back sooner, as far as it can tell.
    """
    for question in questions(seed):
        for cone in (True, False):
            answer = check(question.system, question.formula, question.sizes, cone=cone)
            found = (answer.verdict, None if answer.trace is None else len(answer.trace))
            sooner = cone and answer.trace is not None and len(answer.trace) < (question.length or 0)
            if found != (question.verdict, question.length) and not (sooner and answer.verdict is question.verdict):
                yield f"{question.formula}: {found}, but {question.verdict} {question.length}"
            if answer.trace is not None and not is_lasso(answer.trace, question):
                yield f"{question.formula}: the lasso is none"


def is_lasso(trace: Trace, question: Question) -> bool:
    """It replays and, with all variables of the system, is fair and breaks the formula."""
    try:
        whole = question.brute.unrolled(replay(trace).trace)
    except ReplayError:
        return False
    return question.brute.is_fair_and_breaks(whole, question.formula, question.formula.fair)


@settings(max_examples=120 * MORE, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_random_systems_agree_with_brute_force(seed: int) -> None:
    assert not list(differences(seed))


def test_random_systems_are_worth_it() -> None:
    """Enough of both verdicts for each formula, of cycles and of ends, and of strong fairness that matters."""
    asked = [question for seed in range(QUESTIONS) for question in questions(seed)]
    for shape in (Eventually, LeadsTo, InfinitelyOften, EventuallyAlways):
        for verdict in (Verdict.TRUE, Verdict.FALSE):
            assert sum(isinstance(q.formula, shape) and q.verdict is verdict for q in asked) > 20
    traces = [check(q.system, q.formula, q.sizes).trace for q in asked if q.verdict is Verdict.FALSE]
    around = [len(t) - t.forever.after for t in traces if t is not None and t.forever is not None]
    assert sum(length == 0 for length in around) > 50
    assert sum(length >= 3 for length in around) > 15


# Planted bugs.


def symmetric_space(flat: FlatSystem, **_: Any) -> StateSpace:
    """Elements in sorted order, as safety may have them."""

    class Sorted(StateSpace):
        def __init__(self, flat: FlatSystem) -> None:
            super().__init__(flat, symmetric=True)

        def moves(self, states: Any) -> Iterator[Any]:
            return (replace(moves, after=self.canonical(moves.after)) for moves in super().moves(states))

    return Sorted(flat)


def weak_only(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return [replace(each, strength=Strength.weak) for each in owed(graph, requirements, allowed)]


def strong_only(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return [replace(each, strength=Strength.strong) for each in owed(graph, requirements, allowed)]


def one_dropped(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return owed(graph, requirements, allowed)[1:]


def no_second_look(graph: FairGraph, steps: Any, owing: Sequence[Owed], returns: Any) -> FairParts:
    """Components in which strong fairness forbids some states are given up."""
    parts, whole = fair_parts(graph, steps, owing, returns), fair_parts(graph, steps, [], returns)
    smaller = np.isin(whole.home, whole.home[(parts.home < 0) & (whole.home >= 0)])
    home = np.where(smaller, -1, parts.home)
    return FairParts(home, parts.steps[home[graph.source[parts.steps]] >= 0])


def wait_for_once(formula: EventuallyAlways | InfinitelyOften) -> Wait:
    return Wait(TRUE, ~formula.holds, at_once=True)


def no_cycles(graph: FairGraph, steps: Any, owing: Sequence[Owed], returns: Any) -> FairParts:
    return fair_parts(graph, steps[:0], owing, returns)


class WholeComponent(CycleSearch):
    def shortest(self, within: int | None = None) -> tuple[Cycle | None, bool]:
        """A walk around everything that the part owes."""
        places = np.flatnonzero(self.parts.home >= 0)
        return (self.some(int(places[0])) if len(places) else None), True


class OneStepLess(CycleSearch):
    def _from(self, start: int, most: int, budget: int) -> tuple[tuple[int, ...] | None, int]:
        return super()._from(start, most - 1, budget)


def small_cone(formula: Liveness, system: System, *_: Any) -> System:
    return system.cone((*formula.expressions(), *(each.when for each in formula.fair)))


BUGS: dict[str, tuple[Any, str, Any]] = {
    "fairness counted on steps that change nothing": (fair_graph, "counts", lambda b, a: np.ones(len(b), dtype=bool)),
    "elements exchanged": (fair_graph, "StateSpace", symmetric_space),
    "strong taken for weak": (liveness, "owed", weak_only),
    "weak taken for strong": (liveness, "owed", strong_only),
    "a dropped requirement": (liveness, "owed", one_dropped),
    "a dropped 'always' of 'eventually always'": (EventuallyAlways, "wait", property(wait_for_once)),
    "a dropped 'always' of 'again and again'": (InfinitelyOften, "wait", property(wait_for_once)),
    "a dropped look at what is left of a component": (liveness, "fair_parts", no_second_look),
    "cycles missed": (liveness, "fair_parts", no_cycles),
    "ends missed": (liveness, "resting", lambda owing, states: np.zeros(states, dtype=bool)),
    "ends that neglect somebody": (liveness, "resting", lambda owing, states: np.ones(states, dtype=bool)),
    "the whole component for a cycle": (liveness, "CycleSearch", WholeComponent),
    "an off-by-one in the bound": (liveness, "CycleSearch", OneStepLess),
    "a cone that does not see what fair steps change": (Liveness, "part", small_cone),
}


@pytest.mark.parametrize("bug", BUGS)
def test_random_systems_catch(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, wrong = BUGS[bug]
    monkeypatch.setattr(where, name, wrong)
    assert any(True for seed in range(QUESTIONS) for _ in differences(seed))


# Assumptions.


@pytest.mark.parametrize("seed", range(12 * MORE))
def test_minimal_sets_of_random_systems_are_those_of_brute_force(seed: int) -> None:
    made = RandomSystem(Random(seed), many=seed % 4 == 3)
    sizes: Sizes = {made.kind: 1} if made.many else {}
    candidates = [made.calm, made.open]
    for i in range(4):
        fairness = made.fairness()
        if not isinstance(fairness.of, Event) or not fairness.of.unless:  # else more can make less true
            candidates.append(Assumption(f"fair {i}", "It goes on.", fair=(fairness,)))
    formula = replace(made.formula(), fair=())
    true_under = set()
    for chosen in subsets(candidates):
        brute = BruteLassos(BruteForce(made.system.under(*chosen), sizes))
        if not brute.breaks(formula, [each for a in chosen for each in a.fair]):
            true_under.add(frozenset(chosen))
    minimal = {s for s in true_under if not any(t < s for t in true_under)}
    search = LivenessSearch(made.system, formula, candidates, sizes=[sizes])
    assert set(search.repairs()) == minimal


def subsets(candidates: Sequence[Assumption]) -> Iterator[tuple[Assumption, ...]]:
    for number_of_them in range(len(candidates) + 1):
        yield from combinations(candidates, number_of_them)
