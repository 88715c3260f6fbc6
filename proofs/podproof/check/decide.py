"""Deciding a claim: refute it on small systems, else prove it for every size; then ask when it would be true.

TRUE is either proved for every number of elements or, for questions about how long a run is or about runs without an
end, exhaustive for a stated size. FALSE is a shortest trace. A FALSE claim is then asked for its minimal sets of
assumptions: each set is proved (or looked at exhaustively), and each assumption in it is shown to be needed by a trace
of the claim breaking when only that one is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from podproof.certificates.certificate import certificate, goals
from podproof.check.lemmas import lemmas_of
from podproof.check.offered import proof_from_others
from podproof.check.question import Question
from podproof.check.store import Store
from podproof.claims.catalogue import CLAIMS
from podproof.engines import liveness, runs, static
from podproof.engines.disruptions import OutOfBounds, hitting_sets
from podproof.engines.liveness import LivenessSearch
from podproof.engines.refute import Refuter
from podproof.engines.sizes import MOST_ELEMENTS, MOST_OF_A_KIND, fit_into, named, possible_sizes
from podproof.engines.state_space import StateSpace
from podproof.engines.symbolic import Workshop, compares_elements, prove, recheck_within
from podproof.language import Assumption, Expr, System, UnsupportedError
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula, GraphFormula, Never, Reachable, Shortest
from podproof.properties.history import forget, forgotten
from podproof.properties.limits import Limits
from podproof.properties.temporal import Liveness
from podproof.properties.trace import Trace

NO_START = "no system of a small size has an initial state, so nothing would be said about anything"


@dataclass(frozen=True, eq=False)
class AssumptionSet:
    """A minimal set of assumptions under which the claim holds, its proof, and why none can be dropped."""

    assumptions: tuple[Assumption, ...]
    answer: Answer
    without: Mapping[Assumption, Trace]


@dataclass(frozen=True, eq=False)
class Result:
    """A claim decided. assumption_sets: the minimal ones, for a FALSE claim; complete: they are all there are; seconds:
    of the clock, to be shown; units: what was spent of the limits.
    """

    claim: Claim
    answer: Answer
    assumption_sets: tuple[AssumptionSet, ...]
    complete: bool
    seconds: float
    reason: str = ""
    units: int = 0

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
        answer, formula = self.answer, self.claim.formula
        shown = answer.verdict is Verdict.TRUE and answer.method is Method.exhaustive and bool(answer.sizes)
        return shown and isinstance(formula, GraphFormula | Liveness) and formula.most is None


class Judge:
    """Decides claims one after another; keeps what it learns about the model for those that follow."""

    def __init__(self, limits: Limits | None = None, store: Store | None = None) -> None:
        self.limits = limits or Limits()
        self._limits = self.limits.shared()
        self.store = Store.shipped() if store is None else store
        self.workshop = Workshop()
        self._spaces: dict[Any, StateSpace] = {}

    def decide(self, claim: Claim, assumption_sets: bool = True) -> Result:
        """The verdict, and for a FALSE claim when it would be true (unless `assumption_sets` is off).

        All that this takes together stays within the limits.
        """
        start = time.monotonic()
        self._limits = self.limits.shared()
        if isinstance(claim.formula, Liveness):
            return self._lasting(claim, claim.formula, assumption_sets, start)
        question = Question.asked(claim.system, claim.formula)
        refuter = None
        if question.rule.properties() and not static.applies(claim.system):
            refuter = self._refuter(question, claim.assumable)
        answer = self._answer(question, claim.id, refuter, lemmas_of(claim), claim.expected)
        found: tuple[AssumptionSet, ...] = ()
        complete, reason = True, answer.reason
        if answer.verdict is Verdict.FALSE and refuter is not None and assumption_sets:
            try:
                found = tuple(self._assumption_sets(claim, question, refuter, answer))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        return self._result(claim, answer, found, complete, start, reason)

    def answer(self, system: System, formula: Formula, key: str = "") -> Answer:
        """The verdict of one formula about one system; `key` names it in the store."""
        self._limits = self.limits.shared()
        if isinstance(formula, Liveness):
            return _said_of_none(LivenessSearch(system, formula, (), self._limits).answer())
        return self._answer(Question.asked(system, formula), key)

    def _result(
        self, claim: Claim, answer: Answer, found: tuple[AssumptionSet, ...], complete: bool, start: float, reason: str
    ) -> Result:
        return Result(claim, answer, found, complete, time.monotonic() - start, reason, self._limits.budget.spent)

    def _refuter(self, question: Question, candidates: Sequence[Assumption] = ()) -> Refuter:
        watched, rule = question.watched, question.rule
        return Refuter(watched, rule, candidates, self._limits, self._spaces, question.sizes)

    def _answer(
        self,
        question: Question,
        key: str = "",
        refuter: Refuter | None = None,
        lemmas: Sequence[Expr[bool]] = (),
        expected: Verdict | None = None,
    ) -> Answer:
        """expected: tells what to try first."""
        if isinstance(question.formula, Reachable):
            return self._reachable(question, question.formula, key, lemmas, expected is Verdict.FALSE)
        if isinstance(question.rule, GraphFormula):
            return self._size_by_size(question, question.rule)
        if static.applies(question.system):
            return self._at_rest(question.system, question.formula, key, lemmas)
        refuter = refuter or self._refuter(question)
        answer = self._about_steps(question, key, refuter, lemmas, expected is Verdict.TRUE)
        if answer.verdict is Verdict.UNKNOWN and isinstance(question.formula, GraphFormula):
            answer = refuter.explored(question.needed) or answer
        return self._about_something(question, forgotten(answer, question.system))

    def _about_steps(
        self,
        question: Question,
        key: str,
        refuter: Refuter,
        lemmas: Sequence[Expr[bool]],
        hopeful: bool,
    ) -> Answer:
        """A question about single states and steps.

        hopeful: it is expected to be true, so that a proof without a search is tried before small systems are explored.
        """
        system, formula = question.watched, question.rule
        if not refuter.can_start():
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        stored = self._stored_proof(system, formula, key)
        if stored is not None:
            return stored
        if question.most is not None:
            refuted = refuter.anywhere() or refuter.explored(question.needed)
            return refuted or self._prove(system, formula, key)
        helped = self._without_search(system, formula, lemmas) if hopeful else None
        if helped is not None:
            return helped
        witness = isinstance(question.formula, Reachable)  # any one will do
        refuted = refuter.shortest(larger=not witness)
        if refuted is not None:
            return refuted
        # One element of each kind has shown nothing: a proof for every number, or a larger counterexample.
        helped = None if hopeful else self._from_lemmas(system, formula, lemmas)
        if helped is not None:
            return helped
        compared = compares_elements(formula)
        refuted = refuter.comparing(compared) if compared else None
        if refuted is None and (compared or witness or isinstance(question.formula, GraphFormula)):
            in_all = MOST_ELEMENTS if compared or witness else 2
            refuted = refuter.shortest(most=MOST_OF_A_KIND, in_all=in_all, larger=not witness)
        if refuted is not None:
            return refuted
        proved = self._from_others(system, formula) or self._prove(system, formula, key)
        if proved.verdict is Verdict.TRUE:
            return proved
        if refuter.unfit:
            proved = replace(proved, reason="; ".join(dict.fromkeys((refuter.unfit, proved.reason))))
        return refuter.anywhere() or proved

    def _lasting(self, claim: Claim, formula: Liveness, assumption_sets: bool, start: float) -> Result:
        """About runs without an end: also what goes on is among the assumptions that may be needed."""
        search = LivenessSearch(claim.system, formula, claim.assumable, self._limits)
        answer = _said_of_none(search.answer())
        found: tuple[AssumptionSet, ...] = ()
        complete, reason = True, answer.reason
        if answer.verdict is Verdict.FALSE and assumption_sets:
            try:
                found = tuple(_lasting_sets(search))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        return self._result(claim, answer, found, complete, start, reason)

    def _size_by_size(self, question: Question, formula: GraphFormula) -> Answer:
        """A question that only exploration answers: how long the shortest run is, and what has no end of values."""
        found: list[Answer] = []
        undecided: list[Answer] = []
        for size in question.needed:
            if any(fit_into(a.sizes or {}, size) for a in undecided):
                continue
            answer = runs.check(question.system, formula, size, self._limits)
            if answer.verdict is Verdict.UNKNOWN:
                undecided.append(answer)
            elif answer.verdict is not Verdict.ERROR:
                found.append(answer)
            elif answer.states:
                return answer
        said = [answer for answer in found if answer.reason != runs.NEVER_REACHED]
        if isinstance(formula, Shortest):
            reached = [answer for answer in said if answer.trace is not None]
            shortest = min(reached, key=lambda a: len(a.trace or ()), default=None)
            if shortest is not None and (not undecided or len(shortest.trace or ()) < formula.steps):
                return replace(runs.shortest_is(formula, shortest), notes=_so_it_is(found, shortest))
        else:
            refuted = next((answer for answer in said if answer.verdict is Verdict.FALSE), None)
            if refuted is not None:
                return refuted
        if undecided:
            first = undecided[0]
            return replace(first, reason=f"{named(first.sizes or {})}: {first.reason}")
        if not found:
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        if said:
            return replace(said[-1], notes=_so_it_is(found, said[-1]))
        return _says_nothing(question, formula, found[-1])

    def _about_something(self, question: Question, answer: Answer) -> Answer:
        """A TRUE of what no run comes to says nothing, so it is none."""
        formula = question.formula
        if answer.verdict is not Verdict.TRUE or not isinstance(formula, GraphFormula):
            return answer
        small = [size for size in question.needed if sum(size.values()) <= 2]
        larger = [size for size in question.needed if size not in small]
        if self._begins(question.system, formula, small):
            return answer
        target = getattr(formula, "target", None)
        if target is not None and self._prove(question.system, Never(target), "").verdict is Verdict.TRUE:
            return _says_nothing(question, formula, answer)
        return answer if self._begins(question.system, formula, larger) else _says_nothing(question, formula, answer)

    def _begins(self, system: System, formula: GraphFormula, sizes: Sequence[Sizes]) -> bool:
        """Whether some run of a system of these sizes comes to what the formula is about."""
        return any(runs.begins(system, formula, size, self._limits).verdict is Verdict.TRUE for size in sizes)

    def _at_rest(self, system: System, formula: Formula, key: str, lemmas: Sequence[Expr[bool]]) -> Answer:
        """About a system that does not move: some state breaks the formula, or none does."""
        formula.check_against(system)
        sizes = possible_sizes(system)
        if not static.can_start(system, sizes, self._limits):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        refuted = static.refuted(system, formula, sizes, self._limits)
        return refuted or self._from_lemmas(system, formula, lemmas) or self._prove(system, formula, key)

    def _reachable(
        self, question: Question, formula: Reachable, key: str, lemmas: Sequence[Expr[bool]], hopeless: bool
    ) -> Answer:
        """That something is never reached is a statement about states; what refutes it is the witness."""
        formula.check_against(question.system)
        absence = replace(question, rule=Never(formula.holds))
        if static.applies(question.system):
            never = self._at_rest(question.system, absence.rule, key, lemmas)
        else:
            refuter = self._refuter(absence)
            never = self._about_steps(absence, key, refuter, lemmas, hopeless)
        opposite = {Verdict.TRUE: Verdict.FALSE, Verdict.FALSE: Verdict.TRUE}
        return replace(never, verdict=opposite.get(never.verdict, never.verdict))

    def _prove(self, system: System, formula: Formula, key: str) -> Answer:
        """A proof for every number of elements, newly found."""
        answer = prove(system, formula, self._limits, self.workshop)
        if answer.certificate is not None and key:
            found = answer.certificate.clauses[len(goals(formula)) :]
            self.store.put(self.store.key(key, system.assumed), found)
        return answer

    def _from_lemmas(self, system: System, formula: Formula, lemmas: Sequence[Expr[bool]]) -> Answer | None:
        """A proof from lemmas, and from what is fixed from the start and never changes."""
        if not lemmas:
            return None
        fixed = [c for c in system.initial_conditions if variables_in(c) <= set(system.frozen)]
        return self._proof_from(system, formula, [*lemmas, *fixed])

    def _without_search(self, system: System, formula: Formula, lemmas: Sequence[Expr[bool]]) -> Answer | None:
        """A proof from the lemmas; or from nothing, where every step shows what the formula says."""
        return self._from_lemmas(system, formula, lemmas) if lemmas else self._proof_from(system, formula, [])

    def _from_others(self, system: System, formula: Formula) -> Answer | None:
        """A proof from what proves the claims that ship."""
        proof = proof_from_others(system, formula, CLAIMS, self.store, self._limits)
        return None if proof is None else Answer(Verdict.TRUE, Method.proved, certificate=proof)

    def _stored_proof(self, system: System, formula: Formula, key: str) -> Answer | None:
        """The proof made of the stored invariant, if there is one and it passes every check."""
        stored = self.store.get(self.store.key(key, system.assumed), system) if key else None
        return None if stored is None else self._proof_from(system, formula, stored)

    def _proof_from(self, system: System, formula: Formula, invariant: Sequence[Expr[bool]]) -> Answer | None:
        try:
            proof = certificate(system, formula.properties(), [*goals(formula), *invariant])
        except UnsupportedError:
            return None
        if recheck_within(self._limits, proof):
            return None
        return Answer(Verdict.TRUE, Method.proved, certificate=proof)

    # When would it be true?

    def _assumption_sets(
        self, claim: Claim, question: Question, refuter: Refuter, refuted: Answer
    ) -> Iterator[AssumptionSet]:
        candidates = refuter.candidates
        small = [size for size in refuter.small if max(size.values(), default=0) <= 1 and refuter.fits(size)]
        breaking: list[frozenset[Assumption]] = []
        for size in [refuted.sizes] if refuted.sizes not in small and refuted.sizes else reversed(small):
            breaking += refuter.breaking(size)
            if frozenset() in breaking:
                return  # it breaks without any of them
        answers: dict[frozenset[Assumption], Answer] = {}
        while True:
            sets = hitting_sets(breaking, candidates)
            for chosen in sets:
                if chosen not in answers:
                    answers[chosen] = self._under(claim, question, chosen, refuter)
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
            if self._about_something(question.under(chosen), answers[chosen]) is not answers[chosen]:
                continue  # no run comes to what it is about
            ordered = tuple(a for a in candidates if a in chosen)
            without = {a: _still_breaks(refuter, [b for b in ordered if b is not a]) for a in ordered}
            traces = {
                a: forget(answer.trace, question.system)
                for a, answer in without.items()
                if answer is not None and answer.trace is not None
            }
            yield AssumptionSet(ordered, answers[chosen], traces)

    def _under(self, claim: Claim, question: Question, chosen: frozenset[Assumption], refuter: Refuter) -> Answer:
        ordered = sorted(chosen, key=lambda a: a.name)
        if not refuter.can_start(ordered):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        system, formula = question.watched.under(*ordered), question.rule
        stored = self._stored_proof(system, formula, claim.id)
        if stored is not None:
            return stored
        if question.most is not None:
            found = refuter.anywhere(ordered) or refuter.explored(question.needed, ordered)
            return found or self._prove(system, formula, claim.id)
        helped = self._from_lemmas(system, formula, lemmas_of(claim))
        if helped is not None:
            return helped
        # What is left of a small Pod's life under assumptions is soon explored; a proof in vain takes long.
        refuted = refuter.shortest(ordered, MOST_OF_A_KIND)
        return refuted or self._from_others(system, formula) or self._prove(system, formula, claim.id)


def _said_of_none(answer: Answer) -> Answer:
    if answer.reason == liveness.NO_START:
        return replace(answer, reason=NO_START)
    if answer.reason == liveness.NEVER_ASKED:
        looked = named(answer.sizes or {})
        return replace(answer, verdict=Verdict.UNKNOWN, reason=f"it says nothing: {answer.reason} ({looked})")
    return answer


def _says_nothing(question: Question, formula: GraphFormula, answer: Answer) -> Answer:
    reason = f"it says nothing: {runs.NEVER_REACHED}"
    if isinstance(formula, Shortest) and not question.system.kinds:
        return replace(answer, reason=reason)
    looked = f"{reason}, with up to {named(question.needed[-1])}"
    return Answer(Verdict.UNKNOWN, Method.exhaustive, looked, sizes=answer.sizes)


def _so_it_is(found: Sequence[Answer], shown: Answer) -> tuple[str, ...]:
    """In which other sizes it was looked."""
    others = [answer.sizes for answer in found if answer is not shown and answer.sizes]
    return (*shown.notes, *(f"so it is with {named(size)}" for size in others))


def _lasting_sets(search: LivenessSearch) -> Iterator[AssumptionSet]:
    """The minimal sets of assumptions under which every run gets what it waits for."""
    for chosen in search.repairs():
        answer = search.answer(chosen)
        if answer.reason in (liveness.NO_START, liveness.NEVER_ASKED):
            continue  # there is no such Pod, or none that begins to wait, so nothing is repaired
        ordered = tuple(a for a in search.candidates if a in chosen)
        without = {a: search.answer([b for b in ordered if b is not a]).trace for a in ordered}
        yield AssumptionSet(ordered, answer, {a: trace for a, trace in without.items() if trace is not None})


def _still_breaks(refuter: Refuter, assumed: Sequence[Assumption]) -> Answer | None:
    """The smallest system in which the formula breaks under too few assumptions, and the shortest run in it."""
    return refuter.shortest(assumed, larger=False) or refuter.shortest(assumed, MOST_OF_A_KIND, larger=False)
