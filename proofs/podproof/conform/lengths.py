"""Lengths of time in records: exact, and as whole numbers of a unit that fits them all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from math import lcm

Number = int | float
"""As JSON has it: the decimal fraction is meant, not the binary one."""

PARTS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)", re.ASCII)


def exact(length: Number | Fraction) -> Fraction:
    return Fraction(str(length))


def common_unit(lengths: Iterable[Number | Fraction]) -> int:
    """So many units to the second that each length is a whole number of them; the fewest."""
    return lcm(*(exact(length).denominator for length in lengths))


def in_units(length: Number | Fraction, unit: int) -> int:
    """Raises ValueError for what is no whole number of units, or a negative one."""
    units = exact(length) * unit
    if units.denominator != 1 or units < 0:
        raise ValueError(f"{length} s is no length of time in units of 1/{unit} s")
    return int(units)


def in_seconds(units: int, unit: int) -> Number:
    """As JSON would have it."""
    return units // unit if units % unit == 0 else units / unit


def duration(text: str) -> Fraction:
    """In seconds, of text such as 1m20s or 1500ms (Go's time.Duration).

    Raises ValueError for any other text.
    """
    parts = PART.findall(text)
    if not parts or "".join(number + part for number, part in parts) != text:
        raise ValueError(f"no length of time: {text!r}")
    return sum((Fraction(number) * PARTS[part] for number, part in parts), Fraction(0))
