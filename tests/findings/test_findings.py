"""Findings, whichever verb they are of: as text and JSON, ignored for a reason, and known from a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from podproof.cli import main
from podproof.findings.baseline import Damaged, compared, document, read
from podproof.findings.finding import Finding, Level, Location, Rule, Step
from podproof.findings.ignores import UNNEEDED_IGNORE, Ignore, explained, unneeded
from podproof.findings.writers import WRITERS, Results, details, plain

from tests.support.corpora import sample
from tests.support.schemas import SCHEMAS, expect_valid, mistakes

DARK = Rule("too-dark", "a room without a lamp")
LOUD = Rule("too-loud", "a room with a drum", Level.warning)


def finding(subject: str = "cellar", rule: Rule = DARK, line: int = 3) -> Finding:
    return Finding(rule, subject, "no lamp in it", location=Location("house.yaml", line, 5), remedy="hang one up")


# One finding


def test_a_finding_on_one_line_and_below_its_subject() -> None:
    whole = Finding(
        DARK,
        "cellar",
        "no lamp in it",
        "looked twice",
        Location("house.yaml", 3, 5),
        (Step("go down", {"by": "stairs"}), Step("look")),
        "hang one up",
        "moles live there",
    )
    assert str(whole) == "house.yaml:3:5: cellar no lamp in it; hang one up"
    assert list(details(whole)) == [
        "no lamp in it",
        "looked twice",
        "run: go down; look",
        "hang one up",
        "ignored: moles live there",
    ]
    assert plain(whole) == {
        "rule": "too-dark",
        "level": "error",
        "subject": "cellar",
        "message": "no lamp in it",
        "evidence": "looked twice",
        "location": {"file": "house.yaml", "line": 3, "column": 5},
        "run": [{"told": "go down", "by": "stairs"}, {"told": "look"}],
        "remedy": "hang one up",
        "ignored": "moles live there",
        "properties": {},
    }
    bare = Finding(DARK, "cellar", "no lamp in it")
    assert list(plain(bare)) == list(plain(whole)) and plain(bare)["location"] is None
    assert str(bare) == "cellar no lamp in it" and list(details(bare)) == ["no lamp in it"]


def test_what_would_break_a_line_does_not() -> None:
    odd = Finding(DARK, "a\nb", "c\x1b[31m", location=Location("d\te", 1))
    assert str(odd) == r"d\te:1: a\nb c\x1b[31m"
    assert str(Location("-", 4)) == "<stdin>:4" and str(Location("a.py")) == "a.py"


def test_only_errors_that_are_not_ignored_count() -> None:
    assert finding().counts and not finding(rule=LOUD).counts
    assert not Finding(DARK, "cellar", "dark", regarded=Level.note).counts
    assert Finding(LOUD, "cellar", "loud", regarded=Level.error).counts
    assert not Finding(DARK, "cellar", "dark", ignored="moles").counts


def test_writers_give_what_a_verb_says() -> None:
    results = Results(lambda: [finding()], lambda: ["first", "second"], lambda: {"findings": [plain(finding())]})
    assert list(WRITERS["text"](results)) == ["first", "second"]
    (written,) = WRITERS["json"](results)
    assert json.loads(written) == {"findings": [plain(finding())]}


# Ignores


def test_an_ignore_covers_subjects_of_its_rule_and_is_needed() -> None:
    cellar = Ignore(DARK, "cell*", "Moles live there.")
    attic = Ignore(DARK, "attic", "Bats live there.")
    assert explained(finding(), [attic, cellar]).ignored == "Moles live there."
    assert explained(finding(rule=LOUD), [cellar]).ignored == ""
    (found,) = unneeded([cellar, attic], [finding()])
    assert (found.rule, found.subject, found.counts) == (UNNEEDED_IGNORE, "too-dark: attic", True)


# A baseline


def everywhere(rule: str, subject: str) -> bool:
    return True


def test_a_baseline_survives_moved_lines_and_other_words_and_is_always_the_same() -> None:
    known = document("lint", [finding("cellar"), finding("attic"), finding("cellar", line=9)])
    assert known == document("lint", [finding("cellar", line=70), finding("cellar"), finding("attic")])
    assert mistakes(known) == []
    assert known["findings"] == [
        {"rule": "too-dark", "subject": "attic", "count": 1},
        {"rule": "too-dark", "subject": "cellar", "count": 2},
    ]
    moved = Finding(DARK, "attic", "said in other words", location=Location("house.yaml", 99))
    now = compared([moved, finding(), finding("hall")], read(known, "lint"), everywhere)
    assert [each.counts for each in now.findings] == [False, False, True]
    assert (now.known, now.gone) == (2, (("too-dark", "cellar"),))


def test_as_often_as_it_was_there_and_no_more() -> None:
    known = read(document("lint", [finding()]), "lint")
    now = compared([finding(), finding()], known, everywhere)
    assert [each.counts for each in now.findings] == [False, True]


def test_what_does_not_count_is_not_written_and_what_was_not_looked_for_is_not_gone() -> None:
    ignored = explained(finding(), [Ignore(DARK, "*", "All right.")])
    assert document("lint", [ignored, finding(rule=LOUD)])["findings"] == []
    known = read(document("lint", [finding()]), "lint")
    assert compared([], known, lambda rule, subject: subject != "cellar").gone == ()
    assert compared([ignored], known, everywhere).findings[0].ignored == "All right."


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "its schema is None"),
        ([], "its schema is"),
        ({"schema": "podproof/lint/v2"}, "its schema is 'podproof/lint/v2', not podproof/baseline/v1"),
        ({"verb": "verify"}, "a baseline of podproof 'verify', not of podproof lint"),
        ({"findings": {}}, "findings is a list"),
        ({"more": 1}, "nothing beside it"),
        ({"findings": [{"rule": "a", "subject": "b"}]}, "finding 1 needs a rule, a subject and how often"),
        ({"findings": [{"rule": "a", "subject": "b", "count": 0}]}, "finding 1 is there twice, or not"),
        ({"findings": [{"rule": "a", "subject": "b", "count": True}]}, "finding 1 is there twice, or not"),
        ({"findings": [{"rule": "a", "subject": "b", "count": 1}] * 2}, "finding 2 is there twice, or not"),
        ({"findings": [{"rule": "a", "subject": "b", "count": 1, "line": 2}]}, "finding 1 is there twice, or not"),
        ({"findings": ["a"]}, "finding 1 needs a rule"),
    ],
)
def test_a_damaged_baseline_is_refused(wrong: Any, says: str) -> None:
    given = document("lint", [finding()]) | wrong if isinstance(wrong, dict) else wrong
    with pytest.raises(Damaged) as refused:
        read(given, "lint")
    assert says in str(refused.value)


# As a user meets it

MACHINES = """
line = {"states": ["a", "b"], "initial": "a", "transitions": [["go", "a", "b"]]}
longer = {"states": ["a", "b", "c", "d"], "initial": "a", "transitions": [["go", "a", "b"], ["on", "a", "c"]]}
"""
CLAIMS = """
from podproof.api import POD, Always, Claim
from podproof.kubernetes.vocabulary.states import Worker, worker
told = Claim("told", "A worker is one of its stages.", Always(
    worker.is_(Worker.sync) | ~worker.is_(Worker.sync, Worker.none) | worker.is_(Worker.none)), POD)
