"""Sets of states, sorted or hashed, of one word or several: each says the same, and so does a search with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from math import comb
from random import Random

import pytest
from podproof.engines import hashing, state_sets
from podproof.engines.explicit import Search, check
from podproof.engines.state_sets import StateSet, distinct, first_pairs, firsts, ordered, positions
from podproof.engines.state_space import StateSpace
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Phase, Run, api_phase, run
from podproof.language import (
    Actor,
    Event,
    Expr,
    Kind,
    Machine,
    System,
    Transition,
    Variable,
    conjunction,
    if_then_else,
    number,
    sets,
    state,
)
from podproof.language.expressions import rewrite
from podproof.language.flat import FlatSystem, expand
from podproof.language.packing import Layout

from tests.engines.test_engines import assert_same, random_system
from tests.support.brute_force import BruteForce
from tests.support.places import ROOT
from tests.support.random_safety import RandomSystem

WORDS = (1, 2, 3)
NEVER = 10**12
ROOTS = [ROOT / root for root in ("model", "proofs")]

hashed = pytest.mark.parametrize("many", [pytest.param(0, id="table"), pytest.param(NEVER, id="runs")])
"""From how many states on a set is a hash table."""


def layout_of(words: int) -> Layout:
    """Three numbers a word."""
    return Layout(number(f"n{place}", 0, 2**21 - 1) for place in range(3 * words))


@hashed
@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("spread", [8, 300, 2**20])
def test_a_set_of_states_is_a_set(words: int, spread: int, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dense and scattered states, so many that tables grow some times, and batches that repeat themselves."""
    monkeypatch.setattr(state_sets, "MANY", many)
    monkeypatch.setattr(hashing, "SMALLEST", 1 << 10)
    random, layout = Random(words * spread), layout_of(words)
    assert layout.words == words
    met, known = StateSet(layout), set[int]()
    for size in (0, 1, 2, 700, 3, 2_000, 5_000, 1):
        some = [layout.pack({v: random.randrange(spread) for v in layout.fields}) for _ in range(size)]
        batch = some + random.choices([*known, *some], k=size) if size else some
        states = layout.states(batch)
        assert layout.numbers(states) == batch
        assert met.has(states).tolist() == [each in known for each in batch]
        new = met.add(states)
        assert sorted(layout.numbers(new)) == sorted(set(batch) - known)
        assert (ordered(new) == new).all()
        known.update(batch)
    assert met.has(layout.states([*known])).all()
    assert (met.table is not None) == (many == 0)


@pytest.mark.parametrize("words", WORDS)
def test_orders_of_states(words: int) -> None:
    random, layout = Random(words), layout_of(words)
    some = [layout.pack({v: random.randrange(2**21) for v in layout.fields}) for _ in range(300)]
    batch = random.choices(some, k=1_000)
    states = layout.states(batch)
    once = distinct(states)
    rank = {each: place for place, each in enumerate(layout.numbers(once))}
    assert set(rank) == set(batch) and len(once) == len(rank)
    assert positions(states, once).tolist() == [rank[each] for each in batch]
    assert layout.numbers(ordered(states)) == sorted(batch, key=rank.__getitem__)
    where = {each: batch.index(each) for each in rank}
    again, first = firsts(states)
    assert (again == once).all() and first.tolist() == [where[each] for each in rank]
    others = random.choices(some[:3], k=1_000)
    pairs = list(zip(batch, others, strict=True))
    few = layout.numbers(distinct(layout.states(some[:3])))
    in_order = sorted(set(pairs), key=lambda pair: (rank[pair[0]], few.index(pair[1])))
    assert first_pairs(states, layout.states(others)).tolist() == [pairs.index(pair) for pair in in_order]


@pytest.mark.parametrize("words", WORDS)
def test_fields_of_states(words: int) -> None:
    random, layout = Random(words), layout_of(words)
    values = [{v: random.randrange(2**21) for v in layout.fields} for _ in range(200)]
    states = layout.states([layout.pack(each) for each in values])
    some = random.sample([*layout.fields], 2)
    for variable in layout.fields:
        assert layout.codes(states, variable).tolist() == [each[variable] for each in values]
        left = layout.codes(layout.only(states, some), variable).tolist()
        assert left == [each[variable] if variable in some else 0 for each in values]
    assert [layout.unpack(each) for each in layout.numbers(states)] == [[*each.values()] for each in values]
    assert layout.ones(states).tolist() == [each.bit_count() for each in layout.numbers(states)]
    assert len({*layout.hashes(states).tolist()}) == len({*layout.numbers(states)})


