"""How many states of the Pod a second the explicit engine explores: one size after another, no claim.

    python benchmarks/states.py

The ratio to the slowest size says more than the figures, which depend on the machine.
"""

from __future__ import annotations

import time

from podproof.engines.explicit import Search, StateSpace
from podproof.evidence.verdicts import Limits
from podproof.language.flat import expand
from podproof.pod.assumptions import no_container_policies
from podproof.pod.pod import POD
from podproof.pod.spec import init, regular

SIZES = ((1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1))


def main() -> None:
    rates = {}
    for containers, inits in SIZES:
        system = POD.under(no_container_policies)
        space = StateSpace(expand(system, {regular: containers, init: inits}), symmetric=True)
        search = Search(space, Limits(seconds=600.0, states=100_000_000))
        begin = time.perf_counter()
        search.run()
        seconds = time.perf_counter() - begin
        rates[containers, inits] = len(search.visited) / seconds, len(search.visited), seconds
    slowest = min(rate for rate, _, _ in rates.values())
    for (containers, inits), (rate, states, seconds) in rates.items():
        shape = f"{containers} containers, {inits} init"
        print(f"{shape:24} {states:10,} states {seconds:7.2f} s {rate:12,.0f} a second {rate / slowest:6.1f}x")


if __name__ == "__main__":
    main()
