"""What is TRUE about time only if time goes on: asked of the part of the system that the answer is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from podproof.check.question import Question
from podproof.check.ways import Means
from podproof.engines import time_lock
from podproof.language import System
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula

NOT_SHOWN = "it is not shown that time goes on, and where it does not, whatever comes in time comes so"


Decide = Callable[[System, Formula, str], Answer]
"""Any formula about a system; what it says names its proof."""


def if_time_goes_on(question: Question, answer: Answer, means: Means, decide: Decide) -> Answer:
    """The answer itself, unless it is TRUE of a system in which time may stop."""
    if answer.verdict is not Verdict.TRUE or not question.watched.timed or question.wants_witness:
        return answer
    part = question.watched.cone(question.rule.expressions(), question.rule.events())
    if not any(each.variable in part.variables for machine in part.machines for each in machine.clocks):
        return answer  # no clock has to do with it
    sizes = {} if not part.kinds else answer.sizes
    found = None if sizes is None else time_lock.check(part, sizes, limits=means.limits)
    if found is not None and (found.verdict is not Verdict.UNKNOWN or answer.method is not Method.proved):
        return _as_found(answer, found)
    return answer if _is_shown(part, decide) else Answer(Verdict.UNKNOWN, answer.method, NOT_SHOWN)


def _is_shown(part: System, decide: Decide) -> bool:
    asked = [(part, time_lock.somebody_can(part), "somebody can do what is due")]
    if part.kinds:
        formulas = time_lock.makes_nothing_due(part)
        if formulas is None:
            return False
        asked += [(part, rule, f"nothing is made due ({number})") for number, rule in enumerate(formulas, 1)]
    else:
        asked.append((*time_lock.is_soon_done(part), "what is due is soon done"))
    return all(decide(*each).verdict is Verdict.TRUE for each in asked)


def _as_found(answer: Answer, found: Answer) -> Answer:
    if found.verdict is Verdict.TRUE:
        return answer
    return replace(found, reason=f"{NOT_SHOWN}: {found.reason}") if found.verdict is Verdict.UNKNOWN else found
