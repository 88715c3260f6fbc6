"""The terminal that a verb writes to: its width, and whether it wants colours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator

import click
from podproof.wording.wrapping import within, wrapped


def columns() -> int | None:
    """The terminal's width, or what COLUMNS says of it; None where text goes elsewhere, such as into a file."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and 0 < len(said) < 6:
        return int(said) or None
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except (OSError, ValueError):  # no file at all
        return None


def fit() -> int | None:
    """From here to the end of the verb, text is as wide as the terminal. Returns `columns`."""
    found = columns()
    click.get_current_context().with_resource(within(found))
    return found


def colours() -> bool | None:
    """False where somebody wants none (no-color.org); None: where a terminal is."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None


def fitted(said: str, indent: str = "", further: str | None = None) -> list[str]:
    """Wrapped for a terminal; elsewhere one line, whatever its length, for programs that read lines."""
    return [f"{indent}{said}"] if columns() is None else wrapped(said, indent, further)


def table(rows: Iterable[tuple[str, str]], room: int) -> Iterator[str]:
    """Names and what they mean, in two columns; in a terminal the second is wrapped, or below where both do not fit.

    room: columns of the first.
    """
    found = columns()
    for name, meaning in rows:
        if found is None:
            yield f"{name:{room}} {meaning}"
        elif found < 2 * room:
            yield name
            yield from wrapped(meaning, "    ")
        else:
            yield from wrapped(f"{name:{room}} {meaning}", further=" " * (room + 1))
