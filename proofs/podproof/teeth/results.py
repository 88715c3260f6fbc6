"""What became of a changed model: whether a claim noticed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MutantStatus(StrEnum):
    killed = "killed"
    survived = "survived"
    equivalent = "equivalent"


@dataclass(frozen=True)
class MutantResult:
    """What became of a mutant; by: what killed it."""

    mutant: str
    machine: str
    was: str
    status: MutantStatus
    by: str = ""
