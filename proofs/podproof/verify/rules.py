"""What `podproof verify` looks for, in the order in which it is told; docs/verify.md says more of each."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.findings.finding import Rule

UNKNOWN_STATE = Rule("unknown-state", "a transition names a state that the machine does not have")
UNREACHABLE = Rule("unreachable", "a state that no run from the initial state comes to")
DEADLOCK = Rule("deadlock", "a state that is no end and that no event leads out of")
TRAP = Rule("trap", "several states, none of them an end, that only lead to each other")
SHADOWED = Rule("shadowed", "a transition that can never fire because earlier ones always do")
CONTRADICTION = Rule("contradiction", "a transition that asks for a condition and for its opposite")
NONDETERMINISM = Rule(
    "nondeterminism", "two transitions of which only the order of declaration decides which one fires"
)
IDLE_EVENT = Rule("idle-event", "an event that changes no state and runs no callback")
RAISES = Rule("raises", "transitions itself raises an error when the event fires")

RULES = (
    UNKNOWN_STATE,
    UNREACHABLE,
    DEADLOCK,
    TRAP,
    SHADOWED,
    CONTRADICTION,
    NONDETERMINISM,
    IDLE_EVENT,
    RAISES,
)
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
