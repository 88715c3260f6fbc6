"""Columns and lengths of time are as kubectl prints them: samples, cases that these may not have; each rule matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
from podproof.fidelity.corpus import Corpus, Unsupported, conform
from podproof.fidelity.printing import CORPORA, add_up, seconds, values_of
from podproof.language import FALSE, TRUE, Expr
from podproof.language.valuations import evaluate
from podproof.pod.rules import columns, duration
from podproof.pod.rules.decision import Decision, Rule

from tests.corpora import sample

NOW = "2026-01-01T12:00:00Z"
Pod = dict[str, Any]


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms(corpus: Corpus) -> None:
    tally = conform(corpus, sample(corpus.name), 3)
    assert tally.conforms and tally.cases >= 400, tally.differences


# Cases that no sample may have.


def pod(
    apps: list[Pod] | None = None,
    inits: list[Pod] | None = None,
    spec: Pod | None = None,
    conditions: list[tuple[str, str]] | None = None,
    **status: Any,
) -> Pod:
    """A Pod that was created an hour ago, with these status entries and (type, status) of conditions."""
    return {
        "metadata": {"creationTimestamp": "2026-01-01T11:00:00Z"},
        "spec": {"containers": [{"name": "a"}], **(spec or {})},
        "status": {
            "phase": "Running",
            "containerStatuses": apps or [],
            "initContainerStatuses": inits or [],
            "conditions": [{"type": type_, "status": is_} for type_, is_ in conditions or ()],
            **status,
        },
    }


def entry(name: str, state: Pod | None = None, **rest: Any) -> Pod:
    return {"name": name, "state": state or {}, **rest}


def ended(code: int, reason: str = "", **rest: Any) -> Pod:
    return {"terminated": {"exitCode": code, "reason": reason, **rest}}


def waits(reason: str = "") -> Pod:
    return {"waiting": {"reason": reason}}


def exited_at(time: str | None) -> Pod:
    return {"terminated": {"exitCode": 1, "finishedAt": time}}


RUNS = entry("a", {"running": {}}, ready=True)
SIDECAR = {"initContainers": [{"name": "s", "restartPolicy": "Always"}]}
ONE_INIT = {"initContainers": [{"name": "i"}]}
RESTARTED = entry("a", RUNS["state"], ready=True, restartCount=1, lastState=exited_at("2026-01-01T11:55:00Z"))

CASES: dict[str, tuple[Pod, dict[str, str]]] = {
    "nothing": ({}, {"READY": "0/0", "STATUS": "", "RESTARTS": "0", "AGE": "<unknown>", "IP": "<none>"}),
    "no phase": (pod(phase=None), {"STATUS": "", "READY": "0/1", "AGE": "60m"}),
    "the Pod's own reason is Completed, and it is Ready": (
        pod([RUNS], conditions=[("Ready", "True")], reason="Completed"),
        {"STATUS": "Running"},
    ),
    "the Pod's own reason is Completed": (pod([RUNS], reason="Completed"), {"STATUS": "NotReady"}),
    "the Pod's own reason is Completed, and nothing runs": (pod(reason="Completed"), {"STATUS": "Completed"}),
    "a phase that does not exist": (pod([RUNS], phase="Completed"), {"STATUS": "NotReady"}),
    "it exists even less": (pod([RUNS], phase="Resting"), {"STATUS": "Resting"}),
    "that phase, but a reason": (pod([RUNS], phase="Completed", reason="Tired"), {"STATUS": "Tired"}),
    "an init container's Completed is another one": (
        pod([RUNS], [entry("i", ended(1, "Completed"))], ONE_INIT, [("Initialized", "True")], reason="Completed"),
        {"STATUS": "Init:Completed", "READY": "1/1"},
    ),
    "a gate on top of Completed": (
        pod([RUNS], reason="Completed")
        | {"status": {"containerStatuses": [RUNS], "reason": "Completed", "conditions": [
            {"type": "PodScheduled", "status": "True", "reason": "SchedulingGated"}]}},
        {"STATUS": "SchedulingGated"},
    ),
    "a gate's reason on another condition": (
        {"status": {"phase": "Pending", "conditions": [{"type": "Ready", "reason": "SchedulingGated"}]}},
        {"STATUS": "Pending"},
    ),
    "braces are no format": (pod([entry("a", waits("{reason} {0}"))]), {"STATUS": "{reason} {0}"}),
    "braces, after Init:": (pod([], [entry("i", waits("{}"))], ONE_INIT), {"STATUS": "Init:{}"}),
    "statuses in an order of their own": (
        pod([entry("b", waits("B")), entry("a", waits("A"))], spec={"containers": [{"name": "a"}, {"name": "b"}]}),
        {"STATUS": "B", "READY": "0/2"},
    ),
    "Completed with an exit code": (
        pod([entry("a", ended(3, "Completed")), entry("b", ended(4, "Error"))]),
        {"STATUS": "Completed"},
    ),
    "Completed, then the first that failed": (
        pod([entry("a", ended(0, "Completed")), entry("b", ended(4)), entry("c", ended(5, "Error"))]),
        {"STATUS": "ExitCode:4"},
    ),
    "Completed, then a signal": (
        pod([entry("a", ended(0, "Completed")), entry("b", ended(137, signal=9))]),
        {"STATUS": "Signal:9"},
    ),
    "waiting without a reason says nothing": (pod([entry("a", waits(), ready=True)]), {"STATUS": "Running"}),
    "an init container that waits without a reason": (
        pod([], [entry("i", waits())], ONE_INIT),
        {"STATUS": "Init:0/1"},
    ),
    "an unknown init container is no sidecar": (
        pod([], [entry("x", {"running": {}}, started=True, ready=True)], SIDECAR),
        {"STATUS": "Init:0/1", "READY": "0/2"},
    ),
    "the last init container of a name counts": (
        pod(
            [RUNS],
            [entry("s", {"running": {}}, started=True, ready=True)],
            {"initContainers": [{"name": "s"}, {"name": "s", "restartPolicy": "Always"}]},
        ),
        {"STATUS": "Running", "READY": "2/2"},
    ),
    "a started sidecar that failed is passed": (
        pod([RUNS], [entry("s", ended(1, "Error"), started=True)], SIDECAR),
        {"STATUS": "Running", "READY": "1/2"},
    ),
    "a sidecar that succeeded is passed but never ready": (
        pod([RUNS], [entry("s", ended(0), started=True, ready=True)], SIDECAR),
        {"STATUS": "Running", "READY": "1/2"},
    ),
    "a sidecar without `started`": (
        pod([], [entry("s", {"running": {}}, started=None, ready=True)], SIDECAR),
        {"STATUS": "Init:0/1", "READY": "0/2"},
    ),
    "the first Initialized counts": (
        pod([RUNS], [entry("i")], ONE_INIT, [("Initialized", "False"), ("Initialized", "True")]),
        {"STATUS": "Init:0/1", "READY": "0/1"},
    ),
    "any Ready counts": (
        pod([entry("a", ended(0, "Completed")), RUNS], conditions=[("Ready", "False"), ("Ready", "True")]),
        {"STATUS": "Running"},
    ),
    "the first condition of a gate counts": (
        pod(spec={"readinessGates": [{"conditionType": "g"}, {"conditionType": "g"}, {"conditionType": "h"}]},
            conditions=[("g", "True"), ("g", "False")]),
        {"READINESS GATES": "2/3"},
    ),
    "an address of its own": (pod(podIP="10.0.0.1"), {"IP": "10.0.0.1"}),
    "a list of addresses": (pod(podIPs=[{"ip": "fd00::1"}, {"ip": "10.0.0.1"}]), {"IP": "fd00::1"}),
    "restarted": (pod([RESTARTED]), {"RESTARTS": "1 (5m ago)"}),
    "not restarted, but something ended": (pod([RESTARTED | {"restartCount": 0}]), {"RESTARTS": "0"}),
    "restarted at an unknown time": (pod([RESTARTED | {"lastState": exited_at(None)}]), {"RESTARTS": "1"}),
    "restarted in the future": (
        pod([RESTARTED | {"lastState": exited_at("2026-01-01T12:00:02Z")}]),
        {"RESTARTS": "1 (<invalid> ago)"},
    ),
    "restarted in another time zone": (
        pod([RESTARTED | {"lastState": exited_at("2026-01-01T13:30:00+02:00")}]),
        {"RESTARTS": "1 (30m ago)"},
    ),
    "restarts while initializing": (
        pod(
            [RESTARTED],
            [entry("i", ended(0), restartCount=2), entry("j", restartCount=3), entry("k", restartCount=4)],
            {"initContainers": [{"name": "i"}, {"name": "j"}, {"name": "k"}]},
        ),
        {"STATUS": "Init:1/3", "RESTARTS": "5"},
    ),
    "restarts of an initialized Pod are those of sidecars up to the first that has not started": (
        pod(
            [RESTARTED],
            [
                entry("i", ended(0), restartCount=2, lastState=exited_at("2026-01-01T11:59:59Z")),
                entry("s", {"running": {}}, restartCount=10),
                entry("t", {"running": {}}, restartCount=20),
            ],
            {"initContainers": [
                {"name": "i"}, {"name": "s", "restartPolicy": "Always"}, {"name": "t", "restartPolicy": "Always"}]},
            [("Initialized", "True")],
        ),
        {"STATUS": "Init:1/3", "RESTARTS": "11 (5m ago)", "READY": "1/3"},
    ),
    "created in the future": ({"metadata": {"creationTimestamp": "2026-01-01T12:00:02Z"}}, {"AGE": "<invalid>"}),
    "created almost now": ({"metadata": {"creationTimestamp": "2026-01-01T12:00:01Z"}}, {"AGE": "0s"}),
    "created before durations": ({"metadata": {"creationTimestamp": "1600-01-01T00:00:00Z"}}, {"AGE": "292y"}),
    "its node is lost": (
        {"metadata": {"deletionTimestamp": NOW}, "status": {"phase": "Failed", "reason": "NodeLost"}},
        {"STATUS": "Unknown"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_cases(given: Pod, expected: dict[str, str]) -> None:
    found = CORPORA[0].decide({"pod": given, "now": NOW})
    assert {column: found[column] for column in expected} == expected
    assert {type(text) for text in found.values()} == {str}
    assert CORPORA[0].decided_by({"pod": given, "now": NOW})["STATUS"]


def test_a_time_that_is_none() -> None:
    with pytest.raises(Unsupported, match="yesterday"):
        seconds("yesterday")


@pytest.mark.parametrize(
    ("length", "text"),
    [(-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (10 * 60 + 1, "10m"), (8 * 365 * 86400 - 1, "7y364d")],
)
def test_lengths(length: int, text: str) -> None:
    assert duration.text(length) == text


# Each rule matters.

State = tuple[dict[Any, Any], dict[Any, int], int | None]


def inputs() -> Iterator[Any]:
    yield from (record["input"] for record in sample("kubectl_status"))
    yield from ({"pod": given, "now": NOW} for given, _ in CASES.values())


def states() -> Iterator[State]:
    for given in inputs():
        values, sizes, _ = values_of(given)
        add_up(values, sizes)
        yield values, sizes, None


STATES: list[State] = list(states())
QUOTES = {*columns.OF_INIT, *columns.OF_REGULAR}
QUOTING: list[State] = [(v, s, None) for v, s, _ in STATES if evaluate(columns.recorded.status.value, v, s) in QUOTES]
OF_INIT: list[State] = [(values, sizes, i) for values, sizes, _ in STATES for i in range(sizes[columns.inits.kind])]
OF_APP: list[State] = [(values, sizes, i) for values, sizes, _ in STATES for i in range(sizes[columns.app.kind])]
LENGTHS = [record["input"]["seconds"] for record in sample("human_duration")] + [-2, -1]

DECISIONS: list[tuple[Decision[Any], list[State]]] = [
    (columns.recorded.status, STATES),
    (columns.recorded.quoted, QUOTING),
    (columns.recorded.of_pod, STATES),
    (columns.recorded.of_init, OF_INIT),
    (columns.recorded.of_regular, OF_APP),
    (columns.restarts_shown, STATES),
    (columns.age_shown, STATES),
    (columns.address_shown, STATES),
    (columns.gates_shown, STATES),
    (duration.printed, [(duration.values_of(length), {}, None) for length in LENGTHS]),
]


def wrong(decision: Decision[Any], number: int) -> Iterator[tuple[str, Decision[Any]]]:
    """The decision with a mistake in one rule: it is not there, it always applies, its value is another one's."""
    rules = list(decision.rules)
    rule = rules[number]
    if number < len(rules) - 1:
        yield "removed", replace(decision, rules=(*rules[:number], *rules[number + 1 :]))
        yield "always applies", replace(decision, rules=(*rules[:number], Rule(rule.name, TRUE, rule.then)))
    for other in {str(r.then): r.then for r in rules if str(r.then) != str(rule.then)}.values():
        changed = (*rules[:number], Rule(rule.name, rule.when, other), *rules[number + 1 :])
        yield f"says {other}"[:60], replace(decision, rules=changed)


