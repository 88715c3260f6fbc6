"""probe worker: the worker of a startup or liveness probe of one instance, in time.

Sources: prober worker.run and doProbe; generateAPIPodStatus. The ticker ticks every periodSeconds, from any moment on;
a probe takes up to timeoutSeconds, and while it does, one tick waits and others are lost. What the worker does at a
tick, and what becomes of an outcome, is said by the rules (`rules/probe_worker`).

Lengths of time are in units, `second` of which are a second. startedAt has lost the fraction of its second, so that to
the worker the instance is older than it is, by less than a second. It rounds that age down to whole seconds, which
makes no difference to whether initialDelaySeconds are over.

Abstracted away: probes that cannot be executed, which count for nothing; the end of the instance by itself; ticks out
of turn, which only readiness probes have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules import probe_worker as rules
from podproof.kubernetes.rules.probe_worker import Outcome, ProbeType, Work
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import State
from podproof.kubernetes.vocabulary.events import kubelet, process
from podproof.language import (
    ANY,
    FALSE,
    TRUE,
    Assumption,
    Event,
    Expr,
    Machine,
    Stopwatch,
    System,
    Transition,
    Variable,
    counter,
    flag,
    number,
    sets,
    smaller,
    state,
    stopwatch,
    timer,
)
from podproof.language.binding import bind
from podproof.language.expressions import constant
from podproof.language.meanings.python import evaluate


class Doing(StrEnum):
    waiting = "waiting"
    probing = "probing"


class Ticks(StrEnum):
    """Whether a tick waits for the worker."""

    none = "none"
    one = "one"


class Shown(StrEnum):
    """What the kubelet's own status, which the worker looks at, says of the instance."""

    nothing = "nothing yet"
    running = "running"


class Health(StrEnum):
    """Whether the container answers probes. `silent`: it hangs, and no probe succeeds any more."""

    open = "open"
    silent = "silent"


# What a manifest says, and what it does not.
second = number("second", 1, doc="units of time in a second")
delay = number("initialDelaySeconds", 0)
period = number("periodSeconds", 1)
timeout = number("timeoutSeconds", 1)
threshold = number("failureThreshold", 1)
status_delay = number("status delay", 0, doc="how long the kubelet's status may not show that the instance runs")
FIELDS = (second, delay, period, timeout, threshold, status_delay)

no_success = Assumption("no-success", "The container never answers this probe with success.")

next_tick = kubelet("ticker ticks", hidden=True, doc="the ticker of prober worker.run")
take_tick = kubelet("take the tick", hidden=True, doc="doProbe, where it probes and where it does not")
probe_succeeds = kubelet("probe succeeds", unless=no_success, hidden=True, doc="runProbeWithRetries: success")
probe_fails = kubelet("probe fails", hidden=True, doc="runProbeWithRetries: failure, also by a time-out")
show_running = kubelet("show that it runs", hidden=True, doc="generateAPIPodStatus: the instance is running")
fall_silent = process("fall silent", hidden=True, doc="it hangs: from now on no probe succeeds")


@dataclass(frozen=True, eq=False)
class Probing:
    """One worker with what it looks at, and what is asked about it.

    since_start: until there is a verdict; silence: how long the container has been silent while it is probed; first:
    nothing is carried over from another instance; waiting: no probe is going on; not_probed_yet: nor did any begin, nor
    was anything carried over; passed, failed: the verdict of the worker.
    """

    system: System
    since_start: Stopwatch
    silence: Stopwatch
    first: Assumption
    waiting: Expr[bool]
    not_probed_yet: Expr[bool]
    passed: Expr[bool]
    failed: Expr[bool]


