"""Every sort of formula, asked of random systems as a user asks it, against brute force at sizes up to four.

The question goes through `Judge.decide`, as `podproof check` sends it. TRUE by proof has to hold in every size that is
enumerated here; what was explored, in the sizes that the answer says were looked at; FALSE, in the size of its run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from random import Random
from typing import Any

import numpy as np
import pytest
from podproof.check import proofs
from podproof.check.decide import Judge, Result
from podproof.engines import graph, liveness
from podproof.language import Kind, flat
from podproof.language.expressions import own_kinds
from podproof.language.flat import Sizes
from podproof.properties import history
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula, Reachable
from podproof.properties.limits import Limits
from podproof.properties.temporal import Liveness
from podproof.properties.whole_runs import Shortest

from tests.support.brute_force import BruteForce
from tests.support.every_formula import QuickForce, World
from tests.support.random_crews import RandomCrew
from tests.support.samples import MORE, spread

SAFETY, GRAPH, LASTING = "states and steps", "the graph", "at last"
SEEDS = {SAFETY: range(4 * MORE), GRAPH: range(10 * MORE), LASTING: range(8 * MORE)}
SORTS = tuple(SEEDS)


@dataclass(frozen=True, eq=False)
class Worlds:
    """A random system in every size up to four elements, each enumerated when it is first asked for."""

    crew: RandomCrew
    made: dict[tuple[int, ...], World] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.crew.system.kinds

    def at(self, sizes: Sizes) -> World:
        key = tuple(sizes[kind] for kind in self.kinds)
        if key not in self.made:
            self.made[key] = World(QuickForce(self.crew.system, dict(zip(self.kinds, key, strict=True))))
        return self.made[key]

    def sizes(self, least: int = 0) -> Iterator[Sizes]:
        for numbers in product(range(least, 5), repeat=len(self.kinds)):
            if sum(numbers) <= 4:
                yield dict(zip(self.kinds, numbers, strict=True))


@dataclass(frozen=True, eq=False)
class Decided:
    worlds: Worlds
    formula: Formula
    result: Result

    def __str__(self) -> str:
        answer = self.result.answer
        return f"{self.formula}: {answer.verdict}, {answer.known}, {answer.reason}"


@cache
def decided(sort: str) -> list[Decided]:
    return [*answers(sort)]


def answers(sort: str) -> Iterator[Decided]:
    """What the judge says of every formula of one sort."""
    for seed in SEEDS[sort]:
        judge = Judge(Limits(seconds=5))
        for worlds, formula in asked(sort, seed):
            claim = Claim("asked", "It is so.", formula, worlds.crew.system)
            yield Decided(worlds, formula, judge.decide(claim, False))


def asked(sort: str, seed: int) -> Iterator[tuple[Worlds, Formula]]:
    """The formulas of one sort about a random system. Every other length of a run is right with two of each."""
    crew = RandomCrew(Random(seed))
    worlds = Worlds(crew)
    for number, formula in enumerate({SAFETY: crew.rules, GRAPH: crew.graph_questions, LASTING: crew.lasting}[sort]()):
        if isinstance(formula, Shortest) and number % 2:
            right = worlds.at(dict.fromkeys(worlds.kinds, 2)).shortest(formula.target) or 0
            yield worlds, Shortest(formula.target, right)
        else:
            yield worlds, formula


def looked_at(one: Decided) -> list[Sizes]:
    """The sizes that an exhaustive answer says it is about."""
    answer = one.result.answer
    assert answer.sizes is not None
    found: list[Sizes] = [answer.sizes]
    for note in answer.notes:
        if note.startswith("so it is with "):
            said = {name.removesuffix("s"): int(n) for n, name in re.findall(r"(\d+) (\w+)", note)}
            found.append({kind: said.get(kind.name, 0) for kind in one.worlds.kinds})
    return found


def wrong(one: Decided) -> Iterator[str]:
    """What brute force says against an answer."""
    worlds, formula, answer = one.worlds, one.formula, one.result.answer
    known = [size for size in worlds.sizes() if answer.method is Method.proved]
    if answer.method is not Method.proved and answer.sizes is not None:
        known = [{k: s.get(k, 0) for k in worlds.kinds} for s in looked_at(one)]
    match answer.verdict:
        case Verdict.ERROR:
            yield "an error, though it can start and stores nothing outside its domain"
        case Verdict.TRUE if answer.trace is not None:  # a witness, or a shortest run
            at = worlds.at(answer.trace.sizes)
            if not at.holds(formula) or not at.brute.replays(answer.trace):
                yield f"not with {answer.trace.sizes}"
        case Verdict.TRUE:
            yield from (f"false with {size}" for size in known if not worlds.at(size).holds(formula))
        case Verdict.FALSE if answer.trace is not None:
            at = worlds.at(answer.trace.sizes)
            if at.holds(formula) or not at.brute.replays(answer.trace):
                yield f"true with {answer.trace.sizes}, or no such run"
        case Verdict.FALSE:
            yield from (f"true with {size}" for size in known if worlds.at(size).holds(formula))


@pytest.mark.parametrize("sort", SORTS)
def test_answers_are_right_in_the_sizes_that_they_are_about(sort: str) -> None:
    assert not [f"{one}: {what}" for one in decided(sort) for what in wrong(one)]


@pytest.mark.parametrize("sort", [GRAPH, LASTING])
def test_what_is_true_holds_also_with_two_of_each(sort: str) -> None:
    """A question that tells elements apart is not answered from what one of them can do.

    How long a shortest run is, is said of the size that the answer names.
    """
    for one in decided(sort):
        if one.result.verdict is Verdict.TRUE and not isinstance(one.formula, Shortest):
            small = [size for size in one.worlds.sizes(1) if max(size.values()) <= 2]
            assert not [size for size in small if not one.worlds.at(size).holds(one.formula)], str(one)


def expected(sort: str) -> Iterator[Decided]:
    """What was looked at in some sizes only and is `as expected`, though the claim says of no size that it means it."""
    for one in decided(sort):
        answer = one.result.answer
        if answer.verdict is Verdict.TRUE and answer.method is not Method.proved and one.result.as_expected:
            yield one


@pytest.mark.parametrize("sort", [GRAPH, LASTING])
def test_nothing_is_as_expected_that_is_false_in_another_size(sort: str) -> None:
    for one in expected(sort):
        assert not [size for size in one.worlds.sizes(1) if not one.worlds.at(size).holds(one.formula)], str(one)


@pytest.mark.parametrize("sort", [GRAPH, LASTING])
def test_nothing_is_as_expected_that_was_never_asked(sort: str) -> None:
    """Where no size that was looked at reaches the target, or what should lead on, nothing is shown."""
    for one in expected(sort):
        assert any(is_asked(one, size) for size in looked_at(one)), str(one)


def test_what_is_false_with_two_of_a_kind_is_not_unknown() -> None:
    for one in decided(SAFETY):
        if one.result.verdict is Verdict.UNKNOWN:
            small = [size for size in one.worlds.sizes() if max(size.values()) <= 2 and sum(size.values()) <= 3]
            witness = isinstance(one.formula, Reachable)
            assert not [size for size in small if one.worlds.at(size).holds(one.formula) is witness], str(one)


def test_few_answers_are_unknown() -> None:
    """Numbers of elements that are compared with each other have no proof; hardly anything else is left open."""
    for sort, share in ((SAFETY, 0.35), (GRAPH, 0.05), (LASTING, 0.05)):
        unknown = [one for one in decided(sort) if one.result.verdict is Verdict.UNKNOWN]
        unknown = [one for one in unknown if is_asked(one, dict.fromkeys(one.worlds.kinds, 2))]
        assert len(unknown) <= share * len(decided(sort))


def is_asked(one: Decided, size: Sizes) -> bool:
    """Whether a target, or what should lead on, is reached at all."""
    target = (
        getattr(one.formula, "target", getattr(one.formula, "before", None)) if not one.formula.properties() else None
    )
    return target is None or bool(one.worlds.at(size).where(target))


@pytest.mark.parametrize(("sort", "systems"), [(SAFETY, 10), (GRAPH, 30), (LASTING, 20)])
def test_random_crews_are_worth_it(sort: str, systems: int) -> None:
    """Formulas of every sort are true, and false; many are true with one of a kind and false with more of them."""
    truths: Counter[tuple[str, bool]] = Counter()
    changing = 0
    for worlds, formula in (each for seed in range(systems) for each in asked(sort, seed)):
        few, more = (worlds.at(dict.fromkeys(worlds.kinds, n)).holds(formula) for n in (1, 2))
        truths[type(formula).__name__, more] += 1
        changing += few is not more
    assert changing >= 8
    assert all(truths[name, truth] >= 2 for name, _ in truths for truth in (True, False)), truths


# Is brute force right? It agrees with other brute force, and planted mistakes are noticed.


@pytest.mark.parametrize("seed", range(3 * MORE))
def test_steps_are_those_of_running_machines(seed: int) -> None:
    crew = RandomCrew(Random(seed))
    for number in (1, 2):
        sizes = dict.fromkeys(crew.system.kinds, number)
        quick, slow = QuickForce(crew.system, sizes), BruteForce(crew.system, sizes)
        assert quick.depth == slow.depth
        assert set(quick.steps) == set(slow.steps)


def test_formulas_mean_what_other_brute_force_says() -> None:
    for one in (*decided(SAFETY), *decided(LASTING)):
        world = one.worlds.at(dict.fromkeys(one.worlds.kinds, 2))
        if isinstance(one.formula, Liveness):
            if len(world.states) <= 20:
                assert world.holds(one.formula) is not world.lassos.breaks(one.formula, one.formula.fair)
        elif not any(map(own_kinds, one.formula.expressions())):
            found = world.brute.shortest(one.formula) is not None
            assert world.holds(one.formula) is (found if isinstance(one.formula, Reachable) else not found)


MISTAKES: dict[str, tuple[Any, str, Any, str]] = {
    "every proof passes": (proofs, "recheck_within", lambda *_: [], SAFETY),
    "others are all": (flat, "_elements", lambda scope, size, own: range(size), SAFETY),
    "nothing is remembered": (history, "_changing", lambda *_: [], GRAPH),
    "any run is a shortest one": (graph, "shortest_is", lambda _, found: replace(found, verdict=Verdict.TRUE), GRAPH),
    "nobody goes on": (liveness, "owed", lambda *_: [], LASTING),
    "every rest is fair": (liveness, "resting", lambda owing, states: np.ones(states, dtype=bool), LASTING),
}


@pytest.mark.parametrize("mistake", spread([*MISTAKES], 3))
def test_mistakes_are_noticed(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, wrong_one, sort = MISTAKES[mistake]
    monkeypatch.setattr(module, name, wrong_one)
    assert any(True for one in answers(sort) for _ in wrong(one))
