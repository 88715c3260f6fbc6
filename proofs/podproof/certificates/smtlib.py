"""SMT-LIB 2: the meaning of an expression for every number of elements, as text that any solver reads.

A kind is an uninterpreted sort with a predicate that says which of it exist, a variable of a kind a function
from it, an ordered kind has a total order. The element
that an expression speaks of is always written `own-KIND`; quantifiers bind that name anew. Numbers of elements are
compared with small constants only, by distinct witnesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from podproof.language import Expr, Kind, Scope, UnsupportedError, Variable
from podproof.language.domains import Boolean, Domain, Enumeration, Integers
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

MOST_WITNESSES = 5
"""A count is compared with numbers up to this one."""


@dataclass(frozen=True)
class Symbols:
    """Names of the state before a step; `after` maps the variables that have another name after it.

    used: those of `after` that were asked for.
    """

    after: Mapping[Variable[Any], str] = field(default_factory=dict)
    used: set[Variable[Any]] = field(default_factory=set)

    def variable(self, variable: Variable[Any]) -> str:
        if variable not in self.after:
            return quoted(variable.name)
        self.used.add(variable)
        return self.after[variable]


Memo = dict[int, tuple[Expr[Any], "Term"]]
"""What was written, by the `id` of the expression."""


def smtlib(expr: Expr[Any], symbols: Symbols | None = None, memo: Memo | None = None) -> str:
    """The term for `expr`. Raises UnsupportedError for a count that is not compared with a small constant.

    memo: may be shared between calls with the same symbols.
    """
    term = SMTLIB.fold(expr, symbols or Symbols(), memo)
    if not isinstance(term, str):
        raise UnsupportedError(f"({expr}) is a number of elements: no first-order term says it")
    return term


def quoted(name: str) -> str:
    return f"|{name}|"


def sort_of(domain: Domain) -> str:
    match domain:
        case Boolean():
            return "Bool"
        case Integers():
            return "Int"
        case Enumeration():
            return quoted(domain.members.__name__)


def value_term(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value >= 0 else f"(- {-value})"
    return quoted(f"{type(value).__name__}.{value.name}")


def own(kind: Kind) -> str:
    return quoted(f"own {kind.name}")


def before_in_order(kind: Kind) -> str:
    return quoted(f"{kind.name} is before")


def exists(kind: Kind, name: str) -> str:
    """That `name` is an element. A sort is never empty, but a kind may be: so not all of a sort need exist."""
    return f"({quoted(f'{kind.name} exists')} {name})"


def with_own(kind: Kind, element: str, body: str) -> str:
    """`body` about `element`."""
    return f"(let (({own(kind)} {element})) {body})"


def joined(operator: str, parts: Iterable[str], empty: str) -> str:
    terms = list(parts)
    return empty if not terms else terms[0] if len(terms) == 1 else f"({operator} {' '.join(terms)})"


@dataclass(frozen=True)
class _Counted:
    """How many elements of `kind`, among those that `among` allows for a bound name, have `body`."""

    kind: Kind
    scope: Scope
    body: str

    def at_least(self, number: int) -> str:
        if number <= 0:
            return "true"
        if number > MOST_WITNESSES:
            raise UnsupportedError(f"a count of {self.kind} is compared with {number}; at most {MOST_WITNESSES} here")
        names = [quoted(f"witness {i}") for i in range(number)]
        bound = " ".join(f"({name} {quoted(self.kind.name)})" for name in names)
        each = [in_scope(self.kind, self.scope, name) for name in names]
        holds = [with_own(self.kind, name, self.body) for name in names]
        different = [f"(distinct {' '.join(names)})"] if number > 1 else []
        return f"(exists ({bound}) {joined('and', [*different, *each, *holds], 'true')})"


def in_scope(kind: Kind, scope: Scope, name: str) -> str:
    """That the bound `name` is an element in scope, seen from the element that the expression speaks of."""
    match scope:
        case Scope.every:
            return exists(kind, name)
        case Scope.others:
            return f"(and {exists(kind, name)} (not (= {name} {own(kind)})))"
        case Scope.earlier:
            return f"(and {exists(kind, name)} ({before_in_order(kind)} {name} {own(kind)}))"
        case Scope.later:
            return f"(and {exists(kind, name)} ({before_in_order(kind)} {own(kind)} {name}))"


def _for_all(_: Symbols, node: ForAll, body: str) -> str:
    name = quoted(f"some {node.kind.name}")
    about = with_own(node.kind, name, body)
    scope = in_scope(node.kind, node.scope, name)
    return f"(forall (({name} {quoted(node.kind.name)})) (=> {scope} {about}))"


@dataclass(frozen=True)
class _Picked:
    """`test(value)` is asked of the picked element, or of the default."""

    node: Pick[Any]
    where: str
    value: str
    default: str

    def test(self, holds: Callable[[str], str]) -> str:
        kind, scope = self.node.kind, self.node.scope
        chosen, other = quoted(f"chosen {kind.name}"), quoted(f"other {kind.name}")
        order = f"({before_in_order(kind)} {other} {chosen})"
        if self.node.last:
            order = f"({before_in_order(kind)} {chosen} {other})"
        sort = quoted(kind.name)
        before = f"(and {in_scope(kind, scope, other)} {order})"
        is_it = f"(forall (({other} {sort})) (=> {before} (not {with_own(kind, other, self.where)})))"
        found = [
            in_scope(kind, scope, chosen),
            with_own(kind, chosen, self.where),
            holds(with_own(kind, chosen, self.value)),
        ]
        body = joined("and", [*found, is_it], "true")
        nobody = (
            f"(forall (({chosen} {sort})) "
            f"(=> {in_scope(kind, scope, chosen)} (not {with_own(kind, chosen, self.where)})))"
        )
        return f"(or (exists (({chosen} {sort})) {body}) (and {nobody} {holds(self.default)}))"


Term = Any
"""Text, except for a count or a choice: those have a meaning only inside a comparison. A chosen truth value is text."""


def _pick(node: Pick[Any], where: str, value: str, default: str) -> Term:
    picked = _Picked(node, where, value, default)
    return picked.test(lambda term: term) if isinstance(node.domain, Boolean) else picked


def _in(_: Symbols, node: In, body: Term) -> str:
    if isinstance(body, _Counted):
        exactly = (f"(and {body.at_least(n)} (not {body.at_least(n + 1)}))" for n in node.members)
        return joined("or", exactly, "false")

    def holds(term: str) -> str:
        return joined("or", (f"(= {term} {value_term(value)})" for value in node.members), "false")

    return body.test(holds) if isinstance(body, _Picked) else holds(body)


ARITHMETIC = {**{operator: operator.value for operator in Operation}, Operation.divide: "div"}
"""SMT-LIB's `div` rounds down where the divisor is positive, as it is here."""


