"""Shortest counterexamples over small systems, under any of several sets of assumptions.

One packed state space is compiled for each size; an assumption then only leaves out steps and initial states. The same
spaces serve the search for the minimal sets of disruptions that break a formula.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from podproof.engines import static
from podproof.engines.disruptions import breaking_sets
from podproof.engines.explicit import Search, predicates, saturation_notes
from podproof.engines.restricted import under
from podproof.engines.sizes import (
    MOST_ELEMENTS,
    MOST_OF_A_KIND,
    fit_into,
    named,
    sizes_beyond,
    told_apart,
)
from podproof.engines.state_space import StateSpace
from podproof.language import Assumption, Kind, System, UnsupportedError
from podproof.language.expressions import looks_at_order
from podproof.language.flat import Sizes, expand, specialised
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits


class Refuter:
    """Looks for counterexamples to one formula.

    candidates: the assumptions that may be put in force later; spaces: compiled state spaces, shared by those who pass
    the same dictionary; sizes: what to look at; by default as much as the formula tells apart, and one more.
    Raises DeclarationError for a formula about something that the system does not have.
    """

    def __init__(
        self,
        system: System,
        formula: Formula,
        candidates: Sequence[Assumption],
        limits: Limits,
        spaces: dict[Any, StateSpace] | None = None,
        sizes: Sequence[dict[Kind, int]] | None = None,
    ) -> None:
        formula.check_against(system)
        self.formula = formula
        self.candidates = tuple(candidates)
        self.limits = limits
        self._shapes = [a.shape for a in candidates if a.shape is not None]
        self._unfit: dict[int, str] = {}
        self.observed = (*formula.expressions(), *self._shapes)
        self.part = system.cone(self.observed, formula.events())
        self.sizes = list(sizes_beyond(system, told_apart(formula, system)) if sizes is None else sizes)
        self._whole: dict[tuple[int, frozenset[Assumption]], int] = {}
        ordered = frozenset(kind for expr in self.observed for kind in looks_at_order(expr))
        self._place = (self.part.same, ordered)
        self._spaces = {} if spaces is None else spaces

    def shortest(
        self,
        assumed: Sequence[Assumption] = (),
        most: int = 1,
        in_all: int = MOST_ELEMENTS,
        larger: bool = True,
    ) -> Answer | None:
        """A shortest counterexample with up to `most` elements of a kind and so many in all, or an ERROR that was met;
        None: neither.

        Once there is one, larger systems are asked whether they can do it in fewer steps, unless `larger` is off.
        """
        few = [size for size in self.small if sum(size.values()) <= in_all]
        chosen = [size for size in few if max(size.values(), default=0) <= most]
        return self._shortest_in(chosen, assumed, self.small if larger else ())

    def comparing(self, kinds: Collection[Kind]) -> Answer | None:
        """The same, with as many elements of these kinds as the formula can tell apart, and of others the fewest."""
        others = [kind for kind in self.part.kinds if kind not in kinds]
        fewest = {kind: min(size.get(kind, 0) for size in self.sizes) for kind in others}
        return self._shortest_in([size for size in self.sizes if fewest.items() <= size.items()])

    def anywhere(self, assumed: Sequence[Assumption] = ()) -> Answer | None:
        """The same, in every size that is looked at, as far as the limits go."""
        return self._shortest_in(self.sizes, assumed)

    def explored(self, within: Sequence[Sizes], assumed: Sequence[Assumption] = ()) -> Answer | None:
        """TRUE, exhaustive, where all these sizes were gone through and show nothing; None where one was not."""
        numbers = [self.sizes.index(dict(size)) for size in within]
        states = [self._whole.get((number, frozenset(assumed))) for number in numbers]
        if not states or None in states or not any(states):
            return None
        largest, count = [(self.sizes[n], found) for n, found in zip(numbers, states, strict=True) if found][-1]
        others = [n for n, found in zip(numbers, states, strict=True) if found and self.sizes[n] is not largest]
        notes = tuple(f"so it is with {named(self.sizes[number])}" for number in others)
        return Answer(Verdict.TRUE, Method.exhaustive, states=count or 0, sizes=largest, notes=notes)

    def _shortest_in(
        self, chosen: Sequence[Sizes], assumed: Sequence[Assumption] = (), larger: Sequence[Sizes] = ()
    ) -> Answer | None:
        """larger: the sizes that are asked for a shorter one once there is one."""
        best: Answer | None = None
        too_large: list[Sizes] = []
        for number, size in enumerate(self.sizes):
            if size not in (chosen if best is None else larger) or (number, frozenset(assumed)) in self._whole:
                continue
            if any(fit_into(known, size) for known in too_large) or not self.limits.budget.left or not self.fits(size):
                continue
            depth = None if best is None or best.trace is None else len(best.trace) - 1
            answer = self._search(number, assumed, depth)
            if answer is not None and answer.verdict is Verdict.UNKNOWN:
                too_large.append(size)
                continue
            if answer is not None and answer.verdict is Verdict.ERROR:
                return answer
            best = answer or best
            if best is not None and best.trace is not None and not best.trace.steps:
                break
        return best

    @cached_property
    def small(self) -> list[dict[Kind, int]]:
        """The sizes of small systems; all where only others are meant."""
        few = [size for size in self.sizes if max(size.values(), default=0) <= MOST_OF_A_KIND]
        return [size for size in few if sum(size.values()) <= MOST_ELEMENTS] or self.sizes

    def shortest_of(self, size: Sizes) -> Answer | None:
        """A shortest counterexample in a system of this size, which fits, or an ERROR that was met."""
        answer = self._search(self.sizes.index(dict(size)), (), None)
        return None if answer is not None and answer.verdict is Verdict.UNKNOWN else answer

    def can_start(self, assumed: Sequence[Assumption] = ()) -> bool:
        """Whether a system of some size has an initial state; about one that has none, everything is true."""
        if not any(map(self.fits, self.small)):
            return static.can_start(self.part.under(*assumed), self.small, self.limits)
        fitting = (self.sizes.index(size) for size in self.small if self.fits(size))
        return any(len(under(self._space(number), assumed).initial()) > 0 for number in fitting)

    def fits(self, size: Sizes) -> bool:
        """Whether the states of a system of this size can be explored, and be asked for the formula and for what the
        candidates say of initial states; what does not fit into a word, or not into its numbers, cannot."""
        number = self.sizes.index(dict(size))
        if number not in self._unfit:
            self._unfit[number] = ""
            try:
                space = self._space(number)
                predicates(self.formula, space)
                for shape in self._shapes:
                    space.truth(space.flat.flatten(shape))
            except UnsupportedError as error:
                self._unfit[number] = str(error)
        return not self._unfit[number]

    @property
    def unfit(self) -> str:
        """Why some small size cannot be explored, where it cannot."""
        reasons = (self._unfit.get(self.sizes.index(size), "") for size in self.small)
        return next(filter(None, reasons), "")

    def breaking(self, size: Sizes) -> list[frozenset[Assumption]]:
        """The minimal sets of candidates whose disruptions break the formula, in a system of this size, which fits."""
        number = self.sizes.index(dict(size))
        if (number, frozenset()) in self._whole:
            return []  # it does not break, whatever happens
        return breaking_sets(self._space(number), self.formula, self.candidates, self.limits)

    def _space(self, number: int) -> StateSpace:
        place = (*self._place, *self.sizes[number].items())
        if place not in self._spaces:
            self._spaces[place] = StateSpace(specialised(expand(self.part, self.sizes[number])), True, self.observed)
        return self._spaces[place]

    def _search(self, number: int, assumed: Sequence[Assumption], depth: int | None) -> Answer | None:
        space = under(self._space(number), assumed)
        search = Search(space, self.limits)
        violation = search.run(*predicates(self.formula, space), depth=depth)
        about: dict[str, Any] = {"states": len(search.visited), "sizes": self.sizes[number]}
        if violation is not None:
            notes = saturation_notes(self.part)
            return Answer(Verdict.FALSE, Method.exhaustive, trace=search.trace(*violation), notes=notes, **about)
        if search.overflowed is not None:
            level, state, _ = search.overflowed
            return Answer(Verdict.ERROR, Method.exhaustive, search.overflow, search.trace(level, state), **about)
        if search.truncated:
            return Answer(Verdict.UNKNOWN, Method.bounded, search.truncated, **about)
        if depth is None:
            self._whole[number, frozenset(assumed)] = len(search.visited)
        return None
