"""Brute force for infinite runs: whether some fair run breaks a formula, and how short a lasso can be.

It looks at what `BruteForce` found by firing running machines, and shares nothing with the engine: fairness is read
from its definition; a strong requirement is either met again and again or never possible any more, and each choice is
tried; what is left is a Büchi automaton, made to count through the requirements one after another. No components.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Any

from podproof.language import Event, Fairness
from podproof.language.fairness import Strength
from podproof.language.meanings.python import evaluate
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo, Liveness
from podproof.properties.trace import Forever, Trace

from tests.support.brute_force import BruteForce, Fired, State


@dataclass(frozen=True)
class Duty:
    """Steps that must not be neglected: possible in `able`, and `steps` are all there are."""

    strength: Strength
    steps: frozenset[Fired]
    able: frozenset[State]


class BruteLassos:
    """About the system that `brute` has explored, under its assumptions."""

    def __init__(self, brute: BruteForce) -> None:
        self.brute = brute
        self.moves = [step for step in brute.steps if step.before != step.after]
        self.after: dict[State, list[Fired]] = {state: [] for state in brute.depth}
        for step in self.moves:
            self.after[step.before].append(step)

    def duties(self, fair: Iterable[Fairness]) -> list[Duty]:
        return [duty for each in fair for duty in self._duties(each)]

    def _duties(self, fairness: Fairness) -> Iterator[Duty]:
        groups: dict[Any, set[Fired]] = {}
        for step in self.moves:
            if self._is_meant(fairness, step):
                groups.setdefault((step.event, step.element) if fairness.each else None, set()).add(step)
        for steps in groups.values():
            yield Duty(fairness.strength, frozenset(steps), frozenset(step.before for step in steps))

    def _is_meant(self, fairness: Fairness, step: Fired) -> bool:
        if isinstance(fairness.of, Event):
            if step.event is not fairness.of:
                return False
        elif step.event.actor != fairness.of or step.event.unless:
            return False
        named = {p.name: value for p, value in zip(step.event.parameters, step.parameters, strict=True)}
        values = self.brute.values(step.before)
        return bool(evaluate(fairness.when, values, self.brute.sizes, named, step.element))

    # What breaks a formula.

    def _waits(self, formula: Liveness) -> tuple[set[State], set[State], set[State]]:
        """Where a run begins to wait, where it goes on waiting, and where it has to come again and again."""
        states = set(self.brute.depth)

        def where(expr: Any) -> set[State]:
            return {state for state in states if self.brute.holds(expr, state)}

        match formula:
            case Eventually():
                waiting = states - where(formula.holds)
                return {s for s in waiting if self.brute.depth[s] == 0}, waiting, states
            case LeadsTo():
                waiting = states - where(formula.after)
                return where(formula.before) & waiting, waiting, states
            case InfinitelyOften():
                waiting = states - where(formula.holds)
                return waiting, waiting, states
            case EventuallyAlways():
                return states, states, states - where(formula.holds)
        raise TypeError(formula)

    def breaks(self, formula: Liveness, fair: Iterable[Fairness]) -> bool:
        """Whether some fair run breaks the formula."""
        begins, waiting, returns = self._waits(formula)
        region = set(self._distances(begins, waiting))
        duties = self.duties(fair)
        strong = [duty for duty in duties if duty.strength is Strength.strong]
        for avoided in chain.from_iterable(combinations(strong, n) for n in range(len(strong) + 1)):
            left = region.difference(*(duty.able for duty in avoided))
            goals = [self._goal(duty) for duty in duties if duty not in avoided]
            if self._some_run_meets(left, [lambda state, step: state in returns, *goals]):
                return True
        return False

    @staticmethod
    def _goal(duty: Duty) -> Callable[[State, Fired | None], bool]:
        """In a state, about to take a step (None: nothing happens): is the duty met?"""
        if duty.strength is Strength.weak:
            return lambda state, step: state not in duty.able or step in duty.steps
        return lambda state, step: step in duty.steps

    def _some_run_meets(self, region: set[State], goals: list[Callable[[State, Fired | None], bool]]) -> bool:
        """Whether some run in the region meets every goal again and again.

        Nodes are a state and the goal that is next; a run that passes the last one for ever meets all of them.
        """

        def following(node: tuple[State, int]) -> Iterator[tuple[State, int, bool]]:
            state, number = node
            for step in (None, *self.after[state]):
                target = state if step is None else step.after
                if target in region:
                    met = goals[number](state, step)
                    yield target, (number + met) % len(goals), met and number == len(goals) - 1

        for state in region:
            first = (state, len(goals) - 1)
            passed = {(target, number) for target, number, last in following(first) if last}
            seen = set(passed)
            queue = deque(passed)
            while queue:
                node = queue.popleft()
                if node == first:
                    return True
                for target, number, _ in following(node):
                    if (target, number) not in seen:
                        seen.add((target, number))
                        queue.append((target, number))
        return False

    def shortest(self, formula: Liveness, fair: Iterable[Fairness]) -> int | None:
        """The least number of steps before and in a fair cycle that breaks the formula; None where there is none."""
        begins, waiting, returns = self._waits(formula)
        duties = self.duties(fair)
        strong = [duty for duty in duties if duty.strength is Strength.strong]
        found = []
        for avoided in chain.from_iterable(combinations(strong, n) for n in range(len(strong) + 1)):
            goals = [self._goal(duty) for duty in duties if duty not in avoided]
            for state, before in self._distances(begins, waiting).items():
                around = self._around(state, waiting.difference(*(duty.able for duty in avoided)), returns, goals)
                if around is not None:
                    found.append(before + around)
        return min(found, default=None)

    def _around(
        self, start: State, region: set[State], returns: set[State], goals: list[Callable[[State, Fired | None], bool]]
    ) -> int | None:
        """The fewest steps from a state back to it that meet every goal; resting there takes none."""
        if start not in region:
            return None
        if start in returns and all(goal(start, None) for goal in goals):
            return 0
        every = frozenset(range(len(goals) + 1))
        begin: tuple[State, frozenset[int]] = (start, frozenset())
        seen = {begin: 0}
        queue = deque([begin])
        while queue:
            state, met = queue.popleft()
            for step in self.after[state]:
                if step.after in region:
                    now = {i for i, goal in enumerate(goals) if goal(state, step) or goal(state, None)}
                    following = (step.after, met | now | ({len(goals)} if state in returns else frozenset()))
                    if following == (start, every):
                        return seen[state, met] + 1
                    if following not in seen:
                        seen[following] = seen[state, met] + 1
                        queue.append(following)
        return None

    def _distances(self, begins: set[State], waiting: set[State]) -> dict[State, int]:
        """How many steps a run takes to each state that it can wait in."""
        best: dict[State, int] = {}
        queue = deque(sorted(((self.brute.depth[s], s) for s in begins & waiting), key=lambda pair: pair[0]))
        while queue:
            length, state = queue.popleft()
            if state not in best or length < best[state]:
                best[state] = length
                queue.extend((length + 1, step.after) for step in self.after[state] if step.after in waiting)
        return best

    # Is this lasso one?

    def is_fair_and_breaks(self, trace: Trace, formula: Liveness, fair: Iterable[Fairness]) -> bool:
        """The lasso is a run, comes back, waits in vain, and neglects nobody. It has all variables of the system."""
        assert trace.forever is not None
        states = [self._state(trace.initial), *(self._state(step.values) for step in trace.steps)]
        after = trace.forever.after
        if not self.brute.replays(trace) or states[-1] != states[after]:
            return False
        begins, waiting, returns = self._waits(formula)
        first = range(1 if isinstance(formula, Eventually) else len(states))
        cycle = set(states[after:])
        if not any(states[i] in begins and {*states[i:], *cycle} <= waiting for i in first):
            return False
        taken = {
            Fired(before, step.event, tuple(step.step.parameters.values()), step.element, now)
            for before, step, now in zip(states[after:], trace.steps[after:], states[after + 1 :], strict=False)
        }
        for duty in self.duties(fair):
            due = cycle <= duty.able if duty.strength is Strength.weak else bool(cycle & duty.able)
            if due and not taken & duty.steps:
                return False
        return bool(cycle & returns)

    def unrolled(self, run: Trace) -> Trace:
        """The lasso of a part as one of the whole system, `run` being its steps there: round and round the cycle, until
        also what the part does not see is as before."""
        assert run.forever is not None
        around = run.steps[run.forever.after :]
        states, steps = [self._state(run.initial), *(self._state(step.values) for step in run.steps)], [*run.steps]
        at_begin = {states[run.forever.after]: run.forever.after}
        while around and states[-1] not in at_begin:
            at_begin[states[-1]] = len(steps)
            for step in around:
                label = (step.event, tuple(step.step.parameters.values()), step.element)
                (after,) = {f.after for f in self.brute.steps if (f.before, *_label(f)) == (states[-1], *label)}
                steps.append(replace(step, values=self.brute.values(after)))
                states.append(after)
        begin = at_begin[states[-1]] if around else run.forever.after
        return replace(run, steps=tuple(steps), forever=Forever(begin))

    def _state(self, values: Any) -> State:
        variables = self.brute.system.variables
        return tuple(values[v] if v.kind is None else tuple(values[v]) for v in variables)


def _label(fired: Fired) -> tuple[Event, tuple[Any, ...], int | None]:
    return fired.event, fired.parameters, fired.element
