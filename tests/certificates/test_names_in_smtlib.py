"""Variables that are called like something that certificates define: the proof is about the variables all the same."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from podproof.api import (
    Actor,
    Always,
    Claim,
    Machine,
    Method,
    Never,
    System,
    Transition,
    UnsupportedError,
    Verdict,
    check,
    flag,
    if_then_else,
    named,
    number,
    parameter,
    sets,
    state,
)
from podproof.certificates.certificate import certificate


class Light(StrEnum):
    red = "red"
    green = "green"
    out = "out"


ASKED = ["the invariant", "clause 1 of the invariant", "clause 2 of the invariant", "lit [1]", "may [2]", "next [3]"]


@pytest.mark.parametrize("place", range(3), ids=["truth", "number", "member"])
@pytest.mark.parametrize("name", [*ASKED, "lamp after"])
def test_verdicts_do_not_depend_on_names(name: str, place: int) -> None:
    names = ["p", "q", "r"]
    names[place] = name
    lamp = state("lamp", Light, initial=Light.red)
    seen, count = flag(names[0], initial=False), number(names[1], 0, 3, initial=0)
    last = state(names[2], Light, initial=Light.red)
    lit = named("lit", lamp.is_(Light.red, Light.green))
    may = named("may", lit & (count < 3))
    following = named("next", if_then_else(lit & ~seen, Light.green, Light.out))
    user = Actor("user")
    arrows: list[Any] = [
        Transition(
            trigger=user("go"),
            source=Light.red,
            dest=Light.green,
            conditions=[may],
            before=sets(seen, True, count, count + 1, last, following),
        ),
        Transition(trigger=user("stop"), source=Light.green, dest=Light.out, before=sets(last, following)),
        Transition(trigger=user("back"), source=Light.out, dest=Light.red, conditions=[count < 2]),
    ]
    system = System("lights", (Machine("lamp", lamp, arrows),))
    true = [Always(seen.implies(count >= 1)), Always(lit | seen), Always(lamp.is_(Light.out).implies(seen))]
    false = [Never(seen & lamp.is_(Light.red)), Always(last.is_(Light.red, Light.green)), Always(count < 2)]
    claims = [Claim("asked", "It is so.", formula, system) for formula in (*true, *false)]
    results = check(claims, assumption_sets=False)
    assert [result.verdict for result in results] == [Verdict.TRUE] * 3 + [Verdict.FALSE] * 3
    assert [result.answer.method for result in results[:3]] == [Method.proved] * 3


@pytest.mark.parametrize("name", ["parameter code", "Light.red"])
def test_two_of_one_name_are_refused(name: str) -> None:
    lamp, other = state("lamp", Light, initial=Light.red), number(name, 0, 3, initial=0)
    go = Actor("user")("go", parameter("code", Light))
    arrow: Any = Transition(trigger=go, source=Light.red, dest=Light.green, before=sets(other, other))
    with pytest.raises(UnsupportedError, match="two things would be called"):
        certificate(System("lights", (Machine("lamp", lamp, [arrow]),)), Always(other < 3).properties(), [])
