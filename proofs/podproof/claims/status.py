"""Claims about what `kubectl get pod` shows under STATUS: people read it as the phase."""

from __future__ import annotations

from podproof.claims.claim import Claim
from podproof.claims.formulas import Always, Reachable
from podproof.claims.mutations import Change, Mutation
from podproof.evidence.verdicts import Verdict
from podproof.pod.assumptions import no_container_policies, no_deletion, no_init_containers, no_preemption, no_shutdown
from podproof.pod.kubectl import Word, says
from podproof.pod.spec import RestartPolicy, policy
from podproof.pod.states import Phase, api_phase
from podproof.pod.view import OBSERVED, Reason, api_reason

UNDISTURBED = tuple(a for a in OBSERVED.assumptions if a.shape is None)
running, failed = api_phase.is_(Phase.Running), api_phase.is_(Phase.Failed)

CLAIMS = (
    Claim(
        "status-completed-means-succeeded",
        "STATUS Completed means that the Pod has succeeded.",
        Always(says(Word.completed).implies(api_phase.is_(Phase.Succeeded))),
        OBSERVED,
        source="a popular belief; printPod shows the reason of a container",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "status-error-means-failed",
        "STATUS Error means that the Pod has failed.",
        Always(says(Word.error).implies(failed)),
        OBSERVED,
        source="a popular belief; until the next sync a container that will be restarted shows how it ended",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "status-crash-loop-means-running",
        "STATUS CrashLoopBackOff is only seen in phase Running.",
        Always(says(Word.crash_loop_back_off).implies(running)),
        OBSERVED,
        source="a popular belief; kubelet getPhase: Pending while another container was never started",
        expected=Verdict.FALSE,
        given=(no_container_policies, no_init_containers),
        kills=Mutation("container", "back off", Change.removed),
    ),
    Claim(
        "status-init-while-running",
        "STATUS Init:CrashLoopBackOff can be seen in phase Running.",
        Reachable(says(Word.crash_loop_back_off, of_init=True) & running),
        OBSERVED,
        source="printPod: a sidecar that waits beside containers that run",
        given=UNDISTURBED,
        kills=Mutation("init container", "back off init", Change.removed),
    ),
    Claim(
        "evicted-pod-can-succeed",
        "A Pod that the kubelet evicts can end Succeeded, without a reason.",
        Reachable(api_phase.is_(Phase.Succeeded) & policy.is_(RestartPolicy.Always) & api_reason.is_(Reason.none)),
        OBSERVED,
        source="kubelet SyncTerminatingPod; Kubernetes issues 120182 and 141483",
        given=(no_container_policies, no_deletion, no_preemption, no_shutdown),
        kills=Mutation("worker", "evict", Change.removed),
    ),
)