def values_in(expr: Expr[Any], states: list[State]) -> list[Any]:
    return [evaluate(expr, values, sizes, own=own) for values, sizes, own in states]


@pytest.mark.parametrize(("decision", "states"), DECISIONS, ids=[decision.name for decision, _ in DECISIONS])
def test_a_mistake_in_a_rule_shows(decision: Decision[Any], states: list[State]) -> None:
    right = values_in(decision.value, states)
    survived = {
        (rule.name, mistake)
        for number, rule in enumerate(decision.rules)
        for mistake, mutant in wrong(decision, number)
        if values_in(mutant.value, states) == right
    }
    assert survived == set()


RECORDED: tuple[Any, ...] = columns.recorded_pod, columns.app.entry, columns.inits.entry
UNUSED = {
    ("apps", "sidecar"): "only init containers are",
    ("apps", "started"): "only a sidecar's counts",
    ("apps", "mentioned"): "every entry is",
    ("inits", "mentioned"): "every entry is",
}


def facts() -> Iterator[Any]:
    for which, asked in zip(("pod", "apps", "inits"), RECORDED, strict=True):
        for field in fields(asked):
            if field.name in ("kind", "state", "reason") or (which, field.name) in UNUSED:
                continue
            for constant in (TRUE, FALSE):
                yield pytest.param(which, field.name, constant, id=f"{which}.{field.name}={constant}")


def line_values(line: columns.Line) -> list[list[Any]]:
    of_pod = (line.status.value, line.quoted.value, line.ready, line.done, line.counts)
    return [*(values_in(part, STATES) for part in of_pod), values_in(line.init_counts, OF_INIT)]


RIGHT = line_values(columns.recorded)


@pytest.mark.parametrize(("which", "field", "constant"), list(facts()))
def test_every_fact_of_a_pod_matters(which: str, field: str, constant: Expr[bool]) -> None:
    asked: dict[str, Any] = dict(zip(("pod", "apps", "inits"), RECORDED, strict=True))
    asked[which] = replace(asked[which], **{field: constant})
    assert line_values(columns.line(**asked)) != RIGHT
