"""How much of what could be tried is tried: a sample in `make test`, more of it, or all, in `make slow`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MORE = int(os.environ.get("PODPROOF_MORE", "1"))
"""So many times as many random systems as in `make test`. Their seeds are numbers from zero on: the same ones in every
run, and those of `make test` are among those of `make slow`."""

WHOLE = MORE > 1
"""What can be gone through as a whole is."""


def spread(items: Sequence[T], number: int) -> Sequence[T]:
    """About so many of them, from all over; all of them in `make slow`."""
    return items if WHOLE else items[:: max(1, -(-len(items) // number))]
