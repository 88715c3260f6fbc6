"""Rules compute what Kubernetes computed: a sample of every corpus; the whole ones where they are at hand.

And nothing in a rule is idle: with a mistake anywhere in it, some record of a sample comes out differently.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from podproof.claims.formulas import Always
from podproof.claims.records import RECORDS
from podproof.cli import main
from podproof.engines import models
from podproof.evidence.verdicts import Limits
from podproof.fidelity import phases, readiness
from podproof.fidelity.catalogue import MODULES, find
from podproof.fidelity.corpus import Corpus, Json, compare, conform, lines
from podproof.language import TRUE, Expr
from podproof.language.expressions import equal, own_kinds, variables_in
from podproof.language.valuations import compiled, evaluate
from podproof.pod.rules import conditions, phase, probes
from podproof.pod.rules.decision import Decision
from podproof.pod.spec import init, regular

from tests.corpora import SAMPLES, WHOLE, sample
from tests.expression_mutants import mutants


def corpus(name: str) -> Corpus:
    found = find(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", MODULES)
def test_a_sample_conforms(name: str) -> None:
    records = sample(name)
    assert len(records) >= 100
    tally = conform(corpus(name), records, 3)
    assert tally.conforms, tally.differences


@pytest.mark.parametrize("name", MODULES)
def test_the_whole_corpus_conforms(name: str) -> None:
    path = WHOLE / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path} is not there: set PODPROOF_CORPUS to a directory of whole corpora")
    tally = conform(corpus(name), lines(path), 3)
    assert tally.conforms, tally.differences


# Every part of every rule matters: no small mistake in it goes unseen.

State = tuple[dict[Any, Any], dict[Any, int], int | None]
FAILED = {"terminated": {"exitCode": 1, "reason": "Error"}}
RESTARTED = {"terminated": {"exitCode": 137, "reason": "RestartingAllContainers"}}


def never_pod(init: Json, app: Json) -> Json:
    """Read from the source of getPhase; nothing like it was recorded."""
    return {
        "spec": {
            "restartPolicy": "Never",
            "containers": [{"name": "app"}],
            "initContainers": [{"name": "init"}],
        },
        "status": {
            "containerStatuses": [{"name": "app", **app}],
            "initContainerStatuses": [{"name": "init", **init}],
        },
        "podIsTerminal": False,
        "podHasInitialized": True,
    }


DONE: Json = {"state": {"terminated": {"exitCode": 0}}}
RESTARTING: Json = {"state": {"waiting": {"reason": "RestartingAllContainers"}}, "lastState": FAILED}
UNRECORDED = (
    # An init container that runs again is pending, however its earlier run ended.
    (never_pod({"state": {"running": {}}, "lastState": FAILED}, {"state": {"waiting": {}}}), "Pending"),
    # While it waits, the reason of the earlier run counts, not the one that it waits for.
    (never_pod(RESTARTING, {"state": {"waiting": {}}}), "Failed"),
    (never_pod(DONE, RESTARTING), "Failed"),
    # Once it has ended again, the earlier run does not count.
    (never_pod({"state": FAILED, "lastState": RESTARTED}, {"state": {"waiting": {}}}), "Failed"),
)


@pytest.mark.parametrize(("given", "expected"), UNRECORDED)
def test_phases_that_were_not_recorded(given: Json, expected: str) -> None:
    assert corpus("phase").decide(given) == {"phase": expected}


def phase_states() -> Iterator[State]:
    for name, gate in (("phase", True), ("phase_container_restart_rules", True), ("phase_gates_off", False)):
        for record in sample(name):
            yield (*phases.values_of(gate, record["input"]), None)
    for given, _ in UNRECORDED:
        yield (*phases.values_of(True, given), None)


def condition_states() -> Iterator[State]:
    for record in sample("conditions"):
        yield (*readiness.condition_values(record["input"]), None)


def probe_states(probed: probes.Probed) -> Iterator[State]:
    for record in sample("ready_started"):
        values, sizes = readiness.probe_values(record["input"])
        for number in range(sizes[probed.record.kind]):
            yield values, sizes, number


DECISIONS: dict[str, tuple[Decision[Any], Callable[[], Iterator[State]]]] = {
    "phase": (phase.recorded, phase_states),
    "Initialized": (conditions.recorded_initialized, condition_states),
    "ContainersReady": (conditions.recorded_containers_ready, condition_states),
    "Ready": (conditions.recorded_ready, condition_states),
    "sandbox changed": (conditions.recorded_sandbox_changed, condition_states),
    "app started": (probes.app.started, partial(probe_states, probes.app)),
    "app ready": (probes.app.ready, partial(probe_states, probes.app)),
    "init started": (probes.inits.started, partial(probe_states, probes.inits)),
    "init ready": (probes.inits.ready, partial(probe_states, probes.inits)),
}
ANY_RECORDS = replace(
    RECORDS,
    frozen=(
        *RECORDS.frozen,
        conditions.host_network,
        conditions.sandbox_ready,
        conditions.network,
        conditions.address,
    ),
)


@pytest.mark.parametrize("name", DECISIONS)
def test_a_mistake_makes_some_record_differ_or_no_difference(name: str) -> None:
    """What no record of the sample shows must be no mistake: z3 finds no record at all that comes out otherwise."""
    decision, states_of = DECISIONS[name]
    states = list(states_of())
    right = [evaluate(decision.value, values, sizes, own=own) for values, sizes, own in states]
    unseen = []
    for what, mutant in mutants(decision.value):
        decide = compiled(mutant)
        seen = any(
            decide(values, sizes, {}, own) != value for (values, sizes, own), value in zip(states, right, strict=True)
        )
        if not seen and not equivalent(decision.value, mutant):
            unseen.append(what)
    assert not unseen


def equivalent(right: Expr[Any], mutant: Expr[Any]) -> bool:
    """No records with up to two of each come out differently."""
    same: Expr[bool] = iff(right, mutant) if right.domain == TRUE.domain else equal(right, mutant)
    for kind in own_kinds(same):
        same = kind.all(same)
    sandboxes = (0, 1, 2) if conditions.sandbox_ready in variables_in(same) else (0,)
    sizes = [
        {regular: apps, init: inits, conditions.gate: 1, conditions.sandbox: number}
        for apps in (1, 2)
        for inits in (0, 1, 2)
        for number in sandboxes
    ]
    return models.refuted(ANY_RECORDS, Always(same), sizes, Limits()) is None


def iff(left: Expr[bool], right: Expr[bool]) -> Expr[bool]:
    return left & right | ~left & ~right


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
    assert (code, document["schema"]) == (1, "podproof/conform/v1")
    (result,) = document["results"]
    assert (result["corpus"], result["cases"], result["passed"], result["failed"]) == ("phase", 5, 4, 1)
    (difference,) = document["first_differences"]
    assert difference["expected"] == {"phase": "Bliss"} and difference["rules"]["phase"]


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
        from podproof.fidelity.corpus import Unsupported

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
    with pytest.raises(ValueError, match=r"phase\.jsonl:1: not JSON"):
        compared(str(tmp_path / "phase.jsonl"))
