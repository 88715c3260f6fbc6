"""Engines agree with each other and with brute force on verdicts and on the length of shortest traces.

The same systems, with true and false properties of each, go to the explicit engine with and without cone of influence
and symmetry, and to a search that only fires running machines. Then random small systems: nobody chose them to be easy.
What the symbolic engine proves for every number of elements must hold for each number that brute force can look at.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest
from podproof.engines import explicit
from podproof.engines.explicit import Search, check, explore, predicates
from podproof.engines.state_space import StateSpace
from podproof.engines.symbolic import prove
from podproof.kubernetes.derived import phase
from podproof.kubernetes.machines.phase_machines import corrected, textbook
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary import assumptions
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import TERMINAL, Phase, Run, Worker, api_phase, run, worker
from podproof.language import System, Variable
from podproof.language.errors import DeclarationError
from podproof.language.flat import FlatSystem, Sizes, expand, forgetting
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Always, Equals, Follows, Formula, Never, Reachable
from podproof.properties.limits import Limits

from examples import die_hard, dining, ewd840, prisoners, token_ring, two_phase
from tests.support.brute_force import BruteForce
from tests.support.random_safety import RandomSystem
from tests.support.samples import MORE

QUIET = POD.under(
    assumptions.no_deletion,
    assumptions.no_eviction,
    assumptions.no_preemption,
    assumptions.no_deadline,
    assumptions.no_shutdown,
    assumptions.no_rejection,
    assumptions.no_podgc,
    assumptions.no_sandbox_loss,
    assumptions.no_container_policies,
)
ONE: Sizes = {regular: 1, init: 0}
BOTH: Sizes = {regular: 1, init: 1}
RING = token_ring.ring(3)
phases = System("phases", (textbook,))

# The machines fire in each state of these, so they are small.
SYSTEMS: dict[str, tuple[System, Sizes]] = {
    "quiet pod": (QUIET, ONE),
    "quiet pod with an init container": (QUIET, BOTH),
    "two-phase commit": (two_phase.SYSTEM, two_phase.SIZES),
    "prisoners": (prisoners.SYSTEM, prisoners.SIZES),
    "die hard": (die_hard.SYSTEM, {}),
    "termination detection": (ewd840.SYSTEM, {}),
    "dining philosophers": (dining.SYSTEM, {}),
    "ring of 3": (token_ring.system(RING), {}),
    "textbook phase": (phases, {}),
}
ended = api_phase.is_(*TERMINAL)
is_running = run.is_(Run.running)
state_of_phase = textbook.state
CLAIMS: dict[str, list[tuple[Verdict, Formula]]] = {
    "quiet pod": [
        (Verdict.TRUE, Always(ended.implies(phase.nothing_runs))),
        (Verdict.TRUE, Follows(corrected, api_phase)),
        (Verdict.TRUE, Reachable(api_phase.is_(Phase.Succeeded))),
        (Verdict.FALSE, Follows(textbook, api_phase)),
        (Verdict.FALSE, Never(api_phase.is_(Phase.Failed))),
        (Verdict.FALSE, Reachable(ended & regular.some(is_running))),
    ],
    "quiet pod with an init container": [
        (Verdict.TRUE, Always(regular.some(is_running).implies(phase.all_init_done))),
        (Verdict.FALSE, Always(worker.is_(Worker.sync).implies(phase.nothing_runs))),
        (Verdict.FALSE, Equals(phase.generated, api_phase)),
    ],
    "textbook phase": [
        (Verdict.TRUE, Follows(textbook, state_of_phase)),
        (Verdict.FALSE, Never(state_of_phase.is_(Phase.Failed))),
    ],
    "ring of 3": [
        (Verdict.TRUE, Always(token_ring.tokens(RING) >= 1)),
        (Verdict.FALSE, Always(token_ring.tokens(RING) <= 2)),
    ],
    **{
        name: [(verdict, formula) for verdict, _, formula in example.CLAIMS]
        for name, example in (
            ("two-phase commit", two_phase),
            ("prisoners", prisoners),
            ("die hard", die_hard),
            ("termination detection", ewd840),
            ("dining philosophers", dining),
        )
    },
}
EACH = [pytest.param(name, *c, id=f"{name}: {c[1]}"[:90]) for name, claims in CLAIMS.items() for c in claims]
each_claim = pytest.mark.parametrize(("name", "verdict", "formula"), EACH)


@cache
def searched(name: str) -> BruteForce:
    return BruteForce(*SYSTEMS[name])


def verdict_of(brute: BruteForce, formula: Formula) -> Verdict:
    found = brute.shortest(formula) is not None
    return Verdict.TRUE if found is isinstance(formula, Reachable) else Verdict.FALSE


def assert_same(answer: Answer, brute: BruteForce, formula: Formula) -> None:
    if not brute.depth:
        assert (answer.verdict, answer.reason) == (Verdict.ERROR, "there is no initial state of this size")
        return
    assert (answer.verdict, answer.method) == (verdict_of(brute, formula), Method.exhaustive)
    length = brute.shortest(formula)
    assert (None if answer.trace is None else len(answer.trace)) == length
    if answer.trace is not None:
        assert brute.replays(answer.trace)


def test_every_system_has_a_true_and_a_false_property() -> None:
    assert set(CLAIMS) == set(SYSTEMS)
    for claims in CLAIMS.values():
        assert {verdict for verdict, _ in claims} == {Verdict.TRUE, Verdict.FALSE}


@each_claim
def test_brute_force_says_the_same(name: str, verdict: Verdict, formula: Formula) -> None:
    assert verdict_of(searched(name), formula) is verdict


@pytest.mark.parametrize("cone", [True, False], ids=["cone", "whole"])
@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "plain"])
@each_claim
def test_explicit_search_says_the_same(
    name: str, verdict: Verdict, formula: Formula, symmetric: bool, cone: bool
) -> None:
    answer = check(*with_formula(name, formula), symmetric=symmetric, cone=cone)
    assert answer.verdict is verdict
    assert_same(answer, searched(name), formula)


def with_formula(name: str, formula: Formula) -> tuple[System, Formula, Sizes]:
    system, sizes = SYSTEMS[name]
    return system, formula, sizes


# For Pods, test_certificates and test_claims ask.
each_small_claim = pytest.mark.parametrize(
    ("name", "verdict", "formula"), [each for each in EACH if not str(each.values[0]).startswith("quiet pod")]
)


@each_small_claim
def test_the_symbolic_engine_proves_nothing_false(name: str, verdict: Verdict, formula: Formula) -> None:
    answer = prove(SYSTEMS[name][0], formula, Limits(2.0))
    assert answer.verdict is (Verdict.TRUE if answer.certificate else Verdict.UNKNOWN)
    assert answer.verdict is Verdict.UNKNOWN or verdict is Verdict.TRUE


@pytest.mark.parametrize("name", SYSTEMS)
def test_explored_states_and_steps_are_those_of_brute_force(name: str) -> None:
    brute, search = searched(name), explore(*SYSTEMS[name], symmetric=False)
    assert len(search.visited) == len(brute.depth)
    assert search.transitions == len(brute.steps)
    assert [len(level) for level in search.levels] == [
        sum(depth == n for depth in brute.depth.values()) for n in range(len(search.levels))
    ]


# Limits.

deep = Never(two_phase.one_committed)
true_claim = Never(two_phase.one_committed & two_phase.one_aborted)


def test_a_state_limit_gives_unknown() -> None:
    sizes = {two_phase.managers: 5}
    for formula in (deep, true_claim, Reachable(two_phase.one_committed)):
        answer = check(two_phase.SYSTEM, formula, sizes, limits=Limits(states=30))
        assert answer.verdict is Verdict.UNKNOWN
        assert "30 states" in answer.reason
        assert answer.trace is None
        assert answer.states <= 30


def test_a_time_limit_gives_unknown() -> None:
    for formula in (deep, true_claim):
        answer = check(two_phase.SYSTEM, formula, {two_phase.managers: 6}, limits=Limits(seconds=0.0))
        assert answer.verdict is Verdict.UNKNOWN
        assert "0 s" in answer.reason
    assert prove(two_phase.SYSTEM, true_claim, Limits(seconds=0.0)).verdict is Verdict.UNKNOWN


def test_a_depth_limit_gives_unknown_until_the_trace_is_found() -> None:
    length = searched("two-phase commit").shortest(deep)
    assert length is not None
    for depth in range(length + 2):
        answer = check(two_phase.SYSTEM, deep, two_phase.SIZES, depth=depth)
        assert answer.verdict is (Verdict.UNKNOWN if depth < length else Verdict.FALSE)
        assert check(two_phase.SYSTEM, true_claim, two_phase.SIZES, depth=depth).verdict is Verdict.UNKNOWN
    assert check(two_phase.SYSTEM, true_claim, two_phase.SIZES, depth=99).verdict is Verdict.TRUE


def test_what_was_found_within_a_limit_stands() -> None:
    answer = check(two_phase.SYSTEM, Never(two_phase.one_aborted), two_phase.SIZES, limits=Limits(states=40))
    assert (answer.verdict, len(answer.trace or ())) == (Verdict.FALSE, 1)


# Random systems.

RANDOM_SYSTEMS = 20 * MORE


@cache
def random_system(seed: int) -> tuple[RandomSystem, tuple[Formula, ...], tuple[BruteForce, ...]]:
    """With its formulas, and brute force for no to two elements, in every third system three."""
    made = RandomSystem(Random(seed))
    brute = tuple(BruteForce(made.system, {made.kind: size}) for size in range(3 if seed % 3 else 4))
    return made, tuple(made.formulas()), brute


each_system = pytest.mark.parametrize("seed", range(RANDOM_SYSTEMS))


@each_system
def test_random_systems(seed: int) -> None:
    made, formulas, brutes = random_system(seed)
    for size, brute in enumerate(brutes):
        sizes = {made.kind: size}
        search = explore(made.system, sizes, symmetric=False)
        assert (len(search.visited), search.transitions) == (len(brute.depth), len(brute.steps))
        for formula in formulas if size != 3 else formulas[:5]:
            for symmetric in (True, False):
                answer = check(made.system, formula, sizes, symmetric=symmetric, cone=False)
                assert_same(answer, brute, formula)


@each_system
def test_random_systems_with_a_cone_of_influence(seed: int) -> None:
    made, formulas, brutes = random_system(seed)
    for size, brute in enumerate(brutes):
        for formula in formulas if size != 3 else formulas[:5]:
            assert_same(check(made.system, formula, {made.kind: size}), brute, formula)


@pytest.mark.parametrize("seed", range(0, RANDOM_SYSTEMS, 2))
def test_what_is_proved_for_every_number_is_true_for_each(seed: int) -> None:
    made, formulas, brutes = random_system(seed)
    for formula in [f for f in formulas if not isinstance(f, Reachable)][:3]:
        if prove(made.system, formula, Limits(0.5)).verdict is Verdict.TRUE:
            for size, brute in enumerate(brutes):
                assert verdict_of(brute, formula) is Verdict.TRUE, f"{size}: {formula}"


@pytest.mark.parametrize("seed", range(0, RANDOM_SYSTEMS, 2))
@pytest.mark.parametrize("bounded", [False, True], ids=["all in their domains", "one leaves its domain"])
def test_a_search_that_is_asked_again_answers_like_a_new_one(
    seed: int, bounded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was explored for other questions, a few states at a time, and whatever stopped it."""
    monkeypatch.setattr(explicit, "CHUNK", 2)
    made, formulas, _ = random_system(seed)
    flat = expand(made.system, {made.kind: 2})
    if bounded:
        flat = replace(flat, steps=(*flat.steps[:-1], replace(flat.steps[-1], obligations=(made.level < 2,))))
    space = StateSpace(flat, True, [each for formula in formulas for each in formula.expressions()])
    questions = [predicates(formula.opposite or formula, space) for formula in formulas]
    for limits in (Limits(), Limits(states=5)):
        asked = Search(space, limits)
        for question in (*questions, (None, None, None), *questions[::-1]):
            new = Search(space, limits)
            found = asked.run(*question)
            assert found == new.run(*question)
            if found is not None:
                assert str(asked.trace(*found)) == str(new.trace(*found))
            else:
                assert (asked.truncated, asked.transitions) == (new.truncated, new.transitions)
                assert all(map(np.array_equal, asked.levels, new.levels)) and len(asked.levels) == len(new.levels)


