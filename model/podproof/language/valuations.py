"""One valuation in plain Python: the meaning of an expression in one state.

An expression becomes a Python function once (`compiled`), so that evaluating it costs microseconds. The source that
is compiled is made from the expression's nodes only: names and values travel as constants, never as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    own_kinds,
)
from podproof.language.interpretations import Interpretation, register

Values = dict[Variable[Any], Any]
"""A value for every variable; a list with one value an element for a variable of a kind."""

Function = Callable[[Mapping[Variable[Any], Any], Mapping[Kind, int], Mapping[str, Any], int | None], Any]


@dataclass
class _Source:
    """The constants that the generated source refers to by name."""

    constants: dict[str, Any] = field(default_factory=dict)

    def name(self, value: Any, prefix: str) -> str:
        for known, constant in self.constants.items():
            if constant is value:
                return known
        name = f"{prefix}{len(self.constants)}"
        self.constants[name] = value
        return name

    def index(self, kind: Kind) -> str:
        return "i" + self.name(kind, "k")


def compiled(expr: Expr[Any]) -> Function:
    """A function `(values, sizes, parameters, own index)` that returns the value of `expr`.

    `own index` is the element that a member expression speaks of, None for the others.
    """
    kinds = own_kinds(expr)
    if len(kinds) > 1:
        raise DeclarationError(f"({expr}) speaks of one element each of {', '.join(sorted(k.name for k in kinds))}")
    source = _Source()
    body = PYTHON.fold(expr, source)
    own = source.index(kinds.pop()) if kinds else "own"
    code = compile(f"lambda v, n, p, {own}: {body}", "<expression>", "eval")
    function: Function = eval(
        code, {"__builtins__": {"all": all, "sum": sum, "range": range, "next": next}, **source.constants}
    )
    return function


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


def _indices(source: _Source, kind: Kind, scope: Scope) -> str:
    """The loop over the elements in scope; the outer element's index is visible in its first iterable only."""
    index, size = source.index(kind), f"n[{source.name(kind, 'k')}]"
    match scope:
        case Scope.every:
            return f"for {index} in range({size})"
        case Scope.earlier:
            return f"for {index} in range({index})"
        case Scope.later:
            return f"for {index} in range({index} + 1, {size})"
        case Scope.others:
            return f"for {index} in [*range({index}), *range({index} + 1, {size})]"


def _variable(source: _Source, node: Variable[Any]) -> str:
    place = f"v[{source.name(node, 'x')}]"
    return place if node.kind is None else f"{place}[{source.index(node.kind)}]"


def _pick(source: _Source, node: Pick[Any], where: str, value: str, default: str) -> str:
    size = f"n[{source.name(node.kind, 'k')}]"
    order = f"range({size} - 1, -1, -1)" if node.last else f"range({size})"
    return f"next(({value} for {source.index(node.kind)} in {order} if {where}), {default})"


PYTHON: Interpretation[str] = register(
    Interpretation(
        "python",
        {
            Const: lambda source, node: source.name(node.value, "c"),
            Variable: _variable,
            Parameter: lambda source, node: f"p[{source.name(node.name, 'p_')}]",
            Not: lambda _, node, body: f"(not {body})",
            And: lambda _, node, *parts: "(" + " and ".join(parts) + ")",
            Or: lambda _, node, *parts: "(" + " or ".join(parts) + ")",
            In: lambda source, node, body: f"({body} in {source.name(frozenset(node.members), 's')})",
            Eq: lambda _, node, left, right: f"({left} == {right})",
            Compare: lambda _, node, left, right: f"({left} {node.operator.value} {right})",
            Arithmetic: lambda _, node, left, right: f"({left} {node.operator.value} {right})",
            Ite: lambda _, node, condition, then, otherwise: f"({then} if {condition} else {otherwise})",
            ForAll: lambda source, node, body: f"all({body} {_indices(source, node.kind, node.scope)})",
            Count: lambda source, node, body: f"sum({body} {_indices(source, node.kind, node.scope)})",
            Pick: _pick,
            Named: lambda _, node, body: body,
        },
    )
)
