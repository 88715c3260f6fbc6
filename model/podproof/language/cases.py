"""Cases: whether an expression can be true at all, as far as that is cheap to see.

Variables outside quantifiers are tried value by value, unless they have very many; whatever else cannot be looked into
(a quantifier, a comparison of counts) is taken to be true or false freely, but alike wherever the same is said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from typing import Any

from podproof.language.domains import Boolean, Integers
from podproof.language.expressions import (
    And,
    Const,
    Count,
    Expr,
    ForAll,
    Named,
    Not,
    Or,
    Parameter,
    Pick,
    Variable,
    constant,
    nodes,
    rewrite,
)

CASES = 500
"""After so many cases the answer is that it may hold."""

OPAQUE = (ForAll, Count, Pick)


def may_hold(expr: Expr[bool], cases: int = CASES) -> bool:
    """False only where `expr` is false in every state. True where it may hold, or where that takes too long to see."""
    return all(_search(expr, cases, whole) for whole in (True, False))


def _search(expr: Expr[bool], cases: int, whole: bool) -> bool:
    """One way to look for a case in which it holds: with atoms taken as wholes, which is quick, or looked into."""
    consing = HashConsing()
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
            open_.append(_split(case, consing, whole))
    return False


class HashConsing:
    """Numbers expressions so that two that say the same in the same words have the same number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._known: dict[int, tuple[Expr[Any], int]] = {}

    def number(self, expr: Expr[Any]) -> int:
        for node in nodes(expr, self._known):
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


def _split(expr: Expr[bool], consing: HashConsing, whole: bool) -> Iterator[Expr[bool]]:
    """The expression with one of its unknowns replaced by each of its values."""
    unknown = _unknown(expr, whole)
    number = consing.number(unknown)
    consing.number(expr)
    for value in unknown.domain.values:
        known = constant(value)

        def leaf(node: Expr[Any], known: Expr[Any] = known) -> Expr[Any] | None:
            if consing.number(node) == number:
                return known
            return node if isinstance(node, OPAQUE) else None

        yield rewrite(expr, leaf)


def _unknown(expr: Expr[bool], whole: bool) -> Expr[Any]:
    """An atom as a whole; or first of all what has few values and no parts that could be looked into."""
    seen = list(outside(expr))
    ends = (n for n in seen if isinstance(n, Variable | Parameter | ForAll | Pick) and _is_small(n))
    atoms = (n for n in seen if isinstance(n.domain, Boolean) and not isinstance(n, Not | And | Or | Named))
    return next(atoms if whole else chain(ends, atoms))


def _is_small(node: Expr[Any]) -> bool:
    return not isinstance(node.domain, Integers) or (node.domain.bounded and node.domain.size <= CASES)


def outside(expr: Expr[Any]) -> Iterator[Expr[Any]]:
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
