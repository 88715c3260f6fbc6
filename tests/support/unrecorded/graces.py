"""Grace periods that were not recorded: read from the source of the functions that the corpora name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Case = tuple[str, Any, Any]
"""Corpus, input and output."""


def _effective() -> Iterator[Case]:
    """calculateEffectiveGracePeriod: what was granted so far, and who asks; what is granted, and if it changed."""
    for before, deletion, override, own, grace, changed in (
        (0, None, None, None, 1, False),
        (0, None, None, 7, 7, False),
        (0, 9, None, 7, 9, False),
        (0, 0, 5, 7, 5, False),
        (0, 0, None, 7, 1, False),
        (4, None, None, 7, 4, False),
        (4, 3, 2, 7, 2, True),
        (1, 0, None, 7, 1, False),
    ):
        given = {
            "currentGracePeriodSeconds": before,
            "deletionGracePeriodSeconds": deletion,
            "override": override,
            "terminationGracePeriodSeconds": own,
        }
        yield "effective_grace", given, {"gracePeriodSeconds": grace, "changed": changed}


CASES = [*_effective()]
