"""Phases of Pods that were not recorded: read from the source of getPhase."""

from __future__ import annotations

from podproof.conform.corpus import Json

FAILED = {"terminated": {"exitCode": 1, "reason": "Error"}}
RESTARTED = {"terminated": {"exitCode": 137, "reason": "RestartingAllContainers"}}


def never_pod(init: Json, app: Json) -> Json:
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
CASES = (
    # An init container that runs again is pending, however its earlier run ended.
    (never_pod({"state": {"running": {}}, "lastState": FAILED}, {"state": {"waiting": {}}}), "Pending"),
    # While it waits, the reason of the earlier run counts, not the one that it waits for.
    (never_pod(RESTARTING, {"state": {"waiting": {}}}), "Failed"),
    (never_pod(DONE, RESTARTING), "Failed"),
    # Once it has ended again, the earlier run does not count.
    (never_pod({"state": FAILED, "lastState": RESTARTED}, {"state": {"waiting": {}}}), "Failed"),
)
