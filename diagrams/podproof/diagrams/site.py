"""site: the pages that MkDocs makes a site of; every claim has one of its own there, and pictures are SVG.

python -m podproof.diagrams.site FOLDER writes them. Nothing in them is loaded from anywhere else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path

from podproof.diagrams import snapshots
from podproof.diagrams.editions import Site
from podproof.diagrams.pages import pages


def write(directory: str | os.PathLike[str], docs: str | os.PathLike[str]) -> None:
    """Write every page, and what in `docs` is written by hand."""
    texts = pages(Site)
    snapshots.write({**by_hand(docs, texts), **texts}, directory)


def by_hand(docs: str | os.PathLike[str], generated: Collection[str]) -> dict[str, str]:
    """The other texts in `docs` by file name, but for folders in which every page is generated."""
    folders = {Path(name).parent for name in generated if "/" in name}
    files = {path.relative_to(docs): path for path in sorted(Path(docs).rglob("*")) if path.is_file()}
    others = {name.as_posix(): path for name, path in files.items() if name.parent not in folders}
    return {name: path.read_text(encoding="utf-8") for name, path in others.items() if name not in generated}


if __name__ == "__main__":
    (folder,) = sys.argv[1:]
    write(folder, "docs")
