"""Teeth: would a claim notice a wrong model?

Every claim names a mutation of the model that it kills. Killing is decided on small systems without proofs: with the
mutation the claim's verdict changes, or its shortest run, or the disruptions that break it.
"""

from __future__ import annotations

from typing import Any

from podproof.claims.claim import Claim
from podproof.claims.formulas import Formula, Reachable
from podproof.claims.mutations import RuleChange
from podproof.claims.temporal import Liveness
from podproof.engines import explicit, graph, models
from podproof.engines.liveness import LivenessSearch
from podproof.engines.refute import Refuter, possible_sizes
from podproof.evidence.verdicts import Limits, Verdict
from podproof.language import System

Signature = tuple[Any, ...]


def kills(claim: Claim, limits: Limits | None = None) -> bool:
    """Whether the claim notices the mutation it names. Raises ValueError where it names none."""
    if claim.kills is None:
        raise ValueError(f"claim {claim.id} names no mutation")
    limits = limits or Limits()
    if isinstance(claim.kills, RuleChange):
        return _refuted(claim, claim.formula, limits) != _refuted(claim, claim.kills.formula, limits)
    return signature(claim, claim.system, limits) != signature(claim, claim.kills(claim.system), limits)


def signature(claim: Claim, system: System, limits: Limits) -> Signature:
    """What is seen of the claim in systems with up to one element of each kind (two where that shows nothing)."""
    formula = claim.formula
    candidates = [a for a in dict.fromkeys((*claim.about.assumptions, *claim.candidates)) if a not in claim.given]
    if isinstance(formula, Reachable):
        sizes = possible_sizes(system)
        small = [size for size in sizes if max(size.values(), default=0) <= 1]
        answers = [explicit.check(system, formula, size, limits=limits) for size in small]
        if not any(answer.verdict is Verdict.TRUE for answer in answers):
            answers = [explicit.check(system, formula, size, limits=limits) for size in sizes if size not in small]
        return tuple((answer.verdict, _length(answer)) for answer in answers)
    if isinstance(formula, Liveness):
        search = LivenessSearch(system, formula, candidates, limits)
        answer = search.answer()
        return (answer.verdict, answer.reason, _length(answer), frozenset(search.repairs()))
    if not formula.properties():
        answer = graph.check(graph.explore(system, dict.fromkeys(system.kinds, 1), limits), formula)  # type: ignore[arg-type]
        return (answer.verdict, answer.reason, _length(answer))
    refuter = Refuter(system, formula, candidates, limits)
    found = refuter.shortest() or refuter.shortest(most=2)
    if found is None:
        return (None,)
    one = [size for size in refuter.sizes if max(size.values(), default=0) <= 1 and refuter.fits(size)][-1]
    return (found.verdict, _length(found), frozenset(refuter.breaking(one)))


def _refuted(claim: Claim, formula: Formula, limits: Limits) -> bool:
    """Whether some state of a small system at rest breaks the formula."""
    return models.refuted(claim.system, formula, possible_sizes(claim.system), limits) is not None


def _length(answer: Any) -> int | None:
    return None if answer.trace is None else len(answer.trace)
