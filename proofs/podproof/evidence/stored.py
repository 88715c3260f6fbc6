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

from podproof.language import DeclarationError, Expr, Scope, System, conjunction, disjunction, if_then_else
from podproof.language.domains import Enumeration, Integers
from podproof.language.expressions import (
    And,
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Count,
    Eq,
    ForAll,
    In,
    Ite,
    Named,
    Not,
    Operation,
    Or,
    Parameter,
    Pick,
    Variable,
    arithmetic,
    boolean,
    compare,
    constant,
    contains,
    counted,
    equal,
    negation,
    picked,
    quantified,
)
from podproof.language.interpretations import Interpretation, register
from podproof.language.wellformed import meaningful

FILE = "invariants.json"

JSON: Interpretation[Any] = register(
    Interpretation(
        "json",
        {
            Const: lambda _, node: node.value if isinstance(node.value, bool | int) else _member(node.value),
            Variable: lambda _, node: ["variable", node.name],
            Parameter: lambda _, node: ["parameter", node.name],
            Not: lambda _, node, body: ["not", body],
            And: lambda _, node, *parts: ["and", *parts],
            Or: lambda _, node, *parts: ["or", *parts],
            In: lambda _, node, body: ["in", body, list(node.members)],
            Eq: lambda _, node, left, right: ["=", left, right],
            Compare: lambda _, node, left, right: [str(node.operator), left, right],
            Arithmetic: lambda _, node, left, right: [str(node.operator), left, right],
            Ite: lambda _, node, condition, then, otherwise: ["if", condition, then, otherwise],
            ForAll: lambda _, node, body: ["all", node.kind.name, str(node.scope), body],
            Count: lambda _, node, body: ["count", node.kind.name, str(node.scope), body],
            Pick: lambda _, node, where, value, default: [
                "last" if node.last else "first",
                node.kind.name,
                where,
                value,
                default,
            ],
            Named: lambda _, node, body: body,
        },
    )
)


def _member(value: Any) -> list[str]:
    """A member of an enumeration: two may have members that read the same."""
    return ["value", type(value).__name__, str(value)]


def encode(clauses: Sequence[Expr[bool]]) -> list[Any]:
    """Clauses as JSON."""
    return [JSON.fold(clause) for clause in clauses]


class Unreadable(ValueError):
    """A stored clause that does not fit the system any more."""


def decode(stored: Sequence[Any], system: System) -> list[Expr[bool]]:
    """The clauses over the system's variables. Raises Unreadable where the model has changed since."""
    reader = _Reader(system)
    try:
        clauses = [reader.read(clause) for clause in stored]
        for clause in clauses:
            boolean(clause, "a clause")
            meaningful(clause, "a clause")
    except (DeclarationError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    return clauses


class _Reader:
    """Reads expressions with the names that a system gives to its variables, kinds and values."""

    def __init__(self, system: System) -> None:
        self.variables = {variable.name: variable for variable in system.variables}
        self.kinds = {kind.name: kind for kind in system.all_kinds}
        domains = [variable.domain for variable in system.variables]
        self.members = {
            (domain.members.__name__, str(value)): value
            for domain in domains
            if isinstance(domain, Enumeration)
            for value in domain.values
        }

    def read(self, form: Any) -> Expr[Any]:
        match form:
            case bool() | int():
                return constant(form)
            case ["value", str(enumeration), str(value)] if (enumeration, value) in self.members:
                return constant(self.members[enumeration, value])
            case ["variable", str(name)] if name in self.variables:
                return self.variables[name]
            case ["not", part]:
                return negation(self.read(part))
            case ["and", *parts]:
                return conjunction(*map(self.read, parts))
            case ["or", *parts]:
                return disjunction(*map(self.read, parts))
            case ["in", part, [*members]]:
                return self._contains(self.read(part), members)
            case ["=", left, right]:
                return equal(self.read(left), self.read(right))
            case [str(sign), left, right] if sign in list(Comparison):
                return compare(Comparison(sign), self.read(left), self.read(right))
            case [str(sign), left, right] if sign in list(Operation):
                return arithmetic(Operation(sign), self.read(left), self.read(right))
            case ["if", condition, then, otherwise]:
                return if_then_else(self.read(condition), self.read(then), self.read(otherwise))
            case ["all" | "count" as word, str(kind), str(scope), part] if kind in self.kinds and scope in list(Scope):
                quantifier = quantified if word == "all" else counted
                return quantifier(self.kinds[kind], self.read(part), Scope(scope))
            case ["first" | "last" as word, str(kind), where, value, default] if kind in self.kinds:
                chosen = self.read(where), self.read(value), self.read(default)
                return picked(self.kinds[kind], *chosen, word == "last")
        raise Unreadable(f"not a clause over this model: {json.dumps(form)[:80]}")

    @staticmethod
    def _contains(body: Expr[Any], members: Sequence[Any]) -> Expr[bool]:
        if isinstance(body.domain, Integers):
            return contains(body, members)
        known = {str(value): value for value in body.domain.values}
        if not all(isinstance(member, str) and member in known for member in members):
            raise Unreadable(f"{json.dumps(members)} are not values of ({body})")
        return contains(body, [known[member] for member in members])


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
