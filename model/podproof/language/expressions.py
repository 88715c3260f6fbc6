"""Expressions: guards, effects and claims as data.

One expression has many interpretations (Python, NumPy, z3, SMT-LIB, text: see `interpretations`), so a node
carries no behaviour of its own beyond its type, its children and its text. Nodes are compared by identity and
never used as truth values: `if guard`, `a and b`, `not a` raise, so that a slip is caught at declaration.

A variable of a kind, read inside a machine of that kind or under a quantifier over it, is the variable of that
one element: `containers.all(state.is_(State.running))`. There are no named binders.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from operator import add, sub
from typing import Any, ClassVar, Generic, NoReturn, TypeVar

from podproof.language.domains import (
    BOOLEAN,
    INTEGER,
    Boolean,
    Domain,
    Enumeration,
    Integers,
    comparable,
    domain_of,
)
from podproof.language.errors import DeclarationError

V = TypeVar("V")


class Scope(StrEnum):
    """Which elements of a kind a quantifier ranges over; all but `every` are relative to one element."""

    every = "every"
    others = "others"
    earlier = "earlier"
    later = "later"


class Comparison(StrEnum):
    less = "<"
    at_most = "<="


class Operation(StrEnum):
    add = "+"
    subtract = "-"
    multiply = "*"
    divide = "//"
    """Rounded down; only by what is at least 1."""


class Expr(Generic[V]):
    """One node. Build with operators and the functions below, which check types and simplify."""

    __slots__ = ()

    spell: ClassVar[Callable[[Expr[Any]], str]]
    """What it is as text: `meanings.text` puts itself here, as an interpretation that is not known in this module."""

    @property
    def domain(self) -> Domain:
        """The values this expression can have."""
        raise NotImplementedError  # every node type below overrides it

    def children(self) -> tuple[Expr[Any], ...]:
        return ()

    def is_(self, *values: V) -> Expr[bool]:
        """True where the expression has one of these values."""
        return contains(self, values)

    def is_not(self, *values: V) -> Expr[bool]:
        return negation(contains(self, values))

    def equals(self, other: Expr[V] | V) -> Expr[bool]:
        return equal(self, as_expr(other))

    def __and__(self: Expr[bool], other: Expr[bool]) -> Expr[bool]:
        return conjunction(self, other)

    def __or__(self: Expr[bool], other: Expr[bool]) -> Expr[bool]:
        return disjunction(self, other)

    def __invert__(self: Expr[bool]) -> Expr[bool]:
        return negation(self)

    def implies(self: Expr[bool], other: Expr[bool]) -> Expr[bool]:
        return disjunction(negation(self), other)

    def __lt__(self: Expr[int], other: Expr[int] | int) -> Expr[bool]:
        return compare(Comparison.less, self, as_expr(other))

    def __le__(self: Expr[int], other: Expr[int] | int) -> Expr[bool]:
        return compare(Comparison.at_most, self, as_expr(other))

    def __gt__(self: Expr[int], other: Expr[int] | int) -> Expr[bool]:
        return compare(Comparison.less, as_expr(other), self)

    def __ge__(self: Expr[int], other: Expr[int] | int) -> Expr[bool]:
        return compare(Comparison.at_most, as_expr(other), self)

    def __add__(self: Expr[int], other: Expr[int] | int) -> Expr[int]:
        return arithmetic(Operation.add, self, as_expr(other))

    def __sub__(self: Expr[int], other: Expr[int] | int) -> Expr[int]:
        return arithmetic(Operation.subtract, self, as_expr(other))

    def __mul__(self: Expr[int], other: Expr[int] | int) -> Expr[int]:
        return arithmetic(Operation.multiply, self, as_expr(other))

    def __floordiv__(self: Expr[int], other: Expr[int] | int) -> Expr[int]:
        return arithmetic(Operation.divide, self, as_expr(other))

    def __radd__(self: Expr[int], other: int) -> Expr[int]:
        return arithmetic(Operation.add, as_expr(other), self)

    def __rsub__(self: Expr[int], other: int) -> Expr[int]:
        return arithmetic(Operation.subtract, as_expr(other), self)

    def __rmul__(self: Expr[int], other: int) -> Expr[int]:
        return arithmetic(Operation.multiply, as_expr(other), self)

    def __rfloordiv__(self: Expr[int], other: int) -> Expr[int]:
        return arithmetic(Operation.divide, as_expr(other), self)

    def __bool__(self) -> NoReturn:
        raise DeclarationError(f"the expression ({self}) has no truth value: use &, |, ~ and is_() instead")

    def __call__(self, event: Any) -> Any:
        """What `transitions` calls: the value in the running system (see `running`)."""
        return event.model.evaluate(self, event)

    def __str__(self) -> str:
        return self.spell()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class Condition(Expr[bool]):
    """A node that is true or false."""

    __slots__ = ()

    @property
    def domain(self) -> Domain:
        return BOOLEAN


@dataclass(frozen=True, eq=False, repr=False)
class Const(Expr[V]):
    """A value."""

    value: V

    @property
    def domain(self) -> Domain:
        return domain_of(self.value)


@dataclass(frozen=True, eq=False, repr=False)
class Kind:
    """A named set of interchangeable or ordered elements, of any number, such as a Pod's containers."""

    name: str
    ordered: bool = False

    def all(self, body: Expr[bool], scope: Scope = Scope.every) -> Expr[bool]:
        return quantified(self, body, scope)

    def some(self, body: Expr[bool], scope: Scope = Scope.every) -> Expr[bool]:
        return negation(quantified(self, negation(body), scope))

    def none(self, body: Expr[bool], scope: Scope = Scope.every) -> Expr[bool]:
        return quantified(self, negation(body), scope)

    def count(self, body: Expr[bool], scope: Scope = Scope.every) -> Expr[int]:
        return counted(self, body, scope)

    def first(self, where: Expr[bool], value: Expr[V], default: Expr[V] | V, scope: Scope = Scope.every) -> Expr[V]:
        """`value` of the first element (in the kind's order) with `where`; `default` where there is none."""
        return picked(self, where, value, as_expr(default), last=False, scope=scope)

    def last(self, where: Expr[bool], value: Expr[V], default: Expr[V] | V, scope: Scope = Scope.every) -> Expr[V]:
        return picked(self, where, value, as_expr(default), last=True, scope=scope)

    def __str__(self) -> str:
        return self.name


