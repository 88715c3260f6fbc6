"""pictures: the diagrams kept in the documentation, as text that GitHub draws."""

from __future__ import annotations

import os

from podproof.diagrams import snapshots
from podproof.diagrams.catalogue import find
from podproof.diagrams.machine import mermaid

KEPT = ("textbook-phase", "corrected-phase", "worker")


def pictures() -> dict[str, str]:
    """The text of every kept picture by its file name."""
    return {f"{name}.mmd": mermaid(find(name)) for name in KEPT}


def stale(directory: str | os.PathLike[str]) -> list[str]:
    """File names of pictures in `directory` that are missing or no longer what the machines give."""
    return snapshots.stale(pictures(), directory)


def write(directory: str | os.PathLike[str]) -> None:
    """Write every kept picture."""
    snapshots.write(pictures(), directory)
