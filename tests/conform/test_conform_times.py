"""Lengths of time: grace periods, waits before restarts, and how they are read."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from podproof.conform import back_offs, graces, lengths
from podproof.conform.corpus import Unsupported, conform

from tests.support.corpora import sample
from tests.support.samples import MORE

CORPORA = {corpus.name: corpus for corpus in (*graces.CORPORA, *back_offs.CORPORA)}
BACK_OFF, TERMINATION = CORPORA["backoff"], CORPORA["termination"]


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
    return BACK_OFF.decide({"resetSeconds": 600, "gcPeriodSeconds": 2, **given})["crashes"]


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
    tally = conform(BACK_OFF, [record, {**record, "output": output}], 1)
    assert (tally.passed, tally.unsupported) == (1, 1)


@pytest.mark.parametrize("name", CORPORA)
def test_rules_can_be_told(name: str) -> None:
    records = [record for record in sample(name) if record["input"].get("runningContainers") != {}]
    for record in records[:20]:
        rules = CORPORA[name].decided_by(record["input"])
        assert rules and all(rules.values())


# How long containers have got that are stopped.


def stopped(**given: Any) -> Any:
    return TERMINATION.decide({"killReason": "KillPod", "metadata": {}, **given})


def test_what_a_stage_took_is_deducted_in_whole_seconds() -> None:
    """killContainer as it is written, one container after another: none waits for those after it."""
    random, waited, rounded = Random(9), 0, 0
    for _ in range(300 * MORE):
        grace = random.choice([0, 1, 2, 3, 5, 10, 30])
        names = ["app", *(f"side{number}" for number in range(random.choice([0, 1, 2, 3])))]
        hooks = {name: random.choice([None, 0, 0.5, 1.9, 3, 40]) for name in names}
        needs = {name: random.choice([0, 0.25, 1, 2, 2.75, 7, 50]) for name in names if random.random() < 0.8}
        made = [
            {"name": name, "restartPolicy": "Always"}
            | ({} if hook is None else {"lifecycle": {"preStop": {"exec": {"command": ["sleep", f"{hook}s"]}}}})
            for name, hook in hooks.items()
        ]
        spec = {"containers": made[:1], "initContainers": made[1:], "terminationGracePeriodSeconds": grace}
        found = stopped(spec=spec, runningContainers=needs)["containers"]
        gone: dict[str, float] = {}
        order = ["app", *reversed(names[1:])]
        for before, name in zip([None, *order[:-1]], order, strict=True):
            turn = max(gone["app"], gone[before]) if before else 0
            if name not in needs:
                gone[name] = 0
                continue
            now, left = 0.0, grace
            if hooks[name] is not None and left > 0:
                now = min(hooks[name] or 0, left)
                left -= math.floor(now)
            if left > 0 and turn > now:
                waiting = min(turn - now, left)
                waited, rounded = waited + 1, rounded + (waiting != math.floor(waiting))
                now, left = now + waiting, left - math.floor(waiting)
            left = max(left, 2)
            gone[name] = now + min(needs[name], left)
            assert found[name] == {
                "sigtermAt": now,
                "gracePeriodSeconds": left,
                "exitedAt": gone[name],
                "sigkilled": needs[name] > left,
            }
    assert min(waited, rounded) > 50


@pytest.mark.parametrize(
    "hook",
    [
        {"httpGet": {"port": 80}},
        {"exec": {"command": ["nginx", "-s", "quit"]}},
        {"exec": {"command": ["sleep", "3s", "later"]}},
        {"exec": {}},
        {"sleep": {}},
    ],
)
def test_a_hook_of_unknown_length_is_unsupported(hook: Any) -> None:
    spec = {"containers": [{"name": "app", "lifecycle": {"preStop": hook}}]}
    with pytest.raises(Unsupported, match="preStop"):
        stopped(spec=spec, runningContainers={"app": 1})


def test_a_container_that_is_not_in_the_spec_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="not in the spec"):
        stopped(spec={"containers": [{"name": "app"}]}, runningContainers={"other": 1})


def test_where_nothing_runs_nothing_takes_time() -> None:
    found = stopped(spec={"containers": [{"name": "app"}]}, runningContainers={})
    assert found == {"containers": {}, "totalSeconds": 0}
