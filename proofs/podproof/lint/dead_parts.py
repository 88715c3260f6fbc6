"""Parts of machines that do nothing: transitions never taken, states never reached, conditions that never matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

from podproof.language import FALSE, TRUE, Event, Expr, Machine, System, Variable, conjunction, disjunction
from podproof.language.expressions import And, Const, constant, equal, first_match, negation
from podproof.language.machines import Arrow, as_sequence
from podproof.language.systems import fix, prioritised, written_by
from podproof.lint.reachable import Reachables, happens, owner_of


@dataclass(frozen=True)
class Place:
    """One transition of a machine, its own or a reaction."""

    machine: Machine[Any]
    arrow: Arrow
    own: bool

    @property
    def arrows(self) -> list[Arrow]:
        """Those for the same event, in order; the first that can be is taken."""
        among = self.machine.arrows if self.own else self.machine.reactions
        return [arrow for arrow in among if arrow.event == self.arrow.event]

    @property
    def name(self) -> str:
        """The same on every run: machine, event, and which of several it is."""
        number = self.arrows.index(self.arrow) + 1
        which = f" ({number})" if len(self.arrows) > 1 else ""
        return f"{self.machine.name}: {'' if self.own else 'reaction to '}{self.arrow.event}{which}"


def places(system: System, machines: Sequence[Machine[Any]]) -> Iterator[Place]:
    """Every transition of these machines whose event no assumption forbids."""
    for machine in machines:
        for own, arrows in ((True, machine.arrows), (False, machine.reactions)):
            for arrow in arrows:
                if not set(arrow.event.unless) & set(system.assumed):
                    yield Place(machine, arrow, own)


@lru_cache(maxsize=1000)
def taken(system: System, place: Place) -> Expr[bool]:
    """That the transition is taken when its event happens, with some parameters."""
    return disjunction(
        *(
            _triggered(system, place, parameters) & fix(guard, parameters)
            for parameters in _parameters(place.arrow.event)
            for arrow, guard in prioritised(place.machine.state, place.arrows)
            if arrow is place.arrow
        )
    )


def coverage(system: System, reachables: Reachables) -> Iterator[tuple[str, int]]:
    """Every transition, and from how many reachable states (and by how many elements of each) it is taken."""
    for place in places(system, system.machines):
        yield place.name, reachables.count(system, taken(system, place))


Dead = tuple[str, str, str]
"""What does nothing, how that is known, details."""


def dead_arrows(system: System, machines: Sequence[Machine[Any]], reachables: Reachables) -> Iterator[Dead]:
    for place in places(system, machines):
        how = reachables.never(system, taken(system, place))
        if how:
            yield place.name, how, ""


def dead_states(system: System, machines: Sequence[Machine[Any]], reachables: Reachables) -> Iterator[Dead]:
    for machine in machines:
        for value in machine.state.domain.values:
            how = reachables.never(system, machine.state.is_(value))
            if how:
                yield f"{machine.name}: {value}", how, ""


def dead_parts(system: System, machines: Sequence[Machine[Any]], reachables: Reachables) -> Iterator[Dead]:
    """Conditions without which the same steps would lead from reachable states to the same states."""
    for place in places(system, machines):
        if reachables.never(system, taken(system, place)):
            continue  # never taken at all: that is said of the whole transition
        for number, (part, others) in enumerate(_without_each(place), 1):
            weaker = replace(place.arrow, guard=others)
            how = reachables.never(system, differs(system, place, weaker))
            if how:
                yield f"{place.name}, condition {number}", how, part


def _without_each(place: Place) -> Iterator[tuple[str, Expr[bool]]]:
    """Every part of the guard as it was declared, with the guard that is left without it."""
    declared = place.machine.transitions if place.own else place.machine.all_reacts
    transition: Any = declared[place.arrow.line]
    parts = [part for condition in as_sequence(transition.get("conditions", ())) for part in _conjuncts(condition)]
    named = [(str(part), part) for part in parts]
    named += [(f"unless {part}", negation(part)) for part in as_sequence(transition.get("unless", ()))]
    for number, (name, _) in enumerate(named):
        yield name, conjunction(*(part for other, (_, part) in enumerate(named) if other != number))


def _conjuncts(condition: Expr[bool]) -> Sequence[Expr[bool]]:
    return condition.parts if isinstance(condition, And) else (condition,)


def differs(system: System, place: Place, changed: Arrow) -> Expr[bool]:
    """That the event does something else with the changed transition in place of the declared one."""
    instead = [changed if arrow is place.arrow else arrow for arrow in place.arrows]
    found: list[Expr[bool]] = []
    for parameters in _parameters(place.arrow.event):
        before, after = (
            [(arrow, fix(guard, parameters)) for arrow, guard in prioritised(place.machine.state, arrows)]
            for arrows in (place.arrows, instead)
        )
        arrows = (*place.arrows, changed)
        written = dict.fromkeys(v for arrow in arrows for v in written_by(place.machine, arrow))
        could, can = (disjunction(*(guard for _, guard in cases)) for cases in (before, after))
        if place.own:
            found += [could & ~can, ~could & can]
        happening = could & can if place.own else _triggered(system, place, parameters)
        for variable in written:
            found += (happening & other for other in _other_values(place.machine, variable, before, after, parameters))
    return disjunction(*found)


def _other_values(
    machine: Machine[Any],
    variable: Variable[Any],
    before: Sequence[_Case],
    after: Sequence[_Case],
    parameters: Mapping[Any, Any],
) -> Iterator[Expr[bool]]:
    """That the variable gets another value, for each expression that gives the first one.

    Where both get it from the same expression, it is not looked into: it may speak of numbers that decide nothing.
    """
    then, now = (_choices(machine, variable, cases) for cases in (before, after))
    value = fix(first_match(*now.values(), default=variable), parameters)
    for key, (guard, chosen) in then.items():
        still = now[key][0] if key in now else FALSE
        yield guard & ~still & ~equal(fix(chosen, parameters), value)


def happens_with_any(system: System, event: Event) -> Expr[bool]:
    """That the event can happen with some parameters."""
    return disjunction(*(happens(system, event, parameters) for parameters in _parameters(event)))


def _triggered(system: System, place: Place, parameters: Mapping[Any, Any]) -> Expr[bool]:
    """That the event of a reaction happens; an element reacts to its own steps, and to those of other kinds."""
    if place.own:
        return TRUE
    kind = owner_of(system, place.arrow.event).kind
    condition = happens(system, place.arrow.event, parameters)
    return condition if kind is None or kind is place.machine.kind else kind.some(condition)


_Case = tuple[Arrow, Expr[bool]]
"""A transition, and when it is taken."""


def _choices(
    machine: Machine[Any], variable: Variable[Any], cases: Sequence[_Case]
) -> dict[Any, tuple[Expr[bool], Expr[Any]]]:
    """When the variable is set to what, also when it stays as it is; by the value, or the expression that gives it."""
    found: dict[Any, tuple[Expr[bool], Expr[Any]]] = {}
    stays = conjunction(*(~guard for _, guard in cases))
    for guard, arrow in (*((guard, arrow) for arrow, guard in cases), (stays, None)):
        value: Expr[Any] = variable if arrow is None else arrow.effects.get(variable, variable)
        if arrow is not None and arrow.dest is not None and variable is machine.state:
            value = constant(arrow.dest)
        key = value.value if isinstance(value, Const) else value
        earlier, _ = found.get(key, (FALSE, value))
        found[key] = earlier | guard, value
    return found


def _parameters(event: Event) -> Iterator[dict[Any, Any]]:
    for values in product(*(parameter.domain.values for parameter in event.parameters)):
        yield {p: constant(value) for p, value in zip(event.parameters, values, strict=True)}