USE_A_TABLE = """
import numpy as np
from podproof.engines import state_sets
from podproof.language import number
from podproof.language.packing import Layout
state_sets.MANY = 0
met = state_sets.StateSet(Layout([number("n", 0, 9)]))
met.add(np.arange(3, dtype=np.uint64))
print(met.add(np.arange(5, dtype=np.uint64)).tolist(), met.table is not None)
"""


def used(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code + USE_A_TABLE],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, ROOTS))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_table_needs_no_place_to_write() -> None:
    """Where what is compiled cannot be kept, it is compiled again."""
    nowhere = "from numba.core import caching\ncaching.CacheImpl._locator_classes = []\n"
    assert used(nowhere) == "[3, 4] True"


def test_without_a_numba_that_fits_sets_are_runs() -> None:
    broken = "import sys; sys.modules['numba'] = type(sys)('numba')\nsys.modules['numba'].__spec__ = sys.__spec__\n"
    assert used(broken) == "[3, 4] False"


# Searches.


def shadowed(flat: FlatSystem, copies: int) -> FlatSystem:
    """With copies of every variable, each set to the same expression as it is, over the copies."""
    shadows = [{v: replace(v, name=f"{v.name} {copy}") for v in flat.variables} for copy in range(copies)]

    def of(expr: Expr[bool], names: dict[Variable[object], Variable[object]]) -> Expr[bool]:
        return rewrite(expr, lambda node: names.get(node) if isinstance(node, Variable) else None)

    def with_copies(variables: Sequence[Variable[object]]) -> tuple[Variable[object], ...]:
        return tuple(each for v in variables for each in (v, *(names[v] for names in shadows)))

    steps = [
        replace(
            step,
            updates={
                **step.updates,
                **{names[v]: of(value, names) for names in shadows for v, value in step.updates.items()},
            },
        )
        for step in flat.steps
    ]
    same = [(names[v].equals(v)) for v in flat.variables for names in shadows]
    return replace(
        flat,
        variables=with_copies(flat.variables),
        initial=conjunction(flat.initial, *same),
        steps=tuple(steps),
        replicas={kind: tuple(map(with_copies, elements)) for kind, elements in flat.replicas.items()},
    )


