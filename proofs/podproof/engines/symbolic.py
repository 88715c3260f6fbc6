"""Symbolic proofs of safety formulas, for every number of elements.

The search: abstract the system (`presence`), take the states of small Pods as samples, and ask z3 for an abstract state
that the clauses so far allow but from which one step breaks the formula. Such a state is excluded by a new clause, made
as strong as the samples permit. Once no step breaks the formula, the same is asked of every clause that this relied on.
A clause that turns out to exclude a reachable abstract state is dropped. What is left in the end is inductive; written
in the system's own variables it becomes a certificate, which is checked on the full system by other means: only that
check makes a verdict TRUE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import z3
from podproof.certificates.certificate import EFFORT, Certificate, ask_z3, certificate, recheck
from podproof.engines.clauses import Clause, Generaliser, inhabited
from podproof.engines.explicit import Search
from podproof.engines.presence import Presence
from podproof.engines.samples import Columns, State, local_states
from podproof.engines.state_space import StateSpace
from podproof.engines.terms import Terms, any_of, ask, member
from podproof.language import FALSE, Expr, Kind, Scope, System, UnsupportedError, Variable
from podproof.language.domains import Integers
from podproof.language.expressions import Count, ForAll, nodes
from podproof.language.flat import expand
from podproof.language.meanings.python import evaluate
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula, StepRule
from podproof.properties.limits import Limits
from podproof.wording.counting import counted

EXPLORED = 600_000
"""At most so many states of each small Pod are explored for samples."""

SELF_EVIDENT = 1_000_000
"""What z3 may spend on a question when a formula is first tried without any strengthening (see EFFORT)."""

MOST_EFFORT = 100_000_000
"""What z3 may spend on one question about the abstraction, as long as the budget allows it."""

LOCAL_STATE = 2_000
"""What it costs to find the successors of one element's state, in units of work."""

MOST_VALUES = 1_000
"""Values that a number may have for a search: each is an atom of the clauses."""

MOST_CLAUSES = 600
"""More clauses than this mean that the search diverges; it gives up with UNKNOWN."""


@dataclass(frozen=True, eq=False)
class Proof:
    """`clauses` prove the formula: every question of `certificate` was answered `unsat`."""

    certificate: Certificate
    clauses: tuple[Expr[bool], ...]
    queries: int


class GaveUp(Exception):
    """The search ended without a proof; the message says why."""


def prove(system: System, formula: Formula, limits: Limits | None = None, workshop: Workshop | None = None) -> Answer:
    """TRUE, proved for every number of elements, with its certificate; or UNKNOWN and why. Never FALSE.

    Raises DeclarationError for a formula about something that the system does not have.
    """
    try:
        proof = find_proof(system, formula, limits or Limits(), workshop or Workshop())
    except (GaveUp, UnsupportedError) as reason:
        return Answer(Verdict.UNKNOWN, Method.proved, str(reason))
    return Answer(Verdict.TRUE, Method.proved, certificate=proof.certificate)


def find_proof(system: System, formula: Formula, limits: Limits, workshop: Workshop) -> Proof:
    """A checked proof. Raises GaveUp or UnsupportedError if none is found; DeclarationError where the formula speaks of
    something that the system does not have."""
    formula.check_against(system)
    if not formula.properties():
        raise UnsupportedError("this question is about whole runs; it has no inductive proof")
    limits = limits if limits.purse else limits.shared()
    goals = formula.invariants
    by_itself = certificate(system, formula.properties(), goals)
    if not recheck_within(limits, by_itself, SELF_EVIDENT):
        return Proof(by_itself, by_itself.clauses, 0)
    part = system.cone(formula.expressions(), formula.events())
    reasons = []
    for bench in workshop.benches(part, formula, limits):
        try:
            clauses, queries = bench.strengthen(formula, limits)
        except GaveUp as reason:
            reasons.append(str(reason))
            continue
        invariant = [*goals, *(c.concrete(bench.presence) for c in clauses)]
        somewhere = bench.presence.somewhere()
        for more, effort in (((), SELF_EVIDENT), (somewhere, EFFORT)):  # where elements are is seldom needed
            proof = certificate(system, formula.properties(), [*invariant, *more])
            wrong = recheck_within(limits, proof, effort)
            if not wrong:
                return Proof(proof, proof.clauses, queries)
        reasons.append(f"the invariant found does not pass its check: {wrong[0][0]}: {wrong[0][1]}")
    raise GaveUp("; ".join(dict.fromkeys(reasons)))


def recheck_within(limits: Limits, proof: Certificate, most: int = EFFORT) -> list[tuple[str, str]]:
    """What is wrong with a certificate; what z3 spends on finding out is paid for."""
    return recheck(proof, limits.effort(most), partial(ask_z3, pay=limits.budget.pay))


