"""Flat systems: what engines see. Finite variables without kinds, steps as a guard and simultaneous updates.

`expand` makes one from a system and a number of elements for each kind: quantifiers become conjunctions, every
element's variable a variable of its own. (The prover's abstractions make flat systems too.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from math import prod
from typing import Any

from podproof.language.clocks import Stopwatch
from podproof.language.domains import Integers
from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    ANY,
    FALSE,
    TRUE,
    And,
    Const,
    Count,
    Expr,
    ForAll,
    In,
    Kind,
    Not,
    Operation,
    Pick,
    Scope,
    Variable,
    arithmetic,
    conjunction,
    constant,
    disjunction,
    first_match,
    if_then_else,
    own_kinds,
    rewrite,
    variables_in,
)
from podproof.language.machines import wraps
from podproof.language.systems import Step, System

Sizes = Mapping[Kind, int]

MOST_SHOWN = (1 << 12) - 1
"""A stopwatch without an end that shows more is an error, where fields have values and states are explored."""

MOST_GUESSES = 3_000
"""So many values of what is forgotten are guessed for one step."""


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
    fixed: variables that have one value in every state, and so are none of the others (see `specialised`).
    """

    system: System
    sizes: Sizes
    variables: tuple[Variable[Any], ...]
    initial: Expr[bool]
    steps: tuple[FlatStep, ...]
    replicas: Mapping[Kind, tuple[tuple[Variable[Any], ...], ...]]
    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]]
    fixed: Mapping[tuple[Variable[Any], int | None], Any] = field(default_factory=dict)

    def flatten(self, expr: Expr[Any], element: int | None = None) -> Expr[Any]:
        """`expr` of the system (of one element, where it speaks of one) over this flat system's variables."""
        known = {where: constant(value) for where, value in self.fixed.items()}
        return _Flattening({**self.place, **known}, self.sizes).of(expr, element)

    def values(self, flat: Sequence[Any]) -> dict[Variable[Any], Any]:
        """Values in the order of `variables` as a valuation of the system, lists for variables of kinds."""
        by_variable = dict(zip(self.variables, flat, strict=True))
        result: dict[Variable[Any], Any] = {}
        known = {where: by_variable[flat_variable] for where, flat_variable in self.place.items()} | dict(self.fixed)
        of_elements = Counter(variable for variable, element in known if element is not None)
        for variable, _ in known:
            if variable not in of_elements:
                result[variable] = known[variable, None]
            elif variable not in result:
                result[variable] = [known[variable, each] for each in range(of_elements[variable])]
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


def expand(system: System, sizes: Sizes, within: Mapping[Variable[Any], Integers] | None = None) -> FlatSystem:
    """The system with `sizes[kind]` elements of each kind (a kind not named has none).

    within: other ends of numbers; to store a value beyond them is an error. Raises DeclarationError for a kind that the
    system does not have, ValueError for a number of elements below 0.
    """
    counts = complete(system, sizes)
    place: dict[tuple[Variable[Any], int | None], Variable[Any]] = {}
    fixed: dict[tuple[Variable[Any], int | None], Any] = {}
    ends = _ends(system, within or {})
    for variable in system.variables:
        domain = ends.get(variable, variable.domain)
        if variable in system.fields:
            fixed[variable, None] = system.fields[variable]
        elif variable.kind is None:
            place[variable, None] = variable if domain is variable.domain else replace(variable, values=domain)
        else:
            for each in range(counts[variable.kind]):
                name = f"{variable.kind.name}[{each}].{variable.name}"
                place[variable, each] = replace(variable, name=name, kind=None, values=domain)
    flat = _Flattening({**place, **{where: constant(value) for where, value in fixed.items()}}, counts).of

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
            obligations = (*(flat(o, element) for o in step.obligations), *_kept_within(ends, changing, place))
            steps.append(FlatStep(step, element, guard, changing, tuple(o for o in obligations if o is not TRUE)))
    replicas = {
        kind: tuple(tuple(v for (own, e), v in place.items() if e == i and own.kind is kind) for i in range(n))
        for kind, n in counts.items()
    }
    initial = conjunction(*(flat(e, None) for e in system.initial_conditions))
    return FlatSystem(system, counts, tuple(place.values()), initial, tuple(steps), replicas, place, fixed)


