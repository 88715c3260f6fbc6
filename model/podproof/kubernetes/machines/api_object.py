"""object: the Pod in the API, from creation to removal.

Sources: registry/core/pod strategy.CheckGracefulDelete and storage BindingREST; registry/rest BeforeDelete; status
manager canBeDeleted; podgc.

Abstracted away: the length of a grace period (only 0 or not); resource versions; who asks for the deletion; everything
the API server does before it stores a new Pod.
"""

from __future__ import annotations

from podproof.kubernetes.vocabulary.events import (
    Grace,
    bind,
    delete,
    drop_finalizers,
    final_delete,
    grace,
    podgc_delete,
)
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Object,
    Worker,
    api_phase,
    assigned,
    finalizer,
    object_,
    worker,
)
from podproof.language import Event, Expr, Machine, Transition, sets

has_ended = api_phase.is_(*TERMINAL)
immediate = grace.is_(Grace.forced) | has_ended
stored = [Object.bound, Object.deleting]


def removal(trigger: Event, source: list[Object], *conditions: Expr[bool]) -> list[Transition[Object]]:
    """The object goes, unless a finalizer holds it."""
    return [
        Transition(trigger=trigger, source=source, dest=Object.held, conditions=[*conditions, finalizer]),
        Transition(trigger=trigger, source=source, dest=Object.gone, conditions=[*conditions, ~finalizer]),
    ]


api_object = Machine(
    "object",
    object_,
    doc="The Pod object in the API.",
    transitions=[
        # A binding is refused once the Pod is being deleted, and nodeName never changes afterwards.
        Transition(trigger=bind, source=Object.unbound, dest=Object.bound, before=sets(assigned, True)),
        # Nothing runs yet, or nothing runs any more, or nobody waits: the period becomes 0 and the object is removed.
        *removal(delete, [Object.unbound]),
        *removal(delete, stored, immediate),
        # Otherwise only deletionTimestamp is stored; the kubelet does the rest.
        Transition(trigger=delete, source=Object.bound, dest=Object.deleting, conditions=[~immediate]),
        # The kubelet deletes for good when the API shows a terminal phase and the node is cleaned up. A rejected
        # Pod has no worker and nothing to clean up.
        *removal(final_delete, [Object.deleting], has_ended, worker.is_(Worker.finished, Worker.rejected)),
        # The garbage collector writes Failed first and then deletes with grace 0.
        *removal(podgc_delete, stored, has_ended),
        Transition(trigger=drop_finalizers, source=Object.held, dest=Object.gone, before=sets(finalizer, False)),
        Transition(
            trigger=drop_finalizers,
            source=[Object.unbound, *stored],
            dest="=",
            conditions=[finalizer],
            before=sets(finalizer, False),
        ),
    ],
    abstracted=("grace periods are 0 or not 0", "who asks for a deletion", "admission and quota at creation"),
)
