"""The command line as a user meets it: output, exit codes, one-line errors."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from podproof.claims import catalogue
from podproof.claims.catalogue import CLAIMS
from podproof.cli import VERBS, main
from podproof.cli.exits import ExitCode, worst
from podproof.properties.answer import Verdict

from tests.support.places import ROOT
from tests.support.schemas import expect_valid

check_module = import_module("podproof.cli.check")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), out, err


def test_check_one_claim_shows_run_and_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "terminal-nothing-runs")
    assert (code, err) == (0, "")
    assert "FALSE" in out and "true if no-podgc" in out
    assert "NAME" in out and "podgc: fail" in out


def test_check_shows_the_invariant_or_that_none_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "check", "clean-up-is-the-end", "running-has-no-exit-code")
    alone, found = out.split("TRUE    ")[1:]
    assert "no invariant is needed" in alone and "the invariant:" not in alone
    assert "the invariant:\n          (every container: state is not running or exit is none)" in found


def test_check_shows_what_goes_on_for_ever(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "failing-init-stays-pending")
    assert (code, err) == (0, "")
    assert "lasso: 4 + 2 steps" in out and "    and then for ever:\n" in out
    assert "true if init-succeeds (exhaustive: " in out
    code, out, err = run(capsys, "check", "deleted-disappears")
    assert (code, err) == (0, "")
    assert "stuck after 2 steps" in out and "and then for ever: nothing, although this could happen: " in out
    code, out, _ = run(capsys, "check", "--format", "json", "failing-init-stays-pending")
    document = json.loads(out)
    expect_valid(document)
    (claim,) = document["claims"]
    assert claim["trace"]["forever"] == {"after": 4, "possible": []}
    assert [c["method"] for c in claim["conditions"]] == ["exhaustive", "exhaustive"]


def test_check_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--format", "json", "terminal-nothing-runs", "one-init-at-a-time")
    document = json.loads(out)
    assert code == 0
    expect_valid(document)
    assert document["schema"] == "podproof/check/v1"
    false, true = document["claims"]
    assert (false["verdict"], false["expected"], false["assumptions"]) == ("FALSE", "FALSE", [["no-podgc"]])
    assert (true["verdict"], true["method"]) == ("TRUE", "proved")
    assert true["invariant"] and false["trace"]["steps"]
    assert isinstance(true["seconds"], float)


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--list")
    assert code == 0
    assert len(out.splitlines()) >= 25


def test_lists_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "--list", "--format", "json")
    listed = json.loads(out)
    expect_valid(listed)
    assert (code, err, listed["schema"]) == (0, "", "podproof/claims/v1")
    assert [claim["id"] for claim in listed["claims"]] == [claim.id for claim in CLAIMS]
    keys = ["id", "sentence", "source", "about", "formula", "expected", "given"]
    assert all(list(claim) == keys for claim in listed["claims"])
    _, out, _ = run(capsys, "check", "--list", "--format", "json", "--claims", str(ROOT / "examples" / "my_claims.py"))
    (mine,) = json.loads(out)["claims"]
    assert (mine["id"], mine["about"], mine["expected"]) == ("no-sandbox-no-process", "pod", "TRUE")
    code, out, _ = run(capsys, "lint", "--list", "--format", "json")
    rules = json.loads(out)
    expect_valid(rules)
    assert (code, rules["schema"], rules["verb"]) == (0, "podproof/rules/v1", "lint")
    assert {"id": "never-reached", "level": "error", "meaning": "a state of a machine that is never reached"} in rules[
        "rules"
    ]


def test_unknown_claim_suggests(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "failed-only-under-nver")
    assert (code, out) == (2, "")
    assert "did you mean failed-only-under-never?" in err
    assert len(err.splitlines()) == 1


def test_own_claims(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--claims", str(ROOT / "examples" / "my_claims.py"))
    assert code == 0
    assert "no-sandbox-no-process" in out and "TRUE" in out


CLAIM_FILE = """from podproof.api import POD, Always, Claim, Verdict
from podproof.kubernetes.vocabulary.states import Phase, api_phase
"""


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("x = ", ":1: not Python"),
        ("raise SystemExit\n", "SystemExit"),
        ("import sys\nsys.exit(0)\n", ":2: SystemExit: 0"),
        ("from podproof.api import *\n", "no claims in it"),
        ("x = 1\n", "no claims in it"),
        ("\n1 / 0\n", ":2: ZeroDivisionError"),
        (CLAIM_FILE + "c = Claim('A B', 's', Always(api_phase.is_(Phase.Failed)), POD)\n", ":3: DeclarationError"),
        (CLAIM_FILE + "c = Claim('a', 's', Always(api_phase == Phase.Failed), POD)\n", ":3: DeclarationError"),
    ],
)
def test_unusable_claim_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str, says: str) -> None:
    file = tmp_path / "claims.py"
    file.write_text(body)
    code, out, err = run(capsys, "check", "--claims", str(file))
    assert (code, out) == (2, "")
    assert says in err and str(file) in err
    assert len(err.splitlines()) == 1


def test_missing_claim_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "check", "--claims", "nowhere.py")
    assert code == 2
    assert "nowhere.py:1: no such file" in err


def test_unexpected_verdict_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.py"
    file.write_text(CLAIM_FILE + "c = Claim('wrong', 'Never Failed.', Always(api_phase.is_not(Phase.Failed)), POD)\n")
    code, out, _ = run(capsys, "check", "--no-conditions", "--claims", str(file))
    assert code == 1
    assert "EXPECTED TRUE" in out


@pytest.fixture
def other_claims() -> Iterator[None]:
    """What was kept of the claims that ship is forgotten, before and after."""
    caches = (check_module._ends, check_module._workplace)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.mark.usefixtures("other_claims")
def test_all_claims_are_a_line_a_topic(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not as expected is shown in full, before the line of its topic; -v shows each."""
    by_id = {claim.id: claim for claim in CLAIMS}
    known = [by_id[id_] for id_ in ("terminal-nothing-runs", "worker-never-goes-back", "shortest-success")]
    wrong = replace(by_id["failed-only-under-never"], expected=Verdict.TRUE)
    topics = {"some of all": tuple(known), "a mistake": (wrong,)}
    monkeypatch.setattr(catalogue, "TOPICS", topics)
    monkeypatch.setattr(catalogue, "CLAIMS", (*known, wrong))
    code, out, err = run(capsys, "check", "-j", "1", "--no-conditions")
    lines = out.splitlines()
    assert (code, err) == (1, "")
    assert lines[0] == "some of all                            3 claims: 1 proved, 1 shown by a run, 1 refuted"
    assert "EXPECTED TRUE" in lines[1] and wrong.sentence.split()[0] in lines[2]
    assert lines[-4] == "a mistake                               1 claim: 1 refuted"
    assert lines[-3].startswith("4 claims: 2 TRUE, 2 FALSE; 1 not as expected (")
    assert "stored invariant" in lines[-2]
    assert lines[-1] == check_module.WHERE_TO_GO_ON
    _, each, _ = run(capsys, "check", "-j", "1", "--no-conditions", "-v")
    assert [claim.id for claim in (*known, wrong)] == re.findall(r"^(?:TRUE|FALSE) +(\S+)", each, re.M)
    assert "bind" not in each and check_module.WHERE_TO_GO_ON not in each
    _, details, _ = run(capsys, "check", "-j", "1", "--no-conditions", "-vv")
    assert "1. scheduler: bind" in details


