"""Deciding a claim: refute it on small systems, else prove it for every size; then ask when it would be true.

TRUE is either proved for every number of elements or, for questions about the explored graph or about runs without an
end, exhaustive for a stated size. FALSE is a shortest trace. A FALSE claim is then asked for its minimal sets of
assumptions: each set is proved (or looked at exhaustively), and each assumption in it is shown to be needed by a trace
of the claim breaking when only that one is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from podproof.claims.claim import Claim
from podproof.claims.formulas import Formula, Never, NoReturn, Passes, Reachable, Shortest
from podproof.claims.temporal import Liveness
from podproof.engines import explicit, graph, liveness, models
from podproof.engines.disruptions import OutOfBounds, hitting_sets
from podproof.engines.explicit import StateSpace
from podproof.engines.liveness import LivenessSearch
from podproof.engines.refute import MOST_OF_A_KIND, Refuter, possible_sizes
from podproof.engines.symbolic import Workshop, compares_elements, prove
from podproof.evidence.certificate import EFFORT, certificate, goals, recheck
from podproof.evidence.stored import Store
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, Verdict
from podproof.language import Assumption, Expr, System, UnsupportedError
from podproof.language.expressions import variables_in

NO_START = "no system of a small size has an initial state, so nothing would be said about anything"


@dataclass(frozen=True, eq=False)
class Condition:
    """A minimal set of assumptions under which the claim holds, its proof, and why none can be dropped."""

    assumptions: tuple[Assumption, ...]
    answer: Answer
    without: Mapping[Assumption, Trace]


@dataclass(frozen=True, eq=False)
class Result:
    """A claim decided. conditions: minimal sets of assumptions, for a FALSE claim; complete: they are all there are."""

    claim: Claim
    answer: Answer
    conditions: tuple[Condition, ...]
    complete: bool
    seconds: float
    reason: str = ""

    def __repr__(self) -> str:
        sets = " or ".join(" and ".join(map(str, c.assumptions)) for c in self.conditions)
        return f"<{self.claim.id}: {self.verdict}, {self.answer.known}{f'; true if {sets}' if sets else ''}>"

    @property
    def verdict(self) -> Verdict:
        return self.answer.verdict

    @property
    def as_expected(self) -> bool:
        return self.verdict is self.claim.expected


class Judge:
    """Decides claims one after another; keeps what it learns about the model for those that follow."""

    def __init__(self, limits: Limits | None = None, store: Store | None = None) -> None:
        self.limits = limits or Limits()
        self.store = Store.shipped() if store is None else store
        self.workshop = Workshop()
        self._spaces: dict[Any, StateSpace] = {}
        self._graphs: dict[Any, graph.Exploration] = {}

    def decide(self, claim: Claim, conditions: bool = True) -> Result:
        """The verdict, and for a FALSE claim when it would be true (unless `conditions` is off)."""
        start = time.monotonic()
        if isinstance(claim.formula, Liveness):
            return self._lasting(claim, claim.formula, conditions, start)
        refuter = None
        if claim.formula.properties() and not models.applies(claim.system):
            refuter = Refuter(claim.system, claim.formula, claim.assumable, self.limits, self._spaces)
        hopeful = claim.expected is Verdict.TRUE
        answer = self.answer(claim.system, claim.formula, claim.id, refuter, claim.lemmas, hopeful)
        found: tuple[Condition, ...] = ()
        complete, reason = True, answer.reason
        if answer.verdict is Verdict.FALSE and refuter is not None and conditions:
            try:
                found = tuple(self._conditions(claim, refuter, answer))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        return Result(claim, answer, found, complete, time.monotonic() - start, reason)

    def answer(
        self,
        system: System,
        formula: Formula,
        key: str = "",
        refuter: Refuter | None = None,
        lemmas: Sequence[Expr[bool]] = (),
        hopeful: bool = False,
    ) -> Answer:
        """The verdict of one formula about one system; `key` names it in the store.

        hopeful: it is expected to be true, so that a proof without a search is tried before small systems are explored.
        """
        if isinstance(formula, Passes | NoReturn | Shortest):
            return self._about_graph(system, formula)
        if isinstance(formula, Liveness):
            return _said_of_none(LivenessSearch(system, formula, (), self.limits).answer())
        if isinstance(formula, Reachable):
            return self._reachable(system, formula, key, lemmas)
        if models.applies(system):
            return self._at_rest(system, formula, key, lemmas)
        refuter = refuter or Refuter(system, formula, (), self.limits, self._spaces)
        if not refuter.can_start():
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        stored = self._stored_proof(system, formula, key)
        if stored is not None:
            return stored
        helped = self._without_search(system, formula, lemmas) if hopeful else None
        if helped is not None:
            return helped
        refuted = refuter.shortest(most=1)
        if refuted is not None:
            return refuted
        # One element of each kind has shown nothing: a proof for every number, or a larger counterexample.
        helped = None if hopeful else self._from_lemmas(system, formula, lemmas)
        if helped is not None:
            return helped
        if compares_elements(formula):
            refuted = refuter.shortest(most=MOST_OF_A_KIND)
            if refuted is not None:
                return refuted
        proved = self._prove(system, formula, key)
        if proved.verdict is Verdict.TRUE:
            return proved
        if refuter.unfit:
            proved = replace(proved, reason="; ".join(dict.fromkeys((refuter.unfit, proved.reason))))
        return refuter.shortest(most=MOST_OF_A_KIND) or proved

    def _lasting(self, claim: Claim, formula: Liveness, conditions: bool, start: float) -> Result:
        """About runs without an end: also what goes on is among the assumptions that may be needed."""
        search = LivenessSearch(claim.system, formula, claim.assumable, self.limits)
        answer = _said_of_none(search.answer())
        found: tuple[Condition, ...] = ()
        complete, reason = True, answer.reason
        if answer.verdict is Verdict.FALSE and conditions:
            try:
                found = tuple(_lasting_conditions(search))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        return Result(claim, answer, found, complete, time.monotonic() - start, reason)

    def _about_graph(self, system: System, formula: Passes | NoReturn | Shortest) -> Answer:
        """Questions about the explored graph share the graph of the largest system with at most one of each kind."""
        formula.check_against(system)
        if system.same not in self._graphs:
            small = [size for size in possible_sizes(system) if max(size.values(), default=0) <= 1]
            for size in reversed(small):
                try:
                    self._graphs[system.same] = graph.explore(system, size, self.limits)
                    break
                except graph.NoStart:
                    continue
                except UnsupportedError as error:
                    return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error))
            else:
                return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        try:
            return graph.check(self._graphs[system.same], formula)
        except UnsupportedError as error:
            return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error))

    def _at_rest(self, system: System, formula: Formula, key: str, lemmas: Sequence[Expr[bool]]) -> Answer:
        """About a system that does not move: some state breaks the formula, or none does."""
        formula.check_against(system)
        sizes = possible_sizes(system)
        if not models.can_start(system, sizes, self.limits):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        refuted = models.refuted(system, formula, sizes, self.limits)
        return refuted or self._from_lemmas(system, formula, lemmas) or self._prove(system, formula, key)

    def _reachable(self, system: System, formula: Reachable, key: str, lemmas: Sequence[Expr[bool]]) -> Answer:
        absence, possible = Never(formula.holds), possible_sizes(system)
        if not models.can_start(system, possible, self.limits):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        if models.applies(system):
            formula.check_against(system)
            found = models.refuted(system, absence, possible, self.limits)
            if found is not None:
                return replace(found, verdict=Verdict.TRUE)
        else:
            for sizes in possible:
                answer = explicit.check(system, formula, sizes, limits=self.limits)
                if answer.verdict is Verdict.TRUE or (answer.verdict is Verdict.ERROR and answer.states):
                    return answer
        never = self._stored_proof(system, absence, key) or self._from_lemmas(system, absence, lemmas)
        never = never or self._prove(system, absence, key)
        return replace(never, verdict=Verdict.FALSE) if never.verdict is Verdict.TRUE else never

    def _prove(self, system: System, formula: Formula, key: str) -> Answer:
        """A proof for every number of elements, newly found."""
        answer = prove(system, formula, self.limits, self.workshop)
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

    def _stored_proof(self, system: System, formula: Formula, key: str) -> Answer | None:
        """The proof made of the stored invariant, if there is one and it passes every check."""
        stored = self.store.get(self.store.key(key, system.assumed), system) if key else None
        return None if stored is None else self._proof_from(system, formula, stored)

    def _proof_from(self, system: System, formula: Formula, invariant: Sequence[Expr[bool]]) -> Answer | None:
        try:
            proof = certificate(system, formula.properties(), [*goals(formula), *invariant])
        except UnsupportedError:
            return None
        if recheck(proof, self.limits.effort(EFFORT)):
            return None
        return Answer(Verdict.TRUE, Method.proved, certificate=proof)

    # When would it be true?

    def _conditions(self, claim: Claim, refuter: Refuter, refuted: Answer) -> Iterator[Condition]:
        candidates = refuter.candidates
        small = [size for size in refuter.sizes if max(size.values(), default=0) <= 1 and refuter.fits(size)]
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
                    answers[chosen] = self._under(claim, chosen, refuter)
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
            ordered = tuple(a for a in candidates if a in chosen)
            without = {a: _still_breaks(refuter, [b for b in ordered if b is not a]) for a in ordered}
            traces = {
                a: answer.trace for a, answer in without.items() if answer is not None and answer.trace is not None
            }
            yield Condition(ordered, answers[chosen], traces)

    def _under(self, claim: Claim, chosen: frozenset[Assumption], refuter: Refuter) -> Answer:
        ordered = sorted(chosen, key=lambda a: a.name)
        if not refuter.can_start(ordered):
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        system = claim.system.under(*ordered)
        stored = self._stored_proof(system, claim.formula, claim.id)
        if stored is not None:
            return stored
        helped = self._from_lemmas(system, claim.formula, claim.lemmas)
        if helped is not None:
            return helped
        # What is left of a small Pod's life under assumptions is soon explored; a proof in vain takes long.
        refuted = refuter.shortest(ordered, MOST_OF_A_KIND)
        return refuted or self._prove(system, claim.formula, claim.id)


def _said_of_none(answer: Answer) -> Answer:
    return replace(answer, reason=NO_START) if answer.reason == liveness.NO_START else answer


def _lasting_conditions(search: LivenessSearch) -> Iterator[Condition]:
    """The minimal sets of assumptions under which every run gets what it waits for."""
    for chosen in search.repairs():
        answer = search.answer(chosen)
        if answer.reason in (liveness.NO_START, liveness.NEVER_ASKED):
            continue  # there is no such Pod, or none that begins to wait, so nothing is repaired
        ordered = tuple(a for a in search.candidates if a in chosen)
        without = {a: search.answer([b for b in ordered if b is not a]).trace for a in ordered}
        yield Condition(ordered, answer, {a: trace for a, trace in without.items() if trace is not None})


def _still_breaks(refuter: Refuter, assumed: Sequence[Assumption]) -> Answer | None:
    """The smallest system in which the formula breaks under too few assumptions, and the shortest run in it."""
    return refuter.shortest(assumed, larger=False) or refuter.shortest(assumed, MOST_OF_A_KIND, larger=False)
