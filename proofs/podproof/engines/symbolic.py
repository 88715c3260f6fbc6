"""Symbolic proofs of safety formulas, for every number of elements.

The search: abstract the system (`presence`), take the states of small Pods as samples, and ask z3 for an abstract state
that the clauses so far allow but from which one step leads outside them. Such a state is excluded by a new clause, made
as strong as the samples permit; a clause that turns out to exclude a reachable abstract state is dropped. When nothing
is left to exclude, the conjunction is inductive. It is then shrunk, written in the system's own variables, and becomes
a certificate, which is checked on the full system by other means: only that check makes a verdict TRUE.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3
from podproof.claims.formulas import Formula, InitialRule, Invariant, StepRule
from podproof.engines.clauses import Clause, Columns, generalise
from podproof.engines.explicit import Search, StateSpace
from podproof.engines.presence import Local, Presence
from podproof.engines.terms import Terms, any_of
from podproof.evidence.certificate import Certificate, certificate, recheck
from podproof.evidence.verdicts import Answer, Limits, Method, Verdict
from podproof.language import FALSE, Expr, Kind, Scope, System, UnsupportedError, Variable
from podproof.language.domains import Integers
from podproof.language.expressions import Count, ForAll, nodes
from podproof.language.flat import expand
from podproof.language.valuations import evaluate

SAMPLE_STATES = 60_000
"""Explicit states taken from each small Pod as samples."""

MOST_CLAUSES = 400
"""More clauses than this mean that the search diverges; it gives up with UNKNOWN."""


@dataclass(frozen=True, eq=False)
class Proof:
    """`invariant` proves the formula: `proof` holds the questions, all answered `unsat`."""

    certificate: Certificate
    clauses: tuple[Expr[bool], ...]
    queries: int


class GaveUp(Exception):
    """The search ended without a proof; the message says why."""


def prove(system: System, formula: Formula, limits: Limits | None = None, cone: bool = True) -> Answer:
    """TRUE, proved for every number of elements, with its certificate; or UNKNOWN and why. Never FALSE."""
    try:
        proof = find_proof(system, formula, limits or Limits(), cone)
    except (GaveUp, UnsupportedError) as reason:
        return Answer(Verdict.UNKNOWN, Method.proved, str(reason))
    return Answer(Verdict.TRUE, Method.proved, certificate=proof.certificate)


def find_proof(system: System, formula: Formula, limits: Limits, cone: bool = True) -> Proof:
    """A checked proof. Raises GaveUp or UnsupportedError if there is none to be found."""
    deadline = time.monotonic() + limits.seconds
    if not formula.properties():
        raise UnsupportedError("this question is about the explored graph; it has no inductive proof")
    part = system.cone(formula.expressions(), formula.events()) if cone else system
    reasons = []
    for tracked in _pairs_worth_tracking(part, formula):
        search = _Induction(part, formula, tracked, deadline)
        try:
            clauses = search.run()
        except (GaveUp, UnsupportedError) as reason:
            reasons.append(str(reason))
            continue
        concrete = tuple(dict.fromkeys(clause.concrete(search.presence) for clause in clauses))
        invariant = (*(p.holds for p in formula.properties() if isinstance(p, Invariant)), *concrete)
        proof = certificate(system, formula.properties(), invariant)
        wrong = recheck(proof)
        if not wrong:
            return Proof(proof, invariant, search.queries)
        reasons.append(f"the invariant found does not pass its check: {wrong[0][0]}: {wrong[0][1]}")
    raise GaveUp("; ".join(dict.fromkeys(reasons)))


def _pairs_worth_tracking(system: System, formula: Formula) -> list[Kind | None]:
    """First without a pair; then with a pair of each kind that the question compares elements of."""
    kinds = [
        n.kind
        for e in formula.expressions()
        for n in nodes(e)
        if isinstance(n, Count) or (isinstance(n, ForAll) and n.scope is not Scope.every)
    ]
    relevant = [k for k in dict.fromkeys(kinds) if k in system.kinds]
    return [*relevant] or [None]


class _Induction:
    """One search for an inductive strengthening."""

    def __init__(self, system: System, formula: Formula, tracked: Kind | None, deadline: float) -> None:
        for variable in system.variables:
            if isinstance(variable.domain, Integers) and not variable.domain.bounded:
                raise UnsupportedError(f"{variable.name} is unbounded: presence cannot sample it")
        self.system = system
        self.formula = formula
        self.deadline = deadline
        self.presence = Presence(system, tracked)
        self.columns = Columns(self.presence)
        self.queries = 0
        self._sample()
        self._encode()

    def _sample(self) -> None:
        """States of small Pods: one, then two elements of each kind (three of a tracked one)."""
        kinds = self.system.kinds
        tracked = self.presence.tracked
        sizes: list[dict[Kind, int]] = [dict.fromkeys(kinds, 1), dict.fromkeys(kinds, 2)]
        for kind in kinds:
            sizes += [{**dict.fromkeys(kinds, 1), kind: 0}, {**dict.fromkeys(kinds, 1), kind: 2}]
        if tracked is not None:
            sizes = [{**size, tracked: n} for size in (dict.fromkeys(kinds, 1),) for n in (2, 3)]
        for size in {tuple(s.items()): s for s in sizes}.values():
            search = Search(
                StateSpace(expand(self.system, size), symmetric=tracked is None), Limits(10.0, SAMPLE_STATES)
            )
            search.run()
            self.columns.add_search(search)

    def _encode(self) -> None:
        """The step relation, once: a step number, and for every variable its value after that step."""
        presence = self.presence
        self.before, self.after = Terms(), Terms("'")
        self.solver = z3.SolverFor("QF_FD")
        everything = [*presence.variables, *presence.bits.values()]
        legal = presence.legal()
        for terms in (self.before, self.after):
            self.solver.add(terms.legal(everything), terms.term(legal))
        width = max(1, len(presence.steps).bit_length())
        self.choice = z3.BitVec("step", width)
        taken = [self.choice == z3.BitVecVal(i, width) for i in range(len(presence.steps))]
        writers: dict[Variable[Any], list[Any]] = {v: [] for v in everything}
        self.moves = [any_of(taken)]
        for chosen, step in zip(taken, presence.steps, strict=True):
            self.moves.append(z3.Implies(chosen, self.before.term(step.guard)))
            for variable, value in step.updates.items():
                writers[variable].append(chosen)
                self.moves.append(z3.Implies(chosen, self.after.variable(variable) == self.before.term(value)))
        for variable, writing in writers.items():
            same = self.after.variable(variable) == self.before.variable(variable)
            self.moves.append(z3.Or(*writing, same) if writing else same)
        self.bad, self.bad_now = self._bad()

    def _bad(self) -> tuple[Any, list[Expr[bool]]]:
        """Steps that break a rule (needs the moves), and states that break an invariant."""
        presence = self.presence
        broken = []
        for prop in self.formula.properties():
            if isinstance(prop, StepRule):
                for number, step in enumerate(presence.steps):
                    if prop.events and step.step.event not in prop.events:
                        continue
                    before = presence.above(prop.before, step.actor)
                    after = presence.above(~prop.after, step.actor)
                    if before is FALSE or after is FALSE:
                        continue
                    chosen = self.choice == number
                    broken.append(z3.And(chosen, self.before.term(before), self.after.term(after)))
        now = [self._violation(p.holds) for p in self.formula.properties() if isinstance(p, Invariant)]
        return any_of(broken), now

    def _violation(self, holds: Expr[bool]) -> Expr[bool]:
        if self.presence.tracked is not None:
            return self.presence.pairwise(~holds)
        return self.presence.above(~holds)

    # The search.

    def run(self) -> list[Clause]:
        """Clauses that, with the formula's invariants, are inductive on the abstraction, shrunk to those needed."""
        clauses: list[Clause] = []
        self._check_initial_rules()
        while True:
            if time.monotonic() > self.deadline:
                raise GaveUp("no proof within the time limit")
            if len(clauses) > MOST_CLAUSES:
                raise GaveUp("no proof: the search for an invariant diverges")
            found = self._escape(clauses)
            if found is None:
                return self._needed(clauses)
            state, reached = found
            clause = generalise(self.columns, *state)
            if clause is None:
                self._learn(reached)
                clauses = [c for c in clauses if self._holds(c, reached)]
                continue
            outside = self._starts_outside(clause)
            if outside is None:
                clauses.append(clause)
            else:
                self.columns.add(*outside)

    def _escape(self, clauses: Sequence[Clause]) -> tuple[_State, _State | None] | None:
        """An allowed state with a step to one that is not allowed (or with a step that breaks a rule)."""
        allowed = [c.abstract(self.presence) for c in clauses]
        good = [~now for now in self.bad_now]
        self.solver.push()
        for expr in (*allowed, *good):
            self.solver.add(self.before.term(expr))
        self.solver.add(*self.moves)
        outside = [z3.Not(self.after.term(expr)) for expr in (*allowed, *good)]
        self.solver.add(z3.Or(self.bad, *outside))
        answer = self._ask()
        found = None
        if answer == z3.sat:
            model = self.solver.model()
            breaks_rule = z3.is_true(model.eval(self.bad, model_completion=True))
            found = (self._state(model, self.before), None if breaks_rule else self._state(model, self.after))
        self.solver.pop()
        return found

    def _starts_outside(self, clause: Clause) -> _State | None:
        """An initial abstract state that the clause would exclude."""
        self.solver.push()
        self.solver.add(self.before.term(self.presence.initial()))
        self.solver.add(z3.Not(self.before.term(clause.abstract(self.presence))))
        found = self._state(self.solver.model(), self.before) if self._ask() == z3.sat else None
        self.solver.pop()
        return found

    def _check_initial_rules(self) -> None:
        rules = [p.holds for p in self.formula.properties() if isinstance(p, InitialRule)]
        bad = [self.presence.above(~holds) for holds in rules] + list(self.bad_now)
        self.solver.push()
        self.solver.add(self.before.term(self.presence.initial()))
        self.solver.add(any_of([self.before.term(b) for b in bad]))
        answer = self._ask()
        self.solver.pop()
        if answer == z3.sat:
            raise GaveUp("an abstract initial state breaks it")

    def _learn(self, reached: _State | None) -> None:
        """A reachable abstract state leads here, so this one is reachable too, and no clause may exclude it."""
        if reached is None or any(self._true(now, reached) for now in self.bad_now):
            raise GaveUp("the presence abstraction has a counterexample that no Pod of up to 3 containers shows")
        self.columns.add(*reached)

    def _needed(self, clauses: list[Clause]) -> list[Clause]:
        """The clauses that the formula's proof uses, by unsatisfiable cores: what they need, and what that needs."""
        presence = self.presence
        self.solver.push()
        marks = [z3.Bool(f"clause {i}") for i in range(len(clauses))]
        for mark, clause in zip(marks, clauses, strict=True):
            self.solver.add(z3.Implies(mark, self.before.term(clause.abstract(presence))))
        for now in self.bad_now:
            self.solver.add(self.before.term(~now))
        self.solver.add(*self.moves)
        goal = z3.Or(self.bad, *(self.after.term(now) for now in self.bad_now))
        needed: dict[int, None] = {}
        wanted: list[Any] = [goal]
        names = {str(mark): i for i, mark in enumerate(marks)}
        while wanted:
            self.solver.push()
            self.solver.add(wanted.pop())
            self.queries += 1
            if self.solver.check(*marks) != z3.unsat:
                raise GaveUp("the solver could not confirm the invariant while shrinking it")
            core = [names[str(mark)] for mark in self.solver.unsat_core()]
            self.solver.pop()
            for i in core:
                if i not in needed:
                    needed[i] = None
                    wanted.append(z3.Not(self.after.term(clauses[i].abstract(presence))))
        self.solver.pop()
        return [clauses[i] for i in sorted(needed)]

    def _ask(self) -> Any:
        self.queries += 1
        self.solver.set("timeout", max(1, int((self.deadline - time.monotonic()) * 1000)))
        answer = self.solver.check()
        if answer == z3.unknown:
            raise GaveUp(f"the solver says unknown: {self.solver.reason_unknown()}")
        return answer

    def _state(self, model: Any, terms: Terms) -> _State:
        values = {}
        for variable in self.presence.variables:
            value = model.eval(terms.variable(variable), model_completion=True)
            values[variable] = _member(variable, value)
        occupied = {
            place
            for place, bit in self.presence.bits.items()
            if z3.is_true(model.eval(terms.variable(bit), model_completion=True))
        }
        return values, occupied

    def _holds(self, clause: Clause, state: _State | None) -> bool:
        return state is None or self._true(clause.abstract(self.presence), state)

    def _true(self, expr: Expr[bool], state: _State) -> bool:
        values, occupied = state
        bits = {bit: place in occupied for place, bit in self.presence.bits.items()}
        return bool(evaluate(expr, {**values, **bits}, {}))


_State = tuple[Mapping[Variable[Any], Any], set[tuple[Kind, Local]]]


def _member(variable: Variable[Any], value: Any) -> Any:
    if z3.is_bool(value):
        return z3.is_true(value)
    return variable.domain.values[value.as_long()]
