"""Die Hard: four gallons of water from a fountain, with a jug of three gallons and one of five.

The puzzle of the film *Die Hard with a Vengeance* (1995); `DieHard` of the TLA+ Examples. The jugs bear no marks, so
it makes sense only to fill a jug, to empty it, or to pour until one is empty or the other full.

This is the example for *numbers*, and for the use of a counterexample: the claim that the task is impossible is
refuted by its shortest solution.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Expr, Machine, System, Transition, if_then_else, number, sets, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Never, Reachable

LARGE, SMALL, WANTED = 5, 3, 4


class Heroes(StrEnum):
    """The heroes do nothing but pour; all there is to know is in the jugs."""

    pouring = "pouring"


heroes = state("heroes", Heroes, initial=Heroes.pouring)
big = number("big", 0, LARGE, initial=0, doc="gallons in the big jug")
small = number("small", 0, SMALL, initial=0, doc="gallons in the small jug")

hero = Actor("hero")
fill_big, fill_small = hero("fill the big jug"), hero("fill the small jug")
empty_big, empty_small = hero("empty the big jug"), hero("empty the small jug")
big_to_small, small_to_big = hero("pour big into small"), hero("pour small into big")

# Pouring moves what is there, but no more than fits: the rest stays behind.
both = big + small


def at_most(capacity: int) -> Expr[int]:
    return if_then_else(both <= capacity, both, capacity)


effects = {
    fill_big: sets(big, LARGE),
    fill_small: sets(small, SMALL),
    empty_big: sets(big, 0),
    empty_small: sets(small, 0),
    big_to_small: sets(small, at_most(SMALL), big, both - at_most(SMALL)),
    small_to_big: sets(big, at_most(LARGE), small, both - at_most(LARGE)),
}

# Anything can be done at any time, and the heroes go on pouring.
HEROES = Machine(
    "heroes",
    heroes,
    [Transition(trigger=event, source="*", dest="=", before=effect) for event, effect in effects.items()],
)

SYSTEM = System("die hard", (HEROES,))

CLAIMS = (
    (Verdict.TRUE, "four gallons can be measured", Reachable(big.is_(WANTED))),
    (Verdict.TRUE, "one of the jugs is always empty or full", Always(big.is_(0, LARGE) | small.is_(0, SMALL))),
    # What one might believe, and is not so. The counterexample is the solution.
    (Verdict.FALSE, "there are never four gallons in the big jug", Never(big.is_(WANTED))),
)

# Every combination in which one jug is empty or full; all six things can be done in each.
EXPECTED = {"states": 16, "transitions": 96, "levels": 8}
SOLUTION_STEPS = 6


def main() -> None:
    print(f"{SYSTEM}: {len(explore(SYSTEM, {}).visited)} states")
    for _, sentence, formula in CLAIMS:
        print(f"{check(SYSTEM, formula, {}).verdict:5} {sentence}")
    solution = check(SYSTEM, Never(big.is_(WANTED)), {}).trace
    assert solution is not None
    print(f"a shortest solution takes {len(solution)} steps:")
    for step in solution.steps:
        print(f"  {step.event:20} big {step.values[big]}, small {step.values[small]}")


if __name__ == "__main__":
    main()
