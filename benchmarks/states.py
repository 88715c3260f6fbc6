"""How many states of the Pod a second the explicit engine explores, without a claim: each size with and without
symmetry, sorted and hashed.

    python benchmarks/states.py

CPU seconds of one run: their ratios say more than the figures, which depend on the machine.
"""

from __future__ import annotations

import time

from podproof.engines import state_sets
from podproof.engines.explicit import Search
from podproof.engines.state_space import StateSpace
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language.flat import expand, specialised
from podproof.properties.limits import Limits

SIZES = ((2, 0), (1, 1), (2, 1), (3, 0))
MOST = 100_000_000


def main() -> None:
    for containers, inits in SIZES:
        flat = specialised(expand(POD, {regular: containers, init: inits}))
        for symmetric in (False, True):
            space = StateSpace(flat, symmetric)
            _seconds(space, state_sets.MANY)  # what is compiled is compiled before
            (states, hashed), (_, runs) = (_seconds(space, many) for many in (state_sets.MANY, MOST))
            shape = f"{containers} containers, {inits} init{', up to symmetry' if symmetric else ''}"
            rates = f"{states / runs:10,.0f} sorted {states / hashed:10,.0f} hashed"
            print(f"{shape:38} {states:10,} states {rates} a second {runs / hashed:6.1f}x")


def _seconds(space: StateSpace, many: int) -> tuple[int, float]:
    """The number of states, and CPU seconds, with hash tables from so many states on."""
    kept, state_sets.MANY = state_sets.MANY, many
    search = Search(space, Limits(seconds=600.0, states=MOST))
    begin = time.process_time()
    search.run()
    state_sets.MANY = kept
    return sum(map(len, search.levels)), time.process_time() - begin


if __name__ == "__main__":
    main()
