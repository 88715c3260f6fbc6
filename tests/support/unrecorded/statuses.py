"""Statuses that the kubelet makes of what was not recorded: read from the source of generateAPIPodStatus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from podproof.conform import pipeline as fidelity
from podproof.conform.corpus import Corpus, Json

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
RULE_1 = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
RESTART_ALL = {"containers": [{"name": "a"}, {"name": "b", "restartPolicy": "Never", "restartPolicyRules": [ALL]}]}
DISRUPTED = {"type": "DisruptionTarget", "status": "True"}
DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}

Case = tuple[Any, Any]
"""Input and status."""

UNKNOWN = {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown"}}
RESTARTED = {"terminated": {"exitCode": 137, "reason": "RestartingAllContainers"}}
WAITS = {"waiting": {"reason": "ErrImagePull"}}


def of_a(**expected: Any) -> Any:
    return {"containerStatuses": [{"name": "a", **expected}, {"name": "b"}]}


def of_z(**expected: Any) -> Any:
    return {"initContainerStatuses": [{"name": "z", **expected}, {"name": "s"}]}


def two_instances() -> Iterator[Case]:
    """convertToAPIContainerStatuses: the state of the instance before becomes lastState, whatever it is."""
    befores: tuple[tuple[str, str, Any], ...] = (
        ("running", "waiting", {"running": {}, "terminated": None}),
        ("exited", "running", {"terminated": {"exitCode": 1, "reason": "Error"}}),
        ("exited", "waiting", {"terminated": {"exitCode": 1, "reason": "Error"}}),
        ("unknown", "running", UNKNOWN),
        ("unknown", "waiting", {"waiting": {}, "terminated": None}),
        ("unknown", "terminated", {"waiting": {}, "terminated": None}),
        ("created", "running", {"waiting": {}, "terminated": None}),
    )
    for before, was, last in befores:
        for name, of in (("a", of_a), ("z", of_z)):
            old = statuses(entry("a", was), inits=[entry("z", was)])
            found = (instance(name, "running", restarts=1, at=120), instance(name, before, code=1))
            yield pod(*found, spec=INITS, old=old), of(state={"running": {}}, lastState=last)


RESTARTS: tuple[tuple[str, Any, int, bool], ...] = (
    ("Always", {}, 0, True),
    ("OnFailure", {}, 0, False),
    ("OnFailure", {}, 1, True),
    ("Never", {}, 1, False),
    ("Never", {"restartPolicy": "Always"}, 0, True),
    ("Never", {"restartPolicy": "OnFailure"}, 0, False),
    ("Never", {"restartPolicy": "OnFailure"}, 1, True),
    ("Always", {"restartPolicy": "Never"}, 1, False),
    ("Always", {"restartPolicy": "Never", "restartPolicyRules": [ALL]}, 7, True),
    ("Always", {"restartPolicy": "Never", "restartPolicyRules": [ALL]}, 1, False),
    ("Never", {"restartPolicy": "Never", "restartPolicyRules": [RULE_1]}, 1, True),
    ("OnFailure", {"restartPolicy": "Never"}, 1, False),
)
"""ShouldContainerBeRestarted: the Pod's policy, what the container has of its own, exit code, and what follows."""


def failed_starts() -> Iterator[Case]:
    """convertToAPIContainerStatuses: a container that is to be started and could not be waits for that reason."""
    for policy, own, code, again in RESTARTS:
        for field, name in (("containers", "a"), ("initContainers", "z")):
            done = name == "z" and code == 0
            waits = again and not done
            spec = {"restartPolicy": policy, "containers": [{"name": "b"}], field: [{"name": name, **own}]}
            one: Any = {"name": name, "state": WAITS if waits else {"terminated": {"exitCode": code}}}
            one["lastState"] = {"terminated": {"exitCode": code}} if waits else None
            statuses_of = "containerStatuses" if name == "a" else "initContainerStatuses"
            yield pod(instance(name, code=code), spec=spec, errors=(name,)), {statuses_of: [one]}


