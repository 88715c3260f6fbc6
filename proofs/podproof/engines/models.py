"""Systems that do not move: is there a state that breaks a formula? One question to z3 for each size.

Rules over given fields are such systems: their variables are frozen and any value is possible, also of unbounded
numbers, which no exploration could go through.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import z3
from podproof.claims.formulas import Formula, InitialRule, Invariant
from podproof.engines.terms import Terms, member
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, Verdict
from podproof.language import ANY, System, conjunction
from podproof.language.flat import Sizes, expand

MOST_EFFORT = 100_000_000
"""What z3 may spend on one question, in its own units."""


def applies(system: System) -> bool:
    return not system.steps


def refuted(system: System, formula: Formula, sizes: Iterable[Sizes], limits: Limits) -> Answer | None:
    """A state that breaks the formula, of the first size that has one; None where there is none in any of the sizes,
    or z3 could not tell."""
    rules = [p.holds for p in formula.properties() if isinstance(p, Invariant | InitialRule)]
    part = system.cone(rules)
    for size in sizes:
        flat = expand(part, size)
        terms = Terms()
        solver = z3.Solver()
        solver.set("rlimit", limits.effort(MOST_EFFORT))
        solver.add(terms.legal(flat.variables), terms.term(flat.initial))
        solver.add(*(terms.term(v.is_(*v.initial_values)) for v in flat.variables if v.initial is not ANY))
        solver.add(z3.Not(terms.term(flat.flatten(conjunction(*rules)))))
        if solver.check() == z3.sat:
            model = solver.model()
            found: list[Any] = [member(v.domain, model.eval(terms.variable(v), True)) for v in flat.variables]
            trace = Trace(part, dict(size), flat.values(found), ())
            return Answer(Verdict.FALSE, Method.exhaustive, trace=trace, sizes=dict(size))
    return None
