"""Systems: machines composed, and the steps that the composition can take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

from podproof.language.cases import may_hold
from podproof.language.clocks import Clock, Counter, begins_within
from podproof.language.domains import Integers
from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    FALSE,
    TRUE,
    Expr,
    Kind,
    Parameter,
    Variable,
    boolean,
    conjunction,
    constant,
    first_match,
    if_then_else,
    nodes,
    rewrite,
    variables_in,
)
from podproof.language.machines import EVERY_EVENT, Actor, Arrow, Assumption, Event, Machine, tick, wraps
from podproof.language.time import check_stopwatches, clock_for, seen_of_others, settles, time, urgent_ones, with_clock
from podproof.language.wellformed import meaningful


@dataclass(frozen=True, eq=False)
class Step:
    """One way in which an event can happen, with its parameters fixed.

    kind: the kind whose element acts, None for a step of a machine without a kind. guard and the values of `updates`
    speak of that element; the values of `broadcasts` speak of each element of their variable's kind.
    obligations: what must hold whenever the step is taken, so that bounded numbers stay in their domains.
    """

    event: Event
    parameters: Mapping[str, Any]
    machine: Machine[Any]
    arrow: Arrow
    kind: Kind | None
    guard: Expr[bool]
    updates: Mapping[Variable[Any], Expr[Any]]
    broadcasts: Mapping[Variable[Any], Expr[Any]]
    obligations: tuple[Expr[bool], ...] = ()

    @property
    def label(self) -> str:
        """The event with its parameters, as traces print it."""
        values = ", ".join(str(value) for value in self.parameters.values())
        return f"{self.event} ({values})" if values else str(self.event)

    @property
    def actor(self) -> Actor:
        return self.event.actor


@dataclass(frozen=True, eq=False)
class System:
    """A product of machines.

    machines: each event has one owner among them; frozen: variables that no step writes (policies, feature gates);
    initially: what holds in every initial state beside the variables' own initial values; assumed: assumptions in
    force; keep: None, or the variables of a cone of influence: writes to others are left out, and so are steps that
    change nothing kept if whether they can be taken depends on others. fields: values that frozen numbers have in every
    initial state (see `specialised`). printed_by: a `printing.Printer` for its runs,
    as MODULE:NAME; it is imported when something is printed.
    all_kinds: every kind of the machines, also those that a cone has dropped.
    Raises DeclarationError for duplicate names, unknown variables, events without owner and conflicting writers.
    """

    name: str
    machines: tuple[Machine[Any], ...]
    frozen: tuple[Variable[Any], ...] = ()
    initially: tuple[Expr[bool], ...] = ()
    assumed: tuple[Assumption, ...] = ()
    keep: frozenset[Variable[Any]] | None = None
    fields: Mapping[Variable[Any], int] = field(default_factory=dict)
    doc: str = ""
    printed_by: str = ""
    variables: tuple[Variable[Any], ...] = field(init=False)
    steps: tuple[Step, ...] = field(init=False)
    all_kinds: tuple[Kind, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "machines", with_clock(self.machines))
        _check_unique([m.name for m in self.machines], f"system {self.name}: machine")
        _check_events(self)
        owners: dict[str, Machine[Any]] = {}
        for machine in self.machines:
            for event in machine.events:
                if event in owners:
                    raise DeclarationError(
                        f"system {self.name}: {owners[event].name} and {machine.name} both own the event {event}"
                    )
                owners[event] = machine
        for machine in self.machines:
            for event in machine.reacts_to:
                if event not in owners:
                    raise DeclarationError(f"machine {machine.name} reacts to {event}, which no machine owns")
        for machine in self.machines:
            if machine.state is not time and any(event is tick for event in machine.events):
                raise DeclarationError(f"machine {machine.name}: a {tick} happens by itself, where nothing is due")
        known = self._gather()
        self._check_fields()
        self._check_initially()
        exprs = [e for m in self.machines for a in (*m.arrows, *m.reactions) for e in (a.guard, *a.effects.values())]
        exprs += self.initial_conditions
        self._check_read(exprs, known)
        self._check_clocks(known)
        kinds = {v.kind: None for v in known if v.kind is not None}
        kinds.update((kind, None) for expr in exprs for kind in sorted(kinds_in(expr), key=str))
        _check_unique([kind.name for kind in kinds], f"system {self.name}: kind")
        object.__setattr__(self, "all_kinds", tuple(kinds))
        object.__setattr__(self, "variables", tuple(v for v in known if self.keep is None or v in self.keep))
        object.__setattr__(self, "steps", tuple(self._compose()))

    def _check_initially(self) -> None:
        where = f"system {self.name}: initially"
        if not isinstance(self.initially, tuple | list):
            raise DeclarationError(f"{where}: expected a tuple of expressions, not {self.initially!r}")
        for expr in self.initially:
            boolean(expr, where)
            meaningful(expr, where)
        for expr in self.initial_conditions:
            self._check_kept(variables_in(expr))

    def _check_clocks(self, known: Mapping[Variable[Any], None]) -> None:
        where = f"system {self.name}"
        runs = [each.runs for machine in self.machines for each in machine.clocks]
        self._check_read((*runs, *(machine.urgent for machine in self.machines)), known)
        for each in self.ended:
            moving = sorted(v.name for v in variables_in(each.end) if v not in self.frozen)
            if moving:
                raise DeclarationError(
                    f"{where}: the end of {each.variable.name} is not fixed with {', '.join(moving)}"
                )
        told = [
            e
            for m in self.machines
            for a in (*m.arrows, *m.reactions)
            for e in (a.guard, *a.effects.values())
            if a.event is not tick
        ]
        urgent = [machine.urgent for machine in self.machines]
        check_stopwatches(self.machines, self.fields, (*runs, *urgent, *told, *self.initial_conditions), where)

    def _check_fields(self) -> None:
        for variable, value in self.fields.items():
            if variable not in self.frozen or variable.kind is not None or not variable.may_begin_as(value):
                raise DeclarationError(
                    f"system {self.name}: {variable.name} cannot be {value!r}: it has to be frozen, of no kind, and "
                    f"{variable.domain}"
                )

    def _check_kept(self, wanted: Iterable[Variable[Any]]) -> None:
        """Raises DeclarationError where this is a cone of influence that has dropped a variable."""
        for variable in sorted(wanted, key=lambda v: v.name):
            if self.keep is not None and variable not in self.keep:
                raise DeclarationError(f"system {self.name} is a cone of influence that has dropped {variable.name}")

    def _gather(self) -> dict[Variable[Any], None]:
        """Every variable of the machines, each with one machine to own it or none that writes it."""
        known: dict[Variable[Any], None] = {}
        owner: dict[Variable[Any], Machine[Any]] = {}
        for machine in self.machines:
            if machine.state in owner:
                raise DeclarationError(
                    f"system {self.name}: {machine.state.name} is the state of both "
                    f"{owner[machine.state].name} and {machine.name}"
                )
            owner[machine.state] = machine
        for machine in self.machines:
            known[machine.state] = None
            for arrow in (*machine.arrows, *machine.reactions):
                for variable in arrow.effects:
                    if variable in owner:
                        raise DeclarationError(
                            f"machine {machine.name}, event {arrow.event}: writes {variable.name}, the state of "
                            f"machine {owner[variable].name}: only that one can, as its own event or as a reaction"
                        )
                known.update(dict.fromkeys(arrow.effects))
        for variable in self.frozen:
            if variable in known:
                raise DeclarationError(f"system {self.name}: {variable.name} is frozen, but a machine writes it")
        known.update(dict.fromkeys(self.frozen))
        _check_unique([v.name for v in known], f"system {self.name}: variable")
        return known

    def _check_read(self, exprs: Iterable[Expr[Any]], known: Mapping[Variable[Any], None]) -> None:
        for expr in exprs:
            for variable in sorted(variables_in(expr) - set(known), key=lambda v: v.name):
                raise DeclarationError(
                    f"system {self.name}: ({expr}) reads {variable.name}, which no machine here writes: "
                    f"add its machine, or list it as frozen"
                )

    def _compose(self) -> Iterator[Step]:
        for machine in self.machines:
            for event in machine.events:
                reacting = [m for m in self.machines if event in m.reacts_to]
                _check_writers(machine, event, reacting)
                if not set(event.unless) & set(self.assumed):
                    if machine.state is time:
                        parts = _steps(self, clock_for(self.urgent), event, reacting)
                        yield from (replace(step, machine=machine) for step in parts)
                    else:
                        yield from _steps(self, machine, event, reacting)

    def settled_by(self, machine: Machine[Any], others: tuple[Machine[Any], ...] = ()) -> Event | None:
        """The event by which it does by itself what is due in it; None: there is none, or time may not go on then.

        others: machines that have just made something due in it. What it makes due elsewhere is done there likewise,
        and not by them, or they would go on for ever at one instant.
        """
        for event in machine.events:
            steps = _whole_steps(machine, event, tuple(m for m in self.machines if event in m.reacts_to))
            changed = {variable for step in steps for variable in (*step.updates, *step.broadcasts)}
            free = not event.unless and not event.parameters and not changed & seen_of_others(machine)
            if free and settles(machine.urgent, ((s.guard, fix(machine.urgent, s.updates)) for s in steps)):
                here = (*others, machine)
                roused = [
                    m for m in urgent_ones(self.machines) if m is not machine and changed & variables_in(m.urgent)
                ]
                if all(m not in here and self.settled_by(m, here) is not None for m in roused):
                    return event
        return None

    @property
    def initial_conditions(self) -> tuple[Expr[bool], ...]:
        """What the system itself, the assumptions in force, its fields and its clocks say of initial states."""
        fields = (variable.is_(value) for variable, value in self.fields.items() if self._keeps(variable))
        numbers = (begins_within(each) for each in self.ended if self._keeps(each.variable))
        return (*self._stated, *fields, *(each for each in numbers if each is not TRUE))

    def _keeps(self, variable: Variable[Any]) -> bool:
        return self.keep is None or variable in self.keep

    @property
    def _stated(self) -> tuple[Expr[bool], ...]:
        return (*self.initially, *(a.shape for a in self.assumed if a.shape is not None))

    @property
    def timed(self) -> bool:
        """Whether it has to do with time."""
        return bool(self.machines) and self.machines[-1].state is time

    @property
    def urgent(self) -> tuple[Machine[Any], ...]:
        """The machines in which something can be due, as far as this part of a system knows of it."""
        every = urgent_ones(self.machines)
        return tuple(m for m in every if self.keep is None or variables_in(m.urgent) <= self.keep)

    @property
    def changes_with_time(self) -> bool:
        """Whether a tick would change anything that this part of a system keeps, if there ever was one."""
        reactions = ((m, reaction) for m in self.machines for reaction in m.reactions if reaction.event is tick)
        return any(self._keeps(variable) for m, reaction in reactions for variable in written_by(m, reaction))

    @property
    def ended(self) -> tuple[Clock | Counter, ...]:
        """The numbers whose ends may depend on fields."""
        return tuple(each for machine in self.machines for each in (*machine.clocks, *machine.counters))

    @property
    def same(self) -> tuple[Any, ...]:
        """Equal for systems that do the same: what can be kept for one is true of the other."""
        return (self.machines, self.frozen, self.initially, self.assumed, self.keep, frozenset(self.fields.items()))

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """Every kind whose elements have variables here or are quantified over."""
        found: dict[Kind, None] = {}
        for variable in self.variables:
            if variable.kind is not None:
                found[variable.kind] = None
        for step in self.steps:
            if step.kind is not None:
                found[step.kind] = None
            for expr in (step.guard, *step.updates.values(), *step.broadcasts.values()):
                found.update((kind, None) for kind in sorted(kinds_in(expr), key=lambda k: k.name))
        for expr in self.initial_conditions:
            found.update((kind, None) for kind in sorted(kinds_in(expr), key=lambda k: k.name))
        return tuple(found)

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for machine in self.machines for event in machine.events)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every assumption that forbids one of this system's events."""
        return tuple(dict.fromkeys(a for event in self.events for a in event.unless))

    def under(self, *assumptions: Assumption) -> System:
        """The same system without the events that the assumptions forbid, its initial states restricted."""
        return replace(self, assumed=tuple(dict.fromkeys((*self.assumed, *assumptions))))

    def specialised(self, fields: Mapping[Variable[Any], int]) -> System:
        """The same system with these values of frozen numbers: a manifest's, or small ones to be explored.

        Raises DeclarationError for what is not frozen, or has no such value.
        """
        return replace(self, fields={**self.fields, **fields})

    @property
    def open_fields(self) -> tuple[Variable[Any], ...]:
        """What is frozen, has no largest value and was given none: such a system cannot be explored."""
        ended = {each.variable for each in self.ended}
        return tuple(v for v in self.frozen if v not in self.fields and v not in ended and _is_open(v))

    def small(self, more: int = 1) -> System:
        """The same system with small values for its open fields, in turn nearer to the lowest and farther away."""
        lowest = ((v, v.domain.low or 0) for v in self.open_fields if isinstance(v.domain, Integers))
        values = {variable: low + (more + 2 * place) % 4 for place, (variable, low) in enumerate(lowest)}
        return self.specialised(values) if values else self

    def observes(self, other: System) -> bool:
        """Whether this is the other system and further machines that write nothing of it, so that all that is
        reachable of the other, and no more, is reachable here."""
        further = [machine for machine in self.machines if machine not in other.machines]
        written = {v for m in further for a in (*m.arrows, *m.reactions) for v in (m.state, *a.effects)}
        return (
            set(other.machines) < set(self.machines)
            and self.same[1:] == other.same[1:]
            and not written & set(other.variables)
        )

    def cone(self, exprs: Iterable[Expr[Any]], events: Iterable[Event] = ()) -> System:
        """The part of the system that the expressions, and the happening of `events`, depend on.

        Computed over events: every event that can change a wanted variable is kept, with all arrows that decide how;
        what they read is wanted too. So is a number that a step could drive out of its domain, which would be an error
        whatever is asked. Every writer of a kept variable is kept, so a verdict about kept variables is the same.

        With EVERY_EVENT among the events every step is kept, also where it changes nothing that is wanted.
        """
        return replace(self, keep=self.deciding(exprs, events))

    def deciding(self, exprs: Iterable[Expr[Any]], events: Iterable[Event] = ()) -> frozenset[Variable[Any]]:
        """The variables that their cone of influence keeps."""
        wanted = {v for expr in (*exprs, *self._stated) for v in variables_in(expr)}
        wanted |= {v for step in self.steps for v in endangered(step)}
        named = tuple(events)
        everything = any(event is EVERY_EVENT for event in named)
        relevant: set[str] = set(self.events if everything else named)
        influences = [influence for machine in self.machines for influence in _influences(machine)]
        size = -1
        while size != len(wanted) + len(relevant):
            size = len(wanted) + len(relevant)
            for influence in influences:
                written = influence.sources.keys() & wanted
                if written:
                    relevant.add(influence.event)
                if written or (influence.owned and influence.event in relevant):
                    wanted = wanted.union(influence.condition, *(influence.sources[v] for v in written))
            wanted = wanted.union(*(variables_in(each.end) for each in self.ended if each.variable in wanted))
            if self.timed and tick in relevant:
                wanted |= self._due_with(wanted)
        self._check_kept(wanted)
        return frozenset(wanted)

    def _due_with(self, wanted: Collection[Variable[Any]]) -> set[Variable[Any]]:
        """What tells when time passes, for these variables: what is due in machines that have to do with them, and in
        those that may wait for others. Of other machines it is forgotten that they do something first."""
        found: set[Variable[Any]] = set()
        for machine in self.machines:
            written = {machine.state, *(v for a in (*machine.arrows, *machine.reactions) for v in a.effects)}
            if machine.urgent is not FALSE and (not written.isdisjoint(wanted) or self.settled_by(machine) is None):
                found |= variables_in(machine.urgent)
        return found

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        under = f", under {', '.join(map(str, self.assumed))}" if self.assumed else ""
        return f"<system {self.name}{under}: {', '.join(machine.name for machine in self.machines) or 'no machines'}>"


