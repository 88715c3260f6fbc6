"""What kubectl prints of Pods that were not recorded: read from the source of printPod."""

from __future__ import annotations

from typing import Any

NOW = "2026-01-01T12:00:00Z"
Pod = dict[str, Any]


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
TWO_INITS = {"initContainers": [{"name": "i"}, {"name": "j"}]}
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
    "waiting without a reason says nothing": (
        pod([entry("a", waits(), ready=True)]),
        {"STATUS": "Running", "READY": "0/1"},
    ),
    "what waits does not run, though it is ready": (
        pod([entry("a", waits(), ready=True)], reason="Completed"),
        {"STATUS": "Completed"},
    ),
    "waiting for Completed": (pod([entry("a", waits("Completed")), RUNS | {"name": "b"}]), {"STATUS": "NotReady"}),
    "waiting for Completed, and one failed": (
        pod([entry("a", waits("Completed")), entry("b", ended(4))]),
        {"STATUS": "ExitCode:4"},
    ),
    "an init container that has started is no sidecar": (
        pod([], [entry("i", waits("X"), started=True), entry("j", waits("Y"))], TWO_INITS),
        {"STATUS": "Init:X"},
    ),
    "the first init container that is not done, of an initialized Pod": (
        pod([RUNS], [entry("i", waits("X")), entry("j", waits("Y"))], TWO_INITS, [("Initialized", "True")]),
        {"STATUS": "Init:X"},
    ),
    "the first Initialized counts, also for what is quoted": (
        pod(
            [entry("a", waits("B"))],
            [entry("i", ended(0, "Completed")), entry("j", waits("X"))],
            TWO_INITS,
            [("Initialized", "False"), ("Initialized", "True")],
        ),
        {"STATUS": "Init:X"},
    ),
    "the first Initialized counts, also for restarts": (
        pod(
            [entry("a", waits("B"), restartCount=1, lastState=exited_at("2026-01-01T11:55:00Z"))],
            [entry("i", restartCount=3, lastState=exited_at("2026-01-01T11:50:00Z"))],
            ONE_INIT,
            [("Initialized", "False"), ("Initialized", "True")],
        ),
        {"STATUS": "Init:0/1", "RESTARTS": "3 (10m ago)"},
    ),
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
    "its runtime lost the container": (
        {"status": {"phase": "Running", "containerStatuses": [
            {"name": "a", "state": {"terminated": {"exitCode": 255, "reason": "Unknown"}}}]}},
        {"STATUS": "Unknown"},
    ),
    "its node is lost": (
        {"metadata": {"deletionTimestamp": NOW}, "status": {"phase": "Failed", "reason": "NodeLost"}},
        {"STATUS": "Unknown"},
    ),
}  # fmt: skip

LENGTHS = {-2: "<invalid>", -1: "0s", 0: "0s", 10800: "3h", 691200: "8d", 252288000: "8y"}
"""HumanDuration, in seconds."""
