"""Ctrl-C, and progress on a terminal: as somebody in front of one sees them."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from podproof.check.interrupts import INTERRUPTED
from podproof.claims.catalogue import CLAIMS

WAIT = 300.0
"""Seconds, on a machine that is busy with other things."""

BUSY = r'''
import time
import click
import z3
from podproof.cli import VERBS, podproof, main
from podproof.wording.progress import Progress

CONTEXT = z3.Context()
PRODUCT = (10**30 + 57) * (10**31 + 33)
LARGE = "(bvugt %s (_ bv1 208)) (bvult %s (_ bv20000000000000000000000000000000 208))"
HARD = f"""
(declare-const a (_ BitVec 208)) (declare-const b (_ BitVec 208))
(assert (and (= (bvmul a b) (_ bv{PRODUCT} 208)) {LARGE.replace("%s", "a")} {LARGE.replace("%s", "b")}))
(check-sat)
"""

@click.command()
def busy():
    with Progress(3, "claim", "decided") as progress:
        progress.one_more()
        click.echo("begun")
        while True:
            DOING

podproof.add_command(busy)
VERBS["busy"] = ""
podproof.get_command = lambda ctx, name: busy
main(["busy"])
'''


class Seen:
    """A process with a terminal as standard error, or a pipe, in a process group of its own."""

    def __init__(self, command: Sequence[str], terminal: bool = True, env: Mapping[str, str] | None = None) -> None:
        ours, theirs = pty.openpty() if terminal else os.pipe()
        usual = {name: value for name, value in os.environ.items() if name not in ("CI", "TERM")}
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            start_new_session=True,
            env={**usual, "TERM": "xterm", **(env or {})},
        )
        os.close(theirs)
        self.errors = ours
        self.said = ""

    def read(self, wanted: str) -> None:
        """Until standard error has said that."""
        end = time.monotonic() + WAIT
        while not re.search(wanted, self.said):
            assert time.monotonic() < end, f"never said: {self.said!r}"
            assert self._more(), f"ended without saying: {self.said!r}"

    def interrupt(self) -> int:
        os.killpg(self.process.pid, signal.SIGINT)
        return self.end()

    def end(self) -> int:
        self.output, _ = self.process.communicate(timeout=WAIT)
        while self._more():
            pass
        os.close(self.errors)
        return self.process.returncode

    def _more(self) -> bool:
        if not select.select([self.errors], [], [], 1.0)[0]:
            return self.process.poll() is None
        try:
            found = os.read(self.errors, 1 << 16)
        except OSError:  # the other side of a terminal is closed
            return False
        self.said += found.decode()
        return bool(found)


@pytest.mark.parametrize(
    "doing", ["time.sleep(0.01)", "time.sleep(1000)", "z3.Z3_eval_smtlib2_string(CONTEXT.ref(), HARD)"]
)
def test_an_interrupt_ends_what_is_busy(doing: str) -> None:
    """Also where z3 is asked for something that takes it for ever, and would take the signal for its own."""
    seen = Seen([sys.executable, "-c", BUSY.replace("DOING", doing)], terminal=False)
    assert seen.process.stdout is not None
    assert seen.process.stdout.readline() == "begun\n"
    time.sleep(0.5)
    assert seen.interrupt() == INTERRUPTED
    assert seen.said.strip() == "podproof: interrupted: 1 of 3 claims decided"


@pytest.mark.parametrize("jobs", [pytest.param("1", marks=pytest.mark.slow), "2"])
def test_an_interrupted_check_says_how_far_it_came(jobs: str, tmp_path: Path) -> None:
    podproof = str(Path(sys.executable).with_name("podproof"))
    seen = Seen([podproof, "check", "-j", jobs, "--certify", str(tmp_path / "shown")])
    seen.read(rf"[1-9]\d* of {len(CLAIMS)} claims decided")
    assert seen.interrupt() == INTERRUPTED
    assert re.search(rf"podproof: interrupted: [1-9]\d* of {len(CLAIMS)} claims decided\s*$", seen.said)
    assert "Traceback" not in seen.said
    assert not list(tmp_path.iterdir())
    assert not subprocess.run(["pgrep", "-g", str(seen.process.pid)], capture_output=True).stdout


LONG = ("terminal-nothing-runs", "failed-means-nonzero-exit")
"""Together they take long enough for something to be counted."""


@pytest.mark.parametrize(
    ("terminal", "env", "options"),
    [
        (False, {}, ()),
        pytest.param(True, {"CI": "true"}, (), marks=pytest.mark.slow),
        pytest.param(True, {"TERM": "dumb"}, (), marks=pytest.mark.slow),
        (True, {}, ("--format", "json")),
    ],
)
def test_nothing_is_counted_where_nobody_looks(terminal: bool, env: Mapping[str, str], options: Sequence[str]) -> None:
    podproof = str(Path(sys.executable).with_name("podproof"))
    seen = Seen([podproof, "check", "-j", "1", *LONG, *options], terminal, env)
    assert seen.end() == 0
    assert not seen.said


def test_what_takes_long_is_counted_on_a_terminal() -> None:
    seen = Seen([str(Path(sys.executable).with_name("podproof")), "check", "-j", "1", *LONG])
    assert seen.end() == 0
    assert "1 of 2 claims decided" in seen.said
