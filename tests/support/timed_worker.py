"""A small machine with time: the worker of one startup probe, without how long a probe takes."""

from __future__ import annotations

from enum import StrEnum

from podproof.language import (
    ANY,
    Actor,
    Machine,
    System,
    Transition,
    counter,
    number,
    parameter,
    sets,
    state,
    stopwatch,
    timer,
)


class Work(StrEnum):
    probing = "probing"
    passed = "passed"
    tripped = "tripped"


class Outcome(StrEnum):
    good = "good"
    bad = "bad"


outcome = parameter("outcome", Outcome)
prober = Actor("prober")
probe = prober("probe", outcome)

delay = number("delay", 0)
period = number("period", 1)
threshold = number("threshold", 1)

work = state("work", Work, initial=Work.probing)
fails = counter("failures in a row", threshold - 1)
next_tick = timer("to the next tick", period, runs=work.is_(Work.probing), initial=ANY)
age = stopwatch("age", delay, runs=work.is_(Work.probing))
too_young = age.variable < delay

worker = Machine(
    "worker",
    work,
    clocks=(next_tick, age),
    counters=(fails,),
    urgent=work.is_(Work.probing) & next_tick.due,
    transitions=[
        Transition(
            trigger=probe,
            source=Work.probing,
            dest="=",
            conditions=[next_tick.due, too_young],
            before=next_tick.restart,
        ),
        Transition(
            trigger=probe,
            source=Work.probing,
            dest=Work.passed,
            conditions=[next_tick.due, outcome.is_(Outcome.good)],
            before=[next_tick.stop, sets(fails.variable, 0)],
        ),
        Transition(
            trigger=probe,
            source=Work.probing,
            dest=Work.tripped,
            conditions=[next_tick.due, fails.variable >= threshold - 1],
            before=[next_tick.stop, sets(fails.variable, 0)],
        ),
        Transition(
            trigger=probe,
            source=Work.probing,
            dest="=",
            conditions=next_tick.due,
            before=[next_tick.restart, sets(fails.variable, fails.variable + 1)],
        ),
    ],
)
WORKER = System("worker", (worker,), frozen=(delay, period, threshold))
