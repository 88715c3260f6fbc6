"""How a model's variables are declared: one short function for each sort."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar, overload

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
    """An integer variable: bounded (`low`, `high`), saturating, or without one end or both (provers only)."""
    return Variable(name, Integers(low, high, saturating), kind, initial, doc)


@overload
def parameter(name: str, values: type[S]) -> Parameter[S]: ...
@overload
def parameter(name: str, values: range | Integers) -> Parameter[int]: ...
def parameter(name: str, values: Any) -> Parameter[Any]:
    """A finite event parameter over the members of a `StrEnum`, or over integers: `range(1, 4)` means 1, 2 and 3.

    Raises DeclarationError for anything else, and for integers without ends.
    """
    if isinstance(values, range) and values.step == 1 and values:
        return Parameter(name, Integers(values.start, values.stop - 1))
    if isinstance(values, Integers) or (isinstance(values, type) and issubclass(values, StrEnum)):
        return Parameter(name, values if isinstance(values, Integers) else Enumeration(values))
    raise DeclarationError(
        f"{name}: the values of a parameter are the members of a StrEnum or integers such as range(1, 4), "
        f"without gaps; not {values!r}"
    )