ANY = object()
"""As `initial`: every value of the domain is a possible first value."""


@dataclass(frozen=True, eq=False, repr=False)
class Variable(Expr[V]):
    """A state variable of the whole system (`kind` None) or of each element of a kind."""

    name: str
    values: Domain
    kind: Kind | None = None
    initial: Any = ANY
    doc: str = ""

    def __post_init__(self) -> None:
        if not self.name:
            raise DeclarationError("a variable needs a name")
        if self.initial == ():
            raise DeclarationError(f"{self.name}: no initial value; ANY stands for every one of its domain")
        for value in self.initial_values if self.initial is not ANY else ():
            if value not in self.values:
                raise DeclarationError(f"{self.name}: initial value {value!r} is not {self.values}")

    @property
    def domain(self) -> Domain:
        return self.values

    @property
    def initial_values(self) -> Sequence[Any]:
        if self.initial is ANY:
            return self.values.values
        return self.initial if isinstance(self.initial, tuple) else (self.initial,)

    def may_begin_as(self, value: object) -> bool:
        return value in (self.domain if self.initial is ANY else self.initial_values)


@dataclass(frozen=True, eq=False, repr=False)
class Parameter(Expr[V]):
    """A finite parameter of an event, such as the class of an exit code: the event happens with each value."""

    name: str
    values: Domain

    def __post_init__(self) -> None:
        if not self.name:
            raise DeclarationError("a parameter needs a name")
        if isinstance(self.values, Integers) and (not self.values.bounded or self.values.saturating):
            raise DeclarationError(f"{self.name}: a parameter is finite, and keeps its values; not {self.values}")

    @property
    def domain(self) -> Domain:
        return self.values


