"""Cases: whether an expression can be true at all, as far as that is cheap to see.

Variables outside quantifiers are tried value by value; whatever else cannot be looked into (a quantifier, a comparison
of counts) is taken to be true or false freely, but alike wherever the same is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from typing import Any

from podproof.language.domains import Integers
from podproof.language.expressions import (
    Compare,
    Const,
    Count,
    Eq,
    Expr,
    ForAll,
    In,
    Named,
    Parameter,
    Pick,
    Variable,
    constant,
    nodes,
    rewrite,
)

CASES = 1_000
"""After so many cases the answer is that it may hold."""

OPAQUE = (ForAll, Count, Pick)


def may_hold(expr: Expr[bool], cases: int = CASES) -> bool:
    """False only where `expr` is false in every state. True where it may hold, or where that takes too long to see."""
    sayings = _Sayings()
    open_ = [iter((expr,))]
    while open_:
        case = next(open_[-1], None)
        if case is None:
            open_.pop()
        elif isinstance(case, Const):
            if case.value:
                return True
        elif cases == 0:
            return True
        else:
            cases -= 1
            open_.append(_split(case, sayings))
    return False


class _Sayings:
    """Numbers expressions so that two that say the same in the same words have the same number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[Expr[Any], int]] = {}

    def number(self, expr: Expr[Any]) -> int:
        for node in nodes(expr) if id(expr) not in self._known else ():
            if id(node) not in self._known:
                children = tuple(self._known[id(child)][1] for child in node.children())
                words = self._words(node)
                same = children[0] if isinstance(node, Named) else None
                number = self._numbers.setdefault((*words, children), len(self._numbers)) if same is None else same
                self._known[id(node)] = (node, number)
        return self._known[id(expr)][1]

    def _words(self, node: Expr[Any]) -> tuple[Any, ...]:
        if isinstance(node, Variable | Parameter):
            return (id(node),)
        if isinstance(node, Const):
            return (Const, type(node.value), node.value)
        own = (getattr(node, field.name) for field in fields(node))  # type: ignore[arg-type]
        return (type(node), *(x for x in own if not isinstance(x, Expr) and not _holds_expressions(x)))


def _holds_expressions(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(x, Expr) for x in value)


def _split(expr: Expr[bool], sayings: _Sayings) -> Iterator[Expr[bool]]:
    """The expression with one of its unknowns replaced by each of its values."""
    unknown = _unknown(expr)
    number = sayings.number(unknown)
    sayings.number(expr)
    for value in unknown.domain.values:
        known = constant(value)

        def leaf(node: Expr[Any], known: Expr[Any] = known) -> Expr[Any] | None:
            if sayings.number(node) == number:
                return known
            return node if isinstance(node, OPAQUE) else None

        yield rewrite(expr, leaf)


def _unknown(expr: Expr[bool]) -> Expr[Any]:
    """What has no parts that could be looked into and few values; else an atom as a whole."""
    seen = list(_outside(expr))
    whole = (n for n in seen if isinstance(n, Variable | Parameter | ForAll | Pick) and _finite(n))
    atoms = (n for n in seen if isinstance(n, In | Eq | Compare))
    return next(chain(whole, atoms))


def _finite(node: Expr[Any]) -> bool:
    return not isinstance(node.domain, Integers) or node.domain.bounded


def _outside(expr: Expr[Any]) -> Iterator[Expr[Any]]:
    """Every node that is not inside a quantifier, parents first."""
    seen: set[int] = set()
    stack = [expr]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            if not isinstance(node, OPAQUE):
                stack.extend(reversed(node.children()))
