"""Claims about single steps: what starting, a new sandbox, a deletion and cleaning up make of containers."""

from __future__ import annotations

from podproof.kubernetes.derived.phase import (
    had_initialized,
    init_begun,
    succeeded,
)
from podproof.kubernetes.machines.containers import started_by_new_sandbox
from podproof.kubernetes.machines.init_containers import run_again
from podproof.kubernetes.machines.sandbox import nothing_ever_ran
from podproof.kubernetes.pod import POD
from podproof.kubernetes.rules.actions import succeeds_once
from podproof.kubernetes.vocabulary.events import (
    back_off_init,
    clean_up,
    create_sandbox,
    restart,
    restart_init,
    see_deletion,
    start,
    start_init,
    start_up,
    stopped,
    sync,
)
from podproof.kubernetes.vocabulary.spec import Exit, RestartPolicy, init, policy, regular, sidecar
from podproof.kubernetes.vocabulary.states import (
    InitRun,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    created,
    ended,
    init_ended,
    init_run,
    init_started,
    run,
    sandbox,
    worker,
)
from podproof.language import TRUE, Scope
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Only, Reachable, Step
from podproof.properties.mutations import Change, Mutation

one_begun_at_most = init.none(init_begun & init.some(init_begun, Scope.others))

CLAIMS = (
    Claim(
        "never-pod-gets-no-other-sandbox",
        "A lost sandbox of a Pod with restartPolicy Never is replaced only if none of its containers ever ran.",
        Only(create_sandbox, sandbox.is_(Sandbox.none) | policy.is_not(RestartPolicy.Never) | nothing_ever_ran),
        POD,
        source="kuberuntime computePodActions: shouldRestartOnFailure",
        kills=Mutation("sandbox", "create the sandbox", Change.unguarded, 1),
    ),
    Claim(
        "done-pod-gets-no-other-sandbox",
        "A lost sandbox of a Pod in which all containers were to succeed once, and have, is not replaced.",
        Only(create_sandbox, sandbox.is_(Sandbox.none) | ~regular.all(succeeded & succeeds_once)),
        POD,
        source="kuberuntime computePodActions: ContainersToStart is empty",
        kills=Mutation("sandbox", "create the sandbox", Change.unguarded, 1),
    ),
    Claim(
        "created-sandbox-is-ready",
        "A sandbox that was created is ready, and no regular container is in it yet.",
        Step(TRUE, sandbox.is_(Sandbox.ready) & ~created, (create_sandbox,)),
        POD,
        source="kuberuntime createPodSandbox",
        kills=Mutation("sandbox", "create the sandbox", Change.redirected, 1, Sandbox.none),
    ),
    Claim(
        "sandbox-stops-with-the-containers",
        "When the kubelet has found all containers stopped, the sandbox is stopped as well.",
        Step(TRUE, sandbox.is_(Sandbox.stopped), (stopped,)),
        POD,
        source="kuberuntime killPodWithSyncResult: StopPodSandbox after the containers",
        kills=Mutation("sandbox", "find all containers stopped", Change.removed),
    ),
    Claim(
        "sandbox-in-a-sync",
        "A sandbox is created only in a sync of the Pod.",
        Only(create_sandbox, worker.is_(Worker.sync)),
        POD,
        source="kuberuntime SyncPod",
        kills=Mutation("sandbox", "create the sandbox", Change.unguarded, 0),
    ),
    Claim(
        "new-sandbox-starts-over",
        "In a sandbox that was just created no init container has begun, and no sidecar has started up.",
        Step(TRUE, init.none(init_begun | init_started), (create_sandbox,)),
        POD,
        source="kuberuntime purgeInitContainers",
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "new-sandbox-starts-what-ended",
        "Only without init containers does a new sandbox start a container that its policy does not restart.",
        Always(regular.all(run.is_(Run.restarting).implies(started_by_new_sandbox))),
        POD,
        source="kuberuntime computePodActions: a changed sandbox starts all containers, or the first init container",
        kills=Mutation("container", "create the sandbox", Change.unguarded),
    ),
    Claim(
        "new-sandbox-tries-once",
        "What only a new sandbox starts is started in the same sync or not at all.",
        Step(TRUE, regular.none(run.is_(Run.restarting)), (sync,)),
        POD,
        source="kuberuntime computePodActions: the next sync finds the sandbox unchanged",
        kills=Mutation("container", "sync", Change.removed),
    ),
    Claim(
        "running-before-initialised-again",
        "A Pod can be Running while a failed init container of its previous sandbox has yet to be run again.",
        Reachable(
            api_phase.is_(Phase.Running)
            & init.some(init_run.is_(InitRun.previous) & ~sidecar & init_ended.is_(Exit.nonzero))
        ),
        POD,
        source="kubelet getPhase: the status of a purged record stays until the next start",
        kills=Mutation("init container", "create the sandbox", Change.redirected, 0, InitRun.waiting),
    ),
    Claim(
        "what-is-started-runs",
        "When the kubelet starts or restarts a regular container, one runs, in a sandbox that now has containers.",
        Step(TRUE, regular.some(run.is_(Run.running)) & created, (start, restart)),
        POD,
        source="kuberuntime startContainer",
        kills=Mutation("container", "restart", Change.redirected, 0, Run.waiting),
    ),
    Claim(
        "what-is-initialised-runs",
        "When the kubelet starts or restarts an init container, or sees that a sidecar has started up, one runs.",
        Step(TRUE, init.some(init_run.is_(InitRun.running)), (start_init, restart_init, start_up)),
        POD,
        source="kuberuntime startContainer",
        kills=Mutation("init container", "restart init", Change.redirected, 1, InitRun.backoff),
    ),
    Claim(
        "starts-up-once",
        "A sync finds no init container started up but a sidecar that runs, once for each time that it has to.",
        Only(start_up, sidecar & init_run.is_(InitRun.running) & ~init_started & worker.is_(Worker.sync)),
        POD,
        source="prober startup manager; kuberuntime computeInitContainerActions",
        kills=Mutation("init container", "see started", Change.unguarded),
    ),
    Claim(
        "only-sidecar-starts-up-again",
        "A sidecar that is restarted before anything came after it has to start up again.",
        Step(~created & one_begun_at_most, init.none(init_started), (restart_init,)),
        POD,
        source="kuberuntime computeInitContainerActions; prober startup manager",
        kills=Mutation("init container", "restart init", Change.unguarded, 0),
    ),
    Claim(
        "running-has-no-exit-code",
        "A container that runs has no exit code: that of an earlier run is the last state, not the state.",
        Always(
            regular.all(run.is_(Run.running).implies(ended.is_(Exit.none)))
            & init.all(init_run.is_(InitRun.running).implies(init_ended.is_(Exit.none)))
        ),
        POD,
        source="kubelet convertToAPIContainerStatuses",
        kills=Mutation("init container", "start init", Change.without_effect),
    ),
    Claim(
        "init-backs-off-in-a-sync",
        "CrashLoopBackOff of an init container appears in a sync, and only if the container is to be run again.",
        Only(back_off_init, run_again & worker.is_(Worker.sync)),
        POD,
        source="kubelet convertToAPIContainerStatuses: reason cache",
        kills=Mutation("init container", "back off init", Change.unguarded),
    ),
    Claim(
        "no-back-off-once-deleted",
        "When the kubelet has seen a deletion, no container waits in back-off: each shows how it ended.",
        Step(
            init.none(init_run.is_(InitRun.previous)),
            regular.none(run.is_(Run.backoff, Run.restarting))
            & init.none(init_run.is_(InitRun.backoff, InitRun.previous)),
            (see_deletion,),
        ),
        POD,
        source="kubelet convertToAPIContainerStatuses: ShouldContainerBeRestarted is false for a Pod being deleted",
        kills=Mutation("init container", "see the deletion", Change.removed),
    ),
    Claim(
        "cleaned-up-has-exit-codes",
        "After cleaning up, every container of a Pod that had initialised has ended with an exit code.",
        Step(had_initialized, regular.all(run.is_(Run.terminated) & ended.is_not(Exit.none)), (clean_up,)),
        POD,
        source="status manager TerminatePod: ContainerStatusUnknown, 137",
        kills=Mutation("container", "clean up", Change.without_effect, 0),
    ),
    Claim(
        "unknown-end-is-a-failure",
        "A container that nobody saw end, in a Pod that had initialised, has failed once the kubelet has cleaned up.",
        Step(had_initialized & regular.some(run.is_(Run.waiting)), regular.some(ended.is_(Exit.nonzero)), (clean_up,)),
        POD,
        source="status manager TerminatePod: ContainerStatusUnknown, 137",
        kills=Mutation("container", "clean up", Change.without_effect, 0),
    ),
    Claim(
        "uninitialised-stays-waiting",
        "Cleaning up leaves the containers of a Pod waiting that never initialised.",
        Step(~had_initialized, regular.all(run.is_(Run.waiting)), (clean_up,)),
        POD,
        source="status manager TerminatePod: hasPodInitialized",
        kills=Mutation("container", "clean up", Change.unguarded, 0),
    ),
)
