"""Claims about the rules themselves: for whatever the fields of a Pod's status say, and any number of containers.

The system here does not move: its states are all possible records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from podproof.kubernetes.rules import (
    conditions,
    container_status,
    merge,
    phase,
    probes,
    records,
    restart,
    status,
    transitions,
)
from podproof.kubernetes.rules.conditions import POSITIVE
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.rules.records import Match, Reason, Record, Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, init, policy, regular, some_container
from podproof.kubernetes.vocabulary.states import TERMINAL, Phase
from podproof.language import Expr, System, Variable, if_then_else, named
from podproof.language.expressions import rewrite
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always
from podproof.properties.mutations import RuleChange


def fields(*owners: object) -> tuple[Variable[object], ...]:
    """The variables of records, and of the records in them."""
    return tuple(dict.fromkeys(variable for owner in owners for variable in _fields(owner)))


def _fields(owner: object) -> Iterator[Variable[object]]:
    for value in vars(owner).values():
        if isinstance(value, Variable):
            yield value
        elif isinstance(value, records.Record):
            yield from _fields(value)


RECORDS = System(
    "records",
    (),
    frozen=(
        policy,
        records.static,
        phase.pod_is_terminal,
        phase.initialized,
        phase.own_counts,
        conditions.phase,
        conditions.has_statuses,
        conditions.was_initialized,
        conditions.gate_true,
        *fields(records.app, records.inits),
        *(v for p in (probes.app, probes.inits) for v in fields(p.startup, p.readiness)),
    ),
    initially=(
        some_container,
        # ready is what the probes say: the kubelet makes a status without it first (convertToAPIContainerStatuses).
        regular.all(records.well_formed(records.app) & ~records.app.ready),
        init.all(records.well_formed(records.inits) & ~records.inits.ready),
        (regular.some(records.app.mentioned) | init.some(records.inits.mentioned)).implies(conditions.has_statuses),
    ),
    doc="What the status of a Pod can say, field by field.",
)

app, inits = records.app, records.inits
sidecar = inits.policy.is_(ContainerPolicy.Always)

_apps = conditions.Regular(app.mentioned, probes.app.ready.value, app.state.is_(State.running, State.terminated))
_inits = conditions.Init(inits.mentioned, probes.inits.ready.value, sidecar, probes.inits.ready.value)
containers_ready = conditions.containers_ready(_apps, _inits, conditions.phase, statuses=conditions.has_statuses)
pod_ready = conditions.pod_ready(containers_ready.value, conditions.gate.all(conditions.gate_true))


def is_true(condition: Expr[conditions.ConditionStatus]) -> Expr[bool]:
    return condition.is_(*POSITIVE)


def runs_and_started(record: Record, probed: probes.Probed) -> Expr[bool]:
    return record.mentioned & record.state.is_(State.running) & probed.started.by_name


def without_own(record: Record) -> Expr[bool]:
    """Only the Pod's policy decides about this container."""
    untouched = record.reason.is_not(Reason.restarting_all) & record.last_reason.is_not(Reason.restarting_all)
    return record.policy.is_(ContainerPolicy.unset) & untouched


only_pod_policy = regular.all(without_own(app)) & init.all(
    sidecar | inits.matched.is_(Match.none) & inits.last_matched.is_(Match.none) & without_own(inits)
)
failed_init = ~sidecar & inits.mentioned & inits.state.is_(State.terminated) & ~inits.exit_code.is_(0)
some_process = regular.some(app.mentioned & app.state.is_(State.running)) | init.some(
    sidecar & inits.mentioned & inits.state.is_(State.running)
)
ran = app.mentioned & (app.state.is_(State.running, State.terminated) | restart.waits_again(app))
always = policy.is_(RestartPolicy.Always) & only_pod_policy
never = policy.is_(RestartPolicy.Never) & only_pod_policy


def ended_nonzero(record: Record) -> Expr[bool]:
    now = record.state.is_(State.terminated) & ~record.exit_code.is_(0)
    return record.mentioned & (now | restart.waits_again(record) & ~record.last_exit_code.is_(0))


nonzero = regular.some(ended_nonzero(app)) | init.some(ended_nonzero(inits))

init_done = ~sidecar & inits.mentioned & inits.state.is_(State.terminated) & inits.exit_code.is_(0)
serving = sidecar & inits.mentioned & inits.state.is_(State.running) & inits.started.is_(Started.yes)
failed_app = app.mentioned & app.state.is_(State.terminated) & ~app.exit_code.is_(0)
done_app = app.mentioned & app.state.is_(State.terminated) & app.exit_code.is_(0)


def restarts_with_all(record: Record) -> Expr[bool]:
    """It ended by a rule RestartAllContainers, its own or another container's."""
    by_rule = record.matched.is_(Match.restart_all) | record.reason.is_(Reason.restarting_all)
    return record.mentioned & record.state.is_(State.terminated) & by_rule


