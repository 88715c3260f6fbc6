"""container_status: the status of each container, from what the runtime reports and the status so far.

Kubernetes: kubelet convertToAPIContainerStatuses, container ShouldAllContainersRestart, kuberuntime
hasAnyRegularContainerCreated. Order: regular containers by name, init containers as in the spec.

`started` stays as it was, even for a new instance, until the probes are asked, which is after the phase was computed.

Abstracted away: times, messages, images, resources, users and mounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules import records, restart
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Life, Match, Reason, Record, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, own_policy, regular
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, first_match, flag, if_then_else, number, state
from podproof.language.expressions import as_expr

LOST_EXIT_CODE = 137
"""Of a container that nobody saw end."""


class Source(StrEnum):
    """What a state says, or where it is copied from."""

    default = "waits for the first time"
    blank = "waits, nobody knows why"
    failed_start = "waits, since it could not be started"
    running = "runs"
    exited = "ended, as the runtime says"
    lost = "ended, and nobody saw it"
    completed = "ended with success, presumably"
    old = "as before"


ENDED = (Source.old, Source.exited, Source.lost)
"""The states that become lastState where the container waits for another start."""


class Last(StrEnum):
    """Where lastState comes from. state: what `state` would be, if it did not wait; old_state, old_last: of before."""

    state = "its state"
    previous = "the instance before"
    lost = "its instance is gone"
    old_state = "its state before"
    old_last = "its lastState before"


@dataclass(frozen=True, eq=False)
class Seen:
    """A container: its status so far (`old`), its newest instance, and the one before.

    Ids and counts are 0 where there is none. failed_start: the last attempt to start it failed (kubelet reasonCache).
    """

    kind: Kind
    policy: Variable[ContainerPolicy]
    old: Record
    old_id: Variable[int]
    old_restarts: Variable[int]
    life: Variable[Life]
    id: Variable[int]
    restarts: Variable[int]
    exit_code: Variable[int]
    matched: Variable[Match]
    previous: Variable[Life]
    previous_exit_code: Variable[int]
    failed_start: Variable[bool]

    @classmethod
    def of(cls, kind: Kind, policy: Variable[ContainerPolicy]) -> Seen:
        name = kind.name
        return cls(
            kind,
            policy,
            Record.of(kind, policy, "earlier"),
            number(f"{name} containerID before", kind=kind),
            number(f"{name} restartCount before", kind=kind),
            state(f"{name} in the runtime", Life, kind=kind),
            number(f"{name} id in the runtime", kind=kind),
            number(f"{name} restarts in the runtime", kind=kind),
            number(f"{name} exit code in the runtime", kind=kind),
            state(f"{name} rule in the runtime", Match, kind=kind),
            state(f"{name} instance before", Life, kind=kind),
            number(f"{name} instance before, exit code", kind=kind),
            flag(f"{name} could not be started", kind=kind),
        )

    @property
    def was(self) -> Variable[State]:
        return self.old.state

    @property
    def had(self) -> Variable[State]:
        return self.old.last

    @property
    def absent(self) -> Expr[bool]:
        return self.life.is_(Life.absent)

    @property
    def succeeded(self) -> Expr[bool]:
        return self.life.is_(Life.exited) & self.exit_code.is_(0)

    @property
    def restarts_all(self) -> Expr[bool]:
        """It ended in a way that restarts all containers."""
        return restart.restarts_all(self.life, self.matched)


ephemeral = Kind("ephemeral container", ordered=True)
ephemeral_policy = state("ephemeral restartPolicy", ContainerPolicy, kind=ephemeral)

app = Seen.of(regular, own_policy)
inits = Seen.of(init, init_policy)
extra = Seen.of(ephemeral, ephemeral_policy)

created = regular.some(app.life.is_(Life.created, Life.running, Life.exited))
"""hasAnyRegularContainerCreated, in any sandbox."""

active = flag("container has an instance in the current sandbox", kind=regular)
initialized = regular.some(active)
"""HasAnyActiveRegularContainerStarted, which in spite of its name asks only whether there is one."""

restarting_all = regular.some(app.restarts_all) | init.some(inits.restarts_all)
"""ShouldAllContainersRestart. Deletion does not matter."""

first_reason = Decision(
    "reason of the first wait",
    (
        Rule("there are init containers", init.some(TRUE), Reason.pod_initializing),
        Rule("there are none", TRUE, Reason.container_creating),
    ),
)

lost_reason = Decision(
    "reason of an end that nobody saw",
    (
        Rule("all are being restarted", restarting_all, Reason.restarting_all),
        Rule("nobody knows why", TRUE, Reason.container_status_unknown),
    ),
)


def converted(life: Expr[Life], was: Expr[State]) -> Decision[Source]:
    """The state of an instance."""
    return Decision(
        "state of an instance",
        (
            Rule("it runs", life.is_(Life.running), Source.running),
            Rule("it ended", life.is_(Life.exited), Source.exited),
            Rule("it ran, and is not known now", life.is_(Life.unknown) & was.is_(State.running), Source.lost),
            Rule("it did not get to run", TRUE, Source.blank),
        ),
    )


WORDS: Mapping[Source, Expr[Reason]] = {
    Source.default: first_reason.value,
    Source.lost: lost_reason.value,
    Source.completed: as_expr(Reason.completed),
}
"""The reasons that are the kubelet's own words. Others are copied, from the runtime, the failed start or the status."""

