"""One sync of a Pod's status, and the syncs in which a Pod is stopped: samples, cases by hand, every rule matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from podproof.fidelity import pipeline as fidelity
from podproof.fidelity.corpus import Corpus, Unsupported, conform
from podproof.language import FALSE, TRUE, Expr, Kind, Variable
from podproof.language.domains import BOOLEAN
from podproof.language.expressions import Compare, Eq, In, nodes, rewrite
from podproof.language.valuations import compiled
from podproof.pod.rules import container_status, merge, pipeline
from podproof.pod.rules.decision import Decision
from podproof.pod.rules.pipeline import Cause, KillReason

from tests.corpora import sample

CORPORA = {corpus.name: corpus for corpus in fidelity.CORPORA}


@pytest.mark.parametrize("corpus", fidelity.CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms_and_rules_can_be_told(corpus: Corpus) -> None:
    records = sample(corpus.name)
    assert len(records) > 150
    tally = conform(corpus, records, 3)
    assert tally.conforms, tally.differences
    for record in records[:20]:
        assert all(corpus.decided_by(record["input"]).values())


# Inputs by hand.

ALL = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [7]}}
READY = {"state": "SANDBOX_READY", "ip": "10.0.0.1"}


def instance(name: str, state: str = "exited", code: int = 0, restarts: int = 0, at: int = 60) -> dict[str, Any]:
    return {
        "name": name,
        "id": f"t://{name}-{restarts}",
        "state": state,
        "exitCode": code,
        "reason": "Completed" if code == 0 else "Error",
        "restartCount": restarts,
        "createdAt": at,
        "inActiveSandbox": True,
    }


def entry(name: str, state: str, last: int | None = None, code: int = 1, restarts: int = 0) -> dict[str, Any]:
    inside = {"terminated": {"exitCode": code, "reason": "Error"}, "running": {}, "waiting": {"reason": "x"}}
    lasts = {} if last is None else {"lastState": {"terminated": {"exitCode": last, "reason": "Error"}}}
    return {
        "name": name,
        "containerID": f"t://{name}-0",
        "restartCount": restarts,
        "state": {state: inside[state]},
        **lasts,
    }


def pod(*instances: Any, old: Any = None, errors: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    spec = {"restartPolicy": "Always", "containers": [{"name": "b"}, {"name": "a"}], **more.pop("spec", {})}
    return {
        "metadata": more.pop("metadata", {}),
        "spec": spec,
        "oldStatus": {"phase": "Running", **(old or {})},
        "runtime": {"sandboxes": more.pop("sandboxes", [READY]), "containers": list(instances)},
        "startErrors": {name: {"reason": "ErrImagePull"} for name in errors},
        "podIsTerminal": False,
        **more,
    }


def statuses(*entries: Any, inits: Any = ()) -> dict[str, Any]:
    return {"containerStatuses": list(entries), "initContainerStatuses": list(inits)}


INITS = {"initContainers": [{"name": "z"}, {"name": "s", "restartPolicy": "Always"}]}
RESTART_ALL = {"containers": [{"name": "a"}, {"name": "b", "restartPolicy": "Never", "restartPolicyRules": [ALL]}]}
DISRUPTED = {"type": "DisruptionTarget", "status": "True"}
DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}

LOST_IN_RESTART = pod(
    instance("a", "unknown"), instance("b", code=7), spec=RESTART_ALL, old=statuses(entry("a", "running"))
)
GONE_IN_RESTART = pod(instance("b", code=7), spec=RESTART_ALL, old=statuses(entry("a", "running")))
PRESUMED = pod(
    instance("a", "running"),
    spec=INITS,
    old=statuses(inits=[entry("z", "running"), entry("s", "running")]),
    errors=("z", "s"),
)
DONE = pod(instance("z"), instance("s"), spec=INITS, errors=("z", "s"))

STATES = ("running", "terminated", "waiting")
OWN: tuple[dict[str, Any], ...] = (
    {},
    *({"restartPolicy": policy} for policy in ("Always", "OnFailure", "Never")),
    {"restartPolicy": "Never", "restartPolicyRules": [ALL]},
)


def history(name: str, was: str, last: int | None, found: tuple[Any, ...], error: bool, **more: Any) -> dict[str, Any]:
    """A container with a status so far and instances."""
    old = [entry(name, was, last, restarts=2)]
    statuses_so_far = statuses(*old) if name == "a" else statuses(inits=old)
    return pod(*found, old=statuses_so_far, errors=(name,) if error else (), spec=INITS, **more)


def found(name: str) -> list[tuple[Any, ...]]:
    first = instance(name, code=1)
    again = tuple((instance(name, life, 1, at=120), first) for life in ("running", "created", "unknown"))
    twice = tuple(
        (instance(name, "created", at=120), instance(name, life)) for life in ("running", "created", "unknown")
    )
    more = (instance(name, "running", restarts=3), instance(name, "unknown"), instance(name, restarts=3))
    return [(), (instance(name),), *((one,) for one in more), *again, *twice]


BY_HAND: list[Any] = [
    LOST_IN_RESTART,
    GONE_IN_RESTART,
    PRESUMED,
    DONE,
    *(pod(instance("a", state), spec=INITS) for state in ("created", "exited", "unknown")),
    *(
        history(name, was, last, instances, error, metadata=metadata)
        for name in ("a", "s", "z")
        for was in STATES
        for last in (None, 1)
        for instances in found(name)
        for error in (False, True)
        for metadata in ({}, DELETED)
    ),
    *(
        pod(
            instance(name, state, code),
            spec={"restartPolicy": policy, "containers": [{"name": "b"}], field: [{"name": name, **own}]},
            errors=(name,),
            old=statuses(),
        )
        for field, name in (("containers", "a"), ("initContainers", "z"))
        for state in ("exited", "running")
        for code in (0, 1, 7)
        for policy in ("Always", "OnFailure", "Never")
        for own in OWN
    ),
    pod(secondsSinceStartTime=10),
    pod(spec={"activeDeadlineSeconds": 0}),
    *(
        pod(spec={"activeDeadlineSeconds": 10}, secondsSinceStartTime=seconds, old={"phase": phase, "reason": reason})
        for seconds in (None, 9, 10)
        for phase in ("Pending", "Failed", "Succeeded", "Dormant", "")
        for reason in ("", "r")
    ),
    *(pod(instance("b", code=code), spec=RESTART_ALL) for code in (0, 7)),
    *(
        pod(instance("z", code=7), spec={"initContainers": [{"name": "z", "restartPolicyRules": [ALL]}]}, old=old)
        for old in ({}, {"phase": "Failed"}, {"phase": "Succeeded"})
    ),
    pod(sandboxes=[{"state": "SANDBOX_READY", "ip": None}, READY]),
    pod(sandboxes=[{"state": "SANDBOX_NOTREADY", "ip": "10.0.0.2"}, READY]),
]


def status(given: Any) -> Any:
    return CORPORA["status_pipeline"].decide(given)["status"]


def named(found: Any, name: str) -> Any:
    entries = [*found["containerStatuses"], *found.get("initContainerStatuses", ())]
    return next(one for one in entries if one["name"] == name)


def test_whoever_is_lost_in_a_restart_of_all_says_so() -> None:
    end = {"terminated": {"exitCode": 137, "reason": "RestartingAllContainers"}}
    found = status(LOST_IN_RESTART)
    assert named(found, "a")["state"] == end and named(found, "a")["restartCount"] == 1
    assert {"type": "AllContainersRestarting", "status": "True", "reason": "RestartAllContainersStarted"} in (
        found["conditions"]
    )
    gone = named(status(GONE_IN_RESTART), "a")
    assert gone["lastState"] == end and gone["state"] == {"waiting": {"reason": "ContainerCreating"}}


def test_an_init_container_that_is_gone_is_presumed_to_be_done() -> None:
    found = status(PRESUMED)
    assert named(found, "z")["state"] == {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert named(found, "z")["ready"] and named(found, "z")["restartCount"] == 1
    assert named(found, "s")["state"] == {"waiting": {"reason": "ErrImagePull"}}


@pytest.mark.parametrize(
    ("state", "shown"), [("created", "terminated"), ("exited", "terminated"), ("unknown", "waiting")]
)
def test_only_if_a_regular_container_was_created(state: str, shown: str) -> None:
    assert list(named(status(pod(instance("a", state), spec=INITS)), "z")["state"]) == [shown]


def test_init_containers_that_are_done_wait_for_nothing() -> None:
    found = status(DONE)
    assert [list(one["state"]) for one in found["initContainerStatuses"]] == [["terminated"], ["terminated"]]


def test_order_is_by_name_and_of_init_containers_as_in_the_spec() -> None:
    found = status(pod(spec=INITS))
    assert [one["name"] for one in found["containerStatuses"]] == ["a", "b"]
    assert [one["name"] for one in found["initContainerStatuses"]] == ["z", "s"]


def test_of_more_than_two_instances_the_newest_two_count() -> None:
    found = status(pod(*(instance("a", code=n, restarts=n, at=60 * n) for n in (1, 3, 2))))
    assert named(found, "a")["restartCount"] == 3
    assert named(found, "a")["lastState"]["terminated"]["exitCode"] == 2


def test_the_last_of_several_old_entries_of_a_name_counts() -> None:
    old = statuses(entry("a", "waiting", restarts=1), entry("a", "waiting", restarts=5))
    assert named(status(pod(old=old)), "a")["restartCount"] == 5


def test_a_reason_is_any_text() -> None:
    given = pod(errors=("a",))
    given["startErrors"]["a"]["reason"] = "Bored"
    assert named(status(given), "a")["state"] == {"waiting": {"reason": "Bored"}}


def test_ephemeral_containers_have_statuses_and_no_say() -> None:
    spec = {"ephemeralContainers": [{"name": "e"}]}
    found = status(pod(instance("e", code=1), instance("a", "running"), instance("b", "running"), spec=spec))
    assert found["phase"] == "Running"
    assert [one["name"] for one in found["ephemeralContainerStatuses"]] == ["e"]


@pytest.mark.parametrize(("seconds", "phase"), [(None, "Pending"), (9, "Pending"), (10, "Failed")])
def test_the_deadline(seconds: int | None, phase: str) -> None:
    given = pod(spec={"activeDeadlineSeconds": 10}, old={"phase": "Pending"}, secondsSinceStartTime=seconds)
    assert status(given)["phase"] == phase
    assert status({**given, "oldStatus": {"phase": "Succeeded"}})["phase"] == "Succeeded"


def test_conditions_of_others_stay_and_gates_read_them() -> None:
    gates = [{"conditionType": which} for which in ("mine", "Initialized", "PodReadyToStartContainers")]
    running = (instance("a", "running"), instance("b", "running"))
    old = {
        "conditions": [
            {"type": "mine", "status": "True", "reason": "r"},
            {"type": "PodResizePending", "status": "True"},
        ]
    }

    def ready(*more: str) -> str:
        gate = [*gates, *({"conditionType": which} for which in more)]
        found = status(pod(*running, spec={"readinessGates": gate}, old=old))["conditions"]
        assert found[0] == old["conditions"][0] and "PodResizePending" not in [one["type"] for one in found]
        return str(next(one["status"] for one in found if one["type"] == "Ready"))

    assert ready() == "True"
    assert ready("yours") == ready("PodScheduled") == ready("PodResizePending") == "False"


def sync(api: Any, local: Any, *instances: Any) -> fidelity.Sync:
    spec = {"restartPolicy": "Never", "containers": [{"name": "a"}]}
    return fidelity.Sync({}, spec, api, local, (), instances, {}, False, None)


MINE = {"type": "mine", "status": "True"}
TWO_STATUSES = [
    sync({"conditions": api}, {"conditions": local})
    for api in ([], [MINE], [DISRUPTED], [MINE, DISRUPTED, DISRUPTED])
    for local in ([], [MINE], [{**DISRUPTED, "reason": "r"}])
] + [
    sync({"phase": api, "reason": "api"}, {"phase": local, "reason": reason}, *instances)
    for api in ("", "Running", "Failed", "Succeeded")
    for local in ("", "Pending", "Running", "Failed", "Succeeded")
    for reason in ("", "local")
    for instances in ((), (instance("a"),), (instance("a", code=1),), (instance("a", "running"),))
]


def test_the_kubelets_own_disruption_target_counts() -> None:
    own = {**DISRUPTED, "reason": "TerminationByKubelet"}
    added = fidelity.generate(sync({}, {"conditions": [own]}))["conditions"]
    assert added[0] == own
    replaced = fidelity.generate(sync({"conditions": [DISRUPTED, DISRUPTED]}, {"conditions": [own]}))["conditions"]
    assert replaced[:3:1] == [own, DISRUPTED, replaced[2]] and replaced[2]["type"] == "PodReadyToStartContainers"


def test_the_kubelets_own_phase_comes_before_that_in_the_api() -> None:
    found = fidelity.generate(sync({"phase": "Running", "reason": "api"}, {"phase": "Failed", "reason": ""}))
    assert found["phase"] == "Failed" and found["reason"] == "api"
    found = fidelity.generate(sync({"phase": "Succeeded"}, {"phase": "Failed", "reason": "r"}))
    assert found["phase"] == "Succeeded" and found["reason"] == "r"


def test_the_class_of_a_pod_with_requests_is_not_computed() -> None:
    spec = {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}}]}
    with pytest.raises(Unsupported):
        status(pod(spec=spec))
    assert status(pod(spec=spec, old={"qosClass": "Burstable"}))["qosClass"] == "Burstable"


def test_an_unknown_cause_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        CORPORA["scenarios"].decide({"cause": "boredom", "spec": {}})


def test_only_the_kubelet_says_why_it_kills() -> None:
    by_kubelet = {Cause.eviction, Cause.preemption, Cause.shutdown}
    for cause in Cause:
        silent = compiled(pipeline.killed.value)({pipeline.cause: cause}, {}, {}, None) is KillReason.none
        assert silent is (cause not in by_kubelet)


# Every rule matters.

State = tuple[dict[Variable[Any], Any], dict[Kind, int], int | None]

GROUPS = {"app": container_status.app_rules, "init": container_status.init_rules}
PARTS = ("should_restart", "found", "waits", "state", "previous", "last", "restarts")
OF_THE_POD = (
    container_status.first_reason,
    container_status.lost_reason,
    pipeline.deadline,
    pipeline.kept,
    pipeline.final,
    pipeline.reason,
    pipeline.fate,
    pipeline.adds_disruption,
    pipeline.all_restarting,
)
DECISIONS: dict[str, Decision[Any]] = {
    **{f"{group}: {part}": getattr(rules, part) for group, rules in GROUPS.items() for part in PARTS},
    **{decision.name: decision for decision in OF_THE_POD},
}
KINDS = {f"{group}: {part}": rules.seen.kind for group, rules in GROUPS.items() for part in PARTS}
KINDS[pipeline.fate.name] = merge.old.kind


@cache
def syncs() -> tuple[fidelity.Sync, ...]:
    """Syncs that were done: their values say what every decision read."""
    found = [fidelity._sync(record["input"]) for record in sample("status_pipeline")]
    found += [fidelity._sync(given) for given in BY_HAND]
    found += TWO_STATUSES
    for one in found:
        fidelity.generate(one)
    return tuple(found)


@cache
def states(kind: Kind | None) -> tuple[State, ...]:
    return tuple(
        (one.values, one.sizes, own) for one in syncs() for own in ([None] if kind is None else range(one.sizes[kind]))
    )


def differs(one: Expr[Any], other: Expr[Any], among: tuple[State, ...]) -> bool:
    first, second = compiled(one), compiled(other)
    return any(first(values, sizes, {}, own) != second(values, sizes, {}, own) for values, sizes, own in among)


def rules_of(which: dict[str, Decision[Any]]) -> Iterator[Any]:
    for name, decision in which.items():
        for rule in decision.rules[:-1]:
            if rule.when is FALSE:
                continue  # of init containers only
            yield pytest.param(name, rule.name, id=f"{name}: {rule.name}")


@pytest.mark.parametrize(("name", "rule"), list(rules_of(DECISIONS)))
def test_without_a_rule_or_with_it_always_some_record_differs(name: str, rule: str) -> None:
    decision, among = DECISIONS[name], states(KINDS.get(name))
    without = tuple(r for r in decision.rules if r.name != rule)
    always = tuple(replace(r, when=TRUE) if r.name == rule else r for r in decision.rules)
    assert differs(decision.value, replace(decision, rules=without).value, among)
    assert differs(decision.value, replace(decision, rules=always).value, among)


def atoms(expr: Expr[Any]) -> list[Expr[Any]]:
    leaves = (node for node in nodes(expr) if isinstance(node, Variable | In | Eq | Compare))
    return [node for node in leaves if node.domain == BOOLEAN]


def swapped(expr: Expr[Any], old: Expr[Any], new: Expr[Any]) -> Expr[Any]:
    return rewrite(expr, lambda node: new if node is old else None)


COMPOSED = ("waits", "state", "last", pipeline.final.name, pipeline.reason.name)
"""What reads other decisions: their comparisons matter there, and not always here."""


@pytest.mark.parametrize("name", [name for name in DECISIONS if name.split(": ")[-1] not in COMPOSED])
def test_every_comparison_matters(name: str) -> None:
    """Each atom of a decision, made a constant, changes it somewhere."""
    value, among = DECISIONS[name].value, states(KINDS.get(name))
    found = [(atom, constant) for atom in atoms(value) for constant in (TRUE, FALSE)]
    assert [str(atom) for atom, constant in found if not differs(value, swapped(value, atom, constant), among)] == []
