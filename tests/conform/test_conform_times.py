"""Lengths of time: grace periods, waits before restarts, and how they are read."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from podproof.conform import back_offs, lengths
from podproof.conform.corpus import conform

from tests.support.corpora import sample
from tests.support.samples import MORE

# How they are read.


def test_lengths_are_exact() -> None:
    unit = lengths.common_unit([0.1, 2, 0.25, Fraction(1, 8)])
    assert unit == 40
    assert [lengths.in_units(length, unit) for length in (0.1, 2, 0.25, Fraction(1, 8))] == [4, 80, 10, 5]
    assert [lengths.in_seconds(units, unit) for units in (4, 80, 10, 5)] == [0.1, 2, 0.25, 0.125]
    assert isinstance(lengths.in_seconds(80, unit), int)
    assert lengths.common_unit([]) == 1


@pytest.mark.parametrize("length", [0.01, -1, float("nan"), float("inf")])
def test_what_is_no_length(length: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        lengths.in_units(length, 10)


@pytest.mark.parametrize(
    ("text", "seconds"),
    {
        "0s": 0,
        "10s": 10,
        "1m20s": 80,
        "5m0s": 300,
        "1h0m0.5s": Fraction(7201, 2),
        "1500ms": Fraction(3, 2),
        "9.1s": Fraction(91, 10),
    }.items(),
)
def test_durations(text: str, seconds: Fraction) -> None:
    assert lengths.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "s", "10 s", "ten s", "-1s", "1d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        lengths.duration(text)


# Waits before restarts.


def crashes(**given: Any) -> Any:
    (corpus,) = [one for one in back_offs.CORPORA if one.name == "backoff"]
    return corpus.decide({"resetSeconds": 600, "gcPeriodSeconds": 2, **given})["crashes"]


def test_a_restart_is_when_the_window_ends_or_its_entry_is_collected() -> None:
    """Computed without looking at one instant after another."""
    random, collected = Random(8), 0
    for _ in range(200 * MORE):
        first, longest, gc = random.choice([1, 5, 10]), random.choice([20, 60, 300]), random.choice([None, 2, 7])
        ran = [random.choice([0, 0.25, 10, 299.5, 400, 598, 599.75, 600, 600.25, 601, 2000]) for _ in range(9)]
        found = crashes(ranSeconds=ran, initialSeconds=first, maxSeconds=longest, gcPeriodSeconds=gc)
        window, started = 0.0, 0.0
        for crash, length in zip(found, ran, strict=True):
            exited = started + length
            if length > 600:
                window = 0
            restart = exited + window
            if gc is not None and window and ((started + 600) // gc + 1) * gc <= restart:
                restart, window, collected = max(exited, ((started + 600) // gc + 1) * gc), 0, collected + 1
            assert (crash["exitedAt"], crash["restartedAt"], crash["waitedSeconds"]) == (
                exited,
                restart,
                restart - exited,
            )
            window, started = min(2 * window, longest) if window else first, restart
            assert crash["nextWindowSeconds"] == window
    assert collected > 50


@pytest.mark.parametrize("message", ["back-off", "back-off ten restarting failed container=a pod=b", "other"])
def test_a_message_that_is_none_does_not_pass(message: str) -> None:
    record = sample("backoff")[0]
    first, *rest = record["output"]["crashes"]
    output = {"crashes": [{**first, "message": message}, *rest]}
    (corpus,) = [one for one in back_offs.CORPORA if one.name == "backoff"]
    tally = conform(corpus, [record, {**record, "output": output}], 1)
    assert (tally.passed, tally.unsupported) == (1, 1)


@pytest.mark.parametrize("corpus", back_offs.CORPORA, ids=lambda corpus: corpus.name)
def test_rules_can_be_told(corpus: Any) -> None:
    for record in sample(corpus.name)[:20]:
        rules = corpus.decided_by(record["input"])
        assert rules and all(rules.values())
