"""Proofs of bounds for all values of fields: invariants of clocks that are found and not written down.

A bound is an expression over fields, such as `initialDelaySeconds + (failureThreshold - 1) * periodSeconds`. Its parts
tell what to look for: in some place (states of one or two variables) the time so far, with what is left on a timer, is
at least, or at most, some of the parts of the bound; of a product as many times as something was counted. Such
candidates are many. What states of small systems break is dropped; and of the rest, again and again, what a step does
not keep (Houdini: Flanagan, Leino 2001). What is left is inductive. It is not trusted: it has to pass its certificate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.certificates.certificate import certificate, goals
from podproof.engines.explicit import Search
from podproof.engines.houdini import inductive
from podproof.engines.state_space import StateSpace
from podproof.engines.symbolic import recheck_within
from podproof.language import TRUE, Expr, Stopwatch, System, Timer, UnsupportedError, Variable, conjunction
from podproof.language.domains import Integers
from podproof.language.expressions import Arithmetic, Compare, Const, Operation, constant, nodes, variables_in
from podproof.language.flat import expand, specialised
from podproof.language.meanings.python import compiled
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits

SMALL = 2
"""Fields of samples are up to so much above their lowest value."""

STATES = 30_000
"""So many states of small systems are samples."""

EXPLORED = 3_000_000
"""So many states of them are explored at most."""

MOST_LITERALS = 3
"""So many together make a place."""

MOST_TIMES = 2
"""So many times more than was counted."""

Columns = Mapping[Variable[Any], NDArray[np.int64]]
"""Of samples: the value of a number, the code of anything else."""


def applies(system: System) -> bool:
    """Whether it is a system of clocks, of one size, with fields that have no largest value."""
    return system.timed and not system.kinds and bool(system.open_fields)


def prove(system: System, formula: Formula, limits: Limits) -> Answer:
    """TRUE for all values of fields, with its certificate; UNKNOWN where no invariant is found."""
    try:
        invariant = _Search(system.cone(formula.expressions(), formula.events()), formula, limits).invariant()
        stated = goals(formula)
        proof = certificate(
            system, formula.properties(), [*stated, *(each for each in invariant if each not in stated)]
        )
        wrong = recheck_within(limits, proof)
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.bounded, str(error))
    if wrong:
        return Answer(Verdict.UNKNOWN, Method.bounded, f"no invariant was found: {wrong[0][0]}: {wrong[0][1]}")
    return Answer(Verdict.TRUE, Method.proved, certificate=proof)


@dataclass(frozen=True, eq=False)
class Literal:
    """Something that holds in some of the samples. about: the variable that it is about."""

    about: Variable[Any]
    expr: Expr[bool]
    holds: NDArray[np.bool_]


Place = tuple[Literal, ...]


Product = tuple[Expr[int], ...]


@dataclass(frozen=True, eq=False)
class Relation:
    """The sum on the left is at most, or at least, the sum of the parts; what is multiplied is apart."""

    left: tuple[Product, ...]
    parts: tuple[Product, ...]
    at_least: bool

    @property
    def expr(self) -> Expr[bool]:
        left, right = _sum(self.left), _sum(self.parts)
        return left >= right if self.at_least else left <= right

    def implies(self, other: Relation) -> bool:
        """It does where the parts of the one are among those of the other, as none of them is below 0."""
        if self.at_least != other.at_least or _named(self.left) != _named(other.left):
            return False
        own, others = Counter(_named(self.parts)), Counter(_named(other.parts))
        return others <= own if self.at_least else own <= others


def _sum(products: Sequence[Product]) -> Expr[int]:
    found: Expr[int] = constant(0)
    for first, *more in products:
        for factor in more:
            first = first * factor
        found = first if isinstance(found, Const) else found + first
    return found


def _named(products: Sequence[Product]) -> list[tuple[int, ...]]:
    return [tuple(map(id, product)) for product in products]


class _Search:
    def __init__(self, system: System, formula: Formula, limits: Limits) -> None:
        self.system, self.formula, self.limits = system, formula, limits
        self.clocks = [c for m in system.machines for c in m.clocks if c.variable in system.variables]
        self.counters = [c for m in system.machines for c in m.counters if c.variable in system.variables]
        self.watches = [c for c in self.clocks if isinstance(c, Stopwatch) and c.cap is None]
        self.samples = _Samples(system, [each.variable for each in self.watches])

    def invariant(self) -> list[Expr[bool]]:
        """Inductive, and true of all samples; perhaps not enough."""
        return inductive(self.system, self.formula, list(self._candidates()), self.limits)

    # What may be an invariant.

    def _candidates(self) -> Iterator[Expr[bool]]:
        for each in (*self.clocks, *self.counters):
            yield each.variable >= 0
            if each not in self.watches:
                yield each.variable <= each.end
        yield from self._of_values()
        for where, relations in self._relations():
            yield from self._in_places(where, relations)

    @cached_property
    def literals(self) -> list[Literal]:
        """The values of variables that have few; that something was counted; that a stopwatch is not at its end."""
        moving = [v for v in self.system.variables if v not in self.system.frozen]
        columns, found = self.samples.columns, []
        for variable in moving:
            if not isinstance(variable.domain, Integers) and variable.domain.size > 1:
                for value in variable.domain.values:
                    here = columns[variable] == variable.domain.code(value)
                    found.append(Literal(variable, variable.is_(value), here))
        for counter in self.counters:
            if counter.variable in moving:
                counted = columns[counter.variable] >= 1
                found.append(Literal(counter.variable, counter.variable >= 1, counted))
                found.append(Literal(counter.variable, counter.variable <= 0, ~counted))
        for timer in () if self.watches else self.timers:  # what is said of stopwatches, timers are part of
            due = columns[timer.variable] <= 0
            found.append(Literal(timer.variable, timer.variable <= 0, due))
            found.append(Literal(timer.variable, timer.variable > 0, ~due))
        for watch in self.capped:
            below = columns[watch.variable] < self.samples.value(watch.end)
            found.append(Literal(watch.variable, watch.variable < watch.end, below))
        return found

    @property
    def timers(self) -> list[Timer]:
        return [each for each in self.clocks if isinstance(each, Timer)]

    @cached_property
    def capped(self) -> list[Stopwatch]:
        return [each for each in self.clocks if isinstance(each, Stopwatch) and each.cap is not None]

    def _of_values(self) -> Iterator[Expr[bool]]:
        """What one variable's value says of another's."""
        for one, other in combinations(self.literals, 2):
            if one.about is not other.about:
                for first, here in ((one.expr, one.holds), (~one.expr, ~one.holds)):
                    for second, there in ((other.expr, other.holds), (~other.expr, ~other.holds)):
                        if not (here & there).any():
                            yield ~(first & second)

    @cached_property
    def places(self) -> list[Place]:
        """Large ones first; only those in which there are samples."""
        found: list[Place] = []
        for size in range(MOST_LITERALS + 1):
            for place in combinations(self.literals, size):
                if len({each.about for each in place}) == size and self.samples.at(place).any():
                    found.append(place)
        return found

    def _in_places(self, where: Expr[bool], relations: Sequence[Relation]) -> Iterator[Expr[bool]]:
        """Each relation, where something is so, in the largest places in which no sample breaks it; but not where that
        follows from one before it."""
        kept: list[tuple[Relation, frozenset[Literal]]] = []
        there = self.samples.truth(where)
        for relation in relations:
            right = self.samples.satisfy(relation) | ~there
            known = [place for other, place in kept if other.implies(relation)]
            for place in self.places:
                if right[self.samples.at(place)].all() and not any(map(frozenset(place).issuperset, known)):
                    known.append(frozenset(place))
                    kept.append((relation, frozenset(place)))
                    yield conjunction(where, *(each.expr for each in place)).implies(relation.expr)

    def _relations(self) -> Iterator[tuple[Expr[bool], list[Relation]]]:
        """Where they are looked for, and those of which strong ones come first. What a stopwatch shows is compared
        while it runs."""
        yield TRUE, [Relation(((c.variable,), (constant(1),)), ((c.end,),), False) for c in self.counters]
        yield TRUE, [Relation(((timer.variable,),), ((timer.end,),), True) for timer in self.timers]
        for variable in self.system.variables:
            domain = variable.domain
            if isinstance(domain, Integers) and domain.low is not None and domain.high is not None:
                values = range(domain.low, domain.high + 1)
                yield TRUE, [Relation(((variable,),), ((constant(value),),), False) for value in values]
        for watch in self.watches:
            shown: Product = (watch.variable,)
            yield ~watch.runs, [Relation((shown,), ((constant(0),),), False)]
            others: list[Product] = [(other.variable,) for other in self.capped]
            yield watch.runs, [Relation((shown,), (other,), at_least) for other in others for at_least in (True, False)]
            for bound, from_above in self._bounds(watch.variable):
                sums = sorted(self._sums(bound), key=len, reverse=not from_above)
                lefts = [(shown,), *((shown, (timer.variable,)) for timer in self.timers)]
                yield watch.runs, [Relation(left, parts, not from_above) for parts in sums for left in lefts]

    def _sums(self, bound: Expr[int]) -> Iterator[tuple[Product, ...]]:
        """Some of what is added in a bound; and of what is taken several times, as many as a counter counts, or none,
        and perhaps once or twice more."""
        plain, counted = _parts(bound)
        moving = [each.variable for each in self.counters if each.variable not in self.system.frozen]
        times: list[tuple[Product, ...]] = [()]
        for each in counted:
            begun: list[tuple[Product, ...]] = [(), *(((counter, each),) for counter in moving)]
            times += [(*some, *((each,),) * more) for some in begun for more in range(MOST_TIMES + 1) if some or more]
        for size in range(len(plain) + 1):
            for some in combinations(plain, size):
                for several in times:
                    yield (*((part,) for part in some), *several)

    def _bounds(self, watch: Variable[int]) -> list[tuple[Expr[int], bool]]:
        """What the formula compares the stopwatch with; whether it is said to stay below that."""
        found: dict[int, tuple[Expr[int], bool]] = {}
        invariants = set(map(id, (node for expr in self.formula.invariants for node in nodes(expr))))
        for expr in self.formula.expressions():
            for node in nodes(expr):
                if isinstance(node, Compare) and watch in (node.left, node.right):
                    other = node.right if node.left is watch else node.left
                    found[id(other)] = (other, id(node) in invariants)
        return list(found.values())


def _parts(bound: Expr[int]) -> tuple[list[Expr[int]], list[Expr[int]]]:
    """What is added in a bound, and what is taken several times in it."""
    if isinstance(bound, Arithmetic) and bound.operator is Operation.add:
        left, right = _parts(bound.left), _parts(bound.right)
        return [*left[0], *right[0]], [*left[1], *right[1]]
    if isinstance(bound, Arithmetic) and bound.operator is Operation.subtract:
        left = _parts(bound.left)  # less is taken away where more holds
        return [bound, *left[0]], left[1]
    if isinstance(bound, Arithmetic) and bound.operator is Operation.multiply:
        return [], [bound.right]
    return [bound], []


class _Samples:
    """States of small systems: all fields are small, and have any such values."""

    def __init__(self, system: System, watches: Sequence[Variable[int]]) -> None:
        small = {
            v: Integers(v.domain.low or 0, (v.domain.low or 0) + SMALL)
            for v in system.frozen
            if v in system.variables and isinstance(v.domain, Integers) and v not in system.fields
        }
        ended = {each.variable for each in system.ended}
        within = {v: domain for v, domain in small.items() if v not in ended}
        space = StateSpace(
            specialised(expand(system, {}, {**within, **dict.fromkeys(watches, Integers(0, 63))})), False
        )
        search = Search(space, Limits(states=EXPLORED))
        search.run()
        states = search.visited
        states = states[:: -(-len(states) // STATES) or 1]
        place, fixed = space.flat.place, space.flat.fixed
        self.space, self.states, self.size = space, states, len(states)
        self.columns: dict[Variable[Any], NDArray[np.int64]] = {}
        for variable in system.variables:
            if (variable, None) in place:
                codes = space.layout.codes(states, space.layout.fields[place[variable, None]]).astype(np.int64)
                domain = place[variable, None].domain
                self.columns[variable] = codes + (domain.low or 0 if isinstance(domain, Integers) else 0)
            else:
                value = fixed[variable, None]
                code = value if isinstance(variable.domain, Integers) else variable.domain.code(value)
                self.columns[variable] = np.full(len(states), code, dtype=np.int64)
        self._values: dict[int, tuple[Expr[int], NDArray[np.int64]]] = {}

    def at(self, place: Place) -> NDArray[np.bool_]:
        found = np.ones(self.size, dtype=bool)
        for literal in place:
            found &= literal.holds
        return found

    def satisfy(self, relation: Relation) -> NDArray[np.bool_]:
        left, right = self._total(relation.left), self._total(relation.parts)
        return left >= right if relation.at_least else left <= right

    def _total(self, products: Sequence[Product]) -> NDArray[np.int64]:
        total = np.zeros(self.size, dtype=np.int64)
        for product in products:
            total += np.prod([self.value(each) for each in product], axis=0)
        return total

    def truth(self, expr: Expr[bool]) -> NDArray[np.bool_]:
        return (
            np.ones(self.size, dtype=bool)
            if expr is TRUE
            else self.space.truth(self.space.flat.flatten(expr))(self.states)
        )

    def value(self, expr: Expr[int]) -> NDArray[np.int64]:
        if id(expr) not in self._values:
            self._values[id(expr)] = (expr, self._evaluated(expr))
        return self._values[id(expr)][1]

    def _evaluated(self, expr: Expr[int]) -> NDArray[np.int64]:
        decide, read = compiled(expr), sorted(variables_in(expr), key=lambda v: v.name)
        rows = zip(*(self.columns[v].tolist() for v in read), strict=True) if read else iter([()] * self.size)
        memo: dict[tuple[int, ...], int] = {}
        result = np.empty(self.size, dtype=np.int64)
        for number, row in enumerate(rows):
            if row not in memo:
                memo[row] = decide(dict(zip(read, row, strict=True)), {}, {}, None)
            result[number] = memo[row]
        return result
