"""How a model's variables are declared: one short function for each sort."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from podproof.language.domains import BOOLEAN, Enumeration, Integers
from podproof.language.errors import DeclarationError
from podproof.language.expressions import ANY, Kind, Parameter, Variable

S = TypeVar("S", bound=StrEnum)


def state(name: str, states: type[S], *, kind: Kind | None = None, initial: Any = ANY, doc: str = "") -> Variable[S]:
    """A variable over the members of a `StrEnum`: a machine's state, or a plain enumerated value."""
    if not (isinstance(states, type) and issubclass(states, StrEnum)):
        raise DeclarationError(f"{name}: the values of a state variable are the members of a StrEnum, not {states!r}")
    return Variable(name, Enumeration(states), kind, initial, doc)


def flag(name: str, *, kind: Kind | None = None, initial: Any = ANY, doc: str = "") -> Variable[bool]:
    """A variable that is true or false."""
    return Variable(name, BOOLEAN, kind, initial, doc)


def number(
    name: str,
    low: int | None = None,
    high: int | None = None,
    *,
    saturating: bool = False,
    kind: Kind | None = None,
    initial: Any = ANY,
    doc: str = "",
) -> Variable[int]:
    """An integer variable: bounded (`low`, `high`), saturating, or unbounded (no ends; provers only)."""
    return Variable(name, Integers(low, high, saturating), kind, initial, doc)


def parameter(name: str, values: type[S]) -> Parameter[S]:
    """A finite event parameter over the members of a `StrEnum`."""
    return Parameter(name, Enumeration(values))
