"""Liveness: the traps that model checkers have fallen into, assumptions that somebody goes on, and Pods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import pytest
from podproof.certificates.counterexample import ReplayError, as_json, replay, text
from podproof.check.decide import Judge, Result
from podproof.claims.liveness import CLAIMS as LIVENESS
from podproof.engines import fair_cycles, liveness
from podproof.engines.liveness import LivenessSearch, check
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import Object, object_
from podproof.language import (
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    Event,
    Fairness,
    Kind,
    Machine,
    System,
    Transition,
    number,
    parameter,
    sets,
    state,
    strong,
    weak,
)
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Formula
from podproof.properties.limits import Limits
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo, Liveness
from podproof.properties.trace import Forever

from examples import dining, ewd840, token_ring
from tests.support.random_liveness import Place

# A machine as a picture: "a.go.b" is an arrow. Events whose names begin with x are actor X's, the others actor O's.


o, x = Actor("O"), Actor("X")
place = state("place", Place, initial=Place.a)
at_a, at_b, at_c, at_d = (place.is_(p) for p in (Place.a, Place.b, Place.c, Place.d))


def drawn(*arrows: str) -> tuple[System, dict[str, Event]]:
    split = [arrow.split(".") for arrow in arrows]
    events = {name: (x if name.startswith("x") else o)(name) for _, name, _ in split}
    machine = Machine(
        "drawn", place, [Transition(trigger=events[name], source=Place(a), dest=Place(b)) for a, name, b in split]
    )
    return System("drawn", (machine,)), events


def lasso(answer: Answer) -> tuple[list[str], list[str]]:
    """The events before and in the cycle of a counterexample that replays."""
    assert (answer.verdict, answer.method) == (Verdict.FALSE, Method.exhaustive)
    assert answer.trace is not None and answer.trace.forever is not None
    replay(answer.trace)
    labels = [step.step.label for step in answer.trace.steps]
    return labels[: answer.trace.forever.after], labels[answer.trace.forever.after :]


def could(answer: Answer) -> list[str]:
    assert answer.trace is not None
    forever = replay(answer.trace).trace.forever
    assert forever is not None
    return [step.step.label for step in forever.possible]


# Traps.


def test_without_fairness_a_run_may_stop_anywhere() -> None:
    system, _ = drawn("a.go.b")
    answer = check(system, Eventually(at_b), {})
    assert (lasso(answer), could(answer)) == (([], []), ["go"])


def test_a_state_without_a_step_is_an_end_whatever_is_fair() -> None:
    system, events = drawn("a.go.b", "a.stay.a")
    answer = check(
        system,
        Eventually(at_c),
        {},
    )
    assert lasso(answer) == ([], [])
    answer = check(system, Eventually(at_c, fair=(strong(o), weak(events["go"]))), {})
    assert (lasso(answer), could(answer)) == ((["go"], []), [])


def test_fairness_is_not_satisfied_by_steps_that_change_nothing() -> None:
    system, events = drawn("a.go.b", "a.stay.a")
    assert check(system, Eventually(at_b, fair=(weak(o),)), {}).verdict is Verdict.TRUE
    assert check(system, Eventually(at_b, fair=(strong(o),)), {}).verdict is Verdict.TRUE
    assert lasso(check(system, Eventually(at_b, fair=(strong(events["stay"]),)), {})) == ([], [])


def test_who_can_only_do_what_changes_nothing_need_not() -> None:
    system, events = drawn("a.go.b", "b.stay.b")
    assert lasso(check(system, Eventually(at_a & at_b, fair=(strong(events["stay"]),)), {})) == ([], [])


def test_weak_is_not_strong() -> None:
    system, events = drawn("a.on.b", "b.on.a", "a.exit.c")
    answer = check(system, Eventually(at_c, fair=(weak(events["exit"]), weak(events["on"]))), {})
    assert lasso(answer) == ([], ["on", "on"])
    assert check(system, Eventually(at_c, fair=(strong(events["exit"]),)), {}).verdict is Verdict.FALSE
    assert lasso(check(system, Eventually(at_c, fair=(strong(events["exit"]),)), {})) == (["on"], [])
    assert (
        check(system, Eventually(at_c, fair=(strong(events["exit"]), weak(events["on"]))), {}).verdict is Verdict.TRUE
    )


def test_the_fairness_of_an_actor_is_met_by_any_of_its_steps_unless_it_is_of_each() -> None:
    system, _ = drawn("a.on.b", "b.on.a", "a.exit.c", "b.exit.c")
    assert lasso(check(system, Eventually(at_c, fair=(weak(o),)), {})) == ([], ["on", "on"])
    assert check(system, Eventually(at_c, fair=(weak(o, each=True),)), {}).verdict is Verdict.TRUE


def test_a_component_of_which_a_part_is_fair_is_looked_at_again() -> None:
    """Strong fairness of "out" forbids to pass b for ever, but c and d go on without it."""
    system, events = drawn("a.in.b", "b.on.c", "c.on.d", "d.back.c", "d.round.b", "b.xout.f")
    fair = (strong(events["xout"]), weak(o))
    assert lasso(check(system, Eventually(place.is_(Place.f), fair=fair), {})) == (["in", "on"], ["on", "back"])
    system, events = drawn("a.in.b", "b.on.c", "c.on.b", "b.xout.f")
    fair = (strong(events["xout"]), weak(o))
    assert check(system, Eventually(place.is_(Place.f), fair=fair), {}).verdict is Verdict.TRUE


def test_eventually_is_missed_on_cycles_and_not_only_at_ends() -> None:
    system, _ = drawn("a.go.b", "b.back.a", "a.leave.c", "c.leave.d")
    assert lasso(check(system, Eventually(at_c, fair=(weak(o),)), {})) == ([], ["go", "back"])


def test_what_holds_once_need_not_stay() -> None:
    """Dropping the outer operator of <>[] or of []<> makes these the same."""
    system, _ = drawn("a.go.b", "b.go.c", "c.back.b")
    fair = (weak(o),)
    assert check(system, Eventually(at_b, fair=fair), {}).verdict is Verdict.TRUE
    assert check(system, InfinitelyOften(at_b, fair=fair), {}).verdict is Verdict.TRUE
    assert lasso(check(system, EventuallyAlways(at_b, fair=fair), {})) == (["go"], ["go", "back"])
    assert check(system, EventuallyAlways(~at_a, fair=fair), {}).verdict is Verdict.TRUE
    assert check(system, Eventually(at_a), {}).verdict is Verdict.TRUE
    assert lasso(check(system, InfinitelyOften(at_a, fair=fair), {})) == (["go"], ["go", "back"])


def test_the_cycle_of_eventually_always_has_to_leave_the_condition() -> None:
    system, _ = drawn("a.go.b", "b.go.a", "a.x.c", "c.x.d", "d.x.c")
    answer = check(system, EventuallyAlways(~at_d, fair=(weak(x),)), {})
    assert lasso(answer) == (["x"], ["x", "x"])


def test_leads_to_is_asked_wherever_it_begins() -> None:
    system, _ = drawn("a.go.b", "b.go.c", "c.go.b", "c.end.d", "d.on.e", "e.on.d")
    fair = (weak(o),)
    assert check(system, LeadsTo(at_a, at_b, fair=fair), {}).verdict is Verdict.TRUE
    assert lasso(check(system, LeadsTo(at_b, at_d, fair=fair), {})) == (["go"], ["go", "go"])
    assert lasso(check(system, LeadsTo(at_d, at_b, fair=fair), {})) == (["go", "go", "end"], ["on", "on"])
    assert check(system, LeadsTo(at_b, at_b), {}).verdict is Verdict.TRUE


def test_an_answer_that_nobody_asked_for_is_true_and_said_to_be() -> None:
    system, _ = drawn("a.go.b")
    answer = check(system, LeadsTo(at_c, at_b), {})
    assert (answer.verdict, answer.reason) == (Verdict.TRUE, liveness.NEVER_ASKED)


def test_the_counterexample_is_a_cycle_and_not_the_whole_component() -> None:
    system, _ = drawn("a.go.b", "b.go.c", "c.go.d", "d.go.e", "e.go.a", "b.short.a", "e.short.d", "d.x.f")
    assert lasso(check(system, Eventually(place.is_(Place.f), fair=(weak(o),)), {})) == ([], ["go", "short"])


def test_a_cycle_passes_what_fairness_asks_for_and_nothing_else() -> None:
    system, events = drawn("a.go.b", "b.go.a", "a.xfar.c", "c.xfar.d", "d.xfar.a", "b.xfar.c")
    fair = (weak(o), strong(events["xfar"]))
    before, around = lasso(check(system, Eventually(place.is_(Place.f), fair=fair), {}))
    assert (before, around) == ([], ["xfar", "xfar", "xfar"])
    fair = (strong(events["go"]), strong(events["xfar"]))
    assert lasso(check(system, Eventually(place.is_(Place.f), fair=fair), {})) == ([], ["go", "xfar", "xfar", "xfar"])


def test_no_step_counts_in_a_state_that_fairness_does_not_mean() -> None:
    system, events = drawn("a.go.b", "b.go.c", "c.go.d")
    assert check(system, Eventually(at_c, fair=(weak(events["go"]),)), {}).verdict is Verdict.TRUE
    answer = check(system, Eventually(at_c, fair=(weak(events["go"], ~at_b),)), {})
    assert (lasso(answer), could(answer)) == ((["go"], []), ["go"])


class Noise(StrEnum):
    low = "low"
    high = "high"


def test_who_is_fair_may_be_busy_with_something_else() -> None:
    """A cone of influence without that would make any step of its actor progress."""
    noise, hum, go = state("noise", Noise, initial=Noise.low), o("hum"), o("go")
    other = Noise.high, Noise.low
    humming: list[Transition[Noise]] = [
        Transition(trigger=hum, source=a, dest=b) for a, b in zip(Noise, other, strict=True)
    ]
    going = Machine("going", place, [Transition(trigger=go, source=Place.a, dest=Place.b)])
    system = System("busy", (going, Machine("noise", noise, humming)))
    assert lasso(check(system, Eventually(at_b, fair=(weak(o),)), {})) == ([], ["hum", "hum"])
    assert check(system, Eventually(at_b, fair=(weak(o, each=True),)), {}).verdict is Verdict.TRUE


class Turn(StrEnum):
    left = "left"
    right = "right"


turn = parameter("turn", Turn)


def test_fairness_may_mean_one_value_of_a_parameter() -> None:
    spin = o("spin", turn)
    machine = Machine(
        "spinner",
        place,
        [
            Transition(trigger=spin, source=Place.a, dest=Place.b, conditions=turn.is_(Turn.left)),
            Transition(trigger=spin, source=Place.b, dest=Place.a, conditions=turn.is_(Turn.left)),
            Transition(trigger=spin, source=Place.a, dest=Place.c, conditions=turn.is_(Turn.right)),
        ],
    )
    system = System("spinner", (machine,))
    assert lasso(check(system, Eventually(at_c, fair=(strong(spin),)), {})) == ([], ["spin (left)"] * 2)
    right = strong(spin, turn.is_(Turn.right))
    assert check(system, Eventually(at_c, fair=(right, weak(spin))), {}).verdict is Verdict.TRUE


# Elements of kinds.


class Lamp(StrEnum):
    off = "off"
    on = "on"
    broken = "broken"


ordered = Kind("lamp", ordered=True)
lamp = state("lamp", Lamp, kind=ordered, initial=Lamp.off)
toggle = o("toggle")
lamps = System(
    "lamps",
    (
        Machine(
            "lamp",
            lamp,
            [
                Transition(trigger=toggle, source=Lamp.off, dest=Lamp.on),
                Transition(trigger=toggle, source=Lamp.on, dest=Lamp.off),
            ],
        ),
    ),
)


def test_one_element_can_go_on_for_all_unless_it_is_each_by_itself() -> None:
    two: Sizes = {ordered: 2}
    second = ordered.last(TRUE, lamp, Lamp.off).is_(Lamp.on)
    together = check(lamps, Eventually(second, fair=(weak(toggle),)), two)
    assert together.trace is not None
    assert [step.element for step in together.trace.steps] == [0, 0]
    assert check(lamps, Eventually(second, fair=(weak(toggle, each=True),)), two).verdict is Verdict.TRUE


bulb_kind = Kind("bulb")
bulb = state("bulb", Lamp, kind=bulb_kind, initial=(Lamp.off, Lamp.on))
swap, snap = o("swap"), o("snap")
bulbs = System(
    "bulbs",
    (
        Machine("switch", place, [Transition(trigger=swap, source="*", dest="=")]),
        Machine(
            "bulb",
            bulb,
            [Transition(trigger=snap, source=Lamp.on, dest=Lamp.broken)],
            reacts=[
                Transition(trigger=swap, source=Lamp.off, dest=Lamp.on),
                Transition(trigger=swap, source=Lamp.on, dest=Lamp.off),
            ],
        ),
    ),
    initially=(bulb_kind.count(bulb.is_(Lamp.on)).is_(1),),
)


def one_snaps(*fair: Fairness) -> Eventually:
    return Eventually(bulb_kind.some(bulb.is_(Lamp.broken)), fair=fair)


def test_elements_are_not_exchanged() -> None:
    """Sorted, some bulb is always the last one and on, as if it were the same one all the time."""
    each = weak(snap, each=True)
    assert lasso(check(bulbs, one_snaps(weak(swap), each), {bulb_kind: 2})) == ([], ["swap", "swap"])
    assert check(bulbs, one_snaps(weak(swap), weak(snap)), {bulb_kind: 2}).verdict is Verdict.TRUE
    assert check(bulbs, one_snaps(strong(snap, each=True)), {bulb_kind: 2}).verdict is Verdict.TRUE


def test_fairness_of_a_kind_without_elements_asks_for_nothing() -> None:
    answer = check(lamps, Eventually(ordered.some(TRUE), fair=(weak(toggle, each=True),)), {ordered: 0})
    assert lasso(answer) == ([], [])


def test_a_run_that_may_not_be_a_shortest_one_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = EventuallyAlways(ordered.none(lamp.is_(Lamp.on)), fair=(strong(toggle, each=True),))
    certain = check(lamps, formula, {ordered: 3})
    monkeypatch.setattr(fair_cycles, "MOST_VISITS", 10)
    hasty = check(lamps, formula, {ordered: 3})
    assert certain.trace is not None and hasty.trace is not None
    assert (len(certain.trace), certain.notes) == (6, ())
    assert (hasty.verdict, hasty.notes) == (Verdict.FALSE, ("a short run; there may be a shorter one",))
    assert len(hasty.trace) >= 6
    replay(hasty.trace)


# Classics, with verdicts that are known from the literature.


def everybody(system: System) -> tuple[Fairness, ...]:
    return tuple(weak(actor) for actor in sorted({event.actor for event in system.events}, key=str))


def test_a_token_ring_stabilises_if_every_node_goes_on() -> None:
    system, one_token = token_ring.SYSTEM, token_ring.held.is_(1)
    assert lasso(check(system, Eventually(one_token), {})) == ([], [])
    answer = check(system, EventuallyAlways(one_token, fair=everybody(system)), {})
    assert (answer.verdict, answer.states) == (Verdict.TRUE, 6**6)


def test_termination_is_detected_at_last() -> None:
    system = ewd840.SYSTEM
    found = LeadsTo(ewd840.all_passive, ewd840.detected, fair=everybody(system))
    assert check(system, found, {}).verdict is Verdict.TRUE
    assert check(system, Eventually(ewd840.detected, fair=everybody(system)), {}).verdict is Verdict.FALSE


def test_philosophers_starve_together_whatever_is_fair() -> None:
    system, eats = dining.SYSTEM, dining.at[0].is_(dining.Philosopher.eating)
    each = tuple(strong(each.of, each=True) for each in everybody(system))
    assert len(lasso(check(system, InfinitelyOften(eats, fair=each), {}))[0]) == dining.PHILOSOPHERS


# Refused.


def counting(low: int, high: int, saturating: bool) -> System:
    n = number("n", low, high, saturating=saturating, initial=0)
    step = o("count")
    arrow: Transition[Place] = Transition(trigger=step, source=Place.a, dest=Place.a, before=sets(n, n + 1))
    return System("counting", (Machine("counter", place, [arrow]),))


def test_a_saturating_number_is_refused_where_it_matters() -> None:
    system = counting(0, 3, True)
    n = next(v for v in system.variables if v.name == "n")
    (count,) = system.events
    for formula in (Eventually(n >= 2, fair=(weak(count),)), Eventually(n >= 5), InfinitelyOften(n.is_(1))):
        answer = check(system, formula, {})
        assert (answer.verdict, answer.trace) == (Verdict.UNKNOWN, None)
        assert "n saturates" in answer.reason
    assert check(system, Eventually(at_a), {}).verdict is Verdict.TRUE  # n is outside its cone


def test_a_number_that_leaves_its_domain_is_an_error() -> None:
    system = counting(0, 3, False)
    answer = check(system, Eventually(at_b), {})
    assert answer.verdict is Verdict.ERROR
    assert "outside its variable's domain" in answer.reason


def test_nothing_is_said_of_what_was_not_explored() -> None:
    system, _ = drawn("a.go.b", "b.go.c", "c.go.d")
    for limits in (Limits(states=2), Limits(seconds=0.0)):
        answer = check(system, Eventually(at_a), {}, limits=limits)
        assert (answer.verdict, answer.method) == (Verdict.UNKNOWN, Method.bounded)
        assert answer.reason


def test_nothing_is_said_of_a_system_that_cannot_start() -> None:
    system, _ = drawn("a.go.b")
    nobody = Assumption("nobody", "None.", shape=at_b)
    assert check(system.under(nobody), Eventually(at_b), {}).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    "make",
    [
        lambda: weak("go"),  # type: ignore[arg-type]
        lambda: weak(o, when=at_a == at_b),  # type: ignore[arg-type]
        lambda: Eventually(at_a, fair=weak(o)),  # type: ignore[arg-type]
        lambda: Eventually(at_a, fair=(o,)),  # type: ignore[arg-type]
        lambda: Eventually("soon"),  # type: ignore[arg-type]
        lambda: LeadsTo(at_a, lamp.is_(Lamp.on)),
        lambda: Eventually(at_a, most=0),
        lambda: Assumption("alive", "It works.", fair=weak(o)),  # type: ignore[arg-type]
        lambda: check(drawn("a.go.b")[0], Eventually(at_a, fair=(weak(x),)), {}),
        lambda: check(drawn("a.go.b")[0], Eventually(ordered.all(lamp.is_(Lamp.on))), {}),
        lambda: check(drawn("a.go.b")[0], Eventually(at_a, fair=(weak(o, lamp.is_(Lamp.on)),)), {}),
        lambda: check(drawn("a.go.b")[0], Eventually(at_a, fair=(weak(o, turn.is_(Turn.left)),)), {}),
        lambda: check(
            drawn("a.go.b")[0].under(Assumption("alive", "It works.", fair=(weak(x),))), Eventually(at_a), {}
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(DeclarationError):
        make()


# Assumptions.


def alive(name: str, *fair: Fairness) -> Assumption:
    return Assumption(name, f"{name}.", fair=fair)


def decided(system: System, formula: Formula, *candidates: Assumption, given: tuple[Assumption, ...] = ()) -> Result:
    claim = Claim("claim", "A claim.", formula, system, candidates=candidates, given=given)
    return Judge().decide(claim)


def found_sets(result: Result) -> set[frozenset[str]]:
    return {frozenset(map(str, condition.assumptions)) for condition in result.assumption_sets}


def test_what_goes_on_is_among_the_minimal_assumptions() -> None:
    system, events = drawn("a.go.b", "b.xon.c", "c.end.d")
    one, other, idle = alive("O works", weak(o)), alive("X works", weak(x)), alive("too much", weak(events["end"]))
    result = decided(system, LeadsTo(at_a, at_c), one, other, idle)
    assert (result.verdict, result.complete, found_sets(result)) == (
        Verdict.FALSE,
        True,
        {frozenset({"O works", "X works"})},
    )
    (condition,) = result.assumption_sets
    assert (condition.answer.verdict, condition.answer.method) == (Verdict.TRUE, Method.exhaustive)
    assert [step.event for step in condition.without[one].steps] == []
    assert [step.event for step in condition.without[other].steps] == ["go"]


def test_an_assumption_that_forbids_an_event_may_be_needed_too() -> None:
    calm = Assumption("calm", "No disturbance.")
    go, disturb = o("go"), x("disturb", unless=calm)
    machine = Machine(
        "one",
        place,
        [
            Transition(trigger=go, source=Place.a, dest=Place.b),
            Transition(trigger=disturb, source=Place.a, dest=Place.c),
        ],
    )
    system = System("one", (machine,))
    result = decided(system, Eventually(at_b), alive("O works", weak(o)))
    assert found_sets(result) == {frozenset({"calm", "O works"})}
    with pytest.raises(DeclarationError, match="no such event"):  # nobody is obliged to disturb
        check(system, Eventually(at_b, fair=(weak(x),)), {})
    assert check(system, Eventually(at_b | at_c, fair=(weak(disturb),)), {}).verdict is Verdict.TRUE


def test_more_assumptions_do_not_always_make_more_true() -> None:
    """Who has to disturb at last does not have to where disturbing is forbidden."""
    calm = Assumption("calm", "No disturbance.")
    disturb = o("disturb", unless=calm)
    system = System("one", (Machine("one", place, [Transition(trigger=disturb, source=Place.a, dest=Place.b)]),))
    pressing = alive("pressing", weak(disturb))
    result = decided(system, Eventually(at_b), pressing)
    assert (found_sets(result), result.complete) == ({frozenset({"pressing"})}, True)
    search = LivenessSearch(system, Eventually(at_b), (calm, pressing))
    assert search.answer((pressing,)).verdict is Verdict.TRUE
    assert search.answer((calm, pressing)).verdict is Verdict.FALSE


def test_sets_that_are_not_known_are_not_said_to_be_complete() -> None:
    """Resting at a neglects who could disturb, but not where that is forbidden."""
    calm = Assumption("calm", "No disturbance.")
    disturb, go = o("disturb", unless=calm), x("go")
    arrows: list[Transition[Place]] = [
        Transition(trigger=disturb, source=Place.a, dest=Place.c),
        Transition(trigger=go, source=Place.a, dest=Place.b),
    ]
    system = System("one", (Machine("one", place, arrows),))
    result = decided(system, Eventually(at_b, fair=(weak(disturb),)), alive("X works", weak(x)))
    assert (result.verdict, result.assumption_sets, result.complete) == (Verdict.FALSE, (), False)
    assert "not known" in result.reason


def test_an_assumption_under_which_nobody_asks_repairs_nothing() -> None:
    calm = Assumption("calm", "No disturbance.")
    disturb, go = o("disturb", unless=calm), x("go")
    arrows: list[Transition[Place]] = [
        Transition(trigger=disturb, source=Place.a, dest=Place.b),
        Transition(trigger=go, source=Place.b, dest=Place.c),
    ]
    system = System("one", (Machine("one", place, arrows),))
    result = decided(system, LeadsTo(at_b, at_c), alive("X works", weak(x)))
    assert found_sets(result) == {frozenset({"X works"})}


def test_an_assumption_that_leaves_no_start_repairs_nothing() -> None:
    system, _ = drawn("a.go.b")
    nobody = Assumption("nobody", "There is no such thing.", shape=at_b)
    result = decided(system, Eventually(at_c), nobody)
    assert (result.verdict, result.assumption_sets) == (Verdict.FALSE, ())


def test_what_is_assumed_to_go_on_changes_nothing_that_takes_finitely_many_steps() -> None:
    system, _ = drawn("a.go.b", "b.go.c")
    for given in ((), (alive("O works", strong(o)),)):
        result = decided(system, Always(~at_c), given=given)
        assert result.answer.trace is not None
        assert (result.verdict, len(result.answer.trace)) == (Verdict.FALSE, 2)


# Pods.


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    judge = Judge()
    return {claim.id: judge.decide(claim) for claim in LIVENESS if isinstance(claim.formula, Liveness)}


def test_a_deleted_pod_disappears_under_two_minimal_sets(results: dict[str, Result]) -> None:
    result = results["deleted-disappears"]
    assert (result.verdict, result.complete) == (Verdict.FALSE, True)
    assert found_sets(result) == {
        frozenset({"kubelet-alive", "kills-succeed", "finalizers-dropped"}),
        frozenset({"kubelet-alive", "kills-succeed", "no-finalizer"}),
    }
    for condition in result.assumption_sets:
        assert condition.answer.sizes == {regular: 1, init: 1}
        for trace in condition.without.values():
            assert trace.last[object_] in (Object.deleting, Object.held)


def test_a_failing_init_container_keeps_a_pod_pending_for_ever(results: dict[str, Result]) -> None:
    result = results["failing-init-stays-pending"]
    assert lasso(result.answer) == (
        ["bind", "admit", "create the sandbox", "start init"],
        ["end init (not 0)", "restart init"],
    )
    assert found_sets(result) == {frozenset({"init-succeeds"}), frozenset({"no-init-containers"})}


def test_a_crash_loop_goes_on_if_nobody_disturbs_it(results: dict[str, Result]) -> None:
    (condition,) = results["crash-loop-starts-again"].assumption_sets
    assert {a.name for a in condition.assumptions} >= {"kubelet-alive", "no-deletion", "no-sandbox-loss"}
    lost = next(trace for a, trace in condition.without.items() if a.name == "no-sandbox-loss")
    assert lost.forever is not None
    assert "lose the sandbox" in [step.event for step in lost.steps]


def test_a_lasso_is_shown_with_what_is_repeated_or_what_could_happen(results: dict[str, Result]) -> None:
    cycle, end = (results[name].answer.trace for name in ("failing-init-stays-pending", "deleted-disappears"))
    assert cycle is not None and end is not None
    lines = text(replay(cycle)).splitlines()
    place_of_it = lines.index("    and then for ever:")
    assert lines[place_of_it - 1].startswith(" 4. kubelet: start init")
    assert lines[place_of_it + 1].startswith(" 5. process: end init (exit code not 0)")
    shown = text(replay(end))
    assert "and then for ever: nothing, although this could happen: user: delete (grace forced); kubelet:" in shown
    assert max(map(len, shown.splitlines())) <= 104
    assert as_json(replay(cycle))["forever"] == {"after": 4, "possible": []}
    stuck = as_json(replay(end))["forever"]
    assert stuck["after"] == 2
    assert {"actor": "kubelet", "event": "find it deleting", "parameters": {}, "element": None} in stuck["possible"]


def test_a_lasso_that_does_not_come_back_is_not_shown(results: dict[str, Result]) -> None:
    trace = results["failing-init-stays-pending"].answer.trace
    assert trace is not None
    for wrong in (Forever(3), Forever(5), Forever(7), Forever(-1)):
        with pytest.raises(ReplayError):
            replay(replace(trace, forever=wrong))
