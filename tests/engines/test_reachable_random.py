"""What small systems never reach, asked as a whole and in parts, is what brute force never reaches."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from random import Random

import pytest
from podproof.language import Actor, Expr, Machine, System, Transition, conjunction, number, sets, state
from podproof.lint.reachable import EVERYWHERE, Reachables
from podproof.properties.formulas import Never
from podproof.properties.limits import Limits

from tests.support.brute_force import BruteForce
from tests.support.random_safety import RandomSystem
from tests.support.samples import MORE

SYSTEMS = 10 * MORE
MOST = 2


class Walk(StrEnum):
    on = "on"


steps = number("steps walked", 0, 5_000, saturating=True, initial=0)
WALKER = Machine(
    "walker",
    state("walking", Walk, initial=Walk.on),
    [Transition(trigger=Actor("town")("walk"), source="*", dest="=", before=sets(steps, steps + 1))],
)


def made_of(seed: int) -> tuple[RandomSystem, list[Expr[bool]]]:
    made = RandomSystem(Random(seed))
    return made, [conjunction(*(made.condition(0, None) for _ in range(1 + n % 3))) for n in range(8)]


def never_by_trying(made: RandomSystem, question: Expr[bool]) -> list[bool]:
    """For each number of elements."""
    systems = (BruteForce(made.system, {made.kind: n}) for n in range(MOST + 1))
    return [system.shortest(Never(question)) is None for system in systems]


def sizes_of(how: str) -> list[int]:
    """The numbers of elements that a sentence says it looked at."""
    looked = how.split(";")[0].removeprefix("exhaustive: ").split(", or ")
    return [0 if each == "its only size" else int(each.split()[0]) for each in looked]


@pytest.mark.parametrize("seed", range(SYSTEMS))
def test_what_is_never_reached_is_what_trying_never_reaches(seed: int) -> None:
    made, questions = made_of(seed)
    # With a counter that decides nothing the whole is too large for these limits, and parts are asked.
    large = System("large", (*made.system.machines, WALKER), made.system.frozen, made.system.initially)
    assert large.observes(replace(made.system, name="small"))
    for system, limit in ((made.system, 20_000_000), (large, 2_000), (made.system, 20), (large, 20)):
        reachables = Reachables(MOST, Limits(states=limit))
        for question in questions:
            never = never_by_trying(made, question)
            known = len(reachables.undecided)
            how = reachables.never(system, question)
            if how == EVERYWHERE:
                assert all(never)
            elif how:
                assert all(never[size] for size in sizes_of(how)), question
            else:
                told = not all(never) or len(reachables.undecided) > known
                assert told, question
            if limit == 20_000_000:
                assert bool(how) is all(never), question


def test_questions_have_both_answers_also_in_parts() -> None:
    answers: Counter[str] = Counter()
    for seed in range(15):
        made, questions = made_of(seed)
        large = System("large", (*made.system.machines, WALKER), made.system.frozen, made.system.initially)
        reachables = Reachables(MOST, Limits(states=2_000))
        for question in questions:
            how = reachables.never(large, question)
            answers["everywhere" if how == EVERYWHERE else "never" if how else "ever"] += 1
    assert min(answers["never"], answers["ever"]) > 10, answers
