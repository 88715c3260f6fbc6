"""Answers of podproof verify where callbacks, conditions about states, or claims about nothing once misled it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from podproof.api import (
    Accepts,
    Always,
    Bounds,
    Claim,
    Never,
    NoReturn,
    Only,
    Passes,
    Reachable,
    Rehearsal,
    Shortest,
    Step,
    Verdict,
    at,
    check,
    on,
    verify,
)
from podproof.cli import main
from podproof.kubernetes.pod import POD
from podproof.language import DeclarationError
from podproof.properties.formulas import Formula
from podproof.verify.reading import Unreadable
from podproof.verify.report import Report
from transitions import Machine
from transitions.extensions import HierarchicalMachine, LockedMachine
from transitions.extensions.asyncio import AsyncMachine
from transitions.extensions.states import Timeout, add_state_features


def wheres(report: Report) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.subject) for finding in report.findings]


def verdict(machine: Any, formula: Formula, **options: Any) -> tuple[Verdict, str]:
    (claim,) = verify(machine, formula, **options).claims
    return claim.verdict, claim.reason


class User:
    def log(self) -> None:
        raise AssertionError("a callback was run")


def login(cls: type[Machine] = Machine, after: Any = "submit", **options: Any) -> Machine:
    sign_in = {"trigger": "sign_in", "source": "start", "dest": "password", "after": after}
    moves = [sign_in, ["submit", "password", "done"]]
    states = ["start", "password", "done"]
    return cls(User(), states=states, initial="start", auto_transitions=False, transitions=moves, **options)


# Callbacks that trigger events


@pytest.mark.parametrize("cls", [Machine, HierarchicalMachine, LockedMachine, AsyncMachine])
@pytest.mark.parametrize("queued", [False, True])
def test_a_callback_that_names_an_event_is_followed(cls: type[Machine], queued: bool) -> None:
    report = verify(
        login(cls, queued=queued),
        [
            Step(at("start"), at("password"), (on("sign_in"),)),
            Step(at("start"), at("done")),
            Never(at("password")),
            Passes(at("done"), at("password")),
            Shortest(at("done"), 1),
            NoReturn(at("done")),
            Only(on("submit"), at("password")),
        ],
        final=["done"],
    )
    expected = [Verdict.FALSE, Verdict.TRUE, Verdict.FALSE, *(Verdict.TRUE,) * 4]
    assert [claim.verdict for claim in report.claims] == expected
    assert wheres(report) == []
    assert "run: start; sign_in (triggers submit) -> password -> done" in str(report)


def test_the_method_itself_is_the_event_too() -> None:
    machine = login(after=None)
    machine.events["sign_in"].transitions["start"][0].after.append(machine.models[0].submit)
    assert verdict(machine, Step(at("start"), at("done"), (on("sign_in"),)))[0] is Verdict.TRUE


def test_a_method_of_the_users_with_the_name_of_an_event_is_the_users() -> None:
    class Own(User):
        def submit(self) -> None:
            raise AssertionError("a callback was run")

    sign_in = {"trigger": "sign_in", "source": "start", "dest": "password", "after": "submit"}
    machine = Machine(Own(), states=["start", "password"], initial="start", transitions=[sign_in, ["submit", "*", "="]])
    (claim,) = verify(machine, Step(at("start"), at("password"), (on("sign_in"),))).claims
    assert (claim.verdict, claim.unless) == (Verdict.TRUE, ("submit",))


def test_an_event_that_is_not_accepted_in_the_middle_raises() -> None:
    states, moves = ["a", "b", "c"], [{"trigger": "go", "source": "a", "dest": "b", "after": "on"}, ["on", "c", "a"]]
    report = verify(Machine(states=states, initial="a", transitions=moves), Reachable(at("b")), final=["b"])
    assert ("raises", "go in a") in wheres(report)
    assert report.claims[0].verdict is Verdict.TRUE and "raises MachineError" in str(report)
    quiet = Machine(states=states, initial="a", transitions=moves, ignore_invalid_triggers=True)
    assert ("raises", "go in a") not in wheres(verify(quiet))


def test_events_on_errors_timers_and_automatic_ones() -> None:
    go = {"trigger": "go", "source": "a", "dest": "b", "after": "log"}
    options: dict[str, Any] = {"states": ["a", "b", "broken"], "initial": "a", "on_exception": "to_broken"}
    machine = Machine(User(), transitions=[go], **options)
    assert verdict(machine, Shortest(at("broken"), 1))[0] is Verdict.TRUE
    assert "unreachable" not in [kind for kind, _ in wheres(verify(machine))]

    @add_state_features(Timeout)
    class Timed(Machine):
        pass

    states = ["a", {"name": "b", "timeout": 3, "on_timeout": "to_c"}, "c"]
    timed = Timed(states=states, initial="a", transitions=[["go", "a", "b"]])
    assert wheres(verify(timed, final=["c"])) == []
    assert verdict(timed, Passes(at("c"), at("b")))[0] is Verdict.TRUE
    assert verdict(timed, Only(on("to_c"), at("b")))[0] is Verdict.TRUE


def test_what_goes_round_without_end_is_not_decided() -> None:
    go = {"trigger": "go", "source": "a", "dest": "b", "after": "back"}
    back = {"trigger": "back", "source": "b", "dest": "a", "after": "go"}
    for queued in (False, True):
        machine = Machine(states=["a", "b", "c"], initial="a", transitions=[go, back], queued=queued)
        report = verify(machine, Never(at("c")))
        assert wheres(report) == [("raises", "go in a")]
        assert report.claims[0].verdict is Verdict.UNKNOWN and not report.ok
        go_on = {**back, "conditions": "again"}
        tired = Machine(states=["a", "b", "c"], initial="a", transitions=[go, go_on], queued=queued)
        report = verify(tired, Never(at("c")))
        assert wheres(report) == [] and report.undecided


def test_asyncio_callbacks_at_the_same_time_are_not_followed() -> None:
    machine = login(AsyncMachine, after=["submit", "sign_in"])
    assert "at the same time" in verdict(machine, Never(at("done")))[1]


# What other callbacks could do


def test_a_true_that_a_callback_could_break_says_so() -> None:
    machine = login(after=["log", "submit"], finalize_event="log")
    report = verify(machine, [Step(at("start"), at("done"), (on("sign_in"),)), Never(at("start") & at("done"))])
    assert [claim.verdict for claim in report.claims] == [Verdict.TRUE, Verdict.TRUE]
    assert [claim.unless for claim in report.claims] == [("log",), ("log",)]
    assert str(report).count("unless log triggers an event") == 3  # of the deadlock, too
    quiet = verify(login(), Never(at("start") & at("done")))
    assert quiet.claims[0].unless == () and "unless" not in str(quiet)


def test_findings_that_a_callback_could_make_untrue_say_so() -> None:
    states, go = ["a", "b", "lost"], {"trigger": "go", "source": "a", "dest": "b", "before": ["log", "note"]}
    report = verify(Machine(User(), states=states, initial="a", transitions=[go]))
    assert wheres(report) == [("unreachable", "lost"), ("deadlock", "b")]
    assert all(finding.properties["unless"] == ["log", "note"] for finding in report.findings)
    assert all("unless log or note triggers an event" in problem for problem in report.problems)


# Conditions about states and events


def test_conditions_about_states_are_decided() -> None:
    leak = {"trigger": "leak", "source": "*", "dest": "wet", "unless": ["is_dry", "is_wet"]}
    moves: list[Any] = [["surface", "dive", "dry"], ["again", "dry", "dive"], leak, ["fixed", "wet", "dive"]]
    for cls in (Machine, HierarchicalMachine):
        machine = cls(states=["dive", "wet", "dry"], initial="dive", transitions=moves, auto_transitions=False)
        report = verify(machine, Step(at("dry"), at("dry", "dive")))
        assert report.ok and report.explored.reading.conditions == ()
    once = {"trigger": "dry", "source": "dive", "dest": "dry", "conditions": "is_wet"}
    machine = Machine(states=["dive", "wet", "dry"], initial="dive", transitions=[*moves, once])
    assert wheres(verify(machine)) == [("contradiction", "dry: dive -> dry [is_wet]")]


def test_conditions_about_parents_and_other_attributes() -> None:
    inside = {"name": "in", "children": ["x", "y"], "initial": "x"}
    go = [
        {"trigger": "go", "source": "in_x", "dest": "in_y", "conditions": "is_in"},
        {"trigger": "step", "source": "in_x", "dest": "out", "conditions": "is_in_x"},
    ]
    report = verify(HierarchicalMachine(states=[inside, "out"], initial="in", transitions=go), final=["out"])
    assert ("unreachable", "in_y") in wheres(report)  # without allow_substates, is_in holds in no substate
    moves = [{"trigger": "go", "source": "*", "dest": "b", "conditions": "is_phase_a"}]
    machine = Machine(states=["a", "b"], initial="a", transitions=moves, model_attribute="phase")
    assert verdict(machine, Step(at("b"), at("a")))[0] is Verdict.UNKNOWN
    moves = [{"trigger": "go", "source": "*", "dest": "b", "conditions": "is_a"}]
    free = Machine(states=["a", "b"], initial="a", transitions=moves, model_attribute="phase")
    assert verify(free).explored.reading.conditions == ("is_a",)


def test_whether_an_event_may_be_triggered_is_decided() -> None:
    moves = [{"trigger": "go", "source": "a", "dest": "b", "conditions": "may_stop"}, ["stop", "b", "a"]]
    assert ("unreachable", "b") in wheres(verify(Machine(states=["a", "b"], initial="a", transitions=moves)))


# Claims that say nothing, and Accepts

MOVES: list[Any] = [["end", "run", "done"], ["fault", "run", "fault"], ["again", ["done", "fault"], "run"]]
WORK: dict[str, Any] = {
    "states": ["run", "done", "fault", "lost"],
    "initial": "run",
    "auto_transitions": False,
    "transitions": [
        *MOVES,
        ["find", "lost", "run"],
        {"trigger": "pause", "source": "run", "dest": None, "conditions": "tired"},
        {"trigger": "never", "source": "run", "dest": "done", "conditions": "tired", "unless": "tired"},
    ],
}

ANSWERS: list[tuple[Formula, Verdict, str]] = [
    (Step(at("done"), at("fault"), (on("fault"),)), Verdict.UNKNOWN, "vacuous: no transition of fault ever fires"),
    (Step(at("lost"), at("run")), Verdict.UNKNOWN, "vacuous: (lost) is never reached"),
    (Passes(at("lost"), at("fault")), Verdict.UNKNOWN, "vacuous: (lost) is never reached"),
    (Only(on("find"), at("done")), Verdict.UNKNOWN, "vacuous: no transition of find ever fires"),
    (NoReturn(at("lost")), Verdict.UNKNOWN, "vacuous: (lost) never changes"),
    (Always(at("lost").implies(at("done"))), Verdict.UNKNOWN, "vacuous: (lost) is never reached"),
    (Never(at("lost")), Verdict.TRUE, ""),
    (Shortest(at("lost"), 3), Verdict.FALSE, "it is never reached"),
    (Accepts(at("run"), on("fault")), Verdict.TRUE, ""),
    (Accepts("run", "fault"), Verdict.TRUE, ""),  # type: ignore[arg-type]
    (Accepts(at("run"), on("pause")), Verdict.TRUE, "its conditions may still refuse it: tired"),
    (Accepts(at("done"), on("fault")), Verdict.FALSE, "fault in done: transitions raises MachineError"),
    (Accepts(at("run", "done"), on("fault")), Verdict.FALSE, "fault in done"),
    (Accepts(at("run"), on("never")), Verdict.FALSE, "never in run: no transition of it can ever fire there"),
    (Accepts(at("lost"), on("find")), Verdict.UNKNOWN, "vacuous: (lost) is never reached"),
]


@pytest.mark.parametrize(("formula", "expected", "reason"), ANSWERS, ids=[str(formula) for formula, _, _ in ANSWERS])
def test_claims_about_nothing_and_accepted_events(formula: Formula, expected: Verdict, reason: str) -> None:
    said, why = verdict(WORK, formula)
    assert said is expected
    assert why.startswith(reason) if reason else why == ""


def test_accepts_where_events_are_ignored_raise_or_are_only_passed() -> None:
    ignoring = {**WORK, "ignore_invalid_triggers": True}
    assert verdict(ignoring, Accepts(at("done"), on("fault"))) == (Verdict.FALSE, "fault in done: it is ignored there")
    claims = [Accepts(at("password"), on("submit")), Accepts(at("start"), on("sign_in"))]
    passed, accepted = verify(login(), claims).claims
    assert passed.verdict is Verdict.UNKNOWN and "only passed in the middle" in passed.reason
    assert accepted.verdict is Verdict.TRUE
    failing = login(after=["submit", "submit"])
    (claim,) = verify(failing, Accepts(at("start"), on("sign_in"))).claims
    assert claim.verdict is Verdict.FALSE and "raises MachineError" in claim.reason
    assert claim.run is not None and len(claim.run) == 1


def test_what_a_machine_of_ones_own_is_not_asked() -> None:
    with pytest.raises(Unreadable, match="Formula is not decided"):
        verify(WORK, Formula())
    with pytest.raises(Unreadable, match="--auto-transitions counts it"):
        verify({**WORK, "auto_transitions": True}, Accepts(at("run"), on("to_done")))
    with pytest.raises(DeclarationError, match="podproof verify decides it"):
        check([Claim("accepts", "It is accepted.", Accepts(at("run"), on("end")), POD)])


# Bounds, tests, the command line


def test_seconds_are_so_many_tries_on_any_computer() -> None:
    names = [f"s{number}" for number in range(60)]
    chain = {"states": names, "initial": "s0", "transitions": [["go", *pair] for pair in pairwise(names)]}
    few = verify(chain, bounds=Bounds(seconds=0.005)).explored
    assert len(few.configurations) == len(verify(chain, bounds=Bounds(seconds=0.005)).explored.configurations) < 60
    assert "events tried" in few.incomplete
    assert not verify(chain, bounds=Bounds(seconds=1)).explored.incomplete


def test_a_rehearsal_follows_callbacks_and_asks_for_their_conditions() -> None:
    submit = {"trigger": "submit", "source": "password", "dest": "done", "conditions": "right"}
    sign_in = {"trigger": "sign_in", "source": "start", "dest": "password", "after": "submit"}
    machine = Machine(states=["start", "password", "done"], initial="start", transitions=[sign_in, submit])
    run = Rehearsal(machine)
    fired = run.trigger("sign_in", {"right in submit": True})
    assert fired == ["sign_in: start -> password", "submit: password -> done [right]"] and run.state == "done"


FILE = """
from podproof.api import Accepts, Step, at, on
from transitions import Machine