def test_forgetting_a_variable_loses_no_state() -> None:
    """Of each random system, and each of its variables: what is left of its states is reached without it, too."""
    more = tried = 0
    for seed in range(12 * MORE):
        made, _, _ = random_system(seed)
        flat = expand(made.system, {made.kind: 2})
        for variable in made.system.variables:
            try:
                without = forgetting(flat, {variable})
            except DeclarationError as error:
                assert "a bounded number depends on what is to be forgotten" in str(error)
                continue
            before, after = (seen(each, variable) for each in (flat, without))
            assert before <= after
            tried, more = tried + 1, more + (before < after)
    assert tried > 20 and more > 4


def seen(flat: FlatSystem, but: Variable[Any]) -> set[str]:
    """The states that it reaches, without this variable."""
    search = Search(StateSpace(flat, False))
    search.run()
    assert not search.truncated
    variables = [v for v in flat.system.variables if v is not but]
    return {str([search.space.values(s)[v] for v in variables]) for s in search.visited.tolist()}


def test_random_systems_are_worth_it() -> None:
    """Enough of both verdicts, of long traces, of proofs; and not many systems that hardly move."""
    verdicts: dict[Verdict, int] = {Verdict.TRUE: 0, Verdict.FALSE: 0}
    lengths: list[int] = []
    moving = 0
    for seed in range(RANDOM_SYSTEMS):
        _, formulas, brutes = random_system(seed)
        moving += len(brutes[2].depth) >= 8
        for formula in formulas:
            verdicts[verdict_of(brutes[2], formula)] += 1
            lengths.append(brutes[2].shortest(formula) or 0)
    assert min(verdicts.values()) > 50 * MORE
    assert sum(length >= 2 for length in lengths) > 16 * MORE
    assert moving >= RANDOM_SYSTEMS // 2
