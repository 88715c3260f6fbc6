"""What is TRUE about time only if time goes on: asked of the part of the system that the answer is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from podproof.check.question import Question
from podproof.check.ways import Means
from podproof.engines import time_lock
from podproof.engines.sizes import sizes_up_to
from podproof.language import Kind, System, tick
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula

NOT_SHOWN = "it is not shown that time goes on, and where it does not, whatever comes in time comes so"


Decide = Callable[[System, Formula, str], Answer]
"""Any formula about a system; what it says names its proof."""


def if_time_goes_on(question: Question, answer: Answer, means: Means, decide: Decide) -> Answer:
    """The answer itself, unless it says something of all runs of a system in which time may stop."""
    of_all_runs = Verdict.FALSE if question.wants_witness else Verdict.TRUE
    if answer.verdict is not of_all_runs or not question.watched.timed:
        return answer
    events, part = question.rule.events(), _part(question)
    if not part.changes_with_time and not any(event is tick for event in events):
        return answer  # time has nothing to do with it
    sizes = _sizes(part, answer)
    for each in sizes:
        found = time_lock.check(part, each, limits=means.limits)
        if found.verdict is Verdict.ERROR:
            return found
        if found.verdict is Verdict.UNKNOWN:
            if answer.method is not Method.proved:
                return replace(found, reason=f"{NOT_SHOWN}: {found.reason}")
            break
    else:
        if sizes:
            return answer
    return answer if _is_shown(question, decide) else Answer(Verdict.UNKNOWN, answer.method, NOT_SHOWN)


def _sizes(part: System, answer: Answer) -> list[dict[Kind, int]]:
    """Those that the answer is about, as far as they tell parts apart; none where it is about all."""
    if not part.kinds:
        return [{}]
    return [] if answer.sizes is None else sizes_up_to(part, {kind: answer.sizes.get(kind, 0) for kind in part.kinds})


def asked(question: Question) -> list[tuple[System, Formula, str]]:
    """What shows, of every number of elements and for all values of fields, that time goes on: formulas about systems,
    and in words what they say. None where formulas cannot say it."""
    part = _part(question)
    found = [(part, time_lock.somebody_can(part), "somebody can do what is due")]
    if not part.kinds:
        return [*found, (*time_lock.is_soon_done(part), "what is due is soon done")]
    formulas = time_lock.makes_nothing_due(part)
    if formulas is None:
        return []
    whole = replace(part, keep=None)  # an event may depend on more than what is due by it
    return [*found, *((whole, rule, f"nothing is made due ({number})") for number, rule in enumerate(formulas, 1))]


def _part(question: Question) -> System:
    return question.watched.cone(question.rule.expressions(), question.rule.events())


def _is_shown(question: Question, decide: Decide) -> bool:
    formulas = asked(question)
    return bool(formulas) and all(decide(*each).verdict is Verdict.TRUE for each in formulas)
