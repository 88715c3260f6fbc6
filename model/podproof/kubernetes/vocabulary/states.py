"""The state variables of a Pod, with the values each can take. The machines in the other modules move them.

Three copies of a Pod's status exist and every predicate says which it speaks of: *computed* (derived from what runs, in
`phase` and `conditions`), *local* (the kubelet's status manager) and *api* (what everybody else sees).
"""

from __future__ import annotations

from enum import StrEnum

from podproof.kubernetes.vocabulary.spec import Exit, init, regular
from podproof.language import flag, state


class Object(StrEnum):
    """The Pod object in the API. `held`: its deletion is through, but a finalizer keeps it."""

    unbound = "unbound"
    bound = "bound"
    deleting = "deleting"
    held = "held"
    gone = "gone"


class Worker(StrEnum):
    """Stages of the kubelet's pod worker; for one UID they never go back. `rejected`: refused, so without a worker."""

    none = "none"
    sync = "sync"
    terminating = "terminating"
    terminated = "terminated"
    finished = "finished"
    rejected = "rejected"


class Sandbox(StrEnum):
    """The pause container with the Pod's network. `lost`: not READY any more; `stopped`: none, and none to come."""

    none = "none"
    ready = "ready"
    lost = "lost"
    stopped = "stopped"


class Run(StrEnum):
    """A regular container. `backoff`: Waiting with reason CrashLoopBackOff.

    `restarting`: it ended for good, but the sandbox was just re-created, and the same sync starts it once more.
    """

    waiting = "waiting"
    running = "running"
    terminated = "terminated"
    backoff = "backoff"
    restarting = "restarting"


class InitRun(StrEnum):
    """An init container, or a sidecar. `previous`: it ended in an earlier sandbox and will be run again."""

    waiting = "waiting"
    running = "running"
    terminated = "terminated"
    backoff = "backoff"
    previous = "previous"


class Deadline(StrEnum):
    """activeDeadlineSeconds, counted from the moment the kubelet first sees the Pod."""

    ahead = "ahead"
    passed = "passed"


class Phase(StrEnum):
    """status.phase. Unknown exists as a constant but nothing has written it since 2015."""

    Pending = "Pending"
    Running = "Running"
    Succeeded = "Succeeded"
    Failed = "Failed"


object_ = state("object", Object, initial=Object.unbound, doc="the Pod object in the API")
assigned = flag("assigned", initial=False, doc="spec.nodeName is set")
finalizer = flag("finalizer", doc="metadata.finalizers is not empty")

worker = state("worker", Worker, initial=Worker.none, doc="stage of the kubelet's pod worker")
sandbox = state("sandbox", Sandbox, initial=Sandbox.none, doc="the newest sandbox")
deadline = state("deadline", Deadline, initial=Deadline.ahead, doc="activeDeadlineSeconds")

run = state("state", Run, kind=regular, initial=Run.waiting, doc="status.containerStatuses[].state")
ended = state("exit", Exit, kind=regular, initial=Exit.none, doc="how its latest finished run ended")
init_run = state("init state", InitRun, kind=init, initial=InitRun.waiting, doc="status.initContainerStatuses[].state")
init_ended = state("init exit", Exit, kind=init, initial=Exit.none, doc="how its latest finished run ended")
init_started = flag("init started", kind=init, initial=False, doc="of a sidecar: it has started up in this sandbox")
created = flag("containers created", initial=False, doc="the newest sandbox has regular containers")

local_phase = state("local phase", Phase, initial=Phase.Pending, doc="phase in the kubelet's status manager")
api_phase = state("api phase", Phase, initial=Phase.Pending, doc="status.phase in the API")

TERMINAL = (Phase.Succeeded, Phase.Failed)
