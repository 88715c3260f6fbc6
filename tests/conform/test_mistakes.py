"""Nothing in a rule is idle: with a mistake anywhere in it, some record comes out differently.

Records are those of the samples, and some by hand that were read from the source. What none of them shows must be no
mistake: z3 finds no state at all that reads otherwise.
"""

from __future__ import annotations

from functools import cache

import pytest
from podproof.kubernetes.rules import merge
from podproof.kubernetes.rules.records import Match
from podproof.kubernetes.rules.restart import ExitRule, matching
from podproof.language import Expr, number
from podproof.language.expressions import nodes
from podproof.language.meanings.python import compiled

from tests.support.derived import MODULES, NAMES, READS, TRUTHS, is_derived, records_by_hand, records_of_samples
from tests.support.expression_mutants import constants, mutants
from tests.support.mistakes import Asked, Record, asked
from tests.support.samples import spread

BY_HAND = list(records_by_hand())


@pytest.mark.parametrize("record", BY_HAND, ids=lambda record: record.corpus.name)
def test_what_was_not_recorded(record: Record) -> None:
    assert not record.differs(), record.corpus.decide(record.given)


@cache
def everything() -> tuple[Asked, ...]:
    """What records evaluate of the rules."""
    return tuple(one for one in asked([*records_of_samples(), *BY_HAND], READS) if is_derived(one.expr))


WITHIN = {"termination_grace": "stopping", "termination_order": "stopping"}
"""Modules whose rules are parts of another one's, and are examined there."""


@pytest.mark.parametrize("module", [module for module in MODULES if module not in WITHIN])
def test_a_mistake_makes_some_record_differ_or_no_difference(module: str) -> None:
    among = [one for one in everything() if NAMES[id(one.expr)].startswith(f"{module}.")]
    assert among
    left = [
        f"{NAMES[id(one.expr)]}: {what}"
        for one in among
        for what, _ in one.told_apart(one.unseen(spread([*one.mistakes()], 8)), TRUTHS)
    ]
    assert left == []


@pytest.mark.parametrize(("module", "other"), WITHIN.items())
def test_rules_within_others_are_examined_there(module: str, other: str) -> None:
    whole = [one.expr for one in everything() if NAMES[id(one.expr)].startswith(f"{other}.")]
    parts = {id(node) for expr in whole for node in nodes(expr)}
    rules = {name: key in parts for key, name in NAMES.items() if name.startswith(f"{module}.")}
    assert rules and all(rules.values()), rules


def test_without_records_mistakes_are_told_apart_by_z3() -> None:
    one = Asked(merge.copied.value, lambda expr: expr)
    wrong = list(constants(one.expr, merge.Copy))
    same = ("the same", merge.copied.value)
    assert one.unseen([*wrong, same]) == [*wrong, same]
    assert one.told_apart([*wrong, same], TRUTHS) == wrong


LIKE_REGULAR = "no record has ephemeral containers; their rules are those of regular ones, of another kind"
JOINED = "its parts are joined with those of what it is part of, and are examined there"
NOT_ASKED = {
    **{
        f"container_status.extra_rules.{rule}": LIKE_REGULAR
        for rule in ("should_restart", "found", "waits", "state", "previous", "last", "restarts")
    },
    **{
        f"container_status.extra_rules.entry ephemeral container {field}": LIKE_REGULAR
        for field in ("state", "exitCode", "lastState", "lastState exitCode", "ready")
    },
    "init_actions.again": JOINED,
    "merge._announced": JOINED,
    "merge.forced": JOINED,
    "merge.phase": JOINED,
    "phase._restarts_inits": JOINED,
}


def test_records_ask_for_every_expression() -> None:
    """All others are asked for, or are parts of what is."""
    parts = {id(node) for one in everything() for node in nodes(one.expr)}
    assert {name for key, name in NAMES.items() if key not in parts} == set(NOT_ASKED)


# A container's own restartPolicyRules, of which there may be any: one list that has all there is in them.

CODE = number("exit code")
RULES = (
    ExitRule(Match.restart, True, (1, 2)),
    ExitRule(Match.restart_all, False, (3, 4)),
    ExitRule(Match.restart, True, (3,)),
)
ACTIONS = {
    0: Match.restart_all,
    1: Match.restart,
    2: Match.restart,
    3: Match.restart,
    4: Match.none,
    5: Match.restart_all,
}
"""By exit code, read from the source of FindMatchingContainerRestartRule: the first rule that matches."""


def test_a_mistake_in_matching_exit_codes_shows() -> None:
    right = matching(CODE, RULES)

    def actions(expr: Expr[Match]) -> dict[int, Match]:
        decide = compiled(expr)
        return {code: decide({CODE: code}, {}, {}, None) for code in ACTIONS}

    assert actions(right) == ACTIONS
    unseen = [what for what, wrong in (*mutants(right), *constants(right, Match)) if actions(wrong) == ACTIONS]
    assert unseen == []
