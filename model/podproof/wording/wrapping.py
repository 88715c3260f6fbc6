"""How wide text is: as wide as the terminal that a verb writes to, elsewhere `WIDTH`.

The width belongs to where the text is shown, not to what it says, so it is not handed from function to function.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WIDTH = 100
"""Columns of text that is not written to a terminal."""

LEAST = 40
"""Narrower text cannot be read, and is not made."""

_columns: ContextVar[int] = ContextVar("columns", default=WIDTH)


def width() -> int:
    """How many columns a line of text has here."""
    return _columns.get()


@contextmanager
def within(columns: int | None) -> Iterator[None]:
    """Text made inside is so wide, but no wider than `WIDTH`. None: as before."""
    token = _columns.set(width() if columns is None else max(LEAST, min(columns, WIDTH)))
    try:
        yield
    finally:
        _columns.reset(token)


def wrapped(said: str, indent: str = "", further: str | None = None) -> list[str]:
    """Lines of text; those after the first begin with `further`, where that is another indent."""
    inner = indent if further is None else further
    return textwrap.wrap(said, width(), initial_indent=indent, subsequent_indent=inner, break_on_hyphens=False)
