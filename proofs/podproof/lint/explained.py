"""What `podproof lint` may find in what ships, and why it is all right.

What is found must stand here or be mended; what stands here must be found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What `podproof lint` looks for."""

    never_enabled = "never-enabled"
    never_reached = "never-reached"
    redundant_guard = "redundant-guard"
    vacuous_claim = "vacuous-claim"
    trivial_claim = "trivial-claim"
    implied_claim = "implied-claim"
    unneeded_assumption = "unneeded-assumption"
    contradictory_assumptions = "contradictory-assumptions"
    unneeded_explanation = "unneeded-explanation"

    @property
    def meaning(self) -> str:
        return MEANINGS[self]


MEANINGS = {
    Check.never_enabled: "a transition that is never taken",
    Check.never_reached: "a state of a machine that is never reached",
    Check.redundant_guard: "a part of a guard without which every step would be the same",
    Check.vacuous_claim: "a claim of the shape 'if this, then that' of which this never happens",
    Check.trivial_claim: "a claim that holds whatever the machines do",
    Check.implied_claim: "a claim that says nothing beyond another one",
    Check.unneeded_assumption: "an assumption that no claim needs",
    Check.contradictory_assumptions: "assumptions under which nothing can begin",
    Check.unneeded_explanation: "an explanation of what is not found",
}


@dataclass(frozen=True)
class Explanation:
    """Why findings are all right. subjects: of which, with * for any words; at least one of them is found."""

    check: Check
    subjects: str
    reason: str


COPIES = ("* record", "* container status", "* reason", "* Initialized")

EXPLAINED: tuple[Explanation, ...] = (
    Explanation(
        Check.never_enabled,
        "local phase: reaction to *",
        "One arrow is declared for each phase, so that a diagram shows them; the rule computes which of them is taken.",
    ),
    Explanation(
        Check.redundant_guard,
        "object: delete *",
        "Said for readers of one arrow: `transitions` takes the first that can be, so what excludes an earlier one "
        "changes nothing.",
    ),
    Explanation(
        Check.redundant_guard,
        "object: podgc: delete *",
        "Said for readers of one arrow: the arrow before it is taken where there is a finalizer.",
    ),
    Explanation(
        Check.redundant_guard,
        "local phase: reaction to *",
        "One arrow for each phase: where all the others are excluded, the last one needs no condition of its own.",
    ),
    Explanation(
        Check.redundant_guard,
        "api phase: publish the status *",
        "Before there is a worker both copies say Pending: then only the arrow to Pending needs the worker.",
    ),
    # The copies of the status: one arrow for each value that a rule can give.
    *(
        Explanation(
            Check.redundant_guard,
            f"{machine}: reaction to *",
            "An arrow for each value has one condition: that the rule gives this value. It needs none where all others "
            "are excluded, or never come up.",
        )
        for machine in COPIES
    ),
    Explanation(
        Check.never_enabled,
        "*container record: reaction to restart* (1)",
        "What is started again has ended: only a first start has no end before it.",
    ),
    Explanation(
        Check.never_enabled,
        "init container record: reaction to start init ([23])",
        "What is started, and not started again, has no end before it, or one that was purged with its sandbox.",
    ),
    Explanation(
        Check.never_enabled,
        "local container status: reaction to * (5)",
        "Only TerminatePod writes ContainerStatusUnknown, and after it no status is generated.",
    ),
    Explanation(
        Check.never_enabled,
        "local init container status: reaction to * (6)",
        "Only TerminatePod writes ContainerStatusUnknown, and after it no status is generated.",
    ),
    *(
        Explanation(
            Check.never_enabled,
            f"local {what}container status: reaction to find it {found} ([{others}])",
            "A Pod that a kubelet finds like this at first sight has started nothing: everything waits.",
        )
        for what, others in (("", "23456"), ("init ", "234567"))
        for found in ("deleting", "ended")
    ),
    Explanation(
        Check.never_enabled,
        "local container status: reaction to find all containers stopped (2)",
        "Nothing runs when all have stopped.",
    ),
    Explanation(
        Check.never_enabled,
        "local init container status: reaction to find all containers stopped ([23])",
        "Nothing runs, or starts up, when all have stopped.",
    ),
    Explanation(
        Check.never_enabled,
        "local container status: reaction to clean up (2)",
        "Nothing runs when the Pod is cleaned up.",
    ),
    Explanation(
        Check.never_enabled,
        "local init container status: reaction to clean up (7)",
        "What backs off began: then TerminatePod writes ContainerStatusUnknown over it.",
    ),
    Explanation(
        Check.never_enabled,
        "local init container status: reaction to clean up ([23])",
        "Nothing runs, or starts up, when the Pod is cleaned up.",
    ),
    Explanation(
        Check.never_enabled,
        "api container status: reaction to publish the status (3)",
        "Only sidecars are shown as starting: the startup probes of regular containers are not in the model.",
    ),
    *(
        Explanation(
            Check.never_reached,
            f"{copy} container status: starting",
            "Only sidecars are shown as starting: the startup probes of regular containers are not in the model.",
        )
        for copy in ("local", "api")
    ),
    Explanation(
        Check.never_enabled,
        "local reason: reaction to * (6)",
        "A rejected Pod has no worker that could generate a status.",
    ),
    *(
        Explanation(
            Check.never_enabled,
            f"local reason: reaction to {event} ([234])",
            "After a kill the worker terminates the Pod: it neither syncs any more nor looks at it anew.",
        )
        for event in ("sync", "find all containers done", "find it deleting", "see a terminal phase", "find it ended")
    ),
    *(
        Explanation(
            Check.never_enabled,
            f"local reason: reaction to {event} (5)",
            "A sync that finds the deadline passed is the one that ends the stage; at first sight no clock has run.",
        )
        for event in ("sync", "find it deleting", "find it ended")
    ),
    Explanation(
        Check.implied_claim,
        "one-init-at-a-time by init-in-order",
        "It follows, and people ask for it in these words.",
    ),
    Explanation(
        Check.implied_claim,
        "failed-init-blocks by containers-after-init",
        "It follows, and people ask for it in these words.",
    ),
    Explanation(
        Check.implied_claim,
        "failing-init-never-runs-app by containers-after-init",
        "It follows, and people ask for it in these words.",
    ),
)
