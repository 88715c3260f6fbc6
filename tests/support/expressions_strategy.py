"""Random expressions and valuations, from a seed: the same ones in every run.

The generator makes every node type, over variables of a whole system, of an ordered and of an unordered kind. It keeps
to what can be declared: an expression speaks of at most one element that it does not bind itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from random import Random
from typing import Any

from podproof.language import Expr, Kind, Parameter, Scope, Variable, conjunction, disjunction, flag, number, state
from podproof.language import if_then_else as choose
from podproof.language.domains import BOOLEAN, Enumeration, Integers
from podproof.language.expressions import (
    Arithmetic,
    Compare,
    Const,
    Count,
    ForAll,
    Ite,
    Not,
    Pick,
    constant,
    contains,
    equal,
    named,
    negation,
    nodes,
)
from podproof.language.flat import Sizes

Values = dict[Variable[Any], Any]
Place = dict[tuple[Variable[Any], int | None], Variable[Any]]


class Light(StrEnum):
    red = "red"
    amber = "amber"
    green = "green"


class Coin(StrEnum):
    heads = "heads"
    tails = "tails"


crew = Kind("sailor")
queue = Kind("guest", ordered=True)
KINDS = (crew, queue)

OF_ALL: tuple[Variable[Any], ...] = (
    state("light", Light),
    state("other light", Light),
    state("face", Coin),
    flag("alarm"),
    flag("bell"),
    number("level", -2, 3),
    number("depth", -2, 3),
    number("mark", 0, 4, saturating=True),
    number("far", -40, 60),
    number("unit", 1, 4),
)
OF_ONE: dict[Kind, tuple[Variable[Any], ...]] = {
    kind: (
        state(f"{kind} place", Light, kind=kind),
        flag(f"{kind} badge", kind=kind),
        number(f"{kind} age", 0, 3, kind=kind),
    )
    for kind in KINDS
}
VARIABLES = (*OF_ALL, *OF_ONE[crew], *OF_ONE[queue])
PARAMETERS: tuple[Parameter[Any], ...] = (
    Parameter("side", Enumeration(Coin)),
    Parameter("back", Enumeration(Coin)),
    Parameter("hard", BOOLEAN),
    Parameter("dose", Integers(0, 3)),
)

NOBODY: frozenset[Kind] = frozenset()


@dataclass
class Generator:
    """`boolean`, `integer` and `member` make an expression of about the given depth that may speak of one element of
    each kind in `own`.

    first_order: only what SMT-LIB can say: counts compared with small constants, choices asked for a value;
    across_kinds: under a quantifier over one kind, the element of another kind outside may still be spoken of.
    """

    random: Random
    first_order: bool = False
    across_kinds: bool = True
    _names: Iterator[int] = field(default_factory=count)

    def expression(self, depth: int, own: frozenset[Kind]) -> Expr[Any]:
        makes: list[Callable[[int, frozenset[Kind]], Expr[Any]]] = [self.boolean, self.boolean, self.integer]
        return self.random.choice([*makes, self.member_of_any])(depth, own)

    def member_of_any(self, depth: int, own: frozenset[Kind]) -> Expr[Any]:
        return self.member(self.random.choice([Light, Coin]), depth, own)

    def boolean(self, depth: int, own: frozenset[Kind]) -> Expr[bool]:
        if depth <= 0:
            return self._leaf(BOOLEAN, own)
        less = depth - 1
        match self.random.randrange(15):
            case 0 | 1:
                return negation(self.boolean(less, own))
            case 2 | 3:
                return conjunction(*(self.boolean(less, own) for _ in range(self.random.randint(2, 3))))
            case 4 | 5:
                return disjunction(*(self.boolean(less, own) for _ in range(self.random.randint(2, 3))))
            case 6:
                return self._in(less, own)
            case 7:
                return self._equality(less, own)
            case 8:
                return self._comparison(less, own)
            case 9 | 10:
                kind = self.random.choice(KINDS)
                body = self.boolean(less, self._inside(kind, own))
                make = self.random.choice([kind.all, kind.some, kind.none])
                return make(body, self._scope(kind, own))
            case 11 | 12:
                return self._counting(less, own)
            case 13:
                return choose(self.boolean(less, own), self.boolean(less, own), self.boolean(less, own))
            case _:
                return named(f"name {next(self._names)}", self.boolean(less, own))

    def integer(self, depth: int, own: frozenset[Kind]) -> Expr[int]:
        if depth <= 0:
            return constant(self.random.randint(-3, 6)) if self._rarely() else self._leaf(Integers(0, 0), own)
        less = depth - 1
        match self.random.randrange(7 if self.first_order else 9):
            case 0:
                return self.integer(less, own) + self.integer(less, own)
            case 1:
                return self.integer(less, own) - self.integer(less, own)
            case 2:
                return self.integer(less, own) * self.integer(0, own)
            case 3:
                return choose(self.boolean(less, own), self.integer(less, own), self.integer(less, own))
            case 4:
                return named(f"name {next(self._names)}", self.integer(less, own))
            case 5:
                return self.integer(0, own)
            case 6:
                return self.integer(less, own) // self._divisor(less, own)
            case 7:
                return self._count(less, own)
            case _:
                return self._pick(Integers(0, 0), less, own)

    def _divisor(self, depth: int, own: frozenset[Kind]) -> Expr[int]:
        """At least 1, whatever it depends on."""
        unit = next(v for v in OF_ALL if v.name == "unit")
        divisors = [constant(self.random.randint(1, 4)), unit]
        return self.random.choice([*divisors, choose(self.boolean(depth, own), *divisors)])

    def member(self, members: type[StrEnum], depth: int, own: frozenset[Kind]) -> Expr[Any]:
        if depth <= 0:
            random_member = self.random.choice([*members])
            return constant(random_member) if self._rarely() else self._leaf(Enumeration(members), own)
        less = depth - 1
        match self.random.randrange(3 if self.first_order else 4):
            case 0:
                return choose(self.boolean(less, own), self.member(members, less, own), self.member(members, less, own))
            case 1:
                return named(f"name {next(self._names)}", self.member(members, less, own))
            case 2:
                return self.member(members, 0, own)
            case _:
                return self._pick(Enumeration(members), less, own)

    # The shapes of a condition.

    def _in(self, depth: int, own: frozenset[Kind]) -> Expr[bool]:
        match self.random.randrange(4):
            case 0:
                low = self.random.randint(-3, 3)
                body = self.integer(depth, own)
                inside = [v for v in range(low, low + self.random.randint(1, 4)) if _allowed(body, v)]
                return contains(body, inside)
            case 1:
                far = next(v for v in OF_ALL if v.name == "far")
                return contains(far, self.random.sample(range(-40, 61), self.random.randint(1, 60)))
            case 2:
                kind = self.random.choice(KINDS)
                if kind.ordered:
                    return contains(self._pick(Enumeration(Light), depth, own), self._some_of(Light))
                return self._count(depth, own).is_(*self.random.sample(range(4), 2))
            case _:
                members = self.random.choice([Light, Coin])
                return contains(self.member(members, depth, own), self._some_of(members))

    def _some_of(self, members: type[StrEnum]) -> list[Any]:
        return self.random.sample([*members], self.random.randint(1, len(members) - 1))

    def _equality(self, depth: int, own: frozenset[Kind]) -> Expr[bool]:
        match self.random.randrange(4):
            case 0:
                return equal(self.boolean(depth, own), self.boolean(depth, own))
            case 1:
                left, right = self.integer(depth, own), self.integer(depth, own)
                return equal(left + 0, right + 0) if _constant_parameter(left, right) else equal(left, right)
            case 2:
                members = self.random.choice([Light, Coin])
                return equal(self.member(members, depth, own), self.member(members, depth, own))
            case _:
                sides = [self._pick(Enumeration(Light), depth, own), self.member(Light, depth, own)]
                self.random.shuffle(sides)
                return equal(*sides)

    def _comparison(self, depth: int, own: frozenset[Kind]) -> Expr[bool]:
        left, right = self.integer(depth, own), self.integer(depth, own)
        return self.random.choice([left < right, left <= right, left > right, left >= right])

    def _counting(self, depth: int, own: frozenset[Kind]) -> Expr[bool]:
        number_of, bound = self._count(depth, own), self.random.choice([-1, 0, 1, 1, 2, 2, 3, 4])
        return self.random.choice([number_of < bound, number_of <= bound, number_of > bound, number_of >= bound])

    def _count(self, depth: int, own: frozenset[Kind]) -> Expr[int]:
        kind = self.random.choice(KINDS)
        return kind.count(self.boolean(depth, self._inside(kind, own)), self._scope(kind, own))

    def _pick(self, domain: Any, depth: int, own: frozenset[Kind]) -> Expr[Any]:
        inside = self._inside(queue, own)
        where = self.boolean(depth, inside)
        if isinstance(domain, Integers):
            value, default = self.integer(depth, inside), self.integer(depth, own)
        else:
            value = self.member(domain.members, depth, inside)
            default = self.member(domain.members, depth, own)
        return self.random.choice([queue.first, queue.last])(where, value, default, self._scope(queue, own))

    def _inside(self, kind: Kind, own: frozenset[Kind]) -> frozenset[Kind]:
        return own | {kind} if self.across_kinds else frozenset({kind})

    def _scope(self, kind: Kind, own: frozenset[Kind]) -> Scope:
        """Mostly one that is relative to the element spoken of, where there is one."""
        if kind not in own or self._rarely():
            return Scope.every
        return self.random.choice([Scope.others, Scope.earlier, Scope.later] if kind.ordered else [Scope.others])

    def _leaf(self, domain: Any, own: frozenset[Kind]) -> Expr[Any]:
        mine = [v for kind in KINDS if kind in own for v in OF_ONE[kind]]
        found = [v for v in (*OF_ALL, *mine, *mine, *PARAMETERS) if _alike(v.domain, domain)]
        return self.random.choice(found)

    def _rarely(self) -> bool:
        return self.random.random() < 0.25


def _allowed(body: Expr[Any], value: int) -> bool:
    return not isinstance(body, Variable | Parameter) or value in body.domain


def _constant_parameter(left: Expr[Any], right: Expr[Any]) -> bool:
    """A comparison with a constant that may be outside the parameter's domain, which is refused."""
    return {type(left), type(right)} == {Parameter, Const}


