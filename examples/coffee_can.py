"""The coffee can: what colour has the last bean?

A problem of C. S. Scholten, told by E. W. Dijkstra and in D. Gries: The Science of Programming, 1981, section 13;
`CoffeeCan` of the TLA+ Examples. A can holds black and white beans. Two are drawn. Two of one colour are thrown away
and a black one is put in; of two different ones the white goes back. The last bean is white exactly when there was an
odd number of white beans at first: a draw takes none or two of them away.

This is the example for an *initial predicate*: any mixture from one bean to a hundred is a first state.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Machine, System, Transition, number, sets, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Never, Step

BEANS = 100


class Can(StrEnum):
    """The can is drawn from again and again; all there is to know is what it holds."""

    open = "open"


can = state("can", Can, initial=Can.open)
black = number("black", 0, BEANS, doc="black beans in the can")
white = number("white", 0, BEANS, doc="white beans in the can")
beans = black + white

drawer = Actor("drawer")
two_black, two_white, one_each = drawer("draw two black"), drawer("draw two white"), drawer("draw one of each")

# Whatever is drawn, one bean less is in the can afterwards.
CAN = Machine(
    "can",
    can,
    [
        Transition(
            trigger=two_black,
            source="*",
            dest="=",
            conditions=black >= 2,
            before=sets(black, black - 1),
        ),
        Transition(
            trigger=two_white,
            source="*",
            dest="=",
            conditions=white >= 2,
            before=sets(black, black + 1, white, white - 2),
        ),
        Transition(
            trigger=one_each,
            source="*",
            dest="=",
            conditions=[black >= 1, white >= 1],
            before=sets(black, black - 1),
        ),
    ],
)

SYSTEM = System("coffee can", (CAN,), initially=(beans >= 1, beans <= BEANS))

even = white.is_(*range(0, BEANS + 1, 2))
last_is_black = black.is_(1) & white.is_(0)

CLAIMS = (
    (Verdict.TRUE, "the can is never empty", Never(beans <= 0)),
    (Verdict.TRUE, "an even number of white beans stays even", Step(even, even)),
    (Verdict.TRUE, "an odd number of white beans stays odd", Step(~even, ~even)),
    # What one might believe, and is not so.
    (Verdict.FALSE, "the last bean is never black", Never(last_is_black)),
    (Verdict.FALSE, "black beans only get fewer", Step(black <= 50, black <= 50)),
)

# TLC on the specification above counts two transitions more: there, the last bean may be looked at for ever.
EXPECTED = {"states": 5_150, "transitions": 14_850, "levels": 1}


def main() -> None:
    search = explore(SYSTEM, {})
    print(f"{SYSTEM}, up to {BEANS} beans: {len(search.visited):,} states, {search.transitions:,} draws")
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, {})
        print(f"{answer.verdict:5} {sentence}")
        if answer.trace:
            first, last = answer.trace.initial, answer.trace.last
            print(f"      from {first[black]} black, {first[white]} white to {last[black]} black, {last[white]} white")


if __name__ == "__main__":
    main()
