"""Proofs for every number of elements: what to make an invariant of, before one is searched for.

Whatever is tried, only a certificate that passes its check makes anything TRUE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from podproof.certificates.certificate import Certificate, certificate, goals
from podproof.check.offered import proof_from_others
from podproof.check.store import Hints, Store
from podproof.claims.catalogue import CLAIMS
from podproof.engines import parametric
from podproof.engines.symbolic import Workshop, prove, recheck_within
from podproof.language import Expr, System, UnsupportedError
from podproof.language.expressions import variables_in
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits


@dataclass(frozen=True, eq=False)
class Proofs:
    """Each way gives TRUE with its certificate, or None. limits: for all of them together;
    hints: what became of what is stored."""

    store: Store
    workshop: Workshop
    limits: Limits
    hints: Hints = field(default_factory=Hints)

    def stored(self, system: System, formula: Formula, key: str) -> Answer | None:
        """From the stored invariant, if there is one."""
        place = self.store.key(key, system.assumed)
        if not key or place not in self.store.entries:
            return None
        stored = self.store.get(place, system)
        proof = None if stored is None else self._from(system, formula, stored)
        (self.hints.stale if proof is None else self.hints.used).append(place)
        return proof

    def from_lemmas(self, system: System, formula: Formula, lemmas: Sequence[Expr[bool]]) -> Answer | None:
        """From lemmas, and from what is fixed from the start and never changes."""
        if not lemmas:
            return None
        fixed = [c for c in system.initial_conditions if variables_in(c) <= set(system.frozen)]
        return self._from(system, formula, [*lemmas, *fixed])

    def without_search(self, system: System, formula: Formula, lemmas: Sequence[Expr[bool]]) -> Answer | None:
        """From the lemmas; or from nothing, where every step shows what the formula says."""
        return self.from_lemmas(system, formula, lemmas) if lemmas else self._from(system, formula, [])

    def from_others(self, system: System, formula: Formula, key: str = "") -> Answer | None:
        """From what proves the claims that ship; stored under the key."""
        proof = proof_from_others(system, formula, CLAIMS, self.store, self.limits)
        if proof is None:
            return None
        self._keep(key, system, formula, proof)
        return Answer(Verdict.TRUE, Method.proved, certificate=proof)

    def searched(self, system: System, formula: Formula, key: str = "") -> Answer:
        """A new one, which is stored under the key; UNKNOWN where none is found."""
        if parametric.applies(system):
            answer = parametric.prove(system, formula, self.limits)
        else:
            answer = prove(system, formula, self.limits, self.workshop)
        if answer.certificate is not None:
            self._keep(key, system, formula, answer.certificate)
        return answer

    def _keep(self, key: str, system: System, formula: Formula, proof: Certificate) -> None:
        if key:
            place = self.store.key(key, system.assumed)
            self.store.put(place, proof.clauses[len(goals(formula)) :])
            self.hints.anew.append(place)

    def _from(self, system: System, formula: Formula, invariant: Sequence[Expr[bool]]) -> Answer | None:
        try:
            proof = certificate(system, formula.properties(), [*goals(formula), *invariant])
        except UnsupportedError:
            return None
        if recheck_within(self.limits, proof):
            return None
        return Answer(Verdict.TRUE, Method.proved, certificate=proof)
