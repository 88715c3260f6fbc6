"""Fair cycles: where a run can stay for ever without neglecting what it owes, and the shortest way of doing so.

Which parts of a graph have a fair cycle is the emptiness of a Streett automaton (E. A. Emerson and C.-L. Lei,
Modalities for model checking, 1987): in a strongly connected component with a step of every requirement that is due, a
run that goes round everywhere is fair. A weak requirement is due unless some state of the component cannot take its
steps. A strong one is due where some state can; if the component has no such step, a fair run has to avoid those
states, so what is left of the component is looked at again.

The component is not the counterexample: a run goes round a cycle in it. A shortest one is searched over pairs of a
state and what is still owed; with many requirements that is hard (it contains the travelling salesman's problem), so
past a limit the shortest one found so far is taken, and said to be that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from podproof.engines.fair_graph import FairGraph, Places, Requirement
from podproof.language.fairness import Strength
from podproof.language.packing import Truths

MOST_VISITS = 50_000
"""Pairs of a state and what is owed that are looked at after a first cycle is known."""

MOST_TRIMMED = 30
"""Rounds of taking away what is on no cycle because nothing leads there or away, before components are looked for."""


@dataclass(frozen=True, eq=False)
class Owed:
    """A requirement under the assumptions in force. able: the states that can take one of its steps."""

    strength: Strength
    counted: Truths
    able: Truths


def owed(graph: FairGraph, requirements: Sequence[Requirement], allowed: Truths) -> list[Owed]:
    counted = ((r.strength, r.counted & allowed) for r in requirements)
    return [Owed(strength, steps, graph.able(steps)) for strength, steps in counted]


def resting(owing: Sequence[Owed], states: int) -> Truths:
    """The states in which a run may stay for ever with nothing happening any more: nothing is owed there."""
    free = np.ones(states, dtype=bool)
    for each in owing:
        free &= ~each.able
    return free


@dataclass(frozen=True, eq=False)
class FairParts:
    """Disjoint strongly connected parts. home: for every state the number of its part, or -1; steps: those inside."""

    home: Places
    steps: Places


def fair_parts(graph: FairGraph, steps: Places, owing: Sequence[Owed], returns: Truths) -> FairParts:
    """The parts of the graph of these steps in which some cycle is fair and comes to a state with `returns`."""
    home = np.full(len(graph.states), -1)
    kept, parts = [np.zeros(0, dtype=np.int64)], 0
    while len(steps):
        steps, places, number = _components(graph, steps)
        label = np.full(len(graph.states), -1)
        label[places] = number
        count = int(number.max(initial=-1)) + 1
        of_step = label[graph.source[steps]]
        hopeless = ~_some(number[returns[places]], count)
        unpaid = np.zeros(count, dtype=bool)
        avoid = np.zeros(len(graph.states), dtype=bool)
        for each in owing:
            neglected = ~_some(of_step[each.counted[steps]], count)
            if each.strength is Strength.weak:
                hopeless |= neglected & ~_some(number[~each.able[places]], count)
            else:
                starving = neglected & _some(number[each.able[places]], count)
                unpaid |= starving
                avoid[places[starving[number] & each.able[places]]] = True
        fair = ~hopeless & ~unpaid
        chosen = fair[number]
        home[places[chosen]] = number[chosen] + parts
        kept.append(steps[fair[of_step]])
        parts += count
        again = (~hopeless & unpaid)[of_step]
        steps = steps[again & ~avoid[graph.source[steps]] & ~avoid[graph.target[steps]]]
    return FairParts(home, np.sort(np.concatenate(kept)))


def _some(numbers: Places, count: int) -> Truths:
    found = np.zeros(count, dtype=bool)
    found[numbers] = True
    return found


def _components(graph: FairGraph, steps: Places) -> tuple[Places, Places, Places]:
    """The steps inside strongly connected components of two states or more, their states, and each one's component."""
    import networkx

    for _ in range(MOST_TRIMMED):
        led_to, left = np.zeros((2, len(graph.states)), dtype=bool)
        led_to[graph.target[steps]] = True
        left[graph.source[steps]] = True
        on = led_to[graph.source[steps]] & left[graph.target[steps]]
        if on.all():
            break
        steps = steps[on]
    label = np.full(len(graph.states), -1)
    size = max(1, len(graph.states))
    pairs = np.divmod(np.unique(graph.source[steps] * size + graph.target[steps]), size)
    plain = networkx.DiGraph(list(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True)))
    graph.pay_states(len(pairs[0]))
    for number, component in enumerate(c for c in networkx.strongly_connected_components(plain) if len(c) > 1):
        label[list(component)] = number
    inside = (label[graph.source[steps]] >= 0) & (label[graph.source[steps]] == label[graph.target[steps]])
    places = np.flatnonzero(label >= 0)
    return steps[inside], places, label[places]


@dataclass(frozen=True, eq=False)
class Cycle:
    """From the state `start` back to it by `steps`; by none where a run rests there."""

    start: int
    steps: tuple[int, ...] = ()


