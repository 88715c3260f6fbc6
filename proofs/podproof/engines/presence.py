"""Presence: a finite abstraction of a system with any number of elements.

For every kind and every state that one element can be in ("local state") there is one bit: *some element is here*. A
step of one element moves a bit; whether others stay behind is left open. Guards that quantify over a kind are exact on
these bits; those that look at the order of a kind, or at "the others", are taken to hold where the bits cannot tell.

For questions about two elements of a kind (order, "at most one") a pair of them is *tracked*: their own variables are
kept beside the bits, the first before the second.

Nothing here has to be trusted: what is concluded from the abstraction is an invariant, which is checked elsewhere
against the declared machines (`podproof.certificates.certificate`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from podproof.language import FALSE, TRUE, Expr, Kind, Scope, System, UnsupportedError, Variable, conjunction, flag
from podproof.language.domains import Integers
from podproof.language.expressions import (
    ANY,
    And,
    Compare,
    Comparison,
    Const,
    Count,
    ForAll,
    Ite,
    Named,
    Not,
    Or,
    Pick,
    constant,
    disjunction,
    nodes,
    rewrite,
)
from podproof.language.systems import Step, fix

MOST_LOCALS = 1_000_000
"""Combinations of values of one element; and how far from 0 a number may be that it is given."""

Local = tuple[Any, ...]
"""Values of one element's variables, in the order of `Presence.members[kind]`."""


@dataclass(frozen=True, eq=False)
class AbstractStep:
    """A step on the abstract variables. `step` is where it comes from, `actor` who takes it."""

    step: Step
    guard: Expr[bool]
    updates: Mapping[Variable[Any], Expr[Any]]
    actor: Actor


@dataclass(frozen=True)
class Actor:
    """The element that an expression speaks of: tracked (0 or 1), or any one in a local state, or none at all."""

    kind: Kind | None = None
    tracked: int | None = None
    local: Local | None = None


NOBODY = Actor()


