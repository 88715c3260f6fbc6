"""markdown: pieces of pages that read well as text, on GitHub, and as a site."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 110


def page(*blocks: str | Iterable[str]) -> str:
    """Blocks with an empty line between them; empty blocks are left out."""
    texts = ("\n".join([block] if isinstance(block, str) else block).strip("\n") for block in blocks)
    return "\n\n".join(filter(None, texts)) + "\n"


def paragraph(text: str) -> str:
    return "\n".join(textwrap.wrap(text.strip(), WIDTH))


def item(text: str) -> str:
    """One of a list."""
    lines = textwrap.wrap(text.strip(), WIDTH, initial_indent="* ", subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines)


def hanging(text: str) -> str:
    """A line of code, which browsers do not wrap; what goes on in further lines stands further in."""
    return "\n".join(textwrap.wrap(text.strip(), WIDTH, subsequent_indent="    ", break_on_hyphens=False))


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    return "\n".join(_row(cells) for cells in _cells(header, rows))


def _cells(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield header
    yield ["---"] * len(header)
    yield from rows


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def code(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def folded(summary: str, content: str) -> str:
    """Closed until somebody opens it."""
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def quoted(name: str) -> str:
    return f"`{name}`"


def plain(text: str) -> str:
    """Words of a cell or a sentence: what would be markup is not."""
    for character in "\\`*_[]<>":
        text = text.replace(character, "\\" + character)
    return text
