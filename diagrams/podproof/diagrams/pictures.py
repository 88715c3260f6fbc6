"""pictures: the diagrams kept in the documentation, as text that GitHub draws."""

from __future__ import annotations

import os
from pathlib import Path

from podproof.diagrams.catalogue import find
from podproof.diagrams.machine import mermaid

KEPT = ("textbook-phase", "corrected-phase", "worker")


def pictures() -> dict[str, str]:
    """The text of every kept picture by its file name."""
    return {f"{name}.mmd": mermaid(find(name)) for name in KEPT}


def stale(directory: str | os.PathLike[str]) -> list[str]:
    """File names of pictures in `directory` that are missing or no longer what the machines give."""
    return [name for name, text in pictures().items() if _read(Path(directory, name)) != text]


def write(directory: str | os.PathLike[str]) -> None:
    """Write every kept picture; an interrupted run leaves no half of one."""
    Path(directory).mkdir(parents=True, exist_ok=True)
    for name, text in pictures().items():
        unfinished = Path(directory, f".{name}.unfinished")
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(Path(directory, name))


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else None
