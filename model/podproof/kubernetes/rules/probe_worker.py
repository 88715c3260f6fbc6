"""probe_worker: what the worker of one probe does each time its ticker ticks, and what it then remembers.

Kubernetes: prober worker.doProbe. A worker belongs to a container's name and not to an instance, so that it carries
over how many equal outcomes it has seen in a row; its result belongs to the instance that it knows. What a probe finds
is asked only where the worker probes at all.

Abstracted away: the three tries of a probe that cannot be executed. What it finds is then nothing, and counts for
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import State
from podproof.kubernetes.rules.restart import may_restart
from podproof.kubernetes.vocabulary.spec import ContainerPolicy
from podproof.language import FALSE, TRUE, Expr, flag, if_then_else, number, state


class ProbeType(StrEnum):
    startup = "Startup"
    liveness = "Liveness"
    readiness = "Readiness"


class Outcome(StrEnum):
    """What a probe finds. `nothing`: it could not be executed; `unknown` is a failure, as is a time-out."""

    success = "success"
    failure = "failure"
    nothing = "nothing"


class Work(StrEnum):
    """What the worker does at a tick. `see_nothing`: of an instance; else, but for `end`, it has seen which it is."""

    see_nothing = "see nothing"
    wait = "wait"
    end = "end"
    note_that_it_does_not_run = "note that it does not run"
    stop = "stop"
    probe = "probe"


LONG_AGO = 10
"""In seconds: an instance that began so long before its worker did was there before the kubelet was (restarted)."""

# The spec.
type_ = state("probe type", ProbeType)
delay = number("initialDelaySeconds", 0)
failure_threshold = number("failureThreshold", 1)
success_threshold = number("successThreshold", 1)

# What the worker sees: the Pod's status as the kubelet has it.
status_known = flag("the Pod has a status")
over = flag("its phase is Succeeded or Failed")
deleting = flag("the Pod is being deleted")
instance = flag("there is an instance", doc="the status of the container has an ID")
new = flag("the instance is another one", doc="than at the tick before")
shown = state("state of the instance", State)
started = flag("the instance has started")
age = number("age of the instance", 0, doc="in whole seconds, rounded down")
before_worker = number("older than the worker", 0, doc="in seconds: how long before the worker the instance began")
own = state("own restartPolicy", ContainerPolicy)
failed = flag("it ended with another exit code than 0")
matched = flag("one of its restartPolicyRules matches its exit code")
is_sidecar = flag("it is a sidecar")

# What a probe finds.
outcome = state("outcome", Outcome)

# What the worker remembers.
result = state("result", Result, doc="of the instance that it knows")
last = state("last outcome", Outcome, doc="nothing: none yet")
equal = number("equal outcomes in a row", 0)
on_hold = flag("on hold", doc="until there is another instance")

restarts = may_restart(own, failed, matched)
startup, readiness = type_.is_(ProbeType.startup), type_.is_(ProbeType.readiness)

work: Decision[Work] = Decision(
    "what the probe worker does",
    (
        Rule("the Pod has no status yet", ~status_known, Work.see_nothing),
        Rule("the Pod has ended", over, Work.end),
        Rule("the container has no instance yet", ~instance, Work.see_nothing),
        Rule("it is on hold", on_hold & ~new, Work.wait),
        Rule("the instance does not run", shown.is_not(State.running), Work.note_that_it_does_not_run),
        Rule("the Pod is being deleted", deleting & ~readiness, Work.stop),
        Rule("initialDelaySeconds are not over", age < delay, Work.wait),
        Rule("it has started, which is all that was asked", started & startup, Work.wait),
        Rule("it has not started, before which nothing else is asked", ~started & ~startup, Work.wait),
        Rule("a probe is due", TRUE, Work.probe),
    ),
)

does = state("what the worker does", Work, doc="as `work` says; what follows is said of it")

goes_on: Decision[bool] = Decision(
    "the probe worker goes on",
    (
        Rule("it ends", does.is_(Work.end, Work.stop), FALSE),
        Rule("it does not run", does.is_(Work.note_that_it_does_not_run), shown.is_not(State.terminated) | restarts),
        Rule("it goes on", TRUE, TRUE),
    ),
)

at_first: Decision[Result] = Decision(
    "result at first",
    (
        Rule(
            "it was there before, a sidecar",
            started & (before_worker > LONG_AGO) & startup & is_sidecar,
            Result.success,
        ),
        Rule("it was there before", started & (before_worker > LONG_AGO), Result.none),
        Rule("it may not start", startup, Result.unknown),
        Rule("it is not ready", readiness, Result.failure),
        Rule("it is alive", TRUE, Result.success),
    ),
)
"""Of an instance that the worker has not seen before."""

noticed = new & does.is_not(Work.see_nothing, Work.end)
counts = does.is_(Work.probe) & outcome.is_not(Outcome.nothing)
in_a_row = if_then_else(outcome.equals(last), equal + 1, 1)
enough = in_a_row >= if_then_else(outcome.is_(Outcome.failure), failure_threshold, success_threshold)
decides = counts & enough
trips = decides & (startup | ~readiness & outcome.is_(Outcome.failure))


@dataclass(frozen=True, eq=False)
class After:
    """What the worker remembers after a tick."""

    result: Decision[Result]
    last: Expr[Outcome]
    equal: Expr[int]
    on_hold: Expr[bool]


after = After(
    Decision(
        "result",
        (
            Rule("the instance does not run", does.is_(Work.note_that_it_does_not_run), Result.failure),
            Rule("nothing is asked any more", does.is_(Work.stop), Result.success),
            Rule("enough failures in a row", decides & outcome.is_(Outcome.failure), Result.failure),
            Rule("enough successes in a row", decides, Result.success),
            Rule("an instance that was not seen before", noticed, at_first.value),
            Rule("it stays", TRUE, result),
        ),
    ),
    if_then_else(counts, outcome, last),
    if_then_else(trips, 0, if_then_else(counts, in_a_row, equal)),
    trips | on_hold & ~noticed,
)

REMEMBERED: tuple[tuple[Any, Any], ...] = (
    (result, after.result.value),
    (last, after.last),
    (equal, after.equal),
    (on_hold, after.on_hold),
)
"""What is remembered, with what a tick makes of it."""
