"""Clocks: integer variables that change by one unit whenever time passes. What is measured, and what is awaited.

Time passes by one event, `tick`, which all clocks see at once. A machine in which something is due forbids it, until
that is done (`Machine.urgent`). A second is so many units as the model says; what happens between two ticks happens at
the same instant, in any order (Henzinger, Manna, Pnueli 1992: "What good are digital clocks?").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from podproof.language.domains import Integers
from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    ANY,
    TRUE,
    Expr,
    Kind,
    Variable,
    as_expr,
    constant,
    if_then_else,
    integer,
)
from podproof.language.machines import Effect, sets


@dataclass(frozen=True, eq=False)
class Timer:
    """Counts down to 0, and rests there where it does not run. most: where it begins, and never is above."""

    variable: Variable[int]
    most: Expr[int]
    runs: Expr[bool]

    @property
    def end(self) -> Expr[int]:
        return self.most

    @property
    def due(self) -> Expr[bool]:
        return self.variable.is_(0)

    @property
    def restart(self) -> Effect:
        return sets(self.variable, self.most)

    @property
    def stop(self) -> Effect:
        return sets(self.variable, 0)

    @property
    def ticked(self) -> Expr[int]:
        """What a tick makes of it."""
        return if_then_else(self.runs & (self.variable > 0), self.variable - 1, 0)


@dataclass(frozen=True, eq=False)
class Stopwatch:
    """Counts up, and rests at 0 where it does not run. cap: where it stops, so that what is beyond cannot be told."""

    variable: Variable[int]
    cap: Expr[int] | None
    runs: Expr[bool]

    @property
    def end(self) -> Expr[int]:
        """An expression in any case: 0 where it has none."""
        return constant(0) if self.cap is None else self.cap

    @property
    def restart(self) -> Effect:
        return sets(self.variable, 0)

    @property
    def ticked(self) -> Expr[int]:
        """What a tick makes of it."""
        further = self.variable + 1
        if self.cap is not None:
            further = if_then_else(self.variable < self.cap, further, self.variable)
        return if_then_else(self.runs, further, 0)


Clock = Timer | Stopwatch


@dataclass(frozen=True, eq=False)
class Counter:
    """A number from 0 to `most`, which is no clock, but whose end depends on fields as theirs do."""

    variable: Variable[int]
    most: Expr[int]

    @property
    def end(self) -> Expr[int]:
        return self.most


def counter(name: str, most: Expr[int] | int, *, kind: Kind | None = None, initial: Any = 0, doc: str = "") -> Counter:
    """A counter that begins at 0, or somewhere (`initial`). Raises DeclarationError where its end can be below 0."""
    end = _end(name, most)
    return Counter(Variable(name, Integers(0, _high(end)), kind, initial, doc), end)


def timer(
    name: str,
    most: Expr[int] | int,
    *,
    kind: Kind | None = None,
    runs: Expr[bool] = TRUE,
    initial: Any = 0,
    doc: str = "",
) -> Timer:
    """A timer that `most` units are left of at most; as `initial`, ANY: it may have begun at any time.

    most: a constant, or an expression over what never changes. Raises DeclarationError for anything else.
    """
    end = _end(name, most)
    return Timer(Variable(name, Integers(0, _high(end)), kind, initial, doc), end, runs)


def stopwatch(
    name: str,
    cap: Expr[int] | int | None,
    *,
    kind: Kind | None = None,
    runs: Expr[bool] = TRUE,
    doc: str = "",
) -> Stopwatch:
    """A stopwatch that begins at 0. cap: it is only asked whether it is below that, or less; None: provers only."""
    end = None if cap is None else _end(name, cap)
    return Stopwatch(Variable(name, Integers(0, None if end is None else _high(end)), kind, 0, doc), end, runs)


def _end(name: str, end: Expr[int] | int) -> Expr[int]:
    found = as_expr(end)
    integer(found, f"clock {name}: its end")
    if not isinstance(found.domain, Integers) or found.domain.low is None or found.domain.low < 0:
        raise DeclarationError(f"clock {name}: its end has to be 0 or more, and is ({found}), {found.domain}")
    return found


def _high(end: Expr[int]) -> int | None:
    return end.domain.high if isinstance(end.domain, Integers) else None


def begins_within(number: Clock | Counter) -> Expr[bool]:
    """What its first value has to do with its end, where it can be any."""
    if isinstance(number, Stopwatch) or number.variable.initial is not ANY:
        return TRUE
    kind, within = number.variable.kind, number.variable <= number.most
    return within if kind is None else kind.all(within)
