"""What a user's machine does at last: decided by the engine that decides it for Pods, on the explored places."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import pytest
from podproof.api import (
    Actor,
    Eventually,
    EventuallyAlways,
    Formula,
    InfinitelyOften,
    LeadsTo,
    System,
    Transition,
    Verdict,
    at,
    on,
    state,
    strong,
    verify,
    weak,
)
from podproof.cli import main
from podproof.engines import liveness
from podproof.language import Machine as Declared
from podproof.verify.claims import Claimed
from podproof.verify.reading import Unreadable
from transitions import Machine

from tests.support.schemas import expect_valid

ARROWS = [
    ["pay", "cart", "paid"],
    ["ship", "paid", "shipped"],
    ["lose", "paid", "lost"],
    ["find", "lost", "paid"],
]


def order(*more: list[str], **options: Any) -> Machine:
    return Machine(states=["cart", "paid", "shipped", "lost"], initial="cart", transitions=[*ARROWS, *more], **options)


def told(formula: Formula, machine: Machine | None = None) -> Claimed:
    (claim,) = verify(order() if machine is None else machine, formula).claims
    return claim


def events(claim: Claimed) -> tuple[list[str], list[str]]:
    """Those before, and those that are repeated for ever."""
    assert claim.run is not None and claim.forever is not None
    names = [move.event for move in claim.run]
    return names[: claim.forever], names[claim.forever :]


def test_without_fairness_a_machine_may_wait_for_ever() -> None:
    claim = told(LeadsTo(at("paid"), at("shipped")))
    assert claim.verdict is Verdict.FALSE
    assert events(claim) == (["pay"], [])


def test_what_could_fire_all_the_time_is_not_what_could_fire_again_and_again() -> None:
    found = weak(on("find"))
    claim = told(LeadsTo(at("paid"), at("shipped"), fair=(weak(on("ship")), found)))
    assert claim.verdict is Verdict.FALSE
    before, around = events(claim)
    assert before[0] == "pay" and sorted(around) == ["find", "lose"]
    assert told(LeadsTo(at("paid"), at("shipped"), fair=(strong(on("ship")), found))).verdict is Verdict.TRUE


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (Eventually(at("paid"), fair=(weak(on("pay")),)), Verdict.TRUE),
        (Eventually(at("paid")), Verdict.FALSE),
        (InfinitelyOften(at("cart")), Verdict.FALSE),
        (EventuallyAlways(~at("cart"), fair=(weak(on("pay")),)), Verdict.TRUE),
        (EventuallyAlways(at("paid")), Verdict.FALSE),
    ],
    ids=str,
)
def test_each_formula(formula: Formula, verdict: Verdict) -> None:
    assert told(formula).verdict is verdict


def test_what_never_begins_says_nothing() -> None:
    claim = told(LeadsTo(at("cart") & at("paid"), at("shipped")))
    assert (claim.verdict, claim.reason) == (Verdict.UNKNOWN, "vacuous: what should lead there is never reached")


def test_an_event_that_has_begun_goes_on() -> None:
    """The machine does not stop where it only passes."""
    machine = Machine(
        states=["idle", "busy", "done"],
        initial="idle",
        transitions=[
            {"trigger": "go", "source": "idle", "dest": "busy", "after": "finish"},
            {"trigger": "finish", "source": "busy", "dest": "done"},
        ],
    )
    assert told(LeadsTo(at("busy"), at("done")), machine).verdict is Verdict.TRUE
    assert told(Eventually(at("done")), machine).verdict is Verdict.FALSE


def test_a_true_says_which_conditions_must_not_refuse_for_ever() -> None:
    arrows = [["pay", "cart", "paid"], {"trigger": "ship", "source": "paid", "dest": "shipped", "conditions": "packed"}]
    machine = Machine(states=["cart", "paid", "shipped"], initial="cart", transitions=arrows)
    claim = told(LeadsTo(at("paid"), at("shipped"), fair=(weak(on("ship")),)), machine)
    assert (claim.verdict, claim.reason) == (Verdict.TRUE, "as if these conditions did not refuse for ever: packed")
    plain = told(LeadsTo(at("paid"), at("shipped"), fair=(strong(on("ship")), weak(on("find")))))
    assert (plain.verdict, plain.reason) == (Verdict.TRUE, "")


def test_an_event_may_be_called_like_the_machine() -> None:
    """Nobody is fair to it who does not say so; that what has begun goes on is said of the machine itself."""
    for name in ("the machine", "whoever triggers go"):
        arrows = [
            {"trigger": "go", "source": "idle", "dest": "busy", "after": "finish"},
            {"trigger": "finish", "source": "busy", "dest": "done"},
            {"trigger": name, "source": "done", "dest": "over"},
        ]
        machine = Machine(states=["idle", "busy", "done", "over"], initial="idle", transitions=arrows)
        assert told(LeadsTo(at("done"), at("over")), machine).verdict is Verdict.FALSE
        assert told(LeadsTo(at("done"), at("over"), fair=(weak(on("go")),)), machine).verdict is Verdict.FALSE


def test_fairness_of_what_never_fires_asks_for_nothing() -> None:
    machine = order(["never", "shipped", "paid"])
    assert told(LeadsTo(at("paid"), at("shipped"), fair=(weak(on("never")),)), machine).verdict is Verdict.FALSE


@pytest.mark.parametrize(
    ("fair", "says"),
    [
        (weak(on("shp")), "the machine has no event shp; did you mean ship?"),
        (weak(Actor("anybody")), "say which event goes on"),
        (weak(on("ship"), at("pad")), "the machine has no state pad; did you mean paid?"),
    ],
)
def test_fairness_of_what_there_is_not(fair: Any, says: str) -> None:
    with pytest.raises(Unreadable, match=says.replace("?", "[?]")):
        told(LeadsTo(at("paid"), at("shipped"), fair=(fair,)))


def test_what_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "from transitions import Machine\nfrom podproof.api import InfinitelyOften, LeadsTo, at, on, weak\n"
    source += f"order = Machine(states=['cart', 'paid', 'shipped', 'lost'], initial='cart', transitions={ARROWS})\n"
    fair = "fair=(weak(on('ship')), weak(on('find')))"
    source += f"claims = [LeadsTo(at('paid'), at('shipped'), {fair}), InfinitelyOften(at('cart'))]\n"
    (tmp_path / "shop.py").write_text(source)
    with pytest.raises(SystemExit) as ended:
        main(["verify", f"{tmp_path / 'shop.py'}:order", "--final", "shipped"])
    out = capsys.readouterr().out
    assert ended.value.code == 1
    assert "run: cart; pay -> paid; and for ever: lose -> lost; find -> paid" in out
    assert "run: cart; pay -> paid; and then nothing, for ever" in out
    with pytest.raises(SystemExit):
        main(["verify", f"{tmp_path / 'shop.py'}:order", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    expect_valid(document)
    assert [each["forever"] for each in document["claims"]] == [1, 1]


@pytest.mark.parametrize("seed", range(40))
def test_it_is_what_a_declared_system_does(seed: int) -> None:
    """Random machines, read by `verify` and declared in the model language: the verdicts agree."""
    random = Random(seed)
    print("seed", seed)
    states, names = ["a", "b", "c", "d"], ["go", "back", "turn"]
    arrows = [(event, source, random.choice(states)) for event in names for source in states if random.random() < 0.5]
    fired = sorted({event for event, source, dest in arrows if source != dest})
    if not fired:
        arrows, fired = [("go", "a", "b")], ["go"]
    chosen = [(random.choice([weak, strong]), name) for name in fired if random.random() < 0.6]
    before, after = random.choice(states), random.choice(states)

    make: Any = StrEnum
    members = make("S", [(name, name) for name in states])
    variable = state("s", members, initial=members.a)
    declared_events = {name: Actor("user")(name) for name in names}
    used = {event for event, _, _ in arrows}
    machine: Any = Declared(
        "m",
        variable,
        [Transition(trigger=declared_events[e], source=members[s], dest=members[d]) for e, s, d in arrows],
    )
    fair = tuple(how(declared_events[name]) for how, name in chosen if name in used)
    wanted = LeadsTo(variable.is_(members[before]), variable.is_(members[after]), fair=fair)
    expected = liveness.check(System("declared", (machine,)), wanted, {})

    read = Machine(states=states, initial="a", transitions=[list(each) for each in arrows], auto_transitions=False)
    claim = told(LeadsTo(at(before), at(after), fair=tuple(how(on(name)) for how, name in chosen)), read)
    if expected.reason == liveness.NEVER_ASKED:
        assert claim.verdict is Verdict.UNKNOWN
    else:
        assert claim.verdict is expected.verdict, (arrows, chosen, before, after)
