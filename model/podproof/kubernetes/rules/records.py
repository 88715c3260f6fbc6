"""Records: the fields of API objects and of the runtime that rules read, as variables. No step writes them: they are
given.

Everything is one field: `state` tells which of the three members of ContainerState is set, `reason` classifies the text
of its reason. What looks at two fields is a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, own_policy, regular
from podproof.language import Expr, Kind, Variable, conjunction, flag, number, state


class State(StrEnum):
    """ContainerState: which member is set; `empty` where none is."""

    empty = "empty"
    waiting = "waiting"
    running = "running"
    terminated = "terminated"


class Reason(StrEnum):
    """state.waiting.reason or state.terminated.reason: the texts that some rule looks for, none, or any other."""

    none = "none"
    other = "any other"
    completed = "Completed"
    pod_initializing = "PodInitializing"
    container_creating = "ContainerCreating"
    crash_loop_back_off = "CrashLoopBackOff"
    container_status_unknown = "ContainerStatusUnknown"
    restarting_all = "RestartingAllContainers"


class Started(StrEnum):
    """started is a pointer to a bool."""

    unset = "unset"
    no = "false"
    yes = "true"


class Life(StrEnum):
    """State of an instance in the runtime; `absent` where there is no instance."""

    absent = "absent"
    created = "created"
    running = "running"
    exited = "exited"
    unknown = "unknown"


class Match(StrEnum):
    """The action of the first of a container's restartPolicyRules that its exit code matches."""

    none = "none"
    restart = "Restart"
    restart_all = "RestartAllContainers"


@dataclass(frozen=True, eq=False)
class Record:
    """A container of the spec and the status entry of its name.

    mentioned: there is an entry; without one `state` is empty, like a ContainerState in which nothing is set.
    matched, last_matched: see `restart.matching`, for `state` and for `lastState`.
    """

    kind: Kind
    policy: Variable[ContainerPolicy]
    mentioned: Variable[bool]
    state: Variable[State]
    reason: Variable[Reason]
    exit_code: Variable[int]
    matched: Variable[Match]
    last: Variable[State]
    last_reason: Variable[Reason]
    last_exit_code: Variable[int]
    last_matched: Variable[Match]
    started: Variable[Started]
    ready: Variable[bool]

    @classmethod
    def of(cls, kind: Kind, policy: Variable[ContainerPolicy], copy: str = "") -> Record:
        """copy: a word that tells several records of one kind apart, such as "old"."""
        name = f"{copy} {kind.name}".strip()
        return cls(
            kind,
            policy,
            flag(f"{name} has a status", kind=kind),
            state(f"{name} state", State, kind=kind),
            state(f"{name} reason", Reason, kind=kind),
            number(f"{name} exitCode", kind=kind),
            state(f"{name} rule", Match, kind=kind),
            state(f"{name} lastState", State, kind=kind),
            state(f"{name} lastState reason", Reason, kind=kind),
            number(f"{name} lastState exitCode", kind=kind),
            state(f"{name} lastState rule", Match, kind=kind),
            state(f"{name} started", Started, kind=kind),
            flag(f"{name} ready", kind=kind),
        )


def well_formed(record: Record) -> Expr[bool]:
    """What is true of fields because of where they are: only a terminated state has an exit code, for example; and that
    the API server takes restartPolicyRules only from a container with a restartPolicy of its own."""
    terminated, last_terminated = record.state.is_(State.terminated), record.last.is_(State.terminated)
    told = record.state.is_(State.waiting, State.terminated)
    last_told = record.last.is_(State.waiting, State.terminated)
    return conjunction(
        record.mentioned | record.state.is_(State.empty) & record.last.is_(State.empty),
        record.mentioned | record.started.is_(Started.unset) & ~record.ready,
        terminated | record.exit_code.is_(0) & record.matched.is_(Match.none),
        last_terminated | record.last_exit_code.is_(0) & record.last_matched.is_(Match.none),
        record.policy.is_not(ContainerPolicy.unset)
        | record.matched.is_(Match.none) & record.last_matched.is_(Match.none),
        told | record.reason.is_(Reason.none),
        last_told | record.last_reason.is_(Reason.none),
    )


app = Record.of(regular, own_policy)
"""spec.containers."""

inits = Record.of(init, init_policy)
"""spec.initContainers, sidecars among them: those with restartPolicy Always."""

deleted = flag("metadata.deletionTimestamp is set")
static = flag("static Pod", doc="its source is a file or a URL, not the API server")