def searched(flat: FlatSystem, symmetric: bool, many: int, monkeypatch: pytest.MonkeyPatch) -> Search:
    monkeypatch.setattr(state_sets, "MANY", many)
    search = Search(StateSpace(flat, symmetric))
    search.run()
    assert (search._met.table is not None) == (many == 0)
    return search


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_random_systems_are_searched_alike(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Level by level, sorted or hashed; with copies of all variables the same numbers of states and steps."""
    made, _, brutes = random_system(seed)
    for size, brute in enumerate(brutes):
        flat = expand(made.system, {made.kind: size})
        for symmetric in (False, True):
            counts = []
            for copies in (0, 5):
                wide = shadowed(flat, copies)
                table, runs = (searched(wide, symmetric, many, monkeypatch) for many in (0, NEVER))
                layout = table.space.layout
                found, expected = ([layout.numbers(level) for level in each.levels] for each in (table, runs))
                assert found == expected
                assert table.transitions == runs.transitions
                counts.append(([*map(len, found)], table.transitions))
            assert counts[0] == counts[1]
            if not symmetric:
                depths = Counter(brute.depth.values())
                assert counts[0] == ([depths[depth] for depth in range(len(depths))], len(brute.steps))


@pytest.mark.parametrize("seed", range(0, 60, 6))
def test_verdicts_with_tables_are_right(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the same check as a user's claims, which looks at states, at steps and for runs: as by brute force."""
    monkeypatch.setattr(state_sets, "MANY", 0)
    made, formulas, brutes = random_system(seed)
    for size, brute in enumerate(brutes):
        for formula in formulas if size != 3 else formulas[:5]:
            for symmetric in (True, False):
                answer = check(made.system, formula, {made.kind: size}, symmetric=symmetric, cone=False)
                assert_same(answer, brute, formula)


def test_copies_make_states_wider() -> None:
    widths = set()
    for seed in range(0, 60, 3):
        made = RandomSystem(Random(seed))
        flat = expand(made.system, {made.kind: 3})
        widths |= {StateSpace(shadowed(flat, copies)).layout.words for copies in (0, 5)}
    assert widths >= {1, 2}


class Light(StrEnum):
    red = "red"
    green = "green"


def test_elements_wider_than_a_word_are_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three elements of three numbers of 30 bits and a light: up to symmetry, a state is a multiset of three."""
    crew = Kind("crew")
    light = state("light", Light, kind=crew, initial=Light.red)
    numbers = [number(f"n{place}", 0, 2**30 - 1, kind=crew, initial=(place, 2**29 + place)) for place in range(3)]
    switch = Event("switch", Actor("someone"))
    machine = Machine("lights", light, [Transition(trigger=switch, source="*", dest=Light.green)])
    flat = expand(System("wide", (machine,), frozen=tuple(numbers)), {crew: 3})
    for many in (0, NEVER):
        whole, parted = (searched(flat, symmetric, many, monkeypatch) for symmetric in (False, True))
        assert whole.space.layout.words > 3
        assert len(whole.visited) == (2 * 2**3) ** 3
        assert len(parted.visited) == comb(2 * 2**3 + 2, 3)


def test_elements_and_numbers_may_fill_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Kind("crew")
    light = state("light", Light, kind=crew, initial=Light.red)
    rank = number("rank", 0, 2**63 - 1, kind=crew, initial=(0, 2**62, 2**63 - 1))
    ends = number("ends", -(2**63), 2**63 - 1, initial=-1)
    switch = Event("switch", Actor("someone"))
    end = if_then_else(light.is_(Light.red), -(2**63), 2**63 - 1)
    arrow: Transition[Light] = Transition(trigger=switch, source="*", dest=Light.green, before=sets(ends, end))
    system = System("full", (Machine("lights", light, [arrow]),), frozen=(rank,))
    flat = expand(system, {crew: 2})
    brute = BruteForce(system, {crew: 2})
    numbers = set()
    for many in (0, NEVER):
        whole, parted = (searched(flat, symmetric, many, monkeypatch) for symmetric in (False, True))
        assert {field.width for field in whole.space.layout.fields.values()} == {1, 63, 64}
        assert (len(whole.visited), whole.transitions) == (len(brute.depth), len(brute.steps))
        numbers.add((len(parted.visited), parted.transitions))
        values = [whole.space.values(each) for each in whole.space.layout.numbers(whole.visited)]
        classes = {(each[ends], *sorted(zip(each[rank], each[light], strict=True))) for each in values}
        assert len(parted.visited) == len(classes) < len(whole.visited)
    assert len(numbers) == 1


def test_numbers_of_any_size_are_written_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side: one below zero, one beyond what a float tells apart, and a light; hashed as by brute force."""
    below, beyond = (
        number("below", -100, 0, initial=0, saturating=True),
        number("beyond", 0, 2**62, initial=0, saturating=True),
    )
    light = state("light", Light, initial=Light.red)
    on, off = Event("on", Actor("someone")), Event("off", Actor("someone"))
    machine = Machine(
        "lights",
        light,
        [
            Transition(trigger=on, source="*", dest=Light.green, before=sets(beyond, beyond + 2**57 + 1)),
            Transition(trigger=off, source="*", dest=Light.red, before=sets(below, below - 30)),
        ],
    )
    system = System("numbers", (machine,), frozen=())
    brute = BruteForce(system, {})
    found = searched(expand(system, {}), False, 0, monkeypatch)
    space = found.space
    values = [space.values(each) for each in space.layout.numbers(found.visited)]
    seen = {(each[below], each[beyond], each[light]) for each in values}
    assert len(seen) == len(brute.depth) == len(found.visited) > 200
    assert {each for _, each, _ in seen} == {min(step * (2**57 + 1), 2**62) for step in range(33)}


GOALS = (
    api_phase.is_(Phase.Failed),
    api_phase.is_(Phase.Succeeded),
    regular.all(run.is_(Run.running)),
    regular.all(run.is_(Run.backoff)) & api_phase.is_(Phase.Running),
)


@pytest.mark.parametrize("many", [pytest.param(1_000, id="table"), pytest.param(NEVER, id="runs")])
def test_the_pod_with_four_shadows(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 130 bits: as many states as without the shadows, and runs as short."""
    monkeypatch.setattr(state_sets, "MANY", many)
    flat = expand(POD, {regular: 2})
    narrow, wide = StateSpace(flat, False), StateSpace(shadowed(flat, 4), False)
    assert wide.layout.bits > 130 and wide.layout.words >= 3
    search = Search(wide)
    assert search.run() is None
    assert (len(search.visited), search.truncated, search.transitions) == (430_036, "", 3_963_662)
    for goal in GOALS:
        lengths = []
        for space in (narrow, wide):
            looking = Search(space)
            found = looking.run(space.truth(space.flat.flatten(goal)))
            assert found is not None
            lengths.append(len(looking.trace(*found)))
        assert lengths[0] == lengths[1] > 1
