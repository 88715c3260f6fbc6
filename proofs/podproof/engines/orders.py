"""Orders: of the steps that a Pod can take, which must come before which, and which every run to a goal must take.

Found by leaving a step out: what can no longer happen, or be reached, then needs it. So an order said here holds in
every run of the explored system, whatever disturbs it; any other order of two steps in a run is accidental.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from podproof.engines.explicit import Search
from podproof.engines.restricted import Restricted
from podproof.engines.state_space import Expanded, StateSpace
from podproof.language import Expr, Step, System, UnsupportedError
from podproof.language.flat import Sizes, expand
from podproof.language.machines import Actor
from podproof.language.packing import States
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace


@dataclass(frozen=True)
class Happening:
    """What is told apart here: an event, whatever its parameters, and where it takes its machine (None: it stays)."""

    event: str
    dest: Any | None
    machine: str
    actor: Actor

    @classmethod
    def of(cls, step: Step) -> Happening:
        return cls(str(step.event), step.arrow.dest, step.machine.name, step.actor)

    def __str__(self) -> str:
        return self.event


@dataclass(frozen=True, eq=False)
class _Reached:
    """What is reached where some steps are left out, and what can happen there (also what was left out)."""

    states: States
    possible: frozenset[Happening]


class Orders:
    """What precedes what in a system with `sizes` elements of each kind; in what follows a run, where one is given.

    avoiding: steps that are taken not to happen. Raises UnsupportedError past the limits.
    """

    def __init__(
        self,
        system: System,
        sizes: Sizes,
        limits: Limits | None = None,
        after: Trace | None = None,
        avoiding: Callable[[Step], bool] = lambda _: False,
    ) -> None:
        self.flat = expand(system, sizes)
        self.limits = limits or Limits()
        self.space = StateSpace(self.flat, symmetric=False)
        self._avoided = {i for i, step in enumerate(self.flat.steps) if avoiding(step.step)}
        self._happenings = tuple(Happening.of(step.step) for step in self.flat.steps)
        self._start = None if after is None else self._packed(after)
        self._without: dict[Happening | str | None, _Reached] = {}

    @property
    def possible(self) -> tuple[Happening, ...]:
        """Those that can happen at all, in the order of their declaration."""
        return tuple(h for h in dict.fromkeys(self._happenings) if h in self._left_out(None).possible)

    def needs(self, later: Happening) -> frozenset[str]:
        """The events that have happened, one way or another, in every run before the first `later`."""
        events = {happening.event for happening in self.possible} - {later.event}
        return frozenset(event for event in events if later not in self._left_out(event).possible)

    def must_pass(self, goal: Expr[bool]) -> tuple[Happening, ...]:
        """What happens in every run to a state with `goal`, in an order in which it can."""
        holds = self.space.truth(self.flat.flatten(goal))
        if not holds(self._left_out(None).states).any():
            raise UnsupportedError(f"({goal}) is never reached")
        needed = [h for h in self.possible if not holds(self._left_out(h).states).any()]
        return tuple(sorted(needed, key=lambda h: len(self.needs(h))))

    def _left_out(self, what: Happening | str | None) -> _Reached:
        if what not in self._without:
            left_out = {i for i, each in enumerate(self._happenings) if what in (each, each.event)}
            space = Restricted(self.space, left_out | self._avoided, self._start)
            search = Search(space, self.limits)
            search.run()
            if search.truncated:
                raise UnsupportedError(f"orders cannot be told: {search.truncated}")
            visited = Expanded(self.space, search.visited)
            taken = (index for index in self.space.taken if visited.truth(index).any())
            enabled = {self._happenings[index] for index in taken if index not in self._avoided}
            self._without[what] = _Reached(search.visited, frozenset(enabled))
        return self._without[what]

    def _packed(self, trace: Trace) -> States:
        values = {
            flat: trace.last[own] if element is None else trace.last[own][element]
            for (own, element), flat in self.flat.place.items()
        }
        return self.space.layout.states([self.space.layout.pack(values)])


def walk(
    system: System, sizes: Sizes, goals: Sequence[Expr[bool]], avoiding: Callable[[Step], bool] = lambda _: False
) -> Trace:
    """A run through states with each of the goals in turn, by a shortest way from each to the next.

    avoiding: steps that it does not take. Raises UnsupportedError where there is no such run.
    """
    space = StateSpace(expand(system, sizes), symmetric=False)
    left_out = [i for i, step in enumerate(space.flat.steps) if avoiding(step.step)]
    legs: list[Trace] = []
    start: States | None = None
    for goal in goals:
        search = Search(Restricted(space, left_out, start))
        found = search.run(space.truth(space.flat.flatten(goal)))
        if found is None:
            raise UnsupportedError(f"no run leads to ({goal})")
        start = space.layout.states([found[1]])
        legs.append(search.trace(*found))
    return replace(legs[0], steps=tuple(step for leg in legs for step in leg.steps))