def _is_open(variable: Variable[Any]) -> bool:
    return isinstance(variable.domain, Integers) and not variable.domain.bounded and variable.kind is None


def written_by(machine: Machine[Any], arrow: Arrow) -> tuple[Variable[Any], ...]:
    """The variables that the arrow can change."""
    moves = arrow.dest is not None and arrow.sources != (arrow.dest,)
    return (*((machine.state,) if moves else ()), *arrow.effects)


@dataclass(frozen=True)
class _Influence:
    """What one machine does at one event. condition: what decides about it; sources: for each variable that it can
    change, what the new value is made from; owned: whether the event happens because of this machine."""

    event: Event
    owned: bool
    condition: frozenset[Variable[Any]]
    sources: Mapping[Variable[Any], frozenset[Variable[Any]]]


@lru_cache(maxsize=1000)
def _influences(machine: Machine[Any]) -> tuple[_Influence, ...]:
    found = []
    for event in (*machine.events, *machine.reacts_to):
        if machine.state is time:
            continue  # what decides about it is told by each machine
        arrows = [a for a in (*machine.arrows, *machine.reactions) if a.event == event]
        condition = frozenset({machine.state}).union(*(variables_in(arrow.guard) for arrow in arrows))
        sources: dict[Variable[Any], frozenset[Variable[Any]]] = {}
        for arrow in arrows:
            for variable in written_by(machine, arrow):
                value = arrow.effects.get(variable)
                read = variables_in(value) if value is not None else ()
                sources[variable] = sources.get(variable, frozenset()).union(read)
        found.append(_Influence(event, event in machine.events, condition, sources))
    return tuple(found)


