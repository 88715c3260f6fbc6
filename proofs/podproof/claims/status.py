"""Claims about what `kubectl get pod` shows under STATUS: people read it as the phase."""

from __future__ import annotations

from podproof.kubernetes.printing import Word, line, says
from podproof.kubernetes.rules.columns import Source
from podproof.kubernetes.view import (
    POD_WITH_STATUS,
    ContainerState,
    PodReason,
    api,
    api_reason,
    init_api,
    init_local,
    local,
)
from podproof.kubernetes.vocabulary.assumptions import (
    no_app_policies,
    no_container_policies,
    no_deletion,
    no_init_containers,
    no_preemption,
    no_shutdown,
)
from podproof.kubernetes.vocabulary.spec import RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import (
    Object,
    Phase,
    Run,
    Worker,
    api_phase,
    object_,
    run,
)
from podproof.language import named
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Reachable, Step
from podproof.properties.mutations import Change, Mutation

UNDISTURBED = tuple(a for a in POD_WITH_STATUS.assumptions if a.shape is None)
running, failed = api_phase.is_(Phase.Running), api_phase.is_(Phase.Failed)
no_statuses = regular.all(api.state.is_(ContainerState.absent)) & init.all(init_api.state.is_(ContainerState.absent))
all_mentioned = regular.none(api.state.is_(ContainerState.absent)) & init.none(
    init_api.state.is_(ContainerState.absent)
)
kubelet_mentions_all = regular.none(local.state.is_(ContainerState.absent)) & init.none(
    init_local.state.is_(ContainerState.absent)
)

CLAIMS = (
    Claim(
        "status-completed-means-succeeded",
        "STATUS Completed means that the Pod has succeeded.",
        Always(says(Word.completed).implies(api_phase.is_(Phase.Succeeded))),
        POD_WITH_STATUS,
        source="a popular belief; printPod shows the reason of a container",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "status-error-means-failed",
        "STATUS Error means that the Pod has failed.",
        Always(says(Word.error).implies(failed)),
        POD_WITH_STATUS,
        source="a popular belief; until the next sync a container that will be restarted shows how it ended",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "status-crash-loop-means-running",
        "STATUS CrashLoopBackOff is only seen in phase Running.",
        Always(says(Word.crash_loop_back_off).implies(running)),
        POD_WITH_STATUS,
        source="a popular belief; kubelet getPhase: Pending while another container was never started",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "back off", Change.removed),
    ),
    Claim(
        "status-init-while-running",
        "STATUS Init:CrashLoopBackOff can be seen in phase Running.",
        Reachable(says(Word.crash_loop_back_off, of_init=True) & running),
        POD_WITH_STATUS,
        source="printPod: a sidecar that waits beside containers that run",
        given=(no_app_policies, *UNDISTURBED),
        kills=Mutation("init container", "back off init", Change.removed),
    ),
    Claim(
        "evicted-pod-can-succeed",
        "A Pod that the kubelet evicts can end Succeeded, without a reason.",
        Reachable(api_phase.is_(Phase.Succeeded) & policy.is_(RestartPolicy.Always) & api_reason.is_(PodReason.none)),
        POD_WITH_STATUS,
        source="kubelet SyncTerminatingPod; Kubernetes issues 120182 and 141483",
        given=(no_container_policies, no_deletion, no_preemption, no_shutdown),
        kills=Mutation("worker", "evict", Change.removed),
    ),
    Claim(
        "evicted-means-failed",
        "A Pod whose reason is Evicted, Preempting or Terminated is Failed.",
        Always(api_reason.is_(PodReason.evicted, PodReason.preempting, PodReason.shut_down).implies(failed)),
        POD_WITH_STATUS,
        source="kubelet SyncTerminatingPod; mergePodStatus withholds the reason together with the phase",
        kills=Mutation("api reason", "publish the status", Change.unguarded, 1),
    ),
    Claim(
        "evicted-can-show-error",
        "A Pod that failed with reason Evicted can have STATUS Error.",
        Reachable(api_reason.is_(PodReason.evicted) & says(Word.error)),
        POD_WITH_STATUS,
        source="printPod: what a container says is written over the reason of the Pod",
        given=(no_container_policies, no_init_containers, no_deletion, no_preemption, no_shutdown),
        kills=Mutation("worker", "evict", Change.removed),
    ),
    Claim(
        "deadline-exceeded-means-failed",
        "A Pod whose reason is DeadlineExceeded is Failed.",
        Always(api_reason.is_(PodReason.deadline).implies(failed)),
        POD_WITH_STATUS,
        source="a popular belief; kubelet generateAPIPodStatus keeps a phase that the API shows, but not its reason",
        expected=Verdict.FALSE,
        kills=Mutation("deadline", "pass the deadline", Change.removed),
    ),
    Claim(
        "rejected-has-no-statuses",
        "A Pod that the kubelet's admission refused is Failed and has no container statuses: STATUS shows why.",
        Always(api_reason.is_(PodReason.rejected).implies(failed & no_statuses)),
        POD_WITH_STATUS,
        source="kubelet rejectPod",
        kills=Mutation("worker", "reject", Change.redirected, 0, Worker.sync),
    ),
    Claim(
        "statuses-stay",
        "Once the API has a status of every container, none of them disappears.",
        Step(all_mentioned, all_mentioned),
        POD_WITH_STATUS,
        source="kubelet convertToAPIContainerStatuses; test/e2e/node/pods.go",
        kills=Mutation("api container status", "publish the status", Change.redirected, 4, ContainerState.absent),
    ),
    Claim(
        "shown-running-runs",
        "A container that the API shows as running runs.",
        Always(regular.all(api.state.is_(ContainerState.running).implies(run.is_(Run.running)))),
        POD_WITH_STATUS,
        source="a popular belief; the kubelet looks at the runtime, and tells the API, some time later",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "status-is-the-phase",
        "STATUS shows the phase of the Pod, so Terminating and CrashLoopBackOff are phases.",
        Always(object_.is_not(Object.gone).implies(named("STATUS is the phase", line.status.value.is_(Source.phase)))),
        POD_WITH_STATUS,
        source="a popular belief; printPod",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("object", "delete", Change.removed, 0),
    ),
    Claim(
        "status-init-error-stays",
        "A Pod that nobody disturbs can be Failed with STATUS Init:Error.",
        Reachable(says(Word.error, of_init=True) & failed),
        POD_WITH_STATUS,
        source="printPod; kubelet getPhase: an init container failed for good; test/e2e/common/node/init_container.go",
        given=(no_container_policies, *UNDISTURBED),
        kills=Mutation("init container", "end init", Change.removed),
    ),
    Claim(
        "status-not-ready-of-a-running-pod",
        "STATUS NotReady can be that of a Running Pod on a healthy node: one container completed, another runs.",
        Reachable(line.status.by_name.is_(Source.not_ready) & running),
        POD_WITH_STATUS,
        source="printPod",
        given=(no_container_policies, no_init_containers, *UNDISTURBED),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "crash-loop-beside-a-running-container",
        "With STATUS CrashLoopBackOff other containers of the Pod can be running.",
        Reachable(says(Word.crash_loop_back_off) & regular.some(api.state.is_(ContainerState.running))),
        POD_WITH_STATUS,
        source="printPod shows one container; CrashLoopBackOff is no state of the Pod",
        given=(no_container_policies, no_init_containers, *UNDISTURBED),
        kills=Mutation("container", "back off", Change.removed),
    ),
)
