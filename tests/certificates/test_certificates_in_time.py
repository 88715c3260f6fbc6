"""Folders about systems with clocks: that time goes on is asked again, whatever a folder says."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from podproof.check import decide
from podproof.cli import podproof

CLAIMS = """
from enum import StrEnum

from podproof.api import (
    Actor, Always, Claim, Machine, Reachable, System, Transition, flag, sets, state, stopwatch, timer,
)

class At(StrEnum):
    work = "work"

at, other = state("at", At, initial=At.work), state("other", At, initial=At.work)
act = Actor("hand")("act")
may = flag("may", initial={may})
left, watch = timer("left", 2, initial=2), stopwatch("watch", 5)
due = Machine(
    "due", at, [Transition(trigger=act, source="*", dest="=", conditions=[left.due, may], before=left.restart)],
    clocks=(left,), urgent=left.due,
)
looking = Machine("looking", other, (), clocks=(watch,))
system = System("timed", (due, looking), frozen=(may,))
CLAIMS = [
    Claim("in-time", "It comes in time.", Always({bound}), system, source="a test"),
    Claim("so-late", "It can be so late.", Reachable(watch.variable >= 2), system, source="a test"),
]
"""


def shown(directory: Path, may: bool, bound: str) -> tuple[Path, Path]:
    file, folder = directory / "claims.py", directory / "shown"
    file.write_text(CLAIMS.format(may=may, bound=bound), encoding="utf-8")
    assert run("--claims", str(file), "--certify", str(folder))[0] == 0
    return file, folder


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(podproof, ["check", "-j", "1", *arguments])
    return result.exit_code, result.stdout


def test_a_forged_folder_about_a_system_in_which_time_stops_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its invariant is inductive: in every state that is reached before time stops, it comes in time."""
    with monkeypatch.context() as forging:
        forging.setattr(decide, "if_time_goes_on", lambda question, answer, means, decide: answer)
        file, folder = shown(tmp_path, False, "watch.variable < 4")
    code, said = run("--claims", str(file), "--recheck", str(folder))
    assert code == 1
    assert "rejected    in-time" in said and "explored again it is ERROR" in said


def test_that_time_goes_on_is_explored_again(tmp_path: Path) -> None:
    file, folder = shown(tmp_path, True, "left.variable <= 2")
    code, said = run("--claims", str(file), "--recheck", str(folder))
    assert code == 0
    assert "explored    in-time" in said  # the proof alone does not show it
    assert "confirmed   so-late" in said  # a run does
