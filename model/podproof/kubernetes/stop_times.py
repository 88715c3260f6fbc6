"""stop_times: how long it takes to stop a container, as an expression over fields, in units of time.

From the rules of killContainer (`rules/stopping`): a hook, a sidecar's wait for others, SIGTERM and at last SIGKILL
share what is granted; what a stage took is taken off in whole seconds, rounded down, and a process gets two seconds at
least. It begins when the kubelet begins to stop the Pod; the sync that was going on ends before that.
"""

from __future__ import annotations

from typing import Any

from podproof.kubernetes.rules import stopping
from podproof.kubernetes.rules.seconds import unit
from podproof.kubernetes.rules.termination_order import Stage
from podproof.language import Expr, System, number
from podproof.language.binding import bind
from podproof.language.expressions import as_expr

granted = number("granted", 0, doc="the grace period, in seconds")
hook = number("time of the hook", 0, doc="in units")
wait = number("time of the wait", 0, doc="in units")


def _after(stage: Stage, left: Expr[int]) -> Expr[int]:
    """The time for what follows a stage, of which so much was left."""
    given: dict[Expr[Any], Expr[Any]] = {stopping.app.stage: as_expr(stage), stopping.app.time_left: left}
    return bind(stopping.app.next_time.value, given)


for_hook = granted * unit
for_wait = _after(Stage.hook, for_hook - hook)
for_process = _after(Stage.waiting, for_wait - wait)
"""What a process is given after SIGTERM."""

longest = hook + wait + for_process
"""From the begin to SIGKILL."""

STOP = System(
    "a container is stopped",
    (),
    frozen=(unit, granted, hook, wait),
    initially=(hook <= for_hook, wait <= for_wait),
    doc="A container is stopped; its hook and its wait take any time that they are given.",
)

within = (granted + 2) * unit
"""So long at most where it waits for no other container."""

within_as_sidecar = (granted + 3) * unit
"""Less than that in any case."""
