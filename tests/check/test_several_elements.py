"""Questions about more than one container, and truths that ship in other words, as a user asks them: with --claims."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FILE = """
from podproof.api import *
from podproof.language import FALSE, TRUE
from podproof.kubernetes.vocabulary.assumptions import no_podgc
from podproof.kubernetes.derived.phase import TERMINAL
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import (
    InitRun, Object, Phase, Run, Sandbox, Worker, api_phase, assigned, init_run, object_, run, sandbox, worker
)

running = run.is_(Run.running)
two_run = regular.count(running) >= 2
gone = object_.is_(Object.gone)
never = regular.some(running) & worker.is_(Worker.none)

ASKED = {
    "passes": Passes(two_run, gone),
    "no-return": NoReturn(two_run),
    "leads-to": LeadsTo(two_run, FALSE),
    "shortest": Shortest(two_run, 5),
    "shortest-declared": Shortest(two_run, 5, most=2),
    "shortest-of-four": Shortest(two_run, 4, most=2),
    "no-return-some": NoReturn(regular.some(running) & regular.some(run.is_(Run.backoff))),
    "no-return-number": NoReturn(regular.count(running)),
    "two-exist": Always(regular.count(TRUE) <= 2),
    "two-run": Always(regular.count(running) <= 2),
    "four-exist": Always(regular.count(TRUE) <= 4),
    "three-run": Reachable(regular.count(running) >= 3),
    "target-never": Passes(never, gone),
    "trigger-never": LeadsTo(never, gone, most=1),
    "no-sandbox": Never(sandbox.is_(Sandbox.none) & regular.some(running)),
    "unassigned": Never(object_.is_(Object.bound) & ~assigned),
    "unadmitted": Never(worker.is_(Worker.none, Worker.rejected) & regular.some(run.is_not(Run.waiting))),
    "finished": Always(worker.is_(Worker.terminated, Worker.finished).implies(
        regular.none(running) & init.none(init_run.is_(InitRun.running)))),
}
GIVEN = {
    "nothing-runs": Always(api_phase.is_(*TERMINAL).implies(regular.none(running))),
    "final": Step(api_phase.is_(Phase.Failed), api_phase.is_not(Phase.Running)),
}
CLAIMS = [
    *(Claim(name, f"{name}.", formula, POD) for name, formula in ASKED.items()),
    *(Claim(name, f"{name}.", formula, POD, given=(no_podgc,)) for name, formula in GIVEN.items()),
]
"""

FALSE = {
    "passes": (2, 5),
    "no-return": (2, 6),
    "leads-to": (2, 5),
    "shortest-of-four": (2, 5),
    "no-return-some": (2, 8),
    "no-return-number": (1, 5),
    "two-exist": (3, 0),
    "two-run": (3, 6),
    "four-exist": (5, 0),
}
"""With how many containers, after how many steps. Without init containers."""

WITNESSED = {"shortest": (2, 5), "shortest-declared": (2, 5), "three-run": (3, 6)}
PROVED = {"no-sandbox", "unassigned", "unadmitted", "finished", "nothing-runs", "final"}
SAYS_NOTHING = {"target-never", "trigger-never"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("asked")
    (folder / "claims.py").write_text(FILE)
    program = str(Path(sys.executable).with_name("podproof"))
    command = [program, "check", "--claims", str(folder / "claims.py"), "--no-conditions", "--format", "json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1, done.stderr
    return {claim["id"]: claim for claim in json.loads(done.stdout)["claims"]}


def test_nothing_is_left_out(told: dict[str, Any]) -> None:
    assert told.keys() == FALSE.keys() | WITNESSED.keys() | PROVED | SAYS_NOTHING


@pytest.mark.parametrize("name", [*FALSE, *WITNESSED])
def test_a_run_of_so_many_containers_decides(told: dict[str, Any], name: str) -> None:
    claim = told[name]
    containers, steps = {**FALSE, **WITNESSED}[name]
    assert claim["verdict"] == ("FALSE" if name in FALSE else "TRUE")
    assert claim["sizes"] == {"init container": 0, "container": containers}
    assert len(claim["trace"]["steps"]) == steps


def test_true_of_some_sizes_is_expected_only_where_the_claim_says_so(told: dict[str, Any]) -> None:
    assert [told[name]["as_expected"] for name in ("shortest", "shortest-declared")] == [False, True]


@pytest.mark.parametrize("name", sorted(PROVED))
def test_what_ships_is_proved_in_other_words(told: dict[str, Any], name: str) -> None:
    assert (told[name]["verdict"], told[name]["method"], told[name]["as_expected"]) == ("TRUE", "proved", True)


@pytest.mark.parametrize("name", sorted(SAYS_NOTHING))
def test_what_never_happens_is_not_called_true(told: dict[str, Any], name: str) -> None:
    assert told[name]["verdict"] == "UNKNOWN" and told[name]["reason"].startswith("it says nothing: ")
    assert not told[name]["as_expected"]
