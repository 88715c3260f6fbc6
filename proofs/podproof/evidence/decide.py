"""Deciding a claim: refute it on small systems, else prove it for every size; then ask when it would be true.

TRUE is either proved for every number of elements or, for questions about the explored graph, exhaustive for a stated
size. FALSE is a shortest trace. A FALSE claim is then asked for its minimal sets of assumptions: each set is proved,
and each assumption in it is shown to be needed by a trace of the claim breaking when only that one is dropped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product

from podproof.claims.claim import Claim
from podproof.claims.formulas import Formula, Invariant, Never, NoReturn, Passes, Reachable, Shortest
from podproof.engines import explicit, graph
from podproof.engines.disruptions import OutOfBounds, breaking_sets
from podproof.engines.symbolic import Workshop, prove
from podproof.evidence.certificate import certificate, recheck
from podproof.evidence.stored import Store
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, Verdict
from podproof.language import FALSE, Assumption, Kind, System, UnsupportedError
from podproof.language.flat import flatten

MOST_ELEMENTS = 3
"""Traces are looked for in systems of up to so many elements in all."""


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

    def decide(self, claim: Claim, conditions: bool = True) -> Result:
        """The verdict, and for a FALSE claim when it would be true (unless `conditions` is off)."""
        start = time.monotonic()
        answer = self.answer(claim.system, claim.formula, claim.id)
        found: tuple[Condition, ...] = ()
        complete, reason = True, answer.reason
        if answer.verdict is Verdict.FALSE and claim.formula.properties() and conditions:
            try:
                found = tuple(self._conditions(claim))
            except OutOfBounds as error:
                complete, reason = False, str(error)
            complete = complete and all(c.answer.verdict is Verdict.TRUE for c in found)
        return Result(claim, answer, found, complete, time.monotonic() - start, reason)

    def answer(self, system: System, formula: Formula, key: str = "") -> Answer:
        """The verdict of one formula about one system."""
        if isinstance(formula, Passes | NoReturn | Shortest):
            return graph.check(system, formula, dict.fromkeys(system.kinds, 1), self.limits)
        if isinstance(formula, Reachable):
            return self._reachable(system, formula, key)
        refuted = self._refute(system, formula, 1)
        if refuted is not None:
            return refuted
        proved = self._prove(system, formula, key)
        if proved.verdict is Verdict.TRUE:
            return proved
        return self._refute(system, formula, MOST_ELEMENTS) or proved

    def _reachable(self, system: System, formula: Reachable, key: str) -> Answer:
        for sizes in possible_sizes(system, MOST_ELEMENTS):
            answer = explicit.check(system, formula, sizes, limits=self.limits)
            if answer.verdict is not Verdict.FALSE:
                return answer
        never = self._prove(system, Never(formula.holds), key)
        return replace(never, verdict=Verdict.FALSE) if never.verdict is Verdict.TRUE else never

    def _refute(self, system: System, formula: Formula, most: int) -> Answer | None:
        """A shortest counterexample with up to `most` elements of a kind, or an ERROR met; None if there is neither.

        Once one is found, larger systems are asked whether they can do it in fewer steps.
        """
        best: Answer | None = None
        for size in possible_sizes(system, MOST_ELEMENTS):
            if best is None and max(size.values(), default=0) > most:
                continue
            depth = None if best is None or best.trace is None else len(best.trace) - 1
            if depth is not None and depth < 0:
                break
            answer = explicit.check(system, formula, size, limits=self.limits, depth=depth)
            if answer.verdict is Verdict.ERROR:
                return answer
            if answer.verdict is Verdict.FALSE:
                best = answer
        return best

    def _prove(self, system: System, formula: Formula, key: str) -> Answer:
        """A proof for every number of elements: the stored invariant if it still passes, else one newly found."""
        place = self.store.key(key, system.assumed)
        stored = self.store.get(place, system) if key else None
        if stored is not None:
            goals = [p.holds for p in formula.properties() if isinstance(p, Invariant)]
            try:
                proof = certificate(system, formula.properties(), [*goals, *stored])
                if not recheck(proof):
                    return Answer(Verdict.TRUE, Method.proved, certificate=proof)
            except UnsupportedError as reason:
                return Answer(Verdict.UNKNOWN, Method.proved, str(reason))
        answer = prove(system, formula, self.limits, self.workshop)
        if answer.certificate is not None and key:
            goals = [p.holds for p in formula.properties() if isinstance(p, Invariant)]
            self.store.put(place, [c for c in answer.certificate.clauses if not any(c is goal for goal in goals)])
        return answer

    # When would it be true?

    def _conditions(self, claim: Claim) -> Iterator[Condition]:
        candidates = tuple(dict.fromkeys((*claim.about.assumptions, *claim.candidates)))
        candidates = tuple(a for a in candidates if a not in claim.given)
        breaking: list[frozenset[Assumption]] = []
        for sizes in possible_sizes(claim.system, 2):
            if max(sizes.values(), default=0) > 1:
                continue
            breaking += breaking_sets(claim.system, claim.formula, candidates, sizes, self.limits)
        proofs: dict[frozenset[Assumption], Answer] = {}
        while True:
            sets = hitting_sets(breaking, candidates)
            for chosen in sets:
                if chosen not in proofs:
                    proofs[chosen] = self._under(claim, chosen)
            refuted = [s for s in sets if proofs[s].verdict is Verdict.FALSE]
            if not refuted:
                break
            # A larger system breaks it where the small ones did not: find out with which disruptions.
            for chosen in refuted:
                trace = proofs[chosen].trace
                assert trace is not None
                breaking += breaking_sets(claim.system, claim.formula, candidates, trace.sizes, self.limits)
                if any(not (b & chosen) for b in breaking):
                    continue
                raise OutOfBounds("a counterexample under the assumptions found could not be attributed")
        for chosen in sets:
            ordered = tuple(a for a in candidates if a in chosen)
            without = {a: self._needed(claim, ordered, a) for a in ordered}
            yield Condition(ordered, proofs[chosen], {a: trace for a, trace in without.items() if trace is not None})

    def _under(self, claim: Claim, chosen: frozenset[Assumption]) -> Answer:
        ordered = sorted(chosen, key=lambda a: a.name)
        return self.answer(claim.system.under(*ordered), claim.formula, claim.id)

    def _needed(self, claim: Claim, chosen: Sequence[Assumption], dropped: Assumption) -> Trace | None:
        """A shortest run that breaks the claim although every other assumption of the set holds."""
        rest = [a for a in chosen if a is not dropped]
        answer = self._refute(claim.system.under(*rest), claim.formula, 1)
        return None if answer is None else answer.trace


def hitting_sets(
    breaking: Sequence[frozenset[Assumption]], candidates: Sequence[Assumption]
) -> list[frozenset[Assumption]]:
    """The minimal sets with a member in common with every breaking set; none where the empty set breaks.

    Smallest first, then in the order of `candidates`.
    """
    if any(not b for b in breaking):
        return []
    relevant = [a for a in candidates if any(a in b for b in breaking)]
    found: list[frozenset[Assumption]] = []
    for chosen in chain.from_iterable(combinations(relevant, n) for n in range(len(relevant) + 1)):
        whole = frozenset(chosen)
        if all(whole & b for b in breaking) and not any(f <= whole for f in found):
            found.append(whole)
    return found


def possible_sizes(system: System, most: int) -> list[dict[Kind, int]]:
    """Numbers of elements of each kind, at most `most` in all, that initial states can have; small ones first."""
    kinds = system.kinds
    choices = (c for c in product(range(most + 1), repeat=len(kinds)) if sum(c) <= most)
    sizes = [dict(zip(kinds, choice, strict=True)) for choice in choices]
    place = {(v, i): v for v in system.variables for i in (None, *range(most))}
    conditions = system.initial_conditions
    possible = [size for size in sizes if all(flatten(c, place, size) is not FALSE for c in conditions)]
    return sorted(possible, key=lambda size: (sum(size.values()), [size[kind] for kind in reversed(kinds)]))
