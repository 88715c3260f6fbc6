"""record_of: the fields of API objects and of the runtime, from the states of the machines.

Rules are expressions over fields (`rules`). The Pod's phase, conditions, statuses and columns are those expressions
with what is said here in the place of the fields, so that what claims speak of is what recorded inputs are compared on.

Exit codes fall into classes: 0, and 1 for all others, but for the 137 of a container that nobody saw end. An exit code
is also given where a state has none: rules look at it in a terminated state only.

The phase follows a sidecar's startup probe at once; getPhase sees what the status said of it one sync before.

Abstracted away: probes but the startup probe of a sidecar, so that what runs is ready; restartPolicyRules; ephemeral
containers; static Pods; reasons that the runtime gives (every exit that is not 0 is Error) and those of failed starts
but CrashLoopBackOff; conditions of others, and readiness gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules import columns, container_status, phase, probes, records, status, termination
from podproof.kubernetes.rules import conditions as rules
from podproof.kubernetes.rules.container_status import Seen, Source
from podproof.kubernetes.rules.merge import AnyPhase
from podproof.kubernetes.rules.probes import Probed, Result
from podproof.kubernetes.rules.records import Life, Match, Reason, Record, Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, Exit, init, sidecar
from podproof.kubernetes.vocabulary.states import (
    Deadline,
    InitRun,
    Phase,
    Run,
    api_phase,
    deadline,
    ended,
    init_ended,
    init_run,
    init_started,
    local_phase,
    run,
)
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, first_match, if_then_else, number, state
from podproof.language.binding import Elements, Given, bind, by_cases, table
from podproof.language.expressions import as_expr

# What the kubelet finds now, whatever it said before.

STATE = (run, init_run, ended, init_ended, init_started)
"""What tells cases apart."""

CODES = {Exit.none: 0, Exit.zero: 0, Exit.nonzero: 1}
STATES = {
    Run.waiting: State.waiting,
    Run.running: State.running,
    Run.terminated: State.terminated,
    Run.backoff: State.waiting,
    Run.restarting: State.terminated,
}
INIT_STATES = {
    InitRun.waiting: State.waiting,
    InitRun.running: State.running,
    InitRun.terminated: State.terminated,
    InitRun.backoff: State.waiting,
    InitRun.previous: State.terminated,
}
"""The status of a container whose record was purged with an earlier sandbox stays as it was."""


def _record(
    record: Record, states: Expr[State], backs_off: Expr[bool], exit_: Variable[Exit], started: Expr[bool]
) -> Given:
    code = table(exit_, CODES)
    ready = probes.app.ready if record is records.app else probes.inits.ready
    fields: dict[Expr[Any], Expr[Any]] = {
        record.mentioned: TRUE,
        record.state: states,
        record.reason: if_then_else(backs_off, Reason.crash_loop_back_off, Reason.none),
        record.exit_code: code,
        record.matched: as_expr(Match.none),
        record.last: if_then_else(backs_off, State.terminated, State.empty),
        record.last_reason: as_expr(Reason.none),
        record.last_exit_code: code,
        record.last_matched: as_expr(Match.none),
        record.started: if_then_else(started, Started.yes, Started.no),
    }
    return {**fields, record.ready: bind(ready.value, {**fields, **PROBES, record.ready: FALSE}, by=STATE)}


def _probes(probed: Probed, starting: Expr[bool]) -> Given:
    return {
        probed.startup.worker: starting,
        probed.startup.result: as_expr(Result.none),
        probed.readiness.worker: FALSE,
        probed.readiness.result: as_expr(Result.none),
    }


PROBES: Given = {**_probes(probes.app, FALSE), **_probes(probes.inits, sidecar & ~init_started)}
"""A sidecar may have a startup probe, which has no result until the sidecar has started up."""

CONTAINERS: Given = {
    **_record(records.app, table(run, STATES), run.is_(Run.backoff), ended, run.is_(Run.running)),
    **_record(
        records.inits,
        table(init_run, INIT_STATES),
        init_run.is_(InitRun.backoff),
        init_ended,
        init_run.is_(InitRun.running) & (init_started | ~sidecar),
    ),
    records.static: FALSE,
    phase.own_counts: TRUE,
}
"""The records that getPhase and the conditions read."""

PHASES = {one: AnyPhase(one) for one in Phase}

STORED: Given = {
    status.local_phase: table(local_phase, PHASES),
    status.api_phase: table(api_phase, PHASES),
    status.limited: TRUE,
    status.has_start: TRUE,
    status.limit: as_expr(1),
    status.elapsed: table(deadline, {Deadline.ahead: 0, Deadline.passed: 1}),
}
"""The phases so far, and activeDeadlineSeconds: a deadline ahead may be one that does not exist."""

STORED_IN = (deadline, api_phase, local_phase)


# What one copy of a status says.

MOST_RESTARTS = 15
COUNTED = f"restartCount; {MOST_RESTARTS} stands for {MOST_RESTARTS} or more"


class ContainerState(StrEnum):
    """What the status of one container says. `absent`: it is not mentioned; `starting`: it runs, not started up yet."""

    absent = "absent"
    waiting = "waiting"
    starting = "starting"
    running = "running"
    completed = "Completed"
    error = "Error"
    unknown = "ContainerStatusUnknown"
    backoff = "CrashLoopBackOff"


@dataclass(frozen=True)
class Says:
    """The fields of a status entry."""

    state: State
    reason: Reason = Reason.none
    exit_code: int = 0
    started: bool = False


SAYS: Mapping[ContainerState, Says] = {
    ContainerState.absent: Says(State.empty),
    ContainerState.waiting: Says(State.waiting),
    ContainerState.starting: Says(State.running),
    ContainerState.running: Says(State.running, started=True),
    ContainerState.completed: Says(State.terminated, Reason.completed),
    ContainerState.error: Says(State.terminated, Reason.other, 1),
    ContainerState.unknown: Says(State.terminated, Reason.container_status_unknown, container_status.LOST_EXIT_CODE),
    ContainerState.backoff: Says(State.waiting, Reason.crash_loop_back_off),
}
"""The reason of a first wait is said in the Pod's spec (`container_status.first_reason`)."""


