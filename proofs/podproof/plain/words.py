"""The words of a user's claims about a plain machine: names of states and events, in any formula.

The names are looked up when the claim is decided, so a claim can be written before there is a machine.
"""

from __future__ import annotations

from podproof.language import Actor, DeclarationError, Event, Expr, disjunction, flag

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
