"""Status copies: what the kubelet's status manager and the API say of the containers, and of why the Pod ended.

Machines that only observe: they take part in steps of the Pod and no machine of the Pod reads their variables, so
POD_WITH_STATUS does exactly what POD does. What they say is decided by `rules`, which read the machines through
`record_of`. `printing` computes the columns of `kubectl get pod` from the API copies, and counterexamples show them.

The kubelet writes its local copy wherever it generates a status (generateAPIPodStatus at the start of SyncPod,
SyncTerminatingPod and SyncTerminatedPod; convertToAPIContainerStatuses for the containers); the status manager merges
it into the API's (mergePodStatus). A Pod that was rejected never gets container statuses.

Abstracted away: reasons that the runtime gives (OOMKilled, StartError: every exit that is not 0 is Error) and waiting
reasons before the first start; messages; which check of admission refused the Pod; restart counts above 15.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from podproof.kubernetes.derived import record_of
from podproof.kubernetes.derived.phase import computed_phase, generated_phase, withheld
from podproof.kubernetes.derived.record_of import COUNTED, STORED, STORED_IN, Generated
from podproof.kubernetes.derived.record_of import MOST_RESTARTS as MOST_RESTARTS
from podproof.kubernetes.derived.record_of import ContainerState as ContainerState
from podproof.kubernetes.derived.record_of import StatusCopy as StatusCopy
from podproof.kubernetes.pod import POD
from podproof.kubernetes.rules import conditions, container_status, records, status, termination
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.rules.status import ReasonFrom
from podproof.kubernetes.rules.termination import STOPPED, TERMINATING, Cause, Step
from podproof.kubernetes.vocabulary.events import (
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
from podproof.kubernetes.vocabulary.spec import Exit, init, regular
from podproof.kubernetes.vocabulary.states import InitRun, ended, init_ended, init_run
from podproof.language import (
    FALSE,
    Effect,
    Event,
    Expr,
    Machine,
    System,
    Transition,
    Variable,
    if_then_else,
    named,
    number,
    sets,
    state,
)
from podproof.language.binding import bind, outcomes, table
from podproof.language.expressions import as_expr
from podproof.language.meanings.python import evaluate

S = TypeVar("S", bound=StrEnum)

BEFORE = "how the instance before the newest one ended"


class PodReason(StrEnum):
    """status.reason of the Pod. `rejected` stands for every word that admission can give."""

    none = "none"
    evicted = "Evicted"
    preempting = "Preempting"
    shut_down = "Terminated"
    deadline = "DeadlineExceeded"
    rejected = "OutOfcpu"


class InitializedStatus(StrEnum):
    """Status of the condition Initialized, which is never Unknown."""

    false = "False"
    true = "True"


last = state("last exit", Exit, kind=regular, initial=Exit.none, doc=BEFORE)
restarts = number("restarts", 0, MOST_RESTARTS, saturating=True, kind=regular, initial=0, doc=COUNTED)
init_last = state("init last exit", Exit, kind=init, initial=Exit.none, doc=BEFORE)
init_restarts = number("init restarts", 0, MOST_RESTARTS, saturating=True, kind=init, initial=0, doc=COUNTED)

local, api = StatusCopy.named("local", regular), StatusCopy.named("api", regular)
init_local, init_api = StatusCopy.named("init local", init), StatusCopy.named("init api", init)

local_reason = state(
    "local reason", PodReason, initial=PodReason.none, doc="status.reason in the kubelet's status manager"
)
api_reason = state("api reason", PodReason, initial=PodReason.none, doc="status.reason in the API")
local_initialized = state(
    "local Initialized",
    InitializedStatus,
    initial=InitializedStatus.false,
    doc="condition in the kubelet's status manager",
)
api_initialized = state(
    "api Initialized", InitializedStatus, initial=InitializedStatus.false, doc="condition in the API"
)

# What a new status says of a container: while the Pod lives, when the kubelet sees that it is deleted, and at the end.

CASES = (*record_of.STATE, local.state, init_local.state)
_given = record_of.seen(local, last, init_local, init_last)


def _called(made: Generated, name: str, deleted: bool) -> Generated:
    once = made.once(deleted)
    return replace(once, state=named(name, once.state), last=named(f"{name}: lastState", once.last))


_made = record_of.generated(container_status.app_rules, local, last, _given)
_init_made = record_of.generated(container_status.init_rules, init_local, init_last, _given)
made = _called(_made, "generated status", deleted=False)
made_deleting = _called(_made, "generated status, deleting", deleted=True)
init_made = _called(_init_made, "generated init status", deleted=False)
init_made_deleting = _called(_init_made, "generated init status, deleting", deleted=True)

api_had_initialized = named("had initialized, as the API says", record_of.had_initialized(api, init_api))


def _marked(
    decision: Decision[bool], entry: termination.Entry, rules: container_status.Rules, made: Generated, name: str
) -> Expr[ContainerState]:
    """TerminatePod."""
    is_lost = record_of.lost(
        decision.value, entry, rules, made, api_had_initialized, (*record_of.STATE, local.state, init_local.state)
    )
    return named(name, if_then_else(is_lost, record_of.LOST, made.state))


shown_last = _marked(
    *(termination.app_lost_by_api, termination.app, container_status.app_rules), made, "status after termination"
)
init_shown_last = _marked(
    *(termination.init_lost, termination.inits, container_status.init_rules), init_made, "init status after termination"
)

# When the kubelet generates one. SyncTerminatingPod writes the reason of a kill over what it generated.

CAUSES = {evict: Cause.eviction, preempt: Cause.preemption, shut_down: Cause.shutdown}
KILLS = {
    event: PodReason(evaluate(termination.killed.value, {termination.cause: cause}, {}))
    for event, cause in CAUSES.items()
}
LOOKED_AT = (sync, finish, find_deleting, see_terminal)
ENDED = (stopped, find_ended)
WHILE_IT_LIVES = (*LOOKED_AT, *KILLS, *ENDED)

REASONS: Mapping[ReasonFrom, Expr[PodReason] | PodReason] = {
    ReasonFrom.deadline: PodReason.deadline,
    ReasonFrom.local: local_reason,
    ReasonFrom.api: api_reason,
}
"""Where it does not come from one of these there is none."""


def generated_reason(step: Step) -> Expr[PodReason]:
    """generateAPIPodStatus: the reason stays while the phase does; a passed deadline overrides it."""
    stored = bind(
        status.reason.value, {**STORED, status.local_reason: local_reason.is_not(PodReason.none)}, by=STORED_IN
    )
    source = bind(stored, {status.computed: computed_phase(step.pod_is_terminal)})
    reason = table(source, REASONS, default=PodReason.none)
    return named("final reason" if step.pod_is_terminal else "generated reason", reason)


def becomes(value: Expr[S], effects: Sequence[Effect], *events: Event) -> list[Transition[S]]:
    """The state becomes `value` at each of the events, by one arrow for each that it can be, all with these effects."""
    return [
        Transition(trigger=event, source="*", dest=to, conditions=[value.is_(to)], before=effects)
        for event in events
        for to in outcomes(value)
    ]


# How restarts are counted, and the machines that do.


@dataclass(frozen=True, eq=False)
class Counting:
    """How the restarts of a kind of containers are counted: in the runtime, in the local copy, in the API's.

    newest, shown: of the runtime and of the local copy, as the rule of restartCount reads them; written: what is
    written where the rule has decided; published: and where the local copy is published.
    """

    newest: Variable[int]
    shown: Expr[int]
    written: Callable[[Expr[int]], Effect]
    published: Effect
    abstracted: str


def _absolute(newest: Variable[int], local: StatusCopy, api: StatusCopy) -> Counting:
    """As Kubernetes does."""
    return Counting(
        newest,
        local.restarts,
        lambda count: sets(local.restarts, count),
        sets(api.restarts, local.restarts),
        f"restart counts above {MOST_RESTARTS}",
    )


def record(
    machine: str, last: Variable[Exit], ended: Variable[Exit], purged: Expr[bool], counting: Counting, *starts: Event
) -> Machine[Exit]:
    """startContainer: a new instance counts one more than the one before it, where there was one. (Of what was purged
    the kubelet finds the log directory: calcRestartCountByLogDir.)"""
    count = counting.newest
    known = sets(count, if_then_else(ended.is_(Exit.none), count, count + 1))
    return Machine(
        machine,
        last,
        doc="The instance before the newest one, and how many there were.",
        transitions=(),
        reacts=becomes(if_then_else(purged, Exit.none, ended), [known], *starts),
        abstracted=(counting.abstracted,),
    )


def generates(
    machine: str,
    doc: str,
    copy: StatusCopy,
    count: Expr[int],
    counting: Counting,
    made: Generated,
    made_deleting: Generated,
    at_the_end: Expr[ContainerState],
) -> Machine[ContainerState]:
    """generateAPIPodStatus writes the local copy.

    count: restartCount, as the rule decides; at_the_end: the state once TerminatePod has looked at it.
    """

    def known(made: Generated, deleted: bool = False) -> list[Effect]:
        """What goes with the state."""
        decided = bind(count, {records.deleted: as_expr(deleted)})
        return [sets(copy.last, made.last), counting.written(decided)]

    return Machine(
        machine,
        copy.state,
        doc=doc,
        transitions=(),
        reacts=[
            *becomes(made.state, known(made), *WHILE_IT_LIVES),
            *becomes(made_deleting.state, known(made_deleting, deleted=True), see_deletion),
            *becomes(at_the_end, known(made), clean_up),
        ],
        abstracted=("reasons of an exit, and of waiting before the first start",),
    )


def publishes(machine: str, copy: StatusCopy, source: StatusCopy, counting: Counting) -> Machine[ContainerState]:
    """mergePodStatus takes the container statuses as they are, also where it withholds the phase."""
    return Machine(
        machine,
        copy.state,
        doc="Container statuses in the API.",
        transitions=(),
        reacts=becomes(source.state, [sets(copy.last, source.last), counting.published], publish),
    )


def of_containers(counting: Counting) -> tuple[Machine[Exit], Machine[ContainerState], Machine[ContainerState]]:
    """The record, the local copy and the API's."""
    return (
        record("container record", last, ended, FALSE, counting, start, restart),
        generates(
            "local container status",
            "A container's status in the kubelet's status manager.",
            local,
            record_of.restart_count(container_status.app_rules, local, last, _given, counting.newest, counting.shown),
            counting,
            made,
            made_deleting,
            shown_last,
        ),
        publishes("api container status", api, local, counting),
    )


