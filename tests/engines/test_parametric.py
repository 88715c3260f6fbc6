"""Bounds for all values of fields: what is true is proved, what is not true is not; explored systems say which."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from podproof.certificates.certificate import recheck
from podproof.certificates.counterexample import replay
from podproof.check.decide import Judge
from podproof.engines import explicit, parametric
from podproof.engines.houdini import inductive
from podproof.language import Actor, Expr, Machine, System, Transition, counter, number, sets, state, stopwatch, timer
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Always, Formula, Step
from podproof.properties.limits import Limits


class Fuse(StrEnum):
    burning = "burning"
    burnt = "burnt"


rounds, period, pause = number("rounds", 1), number("period", 1), number("pause", 0)
hand = Actor("hand")
turn = hand("turn")

fuse = state("fuse", Fuse, initial=Fuse.burning)
burning, burnt = fuse.is_(Fuse.burning), fuse.is_(Fuse.burnt)
left = timer("left", period, runs=burning, initial=0)
done = counter("done", rounds)
total = stopwatch("total", None, runs=burning)
last_one = done.variable >= rounds - 1

SYSTEM = System(
    "fuse",
    (
        Machine(
            "fuse",
            fuse,
            clocks=(left, total),
            counters=(done,),
            urgent=burning & left.due,
            transitions=[
                Transition(
                    trigger=turn,
                    source=Fuse.burning,
                    dest=Fuse.burnt,
                    conditions=[left.due, last_one],
                    before=left.stop,
                ),
                Transition(
                    trigger=turn,
                    source=Fuse.burning,
                    dest="=",
                    conditions=left.due,
                    before=[left.restart, sets(done.variable, done.variable + 1)],
                ),
            ],
        ),
    ),
    frozen=(rounds, period, pause),
)
"""It burns after exactly (rounds - 1) * period: the first turn is at once."""

time = total.variable


def not_before(bound: Expr[int]) -> Formula:
    return Step(burning & (time < bound), burning, (turn,))


def by(bound: Expr[int]) -> Formula:
    return Always(burnt | (time <= bound))


exact = (rounds - 1) * period
BOUNDS = {
    "not before": (not_before(exact), True),
    "by": (by(exact), True),
    "not before something less": (not_before(exact - pause), True),
    "by something more": (by(exact + pause), True),
    "not before one more": (not_before(exact + 1), False),
    "not before a field more": (not_before(exact + pause), False),
    "by one less": (by(exact - 1), False),
    "by a round less": (by((rounds - 2) * period), False),
    "not before all rounds": (not_before(rounds * period), False),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_what_is_proved_is_true(name: str) -> None:
    formula, true = BOUNDS[name]
    answer = Judge().answer(SYSTEM, formula)
    if true:
        assert (answer.verdict, answer.method) == (Verdict.TRUE, Method.proved), answer.reason
        assert answer.certificate is not None
        assert recheck(answer.certificate) == []
    else:
        assert answer.verdict is Verdict.FALSE
        assert answer.trace is not None
        assert replay(answer.trace).trace.last[fuse] in Fuse


@pytest.mark.parametrize("name", BOUNDS)
def test_with_values_the_same_is_so(name: str) -> None:
    """What is not true in general breaks for some values, what is true for none."""
    formula, true = BOUNDS[name]
    verdicts = set()
    for values in product((1, 2, 3), (1, 2, 3), (0, 1)):
        system = SYSTEM.specialised(dict(zip((rounds, period, pause), values, strict=True)))
        verdicts.add(explicit.check(system, formula, {}).verdict)
    assert verdicts <= {Verdict.TRUE, Verdict.FALSE}
    assert (verdicts == {Verdict.TRUE}) == true


def test_what_steps_break_is_dropped() -> None:
    """And of the rest what z3 took to show what is left: the goal, which needs no other here, among it."""
    goal = Always(done.variable <= rounds)
    wrong: list[Any] = [time <= 3, left.variable.is_(0), done.variable <= 1]
    right = [left.variable >= 0, burning.implies(done.variable < rounds)]
    kept = inductive(SYSTEM, goal, [*wrong, *right], Limits())
    assert kept[0] is goal.holds
    assert not set(kept) & set(wrong)


def test_it_is_for_systems_of_clocks_with_open_fields() -> None:
    assert parametric.applies(SYSTEM)
