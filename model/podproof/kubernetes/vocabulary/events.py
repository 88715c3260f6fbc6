"""Who acts on a Pod, and what they can do. Each event is owned by one machine; others may react to it.

An event that an assumption forbids names it (`unless=`): that is all there is to "under this assumption".
"""

from __future__ import annotations

from enum import StrEnum

from podproof.kubernetes.vocabulary import assumptions as given
from podproof.language import Actor, parameter

user = Actor("user")
scheduler = Actor("scheduler")
controller = Actor("controller")
kubelet = Actor("kubelet")
runtime = Actor("runtime")
node = Actor("node")
process = Actor("process")
clock = Actor("clock")


class Code(StrEnum):
    """Exit codes fall into the two classes that Kubernetes tells apart."""

    zero = "0"
    nonzero = "not 0"


class Grace(StrEnum):
    """With a grace period, or with period 0 (kubectl delete --force)."""

    graceful = "graceful"
    forced = "forced"


code = parameter("exit code", Code)
grace = parameter("grace", Grace)

# The API object.
bind = scheduler("bind", doc="POST pods/binding: nodeName and PodScheduled in one transaction")
delete = user(
    "delete", grace, unless=given.no_deletion, doc="DELETE by any client: user, controller, Eviction API, ..."
)
drop_finalizers = controller("drop the finalizers", doc="the last finalizer is removed")
final_delete = kubelet("delete the object", doc="status manager: DELETE with grace 0 once everything is cleaned up")
podgc_fail = controller("podgc: fail", unless=given.no_podgc, doc="podgc writes phase Failed: the node is gone")
podgc_delete = controller("podgc: delete", unless=given.no_podgc, doc="podgc force deletes a Pod in a terminal phase")

# The pod worker (pkg/kubelet/pod_workers.go).
admit = kubelet("admit", hidden=True, doc="HandlePodAdditions: admission passes, the worker starts")
reject = kubelet("reject", unless=given.no_rejection, hidden=True, doc="rejectPod: OutOfcpu, NodeAffinity, ...")
find_deleting = kubelet("find it deleting", hidden=True, doc="first seen with a deletionTimestamp")
find_ended = kubelet("find it ended", hidden=True, doc="first seen in a terminal phase")
see_deletion = kubelet("see the deletion", hidden=True, doc="the watch delivers deletionTimestamp or the removal")
see_terminal = kubelet("see a terminal phase", hidden=True, doc="somebody else wrote Succeeded or Failed")
finish = kubelet("find all containers done", hidden=True, doc="SyncPod returns isTerminal")
evict = kubelet("evict", unless=given.no_eviction, hidden=True, doc="eviction manager: pressure or storage limits")
preempt = kubelet("preempt", unless=given.no_preemption, hidden=True, doc="makes room for a critical Pod")
shut_down = node("shut down", unless=given.no_shutdown, hidden=True, doc="graceful node shutdown manager")
stopped = kubelet("find all containers stopped", hidden=True, doc="SyncTerminatingPod ends: no container runs")
clean_up = kubelet("clean up", hidden=True, doc="SyncTerminatedPod, then the status manager's TerminatePod")
pass_deadline = clock("pass the deadline", unless=given.no_deadline, hidden=True, doc="activeDeadlineSeconds is over")

# The sandbox.
create_sandbox = kubelet("create the sandbox", hidden=True, doc="RunPodSandbox and the network")
lose_sandbox = runtime("lose the sandbox", unless=given.no_sandbox_loss, hidden=True, doc="pause died, node rebooted")

# Containers.
start_init = kubelet("start init", hidden=True, doc="startContainer of the next init container")
restart_init = kubelet("restart init", hidden=True, doc="a new instance of a failed init container")
end_init = process("end init", code, hidden=True, doc="the init container's main process ends")
start_up = kubelet("see started", hidden=True, doc="startup probe of a sidecar; without one, it runs")
back_off_init = kubelet("back off init", hidden=True, doc="the status shows Init:CrashLoopBackOff")
start = kubelet("start", hidden=True, doc="startContainer: pull, create, start; one container after another")
restart = kubelet("restart", hidden=True, doc="startContainer of a new instance")
end = process("end", code, hidden=True, doc="the main process ends, by itself or by a signal")
back_off = kubelet("back off", hidden=True, doc="the status shows CrashLoopBackOff, one sync after the exit")

# Status.
sync = kubelet("sync", hidden=True, doc="generateAPIPodStatus at the start of SyncPod")
publish = kubelet("publish the status", doc="status manager: mergePodStatus, PATCH pods/status")
