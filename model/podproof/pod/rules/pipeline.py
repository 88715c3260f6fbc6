"""pipeline: from the phase that the containers say to the one in the status, its reason, and which conditions stay.

Kubernetes: kubelet generateAPIPodStatus after getPhase; active_deadline ShouldEvict; status
GenerateAllContainersRestartingCondition; the status functions of whoever has a Pod killed (eviction, preemption, node
shutdown), which SyncTerminatingPod calls; rejectPod.

Two statuses may differ: the kubelet's own, of its last sync, and the one in the API.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

from podproof.language import FALSE, TRUE, Expr, disjunction, flag, if_then_else, number, state
from podproof.language.expressions import rewrite
from podproof.pod.rules import conditions, container_status, merge, termination
from podproof.pod.rules import phase as rules
from podproof.pod.rules.decision import Decision, Rule
from podproof.pod.rules.merge import AnyPhase, ConditionType, Fate
from podproof.pod.spec import init, regular
from podproof.pod.states import Phase

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
phase = state("phase of the new status", Phase)

_has_such_a_rule = regular.some(app_restarts_all) | init.some(init_restarts_all)

all_restarting: Decision[AllRestarting] = Decision(
    "AllContainersRestarting",
    (
        Rule("no rule restarts all", ~_has_such_a_rule, AllRestarting.none),
        Rule("the Pod succeeded", phase.is_(Phase.Succeeded), AllRestarting.completed),
        Rule("the Pod failed", phase.is_(Phase.Failed), AllRestarting.failed),
        Rule("a container ended so that all restart", container_status.restarting_all, AllRestarting.true),
        Rule("none did", TRUE, AllRestarting.false),
    ),
)

# Addresses.

_told = conditions.sandbox_ready & conditions.address.is_(conditions.Address.some)

shows_address = conditions.sandbox.first(TRUE, _told, FALSE)
"""podIP and podIPs are those of the newest sandbox, while it is ready."""

# Why a Pod is stopped.


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

had_initialized = flag("the Pod had initialized", doc="`termination.initialized` of the status in the API")


def _in_the_api(node: Expr[Any]) -> Expr[Any] | None:
    return had_initialized if node is termination.initialized.value else None


app_lost: Decision[bool] = replace(
    termination.app_lost,
    rules=tuple(replace(rule, when=rewrite(rule.when, _in_the_api)) for rule in termination.app_lost.rules),
)
"""As in TerminatePod, which looks for what is lost in the kubelet's own status, and in the API for how far it came."""
