"""What a claim can say. Every formula is data over the model's variables.

Safety formulas come down to two shapes that engines decide: an `Invariant` of states and a `StepRule` about single
steps. Questions about the explored graph (what every run passes, what is never left, how long the shortest run is) are
formulas of their own; they hold of a Pod of stated size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podproof.language import FALSE, TRUE, DeclarationError, Event, Expr, Machine, disjunction


@dataclass(frozen=True, eq=False)
class Invariant:
    """`holds` in every reachable state."""

    holds: Expr[bool]


@dataclass(frozen=True, eq=False)
class StepRule:
    """Every step taken from a state with `before` ends in a state with `after`.

    events: only steps of these events are meant; empty means every step.
    """

    before: Expr[bool]
    after: Expr[bool]
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, eq=False)
class InitialRule:
    """`holds` in every initial state."""

    holds: Expr[bool]


Property = Invariant | StepRule | InitialRule


@dataclass(frozen=True, eq=False)
class Formula:
    """One of the shapes below."""

    def expressions(self) -> tuple[Expr[Any], ...]:
        """Everything it reads: what the cone of influence is computed from."""
        found: list[Expr[Any]] = []
        for prop in self.properties():
            found += [prop.before, prop.after] if isinstance(prop, StepRule) else [prop.holds]
        return tuple(found)

    def events(self) -> tuple[Event, ...]:
        return tuple(e for prop in self.properties() if isinstance(prop, StepRule) for e in prop.events)

    def properties(self) -> tuple[Property, ...]:
        """The safety properties whose conjunction this is; empty for a question about the graph."""
        return ()


@dataclass(frozen=True, eq=False)
class Always(Formula):
    holds: Expr[bool]

    def properties(self) -> tuple[Property, ...]:
        return (Invariant(self.holds),)

    def __str__(self) -> str:
        return f"always ({self.holds})"


@dataclass(frozen=True, eq=False)
class Never(Formula):
    holds: Expr[bool]

    def properties(self) -> tuple[Property, ...]:
        return (Invariant(~self.holds),)

    def __str__(self) -> str:
        return f"never ({self.holds})"


@dataclass(frozen=True, eq=False)
class Step(Formula):
    before: Expr[bool]
    after: Expr[bool]
    during: tuple[Event, ...] = ()

    def properties(self) -> tuple[Property, ...]:
        return (StepRule(self.before, self.after, self.during),)

    def __str__(self) -> str:
        which = f"of {' or '.join(self.during)} " if self.during else ""
        if self.before is TRUE:
            return f"every step {which}ends with ({self.after})"
        return f"every step {which}from ({self.before}) ends with ({self.after})"


@dataclass(frozen=True, eq=False)
class Only(Formula):
    """An event happens only in states with `holds`."""

    event: Event
    holds: Expr[bool]

    def properties(self) -> tuple[Property, ...]:
        return (StepRule(~self.holds, FALSE, (self.event,)),)

    def __str__(self) -> str:
        return f"'{self.event}' happens only while ({self.holds})"


@dataclass(frozen=True, eq=False)
class Equals(Formula):
    left: Expr[Any]
    right: Expr[Any]

    def properties(self) -> tuple[Property, ...]:
        return (Invariant(self.left.equals(self.right)),)

    def __str__(self) -> str:
        return f"always ({self.left}) = ({self.right})"


@dataclass(frozen=True, eq=False)
class Follows(Formula):
    """Refinement: every step either leaves `observed` alone or moves it along an arrow of the abstract machine."""

    abstract: Machine[Any]
    observed: Expr[Any]

    def __post_init__(self) -> None:
        if any(arrow.guard is not TRUE for arrow in self.abstract.arrows):
            raise DeclarationError(f"machine {self.abstract.name} is followed as arrows only: it cannot have guards")

    def successors(self) -> Mapping[Any, tuple[Any, ...]]:
        arrows: dict[Any, list[Any]] = {state: [state] for state in self.abstract.state.domain.values}
        for arrow in self.abstract.arrows:
            for source in arrow.sources:
                if arrow.dest is not None:
                    arrows[source].append(arrow.dest)
        return {source: tuple(dict.fromkeys(targets)) for source, targets in arrows.items()}

    def properties(self) -> tuple[Property, ...]:
        first = disjunction(*(self.observed.is_(value) for value in self.abstract.state.initial_values))
        return (
            *(
                StepRule(self.observed.is_(source), self.observed.is_(*targets))
                for source, targets in self.successors().items()
                if len(targets) < len(self.abstract.state.domain.values)
            ),
            InitialRule(first),
        )

    def __str__(self) -> str:
        return f"every change of ({self.observed}) is an arrow of machine {self.abstract.name}"


@dataclass(frozen=True, eq=False)
class Reachable(Formula):
    """Some run reaches a state with `holds`: the witness is good news."""

    holds: Expr[bool]

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.holds,)

    def __str__(self) -> str:
        return f"some run reaches ({self.holds})"


@dataclass(frozen=True, eq=False)
class Passes(Formula):
    """Every run to a state with `target` has passed a state with `through` (dominators of the explored graph)."""

    target: Expr[bool]
    through: Expr[bool]

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.target, self.through)

    def __str__(self) -> str:
        return f"every run to ({self.target}) passes ({self.through})"


@dataclass(frozen=True, eq=False)
class NoReturn(Formula):
    """A value of `observed` that was left never comes back (one value in each strongly connected component)."""

    observed: Expr[Any]

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.observed,)

    def __str__(self) -> str:
        return f"no run leaves a value of ({self.observed}) and comes back to it"


@dataclass(frozen=True, eq=False)
class Shortest(Formula):
    """The shortest run to a state with `target` takes exactly `steps` steps."""

    target: Expr[bool]
    steps: int

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.target,)

    def __str__(self) -> str:
        return f"the shortest run to ({self.target}) takes {self.steps} steps"


GraphFormula = Passes | NoReturn | Shortest
