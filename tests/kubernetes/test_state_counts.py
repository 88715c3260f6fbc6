"""How many states the Pod has: numbers that an independent search finds, too, which fires events on running machines
(`fired_once`); but for the two largest, for which it takes too long.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from podproof.engines import state_sets
from podproof.engines.explicit import explore
from podproof.kubernetes.pod import POD
from podproof.kubernetes.relative_counts import POD_WITH_RELATIVE_COUNTS
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    RestartPolicy,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
)
from podproof.kubernetes.vocabulary.states import finalizer
from podproof.language import Expr, System
from podproof.language.flat import Sizes

from tests.support import samples
from tests.support.fired_once import FiredOnce

NEVER = 10**12
FEW = 500_000 if samples.WHOLE else 100_000
"""So many states are found twice."""


@pytest.mark.parametrize(
    ("containers", "inits", "states"),
    [(1, 0, 25_468), (2, 0, 430_036), (1, 1, 377_216), (2, 1, 5_582_408), (3, 0, 7_603_084)],
)
def test_distinct_states_of_the_pod(containers: int, inits: int, states: int) -> None:
    sizes = {regular: containers, init: inits}
    search = explore(POD, sizes, symmetric=False)
    assert (len(search.visited), search.truncated) == (states, "")
    if states < FEW:
        assert FiredOnce(POD, sizes).levels() == [len(level) for level in search.levels]
    table = search._met.table
    assert table is None or table.entries.nbytes <= max(24 * states, 1 << 20)  # one of few states is half empty


def levels(system: System, sizes: Sizes) -> list[int]:
    """How many states are first reached in 0, 1, 2, ... steps."""
    search = explore(system, sizes, symmetric=False)
    assert search.truncated == ""
    return [len(level) for level in search.levels]


def restricted(*initially: Expr[bool]) -> System:
    system = POD_WITH_RELATIVE_COUNTS
    return replace(system, initially=(*system.initially, *initially))


UNSET = regular.all(own_policy.is_(ContainerPolicy.unset)) & init.all(init_policy.is_(ContainerPolicy.unset))


@pytest.mark.parametrize(
    ("sizes", "initially", "states"),
    [
        ({regular: 1, init: 0}, (policy.is_(RestartPolicy.OnFailure), UNSET, ~finalizer), 171_083),
        ({regular: 1, init: 1}, (policy.is_(RestartPolicy.Never), UNSET), 26_008),
    ],
    ids=["restarted on failure", "never restarted, with an init container"],
)
def test_some_states_with_relative_counts_found_twice(
    sizes: Sizes, initially: Iterable[Expr[bool]], states: int
) -> None:
    system = restricted(*initially)
    found = levels(system, sizes)
    assert (sum(found), found) == (states, FiredOnce(system, sizes).levels())


WHOLE: Sizes = {regular: 1, init: 0}
STATES = 11_431_368


@pytest.mark.slow
@pytest.mark.parametrize("many", [pytest.param(0, id="table"), pytest.param(NEVER, id="runs")])
def test_all_states_with_relative_counts(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_sets, "MANY", many)
    assert sum(levels(POD_WITH_RELATIVE_COUNTS, WHOLE)) == STATES


@pytest.mark.slow
def test_all_states_with_relative_counts_found_again() -> None:
    assert FiredOnce(POD_WITH_RELATIVE_COUNTS, WHOLE).levels() == levels(POD_WITH_RELATIVE_COUNTS, WHOLE)
