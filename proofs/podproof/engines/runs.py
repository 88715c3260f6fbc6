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
from podproof.properties.formulas import GraphFormula, Passes, Reachable, Shortest
from podproof.properties.history import as_safety_of, forgotten
from podproof.properties.limits import Limits
from podproof.wording.counting import counted

NEVER_REACHED = "the target is never reached"
"""The reason of an answer that says nothing."""


def check(system: System, formula: GraphFormula, sizes: Sizes, limits: Limits | None = None) -> Answer:
    """The verdict for systems of this size. UNKNOWN past a limit, ERROR where there is no initial state.

    An answer for the reason NEVER_REACHED says nothing. Raises DeclarationError for a formula about something that the
    system does not have.
    """
    formula.check_against(system)
    try:
        if isinstance(formula, Shortest):
            return _shortest(system, formula, sizes, limits)
        watching, rule = as_safety_of(system, formula, sizes)
    except UnsupportedError as error:
        return Answer(Verdict.UNKNOWN, Method.exhaustive, str(error), sizes=dict(sizes))
    answer = forgotten(explicit.check(watching, rule, sizes, limits=limits), system)
    if answer.verdict is not Verdict.TRUE:
        return answer
    begun = begins(system, formula, sizes, limits)
    if begun.verdict is Verdict.TRUE:
        return answer
    return begun if begun.verdict is Verdict.UNKNOWN else replace(answer, reason=NEVER_REACHED)


def begins(system: System, formula: GraphFormula, sizes: Sizes, limits: Limits | None = None) -> Answer:
    """TRUE where some run of a system of this size comes to what the formula is about, FALSE where none does."""
    if isinstance(formula, Passes | Shortest):
        return explicit.check(system, Reachable(formula.target), sizes, limits=limits)
    return Answer(Verdict.TRUE, Method.exhaustive, sizes=dict(sizes))


def _shortest(system: System, formula: Shortest, sizes: Sizes, limits: Limits | None) -> Answer:
    found = begins(system, formula, sizes, limits)
    if found.trace is None:
        return found if found.verdict is not Verdict.FALSE else replace(found, reason=NEVER_REACHED)
    if found.verdict is not Verdict.TRUE:
        return found
    return shortest_is(formula, found)


def shortest_is(formula: Shortest, found: Answer) -> Answer:
    """What a shortest run to the target says of the formula."""
    assert found.trace is not None
    if len(found.trace) == formula.steps:
        return replace(found, verdict=Verdict.TRUE)
    return replace(found, verdict=Verdict.FALSE, reason=f"the shortest run takes {counted(len(found.trace), 'step')}")
