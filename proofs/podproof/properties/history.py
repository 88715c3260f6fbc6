"""History variables: a question about whole runs becomes one about single states and steps.

A machine beside the system remembers what a run has passed (M. Abadi and L. Lamport, The existence of refinement
mappings, 1991): it reacts to events, and nothing of the system reads it, so the system does exactly what it did. What
every run passes, and what never comes back, can then be explored, proved for every number of elements and repaired by
assumptions like any other safety formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from podproof.language import Event, Expr, Machine, System, Transition, UnsupportedError, Variable, state
from podproof.language.domains import Domain, Integers
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes, expand
from podproof.language.systems import written_by
from podproof.properties.answer import Answer
from podproof.properties.formulas import Formula, Invariant, NoReturn, Passes, Property, StepRule
from podproof.properties.trace import Trace, TraceStep


class Seen(StrEnum):
    """Whether a run has come by."""

    no = "no"
    yes = "yes"


@dataclass(frozen=True, eq=False)
class Remembered(Formula):
    """What a question about whole runs says of single states and steps, where a run's history is remembered."""

    question: Formula
    rules: tuple[Property, ...]

    def properties(self) -> tuple[Property, ...]:
        return self.rules

    def __str__(self) -> str:
        return str(self.question)


@lru_cache(maxsize=1000)
def as_safety(system: System, formula: Formula) -> tuple[System, Formula]:
    """The system with what the formula has to remember, and what is then to be shown; others are left as they are.

    Raises DeclarationError for a formula about what the system does not have, UnsupportedError where what is observed
    has no end of values.
    """
    match formula:
        case Passes():
            formula.check_against(system)
            passed = _memory("passed", system)
            gone_by = passed.is_(Seen.yes) | formula.through
            watching = replace(system, machines=(*system.machines, _remembers(passed, formula.through, system)))
            return watching, Remembered(formula, (Invariant(formula.target.implies(gone_by)),))
        case NoReturn():
            formula.check_against(system)
            return _watched(system, formula, formula.observed.domain)
    return system, formula


def as_safety_of(system: System, formula: Formula, sizes: Sizes) -> tuple[System, Formula]:
    """The same for systems of one size, in which a number of elements has an end."""
    if isinstance(formula, NoReturn) and isinstance(formula.observed.domain, Integers):
        formula.check_against(system)
        return _watched(system, formula, expand(system, sizes).flatten(formula.observed).domain)
    return as_safety(system, formula)


def _watched(system: System, formula: NoReturn, values: Domain) -> tuple[System, Formula]:
    """Whichever value is watched, once it was left it does not come back."""
    if isinstance(values, Integers) and not values.bounded:
        raise UnsupportedError(f"({formula.observed}) has no end of values, so none can be watched")
    watched: Variable[Any] = Variable(_unused("watched", system), values)
    was, there = _memory("been there", system), formula.observed.equals(watched)
    machines = (*system.machines, _remembers(was, there, system))
    watching = replace(system, machines=machines, frozen=(*system.frozen, watched))
    return watching, Remembered(formula, (StepRule(was.is_(Seen.yes) & ~there, ~there),))


def forgotten(answer: Answer, system: System) -> Answer:
    """The answer about a system with a memory as one about the system itself."""
    return answer if answer.trace is None else replace(answer, trace=forget(answer.trace, system))


def forget(trace: Trace, system: System) -> Trace:
    """A run of a system with a memory as the run of the system itself (under the same assumptions) that it is."""
    part = trace.system
    if part.machines == system.machines and part.frozen == system.frozen:
        return trace
    kept = frozenset(part.variables) & frozenset(system.variables)
    bare = replace(system, assumed=part.assumed, keep=None if part.keep is None else kept)
    same = {(step.event, tuple(step.parameters.items()), step.arrow): step for step in bare.steps}
    steps = tuple(
        TraceStep(
            same[taken.event, tuple(taken.step.parameters.items()), taken.step.arrow],
            taken.element,
            _without_memory(taken.values, kept),
        )
        for taken in trace.steps
    )
    return replace(trace, system=bare, initial=_without_memory(trace.initial, kept), steps=steps)


def _without_memory(values: Mapping[Variable[Any], Any], kept: Iterable[Variable[Any]]) -> dict[Variable[Any], Any]:
    return {variable: value for variable, value in values.items() if variable in kept}


def _memory(what: str, system: System) -> Variable[Seen]:
    return state(_unused(f"has {what}", system), Seen, initial=Seen.no)


def _unused(name: str, system: System) -> str:
    """A name that the system does not have yet."""
    names = {variable.name for variable in system.variables} | {machine.name for machine in system.machines}
    while name in names:
        name += "'"
    return name


def _remembers(variable: Variable[Seen], what: Expr[bool], system: System) -> Machine[Seen]:
    """It only has to be noted where a step may leave it: until then it is to be seen."""
    return Machine(
        variable.name,
        variable,
        transitions=(),
        reacts=[
            Transition(trigger=event, source=Seen.no, dest=Seen.yes, conditions=[what])
            for event in _changing(variables_in(what), system)
        ],
        doc="What a run has passed.",
    )


def _changing(variables: Iterable[Variable[Any]], system: System) -> list[Event]:
    """The events that can change one of the variables."""
    wanted = frozenset(variables)
    found = {
        arrow.event
        for machine in system.machines
        for arrow in (*machine.arrows, *machine.reactions)
        if wanted & set(written_by(machine, arrow))
    }
    return [event for event in system.events if event in found]
