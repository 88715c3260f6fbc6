"""Status copies: what the kubelet's status manager and the API say of the containers, and of why the Pod ended.

Machines that only observe: they take part in steps of the Pod and no machine of the Pod reads their variables, so
OBSERVED does exactly what POD does. `kubectl` computes the columns of `kubectl get pod` from the API copies, and
counterexamples show them.

The kubelet writes its local copy wherever it generates a status (generateAPIPodStatus at the start of SyncPod,
SyncTerminatingPod and SyncTerminatedPod; convertToAPIContainerStatuses for the containers); the status manager merges
it into the API's (mergePodStatus). A Pod that was rejected never gets container statuses.

Abstracted away: reasons that the runtime gives (OOMKilled, StartError: every exit that is not 0 is Error) and waiting
reasons before the first start; messages; which check of admission refused the Pod; restart counts above 15.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from podproof.language import (
    TRUE,
    Effect,
    Event,
    Expr,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    Variable,
    first_match,
    flag,
    if_then_else,
    named,
    number,
    sets,
    state,
)
from podproof.language.cases import may_hold
from podproof.pod.conditions import initialized
from podproof.pod.events import (
    clean_up,
    evict,
    find_deleting,
    find_ended,
    finish,
    preempt,
    publish,
    reject,
    restart,
    restart_init,
    see_deletion,
    see_terminal,
    shut_down,
    start,
    start_init,
    stopped,
    sync,
)
from podproof.pod.phase import computed_phase, had_initialized, init_exited_zero, init_running, init_waiting, withheld
from podproof.pod.pod import POD
from podproof.pod.spec import Exit, init, regular, sidecar
from podproof.pod.states import (
    TERMINAL,
    Deadline,
    InitRun,
    Run,
    deadline,
    ended,
    init_ended,
    init_run,
    init_started,
    local_phase,
    run,
)

S = TypeVar("S", bound=StrEnum)

MOST_RESTARTS = 15


class Shown(StrEnum):
    """What the status of one container says. `absent`: it is not mentioned; `starting`: it runs, not started up yet."""

    absent = "absent"
    waiting = "waiting"
    starting = "starting"
    running = "running"
    completed = "Completed"
    error = "Error"
    unknown = "ContainerStatusUnknown"
    backoff = "CrashLoopBackOff"


class Reason(StrEnum):
    """status.reason of the Pod. `rejected` stands for every word that admission can give."""

    none = "none"
    evicted = "Evicted"
    preempting = "Preempting"
    shut_down = "Terminated"
    deadline = "DeadlineExceeded"
    rejected = "OutOfcpu"


def counter(name: str, kind: Kind) -> Variable[int]:
    doc = f"restartCount; {MOST_RESTARTS} stands for {MOST_RESTARTS} or more"
    return number(name, 0, MOST_RESTARTS, saturating=True, kind=kind, initial=0, doc=doc)


@dataclass(frozen=True, eq=False)
class Copy:
    """One copy of the statuses of a kind of containers: `state`, how `lastState` ended, and `restartCount`."""

    shown: Variable[Shown]
    last: Variable[Exit]
    restarts: Variable[int]

    @classmethod
    def named(cls, name: str, kind: Kind) -> Copy:
        return cls(
            state(f"{name} status", Shown, kind=kind, initial=Shown.absent, doc="what this copy says of it"),
            state(f"{name} last exit", Exit, kind=kind, initial=Exit.none, doc="how lastState ended"),
            counter(f"{name} restarts", kind),
        )


last = state("last exit", Exit, kind=regular, initial=Exit.none, doc="how the run before the latest one ended")
restarts = counter("restarts", regular)
init_last = state("init last exit", Exit, kind=init, initial=Exit.none, doc="how the run before the latest one ended")
init_restarts = counter("init restarts", init)

local, api = Copy.named("local", regular), Copy.named("api", regular)
init_local, init_api = Copy.named("init local", init), Copy.named("init api", init)

local_reason = state("local reason", Reason, initial=Reason.none, doc="status.reason in the kubelet's status manager")
api_reason = state("api reason", Reason, initial=Reason.none, doc="status.reason in the API")
local_initialized = flag("local Initialized", initial=False, doc="condition in the kubelet's status manager")
api_initialized = flag("api Initialized", initial=False, doc="condition in the API")

# What a generated status says of a container. A Pod being deleted restarts nothing, so there it shows the exit.

exited = if_then_else(ended.is_(Exit.zero), Shown.completed, Shown.error)
shown_deleting: Expr[Shown] = named(
    "generated status, deleting",
    first_match((run.is_(Run.waiting), Shown.waiting), (run.is_(Run.running), Shown.running), default=exited),
)
shown = named("generated status", if_then_else(run.is_(Run.backoff), Shown.backoff, shown_deleting))
# TerminatePod: what has no exit by now gets ContainerStatusUnknown, if the Pod ever initialised (hasPodInitialized).
ever_initialized = had_initialized | init.last(TRUE, init_exited_zero | ~sidecar & init_last.is_(Exit.zero), False)
shown_last = named(
    "status after termination",
    if_then_else(shown.is_(Shown.waiting, Shown.backoff) & ever_initialized, Shown.unknown, shown),
)
last_shown = if_then_else(run.is_(Run.backoff), ended, last)

init_exited = if_then_else(init_ended.is_(Exit.zero), Shown.completed, Shown.error)
init_shown_deleting: Expr[Shown] = named(
    "generated init status, deleting",
    first_match(
        (init_waiting, Shown.waiting),
        (init_running & sidecar & ~init_started, Shown.starting),
        (init_running, Shown.running),
        default=init_exited,
    ),
)
# The record of an earlier sandbox is purged; its status stays as it was.
init_backs_off = init_run.is_(InitRun.backoff) | init_run.is_(InitRun.previous) & init_local.shown.is_(Shown.backoff)
init_shown = named("generated init status", if_then_else(init_backs_off, Shown.backoff, init_shown_deleting))
# TerminatePod (initializedContainers): here up to the last one that ever started, and always the first.
ever_started = ~init_waiting
up_to_last_started = ever_started | init.some(ever_started, Scope.later) | init.none(TRUE, Scope.earlier)
init_shown_last = named(
    "init status after termination",
    if_then_else(init_shown.is_(Shown.waiting, Shown.backoff) & up_to_last_started, Shown.unknown, init_shown),
)
init_last_shown = if_then_else(init_backs_off, init_ended, init_last)

# When the kubelet generates one. SyncTerminatingPod writes the reason of a kill over what it generated.

KILLS = {evict: Reason.evicted, preempt: Reason.preempting, shut_down: Reason.shut_down}
WHILE_IT_LIVES = (sync, finish, find_deleting, see_terminal, *KILLS, stopped, find_ended)


def generated_reason(pod_is_terminal: bool) -> Expr[Reason]:
    """generateAPIPodStatus: the reason stays while the phase does; a passed deadline overrides it."""
    computed = computed_phase(pod_is_terminal)
    same_phase = computed.equals(local_phase) | (computed.is_not(*TERMINAL) & local_phase.is_(*TERMINAL))
    old = if_then_else(local_reason.is_(Reason.none), api_reason, local_reason)
    reason = first_match((deadline.is_(Deadline.passed), Reason.deadline), (same_phase, old), default=Reason.none)
    return named("final reason" if pod_is_terminal else "generated reason", reason)


def becomes(states: type[S], value: Expr[S], effect: Effect, *events: Event) -> list[Transition[S]]:
    """The state becomes `value` at each of the events, one arrow for each that it can be, each with the same effect."""
    possible = [to for to in states if may_hold(value.is_(to))]
    return [
        Transition(trigger=event, source="*", dest=to, conditions=[value.is_(to)], before=effect)
        for event in events
        for to in possible
    ]


def record(
    machine: str, last: Variable[Exit], count: Variable[int], ended: Variable[Exit], *starts: Event
) -> Machine[Exit]:
    """startContainer: a new instance counts one more than the one before it, where there was one."""
    known = sets(count, if_then_else(ended.is_(Exit.none), count, count + 1))
    return Machine(
        machine,
        last,
        doc="The run before the latest one, and how many there were.",
        transitions=(),
        reacts=becomes(Exit, ended, known, *starts),
        abstracted=(f"restart counts above {MOST_RESTARTS}",),
    )


def publishes(machine: str, copy: Copy, source: Copy) -> Machine[Shown]:
    """mergePodStatus takes the container statuses as they are, also where it withholds the phase."""
    everything = sets(copy.last, source.last, copy.restarts, source.restarts)
    return Machine(
        machine,
        copy.shown,
        doc="Container statuses in the API.",
        transitions=(),
        reacts=becomes(Shown, source.shown, everything, publish),
    )


container_record = record("container record", last, restarts, ended, start, restart)
init_record = record("init container record", init_last, init_restarts, init_ended, start_init, restart_init)

counts, init_counts = (local.restarts, restarts), (init_local.restarts, init_restarts)

local_container = Machine(
    "local container status",
    local.shown,
    doc="A container's status in the kubelet's status manager.",
    transitions=(),
    reacts=[
        *becomes(Shown, shown, sets(local.last, last_shown, *counts), *WHILE_IT_LIVES),
        *becomes(Shown, shown_deleting, sets(local.last, last, *counts), see_deletion),
        *becomes(Shown, shown_last, sets(local.last, last_shown, *counts), clean_up),
    ],
    abstracted=("reasons of an exit, and of waiting before the first start",),
)

local_init_container = Machine(
    "local init container status",
    init_local.shown,
    doc="An init container's status in the kubelet's status manager.",
    transitions=(),
    reacts=[
        *becomes(Shown, init_shown, sets(init_local.last, init_last_shown, *init_counts), *WHILE_IT_LIVES),
        *becomes(Shown, init_shown_deleting, sets(init_local.last, init_last, *init_counts), see_deletion),
        *becomes(Shown, init_shown_last, sets(init_local.last, init_last_shown, *init_counts), clean_up),
    ],
    abstracted=("reasons of an exit, and of waiting before the first start",),
)

api_container = publishes("api container status", api, local)
api_init_container = publishes("api init container status", init_api, init_local)

# Initialized stays true once it was (GeneratePodInitializedCondition).
initialises = sets(local_initialized, local_initialized | initialized)


def overwritten(event: Event, reason: Reason) -> Transition[Reason]:
    return Transition(trigger=event, source="*", dest=reason, before=initialises)


local_reasons = Machine(
    "local reason",
    local_reason,
    doc="Why the Pod ended, in the kubelet's status manager.",
    transitions=(),
    reacts=[
        *becomes(Reason, generated_reason(False), initialises, sync, finish, find_deleting, see_terminal, see_deletion),
        *becomes(Reason, generated_reason(True), initialises, stopped, find_ended, clean_up),
        *(overwritten(event, reason) for event, reason in KILLS.items()),
        Transition(trigger=reject, source="*", dest=Reason.rejected),
    ],
    abstracted=("messages", "which check of admission refused the Pod"),
)

api_reasons = Machine(
    "api reason",
    api_reason,
    doc="Why the Pod ended, in the API. Withheld exactly where the phase is.",
    transitions=(),
    reacts=becomes(
        Reason,
        named("merged reason", if_then_else(withheld, api_reason, local_reason)),
        sets(api_initialized, local_initialized),
        publish,
    ),
)

OBSERVERS: tuple[Machine[Exit] | Machine[Shown] | Machine[Reason], ...] = (
    *(container_record, local_container, api_container),
    *(init_record, local_init_container, api_init_container),
    *(local_reasons, api_reasons),
)

OBSERVED = System(
    "pod with status",
    (*POD.machines, *OBSERVERS),
    frozen=POD.frozen,
    initially=POD.initially,
    doc="The Pod together with the copies of its status.",
)
