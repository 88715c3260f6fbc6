"""What becomes of `ready` while a container has not started: read from the source of UpdatePodStatus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SPEC = {
    "containers": [{"name": "a"}],
    "initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i"}],
}
STARTUP = [{"container": name, "Startup": {"workerExists": True}} for name in ("a", "s", "i")]
STATES: tuple[tuple[str, Any, list[Any]], ...] = (
    ("waiting", {"waiting": {}}, []),
    ("running", {"running": {}}, STARTUP),
    ("failed", {"terminated": {"exitCode": 1}}, []),
)


def _cases() -> Iterator[tuple[Any, Any]]:
    """It stays, whatever it was; once it has started, the readiness probe says."""
    for _, state, probes in STATES:
        for ready in (False, True):
            entries = {name: {"name": name, "ready": ready, "state": state} for name in ("a", "s", "i")}
            status = {
                "containerStatuses": [entries["a"]],
                "initContainerStatuses": [entries["s"], entries["i"]],
            }
            expected = {name: {"ready": ready, "started": False} for name in entries}
            yield {"spec": SPEC, "status": status, "probes": probes}, expected
    entries = {name: {"name": name, "ready": True, "state": {"running": {}}} for name in ("a", "s")}
    status = {"containerStatuses": [entries["a"]], "initContainerStatuses": [entries["s"]]}
    probes = [{"container": name, "Readiness": {"workerExists": True}} for name in entries]
    failing = {"ready": False, "started": True}
    yield {"spec": SPEC, "status": status, "probes": probes}, {"a": failing, "s": failing}


CASES = tuple(_cases())
