"""What a claim can say. Every formula is data over the model's variables.

Safety formulas come down to two shapes that engines decide: an `Invariant` of states and a `StepRule` about single
steps. Questions about whole runs are in `whole_runs`, those about runs without an end in `temporal`. A formula says
everything that a checker has to know of it: what sort of question it is, of which sizes, what it remembers, and what a
run shows of it.

A formula that cannot mean anything is refused when it is made, one that speaks of what a system does not have as soon
as it is asked about that system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from podproof.language import FALSE, TRUE, DeclarationError, Event, Expr, Kind, Machine, System, disjunction
from podproof.language.cases import may_hold
from podproof.language.domains import Integers, comparable
from podproof.language.expressions import boolean, constant, own_kinds, variables_in
from podproof.language.flat import Sizes
from podproof.language.machines import EVERY_EVENT
from podproof.language.meanings.python import evaluate
from podproof.language.systems import kinds_in
from podproof.language.time import check_stopwatches
from podproof.language.wellformed import expression, meaningful
from podproof.properties.trace import Trace


class Asks(StrEnum):
    """What sort of question a formula is; `check` has a way to answer each."""

    safety = "safety"
    graph = "graph"
    fair_cycle = "fair cycle"


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
        return tuple(e for rule in self.step_rules for e in rule.meant)

    def properties(self) -> tuple[Property, ...]:
        """The safety properties whose conjunction this is; empty for a question about the graph."""
        return ()

    @property
    def asks(self) -> Asks:
        return Asks.safety

    @property
    def sizes(self) -> Most | None:
        """The systems that it is about, where it is not about those of every size."""
        return None

    @property
    def opposite(self) -> Formula | None:
        """What is TRUE exactly where this is FALSE, for a formula that a run shows instead of breaking it."""
        return None

    @property
    def occasion(self) -> Expr[bool] | None:
        """What some run has to come to; if none does, the formula says nothing. None: it always says something."""
        return None

    def remembering(self, system: System, sizes: Sizes | None = None) -> tuple[System, Formula]:
        """The system with whatever a run has to remember, and the formula about its states and steps; see `history`.

        sizes: of the systems that are meant, None for all. Raises UnsupportedError where that cannot be said.
        """
        return system, self

    def shown_by(self, run: Trace) -> Shown:
        """What a run, with the values of everything that is read, shows of the formula."""
        broken = any(_breaks(prop, run) for prop in self.properties())
        return Shown.broken if broken else Shown.nothing

    @property
    def step_rules(self) -> tuple[StepRule, ...]:
        return tuple(prop for prop in self.properties() if isinstance(prop, StepRule))

    @property
    def invariants(self) -> tuple[Expr[bool], ...]:
        """What holds in every reachable state."""
        return tuple(prop.holds for prop in self.properties() if isinstance(prop, Invariant))

    @property
    def initial_rules(self) -> tuple[Expr[bool], ...]:
        """What holds in every initial state."""
        return tuple(prop.holds for prop in self.properties() if isinstance(prop, InitialRule))

    def check_against(self, system: System) -> None:
        """Raises DeclarationError where it speaks of a variable, a kind or an event that the system does not have."""
        for expr in self.expressions():
            for variable in sorted(variables_in(expr) - set(system.variables), key=lambda v: v.name):
                raise DeclarationError(f"({expr}) reads {variable.name}, which system {system} does not have")
            for kind in sorted(kinds_in(expr) - set(system.all_kinds), key=str):
                raise DeclarationError(f"({expr}) speaks of {kind}, a kind that system {system} does not have")
        check_stopwatches(system.machines, system.fields, self.expressions(), type(self).__name__)
        owners = {event: machine for machine in system.machines for event in machine.events}
        for rule in self.step_rules:
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


class Shown(StrEnum):
    """What a run shows of a formula."""

    nothing = ""
    broken = "it breaks the claim"
    witness = "it is a witness of the claim"
    short_enough = "it is as short as the claim says; that none is shorter, only a search can tell"


def _breaks(prop: Property, run: Trace) -> bool:
    if isinstance(prop, Invariant):
        return not all(run.values_of(prop.holds))
    if isinstance(prop, InitialRule):
        return not run.values_of(prop.holds)[0]
    member = bool(own_kinds(prop.before) | own_kinds(prop.after))
    for step, (before, after) in zip(run.steps, pairwise(run.states), strict=True):
        acting = step.element if member else None
        if (not prop.events or step.event in prop.events) and (
            evaluate(prop.before, before, run.sizes, own=acting)
            and not evaluate(prop.after, after, run.sizes, own=acting)
        ):
            return True
    return False


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

    @property
    def opposite(self) -> Formula:
        return Never(self.holds)

    def shown_by(self, run: Trace) -> Shown:
        return Shown.witness if any(run.values_of(self.holds)) else Shown.nothing

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


def check_kinds(most: Most | None, system: System) -> None:
    """Raises DeclarationError where a size is declared of a kind that the system does not have."""
    for kind in most if isinstance(most, Mapping) else ():
        if kind not in system.all_kinds:
            raise DeclarationError(f"most: system {system} has no kind {kind}")
