"""Numbers of things in words: `1 step`, `2 steps`, `25,276 states`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")

HISSING = ("s", "x", "z", "ch", "sh")
VOWELS = "aeiou"


def counted(number: int, what: str) -> str:
    """So many of what is called `what` where there is one of it.

    >>> counted(1, "init container"), counted(1200, "process"), counted(0, "entry")
    ('1 init container', '1,200 processes', '0 entries')
    """
    return f"{number:,} {what if number == 1 else plural(what)}"


def plural(what: str) -> str:
    """By the regular rules of English."""
    if what.endswith(HISSING):
        return f"{what}es"
    if what.endswith("y") and what[-2:-1] not in VOWELS:
        return f"{what[:-1]}ies"
    return f"{what}s"


def sized(sizes: Mapping[K, int], between: str = ", ") -> str:
    """How many elements of each kind; empty where there are no kinds."""
    return between.join(counted(size, str(kind)) for kind, size in sizes.items())
