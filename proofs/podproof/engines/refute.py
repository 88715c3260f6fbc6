"""Shortest counterexamples over small systems, under any of several sets of assumptions.

One packed state space is compiled for each size; an assumption then only leaves out steps and initial states. The same
spaces serve the search for the minimal sets of disruptions that break a formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from podproof.claims.formulas import Formula
from podproof.engines import models
from podproof.engines.disruptions import breaking_sets
from podproof.engines.explicit import Search, StateSpace, predicates, saturation_notes
from podproof.engines.restricted import under
from podproof.evidence.verdicts import Answer, Limits, Method, Verdict
from podproof.language import FALSE, Assumption, Kind, System, UnsupportedError
from podproof.language.expressions import looks_at_order
from podproof.language.flat import Sizes, expand, flatten

MOST_OF_A_KIND = 2
MOST_ELEMENTS = 3
"""Counterexamples are looked for in systems of up to so many elements: of each kind, and in all."""


class Refuter:
    """Looks for counterexamples to one formula.

    candidates: the assumptions that may be put in force later; spaces: compiled state spaces, shared by those who pass
    the same dictionary. Raises DeclarationError for a formula about something that the system does not have.
    """

    def __init__(
        self,
        system: System,
        formula: Formula,
        candidates: Sequence[Assumption],
        limits: Limits,
        spaces: dict[Any, StateSpace] | None = None,
    ) -> None:
        formula.check_against(system)
        self.formula = formula
        self.candidates = tuple(candidates)
        self.limits = limits
        self._shapes = [a.shape for a in candidates if a.shape is not None]
        self._unfit: dict[int, str] = {}
        self.observed = (*formula.expressions(), *self._shapes)
        self.part = system.cone(self.observed, formula.events())
        self.sizes = possible_sizes(system)
        ordered = frozenset(kind for expr in self.observed for kind in looks_at_order(expr))
        self._place = (self.part.same, ordered)
        self._spaces = {} if spaces is None else spaces

    def shortest(self, assumed: Sequence[Assumption] = (), most: int = 1, larger: bool = True) -> Answer | None:
        """A shortest counterexample with up to `most` elements of a kind, or an ERROR that was met; None: neither.

        Once there is one, larger systems are asked whether they can do it in fewer steps, unless `larger` is off.
        """
        best: Answer | None = None
        for number, size in enumerate(self.sizes):
            if (best is None or not larger) and max(size.values(), default=0) > most:
                continue
            if not self.fits(size):
                continue
            depth = None if best is None or best.trace is None else len(best.trace) - 1
            answer = self._search(number, assumed, depth)
            if answer is not None and answer.verdict is Verdict.ERROR:
                return answer
            best = answer or best
            if best is not None and best.trace is not None and not best.trace.steps:
                break
        return best

    def shortest_of(self, size: Sizes) -> Answer | None:
        """A shortest counterexample in a system of this size, which fits, or an ERROR that was met."""
        return self._search(self.sizes.index(dict(size)), (), None)

    def can_start(self, assumed: Sequence[Assumption] = ()) -> bool:
        """Whether a system of some size has an initial state; about one that has none, everything is true."""
        if not any(map(self.fits, self.sizes)):
            return models.can_start(self.part.under(*assumed), self.sizes, self.limits)
        spaces = (under(self._space(n), assumed) for n, size in enumerate(self.sizes) if self.fits(size))
        return any(len(space.initial()) > 0 for space in spaces)

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
        """Why some size cannot be explored, where it cannot."""
        return next((reason for reason in self._unfit.values() if reason), "")

    def breaking(self, size: Sizes) -> list[frozenset[Assumption]]:
        """The minimal sets of candidates whose disruptions break the formula, in a system of this size, which fits."""
        number = self.sizes.index(dict(size))
        return breaking_sets(self._space(number), self.formula, self.candidates, self.limits)

    def _space(self, number: int) -> StateSpace:
        place = (*self._place, *self.sizes[number].items())
        if place not in self._spaces:
            self._spaces[place] = StateSpace(expand(self.part, self.sizes[number]), True, self.observed)
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
            level, state, index = search.overflowed
            reason = f"'{space.flat.steps[index].step.label}' would store a value outside its variable's domain"
            return Answer(Verdict.ERROR, Method.exhaustive, reason, search.trace(level, state), **about)
        return None


def possible_sizes(system: System, most: int = MOST_OF_A_KIND, in_all: int = MOST_ELEMENTS) -> list[dict[Kind, int]]:
    """Numbers of elements of each kind that initial states can have, small ones first."""
    kinds = system.kinds
    choices = [c for c in product(range(most + 1), repeat=len(kinds)) if sum(c) <= in_all]
    place = {(v, i): v for v in system.variables for i in (None, *range(most))}
    sizes = [dict(zip(kinds, choice, strict=True)) for choice in choices]
    conditions = system.initial_conditions
    possible = [size for size in sizes if all(flatten(c, place, size) is not FALSE for c in conditions)]
    return sorted(possible, key=lambda size: (sum(size.values()), [size[kind] for kind in reversed(kinds)]))
