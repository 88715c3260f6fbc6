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

from podproof.language import Event, Expr, Machine, System, Transition, Variable, state
from podproof.language.expressions import variables_in
from podproof.language.systems import written_by
from podproof.properties.answer import Answer
from podproof.properties.formulas import Formula, Property
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
    """The system with what the formula has to remember, and what is then to be shown, for every number of elements;
    the same objects whenever it is asked.

    Raises DeclarationError for a formula about what the system does not have, UnsupportedError where what is observed
    has no end of values.
    """
    return formula.remembering(system)


def remembered(what: str, expr: Expr[bool], system: System, *frozen: Variable[Any]) -> tuple[System, Expr[bool]]:
    """The system with a machine that notes that a run `has <what>`, once it leaves a state with the expression; and
    that it was noted. frozen: further variables, which the expression reads."""
    memory = state(unused(f"has {what}", system), Seen, initial=Seen.no)
    machines = (*system.machines, _remembers(memory, expr, system))
    watching = replace(system, machines=machines, frozen=(*system.frozen, *frozen))
    return watching, memory.is_(Seen.yes)


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


def unused(name: str, system: System) -> str:
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