def _alike(domain: Any, wanted: Any) -> bool:
    return isinstance(domain, Integers) if isinstance(wanted, Integers) else bool(domain == wanted)


def shapes(expr: Expr[Any]) -> set[str]:
    """The node types in the expression, each with what else its meaning depends on."""
    found = set()
    for node in nodes(expr):
        shape = [type(node).__name__]
        match node:
            case Compare() | Arithmetic():
                shape.append(node.operator.name)
            case ForAll() | Count():
                shape.append(node.scope)
            case Pick():
                shape += ["last" if node.last else "first", node.scope]
            case Ite():
                shape.append(type(node.domain).__name__)
            case Not():
                shape.append("quantifier" if isinstance(node.body, ForAll) else "other")
        found.add(" ".join(shape))
    return found


def random_sizes(random: Random) -> dict[Kind, int]:
    """No to three elements, mostly several."""
    return {kind: random.choice([0, 1, 2, 2, 3, 3]) for kind in KINDS}


def random_values(random: Random, variables: Iterable[Variable[Any]], sizes: Sizes) -> Values:
    """Any value of each domain, reachable or not."""
    return {
        v: random.choice(v.domain.values)
        if v.kind is None
        else [random.choice(v.domain.values) for _ in range(sizes[v.kind])]
        for v in variables
    }


def random_parameters(random: Random, parameters: Iterable[Parameter[Any]]) -> dict[str, Any]:
    return {p.name: random.choice(p.domain.values) for p in parameters}


def flat_place(variables: Iterable[Variable[Any]], sizes: Sizes) -> Place:
    """A variable of its own for every variable of every element, as flat systems have them."""
    place: Place = {}
    for v in variables:
        if v.kind is None:
            place[v, None] = v
        else:
            for i in range(sizes[v.kind]):
                place[v, i] = replace(v, name=f"{v.kind}[{i}].{v.name}", kind=None)
    return place


def flat_values(place: Place, values: Mapping[Variable[Any], Any]) -> Values:
    return {flat: values[v] if i is None else values[v][i] for (v, i), flat in place.items()}
