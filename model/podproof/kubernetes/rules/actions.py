"""actions: what one sync does with a Pod's sandbox and containers (kuberuntime computePodActions, podActions).

The course of a sync is decided first; what is killed, started and removed follows from it. `killPod` stops what is left
of the Pod, and its sandbox; a Pod that is stopped without `createSandbox` stays so.

The deletion is honoured in part only: it keeps what has ended from being started, but not what is killed here. The pod
worker asks for no plan once it knows of the deletion.

Abstracted away: resizes; network modes but for whether the sandbox has the one of the spec; messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import conditions, container_status, init_actions, restart
from podproof.kubernetes.rules import health as known
from podproof.kubernetes.rules.conditions import sandbox
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.health import Kill
from podproof.kubernetes.rules.init_actions import Progress
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import Life, Match
from podproof.kubernetes.vocabulary.spec import RestartPolicy, init, policy, regular
from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, flag, if_then_else, named, number, state
from podproof.language.expressions import as_expr

app, health, extra = container_status.app, known.app, container_status.extra

# The sandbox.

restart_all = flag("all containers are to be restarted", doc="what SyncPod found: see ShouldAllContainersRestart")
attempt_of = number("attempt of a sandbox", kind=sandbox)
id_of = number("id of a sandbox", kind=sandbox)

changed = flag("another sandbox is needed", doc="what `conditions.recorded_sandbox_changed` decided")
attempt = sandbox.first(TRUE, attempt_of + if_then_else(changed, 1, 0), 0)
"""That of the sandbox that is kept or made."""

_newest = sandbox.first(TRUE, id_of, 0)
sandbox_id: Decision[int] = Decision(
    "sandboxID",
    tuple(
        Rule(rule.name, rule.when, as_expr(0) if rule.name == conditions.ANOTHER_NETWORK else _newest)
        for rule in conditions.recorded_sandbox_changed.rules
    ),
)
"""The newest one, also where another is to be made; 0: none."""

# Regular containers.

_should_start = container_status.app_rules.should_restart
runs, unknown = app.life.is_(Life.running), app.life.is_(Life.unknown)

kill: Decision[Kill] = Decision(
    "why a container is killed",
    (
        Rule("nobody knows whether it runs", unknown, if_then_else(_should_start.value, Kill.unknown, Kill.none)),
        Rule("it does not run", ~runs, Kill.none),
        Rule("it has another image", health.changed, Kill.changed),
        Rule("its liveness probe failed", health.liveness.is_(Result.failure), Kill.liveness),
        Rule("its startup probe failed", health.startup.is_(Result.failure), Kill.startup),
        Rule("it is kept", TRUE, Kill.none),
    ),
)
kept = runs & kill.value.is_(Kill.none)

starts: Decision[bool] = Decision(
    "a container is started",
    (
        Rule("it does not run", ~runs, _should_start.value),
        Rule("it is kept", kept, FALSE),
        Rule("it has another image", health.changed, TRUE),
        Rule("a probe failed", TRUE, restart.restarts_killed(app.policy)),
    ),
)

succeeds_once = named("it is to succeed once", restart.in_force(app.policy, RestartPolicy.OnFailure))
starts_anew = ~(succeeds_once & app.succeeded)
"""In another sandbox all are started but those that are to succeed once, and have. Rules of its own do not count."""

# The whole.

initialization = state("initialization", Progress, doc="what `init_actions.progress` decided")

_has_instances = regular.some(~app.absent) | init.some(~container_status.inits.absent) | extra.kind.some(~extra.absent)


class Course(StrEnum):
    """What a sync does with the Pod as a whole."""

    reset = "it removes all containers, to start them from the first init container on"
    end = "it stops the Pod, whose sandbox is not replaced"
    renew = "it stops what is left, makes a sandbox, and starts from the first init container on"
    fail = "it stops the Pod, in which an init container failed"
    initialize = "it goes on with init containers"
    finish = "it stops the Pod, in which nothing is left to run"
    run = "it looks after all containers"


course = Decision(
    "course of a sync",
    (
        Rule("all containers are to be restarted", restart_all, Course.reset),
        Rule(
            "another sandbox of a Pod that ran and never restarts",
            changed & policy.is_(RestartPolicy.Never) & ~attempt.is_(0) & _has_instances,
            Course.end,
        ),
        Rule(
            "another sandbox, and nothing to start in it",
            changed & regular.none(starts_anew) & container_status.created,
            Course.end,
        ),
        Rule("it needs a sandbox", changed, Course.renew),
        Rule("an init container failed for good", initialization.is_(Progress.failed), Course.fail),
        Rule("it is not initialized", initialization.is_(Progress.going_on), Course.initialize),
        Rule("nothing is kept and nothing started", regular.none(kept | starts.value), Course.finish),
        Rule("it is initialized", TRUE, Course.run),
    ),
)

# What follows from the course.

taken = state("course", Course)
"""What `course` decided."""

_keeps_sandbox = taken.is_not(Course.reset, Course.end, Course.renew)
_looks_at_apps = taken.is_(Course.finish, Course.run)

kill_pod = taken.is_(Course.end, Course.renew, Course.fail, Course.finish) | (taken.is_(Course.reset) & changed)
create_sandbox = taken.is_(Course.renew) | taken.is_(Course.reset) & changed

app_killed = if_then_else(_looks_at_apps, kill.value, Kill.none)
init_killed = if_then_else(taken.is_(Course.initialize, Course.finish, Course.run), init_actions.kill.value, Kill.none)

app_started: Decision[bool] = Decision(
    "containersToStart",
    (
        Rule("in another sandbox, without init containers", taken.is_(Course.renew), init.none(TRUE) & starts_anew),
        Rule("in the sandbox that there is", _looks_at_apps, starts.value),
        Rule("none is", TRUE, FALSE),
    ),
)
init_started: Decision[bool] = Decision(
    "initContainersToStart",
    (
        Rule("the first one, in another sandbox", taken.is_(Course.renew), init.none(TRUE, Scope.earlier)),
        Rule("in the sandbox that there is", taken.is_(Course.initialize, Course.run), init_actions.starts.value),
        Rule("none is", TRUE, FALSE),
    ),
)
extra_started = _keeps_sandbox & extra.absent
"""Ephemeral containers do not wait for initialization, and are never started again."""

# All containers are restarted.


class Part(StrEnum):
    """Of an instance in RestartAllContainers. source: its end was the reason; such are removed last."""

    none = "none"
    target = "target"
    source = "source"


@dataclass(frozen=True, eq=False)
class Instances:
    """All instances of the containers of a kind, older ones too: in the order of the spec, and newest first.

    killed: an instance that takes part is killed before it is removed.
    """

    kind: Kind
    life: Variable[Life]
    matched: Variable[Match]
    part: Expr[Part]
    killed: Expr[bool]

    @classmethod
    def of(cls, word: str) -> Instances:
        kind = Kind(f"instance of {word}", ordered=True)
        life = state(f"{kind} in the runtime", Life, kind=kind)
        matched = state(f"{kind} rule", Match, kind=kind)
        role = if_then_else(restart.restarts_all(life, matched), Part.source, Part.target)
        part = if_then_else(taken.is_(Course.reset), role, Part.none)
        return cls(kind, life, matched, part, life.is_not(Life.exited))


app_instances, init_instances = Instances.of("a container"), Instances.of("an init container")

REMOVED = (
    (app_instances, Part.target),
    (init_instances, Part.target),
    (app_instances, Part.source),
    (init_instances, Part.source),
)
"""getContainersToReset: the order in which instances are removed, if need be killed before."""
