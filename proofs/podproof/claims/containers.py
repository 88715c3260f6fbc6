"""Claims about containers: init order, restarts, back-off, the sandbox."""

from __future__ import annotations

from podproof.claims.claim import Claim
from podproof.claims.formulas import Always, Only, Reachable, Step
from podproof.claims.mutations import Change, Mutation
from podproof.evidence.verdicts import Verdict
from podproof.language import Scope
from podproof.pod.assumptions import no_container_policies, no_init_containers
from podproof.pod.conditions import initialized
from podproof.pod.events import create_sandbox, lose_sandbox, restart, restart_init, start, start_init
from podproof.pod.phase import all_init_done, init_done, init_failed, init_restartable, nothing_runs, restartable
from podproof.pod.pod import POD
from podproof.pod.spec import Exit, RestartPolicy, init, policy, regular
from podproof.pod.states import (
    TERMINAL,
    InitRun,
    Object,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    ended,
    init_run,
    local_phase,
    object_,
    run,
    sandbox,
    worker,
)

SHAPES = (no_container_policies, no_init_containers)

init_running = init_run.is_(InitRun.running)
some_runs = regular.some(run.is_(Run.running))

CLAIMS = (
    Claim(
        "one-init-at-a-time",
        "At most one init container runs at a time.",
        Always(init.count(init_running) <= 1),
        POD,
        source="kuberuntime computeInitContainerActions",
        kills=Mutation("init container", "start init", Change.unguarded),
    ),
    Claim(
        "init-in-order",
        "An init container runs only when every earlier one is done in this sandbox.",
        Always(init.all(init_running.implies(init.all(init_done, Scope.earlier)))),
        POD,
        source="kuberuntime computeInitContainerActions",
        kills=Mutation("init container", "start init", Change.unguarded),
    ),
    Claim(
        "init-starts-in-order",
        "An init container is started only when every earlier one is done in this sandbox.",
        Only(start_init, init.all(init_done, Scope.earlier)),
        POD,
        source="kuberuntime computeInitContainerActions",
        kills=Mutation("init container", "start init", Change.unguarded),
    ),
    Claim(
        "containers-after-init",
        "A regular container runs only when every init container is done in this sandbox.",
        Always(some_runs.implies(all_init_done)),
        POD,
        source="kuberuntime computePodActions",
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "failed-init-blocks",
        "While an init container has failed and was not run again, no regular container runs.",
        Always(init.some(init_failed).implies(~some_runs)),
        POD,
        source="kuberuntime computeInitContainerActions",
        kills=Mutation("container", "restart", Change.unguarded),
    ),
    Claim(
        "init-stays-done",
        "Once all init containers are done, they are not run again.",
        Step(all_init_done, all_init_done),
        POD,
        source="a popular belief; kuberuntime computePodActions after a sandbox change",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "init-restart-reruns-all",
        "When a failed init container is restarted, the ones before it have to run again.",
        Only(restart_init, init.none(init_done, Scope.earlier)),
        POD,
        source="a popular belief; test TestComputePodActionsWithInitContainers",
        expected=Verdict.FALSE,
        kills=Mutation("init container", "restart init", Change.removed),
    ),
    Claim(
        "init-never-restarted-under-never",
        "Under restartPolicy Never a failed init container is not restarted.",
        Only(restart_init, policy.is_not(RestartPolicy.Never)),
        POD,
        source="kubelet ContainerShouldRestart",
        expected=Verdict.FALSE,
        candidates=(no_container_policies,),
        kills=Mutation("init container", "restart init", Change.removed),
    ),
    Claim(
        "init-restart-needs-policy",
        "An init container is restarted only if its effective policy says so.",
        Only(restart_init, init_restartable),
        POD,
        source="kubelet ContainerShouldRestart",
        kills=Mutation("init container", "restart init", Change.unguarded),
    ),
    Claim(
        "never-restarted-under-never",
        "Under restartPolicy Never no container is restarted in its sandbox.",
        Only(restart, policy.is_not(RestartPolicy.Never)),
        POD,
        source="kubelet ContainerShouldRestart",
        expected=Verdict.FALSE,
        candidates=(no_container_policies,),
        kills=Mutation("container", "restart", Change.removed),
    ),
    Claim(
        "onfailure-restarts-failures",
        "Under OnFailure only a container that failed is restarted.",
        Only(restart, policy.is_not(RestartPolicy.OnFailure) | ended.is_(Exit.nonzero)),
        POD,
        source="kubelet ContainerShouldRestart",
        expected=Verdict.FALSE,
        candidates=(no_container_policies,),
        kills=Mutation("container", "restart", Change.removed),
    ),
    Claim(
        "restart-needs-policy",
        "A container is restarted in its sandbox only if its effective policy says so.",
        Only(restart, restartable),
        POD,
        source="kubelet ContainerShouldRestart",
        kills=Mutation("container", "restart", Change.unguarded),
    ),
    Claim(
        "ended-for-good-stays-ended",
        "A container that its policy does not restart is never started again.",
        Only(start, run.is_(Run.waiting)),
        POD,
        source="a popular belief; kuberuntime computePodActions starts every container in a new sandbox",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("container", "create the sandbox", Change.removed),
    ),
    Claim(
        "back-off-only-if-restartable",
        "CrashLoopBackOff is shown only for a container that its policy restarts.",
        Always(regular.all(run.is_(Run.backoff).implies(restartable))),
        POD,
        source="kubelet convertToAPIContainerStatuses",
        kills=Mutation("container", "back off", Change.unguarded),
    ),
    Claim(
        "success-backs-off-too",
        "A container that exited 0 can wait in CrashLoopBackOff.",
        Reachable(regular.some(run.is_(Run.backoff) & ended.is_(Exit.zero))),
        POD,
        source="kuberuntime doBackOff looks at the time only",
        kills=Mutation("container", "back off", Change.removed),
    ),
    Claim(
        "no-start-after-deletion",
        "Once deletionTimestamp is stored, no container of the Pod is started.",
        Only(start, object_.is_(Object.unbound, Object.bound)),
        POD,
        source="kubelet ShouldContainerBeRestarted reads the kubelet's own copy, which lags the API",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("container", "start", Change.removed),
    ),
    Claim(
        "no-start-once-seen",
        "Once the kubelet has begun to terminate the Pod and nothing runs, nothing starts again.",
        Step(worker.is_(Worker.terminating, Worker.terminated, Worker.finished) & nothing_runs, nothing_runs),
        POD,
        source="kubelet pod worker: SyncPod is not called any more",
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "sandbox-before-containers",
        "A container is started only in a ready sandbox.",
        Step(nothing_runs & sandbox.is_not(Sandbox.ready), nothing_runs),
        POD,
        source="kuberuntime SyncPod",
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "sandbox-loss-ends-nothing",
        "Losing the sandbox changes neither copy of the phase at that moment.",
        Step(local_phase.is_not(*TERMINAL), local_phase.is_not(*TERMINAL), (lose_sandbox,)),
        POD,
        source="kuberuntime PodSandboxChanged: the Pod gets another sandbox",
        kills=Mutation("local phase", "lose the sandbox", Change.added, dest=Phase.Failed),
    ),
    Claim(
        "new-sandbox-after-stop",
        "A sandbox is created only while nothing of the Pod runs.",
        Only(create_sandbox, nothing_runs),
        POD,
        source="kuberuntime SyncPod kills the Pod before it re-creates the sandbox",
        kills=Mutation("sandbox", "create the sandbox", Change.unguarded, 1),
    ),
    Claim(
        "initialized-stays",
        "Initialized, once computed True, stays True.",
        Step(initialized, initialized),
        POD,
        source="a popular belief; the kubelet keeps the old True on purpose (GeneratePodInitializedCondition)",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "ended-pod-not-started",
        "In a Pod that ended in the API, no container is started.",
        Only(start, api_phase.is_not(*TERMINAL)),
        POD,
        source="kubelet pod worker",
        expected=Verdict.FALSE,
        kills=Mutation("container", "start", Change.unguarded),
    ),
)
