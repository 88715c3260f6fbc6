"""Machines: what is declared, in the very dicts that `transitions` takes.

A machine owns one state variable. A *step* of a system is one event of the machine that owns it, together with the
reactions of other machines to the same event (taken where enabled, ignored otherwise; every element of a reacting
kind takes part). Effects are simultaneous: every right-hand side reads the state before the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import EnumMeta, StrEnum
from math import prod
from typing import TYPE_CHECKING, Any, Generic, NotRequired, TypedDict, TypeVar

from podproof.language.domains import Enumeration, Integers, comparable
from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    FALSE,
    TRUE,
    Const,
    Expr,
    Kind,
    Parameter,
    Variable,
    as_expr,
    boolean,
)
from podproof.language.wellformed import expression, meaningful
from podproof.wording.counting import counted

if TYPE_CHECKING:
    from podproof.language.clocks import Clock, Counter
    from podproof.language.fairness import Fairness

S = TypeVar("S", bound=StrEnum)
V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Assumption:
    """What the environment is assumed not to do: events that never happen, or a restriction of initial states.

    An assumption that forbids events is named by those events (`Event(..., unless=assumption)`); one with a `shape`
    restricts the initial states instead. Never a free boolean in a formula: that keeps "which disruptions did this
    run use" a property of its labels and its first state.

    One that is `fair` says what does not stay away for ever. Only claims about infinite runs can need it: what can
    happen within finitely many steps is the same.
    """

    name: str
    sentence: str
    shape: Expr[bool] | None = None
    fair: tuple[Fairness, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.fair, tuple | list):
            raise DeclarationError(f"assumption {self.name}: fair is a tuple of weak(...) and strong(...)")
        if self.shape is not None:
            where = f"assumption {self.name}: shape"
            boolean(self.shape, where)
            meaningful(self.shape, where)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Actor:
    """Who acts. Calling it declares an event of that actor."""

    name: str

    def __call__(
        self,
        name: str,
        *parameters: Parameter[Any],
        unless: Assumption | Sequence[Assumption] = (),
        hidden: bool = False,
        doc: str = "",
    ) -> Event:
        forbidden = (unless,) if isinstance(unless, Assumption) else tuple(unless)
        return Event(name, self, parameters, forbidden, hidden, doc)

    def __str__(self) -> str:
        return self.name


MOST_WAYS = 10_000
"""Combinations of the values of an event's parameters: each is a step of its own."""


class Event(str):
    """A named step of one actor: a `str`, because that is what `transitions` takes as a trigger.

    parameters: finite ones; the event happens with each combination of values. unless: the assumptions that forbid
    it. hidden: no observer of the API sees that it happened.
    """

    __slots__ = ("actor", "doc", "hidden", "parameters", "unless")

    actor: Actor
    parameters: tuple[Parameter[Any], ...]
    unless: tuple[Assumption, ...]
    hidden: bool
    doc: str

    def __new__(
        cls,
        name: str,
        actor: Actor,
        parameters: tuple[Parameter[Any], ...] = (),
        unless: tuple[Assumption, ...] = (),
        hidden: bool = False,
        doc: str = "",
    ) -> Event:
        names = [p.name if isinstance(p, Parameter) else "" for p in parameters]
        if "" in names or len(set(names)) < len(names):
            raise DeclarationError(f"event {name}: expected parameters of different names, not {parameters!r}")
        ways = prod(p.domain.size for p in parameters)
        if ways > MOST_WAYS:
            each = ", ".join(f"{p.name}: {p.domain}" for p in parameters)
            raise DeclarationError(
                f"event {name}: its parameters make {counted(ways, 'step')} of it ({each}), more than {MOST_WAYS:,}"
            )
        event = super().__new__(cls, name)
        event.actor, event.parameters, event.unless = actor, parameters, unless
        event.hidden, event.doc = hidden, doc
        return event

    def __reduce__(self) -> tuple[Any, ...]:
        return (Event, (str(self), self.actor, self.parameters, self.unless, self.hidden, self.doc))


class Tick(Event):
    """The only one of its class; an event that somebody else calls a tick is another."""

    def __reduce__(self) -> str:  # type: ignore[override]
        return "tick"


tick = Tick("tick", Actor("clock"), hidden=True, doc="one unit of time passes")
"""What all clocks of a system see at once (see `clocks`). A system with clocks has a machine that owns it."""

EVERY_EVENT = Actor("anybody")("anything")
"""Stands for all events of a system, where a question is about each of its steps."""