"""
RECORDS = [dict(record) | {"output": {"phase": "Bliss"}} for record in sample("phase")[:3]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "machines.py").write_text(MACHINES)
    (tmp_path / "claims.py").write_text(CLAIMS)
    (tmp_path / "phase.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS[:2]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS = {
    "lint": ("--claims", "claims.py", "--elements", "1", "--select", "trivial-claim"),
    "verify": ("machines.py:longer",),
    "conform": ("phase.jsonl",),
}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.mark.parametrize("verb", COMMANDS)
def test_what_is_in_the_baseline_does_not_count(verb: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = (verb, *COMMANDS[verb])
    assert run(capsys, *command)[0] == 1
    code, _, err = run(capsys, *command, "--write-baseline", "known.json")
    known = json.loads((folder / "known.json").read_text())
    expect_valid(known)
    assert code == 1 and f"wrote known.json: {len(known['findings'])} finding" in err and known["findings"]
    first = (folder / "known.json").read_bytes()
    run(capsys, *command, "--write-baseline", "known.json")
    assert (folder / "known.json").read_bytes() == first
    code, out, err = run(capsys, *command, "--baseline", "known.json")
    assert (code, err) == (0, "")
    assert f"{len(known['findings'])} finding" in out and "in known.json, not counted" in out
    code, out, _ = run(capsys, *command, "--baseline", "known.json", "--format", "json")
    told = json.loads(out)
    expect_valid(told)
    assert code == 0
    assert told["baseline"] == {"file": "known.json", "known": len(known["findings"]), "gone": []}
    assert {each["ignored"] for each in told["findings"]} <= {"in the baseline"}
    gone, *others = known["findings"]
    strange = {"rule": gone["rule"], "subject": f"{gone['subject'].partition(': ')[0]}: nothing", "count": 1}
    (folder / "known.json").write_text(json.dumps(known | {"findings": [strange, *others]}))
    code, out, _ = run(capsys, *command, "--baseline", "known.json")
    assert code == 1
    assert f"gone from known.json: {strange['rule']}  {strange['subject']}" in out


def test_what_is_not_looked_for_is_not_said_to_be_gone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "verify", "machines.py:longer", "--write-baseline", "known.json")
    code, out, _ = run(capsys, "verify", "machines.py:line", "--baseline", "known.json", "--ignore", "unreachable")
    assert code == 0 and "gone from known.json: deadlock  c" in out and "unreachable" not in out
    run(capsys, "conform", "phase.jsonl", "--write-baseline", "known.json")
    (folder / "conditions.jsonl").write_text("")
    code, out, _ = run(capsys, "conform", "conditions.jsonl", "--baseline", "known.json")
    assert code == 1 and "gone" not in out


def test_conform_shows_what_is_new_however_many_are_known(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "conform", "phase.jsonl", "--write-baseline", "known.json")
    more = RECORDS[2] | {"output": {"phase": "Gloom"}}
    with (folder / "phase.jsonl").open("a") as file:
        file.write(json.dumps(more) + "\n")
    code, out, _ = run(capsys, "conform", "phase.jsonl", "--differences", "1", "--baseline", "known.json")
    assert code == 1
    assert f"{more['id']} (phase)" in out and "Gloom" in out and "Bliss" not in out
    assert run(capsys, "conform", "phase.jsonl", "--differences", "0")[0] == 1


@pytest.mark.parametrize("verb", COMMANDS)
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "known.json: cannot be read: No such file or directory; --write-baseline makes one"),
        (b"{", "known.json: not JSON: "),
        (b"\xff", "known.json: not UTF-8 text"),
        (b'{"schema": "podproof/baseline/v9"}', "known.json: no baseline: its schema is 'podproof/baseline/v9'"),
        (b'{"schema": 1, "schema": 2}', 'known.json: "schema" stands twice in one object'),
    ],
)
def test_no_baseline_is_said_on_one_line(
    content: bytes | None, says: str, verb: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (folder / "known.json").write_bytes(content)
    code, out, err = run(capsys, verb, *COMMANDS[verb], "--baseline", "known.json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert says in err and err.rstrip().endswith(("makes one", "makes it anew"))


def test_where_no_baseline_can_be_written_nothing_is_done(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "verify", "machines.py:line", "--write-baseline", "no/such/known.json")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "no/such/known.json: cannot be written" in err


def test_the_finding_of_the_docs_is_the_one_that_is_written() -> None:
    schema = json.loads((SCHEMAS / "finding.schema.json").read_text())
    assert list(schema["properties"]) == schema["required"] == list(plain(finding()))
