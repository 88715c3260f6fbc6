"""One Pod as the engines see it: which of its containers are explored, its state space, searches in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from podproof.engines.explicit import Search, predicates
from podproof.engines.restricted import Restricted, forbidden
from podproof.engines.state_space import Predicate, StateSpace
from podproof.explain.answers import Explored, ShownRun
from podproof.kubernetes.objects.shape import Container, Shape
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, own_policy, regular
from podproof.kubernetes.vocabulary.states import finalizer
from podproof.language import Assumption, Expr, Kind, System, conjunction
from podproof.language.flat import FlatSystem, expand
from podproof.language.packing import States
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace, TraceStep

MOST_ELEMENTS = 3
"""A Pod with no more containers, init containers included, is explored as it is."""

MOST_REGULAR, MOST_INIT = 2, 2
"""Of a larger one so many are explored."""

ONLY_EXPLORED = "not seen with the explored containers"

Chosen = dict[Kind, tuple[int, ...]]
"""The explored elements of each kind, by their place among the shape's."""


def chosen(known: Shape, same: Callable[[Container, Kind], Any] = lambda container, kind: container.policy) -> Chosen:
    """All elements if there are few; else the first of each sort, and further ones up to the limit."""
    sizes = {regular: len(known.containers), init: len(known.inits)}
    if sum(sizes.values()) <= MOST_ELEMENTS:
        return {kind: tuple(range(size)) for kind, size in sizes.items()}
    found: Chosen = {}
    for kind, most in ((regular, MOST_REGULAR), (init, MOST_INIT)):
        elements = known.of(kind)
        seen: dict[Any, int] = {}
        for index, container in enumerate(elements):
            seen.setdefault(same(container, kind), index)
        first = list(seen.values())
        others = [index for index in range(len(elements)) if index not in first]
        found[kind] = tuple(sorted((first + others)[: max(most, min(len(first), most + 1))]))
    return found


Searches = dict[tuple[frozenset[int], Limits], Search]
"""By the steps that are left out and the limits."""

Policies = tuple[tuple[Kind, tuple[ContainerPolicy, ...]], ...]
"""Of the explored elements of each kind, in order."""


@lru_cache(maxsize=64)
def _compiled(
    system: System,
    assumed: tuple[Assumption, ...],
    policies: Policies,
    held: bool | None,
    live: bool,
    asked: tuple[Formula, ...],
) -> tuple[FlatSystem, StateSpace, Searches]:
    """Kept for the next Pod of the same shape, with what was explored of it from its initial states on.

    held: whether it begins with finalizers, None where it may have.
    """
    flat = expand(system.under(*assumed), {kind: len(own) for kind, own in policies})
    facts: list[Expr[bool]] = []
    for kind, own in policies:
        variable = own_policy if kind is regular else init_policy
        facts += [flat.place[variable, i].is_(each) for i, each in enumerate(own)]
    if held is not None:
        facts.append(finalizer if held else ~finalizer)
    flat = replace(flat, initial=conjunction(flat.initial, *facts))
    alike = not live and all(len(set(own)) <= 1 for _, own in policies)
    return flat, StateSpace(flat, alike, [expr for formula in asked for expr in formula.expressions()]), {}


class ExploredPod:
    """The state space of one Pod, compiled once; assumptions only leave out steps.

    live: of an object that may have lost its finalizers, whose containers are not interchangeable.
    """

    def __init__(
        self,
        system: System,
        known: Shape,
        elements: Chosen,
        limits: Limits,
        asked: Iterable[Formula] = (),
        live: bool = False,
    ) -> None:
        self.shape, self.chosen, self.limits = known, elements, limits
        self.disruptions = tuple(a for a in system.assumptions if a not in known.ruled_out)
        policies = tuple((kind, tuple(known.of(kind)[i].policy for i in places)) for kind, places in elements.items())
        held = known.finalizer if known.finalizer or not live else None
        assumed = (known.assumption, *known.ruled_out)
        self.flat, self.space, self._searches = _compiled(system, assumed, policies, held, live, tuple(asked))
        self.names = {kind: tuple(known.of(kind)[i].name for i in indices) for kind, indices in elements.items()}
        self.truncated = ""

    @property
    def exact(self) -> bool:
        return all(len(self.chosen[kind]) == len(self.shape.of(kind)) for kind in self.chosen)

    def explored(self, states: int) -> Explored:
        names = (*self.names[init], *self.names[regular])
        return Explored(names, len(self.shape.containers) + len(self.shape.inits), states, self.exact)

    def who(self, step: TraceStep) -> str:
        """The container that acts, as the manifest calls it, or nothing."""
        if step.element is None or step.step.kind is None:
            return ""
        return self.names[step.step.kind][step.element]

    def search(
        self,
        formula: Formula | None,
        assumed: Sequence[Assumption],
        start: States | None = None,
        left_out: Iterable[int] = (),
    ) -> tuple[Search, Trace | None]:
        """A shortest violation, if there is one. left_out: indices of steps that are not taken."""
        looked_for = predicates(formula, self.space) if formula is not None else (None, None, None)
        search = self._search(assumed, start, left_out)
        return search, self._shortest(search, *looked_for)

    def reach(
        self,
        wanted: Predicate,
        assumed: Sequence[Assumption],
        start: States | None = None,
        left_out: Iterable[int] = (),
    ) -> Trace | None:
        """A shortest run to a wanted state."""
        return self._shortest(self._search(assumed, start, left_out), wanted)

    def _search(self, assumed: Sequence[Assumption], start: States | None, left_out: Iterable[int]) -> Search:
        """From the Pod's own initial states each question goes on where the last one ended."""
        gone = frozenset(forbidden(self.space, assumed).union(left_out))
        if start is not None or self.limits.purse is not None:
            return Search(Restricted(self.space, gone, start), self.limits)
        place = (gone, self.limits)
        if place not in self._searches:
            self._searches[place] = Search(Restricted(self.space, gone), self.limits)
        return self._searches[place]

    def _shortest(self, search: Search, *looked_for: Any) -> Trace | None:
        found = search.run(*looked_for)
        self.truncated = self.truncated or search.truncated
        return None if found is None else search.trace(*found)

    def part(
        self, assumed: Sequence[Assumption] = (), start: States | None = None, left_out: Iterable[int] = ()
    ) -> Restricted:
        return Restricted(self.space, forbidden(self.space, assumed).union(left_out), start)

    def without(self, *broken: Assumption) -> tuple[Assumption, ...]:
        """What is assumed if only these do not hold."""
        return tuple(a for a in self.disruptions if a not in broken)

    def shown(self, *traces: Trace) -> ShownRun:
        """Parts of one run of the Pod, each beginning where the one before ended, replayed; only the last is shown."""
        steps = [s for trace in traces for s in trace.steps]
        kept = [v for v in POD.variables if v in traces[0].initial]
        cleaned = [replace(s, values={v: s.values[v] for v in kept}) for s in steps]
        whole = Trace(POD, traces[0].sizes, {v: traces[0].initial[v] for v in kept}, tuple(cleaned))
        return ShownRun(whole, len(steps) - len(traces[-1]), self.names)