class Effect:
    """Simultaneous assignments, as one callable for `before=`.

    Raises DeclarationError for a value outside the variable's domain or a variable assigned twice.
    """

    __slots__ = ("assignments",)

    def __init__(self, assignments: Iterable[tuple[Variable[Any], Any]]) -> None:
        self.assignments: dict[Variable[Any], Expr[Any]] = {}
        for variable, value in assignments:
            if variable in self.assignments:
                raise DeclarationError(f"{variable.name} is assigned twice in one effect")
            self.assignments[variable] = assignable(variable, value)

    def __call__(self, event: Any) -> None:
        event.model.apply(self, event)

    def __str__(self) -> str:
        return ", ".join(f"{variable.name} := {value}" for variable, value in self.assignments.items())


def sets(*assignments: Any) -> Effect:
    """`sets(x, 1, y, z)`: x becomes 1 and y becomes z, both read before the step."""
    if len(assignments) % 2:
        raise DeclarationError("sets() takes variables and values in turn")
    return Effect(zip(assignments[::2], assignments[1::2], strict=True))


def assignable(variable: Any, value: Any) -> Expr[Any]:
    """`value` as an expression that fits `variable`; raises DeclarationError where it never can."""
    if not isinstance(variable, Variable):
        raise DeclarationError(f"only a variable can be assigned, not ({variable})")
    expr = as_expr(value)
    domain = variable.domain
    if not comparable(domain, expr.domain):
        raise DeclarationError(f"{variable.name} is {domain}: it cannot become ({expr}), {expr.domain}")
    if isinstance(expr, Const) and expr.value not in domain and not getattr(domain, "saturating", False):
        raise DeclarationError(f"{variable.name} is {domain}: {expr.value!r} is outside its domain")
    return expr


# Generic TypedDict: a plain dict when run, so it loads into `transitions`; wrong keys are type errors.
class Transition(TypedDict, Generic[S]):
    """One arrow. `dest` "=" leaves the state alone; `conditions` must all hold and none of `unless`."""

    trigger: Event
    source: S | Sequence[S] | str
    dest: S | str
    conditions: NotRequired[Expr[bool] | Sequence[Expr[bool]]]
    unless: NotRequired[Expr[bool] | Sequence[Expr[bool]]]
    before: NotRequired[Effect | Sequence[Effect]]


@dataclass(frozen=True, eq=False)
class Arrow:
    """A transition after its declaration was checked.

    sources: states it leaves from; dest: None where the state stays; guard: conditions without the source;
    effects: assignments apart from the state's own.
    """

    event: Event
    sources: tuple[Any, ...]
    dest: Any | None
    guard: Expr[bool]
    effects: Mapping[Variable[Any], Expr[Any]]
    line: int


KEYS = {"trigger", "source", "dest", "conditions", "unless", "before"}


