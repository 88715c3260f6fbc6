"""Rules of time, asked for all values of their fields and of the unit: how long it takes to stop a container."""

from __future__ import annotations

import pytest
from podproof.check.decide import Judge
from podproof.kubernetes.rules import back_off
from podproof.kubernetes.rules.seconds import unit
from podproof.kubernetes.stop_times import STOP, for_process, granted, hook, longest, wait, within, within_as_sidecar
from podproof.language import Expr, System, larger
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always


def verdict(holds: Expr[bool], system: System) -> Verdict:
    return Judge().decide(Claim("bound", "It takes at most so long.", Always(holds), system)).verdict


nobody_is_waited_for = wait.is_(0)
whole_seconds = unit.is_(1)
untroubled = hook.is_(0) & wait.is_(0) & (granted >= 2)


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        pytest.param(*each, id=what)
        for what, each in {
            "at most 2 s more where it waits for nobody": (
                nobody_is_waited_for.implies(longest <= within),
                Verdict.TRUE,
            ),
            "and not less than that": (nobody_is_waited_for.implies(longest < within), Verdict.FALSE),
            "less than 3 s more where it waits": (longest < within_as_sidecar, Verdict.TRUE),
            "and not 2 s more": (longest <= within, Verdict.FALSE),
            "but in whole seconds it would seem so": (
                whole_seconds.implies(longest <= within),
                Verdict.TRUE,
            ),
            "2 s after SIGTERM": (for_process >= 2 * unit, Verdict.TRUE),
            "all that is granted": (untroubled.implies(longest.equals(granted * unit)), Verdict.TRUE),
        }.items()
    ],
)
def test_how_long_it_takes_to_stop_a_container(holds: Expr[bool], expected: Verdict) -> None:
    assert verdict(holds, STOP) is expected


FIELDS = (back_off.first, back_off.longest, back_off.reset, back_off.window, back_off.age)
BACK_OFF = System("a container starts again", (), frozen=FIELDS)


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        pytest.param(*each, id=what)
        for what, each in {
            "the longest one": (back_off.following.value <= larger(back_off.longest, back_off.first), Verdict.TRUE),
            "where the first one is longer": (back_off.following.value <= back_off.longest, Verdict.FALSE),
            "never none": (back_off.following.value >= 1, Verdict.TRUE),
            "kept or not": (back_off.kept.value.is_(0) | back_off.kept.value.equals(back_off.window), Verdict.TRUE),
        }.items()
    ],
)
def test_windows_of_back_off(holds: Expr[bool], expected: Verdict) -> None:
    assert verdict(holds, BACK_OFF) is expected