def _compare(_: Symbols, node: Compare, left: Term, right: Term) -> str:
    strict = node.operator is Comparison.less
    if isinstance(left, _Counted) and isinstance(node.right, Const):
        return f"(not {left.at_least(node.right.value + (0 if strict else 1))})"
    if isinstance(right, _Counted) and isinstance(node.left, Const):
        return right.at_least(node.left.value + (1 if strict else 0))
    return f"({node.operator.value} {_plain(left)} {_plain(right)})"


def _eq(_: Symbols, node: Eq, left: Term, right: Term) -> str:
    if isinstance(left, _Picked):
        return left.test(lambda term: f"(= {term} {_plain(right)})")
    if isinstance(right, _Picked):
        return right.test(lambda term: f"(= {_plain(left)} {term})")
    return f"(= {_plain(left)} {_plain(right)})"


def _plain(term: Term) -> str:
    if not isinstance(term, str):
        raise UnsupportedError("a number of elements, or a choice among them, outside a comparison with a constant")
    return term


SMTLIB: Interpretation[Term] = register(
    Interpretation(
        "smtlib",
        {
            Const: lambda _, node: value_term(node.value),
            Variable: lambda symbols, node: (
                symbols.variable(node) if node.kind is None else f"({symbols.variable(node)} {own(node.kind)})"
            ),
            Parameter: lambda _, node: quoted(f"parameter {node.name}"),
            Not: lambda _, node, body: f"(not {_plain(body)})",
            And: lambda _, node, *parts: joined("and", map(_plain, parts), "true"),
            Or: lambda _, node, *parts: joined("or", map(_plain, parts), "false"),
            In: _in,
            Eq: _eq,
            Compare: _compare,
            Arithmetic: lambda _, node, left, right: f"({ARITHMETIC[node.operator]} {_plain(left)} {_plain(right)})",
            Ite: lambda _, node, condition, then, otherwise: (
                f"(ite {_plain(condition)} {_plain(then)} {_plain(otherwise)})"
            ),
            ForAll: lambda symbols, node, body: _for_all(symbols, node, _plain(body)),
            Count: lambda _, node, body: _Counted(node.kind, node.scope, _plain(body)),
            Pick: lambda _, node, where, value, default: _pick(node, _plain(where), _plain(value), _plain(default)),
            Named: lambda _, node, body: body,
        },
    )
)
