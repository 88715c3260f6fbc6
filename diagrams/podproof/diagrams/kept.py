"""Generated text that is kept in the documentation: is it fresh, and write it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def stale(texts: Mapping[str, str], directory: str | os.PathLike[str]) -> list[str]:
    """Names of files in `directory` that are missing or have another text."""
    return [name for name, text in texts.items() if _read(Path(directory, name)) != text]


def write(texts: Mapping[str, str], directory: str | os.PathLike[str]) -> None:
    """Write every file; an interrupted run leaves no half of one."""
    Path(directory).mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        unfinished = Path(directory, f".{name}.unfinished")
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(Path(directory, name))


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else None
