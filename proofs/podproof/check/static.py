"""Questions about static systems, which do not move: some state breaks the formula, or none does."""

from __future__ import annotations

from collections.abc import Iterator

from podproof.check.occasions import if_it_says_something
from podproof.check.question import Question
from podproof.check.ways import NO_START, AssumptionSet, Means
from podproof.engines.sizes import possible_sizes
from podproof.engines.static import can_start, refuted
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.history import forgotten


class Static:
    def __init__(self, question: Question, means: Means) -> None:
        self.question = question
        self.means = means

    def answer(self) -> Answer:
        question = self.question
        answer = forgotten(self._answer(), question.system)
        return if_it_says_something(question, answer, self.means)

    def _answer(self) -> Answer:
        question, proofs, limits = self.question, self.means.proofs, self.means.limits
        system, rule = question.watched, question.rule
        question.formula.check_against(question.system)
        sizes = possible_sizes(system)
        if not can_start(system, sizes, limits):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        return (
            proofs.stored(system, rule, question.key)
            or refuted(system, rule, sizes, limits)
            or proofs.from_lemmas(system, rule, question.lemmas)
            or proofs.searched(system, rule, question.key)
        )

    def assumption_sets(self, broken: Answer) -> Iterator[AssumptionSet]:
        """Nothing is done there that an assumption could forbid."""
        return iter(())
