"""What became of a changed model: whether a claim noticed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    killed = "killed"
    survived = "survived"
    equivalent = "equivalent"


@dataclass(frozen=True)
class Sentence:
    """What became of a mutant; by: what killed it."""

    mutant: str
    machine: str
    was: str
    fate: Fate
    by: str = ""
