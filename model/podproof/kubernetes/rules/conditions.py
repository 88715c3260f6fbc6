"""conditions: Initialized, ContainersReady, Ready and PodReadyToStartContainers (kubelet status/generate.go).

Abstracted away: messages, which name the containers that are unknown or not ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import records
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Started, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, regular
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import FALSE, TRUE, Expr, Kind, flag, state


class ConditionStatus(StrEnum):
    """A condition's status and the reason that goes with it."""

    true = "True"
    true_completed = "True/PodCompleted"
    false = "False"
    completed = "False/PodCompleted"
    failed = "False/PodFailed"
    unknown_statuses = "False/UnknownContainerStatuses"
    not_initialized = "False/ContainersNotInitialized"
    not_ready = "False/ContainersNotReady"
    gates_not_ready = "False/ReadinessGatesNotReady"


POSITIVE = (ConditionStatus.true, ConditionStatus.true_completed)


@dataclass(frozen=True, eq=False)
class Regular:
    """What conditions ask of a regular container. began: its status says running or terminated."""

    known: Expr[bool]
    ready: Expr[bool]
    began: Expr[bool]


@dataclass(frozen=True, eq=False)
class Init:
    """What they ask of an init container: done, or started where it is a sidecar."""

    known: Expr[bool]
    done: Expr[bool]
    sidecar: Expr[bool] = FALSE
    ready: Expr[bool] = FALSE


def initialized(
    apps: Regular, inits: Init, phase: Expr[Phase], *, statuses: Expr[bool] = TRUE, was: Expr[bool] = FALSE
) -> Decision[ConditionStatus]:
    """GeneratePodInitializedCondition. statuses: there are any; was: the condition was True before, and is kept."""
    some_init = init.some(TRUE)
    unknown = init.some(~inits.known)
    incomplete = init.some(inits.known & ~inits.done)
    return Decision(
        "Initialized",
        (
            Rule("there are no statuses", ~statuses & some_init, ConditionStatus.unknown_statuses),
            Rule("the Pod succeeded", phase.is_(Phase.Succeeded) & ~unknown, ConditionStatus.true_completed),
            Rule("a regular container began", regular.some(apps.began), ConditionStatus.true),
            Rule("it was initialized before", was, ConditionStatus.true),
            Rule("an init container is not done", unknown | incomplete, ConditionStatus.not_initialized),
            Rule("every init container is done", TRUE, ConditionStatus.true),
        ),
    )


def containers_ready(
    apps: Regular, inits: Init, phase: Expr[Phase], *, statuses: Expr[bool] = TRUE
) -> Decision[ConditionStatus]:
    """GenerateContainersReadyCondition: regular containers and sidecars count."""
    unknown = regular.some(~apps.known) | init.some(inits.sidecar & ~inits.known)
    unready = regular.some(apps.known & ~apps.ready) | init.some(inits.sidecar & inits.known & ~inits.ready)
    return Decision(
        "ContainersReady",
        (
            Rule("there are no statuses", ~statuses, ConditionStatus.unknown_statuses),
            Rule("the Pod succeeded", phase.is_(Phase.Succeeded) & ~unknown, ConditionStatus.completed),
            Rule("the Pod failed", phase.is_(Phase.Failed), ConditionStatus.failed),
            Rule("a container is unknown or not ready", unknown | unready, ConditionStatus.not_ready),
            Rule("all are ready", TRUE, ConditionStatus.true),
        ),
    )


def pod_ready(containers: Expr[ConditionStatus], gates: Expr[bool] = TRUE) -> Decision[ConditionStatus]:
    """GeneratePodReadyCondition. gates: the condition of every readiness gate is True."""
    return Decision(
        "Ready",
        (
            Rule("ContainersReady is not True", containers.is_not(*POSITIVE), containers),
            Rule("a readiness gate is not True", ~gates, ConditionStatus.gates_not_ready),
            Rule("all are True", TRUE, ConditionStatus.true),
        ),
    )


# From records.


class Network(StrEnum):
    """The network namespace of a sandbox, and the one that the spec asks for."""

    pod = "POD"
    node = "NODE"


class Address(StrEnum):
    """The sandbox's network status: an address, an empty one, or none was reported."""

    some = "an address"
    empty = "no address"
    unreported = "unreported"


phase = state("status.phase", Phase)
has_statuses = flag("there are container statuses")
was_initialized = flag("Initialized was True", doc="in the status so far")
gate = Kind("readiness gate", ordered=True)
gate_true = flag("gate is True", kind=gate)
host_network = flag("spec.hostNetwork")
sandbox = Kind("sandbox", ordered=True)
"""Newest first."""
sandbox_ready = flag("sandbox is ready", kind=sandbox)
network = state("network namespace", Network, kind=sandbox)
address = state("address", Address, kind=sandbox)


ANOTHER_NETWORK = "its network namespace is another one"


def sandbox_changed() -> Decision[bool]:
    """kuberuntime PodSandboxChanged: does the Pod need another sandbox?"""
    newest_ready = sandbox.first(TRUE, sandbox_ready, FALSE)
    same_network = sandbox.first(TRUE, network.is_(Network.node), FALSE).equals(host_network)
    no_address = ~host_network & sandbox.first(TRUE, address.is_(Address.empty), FALSE)
    return Decision(
        "sandbox changed",
        (
            Rule("several are ready", sandbox.count(sandbox_ready) > 1, TRUE),
            Rule("there is none, or the newest is not ready", ~newest_ready, TRUE),
            Rule(ANOTHER_NETWORK, ~same_network, TRUE),
            Rule("it has no address", no_address, TRUE),
            Rule("it can be used", TRUE, FALSE),
        ),
    )


def regular_record(record: records.Record) -> Regular:
    began = record.state.is_(State.running, State.terminated)
    return Regular(record.mentioned, record.ready, record.mentioned & began)


def init_record(record: records.Record) -> Init:
    sidecar = record.policy.is_(ContainerPolicy.Always)
    done = sidecar & record.started.is_(Started.yes) | ~sidecar & record.ready
    return Init(record.mentioned, done, sidecar, record.ready)


_apps, _inits = regular_record(records.app), init_record(records.inits)
recorded_initialized = initialized(_apps, _inits, phase, statuses=has_statuses, was=was_initialized)
recorded_containers_ready = containers_ready(_apps, _inits, phase, statuses=has_statuses)
gates_true = gate.all(gate_true)
recorded_ready = pod_ready(recorded_containers_ready.value, gates_true)
recorded_sandbox_changed = sandbox_changed()
