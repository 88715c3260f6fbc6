"""Every expression with one small mistake: a part dropped, a condition negated, a value missing or another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from podproof.language import FALSE, TRUE, Expr
from podproof.language.expressions import (
    And,
    Compare,
    Comparison,
    Const,
    Eq,
    ForAll,
    In,
    Ite,
    Not,
    Or,
    compare,
    conjunction,
    contains,
    disjunction,
    if_then_else,
    negation,
    nodes,
    quantified,
    rewrite,
)


def mutants(expr: Expr[Any]) -> Iterator[tuple[str, Expr[Any]]]:
    """Each mutant with what was done, in words."""
    for node in nodes(expr):
        for what, wrong in _wrong(node):
            yield f"{what} in ({node})", _replaced(expr, node, wrong)


def _replaced(expr: Expr[Any], node: Expr[Any], wrong: Expr[Any]) -> Expr[Any]:
    return rewrite(expr, lambda inner: wrong if inner is node else None)


def _wrong(node: Expr[Any]) -> Iterator[tuple[str, Expr[Any]]]:
    match node:
        case And() | Or():
            join = conjunction if isinstance(node, And) else disjunction
            for number, part in enumerate(node.parts):
                yield f"without ({part})", join(*(p for i, p in enumerate(node.parts) if i != number))
        case Not():
            yield "not negated", node.body
        case In():
            for member in node.members:
                yield f"without {member}", contains(node.body, [m for m in node.members if m != member])
        case Eq():
            yield "negated", negation(node)
        case Compare():
            other = Comparison.less if node.operator is Comparison.at_most else Comparison.at_most
            yield "another comparison", compare(other, node.left, node.right)
        case Ite():
            yield "always the first", node.then
            yield "always the second", node.otherwise
            yield "the other way round", if_then_else(node.condition, node.otherwise, node.then)
        case ForAll():
            yield "some instead of every", ~quantified(node.kind, ~node.body, node.scope)
            yield "always true", TRUE
            yield "always false", FALSE
        case Const() if isinstance(node.value, bool):
            yield "the other constant", FALSE if node.value else TRUE
