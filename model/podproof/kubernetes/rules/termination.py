"""termination: the statuses of a Pod that is stopped (SyncTerminatingPod), up to the last one (TerminatePod).

What is not known to have ended has failed: containers without a terminated state, and the phase. Kubernetes:
hasPodInitialized and initializedContainers of the status manager.

Here records are entries of the status, in its order, and not containers of the spec: an entry without a container is
marked as well, a container without an entry gets none. Ephemeral containers stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules import merge, records
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.merge import AnyPhase
from podproof.kubernetes.rules.records import Reason, Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init
from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, flag, number, state
from podproof.language.expressions import rewrite

LOST_EXIT_CODE = 137
LOST_REASON = Reason.container_status_unknown
"""How a container is recorded that nobody saw end."""


def fails(is_terminal: Expr[bool], static: Expr[bool] = FALSE) -> Decision[bool]:
    """Does the phase become Failed?"""
    return Decision(
        "the phase becomes Failed",
        (
            Rule("static Pods keep their phase", static, FALSE),
            Rule("a terminal phase stays", is_terminal, FALSE),
            Rule("nobody knows how it ended", TRUE, TRUE),
        ),
    )


@dataclass(frozen=True, eq=False)
class Entry:
    """One of containerStatuses or initContainerStatuses.

    name: equal names are equal numbers; place: the name of the container at its place in the spec, -1 where there is
    none; policy: of that container.
    """

    kind: Kind
    name: Variable[int]
    place: Variable[int]
    policy: Variable[ContainerPolicy]
    state: Variable[State]
    exit_code: Variable[int]
    last: Variable[State]
    last_exit_code: Variable[int]
    started: Variable[Started]

    @classmethod
    def of(cls, name: str) -> Entry:
        kind = Kind(name, ordered=True)
        return cls(
            kind,
            number(f"{name} name", kind=kind),
            number(f"{name} place", kind=kind),
            state(f"{name} restartPolicy", ContainerPolicy, kind=kind),
            state(f"{name} state", State, kind=kind),
            number(f"{name} exitCode", kind=kind),
            state(f"{name} lastState", State, kind=kind),
            number(f"{name} lastState exitCode", kind=kind),
            state(f"{name} started", Started, kind=kind),
        )

    @property
    def began(self) -> Expr[bool]:
        """It runs or ran: anything but a wait without an earlier run."""
        return self.state.is_not(State.waiting) | self.last.is_(State.terminated)

    @property
    def done(self) -> Expr[bool]:
        """As an init container: started if it is a sidecar, else ended with exit 0 now or before."""
        ended = self.state.is_(State.terminated) & self.exit_code.is_(0)
        ended_before = self.last.is_(State.terminated) & self.last_exit_code.is_(0)
        sidecar = self.policy.is_(ContainerPolicy.Always)
        started = self.state.is_(State.running) & self.started.is_(Started.yes)
        return sidecar & started | ~sidecar & (ended | ended_before)


app, inits = Entry.of("status"), Entry.of("init status")
phase = state("phase", AnyPhase)

recorded_fails = fails(merge.terminal(phase), records.static)

initialized: Decision[bool] = Decision(
    "the Pod had initialized",
    (
        Rule("it has no init containers", init.none(TRUE), TRUE),
        Rule("a regular container began", app.kind.some(app.began), TRUE),
        Rule("statuses and spec disagree", inits.kind.last(TRUE, ~inits.name.equals(inits.place), FALSE), FALSE),
        Rule("the last init container is done", inits.kind.last(TRUE, inits.done, FALSE), TRUE),
        Rule("it was still initializing", TRUE, FALSE),
    ),
)
"""hasPodInitialized. The last init container is that of the last entry, which may be an earlier one of the spec."""

app_lost: Decision[bool] = Decision(
    "the container is marked as lost",
    (
        Rule("it is terminated", app.state.is_(State.terminated), FALSE),
        Rule("the Pod was still initializing", ~initialized.value, FALSE),
        Rule("it should have run", TRUE, TRUE),
    ),
)

init_lost: Decision[bool] = Decision(
    "the init container is marked as lost",
    (
        Rule("it is terminated", inits.state.is_(State.terminated), FALSE),
        Rule("it or a later one began", inits.began | inits.kind.some(inits.began, Scope.later), TRUE),
        Rule("it is not the first", inits.kind.some(TRUE, Scope.earlier), FALSE),
        Rule("one has to fail", TRUE, TRUE),
    ),
)
"""initializedContainers: all but the last ones that never began; at least the first one."""


# A Pod that is stopped: SyncTerminatingPod, and SyncTerminatedPod after it.


class Cause(StrEnum):
    """Who has the Pod stopped."""

    deletion = "deletion"
    eviction = "eviction"
    preemption = "preemption"
    shutdown = "nodeShutdown"
    deadline = "activeDeadline"


class KillReason(StrEnum):
    """The reason that goes with phase Failed while a Pod is killed; `none`: phase and reason are as computed."""

    none = "none"
    evicted = "Evicted"
    preempting = "Preempting"
    terminated = "Terminated"


cause = state("cause", Cause)

killed: Decision[KillReason] = Decision(
    "phase and reason while it is killed",
    (
        Rule("the eviction manager", cause.is_(Cause.eviction), KillReason.evicted),
        Rule("a critical Pod needs its place", cause.is_(Cause.preemption), KillReason.preempting),
        Rule("the node shuts down", cause.is_(Cause.shutdown), KillReason.terminated),
        Rule("nobody in the kubelet", TRUE, KillReason.none),
    ),
)
"""Only for as long as the containers stop: what follows is computed from how they ended."""

had_initialized = flag("the Pod had initialized", doc="`initialized` of the status in the API")


def _in_the_api(node: Expr[Any]) -> Expr[Any] | None:
    return had_initialized if node is initialized.value else None


app_lost_by_api: Decision[bool] = replace(
    app_lost, rules=tuple(replace(rule, when=rewrite(rule.when, _in_the_api)) for rule in app_lost.rules)
)
"""TerminatePod looks for what is lost in the kubelet's own status, and in the API's for how far the Pod came."""


@dataclass(frozen=True)
class Step:
    """A status that the kubelet stores while it stops a Pod: generated, and changed afterwards.

    pod_is_terminal: as for getPhase; overridden: phase and reason as `killed` says; marked: by TerminatePod.
    """

    name: str
    pod_is_terminal: bool
    overridden: bool = False
    marked: bool = False


TERMINATING = Step("terminating-generated", pod_is_terminal=False, overridden=True)
STOPPED = Step("containersStopped", pod_is_terminal=True)
TERMINATED = Step("terminated", pod_is_terminal=True, marked=True)
STEPS = (TERMINATING, STOPPED, TERMINATED)
"""In their order. The first two are SyncTerminatingPod's, before and after the containers are stopped."""
