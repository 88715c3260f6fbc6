"""transitions: which new status is accepted after an old one.

A terminated container may leave that state only if it may be restarted. The kubelet checks this before it stores a
status (status manager checkContainerStateTransition), the API server when one is written (ValidatePodStatusUpdate with
ValidateContainerStateTransition and its siblings). One rule, `brought_back`; the two differ in this:

* the kubelet never refuses anything if the Pod's policy is Always, and no restart after a failure if it is OnFailure,
  even where the container's own policy is Never; for the API server the container's own policy counts;
* the kubelet does not look at ephemeral containers; for the API server they never leave the terminated state;
* the kubelet refuses a status whose init containers are not those of the spec, in its order;
* the kubelet stops at the first container that it refuses, the API server reports all.

The API server checks a few more fields and fills in one; neither of the two looks at the phase.

Here records are entries of the status, in its order. Texts are numbers, equal for equal texts; the empty one is 0.

Abstracted away: metadata; resource claims, users and allocated resources in a status.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import restart
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Match, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, init, policy, regular
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, flag, if_then_else, number, state


@dataclass(frozen=True, eq=False)
class Entries:
    """One list of container statuses, in the old status and in the new one.

    known: the spec has a container of its name; policy, matched: of that container, see `records.Record`; place: the
    name of the container at its place in the spec, -1 where there is none.
    """

    old: Kind
    name: Variable[int]
    state: Variable[State]
    exit_code: Variable[int]
    known: Variable[bool]
    policy: Variable[ContainerPolicy]
    matched: Variable[Match]
    place: Variable[int]
    new: Kind
    new_name: Variable[int]
    new_state: Variable[State]

    @classmethod
    def of(cls, word: str) -> Entries:
        old, new = Kind(f"old {word} status", ordered=True), Kind(f"new {word} status", ordered=True)
        return cls(
            old,
            number(f"{old} name", kind=old),
            state(f"{old} state", State, kind=old),
            number(f"{old} exitCode", kind=old),
            flag(f"{old} has a container", kind=old),
            state(f"{old} restartPolicy", ContainerPolicy, kind=old),
            state(f"{old} rule", Match, kind=old),
            number(f"{old} place", kind=old),
            new,
            number(f"{new} name", kind=new),
            state(f"{new} state", State, kind=new),
        )

    @property
    def failed(self) -> Expr[bool]:
        return ~self.exit_code.is_(0)

    @property
    def restarts(self) -> Expr[bool]:
        """ContainerShouldRestart."""
        return self.known & restart.may_restart(self.policy, self.failed, self.matched.is_not(Match.none))

    @property
    def runs_again(self) -> Expr[bool]:
        """Of one new status: it has the old one's name and is not terminated."""
        return self.new_name.equals(self.name) & self.new_state.is_not(State.terminated)


def brought_back(entries: Entries, restarts: Expr[bool], tolerated: Expr[bool]) -> Decision[bool]:
    """Is it refused that this container left the terminated state? tolerated: whatever its own policy."""
    rules: tuple[Rule[bool], ...] = (
        Rule("it was not terminated", entries.state.is_not(State.terminated), FALSE),
        Rule("it is still terminated, or gone", entries.new.none(entries.runs_again), FALSE),
        Rule("tolerated whatever its own policy", tolerated, FALSE),
        Rule("its policy restarts it", restarts, FALSE),
        Rule("it may not be restarted", TRUE, TRUE),
    )
    return Decision(f"{entries.old} is refused", tuple(rule for rule in rules if rule.when is not FALSE))


app, inits, ephemeral = Entries.of("container"), Entries.of("init container"), Entries.of("ephemeral container")
app_restarts_all = flag("container has a rule RestartAllContainers", kind=regular)
init_restarts_all = flag("init container has a rule RestartAllContainers", kind=init)

all_could_restart = regular.some(app_restarts_all) | init.some(init_restarts_all)
"""AllContainersCouldRestart: some rule restarts all containers."""

# The kubelet.


class Fault(StrEnum):
    """Why the kubelet refuses a status."""

    none = "none"
    app = "terminated container"
    init = "terminated init container"
    mismatch = "mismatch"


def _after_failure(entries: Entries) -> Expr[bool]:
    return policy.is_(RestartPolicy.OnFailure) & entries.failed


kubelet_app = brought_back(app, app.restarts, _after_failure(app))
kubelet_init = brought_back(inits, inits.restarts, _after_failure(inits))
_misplaced = ~inits.place.equals(inits.name)
_bad_init = _misplaced | kubelet_init.value

kubelet = Decision(
    "the kubelet's check",
    (
        Rule("the Pod's policy is Always", policy.is_(RestartPolicy.Always), Fault.none),
        Rule("some rule restarts all containers", all_could_restart, Fault.none),
        Rule("a container was brought back", app.old.some(kubelet_app.value), Fault.app),
        Rule("status and spec disagree", inits.old.first(_bad_init, _misplaced, FALSE), Fault.mismatch),
        Rule("an init container was brought back", inits.old.some(kubelet_init.value), Fault.init),
        Rule("nothing is wrong", TRUE, Fault.none),
    ),
)
culprit = if_then_else(
    kubelet.value.is_(Fault.app),
    app.old.first(kubelet_app.value, app.name, 0),
    inits.old.first(_bad_init, inits.name, 0),
)
"""The name of the first container that is refused."""

