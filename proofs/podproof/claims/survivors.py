"""Mutants of the Pod that no claim notices, and why that is all right for now: `podproof teeth` shows the others.

docs/teeth.md is made from this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Survivors:
    """mutants: whose names these are, with * for any words; reason: why no claim notices them."""

    mutants: str
    reason: str


SURVIVORS: tuple[Survivors, ...] = ()


def reason(mutant: str) -> str:
    """Why the mutant may survive; nothing where no reason is declared."""
    return next((each.reason for each in SURVIVORS if fnmatchcase(mutant, each.mutants)), "")
