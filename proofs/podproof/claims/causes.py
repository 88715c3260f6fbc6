"""Claims about what can end a Pod that its containers never end: each cause by itself, with all others excluded."""

from __future__ import annotations

from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import (
    no_container_policies,
    no_deadline,
    no_deletion,
    no_eviction,
    no_init_containers,
    no_podgc,
    no_preemption,
    no_rejection,
    no_sandbox_loss,
    no_shutdown,
    restarts_always,
)
from podproof.kubernetes.vocabulary.states import Phase, api_phase
from podproof.language import Assumption
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Reachable, Step
from podproof.properties.mutations import Change, Mutation


def alone(id_: str, cause: str, allowed: Assumption, source: str, kills: Mutation) -> Claim:
    """An Always Pod can be Failed although nothing happens to it but what the assumption would exclude."""
    others = tuple(assumption for assumption in POD.assumptions if assumption is not allowed)
    return Claim(
        id_,
        f"{cause} alone can make a Pod under restartPolicy Always Failed.",
        Reachable(api_phase.is_(Phase.Failed)),
        POD,
        source=source,
        given=(restarts_always, no_container_policies, *others),
        kills=kills,
    )


SANDBOX_LOSS = tuple(assumption for assumption in POD.assumptions if assumption is not no_sandbox_loss)

CLAIMS = (
    Claim(
        "stays-running-if-undisturbed",
        "An Always Pod that is Running and that nobody and nothing disturbs, but for its sandbox, stays so.",
        Step(api_phase.is_(Phase.Running), api_phase.is_(Phase.Running)),
        POD,
        source="kubelet getPhase: init containers run again in a new sandbox",
        expected=Verdict.FALSE,
        given=(restarts_always, no_container_policies, *SANDBOX_LOSS),
        candidates=(no_init_containers,),
        kills=Mutation("local phase", "sync", Change.removed, 0),
    ),
    alone(
        "deletion-can-fail",
        "Its deletion",
        no_deletion,
        "kubelet getPhase of a Pod that is terminal: exit codes decide",
        Mutation("worker", "find it deleting", Change.removed),
    ),
    alone(
        "eviction-can-fail",
        "An eviction by the kubelet",
        no_eviction,
        "kubelet eviction manager evictPod",
        Mutation("worker", "evict", Change.removed),
    ),
    alone(
        "preemption-can-fail",
        "Preemption by the kubelet",
        no_preemption,
        "kubelet preemption evictPodsToFreeRequests",
        Mutation("worker", "preempt", Change.removed),
    ),
    alone(
        "shutdown-can-fail",
        "A graceful shutdown of its node",
        no_shutdown,
        "kubelet nodeshutdown manager",
        Mutation("worker", "shut down", Change.removed),
    ),
    alone(
        "deadline-can-fail",
        "activeDeadlineSeconds",
        no_deadline,
        "kubelet active_deadline ShouldEvict",
        Mutation("deadline", "pass the deadline", Change.removed),
    ),
    alone(
        "rejection-can-fail",
        "The kubelet's admission",
        no_rejection,
        "kubelet rejectPod",
        Mutation("worker", "reject", Change.removed),
    ),
    alone(
        "podgc-can-fail",
        "The Pod garbage collector",
        no_podgc,
        "podgc markFailedAndDeletePod",
        Mutation("api phase", "podgc: fail", Change.removed),
    ),
)
