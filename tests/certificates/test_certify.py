"""Certificates as a user meets them: written by --certify, confirmed by --recheck, and refused when a literal changes.

Whoever changes a file is found out by making it again; whoever changes it so that it fits, by the solvers.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from podproof.certificates.certificate import Ask
from podproof.certificates.counterexample import replay
from podproof.certificates.folder import Evidence, digest, evidence, files
from podproof.certificates.rechecking import SOLVERS, Checked, Status, check
from podproof.certificates.recorded import Rejected, read, record, shows
from podproof.check.decide import Judge
from podproof.claims.catalogue import CLAIMS
from podproof.cli import certificates, main
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import Exit, RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import Phase, Run, Sandbox, Worker, api_phase, ended, run, sandbox, worker
from podproof.language import Scope, System, Transition, first_match, if_then_else, named, number
from podproof.language.expressions import FALSE
from podproof.language.meanings.json import Unreadable, decode, encode
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Shown
from podproof.properties.whole_runs import Shortest

from tests.support.places import ROOT
from tests.support.samples import spread
from tests.support.schemas import expect_valid

BY_ID = {claim.id: claim for claim in CLAIMS}
PROVED = "one-init-at-a-time"
NAMED = "failed-means-nonzero-exit"
"""Proved with lemmas in which parts have names."""

REFUTED = "terminal-nothing-runs"
WITNESSED = "failed-without-a-start"
SEARCHED = "shortest-success"
NAMES = (PROVED, REFUTED, WITNESSED, SEARCHED)
Z3 = {"z3": SOLVERS["z3"]}
JUDGE = Judge()


def recheck(folder: Path, claim: Claim, solvers: Mapping[str, tuple[Ask, int]]) -> Checked:
    return check(folder, claim, solvers, partial(certificates.search, JUDGE))


def run_podproof(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended_:
        main(list(arguments))
    out, err = capsys.readouterr()
    code = ended_.value.code
    return (code if isinstance(code, int) else 0), out, err


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("certificates") / "made"
    with pytest.raises(SystemExit) as done:
        main(["check", *NAMES, "-q", "-j", "1", "--certify", str(target)])
    assert done.value.code == 0
    return target


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


def test_both_solvers_confirm_what_was_written(capsys: pytest.CaptureFixture[str], written: Path) -> None:
    code, out, err = run_podproof(capsys, "check", "--recheck", str(written), "-j", "1")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[:-2]] == [
        ["confirmed", PROVED],
        ["confirmed", REFUTED],
        ["confirmed", WITNESSED],
        ["explored", SEARCHED],
    ]
    assert lines[-2] == "4 claims: 3 proved again, 1 explored again; asked: z3 and cvc5"
    assert re.fullmatch(rf"not in .*: {len(CLAIMS) - 4} claims of {len(CLAIMS)}; it was made of those named", lines[-1])


def test_a_folder_has_what_a_reader_looks_for(written: Path) -> None:
    index = json.loads((written / "index.json").read_text())
    assert [each["id"] for each in index["claims"]] == list(NAMES)
    for each in index["claims"]:
        assert each["sentence"] == BY_ID[each["id"]].sentence
        assert each["model"] == digest(POD)
    proof = written / PROVED
    assert "of container" in (proof / "invariant.txt").read_text() or (proof / "invariant.txt").stat().st_size > 50
    for part in ("initiation", "consecution", "safety"):
        assert (proof / f"{part}.smt2").read_text().count("(check-sat)") > 0
    assert "z3 consecution.smt2" in (proof / "README.md").read_text()
    assert (written / REFUTED / "condition-1" / "safety.smt2").is_file()
    assert (written / REFUTED / "counterexample.json").is_file()
    assert (written / WITNESSED / "witness.json").is_file()


def test_every_document_in_it_is_of_its_schema(written: Path) -> None:
    documents = [json.loads(path.read_text()) for path in sorted(written.rglob("*.json"))]
    named = [document for document in documents if isinstance(document, dict)]  # an invariant is a list of clauses
    for document in named:
        expect_valid(document)
    assert {document["schema"].split("/")[1] for document in named} == {"certificates", "certificate", "counterexample"}


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        (
            "index.json",
            2,
            'it is of the version "podproof/certificates/v1"; this podproof reads podproof/certificates/v3: '
            "write it with --certify",
        ),
        (
            f"{PROVED}/claim.json",
            1,
            'claim.json: its schema is "podproof/certificate/v1"; this podproof reads podproof/certificate/v3: '
            "write it with --certify",
        ),
    ],
)
def test_certificates_of_the_first_version_are_refused_with_what_to_do(
    file: str, code: int, says: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    path = folder / file
    path.write_text(re.sub("(certificates?)/v3", r"\1/v1", path.read_text()))
    ended, out, err = run_podproof(capsys, "check", PROVED, "--recheck", str(folder), "--solver", "z3", "-j", "1")
    assert ended == code
    assert says in out + err


def cvc5_version(path: str) -> tuple[int, ...]:
    """Of the program; nothing where there is none."""
    if (program := shutil.which("cvc5", path=path)) is None:
        return ()
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\d+)\.(\d+)", said)
    assert found is not None, said
    return tuple(map(int, found.groups()))


def test_the_commands_of_the_overview_work_with_what_pip_installs(written: Path) -> None:
    """As they stand there, in an environment's shell. They know nothing of podproof; no package has cvc5's program."""
    text = (written / PROVED / "README.md").read_text()
    commands = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    programs = [command.split()[0] for command in commands]
    assert programs == ["z3", "python", "cvc5"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    for program, command in zip(programs, commands, strict=True):
        if program == "cvc5" and cvc5_version(path) < (1, 2):
            continue
        for part in ("initiation", "consecution", "safety"):
            script = command.replace("consecution.smt2", f"{part}.smt2")
            shell: list[str | Path] = ["sh", "-euc", script]
            done = subprocess.run(
                shell, cwd=written / PROVED, capture_output=True, text=True, check=False, env={"PATH": path}
            )
            asked = (written / PROVED / f"{part}.smt2").read_text().count("(check-sat)")
            assert (done.returncode, done.stdout.split()) == (0, ["unsat"] * asked), (program, part, done.stderr)


def test_the_files_are_the_same_on_every_run(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    environment = {"PYTHONHASHSEED": "7", "PATH": ""}
    command = [sys.executable, "-c", "from podproof.cli import main; main()", "check", PROVED, WITNESSED, "-q"]
    subprocess.run([*command, "--certify", str(again)], check=True, env=environment)
    for name in (PROVED, WITNESSED):
        made = {path.relative_to(again): path.read_bytes() for path in (again / name).rglob("*") if path.is_file()}
        assert made == {p: (written / p).read_bytes() for p in made}


# Tampering


def literals(text: str) -> list[tuple[str, str]]:
    """One change of one literal for each kind that the text has."""
    changes = [
        (r"\(not (\|[^|]*\|)\)", r"\1"),
        (r"\bfalse\b", "true"),
        (r"\|InitRun\.running\|", "|InitRun.waiting|"),
        (r"\bPending\b", "Running"),
        (r'"waiting"', '"running"'),
        (r"is waiting", "is running"),
        (r"\b1\b", "2"),
    ]
    return [(pattern, instead) for pattern, instead in changes if re.search(pattern, text)]


def test_a_certificate_with_one_literal_changed_is_rejected(folder: Path) -> None:
    """In every file, one after another."""
    changes = [
        (name, path, change)
        for name in (PROVED, REFUTED, WITNESSED)
        for path in sorted((folder / name).rglob("*.*"))
        if path.is_file()
        for change in literals(path.read_text())
    ]
    assert len(changes) > 40
    for name, path, (pattern, instead) in spread(changes, 20):
        text = path.read_text()
        path.write_text(re.sub(pattern, instead, text, count=1))
        checked = recheck(folder, BY_ID[name], Z3)
        assert checked.status is Status.rejected, (path, pattern)
        assert len(checked.reasons[0].splitlines()) == 1
        path.write_text(text)
    for name in (PROVED, REFUTED, WITNESSED):
        assert recheck(folder, BY_ID[name], {}).status is Status.confirmed


def test_a_proof_from_lemmas_is_read_back_as_it_was_written(folder: Path) -> None:
    known = evidence(JUDGE.decide(BY_ID[NAMED]))
    assert any(known.proofs()) and known.run is not None
    (folder / NAMED).mkdir()
    assert written_again(folder, known) is Status.confirmed


def test_an_obligation_replaced_by_an_easier_one_is_rejected(folder: Path) -> None:
    file = folder / PROVED / "consecution.smt2"
    asked = file.read_text().count("(check-sat)")
    file.write_text("(set-logic ALL)\n" + "(push 1)\n(assert false)\n(check-sat)\n(pop 1)\n" * asked)
    checked = recheck(folder, BY_ID[PROVED], Z3)
    assert (checked.status, checked.reasons) == (
        Status.rejected,
        ("consecution.smt2:2: not what the claim, the model and the invariant make it",),
    )


@pytest.fixture(scope="module")
def decided() -> dict[str, Evidence]:
    return {name: evidence(JUDGE.decide(BY_ID[name])) for name in NAMES}


def written_again(folder: Path, known: Evidence) -> Status:
    """Who changes the evidence has the program make files that fit it."""
    place = folder / known.claim.id
    shutil.rmtree(place)
    for name, text in files(known).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return recheck(folder, known.claim, Z3).status


def with_clauses(known: Evidence, clauses: tuple[Any, ...]) -> Evidence:
    """The same evidence with other clauses in its first proof."""
    if known.clauses is not None:
        return replace(known, clauses=clauses)
    first, *others = known.assumption_sets
    return replace(known, assumption_sets=(replace(first, clauses=clauses), *others))


@pytest.mark.parametrize("name", [PROVED, REFUTED])
def test_a_wrong_invariant_in_files_that_fit_it_is_rejected(
    folder: Path, decided: dict[str, Evidence], name: str
) -> None:
    known = decided[name]
    assert written_again(folder, known) is Status.confirmed
    wrong: list[tuple[Any, ...]] = [(FALSE,), ()]
    for clauses in wrong:
        assert written_again(folder, with_clauses(known, clauses)) is Status.rejected


def test_a_proof_with_fewer_assumptions_is_rejected(folder: Path, decided: dict[str, Evidence]) -> None:
    known = decided[REFUTED]
    clauses = known.assumption_sets[0].clauses
    bare = replace(known, verdict=Verdict.TRUE, method=Method.proved, run=None, clauses=clauses, assumption_sets=())
    assert written_again(folder, replace(bare, complete=None)) is Status.rejected


def test_a_false_claim_that_is_called_explored_and_true_is_rejected(folder: Path) -> None:
    """Without a run or a proof there is nothing in the folder that could be wrong: only a new search tells."""
    sizes = {"init container": 1, "container": 1}
    for name in (REFUTED, "failing-init-stays-pending"):
        (folder / name).mkdir(exist_ok=True)
        forged = Evidence(BY_ID[name], Verdict.TRUE, Method.exhaustive, sizes=sizes)
        assert written_again(folder, forged) is Status.rejected


SPOILED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another verdict": lambda about: about.update(verdict="TRUE"),
    "no verdict": lambda about: about.update(verdict="PERHAPS"),
    "a better method": lambda about: about.update(method="proved"),
    "another model": lambda about: about.update(model="sha256:0"),
    "no proofs": lambda about: about.update(proofs=[]),
    "proofs of another shape": lambda about: about.update(proofs="all"),
    "an assumption that there is none of": lambda about: about["conditions"][0].update(assumptions=["no-bugs"]),
    "no run": lambda about: about.update(runs=[]),
    "another sentence": lambda about: about.update(sentence="All is well."),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_spoiled_claim_is_rejected(folder: Path, how: str) -> None:
    file = folder / REFUTED / "claim.json"
    about = json.loads(file.read_text())
    SPOILED[how](about)
    file.write_text(json.dumps(about, indent=1) + "\n")
    assert recheck(folder, BY_ID[REFUTED], Z3).status is Status.rejected


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "null", '{"schema": 1}', "\x00", "[[]]", "[1]", '["not"]'])
def test_files_of_any_content_are_rejected_on_one_line(folder: Path, content: str) -> None:
    for name in ("claim.json", "invariant.json"):
        path = folder / PROVED / name
        text = path.read_text()
        path.write_text(content)
        checked = recheck(folder, BY_ID[PROVED], {})
        assert checked.status is Status.rejected
        assert len(checked.reasons[0].splitlines()) == 1
        path.write_text(text)


def test_missing_and_additional_files_are_rejected(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / PROVED / "safety.smt2").unlink()
    (folder / REFUTED / "notes.txt").write_text("trust me")
    (folder / "more").mkdir()
    code, out, _ = run_podproof(capsys, "check", "--recheck", str(folder), "-j", "1", "--solver", "z3")
    assert code == 1
    assert "safety.smt2: cannot be read" in out
    assert "notes.txt is no part of the certificate" in out
    assert "more is no part of it" in out


def test_an_index_that_says_something_else_is_rejected(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    file = folder / "index.json"
    file.write_text(file.read_text().replace('"verdict": "TRUE"', '"verdict": "FALSE"', 1))
    code, out, _ = run_podproof(capsys, "check", PROVED, "--recheck", str(folder), "--format", "json", "-j", "1")
    document = json.loads(out)
    assert code == 1
    expect_valid(document)
    assert document["schema"] == "podproof/recheck/v1"
    assert document["problems"] == [
        'index.json: of one-init-at-a-time it says verdict "FALSE"; in its folder it is "TRUE"'
    ]
    assert [each["status"] for each in document["claims"]] == ["confirmed"]


def test_an_answer_that_a_solver_does_not_give_leaves_it_undecided(written: Path) -> None:
    checked = recheck(written, BY_ID[PROVED], {"z3": (SOLVERS["z3"][0], 1)})
    assert checked.status is Status.undecided
    assert checked.reasons


def test_without_cvc5_z3_is_asked_alone_and_it_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, written: Path
) -> None:
    monkeypatch.setattr("podproof.cli.certificates.find_spec", lambda name: None if name == "cvc5" else name)
    code, out, err = run_podproof(capsys, "check", WITNESSED, "--recheck", str(written))
    assert (code, out.splitlines()[1]) == (0, "1 claim: 1 proved again; asked: z3")
    assert out.splitlines()[2] == f"not looked at: 3 more claims in {written}"
    assert "cvc5 is not installed" in err and len(err.splitlines()) == 1
    code, out, err = run_podproof(capsys, "check", WITNESSED, "--recheck", str(written), "--solver", "cvc5")
    assert (code, out) == (2, "")
    assert "pip install 'podproof[certify]'" in err


def test_rechecking_imports_no_engine() -> None:
    loaded = "print(*(m for m in sys.modules if m.startswith('podproof.engines')))"
    code = f"import sys, podproof.certificates.rechecking; {loaded}"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


# Where it is written


def test_only_certificates_are_replaced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = tmp_path / "deep" / "target"
    for name in (WITNESSED, "terminating-still-runs"):
        code, _, err = run_podproof(capsys, "check", name, "--certify", str(target))
        assert code == 0 and "podproof check --recheck" in err
        assert sorted(path.name for path in target.iterdir()) == sorted(["README.md", "index.json", name])
    (target / "precious.txt").write_text("mine")
    code, _, err = run_podproof(capsys, "check", WITNESSED, "--certify", str(target))
    assert code == 2 and "other things" in err and len(err.splitlines()) == 1
    assert (target / "precious.txt").read_text() == "mine"
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    file = tmp_path / "file"
    file.write_text("")
    assert run_podproof(capsys, "check", WITNESSED, "--certify", str(file))[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--recheck", "no-such-directory"],
        ["--replay", "no-such-file"],
        ["--replay", "pyproject.toml"],
        ["--recheck", ".", "--replay", "x"],
        ["--solver", "z3"],
        [PROVED, "--replay", "x"],
    ],
)
def test_bad_usage_is_said_on_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run_podproof(capsys, "check", *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)


# Recorded runs


def test_a_counterexample_is_run_again(capsys: pytest.CaptureFixture[str], written: Path) -> None:
    code, out, _ = run_podproof(capsys, "check", "--replay", str(written / REFUTED / "counterexample.json"))
    assert code == 0
    assert "podgc: fail" in out
    assert out.splitlines()[-1] == "a run of the model in 5 steps; it breaks the claim"
    code, out, _ = run_podproof(
        capsys, "check", "--replay", str(written / WITNESSED / "witness.json"), "--format", "json"
    )
    assert code == 0
    expect_valid(json.loads(out))
    assert json.loads(out)["runs"][0]["shows"] == "it is a witness of the claim"


def test_the_output_of_check_can_be_replayed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    _, out, _ = run_podproof(capsys, "check", REFUTED, "init-stays-done", "--format", "json")
    file = tmp_path / "check.json"
    file.write_text(out)
    code, out, _ = run_podproof(capsys, "check", "--replay", str(file), "--format", "json")
    assert code == 0
    assert len(json.loads(out)["runs"]) > 3
    document = json.loads(file.read_text())
    document["claims"][0]["id"] = "nobody-knows"
    file.write_text(json.dumps(document))
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, err) == (1, "")
    assert "rejected: it is about the claim 'nobody-knows'" in out and "it breaks the claim" in out
    del document["claims"][1:]
    file.write_text(json.dumps(document))
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, out) == (2, "") and "nobody-knows" in err


def changed(path: list[Any], value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


TAMPERED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another event": (changed(["steps", 4, "event"], "restart"), "step 5, 'restart' cannot happen here"),
    "an event that there is none of": (changed(["steps", 0, "event"], "explode"), 'has no event "explode"'),
    "another actor": (changed(["steps", 0, "actor"], "user"), "step 1: actor"),
    "an element too many": (changed(["steps", 4, "element"], "container 2"), "there is no"),
    "another change": (changed(["steps", 3, "changed", "api phase", 1], "Running"), "makes api phase Failed"),
    "no such value": (changed(["steps", 3, "changed", "api phase", 1], "Unknown"), "cannot be"),
    "another line of kubectl": (changed(["steps", 3, "kubectl"], "pod 1/1 Running"), "step 4: kubectl"),
    "another first state": (changed(["initial", "worker"], "sync"), "initial state"),
    "no first value": (lambda document: document["initial"].pop("worker"), "no value of worker"),
    "an unknown variable": (changed(["initial", "mood"], "good"), "there is no mood"),
    "more elements": (changed(["elements", "container"], 2), "no value of container 2"),
    "too many elements": (changed(["elements", "container"], 10**9), "cannot be 1000000000"),
    "no last step": (lambda document: document["steps"].pop(), "shows nothing of the claim"),
    "an assumption that it breaks": (changed(["assumed"], ["no-podgc"]), "forbids this event"),
    "an unknown assumption": (changed(["assumed"], ["no-luck"]), "has no assumption"),
    "another sentence": (changed(["sentence"], "All Pods are equal."), "sentence is"),
    "another claim": (changed(["claim"], "one-init-at-a-time"), "sentence is"),
    "something more": (changed(["note"], "trust me"), "note is"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_run_is_rejected_with_a_reason(
    capsys: pytest.CaptureFixture[str], written: Path, tmp_path: Path, how: str
) -> None:
    change, reason = TAMPERED[how]
    document = json.loads((written / REFUTED / "counterexample.json").read_text())
    change(document)
    file = tmp_path / "tampered.json"
    file.write_text(json.dumps(document))
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, err) == (1, "")
    assert reason in out and "rejected" in out and len(out.splitlines()) == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"schema": "podproof/counterexample/v1"}',
        '{"schema": "podproof/check/v1"}',
        '{"schema": "podproof/check/v1", "claims": [1]}',
        '{"schema": "podproof/check/v1", "claims": []}',
        '{"schema": "podproof/counterexample/v1", "claim": "pending-means-unscheduled", "assumed": []}',
        "[" * 100_000,
    ],
)
def test_what_is_no_run_is_unusable(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, out, len(err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("name", ["init-restart-reruns-all", "policy-brings-no-container-back", "textbook-phases"])
def test_every_shape_of_claim_is_broken_by_its_run(name: str) -> None:
    trace = Judge().decide(BY_ID[name], assumption_sets=False).answer.trace
    assert trace is not None
    again = read(json.loads(json.dumps(record(BY_ID[name], (), replay(trace)))), BY_ID)
    assert (again.shows, len(again.run.trace)) == (Shown.broken, len(trace))
    if trace.steps:
        shorter = replace(trace, steps=trace.steps[:-1])
        with pytest.raises(Rejected, match="shows nothing"):
            read(record(BY_ID[name], (), replay(shorter)), BY_ID)


def test_a_run_shows_something_of_one_formula_and_nothing_of_another() -> None:
    trace = Judge().decide(BY_ID[REFUTED], assumption_sets=False).answer.trace
    assert trace is not None
    again = replay(trace)
    failed = api_phase.is_(Phase.Failed)
    assert shows(Always(~failed), again) == Shown.broken
    assert shows(Always(sandbox.is_not(Sandbox.lost)), again) == ""
    assert shows(Shortest(failed, 9), again) == Shown.broken
    assert shows(Shortest(failed, 4), again).startswith("it is as short")
    assert shows(Shortest(failed, 2), again) == ""


# Reading and writing clauses


def test_clauses_of_every_kind_are_read_back() -> None:
    size = number("size", 0, 5)
    system = replace(POD, frozen=(*POD.frozen, size))
    waiting = run.is_(Run.waiting)
    phase = if_then_else(regular.all(waiting), Phase.Pending, api_phase)
    clauses = [
        named("few", regular.count(waiting) <= size + 1),
        size.is_(1, 2) | (size * 2 - 1 < 3),
        phase.is_(Phase.Pending) | phase.equals(api_phase),
        regular.first(waiting, ended, Exit.none).is_(Exit.zero),
        regular.last(waiting, ended, Exit.none).equals(Exit.zero),
        regular.all(regular.first(waiting, ended, Exit.none, Scope.later).is_(Exit.zero)),
        (size // 2).is_(1) | (7 // (size + 1) < 3),
        first_match((worker.is_(Worker.none, Worker.sync), api_phase), default=Phase.Failed).equals(api_phase),
        init.some(FALSE) | policy.is_(RestartPolicy.Always),
    ]
    stored = json.loads(json.dumps(encode(clauses)))
    assert encode(decode(stored, system)) == encode(clauses)
    assert list(map(str, decode(stored, system)))[1:] == list(map(str, clauses))[1:]


@pytest.mark.parametrize(
    "form",
    [
        None,
        "x",
        1.5,
        [],
        ["variable", "state"],
        ["not", 3],
        ["in", ["variable", "worker"], [[]]],
        ["all", "nobody", "every", True],
        ["value", "Phase", "Pending"],
        ["<", ["//", 7, 0], 3],
        ["first", "regular container", True, True, False, "sooner"],
        ["first", "regular container", True, True, False, "later", "later"],
    ],
)
def test_what_is_no_clause_is_unreadable(form: Any) -> None:
    with pytest.raises(Unreadable):
        decode([form], POD)


def test_every_change_of_the_model_changes_its_digest() -> None:
    seen = {digest(POD)}
    count = 1
    for position, machine in enumerate(POD.machines):
        for number_, transition in enumerate(machine.transitions):
            other: list[Transition[Any]] = list(machine.transitions)
            other[number_] = {**transition, "conditions": FALSE}
            machines = list(POD.machines)
            machines[position] = replace(machine, transitions=other)
            seen.add(digest(replace(POD, machines=tuple(machines))))
            count += 1
    assert len(seen) == count > 30
    assert digest(System(POD.name, POD.machines, POD.frozen, POD.initially)) in seen


def test_a_claim_of_ones_own_is_certified(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file, target = str(ROOT / "examples" / "my_claims.py"), str(tmp_path / "own")
    assert run_podproof(capsys, "check", "--claims", file, "--certify", target)[0] == 0
    assert run_podproof(capsys, "check", "--claims", file, "--recheck", target)[0] == 0
    code, _, err = run_podproof(capsys, "check", "--recheck", target)
    assert code == 2 and "no-sandbox-no-process" in err
    assert isinstance(BY_ID[PROVED], Claim)
