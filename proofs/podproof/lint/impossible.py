"""Whether z3 shows that something holds in no state at all, reachable or not, of any number of elements."""

from __future__ import annotations

from functools import lru_cache

from podproof.certificates.certificate import ask_z3, declarations
from podproof.certificates.smtlib import exists, own, quoted, smtlib
from podproof.language import Expr, System, UnsupportedError
from podproof.language.expressions import negation, own_kinds, variables_in
from podproof.properties.formulas import Invariant

QUICK = 2_000_000
"""What z3 may spend on one question here, in its own units."""


@lru_cache(maxsize=1000)
def impossible(expr: Expr[bool]) -> bool:
    """Not where z3 cannot tell, or where the expression has no SMT text. It may speak of one element of a kind."""
    fields = System("fields", (), frozen=tuple(sorted(variables_in(expr), key=lambda v: v.name)))
    try:
        preamble, said = declarations(fields, [Invariant(negation(expr))]), smtlib(expr)
    except UnsupportedError:
        return False
    about = [f"(declare-const {own(k)} {quoted(k.name)})\n(assert {exists(k, own(k))})" for k in own_kinds(expr)]
    script = ["(set-logic ALL)", *preamble, *sorted(about), f"(assert {said})", "(check-sat)"]
    return ask_z3("\n".join(script), QUICK) == ["unsat"]
