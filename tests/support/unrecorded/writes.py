"""What becomes of statuses that were not recorded: read from the source of the functions that the corpora name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from podproof.conform import writes
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import termination
from podproof.language.meanings.python import evaluate


def condition(which: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"type": which, "status": status, **more}


def entry(name: str, state: str | None = None, **more: Any) -> dict[str, Any]:
    inside = {"terminated": {"exitCode": more.pop("exitCode", 0)}, "running": {}, "waiting": {}}
    return {"name": name, "ready": False, **({} if state is None else {"state": {state: inside[state]}}), **more}


def container(name: str, own: str | None = None, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, **({"restartPolicy": own} if own else {}), "restartPolicyRules": list(rules)}


def exits(action: str, *codes: int) -> dict[str, Any]:
    return {"action": action, "exitCodes": {"operator": "In", "values": list(codes)}}


STATUSES = {
    "containers": "containerStatuses",
    "initContainers": "initContainerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}


def restarting(field: str, specs: list[Any], pod: str, code: int, names: tuple[str, ...] = ("a",)) -> Any:
    """A status in which containers that exited with `code` run again."""
    return {
        "spec": {"restartPolicy": pod, field: specs},
        "oldStatus": {STATUSES[field]: [entry(name, "terminated", exitCode=code) for name in names]},
        "newStatus": {STATUSES[field]: [entry(name, "running") for name in names]},
    }


SIDECARS = {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]}


def terminating(*inits: Any) -> Any:
    status = {"phase": "Pending", "containerStatuses": [entry("a", "waiting")], "initContainerStatuses": list(inits)}
    return {"spec": SIDECARS, "status": status, "static": False}


INITIALIZING: tuple[tuple[tuple[Any, ...], list[str]], ...] = (
    ((), []),
    ((entry("i", "terminated", exitCode=0),), ["a"]),
    ((entry("i", "terminated", exitCode=1),), []),
    ((entry("i", "waiting", lastState={"terminated": {"exitCode": 0}}),), ["a", "i"]),
    ((entry("i", "waiting"), entry("s", "waiting")), ["i"]),
    ((entry("i"), entry("s", "waiting")), ["i"]),
    ((entry("i", "waiting"), entry("s", "running", started=True)), ["a", "i", "s"]),
    ((entry("i", "waiting"), entry("s", "running", started=False)), ["i", "s"]),
    ((entry("i", "waiting"), entry("s", "terminated", exitCode=0)), ["i"]),
    ((entry("i", "waiting"), entry("s", "waiting", started=True)), ["i"]),
    ((entry("i", "waiting", lastState={"terminated": {"exitCode": 1}}),), ["i"]),
    ((entry("s", "running", started=True),), ["s"]),
    ((entry("x", "terminated", exitCode=0),), []),
    ((entry("i", "running"), entry("s", "waiting"), entry("x", "waiting")), ["i"]),
    ((entry("i", "waiting"), entry("s", "waiting"), entry("x", "terminated", exitCode=0)), ["i", "s"]),
    (
        (
            entry("i", "waiting"),
            entry("s", "waiting"),
            entry("x", "waiting", lastState={"terminated": {"exitCode": 1}}),
        ),
        ["i", "s", "x"],
    ),
)
"""Entries of init containers, and the names of the entries that TerminatePod marks."""

Case = tuple[str, Any, Any]
"""Corpus, input and output."""


def _initialized(given: Json) -> Json:
    return {"initialized": evaluate(termination.initialized.value, *writes.termination_state(given))}


INITIALIZED = Corpus(
    "initialized",
    "kubelet status manager hasPodInitialized",
    "whether the Pod had initialized",
    _initialized,
    lambda output: output,
)


def initializations() -> Iterator[tuple[Any, Any]]:
    """hasPodInitialized, which TerminatePod asks: if so, a regular container that waits is marked."""
    for inits, marked in INITIALIZING:
        yield terminating(*inits), {"initialized": "a" in marked}
    yield {"spec": {"containers": [{"name": "a"}]}, "status": {}}, {"initialized": True}
    ended = {"terminated": {"exitCode": 1}}
    for began, app in (
        (True, entry("a", "running")),
        (True, entry("a", "terminated")),
        (True, entry("a", "waiting", lastState=ended)),
        (False, entry("a", "waiting")),
    ):
        given = terminating(entry("i", "waiting"))
        given["status"]["containerStatuses"] = [app, entry("b", "waiting")]
        yield given, {"initialized": began}


ALL = exits("RestartAllContainers", 99)


def terminations() -> Iterator[Case]:
    """TerminatePod marks the entries of these names as lost."""
    for inits, marked in INITIALIZING:
        given = terminating(*inits)
        lists = {
            field: [{**one, "state": writes.LOST} if one["name"] in marked else one for one in given["status"][field]]
            for field in ("containerStatuses", "initContainerStatuses")
            if given["status"][field]
        }
        yield "terminate_pod_status", given, {"status": {"phase": "Failed", **lists}}
    for phase, static, after in (
        ("Succeeded", False, "Succeeded"),
        ("Running", True, "Running"),
        ("", False, "Failed"),
    ):
        given = {"spec": {"containers": []}, "status": {"phase": phase}, "static": static}
        yield "terminate_pod_status", given, {"status": {"phase": after}}


def merges() -> Iterator[Case]:
    """mergePodStatus."""

    def case(old: Any, new: Any, merged: Any, running: bool = False) -> Case:
        given = {"oldStatus": old, "newStatus": new, "couldHaveRunningContainers": running}
        return "merge_pod_status", given, {"status": merged}

    def negated(*types: str, reason: str) -> list[Any]:
        return [condition(which, "False", reason=reason) for which in types]

    scheduled = condition("PodScheduled")
    newer = [condition("DisruptionTarget", reason="a"), condition("DisruptionTarget", reason="b")]
    older = [condition("DisruptionTarget", "False"), condition("DisruptionTarget")]
    for phase, reason in (("Failed", "PodFailed"), ("Succeeded", "PodCompleted")):
        both = negated("ContainersReady", "Ready", reason=reason)
        for ready in (["Ready"], ["ContainersReady"], ["ContainersReady", "Ready"]):
            found = [condition(which) for which in ready]
            expected = {"phase": phase, "conditions": [
                scheduled,
                *negated(*ready, reason=reason),
                *(one for one in both if one["type"] not in ready),
            ]}  # fmt: skip
            yield case({"phase": "Running"}, {"phase": phase, "conditions": [scheduled, *found]}, expected)
    unready = [scheduled, condition("ContainersReady", "False"), condition("Ready", "False")]
    yield case(
        {"phase": "Running"}, {"phase": "Failed", "conditions": unready}, {"phase": "Failed", "conditions": unready}
    )
    for which, other in (("Ready", "ContainersReady"), ("ContainersReady", "Ready")):
        first = {"phase": "Failed", "conditions": [condition(which, "False"), condition(which)]}
        yield case({}, first, first)
        twice = {"phase": "Failed", "conditions": [condition(which), condition(which)]}
        (negative,), added = negated(which, reason="PodFailed"), negated(other, reason="PodFailed")
        yield case({}, twice, {"phase": "Failed", "conditions": [negative, condition(which), *added]})
    yield case({}, {"phase": "Failed", "conditions": newer}, {"phase": "Failed", "conditions": newer[:1]})
    replaced = {"phase": "Failed", "conditions": [newer[0], older[1]]}
    yield case({"phase": "Running", "conditions": older}, {"phase": "Failed", "conditions": newer}, replaced)
    yield case(
        {"phase": "Failed", "conditions": older},
        {"phase": "Failed", "conditions": newer},
        {"phase": "Failed", "conditions": older},
    )
    withheld = {"phase": "Dormant", "reason": "r", "conditions": older}
    yield case(withheld, {"phase": "Failed", "conditions": newer}, withheld, running=True)
    kept = {"phase": "Failed", "conditions": [condition("mine")]}
    yield case({"conditions": [condition("mine")]}, {"phase": "Failed", "conditions": [condition("yours")]}, kept)


def refusals() -> Iterator[Case]:
    """checkContainerStateTransition, which says nothing where it accepts."""

    def case(given: Any, error: str | None) -> Case:
        return "kubelet_state_transition", given, {"allowed": error is None, "error": error}

    def said(name: str, of: str = "init container") -> str:
        return f"terminated {of} {name} attempted illegal transition to non-terminated state"

    a, b, c, never = container("a"), container("b"), container("c"), "Never"
    for field, of in (("containers", "container"), ("initContainers", "init container")):
        yield case(restarting(field, [a], never, 0), said("a", of))
        yield case(restarting(field, [a], "OnFailure", 0), said("a", of))
        yield case(restarting(field, [a], "OnFailure", 1), None)
        yield case(restarting(field, [a], "Always", 0), None)
        yield case(restarting(field, [container("a", "Always")], never, 0), None)
        yield case(restarting(field, [container("a", "OnFailure")], never, 1), None)
        yield case(restarting(field, [container("a", "OnFailure")], never, 0), said("a", of))
        yield case(restarting(field, [container("a", "Never", exits("Restart", 0))], never, 0), None)
        yield case(restarting(field, [container("a", "Never", exits("Restart", 0))], never, 1), said("a", of))
        yield case(restarting(field, [a, container("b", "Never", ALL)], never, 0), None)
        yield case(restarting(field, [container("a", "Always"), b, c], never, 0, ("a", "b", "c")), said("b", of))
        restarts = container("a", "Never", exits("Restart", 1))
        for allowed in (container("a", "OnFailure"), restarts):
            yield case(restarting(field, [allowed, b], never, 1, ("a", "b")), said("b", of))
        for tolerated in (a, container("a", "Never")):
            given = restarting(field, [tolerated, b], "OnFailure", 1, ("a", "b"))
            given["oldStatus"][STATUSES[field]][1] = entry("b", "terminated")
            yield case(given, said("b", of))
    yield case(restarting("containers", [], never, 0), said("a", "container"))
    mismatch = "found mismatch between pod spec and status, container: "
    yield case(restarting("initContainers", [a, b], never, 0, ("b", "a")), f"{mismatch}b")
    yield case(restarting("initContainers", [container("a", "Always"), b], never, 0, ("a", "x")), f"{mismatch}x")
    yield case(restarting("initContainers", [a], never, 0, ("a", "x")), said("a"))
    yield case(restarting("initContainers", [a], "Always", 0, ("x",)), None)
    unchanged = {"initContainerStatuses": [entry("x", "running")]}
    given = {"spec": {"restartPolicy": never, "initContainers": [a]}, "oldStatus": unchanged, "newStatus": unchanged}
    yield case(given, f"{mismatch}x")


def written(new: Any, old: Any = None, **spec: Any) -> Any:
    return {"spec": {"containers": [], **spec}, "oldStatus": old or {}, "newStatus": new}


def invalid(given: Any, *fields: str) -> Case:
    """ValidatePodStatusUpdate reports these fields, in this order once they are sorted."""
    return "api_status_update", given, {"allowed": not fields, "errors": [{"field": field} for field in fields]}


ADDRESSES: tuple[tuple[list[str], list[str]], ...] = (
    (["10.0.0.1", "fd00::1"], []),
    (["10.0.0.1", "10.0.0.2"], [""]),
    (["fd00::1", "fd00::2"], [""]),
    (["10.0.0.1", "::ffff:10.0.0.2"], ["", "[1]"]),
    (["10.0.0.1", "fd00::1", "fd00::2"], [""]),
    (["10.0.0.1", "x"], ["", "", "[1]"]),
    (["10.0.0.1", "fd00::1", "x"], ["", "", "[2]"]),
    (["010.0.0.1"], ["[0]"]),
    (["fe80::1%eth0"], ["[0]"]),
    ([""], ["[0]"]),
    (["x"], ["[0]"]),
    (["old"], []),
)
"""ValidatePodIPs and ValidateHostIPs: addresses, and the places of errors. "old" was there before."""


def errors() -> Iterator[Case]:
    """ValidatePodStatusUpdate."""
    for field in ("podIPs", "hostIPs"):
        for addresses, places in ADDRESSES:
            new: Any = {field: [{"ip": address} for address in addresses]}
            if field == "hostIPs":
                new["hostIP"] = addresses[0]
            old = {field: [{"ip": "old"}, {"ip": "10.9.9.9"}]}
            yield invalid(written(new, old), *(f"status.{field}{place}" for place in places))
    two = [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]
    yield invalid(written({"hostIPs": two}), "status.hostIPs[0].ip")
    yield invalid(written({"hostIPs": two, "hostIP": "fd00::1"}), "status.hostIPs[0].ip")
    yield invalid(written({"podIP": "x"}), "status.podIPs[0]")
    yield invalid(written({"podIP": "x"}, {"podIP": "x"}))
    nominated = "status.nominatedNodeName"
    yield invalid(written({"nominatedNodeName": "n"}))
    yield invalid(written({"nominatedNodeName": "n"}, nodeName="m"), nominated)
    yield invalid(written({"nominatedNodeName": "N!"}, nodeName="m"), nominated, nominated)
    yield invalid(written({"nominatedNodeName": "N!"}, {"nominatedNodeName": "N!"}, nodeName="m"))
    yield invalid(written({}, {"nominatedNodeName": "n"}, nodeName="m"))
    negative = {"observedGeneration": -1, "conditions": [{**condition("Ready"), "observedGeneration": -1}]}
    yield invalid(written(negative), "status.conditions[0].observedGeneration", "status.observedGeneration")
    for of, entries in zip(STATUSES, ("containerStatuses[0]", "initContainerStatuses[0]", "x"), strict=True):
        if of == "ephemeralContainers":
            continue
        refused = f"status.{entries}.state"
        yield invalid(restarting(of, [], "Always", 0), refused)
        yield invalid(restarting(of, [container("a")], "Always", 0))
        yield invalid(restarting(of, [container("a", "Never")], "Always", 0), refused)
        yield invalid(restarting(of, [container("a", "OnFailure")], "Never", 1))
        yield invalid(restarting(of, [container("a", "Never", exits("Restart", 0))], "Never", 0))
        yield invalid(restarting(of, [container("a", "Never"), container("b", "Never", ALL)], "Never", 0))
        other = {**restarting(of, [container("a")], "Never", 0)}
        for state in ("running", "terminated"):
            for name in ("a", "b"):
                brought = {STATUSES[of]: [entry(name, state)]}
                back = (name, state) == ("a", "running")
                yield invalid({**other, "newStatus": brought}, *([refused] if back else []))
        twice = {STATUSES[of]: [entry("a", "terminated"), entry("a", "running"), entry("b", "running")]}
        yield invalid({**other, "newStatus": twice}, refused)
    for of, other_of in (("containers", "initContainers"), ("initContainers", "containers")):
        given = restarting(of, [container("a", "Never")], "Never", 0)
        given["spec"][other_of] = [container("c", "Never", ALL)]
        yield invalid(given)
    old = {"ephemeralContainerStatuses": [entry("a", "terminated"), entry("b", "waiting")]}
    refused = "status.ephemeralContainerStatuses[0].state"
    for found, times in (
        ([("a", "running")], 1),
        ([("a", "terminated")], 0),
        ([("b", "running")], 0),
        ([("a", "running"), ("b", "running")], 1),
        ([("a", "terminated"), ("a", "running")], 1),
        ([("a", "waiting"), ("a", "running")], 2),
    ):
        new = {"ephemeralContainerStatuses": [entry(name, state) for name, state in found]}
        yield invalid(written(new, old), *[refused] * times)
    yield invalid(written({"qosClass": "Guaranteed"}, {"qosClass": "Burstable"}), "status.qosClass")


CASES: tuple[Case, ...] = (*terminations(), *merges(), *refusals(), *errors())
