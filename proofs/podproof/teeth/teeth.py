"""Teeth: would a claim notice a wrong model?

Every claim names a mutation of the model that it kills. Killing is decided on small systems without proofs: with the
mutation the claim's verdict changes, or its shortest run, or the disruptions that break it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from itertools import zip_longest

from podproof.engines import static
from podproof.engines.engine import engine_for
from podproof.engines.liveness import LivenessSearch
from podproof.engines.refute import Refuter
from podproof.engines.sizes import possible_sizes
from podproof.language import System
from podproof.properties.answer import Answer, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Asks, Formula
from podproof.properties.limits import Limits
from podproof.properties.mutations import RuleChange
from podproof.properties.temporal import Liveness

UNDECIDED = "undecided"
"""What is not known cannot differ."""


def kills(claim: Claim, limits: Limits | None = None) -> bool:
    """Whether the claim notices the mutation it names. Raises ValueError where it names none."""
    if claim.kills is None:
        raise ValueError(f"claim {claim.id} names no mutation")
    limits = limits or Limits()
    if isinstance(claim.kills, RuleChange):
        said, changed = (_of_static(claim, formula, limits) for formula in (claim.formula, claim.kills.formula))
        return said != changed and UNDECIDED not in (said, changed)
    declared, mutated = (_seen(claim, each.small(), limits) for each in (claim.system, claim.kills(claim.system)))
    return any(one != other for one, other in zip_longest(declared, mutated) if UNDECIDED not in (one, other))


def _seen(claim: Claim, system: System, limits: Limits) -> Iterator[Hashable]:
    """What is seen of the claim in small systems, smallest first: as much of it as has to be asked for."""
    formula = claim.formula
    candidates = [a for a in dict.fromkeys((*claim.about.assumptions, *claim.candidates)) if a not in claim.given]
    if isinstance(formula, Liveness):
        search = LivenessSearch(system, formula, candidates, limits)
        told = _told(search.answer())
        yield told
        yield UNDECIDED if told == UNDECIDED else frozenset(search.repairs())
    elif formula.asks is Asks.graph or formula.opposite is not None:
        engine = engine_for(system, formula)
        for size in possible_sizes(system, 1) if formula.asks is Asks.graph else possible_sizes(system):
            yield _told(engine.check(system, formula, size, limits=limits))
    else:
        refuter = Refuter(system, formula, candidates, limits)
        for size in filter(refuter.fits, refuter.small):
            found = refuter.shortest_of(size)
            yield found and _told(found)
            if found and max(size.values(), default=0) <= 1:
                yield frozenset(refuter.breaking(size))


def _of_static(claim: Claim, formula: Formula, limits: Limits) -> Hashable:
    """Whether some state of a small static system breaks the formula."""
    sizes = possible_sizes(claim.system)
    if static.refuted(claim.system, formula, sizes, limits) is not None:
        return True
    return False if static.holds(claim.system, formula, sizes, limits) else UNDECIDED


def _told(answer: Answer) -> Hashable:
    if answer.verdict is Verdict.UNKNOWN:
        return UNDECIDED
    return answer.verdict, answer.reason, None if answer.trace is None else len(answer.trace)
