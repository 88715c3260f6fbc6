"""Text: an expression as a reader of a diagram, a certificate or an error message wants it."""

from __future__ import annotations

from typing import Any

from podproof.language.expressions import (
    FALSE,
    And,
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Count,
    Eq,
    Expr,
    ForAll,
    In,
    Ite,
    Kind,
    Named,
    Not,
    Or,
    Parameter,
    Pick,
    Scope,
    Variable,
)
from podproof.language.meanings.interpretation import Interpretation, register

Phrase = tuple[str, int]
"""Words, and how tightly they bind: a phrase inside a tighter one gets parentheses."""

LOOSE, OR, AND, ATOM = 0, 1, 2, 3


def text(expr: Expr[Any]) -> str:
    return TEXT.fold(expr)[0]


def value_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _within(phrase: Phrase, binding: int) -> str:
    words, own = phrase
    return words if own >= binding else f"({words})"


def _not(_: Any, node: Not, body: Phrase) -> Phrase:
    inner = node.body
    if isinstance(inner, In):
        return (
            f"{_within(TEXT.fold(inner.body), ATOM)} is not {' or '.join(map(value_text, inner.members))}",
            ATOM,
        )
    if isinstance(inner, Named) and inner.values:
        return (f"{inner.name} is not {' or '.join(map(value_text, inner.values))}", ATOM)
    if isinstance(inner, ForAll) and inner.scope is Scope.every:
        if inner.body is FALSE:
            return (f"there is some {inner.kind}", ATOM)
        if isinstance(inner.body, Not):
            return (f"some {inner.kind}: {TEXT.fold(inner.body.body)[0]}", LOOSE)
        return (f"not every {inner.kind}: {TEXT.fold(inner.body)[0]}", LOOSE)
    return (f"not {_within(body, ATOM)}", ATOM)


def _for_all(_: Any, node: ForAll, body: Phrase) -> Phrase:
    if node.body is FALSE:
        return (f"there is no {_among(node.scope, node.kind)}", ATOM)
    if isinstance(node.body, Not):
        inner = TEXT.fold(node.body.body)[0]
        return (f"no {_among(node.scope, node.kind)}: {inner}", LOOSE)
    return (f"every {_among(node.scope, node.kind)}: {body[0]}", LOOSE)


def _among(scope: Scope, kind: Kind) -> str:
    relative = {Scope.every: "", Scope.others: "other ", Scope.earlier: "earlier ", Scope.later: "later "}
    return f"{relative[scope]}{kind}"


def _pick(_: Any, node: Pick[Any], where: Phrase, value: Phrase, default: Phrase) -> Phrase:
    which = "last" if node.last else "first"
    return (
        f"{value[0]} of the {which} {_among(node.scope, node.kind)} with {_within(where, ATOM)}, else {default[0]}",
        LOOSE,
    )


def _ite(_: Any, node: Ite[Any], condition: Phrase, then: Phrase, otherwise: Phrase) -> Phrase:
    if isinstance(node.condition, Compare) and node.condition.operator is Comparison.at_most:
        ends = (node.condition.left, node.condition.right)
        if _are(ends, (node.then, node.otherwise)):
            return f"min({then[0]}, {otherwise[0]})", ATOM
        if _are(ends, (node.otherwise, node.then)):
            return f"max({then[0]}, {otherwise[0]})", ATOM
    return (f"{_within(then, ATOM)} if {_within(condition, ATOM)} else {_within(otherwise, LOOSE)}", LOOSE)


def _are(some: tuple[Expr[Any], ...], others: tuple[Expr[Any], ...]) -> bool:
    pairs = zip(some, others, strict=True)
    return all(a is b or (isinstance(a, Const) and isinstance(b, Const) and a.value == b.value) for a, b in pairs)


TEXT: Interpretation[Phrase] = register(
    Interpretation(
        "text",
        {
            Const: lambda _, node: (value_text(node.value), ATOM),
            Variable: lambda _, node: (node.name, ATOM),
            Parameter: lambda _, node: (node.name, ATOM),
            Not: _not,
            And: lambda _, node, *parts: (" and ".join(_within(p, ATOM) for p in parts), AND),
            Or: lambda _, node, *parts: (" or ".join(_within(p, AND) for p in parts), OR),
            In: lambda _, node, body: (
                f"{_within(body, ATOM)} is {' or '.join(map(value_text, node.members))}",
                ATOM,
            ),
            Eq: lambda _, node, left, right: (f"{_within(left, ATOM)} = {_within(right, ATOM)}", ATOM),
            Compare: lambda _, node, left, right: (
                f"{_within(left, ATOM)} {node.operator} {_within(right, ATOM)}",
                ATOM,
            ),
            Arithmetic: lambda _, node, left, right: (
                f"{_within(left, ATOM)} {node.operator} {_within(right, ATOM)}",
                OR,
            ),
            Ite: _ite,
            ForAll: _for_all,
            Count: lambda _, node, body: (
                f"the number of {_among(node.scope, node.kind)} with {body[0]}",
                OR,
            ),
            Pick: _pick,
            Named: lambda _, node, body: (
                f"{node.name} is {' or '.join(map(value_text, node.values))}" if node.values else node.name,
                ATOM,
            ),
        },
    )
)

Expr.spell = text
