"""Houdini: of many candidates for an invariant the largest part that is inductive, and of that what is needed.

What an initial state breaks is dropped, and again and again what a step breaks from a state in which all that is left
holds (Flanagan, Leino 2001). Nothing here is trusted: what comes out has to pass its certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import z3
from podproof.engines.terms import Terms, all_of, any_of, ask
from podproof.language import ANY, Expr, System
from podproof.language.flat import FlatStep, expand
from podproof.properties.formulas import Formula, StepRule
from podproof.properties.limits import Limits

EFFORT = 3_000_000
"""What z3 may spend on the question whether a step keeps all candidates, and then whether it keeps one."""

Term = Any


def inductive(system: System, formula: Formula, candidates: Sequence[Expr[bool]], limits: Limits) -> list[Expr[bool]]:
    """What is needed, of the candidates that together are inductive, to prove the formula about a system of one size.

    All that are inductive where they do not prove it, as far as z3 can tell.
    """
    clauses = [*formula.invariants, *candidates]
    return [clauses[number] for number in _Houdini(system, formula, clauses, limits).found()]


@dataclass(frozen=True)
class _Move:
    """A step, as what is so before and after it; wrong: what may not be, besides that something is not kept."""

    step: FlatStep
    taken: Term
    wrong: tuple[Term, ...]


class _Houdini:
    def __init__(self, system: System, formula: Formula, clauses: Sequence[Expr[bool]], limits: Limits) -> None:
        self.limits, self.goals = limits, range(len(formula.invariants))
        flat = expand(system, {})
        before, after = Terms(), Terms(" after")
        legal = before.legal(flat.variables)
        first = [before.term(v.is_(*v.initial_values)) for v in flat.variables if v.initial is not ANY]
        self.start = all_of([legal, *first, before.term(flat.initial)])
        self.moves = []
        for step in flat.steps:
            changed = [after.variable(v) == before.term(e) for v, e in step.updates.items()]
            same = [after.variable(v) == before.variable(v) for v in flat.variables if v not in step.updates]
            rules = [rule for rule in formula.step_rules if not rule.events or step.step.event in rule.events]

            def broken(rule: StepRule) -> Term:
                return z3.And(before.term(flat.flatten(rule.before)), z3.Not(after.term(flat.flatten(rule.after))))

            taken = all_of([legal, before.term(step.guard), *changed, *same])
            self.moves.append(_Move(step, taken, tuple(map(broken, rules))))
        flattened = [flat.flatten(clause) for clause in clauses]
        self.now = [before.term(clause) for clause in flattened]
        self.then = [after.term(clause) for clause in flattened]

    def found(self) -> list[int]:
        kept = self._keep(self.start, self.now, list(range(len(self.now))), given=False)
        size = -1
        while len(kept) != size:
            size = len(kept)
            for move in self.moves:
                kept = self._keep(move.taken, self.then, kept)
        needed = self._needed(kept)
        return kept if needed is None else needed

    def _keep(self, where: Term, then: Sequence[Term], kept: list[int], given: bool = True) -> list[int]:
        """Those that hold `then`, wherever this is so; given: and where all of them held before."""
        while kept:
            solver = z3.Solver()
            solver.add(where, *(self.now[each] for each in kept if given))
            all_kept = z3.Not(any_of([z3.Not(then[each]) for each in kept]))
            answer = ask(solver, self.limits, EFFORT, [z3.Not(all_kept)])
            if answer == z3.unsat:
                return kept
            broken: set[int] = set()
            if answer == z3.sat:
                model = solver.model()
                broken = {each for each in kept if not z3.is_true(model.eval(then[each], model_completion=True))}
            if not broken:  # z3 does not know which, or whether
                broken = {each for each in kept if ask(solver, self.limits, EFFORT, [z3.Not(then[each])]) != z3.unsat}
            if not broken:
                return kept
            kept = [each for each in kept if each not in broken]
        return kept

    def _needed(self, kept: Sequence[int]) -> list[int] | None:
        """Those without which the goals, or something else that is needed, could not be shown; None: they cannot."""
        if not set(self.goals) <= set(kept):
            return None
        needed: dict[int, None] = dict.fromkeys(self.goals)
        literals = {each: z3.Bool(f"clause {each}") for each in kept}
        solvers = []
        for move in self.moves:
            solver = z3.Solver()
            solver.add(move.taken, *(z3.Implies(literals[each], self.now[each]) for each in kept))
            solvers.append(solver)

        def take(solver: Any, wrong: Term) -> bool:
            """Note what shows that this cannot be."""
            name = z3.Bool("wrong")
            solver.push()
            solver.add(z3.Implies(name, wrong))
            shown = bool(ask(solver, self.limits, EFFORT, [*literals.values(), name]) == z3.unsat)
            core = set(map(str, solver.unsat_core())) if shown else set()
            solver.pop()
            needed.update((each, None) for each, literal in literals.items() if str(literal) in core)
            return shown

        for solver, move in zip(solvers, self.moves, strict=True):
            if not all(take(solver, wrong) for wrong in move.wrong):
                return None
        done: set[int] = set()
        while open_ := [each for each in needed if each not in done]:
            done.update(open_)
            for each in open_:
                if not all(take(solver, z3.Not(self.then[each])) for solver in solvers):
                    return None
        return sorted(needed)