def with_sidecars_ending_well(node: Expr[Any]) -> Expr[Any] | None:
    """As if every sidecar that ended had ended with 0."""
    if node is inits.exit_code or node is inits.last_exit_code:
        return if_then_else(sidecar, 0, node)
    if node is inits.matched or node is inits.last_matched:
        return if_then_else(sidecar, Match.none, node)
    return None


STATUSES = System(
    "statuses",
    (),
    frozen=(
        policy,
        status.computed,
        status.local_phase,
        status.api_phase,
        status.limited,
        status.limit,
        status.has_start,
        status.elapsed,
        transitions.app_restarts_all,
        transitions.init_restarts_all,
        *fields(transitions.app, transitions.inits),
    ),
    doc="An old status and a new one: what the kubelet makes of them, and what it accepts.",
)
in_the_api = status.api_phase
ended_in_the_api = merge.terminal(in_the_api)
comes_back = (
    transitions.app.state.is_(State.terminated)
    & ~transitions.app.restarts
    & transitions.app.new.some(transitions.app.runs_again)
)

INSTANCES = System(
    "instances",
    (),
    frozen=(
        policy,
        records.deleted,
        *fields(container_status.app, container_status.inits),
    ),
    doc="What the runtime reports of containers, and the status so far.",
)


def said(
    id: str,
    sentence: str,
    decision: Decision[Any],
    holds: Callable[[Expr[Any]], Expr[bool]],
    source: str,
    wrong: tuple[str, Any],
    expected: Verdict = Verdict.TRUE,
    about: System = RECORDS,
) -> Claim:
    """A claim that `holds` of what is decided. wrong: a rule, and what it says in the mutant that the claim kills; None
    where the rule is dropped."""
    rule, then = wrong
    changed = decision.without(rule) if then is None else decision.saying(rule, then)
    what = "dropped" if then is None else f"made to say {then}"
    kills = RuleChange(Always(holds(changed.by_name)), f"rule '{rule}' of {decision.name}: {what}")
    return Claim(id, sentence, Always(holds(decision.by_name)), about, source, expected, kills=kills)


