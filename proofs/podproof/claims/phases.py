"""Claims about the phase: what people say of Pending, Running, Succeeded and Failed."""

from __future__ import annotations

from podproof.kubernetes.derived.phase import nothing_runs
from podproof.kubernetes.machines.phase_machines import corrected, textbook
from podproof.kubernetes.machines.sandbox import nothing_ever_ran
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_container_policies, no_init_containers
from podproof.kubernetes.vocabulary.spec import Exit, RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Object,
    Phase,
    Run,
    Worker,
    api_phase,
    assigned,
    ended,
    init_ended,
    local_phase,
    object_,
    run,
)
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Follows, Reachable, Step
from podproof.properties.mutations import Change, Mutation
from podproof.properties.whole_runs import Shortest

SHAPES = (no_container_policies, no_init_containers)

pending, running = api_phase.is_(Phase.Pending), api_phase.is_(Phase.Running)
succeeded, failed = api_phase.is_(Phase.Succeeded), api_phase.is_(Phase.Failed)
terminal = api_phase.is_(*TERMINAL)
some_runs = regular.some(run.is_(Run.running))

CLAIMS = (
    Claim(
        "failed-only-under-never",
        "A Pod becomes Failed only if its restartPolicy is Never.",
        Always(failed.implies(policy.is_(RestartPolicy.Never))),
        POD,
        source="a popular belief; kubelet getPhase, and everything else that writes Failed",
        expected=Verdict.FALSE,
        candidates=(no_container_policies,),
        kills=Mutation("local phase", "reject", Change.redirected, 0, Phase.Pending),
    ),
    Claim(
        "never-running-to-pending",
        "A Pod that is Running never becomes Pending again.",
        Step(running, ~pending),
        POD,
        source="a popular belief; kubelet getPhase, test TestPodPhaseWithRestartAlwaysAndPodHasRun",
        expected=Verdict.FALSE,
        candidates=(no_init_containers,),
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "textbook-phases",
        "A Pod goes from Pending to Running and then to Succeeded or Failed, and no other way.",
        Follows(textbook, api_phase),
        POD,
        source="the picture in most books",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("worker", "admit", Change.removed),
    ),
    Claim(
        "corrected-phases",
        "Pending and Running can follow each other and both can end in Succeeded or Failed, which are final.",
        Follows(corrected, api_phase),
        POD,
        source="kubelet getPhase, generateAPIPodStatus, mergePodStatus",
        expected=Verdict.FALSE,
        kills=Mutation("api phase", "podgc: fail", Change.removed),
    ),
    Claim(
        "corrected-phases-local",
        "The kubelet's own copy of the phase follows the corrected machine, too.",
        Follows(corrected, local_phase),
        POD,
        source="kubelet SyncTerminatingPod: the status is computed again after an eviction's kill",
        expected=Verdict.FALSE,
        kills=Mutation("local phase", "evict", Change.removed),
    ),
    Claim(
        "local-failed-is-final",
        "Once the kubelet has marked a Pod Failed, it stays Failed.",
        Step(local_phase.is_(Phase.Failed), local_phase.is_(Phase.Failed)),
        POD,
        source="kubelet SyncTerminatingPod; Kubernetes issues 120182 and 141483",
        expected=Verdict.FALSE,
        kills=Mutation("local phase", "evict", Change.removed),
    ),
    Claim(
        "failed-is-final",
        "A Pod that is Failed in the API stays Failed.",
        Step(failed, failed),
        POD,
        source="kubelet generateAPIPodStatus; the API server checks no phase (ValidatePodStatusUpdate)",
        expected=Verdict.FALSE,
        kills=Mutation("api phase", "podgc: fail", Change.removed),
    ),
    Claim(
        "succeeded-is-final",
        "A Pod that is Succeeded in the API stays Succeeded.",
        Step(succeeded, succeeded),
        POD,
        source="kubelet generateAPIPodStatus",
        expected=Verdict.FALSE,
        kills=Mutation("local phase", "clean up", Change.redirected, 0, Phase.Failed),
    ),
    Claim(
        "terminal-nothing-runs",
        "When the API shows Succeeded or Failed, no container of the Pod runs any more.",
        Always(terminal.implies(nothing_runs)),
        POD,
        source="kubelet mergePodStatus: a terminal phase is withheld while containers may run",
        expected=Verdict.FALSE,
        kills=Mutation("worker", "find all containers stopped", Change.unguarded),
    ),
    Claim(
        "running-means-all-started",
        "When the API shows Running, every regular container was started at least once.",
        Always(running.implies(regular.none(run.is_(Run.waiting)))),
        POD,
        source="kubelet getPhase",
        kills=Mutation("local phase", "sync", Change.redirected, 0, Phase.Running),
    ),
    Claim(
        "running-means-one-runs",
        "When the API shows Running, at least one container runs.",
        Always(running.implies(some_runs)),
        POD,
        source="a popular belief",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("local phase", "sync", Change.redirected, 1, Phase.Pending),
    ),
    Claim(
        "pending-means-unscheduled",
        "Pending means that the Pod has no node yet.",
        Always(pending.implies(~assigned)),
        POD,
        source="a popular belief; registry/core/pod BindingREST",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("object", "bind", Change.removed),
    ),
    Claim(
        "succeeded-means-all-exit-zero",
        "When the API shows Succeeded, every regular container ended with exit code 0.",
        Always(succeeded.implies(regular.all(ended.is_(Exit.zero)))),
        POD,
        source="kubelet getPhase",
        kills=Mutation("local phase", "find all containers stopped", Change.redirected, 3, Phase.Succeeded),
    ),
    Claim(
        "never-succeeded-under-always",
        "A Pod with restartPolicy Always never becomes Succeeded.",
        Always(succeeded.implies(policy.is_not(RestartPolicy.Always))),
        POD,
        source="a popular belief; kubelet getPhase",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("worker", "evict", Change.removed),
    ),
    Claim(
        "failed-means-nonzero-exit",
        "When the API shows Failed, some container ended with an exit code other than 0.",
        Always(failed.implies(regular.some(ended.is_(Exit.nonzero)) | init.some(init_ended.is_(Exit.nonzero)))),
        POD,
        source="a popular belief; kubelet rejectPod, active_deadline, podgc",
        expected=Verdict.FALSE,
        kills=Mutation("local phase", "reject", Change.redirected, 0, Phase.Pending),
    ),
    Claim(
        "failed-means-all-nonzero",
        "A Pod becomes Failed only when all its containers ended with an exit code other than 0.",
        Always(failed.implies(regular.all(ended.is_(Exit.nonzero)))),
        POD,
        source="a popular belief; kubelet getPhase counts one failure as enough",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("api phase", "podgc: fail", Change.removed),
    ),
    Claim(
        "ends-only-after-running",
        "A Pod becomes Succeeded or Failed only after it was Running.",
        Step(pending, ~terminal),
        POD,
        source="a popular belief",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("api phase", "podgc: fail", Change.removed),
    ),
    Claim(
        "crash-loop-is-running",
        "A Pod can be Running while every container waits in back-off.",
        Reachable(running & regular.all(run.is_(Run.backoff)) & object_.is_(Object.bound)),
        POD,
        source="kubelet getPhase: what will be restarted counts as running",
        kills=Mutation("container", "back off", Change.removed),
    ),
    Claim(
        "failed-without-a-start",
        "A Pod can be Failed although none of its containers ever ran.",
        Reachable(failed & nothing_ever_ran),
        POD,
        source="kubelet rejectPod",
        kills=Mutation("api phase", "podgc: fail", Change.removed),
    ),
    Claim(
        "shortest-success",
        "The shortest life of a Pod with one container that ends Succeeded takes 8 steps.",
        Shortest(succeeded, 8, most=1),
        POD,
        source="the explored Pod with one container and at most one init container",
        kills=Mutation("worker", "admit", Change.redirected, 0, Worker.terminating),
        given=(no_container_policies,),
    ),
)
