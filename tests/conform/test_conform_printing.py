"""Columns and lengths of time are as kubectl prints them: samples, cases that these may not have; each rule matters."""

from __future__ import annotations

import pytest
from podproof.conform.corpus import Corpus, Unsupported, conform
from podproof.conform.printing import CORPORA, seconds
from podproof.kubernetes.rules import duration

from tests.support.corpora import sample
from tests.support.unrecorded.printing import CASES, NOW, Pod


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms(corpus: Corpus) -> None:
    tally = conform(corpus, sample(corpus.name), 3)
    assert tally.conforms and tally.cases >= 400, tally.differences


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_cases(given: Pod, expected: dict[str, str]) -> None:
    found = CORPORA[0].decide({"pod": given, "now": NOW})
    assert {column: found[column] for column in expected} == expected
    assert {type(text) for text in found.values()} == {str}
    assert CORPORA[0].decided_by({"pod": given, "now": NOW})["STATUS"]


def test_a_time_that_is_none() -> None:
    with pytest.raises(Unsupported, match="yesterday"):
        seconds("yesterday")


@pytest.mark.parametrize(
    ("length", "text"),
    [(-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (10 * 60 + 1, "10m"), (8 * 365 * 86400 - 1, "7y364d")],
)
def test_lengths(length: int, text: str) -> None:
    assert duration.text(length) == text
