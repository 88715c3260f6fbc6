"""effective_grace: how long a Pod has got that is to be stopped (pod worker calculateEffectiveGracePeriod).

The worker asks again with every update while the Pod is being stopped, and remembers what it got: who asks for less
gets it, who asks for more does not. All lengths are in whole seconds.
"""

from __future__ import annotations

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.seconds import Seconds
from podproof.language import TRUE, Expr, if_then_else, larger, number

MINIMUM = 1
"""In seconds. Nobody gets less from the worker."""

before = number("grace period so far", 0, doc="in seconds; 0 while nobody has asked")
deletion = Seconds.of("deletionGracePeriodSeconds")
override = Seconds.of("gracePeriodOverride")
own = Seconds.of("spec.terminationGracePeriodSeconds")


def shortened(grace: Expr[int], request: Seconds) -> Expr[int]:
    """After 0 seconds any request counts, after others a shorter one."""
    counts = request.given & (grace.is_(0) | (request.value < grace))
    shorter: Expr[int] = if_then_else(counts, request.value, grace)
    return shorter


_requested = shortened(shortened(before, deletion), override)
_asked_for = before.is_not(0) | deletion.given | override.given

granted = Decision(
    "gracePeriodSeconds",
    (
        Rule("somebody asked for it", _asked_for, _requested),
        Rule("nobody asked, but the Pod says", own.given, own.value),
        Rule("nobody says", TRUE, MINIMUM),
    ),
)

effective = larger(granted.value, MINIMUM)
"""In seconds; what the worker remembers, and what the containers get."""

changed = before.is_not(0) & ~before.equals(effective)
"""Containers that are being stopped are told again."""