def compares_elements(formula: Formula) -> list[Kind]:
    """The kinds of which the formula compares two elements: by order, by number, or as "the others"."""
    kinds = [
        n.kind
        for e in formula.expressions()
        for n in nodes(e)
        if isinstance(n, Count) or (isinstance(n, ForAll) and n.scope is not Scope.every)
    ]
    return list(dict.fromkeys(kinds))


class Workshop:
    """Benches, kept for the claims that follow: same system, same assumptions, same cone."""

    def __init__(self) -> None:
        self._kept: dict[Any, Bench] = {}

    def benches(self, part: System, formula: Formula, limits: Limits) -> Iterator[Bench]:
        """The benches worth trying, best first: with the local states seen in small Pods, then with all."""
        pairs: list[Kind | None] = [kind for kind in compares_elements(formula) if kind in part.kinds]
        for tracked in pairs or [None]:
            for all_locals in (False, True):
                key = (part.same, tracked, all_locals)
                if key in self._kept:
                    limits.budget.pay(self._kept[key].cost)  # what a claim may spend depends on no claim before it
                else:
                    self._kept[key] = Bench(part, tracked, all_locals, limits)
                yield self._kept[key]


class Bench:
    """One abstracted system: samples of it, its step relation in z3, and the clauses found for earlier formulas.

    cost: the units of work that went into making it.
    """

    def __init__(self, system: System, tracked: Kind | None, all_locals: bool, limits: Limits) -> None:
        for variable in system.variables:
            if isinstance(variable.domain, Integers) and not variable.domain.bounded:
                raise UnsupportedError(f"{variable.name} is unbounded: small Pods cannot sample it")
            if variable.domain.size > MOST_VALUES:
                values = counted(variable.domain.size, "value")
                raise UnsupportedError(
                    f"{variable.name} has {values}: invariants are searched over up to {MOST_VALUES:,}"
                )
        self.system = system
        self.tracked = tracked
        self.limits = limits
        self.queries = self.made = 0
        self.clauses: dict[Clause, Any] = {}
        before = limits.budget.spent
        self._sample(all_locals)
        self.cost = limits.budget.spent - before
        self.generaliser = Generaliser(self.columns)
        self._encode()
        for clause in inhabited(self.columns):
            self._add(clause)

    def _sample(self, all_locals: bool) -> None:
        """States of small Pods, and the local states that occur in them; not all of either where limits are hit."""
        searches = []
        for size in self._sizes():
            space = StateSpace(expand(self.system, size), self.tracked is None)
            searches.append(Search(space, self.limits.holding(EXPLORED)))
            searches[-1].run()
            self._go_on()
        seen = None if all_locals else {place for search in searches for place in local_states(search)}
        self.presence = Presence(self.system, self.tracked, seen, self._pay_for_a_local_state)
        self.columns = Columns(self.presence)
        for search in searches:
            self.columns.add_search(search)
        self.columns.add_walk()

    def _sizes(self) -> list[dict[Kind, int]]:
        """One and two elements of each kind, and none of one; two and three of a tracked kind."""
        kinds = self.system.kinds
        one = dict.fromkeys(kinds, 1)
        if self.tracked is not None:
            return [{**one, self.tracked: n} for n in (2, 3, 1, 0)]
        return [one, *({**one, kind: n} for kind in kinds for n in (0, 2))]

    def _encode(self) -> None:
        """The step relation: a step number, and for every variable its value after that step."""
        presence = self.presence
        self.before, self.after = Terms(), Terms("'")
        everything: list[Variable[Any]] = [*presence.variables, *presence.bits.values(), *presence.elsewhere.values()]
        legal = presence.legal()
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
        self.solver, self.start = z3.SolverFor("QF_FD"), z3.SolverFor("QF_FD")
        for terms in (self.before, self.after):
            self.solver.add(terms.legal(everything), terms.term(legal))
        self.solver.add(*moves, *(z3.Not(self.before.variable(e)) for e in presence.elsewhere.values()))
        self.start.add(self.before.legal(everything), self.before.term(legal), self.before.term(presence.initial()))

    # The search.

    def strengthen(self, formula: Formula, limits: Limits) -> tuple[list[Clause], int]:
        """Clauses that, with the formula's invariants, are inductive on the abstraction; and how many queries it took.

        Raises GaveUp where the limits are reached, or where the abstraction cannot show the formula.
        """
        self.limits, self.queries = limits, 0
        goal = _Goal(self, formula)
        for bad in (*goal.initially, *goal.now):
            if self._initially(bad) is not None:
                raise GaveUp("an abstract initial state breaks it")
        while True:
            needed = self._needed(goal)
            if needed is not None:
                return needed, self.queries

    def _needed(self, goal: _Goal) -> list[Clause] | None:
        """The clauses that the proof needs, each shown to be kept; None if one had to be dropped on the way."""
        needed: dict[Clause, None] = {}
        wanted: list[Clause | None] = [None]
        while wanted:
            core = self._kept(wanted.pop(), goal)
            if core is None:
                return None
            fresh = [clause for clause in core if clause not in needed]
            needed.update(dict.fromkeys(fresh))
            wanted += fresh
        return list(needed)

    def _kept(self, clause: Clause | None, goal: _Goal) -> list[Clause] | None:
        """The clauses under which every step keeps `clause` (None: the formula), with new ones made as needed."""
        broken = goal.broken if clause is None else z3.Not(self.after.term(clause.abstract(self.presence)))
        while True:
            if len(self.clauses) > MOST_CLAUSES:
                raise GaveUp("the search for an invariant diverges")
            self.solver.push()
            self.solver.add(broken)
            answer = self._ask(self.solver, (goal.mark, *self.clauses.values()))
            used = {str(mark) for mark in self.solver.unsat_core()} if answer == z3.unsat else set()
            model = self.solver.model() if answer == z3.sat else None
            self.solver.pop()
            if model is None:
                return [found for found, mark in self.clauses.items() if str(mark) in used]
            state = self._state(model, self.before)
            excluding = self._excluding(state)
            if excluding is not None:
                self._add(excluding)
                continue
            # The state is reachable, and so is the one that the step leads to: what excludes it is wrong.
            if clause is None:
                raise GaveUp("the abstraction has a counterexample that no small Pod shows")
            reached = self._state(model, self.after)
            self.generaliser.learn(reached)
            for wrong in [c for c in self.clauses if not self._true(c.abstract(self.presence), reached)]:
                del self.clauses[wrong]
            return None

    def _add(self, clause: Clause) -> None:
        self.clauses[clause] = self.marked(clause.abstract(self.presence))

    def _excluding(self, state: State) -> Clause | None:
        """A clause that excludes the state, no sample and no initial state; None if the state must not be excluded."""
        while True:
            clause = self.generaliser.clause(state)
            if clause is None:
                return None
            outside = self._initially(~clause.abstract(self.presence))
            if outside is None:
                return clause
            self.generaliser.learn(outside)

    def _pay_for_a_local_state(self) -> None:
        self.limits.budget.pay(LOCAL_STATE)
        self._go_on()

    # Questions to the solver.

    def _go_on(self) -> None:
        """Raises GaveUp once nothing is left to spend."""
        if not self.limits.budget.left:
            raise GaveUp(f"no proof: {self.limits.said}")

    def marked(self, *exprs: Expr[bool]) -> Any:
        """A mark: queries that assume it assume the expressions of the state before, and their cores can name it."""
        mark = z3.Bool(f"mark {self.made}")
        self.made += 1
        self.solver.add(*(z3.Implies(mark, self.before.term(expr)) for expr in exprs))
        return mark

    def _initially(self, expr: Expr[bool]) -> State | None:
        """An initial abstract state with `expr`."""
        self.start.push()
        self.start.add(self.before.term(expr))
        answer = self._ask(self.start)
        found = self._state(self.start.model(), self.before) if answer == z3.sat else None
        self.start.pop()
        return found

    def _ask(self, solver: Any, assuming: Any = ()) -> Any:
        self.queries += 1
        self._go_on()
        answer = ask(solver, self.limits, MOST_EFFORT, assuming)
        if answer == z3.unknown:
            raise GaveUp(f"the solver says unknown: {solver.reason_unknown()}")
        return answer

    def _state(self, model: Any, terms: Terms) -> State:
        values = {v: member(v.domain, model.eval(terms.variable(v), True)) for v in self.presence.variables}
        bits = self.presence.bits.items()
        return values, {place for place, bit in bits if z3.is_true(model.eval(terms.variable(bit), True))}

    def _true(self, expr: Expr[bool], state: State) -> bool:
        values, occupied = state
        bits = {bit: place in occupied for place, bit in self.presence.bits.items()}
        return bool(evaluate(expr, {**values, **bits}, {}))