def _ends(system: System, within: Mapping[Variable[Any], Integers]) -> dict[Variable[Any], Integers]:
    """The values of clocks and counters, where those of fields say more about them than their declaration."""
    known: dict[Variable[Any], Expr[Any]] = {v: replace(v, values=domain, initial=ANY) for v, domain in within.items()}
    known.update({variable: constant(value) for variable, value in system.fields.items()})
    found = {}
    for each in system.ended:
        end = rewrite(each.end, partial(_known, known))
        high = end.domain.high if isinstance(end.domain, Integers) else None
        if isinstance(each, Stopwatch) and each.cap is None:
            high = MOST_SHOWN if system.fields else None
        if high is not None:
            found[each.variable] = Integers(0, high)
    return {**found, **within}


def _kept_within(
    ends: Mapping[Variable[Any], Integers],
    updates: Mapping[Variable[Any], Expr[Any]],
    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]],
) -> Iterator[Expr[bool]]:
    """What has to hold so that clocks stay between their ends, as far as it is not plain."""
    clocks = {flat for (variable, _), flat in place.items() if variable in ends}
    for variable, value in updates.items():
        if variable in clocks and wraps(variable, value):
            domain: Any = variable.domain
            yield (value >= domain.low) & (value <= domain.high)


def flatten(
    expr: Expr[Any],
    place: Mapping[tuple[Variable[Any], int | None], Variable[Any]],
    sizes: Sizes,
    element: int | None = None,
) -> Expr[Any]:
    """`expr` without quantifiers: each becomes a formula over the elements that there are."""
    return _Flattening(place, sizes).of(expr, element)


def specialised(flat: FlatSystem) -> FlatSystem:
    """The same system without variables that have one initial value and are never written: a state need not tell them.

    Of a kind a variable is left out only where it has one value in all elements, so that they stay alike.
    """
    written = {variable for step in flat.steps for variable in step.updates}
    conditions = flat.initial.parts if isinstance(flat.initial, And) else (flat.initial,)
    told = {v: v.initial_values[0] for v in flat.variables if _begins_alike(v)}
    for variable, value in map(_told, conditions):
        if variable is not None and variable.may_begin_as(value):  # else there is no initial state
            told.setdefault(variable, value)
    fixed: dict[tuple[Variable[Any], int | None], Any] = {}
    for own in dict.fromkeys(own for own, _ in flat.place):
        places = {each: variable for each, variable in flat.place.items() if each[0] is own}
        values = {None if variable in written else told.get(variable) for variable in places.values()}
        if None not in values and len(values) == 1:
            fixed.update(dict.fromkeys(places, values.pop()))
    if not fixed:
        return flat
    known = {flat.place[where]: constant(value) for where, value in fixed.items()}
    memo: dict[int, Any] = {}

    def put(expr: Expr[Any]) -> Expr[Any]:
        return rewrite(expr, partial(_known, known), memo)

    steps = (
        replace(
            step,
            guard=put(step.guard),
            updates={variable: put(value) for variable, value in step.updates.items()},
            obligations=tuple(o for o in map(put, step.obligations) if o is not TRUE),
        )
        for step in flat.steps
    )
    return replace(
        flat,
        variables=tuple(variable for variable in flat.variables if variable not in known),
        initial=put(flat.initial),
        steps=tuple(step for step in steps if step.guard is not FALSE),
        replicas={
            kind: tuple(tuple(v for v in element if v not in known) for element in elements)
            for kind, elements in flat.replicas.items()
        },
        place={where: variable for where, variable in flat.place.items() if where not in fixed},
        fixed={**flat.fixed, **fixed},
    )


def _begins_alike(variable: Variable[Any]) -> bool:
    """Whether it has only one initial value; there may be more than `len` can say."""
    if variable.initial is not ANY:
        return len(variable.initial_values) == 1
    return not (isinstance(variable.domain, Integers) and not variable.domain.bounded) and variable.domain.size == 1


