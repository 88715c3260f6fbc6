"""Questions that only exploration answers: how long the shortest run is, and what has no end of values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from podproof.check.occasions import SAYS_NOTHING, says_nothing
from podproof.check.question import Question
from podproof.check.ways import NO_START, AssumptionSet, Means
from podproof.engines import graph
from podproof.engines.sizes import fit_into, named
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.whole_runs import GraphFormula


class SizeBySize:
    def __init__(self, question: Question, means: Means) -> None:
        self.question = question
        self.means = means

    def answer(self) -> Answer:
        question, formula = self.question, cast(GraphFormula, self.question.formula)
        found: list[Answer] = []
        undecided: list[Answer] = []
        for size in question.needed:
            if any(fit_into(a.sizes or {}, size) for a in undecided):
                continue
            answer = graph.check(question.system, formula, size, limits=self.means.limits)
            if answer.verdict is Verdict.UNKNOWN:
                undecided.append(answer)
            elif answer.verdict is not Verdict.ERROR:
                found.append(answer)
            elif answer.states:
                return answer
        said = [answer for answer in found if answer.reason != graph.NEVER_REACHED]
        if formula.length is None:
            refuted = next((answer for answer in said if answer.verdict is Verdict.FALSE), None)
            if refuted is not None:
                return refuted
        else:
            shortest = _shortest(said)
            if shortest is not None and (not undecided or len(shortest.trace or ()) < formula.length):
                return replace(shortest, notes=_so_it_is(found, shortest))
        if undecided:
            first = undecided[0]
            return replace(first, reason=f"{named(first.sizes or {})}: {first.reason}")
        if not found:
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        if said:
            return replace(said[-1], notes=_so_it_is(found, said[-1]))
        if formula.length is not None and not question.system.kinds:
            return replace(found[-1], reason=SAYS_NOTHING)  # what is never reached is not reached in so many steps
        return says_nothing(question, found[-1])

    def assumption_sets(self, broken: Answer) -> Iterator[AssumptionSet]:
        """Which assumptions would make it true is not asked."""
        return iter(())


def _shortest(answers: Sequence[Answer]) -> Answer | None:
    reached = [answer for answer in answers if answer.trace is not None]
    return min(reached, key=lambda answer: len(answer.trace or ()), default=None)


def _so_it_is(found: Sequence[Answer], shown: Answer) -> tuple[str, ...]:
    """In which other sizes it was looked."""
    others = [answer.sizes for answer in found if answer is not shown and answer.sizes]
    return (*shown.notes, *(f"so it is with {named(size)}" for size in others))
