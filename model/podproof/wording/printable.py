"""Text from elsewhere, as lines of output show it."""

from __future__ import annotations


def on_one_line(text: str) -> str:
    """`text` with whatever does not print escaped, so that it can neither break nor colour a line of output."""
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