class Toc(Machine):
    def __init__(self, **configuration):
        self.machine = Machine(model=self, **configuration)


class Empty(Machine):
    def __init__(self):
        pass


class Broker:
    def __init__(self):
        self.states = Machine(states=["new", "up"], initial="new", transitions=[["start", "new", "up"]])


toc = Toc(states=["user", "s1"], initial="user", transitions=[["advance", "user", "s1"], ["back", "s1", "user"]])
empty = Empty()
moves = [{"trigger": "go", "source": "a", "dest": "b", "after": "log"}, ["back", "b", "a"]]
logged = Machine(states=["a", "b"], initial="a", transitions=moves)
logged_claims = {"go ends in b": Step(at("a"), at("b")), "b takes go": Accepts(at("b"), on("back"))}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return str(path)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("toc", "it is a Toc whose __init__ does not call that of Machine; the machine that it made is its attribute"),
        ("empty", "call super().__init__(states=..., ...)"),
    ],
)
def test_a_machine_that_never_initialised_itself(
    name: str, said: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{file}:{name}") == 2
    err = capsys.readouterr().err
    assert said in err and "Traceback" not in err and len(err.splitlines()) == 1


def test_the_machine_under_an_attribute(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"{file}:toc.machine") == 0
    assert run(f"{file}:Broker", "--final", "up") == 0
    assert "explored from new" in capsys.readouterr().out


def test_what_a_callback_could_break_is_also_said_quietly_and_in_json(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{file}:logged", "--quiet") == 0
    quiet = capsys.readouterr().out
    assert quiet.count("unless log triggers an event") == 2 and "explored" not in quiet
    assert run(f"{file}:logged", "--format", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [claim["unless"] for claim in document["claims"]] == [["log"], ["log"]]
    assert document["passed"] == []
