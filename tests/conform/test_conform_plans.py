"""What a sync does with containers: which of them it is to start."""

from __future__ import annotations

from typing import Any

import pytest
from podproof.conform import plans
from podproof.conform.corpus import Corpus, conform

from tests.support.corpora import sample
from tests.support.unrecorded.statuses import ALL, RESTARTS, RULE_1

CORPORA = {corpus.name: corpus for corpus in plans.CORPORA}


@pytest.mark.parametrize("corpus", plans.CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms_and_rules_can_be_told(corpus: Corpus) -> None:
    records = sample(corpus.name)
    assert len(records) >= 400
    tally = conform(corpus, records, 3)
    assert tally.conforms, tally.differences
    for record in records[:20]:
        rules = corpus.decided_by(record["input"])
        assert rules and all(rules.values())


# Outputs by hand.


def restarts(pod: str, own: Any, container: Any, deleted: bool = False) -> bool:
    spec = {"restartPolicy": pod, "containers": [{"name": "a", **own}]}
    answer = CORPORA["should_restart"].decide({"spec": spec, "container": container, "deleted": deleted})
    assert list(answer) == ["restart"]
    return bool(answer["restart"])


@pytest.mark.parametrize(("pod", "own", "code", "again"), RESTARTS)
def test_after_an_exit(pod: str, own: Any, code: int, again: bool) -> None:
    ended = {"state": "exited", "exitCode": code}
    assert restarts(pod, own, ended) is again
    assert not restarts(pod, own, ended, deleted=True)


@pytest.mark.parametrize("pod", ["Always", "OnFailure", "Never"])
def test_what_did_not_run_is_started_whatever_the_policy(pod: str) -> None:
    for own in ({}, {"restartPolicy": "Never"}):
        for container in (None, *({"state": state, "exitCode": 0} for state in ("created", "unknown", "strange"))):
            assert restarts(pod, own, container)
            assert not restarts(pod, own, container, deleted=True)
        assert not restarts(pod, own, {"state": "running", "exitCode": 0})


def test_rules_count_only_beside_a_policy_of_its_own_and_the_first_that_matches_decides() -> None:
    ended = {"state": "exited", "exitCode": 1}
    assert not restarts("Never", {"restartPolicyRules": [RULE_1]}, ended)
    assert restarts("Never", {"restartPolicy": "Never", "restartPolicyRules": [ALL, RULE_1]}, ended)
