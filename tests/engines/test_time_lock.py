"""Time that stops: planted locks and endless haste are errors, never TRUE."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from podproof.check.decide import Judge
from podproof.engines import time_lock
from podproof.language import TRUE, Actor, Machine, System, Transition, flag, sets, state, stopwatch, timer
from podproof.language.expressions import Expr
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Always, Never

from tests.support.timed_worker import WORKER, delay, next_tick, period, threshold


class At(StrEnum):
    work = "work"
    rest = "rest"


hand = Actor("hand")
act, again, dawdle = hand("act"), hand("act again"), hand("dawdle")
on = flag("on", initial=False)


def alarm(name: str, *arrows: tuple[Any, Expr[bool], Any], urgent: Expr[bool] | None = None) -> Machine[Any]:
    """Due after two units; an arrow is an event, a condition beside being due, and an effect."""
    at = state(f"{name} at", At, initial=At.work)
    left = timer(f"{name} left", 2, initial=2)
    transitions: list[Any] = [
        Transition(trigger=event, source="*", dest="=", conditions=condition, before=effect or left.restart)
        for event, condition, effect in arrows
    ]
    return Machine(name, at, transitions, clocks=(left,), urgent=left.due if urgent is None else urgent)


def clocked(*machines: Machine[Any]) -> tuple[System, Expr[bool]]:
    """Together with a stopwatch, and that it never shows 4: true only where time stops before."""
    at = state("looking", At, initial=At.work)
    watch = stopwatch("watch", 5)
    nobody = hand("look")
    looking = Machine("looking", at, [Transition(trigger=nobody, source=At.rest, dest="=")], clocks=(watch,))
    return System("clocked", (*machines, looking)), watch.variable < 4


def test_a_lock_is_an_error() -> None:
    """What is due can only be done by somebody who never may."""
    system, before = clocked(alarm("stuck", (act, on, None), (dawdle, on, sets(on, True))))
    assert time_lock.check(system, {}).verdict is Verdict.ERROR
    answer = Judge().answer(system, Always(before))
    assert answer.verdict is not Verdict.TRUE
    assert "time stops" in time_lock.check(system, {}).reason
    assert len(time_lock.check(system, {}).trace or ()) == 2


def test_endless_haste_is_an_error() -> None:
    """Whoever acts makes it due again at once."""
    system, before = clocked(alarm("hasty", (act, TRUE, sets(on, ~on))))
    found = time_lock.check(system, {})
    assert (found.verdict, found.reason) == (Verdict.ERROR, time_lock.ZENO)
    assert Judge().answer(system, Always(before)).verdict is not Verdict.TRUE


def test_two_that_make_each_other_due_are_an_error() -> None:
    first = alarm("first", (act, ~on, sets(on, True)), urgent=~on)
    back = Machine(
        "second",
        state("second at", At, initial=At.work),
        [Transition(trigger=again, source="*", dest="=", conditions=on)],
        urgent=on,
    )
    system, before = clocked(first, back)
    assert time_lock.check(system, {}).verdict is Verdict.ERROR
    assert Judge().answer(system, Always(before)).verdict is not Verdict.TRUE


def test_what_is_due_and_done_lets_time_go_on() -> None:
    system, before = clocked(alarm("fine", (act, TRUE, None)))
    assert time_lock.check(system, {}).verdict is Verdict.TRUE
    assert Judge().answer(system, Always(before)).verdict is Verdict.FALSE


SMALL = {delay: 2, period: 2, threshold: 2}


def test_time_goes_on_for_the_worker() -> None:
    system = WORKER.specialised(SMALL)
    assert time_lock.check(system, {}).verdict is Verdict.TRUE
    bound = Always(next_tick.variable <= 2)
    assert Judge().answer(system, bound).verdict is Verdict.TRUE


@pytest.mark.parametrize("values", [{delay: 0, period: 1, threshold: 1}, {delay: 1, period: 3, threshold: 2}])
def test_also_with_a_period_of_one_unit(values: Any) -> None:
    assert time_lock.check(WORKER.specialised(values), {}).verdict is Verdict.TRUE


def test_what_has_nothing_to_do_with_time_is_not_asked_of_it() -> None:
    system, _ = clocked(alarm("stuck", (act, on, None), (dawdle, on, sets(on, True))))
    assert Judge().answer(system, Never(on)).verdict in (Verdict.TRUE, Verdict.UNKNOWN)


def test_all_values_at_once() -> None:
    """Without values of fields nothing is explored; that time goes on is proved of the worker whatever they are."""
    hasty, soon = time_lock.is_soon_done(WORKER)
    for system, formula in (
        (WORKER, time_lock.somebody_can(WORKER)),
        (hasty, soon),
        *((WORKER, formula) for formula in time_lock.makes_nothing_due(WORKER) or ()),
    ):
        answer = Judge().answer(system, formula)
        assert (answer.verdict, answer.method) == (Verdict.TRUE, Method.proved), str(formula)


def test_haste_is_counted() -> None:
    """Of those that are in haste for ever it is not true that they are soon done."""
    hasty, soon = time_lock.is_soon_done(clocked(alarm("hasty", (act, TRUE, sets(on, ~on))))[0])
    assert Judge().answer(hasty, soon).verdict is Verdict.FALSE