PHASES: tuple[tuple[str, str, str, int | str | None, str, str], ...] = (
    ("Running", "Failed", "", None, "Failed", "api"),
    ("Succeeded", "Failed", "r", None, "Succeeded", "r"),
    ("Failed", "Succeeded", "r", None, "Failed", "r"),
    ("Failed", "", "", None, "Failed", ""),
    ("Succeeded", "", "", None, "Succeeded", ""),
    ("Running", "Succeeded", "r", None, "Succeeded", "r"),
    ("Running", "Pending", "", None, "Pending", "api"),
    ("Running", "Pending", "r", None, "Pending", "r"),
    ("Failed", "Pending", "r", None, "Failed", ""),
    ("Succeeded", "Pending", "r", None, "Succeeded", ""),
    ("Succeeded", "Running", "r", "running", "Succeeded", ""),
    ("Failed", "Running", "r", "running", "Failed", ""),
    ("Running", "Running", "", "running", "Running", "api"),
    ("Running", "Running", "r", "running", "Running", "r"),
    ("Running", "Failed", "r", "running", "Failed", "r"),
    ("Running", "Pending", "r", "running", "Running", ""),
    ("Running", "Running", "r", None, "Pending", ""),
    ("Running", "Failed", "r", 0, "Succeeded", ""),
    ("Running", "Succeeded", "r", 0, "Succeeded", "r"),
    ("Running", "Running", "r", 0, "Succeeded", ""),
    ("Running", "Succeeded", "r", 1, "Failed", ""),
    ("Running", "Failed", "r", 1, "Failed", "r"),
    ("Running", "Running", "r", 1, "Failed", ""),
    ("Succeeded", "Failed", "r", 1, "Succeeded", "r"),
    ("Failed", "Failed", "", 0, "Failed", ""),
    ("Failed", "Succeeded", "r", 0, "Failed", "r"),
    ("Succeeded", "Succeeded", "r", 1, "Succeeded", ""),
    ("Succeeded", "Running", "r", 1, "Succeeded", ""),
)
"""Phase in the API (its reason is "api"), phase and reason before, what the container does, phase and reason after."""


def two_phases() -> Iterator[Case]:
    """The kubelet's own status and the API's: a phase that has ended stays, the API's in any case."""
    for api, local, reason, does, phase, after in PHASES:
        containers: list[Any] = []
        if does is not None:
            containers = [instance("a", "running") if does == "running" else instance("a", code=int(does))]
        given = {"api": {"phase": api, "reason": "api"}, "local": {"phase": local, "reason": reason}}
        yield {**given, "containers": containers}, {"phase": phase, "reason": after or None}


MINE = {"type": "mine", "status": "True", "reason": None}
OLD, NEW = {**DISRUPTED, "reason": None}, {**DISRUPTED, "reason": "r"}
OWN = [
    {"type": which}
    for which in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
]


def two_lists() -> Iterator[Case]:
    """Conditions of others stay; the kubelet's own DisruptionTarget replaces the first one in the API, or is added."""
    for api, local, kept in (
        ([], [], []),
        ([], [MINE], []),
        ([], [NEW], [NEW]),
        ([], [MINE, NEW], [NEW]),
        ([MINE], [], [MINE]),
        ([MINE], [NEW], [MINE, NEW]),
        ([OLD], [], [OLD]),
        ([OLD], [MINE], [OLD]),
        ([OLD], [NEW], [NEW]),
        ([OLD], [MINE, NEW], [NEW]),
        ([MINE, OLD, OLD], [NEW], [MINE, NEW, OLD]),
        ([MINE, OLD, OLD], [], [MINE, OLD, OLD]),
    ):
        given = {"api": {"conditions": api}, "local": {"conditions": local}, "containers": []}
        yield given, {"conditions": [*kept, *OWN]}


def _two(given: Json) -> Json:
    spec = {"restartPolicy": "Never", "containers": [{"name": "a"}]}
    sync = fidelity.Sync({}, spec, given["api"], given["local"], (), given["containers"], {}, False, None)
    return {"status": fidelity.shown(fidelity.generate(sync))}


