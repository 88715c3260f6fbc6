"""What a claim can say about infinite runs: that something good happens at last.

Without fairness a run may stop anywhere for ever, so hardly anything happens at last: say with `fair` (or with the
`fair` of an assumption) what goes on. They are decided state by state, for systems of some sizes: `most` declares that
a formula is about no larger ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from podproof.language import TRUE, Assumption, DeclarationError, Expr, Fairness, System, Variable
from podproof.language.domains import Integers
from podproof.language.expressions import variables_in
from podproof.language.systems import written_by
from podproof.properties.formulas import Asks, Formula, Most, check_kinds, checked_most, declared_size


@dataclass(frozen=True, eq=False)
class Wait:
    """What a run does that breaks the formula: it comes to a state with `begins` (in its first state already, if
    `at_once`), from there on `lasts` holds for ever, and `returns` holds again and again."""

    begins: Expr[bool]
    lasts: Expr[bool]
    returns: Expr[bool] = TRUE
    at_once: bool = False


@dataclass(frozen=True, eq=False)
class Liveness(Formula):
    """One of the shapes below. fair: what is never neglected for ever; most: it is about systems with at most so many
    elements, None: about all."""

    fair: tuple[Fairness, ...] = field(default=(), kw_only=True)
    most: Most | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name, expr in self._said().items():
            self._condition(expr, name)
        if not isinstance(self.fair, tuple | list) or not all(isinstance(each, Fairness) for each in self.fair):
            raise DeclarationError(f"{type(self).__name__}: fair is a tuple of weak(...) and strong(...)")
        checked_most(self.most, type(self).__name__)

    def _said(self) -> dict[str, Expr[bool]]:
        """Its conditions, and what to call them in an error."""
        raise NotImplementedError

    @property
    def wait(self) -> Wait:
        raise NotImplementedError

    @property
    def asks(self) -> Asks:
        return Asks.fair_cycle

    @property
    def sizes(self) -> Most | None:
        return self.most

    def expressions(self) -> tuple[Expr[bool], ...]:
        return tuple(self._said().values())

    def check_against(self, system: System) -> None:
        super().check_against(system)
        check_kinds(self.most, system)
        for each in self.fair:
            each.events(system)

    def fairness(self, assumed: Iterable[Assumption]) -> tuple[Fairness, ...]:
        """What is never neglected for ever: by itself, and under the assumptions."""
        return (*self.fair, *chain.from_iterable(assumption.fair for assumption in assumed))

    def part(self, system: System, candidates: Iterable[Assumption] = ()) -> System:
        """The cone of influence of the formula, under what the system and also the candidates may assume.

        It keeps whatever the steps that count as fair can change: to a part that does not see what they do, they would
        do nothing. Raises DeclarationError for fairness of something that the system does not have.
        """
        fair = self.fairness((*system.assumed, *candidates))
        events = tuple(event for each in fair for event in each.events(system))
        changed: list[Variable[Any]] = [
            variable
            for machine in system.machines
            for arrow in (*machine.arrows, *machine.reactions)
            if arrow.event in events
            for variable in written_by(machine, arrow)
        ]
        shapes = [a.shape for a in candidates if a.shape is not None]
        read: list[Expr[Any]] = [v for each in fair for v in variables_in(each.when)]
        return system.cone((*self.expressions(), *shapes, *read, *changed), events)

    def _under(self, sentence: str) -> str:
        fair = f", under {' and '.join(map(str, self.fair))}" if self.fair else ""
        return sentence + declared_size(self.most) + fair


def saturating(system: System) -> str:
    """Why nothing can be told about what happens for ever: what the real number does then is not to be seen."""
    changed = {v for step in system.steps for v in (*step.updates, *step.broadcasts)}
    for variable in sorted(changed, key=lambda v: v.name):
        if isinstance(variable.domain, Integers) and variable.domain.saturating:
            return f"{variable.name} saturates, so what happens for ever cannot be told"
    return ""


@dataclass(frozen=True, eq=False)
class Eventually(Liveness):
    """Every run comes to a state with `holds`."""

    holds: Expr[bool]

    def _said(self) -> dict[str, Expr[bool]]:
        return {"what happens at last": self.holds}

    @property
    def wait(self) -> Wait:
        return Wait(TRUE, ~self.holds, at_once=True)

    def __str__(self) -> str:
        return self._under(f"eventually ({self.holds})")


@dataclass(frozen=True, eq=False)
class LeadsTo(Liveness):
    """Whenever `before` holds, `after` holds then or later."""

    before: Expr[bool]
    after: Expr[bool]

    def _said(self) -> dict[str, Expr[bool]]:
        return {"before": self.before, "after": self.after}

    @property
    def wait(self) -> Wait:
        return Wait(self.before, ~self.after)

    def __str__(self) -> str:
        return self._under(f"({self.before}) leads to ({self.after})")


@dataclass(frozen=True, eq=False)
class InfinitelyOften(Liveness):
    """`holds` now or later, whenever that is asked."""

    holds: Expr[bool]

    def _said(self) -> dict[str, Expr[bool]]:
        return {"what holds again and again": self.holds}

    @property
    def wait(self) -> Wait:
        return Wait(TRUE, ~self.holds)

    def __str__(self) -> str:
        return self._under(f"again and again ({self.holds})")


@dataclass(frozen=True, eq=False)
class EventuallyAlways(Liveness):
    """From some moment on `holds` stays."""

    holds: Expr[bool]

    def _said(self) -> dict[str, Expr[bool]]:
        return {"what stays at last": self.holds}

    @property
    def wait(self) -> Wait:
        return Wait(TRUE, TRUE, ~self.holds)

    def __str__(self) -> str:
        return self._under(f"eventually always ({self.holds})")