def of_init_containers(counting: Counting) -> tuple[Machine[Exit], Machine[ContainerState], Machine[ContainerState]]:
    """The same of init containers."""
    purged = init_run.is_(InitRun.previous)
    return (
        record("init container record", init_last, init_ended, purged, counting, start_init, restart_init),
        generates(
            "local init container status",
            "An init container's status in the kubelet's status manager.",
            init_local,
            record_of.restart_count(
                *(container_status.init_rules, init_local, init_last, _given), counting.newest, counting.shown
            ),
            counting,
            init_made,
            init_made_deleting,
            init_shown_last,
        ),
        publishes("api init container status", init_api, init_local, counting),
    )


container_record, local_container, api_container = of_containers(_absolute(restarts, local, api))
init_record, local_init_container, api_init_container = of_init_containers(
    _absolute(init_restarts, init_local, init_api)
)

# What is said of the Pod.


def initialized(step: Step, deleted: bool = False) -> Expr[InitializedStatus]:
    """GeneratePodInitializedCondition: what was True stays."""
    mades = (made_deleting, init_made_deleting) if deleted else (made, init_made)
    was = local_initialized.is_(InitializedStatus.true)
    given = record_of.conditions(*mades, generated_phase(step.pod_is_terminal), was)
    verdict = bind(conditions.recorded_initialized.value, given, by=CASES)
    name = "final Initialized" if step.pod_is_terminal else f"new Initialized{', deleting' if deleted else ''}"
    return named(name, if_then_else(verdict.is_(*conditions.POSITIVE), InitializedStatus.true, InitializedStatus.false))


