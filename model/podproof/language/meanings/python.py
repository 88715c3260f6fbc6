"""One valuation in plain Python: the meaning of an expression in one state.

An expression becomes a Python function once (`compiled`), so that evaluating it costs microseconds. The source that
is compiled is made from the expression's nodes only: names and values travel as constants, never as text. What an
expression says at length more than once is computed once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from podproof.language.domains import Integers
from podproof.language.errors import DeclarationError, DomainError
from podproof.language.expressions import (
    And,
    Arithmetic,
    Compare,
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
    nodes,
    own_kinds,
)
from podproof.language.meanings.interpretation import Interpretation, register

Values = dict[Variable[Any], Any]
"""A value for every variable; a list with one value an element for a variable of a kind."""

Function = Callable[[Mapping[Variable[Any], Any], Mapping[Kind, int], Mapping[str, Any], int | None], Any]


Bound = Mapping[str, tuple[str, frozenset[Kind]]]
"""Names of shared sub-expressions, each with its source and the kinds whose own element it speaks of."""


class _Code(str):
    """Source of one node. `bound`: the names in it for what is shared, each after those that its own source uses.

    A name is bound as far out as it can be: by the quantifier over the innermost kind whose element it speaks of.
    """

    __slots__ = ("bound",)

    bound: Bound

    def __new__(cls, text: str, bound: Bound | None = None) -> _Code:
        code = super().__new__(cls, text)
        code.bound = bound or {}
        return code


LONG = 2_000
"""Longer source is not repeated but computed once. (Shorter is: it may never be needed, and costs less than a name.)"""


class _Source:
    """What the nodes of one expression share: constants by name, and what is used more than once."""

    def __init__(self, expr: Expr[Any]) -> None:
        self.constants: dict[str, Any] = {}
        uses = Counter(id(child) for node in nodes(expr) for child in node.children())
        self.shared = {id(n) for n in nodes(expr) if uses[id(n)] > 1 and n.children()}

    def name(self, value: Any, prefix: str) -> str:
        for known, constant in self.constants.items():
            if constant is value:
                return known
        name = f"{prefix}{len(self.constants)}"
        self.constants[name] = value
        return name

    def index(self, kind: Kind) -> str:
        return "i" + self.name(kind, "k")

    def code(self, node: Expr[Any], text: str, *parts: _Code) -> _Code:
        """The source of `node`; only a name for it, where it is used more than once and too long to repeat."""
        bound = {name: value for part in parts for name, value in part.bound.items()}
        if id(node) not in self.shared or len(text) <= LONG:
            return _Code(text, bound)
        name = self.name(node, "t")
        return _Code(name, {**bound, name: (text, own_kinds(node))})


def compiled(expr: Expr[Any]) -> Function:
    """A function `(values, sizes, parameters, own index)` that returns the value of `expr`.

    `own index` is the element that a member expression speaks of, None for the others.
    """
    kinds = own_kinds(expr)
    if len(kinds) > 1:
        raise DeclarationError(f"({expr}) speaks of one element each of {', '.join(sorted(k.name for k in kinds))}")
    source = _Source(expr)
    body = PYTHON.fold(expr, source)
    own = source.index(next(iter(kinds))) if kinds else "own"
    whole = f"next({body} {_bindings(body.bound)})" if body.bound else body
    code = compile(f"lambda v, n, p, {own}: {whole}", "<expression>", "eval")
    function: Function = eval(
        code, {"__builtins__": {"all": all, "sum": sum, "range": range, "next": next}, **source.constants}
    )
    return function


def _bindings(bound: Bound) -> str:
    """Clauses of a comprehension that bind the names, each after those that it uses."""
    return " ".join(f"for {name} in ({text},)" for name, (text, _) in bound.items())


_CACHE: dict[int, tuple[Expr[Any], Function]] = {}


def evaluate(
    expr: Expr[Any],
    values: Mapping[Variable[Any], Any],
    sizes: Mapping[Kind, int],
    parameters: Mapping[str, Any] | None = None,
    own: int | None = None,
) -> Any:
    """The value of `expr` in one state.

    values: every variable's value (a list by element for a variable of a kind); sizes: elements of every kind;
    parameters: the event's, by name; own: the element that a member expression speaks of.
    """
    found = _CACHE.get(id(expr))
    if found is None:
        found = _CACHE[id(expr)] = (expr, compiled(expr))  # the expression is kept, so its id is not reused
    return found[1](values, sizes, parameters or {}, own)


def stored(variable: Variable[Any], value: Any) -> Any:
    """What the variable holds after `value` is assigned: clipped if it saturates.

    Raises DomainError for a value outside the domain of any other variable.
    """
    domain = variable.domain
    if isinstance(domain, Integers) and domain.saturating and domain.low is not None and domain.high is not None:
        return min(max(value, domain.low), domain.high)
    if value not in domain:
        raise DomainError(f"{variable.name} is {domain}: a step would store {value!r}")
    return value


def _loop(source: _Source, kind: Kind, order: str, *inside: _Code) -> tuple[str, _Code]:
    """The clauses that go through elements of a kind and bind what depends on each; what else `inside` uses."""
    here: dict[str, tuple[str, frozenset[Kind]]] = {}
    outside: dict[str, tuple[str, frozenset[Kind]]] = {}
    for part in inside:
        for name, (text, kinds) in part.bound.items():
            (here if kind in kinds else outside)[name] = (text, kinds)
    return f"for {source.index(kind)} in {order} {_bindings(here)}", _Code("", outside)


def _order(source: _Source, kind: Kind, scope: Scope) -> str:
    """The elements in scope; the outer element's index is visible in the first iterable of a comprehension only."""
    index, size = source.index(kind), f"n[{source.name(kind, 'k')}]"
    match scope:
        case Scope.every:
            return f"range({size})"
        case Scope.earlier:
            return f"range({index})"
        case Scope.later:
            return f"range({index} + 1, {size})"
        case Scope.others:
            return f"[*range({index}), *range({index} + 1, {size})]"


