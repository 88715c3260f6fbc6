"""Stored invariants: what a proof search found once, so that the next run only has to check it.

They are hints, not evidence: whatever the file says, a claim is TRUE only if the certificate made from it passes its
check against the declared machines. A stale or wrong entry costs time, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from podproof.language import Expr, System
from podproof.language.meanings.json import Unreadable, decode, encode

FILE = Path(__file__).with_name("invariants.json")
"""What ships. Hints: a wrong one costs time, and no more."""


@dataclass
class Hints:
    """What became of stored invariants, by their keys. used: proofs were made of them; stale: they do not fit the model
    any more, or prove nothing; anew: proofs that are not stored and were found by asking others, or by a search."""

    used: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)

    def add(self, other: Hints) -> None:
        self.used += other.used
        self.stale += other.stale
        self.anew += other.anew


class Store:
    """Clauses by claim and assumptions. `changed` once something was added."""

    def __init__(self, entries: Mapping[str, Any] | None = None) -> None:
        self.entries: dict[str, Any] = dict(entries or {})
        self.changed = False

    @classmethod
    def shipped(cls) -> Store:
        """What came with the package; empty where the file is missing or damaged."""
        try:
            loaded = json.loads(FILE.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        return cls(loaded if isinstance(loaded, dict) else {})

    @staticmethod
    def key(claim: str, assumptions: Sequence[Any]) -> str:
        return " ".join([claim, *sorted(map(str, assumptions))])

    def get(self, key: str, system: System) -> list[Expr[bool]] | None:
        found = self.entries.get(key)
        if not isinstance(found, list):
            return None
        try:
            return decode(found, system)
        except Unreadable:
            return None

    def put(self, key: str, clauses: Sequence[Expr[bool]]) -> None:
        self.entries[key] = encode(clauses)
        self.changed = True

    def write(self, path: Path) -> None:
        """One clause a line, sorted by claim, so that a diff shows what changed."""
        lines = []
        for key in sorted(self.entries):
            clauses = ",\n  ".join(json.dumps(clause) for clause in self.entries[key])
            lines.append(f"{json.dumps(key)}: [\n  {clauses}\n]")
        temporary = path.with_suffix(".new")
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        temporary.replace(path)
