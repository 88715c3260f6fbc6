"""What was proved before, offered to every claim: a truth said in other words is then shown without a search.

The invariant of each shipped proof is inductive by itself, so all of them together are. z3 is asked whether a new claim
follows, or is kept by every step where they hold, and which of them it needs; a certificate is made of those, and only
that certificate, checked like any other, makes the claim TRUE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from podproof.certificates.certificate import Certificate, ask_z3, certificate, goals, needed
from podproof.check.lemmas import lemmas_of
from podproof.check.question import Question
from podproof.check.store import Store
from podproof.engines.symbolic import recheck_within
from podproof.language import Expr, System, UnsupportedError
from podproof.language.expressions import variables_in
from podproof.language.systems import kinds_in
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula
from podproof.properties.limits import Limits

Clauses = Sequence[Expr[bool]]

MOST_EFFORT = 2_000_000
"""What z3 may spend on one of these questions: what follows at all follows soon."""


def proof_from_others(
    system: System, formula: Formula, claims: Sequence[Claim], store: Store, limits: Limits
) -> Certificate | None:
    """A checked proof made of invariants that prove other claims; None where they do not suffice."""
    fixed = [c for c in system.initial_conditions if variables_in(c) <= set(system.frozen)]
    proved = [clauses for clauses in (fixed, *_proved(system, claims, store)) if clauses]
    helped = [clauses for clauses in _helped(system, claims) if clauses]
    own = goals(formula)
    for known in (proved, [*proved, *helped]):  # what helps is kept by every step under some assumptions only
        for added in ([], own) if own else ([],):
            found = _proof_from(system, formula, added, known, limits)
            if found is not None:
                return found
    return None


def _proof_from(
    system: System, formula: Formula, added: Clauses, known: Sequence[Clauses], limits: Limits
) -> Certificate | None:
    ask = partial(ask_z3, pay=limits.budget.pay)
    try:
        chosen = needed(system, formula.properties(), added, known, limits.effort(MOST_EFFORT), ask)
        if chosen is None:
            return None
        clauses = dict.fromkeys([*added, *(clause for number in chosen for clause in known[number])])
        proof = certificate(system, formula.properties(), list(clauses))
    except UnsupportedError:
        return None
    return None if recheck_within(limits, proof) else proof


def _proved(system: System, claims: Sequence[Claim], store: Store) -> Iterator[Clauses]:
    """The invariants of proofs that need no more than what this system assumes."""
    assumed = {assumption.name for assumption in system.assumed}
    stored: dict[str, list[str]] = {}
    for key in store.entries:
        id_, *names = key.split()
        if set(names) <= assumed:
            stored.setdefault(id_, []).append(key)
    for claim in claims:
        question = Question.asked(claim.system, claim.formula)
        own = [] if question.wants_witness else goals(question.rule)
        found = [store.get(key, question.watched) or [] for key in stored.get(claim.id, ())]
        if claim.expected is Verdict.TRUE and {a.name for a in claim.given} <= assumed:
            found.append(list(lemmas_of(claim)))
        for clauses in found:
            if all(_is_about(clause, system) for clause in (*own, *clauses)):
                yield [*own, *clauses]


def _helped(system: System, claims: Sequence[Claim]) -> Iterator[Clauses]:
    """The lemmas of claims that are true under some assumptions only, which may be other ones."""
    for lemmas in dict.fromkeys(lemmas_of(claim) for claim in claims if claim.expected is Verdict.FALSE):
        if all(_is_about(lemma, system) for lemma in lemmas):
            yield lemmas


def _is_about(clause: Expr[bool], system: System) -> bool:
    return variables_in(clause) <= set(system.variables) and kinds_in(clause) <= set(system.all_kinds)
