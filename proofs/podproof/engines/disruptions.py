"""Which assumptions a run needed broken: one search over (state, set of disruptions used).

An event that assumptions forbid "uses" them; an initial state outside an assumption's shape uses it from the start.
States are explored in order of the size of that set, and a state that was reached with a subset is not explored again,
so what is found are the minimal sets with which the formula breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
from podproof.engines.explicit import BadSteps, predicates
from podproof.engines.state_sets import StateSet, ordered
from podproof.engines.state_space import BLOCK, Expanded, StateSpace
from podproof.language import Assumption
from podproof.language.packing import States
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits

MOST_CANDIDATES = 62
"""A set of assumptions is kept as bits of one number."""


class OutOfBounds(Exception):
    """A limit was reached: the sets found are not all."""


def breaking_sets(
    space: StateSpace, formula: Formula, candidates: Sequence[Assumption], limits: Limits
) -> list[frozenset[Assumption]]:
    """The minimal sets of `candidates` whose disruptions together break the formula, in a system of this size.

    The empty set among them means that no assumption helps. Raises OutOfBounds past the limits.
    """
    if len(candidates) > MOST_CANDIDATES:
        raise OutOfBounds(f"minimal sets are looked for among up to {MOST_CANDIDATES} assumptions")
    bit = {assumption: 1 << i for i, assumption in enumerate(candidates)}
    used = [sum(bit[a] for a in step.step.event.unless if a in bit) for step in space.flat.steps]
    search = _Search(space, formula, used, limits)
    initial = space.initial()
    masks = np.zeros(len(initial), dtype=np.int64)
    for assumption in candidates:
        if assumption.shape is not None:
            outside = ~space.truth(space.flat.flatten(assumption.shape))(initial)
            masks[outside] |= bit[assumption]
    for mask in np.unique(masks).tolist():
        search.begin(mask, initial[masks == mask])
    found = search.run()
    return [frozenset(a for a in candidates if bit[a] & mask) for mask in found]


@dataclass
class _Waiting:
    """States that are reached with a set of disruptions, not yet looked at."""

    met: StateSet
    new: list[States]

    @property
    def states(self) -> States:
        return np.concatenate(self.new)


class _Search:
    def __init__(self, space: StateSpace, formula: Formula, used: list[int], limits: Limits) -> None:
        self.space = space
        self.using: dict[int, list[int]] = {}
        for index in space.taken:
            self.using.setdefault(used[index], []).append(index)
        self.limits = limits
        self.bad_state, self.bad_step, self.bad_initial = predicates(formula, space)
        self.waiting: dict[int, _Waiting] = {}
        self.reached: dict[int, list[States]] = {}
        self.broken: list[int] = []
        self.count = 0

    def run(self) -> list[int]:
        budget = self.limits.budget
        while self.waiting:
            mask = min(self.waiting, key=lambda m: (m.bit_count(), m))
            waiting = self.waiting.pop(mask)
            if self._is_broken(mask):
                continue
            met = StateSet(self.space.layout)
            met.add(np.concatenate([self.space.initial()[:0], *self._reached_with_less(mask)]))
            frontier = met.add(waiting.states)
            while len(frontier) and not self._is_broken(mask):
                self.count += len(frontier)
                budget.pay_states(len(frontier))
                if not budget.left or self.count > self.limits.states:
                    raise OutOfBounds("the search for minimal assumptions reached its limit")
                self.reached.setdefault(mask, []).append(frontier)
                frontier = self._level(mask, frontier, met)
        return sorted(self.broken, key=lambda m: (m.bit_count(), m))

    def begin(self, mask: int, states: States) -> None:
        if self.bad_initial is not None and self.bad_initial(states).any():
            self._break(mask)
        else:
            waiting = self._waiting(mask)
            waiting.new.append(waiting.met.add(states))

    def _level(self, mask: int, frontier: States, met: StateSet) -> States:
        """One level with this set; what needs more disruptions waits. met: what was reached with it or with less."""
        if self.bad_state is not None and self.bad_state(frontier).any():
            self._break(mask)
            return frontier[:0]
        here: list[States] = []
        for start in range(0, len(frontier), BLOCK):
            expanded = Expanded(self.space, frontier[start : start + BLOCK])
            if self.bad_step is not None:
                self._look_for_bad_steps(mask, expanded, self.bad_step)
                if self._is_broken(mask):
                    return frontier[:0]
            for after_mask, steps in self._steps(mask).items():
                if after_mask == mask:
                    here.append(self.space.spread(expanded, steps, met))
                else:
                    waiting = self._waiting(after_mask)
                    waiting.new.append(self.space.spread(expanded, steps, waiting.met))
        return ordered(np.concatenate([frontier[:0], *here]))

    def _steps(self, mask: int) -> dict[int, list[int]]:
        """The steps taken with this set, by the set used after them; without what breaks whatever they lead to."""
        found: dict[int, list[int]] = {}
        for used, steps in self.using.items():
            if not self._is_broken(mask | used):
                found.setdefault(mask | used, []).extend(steps)
        return found

    def _reached_with_less(self, mask: int) -> Iterator[States]:
        for other, states in self.reached.items():
            if other & mask == other != mask:
                yield from states

    def _waiting(self, mask: int) -> _Waiting:
        if mask not in self.waiting:
            self.waiting[mask] = _Waiting(StateSet(self.space.layout), [self.space.initial()[:0]])
        return self.waiting[mask]

    def _look_for_bad_steps(self, mask: int, expanded: Expanded, bad_step: BadSteps) -> None:
        for after_mask, steps in self._steps(mask).items():
            if any(len(bad_step.rows(index, expanded)) for index in filter(bad_step.asks, steps)):
                self._break(after_mask)

    def _break(self, mask: int) -> None:
        """What breaks with this set breaks with every larger one."""
        self.broken = [m for m in self.broken if m & mask != mask] + [mask]

    def _is_broken(self, mask: int) -> bool:
        return any(broken & mask == broken for broken in self.broken)


def hitting_sets(
    breaking: Sequence[frozenset[Assumption]], candidates: Sequence[Assumption]
) -> list[frozenset[Assumption]]:
    """The minimal sets with a member in common with every breaking set; none where the empty set breaks.

    Smallest first, then in the order of `candidates`.
    """
    if any(not b for b in breaking):
        return []
    relevant = [a for a in candidates if any(a in b for b in breaking)]
    found: list[frozenset[Assumption]] = []
    for chosen in chain.from_iterable(combinations(relevant, n) for n in range(len(relevant) + 1)):
        whole = frozenset(chosen)
        if all(whole & b for b in breaking) and not any(f <= whole for f in found):
            found.append(whole)
    return found
