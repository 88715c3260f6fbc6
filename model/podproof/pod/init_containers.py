"""init container: run one after another, each to a clean end (kuberuntime computeInitContainerActions).

A failed one is restarted alone if its policy says so; otherwise the Pod fails. A new sandbox makes all of them run
again, from the first.

Abstracted away: sidecars; inferring Completed for an init container whose record was lost.
"""

from __future__ import annotations

from podproof.language import Machine, Scope, Transition, if_then_else, sets
from podproof.pod.events import (
    Code,
    back_off_init,
    code,
    create_sandbox,
    end_init,
    restart_init,
    see_deletion,
    start_init,
)
from podproof.pod.phase import init_done, init_restartable
from podproof.pod.spec import Exit, init
from podproof.pod.states import InitRun, Sandbox, Worker, init_ended, init_run, sandbox, worker

can_start = worker.is_(Worker.sync) & sandbox.is_(Sandbox.ready)
failed = init_ended.is_(Exit.nonzero)

init_container = Machine(
    "init container",
    init_run,
    doc="One init container.",
    transitions=[
        # The next one starts when all earlier ones are done in this sandbox.
        Transition(
            trigger=start_init,
            source=[InitRun.waiting, InitRun.previous],
            dest=InitRun.running,
            conditions=[can_start, init.all(init_done, Scope.earlier)],
            before=sets(init_ended, Exit.none),
        ),
        Transition(
            trigger=restart_init,
            source=[InitRun.terminated, InitRun.backoff],
            dest=InitRun.running,
            conditions=[can_start, failed, init_restartable],
            before=sets(init_ended, Exit.none),
        ),
        Transition(
            trigger=end_init,
            source=InitRun.running,
            dest=InitRun.terminated,
            before=sets(init_ended, if_then_else(code.is_(Code.zero), Exit.zero, Exit.nonzero)),
        ),
        Transition(
            trigger=back_off_init,
            source=InitRun.terminated,
            dest=InitRun.backoff,
            conditions=[worker.is_(Worker.sync), failed, init_restartable],
        ),
    ],
    reacts=[
        # The records of the old sandbox are purged; their statuses stay until the next start.
        Transition(trigger=create_sandbox, source=[InitRun.terminated, InitRun.backoff], dest=InitRun.previous),
        # A Pod being deleted restarts nothing, so the status shows the exit again instead of the back-off.
        Transition(trigger=see_deletion, source=InitRun.backoff, dest=InitRun.terminated),
    ],
    abstracted=("sidecars", "records lost by the runtime"),
)
