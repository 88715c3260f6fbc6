"""Stored invariants: every entry is about a claim or a Pod that is still asked about, fits the model, and proves."""

from __future__ import annotations

import pytest
from podproof.certificates.certificate import certificate, goals, recheck
from podproof.check import time_goes_on
from podproof.check.decide import Judge
from podproof.check.question import Question
from podproof.check.store import Store
from podproof.claims.catalogue import CLAIMS
from podproof.kubernetes.pod import POD
from podproof.language import TRUE
from podproof.language.meanings.json import decode

BY_ID = {claim.id: claim for claim in CLAIMS}
ENTRIES = Store.shipped().entries
OF_CLAIMS = [key for key in ENTRIES if not key.startswith("explain ")]
OF_PODS = [key for key in ENTRIES if key.startswith("explain ")]
"""What `explain` asks about Pods of some shape."""


def asked(key: str) -> Question:
    """What a key of a claim is about. Raises KeyError where there is no such claim, or none of its assumptions."""
    id_, comma, rest = key.partition(", where ")
    if comma:
        question = Question.of(BY_ID[id_])
        system, formula, what = next(each for each in time_goes_on.asked(question) if rest.startswith(each[2]))
        return Question.asked(system, formula, f"{id_}, where {what}")
    id_, *names = key.split()
    claim = BY_ID[id_]
    known = {assumption.name: assumption for assumption in (*claim.assumable, *claim.given)}
    return Question.of(claim).under(known[name] for name in names)


def test_there_are_some() -> None:
    assert len(OF_CLAIMS) > 50 and len(OF_PODS) > 100


@pytest.mark.parametrize("key", OF_CLAIMS)
def test_an_entry_of_a_claim_fits_the_model(key: str) -> None:
    question = asked(key)
    assert len(decode(ENTRIES[key], question.watched)) == len(ENTRIES[key])
    assert Store.key(question.key, question.watched.assumed) == key


@pytest.mark.parametrize("key", OF_PODS)
def test_an_entry_of_a_pod_fits_the_model(key: str) -> None:
    assert len(decode(ENTRIES[key], POD)) == len(ENTRIES[key]) > 0


@pytest.mark.parametrize(
    "key", [pytest.param(key, marks=pytest.mark.slow) if n % 4 else key for n, key in enumerate(OF_CLAIMS)]
)
def test_an_entry_of_a_claim_proves(key: str) -> None:
    question = asked(key)
    clauses = decode(ENTRIES[key], question.watched)
    assert recheck(certificate(question.watched, question.rule.properties(), [*goals(question.rule), *clauses])) == []


def test_what_became_of_an_entry_is_said() -> None:
    """Used; stale, and then found anew; found anew where nothing is stored."""
    key = "ready-means-started"
    truth = next(v.name for v in BY_ID[key].about.variables if v.kind is None and v.domain == TRUE.domain)
    assert key in OF_CLAIMS
    good, missing = Judge(), Judge(store=Store({}))
    wrong = Judge(store=Store({key: [["not", ["variable", truth]]]}))
    unreadable = Judge(store=Store({key: [["not", ["variable", "nothing of that name"]]]}))
    results = [judge.decide(BY_ID[key]) for judge in (good, wrong, unreadable, missing)]
    assert [result.verdict for result in results] == [BY_ID[key].expected] * 4
    said = [(result.hints.used, result.hints.stale, result.hints.anew) for result in results]
    assert said == [([key], [], []), ([], [key], [key]), ([], [key], [key]), ([], [], [key])]
    assert [judge.hints for judge in (good, missing)] == [results[0].hints, results[3].hints]
