"""What `podproof lint` looks for, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.findings.finding import Rule
from podproof.findings.ignores import UNNEEDED_IGNORE

NEVER_ENABLED = Rule("never-enabled", "a transition that is never taken")
NEVER_REACHED = Rule("never-reached", "a state of a machine that is never reached")
REDUNDANT_GUARD = Rule("redundant-guard", "a part of a guard without which every step would be the same")
VACUOUS_CLAIM = Rule("vacuous-claim", "a claim of the shape 'if this, then that' of which this never happens")
TRIVIAL_CLAIM = Rule("trivial-claim", "a claim that holds whatever the machines do")
IMPLIED_CLAIM = Rule("implied-claim", "a claim that says nothing beyond another one")
UNNEEDED_ASSUMPTION = Rule("unneeded-assumption", "an assumption that no claim needs")
CONTRADICTORY_ASSUMPTIONS = Rule("contradictory-assumptions", "assumptions under which nothing can begin")

RULES = (
    NEVER_ENABLED,
    NEVER_REACHED,
    REDUNDANT_GUARD,
    VACUOUS_CLAIM,
    TRIVIAL_CLAIM,
    IMPLIED_CLAIM,
    UNNEEDED_ASSUMPTION,
    CONTRADICTORY_ASSUMPTIONS,
    UNNEEDED_IGNORE,
)
BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}
