"""Flat systems: what engines see. Finite variables without kinds, steps as a guard and simultaneous updates.

`expand` makes one from a system and a number of elements for each kind: quantifiers become conjunctions, every
element's variable a variable of its own. (The prover's abstractions make flat systems too.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    FALSE,
    TRUE,
    Const,
    Count,
    Expr,
    ForAll,
    Kind,
    Operation,
    Pick,
    Scope,
    Variable,
    arithmetic,
    conjunction,
    constant,
    first_match,
    if_then_else,
    own_kinds_by_node,
    rewrite,
)
from podproof.language.systems import Step, System

Sizes = Mapping[Kind, int]


@dataclass(frozen=True, eq=False)
class FlatStep:
    """One step of a flat system. `step` and `element` say where it came from; `element` is None without a kind."""

    step: Step
    element: int | None
    guard: Expr[bool]
    updates: Mapping[Variable[Any], Expr[Any]]
    obligations: tuple[Expr[bool], ...] = ()


@dataclass(frozen=True, eq=False)
class FlatSystem:
    """`variables` carry their own initial values; `initial` restricts them further.

    replicas: for every kind the variables of each element, in order; the engine's symmetry and traces need them.
    """

    system: System
    sizes: Sizes
    variables: tuple[Variable[Any], ...]
    initial: Expr[bool]
    steps: tuple[FlatStep, ...]
    replicas: Mapping[Kind, tuple[tuple[Variable[Any], ...], ...]]
    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]]

    def flatten(self, expr: Expr[Any], element: int | None = None) -> Expr[Any]:
        """`expr` of the system (of one element, where it speaks of one) over this flat system's variables."""
        return flatten(expr, self.place, self.sizes, element)

    def values(self, flat: Sequence[Any]) -> dict[Variable[Any], Any]:
        """Values in the order of `variables` as a valuation of the system, lists for variables of kinds."""
        by_variable = dict(zip(self.variables, flat, strict=True))
        result: dict[Variable[Any], Any] = {}
        for (variable, element), flat_variable in self.place.items():
            if element is None:
                result[variable] = by_variable[flat_variable]
            else:
                result.setdefault(variable, []).append(by_variable[flat_variable])
        for variable in self.system.variables:
            if variable.kind is not None:
                result.setdefault(variable, [])
        return result


def complete(system: System, sizes: Sizes) -> dict[Kind, int]:
    """`sizes` with every kind of the system; also for one that only a cone of influence has dropped."""
    for kind, size in sizes.items():
        if kind not in system.all_kinds:
            known = ", ".join(str(kind) for kind in system.all_kinds) or "no kinds"
            raise DeclarationError(f"system {system.name} has no kind {kind}; it has {known}")
        if not isinstance(size, int) or size < 0:
            raise ValueError(f"a system has 0 or more elements of kind {kind}, not {size!r}")
    return {kind: sizes.get(kind, 0) for kind in (*system.kinds, *sizes)}


def expand(system: System, sizes: Sizes) -> FlatSystem:
    """The system with `sizes[kind]` elements of each kind (a kind not named has none).

    Raises DeclarationError for a kind that the system does not have, ValueError for a number of elements below 0.
    """
    counts = complete(system, sizes)
    place: dict[tuple[Variable[Any], int | None], Variable[Any]] = {}
    for variable in system.variables:
        if variable.kind is None:
            place[variable, None] = variable
        else:
            for each in range(counts[variable.kind]):
                name = f"{variable.kind.name}[{each}].{variable.name}"
                place[variable, each] = replace(variable, name=name, kind=None)
    flat = _Flattening(place, counts).of

    steps: list[FlatStep] = []
    for step in system.steps:
        elements: tuple[int | None, ...] = (None,) if step.kind is None else tuple(range(counts[step.kind]))
        for element in elements:
            guard = flat(step.guard, element)
            if guard is FALSE:
                continue
            updates = {place[v, None if v.kind is None else element]: flat(e, element) for v, e in step.updates.items()}
            for variable, value in step.broadcasts.items():
                assert variable.kind is not None
                for each in range(counts[variable.kind]):
                    updates[place[variable, each]] = flat(value, each)
            changing = {v: e for v, e in updates.items() if v is not e}
            obligations = tuple(flat(o, element) for o in step.obligations)
            steps.append(FlatStep(step, element, guard, changing, tuple(o for o in obligations if o is not TRUE)))
    replicas = {
        kind: tuple(tuple(v for (own, e), v in place.items() if e == i and own.kind is kind) for i in range(n))
        for kind, n in counts.items()
    }
    initial = conjunction(*(flat(e, None) for e in system.initial_conditions))
    return FlatSystem(system, counts, tuple(place.values()), initial, tuple(steps), replicas, place)


