"""phase: what the kubelet computes from the containers (kubelet getPhase), and what it stores and publishes.

The computed phase is an expression over the container records; it never was a state of its own. What is stored
locally follows generateAPIPodStatus; what reaches the API, the status manager's mergePodStatus.

Abstracted away: sidecars; static Pods, which getPhase never calls terminal; statuses without a record ("missing"),
which count as waiting.
"""

from __future__ import annotations

from podproof.language import Expr, first_match, if_then_else, named
from podproof.pod.spec import Exit, init, init_policy, may_restart, own_policy, regular
from podproof.pod.states import (
    TERMINAL,
    Deadline,
    InitRun,
    Phase,
    Run,
    Worker,
    api_phase,
    deadline,
    ended,
    init_ended,
    init_run,
    local_phase,
    run,
    worker,
)

# What a record of one container says.
waiting = named("never started", run.is_(Run.waiting))
running = run.is_(Run.running)
has_stopped = run.is_(Run.terminated, Run.backoff, Run.restarting)
succeeded = run.is_(Run.terminated, Run.restarting) & ended.is_(Exit.zero)
restartable = may_restart(own_policy, ended)

init_pending = init_run.is_(InitRun.waiting, InitRun.running)
init_failed = init_run.is_not(InitRun.waiting, InitRun.running) & init_ended.is_(Exit.nonzero)
init_done = named("done in this sandbox", init_run.is_(InitRun.terminated) & init_ended.is_(Exit.zero))
init_restartable = may_restart(init_policy, init_ended)
all_init_done = init.all(init_done)

nothing_runs = named("nothing runs", regular.none(running) & init.none(init_run.is_(InitRun.running)))
all_succeeded = regular.all(succeeded)


def computed_phase(pod_is_terminal: bool) -> Expr[Phase]:
    """kubelet getPhase; `pod_is_terminal` once all containers of a Pod that must not run any more were stopped.

    A container waiting in back-off after exit 0 has stopped but not succeeded, so a terminal Pod with one is Failed.
    """
    verdict = if_then_else(regular.some(has_stopped & ~succeeded), Phase.Failed, Phase.Succeeded)
    still_restarts = regular.some(has_stopped & restartable)
    all_stopped = verdict if pod_is_terminal else if_then_else(still_restarts, Phase.Running, verdict)
    return first_match(
        (init.some(init_failed & ~init_restartable), Phase.Failed),
        (init.some(init_pending) | regular.some(waiting), Phase.Pending),
        (regular.some(running), Phase.Running),
        (regular.some(has_stopped), all_stopped),
        default=Phase.Pending,
    )


def generated_phase(pod_is_terminal: bool) -> Expr[Phase]:
    """kubelet generateAPIPodStatus: a terminal phase is kept, a passed deadline fails the Pod, the API's phase wins."""
    computed = computed_phase(pod_is_terminal)
    kept: Expr[Phase] = first_match(
        (computed.is_(*TERMINAL), computed),
        (local_phase.is_(*TERMINAL), local_phase),
        (api_phase.is_(*TERMINAL), api_phase),
        default=computed,
    )
    with_deadline = if_then_else(deadline.is_(Deadline.passed), Phase.Failed, kept)
    return if_then_else(api_phase.is_(*TERMINAL), api_phase, with_deadline)


generated = generated_phase(pod_is_terminal=False)
final = generated_phase(pod_is_terminal=True)
after_termination = if_then_else(final.is_(*TERMINAL), final, Phase.Failed)
"""status manager TerminatePod: whatever is not terminal by now has failed."""

could_have_running_containers = named("containers may run", worker.is_(Worker.sync, Worker.terminating))
withheld = api_phase.is_not(*TERMINAL) & local_phase.is_(*TERMINAL) & could_have_running_containers
merged = if_then_else(withheld, api_phase, local_phase)
"""status manager mergePodStatus: a terminal phase is withheld while containers may run."""
