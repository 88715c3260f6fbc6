"""How far work has come: counted on a terminal while it goes on, and said after an interrupt."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import ClassVar, Self

from podproof.wording.counting import counted

SOON = 1.0
"""Seconds of work before progress is shown: what takes no longer needs none."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while something was counted; the message says how far it had come."""


class Progress:
    """Counts what is done of so many things, such as claims. shown: False where nobody reads along, as with JSON.

    Seen on a terminal only (standard error), and not in CI.
    """

    _all: ClassVar[list[Progress]] = []

    def __init__(self, total: int | None, thing: str, done: str, shown: bool = True) -> None:
        self.total, self.thing, self.what_is_done = total, thing, done
        self.count = 0
        self._shown = shown and in_sight()
        self._begun = time.monotonic()
        self._width = 0

    def __enter__(self) -> Self:
        self._all.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.hide()
        self._all.remove(self)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(str(self)) from None

    def __str__(self) -> str:
        number = counted(self.count, self.thing) if self.total is None else self._of(self.total)
        return f"{number} {self.what_is_done}"

    def _of(self, total: int) -> str:
        return f"{self.count:,} of {counted(total, self.thing)}"

    def at(self, count: int) -> None:
        """So many are done."""
        self.count = count
        if self._shown and time.monotonic() - self._begun > SOON:
            said = str(self)
            _put(f"\r{said:{self._width}}")
            self._width = len(said)

    def one_more(self) -> None:
        self.at(self.count + 1)

    def hide(self) -> None:
        """Before a line is written; the next count is seen again."""
        if self._width:
            _put(f"\r{'':{self._width}}\r")
            self._width = 0

    @classmethod
    def so_far(cls) -> str:
        """What is counted last, as far as it has come; nothing where nothing is counted."""
        return str(cls._all[-1]) if cls._all else ""


def in_sight() -> bool:
    """Whether somebody looks at a terminal that can go back to the beginning of a line."""
    watched = sys.stderr is not None and sys.stderr.isatty()
    return watched and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def _put(said: str) -> None:
    sys.stderr.write(said)
    sys.stderr.flush()