@dataclass(frozen=True, eq=False, repr=False)
class Not(Condition):
    body: Expr[bool]

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.body,)


@dataclass(frozen=True, eq=False, repr=False)
class And(Condition):
    parts: tuple[Expr[bool], ...]

    def children(self) -> tuple[Expr[Any], ...]:
        return self.parts


@dataclass(frozen=True, eq=False, repr=False)
class Or(Condition):
    parts: tuple[Expr[bool], ...]

    def children(self) -> tuple[Expr[Any], ...]:
        return self.parts


@dataclass(frozen=True, eq=False, repr=False)
class In(Condition):
    """`body` has one of `members`: the natural atom of guards, clauses and invariants."""

    body: Expr[Any]
    members: tuple[Any, ...]

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.body,)


@dataclass(frozen=True, eq=False, repr=False)
class Eq(Condition):
    left: Expr[Any]
    right: Expr[Any]

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, repr=False)
class Compare(Condition):
    operator: Comparison
    left: Expr[int]
    right: Expr[int]

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, repr=False)
class Arithmetic(Expr[int]):
    operator: Operation
    left: Expr[int]
    right: Expr[int]

    @cached_property
    def domain(self) -> Domain:
        return interval(self.operator, self.left.domain, self.right.domain)

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.left, self.right)


@dataclass(frozen=True, eq=False, repr=False)
class Ite(Expr[V]):
    """`then` where `condition` holds, else `otherwise`."""

    condition: Expr[bool]
    then: Expr[V]
    otherwise: Expr[V]

    @cached_property
    def domain(self) -> Domain:
        return joined(_domain_where(self.condition, self.then), self.otherwise.domain)

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, eq=False, repr=False)
class ForAll(Condition):
    """`body` holds for every element of `kind` in `scope`; true where there is none."""

    kind: Kind
    scope: Scope
    body: Expr[bool]

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.body,)


@dataclass(frozen=True, eq=False, repr=False)
class Count(Expr[int]):
    """How many elements of `kind` in `scope` have `body`."""

    kind: Kind
    scope: Scope
    body: Expr[bool]

    @property
    def domain(self) -> Domain:
        return INTEGER

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.body,)


@dataclass(frozen=True, eq=False, repr=False)
class Pick(Expr[V]):
    """`value` of the first (or last) element in `scope` with `where`, in the order of the kind; else `default`."""

    kind: Kind
    scope: Scope
    where: Expr[bool]
    value: Expr[V]
    default: Expr[V]
    last: bool

    @cached_property
    def domain(self) -> Domain:
        return joined(self.value.domain, self.default.domain)

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.where, self.value, self.default)


@dataclass(frozen=True, eq=False, repr=False)
class Named(Expr[V]):
    """`body` under a name for readers; every interpretation but text sees through it.

    values: `body` says that what has this name has one of them; empty: `body` itself has this name.
    """

    name: str
    body: Expr[V]
    values: tuple[Any, ...] = ()

    @cached_property
    def domain(self) -> Domain:
        return self.body.domain

    def children(self) -> tuple[Expr[Any], ...]:
        return (self.body,)


NODE_TYPES: tuple[type[Expr[Any]], ...] = (
    Const, Variable, Parameter, Not, And, Or, In, Eq, Compare, Arithmetic, Ite, ForAll, Count, Pick, Named,
)  # fmt: skip

TRUE: Expr[bool] = Const(True)
FALSE: Expr[bool] = Const(False)


# Constructors: the only way nodes are made outside this module. Each checks types and simplifies.


def as_expr(value: Expr[V] | V) -> Expr[V]:
    return value if isinstance(value, Expr) else constant(value)