local_conditions = Machine(
    "local Initialized",
    local_initialized,
    doc="The condition Initialized in the kubelet's status manager.",
    transitions=(),
    reacts=[
        *becomes(initialized(TERMINATING), (), *LOOKED_AT, *KILLS),
        *becomes(initialized(TERMINATING, deleted=True), (), see_deletion),
        *becomes(initialized(STOPPED), (), *ENDED, clean_up),
    ],
)

api_conditions = Machine(
    "api Initialized",
    api_initialized,
    doc="The condition Initialized in the API.",
    transitions=(),
    reacts=becomes(local_initialized, (), publish),
)


def overwritten(event: Event, reason: PodReason) -> Transition[PodReason]:
    return Transition(trigger=event, source="*", dest=reason)


local_reasons = Machine(
    "local reason",
    local_reason,
    doc="Why the Pod ended, in the kubelet's status manager.",
    transitions=(),
    reacts=[
        *becomes(generated_reason(TERMINATING), (), *LOOKED_AT, see_deletion),
        *becomes(generated_reason(STOPPED), (), *ENDED, clean_up),
        *(overwritten(event, reason) for event, reason in KILLS.items()),
        Transition(trigger=reject, source="*", dest=PodReason.rejected),
    ],
    abstracted=("messages", "which check of admission refused the Pod"),
)

merged_reason = named("merged reason", if_then_else(withheld, api_reason, local_reason))

api_reasons = Machine(
    "api reason",
    api_reason,
    doc="Why the Pod ended, in the API. Withheld exactly where the phase is.",
    transitions=(),
    reacts=becomes(merged_reason, (), publish),
)

OF_THE_POD: tuple[Machine[PodReason] | Machine[InitializedStatus], ...] = (
    *(local_reasons, api_reasons),
    *(local_conditions, api_conditions),
)
OBSERVERS: tuple[Machine[Exit] | Machine[ContainerState] | Machine[PodReason] | Machine[InitializedStatus], ...] = (
    *(container_record, local_container, api_container),
    *(init_record, local_init_container, api_init_container),
    *OF_THE_POD,
)

POD_WITH_STATUS = System(
    "pod with status",
    (*POD.machines, *OBSERVERS),
    frozen=POD.frozen,
    initially=POD.initially,
    doc="The Pod together with the copies of its status.",
    printed_by=POD.printed_by,
)
