"""phase: what the kubelet computes from the containers (kubelet getPhase), and what it stores and publishes.

The computed phase is the rule of `rules.phase`, applied to the states of the machines (`record_of`). What is stored
locally follows generateAPIPodStatus; what reaches the API, the status manager's mergePodStatus.

Abstracted away: static Pods, which getPhase never calls terminal; statuses without a record ("missing"), which count
as waiting. A sidecar that is run again counts as started up at once where that cannot matter: see `init_containers`.
"""

from __future__ import annotations

from functools import cache

from podproof.kubernetes.derived.record_of import CONTAINERS, STATE, STORED, STORED_IN
from podproof.kubernetes.rules import merge, status, termination
from podproof.kubernetes.rules import phase as rules
from podproof.kubernetes.rules.restart import may_restart
from podproof.kubernetes.vocabulary.spec import Exit, init, init_policy, own_policy, regular, sidecar
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    InitRun,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    created,
    ended,
    init_ended,
    init_run,
    init_started,
    local_phase,
    run,
    sandbox,
    worker,
)
from podproof.language import Expr, if_then_else, named
from podproof.language.binding import bind
from podproof.language.expressions import as_expr

# What a record of one container says.
waiting = named("never started", run.is_(Run.waiting))
running = run.is_(Run.running)
succeeded = run.is_(Run.terminated, Run.restarting) & ended.is_(Exit.zero)
restartable = may_restart(own_policy, ended.is_(Exit.nonzero))

init_waiting, init_running = init_run.is_(InitRun.waiting), init_run.is_(InitRun.running)
init_pending = ~sidecar & (init_waiting | init_running)
init_failed = ~sidecar & ~init_waiting & ~init_running & init_ended.is_(Exit.nonzero)
init_begun = init_run.is_not(InitRun.waiting, InitRun.previous)
init_exited_zero = ~sidecar & init_run.is_(InitRun.terminated) & init_ended.is_(Exit.zero)
init_done = named("done in this sandbox", init_exited_zero | sidecar & init_started)
init_restartable = may_restart(init_policy, init_ended.is_(Exit.nonzero))
all_init_done = init.all(init_done)

nothing_runs = named("nothing runs", regular.none(running) & init.none(init_running))
has_containers = named("this sandbox has containers", created & sandbox.is_(Sandbox.ready))
"""kuberuntime hasAnyRegularContainerCreated, of the sandbox that is ready."""


AFTERWARDS = " once stopped"
"""Of what is computed after all containers of a Pod that must not run any more were stopped."""


@cache
def computed_phase(pod_is_terminal: bool) -> Expr[Phase]:
    """kubelet getPhase; `pod_is_terminal` once all containers of a Pod that must not run any more were stopped.

    A container waiting in back-off after exit 0 has stopped but not succeeded, so a terminal Pod with one is Failed.
    """
    given = {**CONTAINERS, rules.pod_is_terminal: as_expr(pod_is_terminal), rules.initialized: has_containers}
    decision = rules.recorded.bound(given, by=STATE)
    return named(f"phase of its containers{AFTERWARDS if pod_is_terminal else ''}", decision.spoken)


@cache
def generated_phase(pod_is_terminal: bool) -> Expr[Phase]:
    """kubelet generateAPIPodStatus: a terminal phase is kept, a passed deadline fails the Pod, the API's phase wins."""
    stored = bind(status.final.value, STORED, by=STORED_IN)
    generated = bind(stored, {status.computed: computed_phase(pod_is_terminal)})
    return named(f"generated phase{AFTERWARDS if pod_is_terminal else ''}", generated)


generated = generated_phase(pod_is_terminal=False)
final = generated_phase(pod_is_terminal=True)
after_termination = named(
    "phase after clean-up", if_then_else(termination.fails(final.is_(*TERMINAL)).value, Phase.Failed, final)
)
"""status manager TerminatePod: whatever is not terminal by now has failed."""

had_initialized = named("had initialized", regular.some(~waiting) | init.all(init_exited_zero))
"""status manager hasPodInitialized: it decides what TerminatePod says of containers that nobody saw end. Two things
count there and are forgotten here: that the last init container was done in an earlier sandbox, and that it was done
although a sidecar came before it."""

could_have_running_containers = named("containers may run", worker.is_(Worker.sync, Worker.terminating))
_ended, _ends = api_phase.is_(*TERMINAL), local_phase.is_(*TERMINAL)
withheld = merge.withheld(_ended, _ends, could_have_running_containers)
merged = named("merged phase", merge.merged(withheld, api_phase, local_phase))
"""status manager mergePodStatus: a terminal phase is withheld while containers may run."""
