"""Whether time goes on: a state where something is due and nobody can do it, or something that is due for ever.

A bound from above is true of a run in which time stops, whatever it says. So nothing about time is TRUE before it is
shown of the very part of the system that was looked at that in each of its states time passes, or somebody can do what
is due; and that what is due cannot be done for ever at one instant (a Zeno run, here of discrete time).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.explicit import Search
from podproof.engines.state_sets import positions
from podproof.engines.state_space import BLOCK, Expanded, StateSpace
from podproof.language import (
    Expr,
    System,
    Transition,
    UnsupportedError,
    disjunction,
    number,
    sets,
    state,
    tick,
)
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes, expand, specialised
from podproof.language.machines import Machine
from podproof.language.packing import States, Truths
from podproof.language.time import is_urgent, seen_of_others
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Always, Formula, Step
from podproof.properties.limits import Limits

LOCKED = "time stops: here something is due that nobody can do, so that whatever is said to come in time is true of it"
ZENO = "time stops: from here on, what is due can be done for ever at one instant"


def check(system: System, sizes: Sizes, *, limits: Limits | None = None) -> Answer:
    """TRUE where time always goes on in a system of this size; ERROR with a run to where it does not.

    UNKNOWN past a limit, or where the states cannot be packed.
    """
    try:
        space = StateSpace(specialised(expand(system, sizes)), observing=[m.urgent for m in system.urgent])
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error), sizes=dict(sizes))
    search = Search(space, limits or Limits())
    search.run()
    about: dict[str, Any] = {"states": len(search.visited), "sizes": dict(sizes)}
    if search.truncated:
        return Answer(Verdict.UNKNOWN, Method.bounded, search.truncated, **about)
    found = _where_it_stops(search)
    if found is None:
        return Answer(Verdict.TRUE, Method.exhaustive, **about)
    reason, state = found
    level = next(level for level, states in enumerate(search.levels) if (states == state).any())
    trace = search.trace(level, space.layout.number(state))
    return Answer(Verdict.ERROR, Method.exhaustive, reason, trace, **about)


def _where_it_stops(search: Search) -> tuple[str, Any] | None:
    space, states = search.space, search.visited
    goes_on = np.zeros(len(states), dtype=bool)
    sources, targets = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.intp)]
    ticks = [index for index in space.taken if space.flat.steps[index].step.event is tick]
    due = dict(_due_steps(space))
    for start in range(0, len(states), BLOCK):
        expanded = Expanded(space, states[start : start + BLOCK])
        on = goes_on[start : start + BLOCK]
        for index in ticks:
            on |= expanded.truth(index)
        for index, urgent in due.items():
            rows = np.flatnonzero(expanded.truth(index) & expanded.holds(urgent))
            on[rows] = True
            sources.append(rows + start)
            targets.append(positions(space.canonical(expanded.after(index, rows)), states))
    if not goes_on.all():
        return LOCKED, _first(states, ~goes_on)
    endless = _without_end(len(states), np.concatenate(sources), np.concatenate(targets))
    return (ZENO, _first(states, endless)) if endless.any() else None


def _due_steps(space: StateSpace) -> Iterator[tuple[int, Any]]:
    """The steps that do what may be due, each with where it is."""
    machines = space.flat.system.urgent
    for index in space.taken:
        step = space.flat.steps[index]
        if step.step.machine in machines:
            yield index, space.truth(space.flat.flatten(step.step.machine.urgent, step.element))


def _first(states: States, where: Truths) -> Any:
    return states[np.flatnonzero(where)[0]]


def _without_end(number: int, sources: NDArray[np.intp], targets: NDArray[np.intp]) -> Truths:
    """The nodes from which some path has no end: what is left when those without a way on are taken away repeatedly."""
    left = np.ones(number, dtype=bool)
    while True:
        onward = np.zeros(number, dtype=bool)
        onward[sources[left[targets]]] = True
        if (onward & left).sum() == left.sum():
            return left
        left &= onward


# For every number of elements, and all values of fields: as formulas about states and steps.


def somebody_can(system: System) -> Formula:
    """Where something is due, somebody can do it."""
    urgent = system.urgent
    able = (_can_do_what_is_due(system, machine) for machine in urgent)
    return Always(disjunction(~disjunction(*map(is_urgent, urgent)), *able))


def is_soon_done(system: System) -> tuple[System, Formula]:
    """Of a system without kinds, with a machine that counts: between two ticks what is due is done a few times only."""
    urgent = system.urgent
    few = 2 * len(urgent) + 2
    haste = number("haste", 0, few + 1, saturating=True, initial=0)
    counts: list[Transition[Counting]] = [
        Transition(trigger=event, source="*", dest="=", conditions=machine.urgent, before=sets(haste, haste + 1))
        for machine in urgent
        for event in machine.events
    ]
    begins: Transition[Counting] = Transition(trigger=tick, source="*", dest="=", before=sets(haste, 0))
    counter = Machine("haste", counting, (), reacts=[*counts, begins])
    others = (machine for machine in system.machines if machine.state is not counting)
    return replace(system, machines=(*others, counter), keep=None), Always(haste <= few)


class Counting(StrEnum):
    counts = "counts"


counting = state("counting haste", Counting, initial=Counting.counts)


def makes_nothing_due(system: System) -> list[Formula] | None:
    """Formulas that say somewhat more: that whoever does what is due in a machine makes nothing due, neither there nor
    elsewhere. Where they are not true, time may still go on. None: formulas cannot say it."""
    urgent = system.urgent
    found: list[Formula] = []
    for machine in urgent:
        events = tuple(event for event in machine.events if not set(event.unless) & set(system.assumed))
        if not events:
            continue  # it does nothing
        written = {v for step in system.steps if step.machine is machine for v in (*step.updates, *step.broadcasts)}
        for other in urgent:
            changed = variables_in(other.urgent) & written
            if other is machine:
                if machine.kind is not None and changed & seen_of_others(machine):
                    return None  # in other elements, too
                found.append(Step(machine.urgent, ~machine.urgent, events))
            elif changed and other.kind is not None:
                return None
            elif changed:
                found.append(Step(machine.urgent & ~other.urgent, ~other.urgent, events))
    return found


def _can_do_what_is_due(system: System, machine: Machine[Any]) -> Expr[bool]:
    guards = [step.guard for step in system.steps if step.machine is machine]
    able = machine.urgent & disjunction(*guards)
    return able if machine.kind is None else machine.kind.some(able)
