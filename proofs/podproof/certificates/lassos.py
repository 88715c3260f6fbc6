"""Lassos judged on running machines: whether a run that comes back breaks a formula about what happens at last.

A formula is about a part of the system that nothing outside it influences (`Liveness.part`). Where that part is as it
was before, the run can go round for ever: what changes the part is decided by the part, and steps that leave it alone
can be left out. Whoever must not be neglected acts inside the part, too, so the states of the cycle say who could go
on: every event is tried there. No engine and no compiled step is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from podproof.language import DomainError, Event, Fairness, Step, System, Variable
from podproof.language.fairness import Strength
from podproof.language.flat import Sizes
from podproof.language.meanings.python import evaluate
from podproof.language.running import Stage
from podproof.properties.formulas import most_of
from podproof.properties.temporal import Liveness, Wait, saturating
from podproof.properties.trace import TraceStep

if TYPE_CHECKING:
    from podproof.certificates.counterexample import ReplayedRun

Group = tuple[Event, int | None] | tuple[()]
"""Steps of which it is enough to take one: an event by an element, or all that a fairness is about."""


class SuccessorOracle:
    """What could happen in any state, as far as it changes a part of a system."""

    def __init__(self, part: System, sizes: Sizes) -> None:
        self.part = part
        self.whole = replace(part, keep=None)
        self.sizes = {kind: size for kind, size in sizes.items() if kind in self.whole.all_kinds}
        self._stage = Stage(1)
        self.ways: dict[tuple[Any, ...], Step] = {}
        for step in self.whole.steps:
            self.ways.setdefault((step.event, *step.parameters.values()), step)

    def successors(self, values: Mapping[Variable[Any], Any]) -> Iterator[TraceStep]:
        """Every step from this state that no assumption forbids and that changes the part.

        Raises DomainError where one would store a value outside its variable's domain.
        """
        running = self._stage.begin(self.whole, self.sizes, values)
        for step in self.ways.values():
            for element in (None,) if step.kind is None else range(self.sizes[step.kind]):
                running.reset(values)
                if running.fire(step.event, step.parameters, element) and self.changes(values, running.before):
                    yield TraceStep(step, element, dict(running.before))

    def changes(self, before: Mapping[Variable[Any], Any], after: Mapping[Variable[Any], Any]) -> bool:
        return any(before[variable] != after[variable] for variable in self.part.variables)


def objection(formula: Liveness, run: ReplayedRun) -> str:
    """Why the run does not break the formula; nothing where it does."""
    forever, sizes = run.trace.forever, run.trace.sizes
    if forever is None:
        return "it ends"
    declared = {kind: most_of(formula.most, kind) for kind in sizes}
    many = next((kind for kind, most in declared.items() if most is not None and sizes[kind] > most), None)
    if many is not None:
        return f"it has {sizes[many]} of {many}, and the claim is about {declared[many]} at most"
    part = formula.part(replace(run.part, keep=None))
    unseen = sorted(variable.name for variable in set(part.variables) - set(run.part.variables))
    if unseen:
        return f"{unseen[0]} need not be at its end what it was"
    if not _waits(formula.wait, run.states, forever.after, sizes):
        return "what should happen does"
    try:
        return saturating(part) or _neglected(formula, part, run, forever.after)
    except DomainError as error:
        return str(error)


def _waits(wait: Wait, states: Sequence[Mapping[Variable[Any], Any]], after: int, sizes: Sizes) -> bool:
    """Whether the run begins to wait, in the cycle at the latest, and then waits for ever."""
    lasts = [bool(evaluate(wait.lasts, values, sizes)) for values in states]
    returns = any(evaluate(wait.returns, values, sizes) for values in states[after:])
    begins = (
        evaluate(wait.begins, values, sizes) and all(lasts[number:])
        for number, values in enumerate(states[:1] if wait.at_once else states)
    )
    return returns and all(lasts[after:]) and any(begins)


def _neglected(formula: Liveness, part: System, run: ReplayedRun, after: int) -> str:
    """What is due in the cycle and never happens; as in TLA+, only steps that change something count."""
    around, cycle, sizes = run.states[after:], run.trace.steps[after:], run.trace.sizes
    surroundings = SuccessorOracle(part, sizes)
    possible = [list(surroundings.successors(values)) for values in around]
    taken = [
        (before, step)
        for (before, now), step in zip(pairwise(around), cycle, strict=True)
        if surroundings.changes(before, now)
    ]
    for fairness in formula.fairness(part.assumed):
        able = [
            _groups(fairness, part, [(values, step) for step in there], sizes)
            for values, there in zip(around, possible, strict=True)
        ]
        all_the_time, at_times = set.intersection(*able), set.union(*able)
        due = all_the_time if fairness.strength is Strength.weak else at_times
        for group in sorted(due - _groups(fairness, part, taken, sizes), key=str):
            return f"{fairness} is not kept{_named(part, group)}"
    return ""


def _groups(
    fairness: Fairness, part: System, steps: Iterable[tuple[Mapping[Variable[Any], Any], TraceStep]], sizes: Sizes
) -> set[Group]:
    """Those that the steps, each with the state before it, are of."""
    events = fairness.events(part)
    return {
        (step.event, step.element) if fairness.each else ()
        for values, step in steps
        if step.event in events and evaluate(fairness.when, values, sizes, step.step.parameters, step.element)
    }


def _named(part: System, group: Group) -> str:
    if not group:
        return ""
    event, element = group
    kind = next(machine.kind for machine in part.machines if event in machine.events)
    return f": '{event}'" + (f" of {kind} {element + 1}" if element is not None else "")