def _variable(source: _Source, node: Variable[Any]) -> _Code:
    place = f"v[{source.name(node, 'x')}]"
    return _Code(place if node.kind is None else f"{place}[{source.index(node.kind)}]")


def _quantifier(function: str) -> Callable[[_Source, ForAll | Count, _Code], _Code]:
    def case(source: _Source, node: ForAll | Count, body: _Code) -> _Code:
        loop, outside = _loop(source, node.kind, _order(source, node.kind, node.scope), body)
        return source.code(node, f"{function}({body} {loop})", outside)

    return case


def _pick(source: _Source, node: Pick[Any], where: _Code, value: _Code, default: _Code) -> _Code:
    order = _order(source, node.kind, node.scope)
    if node.last:
        order += "[::-1]"
    loop, outside = _loop(source, node.kind, order, where, value)
    return source.code(node, f"next(({value} {loop} if {where}), {default})", outside, default)


def _infix(source: _Source, node: Compare | Arithmetic, left: _Code, right: _Code) -> _Code:
    return source.code(node, f"({left} {node.operator.value} {right})", left, right)


PYTHON: Interpretation[_Code] = register(
    Interpretation(
        "python",
        {
            Const: lambda source, node: _Code(source.name(node.value, "c")),
            Variable: _variable,
            Parameter: lambda source, node: _Code(f"p[{source.name(node.name, 'p_')}]"),
            Not: lambda source, node, body: source.code(node, f"(not {body})", body),
            And: lambda source, node, *parts: source.code(node, f"({' and '.join(parts)})", *parts),
            Or: lambda source, node, *parts: source.code(node, f"({' or '.join(parts)})", *parts),
            In: lambda source, node, body: source.code(
                node, f"({body} in {source.name(frozenset(node.members), 's')})", body
            ),
            Eq: lambda source, node, *sides: source.code(node, "({} == {})".format(*sides), *sides),
            Compare: _infix,
            Arithmetic: _infix,
            Ite: lambda source, node, condition, then, otherwise: source.code(
                node, f"({then} if {condition} else {otherwise})", condition, then, otherwise
            ),
            ForAll: _quantifier("all"),
            Count: _quantifier("sum"),
            Pick: _pick,
            Named: lambda _, node, body: body,
        },
    )
)
