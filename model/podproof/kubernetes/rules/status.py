"""status: a new status of a Pod, stage by stage (kubelet generateAPIPodStatus).

First the statuses of the containers, then the phase that they say, the phase and reason of the status, what the probes
say, and the conditions. A stage reads what those before it have set. So getPhase sees `started` as it was before.

Kubernetes: also active_deadline ShouldEvict and status GenerateAllContainersRestartingCondition. Two statuses may
differ: the kubelet's own, of its last sync, and the one in the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.rules import conditions, container_status, merge, probes
from podproof.kubernetes.rules import phase as rules
from podproof.kubernetes.rules.conditions import ConditionStatus
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.merge import AnyPhase, ConditionType, Fate
from podproof.kubernetes.rules.records import Started
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import FALSE, TRUE, Expr, Variable, disjunction, flag, if_then_else, number, state

# Phase and reason.

computed = state("computed phase", Phase, doc="getPhase")
local_phase = state("phase before", AnyPhase, doc="in the kubelet's own status")
api_phase = state("phase in the API", AnyPhase)
local_reason = flag("there was a reason before", doc="in the kubelet's own status")

limited = flag("spec.activeDeadlineSeconds is set")
limit = number("spec.activeDeadlineSeconds")
has_start = flag("status.startTime is set")
elapsed = number("seconds since status.startTime")


class ReasonFrom(StrEnum):
    """Where the status's reason comes from; the message comes from the same place."""

    deadline = "DeadlineExceeded"
    local = "as before"
    api = "as in the API"
    none = "none"


def ended(phase: Expr[AnyPhase]) -> Expr[Phase]:
    """A terminal phase as it is."""
    either: Expr[Phase] = if_then_else(phase.is_(AnyPhase.Failed), Phase.Failed, Phase.Succeeded)
    return either


deadline: Decision[bool] = Decision(
    "the Pod was active for too long",
    (
        Rule("there is no deadline", ~limited, FALSE),
        Rule("it has not started", ~has_start, FALSE),
        Rule("the deadline counts", TRUE, elapsed >= limit),
    ),
)
"""pastActiveDeadline."""

_had_ended, _api_ended = merge.terminal(local_phase), merge.terminal(api_phase)
kept = rules.kept(computed, _had_ended, ended(local_phase), _api_ended, ended(api_phase))
final = rules.final(kept.value, _api_ended, ended(api_phase), deadline.value)

_same = disjunction(*(kept.value.is_(phase) & local_phase.is_(AnyPhase(phase)) for phase in Phase))

reason: Decision[ReasonFrom] = Decision(
    "reason",
    (
        Rule("it was active for too long", deadline.value, ReasonFrom.deadline),
        Rule("another phase", ~_same, ReasonFrom.none),
        Rule("the same phase", local_reason, ReasonFrom.local),
        Rule("the same phase, which had no reason", TRUE, ReasonFrom.api),
    ),
)

# Conditions. merge.old: those in the API; merge.new: those of the kubelet's own status.

_disruption = ConditionType.disruption_target

fate: Decision[Fate] = Decision(
    "condition",
    (
        Rule("the kubelet writes it anew", merge.owned(merge.old.type), Fate.dropped),
        Rule(
            "the kubelet has one of its own",
            merge.old.first(_disruption) & merge.new.kind.some(merge.shared(merge.new.type)),
            Fate.replaced,
        ),
        Rule("it is someone else's", TRUE, Fate.kept),
    ),
)

adds_disruption: Decision[bool] = Decision(
    "DisruptionTarget is added",
    (
        Rule("the API has one", merge.old.kind.some(merge.shared(merge.old.type)), FALSE),
        Rule("the API has none", TRUE, merge.new.kind.some(merge.shared(merge.new.type))),
    ),
)


class AllRestarting(StrEnum):
    """The condition AllContainersRestarting, with its reason; `none`: there is no such condition."""

    none = "none"
    completed = "False/PodCompleted"
    failed = "False/PodFailed"
    true = "True/RestartAllContainersStarted"
    false = "False"


app_restarts_all = flag("container has a rule that restarts all", kind=regular)
init_restarts_all = flag("init container has a rule that restarts all", kind=init)
_has_such_a_rule = regular.some(app_restarts_all) | init.some(init_restarts_all)

all_restarting: Decision[AllRestarting] = Decision(
    "AllContainersRestarting",
    (
        Rule("no rule restarts all", ~_has_such_a_rule, AllRestarting.none),
        Rule("the Pod succeeded", conditions.phase.is_(Phase.Succeeded), AllRestarting.completed),
        Rule("the Pod failed", conditions.phase.is_(Phase.Failed), AllRestarting.failed),
        Rule("a container ended so that all restart", container_status.restarting_all, AllRestarting.true),
        Rule("none did", TRUE, AllRestarting.false),
    ),
)

# Addresses.

_told = conditions.sandbox_ready & conditions.address.is_(conditions.Address.some)

shows_address = conditions.sandbox.first(TRUE, _told, FALSE)
"""podIP and podIPs are those of the newest sandbox, while it is ready."""


# The stages.


@dataclass(frozen=True, eq=False)
class Stage:
    """What is set at once, each from what was there before the stage."""

    name: str
    sets: Mapping[Variable[Any], Decision[Any] | Expr[Any]]


reason_from = state("the reason comes from", ReasonFrom)
fates = state("what becomes of it", Fate, kind=merge.old.kind)
disruption_added = flag("DisruptionTarget comes along")
restarting = state("condition AllContainersRestarting", AllRestarting)
address_shown = flag("there is an address")
needs_sandbox = flag("PodReadyToStartContainers is False")
verdicts = {
    which: state(f"condition {which}", ConditionStatus) for which in ("Initialized", "ContainersReady", "Ready")
}

GROUPS = (container_status.app_rules, container_status.init_rules, container_status.extra_rules)
_PROBED = (probes.app, probes.inits)
has_started = {kind: flag(f"{kind} has started", kind=kind) for kind in (regular, init)}


STATUSES = Stage(
    "containers",
    {
        **{to: made for group in GROUPS for to, made in group.decisions.items()},
        rules.initialized: container_status.initialized,
    },
)
ENTRIES = Stage("container statuses", {to: made for group in GROUPS for to, made in group.entry.items()})
COMPUTED = Stage("phase of the containers", {computed: rules.recorded})
PHASE = Stage("phase and reason", {conditions.phase: final, reason_from: reason})
PROBES = Stage(
    "probes",
    {
        **{has_started[one.record.kind]: one.started for one in _PROBED},
        **{one.record.ready: one.ready for one in _PROBED},
    },
)
STARTED = Stage(
    "started",
    {one.record.started: if_then_else(has_started[one.record.kind], Started.yes, Started.no) for one in _PROBED},
)
CONDITIONS = Stage(
    "conditions",
    {
        fates: fate,
        disruption_added: adds_disruption,
        needs_sandbox: conditions.recorded_sandbox_changed,
        verdicts["Initialized"]: conditions.recorded_initialized,
        restarting: all_restarting,
        address_shown: shows_address,
    },
)
READY = Stage(
    "ready conditions",
    {
        verdicts["Ready"]: conditions.recorded_ready,
        verdicts["ContainersReady"]: conditions.recorded_containers_ready,
    },
)
"""After the other conditions, since readiness gates may ask for them."""

STAGES = (STATUSES, ENTRIES, COMPUTED, PHASE, PROBES, STARTED, CONDITIONS, READY)
