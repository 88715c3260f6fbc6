"""termination: the last status, once nothing of a Pod runs any more (status manager TerminatePod).

What is not known to have ended has failed: containers without a terminated state, and the phase. Kubernetes:
hasPodInitialized and initializedContainers of the status manager.

Here records are entries of the status, in its order, and not containers of the spec: an entry without a container is
marked as well, a container without an entry gets none. Ephemeral containers stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, number, state
from podproof.pod.rules import merge, records
from podproof.pod.rules.decision import Decision, Rule
from podproof.pod.rules.merge import AnyPhase
from podproof.pod.rules.records import Reason, Started, State
from podproof.pod.spec import ContainerPolicy, init

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