def probing(probe: ProbeType) -> Probing:
    """The worker of a startup or a liveness probe; its fields have any value, in units."""
    name = probe.lower()
    doing = state(f"{name} worker", Doing, initial=Doing.waiting)
    result = state(f"{name} result", Result, initial=_at_first(probe))
    last = state("last outcome", Outcome, initial=(Outcome.nothing, Outcome.failure))
    on_hold = flag("on hold", initial=False)
    shown = state("shown", Shown, initial=Shown.nothing)
    health = state("health", Health)
    equal = counter("equal outcomes in a row", threshold, initial=ANY)
    lost = counter("lost fraction of startedAt", second - 1, initial=ANY)

    waits, asks = doing.is_(Doing.waiting), doing.is_(Doing.probing)
    ticks = state("ticks", Ticks, initial=Ticks.none)
    to_tick = timer("to the next tick", period, initial=ANY)
    to_answer = timer("to the time-out", timeout, runs=asks)
    to_show = timer("to be shown", status_delay, runs=shown.is_(Shown.nothing), initial=ANY)
    passed, failed = result.is_(Result.success), result.is_(Result.failure)
    age = stopwatch("age", delay)
    since_start = stopwatch("time since the start", None, runs=~failed & ~passed)
    is_probed = shown.is_(Shown.running) & (age.variable >= delay - lost.variable)
    silence = stopwatch("time of silence", None, runs=health.is_(Health.silent) & is_probed & ~failed)

    seen: Mapping[Expr[Any], Expr[Any]] = {
        rules.status_known: TRUE,
        rules.over: FALSE,
        rules.deleting: FALSE,
        rules.instance: shown.is_(Shown.running),
        rules.new: FALSE,
        rules.shown: constant(State.running),
        rules.started: passed if probe is ProbeType.startup else TRUE,
        rules.age: age.variable,  # the fraction that startedAt lost is taken from the other side
        rules.delay: delay - lost.variable,
        rules.type_: constant(probe),
        rules.on_hold: on_hold,
    }
    remembered: dict[Variable[Any], Variable[Any]] = {
        rules.result: result,
        rules.last: last,
        rules.equal: equal.variable,
        rules.on_hold: on_hold,
    }

    def answer(event: Event, outcome: Outcome, *conditions: Expr[bool]) -> Transition[Doing]:
        known: dict[Expr[Any], Expr[Any]] = {
            **seen,
            **dict[Expr[Any], Expr[Any]](remembered.items()),
            rules.does: constant(Work.probe),
            rules.outcome: constant(outcome),
            rules.failure_threshold: threshold,
            rules.success_threshold: constant(1),
        }
        after = {remembered[variable]: bind(value, known) for variable, value in rules.REMEMBERED}
        after[equal.variable] = smaller(after[equal.variable], threshold)  # more than enough is enough
        return Transition(
            trigger=event,
            source=Doing.probing,
            dest=Doing.waiting,
            conditions=[*conditions],
            before=[sets(*(each for pair in after.items() for each in pair)), to_answer.stop],
        )

    worker = Machine(
        "probe worker",
        doing,
        doc=f"The worker of a {name} probe.",
        clocks=(to_answer,),
        counters=(equal, lost),
        urgent=(waits & ticks.is_(Ticks.one)) | (asks & to_answer.due),
        transitions=[
            Transition(
                trigger=take_tick,
                source=Doing.waiting,
                dest=Doing.probing,
                conditions=[ticks.is_(Ticks.one), bind(rules.work.value.is_(Work.probe), seen)],
                before=to_answer.restart,
            ),
            Transition(trigger=take_tick, source=Doing.waiting, dest="=", conditions=ticks.is_(Ticks.one)),
            answer(probe_succeeds, Outcome.success, health.is_(Health.open)),
            answer(probe_fails, Outcome.failure),
        ],
    )
    ticker = Machine(
        "ticker",
        ticks,
        doc="The ticker of the worker.",
        clocks=(to_tick,),
        urgent=to_tick.due,
        transitions=[
            Transition(trigger=next_tick, source="*", dest=Ticks.one, conditions=to_tick.due, before=to_tick.restart)
        ],
        reacts=[Transition(trigger=take_tick, source="*", dest=Ticks.none)],
    )
    status = Machine(
        "shown instance",
        shown,
        doc="What the kubelet's own status says of the instance.",
        clocks=(to_show,),
        urgent=shown.is_(Shown.nothing) & to_show.due,
        transitions=[Transition(trigger=show_running, source=Shown.nothing, dest=Shown.running, before=to_show.stop)],
    )
    application = Machine(
        "application",
        health,
        doc="The process in the container, as probes see it.",
        clocks=(age, since_start, silence),
        transitions=[Transition(trigger=fall_silent, source=Health.open, dest=Health.silent)],
    )
    nothing_carried = equal.variable.is_(0) & last.is_(Outcome.nothing)
    first = Assumption(
        "nothing-carried", "No failures are carried over from an earlier instance.", shape=nothing_carried
    )
    system = System(
        f"{name} probe",
        (worker, ticker, status, application),
        frozen=(*FIELDS, lost.variable),
        initially=(equal.variable < threshold, last.is_(Outcome.failure) | equal.variable.is_(0)),
        doc=f"The worker of one {name} probe, with any fields.",
    )
    not_probed_yet = waits & last.is_(Outcome.nothing)
    return Probing(system, since_start, silence, first, waits, not_probed_yet, passed, failed)


def _at_first(probe: ProbeType) -> Result:
    """Of an instance that began after its worker did, and has not started."""
    found: Result = evaluate(
        rules.at_first.value,
        {rules.started: False, rules.before_worker: 0, rules.type_: probe, rules.is_sidecar: False},
        {},
    )
    return found


STARTUP = probing(ProbeType.startup)
LIVENESS = probing(ProbeType.liveness)
