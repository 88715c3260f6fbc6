"""Binding: an expression over some variables, read over others.

`bind` puts expressions in the place of variables (or of other nodes), and elements of one kind in the place of those of
another. `by_cases` says what comes out in plain cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from podproof.language.cases import OPAQUE, HashConsing, outside
from podproof.language.domains import BOOLEAN
from podproof.language.expressions import (
    TRUE,
    And,
    Const,
    Count,
    Expr,
    ForAll,
    Ite,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Variable,
    constant,
    counted,
    disjunction,
    first_match,
    picked,
    quantified,
    rewrite,
)

V = TypeVar("V")
S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, eq=False)
class Elements:
    """Those elements of a kind that have `where`."""

    kind: Kind
    where: Expr[bool] = TRUE


Given = Mapping[Expr[Any], Expr[Any]]
"""What stands in the place of a node."""


def table(expr: Expr[S], values: Mapping[S, Any], default: Any = None) -> Expr[Any]:
    """The value for each value of `expr`; `default` where there is none, and without one the last value."""
    *cases, last = values.items()
    if default is not None:
        cases, last = [*cases, last], (last[0], default)
    return first_match(*((expr.is_(value), to) for value, to in cases), default=last[1])


def bind(
    expr: Expr[V],
    given: Given,
    kinds: Mapping[Kind, Elements] | None = None,
    by: Sequence[Variable[Any]] = (),
) -> Expr[V]:
    """`expr` with what is given in the place of nodes, and quantifiers over the elements that stand for a kind's.

    by: the variables whose values tell the cases apart (see `by_cases`).
    """
    to, memo = kinds or {}, dict[int, Any]()

    def leaf(node: Expr[Any]) -> Expr[Any] | None:
        if node in given:
            return given[node]
        if isinstance(node, ForAll | Count | Pick) and node.kind in to:
            return _over(node, to[node.kind], lambda inner: rewrite(inner, leaf, memo))
        return None

    return by_cases(rewrite(expr, leaf, memo), by)


def _over(node: ForAll | Count | Pick[Any], elements: Elements, visit: Any) -> Expr[Any]:
    match node:
        case ForAll():
            return quantified(elements.kind, elements.where.implies(visit(node.body)), node.scope)
        case Count():
            return counted(elements.kind, elements.where & visit(node.body), node.scope)
        case Pick():
            where = elements.where & visit(node.where)
            return picked(elements.kind, where, visit(node.value), visit(node.default), node.last, node.scope)


def by_cases(expr: Expr[V], by: Sequence[Variable[Any]]) -> Expr[V]:
    """The same, as cases of the values of these variables in this order: a decision diagram, so that what says the same
    in other words comes out alike. Inside a quantifier the cases are those of its elements."""
    if not by:
        return expr
    consing = HashConsing()

    def inside(node: Expr[Any]) -> Expr[Any] | None:
        match node:
            case ForAll():
                return quantified(node.kind, by_cases(node.body, by), node.scope)
            case Count():
                return counted(node.kind, by_cases(node.body, by), node.scope)
            case Pick():
                where, value, default = (by_cases(part, by) for part in (node.where, node.value, node.default))
                return picked(node.kind, where, value, default, node.last, node.scope)
        return None

    return _split(rewrite(expr, inside), tuple(by), consing, {})


def _split(
    expr: Expr[V], by: tuple[Variable[Any], ...], consing: HashConsing, done: dict[tuple[int, int], Expr[Any]]
) -> Expr[V]:
    seen = list(outside(expr))
    while by and not any(node is by[0] for node in seen):
        by = by[1:]
    on = by[0] if by else _atom(seen)
    if on is None:
        return expr
    key = (consing.number(expr), len(by))
    if key not in done:
        cases = [(value, _split(_fixed(expr, on, value, consing), by[1:], consing, done)) for value in on.domain.values]
        done[key] = _joined(on, cases, consing)
    return done[key]


def _atom(seen: Sequence[Expr[Any]]) -> Expr[bool] | None:
    """A condition that is not made of others; none where the expression is such a condition itself."""
    made = (Const, Not, And, Or, Ite)
    atoms = (node for node in seen if node.domain == BOOLEAN and not isinstance(node, made))
    atom = next(atoms, None)
    return None if atom is seen[0] else atom


def _fixed(expr: Expr[V], on: Expr[Any], value: Any, consing: HashConsing) -> Expr[V]:
    """With the value in its place, but in quantifiers, where a variable is another element's."""
    known, number = constant(value), None if isinstance(on, Variable) else consing.number(on)

    def leaf(node: Expr[Any]) -> Expr[Any] | None:
        if node is on or (number is not None and consing.number(node) == number):
            return known
        return node if isinstance(node, OPAQUE) else None

    return rewrite(expr, leaf)


def _joined(on: Expr[Any], cases: Sequence[tuple[Any, Expr[Any]]], consing: HashConsing) -> Expr[Any]:
    """One case for all values of which the same is said."""
    groups: dict[int, tuple[list[Any], Expr[Any]]] = {}
    for value, said in cases:
        groups.setdefault(consing.number(said), ([], said))[0].append(value)
    if len(groups) == 1:
        return cases[0][1]
    if cases[0][1].domain == BOOLEAN:
        return disjunction(*(on.is_(*values) & said for values, said in groups.values()))
    *first, (_, last) = groups.values()
    return first_match(*((on.is_(*values), said) for values, said in first), default=last)


def outcomes(expr: Expr[Any]) -> tuple[Any, ...]:
    """The values at the ends of the cases, in the order of the domain: it has no others."""
    ends: set[Any] = set()
    for node in _ends(expr):
        ends |= {node.value} if isinstance(node, Const) else set(node.domain.values)
    return tuple(value for value in expr.domain.values if value in ends)


def _ends(expr: Expr[Any]) -> Iterator[Expr[Any]]:
    match expr:
        case Named():
            yield from _ends(expr.body)
        case Ite():
            yield from _ends(expr.then)
            yield from _ends(expr.otherwise)
        case _:
            yield expr
