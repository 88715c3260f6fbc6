"""local phase, api phase: the two stored copies of the phase (kubelet status manager; API server).

The kubelet writes its own copy at the start of every sync and at each change of stage, and later merges it into the
API's. Eviction, preemption and node shutdown write Failed into the local copy only; after the kill it is computed again
from the exit codes, so such a Pod can end Succeeded.

Abstracted away: writers of the API status other than the kubelet and podgc (the API server checks no phase, so anybody
with the right could write anything); patches that fail and are retried.
"""

from __future__ import annotations

from collections.abc import Iterable

from podproof.kubernetes.derived.phase import after_termination, final, generated, merged
from podproof.kubernetes.vocabulary.events import (
    clean_up,
    evict,
    find_deleting,
    find_ended,
    finish,
    pass_deadline,
    podgc_fail,
    preempt,
    publish,
    reject,
    see_deletion,
    see_terminal,
    shut_down,
    stopped,
    sync,
)
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Deadline,
    Object,
    Phase,
    Worker,
    api_phase,
    assigned,
    deadline,
    local_phase,
    object_,
    worker,
)
from podproof.language import Event, Expr, Machine, Transition


def becomes(
    event: Event, value: Expr[Phase], *conditions: Expr[bool], phases: Iterable[Phase] = Phase
) -> list[Transition[Phase]]:
    """The phase becomes `value`, one of `phases`: an arrow for each, so that a diagram shows where it can go."""
    return [
        Transition(trigger=event, source="*", dest=phase, conditions=[value.is_(phase), *conditions])
        for phase in phases
    ]


def always_failed(event: Event) -> Transition[Phase]:
    return Transition(trigger=event, source="*", dest=Phase.Failed)


local_status = Machine(
    "local phase",
    local_phase,
    doc="The phase in the kubelet's status manager.",
    # A sync that computes a terminal phase is the one that ends the stage: see `finish`.
    transitions=becomes(sync, generated, worker.is_(Worker.sync), phases=(Phase.Pending, Phase.Running)),
    reacts=[
        *(t for event in (find_deleting, see_deletion, see_terminal, finish) for t in becomes(event, generated)),
        *(t for event in (stopped, find_ended) for t in becomes(event, final)),
        *becomes(clean_up, after_termination, phases=TERMINAL),
        # Written at once, whatever the containers do.
        *(always_failed(event) for event in (reject, evict, preempt, shut_down)),
    ],
)

api_status = Machine(
    "api phase",
    api_phase,
    doc="The phase in the API.",
    transitions=[
        *becomes(publish, merged, worker.is_not(Worker.none), object_.is_not(Object.gone)),
        # Its node is gone or out of service; or it is being deleted and was never scheduled.
        Transition(
            trigger=podgc_fail,
            source=[Phase.Pending, Phase.Running],
            dest=Phase.Failed,
            conditions=[assigned & object_.is_not(Object.gone) | object_.is_(Object.held)],
        ),
    ],
    abstracted=("people and controllers that write a Pod's status themselves",),
)

active_deadline = Machine(
    "deadline",
    deadline,
    doc="activeDeadlineSeconds.",
    transitions=[
        # The clock starts when the kubelet first sees the Pod.
        Transition(
            trigger=pass_deadline,
            source=Deadline.ahead,
            dest=Deadline.passed,
            conditions=[worker.is_not(Worker.none, Worker.rejected)],
        ),
    ],
)