STATES: Mapping[Source, State] = {
    Source.default: State.waiting,
    Source.blank: State.waiting,
    Source.failed_start: State.waiting,
    Source.running: State.running,
    Source.exited: State.terminated,
    Source.lost: State.terminated,
    Source.completed: State.terminated,
}
"""Which member is set; where a status stays as it was, the member that was."""


@dataclass(frozen=True, eq=False)
class Decided:
    """What was decided of each container, for `entry`: where `state` and `lastState` come from, and restartCount.

    found: the source of what `state` would say, if it did not wait; previous: of the instance before.
    """

    found: Variable[Source]
    state: Variable[Source]
    previous: Variable[Source]
    last: Variable[Last]
    restarts: Variable[int]

    @classmethod
    def of(cls, kind: Kind) -> Decided:
        return cls(
            state(f"{kind} state without failed starts", Source, kind=kind),
            state(f"{kind} state comes from", Source, kind=kind),
            state(f"{kind} instance before comes from", Source, kind=kind),
            state(f"{kind} lastState comes from", Last, kind=kind),
            number(f"{kind} restartCount", kind=kind),
        )


def entry(seen: Seen, decided: Decided, record: Record) -> Mapping[Variable[Any], Expr[Any]]:
    """The status entry, but for its texts and what they are matched with.

    ready stays only where a status stays as it was; started stays in any case (see above).
    """
    old, last = seen.old, decided.last

    def ended(source: Expr[Source], exit_code: Expr[int], otherwise: Expr[int] | int) -> Expr[int]:
        cases = ((source.is_(Source.exited), exit_code), (source.is_(Source.lost), LOST_EXIT_CODE))
        return first_match(*cases, default=otherwise)

    def state_of(source: Expr[Source], *sources: Source) -> Expr[State]:
        return first_match(*((source.is_(one), STATES[one]) for one in sources), default=State.terminated)

    waiting = (Source.default, Source.blank, Source.failed_start)
    kept = decided.state.is_(Source.old)
    return {
        record.mentioned: TRUE,
        record.state: if_then_else(kept, old.state, state_of(decided.state, *waiting, Source.running)),
        record.exit_code: ended(decided.state, seen.exit_code, if_then_else(kept, old.exit_code, 0)),
        record.last: first_match(
            (last.is_(Last.state, Last.lost), State.terminated),
            (last.is_(Last.previous), state_of(decided.previous, Source.blank, Source.running)),
            (last.is_(Last.old_state), old.state),
            default=old.last,
        ),
        record.last_exit_code: first_match(
            (last.is_(Last.state), ended(decided.found, seen.exit_code, old.exit_code)),
            (last.is_(Last.previous), ended(decided.previous, seen.previous_exit_code, 0)),
            (last.is_(Last.lost), LOST_EXIT_CODE),
            (last.is_(Last.old_state), old.exit_code),
            default=old.last_exit_code,
        ),
        record.started: old.started,
        record.ready: decided.found.is_(Source.old) & old.ready,
    }


