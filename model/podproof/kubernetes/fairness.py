"""Fairness: what the parts of a cluster are assumed to go on doing. Only claims about "at last" need it.

What could be done all the time is done at last, however late (weak fairness); only `init_succeeds` is strong. Nothing
obliges anybody to do what an assumption could forbid: a kubelet that is alive need not evict.
"""

from podproof.kubernetes.machines.init_containers import over
from podproof.kubernetes.vocabulary.events import Code, code, drop_finalizers, end, end_init, kubelet, scheduler
from podproof.kubernetes.vocabulary.states import Worker, created, worker
from podproof.language import Assumption, strong, weak

kubelet_alive = Assumption(
    "kubelet-alive",
    "What the kubelet could do all the time it does at last.",
    fair=(weak(kubelet, each=True),),
)
scheduler_alive = Assumption(
    "scheduler-alive", "The scheduler goes on working and finds a node.", fair=(weak(scheduler, each=True),)
)

stopping = worker.is_(Worker.terminating)
sidecars_stop = created & over  # kuberuntime computePodActions: nothing to keep, so the Pod is killed
kills_succeed = Assumption(
    "kills-succeed",
    "What the kubelet stops ends: on SIGTERM, or at last on SIGKILL.",
    fair=(weak(end, stopping, each=True), weak(end_init, stopping | sidecars_stop, each=True)),
)
containers_end = Assumption(
    "containers-end",
    "No container runs for ever.",
    fair=(weak(end, each=True), weak(end_init, each=True)),
)
finalizers_dropped = Assumption(
    "finalizers-dropped", "Whoever put a finalizer on the Pod removes it at last.", fair=(weak(drop_finalizers),)
)
init_succeeds = Assumption(
    "init-succeeds",
    "An init container that is run again and again exits with 0 at last.",
    fair=(strong(end_init, code.is_(Code.zero), each=True),),
)
