"""Symbolic proofs of safety formulas, for every number of elements.

The search: abstract the system (`presence`), take the states of small Pods as samples, and ask z3 for an abstract state
that the clauses so far allow but from which one step leads outside them. Such a state is excluded by a new clause, made
as strong as the samples permit; a clause that turns out to exclude a reachable abstract state is dropped. When nothing
is left to exclude, the conjunction is inductive. It is then shrunk, written in the system's own variables, and becomes
a certificate, which is checked on the full system by other means: only that check makes a verdict TRUE.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import z3
from podproof.claims.formulas import Formula, InitialRule, Invariant, StepRule
from podproof.engines.clauses import Clause, Columns, Generaliser, State
from podproof.engines.explicit import Search, StateSpace
from podproof.engines.presence import Presence
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
        concrete = [clause.concrete(search.presence) for clause in clauses]
        goals = [p.holds for p in formula.properties() if isinstance(p, Invariant)]
        invariant = (*goals, *concrete, *search.presence.somewhere())
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
        self.queries = self.made = 0
        self.clauses: dict[Clause, Any] = {}
        self._sample()
        self.generaliser = Generaliser(self.columns)
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
        moves = [any_of(taken)]
        for chosen, step in zip(taken, presence.steps, strict=True):
            moves.append(z3.Implies(chosen, self.before.term(step.guard)))
            for variable, value in step.updates.items():
                writers[variable].append(chosen)
                moves.append(z3.Implies(chosen, self.after.variable(variable) == self.before.term(value)))
        for variable, writing in writers.items():
            same = self.after.variable(variable) == self.before.variable(variable)
            moves.append(z3.Or(*writing, same) if writing else same)
        self.bad, self.bad_now = self._bad()
        self.start = z3.SolverFor("QF_FD")
        self.start.add(self.before.legal(everything), self.before.term(legal), self.before.term(presence.initial()))
        self.solver.add(*moves, *(self.before.term(~now) for now in self.bad_now))

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
        """Clauses that, with the formula's invariants, are inductive on the abstraction: only those that are needed.

        Driven by demand: first the formula itself must be kept by every step, then each clause that this relied on,
        then what those relied on.
        """
        self._check_initial_rules()
        for clause in self.columns.never_seen():
            self._add(clause)
        while True:
            needed = self._needed()
            if needed is not None:
                return needed

    def _needed(self) -> list[Clause] | None:
        """The clauses that the formula's proof needs, each shown to be kept; None if one of them had to be dropped."""
        needed: dict[Clause, None] = {}
        wanted: list[Clause | None] = [None]
        while wanted:
            goal = wanted.pop()
            core = self._kept(goal)
            if core is None:
                return None
            fresh = [clause for clause in core if clause not in needed]
            needed.update(dict.fromkeys(fresh))
            wanted += fresh
        return list(needed)

    def _kept(self, goal: Clause | None) -> list[Clause] | None:
        """The clauses under which every step keeps `goal` (None: the formula), finding new ones as needed."""
        if goal is None:
            broken = z3.Or(self.bad, *(self.after.term(now) for now in self.bad_now))
        else:
            broken = z3.Not(self.after.term(goal.abstract(self.presence)))
        while True:
            if len(self.clauses) > MOST_CLAUSES:
                raise GaveUp("no proof: the search for an invariant diverges")
            self.solver.push()
            self.solver.add(broken)
            answer = self._ask(*self.clauses.values())
            if answer == z3.unsat:
                used = {str(mark) for mark in self.solver.unsat_core()}
                self.solver.pop()
                return [clause for clause, mark in self.clauses.items() if str(mark) in used]
            model = self.solver.model()
            state, reached = self._state(model, self.before), self._state(model, self.after)
            breaks_rule = goal is None and z3.is_true(model.eval(self.bad, model_completion=True))
            self.solver.pop()
            clause = self._excluding(state)
            if clause is not None:
                self._add(clause)
            elif breaks_rule or any(self._true(now, reached) for now in self.bad_now):
                raise GaveUp("the presence abstraction has a counterexample that no small Pod shows")
            else:
                self.generaliser.learn(reached)
                dropped = [c for c in self.clauses if not self._true(c.abstract(self.presence), reached)]
                for wrong in dropped:
                    del self.clauses[wrong]
                if dropped:
                    return None

    def _add(self, clause: Clause) -> None:
        mark = z3.Bool(f"clause {self.made}")
        self.made += 1
        self.clauses[clause] = mark
        self.solver.add(z3.Implies(mark, self.before.term(clause.abstract(self.presence))))

    def _excluding(self, state: State) -> Clause | None:
        """A clause that excludes the state, no sample and no initial state; None if the state must not be excluded."""
        while True:
            clause = self.generaliser.clause(state)
            if clause is None:
                return None
            outside = self._starts_outside(clause)
            if outside is None:
                return clause
            self.generaliser.learn(outside)

    def _starts_outside(self, clause: Clause) -> State | None:
        """An initial abstract state that the clause would exclude."""
        return self._initially(~clause.abstract(self.presence))

    def _check_initial_rules(self) -> None:
        rules = [p.holds for p in self.formula.properties() if isinstance(p, InitialRule)]
        for bad in (*(self.presence.above(~holds) for holds in rules), *self.bad_now):
            if self._initially(bad) is not None:
                raise GaveUp("an abstract initial state breaks it")

    def _initially(self, expr: Expr[bool]) -> State | None:
        """An initial abstract state with `expr`."""
        self.start.push()
        self.start.add(self.before.term(expr))
        answer = self.start.check()
        found = self._state(self.start.model(), self.before) if answer == z3.sat else None
        self.start.pop()
        if answer == z3.unknown:
            raise GaveUp(f"the solver says unknown: {self.start.reason_unknown()}")
        return found

    def _ask(self, *assuming: Any) -> Any:
        self.queries += 1
        self.solver.set("timeout", max(1, int((self.deadline - time.monotonic()) * 1000)))
        answer = self.solver.check(*assuming)
        if answer == z3.unknown:
            raise GaveUp(f"the solver says unknown: {self.solver.reason_unknown()}")
        return answer

    def _state(self, model: Any, terms: Terms) -> State:
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

    def _true(self, expr: Expr[bool], state: State) -> bool:
        values, occupied = state
        bits = {bit: place in occupied for place, bit in self.presence.bits.items()}
        return bool(evaluate(expr, {**values, **bits}, {}))


def _member(variable: Variable[Any], value: Any) -> Any:
    if z3.is_bool(value):
        return z3.is_true(value)
    return variable.domain.values[value.as_long()]
