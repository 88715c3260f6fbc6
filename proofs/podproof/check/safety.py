"""Questions about single states and steps: refuted on small systems, else proved for every size.

A FALSE formula is then asked for its minimal sets of assumptions: each set is proved (or looked at exhaustively), and
each assumption in it is shown to be needed by a trace of the formula breaking when only that one is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from podproof.check.occasions import if_it_says_something
from podproof.check.question import Question
from podproof.check.ways import NO_START, AssumptionSet, Means
from podproof.engines.disruptions import OutOfBounds, hitting_sets
from podproof.engines.refute import Refuter
from podproof.engines.sizes import MOST_ELEMENTS, MOST_OF_A_KIND
from podproof.engines.symbolic import compares_elements
from podproof.language import Assumption
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Asks
from podproof.properties.history import forget, forgotten

MOST_MORE = 3
"""With fields at their lowest values, and so many times one more."""


class Safety:
    """Also of a formula about whole runs, where it is one about the states of a system with a memory."""

    def __init__(self, question: Question, means: Means) -> None:
        self.question = question
        self.means = means
        self.proofs = means.proofs

    def answer(self) -> Answer:
        question = self.question
        answer = self._answer()
        if answer.verdict is Verdict.UNKNOWN and (self._of_runs or not question.watched.kinds):
            answer = self.refuter.explored(question.needed) or answer
        return if_it_says_something(question, forgotten(answer, question.system), self.means)

    @property
    def _of_runs(self) -> bool:
        return self.question.formula.asks is Asks.graph

    @cached_property
    def refuter(self) -> Refuter:
        question, means = self.question, self.means
        candidates = () if question.wants_witness else question.candidates
        return Refuter(question.watched, question.rule, candidates, means.limits, means.spaces, question.sizes)

    def _answer(self) -> Answer:
        question, refuter, proofs = self.question, self.refuter, self.proofs
        system, rule, lemmas = question.watched, question.rule, question.lemmas
        if not refuter.can_start():
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        stored = proofs.stored(system, rule, question.key)
        if stored is not None:
            return stored
        if system.open_fields and system.timed:
            return self._with_values() or proofs.searched(system, rule, question.key)
        if question.most is not None:
            refuted = refuter.anywhere() or refuter.explored(question.needed)
            return refuted or proofs.searched(system, rule, question.key)
        # What is expected to be true is proved without a search, if that can be, before small systems are explored.
        helped = proofs.without_search(system, rule, lemmas) if question.hopeful else None
        if helped is not None:
            return helped
        witness = question.wants_witness  # any one will do
        refuted = refuter.shortest(larger=not witness)
        if refuted is not None:
            return refuted
        # One element of each kind has shown nothing: a proof for every number, or a larger counterexample.
        helped = None if question.hopeful else proofs.from_lemmas(system, rule, lemmas)
        if helped is not None:
            return helped
        compared = compares_elements(rule)
        refuted = refuter.comparing(compared) if compared else None
        if refuted is None and (compared or witness or self._of_runs):
            in_all = MOST_ELEMENTS if compared or witness else 2
            refuted = refuter.shortest(most=MOST_OF_A_KIND, in_all=in_all, larger=not witness)
        if refuted is not None:
            return refuted
        proved = proofs.from_others(system, rule, question.key) or proofs.searched(system, rule, question.key)
        if proved.verdict is Verdict.TRUE:
            return proved
        if refuter.unfit:
            proved = replace(proved, reason="; ".join(dict.fromkeys((refuter.unfit, proved.reason))))
        return refuter.anywhere() or proved

    def _with_values(self) -> Answer | None:
        """A counterexample where fields have some small values, or an ERROR that was met."""
        question = self.question
        for more in range(MOST_MORE):
            system = question.watched.small(more)
            refuter = Refuter(system, question.rule, (), self.means.limits, self.means.spaces)
            found = refuter.shortest(larger=False)
            if found is not None:
                return found
        return None

    # When would it be true?

    def assumption_sets(self, broken: Answer) -> Iterator[AssumptionSet]:
        question, refuter = self.question, self.refuter
        candidates = refuter.candidates
        small = [size for size in refuter.small if max(size.values(), default=0) <= 1 and refuter.fits(size)]
        breaking: list[frozenset[Assumption]] = []
        for size in [broken.sizes] if broken.sizes not in small and broken.sizes else reversed(small):
            breaking += refuter.breaking(size)
            if frozenset() in breaking:
                return  # it breaks without any of them
        answers: dict[frozenset[Assumption], Answer] = {}
        while True:
            sets = hitting_sets(breaking, candidates)
            for chosen in sets:
                if chosen not in answers:
                    answers[chosen] = self._under(chosen)
            larger = [answers[s] for s in sets if answers[s].verdict is Verdict.FALSE]
            if not larger:
                break
            # A larger system breaks it where the small ones did not: with which disruptions?
            known = len(breaking)
            for answer in larger:
                assert answer.sizes is not None
                breaking += [b for b in refuter.breaking(answer.sizes) if b not in breaking]
            if len(breaking) == known:
                raise OutOfBounds("a counterexample under the assumptions found could not be attributed")
        for chosen in sets:
            if answers[chosen].reason == NO_START:
                continue  # there is no such Pod, so nothing is repaired
            if if_it_says_something(question.under(chosen), answers[chosen], self.means) is not answers[chosen]:
                continue  # no run comes to what it is about
            ordered = tuple(a for a in candidates if a in chosen)
            without = {a: self._still_breaks([b for b in ordered if b is not a]) for a in ordered}
            traces = {
                a: forget(answer.trace, question.system)
                for a, answer in without.items()
                if answer is not None and answer.trace is not None
            }
            yield AssumptionSet(ordered, answers[chosen], traces)

    def _under(self, chosen: frozenset[Assumption]) -> Answer:
        question, refuter, proofs = self.question, self.refuter, self.proofs
        ordered = sorted(chosen, key=lambda a: a.name)
        if not refuter.can_start(ordered):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        system, rule = question.watched.under(*ordered), question.rule
        stored = proofs.stored(system, rule, question.key)
        if stored is not None:
            return stored
        if question.most is not None:
            found = refuter.anywhere(ordered) or refuter.explored(question.needed, ordered)
            return found or proofs.searched(system, rule, question.key)
        helped = proofs.from_lemmas(system, rule, question.lemmas)
        if helped is not None:
            return helped
        # What is left of a small Pod's life under assumptions is soon explored; a proof in vain takes long.
        refuted = refuter.shortest(ordered, MOST_OF_A_KIND)
        return refuted or proofs.from_others(system, rule, question.key) or proofs.searched(system, rule, question.key)

    def _still_breaks(self, assumed: Sequence[Assumption]) -> Answer | None:
        """The smallest system in which the rule breaks under too few assumptions, and the shortest run in it."""
        shortest = self.refuter.shortest
        return shortest(assumed, larger=False) or shortest(assumed, MOST_OF_A_KIND, larger=False)
