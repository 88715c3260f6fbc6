"""Assumptions: what the environment of a Pod is assumed not to do, and shapes a Pod is assumed to have.

They are trusted statements, printed with every verdict that needs them. Each forbids the events that name it, or
restricts the initial states to Pods of a shape.
"""

from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    RestartPolicy,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
    sidecar,
)
from podproof.kubernetes.vocabulary.states import finalizer
from podproof.language import TRUE, Assumption

no_deletion = Assumption(
    "no-deletion",
    "Nobody deletes the Pod: no user, no controller, no Eviction API, no taint manager, no preempting scheduler.",
)
no_eviction = Assumption("no-eviction", "The kubelet does not evict the Pod for node pressure or a storage limit.")
no_preemption = Assumption("no-preemption", "The kubelet does not preempt the Pod for a critical one.")
no_deadline = Assumption("no-deadline", "The Pod has no activeDeadlineSeconds, or ends before it has passed.")
no_shutdown = Assumption("no-node-shutdown", "The node is not shut down gracefully under the Pod.")
no_rejection = Assumption("no-rejection", "The kubelet of the chosen node admits the Pod.")
no_podgc = Assumption("no-podgc", "The Pod garbage collector leaves the Pod alone: its Node object exists.")
no_sandbox_loss = Assumption("no-sandbox-loss", "The sandbox survives: no dead pause process, no node reboot.")

no_container_policies = Assumption(
    "no-container-policies",
    "No container has a restartPolicy of its own, so there are no sidecars.",
    shape=regular.all(own_policy.is_(ContainerPolicy.unset)) & init.all(init_policy.is_(ContainerPolicy.unset)),
)
no_app_policies = Assumption(
    "no-app-policies",
    "No regular container has a restartPolicy of its own.",
    shape=regular.all(own_policy.is_(ContainerPolicy.unset)),
)
no_init_containers = Assumption(
    "no-init-containers", "The Pod has no init containers and no sidecars.", shape=init.none(TRUE)
)
no_sidecars = Assumption("no-sidecars", "No init container has restartPolicy Always.", shape=init.none(sidecar))
restarts_always = Assumption(
    "restart-always", "The Pod's restartPolicy is Always.", shape=policy.is_(RestartPolicy.Always)
)
no_finalizer = Assumption("no-finalizer", "Nobody puts a finalizer on the Pod.", shape=~finalizer)
