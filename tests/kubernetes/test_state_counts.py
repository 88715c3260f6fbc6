"""How many states the Pod has: numbers that independent searches found, too.

Those of the Pod alone are what a search in C and the model checker Spin say; those with relative restart counts are
what firing events on running machines says (`fired_once`).
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

from tests.support.fired_once import FiredOnce

NEVER = 10**12


@pytest.mark.parametrize(
    ("containers", "inits", "states"),
    [(1, 0, 25_276), (2, 0, 427_172), (1, 1, 370_376), (2, 1, 5_486_624), (3, 0, 7_637_020)],
)
def test_distinct_states_of_the_pod(containers: int, inits: int, states: int) -> None:
    search = explore(POD, {regular: containers, init: inits}, symmetric=False)
    assert (len(search.visited), search.truncated) == (states, "")
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
STATES = 11_756_724


@pytest.mark.slow
@pytest.mark.parametrize("many", [pytest.param(0, id="table"), pytest.param(NEVER, id="runs")])
def test_all_states_with_relative_counts(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_sets, "MANY", many)
    assert sum(levels(POD_WITH_RELATIVE_COUNTS, WHOLE)) == STATES


@pytest.mark.slow
def test_all_states_with_relative_counts_found_again() -> None:
    assert FiredOnce(POD_WITH_RELATIVE_COUNTS, WHOLE).levels() == levels(POD_WITH_RELATIVE_COUNTS, WHOLE)
