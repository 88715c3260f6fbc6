"""Minimal assumption sets of random small systems are those that brute force finds by trying every set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from podproof.engines.disruptions import hitting_sets
from podproof.engines.refute import Refuter
from podproof.language import Assumption, conjunction
from podproof.properties.formulas import Formula, Never, Step
from podproof.properties.limits import Limits

from tests.support.brute_force import BruteForce
from tests.support.random_safety import RandomSystem
from tests.support.samples import MORE

SYSTEMS = 15 * MORE
FORBIDDING = tuple(Assumption(name, f"No {name}.") for name in ("rain", "snow", "wind"))


def subsets(candidates: Sequence[Assumption]) -> Iterator[tuple[Assumption, ...]]:
    for size in range(len(candidates) + 1):
        yield from combinations(candidates, size)


def made_of(seed: int) -> tuple[RandomSystem, tuple[Assumption, ...], list[Formula]]:
    """A system whose initial states can differ, as one assumption is about those."""
    made = RandomSystem(Random(seed), FORBIDDING)
    made.system = replace(made.system, initially=())
    shape = Assumption("shape", "It begins well.", shape=made.condition(1, None))
    never: list[Formula] = [Never(conjunction(*(made.condition(0, None) for _ in range(2)))) for _ in range(5)]
    steps: list[Formula] = [Step(made.condition(0, None), made.condition(1, None)) for _ in range(3)]
    return made, (*FORBIDDING, shape), never + steps


def minimal_by_trying(made: RandomSystem, size: int, formula: Formula, candidates: Sequence[Assumption]) -> set[object]:
    found: list[frozenset[Assumption]] = []
    for chosen in map(frozenset, subsets(candidates)):
        if not any(smaller <= chosen for smaller in found):
            system = made.system.under(*(a for a in candidates if a in chosen))
            if BruteForce(system, {made.kind: size}).shortest(formula) is None:
                found.append(chosen)
    return set(found)


@pytest.mark.parametrize("seed", range(SYSTEMS))
def test_minimal_sets_are_those_that_trying_finds(seed: int) -> None:
    made, candidates, formulas = made_of(seed)
    size = seed % 3
    for formula in formulas:
        refuter = Refuter(made.system, formula, candidates, Limits())
        breaking = refuter.breaking(dict.fromkeys(made.system.kinds, size))
        assert set(hitting_sets(breaking, candidates)) == minimal_by_trying(made, size, formula, candidates), formula


def test_random_systems_need_assumptions() -> None:
    """Enough of them are repaired by one assumption, by two, and in more than one way."""
    repaired: list[list[frozenset[Assumption]]] = []
    for seed in range(60):
        made, candidates, formulas = made_of(seed)
        for formula in formulas:
            refuter = Refuter(made.system, formula, candidates, Limits())
            repaired.append(hitting_sets(refuter.breaking(dict.fromkeys(made.system.kinds, seed % 3)), candidates))
    one, two = (sum(any(len(each) == n for each in sets) for sets in repaired) for n in (1, 2))
    assert one > 60
    assert two > 5
    assert sum(len(sets) >= 2 for sets in repaired) > 15