def endangered(step: Step) -> list[Variable[Any]]:
    """The numbers that the step might drive out of their domains."""
    written = {**step.updates, **step.broadcasts}.items() if step.obligations else ()
    return [v for v, value in written if wraps(v, value) and not getattr(v.domain, "saturating", False)]


@lru_cache(maxsize=20_000)
def kinds_in(expr: Expr[Any]) -> frozenset[Kind]:
    kinds = (getattr(node, "kind", None) for node in nodes(expr))
    return frozenset(kind for kind in kinds if isinstance(kind, Kind))


def prioritised(state: Variable[Any], arrows: Sequence[Arrow]) -> Iterator[tuple[Arrow, Expr[bool]]]:
    """Each arrow with the whole condition under which it is taken: `transitions` takes the first that holds."""
    for position, arrow in enumerate(arrows):
        earlier = [a for a in arrows[:position] if set(a.sources) & set(arrow.sources)]
        not_before = (~(state.is_(*a.sources) & a.guard) for a in earlier)
        yield arrow, conjunction(state.is_(*arrow.sources), arrow.guard, *not_before)


def _check_unique(names: Sequence[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"{what} {name} is declared twice")


def _check_events(system: System) -> None:
    events: dict[str, Event] = {}
    for machine in system.machines:
        for arrow in (*machine.arrows, *machine.reactions):
            if events.setdefault(arrow.event, arrow.event) is not arrow.event:
                raise DeclarationError(
                    f"system {system.name}: machine {machine.name} has an event {arrow.event} that is another one than "
                    f"the event {arrow.event} used before: declare it once and share it"
                )


def _check_writers(owner: Machine[Any], event: Event, reacting: Sequence[Machine[Any]]) -> None:
    """Two machines that write one variable in one step, or many elements that write one: a declaration error."""
    writers: dict[Variable[Any], Machine[Any]] = {}
    for machine in (owner, *reacting):
        arrows = [a for a in (*machine.arrows, *machine.reactions) if a.event == event]
        for variable in dict.fromkeys(v for arrow in arrows for v in (machine.state, *arrow.effects)):
            if variable in writers:
                raise DeclarationError(
                    f"event {event}: {writers[variable].name} and {machine.name} both write {variable.name} in one step"
                )
            writers[variable] = machine
            if machine is not owner and machine.kind not in (None, owner.kind) and variable.kind is None:
                raise DeclarationError(
                    f"machine {machine.name}, event {event}: every {machine.kind} reacts, so none of them may write "
                    f"{variable.name}, of which there is one"
                )


def _steps(system: System, owner: Machine[Any], event: Event, reacting: Sequence[Machine[Any]]) -> Iterator[Step]:
    for whole in _whole_steps(owner, event, tuple(reacting)):
        step = _bounded(_only(whole, system.variables))
        if step.updates or step.broadcasts or system.keep is None or variables_in(step.guard) <= system.keep:
            yield step


@lru_cache(maxsize=1000)
def _whole_steps(owner: Machine[Any], event: Event, reacting: tuple[Machine[Any], ...]) -> tuple[Step, ...]:
    """The steps of one event, whatever system they are in. Kept: every cone is a system of the same machines."""
    steps = []
    for values in product(*(p.domain.values for p in event.parameters)):
        fixed = {p: constant(value) for p, value in zip(event.parameters, values, strict=True)}
        parameters = {p.name: value for p, value in zip(event.parameters, values, strict=True)}
        writes = [_reaction(machine, event, fixed) for machine in reacting]
        for arrow, guard in prioritised(owner.state, [a for a in owner.arrows if a.event == event]):
            whole = fix(guard, fixed)
            if whole is FALSE:
                continue
            updates = {v: fix(value, fixed) for v, value in arrow.effects.items()}
            if owner.state in written_by(owner, arrow):
                updates[owner.state] = constant(arrow.dest)
            broadcasts: dict[Variable[Any], Expr[Any]] = {}
            for machine, values_of in zip(reacting, writes, strict=True):
                (updates if machine.kind in (None, owner.kind) else broadcasts).update(values_of)
            steps.append(Step(event, parameters, owner, arrow, owner.kind, whole, updates, broadcasts))
    return tuple(steps)


def _reaction(
    machine: Machine[Any], event: Event, fixed: Mapping[Parameter[Any], Expr[Any]]
) -> dict[Variable[Any], Expr[Any]]:
    """What one machine's reaction makes of each variable: the first enabled arrow's value, else the old one."""
    arrows = list(prioritised(machine.state, [a for a in machine.reactions if a.event == event]))
    values: dict[Variable[Any], Expr[Any]] = {}
    for variable in dict.fromkeys(v for arrow, _ in arrows for v in written_by(machine, arrow)):
        cases = []
        for arrow, guard in arrows:
            if variable is machine.state:
                value = variable if arrow.dest is None else constant(arrow.dest)
            else:
                value = arrow.effects.get(variable, variable)
            cases.append((fix(guard, fixed), fix(value, fixed)))
        values[variable] = first_match(*cases, default=variable)
    return values


def fix(expr: Expr[Any], values: Mapping[Any, Expr[Any]]) -> Expr[Any]:
    """`expr` with variables or parameters replaced."""
    if not values:
        return expr
    return rewrite(expr, lambda node: values.get(node) if isinstance(node, Variable | Parameter) else None)


def _only(step: Step, variables: Sequence[Variable[Any]]) -> Step:
    kept = set(variables)
    return replace(
        step,
        updates={v: e for v, e in step.updates.items() if v in kept and e is not v},
        broadcasts={v: e for v, e in step.broadcasts.items() if v in kept and e is not v},
    )


MOST_CASES = 200
"""So much trouble is taken to see that a guard keeps a number inside its domain."""


def _bounded(step: Step) -> Step:
    """Clip what saturates; note what must hold when the step is taken for bounded numbers to stay bounded."""
    obligations: list[Expr[bool]] = []

    def within(variable: Variable[Any], value: Expr[Any]) -> Expr[Any]:
        domain = variable.domain
        if not wraps(variable, value) or not isinstance(domain, Integers):
            return value
        below = FALSE if domain.low is None else value < domain.low
        above = FALSE if domain.high is None else value > domain.high
        if domain.saturating:
            return if_then_else(below, domain.low, if_then_else(above, domain.high, value))
        inside = ~below & ~above
        if not may_hold(step.guard & ~inside, MOST_CASES):
            return value
        broadcast = variable.kind is not None and variable.kind is not step.kind
        obligations.append(variable.kind.all(inside) if broadcast and variable.kind is not None else inside)
        return value

    return replace(
        step,
        updates={v: within(v, e) for v, e in step.updates.items()},
        broadcasts={v: within(v, e) for v, e in step.broadcasts.items()},
        obligations=tuple(obligations),
    )
