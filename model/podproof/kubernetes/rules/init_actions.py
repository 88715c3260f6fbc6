"""init_actions: how far initialization is, and what it needs next (kuberuntime computeInitContainerActions).

Kubernetes goes through the init containers from the last one to the first, because records of those that are done may
be gone: the last one with an instance decides. Those before it are done, and of them only sidecars are looked after.

A container counts as there if it has an instance of any sandbox: instances of an earlier one are taken to be purged
(purgeInitContainers). Abstracted away: the feature gate of sidecars; resizes.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.kubernetes.rules import container_status, restart
from podproof.kubernetes.rules import health as known
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.health import Kill
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import Life
from podproof.kubernetes.vocabulary.spec import init, regular, sidecar
from podproof.language import FALSE, TRUE, Scope, flag

inits, health = container_status.inits, known.inits

oom_killed = flag("init container was OOMKilled", kind=init, doc="the runtime's reason; the exit code may be 0 then")

runs, ended = inits.life.is_(Life.running), inits.life.is_(Life.exited)
unknown = inits.life.is_(Life.unknown)

begun = regular.some(container_status.app.life.is_(Life.created, Life.running))
"""A regular container shows that all init containers were done. One that has ended may be of an earlier sandbox."""

passed = begun | init.some(~inits.absent, Scope.later)
"""Something came after this one."""

failed = ~inits.exit_code.is_(0) | oom_killed
"""isInitContainerFailed, of one that has ended."""

up = runs & (~health.has_startup | health.startup.is_(Result.success))

latest_done = init.last(~inits.absent, sidecar & up | ~sidecar & ended & ~failed, TRUE)
"""The last one that was started lets the next one start."""

not_reached = inits.absent & init.none(~inits.absent, Scope.later)
_all_done = begun | latest_done & init.none(not_reached)

is_next = ~begun & latest_done & not_reached & init.none(not_reached, Scope.earlier)

_again = container_status.init_rules.should_restart
_gone_for_good = ended & failed & ~_again.value | unknown & ~restart.restarts_killed(inits.policy)
"""An exit is decided by ContainerShouldRestart; one that nobody saw by the policy alone."""


class Progress(StrEnum):
    """How far initialization is. failed: an init container did, and is not run again."""

    failed = "failed"
    going_on = "going on"
    done = "done"


progress = Decision(
    "initialization",
    (
        Rule("an init container failed for good", init.some(~sidecar & ~passed & _gone_for_good), Progress.failed),
        Rule("all are done", _all_done, Progress.done),
        Rule("some are not done", TRUE, Progress.going_on),
    ),
)

kill: Decision[Kill] = Decision(
    "why an init container is killed",
    (
        Rule("something came after it, and it is no sidecar", passed & ~sidecar, Kill.none),
        Rule("nobody knows whether it runs", unknown, Kill.unknown),
        Rule("it does not run, or is to end by itself", ~runs | ~sidecar, Kill.none),
        Rule("its startup probe failed", health.has_startup & health.startup.is_(Result.failure), Kill.startup),
        Rule("it is starting up", ~up, Kill.none),
        Rule("it has another image", health.changed, Kill.changed),
        Rule("its liveness probe failed", health.has_liveness & health.liveness.is_(Result.failure), Kill.liveness),
        Rule("it is kept", TRUE, Kill.none),
    ),
)

again: Decision[bool] = Decision(
    "an init container is started again",
    (
        Rule("something came after it, and it is no sidecar", passed & ~sidecar, FALSE),
        Rule("its record is gone", inits.absent, passed),
        Rule("it runs", runs, kill.value.is_not(Kill.none)),
        Rule("it has ended, and is no sidecar", ended & ~sidecar, failed),
        Rule("it is down", TRUE, TRUE),
    ),
)
"""Whatever its policy says: what is not run again makes the Pod fail."""

starts: Decision[bool] = Decision(
    "an init container is started",
    (
        Rule("it is the next one", is_next, TRUE),
        Rule("it is started again, or left alone", TRUE, again.value),
    ),
)
