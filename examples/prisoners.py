"""Prisoners and two switches: when can one of them be sure that all have been in the room?

A puzzle of the radio show *Car Talk*; `Prisoners` of the TLA+ Examples. Now and then a prisoner is brought into a room
with two switches, A and B, and must flip exactly one. The prisoners agree on a plan and can then no longer speak. One
of them, the counter, turns switch A down whenever it is up, and counts; every other prisoner turns it up when it is
down, but only twice. Whoever cannot do so flips B, which means nothing. Nobody knows how the switches stood at first:
a count of one for each of the others would not do, because A may have been up before anybody came.

This is the example for *priority*: the first transition that is possible is the one that is taken.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Kind, Machine, System, Transition, flag, if_then_else, number, sets, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Reachable

PRISONERS = 4
OTHERS = PRISONERS - 1
ENOUGH = 2 * OTHERS


class Signalled(StrEnum):
    """How often a prisoner who does not count has turned switch A up."""

    never = "never"
    once = "once"
    twice = "twice"


class Counting(StrEnum):
    """What the counter can say."""

    unsure = "unsure"
    sure = "sure"


others = Kind("prisoner")
signalled = state("signalled", Signalled, kind=others, initial=Signalled.never)
counting = state("counter", Counting, initial=Counting.unsure)
count = number("count", 0, ENOUGH + 1, initial=0, doc="how often the counter has turned switch A down")
a_up = flag("switch A up", doc="the switch that carries the message; at first up or down")
b_up = flag("switch B up", doc="the switch to flip when there is nothing to say; at first up or down")

prisoner, counter = Actor("prisoner"), Actor("counter")

# A prisoner signals if that is possible and has not been done twice; else flips B.
visit = prisoner("visit")
PRISONER = Machine(
    "prisoner",
    signalled,
    [
        Transition(
            trigger=visit,
            source=Signalled.never,
            dest=Signalled.once,
            unless=a_up,
            before=sets(a_up, True),
        ),
        Transition(
            trigger=visit,
            source=Signalled.once,
            dest=Signalled.twice,
            unless=a_up,
            before=sets(a_up, True),
        ),
        Transition(trigger=visit, source="*", dest="=", before=sets(b_up, ~b_up)),
    ],
)

# The counter takes a signal and counts it, and with the last one is sure; else flips B.
look = counter("visit of the counter")
take_signal = sets(a_up, False, count, count + 1)
COUNTER = Machine(
    "counter",
    counting,
    [
        Transition(
            trigger=look,
            source=Counting.unsure,
            dest=Counting.sure,
            conditions=[a_up, count.is_(ENOUGH - 1)],
            before=take_signal,
        ),
        Transition(trigger=look, source="*", dest="=", conditions=a_up, before=take_signal),
        Transition(trigger=look, source="*", dest="=", before=sets(b_up, ~b_up)),
    ],
)

SYSTEM = System("prisoners", (PRISONER, COUNTER))
SIZES = {others: OTHERS}

everybody_was_there = others.none(signalled.is_(Signalled.never))
signals = others.count(signalled.is_(Signalled.once)) + others.count(signalled.is_(Signalled.twice)) * 2
taken_or_waiting = count + if_then_else(a_up, 1, 0)

CLAIMS = (
    (
        Verdict.TRUE,
        "the counter is sure only when everybody was there",
        Always(counting.is_(Counting.sure).implies(everybody_was_there)),
    ),
    (
        Verdict.TRUE,
        "signals taken or waiting are those that were given, and perhaps one that was there before",
        Always(taken_or_waiting.equals(signals) | taken_or_waiting.equals(signals + 1)),
    ),
    (Verdict.TRUE, "the counter can become sure", Reachable(counting.is_(Counting.sure))),
    # What one might believe, and is not so.
    (
        Verdict.FALSE,
        "one signal less would be enough",
        Always((count >= ENOUGH - 1).implies(everybody_was_there)),
    ),
    (
        Verdict.FALSE,
        "the counter is sure as soon as everybody was there",
        Always(everybody_was_there.implies(counting.is_(Counting.sure))),
    ),
)

# TLC on the specification above, for four prisoners.
EXPECTED = {"states": 214, "transitions": 856, "levels": 14}


def main() -> None:
    every, up_to_symmetry = (explore(SYSTEM, SIZES, symmetric=choice) for choice in (False, True))
    print(
        f"{SYSTEM}, {PRISONERS} of them: {len(every.visited)} states, {len(up_to_symmetry.visited)} up to symmetry",
    )
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, SIZES)
        print(f"{answer.verdict:5} {sentence}" + (f" ({len(answer.trace)} steps)" if answer.trace else ""))


if __name__ == "__main__":
    main()
