"""How many states the Pod has: the numbers that an independent search in C and the model checker Spin found, too."""

from __future__ import annotations

import pytest
from podproof.engines.explicit import explore
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import init, regular


@pytest.mark.parametrize(
    ("containers", "inits", "states"),
    [(1, 0, 25_276), (2, 0, 427_172), (1, 1, 370_376), (2, 1, 5_486_624), (3, 0, 7_637_020)],
)
def test_distinct_states_of_the_pod(containers: int, inits: int, states: int) -> None:
    search = explore(POD, {regular: containers, init: inits}, symmetric=False)
    assert (len(search.visited), search.truncated) == (states, "")
    table = search._met.table
    assert table is None or table.entries.nbytes <= 24 * states