@dataclass(frozen=True, eq=False)
class Machine(Generic[S]):
    """A machine over one state variable; of every element of a kind if the variable is of that kind.

    transitions: its own events, first match wins; reacts: events of other machines it takes part in. clocks: those that
    it owns; a tick changes them. counters: numbers whose ends depend on fields. urgent: something is due here, before
    which no time passes.
    Raises DeclarationError naming machine, event and what was expected.
    """

    name: str
    state: Variable[S]
    transitions: Sequence[Transition[S]]
    reacts: Sequence[Transition[S]] = ()
    doc: str = ""
    abstracted: tuple[str, ...] = ()
    clocks: tuple[Clock, ...] = ()
    counters: tuple[Counter, ...] = ()
    urgent: Expr[bool] = FALSE
    arrows: tuple[Arrow, ...] = field(init=False)
    reactions: tuple[Arrow, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.state, Variable) or not isinstance(self.state.domain, Enumeration):
            raise DeclarationError(f"machine {self.name}: its state must be a variable over a StrEnum")
        object.__setattr__(self, "arrows", tuple(map(self._checked, self.transitions, range(len(self.transitions)))))
        self._check_clocks()
        reactions = self.all_reacts
        object.__setattr__(self, "reactions", tuple(map(self._checked, reactions, range(len(reactions)))))
        both = {a.event for a in self.arrows} & {a.event for a in self.reactions}
        if both:
            raise DeclarationError(f"machine {self.name} owns {sorted(both)} and reacts to it: it can do only one")

    def __repr__(self) -> str:
        each = f", one for each {self.kind}" if self.kind else ""
        counts = f"{counted(len(self.arrows), 'transition')}, {counted(len(self.reactions), 'reaction')}"
        return f"<machine {self.name}{each}: {', '.join(map(str, self.state.domain.values))}; {counts}>"

    @property
    def kind(self) -> Kind | None:
        return self.state.kind

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(dict.fromkeys(arrow.event for arrow in self.arrows))

    @property
    def reacts_to(self) -> tuple[Event, ...]:
        return tuple(dict.fromkeys(arrow.event for arrow in self.reactions))

    @property
    def all_reacts(self) -> Sequence[Transition[S]]:
        """What is declared, and what a tick does to the clocks."""
        if not self.clocks:
            return self.reacts
        ticked = Effect((each.variable, each.ticked) for each in self.clocks)
        return [*self.reacts, Transition(trigger=tick, source="*", dest="=", before=ticked)]

    def _check_clocks(self) -> None:
        where = f"machine {self.name}: urgent"
        boolean(self.urgent, where)
        meaningful(self.urgent, where, f"this machine is of {self.kind or 'no kind'}", self.kind)
        for each in self.clocks:
            if each.variable.kind is not self.kind:
                raise DeclarationError(f"machine {self.name}: the clock {each.variable.name} is of another kind")
        if self.clocks and any(isinstance(t, Mapping) and t.get("trigger") is tick for t in self.reacts):
            raise DeclarationError(f"machine {self.name}: a {tick} is for its clocks, and for nothing else of it")

    def _checked(self, transition: Transition[S], line: int) -> Arrow:
        if not isinstance(transition, Mapping):
            raise DeclarationError(f"machine {self.name}: a transition is a dict with a trigger, not {transition!r}")
        event = transition.get("trigger")
        where = f"machine {self.name}, event {event!s}"
        if not isinstance(event, Event):
            raise DeclarationError(f"{where}: trigger must be an event of an actor, such as kubelet('sync')")
        unknown = set(transition) - KEYS
        if unknown or not {"source", "dest"} <= set(transition):
            raise DeclarationError(f"{where}: expected keys {', '.join(sorted(KEYS))}; got {sorted(transition)}")
        states = tuple(self.state.domain.values)
        source = transition["source"]
        sources = states if source == "*" and source not in states else tuple(as_sequence(source))
        for state in sources:
            if state not in self.state.domain:
                raise DeclarationError(f"{where}: source {state!r} is not {self.state.domain}")
        if not sources:
            raise DeclarationError(f"{where}: no source state")
        dest = transition["dest"]
        if dest == "=" and dest not in states:
            dest = None  # type: ignore[assignment]
        elif dest not in self.state.domain:
            raise DeclarationError(f"{where}: dest {dest!r} is not {self.state.domain}")
        guard = TRUE
        for key, wanted in (("conditions", True), ("unless", False)):
            for condition in as_sequence(transition.get(key, ())):
                self._check_expression(condition, event, f"{where}: {key}")
                boolean(condition, f"{where}: {key}")
                guard = guard & (condition if wanted else ~condition)
        return Arrow(event, sources, dest, guard, self._effects(transition, event, where), line)

    def _effects(self, transition: Transition[S], event: Event, where: str) -> dict[Variable[Any], Expr[Any]]:
        effects: dict[Variable[Any], Expr[Any]] = {}
        for effect in as_sequence(transition.get("before", ())):
            if not isinstance(effect, Effect):
                raise DeclarationError(f"{where}: an effect is made with sets(variable, value, ...), not {effect!r}")
            for variable, value in effect.assignments.items():
                if variable in effects:
                    raise DeclarationError(f"{where}: {variable.name} is written twice in one step")
                if variable is self.state:
                    raise DeclarationError(f"{where}: {variable.name} is the machine's state: dest writes it")
                if variable.kind is not None and variable.kind is not self.kind:
                    raise DeclarationError(
                        f"{where}: writes {variable.name} of one {variable.kind}; only a machine of "
                        f"{variable.kind} can, as its own event or as a reaction"
                    )
                self._check_expression(value, event, f"{where}: the new value of {variable.name}")
                effects[variable] = value
        return effects

    def _check_expression(self, expr: Any, event: Event, where: str) -> None:
        expression(expr, where)
        meaningful(expr, where, f"this machine is of {self.kind or 'no kind'}", self.kind, event.parameters)


def as_sequence(value: Any) -> Sequence[Any]:
    """One thing or several, as `transitions` tells them apart."""
    return tuple(value) if isinstance(value, list | tuple | EnumMeta) else (value,)


def wraps(variable: Variable[Any], value: Expr[Any]) -> bool:
    """True where the value may lie outside the variable's domain (by intervals only, without looking at guards)."""
    domain, range_ = variable.domain, value.domain
    if not isinstance(domain, Integers) or not isinstance(range_, Integers):
        return False
    below = domain.low is not None and (range_.low is None or range_.low < domain.low)
    return below or (domain.high is not None and (range_.high is None or range_.high > domain.high))
