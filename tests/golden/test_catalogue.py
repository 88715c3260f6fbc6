"""The claims that ship, each decided once: the verdict is the expected one, and the kept pages say what was decided."""

from __future__ import annotations

from functools import cache

import pytest
from podproof.certificates.counterexample import replay
from podproof.check.decide import Judge, Result
from podproof.claims.catalogue import CLAIMS
from podproof.diagrams import pages
from podproof.diagrams.claim_views import tell
from podproof.kubernetes.rules.records import Match, Reason, State
from podproof.kubernetes.vocabulary.assumptions import no_init_containers, no_sandbox_loss
from podproof.kubernetes.vocabulary.spec import RestartPolicy, policy
from podproof.kubernetes.vocabulary.states import Phase, api_phase
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim

from tests.support.places import DATA, ROOT

BY_ID = {claim.id: claim for claim in CLAIMS}
JUDGE = Judge()


PROVED = (DATA / "proved.txt").read_text(encoding="utf-8").splitlines()
"""What is proved for any number of containers, as it is said or under a minimal set of assumptions. Whoever makes this
list shorter takes a proof away."""


@cache
def decided(id_: str) -> Result:
    """As `podproof check` decides it."""
    return JUDGE.decide(BY_ID[id_])


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_verdict_is_as_expected_and_evidence_is_there(claim: Claim) -> None:
    result = decided(claim.id)
    assert result.as_expected, (result.verdict, result.reason)
    assert (result.hints.stale, result.hints.anew) == ([], []), "see `make invariants`"
    if result.verdict is Verdict.TRUE and claim.formula.properties():
        assert result.answer.method is Method.proved
        assert result.answer.certificate is not None
    if result.verdict is Verdict.FALSE:
        assert result.answer.trace is not None
        assert len(replay(result.answer.trace).trace) == len(result.answer.trace)
    for condition in result.assumption_sets:
        assert condition.answer.verdict is Verdict.TRUE
        assert condition.answer.method is (Method.proved if claim.formula.properties() else Method.exhaustive)
        assert set(condition.without) == set(condition.assumptions)


def test_no_proof_for_any_number_was_lost() -> None:
    found = []
    for result in map(decided, BY_ID):
        found += [result.claim.id] if result.answer.method is Method.proved else []
        for each in result.assumption_sets:
            if each.answer.method is Method.proved and each.answer.verdict is Verdict.TRUE:
                found.append(f"{result.claim.id} under {' and '.join(a.name for a in each.assumptions)}")
    assert sorted(found) == PROVED


def test_flagship_has_one_minimal_set_with_every_cause_and_a_run_for_each() -> None:
    result = decided("failed-only-under-never")
    (condition,) = result.assumption_sets
    assert {a.name for a in condition.assumptions} == {
        "no-deletion",
        "no-eviction",
        "no-preemption",
        "no-deadline",
        "no-node-shutdown",
        "no-rejection",
        "no-podgc",
        "no-container-policies",
    }
    assert all(trace.last[api_phase] is Phase.Failed for trace in condition.without.values())
    assert all(trace.initial[policy] is not RestartPolicy.Never for trace in condition.without.values())


def test_running_to_pending_has_two_minimal_sets() -> None:
    result = decided("never-running-to-pending")
    assert {c.assumptions for c in result.assumption_sets} == {(no_sandbox_loss,), (no_init_containers,)}


def test_a_state_that_breaks_a_rule_is_the_simplest_one() -> None:
    """Whatever does not matter has the first value of its domain."""
    result = decided("computed-failed-means-nonzero")
    assert result.answer.trace is not None
    said = {variable.name: value for variable, value in result.answer.trace.initial.items()}
    assert said["container state"] == [State.waiting] and said["container lastState exitCode"] == [0]
    assert said["container rule"] == [Match.none] and said["container reason"] == [Reason.none]
    assert said["static Pod"] is False and said["restartPolicy"] is RestartPolicy.Always


def test_the_kept_pages_are_fresh() -> None:
    views = (tell(decided(claim.id)) for claim in CLAIMS)
    assert pages.stale(ROOT / "docs", views) == [], "the model or the claims have changed; run make docs"
