"""Rules compute what Kubernetes computed: a sample of every corpus; the whole ones where they are at hand."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from podproof.cli import main
from podproof.conform.catalogue import MODULES, find
from podproof.conform.corpus import Corpus, compare, conform, lines

from tests.support.corpora import SAMPLES, WHOLE, sample
from tests.support.schemas import expect_valid


def corpus(name: str) -> Corpus:
    found = find(name)
    assert found is not None
    return found


LEAST = {"backoff_config": 20}
"""Where fewer than 100 records are a sample: there are not many inputs."""


@pytest.mark.parametrize("name", MODULES)
def test_a_sample_conforms(name: str) -> None:
    records = sample(name)
    assert len(records) >= LEAST.get(name, 100)
    tally = conform(corpus(name), records, 3)
    assert tally.conforms, tally.differences


@pytest.mark.parametrize("name", MODULES)
def test_the_whole_corpus_conforms(name: str) -> None:
    path = WHOLE / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there: set PODPROOF_CORPUS to a directory of whole corpora")
    tally = conform(corpus(name), lines(path), 3)
    assert tally.conforms, tally.differences


# The verb.


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["conform", *arguments])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def test_conform_counts_and_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, str(SAMPLES / "phase.jsonl.gz"))
    assert (code, err) == (0, "")
    assert out.splitlines()[1].split()[:5] == ["phase", str(len(sample("phase"))), str(len(sample("phase"))), "0", "0"]


def wrong(tmp_path: Path) -> Path:
    """A corpus in which one record says another phase."""
    first, *rest = [dict(record) for record in sample("phase")[:5]]
    first["output"] = {"phase": "Bliss"}
    path = tmp_path / "phase.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in (first, *rest)))
    return path


def test_a_difference_is_shown_with_its_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(wrong(tmp_path)))
    assert code == 1
    assert "Bliss" in out and "phase was decided by: " in out
    assert sample("phase")[0]["id"] in out


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--format", "json", str(wrong(tmp_path)))
    document = json.loads(out)
    expect_valid(document)
    assert (code, document["schema"]) == (1, "podproof/conform/v2")
    (result,) = document["results"]
    assert (result["corpus"], result["cases"], result["passed"], result["failed"]) == ("phase", 5, 4, 1)
    (difference,) = document["findings"]
    record = difference["properties"]
    assert (difference["rule"], difference["subject"]) == ("wrong-result", f"phase: {record['record']}")
    assert record["expected"] == {"phase": "Bliss"} and record["rules"]["phase"]


def test_a_corpus_without_rules_is_unsupported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "horoscopes.jsonl"
    path.write_text('{"id": "a", "input": {}, "output": {}}\n')
    code, out, _ = run(capsys, str(path))
    assert code == 1
    assert "there are no rules for this corpus" in out


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        pytest.param(*each, id=what)
        for what, each in {
            "not JSON": ("phase.jsonl", b"{\n", "phase.jsonl:1"),
            "not a record": ("phase.jsonl", b'\n{"id": 1}\n', "phase.jsonl:2"),
            "not gzip": ("phase.jsonl.gz", b"hello", "phase.jsonl.gz"),
            "cut off": ("phase.jsonl.gz", gzip.compress(b'{"id": "x"' * 9999, mtime=0)[:60], "phase.jsonl.gz"),
            "deep": ("phase.jsonl", b"[" * 100_000, "phase.jsonl:1"),
            "binary": ("phase.jsonl", bytes(range(256)), "phase.jsonl:1"),
        }.items()
    ],
)
def test_bad_files_are_one_line(
    name: str, content: bytes, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, out, err = run(capsys, str(path))
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert where in err


def test_missing_files_and_empty_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, str(tmp_path / "phase.jsonl"))[0] == 2
    assert run(capsys, str(tmp_path))[0] == 2
    (tmp_path / "phase.jsonl").write_text("")
    code, out, _ = run(capsys, str(tmp_path))
    assert code == 1 and "no records" in out


@pytest.mark.parametrize("name", MODULES)
def test_a_record_of_another_form_does_not_pass(name: str) -> None:
    for given in ({}, {"spec": None}, {"spec": {"containers": 7}, "status": "x"}):
        difference = compare(corpus(name), {"id": "odd", "input": given, "output": {}})
        assert difference is not None
        assert difference.unsupported or difference.got


def test_an_empty_object_may_be_left_out() -> None:
    given = {"spec": {"containers": [{"name": "app"}]}, "podIsTerminal": False, "podHasInitialized": False}
    record = {"id": "empty", "input": given, "output": {"phase": "Pending"}}
    assert compare(corpus("phase"), record) is None


def test_a_difference_names_what_is_not_supported() -> None:
    def refuse(given: Any) -> Any:
        from podproof.conform.corpus import Unsupported

        raise Unsupported("it has wings")

    difference = compare(replace(corpus("phase"), decide=refuse), sample("phase")[0])
    assert difference is not None and difference.unsupported == "it has wings"


def test_the_same_as_a_function(tmp_path: Path) -> None:
    from podproof.api import conform as compared

    (tally,) = compared(str(SAMPLES / "phase.jsonl.gz"))
    assert tally.conforms and tally.cases == len(sample("phase"))
    (tally,) = compared(str(wrong(tmp_path)))
    assert (tally.passed, tally.failed) == (4, 1)
    (tmp_path / "phase.jsonl").write_text("{")
    with pytest.raises(ValueError, match=r"phase\.jsonl:1:2: not JSON"):
        compared(str(tmp_path / "phase.jsonl"))


def test_what_is_bad_among_good_ones_is_said_and_the_rest_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, cut = tmp_path / "phase.jsonl", tmp_path / "conditions.jsonl.gz"
    records = [json.dumps(record) for record in sample("phase")[:5]]
    good.write_text("\n".join([records[0], "{", *records[1:], "[]", ""]))
    cut.write_bytes(b"hello")
    code, out, err = run(capsys, str(good), str(cut), str(tmp_path / "nowhere.jsonl"))
    assert code == 1
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [["phase", "5", "5"]]
    first, second, third = err.splitlines()
    assert f"{good}:2:2: not JSON" in first and first.endswith("; 1 more line like it")
    assert str(cut) in second and "nowhere.jsonl: No such file" in third
    code, out, _ = run(capsys, "--format", "json", str(good), str(cut))
    document = json.loads(out)
    expect_valid(document)
    assert (code, [each["rule"] for each in document["findings"]]) == (1, ["unreadable-corpus"] * 2)
    assert document["findings"][0]["location"] == {"file": str(good), "line": 2, "column": 2}
    assert len(document["results"]) == 1
    good.write_text("{")
    code, out, err = run(capsys, str(good), str(cut))
    assert (code, out, len(err.splitlines())) == (2, "", 2)
