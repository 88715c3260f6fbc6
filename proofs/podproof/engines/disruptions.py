"""Which assumptions a run needed broken: one search over (state, set of disruptions used).

An event that assumptions forbid "uses" them; an initial state outside an assumption's shape uses it from the start.
States are explored in order of the size of that set, and a state that was reached with a subset is not explored again,
so what is found are the minimal sets with which the formula breaks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations

import numpy as np
from podproof.engines.explicit import predicates
from podproof.engines.state_sets import StateSet, distinct
from podproof.engines.state_space import StateSpace
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


class _Search:
    def __init__(self, space: StateSpace, formula: Formula, used: list[int], limits: Limits) -> None:
        self.space = space
        self.used = used
        self.limits = limits
        self.bad_state, self.bad_step, self.bad_initial = predicates(formula, space)
        self.waiting: dict[int, list[States]] = {}
        self.met: dict[int, StateSet] = {}
        self.broken: list[int] = []
        self.count = 0

    def run(self) -> list[int]:
        budget = self.limits.budget
        while self.waiting:
            mask = min(self.waiting, key=lambda m: (m.bit_count(), m))
            frontier = self._new(mask, self.waiting.pop(mask))
            while len(frontier) and not self._is_broken(mask):
                budget.pay_states(len(frontier))
                if not budget.left or self.count > self.limits.states:
                    raise OutOfBounds("the search for minimal assumptions reached its limit")
                frontier = self._level(mask, frontier)
        return sorted(self.broken, key=lambda m: (m.bit_count(), m))

    def begin(self, mask: int, states: States) -> None:
        if self.bad_initial is not None and self.bad_initial(states).any():
            self._break(mask)
        else:
            self.waiting.setdefault(mask, []).append(states)

    def _level(self, mask: int, frontier: States) -> States:
        """One level with this set; what needs more disruptions waits."""
        if self.bad_state is not None and self.bad_state(frontier).any():
            self._break(mask)
            return frontier[:0]
        here: list[States] = []
        for moves in self.space.moves(frontier):
            after_mask = mask | self.used[moves.index]
            if self._is_broken(after_mask):
                continue
            if self.bad_step is not None:
                wrong = self.bad_step(moves.index, frontier[moves.rows], moves.after)
                if wrong is not None and wrong.any():
                    self._break(after_mask)
                    if after_mask == mask:
                        return frontier[:0]
                    continue
            target = here if after_mask == mask else self.waiting.setdefault(after_mask, [])
            target.append(moves.after)
        return self._new(mask, here)

    def _break(self, mask: int) -> None:
        """What breaks with this set breaks with every larger one."""
        self.broken = [m for m in self.broken if m & mask != mask] + [mask]

    def _new(self, mask: int, found: list[States]) -> States:
        """The states not seen with this set or a subset; they count as seen from now on."""
        if not found:
            return self.space.initial()[:0]
        states = distinct(self.space.canonical(np.concatenate(found)))
        for other, met in self.met.items():
            if other & mask == other != mask:
                states = states[~met.has(states)]
        states = self.met.setdefault(mask, StateSet(self.space.layout)).add(states)
        self.count += len(states)
        return states

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
