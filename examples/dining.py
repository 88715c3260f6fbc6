"""Five dining philosophers, who may starve together.

E. W. Dijkstra: Hierarchical ordering of sequential processes. Acta Informatica 1, 1971. A fork lies between each two
neighbours, and it takes two to eat. A hungry philosopher takes the fork on either side as soon as it is free, then
the other one, and after the meal puts both down at once.

This is the example for a *deadlock*: the claim that somebody can always act is made of the machines' own guards.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Expr, Machine, System, Transition, conjunction, disjunction, named, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Never

PHILOSOPHERS = 5
TABLE = range(PHILOSOPHERS)


class Philosopher(StrEnum):
    """Which forks a philosopher holds."""

    thinking = "thinking"
    holds_left = "holds left"
    holds_right = "holds right"
    eating = "eating"


at = [state(f"philosopher {i}", Philosopher, initial=Philosopher.thinking) for i in TABLE]


def left_of(i: int) -> int:
    return (i - 1) % PHILOSOPHERS


def right_of(i: int) -> int:
    return (i + 1) % PHILOSOPHERS


# Fork i lies between philosopher i, whose left one it is, and the neighbour on the left.
fork_free = [
    named(
        f"fork {i} is free",
        at[i].is_(Philosopher.thinking, Philosopher.holds_right)
        & at[left_of(i)].is_(Philosopher.thinking, Philosopher.holds_left),
    )
    for i in TABLE
]


def philosopher(i: int) -> Machine[Philosopher]:
    """Take the forks in either order, one at a time; eat with both; put both down at once."""
    actor = Actor(f"philosopher {i}")
    take_left, take_right = actor(f"take left {i}"), actor(f"take right {i}")
    left_free, right_free = fork_free[i], fork_free[right_of(i)]
    thinking, holds_left, holds_right, eating = Philosopher
    return Machine(
        f"philosopher {i}",
        at[i],
        [
            Transition(trigger=take_left, source=thinking, dest=holds_left, conditions=left_free),
            Transition(trigger=take_left, source=holds_right, dest=eating, conditions=left_free),
            Transition(trigger=take_right, source=thinking, dest=holds_right, conditions=right_free),
            Transition(trigger=take_right, source=holds_left, dest=eating, conditions=right_free),
            Transition(trigger=actor(f"put down both {i}"), source=eating, dest=thinking),
        ],
    )


SYSTEM = System("dining philosophers", tuple(philosopher(i) for i in TABLE))

somebody_can_act = disjunction(*(step.guard for step in SYSTEM.steps))
neighbours_eat: Expr[bool] = disjunction(
    *(at[i].is_(Philosopher.eating) & at[right_of(i)].is_(Philosopher.eating) for i in TABLE)
)
all_hold_left = conjunction(*(at[i].is_(Philosopher.holds_left) for i in TABLE))
all_hold_right = conjunction(*(at[i].is_(Philosopher.holds_right) for i in TABLE))

CLAIMS = (
    (Verdict.TRUE, "no neighbours eat at the same time", Never(neighbours_eat)),
    (
        Verdict.TRUE,
        "only when all hold the fork on the same side can nobody act",
        Always(somebody_can_act | all_hold_left | all_hold_right),
    ),
    # What one might believe, and is not so.
    (Verdict.FALSE, "somebody can always act", Always(somebody_can_act)),
    (
        Verdict.FALSE,
        "no two eat at the same time",
        Never(at[0].is_(Philosopher.eating) & at[2].is_(Philosopher.eating)),
    ),
)

# Each fork is free, with its left or with its right neighbour, whatever the others are: 3 to the power of 5 states.
# A free fork can be taken from two sides, and two forks with one philosopher can be put down.
EXPECTED = {"states": 3**5, "transitions": 5 * 3**4 * 2 + 5 * 3**3, "levels": 6}


def main() -> None:
    print(f"{SYSTEM}: {len(explore(SYSTEM, {}).visited)} states")
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, {})
        print(f"{answer.verdict:5} {sentence}")
        for number, step in enumerate(answer.trace.steps if answer.trace else (), 1):
            print(f"      {number}. {step.event}")


if __name__ == "__main__":
    main()
