"""What a claim can say. Every formula is data over the model's variables.

Safety formulas come down to two shapes that engines decide: an `Invariant` of states and a `StepRule` about single
steps. Questions about whole runs (what every run passes, what is never left, how long the shortest run is) are formulas
of their own.

A formula that cannot mean anything is refused when it is made, one that speaks of what a system does not have as soon
as it is asked about that system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from podproof.language import FALSE, TRUE, DeclarationError, Event, Expr, Kind, Machine, System, disjunction
from podproof.language.cases import may_hold
from podproof.language.domains import Integers, comparable
from podproof.language.expressions import boolean, constant, own_kinds, variables_in
from podproof.language.flat import Sizes
from podproof.language.machines import EVERY_EVENT
from podproof.language.systems import kinds_in
from podproof.language.wellformed import expression, meaningful
from podproof.wording.counting import counted


@dataclass(frozen=True, eq=False)
class Invariant:
    """`holds` in every reachable state."""

    holds: Expr[bool]


@dataclass(frozen=True, eq=False)
class StepRule:
    """Every step taken from a state with `before` ends in a state with `after`.

    events: only steps of these events are meant; empty means every step. Where the events are of a kind, `before` and
    `after` may speak of the element that acts.
    """

    before: Expr[bool]
    after: Expr[bool]
    events: tuple[Event, ...] = ()

    @property
    def meant(self) -> tuple[Event, ...]:
        """The events whose steps can break it; EVERY_EVENT where a step that changes nothing at all can."""
        return self.events or ((EVERY_EVENT,) if may_hold(self.before & ~self.after) else ())


@dataclass(frozen=True, eq=False)
class InitialRule:
    """`holds` in every initial state."""

    holds: Expr[bool]


Property = Invariant | StepRule | InitialRule


@dataclass(frozen=True, eq=False)
class Formula:
    """One of the shapes below. Making one raises DeclarationError where it cannot mean anything."""

    def expressions(self) -> tuple[Expr[Any], ...]:
        """Everything it reads: what the cone of influence is computed from."""
        found: list[Expr[Any]] = []
        for prop in self.properties():
            found += [prop.before, prop.after] if isinstance(prop, StepRule) else [prop.holds]
        return tuple(found)

    def events(self) -> tuple[Event, ...]:
        """The events that the cone of influence must keep, whatever they change."""
        return tuple(e for prop in self.properties() if isinstance(prop, StepRule) for e in prop.meant)

    def properties(self) -> tuple[Property, ...]:
        """The safety properties whose conjunction this is; empty for a question about the graph."""
        return ()

    def check_against(self, system: System) -> None:
        """Raises DeclarationError where it speaks of a variable, a kind or an event that the system does not have."""
        for expr in self.expressions():
            for variable in sorted(variables_in(expr) - set(system.variables), key=lambda v: v.name):
                raise DeclarationError(f"({expr}) reads {variable.name}, which system {system} does not have")
            for kind in sorted(kinds_in(expr) - set(system.all_kinds), key=str):
                raise DeclarationError(f"({expr}) speaks of {kind}, a kind that system {system} does not have")
        owners = {event: machine for machine in system.machines for event in machine.events}
        for rule in (prop for prop in self.properties() if isinstance(prop, StepRule)):
            for event in rule.events:
                if event not in owners:
                    raise DeclarationError(f"event {event}: system {system} does not have it")
                for expr in (rule.before, rule.after):
                    acting = owners[event].kind
                    meaningful(expr, f"event {event}", f"{acting or 'no single element'} acts in it", acting)

    def _condition(self, expr: object, speaks_of: str, events: Sequence[Event] = ()) -> None:
        where = f"{type(self).__name__}: {speaks_of}"
        expression(expr, where)
        boolean(expr, where)
        self._value(expr, speaks_of, events)

    def _value(self, expr: Any, speaks_of: str, events: Sequence[Event] = ()) -> None:
        """Of the one element that acts it may speak where events are named."""
        where = f"{type(self).__name__}: {speaks_of}"
        expression(expr, where)
        acting = next(iter(sorted(own_kinds(expr), key=str)), None) if events else None
        meaningful(expr, where, kind=acting)

    def _events(self, events: object) -> None:
        if not isinstance(events, tuple | list) or not all(isinstance(event, Event) for event in events):
            raise DeclarationError(f"{type(self).__name__}: expected a tuple of events, not {events!r}")


@dataclass(frozen=True, eq=False)
class Always(Formula):
    holds: Expr[bool]

    def __post_init__(self) -> None:
        self._condition(self.holds, "what holds")

    def properties(self) -> tuple[Property, ...]:
        return (Invariant(self.holds),)

    def __str__(self) -> str:
        return f"always ({self.holds})"


@dataclass(frozen=True, eq=False)
class Never(Formula):
    holds: Expr[bool]

    def __post_init__(self) -> None:
        self._condition(self.holds, "what never holds")

    def properties(self) -> tuple[Property, ...]:
        return (Invariant(~self.holds),)

    def __str__(self) -> str:
        return f"never ({self.holds})"


@dataclass(frozen=True, eq=False)
class Step(Formula):
    before: Expr[bool]
    after: Expr[bool]
    during: tuple[Event, ...] = ()

    def __post_init__(self) -> None:
        self._events(self.during)
        self._condition(self.before, "before", self.during)
        self._condition(self.after, "after", self.during)

    def properties(self) -> tuple[Property, ...]:
        return (StepRule(self.before, self.after, self.during),)

    def __str__(self) -> str:
        which = f"of {' or '.join(self.during)} " if self.during else ""
        if self.before is TRUE:
            return f"every step {which}ends with ({self.after})"
        return f"every step {which}from ({self.before}) ends with ({self.after})"


@dataclass(frozen=True, eq=False)
class Becomes(Formula):
    """Every step of these events makes `observed` what `value` was before it."""

    observed: Expr[Any]
    value: Expr[Any]
    during: tuple[Event, ...]

    def __post_init__(self) -> None:
        self._events(self.during)
        if not self.during:
            raise DeclarationError("Becomes: it says of which events, and none is named")
        self._value(self.observed, "what becomes", self.during)
        self._value(self.value, "the value", self.during)
        if self.observed.domain != self.value.domain or isinstance(self.observed.domain, Integers):
            raise DeclarationError(
                f"Becomes: ({self.observed}) is {self.observed.domain}, and ({self.value}) is {self.value.domain}: "
                f"they have to have the same values, each with a name"
            )

    def properties(self) -> tuple[Property, ...]:
        return tuple(
            StepRule(self.value.equals(constant(each)), self.observed.equals(constant(each)), self.during)
            for each in self.observed.domain.values
        )

    def __str__(self) -> str:
        return f"every step of {' or '.join(self.during)} makes ({self.observed}) what ({self.value}) was before it"


@dataclass(frozen=True, eq=False)
class Only(Formula):
    """An event happens only in states with `holds`, which may speak of the element that acts."""

    event: Event
    holds: Expr[bool]

    def __post_init__(self) -> None:
        self._events((self.event,))
        self._condition(self.holds, "what holds", (self.event,))

    def properties(self) -> tuple[Property, ...]:
        return (StepRule(~self.holds, FALSE, (self.event,)),)

    def __str__(self) -> str:
        return f"'{self.event}' happens only while ({self.holds})"


@dataclass(frozen=True, eq=False)
class Equals(Formula):
    left: Expr[Any]
    right: Expr[Any]

    def __post_init__(self) -> None:
        self._value(self.left, "the left side")
        self._value(self.right, "the right side")
        self.left.equals(self.right)

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
        self._value(self.observed, "what is observed")
        if not comparable(self.observed.domain, self.abstract.state.domain):
            raise DeclarationError(
                f"Follows: ({self.observed}) is {self.observed.domain}, but the states of machine "
                f"{self.abstract.name} are {self.abstract.state.domain}"
            )

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

    def __post_init__(self) -> None:
        self._condition(self.holds, "what is reached")

    def expressions(self) -> tuple[Expr[Any], ...]:
        return (self.holds,)

    def __str__(self) -> str:
        return f"some run reaches ({self.holds})"


Most = int | Mapping[Kind, int]
"""So many elements at most: of each kind, or of each kind that is named, and none of others."""


def most_of(most: Most | None, kind: Kind) -> int | None:
    """How many elements of the kind; None where that is not said."""
    return most.get(kind, 0) if isinstance(most, Mapping) else most


def is_meant(most: Most | None, sizes: Sizes) -> bool:
    """Whether a formula that declares these sizes is about a system of that one."""
    return most is None or all(number <= (most_of(most, kind) or 0) for kind, number in sizes.items())


def checked_most(most: object, where: str) -> None:
    """Raises DeclarationError for what is no number of elements."""
    numbers = list(most.values()) if isinstance(most, Mapping) else [most]
    named = all(isinstance(kind, Kind) for kind in most) if isinstance(most, Mapping) else True
    whole = all(type(n) is int and n >= 0 for n in numbers) and any(numbers)
    if most is not None and not (named and whole):
        raise DeclarationError(
            f"{where}: most is a number of elements, or a number for each kind, such as {{regular: 2}}, not {most!r}"
        )


def declared_size(most: Most | None) -> str:
    """What a formula says of the systems that it is about, in words; nothing where it is about all."""
    if most is None:
        return ""
    if isinstance(most, int):
        return f", with at most {most} of each kind"
    return f", with at most {' and '.join(f'{number} {kind}' for kind, number in most.items())}"


@dataclass(frozen=True, eq=False)
class GraphFormula(Formula):
    """A question about whole runs. most: it is about systems with at most so many elements; None: about all."""

    most: Most | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        checked_most(self.most, type(self).__name__)

    def check_against(self, system: System) -> None:
        super().check_against(system)
        check_kinds(self.most, system)


def check_kinds(most: Most | None, system: System) -> None:
    """Raises DeclarationError where a size is declared of a kind that the system does not have."""
    for kind in most if isinstance(most, Mapping) else ():
        if kind not in system.all_kinds:
            raise DeclarationError(f"most: system {system} has no kind {kind}")


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

    def __str__(self) -> str:
        return f"the shortest run to ({self.target}) takes {counted(self.steps, 'step')}{declared_size(self.most)}"
