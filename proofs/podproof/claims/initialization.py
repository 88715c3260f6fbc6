"""Claims about when a Pod counts as initialized, and about how often init containers run."""

from __future__ import annotations

from podproof.kubernetes.derived.conditions import initialized
from podproof.kubernetes.derived.phase import all_init_done, init_done, init_waiting
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_container_policies, no_init_containers
from podproof.kubernetes.vocabulary.events import back_off, end, restart, restart_init, start_init
from podproof.kubernetes.vocabulary.spec import init, sidecar
from podproof.kubernetes.vocabulary.states import InitRun, Phase, api_phase
from podproof.language import FALSE
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Step
from podproof.properties.mutations import Change, Mutation

SHAPES = (no_container_policies, no_init_containers)

CLAIMS = (
    Claim(
        "uninitialized-is-pending",
        "While an init container, not a sidecar, is not done in this sandbox, the Pod is Pending or Failed.",
        Always(init.some(~sidecar & ~init_done).implies(api_phase.is_(Phase.Pending, Phase.Failed))),
        POD,
        source="a popular belief, true in the first sandbox; kubelet getPhase",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "initialized-means-init-done",
        "While Initialized is computed True, init containers are done in this sandbox and sidecars have started.",
        Always(initialized.implies(all_init_done)),
        POD,
        source="a popular belief; GeneratePodInitializedCondition: enough that a regular container ran once",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("init container", "create the sandbox", Change.removed),
    ),
    Claim(
        "init-runs-once",
        "An init container runs exactly once, so it need not be idempotent.",
        Step(~init_waiting, FALSE, (start_init, restart_init)),
        POD,
        source="a popular belief; kuberuntime computeInitContainerActions",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("init container", "end init", Change.removed),
    ),
    Claim(
        "app-restart-reruns-no-init",
        "When a regular container ends and is restarted alone in its sandbox, no init container has to run again.",
        Step(all_init_done, all_init_done, (end, back_off, restart)),
        POD,
        source="kuberuntime computePodActions",
        kills=Mutation("init container", "restart", Change.added, dest=InitRun.previous),
    ),
)
