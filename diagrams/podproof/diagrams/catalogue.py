"""catalogue: what can be drawn by name."""

from __future__ import annotations

from typing import Any

from podproof.kubernetes.machines.phase_machines import corrected, textbook
from podproof.kubernetes.pod import POD
from podproof.language import Machine
from podproof.wording.near import nearest


class UnknownName(LookupError):
    """There is no picture of that name; the message lists the names."""


def slug(name: str) -> str:
    """A name as it is typed: `api phase` is `api-phase`."""
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())


def machines() -> dict[str, Machine[Any]]:
    """Every shipped machine by its slug: those of the Pod, and the two abstract ones over the phase."""
    return {slug(machine.name): machine for machine in (*POD.machines, textbook, corrected)}


def find(name: str) -> Machine[Any]:
    """The machine of that name, written with spaces or dashes. Raises UnknownName."""
    known = machines()
    if slug(name) in known:
        return known[slug(name)]
    near = nearest(slug(name), known)
    guess = f" (did you mean {near}?)" if near else ""
    raise UnknownName(f"there is no machine {name!r}{guess}; the machines are {', '.join(known)}")
