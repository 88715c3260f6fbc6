"""Recorded inputs and outputs for tests: a sample of each corpus, and the whole ones where they are at hand."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from podproof.conform.corpus import Json, lines

from tests.support.places import DATA, ROOT

SAMPLES = DATA / "corpus"
"""About 400 records of each corpus, evenly spread over all of them; and those that `sampling` adds."""

WHOLE = Path(os.environ.get("PODPROOF_CORPUS", ROOT.parent / "shared" / "corpus"))


@cache
def sample(name: str) -> tuple[Json, ...]:
    return tuple(lines(SAMPLES / f"{name}.jsonl.gz"))
