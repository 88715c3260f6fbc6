"""Domains: the values a variable may take, and how finite ones are coded as small integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from podproof.language.errors import DeclarationError


@dataclass(frozen=True)
class Boolean:
    """False and True, coded 0 and 1."""

    @property
    def values(self) -> Sequence[bool]:
        return (False, True)

    @property
    def size(self) -> int:
        return 2

    def code(self, value: Any) -> int:
        return int(value)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, bool)

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Enumeration:
    """The members of one `StrEnum`, coded in order of definition. `transitions` takes no other states."""

    members: type[Enum]

    @cached_property
    def values(self) -> Sequence[Any]:
        return tuple(self.members)

    @property
    def size(self) -> int:
        return len(self.values)

    def code(self, value: Any) -> int:
        return self.values.index(value)

    def __contains__(self, value: object) -> bool:
        return isinstance(value, self.members)

    def __str__(self) -> str:
        return f"one of {', '.join(str(value) for value in self.values)}"


@dataclass(frozen=True)
class Integers:
    """Integers from `low` to `high`, both included; an end that is `None` is none, and the values are for provers only.

    `saturating`: a value beyond an end is stored as that end. Verdicts about such a variable say so.
    """

    low: int | None = None
    high: int | None = None
    saturating: bool = False

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise DeclarationError(f"empty integer domain {self.low}..{self.high}")
        if self.saturating and not self.bounded:
            raise DeclarationError("only a bounded integer can saturate: give low and high")

    @property
    def bounded(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def ends(self) -> bool:
        """It has one end at least."""
        return self.low is not None or self.high is not None

    @property
    def values(self) -> Sequence[int]:
        """In order, and never all in memory: there may be very many."""
        if self.low is None or self.high is None:
            raise DeclarationError("an unbounded integer has no list of values; only provers can handle it")
        return range(self.low, self.high + 1)

    @property
    def size(self) -> int:
        """How many values there are, also where `len` cannot say it."""
        if self.low is None or self.high is None:
            raise DeclarationError("an unbounded integer has no number of values; only provers can handle it")
        return self.high - self.low + 1

    def some(self, most: int) -> Sequence[int]:
        """Up to so many of the values: up from the low end, or down from the high one, or up from 0."""
        if self.low is None and self.high is not None:
            return range(self.high, self.high - most, -1)
        low = self.low or 0
        return range(low, low + most if self.high is None else min(low + most, self.high + 1))

    def within(self, low: int, high: int) -> bool:
        """True where every value lies from `low` to `high`."""
        return self.low is not None and self.high is not None and low <= self.low and self.high <= high

    def code(self, value: Any) -> int:
        return int(value) - (self.low or 0)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.low is None:
            return "an integer" if self.high is None else f"an integer, at most {self.high}"
        if self.high is None:
            return f"an integer, at least {self.low}"
        return f"an integer from {self.low} to {self.high}" + (", saturating" if self.saturating else "")


Domain = Boolean | Enumeration | Integers
BOOLEAN = Boolean()
INTEGER = Integers()


def width(domain: Domain) -> int:
    """Bits that hold the code of every value, at least one."""
    return max(1, (domain.size - 1).bit_length())


def comparable(left: Domain, right: Domain) -> bool:
    """True where values of the two domains can be compared with each other."""
    if isinstance(left, Integers):
        return isinstance(right, Integers)
    return left == right


def domain_of(value: object) -> Domain:
    """The domain that a constant belongs to.

    Raises DeclarationError for anything but a bool, an int or a member of an enumeration of strings.
    """
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int) and not isinstance(value, Enum):
        return Integers(value, value)
    if isinstance(value, Enum) and isinstance(value, str):
        return Enumeration(type(value))
    raise DeclarationError(f"{value!r} is no value of the language: use a bool, an int or a StrEnum member")
