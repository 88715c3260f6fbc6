"""Recorded inputs and outputs for tests: a sample of each corpus, and the whole ones where they are at hand."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from podproof.conform.corpus import Json, lines

SAMPLES = Path(__file__).parent / "data" / "corpus"
"""About 400 records of each corpus, evenly spread over all of them; and those that `sampling` adds."""

WHOLE = Path(os.environ.get("PODPROOF_CORPUS", Path(__file__).parent.parent.parent / "shared" / "corpus"))


@cache
def sample(name: str) -> tuple[Json, ...]:
    return tuple(lines(SAMPLES / f"{name}.jsonl.gz"))