# The API server.

api_app = brought_back(app, app.restarts, all_could_restart)
api_init = brought_back(inits, inits.restarts, all_could_restart)
api_ephemeral = brought_back(ephemeral, restarts=FALSE, tolerated=FALSE)


class Error(StrEnum):
    """Types of validation errors."""

    invalid = "FieldValueInvalid"
    forbidden = "FieldValueForbidden"
    internal = "InternalError"


@dataclass(frozen=True, eq=False)
class Check:
    """`times` errors in `field`, in which {} is the number of the element of `kind`."""

    error: Error
    field: str
    times: Expr[int]
    kind: Kind | None = None


def _once(wrong: Expr[bool]) -> Expr[int]:
    times: Expr[int] = if_then_else(wrong, 1, 0)
    return times


def _refused(entries: Entries, decision: Decision[bool], field: str) -> Check:
    times = if_then_else(decision.value, entries.new.count(entries.runs_again), 0)
    return Check(Error.forbidden, f"status.{field}[{{}}].state", times, entries.old)


qos_old = number("old qosClass")
qos_new = number("new qosClass")
qos: Decision[int] = Decision(
    "qosClass",
    (
        Rule("it is left out", qos_new.is_(0), qos_old),
        Rule("it is given", TRUE, qos_new),
    ),
)
"""podStatusStrategy PrepareForUpdate. What is given must be what it was."""

nominated_old = number("old nominatedNodeName")
nominated_new = number("new nominatedNodeName")
nomination_faults = number("faults of nominatedNodeName", doc="what is wrong with it as a DNS subdomain")
bound = flag("spec.nodeName is set")
_nominates = ~nominated_new.is_(0) & ~nominated_new.equals(nominated_old)

negative_generation = flag("observedGeneration is negative")
condition = Kind("new condition", ordered=True)
condition_faults = number("faults of the type", kind=condition, doc="what is wrong with it as a qualified name")
condition_negative = flag("condition observedGeneration is negative", kind=condition)


class Family(StrEnum):
    v4 = "IPv4"
    v6 = "IPv6"
    none = "no IP address"


@dataclass(frozen=True, eq=False)
class Addresses:
    """podIPs or hostIPs. plain: without leading zeros, and not an IPv4 address written as IPv6."""

    kind: Kind
    text: Variable[int]
    family: Variable[Family]
    plain: Variable[bool]
    old: Kind
    old_text: Variable[int]

    @classmethod
    def of(cls, name: str) -> Addresses:
        kind, old = Kind(f"new {name}", ordered=True), Kind(f"old {name}", ordered=True)
        return cls(
            kind,
            number(f"{kind} address", kind=kind),
            state(f"{kind} family", Family, kind=kind),
            flag(f"{kind} is written plainly", kind=kind),
            old,
            number(f"{old} address", kind=old),
        )

    def checks(self, field: str) -> tuple[Check, ...]:
        """All are plain addresses, or were there before; at most one of each family."""
        several, unclear = self.kind.count(TRUE) > 1, self.kind.some(self.family.is_(Family.none))
        pair = self.kind.some(self.family.is_(Family.v4)) & self.kind.some(self.family.is_(Family.v6)) & ~unclear
        new = self.old.none(self.old_text.equals(self.text))
        return (
            Check(Error.invalid, f"status.{field}[{{}}]", _once(~self.plain & new), self.kind),
            Check(Error.internal, f"status.{field}", _once(several & unclear)),
            Check(Error.invalid, f"status.{field}", _once(several & (~pair | (self.kind.count(TRUE) > 2)))),
        )


pod_ips, host_ips = Addresses.of("podIP"), Addresses.of("hostIP")
host_ip = number("new hostIP")

API_CHECKS = (
    Check(Error.invalid, "status.conditions[{}].observedGeneration", _once(condition_negative), condition),
    Check(Error.invalid, "status.conditions[{}].Type", condition_faults, condition),
    Check(Error.invalid, "status.nominatedNodeName", if_then_else(_nominates, nomination_faults, 0)),
    Check(Error.forbidden, "status.nominatedNodeName", _once(_nominates & bound)),
    Check(Error.invalid, "status.observedGeneration", _once(negative_generation)),
    Check(Error.invalid, "status.qosClass", _once(~qos.value.equals(qos_old))),
    _refused(app, api_app, "containerStatuses"),
    _refused(inits, api_init, "initContainerStatuses"),
    _refused(ephemeral, api_ephemeral, "ephemeralContainerStatuses"),
    *pod_ips.checks("podIPs"),
    Check(
        Error.invalid,
        "status.hostIPs[0].ip",
        _once(host_ips.kind.first(TRUE, ~host_ips.text.equals(host_ip), FALSE)),
    ),
    *host_ips.checks("hostIPs"),
)
"""ValidatePodStatusUpdate: what it reports. The status is accepted if that is nothing."""

KUBELET_REFUSALS = ((app, kubelet_app), (inits, kubelet_init))
API_REFUSALS = ((app, api_app), (inits, api_init), (ephemeral, api_ephemeral))
