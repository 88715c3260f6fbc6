"""Proofs for any number of containers: right ones pass every check, wrong ones fail them.

A certificate is an inductive invariant with the questions that show it is one. z3 and cvc5 must both answer `unsat` to
all of them; an invariant that was tampered with, or is asked about another model, must fail in both. What is proved is
also looked for in small Pods, and the abstraction that proofs are found on is walked along with real runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

import cvc5
import numpy as np
import pytest
import z3
from podproof.certificates.certificate import Certificate, ask_z3, certificate, recheck
from podproof.engines.explicit import Search, check
from podproof.engines.presence import Presence
from podproof.engines.state_space import StateSpace
from podproof.engines.symbolic import Proof, Workshop, find_proof, prove
from podproof.kubernetes.derived import phase
from podproof.kubernetes.machines.phase_machines import corrected
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_init_containers, no_podgc, no_sidecars
from podproof.kubernetes.vocabulary.events import start, start_init, stopped
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    InitRun,
    Object,
    Phase,
    Run,
    Worker,
    api_phase,
    assigned,
    init_run,
    object_,
    run,
    worker,
)
from podproof.language import (
    FALSE,
    TRUE,
    Actor,
    Event,
    Expr,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    Variable,
    flag,
    number,
    sets,
    state,
)
from podproof.language.expressions import negation, nodes, own_kinds
from podproof.language.flat import Sizes, expand
from podproof.language.meanings.python import evaluate
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Always, Follows, Formula, Never, Step
from podproof.properties.limits import Limits

from examples import two_phase
from tests.support.samples import MORE, WHOLE, spread

WITHOUT_PODGC = POD.under(no_podgc, no_init_containers)  # a search for the whole Pod takes a minute
ended = api_phase.is_(*TERMINAL)
initialising = init_run.is_(InitRun.running)
WITHOUT_SIDECARS = POD.under(no_sidecars).cone([init.some(initialising), phase.nothing_runs])

# A lock for good: whoever begins takes it, if nobody has. Presence alone does not show that it excludes.


class Work(StrEnum):
    idle = "idle"
    busy = "busy"


workers = Kind("employee")
work = state("work", Work, kind=workers, initial=Work.idle)
locked = flag("locked", initial=False)
employee = Actor("employee")
begin, end = employee("begin work"), employee("end work")
busy = work.is_(Work.busy)


def office(test: Expr[bool]) -> System:
    arrows: list[Transition[Work]] = [
        Transition(trigger=begin, source=Work.idle, dest=Work.busy, conditions=test, before=sets(locked, True)),
        Transition(trigger=end, source=Work.busy, dest=Work.idle),
    ]
    return System("office", (Machine("employee", work, arrows),))


LOCK, NO_LOCK = office(~locked), office(TRUE)
at_most_one_busy = Always(workers.count(busy) <= 1)
busy_alone = Always(workers.all(busy.implies(workers.none(busy, Scope.others))))

TRUE_CLAIMS: dict[str, tuple[System, Formula]] = {
    "nothing runs in a terminal phase": (WITHOUT_PODGC, Always(ended.implies(phase.nothing_runs))),
    "the API phase follows the corrected machine": (WITHOUT_PODGC, Follows(corrected, api_phase)),
    "one init container runs at a time": (WITHOUT_SIDECARS, Always(init.count(initialising) <= 1)),
    "a container runs only once the worker was there": (
        WITHOUT_SIDECARS,
        Always(worker.is_(Worker.none).implies(phase.nothing_runs)),
    ),
    "two-phase commit agrees": (two_phase.SYSTEM, Never(two_phase.one_committed & two_phase.one_aborted)),
    "a lock excludes": (LOCK, at_most_one_busy),
    "a lock leaves nobody else": (LOCK, busy_alone),
}
LONG_SEARCH = "one init container runs at a time"
each_claim = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == LONG_SEARCH else name for name in TRUE_CLAIMS]
)
POD_CLAIMS = [name for name, (system, _) in TRUE_CLAIMS.items() if system.name == "pod"]
WORKSHOP = Workshop()
SECONDS = 1.5


@cache
def proof_of(name: str) -> Proof:
    return find_proof(*TRUE_CLAIMS[name], Limits(), WORKSHOP)


def refused_by_both(wrong: Certificate) -> str:
    """The question that z3 does not answer `unsat`, if cvc5 does not either; empty for a certificate that passes."""
    for question in wrong.questions:
        script = replace(wrong, questions=(question,)).script()
        if by_z3(script, SECONDS) != ["unsat"]:
            assert by_cvc5(script, SECONDS) != ["unsat"], f"z3 and cvc5 disagree about: {question.name}"
            return question.name
    return ""


def by_z3(script: str, seconds: float = 20.0) -> list[str]:
    """z3's answers, asked here once more: these tests do not rely on the project's own way to ask."""
    whole = f"(set-option :timeout {int(seconds * 1000)})\n{script}"
    context = z3.Context()
    output: str = z3.Z3_eval_smtlib2_string(context.ref(), whole)
    return output.split("\n")[:-1]


def by_cvc5(script: str, seconds: float = 20.0) -> list[str]:
    """cvc5's answers, with reasons for `unknown`."""
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("tlimit-per", str(int(seconds * 1000)))
    solver.setOption("enum-inst", "true")  # without, some questions stay open
    solver.setOption("fresh-binders", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate")
    symbols, answers = parser.getSymbolManager(), []
    while not (command := parser.nextCommand()).isNull():
        output = str(command.invoke(solver, symbols)).strip()
        answers += [output] if output and output != "success" else []
    return answers


def with_clauses(name: str, clauses: Sequence[Expr[bool]]) -> Certificate:
    system, formula = TRUE_CLAIMS[name]
    return certificate(system, formula.properties(), clauses)


# Right proofs.


@each_claim
def test_a_true_claim_is_proved_and_both_solvers_agree(name: str) -> None:
    proof = proof_of(name).certificate
    assert recheck(proof) == []
    assert by_z3(proof.script()) == by_cvc5(proof.script()) == ["unsat"] * len(proof.questions)
    machines = {event for machine in proof.system.machines for event in machine.events}
    asked = " ".join(question.name for question in proof.questions)
    for event in machines:
        forbidden = set(event.unless) & set(proof.system.assumed)
        assert (f"'{event}' keeps the invariant" in asked) is not bool(forbidden)


@each_claim
def test_proved_is_said_with_its_certificate(name: str) -> None:
    answer = prove(*TRUE_CLAIMS[name], Limits(), WORKSHOP)
    assert (answer.verdict, answer.method, answer.sizes) == (Verdict.TRUE, Method.proved, None)
    assert answer.certificate is not None
    assert recheck(answer.certificate) == []


PERIOD, LATEST = number("period", 1), number("latest", high=9)
PASSED = number("passed", initial=0)
hand, again = state("hand", Work, initial=Work.idle), Actor("clock")("again")
LENGTHS = System(
    "lengths",
    (
        Machine(
            "clock",
            hand,
            [Transition(trigger=again, source="*", dest=Work.busy, before=sets(PASSED, PASSED + PERIOD))],
        ),
    ),
    frozen=(PERIOD, LATEST),
)


@pytest.mark.parametrize(
    ("holds", "refused"),
    [
        ((PASSED // PERIOD >= 0) & (PASSED >= 0), ""),
        ((0 - PASSED) // PERIOD <= 0, ""),
        ((-1 // PERIOD).is_(-1), ""),
        (LATEST // PERIOD <= 9, ""),
        (LATEST // PERIOD <= 8, "the invariant holds initially"),
        (PASSED // PERIOD <= 3, "'again' keeps the invariant"),
    ],
    ids=str,
)
def test_divisions_and_only_ends_are_the_same_to_both_solvers(holds: Expr[bool], refused: str) -> None:
    made = certificate(LENGTHS, Always(holds).properties(), [holds, PASSED >= 0])
    assert refused_by_both(made) == refused
    if not refused:
        assert by_z3(made.script()) == by_cvc5(made.script()) == ["unsat"] * len(made.questions)


SMALL_PODS = [{regular: 1, init: 0}, {regular: 2, init: 0}, {regular: 3, init: 0}, {regular: 1, init: 1}]
SMALL_PODS += [{regular: 2, init: 1}, {regular: 1, init: 2}, {regular: 1, init: 3}]
MOST = 250_000


@pytest.mark.parametrize("sizes", SMALL_PODS, ids=lambda s: " and ".join(f"{n} {kind}" for kind, n in s.items()))
def test_invariants_hold_in_the_states_of_small_pods(sizes: Sizes) -> None:
    """In all of them where they are fewer than a quarter of a million; else in as many, found first."""
    looked_at = 0
    searched = [name for name in POD_CLAIMS if WHOLE or name != LONG_SEARCH]
    for system in {TRUE_CLAIMS[name][0] for name in searched}:
        clauses = [c for name in searched if TRUE_CLAIMS[name][0] is system for c in proof_of(name).clauses]
        assert len(clauses) > 4 or not WHOLE
        assert clauses
        search = Search(StateSpace(expand(system, sizes), True, clauses), Limits(30.0, MOST))
        search.run()
        if not len(search.visited):
            continue  # there are no Pods of this size
        looked_at += 1
        assert len(search.visited) > 1_000
        for clause in clauses:
            holds = search.space.truth(search.space.flat.flatten(clause))(search.visited)
            assert holds.all(), clause
            assert clause is not TRUE
    assert looked_at


@pytest.mark.parametrize("size", range(5))
def test_a_lock_excludes_in_every_small_office(size: int) -> None:
    for formula in (at_most_one_busy, busy_alone):
        assert check(LOCK, formula, {workers: size}).verdict is Verdict.TRUE
        assert check(NO_LOCK, formula, {workers: size}).verdict is (Verdict.TRUE if size < 2 else Verdict.FALSE)
    for name in ("a lock excludes", "a lock leaves nobody else"):
        search = Search(StateSpace(expand(LOCK, {workers: size}), symmetric=False))
        search.run()
        for clause in proof_of(name).clauses:
            assert search.space.truth(search.space.flat.flatten(clause))(search.visited).all()


# Wrong proofs.


@each_claim
def test_an_invariant_with_a_negated_clause_is_refused(name: str) -> None:
    clauses = proof_of(name).clauses
    for place in range(min(2, len(clauses))):
        wrong = [negation(c) if i == place else c for i, c in enumerate(clauses)]
        assert refused_by_both(with_clauses(name, wrong))


@each_claim
def test_an_invariant_that_is_never_true_is_refused(name: str) -> None:
    assert refused_by_both(with_clauses(name, [*proof_of(name).clauses, FALSE])) == "the invariant holds initially"


@each_claim
def test_an_invariant_without_a_clause_that_is_needed_is_refused(name: str) -> None:
    """Some clauses follow from others; but not all of them can be missed, and no claim here is an invariant alone."""
    clauses = proof_of(name).clauses
    if len(clauses) == 1:
        assert refused_by_both(with_clauses(name, []))
        return
    assert any(refused_by_both(with_clauses(name, without)) for without in each_left_out(clauses))


def each_left_out(clauses: Sequence[Expr[bool]]) -> Iterator[list[Expr[bool]]]:
    for i in range(len(clauses) - 1, -1, -1):
        yield [*clauses[:i], *clauses[i + 1 :]]


WEAK: dict[str, Expr[bool]] = dict.fromkeys(POD_CLAIMS, assigned)
WEAK |= {
    "two-phase commit agrees": two_phase.abort_sent,
    "a lock excludes": locked,
    "a lock leaves nobody else": locked,
}


@each_claim
def test_an_invariant_with_weaker_clauses_is_refused(name: str) -> None:
    """All clauses weakened at once by the same way out."""
    wrong = [clause | WEAK[name] for clause in proof_of(name).clauses]
    assert refused_by_both(with_clauses(name, wrong))


NOT_KEPT: dict[str, Expr[bool]] = {name: worker.is_(Worker.none) for name in POD_CLAIMS}
NOT_KEPT |= {
    "two-phase commit agrees": ~two_phase.commit_sent,
    "a lock excludes": ~locked,
    "a lock leaves nobody else": workers.none(busy),
}


@each_claim
def test_an_invariant_with_a_clause_that_is_only_true_at_first_is_refused(name: str) -> None:
    question = refused_by_both(with_clauses(name, [*proof_of(name).clauses, NOT_KEPT[name]]))
    assert question.endswith("keeps the invariant")


@each_claim
def test_an_invariant_that_says_nothing_is_refused(name: str) -> None:
    assert refused_by_both(with_clauses(name, [TRUE]))


# Another model.


def changed(system: System, event: Event, **instead: Any) -> System:
    """The system with other entries in the arrows of one event; None takes an entry away."""

    def transition(old: Mapping[str, Any]) -> Any:
        if old["trigger"] != event:
            return old
        new = {**old, **instead}
        return {key: value for key, value in new.items() if value is not None}

    machines = tuple(
        replace(m, transitions=[transition(t) for t in m.transitions], reacts=[transition(t) for t in m.reacts])
        if any(t["trigger"] == event for t in m.transitions)
        else m
        for m in system.machines
    )
    return replace(system, machines=machines)


OTHER_MODELS: dict[str, tuple[str, Callable[[], System]]] = {
    "stopped while something runs": (
        "nothing runs in a terminal phase",
        lambda: changed(WITHOUT_PODGC, stopped, conditions=None),
    ),
    "somebody else may write the phase": ("the API phase follows the corrected machine", lambda: POD),
    "init containers start in any order": (
        "one init container runs at a time",
        lambda: changed(WITHOUT_SIDECARS, start_init, conditions=None),
    ),
    "containers start by themselves": (
        "a container runs only once the worker was there",
        lambda: changed(WITHOUT_SIDECARS, start, conditions=None),
    ),
    "a commit without asking": (
        "two-phase commit agrees",
        lambda: changed(two_phase.SYSTEM, two_phase.commit, conditions=None),
    ),
    "a lock that is not looked at": ("a lock excludes", lambda: NO_LOCK),
    "a lock that is not looked at, again": ("a lock leaves nobody else", lambda: NO_LOCK),
}


@pytest.mark.parametrize(
    "change",
    [pytest.param(c, marks=pytest.mark.slow) if name == LONG_SEARCH else c for c, (name, _) in OTHER_MODELS.items()],
)
def test_a_proof_of_one_model_is_none_of_another(change: str) -> None:
    name, other = OTHER_MODELS[change]
    _, formula = TRUE_CLAIMS[name]
    system = other()
    assert refused_by_both(certificate(system, formula.properties(), proof_of(name).clauses))
    several = 0 if no_init_containers in system.assumed else 2
    sizes = {kind: 1 if kind is regular else several for kind in system.kinds}
    assert check(system, formula, sizes, limits=Limits(30.0)).verdict is Verdict.FALSE


def test_a_proof_under_an_assumption_is_none_without_it() -> None:
    name = "nothing runs in a terminal phase"
    _, formula = TRUE_CLAIMS[name]
    assert refused_by_both(certificate(POD, formula.properties(), proof_of(name).clauses))


# What is false is never proved.

FALSE_CLAIMS: dict[str, tuple[System, Formula]] = {
    "no Pod fails": (WITHOUT_PODGC, Never(api_phase.is_(Phase.Failed))),
    "nothing runs in a terminal phase": (POD, Always(ended.implies(phase.nothing_runs))),
    "a deleted object is gone": (POD, Never(object_.is_(Object.held))),
    "one container runs at a time": (POD, Always(regular.count(run.is_(Run.running)) <= 1)),
    "two-phase commit never commits": (two_phase.SYSTEM, Never(two_phase.one_committed)),
    "one without a lock": (NO_LOCK, at_most_one_busy),
    "alone without a lock": (NO_LOCK, busy_alone),
    # False for more elements only than any search looks at.
    "three without a lock": (NO_LOCK, Always(workers.count(busy) <= 3)),
    "a decision comes back": (two_phase.SYSTEM, Step(two_phase.commit_sent, ~two_phase.commit_sent)),
}


LONG_TRIED = ("nothing runs in a terminal phase", "a deleted object is gone", "one container runs at a time")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG_TRIED else name for name in FALSE_CLAIMS]
)
def test_a_false_claim_is_never_proved(name: str) -> None:
    answer = prove(*FALSE_CLAIMS[name], Limits(10.0), WORKSHOP)
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reason
    assert answer.certificate is None


def test_the_false_claims_are_false() -> None:
    for name, (system, formula) in FALSE_CLAIMS.items():
        most = 5 if system is NO_LOCK else 2
        sizes = {kind: 0 if kind is init else most for kind in system.kinds}
        assert check(system, formula, sizes, limits=Limits(30.0)).verdict is Verdict.FALSE, name


@each_claim
def test_no_time_is_no_proof(name: str) -> None:
    if not proof_of(name).queries:
        return  # the claim is inductive by itself: nothing was searched for
    answer = prove(*TRUE_CLAIMS[name], Limits(seconds=0.0), WORKSHOP)
    assert (answer.verdict, answer.certificate) == (Verdict.UNKNOWN, None)
    assert "stopped after the work" in answer.reason


def test_little_time_is_no_proof() -> None:
    answer = prove(*TRUE_CLAIMS["two-phase commit agrees"], Limits(seconds=0.01))
    assert (answer.verdict, answer.certificate) == (Verdict.UNKNOWN, None)


# The abstraction: a step of a real Pod is an abstract step.


def image(presence: Presence, values: Mapping[Variable[Any], Any], pair: Sequence[int]) -> Mapping[Variable[Any], Any]:
    found: dict[Variable[Any], Any] = {v: values[v] for v in presence.system.variables if v.kind is None}
    for (kind, local), bit in presence.bits.items():
        members = presence.members[kind]
        size = len(values[members[0]])
        found[bit] = any(tuple(values[v][i] for v in members) == local for i in range(size))
    for place, element in enumerate(presence.pair):
        found |= {flat: values[own][pair[place]] for own, flat in element.items()}
    return found | dict.fromkeys(presence.elsewhere.values(), False)


def walk(space: StateSpace, random: Random, length: int) -> Iterator[tuple[int, int, int]]:
    """A random run as (state before, index of the step, state after)."""
    current = random.choice([*space.initial()])
    for _ in range(length):
        moves = [*space.moves(np.array([current], dtype=np.uint64))]
        if not moves:
            return
        chosen = random.choice(moves)
        yield int(current), chosen.index, int(chosen.after[0])
        current = chosen.after[0]


ABSTRACTED: dict[str, tuple[System, Sizes, Kind | None]] = {
    "pod": (POD, {regular: 2, init: 2}, None),
    "pod of three containers": (POD, {regular: 3, init: 0}, None),
    "pod with a pair of init containers": (POD, {regular: 1, init: 3}, init),
    "pod with a pair of containers": (POD, {regular: 3, init: 1}, regular),
    "two-phase commit": (two_phase.SYSTEM, {two_phase.managers: 2}, None),
    "two-phase commit with a pair": (two_phase.SYSTEM, {two_phase.managers: 3}, two_phase.managers),
    "lock": (LOCK, {workers: 3}, None),
    "lock with a pair": (LOCK, {workers: 3}, workers),
}


@pytest.mark.parametrize("name", spread([*ABSTRACTED], 4))
def test_every_step_of_a_random_walk_is_an_abstract_step(name: str) -> None:
    system, sizes, tracked = ABSTRACTED[name]
    if system is POD:  # the whole Pod with a tracked pair has too many abstract steps to look through
        system = POD.cone(
            [ended, phase.nothing_runs] if tracked is None else [init.some(initialising), run_of(tracked)]
        )
    presence = Presence(system, tracked)
    by_step: dict[int, list[Any]] = {}
    for abstract in presence.steps:
        by_step.setdefault(id(abstract.step), []).append(abstract)
    space = StateSpace(expand(system, sizes), symmetric=False)
    random = Random(name)
    pairs = [*combinations(range(sizes[tracked]), 2)] if tracked is not None else [(0, 0)]
    followed = set()
    for _ in range(12):
        pair = random.choice(pairs)
        first = True
        for before, index, after in walk(space, random, 40):
            step = space.flat.steps[index].step
            old, new = (image(presence, space.values(s), pair) for s in (before, after))
            if first:
                assert evaluate(presence.initial(), old, {})
                first = False
            assert evaluate(presence.legal(), old, {})
            assert any(leads(abstract, old, new) for abstract in by_step[id(step)]), step.label
            followed.add(step.label)
    assert len(followed) >= min(9, len({s.label for s in system.steps}) - 2)


def run_of(kind: Kind) -> Expr[bool]:
    return kind.some(initialising if kind is init else run.is_(Run.running))


def leads(abstract: Any, old: Mapping[Variable[Any], Any], new: Mapping[Variable[Any], Any]) -> bool:
    if not evaluate(abstract.guard, old, {}):
        return False
    return {**old, **{v: evaluate(e, old, {}) for v, e in abstract.updates.items()}} == new


def test_bounds_of_the_abstraction() -> None:
    """`above` holds wherever the condition may hold in a state with this image."""
    system = POD.cone([ended, phase.nothing_runs])
    space = StateSpace(expand(system, {regular: 2, init: 2}), symmetric=False)
    presence = Presence(system)
    conditions = [e for step in system.steps for e in nodes(step.guard) if e.domain == TRUE.domain and not own_kinds(e)]
    conditions += [init.count(initialising) <= n for n in range(3)]
    conditions += [~(init.count(initialising) <= n) for n in range(3)]
    random = Random(1)
    bounds = [(condition, presence.above(condition)) for condition in spread(conditions, 150)]
    for before, _, _ in walk(space, random, 10 * MORE):
        values = space.values(before)
        abstract = image(presence, values, (0, 0))
        for condition, above in bounds:
            if evaluate(condition, values, space.flat.sizes):
                assert evaluate(above, abstract, {}), condition


def test_no_elements_are_a_number_too() -> None:
    """A sort of SMT-LIB is never empty, a kind may be: no certificate may take an element for granted."""
    for formula in (Always(init.some(TRUE)), Always((init.count(initialising) <= 1) & init.some(TRUE))):
        assert check(POD, formula, {regular: 1, init: 0}).verdict is Verdict.FALSE
        assert prove(POD, formula, Limits(20.0 if WHOLE else 1.0), WORKSHOP).verdict is Verdict.UNKNOWN


def test_a_limit_of_one_question_is_none_of_the_next() -> None:
    """z3 keeps options of scripts for the whole process."""
    hard = "(declare-const x Int)(declare-const y Int)(assert (and (< 2 x 4) (= (* x y) 21)))(check-sat)"
    assert ask_z3(hard, 1) == ["unknown"]
    x, y = z3.Ints("x y")
    solver = z3.Solver()
    solver.add(x > 2, x < 4, x * y == 21)
    assert solver.check() == z3.sat