def constant(value: Any) -> Expr[Any]:
    if isinstance(value, bool):
        return TRUE if value else FALSE
    domain_of(value)
    return Const(value)


def conjunction(*parts: Expr[bool]) -> Expr[bool]:
    kept = _flattened(parts, And, FALSE)
    if kept is None:
        return FALSE
    return TRUE if not kept else kept[0] if len(kept) == 1 else And(kept)


def disjunction(*parts: Expr[bool]) -> Expr[bool]:
    kept = _flattened(parts, Or, TRUE)
    if kept is None:
        return TRUE
    return FALSE if not kept else kept[0] if len(kept) == 1 else Or(kept)


def negation(body: Expr[bool]) -> Expr[bool]:
    boolean(body, "~")
    if isinstance(body, Const):
        return FALSE if body.value else TRUE
    return body.body if isinstance(body, Not) else Not(body)


def contains(body: Expr[Any], values: Iterable[Any]) -> Expr[bool]:
    """`body` has one of `values`; every value must belong to the domain of `body`."""
    domain = body.domain
    members = tuple(dict.fromkeys(values))
    for value in members:
        if not comparable(domain, domain_of(value)):
            raise DeclarationError(f"({body}) is {domain}: it can never be {value!r}")
        if isinstance(body, Variable | Parameter) and value not in domain:
            raise DeclarationError(f"{body.name} is {domain}: {value!r} is outside its domain")
    if isinstance(domain, Boolean):
        if len(members) == 2:
            return TRUE
        return FALSE if not members else body if members[0] else negation(body)
    if not members:
        return FALSE
    if isinstance(body, Const):
        return constant(body.value in members)
    if isinstance(body, Ite):
        inside = (contains(branch, _within(branch, members)) for branch in (body.then, body.otherwise))
        return if_then_else(body.condition, *inside)
    if isinstance(body, Named) and isinstance(body.body, Ite) and isinstance(domain, Enumeration):
        return named(body.name, contains(body.body, members), tuple(v for v in domain.values if v in members))
    if isinstance(domain, Enumeration):
        if len(members) == len(domain.values):
            return TRUE
        members = tuple(value for value in domain.values if value in members)
    else:
        members = tuple(sorted(value for value in members if value in domain))
        if not members:
            return FALSE
    return In(body, members)


def equal(left: Expr[Any], right: Expr[Any]) -> Expr[bool]:
    if not comparable(left.domain, right.domain):
        raise DeclarationError(f"cannot compare ({left}), {left.domain}, with ({right}), {right.domain}")
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Const):
            if isinstance(other, Variable) and one.value not in other.domain:
                return FALSE
            return contains(other, (one.value,))
    return TRUE if left is right else Eq(left, right)


def compare(operator: Comparison, left: Expr[int], right: Expr[int]) -> Expr[bool]:
    for side in (left, right):
        integer(side, operator)
    if isinstance(left, Const) and isinstance(right, Const):
        return constant(left.value < right.value if operator is Comparison.less else left.value <= right.value)
    return Compare(operator, left, right)


def arithmetic(operator: Operation, left: Expr[int], right: Expr[int]) -> Expr[int]:
    for side in (left, right):
        integer(side, operator)
    if operator is Operation.divide and not _positive(right.domain):
        raise DeclarationError(f"({left}) // ({right}): a divisor is at least 1, but ({right}) is {right.domain}")
    if isinstance(left, Const) and isinstance(right, Const):
        return constant(apply(operator, left.value, right.value))
    if operator in (Operation.multiply, Operation.divide) and isinstance(right, Const) and right.value == 1:
        return left
    return Arithmetic(operator, left, right)


