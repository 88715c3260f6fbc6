"""Expressions as JSON, and back: invariants are kept in files, and certificates carry them.

What is read back are expressions over the variables of a system at hand; what does not fit it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from podproof.language.meanings.interpretation import Interpretation, register
from podproof.language.wellformed import meaningful

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
                *([] if node.scope is Scope.every else [str(node.scope)]),
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
            case ["first" | "last" as word, str(kind), where, value, default, *among] if kind in self.kinds:
                chosen = self.read(where), self.read(value), self.read(default)
                if among in ([], *([str(scope)] for scope in Scope if scope is not Scope.every)):
                    return picked(self.kinds[kind], *chosen, word == "last", *map(Scope, among))
        raise Unreadable(f"not a clause over this model: {json.dumps(form)[:80]}")

    @staticmethod
    def _contains(body: Expr[Any], members: Sequence[Any]) -> Expr[bool]:
        if isinstance(body.domain, Integers):
            return contains(body, members)
        known = {str(value): value for value in body.domain.values}
        if not all(isinstance(member, str) and member in known for member in members):
            raise Unreadable(f"{json.dumps(members)} are not values of ({body})")
        return contains(body, [known[member] for member in members])
