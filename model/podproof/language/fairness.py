"""Fairness: which events cannot be neglected for ever. It says nothing of finite runs, only of infinite ones.

A behaviour is an infinite sequence of states; between two of them a step was taken, or nothing happened. As in TLA+
(`<<A>>_v`), only steps that change the state count, as taken and as possible: a sync that finds everything in order is
no progress, and who could do no more than that is not kept waiting.

weak: steps that are possible all the time from some moment on are taken again and again. strong: steps that become
possible again and again are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.language.errors import DeclarationError
from podproof.language.expressions import TRUE, Expr, boolean, variables_in
from podproof.language.machines import Actor, Event
from podproof.language.systems import System, kinds_in
from podproof.language.wellformed import expression, meaningful


class Strength(StrEnum):
    weak = "weak"
    strong = "strong"


@dataclass(frozen=True, eq=False)
class Fairness:
    """Made with `weak` and `strong`.

    of: one event, or all events of an actor that no assumption forbids: nobody is obliged to disturb. when: only steps
    from states with this count; it may speak of the event's parameters and of the element that acts. each: every
    event, and in a kind every element, by itself; else it is enough that one of them goes on.
    """

    strength: Strength
    of: Actor | Event
    when: Expr[bool]
    each: bool

    def __post_init__(self) -> None:
        if not isinstance(self.of, Actor | Event):
            raise DeclarationError(f"{self.strength}: fairness is of an actor or an event, not of {self.of!r}")
        expression(self.when, f"{self}: when")
        boolean(self.when, f"{self}: when")

    def events(self, system: System) -> tuple[Event, ...]:
        """Raises DeclarationError where the system has none of them, or `when` makes no sense there."""
        if isinstance(self.of, Event):
            found: tuple[Event, ...] = tuple(e for e in system.events if e is self.of)
        else:
            found = tuple(e for e in system.events if e.actor == self.of and not e.unless)
        if not found:
            raise DeclarationError(f"{self}: system {system} has no such event that could be obliged to happen")
        where = f"{self}: when"
        for machine in system.machines:
            for event in machine.events:
                if event in found:
                    here = f"{machine.kind or 'no single element'} acts in it"
                    meaningful(self.when, where, here, machine.kind, event.parameters)
        for variable in sorted(variables_in(self.when) - set(system.variables), key=lambda v: v.name):
            raise DeclarationError(f"{where}: system {system} does not have {variable.name}")
        for kind in sorted(kinds_in(self.when) - set(system.all_kinds), key=str):
            raise DeclarationError(f"{where}: system {system} does not have the kind {kind}")
        return found

    def __str__(self) -> str:
        which = "each of " if self.each else ""
        when = "" if self.when is TRUE else f" while ({self.when})"
        return f"{self.strength} fairness of {which}{self.of}{when}"


def weak(of: Actor | Event, when: Expr[bool] = TRUE, *, each: bool = False) -> Fairness:
    """What could go on all the time goes on at last."""
    return Fairness(Strength.weak, of, when, each)


def strong(of: Actor | Event, when: Expr[bool] = TRUE, *, each: bool = False) -> Fairness:
    """What could go on again and again goes on at last."""
    return Fairness(Strength.strong, of, when, each)
