"""merge: what is sent to the API, of the status it has (old) and the one that the kubelet holds (new).

Kubernetes: status manager mergePodStatus, types PodConditionByKubelet and PodConditionSharedByKubelet. Everything that
is not said here comes from the kubelet's status.

Abstracted away: transition times; feature gates, which are as in 1.36 (a type of condition is the kubelet's or not).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from podproof.kubernetes.rules.conditions import ConditionStatus
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, flag, if_then_else, state

P = TypeVar("P", bound=StrEnum)


class AnyPhase(StrEnum):
    """status.phase as written, which may be any text."""

    Pending = "Pending"
    Running = "Running"
    Succeeded = "Succeeded"
    Failed = "Failed"
    other = "any other"


class ConditionType(StrEnum):
    """conditions[].type: those that the kubelet looks for, or any other."""

    scheduled = "PodScheduled"
    ready = "Ready"
    initialized = "Initialized"
    containers_ready = "ContainersReady"
    ready_to_start = "PodReadyToStartContainers"
    resize_pending = "PodResizePending"
    resize_in_progress = "PodResizeInProgress"
    all_restarting = "AllContainersRestarting"
    disruption_target = "DisruptionTarget"
    other = "any other"


class Copy(StrEnum):
    old = "the API's"
    new = "the kubelet's"


class Fate(StrEnum):
    """What becomes of a condition. replaced: by the first of its type in the other status; negated: see `negated`."""

    kept = "kept"
    dropped = "dropped"
    replaced = "replaced"
    negated = "negated"


OF_OTHERS = ("resourceClaimStatuses", "extendedResourceClaimStatus", "nodeAllocatableResourceClaimStatuses")
"""Fields that the kubelet never changes."""

WITHHELD = ("phase", "reason", "message")
"""Fields that stay as they are while a terminal phase is withheld."""


def terminal(phase: Expr[AnyPhase]) -> Expr[bool]:
    """IsPodPhaseTerminal."""
    return phase.is_(AnyPhase.Succeeded, AnyPhase.Failed)


def ends(was_terminal: Expr[bool], is_terminal: Expr[bool]) -> Expr[bool]:
    """The phase becomes terminal with this write."""
    return ~was_terminal & is_terminal


def withheld(was_terminal: Expr[bool], is_terminal: Expr[bool], may_run: Expr[bool]) -> Expr[bool]:
    """A terminal phase waits while some container of the Pod may still run."""
    return ends(was_terminal, is_terminal) & may_run


def merged(is_withheld: Expr[bool], old: Expr[P], new: Expr[P]) -> Expr[P]:
    """The phase that is sent."""
    merged_phase: Expr[P] = if_then_else(is_withheld, old, new)
    return merged_phase


def owned(kind_of: Expr[ConditionType]) -> Expr[bool]:
    """PodConditionByKubelet."""
    return kind_of.is_not(ConditionType.disruption_target, ConditionType.other)


def shared(kind_of: Expr[ConditionType]) -> Expr[bool]:
    """PodConditionSharedByKubelet."""
    return kind_of.is_(ConditionType.disruption_target)


@dataclass(frozen=True, eq=False)
class Conditions:
    """The conditions of one status, in order."""

    kind: Kind
    type: Variable[ConditionType]
    true: Variable[bool]

    @classmethod
    def of(cls, copy: str) -> Conditions:
        kind = Kind(f"{copy} condition", ordered=True)
        return cls(
            kind,
            state(f"{copy} condition type", ConditionType, kind=kind),
            flag(f"{copy} condition is True", kind=kind),
        )

    def first(self, which: ConditionType) -> Expr[bool]:
        """Of one condition: it is the first of that type."""
        is_it = self.type.is_(which)
        return is_it & self.kind.none(is_it, Scope.earlier)


old_phase = state("old phase", AnyPhase, doc="in the API")
new_phase = state("new phase", AnyPhase, doc="in the kubelet")
may_run = flag("couldHaveRunningContainers")
old, new = Conditions.of("old"), Conditions.of("new")

_withheld = withheld(terminal(old_phase), terminal(new_phase), may_run)
_announced = ends(terminal(old_phase), terminal(new_phase)) & ~may_run
phase = merged(_withheld, old_phase, new_phase)

_claims_ready = tuple(
    new.kind.first(new.type.is_(which), new.true, FALSE)
    for which in (ConditionType.ready, ConditionType.containers_ready)
)
forced = terminal(phase) & (_claims_ready[0] | _claims_ready[1])
"""A terminal phase never goes with Ready or ContainersReady: if one of them is True, both are written anew."""

negated = if_then_else(phase.is_(AnyPhase.Failed), ConditionStatus.failed, ConditionStatus.completed)
"""What is written for both then (GenerateContainersReadyConditionForTerminalPhase and its sibling)."""

copied = Decision(
    "phase, reason and message",
    (
        Rule("containers may still run", _withheld, Copy.old),
        Rule("nothing is withheld", TRUE, Copy.new),
    ),
)

old_fate = Decision(
    "old condition",
    (
        Rule("the kubelet owns it", owned(old.type), Fate.dropped),
        Rule(
            "the kubelet has a newer one, to be told with the terminal phase",
            old.first(ConditionType.disruption_target) & _announced & new.kind.some(shared(new.type)),
            Fate.replaced,
        ),
        Rule("it is someone else's", TRUE, Fate.kept),
    ),
)

new_fate = Decision(
    "new condition",
    (
        Rule(
            "a terminal phase and a Pod that is ready",
            forced & (new.first(ConditionType.ready) | new.first(ConditionType.containers_ready)),
            Fate.negated,
        ),
        Rule("the kubelet owns it", owned(new.type), Fate.kept),
        Rule(
            "told with the terminal phase, and new to the API",
            new.first(ConditionType.disruption_target) & _announced & old.kind.none(shared(old.type)),
            Fate.kept,
        ),
        Rule("it is someone else's, or not to be told now", TRUE, Fate.dropped),
    ),
)


def added(which: ConditionType) -> Decision[bool]:
    """Is a condition of this type added at the end?"""
    return Decision(
        f"{which} is added",
        (
            Rule("no condition says that it is ready", ~forced, FALSE),
            Rule("there is one", new.kind.some(new.type.is_(which)), FALSE),
            Rule("a terminal phase and a Pod that is ready", TRUE, TRUE),
        ),
    )


ADDED = {which: added(which) for which in (ConditionType.containers_ready, ConditionType.ready)}
"""In the order in which they are added."""