def forgetting(flat: FlatSystem, forgotten: Collection[Variable[Any]]) -> FlatSystem:
    """A system without these variables that does whatever this one does, and perhaps more: where one of them was read,
    it may have had any value (existential abstraction: Clarke, Grumberg, Long 1994).

    forgotten: variables of `flat.system`. Its runs are no runs of the system, but what none does, the system cannot.
    """
    gone = {variable: where for where, variable in flat.place.items() if where[0] in forgotten}
    if any(gone.keys() & variables_in(obligation) for step in flat.steps for obligation in step.obligations):
        raise DeclarationError(f"{flat.system.name}: a bounded number depends on what is to be forgotten")

    def guesses(*read: Expr[Any]) -> Iterator[Callable[[Expr[Any]], Expr[Any]]]:
        """What expressions are where the variables that are read have each of their values."""
        guessed = sorted(gone.keys() & frozenset().union(*map(variables_in, read)), key=lambda variable: variable.name)
        if prod(variable.domain.size for variable in guessed) > MOST_GUESSES:
            raise DeclarationError(f"{flat.system.name}: a step reads too much of what is to be forgotten")
        for values in product(*(variable.domain.values for variable in guessed)):
            known = dict(zip(guessed, map(constant, values), strict=True))
            yield partial(rewrite, leaf=partial(_known, known))

    steps: dict[tuple[int, str], FlatStep] = {}  # by what they say: many guesses come to the same
    for number, step in enumerate(flat.steps):
        kept = {variable: value for variable, value in step.updates.items() if variable not in gone}
        for put in guesses(step.guard, *kept.values()):
            guard = put(step.guard)
            updates = {variable: put(value) for variable, value in kept.items()}
            said = "; ".join([str(guard), *(f"{variable.name} := {value}" for variable, value in updates.items())])
            steps.setdefault((number, said), replace(step, guard=guard, updates=updates))
    return replace(
        flat,
        variables=tuple(variable for variable in flat.variables if variable not in gone),
        initial=disjunction(*(put(flat.initial) for put in guesses(flat.initial))),
        steps=tuple(step for step in steps.values() if step.guard is not FALSE),
        replicas={
            kind: tuple(tuple(v for v in element if v not in gone) for element in elements)
            for kind, elements in flat.replicas.items()
        },
        place={where: variable for where, variable in flat.place.items() if variable not in gone},
    )


def _known(values: Mapping[Variable[Any], Expr[Any]], node: Expr[Any]) -> Expr[Any] | None:
    return values.get(node) if isinstance(node, Variable) else None


def _told(condition: Expr[bool]) -> tuple[Variable[Any] | None, Any]:
    """A variable of which the condition says that it has one value, and that value."""
    match condition:
        case Variable():
            return condition, True
        case Not(body=Variable() as variable):
            return variable, False
        case In(body=Variable() as variable, members=(value,)):
            return variable, value
    return None, None


Elements = frozenset[tuple[Kind, int]]
"""The one element of each kind that is meant at some place in an expression."""


@dataclass(frozen=True, eq=False)
class _Flattening:
    """What was made of every node, for the elements that it speaks of."""

    place: Mapping[tuple[Variable[Any], int | None], Expr[Any]]
    sizes: Sizes
    memos: dict[Elements, dict[int, Any]] = field(default_factory=dict)

    def of(self, expr: Expr[Any], element: int | None) -> Expr[Any]:
        return self._at(expr, {} if element is None else dict.fromkeys(own_kinds(expr), element))

    def _at(self, expr: Expr[Any], elements: Mapping[Kind, int]) -> Expr[Any]:
        meant = {kind: elements[kind] for kind in own_kinds(expr)}
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
                chosen = self._each(node, meant)[:: -1 if node.last else 1]
                cases = [(self._at(node.where, inner), self._at(node.value, inner)) for inner in chosen]
                return first_match(*cases, default=self._at(node.default, meant))
        return None

    def _each(self, node: ForAll | Count | Pick[Any], meant: Mapping[Kind, int]) -> list[dict[Kind, int]]:
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
