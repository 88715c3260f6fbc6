"""Lemmas: invariants of the Pod that help proofs of claims which the search does not find by itself.

They are offered, not believed: a lemma is part of the invariant that a certificate has to show, under the assumptions
of the proof in question. One that does not hold there costs the proof, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from podproof.claims.conditions import MERGED
from podproof.claims.status import all_mentioned, kubelet_mentions_all
from podproof.kubernetes.derived.phase import (
    after_termination,
    all_init_done,
    init_begun,
    init_done,
    init_failed,
    init_pending,
    init_restartable,
    init_running,
    init_waiting,
    nothing_runs,
    restartable,
    waiting,
)
from podproof.kubernetes.view import (
    ContainerState,
    PodReason,
    api,
    api_reason,
    init_api,
    init_local,
    local,
    local_reason,
)
from podproof.kubernetes.vocabulary.spec import Exit, init, regular, sidecar
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Deadline,
    InitRun,
    Object,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    created,
    deadline,
    ended,
    finalizer,
    init_ended,
    init_run,
    init_started,
    local_phase,
    object_,
    run,
    sandbox,
    worker,
)
from podproof.language import Expr, Scope
from podproof.properties.claim import Claim

has_not_ended = run.is_(Run.waiting, Run.running)
ended_for_good = run.is_(Run.terminated, Run.restarting)
in_time = deadline.is_(Deadline.ahead)

# What a sandbox has gone through, once it has regular containers.
SANDBOX = (
    regular.some(run.is_(Run.running)).implies(created),
    created.implies(all_init_done & sandbox.is_not(Sandbox.none)),
    init.all(init_started.implies(sidecar & init_begun)),
    sandbox.is_(Sandbox.none).implies(nothing_runs & init.all(init_waiting)),
    worker.is_(Worker.none, Worker.rejected).implies(sandbox.is_(Sandbox.none)),
)

# Init containers begin in order.
ORDER = (
    *SANDBOX,
    init.all(init_begun.implies(init.all(init_done, Scope.earlier))),
)

# What records say about each other, and about the worker's stage.
RECORDS = (
    regular.all(has_not_ended & ended.is_(Exit.none) | ~has_not_ended & ended.is_not(Exit.none)),
    regular.all(run.is_(Run.backoff).implies(restartable)),
    init.all(init_run.is_(InitRun.waiting, InitRun.running).implies(init_ended.is_(Exit.none))),
    worker.is_(Worker.none, Worker.rejected).implies(
        regular.all(run.is_(Run.waiting)) & init.all(init_run.is_(InitRun.waiting))
    ),
    worker.is_(Worker.none).implies(local_phase.is_(Phase.Pending) & in_time),
    worker.is_(Worker.terminated, Worker.finished).implies(nothing_runs),
)

# The phases and the records, whoever else writes phases.
RUNNING = (local_phase.is_(Phase.Running).implies(regular.none(waiting)),)
SUCCEEDED = (
    *RECORDS,
    local_phase.is_(*TERMINAL).implies(worker.is_not(Worker.sync)),
    local_phase.is_(Phase.Succeeded).implies(regular.all(ended_for_good & ended.is_(Exit.zero))),
    api_phase.is_(Phase.Succeeded).implies(worker.is_not(Worker.none, Worker.sync) & regular.all(ended_for_good)),
)

# The phases and the worker, where only the kubelet writes phases.
STAGES = (
    *RECORDS,
    local_phase.is_(*TERMINAL).implies(worker.is_not(Worker.sync)),
    api_phase.is_(*TERMINAL).implies(worker.is_not(Worker.sync, Worker.terminating) & local_phase.equals(api_phase)),
)

# What ended for good is not started again, where sandboxes last or containers have no policies.
NO_RESTARTING = (
    *SANDBOX,
    *RECORDS,
    regular.none(run.is_(Run.restarting)),
    sandbox.is_(Sandbox.none).implies(regular.all(waiting) | worker.is_(Worker.finished)),
)

# Why the kubelet's own phase is Failed, when neither the deadline nor somebody else made it so.
init_gave_up = init.some(init_failed & ~init_restartable)
failure = init_gave_up | regular.some(ended_for_good & ended.is_(Exit.nonzero))
excused = ~in_time | api_phase.is_(Phase.Failed)
FAILED = (
    local_phase.is_(*TERMINAL).implies(worker.is_not(Worker.sync)),
    api_phase.is_(Phase.Succeeded).implies(local_phase.is_(Phase.Succeeded)),
    (local_phase.is_(Phase.Failed) & worker.is_(Worker.terminating) & ~excused).implies(failure),
    (local_phase.is_(Phase.Failed) & worker.is_(Worker.terminated) & ~excused).implies(
        after_termination.is_(Phase.Failed)
    ),
)

# Why it is Succeeded, and what reaches the API, where the deadline and podgc are out of the way.
ENDED = (
    in_time,
    local_phase.is_(Phase.Succeeded).implies(
        regular.all(ended_for_good & ended.is_(Exit.zero)) & ~init_gave_up & init.none(init_pending)
    ),
    api_phase.is_(*TERMINAL).implies(worker.is_not(Worker.sync, Worker.terminating)),
    api_phase.is_(Phase.Failed).implies(local_phase.is_(Phase.Failed)),
)

# Why the Pod ended, as status.reason says it. What has succeeded stays as it is, so its phase is not computed anew.
_ended_well = local_phase.is_(Phase.Succeeded) | api_phase.is_(Phase.Succeeded)
_killed = (PodReason.evicted, PodReason.preempting, PodReason.shut_down)
KILLED = (
    *SUCCEEDED,
    _ended_well.implies(
        regular.all(ended_for_good & ended.is_(Exit.zero))
        & ~init_gave_up
        & init.none(init_pending | sidecar & (init_running | init_waiting))
    ),
    (worker.is_(Worker.terminating) & _ended_well).implies(regular.none(restartable)),
    (local_reason.is_(*_killed) | api_reason.is_(*_killed)).implies(local_phase.is_(Phase.Failed)),
)
REJECTED = (
    (local_reason.is_(PodReason.rejected) | api_reason.is_(PodReason.rejected)).implies(worker.is_(Worker.rejected)),
    worker.is_(Worker.none).implies(local_reason.is_(PodReason.none) & api_reason.is_(PodReason.none)),
    worker.is_(Worker.none, Worker.rejected).implies(
        regular.all(local.state.is_(ContainerState.absent) & api.state.is_(ContainerState.absent))
        & init.all(init_local.state.is_(ContainerState.absent) & init_api.state.is_(ContainerState.absent))
    ),
    worker.is_(Worker.rejected).implies(local_phase.is_(Phase.Failed)),
)

# Nothing but the containers ends the Pod.
UNDISTURBED = (
    object_.is_(Object.unbound, Object.bound),
    worker.is_(Worker.terminating, Worker.terminated, Worker.finished).implies(local_phase.is_(*TERMINAL)),
    local_phase.is_(Phase.Failed).implies(failure),
)

LEMMAS: Mapping[str, tuple[Expr[bool], ...]] = {
    "cleaned-up-has-exit-codes": RECORDS,
    "containers-after-init": SANDBOX,
    "containers-after-init-ended": SANDBOX,
    "app-beside-serving-sidecars": SANDBOX,
    "sidecars-keep-nothing-alive": SANDBOX,
    "corrected-phases": STAGES,
    "corrected-phases-local": (*RECORDS, *FAILED, *ENDED),
    "deadline-exceeded-means-failed": (
        in_time,
        local_reason.is_not(PodReason.deadline) & api_reason.is_not(PodReason.deadline),
    ),
    "deleting-means-not-ready": (object_.is_not(Object.deleting),),
    "disruption-told-with-the-end": MERGED.initially,
    "ended-for-good-stays-ended": NO_RESTARTING,
    "ended-in-the-api-is-not-ready": MERGED.initially,
    "ended-pod-not-started": STAGES,
    "evicted-means-failed": KILLED,
    "failed-init-blocks": SANDBOX,
    "failed-is-final": STAGES,
    "failed-means-nonzero-exit": (*RECORDS, *FAILED, *ENDED, *UNDISTURBED),
    "failing-init-never-runs-app": SANDBOX,
    "finalizers-dropped-once": (object_.is_(Object.held).implies(finalizer),),
    "init-in-order": ORDER,
    "init-stays-done": SANDBOX,
    "initialized-means-init-done": SANDBOX,
    "initialized-stays": SANDBOX,
    "local-failed-is-final": (*RECORDS, *FAILED),
    "new-sandbox-after-stop": SANDBOX,
    "new-sandbox-starts-over": SANDBOX,
    "one-init-at-a-time": ORDER,
    "only-sidecar-starts-up-again": (init.all(init_started.implies(init_begun)),),
    "ready-means-running": SANDBOX,
    "rejected-has-no-statuses": REJECTED,
    "rejected-starts-nothing": RECORDS,
    "running-means-all-started": RUNNING,
    "statuses-stay": (all_mentioned.implies(kubelet_mentions_all),),
    "succeeded-is-final": STAGES,
    "succeeded-means-all-exit-zero": SUCCEEDED,
    "terminal-nothing-runs": STAGES,
    "uninitialized-is-pending": (*SANDBOX, *RUNNING, *SUCCEEDED),
}
"""What helps the proof of which claim that ships, by its id."""


def lemmas_of(claim: Claim) -> tuple[Expr[bool], ...]:
    """What may help the proof of a claim: what it brings along itself, or else what is known here."""
    return claim.lemmas or LEMMAS.get(claim.id, ())