CLAIMS = (
    said(
        "ready-means-containers-ready",
        "Ready is True only while ContainersReady is.",
        pod_ready,
        lambda ready: is_true(ready).implies(is_true(containers_ready.by_name)),
        "kubelet status GeneratePodReadyCondition",
        ("ContainersReady is not True", None),
    ),
    said(
        "ready-means-gates",
        "Ready is True only while the condition of every readiness gate is.",
        pod_ready,
        lambda ready: is_true(ready).implies(conditions.gate.all(conditions.gate_true)),
        "kubelet status GeneratePodReadyCondition",
        ("a readiness gate is not True", None),
    ),
    said(
        "containers-ready-means-all-run",
        "ContainersReady is True only while every regular container and every sidecar runs and has started.",
        containers_ready,
        lambda ready: is_true(ready).implies(
            regular.all(runs_and_started(app, probes.app))
            & init.all(sidecar.implies(runs_and_started(inits, probes.inits)))
        ),
        "kubelet status GenerateContainersReadyCondition; prober manager UpdatePodStatus",
        ("a container is unknown or not ready", None),
    ),
    said(
        "ended-is-not-ready",
        "With phase Succeeded or Failed, ContainersReady is not True, and so Ready is not.",
        containers_ready,
        lambda ready: conditions.phase.is_(*TERMINAL).implies(~is_true(ready)),
        "kubelet status GenerateContainersReadyCondition",
        ("the Pod failed", None),
    ),
    said(
        "ready-means-started",
        "A container that has not started is not ready.",
        probes.app.ready,
        lambda ready: regular.all(ready.implies(probes.app.started.by_name)),
        "prober manager UpdatePodStatus",
        ("it has not started", None),
    ),
    said(
        "computed-succeeded-means-all-zero",
        "Succeeded is computed only when every regular container has terminated with exit code 0.",
        phase.recorded,
        lambda computed: computed.is_(Phase.Succeeded).implies(
            regular.all(app.mentioned & app.state.is_(State.terminated) & app.exit_code.is_(0))
        ),
        "kubelet getPhase",
        ("a container was not started yet", None),
    ),
    said(
        "computed-running-means-all-ran",
        "Running is computed only when every regular container was started at least once.",
        phase.recorded,
        lambda computed: computed.is_(Phase.Running).implies(regular.all(ran)),
        "kubelet getPhase",
        ("a container was not started yet", None),
    ),
    said(
        "computed-failed-means-nonzero",
        "While nobody ends the Pod, Failed is computed only when a container has terminated with another code than 0.",
        phase.recorded,
        lambda computed: (computed.is_(Phase.Failed) & ~phase.pod_is_terminal).implies(nonzero),
        "a popular belief; kubelet getPhase: a container that waits in back-off has stopped but not succeeded",
        ("all stopped and none is restarted", Phase.Pending),
        Verdict.FALSE,
    ),
    said(
        "always-never-ends-by-itself",
        "Without policies of its containers, an Always Pod that nobody ends is computed neither Succeeded nor Failed.",
        phase.recorded,
        lambda computed: (always & ~phase.pod_is_terminal).implies(computed.is_not(*TERMINAL)),
        "kubelet getPhase",
        ("one will be restarted", None),
    ),
    said(
        "static-always-never-ends",
        "Without policies of its containers, a static Always Pod is computed neither Succeeded nor Failed.",
        phase.recorded,
        lambda computed: (always & records.static).implies(computed.is_not(*TERMINAL)),
        "kubelet getPhase",
        ("one will be restarted", None),
    ),
    said(
        "failed-init-fails-a-never-pod",
        "Under Never, without policies of its containers, a failed init container makes the Pod Failed at once.",
        phase.recorded,
        lambda computed: (never & init.some(failed_init)).implies(computed.is_(Phase.Failed)),
        "kubelet getPhase",
        ("an init container failed for good", None),
    ),
    said(
        "running-under-never-has-a-process",
        "A Never Pod without policies of its containers is computed Running only while some container runs.",
        phase.recorded,
        lambda computed: (never & computed.is_(Phase.Running)).implies(some_process),
        "kubelet getPhase",
        ("all stopped and none is restarted", Phase.Running),
    ),
    said(
        "a-failure-fails-a-never-pod",
        "Under Never, once all its containers were started, a Pod is Failed as soon as one of them has failed.",
        phase.recorded,
        lambda computed: (never & regular.all(ran) & init.all(init_done) & regular.some(failed_app)).implies(
            computed.is_(Phase.Failed)
        ),
        "a popular belief; kubelet getPhase: others may still run",
        ("a container runs", Phase.Failed),
        Verdict.FALSE,
    ),
    said(
        "sidecar-exit-codes-do-not-count",
        "Whatever exit codes the sidecars ended with, the computed phase is the same.",
        phase.recorded,
        lambda computed: computed.equals(
            named("phase, had all sidecars ended with 0", rewrite(computed, with_sidecars_ending_well))
        ),
        "kubelet getPhase (KEP-753)",
        ("all stopped for good", if_then_else(init.some(ended_nonzero(inits)), Phase.Failed, Phase.Succeeded)),
    ),
    said(
        "sidecars-do-not-count",
        "Once all regular containers have succeeded for good, a Pod is Succeeded, whether its sidecars run or not.",
        phase.recorded,
        lambda computed: (
            phase.own_counts & regular.all(done_app & ~restart.after_exit(app)) & init.all(init_done | serving)
        ).implies(computed.is_(Phase.Succeeded)),
        "a popular belief; kubelet getPhase: sidecars keep the Pod Running until the kubelet has stopped them",
        ("a container runs", Phase.Succeeded),
        Verdict.FALSE,
    ),
    said(
        "restarting-all-ends-nothing",
        "While all its containers are restarted together, a Pod that nobody ends is neither Succeeded nor Failed.",
        phase.recorded,
        lambda computed: (
            phase.own_counts
            & ~phase.pod_is_terminal
            & regular.all(restarts_with_all(app))
            & init.all(restarts_with_all(inits))
        ).implies(computed.is_not(*TERMINAL)),
        "kubelet getPhase; container ShouldAllContainersRestart",
        ("one will be restarted", None),
    ),
    said(
        "restart-count-never-falls",
        "The restartCount of a container is never smaller than in the status before.",
        container_status.app_rules.restarts,
        lambda count: (
            regular.all(count >= container_status.app.old_restarts)
            & init.all(container_status.init_rules.restarts.by_name >= container_status.inits.old_restarts)
        ),
        "kubelet convertToAPIContainerStatuses",
        ("the count does not fall", None),
        about=INSTANCES,
    ),
    said(
        "ended-in-the-api-stays",
        "Whatever its containers say, the kubelet keeps a phase that is Succeeded or Failed in the API.",
        status.final,
        lambda phase: ended_in_the_api.implies(
            phase.is_(Phase.Succeeded) & in_the_api.is_(merge.AnyPhase.Succeeded)
            | phase.is_(Phase.Failed) & in_the_api.is_(merge.AnyPhase.Failed)
        ),
        "kubelet generateAPIPodStatus",
        ("the API shows that it ended", None),
        about=STATUSES,
    ),
    said(
        "a-deadline-fails-the-pod",
        "After activeDeadlineSeconds the kubelet computes Failed, unless the API shows Succeeded already.",
        status.final,
        lambda phase: (status.deadline.by_name & in_the_api.is_not(merge.AnyPhase.Succeeded)).implies(
            phase.is_(Phase.Failed)
        ),
        "kubelet active_deadline ShouldEvict",
        ("it was active for too long", None),
        about=STATUSES,
    ),
    said(
        "policy-brings-no-container-back",
        "The kubelet accepts no status in which a container runs again that may not be restarted.",
        transitions.kubelet,
        lambda fault: (transitions.app.old.some(comes_back) & ~transitions.all_could_restart).implies(
            fault.is_not(transitions.Fault.none) | policy.is_(RestartPolicy.OnFailure)
        ),
        "kubelet status manager checkContainerStateTransition: under Always it looks at nothing",
        ("the Pod's policy is Always", None),
        Verdict.FALSE,
        STATUSES,
    ),
)
