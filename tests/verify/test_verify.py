"""podproof verify on plain `transitions` machines: sound ones get no findings, broken ones exactly theirs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from podproof.api import (
    Always,
    Bounds,
    Never,
    NoReturn,
    Only,
    Passes,
    Reachable,
    Shortest,
    Step,
    Verdict,
    at,
    on,
    verify,
)
from podproof.properties.formulas import Formula
from podproof.verify import rules
from podproof.verify.reading import Unreadable, read
from podproof.verify.report import Report
from transitions import Machine, State
from transitions.extensions import GraphMachine, HierarchicalMachine, LockedMachine
from transitions.extensions.asyncio import AsyncMachine, HierarchicalAsyncMachine
from transitions.extensions.states import Timeout, add_state_features


def wheres(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.subject) for finding in report.findings]


# Sound machines: three from the documentation of transitions, written anew, and idioms


def superhero() -> Machine:
    """Wildcards, and a condition before the unconditional case."""
    hero = Machine(states=["asleep", "hanging out", "hungry", "sweaty", "saving the world"], initial="asleep")
    hero.add_transition("wake_up", "asleep", "hanging out")
    hero.add_transition("work_out", "hanging out", "hungry")
    hero.add_transition("eat", "hungry", "hanging out")
    hero.add_transition("distress_call", "*", "saving the world", before="change_into_costume")
    hero.add_transition("complete_mission", "saving the world", "sweaty", after="update_journal")
    hero.add_transition("clean_up", "sweaty", "asleep", conditions=["is_exhausted"])
    hero.add_transition("clean_up", "sweaty", "hanging out")
    hero.add_transition("nap", "*", "asleep")
    return hero


def coffee() -> Machine:
    """Nested states: the parent's transitions are those of its substates."""
    transitions: list[Any] = [
        ["walk", "standing", "walking"],
        ["stop", "walking", "standing"],
        ["drink", ["standing", "walking"], "caffeinated_dithering"],
        ["walk", ["caffeinated", "caffeinated_dithering"], "caffeinated_running"],
        ["relax", "caffeinated", "standing"],
    ]
    states = ["standing", "walking", {"name": "caffeinated", "children": ["dithering", "running"]}]
    return HierarchicalMachine(states=states, transitions=transitions, initial="standing", ignore_invalid_triggers=True)


class Light(Enum):
    RED = 0
    GREEN = 1
    YELLOW = 2


def traffic() -> Machine:
    """An Enum, an internal transition with a callback, and ordered transitions."""
    light = Machine(states=Light, initial=Light.RED, ordered_transitions=True, queued=True)
    light.add_transition("press", [Light.RED, Light.YELLOW], None, after="remember")
    light.add_transition("fail", "*", Light.RED, unless="is_red")
    return light


def parallel() -> Machine:
    return HierarchicalMachine(
        states=[
            "off",
            {
                "name": "on",
                "parallel": [
                    {
                        "name": "motor",
                        "children": ["slow", "fast"],
                        "initial": "slow",
                        "transitions": [["faster", "slow", "fast"], ["slower", "fast", "slow"]],
                    },
                    {
                        "name": "lamp",
                        "children": ["dark", "lit"],
                        "initial": "dark",
                        "transitions": [["light", "dark", "lit"], ["light", "lit", "dark"]],
                    },
                ],
            },
        ],
        transitions=[["start", "off", "on"], ["stop", "on", "off"]],
        initial="off",
    )


def wildcard_after_special_cases() -> Machine:
    machine = Machine(states=["idle", "busy", "broken"], initial="idle", auto_transitions=False)
    machine.add_transition("work", "idle", "busy")
    machine.add_transition("fail", "*", "broken")
    machine.add_transition("reset", "broken", "=", unless="repaired", after="complain")
    machine.add_transition("reset", "busy", None, after="complain")
    machine.add_transition("reset", "*", "idle")
    machine.add_transition("again", "busy", "idle", conditions="tired")
    machine.add_transition("again", "*", "=", unless="late", after="complain")
    return machine


