"""What a sync does where no record shows it: read from the source of computePodActions and PodSandboxChanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def instance(name: str, state: str = "running", code: int = 0, number: int = 0, **more: Any) -> dict[str, Any]:
    return {"name": name, "id": f"t://{name}-{number}", "state": state, "exitCode": code, **more}


def sandbox(state: str = "READY", network: str = "POD", ip: str = "10.0.0.1", attempt: int = 0) -> dict[str, Any]:
    return {
        "id": f"sb{attempt}",
        "attempt": attempt,
        "state": f"SANDBOX_{state}",
        "networkNamespace": network,
        "ip": ip,
    }


def pod(*instances: Any, sandboxes: Any = (), results: Any = (), restart_all: bool = False, **spec: Any) -> Any:
    """results: (container, probe, result) of its newest instance."""
    newest = {one["name"]: one["id"] for one in reversed(instances)}
    return {
        "restartAllContainers": restart_all,
        "spec": {"restartPolicy": "Always", "containers": [{"name": "a"}], **spec},
        "runtime": {
            "containers": list(instances),
            "sandboxes": list(sandboxes or [sandbox()]),
            "probeResults": [
                {"container": name, "containerID": newest[name], "probe": probe, "result": result}
                for name, probe, result in results
            ],
        },
    }


Case = tuple[Any, Any]
"""Input, and what is in the output."""


def networks() -> Iterator[Case]:
    """PodSandboxChanged: the newest sandbox has to be in the network that the spec asks for, or its id is forgotten."""
    kept, another = (False, 1, "sb1"), (True, 2, "sb1")
    forgotten = (True, 2, "")
    new: dict[str, Any] = {"attempt": 1}
    cases: tuple[tuple[bool, list[Any], tuple[bool, int, str]], ...] = (
        (False, [sandbox(network="NODE", **new)], forgotten),
        (True, [sandbox(network="POD", **new)], forgotten),
        (True, [sandbox(network="NODE", **new)], kept),
        (True, [sandbox(network="NODE", ip="", **new)], kept),
        (True, [sandbox(network="POD", ip="", **new)], forgotten),
        (False, [sandbox(network="NODE", ip="", **new)], forgotten),
        (False, [sandbox(ip="", **new)], another),
        (False, [sandbox("NOTREADY", network="NODE", **new)], another),
        (False, [sandbox(network="NODE", **new), sandbox()], another),
        (False, [sandbox(**new), sandbox("NOTREADY", network="NODE")], kept),
        (False, [sandbox(network="NODE", **new), sandbox("NOTREADY")], forgotten),
        (False, [sandbox("NOTREADY", network="NODE", **new), sandbox()], another),
        (False, [sandbox(**new), sandbox("NOTREADY", ip="")], kept),
    )
    for host, sandboxes, (changed, attempt, name) in cases:
        yield (
            pod(sandboxes=sandboxes, hostNetwork=host),
            {"createSandbox": changed, "killPod": changed, "attempt": attempt, "sandboxID": name},
        )


DEBUG: dict[str, Any] = {"ephemeralContainers": [{"name": "d"}]}
LOST = [sandbox("NOTREADY")]
STOPS: dict[str, Any] = {"killPod": True, "createSandbox": False, "containersToStart": []}


def lost_sandboxes() -> Iterator[Case]:
    """Of a Pod that is not given another sandbox nothing is started, not even what does not wait."""
    own = {
        policy: {"containers": [{"name": "a", "restartPolicy": policy}], **DEBUG} for policy in ("OnFailure", "Never")
    }
    ended = (instance("a", "exited"),)
    yield pod(*ended, sandboxes=LOST, restartPolicy="Never", **DEBUG), {**STOPS, "ephemeralContainersToStart": []}
    yield pod(*ended, sandboxes=LOST, **own["OnFailure"]), {**STOPS, "ephemeralContainersToStart": []}
    starts = {"createSandbox": True, "containersToStart": ["a"]}
    yield pod(instance("a", "exited", 1), sandboxes=LOST, **own["OnFailure"]), starts
    yield pod(*ended, sandboxes=LOST, restartPolicy="OnFailure", **own["Never"]), starts


def killed_and_started() -> Iterator[Case]:
    """A new image starts a container whatever its policy, also where a probe failed."""
    failed = [("a", "liveness", "Failure")]
    changed = instance("a", specChanged=True)
    yield (
        pod(changed, results=failed, restartPolicy="Never"),
        {
            "killPod": False,
            "containersToStart": ["a"],
            "containersToKill": [{"id": "t://a-0", "name": "a", "reason": ""}],
        },
    )


CASES = (*networks(), *lost_sandboxes(), *killed_and_started())
