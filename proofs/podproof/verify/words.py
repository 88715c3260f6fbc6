"""The words of a user's claims about a plain machine: names of states and events, in any formula.

The names are looked up when the claim is decided, so a claim can be written before there is a machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from podproof.language import Actor, DeclarationError, Event, Expr, System, disjunction, flag
from podproof.properties.formulas import Formula

USER = Actor("anybody")


def at(*names: str) -> Expr[bool]:
    """The machine is in one of these states; a state with substates counts while one of them is active.

    >>> str(at("paid") & ~at("cart", "empty"))
    'paid and not (cart or empty)'
    """
    if not names or not all(isinstance(name, str) and name for name in names):
        raise DeclarationError(f"at() takes names of states, not {names!r}")
    return disjunction(*(flag(name) for name in names))


def on(event: str) -> Event:
    """The event of that name, for `Only` and for `Step(..., during=(on("ship"),))`."""
    return USER(event)


@dataclass(frozen=True, eq=False)
class Accepts(Formula):
    """Wherever the machine is with `holds` and waits for an event, this one can fire a transition and raises no error.

    Conditions are free choices: they may still refuse it, but they must be able not to. A state or an event can be
    given by its name: `Accepts("paid", "refund")` is `Accepts(at("paid"), on("refund"))`.
    """

    holds: Expr[bool]
    event: Event

    def __post_init__(self) -> None:
        if isinstance(self.holds, str):
            object.__setattr__(self, "holds", at(self.holds))
        if type(self.event) is str:
            object.__setattr__(self, "event", on(self.event))
        self._events((self.event,))
        self._condition(self.holds, "where it is accepted")

    def expressions(self) -> tuple[Expr[bool], ...]:
        return (self.holds,)

    def check_against(self, system: System) -> None:
        raise DeclarationError("Accepts is about machines of your own: podproof verify decides it")

    def __str__(self) -> str:
        return f"'{self.event}' is accepted while ({self.holds})"