def flatten(
    expr: Expr[Any],
    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]],
    sizes: Sizes,
    element: int | None = None,
) -> Expr[Any]:
    """`expr` without quantifiers: each becomes a formula over the elements that there are."""
    return _Flattening(place, sizes).of(expr, element)


Elements = frozenset[tuple[Kind, int]]
"""The one element of each kind that is meant at some place in an expression."""


@dataclass(frozen=True, eq=False)
class _Flattening:
    """What was made of every node, for the elements that it speaks of."""

    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]]
    sizes: Sizes
    memos: dict[Elements, dict[int, Any]] = field(default_factory=dict)
    kinds: dict[int, frozenset[Kind]] = field(default_factory=dict)

    def of(self, expr: Expr[Any], element: int | None) -> Expr[Any]:
        if id(expr) not in self.kinds:
            self.kinds.update(own_kinds_by_node(expr))
        return self._at(expr, {} if element is None else dict.fromkeys(self.kinds[id(expr)], element))

    def _at(self, expr: Expr[Any], elements: Mapping[Kind, int]) -> Expr[Any]:
        meant = {kind: elements[kind] for kind in self.kinds[id(expr)]}
        memo = self.memos.setdefault(frozenset(meant.items()), {})
        return rewrite(expr, lambda node: self._leaf(node, meant), memo)

    def _leaf(self, node: Expr[Any], meant: Mapping[Kind, int]) -> Expr[Any] | None:
        match node:
            case Variable():
                return self.place[node, None if node.kind is None else meant[node.kind]]
            case ForAll():
                return conjunction(*(self._at(node.body, inner) for inner in self._each(node, meant)))
            case Count():
                counted = (if_then_else(self._at(node.body, inner), 1, 0) for inner in self._each(node, meant))
                return total(list(counted))
            case Pick():
                order = range(self.sizes[node.kind])
                chosen = [{**meant, node.kind: i} for i in (reversed(order) if node.last else order)]
                cases = [(self._at(node.where, inner), self._at(node.value, inner)) for inner in chosen]
                return first_match(*cases, default=self._at(node.default, meant))
        return None

    def _each(self, node: ForAll | Count, meant: Mapping[Kind, int]) -> list[dict[Kind, int]]:
        elements = _elements(node.scope, self.sizes[node.kind], meant.get(node.kind))
        return [{**meant, node.kind: i} for i in elements]


def total(parts: Sequence[Expr[int]]) -> Expr[int]:
    known = sum(part.value for part in parts if isinstance(part, Const))
    result: Expr[int] = constant(known)
    for part in parts:
        if not isinstance(part, Const):
            zero = isinstance(result, Const) and result.value == 0
            result = part if zero else arithmetic(Operation.add, result, part)
    return result


def _elements(scope: Scope, size: int, own: int | None) -> Sequence[int]:
    if scope is Scope.every:
        return range(size)
    assert own is not None, "a relative quantifier is checked to be inside an element's expression"
    match scope:
        case Scope.earlier:
            return range(own)
        case Scope.later:
            return range(own + 1, size)
        case _:
            return [i for i in range(size) if i != own]