def if_then_else(condition: Expr[bool], then: Expr[Any] | Any, otherwise: Expr[Any] | Any) -> Expr[Any]:
    boolean(condition, "the condition of if_then_else")
    then, otherwise = as_expr(then), as_expr(otherwise)
    if not comparable(then.domain, otherwise.domain):
        raise DeclarationError(f"the branches ({then}) and ({otherwise}) are of different types")
    if isinstance(condition, Const):
        return then if condition.value else otherwise
    if then is otherwise or (
        isinstance(then, Const) and isinstance(otherwise, Const) and then.value == otherwise.value
    ):
        return then
    if isinstance(then.domain, Boolean):
        return disjunction(conjunction(condition, then), conjunction(negation(condition), otherwise))
    return Ite(condition, then, otherwise)


def first_match(*cases: tuple[Expr[bool], Any], default: Expr[V] | V) -> Expr[V]:
    """The value of the first case whose condition holds; `default` where none does."""
    result = as_expr(default)
    for condition, value in reversed(cases):
        result = if_then_else(condition, value, result)
    return result


def smaller(left: Expr[int], right: Expr[int] | int) -> Expr[int]:
    """The smaller one of two numbers."""
    result: Expr[int] = if_then_else(left <= right, left, right)
    return result


def larger(left: Expr[int], right: Expr[int] | int) -> Expr[int]:
    """The larger one of two numbers."""
    result: Expr[int] = if_then_else(left >= right, left, right)
    return result


def quantified(kind: Kind, body: Expr[bool], scope: Scope = Scope.every) -> Expr[bool]:
    boolean(body, f"the body of a quantifier over {kind}")
    _check_scope(kind, scope)
    if body is TRUE:
        return TRUE  # but "all: false" means "there is none", so it stays
    return ForAll(kind, scope, body)


def counted(kind: Kind, body: Expr[bool], scope: Scope = Scope.every) -> Expr[int]:
    boolean(body, f"what is counted over {kind}")
    _check_scope(kind, scope)
    return constant(0) if body is FALSE else Count(kind, scope, body)


def picked(
    kind: Kind, where: Expr[bool], value: Expr[V], default: Expr[V], last: bool, scope: Scope = Scope.every
) -> Expr[V]:
    boolean(where, f"the choice among {kind}")
    if not kind.ordered:
        raise DeclarationError(f"first and last need an ordered kind; {kind} has no order")
    if not comparable(value.domain, default.domain):
        raise DeclarationError(f"({value}) and the default ({default}) are of different types")
    return default if where is FALSE else Pick(kind, scope, where, value, default, last)


def named(name: str, body: Expr[V], values: tuple[Any, ...] = ()) -> Expr[V]:
    """`body` under a name; asked for its value (`is_`), a choice between values keeps the name. values: see `Named`."""
    return body if isinstance(body, Const) else Named(name, body, values)


# Typing


def boolean(expr: object, where: str) -> None:
    if not isinstance(expr, Expr) or not isinstance(expr.domain, Boolean):
        raise DeclarationError(f"{where} takes a true-or-false expression, not ({expr})")


def integer(expr: object, where: str) -> None:
    if not isinstance(expr, Expr) or not isinstance(expr.domain, Integers):
        raise DeclarationError(f"{where} takes integers, not ({expr})")


def _positive(domain: Domain) -> bool:
    return isinstance(domain, Integers) and domain.low is not None and domain.low >= 1


def apply(operator: Operation, left: int, right: int) -> int:
    match operator:
        case Operation.add:
            return left + right
        case Operation.subtract:
            return left - right
        case Operation.multiply:
            return left * right
        case Operation.divide:
            return left // right


def interval(operator: Operation, left: Domain, right: Domain) -> Integers:
    """The smallest interval that holds every result."""
    assert isinstance(left, Integers) and isinstance(right, Integers)
    match operator:
        case Operation.add:
            return Integers(_both(add, left.low, right.low), _both(add, left.high, right.high))
        case Operation.subtract:
            return Integers(_both(sub, left.low, right.high), _both(sub, left.high, right.low))
        case Operation.multiply:
            return _product(left, right)
        case Operation.divide:
            return Integers(_quotient(left.low, right, min), _quotient(left.high, right, max))


