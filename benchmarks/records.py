"""How many recorded phases a second the rules decide, and what share of a whole comparison that is.

    python benchmarks/records.py FILE.jsonl.gz     (a corpus of getPhase, such as tests/data/corpus/phase.jsonl.gz)

Decoded records are decided five times over; the fastest round counts, because everything else on the machine only adds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from podproof.conform import phases
from podproof.conform.corpus import lines
from podproof.kubernetes.rules import phase
from podproof.language.meanings.python import evaluate

ROUNDS = 5


def main(file: str) -> None:
    start = time.perf_counter()
    records = list(lines(Path(file)))
    parsed = time.perf_counter()
    decoded = [phases.values_of(True, record["input"]) for record in records]
    ready = time.perf_counter()
    evaluate(phase.recorded.value, *decoded[0])  # compiled once
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for values, sizes in decoded:
            evaluate(phase.recorded.value, values, sizes)
        rounds.append(time.perf_counter() - begin)
    decide = min(rounds)
    whole = (ready - start) + decide
    print(f"{len(records):,} records, {len(records) / decide:,.0f} decided a second")
    shares = {"parsing": parsed - start, "decoding": ready - parsed, "deciding": decide}
    print(", ".join(f"{name} {seconds / whole:.0%}" for name, seconds in shares.items()))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