class _Goal:
    """A formula on a bench. now: abstract states that break it; broken: that a step ends in one or breaks a rule;
    mark: assumed in every query, for the formula's own invariants before the step."""

    def __init__(self, bench: Bench, formula: Formula) -> None:
        presence = bench.presence
        self.initially = [presence.above(~holds) for holds in formula.initial_rules]
        violation = presence.above if presence.tracked is None else presence.pairwise
        self.now = [violation(~holds) for holds in formula.invariants]
        self.mark = bench.marked(*(~now for now in self.now))
        broken = [bench.after.variable(bit) for bit in presence.elsewhere.values()]
        broken += [bench.after.term(now) for now in self.now]
        broken += [term for rule in formula.step_rules for term in _steps_breaking(bench, rule)]
        self.broken = any_of(broken)


def _steps_breaking(bench: Bench, rule: StepRule) -> Sequence[Any]:
    terms = []
    for number, step in enumerate(bench.presence.steps):
        if rule.events and step.step.event not in rule.events:
            continue
        before = bench.presence.above(rule.before, step.actor)
        after = bench.presence.above(~rule.after, step.actor)
        if before is not FALSE and after is not FALSE:
            terms.append(z3.And(bench.choice == number, bench.before.term(before), bench.after.term(after)))
    return terms