@dataclass(eq=False)
class CycleSearch:
    """Among fair parts, the cycle with the fewest steps in it and before it (`distances`).

    What a walk has done is a set of bits: the requirements it has met, that it came to a state with `returns`, and for
    every strong one that it did not come to a state that is able. More bits are always better.
    """

    graph: FairGraph
    parts: FairParts
    owing: Sequence[Owed]
    returns: Truths
    distances: Places
    _steps: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)
    _gains: dict[int, int] = field(default_factory=dict)
    _losses: dict[int, int] = field(default_factory=dict)

    def shortest(self, within: int | None = None) -> tuple[Cycle | None, bool]:
        """Of at most `within` steps in all, with those before it; and whether it is certain that none is shorter."""
        places = np.flatnonzero(self.parts.home >= 0)
        order = places[np.lexsort((places, self.distances[places]))].tolist()
        best: Cycle | None = None
        if order and within is None:
            best = self.some(order[0])
            within = int(self.distances[order[0]]) + len(best.steps) - 1
        visits = 0
        for start in order:
            most = (within or 0) - int(self.distances[start])
            if most < 2:  # a cycle of steps that change the state has two of them
                break
            if visits > MOST_VISITS or not self.graph.budget.left:
                return best, False
            found, looked_at = self._from(start, most, MOST_VISITS - visits)
            visits += looked_at
            self.graph.budget.pay_states(looked_at)
            if found is not None:
                best = Cycle(start, found)
                within = int(self.distances[start]) + len(found) - 1
        return best, visits <= MOST_VISITS

    def some(self, start: int) -> Cycle:
        """From one thing that a walk around the part of `start` owes to the next, each the shortest way, and back."""
        done, place = self._at(start, 0), start
        wanted = self._due(np.flatnonzero(self.parts.home == self.parts.home[start]))
        steps: list[int] = []
        while wanted & ~done or place != start or not steps:
            for step, target, gain in self._nearest(place, wanted & ~done, start):
                done |= gain | self._gain(target)
                place = target
                steps.append(step)
        return Cycle(start, tuple(steps))

    def _from(self, start: int, most: int, budget: int) -> tuple[tuple[int, ...] | None, int]:
        """A shortest fair cycle through `start` of at most so many steps, and how many pairs were looked at."""
        begin = (start, self._at(start, self._all_kept))
        came: dict[tuple[int, int], tuple[tuple[int, int], int] | None] = {begin: None}
        known: dict[int, list[int]] = {}
        frontier = [begin]
        for _ in range(most):
            following = []
            for place, done in frontier:
                if len(came) > budget:
                    return None, len(came)
                for step, target, gain in self._onward(place):
                    now = (target, self._at(target, done | gain))
                    if target == start and self._is_fair(now[1]):
                        return (*self._way(came, (place, done)), step), len(came)
                    if now in came or any(now[1] | other == other for other in known.get(target, ())):
                        continue
                    came[now] = ((place, done), step)
                    known.setdefault(target, []).append(now[1])
                    following.append(now)
            frontier = following
        return None, len(came)

    @staticmethod
    def _way(came: dict[tuple[int, int], tuple[tuple[int, int], int] | None], last: tuple[int, int]) -> tuple[int, ...]:
        steps = []
        before = came[last]
        while before is not None:
            steps.append(before[1])
            before = came[before[0]]
        return tuple(reversed(steps))

    def _due(self, part: Places) -> int:
        """What a walk around the whole part has to meet."""
        wanted = 1 << len(self.owing)
        for bit, each in enumerate(self.owing):
            if each.strength is Strength.weak or each.able[part].any():
                wanted |= 1 << bit
        return wanted

    def _nearest(self, place: int, wanted: int, home: int) -> list[tuple[int, int, int]]:
        """The shortest way to something wanted, or home where nothing is."""
        came: dict[int, tuple[int, tuple[int, int, int]]] = {}
        waiting = deque([place])
        while True:
            here = waiting.popleft()
            for onward in self._onward(here):
                _, target, gain = onward
                if (gain | self._gain(target)) & wanted or (not wanted and target == home):
                    way = [onward]
                    while here != place:
                        here, before = came[here]
                        way.append(before)
                    return way[::-1]
                if target not in came and target != place:
                    came[target] = (here, onward)
                    waiting.append(target)

    @cached_property
    def _sources(self) -> Places:
        return self.graph.source[self.parts.steps]

    # Bits: requirement i met, then `returns`, then "never able to" for requirement i if it is strong.

    @property
    def _all_kept(self) -> int:
        strong = sum(1 << bit for bit, each in enumerate(self.owing) if each.strength is Strength.strong)
        return strong << (len(self.owing) + 1)

    def _gain(self, place: int) -> int:
        """What a walk has done by coming to a state."""
        if place not in self._gains:
            gain = int(self.returns[place]) << len(self.owing)
            for bit, each in enumerate(self.owing):
                if each.strength is Strength.weak and not each.able[place]:
                    gain |= 1 << bit
            self._gains[place] = gain
        return self._gains[place]

    def _at(self, place: int, done: int) -> int:
        """What a walk has done after it came to a state."""
        if place not in self._losses:
            able = sum(1 << bit for bit, each in enumerate(self.owing) if each.able[place])
            self._losses[place] = ~(able << (len(self.owing) + 1))
        return (done | self._gain(place)) & self._losses[place]

    def _is_fair(self, done: int) -> bool:
        kept = done >> (len(self.owing) + 1)
        met = all(done >> bit & 1 or kept >> bit & 1 for bit in range(len(self.owing)))
        return bool(met and done >> len(self.owing) & 1)

    def _onward(self, place: int) -> list[tuple[int, int, int]]:
        """The steps from a state inside its part: each with where it leads and the requirements that it meets."""
        if place not in self._steps:
            first, last = np.searchsorted(self._sources, [place, place + 1])
            self._steps[place] = [
                (step, int(self.graph.target[step]), sum(1 << b for b, e in enumerate(self.owing) if e.counted[step]))
                for step in self.parts.steps[first:last].tolist()
            ]
        return self._steps[place]
