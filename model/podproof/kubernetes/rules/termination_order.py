"""termination_order: whose turn it is when a Pod is stopped (kuberuntime newTerminationOrdering, waitForTurn).

Regular containers and ordinary init containers wait for nobody. A sidecar waits for the regular containers, and for the
next one of the later sidecars; where that one does not run, it does not wait for those after it.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.kubernetes.vocabulary.spec import init, regular, sidecar
from podproof.language import FALSE, Scope, flag, state


class Stage(StrEnum):
    """How far a container has come that is to be stopped; `gone` also where it did not run."""

    hook = "preStop hook"
    waiting = "waiting for its turn"
    stopping = "SIGTERM"
    gone = "gone"


app = state("container stage", Stage, kind=regular)
inits = state("init container stage", Stage, kind=init)
together = flag("the whole Pod is stopped", doc="and not one container of it, which never waits")

_next_is_there = init.first(sidecar, inits.is_not(Stage.gone), FALSE, Scope.later)
waits = together & sidecar & (regular.some(app.is_not(Stage.gone)) | _next_is_there)
"""Of an init container: it is not its turn yet."""
