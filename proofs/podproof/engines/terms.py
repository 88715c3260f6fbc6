"""z3: the meaning of a flat expression as a z3 term. The only module of the engines that builds z3 terms from nodes.

An enumerated value is a bit vector holding its code, so that z3 sees a finite problem; a number is an Int.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import z3
from podproof.language import Expr, Variable
from podproof.language.domains import Boolean, Domain, Enumeration, Integers, width
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
)
from podproof.language.meanings.interpretation import Interpretation, register
from podproof.properties.limits import Limits

Term = Any
"""A z3 expression; z3 has no types."""


class Terms:
    """z3 constants for variables, and terms for expressions over them, each built once."""

    def __init__(self, suffix: str = "") -> None:
        self.suffix = suffix
        self.constants: dict[Variable[Any], Term] = {}
        self._memo: dict[int, tuple[Expr[Any], Term]] = {}

    def variable(self, variable: Variable[Any]) -> Term:
        if variable not in self.constants:
            self.constants[variable] = constant(variable.name + self.suffix, variable.domain)
        return self.constants[variable]

    def term(self, expr: Expr[Any]) -> Term:
        return Z3.fold(expr, self, self._memo)

    def legal(self, variables: Iterable[Variable[Any]]) -> Term:
        """That every variable has a value of its domain: bit vectors have spare codes, Ints no ends."""
        conditions = []
        for variable in variables:
            domain, term = variable.domain, self.variable(variable)
            if isinstance(domain, Enumeration):
                conditions.append(z3.ULE(term, len(domain.values) - 1))
            elif isinstance(domain, Integers):
                conditions += [] if domain.low is None else [term >= domain.low]
                conditions += [] if domain.high is None else [term <= domain.high]
        return z3.And(conditions)


def constant(name: str, domain: Domain) -> Term:
    match domain:
        case Boolean():
            return z3.Bool(name)
        case Integers():
            return z3.Int(name)
        case Enumeration():
            return z3.BitVec(name, width(domain))


def value(domain: Domain, member: Any) -> Term:
    match domain:
        case Boolean():
            return z3.BoolVal(member)
        case Integers():
            return z3.IntVal(member)
        case Enumeration():
            return z3.BitVecVal(domain.code(member), width(domain))


def member(domain: Domain, found: Any) -> Any:
    """The value that a model gives a variable."""
    if isinstance(domain, Boolean):
        return z3.is_true(found)
    if isinstance(domain, Integers):
        return found.as_long()
    assert isinstance(domain, Enumeration)
    return domain.values[found.as_long()]


def all_of(terms: list[Term]) -> Term:
    return z3.BoolVal(True) if not terms else terms[0] if len(terms) == 1 else z3.And(terms)


def any_of(terms: list[Term]) -> Term:
    return z3.BoolVal(False) if not terms else terms[0] if len(terms) == 1 else z3.Or(terms)


def _compare(_: Terms, node: Compare, left: Term, right: Term) -> Term:
    return left < right if node.operator is Comparison.less else left <= right


def _arithmetic(_: Terms, node: Arithmetic, left: Term, right: Term) -> Term:
    match node.operator:
        case Operation.add:
            return left + right
        case Operation.subtract:
            return left - right
        case Operation.multiply:
            return left * right
        case Operation.divide:
            return left / right  # of integers: rounded down where the divisor is positive, as it is here


Z3: Interpretation[Term] = register(
    Interpretation(
        "z3",
        {
            Const: lambda _, node: value(node.domain, node.value),
            Variable: lambda terms, node: terms.variable(node),
            Not: lambda _, node, body: z3.Not(body),
            And: lambda _, node, *parts: z3.And(list(parts)),
            Or: lambda _, node, *parts: z3.Or(list(parts)),
            In: lambda _, node, body: any_of([body == value(node.body.domain, m) for m in node.members]),
            Eq: lambda _, node, left, right: left == right,
            Compare: _compare,
            Arithmetic: _arithmetic,
            Ite: lambda _, node, condition, then, otherwise: z3.If(condition, then, otherwise),
            Named: lambda _, node, body: body,
        },
        without=frozenset({Parameter, ForAll, Count, Pick}),
    )
)


def ask(solver: Any, limits: Limits, most: int, assuming: Iterable[Term] = ()) -> Any:
    """z3's answer, for which it may spend `most` of its units of work, or what is left; what it spent is paid for."""
    before = _spent(solver)
    solver.set("rlimit", limits.effort(most))
    answer = solver.check(*assuming)
    limits.budget.pay(_spent(solver) - before)
    return answer


def _spent(solver: Any) -> int:
    """What z3 has counted so far; nothing before its first check."""
    return next((int(count) for what, count in solver.statistics() if what == "rlimit count"), 0)