@dataclass(frozen=True, eq=False)
class StatusCopy:
    """One copy of the statuses of a kind of containers: `state`, how `lastState` ended, and `restartCount`."""

    kind: Kind
    state: Variable[ContainerState]
    last: Variable[Exit]
    restarts: Variable[int]

    @classmethod
    def named(cls, name: str, kind: Kind) -> StatusCopy:
        return cls(
            kind,
            state(
                f"{name} status",
                ContainerState,
                kind=kind,
                initial=ContainerState.absent,
                doc="what this copy says of it",
            ),
            state(f"{name} last exit", Exit, kind=kind, initial=Exit.none, doc="how lastState ended"),
            number(f"{name} restarts", 0, MOST_RESTARTS, saturating=True, kind=kind, initial=0, doc=COUNTED),
        )

    @property
    def member(self) -> Expr[State]:
        """Which member of its ContainerState is set."""
        return table(self.state, {shown: says.state for shown, says in SAYS.items()})

    @property
    def exit_code(self) -> Expr[int]:
        return table(self.state, {shown: says.exit_code for shown, says in SAYS.items()})

    @property
    def reason(self) -> Expr[Reason]:
        reasons: dict[ContainerState, Any] = {shown: says.reason for shown, says in SAYS.items()}
        return table(self.state, {**reasons, ContainerState.waiting: container_status.first_reason.value})

    @property
    def started(self) -> Expr[Started]:
        return table(self.state, {shown: Started.yes if says.started else Started.no for shown, says in SAYS.items()})

    @property
    def ready(self) -> Expr[bool]:
        """An init container is once it is done, whatever else runs."""
        runs, done = self.state.is_(ContainerState.running), self.state.is_(ContainerState.completed)
        return if_then_else(sidecar, runs, done) if self.kind is init else runs

    @property
    def last_state(self) -> Expr[State]:
        return if_then_else(self.last.is_(Exit.none), State.empty, State.terminated)

    @property
    def elements(self) -> Elements:
        """The entries that there are."""
        return Elements(self.kind, self.state.is_not(ContainerState.absent))


def fields(copy: StatusCopy, record: Record) -> Given:
    """The fields of an entry, as this copy has them."""
    return {
        record.mentioned: copy.state.is_not(ContainerState.absent),
        record.state: copy.member,
        record.exit_code: copy.exit_code,
        record.last: copy.last_state,
        record.last_exit_code: table(copy.last, CODES),
        record.started: copy.started,
        record.ready: copy.ready,
    }


# The statuses that are generated.


