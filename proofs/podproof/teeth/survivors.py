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


SURVIVORS: tuple[Survivors, ...] = (
    Survivors(
        "object: delete the object (1): never taken",
        "Where this leads, a deletion by anybody else leads as well: the Pod has ended, so it is held at once.",
    ),
    Survivors(
        "object: podgc: delete ([12]): never taken",
        "Where this leads, a deletion by anybody else leads as well: the Pod has ended, so nobody waits.",
    ),
    Survivors(
        "object: podgc: delete (2): condition 2 negated",
        "Then podgc deletes no Pod without finalizers, and where that leads, a deletion by anybody else leads as well.",
    ),
    Survivors(
        "object: drop the finalizers (2): never taken",
        "No claim speaks of this yet: that finalizers can be removed before the Pod is deleted.",
    ),
    Survivors(
        "worker: see a terminal phase: never taken",
        "Where this leads, `find all containers done` leads as well: a sync computes the phase that the API shows.",
    ),
    Survivors(
        "worker: see the deletion (2): never taken",
        "It matters only to a Pod that is killed for another reason first; where this leads, a deletion that is seen "
        "before that reason leads as well.",
    ),
    Survivors(
        "init container: restart init (2): never taken",
        "Then what comes after the sidecar is started first, and the sidecar after it: the same, in another order.",
    ),
    Survivors(
        "container: end: exit set to the other branch",
        "No other step and no claim names the exit code of this event: exchanging both exchanges only their names.",
    ),
)


def reason(mutant: str) -> str:
    """Why the mutant may survive; nothing where no reason is declared."""
    return next((each.reason for each in SURVIVORS if fnmatchcase(mutant, each.mutants)), "")