@dataclass(frozen=True, eq=False)
class Rules:
    """What is decided of each container of a kind, where that is kept, and the entry that comes out."""

    seen: Seen
    should_restart: Decision[bool]
    found: Decision[Source]
    waits: Decision[bool]
    state: Decision[Source]
    previous: Decision[Source]
    last: Decision[Last]
    restarts: Decision[int]
    decided: Decided
    record: Record
    entry: Mapping[Variable[Any], Expr[Any]]

    @property
    def decisions(self) -> Mapping[Variable[Any], Decision[Any]]:
        decided = self.decided
        return {
            decided.found: self.found,
            decided.state: self.state,
            decided.previous: self.previous,
            decided.last: self.last,
            decided.restarts: self.restarts,
        }


def rules(seen: Seen, record: Record, ordinary_init: Expr[bool], any_init: Expr[bool]) -> Rules:
    """ordinary_init: an init container that is no sidecar; any_init: an init container."""
    again = restart.should_restart(seen.policy, seen.life, seen.exit_code, seen.matched)
    found = Decision(
        "state without failed starts",
        (
            Rule("it is gone and had ended", seen.absent & seen.was.is_(State.terminated), Source.old),
            Rule("later ones were created", seen.absent & ordinary_init & created, Source.completed),
            Rule("it has no instance", seen.absent, Source.default),
            Rule("it has one", TRUE, converted(seen.life, seen.was).value),
        ),
    )
    waits: Decision[bool] = Decision(
        "it waits for another start",
        (
            Rule("no start failed", ~seen.failed_start, FALSE),
            Rule("it is done", any_init & seen.succeeded, FALSE),
            Rule("it is presumed to be done", found.value.is_(Source.completed), FALSE),
            Rule("it is as it is to be started", TRUE, again.value),
        ),
    )
    shown = Decision(
        "state",
        (
            Rule("it could not be started", waits.value, Source.failed_start),
            Rule("nothing failed", TRUE, found.value),
        ),
    )
    vanished = seen.absent & seen.was.is_(State.running) & seen.had.is_not(State.terminated)
    ended = found.value.is_(*ENDED)
    another = ~seen.absent & seen.was.is_(State.terminated) & ~seen.id.equals(seen.old_id)
    last = Decision(
        "lastState",
        (
            Rule("it ended and waits", waits.value & ended, Last.state),
            Rule("there is an earlier instance", seen.previous.is_not(Life.absent), Last.previous),
            Rule("it ran and is gone", vanished, Last.lost),
            Rule("another instance had ended", another, Last.old_state),
            Rule("nothing new ended", TRUE, Last.old_last),
        ),
    )
    unseen_end = seen.life.is_(Life.unknown) & seen.was.is_(State.running)
    next_count = seen.old_restarts + 1
    restarts: Decision[int] = Decision(
        "restartCount",
        (
            Rule("it ran, is gone and will be started", vanished & ~records.deleted, next_count),
            Rule("nobody saw it end", unseen_end, next_count),
            Rule(
                "it had ended and runs",
                seen.life.is_(Life.running) & seen.was.is_(State.terminated),
                if_then_else(seen.restarts > seen.old_restarts, seen.restarts, next_count),
            ),
            Rule("the count does not fall", seen.restarts < seen.old_restarts, seen.old_restarts),
            Rule("the runtime counts", TRUE, seen.restarts),
        ),
    )
    decided = Decided.of(seen.kind)
    before = converted(seen.previous, seen.was)
    return Rules(
        seen, again, found, waits, shown, before, last, restarts, decided, record, entry(seen, decided, record)
    )


extra_record = Record.of(ephemeral, ephemeral_policy)

app_rules = rules(app, records.app, FALSE, FALSE)
init_rules = rules(inits, records.inits, inits.policy.is_not(ContainerPolicy.Always), TRUE)
extra_rules = rules(extra, extra_record, FALSE, FALSE)
