"""NumPy: the meaning of a flat expression on a million packed states at once.

An expression becomes straight-line source in which no sub-expression is computed twice. Enumerated values are their
codes, in as few bytes as hold them; integers are their values.

Numbers are computed in 64 bits, which wrap silently. So an expression that may leave them, by the intervals of what it
is made of, is refused when it is compiled: it and everything in it. Provers know no such end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.language.domains import Boolean, Domain, Enumeration, Integers, width
from podproof.language.errors import UnsupportedError
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
    Named,
    Not,
    Or,
    Parameter,
    Pick,
    Variable,
)
from podproof.language.meanings.interpretation import Interpretation, register
from podproof.language.packing import WORD, Field, Layout, States, Truths

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""The ends of what a number is computed in."""

FEW = 8
"""Runs of neighbouring values: so many are compared one after another."""


@dataclass
class Emitter:
    """Straight-line source over the array `s`; one line for each distinct piece of code."""

    layout: Layout
    lines: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    written: dict[int, tuple[Expr[Any], str]] = field(default_factory=dict)

    def code(self, expr: Expr[Any]) -> str:
        """What stands for the value of the expression; what it shares with others is written once."""
        return ARRAYS.fold(expr, self, self.written)

    def emit(self, code: str) -> str:
        if code not in self.known:
            name = f"t{len(self.known)}"
            self.known[code] = name
            self.lines.append(f"{name} = {code}")
        return self.known[code]

    def word(self, value: int) -> str:
        name = f"w{value}"
        self.constants[name] = np.uint64(value)
        return name

    def residue(self, value: int) -> str:
        """A number to add to or take from words. They wrap, so an offset below zero is right in the end."""
        return self.word(value % 2**WORD)

    def function(self, results: Sequence[str], arguments: str = "s") -> Callable[..., Any]:
        """The source so far as a function that returns `results`, in order, as a tuple."""
        body = "\n    ".join(self._freeing(results))
        source = f"def f({arguments}):\n    {body}\n    return ({''.join(r + ', ' for r in results)})\n"
        namespace: dict[str, Any] = {"np": np, **self.constants}
        exec(compile(source, "<arrays>", "exec"), namespace)
        function: Callable[..., Any] = namespace["f"]
        return function

    def _freeing(self, results: Sequence[str]) -> Iterator[str]:
        """The lines, each with the names let go of that nothing needs after it, so that their memory is used again."""
        last = {name: number for number, line in enumerate(self.lines) for name in re.findall(r"\bt\d+\b", line)}
        for number, line in enumerate(self.lines):
            yield line
            over = [name for name in dict.fromkeys(re.findall(r"\bt\d+\b", line)) if last[name] == number]
            if set(over) - set(results):
                yield f"del {', '.join(name for name in over if name not in results)}"


def vectorised(expr: Expr[bool], layout: Layout) -> Callable[[States], Truths]:
    """A function from states to the truth of `expr` in each."""
    function = _function(expr, layout)
    return lambda states: everywhere(function(states)[0], states)


def valued(expr: Expr[Any], layout: Layout) -> Callable[[States], list[Any]]:
    """A function from states to the value of `expr` in each."""
    function, domain = _function(expr, layout), expr.domain

    def values(states: States) -> list[Any]:
        found = of_each(function(states)[0], states).tolist()
        return [domain.values[code] for code in found] if isinstance(domain, Enumeration) else found

    return values


def _function(expr: Expr[Any], layout: Layout) -> Callable[..., Any]:
    emitter = Emitter(layout)
    return emitter.function([emitter.code(expr)])


def of_each(value: Any, states: States) -> NDArray[Any]:
    """What emitted code gave, with one value for each state: constants give one in all."""
    found = np.asarray(value)
    return found if found.shape == states.shape else np.broadcast_to(found, states.shape)


def everywhere(truth: Any, states: States) -> Truths:
    """The same of a condition."""
    return of_each(np.asarray(truth, dtype=bool), states)


def encoded(expr: Expr[Any], variable: Variable[Any], emitter: Emitter) -> str:
    """Code for what is put into the variable's field when `expr` is assigned to it."""
    value = emitter.code(expr)
    if isinstance(variable.domain, Integers) and variable.domain.low:
        return emitter.emit(f"(np.asarray({value}).astype(np.uint64) - {emitter.residue(variable.domain.low)})")
    return value


