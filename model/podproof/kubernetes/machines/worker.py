"""worker: one goroutine per Pod serialises what the kubelet does for it (pkg/kubelet/pod_workers.go).

SyncPod, then TerminatingPod, then TerminatedPod; for one UID the stages never go back. The kubelet sees the API through
a watch: "see the deletion" happens some time after the deletion was stored.

Abstracted away: kubelet restarts, which start the worker anew; static Pods and orphans; errors, which are retried.
"""

from __future__ import annotations

from podproof.kubernetes.derived.phase import generated, nothing_runs
from podproof.kubernetes.vocabulary.events import (
    admit,
    clean_up,
    evict,
    find_deleting,
    find_ended,
    finish,
    preempt,
    reject,
    see_deletion,
    see_terminal,
    shut_down,
    stopped,
)
from podproof.kubernetes.vocabulary.states import TERMINAL, Object, Worker, api_phase, assigned, object_, worker
from podproof.language import Machine, Transition

api_ended = api_phase.is_(*TERMINAL)
being_deleted = object_.is_(Object.deleting, Object.held)

pod_worker = Machine(
    "worker",
    worker,
    doc="The kubelet's pod worker.",
    transitions=[
        # The kubelet sees Pods bound to its node. It admits or rejects a new one; a Pod that is already being deleted,
        # or has ended, skips stages.
        Transition(
            trigger=admit, source=Worker.none, dest=Worker.sync, conditions=[object_.is_(Object.bound), ~api_ended]
        ),
        Transition(
            trigger=reject, source=Worker.none, dest=Worker.rejected, conditions=[object_.is_(Object.bound), ~api_ended]
        ),
        Transition(
            trigger=find_deleting,
            source=Worker.none,
            dest=Worker.terminating,
            conditions=[being_deleted, assigned, ~api_ended],
        ),
        Transition(
            trigger=find_ended,
            source=Worker.none,
            dest=Worker.terminated,
            conditions=[object_.is_not(Object.gone), assigned, api_ended],
        ),
        # What ends a running Pod: its deletion, a terminal phase written by somebody else, the node, or its own
        # containers having ended for good.
        Transition(
            trigger=see_deletion,
            source=Worker.sync,
            dest=Worker.terminating,
            conditions=[object_.is_(Object.deleting, Object.held, Object.gone)],
        ),
        Transition(trigger=see_deletion, source=Worker.terminating, dest="=", conditions=[being_deleted]),
        Transition(trigger=see_terminal, source=Worker.sync, dest=Worker.terminating, conditions=[api_ended]),
        *(
            Transition(trigger=event, source=[Worker.sync, Worker.terminating], dest=Worker.terminating)
            for event in (evict, preempt, shut_down)
        ),
        Transition(trigger=finish, source=Worker.sync, dest=Worker.terminating, conditions=[generated.is_(*TERMINAL)]),
        # Termination is over when the runtime reports no running container.
        Transition(trigger=stopped, source=Worker.terminating, dest=Worker.terminated, conditions=[nothing_runs]),
        Transition(trigger=clean_up, source=Worker.terminated, dest=Worker.finished),
    ],
    abstracted=("kubelet restarts", "static Pods", "errors that are only retried"),
)