@dataclass(frozen=True, eq=False)
class Generated:
    """A container's new status."""

    state: Expr[ContainerState]
    last: Expr[Exit]
    entry: Given

    def once(self, deleted: bool) -> Generated:
        """deleted: the Pod that the kubelet looks at has a deletionTimestamp."""
        given: Given = {records.deleted: as_expr(deleted)}
        return Generated(
            bind(self.state, given),
            bind(self.last, given),
            {field: bind(made, given) for field, made in self.entry.items()},
        )


APP_LIVES = {
    Run.waiting: Life.absent,
    Run.running: Life.running,
    Run.terminated: Life.exited,
    Run.backoff: Life.exited,
    Run.restarting: Life.exited,
}
INIT_LIVES = {
    InitRun.waiting: Life.absent,
    InitRun.running: Life.running,
    InitRun.terminated: Life.exited,
    InitRun.backoff: Life.exited,
    InitRun.previous: Life.absent,
}
"""purgeInitContainers: init containers go with their sandbox."""


def _seen(
    seen: Seen, copy: StatusCopy, last: Variable[Exit], life: Expr[Life], exit_: Variable[Exit], failed: Expr[bool]
) -> Given:
    """Where the status shows an end, what runs is another instance; what has ended is taken to be the same."""
    return {
        **fields(copy, seen.old),
        seen.old_id: as_expr(1),
        seen.life: life,
        seen.id: if_then_else(life.is_(Life.running), 2, 1),
        seen.exit_code: table(exit_, CODES),
        seen.matched: as_expr(Match.none),
        seen.previous: if_then_else(life.is_(Life.absent) | last.is_(Exit.none), Life.absent, Life.exited),
        seen.previous_exit_code: table(last, CODES),
        seen.failed_start: failed,
    }


def seen(local: StatusCopy, last: Variable[Exit], init_local: StatusCopy, init_last: Variable[Exit]) -> Given:
    """What convertToAPIContainerStatuses reads, but for counts. A back-off is remembered beyond the sandbox (kubelet
    reasonCache). last, init_last: how the instance before the newest one ended, if the runtime has one."""
    purged = init_run.is_(InitRun.previous) & init_local.state.is_(ContainerState.backoff)
    return {
        **_seen(container_status.app, local, last, table(run, APP_LIVES), ended, run.is_(Run.backoff)),
        **_seen(
            container_status.inits,
            init_local,
            init_last,
            table(init_run, INIT_LIVES),
            init_ended,
            init_run.is_(InitRun.backoff) | purged,
        ),
    }


def generated(group: container_status.Rules, copy: StatusCopy, last: Variable[Exit], reads: Given) -> Generated:
    """convertToAPIContainerStatuses, whether the Pod that the kubelet looks at is deleted or not."""
    by = _cases(copy, last)
    decided: dict[Expr[Any], Expr[Any]] = {
        variable: bind(decision.value, reads, by=by)
        for variable, decision in group.decisions.items()
        if variable is not group.decided.restarts
    }
    entry: dict[Expr[Any], Expr[Any]] = {
        field: bind(bind(made, decided), reads, by=by) for field, made in group.entry.items()
    }
    record, source = group.record, decided[group.decided.state]
    started = (probes.app if record is records.app else probes.inits).started.value
    has_started = bind(started, {**PROBES, record.state: as_expr(State.running)})
    words: dict[Source, Expr[Reason]] = {
        **{one: bind(word, reads) for one, word in container_status.WORDS.items()},
        Source.failed_start: as_expr(Reason.crash_loop_back_off),
        Source.exited: if_then_else(reads[group.seen.exit_code].is_(0), Reason.completed, Reason.other),
    }
    says = ((one, set_, words.get(one, as_expr(Reason.none))) for one, set_ in container_status.STATES.items())
    shown: Expr[ContainerState] = first_match(
        *((source.is_(one), _showing(set_, reason, has_started)) for one, set_, reason in says), default=copy.state
    )
    code = entry[record.last_exit_code]
    ended_last = first_match(
        (entry[record.last].is_not(State.terminated), Exit.none), (code.is_(0), Exit.zero), default=Exit.nonzero
    )
    return Generated(by_cases(shown, by), by_cases(ended_last, by), entry)


