"""What is reachable in small systems: every state of each size, kept, so that many questions can be asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from podproof.engines.explicit import Search, StateSpace
from podproof.engines.refute import possible_sizes
from podproof.evidence.verdicts import Limits
from podproof.language import FALSE, Event, Expr, Machine, System, UnsupportedError, disjunction
from podproof.language.expressions import own_kinds
from podproof.language.flat import Sizes, expand
from podproof.language.systems import fix, prioritised


@dataclass(frozen=True, eq=False)
class Explored:
    """Every reachable state of a system, in each of the sizes that could be gone through to the end."""

    system: System
    searches: tuple[Search, ...]

    @cached_property
    def how(self) -> str:
        """In which systems something was looked for."""
        sizes = [search.space.flat.sizes for search in self.searches]
        said = (" and ".join(f"{n} {k}{'s' if n != 1 else ''}" for k, n in size.items() if n) for size in sizes)
        return f"exhaustive: {', or '.join(each or 'its only size' for each in said)}"

    def ever(self, expr: Expr[bool]) -> bool:
        """Whether it holds in some state; of an expression about one element, for some element."""
        return any(truth.any() for truth in self._truths(expr))

    def count(self, expr: Expr[bool]) -> int:
        """In how many states it holds, for how many elements of each."""
        return sum(int(truth.sum()) for truth in self._truths(expr))

    def _truths(self, expr: Expr[bool]) -> Iterator[Any]:
        kinds = own_kinds(expr)
        for search in self.searches:
            flat = search.space.flat
            most = min((flat.sizes.get(kind, 0) for kind in kinds), default=1)
            for element in range(most):
                holds = flat.flatten(expr, element if kinds else None)
                if holds is not FALSE:
                    yield np.asarray(search.space.truth(holds)(search.visited))


@dataclass(frozen=True, eq=False)
class Reachables:
    """Explores systems of up to `most` elements; undecided: what was too large, a sentence each."""

    most: int
    limits: Limits
    undecided: list[str] = field(default_factory=list)
    known: dict[Any, Explored] = field(default_factory=dict)

    def of(self, system: System) -> Explored:
        if system.same not in self.known:
            sizes = [size for size in possible_sizes(system) if sum(size.values()) <= self.most]
            found = (self._search(system, size) for size in sizes)
            self.known[system.same] = Explored(system, tuple(search for search in found if search is not None))
        return self.known[system.same]

    def _search(self, system: System, size: Sizes) -> Search | None:
        try:
            search = Search(StateSpace(expand(system, size)), self.limits)
            search.run()
        except UnsupportedError as error:
            stopped = str(error)
        else:
            stopped = search.truncated
        if not stopped:
            return search if len(search.visited) else None
        named = " and ".join(f"{number} {kind}" for kind, number in size.items()) or "its only size"
        self.undecided.append(f"system {system} with {named} was not looked at: {stopped}")
        return None


def happens(system: System, event: Event, parameters: Mapping[Any, Any]) -> Expr[bool]:
    """That the event can happen, by the element that acts where its machine is of a kind."""
    owner = owner_of(system, event)
    arrows = [arrow for arrow in owner.arrows if arrow.event == event]
    return disjunction(*(fix(guard, parameters) for _, guard in prioritised(owner.state, arrows)))


def owner_of(system: System, event: Event) -> Machine[Any]:
    return next(machine for machine in system.machines if event in machine.events)
