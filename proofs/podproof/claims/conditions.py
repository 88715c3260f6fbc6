"""Claims about conditions: what Ready, Initialized and DisruptionTarget go with, and what they do not."""

from __future__ import annotations

from podproof.claims.records import app, containers_ready, inits, is_true, pod_ready, said, sidecar
from podproof.kubernetes.derived import conditions as computed
from podproof.kubernetes.derived.phase import computed_phase
from podproof.kubernetes.pod import POD
from podproof.kubernetes.rules import conditions, merge, probes
from podproof.kubernetes.rules.conditions import ConditionStatus
from podproof.kubernetes.rules.merge import Conditions, ConditionType, Fate
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import State
from podproof.kubernetes.vocabulary.assumptions import no_container_policies, no_init_containers
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Object, Phase, api_phase, object_
from podproof.language import FALSE, Expr, Scope, System, conjunction, if_then_else
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Never
from podproof.properties.mutations import Change, Mutation

SHAPES = (no_container_policies, no_init_containers)
READY = (ConditionType.ready, ConditionType.containers_ready)

_first = conjunction(
    *(
        merge.new.type.is_(which).implies(merge.new.kind.none(merge.new.type.is_(which), Scope.earlier))
        for which in READY
    )
)
MERGED = System(
    "merged",
    (),
    frozen=(
        merge.old_phase,
        merge.new_phase,
        merge.may_run,
        *(field for copy in (merge.old, merge.new) for field in (copy.type, copy.true)),
    ),
    # The kubelet writes at most one condition of a type.
    initially=(merge.new.kind.all(_first),),
    doc="A status in the API and the one that the kubelet holds: what it sends.",
)

_initialized = conditions.initialized(
    conditions.regular_record(app),
    conditions.Init(
        inits.mentioned, if_then_else(sidecar, probes.inits.started.value, probes.inits.ready.value), sidecar
    ),
    conditions.phase,
    statuses=conditions.has_statuses,
    was=conditions.was_initialized,
)
_has_no_probe = ~probes.app.startup.worker & probes.app.startup.result.is_(Result.none) & ~probes.app.readiness.worker


def _sent(copy: Conditions, *which: ConditionType) -> Expr[bool]:
    return copy.true & copy.type.is_(*which)


CLAIMS = (
    Claim(
        "running-means-ready",
        "A Pod whose phase is Running is Ready.",
        Always(api_phase.is_(Phase.Running).implies(computed.pod_ready)),
        POD,
        source="a popular belief; kubelet status GeneratePodReadyCondition",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("container", "end", Change.removed),
    ),
    Claim(
        "ready-means-running",
        "While a Pod is Ready, the phase that its containers give is Running.",
        Always(computed.pod_ready.implies(computed_phase(False).is_(Phase.Running))),
        POD,
        source="kubelet getPhase; kubelet status GeneratePodReadyCondition",
        kills=Mutation("container", "start", Change.unguarded),
    ),
    Claim(
        "deleting-means-not-ready",
        "A Pod that is being deleted is not Ready.",
        Never(object_.is_(Object.deleting) & computed.pod_ready),
        POD,
        source="a popular belief; Ready follows the containers, while EndpointSlices look at deletionTimestamp",
        expected=Verdict.FALSE,
        candidates=SHAPES,
        kills=Mutation("object", "delete", Change.removed, 4),
    ),
    said(
        "ready-needs-nothing-else",
        "While ContainersReady is True, and the condition of every readiness gate is, Ready is True.",
        pod_ready,
        lambda ready: (is_true(containers_ready.by_name) & conditions.gate.all(conditions.gate_true)).implies(
            is_true(ready)
        ),
        "kubelet status GeneratePodReadyCondition",
        ("all are True", ConditionStatus.gates_not_ready),
    ),
    said(
        "ready-without-a-probe",
        "A container without startup and readiness probes is ready as soon as it runs.",
        probes.app.ready,
        lambda ready: regular.all((app.state.is_(State.running) & _has_no_probe).implies(ready)),
        "prober manager UpdatePodStatus",
        ("it has no readiness probe", FALSE),
    ),
    said(
        "initialized-is-kept",
        "Initialized, once True in the status, stays True there, whatever the containers do.",
        _initialized,
        lambda verdict: (conditions.was_initialized & conditions.has_statuses).implies(is_true(verdict)),
        "kubelet status GeneratePodInitializedCondition",
        ("it was initialized before", None),
    ),
    said(
        "ended-in-the-api-is-not-ready",
        "Together with Succeeded or Failed the kubelet sends no Ready or ContainersReady that is True.",
        merge.new_fate,
        lambda fate: merge.terminal(merge.phase).implies(
            merge.new.kind.none(fate.is_(Fate.kept) & _sent(merge.new, *READY))
            & merge.old.kind.none(merge.old_fate.by_name.is_(Fate.kept) & _sent(merge.old, *READY))
        ),
        "kubelet status manager mergePodStatus",
        ("a terminal phase and a Pod that is ready", None),
        about=MERGED,
    ),
    said(
        "disruption-told-with-the-end",
        "The kubelet tells of a DisruptionTarget of its own only together with Succeeded or Failed.",
        merge.new_fate,
        lambda fate: (
            merge.new.kind.some(fate.is_(Fate.kept) & merge.shared(merge.new.type))
            | merge.old.kind.some(merge.old_fate.by_name.is_(Fate.replaced))
        ).implies(merge.terminal(merge.phase)),
        "kubelet status manager mergePodStatus",
        ("it is someone else's, or not to be told now", Fate.kept),
        about=MERGED,
    ),
)
