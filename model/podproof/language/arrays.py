"""NumPy: the meaning of a flat expression on a million packed states at once.

A state is one unsigned 64-bit word; every variable is a bit field in it (`Layout`). An expression becomes straight-line
source in which no sub-expression is computed twice. Enumerated values are their codes, integers their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.language.domains import Boolean, Integers
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
            width = max(1, (len(variable.domain.values) - 1).bit_length())
            self.fields[variable] = Field(position, width)
            position += width
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
    emitter = Emitter(layout)
    name = ARRAYS.fold(expr, emitter)
    function = emitter.function([name])
    return lambda states: everywhere(function(states)[0], states)


def everywhere(truth: Any, states: States) -> Truths:
    """A condition as emitted code gave it, with one truth for each state: constants give one in all."""
    found: Truths = np.asarray(truth, dtype=bool)
    return found if found.shape == states.shape else np.broadcast_to(found, states.shape)


def encoded(expr: Expr[Any], variable: Variable[Any], emitter: Emitter) -> str:
    """Code for the word to store in the variable's field when `expr` is assigned to it, shifted into place."""
    place = emitter.layout.fields[variable]
    name = ARRAYS.fold(expr, emitter)
    if isinstance(variable.domain, Integers):
        name = emitter.emit(f"({name} - {variable.domain.low or 0})")
    return emitter.emit(f"(np.asarray({name}).astype(np.uint64) << {emitter.word(place.shift)})")


def _constant(emitter: Emitter, node: Const[Any]) -> str:
    if isinstance(node.value, bool):
        return f"np.bool_({node.value})"
    return (
        f"np.int64({int(node.value)})"
        if isinstance(node.domain, Integers)
        else f"np.int64({node.domain.code(node.value)})"
    )


def _variable(emitter: Emitter, node: Variable[Any]) -> str:
    place = emitter.layout.fields[node]
    if isinstance(node.domain, Boolean):
        return emitter.emit(f"((s & {emitter.word(place.mask)}) != {emitter.word(0)})")
    raw = f"((s >> {emitter.word(place.shift)}) & {emitter.word((1 << place.width) - 1)}).astype(np.int64)"
    low = node.domain.low if isinstance(node.domain, Integers) else 0
    return emitter.emit(f"({raw} + {low})" if low else raw)


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
            Arithmetic: lambda emitter, node, left, right: emitter.emit(f"({left} {node.operator.value} {right})"),
            Ite: lambda emitter, node, condition, then, otherwise: emitter.emit(
                f"np.where({condition}, {then}, {otherwise})"
            ),
            Named: lambda emitter, node, body: body,
        },
        without=frozenset({Parameter, ForAll, Count, Pick}),
    )
)
