"""Questions about whole runs, decided on the packed states of a system of one size.

What every run passes and what never comes back are questions about single states once a history is remembered
(`history`); how long the shortest run is, breadth-first search tells by itself.
"""

from __future__ import annotations

from dataclasses import replace

from podproof.engines import explicit
from podproof.language import System, UnsupportedError
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula, Reachable
from podproof.properties.history import forgotten
from podproof.properties.limits import Limits
from podproof.properties.whole_runs import GraphFormula
from podproof.wording.counting import counted

NEVER_REACHED = "the target is never reached"
"""The reason of an answer that says nothing."""


def check(system: System, formula: GraphFormula, sizes: Sizes, *, limits: Limits | None = None) -> Answer:
    """The verdict for systems of this size. UNKNOWN past a limit, ERROR where there is no initial state.

    An answer for the reason NEVER_REACHED says nothing. Raises DeclarationError for a formula about something that the
    system does not have.
    """
    formula.check_against(system)
    try:
        if formula.length is not None:
            found = begins(_with_all_steps(system, formula), formula, sizes, limits, cone=False)
            return said_of_none(found) if found.trace is None else shortest_is(formula.length, found)
        watching, rule = formula.remembering(system, sizes)
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error), sizes=dict(sizes))
    answer = forgotten(explicit.check(watching, rule, sizes, limits=limits), system)
    if answer.verdict is not Verdict.TRUE:
        return answer
    begun = begins(system, formula, sizes, limits)
    if begun.verdict is Verdict.TRUE:
        return answer
    return begun if begun.verdict is Verdict.UNKNOWN else said_of_none(answer)


def begins(
    system: System, formula: Formula, sizes: Sizes, limits: Limits | None = None, *, cone: bool = True
) -> Answer:
    """TRUE where some run of a system of this size comes to what the formula is about, FALSE where none does."""
    if formula.occasion is None:
        return Answer(Verdict.TRUE, Method.exhaustive, sizes=dict(sizes))
    return explicit.check(system, Reachable(formula.occasion), sizes, limits=limits, cone=cone)


def _with_all_steps(system: System, formula: Formula) -> System:
    """The cone of influence; if time passes in it, with what is due anywhere before that, as each step counts."""
    part = system.cone(formula.expressions())
    if not part.changes_with_time:
        return part
    return system.cone((*formula.expressions(), *(machine.urgent for machine in system.urgent)))


def shortest_is(length: int, found: Answer) -> Answer:
    """What a shortest run to the target says of its length."""
    if found.verdict is not Verdict.TRUE or found.trace is None:
        return found
    if len(found.trace) == length:
        return found
    return replace(found, verdict=Verdict.FALSE, reason=f"the shortest run takes {counted(len(found.trace), 'step')}")


def said_of_none(found: Answer) -> Answer:
    """Where no run comes to what is spoken of; UNKNOWN and ERROR stay as they are."""
    return replace(found, reason=NEVER_REACHED) if found.verdict in (Verdict.TRUE, Verdict.FALSE) else found