class Presence:
    """The abstraction of `system`; `tracked` names the kind of which a pair is kept apart.

    seen: the local states that elements are believed to be ever in; the others share one bit (`elsewhere`), and that
    it is never set becomes part of what is to be proved; still: called now and then, it may raise to give up.

    variables: the system's own ones, then the pair's; bits: one for each kind and local state.
    Raises UnsupportedError for numbers of elements or choices among them in guards, and for unbounded numbers.
    """

    def __init__(
        self,
        system: System,
        tracked: Kind | None = None,
        seen: Collection[tuple[Kind, Local]] | None = None,
        still: Callable[[], object] = lambda: None,
    ) -> None:
        self.system = system
        self._still = still
        self.tracked = tracked
        self.members = {k: [v for v in system.variables if v.kind is k] for k in system.kinds}
        self.pair: list[dict[Variable[Any], Variable[Any]]] = [
            {v: replace(v, name=f"{which} {v.name}", kind=None) for v in self.members.get(tracked, [])}
            for which in (("first", "second") if tracked is not None else ())
            if tracked is not None
        ]
        self.variables = [v for v in system.variables if v.kind is None]
        self.variables += [v for element in self.pair for v in element.values()]
        self.bits: dict[tuple[Kind, Local], Variable[bool]] = {}
        self.elsewhere = {kind: flag(f"some {kind.name} elsewhere", initial=False) for kind in system.kinds}
        for kind in system.kinds:
            for local in self._local_states(kind):
                if seen is None or (kind, local) in seen:
                    self.bits[kind, local] = flag(f"some {kind.name} with {' '.join(map(str, local))}")
        self.steps = tuple(self._steps())

    # Local states: what one element can be in, whatever the rest does.

    def _local_states(self, kind: Kind) -> list[Local]:
        members = self.members[kind]
        if prod(v.domain.size for v in members) > MOST_LOCALS:
            raise UnsupportedError(f"one {kind} can be in more than {MOST_LOCALS:,} states, each of them a bit here")
        found = dict.fromkeys(product(*(v.initial_values for v in members)))
        frontier = list(found)
        while frontier:
            fresh: list[Local] = []
            for local in frontier:
                self._still()
                for target in self._local_successors(kind, local):
                    if target not in found:
                        found[target] = None
                        fresh.append(target)
            frontier = fresh
        return list(found)

    def _local_successors(self, kind: Kind, local: Local) -> Iterator[Local]:
        known = dict(zip(self.members[kind], map(constant, local), strict=True))
        for step in self.system.steps:
            if step.kind is kind and not any(fix(part, known) is FALSE for part in _parts(step.guard)):
                yield from self._targets(step.updates, kind, local)
            if any(v.kind is kind for v in step.broadcasts):
                yield from self._targets(step.broadcasts, kind, local)

    def _targets(self, updates: Mapping[Variable[Any], Expr[Any]], kind: Kind, local: Local) -> Iterator[Local]:
        known = dict(zip(self.members[kind], map(constant, local), strict=True))
        choices = [_leaves(fix(updates.get(v, v), known)) for v in self.members[kind]]
        yield from product(*choices)

    def bit(self, kind: Kind, local: Local) -> Variable[bool]:
        return self.bits.get((kind, local), self.elsewhere[kind])

    # Steps.

    def _steps(self) -> Iterator[AbstractStep]:
        for step in self.system.steps:
            for actor in self._actors(step.kind):
                self._still()
                guard = self.above(step.guard, actor)
                if guard is FALSE:
                    continue
                for condition, updates in self._outcomes(step, actor):
                    whole = guard & condition
                    if whole is not FALSE:
                        yield AbstractStep(step, whole, updates, actor)

    def _actors(self, kind: Kind | None) -> Iterator[Actor]:
        if kind is None:
            yield NOBODY
            return
        if kind is self.tracked:
            yield from (Actor(kind, tracked=i) for i in range(2))
        for own, local in self.bits:
            if own is kind:
                yield Actor(kind, local=local)

    def _outcomes(self, step: Step, actor: Actor) -> Iterator[tuple[Expr[bool], dict[Variable[Any], Expr[Any]]]]:
        """Ways in which the step can turn out: conditions on the state before, and what becomes of the variables."""
        common: dict[Variable[Any], Expr[Any]] = {
            v: self.exact(e, actor) for v, e in step.updates.items() if v.kind is None
        }
        for kind in dict.fromkeys(v.kind for v in step.broadcasts):
            assert kind is not None
            common.update(self._broadcast(kind, step.broadcasts))
        moved = {v: e for v, e in step.updates.items() if v.kind is not None}
        if actor.kind is None:
            yield TRUE, common
        elif actor.tracked is not None:
            yield from self._tracked_moves(actor, moved, common)
        else:
            yield from self._moves(actor, moved, common)

    def _moves(
        self, actor: Actor, moved: Mapping[Variable[Any], Expr[Any]], common: dict[Variable[Any], Expr[Any]]
    ) -> Iterator[tuple[Expr[bool], dict[Variable[Any], Expr[Any]]]]:
        assert actor.kind is not None and actor.local is not None
        source = self.bits[actor.kind, actor.local]
        for target, condition in self._cases(actor, moved):
            present = source & condition
            if target == actor.local:
                yield present, common
                continue
            there = {self.bit(actor.kind, target): TRUE}
            yield present, {**common, **there}
            yield present, {**common, **there, source: FALSE}

    def _tracked_moves(
        self, actor: Actor, moved: Mapping[Variable[Any], Expr[Any]], common: dict[Variable[Any], Expr[Any]]
    ) -> Iterator[tuple[Expr[bool], dict[Variable[Any], Expr[Any]]]]:
        assert actor.kind is not None and actor.tracked is not None
        place = self.pair[actor.tracked]
        for (kind, local), source in self.bits.items():
            if kind is not actor.kind:
                continue
            at_home = conjunction(*(place[v].is_(x) for v, x in zip(self.members[kind], local, strict=True)))
            for target, condition in self._cases(Actor(kind, local=local), moved):
                move = {place[v]: constant(x) for v, x in zip(self.members[kind], target, strict=True)}
                there = {} if target == local else {self.bit(kind, target): TRUE}
                yield at_home & condition, {**common, **move, **there}
                if target != local:
                    yield at_home & condition, {**common, **move, **there, source: FALSE}

    def _cases(self, actor: Actor, moved: Mapping[Variable[Any], Expr[Any]]) -> Iterator[tuple[Local, Expr[bool]]]:
        """Where an element in a local state can go, each with the condition on the rest of the state."""
        assert actor.kind is not None and actor.local is not None
        members = self.members[actor.kind]
        values = [self.exact(moved.get(v, v), actor) for v in members]
        for target in product(*(_leaves(e) for e in values)):
            condition = conjunction(*(_is(e, x) for e, x in zip(values, target, strict=True)))
            if condition is not FALSE:
                yield target, condition

    def _broadcast(self, kind: Kind, broadcasts: Mapping[Variable[Any], Expr[Any]]) -> dict[Variable[Any], Expr[Any]]:
        places = [local for own, local in self.bits if own is kind]
        arriving: dict[Variable[bool], list[Expr[bool]]] = {self.bits[kind, local]: [] for local in places}
        moved = {v: e for v, e in broadcasts.items() if v.kind is kind}
        for local in places:
            for target, condition in self._cases(Actor(kind, local=local), moved):
                arriving.setdefault(self.bit(kind, target), []).append(self.bits[kind, local] & condition)
        updates: dict[Variable[Any], Expr[Any]] = {bit: disjunction(*cases) for bit, cases in arriving.items()}
        if kind is self.tracked:
            for number, place in enumerate(self.pair):
                updates.update({place[v]: self.exact(e, Actor(kind, tracked=number)) for v, e in moved.items()})
        return {v: e for v, e in updates.items() if v is not e}

    # Expressions over the abstract variables.

    def above(self, expr: Expr[bool], actor: Actor = NOBODY) -> Expr[bool]:
        """A condition on abstract states that holds wherever `expr` may hold in a state they stand for."""
        return self._bound(expr, actor, upper=True)

    def exact(self, expr: Expr[Any], actor: Actor = NOBODY) -> Expr[Any]:
        """`expr` on abstract states; raises UnsupportedError where the bits do not determine it."""
        own = self._own(actor)

        def leaf(node: Expr[Any]) -> Expr[Any] | None:
            match node:
                case Variable():
                    return own.get(node, node) if node.kind is not None else node
                case ForAll(scope=Scope.every):
                    return self._every(node, lambda body, inner: self.exact(body, inner))
                case ForAll() | Count() | Pick():
                    raise UnsupportedError(f"presence does not determine ({node})")
            return None

        return rewrite(expr, leaf)

    def pairwise(self, expr: Expr[bool]) -> Expr[bool]:
        """`expr` where the tracked pair are all the elements that there are of their kind (a guess for what is bad)."""
        from podproof.language.flat import flatten

        place: dict[tuple[Variable[Any], int | None], Variable[Any]] = {(v, None): v for v in self.system.variables}
        for number, element in enumerate(self.pair):
            place |= {(v, number): flat for v, flat in element.items()}
        assert self.tracked is not None
        others = [k for k in self.members if k is not self.tracked]
        if any(isinstance(n, ForAll | Count | Pick) and n.kind in others for n in nodes(expr)):
            return self.exact(expr) if not _relative(expr) else TRUE
        return flatten(expr, place, {self.tracked: 2})

    def _own(self, actor: Actor) -> Mapping[Variable[Any], Expr[Any]]:
        if actor.kind is None:
            return {}
        if actor.tracked is not None:
            return dict(self.pair[actor.tracked])
        assert actor.local is not None
        return dict(zip(self.members[actor.kind], map(constant, actor.local), strict=True))

    def _every(self, node: ForAll, inside: Any) -> Expr[bool]:
        parts = [
            ~bit | inside(node.body, Actor(kind, local=local))
            for (kind, local), bit in self.bits.items()
            if kind is node.kind
        ]
        if node.kind is self.tracked:
            parts += [inside(node.body, Actor(node.kind, tracked=number)) for number in range(2)]
        return conjunction(*parts)

    def _bound(self, expr: Expr[bool], actor: Actor, upper: bool) -> Expr[bool]:
        """An over- (or under-) approximation; exact wherever nothing looks at the order or the others."""
        match expr:
            case Not():
                return ~self._bound(expr.body, actor, not upper)
            case And():
                return conjunction(*(self._bound(part, actor, upper) for part in expr.parts))
            case Or():
                return disjunction(*(self._bound(part, actor, upper) for part in expr.parts))
            case Named():
                return self._bound(expr.body, actor, upper)
            case ForAll():
                return self._bound_quantifier(expr, actor, upper)
            case _:
                if _relative(expr):
                    return self._bound_count(expr, actor, upper)
                exact: Expr[bool] = self.exact(expr, actor)
                return exact

    def _bound_quantifier(self, node: ForAll, actor: Actor, upper: bool) -> Expr[bool]:
        def inside(body: Expr[bool], inner: Actor) -> Expr[bool]:
            return self._bound(body, inner, upper)

        if node.scope is Scope.every:
            return self._every(node, inside)
        if not upper:
            return self._every(node, inside)  # if all are, then the others are
        if actor.tracked is None or node.kind is not self.tracked:
            return TRUE
        other = 1 - actor.tracked
        in_scope = {Scope.others: True, Scope.earlier: other == 0, Scope.later: other == 1}[node.scope]
        return inside(node.body, Actor(node.kind, tracked=other)) if in_scope else TRUE

    def _bound_count(self, expr: Expr[bool], actor: Actor, upper: bool) -> Expr[bool]:
        """`number of ... >= 1` and `<= 0` are presence; every other question about numbers is left open."""
        match expr:
            case Compare(operator=operator, left=Const(value=bound), right=Count(scope=Scope.every) as count):
                least = bound + 1 if operator is Comparison.less else bound
                if least == 1:
                    return self._bound(count.kind.some(count.body), actor, upper)
            case Compare(operator=operator, left=Count(scope=Scope.every) as count, right=Const(value=bound)):
                most = bound - 1 if operator is Comparison.less else bound
                if most == 0:
                    return self._bound(count.kind.none(count.body), actor, upper)
        return TRUE if upper else FALSE

    # Initial states, and what every abstract state obeys.

    def initial(self) -> Expr[bool]:
        conditions = [self.above(e) for e in self.system.initial_conditions]
        conditions += [v.is_(*v.initial_values) for v in self.variables if v.initial is not ANY]
        for (kind, local), bit in self.bits.items():
            starts = all(x in v.initial_values for v, x in zip(self.members[kind], local, strict=True))
            if not starts:
                conditions.append(~bit)
        return conjunction(*conditions)

    def legal(self) -> Expr[bool]:
        """A tracked element is somewhere, so its bit is set."""
        conditions = []
        for place in self.pair:
            assert self.tracked is not None
            members = self.members[self.tracked]
            here = []
            for (kind, local), bit in self.bits.items():
                if kind is self.tracked:
                    at = conjunction(*(place[v].is_(x) for v, x in zip(members, local, strict=True)))
                    here.append(at)
                    conditions.append(~at | bit)
            conditions.append(disjunction(*here))
        return conjunction(*conditions)

    def somewhere(self) -> list[Expr[bool]]:
        """Every element is in one of the local states that have a bit: what the abstraction takes for granted."""
        clauses = []
        for kind, members in self.members.items():
            here = {local for own, local in self.bits if own is kind}
            elsewhere = set(product(*(v.domain.values for v in members))) - here
            clauses.append(kind.all(cover(members, here, elsewhere)))
        return [clause for clause in clauses if clause is not TRUE]

    def at(self, kind: Kind, locals_: Iterable[Local]) -> Expr[bool]:
        """That an element of the kind is in one of these local states, in its own variables."""
        chosen = set(locals_)
        return cover(
            self.members[kind], chosen, {place[1] for place in self.bits if place[0] is kind and place[1] not in chosen}
        )


