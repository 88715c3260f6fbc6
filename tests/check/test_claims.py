"""The catalogue: claims are said well, kill the mutants that they name, and are decided alike in other ways."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest
from podproof.certificates.counterexample import replay
from podproof.check.decide import Judge, Result
from podproof.check.store import Store
from podproof.check.ways import NO_START
from podproof.claims.catalogue import CLAIMS
from podproof.claims.records import RECORDS
from podproof.engines.disruptions import hitting_sets
from podproof.engines.explicit import Search, predicates
from podproof.engines.refute import Refuter
from podproof.engines.state_space import StateSpace
from podproof.engines.symbolic import Workshop, prove
from podproof.kubernetes.pod import POD
from podproof.kubernetes.rules import phase
from podproof.kubernetes.view import POD_WITH_STATUS, ContainerState, api
from podproof.kubernetes.vocabulary.assumptions import (
    no_container_policies,
    no_eviction,
    no_init_containers,
)
from podproof.kubernetes.vocabulary.events import kubelet
from podproof.kubernetes.vocabulary.spec import RestartPolicy, init, policy, regular
from podproof.kubernetes.vocabulary.states import Phase, Run, Worker, api_phase, run
from podproof.language import (
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    Kind,
    Machine,
    System,
    Transition,
    flag,
    number,
    sets,
    state,
)
from podproof.language.flat import Sizes, expand
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Formula, Never, Only, Reachable, Step
from podproof.properties.limits import Limits
from podproof.properties.mutations import Change, Mutation
from podproof.properties.whole_runs import NoReturn, Passes, Shortest
from podproof.teeth.teeth import kills

from tests.support.samples import spread

BY_ID = {claim.id: claim for claim in CLAIMS}
SAFETY = [claim for claim in CLAIMS if claim.formula.properties() and claim.about is POD]
FALSE_CLAIMS = [claim for claim in SAFETY if claim.expected is Verdict.FALSE]


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge()


def test_there_are_at_least_25_claims_with_distinct_ids_sentences_and_sources() -> None:
    assert len(CLAIMS) >= 25
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    assert len({claim.sentence for claim in CLAIMS}) == len(CLAIMS)
    assert all(claim.source for claim in CLAIMS)


@pytest.mark.parametrize("claim", spread(CLAIMS, 44), ids=lambda claim: claim.id)
def test_every_claim_kills_the_mutant_it_names(claim: Claim) -> None:
    assert kills(claim)


def test_what_is_not_decided_is_not_noticed() -> None:
    """So few states show that the claim is true, but not that it is false of the mutant."""
    assert not kills(BY_ID["held-without-a-node"], Limits(states=300))


def _sets(system: Any, claim: Claim) -> set[frozenset[Assumption]]:
    candidates = tuple(dict.fromkeys((*system.assumptions, *claim.candidates)))
    refuter = Refuter(system, claim.formula, candidates, Limits())
    breaking = refuter.breaking({regular: 1, init: 1})
    return set(hitting_sets(breaking, candidates))


def test_a_new_terminator_joins_the_computed_set() -> None:
    claim = BY_ID["failed-only-under-never"]
    no_whim = Assumption("no-whim", "The kubelet does not kill a Pod for no reason.")
    whim = kubelet("kill on a whim", unless=no_whim)
    worker = next(m for m in POD.machines if m.name == "worker")
    local = next(m for m in POD.machines if m.name == "local phase")
    grown: dict[Machine[Any], Machine[Any]] = {
        worker: replace(
            worker,
            transitions=[
                *worker.transitions,
                Transition(trigger=whim, source=Worker.sync, dest=Worker.terminating),
            ],
        ),
        local: replace(local, reacts=[*local.reacts, Transition(trigger=whim, source="*", dest=Phase.Failed)]),
    }
    changed = replace(POD, machines=tuple(grown.get(m, m) for m in POD.machines))
    (before,), (after,) = _sets(POD, claim), _sets(changed, claim)
    assert after == before | {no_whim}


def test_a_removed_terminator_leaves_the_computed_set() -> None:
    claim = BY_ID["failed-only-under-never"]
    machines = tuple(
        replace(
            m,
            transitions=[t for t in m.transitions if t["trigger"] != "evict"],
            reacts=[t for t in m.reacts if t["trigger"] != "evict"],
        )
        for m in POD.machines
    )
    (before,), (after,) = _sets(POD, claim), _sets(replace(POD, machines=machines), claim)
    assert after == before - {no_eviction}


def test_a_negated_guard_changes_the_computed_sets() -> None:
    claim = BY_ID["never-running-to-pending"]
    changed = Mutation("sandbox", "create the sandbox", Change.negated, 1)(POD)
    assert _sets(changed, claim) != _sets(POD, claim)


@pytest.mark.parametrize("sizes", [(1, 0), (1, 1), (2, 1), (3, 0)], ids=str)
def test_explicit_agrees_with_and_without_cone_and_symmetry(sizes: tuple[int, int]) -> None:
    """All safety claims at once, for Pods without container-level policies; with them, each by itself."""
    size = {regular: sizes[0], init: sizes[1]}
    system = POD.under(no_container_policies)
    space = StateSpace(expand(system, size), symmetric=False)
    broken = _broken_by_one_exploration(space)
    for claim in spread(SAFETY, 24):
        refuter = Refuter(claim.system.under(no_container_policies), claim.formula, (), Limits())
        with_cone = StateSpace(expand(refuter.part, size), True, refuter.observed)
        found = Search(with_cone).run(*predicates(claim.formula, with_cone))
        assert (found is not None) == (claim.id in broken if not claim.given else _broken(claim, size)), claim.id


def _broken(claim: Claim, size: Sizes) -> bool:
    """Some Pod of the size that the claim is about breaks it; without cone and symmetry."""
    space = StateSpace(expand(claim.system.under(no_container_policies), size), symmetric=False)
    return Search(space).run(*predicates(claim.formula, space)) is not None


def _broken_by_one_exploration(space: StateSpace) -> set[str]:
    """The ids of the safety claims that some reachable state or step breaks, without cone and symmetry."""
    tests = {claim.id: predicates(claim.formula, space) for claim in SAFETY}
    search = Search(space)
    assert search.run() is None
    broken: set[str] = set()
    for states in search.levels:
        for name, (bad_state, _, _) in tests.items():
            if name not in broken and bad_state is not None and bad_state(states).any():
                broken.add(name)
        for moves in space.moves(states):
            for name, (_, bad_step, _) in tests.items():
                if name not in broken and bad_step is not None:
                    wrong = bad_step.where(moves.index, states[moves.rows], moves.after)
                    if wrong is not None and wrong.any():
                        broken.add(name)
    return broken


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop()


@pytest.mark.parametrize("claim", spread(FALSE_CLAIMS, 16), ids=lambda claim: claim.id)
def test_the_symbolic_engine_does_not_prove_a_false_claim(claim: Claim, workshop: Workshop) -> None:
    assert prove(claim.system, claim.formula, Limits(1.0), workshop).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("sizes", [(1, 1), (2, 0)], ids=str)
def test_a_proof_is_never_contradicted_by_a_small_pod(sizes: tuple[int, int]) -> None:
    """With policies of containers, too. Claims about some Pods only are asked about all, so those may be broken."""
    size = {regular: sizes[0], init: sizes[1]}
    proved = [c for c in SAFETY if c.expected is Verdict.TRUE]
    assert len(proved) >= 15
    broken = _broken_by_one_exploration(StateSpace(expand(POD, size), symmetric=False))
    assert not {claim.id for claim in proved if not claim.given} & broken
    for claim in proved:
        if claim.given and claim.id in broken:
            refuter = Refuter(claim.system, claim.formula, (), Limits())
            assert refuter.shortest_of(size) is None, claim.id


def test_every_stored_invariant_belongs_to_a_claim_and_is_used() -> None:
    ids = {key.split()[0].rstrip(",") for key in Store.shipped().entries}
    assert ids <= {claim.id for claim in CLAIMS} | {"explain"}


def test_a_wrong_stored_invariant_is_not_believed() -> None:
    claim = BY_ID["terminal-nothing-runs"]
    store = Store()
    store.put(store.key(claim.id, ()), [api_phase.is_(Phase.Pending)])
    result: Result = Judge(store=store).decide(claim, assumption_sets=False)
    assert result.verdict is Verdict.FALSE


@pytest.mark.parametrize("believed", [True, False])
def test_a_claim_believed_true_is_proved_from_its_lemmas_before_anything_is_explored(
    believed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    explored = []
    monkeypatch.setattr(Refuter, "shortest", lambda *_, **__: explored.append(True))
    claim = replace(BY_ID["ready-means-running"], expected=Verdict.TRUE if believed else Verdict.FALSE)
    assert Judge(store=Store()).decide(claim, assumption_sets=False).answer.method is Method.proved
    assert bool(explored) is not believed


def test_limits_give_unknown() -> None:
    claim = Claim("limited", "Nothing.", Always(api_phase.is_(*Phase)), POD)
    hard = replace(claim, formula=Step(api_phase.is_(Phase.Succeeded), api_phase.is_not(Phase.Pending)))
    result = Judge(Limits(seconds=0.001, states=5), Store()).decide(hard, assumption_sets=False)
    assert result.verdict is Verdict.UNKNOWN
    assert result.reason


def test_hitting_sets_are_the_minimal_ones() -> None:
    a, b, c = (Assumption(name, name) for name in "abc")
    assert hitting_sets([frozenset({a, b}), frozenset({c})], (a, b, c)) == [frozenset({a, c}), frozenset({b, c})]
    assert hitting_sets([frozenset()], (a,)) == []
    assert hitting_sets([], (a,)) == [frozenset()]


NOBODY = Assumption(
    "nobody", "There is no such Pod.", shape=policy.is_(RestartPolicy.Never) & policy.is_not(RestartPolicy.Never)
)
STRANGER = Actor("stranger")("knock")
other = flag("elsewhere")


@pytest.mark.parametrize("formula", [Always(api_phase.is_(Phase.Failed)), Reachable(api_phase.is_(Phase.Failed))])
def test_nothing_is_said_of_a_system_that_cannot_start(formula: Formula, judge: Judge) -> None:
    claim = Claim("about-nobody", "Whatever.", formula, POD, given=(NOBODY,))
    result = judge.decide(claim)
    assert (result.verdict, result.answer.reason) == (Verdict.ERROR, NO_START)


def test_an_assumption_that_leaves_no_start_makes_nothing_true(judge: Judge) -> None:
    claim = Claim("not-failed", "Never Failed.", Always(api_phase.is_not(Phase.Failed)), POD, candidates=(NOBODY,))
    result = judge.decide(claim)
    assert (result.verdict, result.assumption_sets) == (Verdict.FALSE, ())


@pytest.mark.parametrize("formula", [Step(TRUE, TRUE, (STRANGER,)), Only(STRANGER, TRUE), Always(other.is_(True))])
def test_a_claim_about_something_else_is_refused(formula: Formula, judge: Judge) -> None:
    with pytest.raises(DeclarationError, match="system pod does not have"):
        judge.decide(Claim("elsewhere", "Something else.", formula, POD))


# Small systems about which it is easy to be wrong.


class Lamp(StrEnum):
    off = "off"
    on = "on"


lamp = state("lamp", Lamp, initial=Lamp.off)
worn = flag("worn", initial=False)
switch_on, switch_off = Actor("hand")("switch on"), Actor("hand")("switch off")
LAMP = System(
    "lamp",
    (
        Machine(
            "lamp",
            lamp,
            transitions=[
                Transition(trigger=switch_on, source=Lamp.off, dest=Lamp.on, conditions=[~worn]),
                Transition(trigger=switch_off, source=Lamp.on, dest=Lamp.off, before=sets(worn, True)),
            ],
        ),
    ),
)


def test_a_value_that_comes_back_another_way_returns(judge: Judge) -> None:
    """off, on, off: each state is a component of its own."""
    result = judge.decide(Claim("no-return", "It never comes back.", NoReturn(lamp), LAMP))
    assert result.verdict is Verdict.FALSE
    assert result.answer.trace is not None
    run = replay(result.answer.trace)
    assert [values[lamp] for values in run.states] == [Lamp.off, Lamp.on, Lamp.off]
    assert judge.decide(Claim("wear", "What is worn stays worn.", NoReturn(worn), LAMP)).verdict is Verdict.TRUE


new = flag("new")
BULB = Machine(
    "lamp",
    lamp,
    transitions=[
        Transition(trigger=switch_on, source=Lamp.off, dest=Lamp.on, conditions=[new]),
        Transition(trigger=switch_off, source=Lamp.on, dest=Lamp.off, before=sets(worn, True)),
    ],
)
BOUGHT_NEW, BOUGHT_OLD = (
    System("lamp", (BULB,), frozen=(new,), initially=(new.is_(value),)) for value in (True, False)
)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("formula", "right"),
    [
        (Shortest(worn, 2), (Verdict.TRUE, Verdict.FALSE)),
        (Always(lamp.is_(Lamp.off)), (Verdict.FALSE, Verdict.TRUE)),
        (Step(lamp.is_(Lamp.off), lamp.is_(Lamp.off)), (Verdict.FALSE, Verdict.TRUE)),
        (Reachable(worn), (Verdict.TRUE, Verdict.FALSE)),
    ],
)
def test_systems_of_the_same_machines_are_not_mixed_up(
    formula: Formula, right: tuple[Verdict, Verdict], order: tuple[int, int]
) -> None:
    """One judge keeps what it learns; where another system starts differently, it may not be used."""
    judge = Judge(store=Store())
    for which in order:
        claim = Claim("lamp", "About the lamp.", formula, (BOUGHT_NEW, BOUGHT_OLD)[which])
        assert judge.decide(claim, assumption_sets=False).verdict is right[which]


def test_graphs_are_of_a_size_that_can_start(judge: Judge) -> None:
    formula = Shortest(regular.some(run.is_(Run.running)), 4, most=1)
    result = judge.decide(
        Claim("soon", "It runs after four steps.", formula, POD, given=(no_init_containers, no_container_policies))
    )
    assert result.verdict is Verdict.TRUE
    assert result.answer.sizes == {regular: 1, init: 0}


def test_a_need_that_shows_at_once_is_shown() -> None:
    """Without the assumption the claim breaks in the initial state: a run of no steps."""
    shaped = Assumption("new", "It is new.", shape=new.is_(True))
    system = System("lamp", (BULB,), frozen=(new,))
    claim = Claim("it-is-new", "It is new.", Always(new.is_(True)), system, candidates=(shaped,))
    (condition,) = Judge(store=Store()).decide(claim).assumption_sets
    assert condition.assumptions == (shaped,)
    assert len(condition.without[shaped]) == 0


def test_a_step_without_effect_in_the_cone_keeps_its_kind(judge: Judge) -> None:
    """Every gadget can be switched, whatever the lamp does: the step stays, though nobody asks about gadgets."""
    gadget = Kind("gadget")
    power = state("power", Lamp, kind=gadget, initial=Lamp.off)
    switch = Actor("hand")("switch it")
    gadgets = Machine("gadget", power, transitions=[Transition(trigger=switch, source="*", dest=Lamp.on)])
    system = System("room", (gadgets, LAMP.machines[0]))
    result = judge.decide(Claim("wears", "It never wears.", Always(~worn), system))
    assert result.verdict is Verdict.FALSE


@pytest.mark.parametrize(
    "wrong",
    [
        {"given": ("no-podgc",)},
        {"candidates": (1,)},
        {"lemmas": (lamp,)},
        {"kills": "a bug"},
        {"notes": "one"},
        {"id": 5},
    ],
    ids=str,
)
def test_claims_of_wrong_types_are_refused(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "id": "lamp",
        "sentence": "It is off.",
        "formula": Always(lamp.is_(Lamp.off)),
        "about": LAMP,
    }
    with pytest.raises(DeclarationError):
        Claim(**{**right, **wrong})


# Numbers without ends cannot be explored; what a proof or a look at the records can tell is still told.

count = number("count", initial=0)
COUNTER = System(
    "counter",
    (
        Machine(
            "lamp",
            lamp,
            transitions=[Transition(trigger=switch_on, source="*", dest=Lamp.on, before=sets(count, count + 1))],
        ),
    ),
)


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (Always(count >= 0), Verdict.TRUE),
        (Step(count.is_(0), count >= 1), Verdict.TRUE),
        (Always(count <= 3), Verdict.UNKNOWN),
        (Reachable(count.is_(2)), Verdict.UNKNOWN),
        (Passes(count.is_(2), lamp.is_(Lamp.on)), Verdict.UNKNOWN),
    ],
    ids=str,
)
def test_unbounded_numbers(formula: Formula, verdict: Verdict, judge: Judge) -> None:
    result = judge.decide(Claim("count", "It counts.", formula, COUNTER))
    assert result.verdict is verdict
    assert result.reason if verdict is Verdict.UNKNOWN else result.answer.certificate


PERIOD = number("period", 1, doc="a field of which only the low end is known")
PERIODS = System(
    "counter of periods",
    (
        Machine(
            "lamp",
            lamp,
            transitions=[Transition(trigger=switch_on, source="*", dest=Lamp.on, before=sets(count, count + PERIOD))],
        ),
    ),
    frozen=(PERIOD,),
)


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (Always(count >= 0), Verdict.TRUE),
        (Always(PERIOD >= 1), Verdict.TRUE),
        (Always((count // PERIOD >= 0) & (count // PERIOD <= count)), Verdict.TRUE),
        (Step(count.is_(0), (count // PERIOD).is_(1)), Verdict.TRUE),
        (Step(count.is_(0), (count // (PERIOD + 1)).is_(1)), Verdict.UNKNOWN),
        (Step(count.is_(0), count >= 1), Verdict.TRUE),
        (Step(count.is_(0), count >= 2), Verdict.UNKNOWN),
        (Always(PERIOD >= 2), Verdict.UNKNOWN),
        (Always(PERIOD <= 9), Verdict.UNKNOWN),
    ],
    ids=str,
)
def test_the_only_end_of_a_number_is_known_to_proofs(formula: Formula, verdict: Verdict, judge: Judge) -> None:
    result = judge.decide(Claim("count", "It counts.", formula, PERIODS))
    assert result.verdict is verdict
    assert result.reason if verdict is Verdict.UNKNOWN else result.answer.certificate


def test_numbers_with_one_end_in_what_does_not_move(judge: Judge) -> None:
    most = number("most", high=4)
    fields = System("fields", (), frozen=(PERIOD, most))
    for formula, verdict in (
        (Always((PERIOD >= 1) & (most <= 4)), Verdict.TRUE),
        (Reachable(most - 2 > PERIOD), Verdict.TRUE),
        (Reachable(most - 3 > PERIOD), Verdict.FALSE),
        (Reachable(PERIOD > 10**20), Verdict.TRUE),
    ):
        result = judge.decide(Claim("fields", "Fields have ends.", formula, fields))
        assert result.verdict is verdict, formula


def test_a_record_can_be_looked_for(judge: Judge) -> None:
    failed, both = phase.recorded.value.is_(Phase.Failed), phase.recorded.value.is_(Phase.Running)
    result = judge.decide(Claim("failed", "A record can be Failed.", Reachable(failed), RECORDS))
    assert result.verdict is Verdict.TRUE
    assert result.answer.trace is not None and len(replay(result.answer.trace).trace) == 0
    assert judge.decide(Claim("both", "Or two.", Reachable(failed & both), RECORDS)).verdict is Verdict.FALSE


def test_sizes_that_do_not_fit_are_left_out(judge: Judge) -> None:
    """With all copies of the status only one container fits into a word."""
    shown = regular.some(api.state.is_(ContainerState.error))
    broken = judge.decide(
        Claim("no-error", "Error is never shown.", Never(shown), POD_WITH_STATUS), assumption_sets=False
    )
    assert broken.verdict is Verdict.FALSE
    assert broken.answer.sizes == {regular: 1, init: 0}
