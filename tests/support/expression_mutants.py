"""Every expression with one small mistake: a part dropped, a condition negated, a value missing or another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from podproof.language import FALSE, TRUE, Expr
from podproof.language.expressions import (
    And,
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Eq,
    ForAll,
    In,
    Ite,
    Not,
    Operation,
    Or,
    Pick,
    Scope,
    Variable,
    arithmetic,
    as_expr,
    compare,
    conjunction,
    contains,
    disjunction,
    if_then_else,
    negation,
    nodes,
    picked,
    quantified,
    rewrite,
)


def mutants(expr: Expr[Any]) -> Iterator[tuple[str, Expr[Any]]]:
    """Each mutant with what was done, in words."""
    said = list(dict.fromkeys(node.value for node in nodes(expr) if isinstance(node, Const)))
    for node in nodes(expr):
        for what, wrong in _wrong(node):
            yield f"{what} in ({node})", _replaced(expr, node, wrong)
        if node.domain == TRUE.domain and isinstance(node, Variable | In | Eq | Compare):
            for constant in (TRUE, FALSE):
                yield f"always {constant} is ({node})", _replaced(expr, node, constant)
        if isinstance(node, Const) and not isinstance(node.value, bool):
            for other in said:
                if type(other) is type(node.value) and other != node.value:
                    yield f"{other} instead of {node}", _replaced(expr, node, Const(other))


def constants(expr: Expr[Any], values: Iterable[Any]) -> Iterator[tuple[str, Expr[Any]]]:
    """Nothing is decided: the value is always the same one."""
    for value in values:
        yield f"always {value}", as_expr(value)


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
        case Arithmetic():
            other_way = Operation.subtract if node.operator is Operation.add else Operation.add
            yield "another operation", arithmetic(other_way, node.left, node.right)
        case Pick():
            which = "the first instead of the last" if node.last else "the last instead of the first"
            yield which, picked(node.kind, node.where, node.value, node.default, not node.last, node.scope)
            yield "always the default", node.default
            if node.scope is not Scope.every:
                yield "among all", picked(node.kind, node.where, node.value, node.default, node.last)
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
