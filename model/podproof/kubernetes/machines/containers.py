"""container: one regular container as the kubelet sees it.

Sources: kuberuntime computePodActions and startContainer, kubelet convertToAPIContainerStatuses, status manager
TerminatePod. A restart creates a new container; nothing is stopped and started again in place.

Abstracted away: waiting reasons before the first start (image pulls, missing configuration); probes and hooks; how long
a back-off lasts; records lost by the runtime.
"""

from __future__ import annotations

from podproof.kubernetes.derived.actions import starts_anew
from podproof.kubernetes.derived.phase import all_init_done, had_initialized, restartable
from podproof.kubernetes.machines.init_containers import can_start
from podproof.kubernetes.vocabulary.events import (
    Code,
    back_off,
    clean_up,
    code,
    create_sandbox,
    end,
    restart,
    see_deletion,
    start,
    sync,
)
from podproof.kubernetes.vocabulary.spec import Exit, init
from podproof.kubernetes.vocabulary.states import Run, Worker, created, ended, run, worker
from podproof.language import TRUE, Machine, Transition, if_then_else, sets

started_by_new_sandbox = init.none(TRUE) & ~restartable & starts_anew

container = Machine(
    "container",
    run,
    doc="One regular container.",
    transitions=[
        # Regular containers start once every init container is done in this sandbox, and every sidecar has started.
        Transition(
            trigger=start,
            source=[Run.waiting, Run.restarting],
            dest=Run.running,
            conditions=[can_start, all_init_done],
            before=sets(ended, Exit.none, created, TRUE),
        ),
        Transition(
            trigger=restart,
            source=[Run.terminated, Run.backoff],
            dest=Run.running,
            conditions=[can_start, all_init_done, restartable],
            before=sets(ended, Exit.none, created, TRUE),
        ),
        Transition(
            trigger=end,
            source=Run.running,
            dest=Run.terminated,
            before=sets(ended, if_then_else(code.is_(Code.zero), Exit.zero, Exit.nonzero)),
        ),
        # Only the sync after the exit shows CrashLoopBackOff, and only for what will be restarted.
        Transition(
            trigger=back_off,
            source=Run.terminated,
            dest=Run.backoff,
            conditions=[worker.is_(Worker.sync), restartable],
        ),
    ],
    reacts=[
        # The sync that re-creates a lost sandbox starts every container but those that were to succeed once and have,
        # whatever its policy (a Pod with init containers runs those first, and by then the policy decides). If that
        # start fails, the next sync forgets it.
        Transition(
            trigger=create_sandbox,
            source=Run.terminated,
            dest=Run.restarting,
            conditions=[started_by_new_sandbox],
        ),
        Transition(trigger=sync, source=Run.restarting, dest=Run.terminated),
        # A Pod being deleted restarts nothing, so the status shows the exit again instead of the back-off.
        Transition(trigger=see_deletion, source=[Run.backoff, Run.restarting], dest=Run.terminated),
        # TerminatePod: what has no exit code by now is given 137, ContainerStatusUnknown, if the Pod had initialised.
        Transition(
            trigger=clean_up,
            source=[Run.waiting, Run.backoff],
            dest=Run.terminated,
            conditions=[had_initialized],
            before=sets(ended, Exit.nonzero),
        ),
        Transition(trigger=clean_up, source=Run.restarting, dest=Run.terminated),
    ],
    abstracted=("waiting reasons before the first start", "probes and hooks", "the length of a back-off"),
)
