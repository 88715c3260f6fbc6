"""Systems that do not move: is there a state that breaks a formula? One question to z3 for each size.

Rules over given fields are such systems: their variables are frozen and any value is possible, also of unbounded
numbers, which no exploration could go through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import z3
from podproof.engines.terms import Terms, ask, member, value
from podproof.language import ANY, FALSE, Expr, System, Variable, conjunction
from podproof.language.domains import Integers
from podproof.language.flat import FlatSystem, Sizes, expand
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Always, Formula
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace

MOST_EFFORT = 100_000_000
"""What z3 may spend on one question, in its own units."""


def applies(system: System) -> bool:
    return not system.steps


def can_start(system: System, sizes: Iterable[Sizes], limits: Limits) -> bool:
    """Whether the system has an initial state in some of the sizes. It may move."""
    return refuted(system, Always(FALSE), sizes, limits) is not None


def check(system: System, formula: Formula, sizes: Sizes, *, limits: Limits | None = None) -> Answer:
    """The verdict for systems of this size.

    Raises DeclarationError for a formula about something that the system does not have.
    """
    formula.check_against(system)
    limits, rule, size = limits or Limits(), formula.opposite or formula, [dict(sizes)]
    if not can_start(system, size, limits):
        return Answer(Verdict.ERROR, Method.exhaustive, "there is no initial state of this size", sizes=dict(sizes))
    found = refuted(system, rule, size, limits)
    broken, kept = (Verdict.FALSE, Verdict.TRUE) if formula.opposite is None else (Verdict.TRUE, Verdict.FALSE)
    if found is not None:
        return replace(found, verdict=broken)
    if holds(system, rule, size, limits):
        return Answer(kept, Method.exhaustive, sizes=dict(sizes))
    return Answer(Verdict.UNKNOWN, Method.exhaustive, limits.said, sizes=dict(sizes))


def refuted(system: System, formula: Formula, sizes: Iterable[Sizes], limits: Limits) -> Answer | None:
    """A state that breaks the formula, of the first size that has one; None where there is none in any of the sizes,
    or z3 could not tell: `holds` tells these apart."""
    part = system.cone(_rules(formula))
    for size in sizes:
        flat = expand(part, size)
        terms = Terms()
        solver = _broken(flat, terms, formula)
        if ask(solver, limits, MOST_EFFORT) == z3.sat:
            trace = Trace(part, dict(size), flat.values(_simplest(solver, terms, flat.variables, limits)), ())
            return Answer(Verdict.FALSE, Method.exhaustive, trace=trace, sizes=dict(size))
    return None


def holds(system: System, formula: Formula, sizes: Iterable[Sizes], limits: Limits) -> bool:
    """Whether z3 shows that no state of any of the sizes breaks the formula."""
    part = system.cone(_rules(formula))
    solvers = (_broken(expand(part, size), Terms(), formula) for size in sizes)
    return all(ask(solver, limits, MOST_EFFORT) == z3.unsat for solver in solvers)


def _rules(formula: Formula) -> list[Expr[bool]]:
    return [*formula.invariants, *formula.initial_rules]


def _broken(flat: FlatSystem, terms: Terms, formula: Formula) -> Any:
    """A solver that is asked for an initial state that breaks the formula."""
    solver = z3.Solver()
    solver.add(terms.legal(flat.variables), terms.term(flat.initial))
    solver.add(*(terms.term(v.is_(*v.initial_values)) for v in flat.variables if v.initial is not ANY))
    solver.add(z3.Not(terms.term(flat.flatten(conjunction(*_rules(formula))))))
    return solver


def _simplest(solver: Any, terms: Terms, variables: Sequence[Variable[Any]], limits: Limits) -> list[Any]:
    """Values of a model, each the first of its domain that goes with those before it: the same on every run, and
    fields that do not matter look like it."""
    found = []
    model = solver.model()
    for variable in variables:
        term = terms.variable(variable)
        chosen = member(variable.domain, model.eval(term, True))
        for simple in _simple_values(variable):
            if simple == chosen:
                break
            if ask(solver, limits, MOST_EFFORT, [term == value(variable.domain, simple)]) == z3.sat:
                chosen, model = simple, solver.model()
                break
        solver.add(term == value(variable.domain, chosen))
        found.append(chosen)
    return found


FIRST = 64
"""So many values of a number are tried; a question is asked about each."""


def _simple_values(variable: Variable[Any]) -> Sequence[Any]:
    domain = variable.domain
    if isinstance(domain, Integers):
        return domain.some(FIRST if domain.bounded else 2)
    values: Sequence[Any] = domain.values
    return values
