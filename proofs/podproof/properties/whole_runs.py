"""What a claim can say about whole runs: what every run passes, what never comes back, how long the shortest run is.

The first two are statements about states and steps once a run remembers its history (`history`), so they can be proved
for any number of elements; how long a run is, only a search tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate, groupby
from operator import gt, or_
from typing import Any

from podproof.language import DeclarationError, Expr, System, UnsupportedError, Variable
from podproof.language.domains import Integers
from podproof.language.flat import Sizes, expand
from podproof.properties.formulas import (
    Asks,
    Formula,
    Invariant,
    Most,
    Shown,
    StepRule,
    check_kinds,
    checked_most,
    declared_size,
    is_meant,
)
from podproof.properties.history import Remembered, remembered, unused
from podproof.properties.trace import Trace
from podproof.wording.counting import counted


@dataclass(frozen=True, eq=False)
class GraphFormula(Formula):
    """A question about whole runs. most: it is about systems with at most so many elements; None: about all."""

    most: Most | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        checked_most(self.most, type(self).__name__)

    @property
    def asks(self) -> Asks:
        return Asks.graph

    @property
    def sizes(self) -> Most | None:
        return self.most

    @property
    def length(self) -> int | None:
        """How many steps the shortest run to the occasion is said to take, where that is what it says."""
        return None

    def check_against(self, system: System) -> None:
        super().check_against(system)
        check_kinds(self.most, system)


@dataclass(frozen=True, eq=False)
class Passes(GraphFormula):
    """Every run to a state with `target` has passed a state with `through`, or passes it there."""

    target: Expr[bool]
    through: Expr[bool]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._condition(self.target, "the target")
        self._condition(self.through, "what is passed")

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.target, self.through)

    @property
    def occasion(self) -> Expr[bool]:
        return self.target

    def remembering(self, system: System, sizes: Sizes | None = None) -> tuple[System, Formula]:
        self.check_against(system)
        watching, passed = remembered("passed", self.through, system)
        gone_by = passed | self.through
        return watching, Remembered(self, (Invariant(self.target.implies(gone_by)),))

    def shown_by(self, run: Trace) -> Shown:
        if not is_meant(self.most, run.sizes):
            return Shown.nothing
        passed = accumulate(run.values_of(self.through), or_)
        return Shown.broken if any(map(gt, run.values_of(self.target), passed)) else Shown.nothing

    def __str__(self) -> str:
        return f"every run to ({self.target}) passes ({self.through}){declared_size(self.most)}"


@dataclass(frozen=True, eq=False)
class NoReturn(GraphFormula):
    """A value of `observed` that was left never comes back."""

    observed: Expr[Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._value(self.observed, "what is observed")

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.observed,)

    def remembering(self, system: System, sizes: Sizes | None = None) -> tuple[System, Formula]:
        """Whichever value is watched, once it was left it does not come back."""
        self.check_against(system)
        values = self.observed.domain
        if sizes is not None and isinstance(values, Integers):  # a number of elements has an end where they have
            values = expand(system, sizes).flatten(self.observed).domain
        if isinstance(values, Integers) and not values.bounded:
            raise UnsupportedError(f"({self.observed}) has no end of values, so none can be watched")
        watched: Variable[Any] = Variable(unused("watched", system), values)
        there = self.observed.equals(watched)
        watching, was = remembered("been there", there, system, watched)
        return watching, Remembered(self, (StepRule(was & ~there, ~there),))

    def shown_by(self, run: Trace) -> Shown:
        if not is_meant(self.most, run.sizes):
            return Shown.nothing
        stages = [value for value, _ in groupby(run.values_of(self.observed))]
        return Shown.broken if len(set(stages)) < len(stages) else Shown.nothing

    def __str__(self) -> str:
        return f"no run leaves a value of ({self.observed}) and comes back to it{declared_size(self.most)}"


@dataclass(frozen=True, eq=False)
class Shortest(GraphFormula):
    """The shortest run to a state with `target` takes exactly `steps` steps."""

    target: Expr[bool]
    steps: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self._condition(self.target, "the target")
        if type(self.steps) is not int or self.steps < 0:
            raise DeclarationError(f"Shortest: expected a number of steps, not {self.steps!r}")

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.target,)

    @property
    def occasion(self) -> Expr[bool]:
        return self.target

    @property
    def length(self) -> int:
        return self.steps

    def shown_by(self, run: Trace) -> Shown:
        if not is_meant(self.most, run.sizes):
            return Shown.nothing
        first = next((number for number, reached in enumerate(run.values_of(self.target)) if reached), None)
        if first == self.steps:
            return Shown.short_enough
        return Shown.broken if first is not None and first < self.steps else Shown.nothing

    def __str__(self) -> str:
        return f"the shortest run to ({self.target}) takes {counted(self.steps, 'step')}{declared_size(self.most)}"
