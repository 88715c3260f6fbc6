"""The ends of what is said about probes in time: each is reached, or as nearly as one likes, in what is explored.

Fields are small and in units; a second has one unit or two. An end is open where it is missed by one unit.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from podproof.engines import time_lock
from podproof.engines.explicit import Search
from podproof.engines.state_space import Predicate, StateSpace
from podproof.kubernetes import probe_times
from podproof.kubernetes.machines.probe_worker import (
    LIVENESS,
    STARTUP,
    Probing,
    delay,
    no_success,
    period,
    probe_fails,
    second,
    status_delay,
    take_tick,
    threshold,
    timeout,
)
from podproof.language import Assumption, Event, Expr, Stopwatch, Variable
from podproof.language.domains import Integers
from podproof.language.flat import expand, specialised
from podproof.language.meanings.python import evaluate

from tests.support.samples import MORE

FIELDS = (delay, period, threshold, timeout, second, status_delay)
EVERY = [*product((0, 1, 2, 3, 4), (1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 2), (0, 1, 2, 3))]
"""1,080 sets of values, each asked in five ways."""

SOME = EVERY if MORE > 1 else EVERY[5::53]


def shown(
    probing: Probing, fields: dict[Variable[Any], int], watch: Stopwatch, event: Event, *assumed: Assumption
) -> set[int]:
    """What the stopwatch can show when a step of the event is taken that brings a verdict, or a probe."""
    part = probing.system.under(*assumed).specialised(fields).cone([probing.failed, watch.variable], [event])
    flat = specialised(expand(part, {}, {watch.variable: Integers(0, 200)}))
    space = StateSpace(flat, symmetric=False)
    search = Search(space)
    search.run()
    assert not search.truncated
    told = ~probing.waiting if event == take_tick else probing.failed
    happens: Predicate = space.truth(flat.flatten(told))
    place = space.layout.fields[flat.place[watch.variable, None]]
    found: set[int] = set()
    for level in search.levels:
        for moves in space.moves(level):
            if space.flat.steps[moves.index].step.event == event:
                before = level[moves.rows]
                new = happens(moves.after) & ~happens(before)
                found.update(np.unique(space.layout.codes(before[new], place)).astype(int).tolist())
    return found


@pytest.mark.parametrize("values", SOME, ids=str)
def test_ends_are_reached(values: tuple[int, ...]) -> None:
    fields = dict(zip(FIELDS, values, strict=True))

    def value(expr: Expr[int]) -> int:
        found: int = evaluate(expr, fields, {})
        return found

    delayed = int(fields[delay] >= fields[second])  # startedAt may have lost a fraction of a second
    waited = int(fields[delay] > fields[status_delay])  # the tick before the delay is over was a unit too early
    never = shown(STARTUP, fields, STARTUP.since_start, probe_fails, no_success)
    first = shown(STARTUP, fields, STARTUP.since_start, probe_fails, STARTUP.first)
    later = shown(STARTUP, fields, STARTUP.since_start, probe_fails)
    begun = shown(STARTUP, fields, STARTUP.since_start, take_tick, STARTUP.first)
    hung = shown(LIVENESS, fields, LIVENESS.silence, probe_fails)
    assert max(never) == value(probe_times.startup_decided) - waited
    assert min(first) == value(probe_times.startup_guaranteed) + delayed
    assert min(later) == value(probe_times.startup_guaranteed_with_failures_carried) + delayed
    assert min(begun) == value(probe_times.ready_to_probe) + delayed
    assert max(hung) == value(probe_times.silence_noticed)


@pytest.mark.parametrize(
    ("fields", "guaranteed", "decided"),
    [((10, 10, 10, 1), 99, 111), ((30, 10, 4, 1), 59, 71), ((0, 10, 3, 1), 20, 31), ((0, 1, 3, 1), 2, 4)],
)
def test_what_manifests_say(fields: tuple[int, ...], guaranteed: int, decided: int) -> None:
    """In seconds: initialDelaySeconds, periodSeconds, failureThreshold, timeoutSeconds."""
    values = dict(zip(FIELDS, (*fields, 1, 0), strict=True))
    assert evaluate(probe_times.startup_guaranteed, values, {}) == guaranteed
    assert evaluate(probe_times.startup_decided, values, {}) == decided


@pytest.mark.parametrize("values", SOME[::4], ids=str)
def test_time_goes_on(values: tuple[int, ...]) -> None:
    for probing in (STARTUP, LIVENESS):
        system = probing.system.specialised(dict(zip(FIELDS, values, strict=True)))
        part = system.cone([probing.failed, system.machines[0].clocks[0].variable])
        assert time_lock.check(part, {}).verdict == "TRUE"