def cover(members: Sequence[Variable[Any]], wanted: Iterable[Local], other: Iterable[Local]) -> Expr[bool]:
    """A short expression that holds in the `wanted` local states and in none of `other`; the rest do not matter.

    Values of the first variable are grouped where what remains can be said in the same words.
    """
    wanted, other = set(wanted), set(other)
    if not other or not wanted:
        return TRUE if wanted else FALSE
    first, rest = members[0], members[1:]
    groups: list[tuple[list[Any], set[Local], set[Local]]] = []
    for value in first.domain.values:
        yes = {local[1:] for local in wanted if local[0] == value}
        no = {local[1:] for local in other if local[0] == value}
        for values, all_yes, all_no in groups:
            if not yes & all_no and not no & all_yes:
                values.append(value)
                all_yes |= yes
                all_no |= no
                break
        else:
            groups.append(([value], set(yes), set(no)))
    return disjunction(*(first.is_(*values) & cover(rest, yes, no) for values, yes, no in groups))


def _parts(expr: Expr[bool]) -> tuple[Expr[bool], ...]:
    return expr.parts if isinstance(expr, And) else (expr,)


def _leaves(expr: Expr[Any]) -> list[Any]:
    """Every value that the expression could have."""
    values: dict[Any, None] = {}
    seen: set[int] = set()
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        match node:
            case Const():
                values[node.value] = None
            case Ite():
                waiting += [node.otherwise, node.then]
            case _:
                if isinstance(node.domain, Integers) and not node.domain.within(-MOST_LOCALS, MOST_LOCALS):
                    raise UnsupportedError(f"({node}) can have too many values to tell where an element goes")
                values.update(dict.fromkeys(node.domain.values))
    return list(values)


def _is(expr: Expr[Any], value: Any) -> Expr[bool]:
    return expr.is_(value)


def _relative(expr: Expr[Any]) -> bool:
    """Where the bits alone do not determine the expression."""
    return any(
        isinstance(n, Count | Pick) or (isinstance(n, ForAll) and n.scope is not Scope.every) for n in nodes(expr)
    )
