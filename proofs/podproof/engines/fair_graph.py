"""The graph that liveness is decided on: every reachable state, and every step that changes it.

Steps that change nothing are left out: no fairness counts them, and a run may stay in any state anyway. There is no
symmetry here: elements that change places would make one element's turn look like another's. The graph is made once;
assumptions then choose among its initial states and steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.disruptions import OutOfBounds
from podproof.engines.explicit import Search
from podproof.engines.state_sets import contained, positions
from podproof.engines.state_space import CHUNK, Predicate, StateSpace
from podproof.language import TRUE, Assumption, Expr, Fairness, System
from podproof.language.expressions import constant
from podproof.language.fairness import Strength
from podproof.language.flat import Sizes, expand, specialised
from podproof.language.packing import States, Truths
from podproof.language.systems import fix
from podproof.properties.limits import Limits

Places = NDArray[np.int64]
"""Positions of states or of steps in the graph's arrays."""

MOST_STATES = 2_000_000
"""Their steps are held in memory, too."""


def counts(before: States, after: States) -> Truths:
    """Whether steps are any to fairness: those that change the state."""
    changed: Truths = before != after
    return changed


@dataclass(frozen=True, eq=False)
class Requirement:
    """Steps that must not be neglected together. counted: which steps of the graph these are."""

    strength: Strength
    counted: Truths


class FairGraph:
    """states: packed, sorted; source, target, taken: for every changing step two positions and the flat step.

    Raises UnsupportedError where a state does not fit, OutOfBounds past the limits. Look at `overflowed`.
    """

    def __init__(self, system: System, sizes: Sizes, limits: Limits) -> None:
        self.space = StateSpace(specialised(expand(system, sizes)), symmetric=False)
        self.limits = limits
        self.begin_question()
        self.search = Search(self.space, self.limits.holding(MOST_STATES))
        self.search.run()
        self.overflowed = self.search.overflowed
        if self.search.truncated and self.overflowed is None:
            raise OutOfBounds(self.search.truncated)
        self.states = self.search.visited
        sources, targets, taken = [], [], []
        for start in range(0, len(self.states), CHUNK):
            states = self.states[start : start + CHUNK]
            for moves in self.space.moves(states) if self.overflowed is None else ():
                changed = np.flatnonzero(counts(states[moves.rows], moves.after))
                sources.append(moves.rows[changed] + start)
                targets.append(positions(moves.after[changed], self.states))
                taken.append(np.full(len(changed), moves.index))
            self.pay_states(len(states))
        nothing = [np.zeros(0, dtype=np.int64)]
        source, target, step = (np.concatenate(each or nothing) for each in (sources, targets, taken))
        order = np.lexsort((step, target, source))
        self.source, self.target, self.taken = source[order], target[order], step[order]
        self._first = np.searchsorted(self.source, np.arange(len(self.states) + 1))
        self._requirements: dict[Fairness, list[Requirement]] = {}

    def begin_question(self) -> None:
        """What was spent on questions before does not count any more, unless the limits are shared."""
        self.budget = self.limits.budget

    def pay_states(self, states: int) -> None:
        """Raises OutOfBounds once nothing is left."""
        self.budget.pay_states(states)
        if not self.budget.left:
            raise OutOfBounds(self.limits.said)

    @cached_property
    def initial(self) -> Truths:
        return contained(self.states, self.space.initial())

    def where(self, expr: Expr[bool]) -> Truths:
        return self.space.truth(self.space.flat.flatten(expr))(self.states)

    def allowed(self, assumed: Collection[Assumption]) -> Truths:
        """The steps that no assumption forbids."""
        steps = self.space.flat.steps
        free = [not any(a in assumed for a in step.step.event.unless) for step in steps]
        found: Truths = np.array(free, dtype=bool)[self.taken]
        return found

    def outgoing(self, places: Places) -> Places:
        """The steps from these states."""
        first, count = self._first[places], self._first[places + 1] - self._first[places]
        behind = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
        steps: Places = behind + np.arange(count.sum())
        return steps

    def distances(self, begin: Places, inside: Truths, allowed: Truths) -> Places:
        """For every state how many steps a run takes to it that stays `inside`; -1 where none gets there.

        begin: the number of steps after which a run may begin in each state, -1 for never.
        """
        found = np.full(len(self.states), -1)
        waiting = np.flatnonzero((begin >= 0) & inside)
        waiting = waiting[np.argsort(begin[waiting], kind="stable")]
        starts = begin[waiting]
        frontier, length, next_start = np.zeros(0, dtype=np.int64), 0, 0
        while len(frontier) or next_start < len(waiting):
            if not len(frontier):
                length = int(starts[next_start])
            end = int(np.searchsorted(starts, length, side="right"))
            fresh = np.concatenate([frontier, waiting[next_start:end]])
            fresh = np.unique(fresh[found[fresh] < 0])
            next_start = end
            found[fresh] = length
            steps = self.outgoing(fresh)
            after = self.target[steps[allowed[steps]]]
            frontier = np.unique(after[inside[after] & (found[after] < 0)])
            length += 1
            self.pay_states(len(fresh))
        return found

    def requirements(self, fairness: Fairness) -> list[Requirement]:
        """One for all its steps together, or with `each` one for every event and element."""
        if fairness not in self._requirements:
            events = fairness.events(self.space.flat.system)
            groups: dict[Any, list[int]] = {}
            for index, step in enumerate(self.space.flat.steps):
                if step.step.event in events:
                    group = (step.step.event, step.element) if fairness.each else ()
                    groups.setdefault(group, []).append(index)
            self._requirements[fairness] = [
                Requirement(fairness.strength, self._counted(fairness, steps)) for steps in groups.values()
            ]
        return self._requirements[fairness]

    def _counted(self, fairness: Fairness, steps: Iterable[int]) -> Truths:
        counted = np.zeros(len(self.source), dtype=bool)
        for index in steps:
            here = np.flatnonzero(self.taken == index)
            counted[here] = self._when(fairness, index)(self.states[self.source[here]])
        return counted

    def _when(self, fairness: Fairness, index: int) -> Predicate:
        step = self.space.flat.steps[index]
        if fairness.when is TRUE:
            return lambda states: np.ones(len(states), dtype=bool)
        fixed = {p: constant(step.step.parameters[p.name]) for p in step.step.event.parameters}
        return self.space.truth(self.space.flat.flatten(fix(fairness.when, fixed), step.element))

    def able(self, steps: Truths) -> Truths:
        """The states from which one of the steps leads on."""
        possible = np.zeros(len(self.states), dtype=bool)
        possible[self.source[steps]] = True
        return possible

    def run_to(self, place: int, distances: Places, begin: Places, inside: Truths, allowed: Truths) -> list[int]:
        """The steps of a shortest run that `distances` has measured, from where it begins."""
        steps: list[int] = []
        while begin[place] != distances[place]:
            into = self._incoming[np.searchsorted(self._targets, place) : np.searchsorted(self._targets, place + 1)]
            before = self.source[into]
            steps.append(int(into[allowed[into] & inside[before] & (distances[before] == distances[place] - 1)].min()))
            place = int(self.source[steps[-1]])
        return steps[::-1]

    @cached_property
    def _incoming(self) -> Places:
        return np.argsort(self.target, kind="stable")

    @cached_property
    def _targets(self) -> Places:
        return self.target[self._incoming]