def begins_and_goes_on() -> Machine:
    """What is only passed at the beginning is not missed."""
    loop = [["boot", "off", "ready"], ["work", "ready", "busy"], ["rest", "busy", "ready"]]
    return Machine(states=["off", "ready", "busy"], transitions=loop, initial="off")


def from_special_to_general() -> Machine:
    return Machine(
        states=["a", "b", "c", "d"],
        initial="a",
        transitions=[
            {"trigger": "go", "source": "a", "dest": "b", "conditions": ["wet", "cold"]},
            {"trigger": "go", "source": "a", "dest": "c", "conditions": "wet"},
            {"trigger": "go", "source": "a", "dest": "d", "unless": "wet"},
            {"trigger": "back", "source": ["b", "c", "d"], "dest": "a"},
        ],
    )


def ends_declared() -> Machine:
    return Machine(
        states=["new", State("done", final=True), State("failed", final=True)],
        initial="new",
        transitions=[["finish", "new", "done"], ["fail", "new", "failed"]],
    )


def one_region_ends() -> Machine:
    """One region is finished while the other goes on."""
    return HierarchicalMachine(
        states=[
            {
                "name": "run",
                "parallel": [
                    {
                        "name": "job",
                        "children": ["open", {"name": "done", "final": True}],
                        "initial": "open",
                        "transitions": [["finish", "open", "done"]],
                    },
                    {
                        "name": "clock",
                        "children": ["tick", "tock"],
                        "initial": "tick",
                        "transitions": [["beat", "tick", "tock"], ["beat", "tock", "tick"]],
                    },
                ],
            }
        ],
        initial="run",
    )


SOUND = (
    superhero,
    coffee,
    traffic,
    parallel,
    wildcard_after_special_cases,
    begins_and_goes_on,
    from_special_to_general,
    ends_declared,
    one_region_ends,
)


@pytest.mark.parametrize("make", SOUND, ids=lambda make: make.__name__)
def test_sound_machines_get_no_findings(make: Callable[[], Machine]) -> None:
    report = verify(make())
    assert wheres(report) == []
    assert report.ok and not report.undecided


# Broken ones: a door with one defect at a time, on a sound frame

FRAME = [["open", "shut", "ajar"], ["close", "ajar", "shut"]]

