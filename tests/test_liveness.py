"""Liveness: the traps that model checkers have fallen into, random small systems against brute force, planted bugs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from podproof.claims.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo, Liveness, Wait
from podproof.engines import fair_graph, liveness
from podproof.engines.explicit import StateSpace
from podproof.engines.fair_cycles import Cycle, CycleSearch, FairParts, Owed, fair_parts, owed
from podproof.engines.fair_graph import FairGraph, Requirement
from podproof.engines.liveness import check
from podproof.evidence.counterexample import ReplayError, replay
from podproof.evidence.verdicts import Answer, Limits, Method, Trace, Verdict
from podproof.language import (
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    Event,
    Expr,
    Fairness,
    Kind,
    Machine,
    Parameter,
    System,
    Transition,
    conjunction,
    disjunction,
    flag,
    number,
    parameter,
    sets,
    state,
    strong,
    weak,
)
from podproof.language.fairness import Strength
from podproof.language.flat import FlatSystem, Sizes

from tests.brute_force import BruteForce
from tests.brute_lassos import BruteLassos

# A machine as a picture: "a.go.b" is an arrow. Events whose names begin with x are actor X's, the others actor O's.


class Place(StrEnum):
    a = "a"
    b = "b"
    c = "c"
    d = "d"
    e = "e"
    f = "f"


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
    assert answer.trace is not None and answer.trace.forever is not None
    return [step.step.label for step in answer.trace.forever.possible]


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


# Random systems.


QUESTIONS = 300
"""Seeds of random systems whose answers are kept."""


class Side(StrEnum):
    left = "left"
    right = "right"


@dataclass
class RandomSystem:
    """Two actors, one of whose events an assumption forbids. `many`: a machine of every element of a kind, a flag, and
    a machine that reacts to it; else one machine that goes anywhere."""

    random: Random
    many: bool
    system: System = field(init=False)

    def __post_init__(self) -> None:
        random = self.random
        self.kind = Kind("part", ordered=random.random() < 0.5)
        self.where = state("where", Place, initial=tuple(Place)[: random.randint(1, 2)])
        self.side = state("side", Side, kind=self.kind, initial=random.choice([Side.left, tuple(Side)]))
        self.mark = flag("mark", initial=False)
        self.gate = flag("gate", initial=(True, False))
        self.turn: Parameter[Side] = parameter("turn", Side)
        self.actors = Actor("O"), Actor("X")
        self.calm = Assumption("calm", "It does not happen.")
        self.open = Assumption("open", "The gate is open.", shape=self.gate)
        self.system = self._many() if self.many else self._one()
        self.events = self.system.events

    def _event(self, name: str, parameters: bool = False) -> Event:
        unless = self.calm if self.random.random() < 0.25 else ()
        turn = [self.turn] if parameters and self.random.random() < 0.5 else []
        return self.random.choice(self.actors)(name, *turn, unless=unless)

    def _one(self) -> System:
        random, places = self.random, tuple(Place)[: self.random.randint(3, 6)]
        self.where = state("where", Place, initial=places[: random.randint(1, 2)])
        arrows = []
        for i in range(random.randint(3, 6)):
            event = self._event(f"step {i}", parameters=True)
            for source in random.sample(places, random.randint(1, min(4, len(places)))):
                arrow: Transition[Any] = Transition(trigger=event, source=source, dest=random.choice(["=", *places]))
                if random.random() < 0.4:
                    turning = [self.turn.is_(Side.left), self.turn.is_(Side.right)] if event.parameters else []
                    arrow["conditions"] = random.choice([self.gate, ~self.gate, *turning])
                arrows.append(arrow)
        return System("one", (Machine("one", self.where, arrows),), frozen=(self.gate,))

    def _many(self) -> System:
        random, places = self.random, tuple(Place)[:3]
        self.where = state("where", Place, initial=Place.a)
        own = [self._event(f"own {i}", parameters=True) for i in range(2)]
        part = [self._event(f"part {i}") for i in range(2)]
        moves = [self._arrow(e, places, None) for e in own for _ in range(random.randint(1, 3))]
        of_part = [self._arrow(e, tuple(Side), self.kind) for e in part for _ in range(random.randint(1, 2))]
        reacts = [self._arrow(own[0], tuple(Side), self.kind, reacting=True)] if random.random() < 0.5 else []
        self.echo = state("echo", Side, initial=Side.left)
        echoes = [self._arrow(random.choice([*own, *part]), tuple(Side), None, reacting=True) for _ in range(2)]
        written = any("before" in arrow for arrow in moves)
        return System(
            "many",
            (
                Machine("boss", self.where, moves),
                Machine("part", self.side, of_part, reacts=reacts),
                Machine("echo", self.echo, (), reacts=echoes),
            ),
            frozen=(self.gate, *(() if written else (self.mark,))),
        )

    def _arrow(self, event: Event, states: Any, kind: Kind | None, reacting: bool = False) -> Transition[Any]:
        random = self.random
        source: Any = "*" if random.random() < 0.3 else random.sample(states, random.randint(1, 2))
        arrow = Transition(trigger=event, source=source, dest=random.choice(["=", *states, *states]))
        if random.random() < 0.6:
            arrow["conditions"] = [self.condition(1, kind, event)]
        if kind is None and not reacting and random.random() < 0.4:
            arrow["before"] = sets(self.mark, random.choice([TRUE, ~self.mark, self.condition(0)]))
        return arrow

    def condition(self, depth: int, kind: Kind | None = None, event: Event | None = None) -> Expr[bool]:
        random = self.random
        if depth > 0 and random.random() < 0.5:
            parts = [self.condition(depth - 1, kind, event) for _ in range(2)]
            return random.choice([conjunction, disjunction])(*parts)
        places = tuple(self.where.initial_values) + tuple(Place)[:4]
        atoms: list[Expr[bool]] = [self.where.is_(*random.sample(places, random.randint(1, 2))), self.gate]
        if self.many:
            own = random.choice([self.side.is_(Side.left), self.side.is_(Side.right)])
            atoms += [self.mark, self.kind.all(own), self.kind.some(own), self.kind.count(own) <= 1]
            if kind is not None:
                atoms += [own, own]
        if event is not None and event.parameters:
            atoms += [self.turn.is_(Side.left)] * 2
        return random.choice([random.choice(atoms), ~random.choice(atoms)])

    def fairness(self) -> Fairness:
        random = self.random
        actors = sorted({e.actor for e in self.events if not e.unless}, key=str)
        choices: list[Actor | Event] = [*self.events, *actors, *actors]
        of = random.choice(choices)
        kind, event = None, None
        if isinstance(of, Event):
            kind = next(m.kind for m in self.system.machines if of in m.events)
            event = of
        when = self.condition(1, kind, event) if random.random() < 0.2 else TRUE
        return random.choice([weak, weak, strong])(of, when, each=random.random() < 0.5)

    def formula(self) -> Liveness:
        random = self.random
        fair = tuple(self.fairness() for _ in range(random.choice([0, 1, 1, 2, 2, 3, 4])))
        if random.random() < 0.5:  # somebody goes on, and something is not missed for ever
            going_on = [weak(actor) for actor in sorted({e.actor for e in self.events if not e.unless}, key=str)]
            fair = (*going_on, *(strong(e) for e in random.sample(self.events, random.randint(1, 2))))
        match random.randrange(4):
            case 0:
                return Eventually(self.condition(1), fair=fair)
            case 1:
                return LeadsTo(self.condition(1), self.condition(1), fair=fair)
            case 2:
                return InfinitelyOften(self.condition(1), fair=fair)
        return EventuallyAlways(disjunction(*(self.condition(1) for _ in range(2))), fair=fair)


@dataclass(frozen=True)
class Question:
    """A formula about a random system, and what brute force says of it."""

    system: System
    sizes: Sizes
    brute: BruteLassos
    formula: Liveness
    verdict: Verdict
    length: int | None


@lru_cache(maxsize=QUESTIONS)
def questions(seed: int) -> list[Question]:
    made = RandomSystem(Random(seed), many=seed % 2 == 1)
    sizes: Sizes = {made.kind: (2, 1, 2, 0)[seed // 2 % 4]} if made.many else {}
    system = made.system.under(*(a for a in (made.calm, made.open) if made.random.random() < 0.3))
    brute = BruteLassos(BruteForce(system, sizes))
    asked = []
    for _ in range(3):
        formula = made.formula()
        verdict = Verdict.FALSE if brute.breaks(formula, formula.fair) else Verdict.TRUE
        asked.append(Question(system, sizes, brute, formula, verdict, brute.shortest(formula, formula.fair)))
    return asked


def differences(seed: int) -> Iterator[str]:
    """What the engine and brute force say differently of one random system.

    Where a cone of influence drops variables a cycle comes back sooner, as far as it can tell.
    """
    for question in questions(seed):
        for cone in (True, False):
            answer = check(question.system, question.formula, question.sizes, cone=cone)
            found = (answer.verdict, None if answer.trace is None else len(answer.trace))
            sooner = cone and answer.trace is not None and len(answer.trace) < (question.length or 0)
            if found != (question.verdict, question.length) and not (sooner and answer.verdict is question.verdict):
                yield f"{question.formula}: {found}, but {question.verdict} {question.length}"
            if answer.trace is not None and not is_lasso(answer.trace, question):
                yield f"{question.formula}: the lasso is none"


def is_lasso(trace: Trace, question: Question) -> bool:
    """It replays and, with all variables of the system, is fair and breaks the formula."""
    try:
        whole = question.brute.unrolled(replay(trace).trace)
    except ReplayError:
        return False
    return question.brute.is_fair_and_breaks(whole, question.formula, question.formula.fair)


@settings(max_examples=700, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_random_systems_agree_with_brute_force(seed: int) -> None:
    assert not list(differences(seed))


def test_random_systems_are_worth_it() -> None:
    """Enough of both verdicts for each formula, of cycles and of ends, and of strong fairness that matters."""
    asked = [question for seed in range(QUESTIONS) for question in questions(seed)]
    for shape in (Eventually, LeadsTo, InfinitelyOften, EventuallyAlways):
        for verdict in (Verdict.TRUE, Verdict.FALSE):
            assert sum(isinstance(q.formula, shape) and q.verdict is verdict for q in asked) > 20
    traces = [check(q.system, q.formula, q.sizes).trace for q in asked if q.verdict is Verdict.FALSE]
    around = [len(t) - t.forever.after for t in traces if t is not None and t.forever is not None]
    assert sum(length == 0 for length in around) > 50
    assert sum(length >= 3 for length in around) > 15


# Planted bugs.


def symmetric_space(flat: FlatSystem, **_: Any) -> StateSpace:
    """Elements in sorted order, as safety may have them."""

    class Sorted(StateSpace):
        def __init__(self, flat: FlatSystem) -> None:
            super().__init__(flat, symmetric=True)

        def moves(self, states: Any) -> Iterator[Any]:
            return (replace(moves, after=self.canonical(moves.after)) for moves in super().moves(states))

    return Sorted(flat)


def weak_only(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return [replace(each, strength=Strength.weak) for each in owed(graph, requirements, allowed)]


def strong_only(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return [replace(each, strength=Strength.strong) for each in owed(graph, requirements, allowed)]


def one_dropped(graph: FairGraph, requirements: Sequence[Requirement], allowed: Any) -> list[Owed]:
    return owed(graph, requirements, allowed)[1:]


def no_second_look(graph: FairGraph, steps: Any, owing: Sequence[Owed], returns: Any) -> FairParts:
    """Components in which strong fairness forbids some states are given up."""
    parts, whole = fair_parts(graph, steps, owing, returns), fair_parts(graph, steps, [], returns)
    smaller = np.isin(whole.home, whole.home[(parts.home < 0) & (whole.home >= 0)])
    home = np.where(smaller, -1, parts.home)
    return FairParts(home, parts.steps[home[graph.source[parts.steps]] >= 0])


def wait_for_once(formula: EventuallyAlways | InfinitelyOften) -> Wait:
    return Wait(TRUE, ~formula.holds, at_once=True)


def no_cycles(graph: FairGraph, steps: Any, owing: Sequence[Owed], returns: Any) -> FairParts:
    return fair_parts(graph, steps[:0], owing, returns)


class WholeComponent(CycleSearch):
    def shortest(self, within: int | None = None) -> tuple[Cycle | None, bool]:
        """A walk around everything that the part owes."""
        places = np.flatnonzero(self.parts.home >= 0)
        return (self.some(int(places[0])) if len(places) else None), True


class OneStepLess(CycleSearch):
    def _from(self, start: int, most: int, budget: int) -> tuple[tuple[int, ...] | None, int]:
        return super()._from(start, most - 1, budget)


def small_cone(system: System, formula: Liveness, *_: Any) -> System:
    return system.cone((*formula.expressions(), *(each.when for each in formula.fair)))


BUGS: dict[str, tuple[Any, str, Any]] = {
    "fairness counted on steps that change nothing": (fair_graph, "counts", lambda b, a: np.ones(len(b), dtype=bool)),
    "elements exchanged": (fair_graph, "StateSpace", symmetric_space),
    "strong taken for weak": (liveness, "owed", weak_only),
    "weak taken for strong": (liveness, "owed", strong_only),
    "a dropped requirement": (liveness, "owed", one_dropped),
    "a dropped 'always' of 'eventually always'": (EventuallyAlways, "wait", property(wait_for_once)),
    "a dropped 'always' of 'again and again'": (InfinitelyOften, "wait", property(wait_for_once)),
    "a dropped look at what is left of a component": (liveness, "fair_parts", no_second_look),
    "cycles missed": (liveness, "fair_parts", no_cycles),
    "ends missed": (liveness, "resting", lambda owing, states: np.zeros(states, dtype=bool)),
    "ends that neglect somebody": (liveness, "resting", lambda owing, states: np.ones(states, dtype=bool)),
    "the whole component for a cycle": (liveness, "CycleSearch", WholeComponent),
    "an off-by-one in the bound": (liveness, "CycleSearch", OneStepLess),
    "a cone that does not see what fair steps change": (liveness, "_cone", small_cone),
}


@pytest.mark.parametrize("bug", BUGS)
def test_random_systems_catch(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, wrong = BUGS[bug]
    monkeypatch.setattr(where, name, wrong)
    assert any(True for seed in range(QUESTIONS) for _ in differences(seed))
