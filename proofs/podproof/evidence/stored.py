"""Stored invariants: what a proof search found once, so that the next run only has to check it.

They are hints, not evidence: whatever the file says, a claim is TRUE only if the certificate made from it passes its
check against the declared machines. A stale or wrong entry costs time, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from podproof.language import Expr, Kind, Scope, System, Variable, conjunction, disjunction
from podproof.language.expressions import (
    And,
    Arithmetic,
    Compare,
    Const,
    Count,
    Eq,
    ForAll,
    In,
    Ite,
    Named,
    Not,
    Or,
    Parameter,
    Pick,
    constant,
)
from podproof.language.interpretations import Interpretation, register

FILE = "invariants.json"

JSON: Interpretation[Any] = register(
    Interpretation(
        "json",
        {
            Const: lambda _, node: node.value,
            Variable: lambda _, node: ["variable", node.name],
            Not: lambda _, node, body: ["not", body],
            And: lambda _, node, *parts: ["and", *parts],
            Or: lambda _, node, *parts: ["or", *parts],
            In: lambda _, node, body: ["in", body, list(node.members)],
            ForAll: lambda _, node, body: ["all", node.kind.name, str(node.scope), body],
            Named: lambda _, node, body: body,
        },
        without=frozenset({Parameter, Eq, Compare, Arithmetic, Ite, Count, Pick}),
    )
)


def encode(clauses: Sequence[Expr[bool]]) -> list[Any]:
    """Clauses as JSON. Raises UnsupportedError for numbers, which clauses found by presence do not have."""
    return [JSON.fold(clause) for clause in clauses]


class Unreadable(ValueError):
    """A stored clause that does not fit the system any more."""


def decode(stored: Sequence[Any], system: System) -> list[Expr[bool]]:
    """The clauses over the system's variables. Raises Unreadable where the model has changed since."""
    variables = {v.name: v for v in system.variables}
    kinds = {kind.name: kind for kind in system.kinds}
    return [_decoded(clause, variables, kinds) for clause in stored]


def _decoded(form: Any, variables: Mapping[str, Variable[Any]], kinds: Mapping[str, Kind]) -> Expr[Any]:
    def inner(part: Any) -> Expr[Any]:
        return _decoded(part, variables, kinds)

    match form:
        case bool():
            return constant(form)
        case ["variable", str(name)] if name in variables:
            return variables[name]
        case ["not", part]:
            return ~inner(part)
        case ["and", *parts]:
            return conjunction(*map(inner, parts))
        case ["or", *parts]:
            return disjunction(*map(inner, parts))
        case ["in", part, [*members]]:
            body = inner(part)
            known = {value: value for value in body.domain.values}
            if not set(members) <= set(known):
                raise Unreadable(f"{members} are not values of ({body})")
            return body.is_(*(known[member] for member in members))
        case ["all", str(kind), str(scope), part] if kind in kinds and scope in Scope.__members__:
            return kinds[kind].all(inner(part), Scope(scope))
    raise Unreadable(f"not a clause over this model: {json.dumps(form)[:80]}")


class Store:
    """Clauses by claim and assumptions. `changed` once something was added."""

    def __init__(self, entries: Mapping[str, Any] | None = None) -> None:
        self.entries: dict[str, Any] = dict(entries or {})
        self.changed = False

    @classmethod
    def shipped(cls) -> Store:
        """What came with the package; empty where the file is missing or damaged."""
        try:
            text = resources.files("podproof.claims").joinpath(FILE).read_text(encoding="utf-8")
            loaded = json.loads(text)
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
