"""columns: what `kubectl get pod -o wide` prints of a Pod (printers/internalversion printPod).

Reasons are free text, so STATUS is decided as a format and the place of the status entry whose words go into it. An
entry is one of status.initContainerStatuses or status.containerStatuses, in the order of that list: printPod reads the
spec only to count containers, and to look up whether the init container of an entry's name is a sidecar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules.conditions import gate, gate_true
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Reason, Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, regular
from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, flag, if_then_else, number, state
from podproof.language.binding import Elements, Given, bind

NONE = "<none>"


class Source(StrEnum):
    """What STATUS is made of. The fields in it are the Pod's, or those of one status entry's state."""

    phase = "{phase}"
    pod_reason = "{pod_reason}"
    gated = "SchedulingGated"
    init_reason = "Init:{reason}"
    init_signal = "Init:Signal:{signal}"
    init_exit_code = "Init:ExitCode:{exit_code}"
    init_counter = "Init:{done}/{inits}"
    reason = "{reason}"
    signal = "Signal:{signal}"
    exit_code = "ExitCode:{exit_code}"
    running = "Running"
    not_ready = "NotReady"
    terminating = "Terminating"
    unknown = "Unknown"
    nothing = ""


OF_INIT = (Source.init_reason, Source.init_signal, Source.init_exit_code, Source.init_counter)
"""Those said of an entry in status.initContainerStatuses."""

OF_REGULAR = (Source.reason, Source.signal, Source.exit_code)
"""Those said of an entry in status.containerStatuses."""

NOWHERE = -1
"""The place of an entry where there is none. It is never quoted."""


@dataclass(frozen=True, eq=False)
class Pod:
    """What printPod asks of the Pod itself. says_completed: its reason, or its phase without one, reads Completed."""

    has_reason: Expr[bool]
    node_lost: Expr[bool]
    says_completed: Expr[bool]
    gated: Expr[bool]
    initialized: Expr[bool]
    ready: Expr[bool]
    deleted: Expr[bool]
    terminal: Expr[bool]


@dataclass(frozen=True, eq=False)
class Entry:
    """What it asks of a status entry. failed, signalled: exit code or signal of a terminated state is not 0;
    mentioned: there is an entry at all.
    """

    kind: Kind
    state: Expr[State]
    reason: Expr[Reason]
    failed: Expr[bool]
    signalled: Expr[bool] = FALSE
    ready: Expr[bool] = FALSE
    sidecar: Expr[bool] = FALSE
    started: Expr[bool] = FALSE
    mentioned: Expr[bool] = TRUE


@dataclass(frozen=True, eq=False)
class Line:
    """One line. status: the format; quoted: the place of the entry whose fields go into it, where it has such fields;
    done: how many entries precede the init container that is not done; of_pod, of_init, of_regular: what the Pod and
    each entry would say for themselves; counts, init_counts: the restarts of an entry are added up.
    """

    status: Decision[Source]
    quoted: Decision[int]
    done: Expr[int]
    ready: Expr[int]
    of_pod: Decision[Source]
    of_init: Decision[Source]
    of_regular: Decision[Source]
    counts: Expr[bool]
    init_counts: Expr[bool]

    def bound(self, given: Given, kinds: Mapping[Kind, Elements], by: Sequence[Variable[Any]]) -> Line:
        """The line read over other variables (see `binding.bind`)."""
        return Line(
            self.status.bound(given, kinds, by),
            self.quoted.bound(given, kinds, by),
            bind(self.done, given, kinds, by),
            bind(self.ready, given, kinds, by),
            self.of_pod.bound(given, kinds, by),
            self.of_init.bound(given, kinds, by),
            self.of_regular.bound(given, kinds, by),
            bind(self.counts, given, kinds, by),
            bind(self.init_counts, given, kinds, by),
        )


def line(pod: Pod, apps: Entry, inits: Entry) -> Line:
    """printPod. The first init container that is not done stops the scan of init containers."""
    done = inits.mentioned & inits.state.is_(State.terminated) & ~inits.failed
    serving = inits.mentioned & ~done & inits.sidecar & inits.started
    stops = inits.mentioned & ~done & ~serving
    reached = inits.kind.none(stops, Scope.earlier)
    looks = inits.kind.none(stops) | pod.initialized

    of_pod, of_init, of_regular = _of_pod(pod), _of_init(inits), _of_regular(apps)
    says = apps.mentioned & of_regular.value.is_not(Source.nothing)
    failed = apps.mentioned & apps.state.is_(State.terminated) & apps.failed
    runs = apps.mentioned & apps.state.is_(State.running) & apps.ready
    place, init_place = apps.kind.count(TRUE, Scope.earlier), inits.kind.count(TRUE, Scope.earlier)

    before = inits.kind.first(stops, of_init.value, of_pod.value)
    before_place = inits.kind.first(stops, init_place, NOWHERE)
    completed = apps.kind.first(
        says,
        of_regular.value.is_(Source.reason) & apps.reason.is_(Reason.completed),
        inits.kind.none(stops) & of_pod.value.is_not(Source.gated) & pod.says_completed,
    )
    some_say, some_run, some_failed = apps.kind.some(says), apps.kind.some(runs), apps.kind.some(failed)
    said = apps.kind.first(says, of_regular.value, Source.nothing)
    said_place = apps.kind.first(says, place, NOWHERE)
    first_failed = apps.kind.first(failed, of_regular.value, Source.nothing)
    first_failed_place = apps.kind.first(failed, place, NOWHERE)
    status = Decision(
        "STATUS",
        (
            Rule("it is deleted and its node is lost", pod.deleted & pod.node_lost, Source.unknown),
            Rule("it is deleted and has not ended", pod.deleted & ~pod.terminal, Source.terminating),
            Rule("it initializes", ~looks, before),
            Rule("one completed, one runs and the Pod is Ready", completed & some_run & pod.ready, Source.running),
            Rule("one completed and one failed", completed & some_failed, first_failed),
            Rule("one completed and one runs", completed & some_run, Source.not_ready),
            Rule("a container says something", some_say, said),
            Rule("no container says anything", TRUE, before),
        ),
    )
    quoted: Decision[int] = Decision(
        "quoted in STATUS",
        (
            Rule("it initializes", ~looks, before_place),
            Rule("one completed and one failed", completed & some_failed, first_failed_place),
            Rule("a container says something", some_say, said_place),
            Rule("no container says anything", TRUE, before_place),
        ),
    )
    return Line(
        status,
        quoted,
        inits.kind.count((done | serving) & reached),
        inits.kind.count(serving & inits.ready & reached) + if_then_else(looks, apps.kind.count(runs), 0),
        of_pod,
        of_init,
        of_regular,
        counts=looks,
        init_counts=reached & (inits.sidecar | ~looks),
    )


def _of_pod(pod: Pod) -> Decision[Source]:
    return Decision(
        "STATUS by the Pod",
        (
            Rule("a scheduling gate holds it", pod.gated, Source.gated),
            Rule("it has a reason", pod.has_reason, Source.pod_reason),
            Rule("it has none", TRUE, Source.phase),
        ),
    )


def _of_init(entry: Entry) -> Decision[Source]:
    """Of an init container that is not done."""
    terminated = entry.state.is_(State.terminated)
    waits = entry.state.is_(State.waiting) & entry.reason.is_not(Reason.none, Reason.pod_initializing)
    return Decision(
        "STATUS by an init container",
        (
            Rule("terminated for a reason", terminated & entry.reason.is_not(Reason.none), Source.init_reason),
            Rule("terminated by a signal", terminated & entry.signalled, Source.init_signal),
            Rule("terminated", terminated, Source.init_exit_code),
            Rule("waits for a reason of its own", waits, Source.init_reason),
            Rule("begins or runs", TRUE, Source.init_counter),
        ),
    )


def _of_regular(entry: Entry) -> Decision[Source]:
    terminated = entry.state.is_(State.terminated)
    has_reason = entry.reason.is_not(Reason.none)
    return Decision(
        "STATUS by a container",
        (
            Rule("waits for a reason", entry.state.is_(State.waiting) & has_reason, Source.reason),
            Rule("terminated for a reason", terminated & has_reason, Source.reason),
            Rule("terminated by a signal", terminated & entry.signalled, Source.signal),
            Rule("terminated", terminated, Source.exit_code),
            Rule("says nothing", TRUE, Source.nothing),
        ),
    )


# From records: what is read of the Pod. Times are in seconds; 0 is an unset one.


class Word(StrEnum):
    """status.phase or status.reason: the texts that printPod looks for, none, or any other."""

    none = ""
    other = "any other"
    completed = "Completed"
    succeeded = "Succeeded"
    failed = "Failed"
    node_lost = "NodeLost"


class ConditionType(StrEnum):
    """type of a condition: those that printPod looks for, or any other."""

    other = "any other"
    scheduled = "PodScheduled"
    initialized = "Initialized"
    ready = "Ready"


phase = state("phase", Word, doc="status.phase")
reason = state("Pod reason", Word, doc="status.reason")
created = number("creationTimestamp")
deleted = flag("deletionTimestamp is set")
now = number("now")

condition = Kind("condition", ordered=True)
condition_type = state("condition type", ConditionType, kind=condition)
condition_true = flag("condition is True", kind=condition)
condition_gated = flag("condition reason is SchedulingGated", kind=condition)


@dataclass(frozen=True, eq=False)
class Status:
    """A status entry. policy: of the init container of its name; finished: lastState.terminated.finishedAt."""

    kind: Kind
    state: Variable[State]
    reason: Variable[Reason]
    exit_code: Variable[int]
    signal: Variable[int]
    ready: Variable[bool]
    started: Variable[Started]
    policy: Variable[ContainerPolicy]
    restarts: Variable[int]
    finished: Variable[int]

    @classmethod
    def of(cls, kind: Kind) -> Status:
        return cls(
            kind,
            state(f"{kind} state", State, kind=kind),
            state(f"{kind} reason", Reason, kind=kind),
            number(f"{kind} exitCode", kind=kind),
            number(f"{kind} signal", kind=kind),
            flag(f"{kind} ready", kind=kind),
            state(f"{kind} started", Started, kind=kind),
            state(f"{kind} restartPolicy", ContainerPolicy, kind=kind),
            number(f"{kind} restartCount", kind=kind),
            number(f"{kind} lastState finishedAt", kind=kind),
        )

    @property
    def entry(self) -> Entry:
        return Entry(
            self.kind,
            self.state,
            self.reason,
            failed=~self.exit_code.is_(0),
            signalled=~self.signal.is_(0),
            ready=self.ready,
            sidecar=self.policy.is_(ContainerPolicy.Always),
            started=self.started.is_(Started.yes),
        )


app = Status.of(Kind("container status", ordered=True))
"""status.containerStatuses."""

inits = Status.of(Kind("init container status", ordered=True))
"""status.initContainerStatuses."""

says_gated = condition.some(condition_type.is_(ConditionType.scheduled) & condition_gated)
says_initialized = condition.first(condition_type.is_(ConditionType.initialized), condition_true, FALSE)
says_ready = condition.some(condition_type.is_(ConditionType.ready) & condition_true)

recorded_pod = Pod(
    has_reason=reason.is_not(Word.none),
    node_lost=reason.is_(Word.node_lost),
    says_completed=reason.is_(Word.completed) | reason.is_(Word.none) & phase.is_(Word.completed),
    gated=says_gated,
    initialized=says_initialized,
    ready=says_ready,
    deleted=deleted,
    terminal=phase.is_(Word.succeeded, Word.failed),
)
recorded = line(recorded_pod, app.entry, inits.entry)

total: Expr[int] = regular.count(TRUE) + init.count(init_policy.is_(ContainerPolicy.Always))
"""The denominator of READY: regular containers and sidecars of the spec."""

spec_inits: Expr[int] = init.count(TRUE)

# RESTARTS, AGE and the wide columns. Restarts are added up entry by entry: init containers first, each list in order.

restarts = number("restarts", doc="of the entries so far; in the end, of all")
newest = number("newest exit", doc="the latest finishedAt of the entries so far; in the end, of all")


@dataclass(frozen=True, eq=False)
class Added:
    """`restarts` and `newest` after one more entry."""

    restarts: Expr[int]
    newest: Expr[int]


def _added(status: Status, counts: Expr[bool]) -> Added:
    return Added(
        if_then_else(counts, restarts + status.restarts, restarts),
        if_then_else(counts & (status.finished > newest), status.finished, newest),
    )


add_app = _added(app, recorded.counts)
add_init = _added(inits, recorded.init_counts)

ago: Expr[int] = now - newest
age: Expr[int] = now - created


class Restarts(StrEnum):
    """The formats of RESTARTS."""

    number = "{restarts}"
    with_time = "{restarts} ({ago} ago)"


class Age(StrEnum):
    """The formats of AGE."""

    unknown = "<unknown>"
    known = "{age}"


class Address(StrEnum):
    """The formats of IP. (Conversion to the internal type makes podIP the first of podIPs, whatever that said.)"""

    none = NONE
    pod_ip = "{pod_ip}"
    first = "{first_ip}"


class Gates(StrEnum):
    """The formats of READINESS GATES."""

    none = NONE
    counted = "{true}/{gates}"


restarts_shown = Decision(
    "RESTARTS",
    (
        Rule("there were none", restarts.is_(0), Restarts.number),
        Rule("the time of the latest exit is not known", newest.is_(0), Restarts.number),
        Rule("it is known", TRUE, Restarts.with_time),
    ),
)

age_shown = Decision(
    "AGE", (Rule("there is no creationTimestamp", created.is_(0), Age.unknown), Rule("there is one", TRUE, Age.known))
)

has_pod_ip = flag("status.podIP is set")
has_first_ip = flag("status.podIPs[0] is set")
address_shown = Decision(
    "IP",
    (
        Rule("it has one", has_pod_ip, Address.pod_ip),
        Rule("it has a list of them", has_first_ip, Address.first),
        Rule("it has none", TRUE, Address.none),
    ),
)

gates_shown = Decision(
    "READINESS GATES",
    (Rule("there are none", gate.none(TRUE), Gates.none), Rule("there are some", TRUE, Gates.counted)),
)
gates: Expr[int] = gate.count(TRUE)
true_gates: Expr[int] = gate.count(gate_true)
