"""Time: ticks, clocks, what is due; for each an independent count, and what must be refused."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from podproof.certificates.counterexample import replay
from podproof.check.decide import Judge
from podproof.engines.explicit import Search, check
from podproof.engines.state_space import StateSpace
from podproof.language import (
    TRUE,
    Actor,
    Kind,
    Machine,
    System,
    Transition,
    counter,
    flag,
    number,
    sets,
    state,
    stopwatch,
    tick,
    timer,
)
from podproof.language.errors import DeclarationError
from podproof.language.expressions import Expr
from podproof.language.flat import expand
from podproof.language.running import RunningSystem
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Never
from podproof.properties.temporal import InfinitelyOften

from tests.support.timed_worker import WORKER, Work, age, delay, fails, next_tick, period, threshold, work

State = tuple[str, int, int, int]
"""Of the worker: what it does, what is left to the next tick, failures, age."""


def hand_written(d: int, p: int, f: int) -> set[State]:
    """All states that the worker reaches, without anything of the language."""
    found: set[State] = set()
    open_: list[State] = [("probing", left, 0, 0) for left in range(p + 1)]
    while open_:
        now = open_.pop()
        if now not in found:
            found.add(now)
            open_.extend(after_one_step(*now, d, p, f))
    return found


def after_one_step(doing: str, left: int, failed: int, old: int, d: int, p: int, f: int) -> Iterator[State]:
    if doing != "probing":
        yield doing, 0, failed, 0
    elif left:
        yield doing, left - 1, failed, min(old + 1, d)
    elif old < d:
        yield doing, p, failed, old
    else:
        yield "passed", 0, 0, old
        yield ("tripped", 0, 0, old) if failed >= f - 1 else (doing, p, failed + 1, old)


def explored(system: System) -> Search:
    search = Search(StateSpace(expand(system, {}), symmetric=False))
    search.run()
    assert not search.truncated
    return search


@pytest.mark.parametrize(("d", "p", "f"), [*product((0, 1, 3), (1, 2), (1, 3)), (10, 10, 3)])
def test_the_states_of_a_worker(d: int, p: int, f: int) -> None:
    search = explored(WORKER.specialised({delay: d, period: p, threshold: f}))
    values = [search.space.values(search.space.layout.number(row)) for level in search.levels for row in level]
    told = {(str(v[work]), v[next_tick.variable], v[fails.variable], v[age.variable]) for v in values}
    assert told == hand_written(d, p, f)
    assert len(values) == len(told)


def test_transitions_agree_about_time() -> None:
    """Every event fired on running machines in every state leads where the compiled steps lead."""
    system = WORKER.specialised({delay: 3, period: 3, threshold: 3})
    search = explored(system)
    tried = 0
    for level in search.levels:
        for moves in search.space.moves(level):
            step = search.space.flat.steps[moves.index].step
            for row, after in zip(moves.rows, moves.after, strict=True):
                running = RunningSystem(system, {}, search.space.values(search.space.layout.number(level[row])))
                assert running.fire(step.event, step.parameters)
                assert running.before == search.space.values(search.space.layout.number(after))
                tried += 1
    assert tried > 30


def test_fields_have_to_be_frozen_and_possible() -> None:
    for wrong, value in ((period, 0), (fails.variable, 1), (delay, -1)):
        with pytest.raises(DeclarationError, match="it has to be frozen"):
            WORKER.specialised({wrong: value})


# Cones of influence.


class Half(StrEnum):
    waiting = "waiting"
    done = "done"


blinker_actor = Actor("blinker")
blink, finish = blinker_actor("blink"), blinker_actor("finish")
light = flag("light", initial=False)


def blinking(free: Expr[bool] = TRUE) -> Machine[Any]:
    """Has nothing to do with others but that time waits for it; `free`: what it waits for."""
    other = state("blinking", Half, initial=Half.waiting)
    left = timer("to the next blink", 3)
    return Machine(
        "blinker",
        other,
        clocks=(left,),
        urgent=left.due,
        transitions=[
            Transition(
                trigger=blink,
                source="*",
                dest="=",
                conditions=[left.due, free],
                before=[left.restart, sets(light, ~light)],
            )
        ],
    )


SMALL = {delay: 2, period: 2, threshold: 2}


def test_a_cone_forgets_what_is_due_elsewhere() -> None:
    both = System("both", (*WORKER.machines, blinking()), frozen=WORKER.frozen).specialised(SMALL)
    part = both.cone([work])
    assert light not in part.variables
    assert not any("blink" in variable.name for variable in part.variables)
    assert [str(step.guard) for step in part.steps if step.event == tick] == ["nothing is due"]
    alone = explored(WORKER.specialised(SMALL))
    assert len(explored(part).visited) == len(alone.visited)
    never = Never(work.is_(Work.tripped))
    answer = check(both, never, {})
    assert answer.verdict is check(both, never, {}, cone=False).verdict is Verdict.FALSE
    # Replayed on all machines, what is due there is done before time passes.
    assert answer.trace is not None
    assert blink not in [step.event for step in answer.trace.steps]
    run = replay(answer.trace).trace
    assert blink in [step.event for step in run.steps]
    assert [s.event for s in run.steps if s.event != blink] == [s.event for s in answer.trace.steps]
    assert run.last[work] is Work.tripped
    assert run.last[period] == 2


def test_a_machine_that_may_have_to_wait_is_kept() -> None:
    """It blinks only once the worker has passed: until then its time does not come, and so none passes."""
    both = System("both", (*WORKER.machines, blinking(work.is_(Work.passed))), frozen=WORKER.frozen).specialised(SMALL)
    part = both.cone([age.variable])
    assert any(variable.name == "to the next blink" for variable in part.variables)
    stuck = Always(age.variable.is_(0))
    assert check(both, stuck, {}).verdict is check(both, stuck, {}, cone=False).verdict is Verdict.TRUE


def test_every_element_has_clocks_of_its_own() -> None:
    lamps = Kind("lamp")
    lit = state("lit", Half, kind=lamps, initial=Half.waiting)
    left = timer("left", 2, kind=lamps, runs=lit.is_(Half.waiting), initial=(0, 1, 2))
    due = lit.is_(Half.waiting) & left.due
    lamp = Machine(
        "lamp",
        lit,
        clocks=(left,),
        urgent=due,
        transitions=[Transition(trigger=finish, source=Half.waiting, dest=Half.done, conditions=left.due)],
    )
    system = System("lamps", (lamp,))
    search = Search(StateSpace(expand(system, {lamps: 2}), symmetric=False))
    search.run()
    # Until a lamp is due both wait: 2, 1 or 0 left. Done, nothing is left. Time waits for whoever is due.
    seen = {
        tuple(zip(map(str, v[lit]), v[left.variable], strict=True))
        for v in (search.space.values(search.space.layout.number(row)) for level in search.levels for row in level)
    }
    one = {("waiting", 0), ("waiting", 1), ("waiting", 2)}
    expected = set(product(one, one)) | {(("done", 0), each) for each in one} | {(each, ("done", 0)) for each in one}
    assert seen == expected | {(("done", 0), ("done", 0))}


# What is refused.


def test_what_a_capped_stopwatch_cannot_tell() -> None:
    cap, less = number("cap", 2), number("less", -1)
    watch = stopwatch("watch", cap)
    seen = watch.variable
    noted = flag("noted", initial=False)
    look = Actor("somebody")("look")

    def system(condition: Expr[bool]) -> System:
        at = state("at", Half, initial=Half.waiting)
        arrow: Any = Transition(trigger=look, source="*", dest="=", conditions=condition, before=sets(noted, True))
        return System("watched", (Machine("watcher", at, [arrow], clocks=(watch,)),), frozen=(cap, less))

    for told in (seen < cap, seen >= cap, seen < cap - 1, seen < 2, seen.is_(0, 1), seen <= 1, seen > 1):
        assert system(told)
        assert check(system(told).specialised({cap: 5}), Never(told & noted), {}).verdict is Verdict.FALSE
    for beyond in (
        seen <= cap,
        seen > cap,
        seen < cap + 1,
        seen <= cap - 1,
        seen < cap - less,
        seen < 3,
        seen.is_(2),
        seen <= 2,
        seen.equals(cap),
    ):
        with pytest.raises(DeclarationError, match="cannot be told of the stopwatch watch"):
            system(beyond)
        with pytest.raises(DeclarationError, match="cannot be told of the stopwatch watch"):
            Never(beyond).check_against(system(TRUE))


def test_an_event_of_another_that_is_called_a_tick_has_nothing_to_do_with_time() -> None:
    at = state("at", Half, initial=Half.waiting)
    arrow: Any = Transition(trigger=Actor("somebody")("tick"), source=Half.waiting, dest=Half.done)
    system = System("s", (Machine("m", at, [arrow]),))
    assert not system.timed
    assert check(system, Never(at.is_(Half.done)), {}).verdict is Verdict.FALSE
    assert pickle.loads(pickle.dumps(tick)) is tick


def test_clocks_that_cannot_be() -> None:
    with pytest.raises(DeclarationError, match="its end has to be 0 or more"):
        timer("t", number("n", -1))
    with pytest.raises(DeclarationError, match="its end has to be 0 or more"):
        counter("c", number("n"))
    at = state("at", Half, initial=Half.waiting)
    moving = number("moving", 0, 3, initial=0)
    go = Actor("somebody")("go")
    arrow: Any = Transition(trigger=go, source="*", dest="=", before=sets(moving, 1))
    with pytest.raises(DeclarationError, match="the end of t is not fixed with moving"):
        System("s", (Machine("m", at, [arrow], clocks=(timer("t", moving),)),))
    ticking: Any = [{**arrow, "trigger": tick}]
    with pytest.raises(DeclarationError, match="is of another kind"):
        Machine("m", at, [arrow], clocks=(timer("t", 3, kind=Kind("other")),))
    with pytest.raises(DeclarationError, match="a tick is for its clocks, and for nothing else of it"):
        Machine("m", at, [], reacts=ticking, clocks=(timer("t", 3),))
    with pytest.raises(DeclarationError, match="a tick happens by itself"):
        System("s", (Machine("m", at, ticking),))


def test_a_clock_that_is_set_beyond_its_end_is_an_error() -> None:
    left = timer("left", period)
    at = state("at", Half, initial=Half.waiting)
    go = Actor("somebody")("go")
    arrow: Any = Transition(trigger=go, source="*", dest="=", before=sets(left.variable, delay))
    system = System("s", (Machine("m", at, [arrow], clocks=(left,)),), frozen=(delay, period))
    harmless, beyond = system.specialised({delay: 2, period: 2}), system.specialised({delay: 3, period: 2})
    assert check(harmless, Always(left.variable <= 2), {}).verdict is Verdict.TRUE
    assert check(beyond, Always(left.variable <= 3), {}).verdict is Verdict.ERROR


@pytest.mark.parametrize("lasting", [False, True])
def test_a_stopwatch_without_a_cap_that_runs_on_is_told(lasting: bool) -> None:
    """Values of fields are put in, so that states are explored: those have an end."""
    at, most = state("runner at", Half, initial=Half.waiting), number("most", 0)
    shown = stopwatch("time since then", None)
    runner = Machine("runner", at, [Transition(trigger=finish, source=Half.waiting, dest=Half.done)], clocks=(shown,))
    system = System("runs on", (runner,), frozen=(most,)).specialised({most: 3})
    formula = InfinitelyOften(shown.variable >= 3) if lasting else Always(shown.variable < 5000)
    answer = Judge().answer(system, formula)
    assert answer.verdict is Verdict.ERROR
    assert "the stopwatch time since then has no cap, and is shown up to 4,095" in answer.reason
