"""claim_views: what there is to say of every claim, in plain values, for pages and reports.

Deciding all claims takes a while, so it is done by as many processes as there are processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial

from podproof.certificates.counterexample import StepText, describe, heading, replay, text
from podproof.check.decide import Judge, Result
from podproof.check.processes import spread
from podproof.check.ways import AssumptionSet
from podproof.claims.catalogue import CLAIMS
from podproof.diagrams.lanes import Lanes
from podproof.diagrams.sequences import timeline
from podproof.kubernetes.printing import Columns
from podproof.properties.answer import Answer
from podproof.properties.claim import Claim
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace

SAME = "the run above"


@dataclass(frozen=True)
class RunView:
    """A replayed run. text: as `podproof check` prints it; rows: what kubectl shows after every step, and before;
    endless: it has no end."""

    heading: str
    text: str
    steps: tuple[StepText, ...]
    rows: tuple[Columns, ...]
    dot: str
    endless: bool


@dataclass(frozen=True)
class Under:
    """Assumptions (name and sentence) under which the claim holds. without: what happens if one of them is dropped."""

    assumptions: tuple[tuple[str, str], ...]
    verdict: str
    known: str
    invariant: tuple[str, ...]
    without: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClaimView:
    """A decided claim. about: its system, and what that is, which `moves` unless it is a record of given fields;
    proved: for every number of elements."""

    id: str
    sentence: str
    source: str
    about: str
    moves: bool
    formula: str
    verdict: str
    known: str
    expected: str
    reason: str
    notes: tuple[str, ...]
    given: tuple[tuple[str, str], ...]
    conditions: tuple[Under, ...]
    complete: bool
    proved: bool
    invariant: tuple[str, ...]
    run: RunView | None


def assumed(claim: ClaimView) -> Iterator[tuple[str, str]]:
    """Every assumption that is named in it, and what it says."""
    yield from claim.given
    for condition in claim.conditions:
        yield from condition.assumptions


def true_if(claim: ClaimView, mark: Callable[[str], str] = str) -> str:
    """The sets of assumptions that are enough. mark: how a name is written."""
    return " or ".join(
        " and ".join(mark(name) for name, _ in condition.assumptions)
        + ("" if condition.verdict == "TRUE" else f" ({condition.verdict})")
        for condition in claim.conditions
    )


def tell(result: Result) -> ClaimView:
    """Everything about one result. Raises ReplayError where its run is none."""
    claim, answer = result.claim, result.answer
    run = None if answer.trace is None else run_of(answer.trace, claim, str(result.verdict))
    return ClaimView(
        claim.id,
        claim.sentence,
        claim.source,
        f"{claim.about}: {claim.about.doc}" if claim.about.doc else str(claim.about),
        bool(claim.about.steps),
        str(claim.formula),
        str(result.verdict),
        answer.known,
        str(claim.expected),
        result.reason,
        (*claim.notes, *answer.notes),
        tuple((a.name, a.sentence) for a in claim.given),
        tuple(_under(condition, run) for condition in result.assumption_sets),
        result.complete,
        answer.certificate is not None,
        _invariant(answer),
        run,
    )


def run_of(trace: Trace, claim: Claim, verdict: str) -> RunView:
    """The run, replayed, with its picture."""
    run = replay(trace)
    lanes: Lanes = timeline(run, claim.id, f"{verdict}: {claim.sentence}")
    return RunView(heading(run), text(run), describe(run), run.rows, lanes.dot(), trace.forever is not None)


Source = Callable[[], Sequence[Claim]]
"""Where claims come from: called in every process, because claims themselves cannot be sent to another one."""


def shipped() -> Sequence[Claim]:
    return CLAIMS


def claim_views(
    names: Sequence[str] | None = None, source: Source = shipped, jobs: int | None = None
) -> Iterator[ClaimView]:
    """Claims of the source, decided: those named, or all. jobs: processes; as many as processors if not said."""
    names = [claim.id for claim in source()] if names is None else names
    yield from spread(partial(_told, source), names, jobs or os.cpu_count() or 1)


def _told(source: Source, name: str) -> ClaimView:
    claims, judge = _workplace(source)
    return tell(judge.decide(claims[name]))


@cache
def _workplace(source: Source) -> tuple[dict[str, Claim], Judge]:
    return {claim.id: claim for claim in source()}, Judge(Limits())


def _under(condition: AssumptionSet, run: RunView | None) -> Under:
    texts = {assumption.name: text(replay(trace)) for assumption, trace in condition.without.items()}
    return Under(
        tuple((a.name, a.sentence) for a in condition.assumptions),
        str(condition.answer.verdict),
        condition.answer.known,
        _invariant(condition.answer),
        tuple((name, SAME if run is not None and said == run.text else said) for name, said in texts.items()),
    )


def _invariant(answer: Answer) -> tuple[str, ...]:
    return () if answer.certificate is None else tuple(map(str, answer.certificate.clauses))