def test_every_claim_has_one_topic() -> None:
    listed = [claim.id for claims in catalogue.TOPICS.values() for claim in claims]
    assert listed == [claim.id for claim in CLAIMS]
    assert len(set(listed)) == len(listed)


def test_undecided_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.py"
    file.write_text(
        CLAIM_FILE + "from podproof.api import Step\n"
        "c = Claim('hard', 's', Step(api_phase.is_(Phase.Succeeded), api_phase.is_not(Phase.Pending)), POD)\n"
    )
    code, out, _ = run(capsys, "check", "--seconds", "0.001", "--states", "5", "--claims", str(file))
    assert code == 3
    assert "UNKNOWN" in out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["check", "--nonsense"], ["check", "--format", "xml"], ["explain"]]
)
def test_bad_usage_is_one_line_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1


def test_diagram(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, _ = run(capsys, "diagram", "worker", "-o", str(tmp_path / "worker.svg"))
    assert code == 0
    assert b"<svg" in (tmp_path / "worker.svg").read_bytes()
    code, _, err = run(capsys, "diagram", "nothing")
    assert code == 2
    assert "worker" in err


QUICK = [verb for verb in VERBS if verb != "verify"]  # which names what it finds in its options


@pytest.mark.parametrize("arguments", [["--help"], *([verb, "--help"] for verb in QUICK), ["explain", "bad.yaml"]])
def test_what_needs_no_engine_imports_none(arguments: list[str], tmp_path: Path) -> None:
    """Help, and that a document cannot be read, come at once."""
    (tmp_path / "bad.yaml").write_text("a: [\n")
    arguments = [each.replace("bad", str(tmp_path / "bad")) for each in arguments]
    script = f"import sys; from podproof.cli import main\ntry: main({arguments})\nexcept SystemExit: pass\n"
    script += "assert not {'z3', 'numpy', 'networkx', 'numba'} & set(sys.modules), sorted(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_worst_exit_code_wins() -> None:
    assert worst([]) is ExitCode.as_expected
    assert worst([ExitCode.undecided, ExitCode.as_expected]) is ExitCode.undecided
    assert worst([ExitCode.undecided, ExitCode.finding]) is ExitCode.finding
    assert worst([ExitCode.unusable, ExitCode.finding]) is ExitCode.unusable


def test_a_dead_process_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "claims.py"
    file.write_text(
        CLAIM_FILE
        + "import multiprocessing, os\n"
        + "if multiprocessing.parent_process() is not None:\n    os._exit(1)\n"
        + "a = Claim('a', 's', Always(api_phase.is_(*Phase)), POD)\n"
        + "b = Claim('b', 't', Always(api_phase.is_(*Phase)), POD)\n"
    )
    code, _, err = run(capsys, "check", "--jobs", "2", "--claims", str(file))
    assert code == 2
    assert len(err.splitlines()) == 1 and "--jobs 1" in err


def test_output_does_not_depend_on_the_order_of_hashes() -> None:
    names = ("terminal-nothing-runs", "one-init-at-a-time", "policy-brings-no-container-back", "worker-never-goes-back")
    said = []
    for seed in ("1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", "from podproof.cli import main; main()", "check", "--format", "json", *names],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        document = json.loads(done.stdout)
        for claim in document["claims"]:
            claim.pop("seconds")
        said.append(document)
    assert said[0] == said[1]


WATCHED = """{"type":"ADDED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}}
{"type":"MODIFIED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}}
"""


def test_a_stream_of_watch_events_is_told_what_to_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "watched.json"
    file.write_text(WATCHED)
    code, out, err = run(capsys, "explain", str(file))
    assert (code, out) == (2, "")
    assert [line.split(": ")[1].rpartition("json:")[2] for line in err.splitlines()] == ["1:1", "2:1"]
    assert all("jq .object" in line for line in err.splitlines())


def test_no_text_names_a_verb_that_there_is_none_of() -> None:
    files = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    files += [path for root in ("model", "proofs", "diagrams", "cli") for path in sorted((ROOT / root).rglob("*.py"))]
    named = {
        (verb, path.name)
        for path in files
        for verb in re.findall(r"(?:`|\$ |; |/)podproof ([a-z]+)", path.read_text(encoding="utf-8"))
    }
    assert {verb for verb, _ in named} >= {"check", "explain", "verify"}
    assert {verb: where for verb, where in named if verb not in VERBS} == {}