def _quotient(end: int | None, divisors: Integers, extreme: Callable[[int, int], int]) -> int | None:
    """The smallest or the largest quotient of an end: that by the smallest divisor or by the largest one.

    Without a largest divisor quotients come to 0, or to -1.
    """
    if end is None or divisors.low is None:
        return None
    by_largest = (0 if end >= 0 else -1) if divisors.high is None else end // divisors.high
    return extreme(end // divisors.low, by_largest)


def _product(left: Integers, right: Integers) -> Integers:
    if left.low is not None and right.low is not None:
        if left.high is not None and right.high is not None:
            ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
            return Integers(min(ends), max(ends))
        if left.low >= 0 and right.low >= 0:
            return Integers(left.low * right.low)
    return INTEGER


def _both(operator: Callable[[int, int], int], left: int | None, right: int | None) -> int | None:
    """Of two ends; none where one is none."""
    return None if left is None or right is None else operator(left, right)


def _domain_where(condition: Expr[bool], value: Expr[Any]) -> Domain:
    """The values it can have where the condition holds: of a variable plus or minus something, as clocks are changed,
    comparisons of that variable are looked at."""
    if not isinstance(value, Arithmetic) or not isinstance(value.left, Variable):
        return value.domain
    known = value.left.domain
    for part in condition.parts if isinstance(condition, And) else (condition,):
        if isinstance(part, Compare) and isinstance(known, Integers):
            known = _compared(known, part, value.left)
    return value.domain if known is value.left.domain else interval(value.operator, known, value.right.domain)


def _compared(known: Integers, comparison: Compare, variable: Variable[Any]) -> Integers:
    """What is left of the variable's values where the comparison holds; all of them where none is left."""
    apart = 1 if comparison.operator is Comparison.less else 0
    low, high, other = known.low, known.high, None
    if comparison.right is variable and isinstance(comparison.left.domain, Integers):
        other = comparison.left.domain.low
        low = low if other is None else other + apart if low is None else max(low, other + apart)
    elif comparison.left is variable and isinstance(comparison.right.domain, Integers):
        other = comparison.right.domain.high
        high = high if other is None else other - apart if high is None else min(high, other - apart)
    return known if other is None or (low is not None and high is not None and low > high) else Integers(low, high)


def joined(left: Domain, right: Domain) -> Domain:
    if not isinstance(left, Integers) or not isinstance(right, Integers):
        return left
    return Integers(_both(min, left.low, right.low), _both(max, left.high, right.high))


def _check_scope(kind: Kind, scope: Scope) -> None:
    if scope in (Scope.earlier, Scope.later) and not kind.ordered:
        raise DeclarationError(f"'{scope}' needs an ordered kind; {kind} has no order")


def _within(branch: Expr[Any], members: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(v for v in members if not isinstance(branch, Variable | Parameter) or v in branch.domain)


def _flattened(
    parts: tuple[Expr[bool], ...], node: type[And] | type[Or], absorbing: Expr[bool]
) -> tuple[Expr[bool], ...] | None:
    """The parts with nested nodes of the same type opened and neutral ones dropped; None: the result is `absorbing`."""
    kept: dict[int, Expr[bool]] = {}
    for part in parts:
        boolean(part, "&" if node is And else "|")
        for inner in part.parts if isinstance(part, node) else (part,):
            if inner is absorbing:
                return None
            if not isinstance(inner, Const):
                kept[id(inner)] = inner
    if any(isinstance(part, Not) and id(part.body) in kept for part in kept.values()):
        return None
    return tuple(kept.values())


# Walking


def rewrite(
    expr: Expr[V], leaf: Callable[[Expr[Any]], Expr[Any] | None], memo: dict[int, Any] | None = None
) -> Expr[V]:
    """Rebuild through the constructors. `leaf` may replace any node (return None to keep it and go inside)."""
    done: dict[int, tuple[Expr[Any], Expr[Any]]] = {} if memo is None else memo

    def visit(node: Expr[Any]) -> Expr[Any]:
        found = done.get(id(node))
        if found is None:
            replaced = leaf(node)
            found = (node, _rebuilt(node, visit) if replaced is None else replaced)
            done[id(node)] = found
        return found[1]

    return visit(expr)


def _rebuilt(node: Expr[Any], visit: Callable[[Expr[Any]], Expr[Any]]) -> Expr[Any]:
    match node:
        case Const() | Variable() | Parameter():
            return node
        case Not():
            return negation(visit(node.body))
        case And():
            return conjunction(*map(visit, node.parts))
        case Or():
            return disjunction(*map(visit, node.parts))
        case In():
            body = visit(node.body)
            return contains(body, _within(body, node.members))
        case Eq():
            return equal(visit(node.left), visit(node.right))
        case Compare():
            return compare(node.operator, visit(node.left), visit(node.right))
        case Arithmetic():
            return arithmetic(node.operator, visit(node.left), visit(node.right))
        case Ite():
            return if_then_else(visit(node.condition), visit(node.then), visit(node.otherwise))
        case ForAll():
            return quantified(node.kind, visit(node.body), node.scope)
        case Count():
            return counted(node.kind, visit(node.body), node.scope)
        case Pick():
            return picked(node.kind, visit(node.where), visit(node.value), visit(node.default), node.last, node.scope)
        case Named():
            return named(node.name, visit(node.body), node.values)
        case _:
            raise TypeError(f"not a node: {node!r}")


def nodes(expr: Expr[Any], known: Container[int] = ()) -> Iterator[Expr[Any]]:
    """Every node once, children before parents; without those whose `id` is `known`, and what only they contain."""
    seen: set[int] = set()
    stack: list[tuple[Expr[Any], bool]] = [(expr, False)]
    while stack:
        node, opened = stack.pop()
        if opened:
            yield node
        elif id(node) not in seen and id(node) not in known:
            seen.add(id(node))
            children = node.children()
            if children:
                stack.append((node, True))
                stack.extend([(child, False) for child in reversed(children)])
            else:
                yield node


@lru_cache(maxsize=20_000)
def variables_in(expr: Expr[Any]) -> frozenset[Variable[Any]]:
    return frozenset(node for node in nodes(expr) if isinstance(node, Variable))


@lru_cache(maxsize=20_000)
def looks_at_order(expr: Expr[Any]) -> frozenset[Kind]:
    """The kinds whose order the expression depends on."""
    relative = (Scope.earlier, Scope.later)
    return frozenset(
        node.kind
        for node in nodes(expr)
        if isinstance(node, Pick) or (isinstance(node, ForAll | Count) and node.scope in relative)
    )


def own_kinds(expr: Expr[Any]) -> frozenset[Kind]:
    """The kinds whose own element the expression speaks of, outside every quantifier over that kind.

    Kept with each node for as long as it lives: expressions share most of what they are made of.
    """
    known = expr.__dict__.get(_OWN)
    if known is None:
        known = expr.__dict__[_OWN] = _own_kinds(expr)
    found: frozenset[Kind] = known
    return found


_OWN = "its own kinds"
"""No field of a node has this name."""


def _own_kinds(expr: Expr[Any]) -> frozenset[Kind]:
    match expr:
        case Variable():
            return frozenset() if expr.kind is None else frozenset({expr.kind})
        case ForAll() | Count() if expr.scope is Scope.every:
            return own_kinds(expr.body) - {expr.kind}
        case ForAll() | Count():
            return own_kinds(expr.body) | {expr.kind}
        case Pick():
            chosen = (own_kinds(expr.where) | own_kinds(expr.value)) - {expr.kind} | own_kinds(expr.default)
            return chosen if expr.scope is Scope.every else chosen | {expr.kind}
        case _:
            return frozenset().union(*map(own_kinds, expr.children()))
