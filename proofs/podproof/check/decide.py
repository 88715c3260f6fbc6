"""Deciding a claim: which way to answer is for which sort of question, and what comes out of it.

TRUE is either proved for every number of elements or, for questions about how long a run is or about runs without an
end, exhaustive for a stated size. FALSE is a shortest trace.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from podproof.check.lasting import Lasting
from podproof.check.proofs import Proofs
from podproof.check.question import Question
from podproof.check.safety import Safety
from podproof.check.size_by_size import SizeBySize
from podproof.check.static import Static
from podproof.check.store import Hints, Store
from podproof.check.time_goes_on import if_time_goes_on
from podproof.check.ways import AssumptionSet, Means, Way
from podproof.engines.disruptions import OutOfBounds
from podproof.engines.state_space import StateSpace
from podproof.engines.static import applies
from podproof.engines.symbolic import Workshop
from podproof.language import System
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Asks, Formula
from podproof.properties.limits import Limits

WAYS: Mapping[Asks, type[Way]] = {Asks.safety: Safety, Asks.graph: SizeBySize, Asks.fair_cycle: Lasting}

OPPOSITE = {Verdict.TRUE: Verdict.FALSE, Verdict.FALSE: Verdict.TRUE}


@dataclass(frozen=True, eq=False)
class Result:
    """A claim decided. assumption_sets: the minimal ones, for a FALSE claim; complete: they are all there are; seconds:
    of the clock, to be shown; units: what was spent of the limits; hints: what became of stored invariants.
    """

    claim: Claim
    answer: Answer
    assumption_sets: tuple[AssumptionSet, ...]
    complete: bool
    seconds: float
    reason: str = ""
    units: int = 0
    hints: Hints = field(default_factory=Hints)

    def __repr__(self) -> str:
        sets = " or ".join(" and ".join(map(str, c.assumptions)) for c in self.assumption_sets)
        return f"<{self.claim.id}: {self.verdict}, {self.answer.known}{f'; true if {sets}' if sets else ''}>"

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def as_expected(self) -> bool:
        return self.verdict is self.claim.expected and not self.of_some_sizes_only

    @property
    def of_some_sizes_only(self) -> bool:
        """TRUE of the systems that were looked at, of a claim that does not say that it is about no others."""
        answer = self.answer
        shown = answer.verdict is Verdict.TRUE and answer.method is Method.exhaustive and bool(answer.sizes)
        return shown and self.claim.formula.opposite is None and self.claim.formula.sizes is None


class Judge:
    """Decides claims one after another; keeps what it learns about the model for those that follow.

    hints: what became of stored invariants so far.
    """

    def __init__(self, limits: Limits | None = None, store: Store | None = None) -> None:
        self.limits = limits or Limits()
        self.store = Store.shipped() if store is None else store
        self.hints = Hints()
        self._workshop = Workshop()
        self._spaces: dict[Any, StateSpace] = {}

    def decide(self, claim: Claim, assumption_sets: bool = True) -> Result:
        """The verdict, and for a FALSE claim when it would be true (unless `assumption_sets` is off).

        All that this takes together stays within the limits.
        """
        start = time.monotonic()
        means = self._means()
        question = Question.of(claim)
        way = _way(question, means)
        answer = self._timed(question, _of_formula(question, way.answer()), means)
        found: tuple[AssumptionSet, ...] = ()
        complete, reason = True, answer.reason
        # Assumptions forbid: they never make something reachable.
        if answer.verdict is Verdict.FALSE and assumption_sets and not question.wants_witness:
            try:
                found = tuple(way.assumption_sets(answer))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            timed = [self._timed(question.under(each.assumptions), each.answer, means) for each in found]
            for each, known in zip(found, timed, strict=True):
                if known.verdict is Verdict.ERROR:  # nor were larger sets looked for
                    complete, reason = False, f"assuming {', '.join(map(str, each.assumptions))}, {known.reason}"
            found = tuple(
                replace(each, answer=known)
                for each, known in zip(found, timed, strict=True)
                if known.verdict is not Verdict.ERROR
            )
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        seconds = time.monotonic() - start
        hints = means.proofs.hints
        self.hints.add(hints)
        return Result(claim, answer, found, complete, seconds, reason, means.limits.budget.spent, hints)

    def answer(self, system: System, formula: Formula, key: str = "") -> Answer:
        """The verdict of one formula about one system; `key` names it in the store."""
        question = Question.asked(system, formula, key)
        means = self._means()
        answer = self._timed(question, _of_formula(question, _way(question, means).answer()), means)
        self.hints.add(means.proofs.hints)
        return answer

    def _timed(self, question: Question, answer: Answer, means: Means) -> Answer:
        """As it is where time goes on, which is itself asked about states and steps only."""

        def decide(system: System, formula: Formula, what: str) -> Answer:
            key = f"{question.key}, where {what}" if question.key else ""
            return _way(Question.asked(system, formula, key), means).answer()

        return if_time_goes_on(question, answer, means, decide)

    def _means(self) -> Means:
        limits = self.limits.shared()
        return Means(limits, Proofs(self.store, self._workshop, limits), self._spaces)


def _way(question: Question, means: Means) -> Way:
    static = question.rule.asks is Asks.safety and applies(question.system)
    return Static(question, means) if static else WAYS[question.rule.asks](question, means)


def _of_formula(question: Question, answer: Answer) -> Answer:
    """What was found of the opposite of what was asked, as an answer to what was asked."""
    if not question.wants_witness:
        return answer
    return replace(answer, verdict=OPPOSITE.get(answer.verdict, answer.verdict))