TWO_STATUSES = Corpus(
    "two_statuses",
    "kubelet generateAPIPodStatus of a Pod whose status in the API is not the kubelet's own",
    "the whole status",
    _two,
    lambda output: output,
)


def deadlines() -> Iterator[Case]:
    """pastActiveDeadline, of Pods that have no deadline or no startTime."""
    overdue, not_yet = {"phase": "Failed", "reason": "DeadlineExceeded"}, {"phase": "Pending", "reason": None}
    for limit, seconds, status in (
        (None, 10, not_yet),
        (0, None, not_yet),
        (0, 0, overdue),
        (10, 9, not_yet),
        (10, 10, overdue),
    ):
        spec = {} if limit is None else {"activeDeadlineSeconds": limit}
        yield pod(spec=spec, secondsSinceStartTime=seconds, old={"phase": "Pending"}), status


def addresses() -> Iterator[Case]:
    """Of several sandboxes the newest counts, if it is ready."""
    other = {"state": "SANDBOX_NOTREADY", "ip": "10.0.0.2"}
    none = {"podIPs": None, "podIP": None}
    for sandboxes, shown in (
        ([READY, other], {"podIPs": [{"ip": "10.0.0.1"}], "podIP": "10.0.0.1"}),
        ([other, READY], none),
        ([{**READY, "ip": None}, READY], none),
        ([], none),
    ):
        yield pod(sandboxes=sandboxes), shown


def restarts_of_all() -> Iterator[Case]:
    """ShouldAllContainersRestart, and what is said of containers that are gone meanwhile."""
    init_rule = {**INITS, "initContainers": [{"name": "z", "restartPolicy": "Never", "restartPolicyRules": [ALL]}]}
    began = {"type": "AllContainersRestarting", "status": "True"}
    not_begun = {"type": "AllContainersRestarting", "status": "False"}
    for spec, name in ((RESTART_ALL, "b"), (init_rule, "z")):
        lost, running = instance("a", "unknown"), statuses(entry("a", "running"))
        for state, code, condition in (("exited", 7, began), ("exited", 1, not_begun), ("running", 0, not_begun)):
            end = RESTARTED if condition is began else UNKNOWN
            given = pod(lost, instance(name, state, code), spec=spec, old=running)
            yield given, {**of_a(state=end, restartCount=1), "conditions": [*OWN, condition]}


def histories() -> Iterator[Case]:
    """convertToAPIContainerStatuses: what the status said before, where the runtime does not know it any more."""
    for name, of in (("a", of_a), ("z", of_z)):
        gone = {**entry(name, "terminated", last=5, code=3), "ready": True}
        ended, earlier = ({"terminated": {"exitCode": code, "reason": "Error"}} for code in (3, 5))

        def old(one: Any, name: str = name) -> Any:
            return statuses(one) if name == "a" else statuses(inits=[one])

        yield pod(spec=INITS, old=old(gone)), of(state=ended, lastState=earlier, ready=True)
        yield pod(spec=INITS, old=old(gone), errors=(name,)), of(state=WAITS, lastState=ended, ready=True)
        started = instance(name, "running", restarts=1)
        yield pod(started, spec=INITS, old=old(gone)), of(state={"running": {}}, lastState=ended)
        waits = entry(name, "waiting", last=5)
        yield pod(started, spec=INITS, old=old(waits)), of(state={"running": {}}, lastState=earlier)


def _cases() -> Iterator[tuple[str | Corpus, Any, Any]]:
    for cases in (two_instances, failed_starts, histories, deadlines, addresses, restarts_of_all):
        for given, status in cases():
            yield "status_pipeline", given, {"status": status}
    for cases in (two_phases, two_lists):
        for given, status in cases():
            yield TWO_STATUSES, given, {"status": status}


CASES: tuple[tuple[str | Corpus, Any, Any], ...] = tuple(_cases())
