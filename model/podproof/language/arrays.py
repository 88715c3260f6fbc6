"""NumPy: the meaning of a flat expression on a million packed states at once.

A state is one unsigned 64-bit word; every variable is a bit field in it (`Layout`). An expression becomes straight-line
source in which no sub-expression is computed twice. Enumerated values are their codes, integers their values.

Numbers are computed in 64 bits, which wrap silently. So an expression that may leave them, by the intervals of what it
is made of, is refused when it is compiled: it and everything in it. Provers know no such end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.language.domains import Boolean, Enumeration, Integers, width
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
from podproof.language.interpretations import Interpretation, register

States = NDArray[np.uint64]
Truths = NDArray[np.bool_]

WORD = 64

LOWEST, HIGHEST = -(2**63), 2**63 - 1
"""The ends of what a number is computed in."""


@dataclass(frozen=True)
class Field:
    """Where a variable sits in the word."""

    shift: int
    width: int

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.shift


class Layout:
    """A bit field for every variable.

    Raises UnsupportedError for an unbounded variable, or where the fields need more than 64 bits.
    """

    def __init__(self, variables: Iterable[Variable[Any]]) -> None:
        self.fields: dict[Variable[Any], Field] = {}
        position = 0
        for variable in variables:
            if isinstance(variable.domain, Integers) and not variable.domain.bounded:
                raise UnsupportedError(f"{variable.name} is unbounded: only a prover can handle it")
            place = Field(position, width(variable.domain))
            self.fields[variable] = place
            position += place.width
        self.bits = position
        if position > WORD:
            raise UnsupportedError(f"a state needs {position} bits; the explicit engine packs at most {WORD}")

    def pack(self, values: Mapping[Variable[Any], Any]) -> int:
        return sum(v.domain.code(values[v]) << f.shift for v, f in self.fields.items())

    def unpack(self, state: int) -> list[Any]:
        """The values in the order of the variables."""
        return [v.domain.values[(int(state) >> f.shift) & ((1 << f.width) - 1)] for v, f in self.fields.items()]

    def codes(self, states: States, variable: Variable[Any]) -> States:
        place = self.fields[variable]
        return (states >> np.uint64(place.shift)) & np.uint64((1 << place.width) - 1)


@dataclass
class Emitter:
    """Straight-line source over the array `s`; one line for each distinct piece of code."""

    layout: Layout
    lines: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)

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
        body = "\n    ".join(self.lines)
        source = f"def f({arguments}):\n    {body}\n    return ({''.join(r + ', ' for r in results)})\n"
        namespace: dict[str, Any] = {"np": np, **self.constants}
        exec(compile(source, "<arrays>", "exec"), namespace)
        function: Callable[..., Any] = namespace["f"]
        return function


def vectorised(expr: Expr[bool], layout: Layout) -> Callable[[States], Truths]:
    """A function from states to the truth of `expr` in each."""
    function = _function(expr, layout)
    return lambda states: everywhere(function(states)[0], states)


def valued(expr: Expr[Any], layout: Layout) -> Callable[[States], list[Any]]:
    """A function from states to the value of `expr` in each."""
    function, domain = _function(expr, layout), expr.domain

    def values(states: States) -> list[Any]:
        found = np.broadcast_to(np.asarray(function(states)[0]), states.shape).tolist()
        return [domain.values[code] for code in found] if isinstance(domain, Enumeration) else found

    return values


def _function(expr: Expr[Any], layout: Layout) -> Callable[..., Any]:
    emitter = Emitter(layout)
    return emitter.function([ARRAYS.fold(expr, emitter)])


def everywhere(truth: Any, states: States) -> Truths:
    """A condition as emitted code gave it, with one truth for each state: constants give one in all."""
    found: Truths = np.asarray(truth, dtype=bool)
    return found if found.shape == states.shape else np.broadcast_to(found, states.shape)


def encoded(expr: Expr[Any], variable: Variable[Any], emitter: Emitter) -> str:
    """Code for the word to store in the variable's field when `expr` is assigned to it, shifted into place."""
    place = emitter.layout.fields[variable]
    code = f"np.asarray({ARRAYS.fold(expr, emitter)}).astype(np.uint64)"
    if isinstance(variable.domain, Integers) and variable.domain.low:
        code = emitter.emit(f"({code} - {emitter.residue(variable.domain.low)})")
    return emitter.emit(f"({code} << {emitter.word(place.shift)})")


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
    return (
        f"np.int64({int(node.value)})"
        if isinstance(node.domain, Integers)
        else f"np.int64({node.domain.code(node.value)})"
    )


def _variable(emitter: Emitter, node: Variable[Any]) -> str:
    held(node)
    place = emitter.layout.fields[node]
    if isinstance(node.domain, Boolean):
        return emitter.emit(f"((s & {emitter.word(place.mask)}) != {emitter.word(0)})")
    raw = f"((s >> {emitter.word(place.shift)}) & {emitter.word((1 << place.width) - 1)})"
    low = node.domain.low if isinstance(node.domain, Integers) else 0
    return emitter.emit(f"({raw} + {emitter.residue(low)}).astype(np.int64)" if low else f"{raw}.astype(np.int64)")


def _arithmetic(emitter: Emitter, node: Arithmetic, left: str, right: str) -> str:
    held(node)
    return emitter.emit(f"({left} {node.operator.value} {right})")


def _if_then_else(emitter: Emitter, node: Ite[Any], condition: str, then: str, otherwise: str) -> str:
    held(node)
    return emitter.emit(f"np.where({condition}, {then}, {otherwise})")


def _in(emitter: Emitter, node: In, body: str) -> str:
    inner = node.body
    codes = (
        [inner.domain.code(v) for v in node.members] if not isinstance(inner.domain, Integers) else list(node.members)
    )
    if isinstance(inner, Variable):
        place = emitter.layout.fields[inner]
        raw = [inner.domain.code(v) for v in node.members]
        if len(raw) == 1:
            masked = emitter.emit(f"(s & {emitter.word(place.mask)})")
            return emitter.emit(f"({masked} == {emitter.word(raw[0] << place.shift)})")
        if max(raw) < WORD:
            bitmap = emitter.word(sum(1 << code for code in raw))
            own = f"((s >> {emitter.word(place.shift)}) & {emitter.word((1 << place.width) - 1)})"
            return emitter.emit(f"((({bitmap} >> {own}) & {emitter.word(1)}) != {emitter.word(0)})")
    return emitter.emit(f"np.isin({body}, {sorted(codes)})")


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