BROKEN: dict[str, tuple[list[str], list[Any], list[tuple[str, str]]]] = {
    "a state nobody comes to": (
        ["shut", "ajar", "locked"],
        [["unlock", "locked", "shut"]],
        [("unreachable", "locked")],
    ),
    "states that only lead to each other": (
        ["shut", "ajar", "locked", "sealed"],
        [["lock", "locked", "sealed"], ["seal", "sealed", "locked"]],
        [("unreachable", "locked"), ("unreachable", "sealed")],
    ),
    "no way out": (["shut", "ajar", "jammed"], [["jam", "ajar", "jammed"]], [("deadlock", "jammed")]),
    "only back to itself": (
        ["shut", "ajar", "jammed"],
        [["jam", "ajar", "jammed"], {"trigger": "push", "source": "jammed", "dest": "=", "after": "sigh"}],
        [("deadlock", "jammed")],
    ),
    "only back to itself, and nothing happens": (
        ["shut", "ajar", "jammed"],
        [["jam", "ajar", "jammed"], ["push", "jammed", "="]],
        [("deadlock", "jammed")],
    ),
    "a trap": (
        ["shut", "ajar", "jammed", "stuck"],
        [["jam", "ajar", "jammed"], ["push", "jammed", "stuck"], ["pull", "stuck", "jammed"]],
        [("trap", "jammed, stuck")],
    ),
    "shadowed": (["shut", "ajar"], [["open", "shut", "shut"]], [("shadowed", "open: shut -> shut")]),
    "shadowed by a wildcard": (
        ["shut", "ajar"],
        [["reset", "*", "shut"], ["reset", "ajar", "="]],
        [("shadowed", "reset: ajar -> ajar")],
    ),
    "a wildcard twice": (
        ["shut", "ajar"],
        [["reset", "*", "shut"], ["reset", "*", "shut"]],
        [("shadowed", "reset: shut -> shut"), ("shadowed", "reset: ajar -> shut")],
    ),
    "a wildcard after a wildcard": (
        ["shut", "ajar", "wide"],
        [["reset", "*", "shut"], ["reset", "*", "wide"], ["widen", "ajar", "wide"]],
        [("shadowed", f"reset: {state} -> wide") for state in ("shut", "ajar", "wide")],
    ),
    "shadowed by two together": (
        ["shut", "ajar"],
        [
            {"trigger": "push", "source": "shut", "dest": "ajar", "conditions": "hard"},
            {"trigger": "push", "source": "shut", "dest": "=", "unless": "hard", "after": "sigh"},
            {"trigger": "push", "source": "shut", "dest": "ajar", "conditions": "long"},
        ],
        [("shadowed", "push: shut -> ajar [long]")],
    ),
    "shadowed by one with fewer conditions": (
        ["shut", "ajar"],
        [
            {"trigger": "push", "source": "shut", "dest": "ajar", "conditions": "hard"},
            {"trigger": "push", "source": "shut", "dest": "shut", "conditions": ["hard", "long"], "after": "sigh"},
        ],
        [("shadowed", "push: shut -> shut [hard and long]")],
    ),
    "a contradiction": (
        ["shut", "ajar"],
        [{"trigger": "push", "source": "shut", "dest": "ajar", "conditions": "hard", "unless": "hard"}],
        [("contradiction", "push: shut -> ajar [hard and not hard]")],
    ),
    "the order decides": (
        ["shut", "ajar", "wide"],
        [
            {"trigger": "push", "source": "shut", "dest": "ajar", "conditions": "soft"},
            {"trigger": "push", "source": "shut", "dest": "wide", "conditions": "long"},
            {"trigger": "close", "source": "wide", "dest": "shut"},
        ],
        [("nondeterminism", "push: shut -> wide [long]")],
    ),
    "the order decides among three": (
        ["shut", "ajar", "wide", "off"],
        [
            {"trigger": "push", "source": "shut", "dest": "ajar", "unless": "stiff"},
            {"trigger": "push", "source": "shut", "dest": "wide", "conditions": "long"},
            {"trigger": "push", "source": "shut", "dest": "off", "conditions": "hard"},
            {"trigger": "push", "source": "shut", "dest": "="},
            {"trigger": "mend", "source": ["wide", "off"], "dest": "shut"},
        ],
        [("nondeterminism", "push: shut -> wide [long]"), ("nondeterminism", "push: shut -> off [hard]")],
    ),
    "an event that does nothing": (["shut", "ajar"], [["knock", ["shut", "ajar"], None]], [("idle-event", "knock")]),
    "a misspelt destination": (
        ["shut", "ajar"],
        [["slam", "ajar", "shutt"]],
        [("unknown-state", "slam: ajar -> shutt")],
    ),
    "a misspelt source": (["shut", "ajar"], [["slam", "ajr", "shut"]], [("unknown-state", "slam: ajr -> shut")]),
    "an event that transitions makes itself": (
        ["shut", "ajar"],
        [["to_shut", "shut", "ajar"]],
        [("shadowed", "to_shut: shut -> ajar")],
    ),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("cls", [Machine, HierarchicalMachine, AsyncMachine])
def test_broken_machines_get_their_findings_and_no_other(what: str, cls: type[Machine]) -> None:
    states, added, expected = BROKEN[what]
    report = verify(cls(states=states, transitions=[*FRAME, *added], initial="shut"))
    assert wheres(report) == expected
    assert not report.ok
    assert all(finding.message and finding.remedy for finding in report.findings)


def test_a_loop_is_a_trap_if_something_else_was_possible() -> None:
    loop = [["start", "new", "work"], ["spin", "work", "left"], ["turn", "left", "right"], ["turn", "right", "left"]]
    states = ["new", "work", "left", "right"]
    assert wheres(verify(Machine(states=states, initial="new", transitions=loop))) == []
    other = Machine(states=[*states, "done"], initial="new", transitions=[*loop, ["finish", "work", "done"]])
    assert wheres(verify(other, final=["done"])) == [("trap", "left, right")]
    assert wheres(verify(other)) == [("deadlock", "done"), ("trap", "left, right")]
    back = Machine(states=states, initial="new", transitions=[*loop, ["stop", "work", "new"]])
    assert wheres(verify(back)) == [("trap", "left, right")]
    assert wheres(verify(back, final=["right"])) == []
    wait = {"trigger": "wait", "source": "new", "dest": "=", "after": "sigh"}
    assert wheres(verify(Machine(states=states, initial="new", transitions=[*loop, wait]))) == [("trap", "left, right")]


def test_a_region_that_is_stuck_beside_one_that_has_ended() -> None:
    job: dict[str, Any] = {"name": "job", "children": ["open", {"name": "done", "final": True}], "initial": "open"}
    job["transitions"] = [["finish", "open", "done"]]
    valve = {
        "name": "valve",
        "children": ["wide", "tight"],
        "initial": "wide",
        "transitions": [["turn", "wide", "tight"]],
    }
    machine = HierarchicalMachine(states=[{"name": "run", "parallel": [job, valve]}], initial="run")
    report = verify(machine)
    assert wheres(report) == [("deadlock", "run_job_done, run_valve_tight")]
    assert report.findings[0].remedy.endswith("or --final run_valve_tight")
    assert verify(machine, final=["run_valve_tight"]).ok
    assert verify(machine, final=["run"]).ok


def test_several_defects_at_once() -> None:
    states = ["shut", "ajar", "jammed", "locked"]
    added: list[Any] = [["jam", "ajar", "jammed"], ["knock", "shut", None], ["open", "shut", "jammed"]]
    report = verify(Machine(states=states, transitions=[*FRAME, *added], initial="shut"))
    assert wheres(report) == [
        ("unreachable", "locked"),
        ("deadlock", "jammed"),
        ("shadowed", "open: shut -> jammed"),
        ("idle-event", "knock"),
    ]
    (deadlock,) = [finding for finding in report.findings if finding.rule is rules.DEADLOCK]
    assert [move.told for move in deadlock.run] == ["open", "jam"]


def test_many_transitions_of_one_event() -> None:
    many: list[Any] = [
        {"trigger": "go", "source": "a", "dest": "b", "conditions": f"c{number}"} for number in range(1_500)
    ]
    back = {"trigger": "go", "source": "b", "dest": "a"}
    last = {"trigger": "go", "source": "a", "dest": "b", "conditions": ["c7", "d"]}
    report = verify(Machine(states=["a", "b"], initial="a", transitions=[*many, back, last]))
    assert wheres(report) == [("shadowed", "go: a -> b [c7 and d]")]
    assert report.undecided


def test_a_substate_that_always_acts_first_shadows_its_parent() -> None:
    house: dict[str, Any] = {"name": "house", "children": ["day", "night"], "initial": "day"}
    house["transitions"] = [["turn", "day", "night"], ["turn", "night", "day"]]
    machine = HierarchicalMachine(states=[house, "ruin"], initial="house", transitions=[["turn", "house", "ruin"]])
    assert wheres(verify(machine)) == [("unreachable", "ruin"), ("shadowed", "turn: house -> ruin")]


def test_an_unreachable_parent_stands_for_its_substates() -> None:
    states = ["shut", "ajar", {"name": "open", "children": ["wide", "wider"], "initial": "wide"}]
    machine = HierarchicalMachine(states=states, transitions=FRAME, initial="shut")
    assert wheres(verify(machine)) == [("unreachable", "open")]


def test_what_the_library_cannot_do_is_said() -> None:
    """A substate's own transition into another state's substate: transitions fails on it."""
    inside: dict[str, Any] = {"name": "in", "children": ["a"], "initial": "a", "transitions": [["go", "a", "out_x"]]}
    machine = HierarchicalMachine(states=[inside, {"name": "out", "children": ["x"]}], initial="in")
    with pytest.raises(KeyError):
        machine.go()
    assert wheres(verify(machine)) == [("unreachable", "out"), ("raises", "go in in_a")]


def test_regions_that_lead_to_different_places() -> None:
    """Both transitions fire, and the machine ends up where the second one leads."""
    regions = [{"name": name, "children": ["a"], "initial": "a"} for name in ("left", "right")]
    go: list[Any] = [["go", "both_left_a", "out"], ["go", "both_right_a", "gone"], ["back", ["out", "gone"], "both"]]
    states = [{"name": "both", "parallel": regions}, "out", "gone"]
    machine = HierarchicalMachine(states=states, transitions=go, initial="both")
    machine.go()
    assert machine.state == "gone"
    report = verify(machine)
    assert wheres(report) == [("unreachable", "out")]
    assert "fire together with others that lead elsewhere" in report.findings[0].message


def test_the_default_initial_state_is_explained() -> None:
    report = verify(Machine(states=["a", "b"], transitions=[["go", "a", "b"], ["back", "b", "a"]]))
    assert {finding.subject for finding in report.findings if finding.rule is rules.UNREACHABLE} == {"a", "b"}
    assert "initial=..." in report.findings[0].remedy


def test_of_too_many_ways_nothing_is_concluded() -> None:
    """Twelve regions ask one condition each: that many ways are not tried, so nothing is said of what follows."""
    regions = [
        {"name": f"r{n}", "children": ["a", "b"], "initial": "a", "transitions": [["go", "a", "b", f"c{n}"]]}
        for n in range(12)
    ]
    report = verify(HierarchicalMachine(states=[{"name": "all", "parallel": regions}], initial="all"))
    assert report.findings == () and not report.ok
    assert "more than 1,000 ways" in report.undecided[0]


# Options


def test_final_initial_ignore_and_auto_transitions() -> None:
    line = Machine(states=["a", "b", "c"], transitions=[["go", "a", "b"]], initial="a")
    assert wheres(verify(line)) == [("unreachable", "c"), ("deadlock", "b")]
    assert wheres(verify(line, final=["b"])) == [("unreachable", "c")]
    assert wheres(verify(line, ignore=["unreachable", "deadlock"])) == []
    assert wheres(verify(line, initial=["c"])) == [("unreachable", "a"), ("unreachable", "b"), ("deadlock", "c")]
    assert verify(line, auto_transitions=True).ok
    for wrong in ({"final": ["q"]}, {"ignore": ["q"]}, {"initial": ["q"]}):
        with pytest.raises(ValueError, match="q"):
            verify(line, **wrong)  # type: ignore[arg-type]


def test_limits_are_unknown_never_sound() -> None:
    names = [f"s{number}" for number in range(30)]
    chain = Machine(states=names, initial="s0", ordered_transitions=True, auto_transitions=False)
    report = verify(chain, [Reachable(at("s3")), Reachable(at("s29")), Never(at("s3"))], bounds=Bounds(10))
    assert (not report.ok and not report.wrong) or report.undecided
    assert wheres(report) == []
    assert [claim.verdict for claim in report.claims] == [Verdict.TRUE, Verdict.UNKNOWN, Verdict.FALSE]
    assert not verify(chain, bounds=Bounds(10)).ok
    assert verify(chain).ok


# What may be given, and what is left alone


def test_machines_models_and_configurations() -> None:
    configuration: dict[str, Any] = {
        "states": ["a", "b"],
        "initial": "a",
        "transitions": [["go", "a", "b"], ["back", "b", "a"]],
    }

    class Model:
        def __init__(self) -> None:
            self.machine = Machine(self, **configuration)

    class Own(Machine):
        def __init__(self) -> None:
            super().__init__(**configuration)

    class Plain:
        pass

    plain = Plain()
    machine = LockedMachine(plain, **configuration)
    for thing in (configuration, Model, Model(), Own, Own(), plain, machine, lambda: configuration):
        assert verify(thing).ok
        assert not verify(thing, Never(at("b"))).ok
    for cls in (GraphMachine, AsyncMachine, HierarchicalAsyncMachine):
        options: dict[str, Any] = {"graph_engine": "mermaid"} if cls is GraphMachine else {}
        assert verify(cls(**configuration, **options)).ok
    for wrong in (3, "a", None, Plain, {"a": 1}, lambda x: x, {**configuration, "initail": "a"}):
        with pytest.raises(Unreadable):
            verify(wrong)


def test_a_nested_configuration_stays_as_it_is() -> None:
    inner = {"name": "b", "children": ["c", "d"], "initial": "c", "transitions": [["t", "c", "d"], ["t", "d", "c"]]}
    configuration: dict[str, Any] = {
        "states": ["a", inner],
        "initial": "a",
        "transitions": [["go", "a", "b"], ["back", "b", "a"]],
    }
    assert verify(configuration).ok
    assert inner.keys() == {"name", "children", "initial", "transitions"}
    assert configuration.keys() == {"states", "initial", "transitions"}


def test_nothing_of_the_users_is_run_and_the_machine_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Model:
        def never(self) -> bool:
            raise AssertionError("a condition or callback was run")

    model = Model()
    machine = Machine(
        model,
        states=["a", State("b", on_enter="never", on_exit="never")],
        initial="a",
        transitions=[
            {"trigger": "go", "source": "a", "dest": "b", "conditions": ["never", model.never], "before": "never"},
            {"trigger": "back", "source": "b", "dest": "a", "unless": model.never, "after": model.never},
        ],
        before_state_change="never",
        prepare_event=[model.never],
    )
    before = repr(read(machine, automatic=True)), vars(model).copy(), machine.events.copy()
    with caplog.at_level(logging.DEBUG):
        report = verify(machine, Reachable(at("b")))
    assert report.ok
    assert report.explored.reading.conditions == ("never",)
    assert not [record for record in caplog.records if record.name.startswith("transitions")]
    assert (repr(read(machine, automatic=True)), vars(model), machine.events) == before
    assert logging.getLogger("transitions").level == logging.NOTSET


def test_the_same_function_is_the_same_condition() -> None:
    def ready() -> bool:
        raise AssertionError

    def other() -> bool:
        raise AssertionError

    def machine(second: Any) -> Machine:
        go = {"trigger": "go", "source": "a", "dest": "b", "conditions": ready}
        wait = {"trigger": "go", "source": "a", "dest": "c", "unless": second}
        back = {"trigger": "back", "source": ["b", "c"], "dest": "a"}
        return Machine(states=["a", "b", "c"], initial="a", transitions=[go, wait, back])

    assert wheres(verify(machine(ready))) == []
    assert [kind for kind, _ in wheres(verify(machine(other)))] == ["nondeterminism"]
    assert read(machine(other)).conditions == ("ready", "other")
    two: dict[str, Any] = {"trigger": "go", "source": "a", "dest": "a", "conditions": [lambda: True, lambda: True]}
    names = read(Machine(states=["a"], initial="a", transitions=[two])).conditions
    assert len(names) == 2 and all(name.startswith("lambda in line") for name in names)


def test_callbacks_and_timers_do_something() -> None:
    @add_state_features(Timeout)
    class Timed(Machine):
        pass

    states = [{"name": "a", "timeout": 5, "on_timeout": "ring"}, "b"]
    moves = [["go", "a", "b"], ["back", "b", "a"]]
    assert wheres(verify(Timed(states=states, initial="a", transitions=[*moves, ["again", "a", "="]]))) == []
    again = [["again", "b", "="]]
    assert wheres(verify(Timed(states=states, initial="a", transitions=[*moves, *again]))) == [("idle-event", "again")]
    busy = Machine(states=["a", "b"], initial="a", transitions=[*moves, *again], after_state_change="note")
    assert wheres(verify(busy)) == []


def test_a_class_that_behaves_otherwise_is_named() -> None:
    class Odd(Machine):
        def set_state(self, state: Any, model: Any = None) -> None:
            super().set_state(state, model)

    report = verify(Odd(states=["a", "b"], initial="a", transitions=[["go", "a", "b"], ["back", "b", "a"]]))
    assert "Odd.set_state" in str(report)


# Claims

SHOP = {
    "states": ["cart", "paid", "shipped", "lost"],
    "initial": "cart",
    "auto_transitions": False,
    "transitions": [
        ["pay", "cart", "paid"],
        ["ship", "paid", "shipped"],
        {"trigger": "steal", "source": "cart", "dest": "lost", "conditions": "dark"},
        ["find", "lost", "shipped"],
        {"trigger": "send_back", "source": "shipped", "dest": "cart", "unless": ["late", "dark"]},
        {"trigger": "ask", "source": "shipped", "dest": None, "after": "answer"},
        {"trigger": "vanish", "source": "shipped", "dest": "lost", "conditions": "dark", "unless": "dark"},
    ],
}

CLAIMS: list[tuple[Formula, Verdict, list[str] | None]] = [
    (Never(at("lost")), Verdict.FALSE, ["steal [dark]"]),
    (Never(at("lost") & at("paid")), Verdict.TRUE, None),
    (Always(at("cart", "paid", "shipped", "lost")), Verdict.TRUE, None),
    (Reachable(at("shipped")), Verdict.TRUE, ["pay", "ship"]),
    (Passes(at("shipped"), at("paid")), Verdict.FALSE, ["steal [dark]", "find"]),
    (Passes(at("shipped"), at("paid", "lost")), Verdict.TRUE, None),
    (Step(at("cart"), at("paid", "lost")), Verdict.TRUE, None),
    (Step(at("cart"), at("paid")), Verdict.FALSE, ["steal [dark]"]),
    (Step(at("shipped"), at("cart"), (on("ask"),)), Verdict.FALSE, ["pay", "ship", "ask"]),
    (Only(on("find"), at("lost")), Verdict.TRUE, None),
    (Only(on("pay"), at("paid")), Verdict.FALSE, ["pay"]),
    (Only(on("vanish"), at("paid")), Verdict.UNKNOWN, None),
    (Shortest(at("shipped"), 2), Verdict.TRUE, ["pay", "ship"]),
    (NoReturn(at("cart")), Verdict.FALSE, ["pay", "ship", "send_back [not late and not dark]"]),
]


@pytest.mark.parametrize(("formula", "verdict", "run"), CLAIMS, ids=[str(formula) for formula, _, _ in CLAIMS])
def test_claims(formula: Formula, verdict: Verdict, run: list[str] | None) -> None:
    (claim,) = verify(SHOP, formula).claims
    assert claim.verdict is verdict
    assert (claim.run and [move.label for move in claim.run]) == run


def test_claims_about_nested_and_parallel_states() -> None:
    claims = {
        "The lamp is lit while the motor is fast.": Never(at("on_motor_fast") & ~at("on_lamp_lit")),
        "The motor runs only when on.": Always(at("on_motor").implies(at("on"))),
        "Both can be on at once.": Reachable(at("on_motor_fast") & at("on_lamp_lit")),
    }
    report = verify(parallel(), claims)
    assert [claim.verdict for claim in report.claims] == [Verdict.FALSE, Verdict.TRUE, Verdict.TRUE]
    assert report.claims[0].run is not None and len(report.claims[0].run) == 2
    assert "The lamp is lit while the motor is fast." in str(report)


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (Never(at("lots")), "no state lots; did you mean lost"),
        (Only(on("shipp"), at("paid")), "no event shipp; did you mean ship"),
        ([at("lost")], "a claim is a formula"),
        ({"It is so.": "lost"}, "a claim is a formula"),
        ({3: Never(at("lost"))}, "a claim is a formula"),
    ],
)
def test_claims_that_mean_nothing_here(claims: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        verify(SHOP, claims)


def test_a_report_says_in_short_what_is_wrong() -> None:
    """pytest shows the representation where `assert verify(machine).ok` fails."""
    report = verify(SHOP, Never(at("lost")))
    assert repr(report) == "<contradiction vanish: shipped -> lost [dark and not dark]; FALSE never (lost)>"
    assert report.problems == [
        "contradiction vanish: shipped -> lost [dark and not dark]: it asks for dark and for not dark: it never fires",
        "FALSE never (lost)",
    ]
    assert repr(verify(superhero())) == "<no findings>"
