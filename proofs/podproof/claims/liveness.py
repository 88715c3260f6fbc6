"""Claims about what happens at last, and about what may go on for ever.

All of them declare to be about Pods with one container and at most one init container, which may be a sidecar; other
policies of their own they do not have. Nothing happens at last where everybody may stop working: what has to go on is
among the assumptions.
"""

from __future__ import annotations

from podproof.kubernetes.derived.phase import init_failed
from podproof.kubernetes.fairness import (
    containers_end,
    finalizers_dropped,
    init_succeeds,
    kills_succeed,
    kubelet_alive,
    scheduler_alive,
)
from podproof.kubernetes.machines.init_containers import over
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import (
    no_app_policies,
    no_container_policies,
    no_deletion,
    no_finalizer,
    no_init_containers,
    no_sandbox_loss,
    restarts_always,
)
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    Exit,
    RestartPolicy,
    init,
    own_policy,
    policy,
    regular,
    sidecar,
)
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    InitRun,
    Object,
    Phase,
    Run,
    api_phase,
    created,
    init_ended,
    init_run,
    object_,
    run,
)
from podproof.language import Assumption
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always
from podproof.properties.mutations import Change, Mutation
from podproof.properties.temporal import Eventually, LeadsTo

some_runs = regular.some(run.is_(Run.running))
no_policies_but_sidecars = Assumption(
    "only-sidecars-have-policies",
    "No container has a restartPolicy of its own, but every init container is a sidecar.",
    shape=regular.all(own_policy.is_(ContainerPolicy.unset)) & init.all(sidecar),
)

CLAIMS = (
    Claim(
        "deleted-disappears",
        "Every gracefully deleted Pod disappears at last.",
        LeadsTo(object_.is_(Object.deleting), object_.is_(Object.gone), most=1),
        POD,
        source="a popular belief; kubelet SyncTerminatingPod, status manager canBeDeleted",
        expected=Verdict.FALSE,
        candidates=(kubelet_alive, kills_succeed, finalizers_dropped, no_finalizer),
        given=(no_container_policies,),
        kills=Mutation("worker", "find all containers stopped", Change.removed),
    ),
    Claim(
        "crash-loop-starts-again",
        "A crash-looping container is started again and again.",
        LeadsTo(regular.some(run.is_(Run.backoff)), some_runs, most=1),
        POD,
        source="kuberuntime computePodActions and doBackOff",
        expected=Verdict.FALSE,
        candidates=(kubelet_alive, containers_end),
        given=(no_container_policies,),
        kills=Mutation("container", "restart", Change.removed),
    ),
    Claim(
        "sidecar-starts-again",
        "A sidecar that crashes is started again and again.",
        LeadsTo(
            init.some(sidecar & init_run.is_(InitRun.backoff)),
            init.some(sidecar & init_run.is_(InitRun.running)),
            most=1,
        ),
        POD,
        source="kuberuntime computeInitContainerActions",
        expected=Verdict.FALSE,
        candidates=(kubelet_alive, containers_end),
        given=(restarts_always, no_app_policies),
        kills=Mutation("init container", "back off init", Change.removed),
    ),
    Claim(
        "failing-init-never-runs-app",
        "A Pod whose init container, not a sidecar, keeps failing never runs its app under restartPolicy Always.",
        Always(init.some(~sidecar & init_ended.is_not(Exit.zero)).implies(~some_runs)),
        POD,
        source="kuberuntime computePodActions",
        given=(restarts_always,),
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "failing-init-stays-pending",
        "A Pod under restartPolicy Always whose containers end and that nobody disturbs leaves Pending at last.",
        Eventually(api_phase.is_not(Phase.Pending), most=1),
        POD,
        source="a popular belief; kuberuntime restarts a failing init container again and again",
        expected=Verdict.FALSE,
        candidates=(init_succeeds, no_init_containers),
        given=(
            no_container_policies,
            restarts_always,
            kubelet_alive,
            scheduler_alive,
            containers_end,
            no_deletion,
            no_sandbox_loss,
        ),
        kills=Mutation("init container", "end init", Change.removed),
    ),
    Claim(
        "failed-init-ends-a-never-pod",
        "Under restartPolicy Never a Pod whose init container has failed becomes Failed at last.",
        LeadsTo(policy.is_(RestartPolicy.Never) & init.some(init_failed), api_phase.is_(Phase.Failed), most=1),
        POD,
        source="kubelet getPhase and SyncPod; test/e2e/common/node/init_container.go",
        expected=Verdict.FALSE,
        candidates=(kubelet_alive, kills_succeed),
        given=(no_container_policies,),
        kills=Mutation("worker", "find all containers done", Change.removed),
    ),
    Claim(
        "sidecar-holds-no-finished-pod",
        "A Pod whose regular containers have ended for good ends at last, however long its sidecars would run.",
        LeadsTo(created & over & object_.is_(Object.bound), api_phase.is_(*TERMINAL), most=1),
        POD,
        source="KEP-753; kuberuntime computePodActions kills a Pod of which nothing is to be kept",
        expected=Verdict.FALSE,
        candidates=(kubelet_alive, kills_succeed),
        given=(no_policies_but_sidecars,),
        kills=Mutation("worker", "find all containers done", Change.removed),
    ),
)
