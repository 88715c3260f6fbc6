"""Verdicts do not depend on the load: beside busy processes the answers and what they cost are the same.

`make test` asks two claims beside two processes, `make slow` five beside eight.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.samples import WHOLE, spread

BUSY = 8 if WHOLE else 2
CLAIMS = (
    "failed-is-final",
    "terminal-nothing-runs",
    "worker-never-goes-back",
    "shortest-success",
    "deleted-disappears",
)
"""Refuted with a repair, proved of every number, and explored."""


@contextmanager
def busy(processes: int) -> Iterator[None]:
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def decided(*options: str) -> dict[str, Any]:
    command = [
        str(Path(sys.executable).with_name("podproof")),
        "check",
        *spread(CLAIMS, 2),
        "--jobs",
        "1",
        "--format",
        "json",
        *options,
    ]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 3), done.stderr
    told = json.loads(done.stdout)
    for claim in told["claims"]:
        del claim["seconds"]
    return {claim["id"]: claim for claim in told["claims"]}


def test_a_busy_machine_says_the_same() -> None:
    idle = decided()
    with busy(BUSY):
        loaded = decided()
    assert loaded == idle
    assert all(claim["units"] > 0 for claim in idle.values())


def test_where_the_budget_ends_does_not_depend_on_the_load_either() -> None:
    little = ("--seconds", "0.001")
    idle = decided(*little)
    with busy(BUSY):
        loaded = decided(*little)
    assert loaded == idle
    assert "UNKNOWN" in {claim["verdict"] for claim in idle.values()}