def restart_count(
    group: container_status.Rules,
    copy: StatusCopy,
    last: Variable[Exit],
    reads: Given,
    newest: Expr[int],
    shown: Expr[int],
) -> Expr[int]:
    """convertToAPIContainerStatuses, whether the Pod that the kubelet looks at is deleted or not.

    newest: of the newest instance in the runtime; shown: what the status says so far.
    """
    absent = reads[group.seen.life].is_(Life.absent)
    counts: Given = {group.seen.old_restarts: shown, group.seen.restarts: if_then_else(absent, 0, newest)}
    return bind(group.restarts.value, {**reads, **counts}, by=_cases(copy, last))


def _cases(copy: StatusCopy, last: Variable[Exit]) -> tuple[Variable[Any], ...]:
    """What tells cases of a new status apart."""
    return (*STATE, copy.state, last, copy.last)


def _showing(set_: State, reason: Expr[Reason], started: Expr[bool]) -> Expr[ContainerState]:
    """What says so, of what has this member set. First waits differ in their words only, which the spec decides."""
    among = [shown for shown, says in SAYS.items() if says.state is set_]
    if set_ is State.running:
        return first_match(*((started.is_(SAYS[shown].started), shown) for shown in among[:-1]), default=among[-1])
    *others, last = sorted(among, key=lambda shown: SAYS[shown].reason is Reason.none)
    return first_match(*((reason.is_(SAYS[shown].reason), shown) for shown in others), default=last)


def conditions(app: Generated, inits: Generated, phase_: Expr[Phase], was: Expr[bool]) -> Given:
    """What conditions read: the new statuses after the probes, the new phase, and whether Initialized was True."""
    given: dict[Expr[Any], Expr[Any]] = {
        rules.phase: phase_,
        rules.has_statuses: TRUE,
        rules.was_initialized: was,
        rules.gates_true: TRUE,
    }
    for made, probed in ((app, probes.app), (inits, probes.inits)):
        reads, record = {**made.entry, **PROBES}, probed.record
        given |= made.entry
        given[record.ready] = bind(probed.ready.value, reads, by=STATE)
        given[record.started] = if_then_else(bind(probed.started.value, reads, by=STATE), Started.yes, Started.no)
    return given


# The last status of a Pod, and what kubectl prints.


def terminating(entry: termination.Entry, given: Given, record: Record) -> Given:
    """TerminatePod's view of an entry: `record` has its fields. Entries are those of the spec, in its order."""
    return {
        entry.name: as_expr(0),
        entry.place: as_expr(0),
        entry.policy: record.policy,
        entry.state: given[record.state],
        entry.exit_code: given[record.exit_code],
        entry.last: given[record.last],
        entry.last_exit_code: given[record.last_exit_code],
        entry.started: given[record.started],
    }


def had_initialized(api: StatusCopy, init_api: StatusCopy) -> Expr[bool]:
    """hasPodInitialized, of the status in the API."""
    given = {
        **terminating(termination.app, fields(api, records.app), records.app),
        **terminating(termination.inits, fields(init_api, records.inits), records.inits),
    }
    kinds = {termination.app.kind: api.elements, termination.inits.kind: init_api.elements}
    return bind(termination.initialized.value, given, kinds, (api.state, api.last, init_api.state, init_api.last))


def lost(
    decision: Expr[bool],
    entry: termination.Entry,
    group: container_status.Rules,
    made: Generated,
    initialized: Expr[bool],
    by: Sequence[Variable[Any]],
) -> Expr[bool]:
    """Whether TerminatePod marks an entry that was generated just before."""
    given = {**terminating(entry, made.entry, group.record), termination.had_initialized: initialized}
    return bind(decision, given, {entry.kind: Elements(group.seen.kind)}, by)


LOST = next(
    shown
    for shown, says in SAYS.items()
    if (says.reason, says.exit_code) == (termination.LOST_REASON, termination.LOST_EXIT_CODE)
)
"""What TerminatePod makes of what it marks."""


def printed(copy: StatusCopy, status_: columns.Status, policy: Expr[ContainerPolicy]) -> Given:
    """printPod's view of an entry. When it ended is not known, so `(5m ago)` is left out of RESTARTS."""
    return {
        status_.state: copy.member,
        status_.reason: copy.reason,
        status_.exit_code: copy.exit_code,
        status_.signal: as_expr(0),
        status_.ready: copy.ready,
        status_.started: copy.started,
        status_.policy: policy,
        status_.restarts: copy.restarts,
        status_.finished: as_expr(0),
    }
