"""Extends the sample of each corpus: for a mistake in a rule that no record of it shows, the first one that does.

    PODPROOF_CORPUS=DIRECTORY python -m tests.support.sampling

reads the whole corpora and adds to tests/data/corpus. Run again, it adds nothing.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable

from podproof.conform.corpus import Corpus, Json, lines

from tests.support.corpora import SAMPLES, WHOLE, sample
from tests.support.derived import READS, corpora, is_derived, records_of_samples
from tests.support.mistakes import Asked, Record, Wrong, asked, recorded


def showing(corpus: Corpus, records: list[Json], unseen: dict[Asked, list[Wrong]]) -> Iterable[Json]:
    """Records that show mistakes which were unseen so far; what is seen is taken away."""
    asking = {one.expr: one for one in unseen}
    found = list(recorded(corpus, records))
    chosen: dict[Record, None] = {}
    for one in asked(found, READS, asking):
        states, before = list(one.states.values()), asking[one.expr]
        left = []
        for what, wrong in unseen[before]:
            record = one.seen_by(wrong, states)
            if record is None:
                left.append((what, wrong))
            else:
                chosen[record] = None
        unseen[before] = left
    return [record for record, made in zip(records, found, strict=True) if made in chosen]


def extended() -> None:
    among = [one for one in asked(records_of_samples(), READS) if is_derived(one.expr)]
    unseen = {one: one.unseen(one.mistakes()) for one in among}
    for corpus in corpora():
        name = f"{corpus.name}.jsonl.gz"
        more = list(showing(corpus, list(lines(WHOLE / name)), unseen))
        print(corpus.name, len(sample(corpus.name)), "records and", len(more), "more", flush=True)
        if more:
            text = "".join(
                json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n"
                for record in (*sample(corpus.name), *more)
            )
            (SAMPLES / name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    extended()
