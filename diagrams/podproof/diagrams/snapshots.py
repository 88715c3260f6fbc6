"""Generated text that is kept in the documentation: is it fresh, and write it again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def stale(texts: Mapping[str, str], directory: str | os.PathLike[str]) -> list[str]:
    """Names of files in `directory` that are missing or have another text, and of pages that should not be there."""
    changed = [name for name, text in texts.items() if _read(Path(directory, name)) != text]
    return changed + [path.relative_to(directory).as_posix() for path in _left_over(texts, Path(directory))]


def write(texts: Mapping[str, str], directory: str | os.PathLike[str]) -> None:
    """Write every file, and remove what is left over; an interrupted run leaves no half of one."""
    for name, text in texts.items():
        path = Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    for path in _left_over(texts, Path(directory)):
        path.unlink()


def _left_over(texts: Mapping[str, str], directory: Path) -> list[Path]:
    """Pages of what there is no longer: in the folders in which every page is generated."""
    folders = sorted({Path(directory, name).parent for name in texts if "/" in name})
    return [page for folder in folders for page in sorted(folder.glob("*.md")) if page not in _paths(texts, directory)]


def _paths(texts: Mapping[str, str], directory: Path) -> set[Path]:
    return {Path(directory, name) for name in texts}


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else None
