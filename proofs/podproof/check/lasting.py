"""Questions about runs without an end: also what goes on is among the assumptions that may be needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import cast

from podproof.check.question import Question
from podproof.check.ways import NO_START, AssumptionSet, Means
from podproof.engines import liveness
from podproof.engines.liveness import LivenessSearch
from podproof.engines.sizes import named
from podproof.properties.answer import Answer, Verdict
from podproof.properties.temporal import Liveness


class Lasting:
    def __init__(self, question: Question, means: Means) -> None:
        self.question = question
        self.means = means

    @cached_property
    def _search(self) -> LivenessSearch:
        question = self.question
        formula = cast(Liveness, question.formula)
        return LivenessSearch(question.system, formula, question.candidates, self.means.limits)

    def answer(self) -> Answer:
        answer = self._search.answer()
        if answer.reason == liveness.NO_START:
            return replace(answer, reason=NO_START)
        if answer.reason == liveness.NEVER_ASKED:
            looked = named(answer.sizes or {})
            return replace(answer, verdict=Verdict.UNKNOWN, reason=f"it says nothing: {answer.reason} ({looked})")
        return answer

    def assumption_sets(self, broken: Answer) -> Iterator[AssumptionSet]:
        """The minimal sets of assumptions under which every run gets what it waits for."""
        search = self._search
        for chosen in search.repairs():
            answer = search.answer(chosen)
            if answer.reason in (liveness.NO_START, liveness.NEVER_ASKED):
                continue  # there is no such Pod, or none that begins to wait, so nothing is repaired
            ordered = tuple(a for a in search.candidates if a in chosen)
            without = {a: search.answer([b for b in ordered if b is not a]).trace for a in ordered}
            yield AssumptionSet(ordered, answer, {a: trace for a, trace in without.items() if trace is not None})
