"""phase: Pending, Running, Succeeded or Failed, from what the containers' records say (kubelet getPhase).

Ephemeral containers never count, exit codes of sidecars neither.
"""

from __future__ import annotations

from dataclasses import dataclass

from podproof.kubernetes.rules import records, restart
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import FALSE, TRUE, Expr, flag, if_then_else


@dataclass(frozen=True, eq=False)
class Regular:
    """How a regular container counts. stopped: it ran and does not now; restarts: it stopped and may be restarted."""

    unknown: Expr[bool]
    waiting: Expr[bool]
    running: Expr[bool]
    stopped: Expr[bool]
    succeeded: Expr[bool]
    restarts: Expr[bool]


@dataclass(frozen=True, eq=False)
class Init:
    """How an init container counts, which may be a sidecar."""

    pending: Expr[bool]
    failed: Expr[bool]
    gave_up: Expr[bool]
    unknown: Expr[bool] = FALSE
    running: Expr[bool] = FALSE
    starting: Expr[bool] = FALSE
    waiting: Expr[bool] = FALSE


def decision(
    apps: Regular,
    inits: Init,
    *,
    pod_is_terminal: Expr[bool],
    static: Expr[bool] = FALSE,
    initialized: Expr[bool] = TRUE,
    own_counts: Expr[bool] = TRUE,
) -> Decision[Phase]:
    """kubelet getPhase.

    pod_is_terminal: all containers of a Pod that must not run any more were stopped; initialized: some regular
    container exists in the current sandbox; own_counts: feature gate ContainerRestartRules.
    """
    verdict = if_then_else(regular.some(apps.stopped & ~apps.succeeded), Phase.Failed, Phase.Succeeded)
    all_succeeded = regular.none(apps.stopped & ~apps.succeeded)
    without_gate = policy.is_(RestartPolicy.Always) | policy.is_(RestartPolicy.OnFailure) & ~all_succeeded
    still_restarts = if_then_else(own_counts, regular.some(apps.stopped & apps.restarts), without_gate)
    gave_up = if_then_else(own_counts, init.some(inits.gave_up), init.some(inits.failed) & ~_restarts_inits)
    pending = init.some(inits.pending) | regular.some(apps.waiting) | init.some(inits.waiting)
    all_known = regular.none(apps.unknown) & init.none(inits.unknown)
    running = regular.some(apps.running) | init.some(inits.running)
    over = all_known & ~running & regular.some(apps.stopped)
    return Decision(
        "phase",
        (
            Rule("an init container failed for good", gave_up, Phase.Failed),
            Rule("a container was not started yet", pending, Phase.Pending),
            Rule("a sidecar is starting", init.some(inits.starting) & ~initialized, Phase.Pending),
            Rule("a container runs", all_known & running, Phase.Running),
            Rule("all stopped for good", over & pod_is_terminal & ~static, verdict),
            Rule("one will be restarted", over & still_restarts, Phase.Running),
            Rule("all stopped and none is restarted", over, verdict),
            Rule("something is unknown", TRUE, Phase.Pending),
        ),
    )


_restarts_inits = policy.is_not(RestartPolicy.Never)


def kept(
    computed: Expr[Phase], had_ended: Expr[bool], local: Expr[Phase], api_ended: Expr[bool], api: Expr[Phase]
) -> Decision[Phase]:
    """kubelet generateAPIPodStatus: a phase that was terminal, in the kubelet's own status or the API's, stays.

    local, api: the two phases so far, which count where they are terminal (`had_ended`, `api_ended`).
    """
    return Decision(
        "phase, before deadlines",
        (
            Rule("its containers say that it ended", computed.is_(Phase.Succeeded, Phase.Failed), computed),
            Rule("it had ended before", had_ended, local),
            Rule("it had ended in the API", api_ended, api),
            Rule("its containers say so", TRUE, computed),
        ),
    )


def final(phase: Expr[Phase], api_ended: Expr[bool], api: Expr[Phase], past_deadline: Expr[bool]) -> Decision[Phase]:
    """kubelet generateAPIPodStatus, what may override the kept phase."""
    return Decision(
        "phase of the new status",
        (
            Rule("the API shows that it ended", api_ended, api),
            Rule("it was active for too long", past_deadline, Phase.Failed),
            Rule("nothing overrides it", TRUE, phase),
        ),
    )


# From records.
pod_is_terminal = flag("podIsTerminal", doc="all containers of a Pod that must not run any more were stopped")
initialized = flag("podHasInitialized", doc="some regular container exists in the current sandbox")
own_counts = flag("ContainerRestartRules", doc="feature gate, with RestartAllContainersOnContainerExits")


def _regular(record: records.Record) -> Regular:
    terminated = record.state.is_(State.terminated)
    again = restart.waits_again(record)
    return Regular(
        unknown=record.state.is_(State.empty),
        waiting=record.state.is_(State.waiting) & ~again,
        running=record.state.is_(State.running),
        stopped=terminated | again,
        succeeded=terminated & record.exit_code.is_(0),
        restarts=if_then_else(
            terminated, restart.after_exit(record, own_counts), again & restart.after_last_exit(record, own_counts)
        ),
    )


def _init(record: records.Record) -> Init:
    sidecar = record.policy.is_(ContainerPolicy.Always)
    terminated = record.state.is_(State.terminated)
    again = restart.waits_again(record)
    running = record.state.is_(State.running)
    fresh = record.state.is_(State.waiting) & ~again
    unknown = record.state.is_(State.empty)
    failed = if_then_else(terminated, ~record.exit_code.is_(0), again & ~record.last_exit_code.is_(0))
    restarts = if_then_else(
        terminated, restart.after_exit(record, own_counts), restart.after_last_exit(record, own_counts)
    )
    return Init(
        pending=~sidecar & (running | fresh | unknown),
        failed=~sidecar & failed,
        gave_up=~sidecar & failed & ~restarts,
        unknown=sidecar & unknown,
        running=sidecar & running,
        starting=sidecar & running & record.started.is_not(Started.yes),
        waiting=sidecar & fresh,
    )


recorded = decision(
    _regular(records.app),
    _init(records.inits),
    pod_is_terminal=pod_is_terminal,
    static=records.static,
    initialized=initialized,
    own_counts=own_counts,
)