def held(node: Expr[Any]) -> None:
    """Raises UnsupportedError where the value of the node may be a number that is not computed exactly."""
    domain = node.domain
    if isinstance(domain, Integers) and not domain.within(LOWEST, HIGHEST):
        raise UnsupportedError(
            f"({node}) is {domain}: that does not fit into the {WORD} bits that the explicit engine computes with; "
            f"only a prover can handle it"
        )


def _constant(emitter: Emitter, node: Const[Any]) -> str:
    held(node)
    if isinstance(node.value, bool):
        return f"np.bool_({node.value})"
    if isinstance(node.domain, Integers):
        return f"np.int64({int(node.value)})"
    return f"np.{_narrow(node.domain)}({node.domain.code(node.value)})"


def _narrow(domain: Domain) -> str:
    """The type of the fewest bytes that hold every code."""
    return f"uint{next(bits for bits in (8, 16, 32, 64) if width(domain) <= bits)}"


def _field(emitter: Emitter, variable: Variable[Any]) -> tuple[str, Field]:
    """The word that has the variable's field."""
    place = emitter.layout.fields[variable]
    return ("s" if emitter.layout.words == 1 else emitter.emit(f"s['w{place.word}']")), place


def _code(emitter: Emitter, variable: Variable[Any]) -> str:
    word, place = _field(emitter, variable)
    kind = _narrow(variable.domain)
    shifted = f"({word} >> {emitter.word(place.shift)})" if place.shift else word
    narrow = emitter.emit(f"{shifted}.astype(np.{kind})")
    return emitter.emit(f"({narrow} & np.{kind}({(1 << place.width) - 1}))")


def _variable(emitter: Emitter, node: Variable[Any]) -> str:
    held(node)
    if isinstance(node.domain, Boolean):
        word, place = _field(emitter, node)
        return emitter.emit(f"(({word} & {emitter.word(place.mask)}) != {emitter.word(0)})")
    code = _code(emitter, node)
    if isinstance(node.domain, Enumeration):
        return code
    if not node.domain.low:
        return emitter.emit(f"{code}.astype(np.int64)")
    return emitter.emit(f"({code}.astype(np.uint64) + {emitter.residue(node.domain.low)}).astype(np.int64)")


def _arithmetic(emitter: Emitter, node: Arithmetic, left: str, right: str) -> str:
    held(node)
    return emitter.emit(f"({left} {node.operator.value} {right})")


def _if_then_else(emitter: Emitter, node: Ite[Any], condition: str, then: str, otherwise: str) -> str:
    """By bits: where the condition holds, those in which the two differ are changed. NumPy chooses more slowly."""
    held(node)
    kind = "int64" if isinstance(node.domain, Integers) else _narrow(node.domain)
    mask = emitter.emit(f"np.negative({condition}.astype(np.{kind}))")
    return emitter.emit(f"({otherwise} ^ (({then} ^ {otherwise}) & {mask}))")


def _in(emitter: Emitter, node: In, body: str) -> str:
    inner = node.body
    values = list(node.members)
    if isinstance(inner, Variable):
        body, values = _code(emitter, inner), [inner.domain.code(value) for value in values]
    elif not isinstance(inner.domain, Integers):
        values = [inner.domain.code(value) for value in values]
    runs = list(_runs(sorted(values)))
    if len(runs) > FEW:
        return emitter.emit(f"np.isin({body}, {sorted(values)})")
    tests = [
        emitter.emit(f"({body} == {low})" if low == high else f"(({body} >= {low}) & ({body} <= {high}))")
        for low, high in runs
    ]
    return tests[0] if len(tests) == 1 else emitter.emit("(" + " | ".join(tests) + ")")


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours together, the first and the last of them."""
    start = 0
    for place in range(1, len(values) + 1):
        if place == len(values) or values[place] != values[place - 1] + 1:
            yield values[start], values[place - 1]
            start = place


ARRAYS: Interpretation[str] = register(
    Interpretation(
        "arrays",
        {
            Const: _constant,
            Variable: _variable,
            Not: lambda emitter, node, body: emitter.emit(f"np.logical_not({body})"),
            And: lambda emitter, node, *parts: emitter.emit("(" + " & ".join(parts) + ")"),
            Or: lambda emitter, node, *parts: emitter.emit("(" + " | ".join(parts) + ")"),
            In: _in,
            Eq: lambda emitter, node, left, right: emitter.emit(f"({left} == {right})"),
            Compare: lambda emitter, node, left, right: emitter.emit(f"({left} {node.operator.value} {right})"),
            Arithmetic: _arithmetic,
            Ite: _if_then_else,
            Named: lambda emitter, node, body: body,
        },
        without=frozenset({Parameter, ForAll, Count, Pick}),
    )
)
