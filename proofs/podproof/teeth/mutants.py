"""Mutants: every small error in the transitions of a system, one at a time.

A part of a guard is dropped or negated; another state is the target, or none; an assignment is dropped, gives another
value, or takes the other branch; the transition is never taken. Each is made from the declaration, as a slip would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

from podproof.language import FALSE, DeclarationError, Effect, Expr, Machine, System, Transition, Variable
from podproof.language.domains import Boolean, Enumeration, Integers
from podproof.language.expressions import And, Const, Ite, if_then_else
from podproof.language.machines import as_sequence


@dataclass(frozen=True, eq=False)
class Mutant:
    """The `line`-th transition of a machine, its own or a reaction, is another one. what: the change, in words."""

    machine: str
    own: bool
    line: int
    place: str
    what: str
    was: str
    transition: Transition[Any]

    @property
    def name(self) -> str:
        """The same on every run, and no other mutant's."""
        return f"{self.place}: {self.what}"

    def __call__(self, system: System) -> System:
        machines = tuple(self._changed(m) if m.name == self.machine else m for m in system.machines)
        return replace(system, machines=machines)

    def _changed(self, machine: Machine[Any]) -> Machine[Any]:
        transitions = list(machine.transitions if self.own else machine.reacts)
        transitions[self.line] = self.transition
        return replace(machine, transitions=transitions) if self.own else replace(machine, reacts=transitions)


def mutants(system: System) -> Iterator[Mutant]:
    """Every mutant of every machine, in the order of the declarations."""
    for machine in system.machines:
        for own, declared in ((True, machine.transitions), (False, machine.reacts)):
            events = [transition["trigger"] for transition in declared]
            for line, transition in enumerate(declared):
                event = transition["trigger"]
                number = f" ({events[: line + 1].count(event)})" if events.count(event) > 1 else ""
                place = f"{machine.name}: {'' if own else 'reaction to '}{event}{number}"
                for what, was, changed in _changes(machine, transition):
                    mutant = Mutant(machine.name, own, line, place, what, was, changed)
                    if _is_declarable(mutant, machine):
                        yield mutant


def _is_declarable(mutant: Mutant, machine: Machine[Any]) -> bool:
    try:
        mutant._changed(machine)
    except DeclarationError:
        return False
    return True


def _changes(machine: Machine[Any], transition: Any) -> Iterator[tuple[str, str, Any]]:
    """(what, what was there, the transition with the change)"""
    yield "never taken", "", {**transition, "conditions": [FALSE]}
    parts = [part for condition in as_sequence(transition.get("conditions", ())) for part in _conjuncts(condition)]
    for key, conditions in (("conditions", parts), ("unless", list(as_sequence(transition.get("unless", ()))))):
        word = "condition" if key == "conditions" else "exception"
        for number, part in enumerate(conditions):
            others = [other for position, other in enumerate(conditions) if position != number]
            yield f"{word} {number + 1} dropped", _text(part), {**transition, key: others}
            opposite = [~other if position == number else other for position, other in enumerate(conditions)]
            yield f"{word} {number + 1} negated", _text(part), {**transition, key: opposite}
    for state in ("=", *machine.state.domain.values):
        if state != transition["dest"]:
            yield (
                f"dest {'unchanged' if state == '=' else state}",
                str(transition["dest"]),
                {**transition, "dest": state},
            )
    yield from _effects(transition)


def _effects(transition: Any) -> Iterator[tuple[str, str, Any]]:
    assignments = [pair for effect in as_sequence(transition.get("before", ())) for pair in effect.assignments.items()]
    for number, (variable, value) in enumerate(assignments):
        others = [*assignments[:number], *assignments[number + 1 :]]
        yield f"{variable.name} not set", _text(value), {**transition, "before": [Effect(others)]}
        for what, other in _other_values(variable, value):
            yield (
                f"{variable.name} set to {what}",
                _text(value),
                {
                    **transition,
                    "before": [Effect([*others, (variable, other)])],
                },
            )


def _other_values(variable: Variable[Any], value: Expr[Any]) -> Iterator[tuple[str, Expr[Any] | Any]]:
    if isinstance(value, Ite):
        yield "the other branch", if_then_else(value.condition, value.otherwise, value.then)
    domain = variable.domain
    if isinstance(value, Const) and isinstance(domain, Boolean | Enumeration):
        yield from ((str(other), other) for other in domain.values if other != value.value)
    elif isinstance(domain, Integers) and not isinstance(value, Ite):
        yield "one more", value + 1


def _conjuncts(condition: Expr[bool]) -> Sequence[Expr[bool]]:
    return condition.parts if isinstance(condition, And) else (condition,)


def _text(expr: Expr[Any]) -> str:
    return shorten(str(expr), 100, placeholder=" ...")
