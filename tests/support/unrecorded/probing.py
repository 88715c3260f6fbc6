"""What no record shows of a probe worker, read from the source of doProbe: an instance that was there before it, where
ten seconds decide; one that ended and would be restarted by a rule of its own; a Pod that ended before it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

PROBES = {"Startup": "startupProbe", "Liveness": "livenessProbe", "Readiness": "readinessProbe"}
AT_FIRST = {"Startup": "UNKNOWN", "Liveness": "Success", "Readiness": "Failure"}


def _given(probe: str, sidecar: bool, age: int, started: bool) -> Any:
    container = {"name": "it", PROBES[probe]: {"initialDelaySeconds": 100}}
    spec: dict[str, Any] = {"containers": [{"name": "other"}]}
    if sidecar:
        spec["initContainers"] = [{**container, "restartPolicy": "Always"}]
    else:
        spec["containers"].append(container)
    running = {"runningSeconds": age, "started": started, "state": "running"}
    return {"container": "it", "probeType": probe, "spec": spec, "ticks": [_tick(running)]}


def _tick(container: Any, phase: str = "Running") -> Any:
    seen = {"containerID": "test://c1", **container}
    tick = {"t": 0, "container": seen, "deleting": False, "outcome": "success", "phase": phase}
    return {**tick, "statusKnown": True}


def _ended(rules: list[int], code: int) -> Any:
    """Of a container that is restarted by its rules only, whatever the Pod's policy."""
    rule = {"action": "Restart", "exitCodes": {"operator": "In", "values": rules}}
    container = {"name": "it", "restartPolicy": "Never", "restartPolicyRules": [rule], "livenessProbe": {}}
    ended = {"exitCode": code, "started": False, "state": "terminated"}
    spec = {"containers": [container], "restartPolicy": "Always"}
    return {"container": "it", "probeType": "Liveness", "spec": spec, "ticks": [_tick(ended)]}


def _cases() -> Iterator[tuple[Any, Any]]:
    for probe in PROBES:
        for sidecar in (False, True):
            for age, started in ((10, True), (11, True), (11, False)):
                result: str | None = AT_FIRST[probe]
                if age == 11 and started:
                    result = "Success" if sidecar and probe == "Startup" else None
                tick = {"execCalls": 0, "keepGoing": True, "onHold": False, "result": result, "resultRun": 0}
                yield _given(probe, sidecar, age, started), {"ticks": [tick]}
    for code in (42, 43):
        tick = {"execCalls": 0, "keepGoing": code == 42, "onHold": False, "result": "Failure", "resultRun": 0}
        yield _ended([42], code), {"ticks": [tick]}
    given = {
        **_given("Liveness", False, 0, True),
        "ticks": [_tick({"runningSeconds": 0, "state": "running"}, "Failed")],
    }
    yield given, {"ticks": [{"execCalls": 0, "keepGoing": False, "onHold": False, "result": None, "resultRun": 0}]}


CASES = tuple(_cases())
