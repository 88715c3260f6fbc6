"""Time that stops: planted locks and endless haste are errors, never TRUE."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from podproof.certificates.counterexample import replay
from podproof.check.decide import Judge
from podproof.engines import time_lock
from podproof.language import (
    FALSE,
    TRUE,
    Actor,
    Assumption,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    flag,
    number,
    sets,
    state,
    stopwatch,
    tick,
    timer,
)
from podproof.language.expressions import Expr
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Never, Reachable, Step
from podproof.properties.whole_runs import Passes, Shortest

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


def clocked(*machines: Machine[Any], frozen: tuple[Any, ...] = ()) -> tuple[System, Expr[bool]]:
    """Together with a stopwatch, and that it never shows 4: true only where time stops before."""
    at = state("looking", At, initial=At.work)
    watch = stopwatch("watch", 5)
    nobody = hand("look")
    looking = Machine("looking", at, [Transition(trigger=nobody, source=At.rest, dest="=")], clocks=(watch,))
    return System("clocked", (*machines, looking), frozen=frozen), watch.variable < 4


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


# What a cone of influence may forget, what formulas cannot say, and in which answers it matters.


def switched(name: str, urgent: Expr[bool], event: Any, effect: Any) -> Machine[Any]:
    """Due as long as `urgent`; its event, then, does it."""
    at = state(f"{name} at", At, initial=At.work)
    return Machine(
        name, at, [Transition(trigger=event, source="*", dest="=", conditions=urgent, before=effect)], urgent=urgent
    )


def test_two_that_each_do_what_is_due_and_make_each_other_due_are_not_forgotten() -> None:
    """Each by itself could be: what is due in it is done in a step."""
    ping, pong = switched("ping", ~on, act, sets(on, True)), switched("pong", on, again, sets(on, False))
    system, before = clocked(ping, pong)
    for formula in (Always(before), Reachable(~before)):
        assert Judge().answer(system, formula).verdict is Verdict.ERROR, str(formula)


def test_of_two_that_make_one_due_each_is_forgotten_and_done_when_a_run_is_replayed() -> None:
    """The one that is declared later makes something due in the one before it."""
    off, left = flag("off", initial=False), timer("left", 2, initial=2)
    second = switched("second", on, again, sets(on, False))
    first = Machine(
        "first",
        state("first at", At, initial=At.work),
        [
            Transition(trigger=dawdle, source=At.work, dest="=", before=sets(off, True)),
            Transition(trigger=act, source="*", dest="=", conditions=left.due, before=[left.restart, sets(on, True)]),
        ],
        clocks=(left,),
        urgent=left.due,
    )
    system, before = clocked(second, first)
    assert first.state not in system.cone([before]).variables
    answer = Judge().answer(system, Always(before))
    assert answer.verdict is Verdict.FALSE
    assert answer.trace is not None
    labels = [step.step.label for step in replay(answer.trace).trace.steps]
    assert labels == ["tick", "tick", "act", "act again", "tick", "tick"]


def test_elements_that_make_each_other_due() -> None:
    """Of every element it is true that what it does makes nothing due in it."""
    hands = Kind("hand", ordered=True)
    up = flag("up", kind=hands, initial=False)
    first = ~hands.some(TRUE, Scope.earlier)
    urgent = first & up.equals(hands.some(up, Scope.later)) | ~first & ~up.equals(hands.some(up, Scope.earlier))
    at = state("waving at", At, kind=hands, initial=At.work)
    waving = Machine(
        "waving",
        at,
        [Transition(trigger=act, source="*", dest="=", conditions=urgent, before=sets(up, ~up))],
        urgent=urgent,
    )
    system, before = clocked(waving)
    assert time_lock.check(system, {hands: 2}).reason == time_lock.ZENO
    assert time_lock.makes_nothing_due(system) is None
    assert up in system.cone([before]).variables
    said = Always(before | hands.none(up) | hands.some(up))  # of any state at all
    assert Judge().answer(system, said).verdict is Verdict.UNKNOWN


def counting(urgent: Expr[bool], *arrows: Any) -> tuple[System, Any]:
    """A machine that counts ticks, without a clock, and one that is urgent."""
    ticks = number("ticks", 0, 3, saturating=True, initial=0)
    counts = Machine(
        "counts",
        state("counts at", At, initial=At.work),
        [],
        reacts=[Transition(trigger=tick, source="*", dest="=", before=sets(ticks, ticks + 1))],
    )
    at = state("urgent at", At, initial=At.work)
    nothing: Transition[Any] = Transition(trigger=again, source=At.rest, dest="=", conditions=ticks > 3)
    return System(
        "counting", (counts, Machine("urgent", at, [nothing, *arrows], urgent=urgent | at.is_(At.rest)))
    ), ticks


@pytest.mark.parametrize("urgent", [True, False])
def test_what_counts_ticks_without_a_clock_is_asked_whether_time_goes_on(urgent: bool) -> None:
    """Also what says that something is never reached; at once, and after a step."""
    slip: Transition[At] = Transition(trigger=act, source=At.work, dest=At.rest)
    system, ticks = counting(TRUE if urgent else FALSE, *(() if urgent else (slip,)))
    assert Judge().answer(system, Always(ticks <= 3)).verdict is Verdict.ERROR
    never = Judge().answer(system, Reachable(ticks > 3))
    assert (never.verdict, never.reason) == (Verdict.ERROR, time_lock.LOCKED)
    during = Judge().answer(system, Step(ticks > 3, ticks > 3, (tick,)))
    assert during.verdict is Verdict.ERROR


def test_every_size_that_an_answer_is_about_is_asked() -> None:
    """Time stops where there are fewer than two."""
    hands = Kind("hand")
    up = flag("up", kind=hands, initial=False)
    lifting = Machine(
        "lifting",
        state("lifting at", At, kind=hands, initial=At.work),
        [Transition(trigger=again, source="*", dest="=", before=sets(up, ~up))],
    )
    at = state("alone at", At, initial=At.work)
    alone = Machine(
        "alone",
        at,
        [Transition(trigger=act, source=At.work, dest=At.rest, conditions=hands.count(TRUE) >= 2)],
        urgent=at.is_(At.work),
    )
    system, before = clocked(lifting, alone)
    answer = Judge().answer(system, Passes(~before, at.is_(At.rest), most=2))
    assert (answer.verdict, answer.reason) == (Verdict.ERROR, time_lock.LOCKED)


def test_the_shortest_run_counts_what_is_due_elsewhere() -> None:
    """A blinker is due between two ticks, though what is asked has nothing to do with it."""
    blinker = alarm("blinker", (act, TRUE, None))
    system, before = clocked(blinker)
    assert blinker.state not in system.cone([before]).variables
    assert Judge().answer(system, Shortest(~before, 5)).verdict is Verdict.TRUE
    wrong = Judge().answer(system, Shortest(~before, 4))
    assert (wrong.verdict, wrong.reason) == (Verdict.FALSE, "the shortest run takes 5 steps")


def test_assumptions_that_stop_time_repair_nothing() -> None:
    """Nobody answers the alarm: then the stopwatch never shows 4, nor anything else."""
    deaf = Assumption("deaf", "Nobody answers.")
    system, before = clocked(alarm("fire", (hand("answer", unless=deaf), TRUE, None)))
    claim = Claim("late", "It is never late.", Always(before), system, expected=Verdict.FALSE, candidates=(deaf,))
    found = Judge().decide(claim)
    assert (found.verdict, found.assumption_sets, found.complete) == (Verdict.FALSE, (), False)
    assert found.reason == f"assuming deaf, {time_lock.LOCKED}"


def test_what_can_happen_at_any_time_and_is_due_in_a_machine_that_is_forgotten() -> None:
    """Its step is in the part of the system, and says nothing of what is due in it."""
    system, before = clocked(alarm("blinker", (act, TRUE, None)))
    assert Judge().answer(system, Always(before | ~before)).verdict is Verdict.TRUE
    watch = system.machines[1].clocks[0].variable
    assert time_lock.check(system.cone([watch]), {}).verdict is Verdict.TRUE


def stuck_where_urgent(event: Any) -> tuple[System, Expr[bool]]:
    """Hands that never get to where something is due in them, and would not get away; a frozen flag forbids to try."""
    hands = Kind("hand")
    at, up = state("hand at", At, kind=hands, initial=At.work), flag("up", kind=hands, initial=False)
    stays: Transition[At] = Transition(trigger=event, source=At.rest, dest=At.rest, conditions=hands.none(up))
    system, before = clocked(Machine("hands", at, [stays], urgent=at.is_(At.rest)), frozen=(up,))
    return system, before


def test_of_a_machine_that_can_do_nothing_it_is_not_asked_what_it_makes_due() -> None:
    deaf = Assumption("deaf", "Nobody answers.")
    system, _ = stuck_where_urgent(hand("answer", unless=deaf))
    assert len(time_lock.makes_nothing_due(system) or ()) == 1
    assert time_lock.makes_nothing_due(system.under(deaf)) == []


def test_what_is_due_may_be_done_by_an_event_that_depends_on_what_is_forgotten() -> None:
    """The flag is not in the part of the system that time is in."""
    system, before = stuck_where_urgent(act)
    ticks = Step(before, before | (system.machines[1].clocks[0].variable < 5), (tick,))
    assert Judge().answer(system, ticks).verdict is Verdict.TRUE
