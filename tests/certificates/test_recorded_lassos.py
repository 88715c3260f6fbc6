"""Recorded runs without an end: read back, judged as brute force judges them, and refused when they were changed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from podproof.certificates.counterexample import ReplayedRun, ReplayError, as_json, replay
from podproof.certificates.folder import evidence
from podproof.certificates.recorded import Rejected, read, record, shows
from podproof.check.decide import Judge
from podproof.claims.catalogue import CLAIMS
from podproof.cli import main
from podproof.engines.liveness import LivenessSearch
from podproof.language import (
    Actor,
    Assumption,
    Event,
    Fairness,
    Machine,
    System,
    Transition,
    Variable,
    number,
    sets,
    state,
    strong,
    weak,
)
from podproof.language.running import RunningSystem
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Shown
from podproof.properties.temporal import Eventually, InfinitelyOften, Liveness
from podproof.properties.trace import Forever, Trace, TraceStep

from tests.engines.test_liveness_random import Question, questions
from tests.support.brute_lassos import BruteLassos
from tests.support.random_liveness import Place
from tests.support.samples import MORE

CYCLE, STUCK = "failing-init-stays-pending", "deleted-disappears"
BY_ID = {claim.id: claim for claim in CLAIMS}


def claim_of(formula: Liveness, system: System, *candidates: Assumption) -> Claim:
    return Claim("asked", "Something happens at last.", formula, system, candidates=candidates)


def found(claim: Claim, *assumed: Assumption) -> Trace:
    """The lasso that the engine finds."""
    assert isinstance(claim.formula, Liveness)
    trace = LivenessSearch(claim.system, claim.formula, claim.assumable).answer(assumed).trace
    assert trace is not None
    return trace


def written(claim: Claim, trace: Trace, *assumed: Assumption) -> Any:
    return json.loads(json.dumps(record(claim, assumed, replay(trace))))


def objection(claim: Claim, trace: Trace, *assumed: Assumption) -> str:
    """Why the record of the trace is refused; nothing where it breaks the claim."""
    try:
        again = read(written(claim, trace, *assumed), {claim.id: claim})
    except Rejected as error:
        assert len(str(error).splitlines()) == 1
        return str(error)
    assert again.shows == Shown.broken
    return ""


# As brute force


def asked(seeds: range) -> Iterator[tuple[Question, Claim]]:
    for seed in seeds:
        for question in questions(seed):
            formula = replace(question.formula, most=2)
            yield question, claim_of(formula, question.system)


def test_every_lasso_that_the_engine_finds_is_accepted() -> None:
    count = 0
    for question, claim in asked(range(80)):
        assert isinstance(claim.formula, Liveness)
        if question.verdict is Verdict.FALSE:
            search = LivenessSearch(claim.system, claim.formula, claim.assumable, sizes=[question.sizes])
            trace = search.answer().trace
            assert trace is not None
            assert objection(claim, trace) == ""
            count += 1
    assert count > 100


def test_a_lasso_found_without_fairness_is_accepted_exactly_if_it_is_fair() -> None:
    accepted, refused = 0, 0
    for question, claim in asked(range(100)):
        assert isinstance(claim.formula, Liveness)
        goes_on = Assumption("goes-on", "It goes on.", fair=claim.formula.fair)
        hasty = replace(claim.formula, fair=())
        search = LivenessSearch(claim.system, hasty, (*claim.assumable, goes_on), sizes=[question.sizes])
        trace = search.answer().trace
        if trace is not None:
            whole = question.brute.unrolled(replay(trace).trace)
            fair = question.brute.is_fair_and_breaks(whole, claim.formula, claim.formula.fair)
            why = objection(claim, trace)
            assert bool(why) is not fair
            assert fair or "is not kept" in why
            accepted, refused = accepted + fair, refused + (not fair)
    assert accepted > 30 and refused > 30


def walks(brute: BruteLassos, system: System, random: Random) -> Iterator[Trace]:
    """Random runs of the system, each until it was somewhere before, or for some steps."""
    ways = {(step.event, *step.parameters.values()): step for step in reversed(system.steps)}
    starts = [state_ for state_, depth in brute.brute.depth.items() if depth == 0]
    while starts:
        here = random.choice(starts)
        seen, first, steps = {here: 0}, brute.brute.values(here), list[TraceStep]()
        for _ in range(random.randint(0, 12)):
            if not brute.after[here]:
                break
            fired = random.choice(brute.after[here])
            here = fired.after
            step = ways[fired.event, *fired.parameters]
            steps.append(TraceStep(step, fired.element, brute.brute.values(here)))
            if here in seen:
                break
            seen[here] = len(steps)
        yield Trace(system, brute.brute.sizes, first, tuple(steps), Forever(seen[here]))


def test_random_lassos_are_judged_as_by_brute_force() -> None:
    random = Random(1)
    accepted, refused = 0, 0
    for question, claim in asked(range(40 * MORE)):
        assert isinstance(claim.formula, Liveness)
        part = claim.formula.part(claim.system, claim.assumable)
        for trace in islice(walks(question.brute, question.system, random), 4):
            breaks = question.brute.is_fair_and_breaks(trace, claim.formula, claim.formula.fair)
            assert bool(objection(claim, replace(trace, system=part))) is not breaks
            accepted, refused = accepted + breaks, refused + (not breaks)
    assert accepted > 25 * MORE and refused > 150 * MORE


# What the claim is not about


class Side(StrEnum):
    left = "left"
    right = "right"


o, x = Actor("O"), Actor("X")
place, side = state("place", Place, initial=Place.a), state("side", Side, initial=Side.left)
rounds = number("rounds", 0, 2, saturating=True, initial=0)
go, back, leave, turn, hum = o("go"), o("back"), o("leave"), x("turn"), x("hum")


def two() -> System:
    """One goes round and may leave, counting its rounds; another turns to and fro, and may do nothing."""
    one = Machine(
        "one",
        place,
        [
            Transition(trigger=go, source=Place.a, dest=Place.b),
            Transition(trigger=back, source=Place.b, dest=Place.a, before=sets(rounds, rounds + 1)),
            Transition(trigger=leave, source=Place.b, dest=Place.c),
        ],
    )
    other = Machine(
        "other",
        side,
        [
            Transition(trigger=turn, source=Side.left, dest=Side.right),
            Transition(trigger=turn, source=Side.right, dest=Side.left),
            Transition(trigger=hum, source="*", dest="="),
        ],
    )
    return System("two", (one, other))


at_c = place.is_(Place.c)


def run_of(claim: Claim, after: int, *events: Event) -> Trace:
    """A run of the claim's part by these events, which goes on from after `after` of them."""
    formula = claim.formula
    assert isinstance(formula, Liveness)
    part = formula.part(claim.system, claim.assumable)
    first: dict[Variable[Any], Any] = {place: Place.a, side: Side.left, rounds: 0}
    running, steps = RunningSystem(claim.system, {}, first), list[TraceStep]()
    for event in events:
        assert running.fire(event)
        step = next(step for step in claim.system.steps if step.event is event)
        steps.append(TraceStep(step, None, dict(running.before)))
    return Trace(part, {}, first, tuple(steps), Forever(after))


def test_a_number_outside_the_part_may_grow_for_ever() -> None:
    claim = claim_of(Eventually(at_c), two())
    trace = run_of(claim, 0, go, back)
    assert rounds not in trace.system.variables
    assert objection(claim, trace) == ""
    assert replay(trace).trace.last[rounds] == 1


def test_a_number_inside_the_part_that_saturates_is_refused() -> None:
    claim = claim_of(Eventually(at_c, fair=(weak(back),)), two())
    trace = run_of(claim, 6, go, back, go, back, go, back, go, back)
    assert "rounds saturates" in objection(claim, trace)


FAIR_ELSEWHERE: list[tuple[Fairness, int, tuple[Event, ...], str]] = [
    (weak(turn), 0, (), "weak fairness of turn is not kept"),
    (weak(x, each=True), 0, (), "weak fairness of each of X is not kept: 'turn'"),
    (weak(turn), 0, (turn, turn), ""),
    (weak(turn), 1, (turn,), "weak fairness of turn is not kept"),
    (weak(turn, when=side.is_(Side.left)), 1, (turn,), ""),
    (strong(turn, when=side.is_(Side.left)), 0, (turn, turn), ""),
    (weak(hum), 0, (), ""),
    (weak(x), 0, (hum,), "weak fairness of X is not kept"),
    (weak(x), 0, (go, back), "weak fairness of X is not kept"),
    (weak(x), 0, (go, turn, back, turn), ""),
    (weak(leave), 0, (turn, turn), ""),
    (weak(leave), 1, (go, turn, turn), "weak fairness of leave is not kept"),
    (strong(leave), 1, (go, turn, turn), "strong fairness of leave is not kept"),
]


@pytest.mark.parametrize(("fairness", "after", "events", "why"), FAIR_ELSEWHERE)
def test_fairness_of_steps_that_the_formula_does_not_see(
    fairness: Fairness, after: int, events: tuple[Event, ...], why: str
) -> None:
    """By itself, and when it is assumed."""
    by_itself = claim_of(Eventually(at_c, fair=(fairness,)), two())
    said = objection(by_itself, run_of(by_itself, after, *events))
    assert said.endswith(why) if why else said == ""
    goes_on = Assumption("goes-on", "It goes on.", fair=(fairness,))
    later = claim_of(Eventually(at_c), two(), goes_on)
    trace = run_of(later, after, *events)
    assert objection(later, trace) == ""
    said = objection(later, replace(trace, system=trace.system.under(goes_on)), goes_on)
    assert said.endswith(why) if why else said == ""


def test_what_could_happen_at_the_end_is_what_would_change_the_part() -> None:
    narrow, wide = (claim_of(Eventually(at_c, fair=fair), two()) for fair in ((), (weak(turn, when=at_c),)))
    for claim, possible in ((narrow, [go]), (wide, [go, turn])):
        forever = replay(run_of(claim, 0)).trace.forever
        assert forever is not None
        assert [step.event for step in forever.possible] == possible


def test_a_part_that_does_not_see_who_must_go_on_shows_nothing() -> None:
    claim = claim_of(Eventually(at_c), two())
    run = replay(run_of(claim, 0))
    assert shows(claim.formula, run) == Shown.broken
    assert shows(Eventually(at_c, fair=(weak(turn),)), run) == ""


def test_a_run_shows_something_of_one_formula_and_nothing_of_another() -> None:
    claim = claim_of(Eventually(at_c), two())
    run = replay(run_of(claim, 0, go, back))
    assert shows(Eventually(place.is_(Place.b)), run) == ""
    assert shows(InfinitelyOften(place.is_(Place.b)), run) == ""
    assert shows(InfinitelyOften(place.is_(Place.d)), run) == Shown.broken
    ended = replace(run, trace=replace(run.trace, forever=None))
    assert shows(claim.formula, ended) == ""
    assert shows(Always(place.is_(Place.a)), run) == Shown.broken


def test_more_elements_than_the_claim_is_about_do_not_break_it() -> None:
    question, claim = next((q, c) for q, c in asked(range(1, 40, 2)) if max(q.sizes.values()) == 2 and q.length)
    assert isinstance(claim.formula, Liveness)
    trace = LivenessSearch(claim.system, claim.formula, claim.assumable, sizes=[question.sizes]).answer().trace
    assert trace is not None
    assert objection(claim, trace) == ""
    narrow = claim_of(replace(claim.formula, most=1), question.system)
    assert "it has 2 of part, and the claim is about 1 at most" in objection(narrow, trace)


# Pods


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("certificates") / "made"
    with pytest.raises(SystemExit) as done:
        main(["check", CYCLE, STUCK, "-q", "-j", "1", "--no-conditions", "--certify", str(target)])
    assert done.value.code == 0
    return target


def run_podproof(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_a_claim_about_what_happens_at_last_is_certified_by_its_lasso(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    code, out, err = run_podproof(capsys, "check", "--recheck", str(folder), "--solver", "z3", "-j", "1")
    assert (code, err) == (0, "")
    assert [line.split()[:3] for line in out.splitlines()[:-2]] == [
        ["confirmed", CYCLE, "FALSE"],
        ["confirmed", STUCK, "FALSE"],
    ]
    assert "counterexample.json: a run of 4 + 2 steps for ever; it breaks" in (folder / CYCLE / "README.md").read_text()
    assert "counterexample.json: a run of 2 steps, then none; it breaks" in (folder / STUCK / "README.md").read_text()


def test_a_true_verdict_of_a_search_has_no_certificate() -> None:
    claim = claim_of(Eventually(place.is_(Place.b), fair=(weak(go),)), two())
    known = evidence(Judge().decide(claim))
    assert (known.verdict, known.certified, known.run) == (Verdict.TRUE, False, None)


def test_the_output_of_check_can_be_replayed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run_podproof(capsys, "check", CYCLE, STUCK, "--format", "json", "-j", "1")
    assert code == 0
    file = tmp_path / "check.json"
    file.write_text(out)
    code, out, _ = run_podproof(capsys, "check", "--replay", str(file), "--format", "json")
    runs = json.loads(out)["runs"]
    assert code == 0
    assert len(runs) > 6 and {each["shows"] for each in runs} == {Shown.broken}
    assert any(each["assumed"] for each in runs)


def test_judging_a_lasso_imports_no_engine(folder: Path) -> None:
    code = (
        "import json, sys; from podproof.claims.catalogue import CLAIMS; "
        "from podproof.certificates.recorded import read; "
        "print(read(json.load(sys.stdin), {claim.id: claim for claim in CLAIMS}).shows); "
        "print(*(m for m in sys.modules if m.startswith('podproof.engines')))"
    )
    given = (folder / CYCLE / "counterexample.json").read_text()
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == [Shown.broken, "", ""]


def removed(number_: int) -> Callable[[Any], object]:
    return lambda document: document["steps"].pop(number_ - 1)


def goes_on_from(after: Any) -> Callable[[Any], object]:
    return lambda document: document["forever"].update(after=after)


def found_again(document: Any) -> ReplayedRun:
    """The run as far as it is recorded, with nothing happening after it."""
    trace = found(BY_ID[CYCLE])
    steps = trace.steps[: len(document["steps"])]
    return replay(replace(trace, steps=steps, forever=Forever(len(steps))))


def neglecting(document: Any) -> None:
    """It stays in the state after which the init container would end."""
    del document["steps"][4:]
    run = found_again(document)
    document["forever"] = as_json(run)["forever"]


TAMPERED: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "an earlier beginning": (CYCLE, goes_on_from(3), "does not come back: init state was waiting and is running"),
    "a later beginning": (CYCLE, goes_on_from(5), "the run does not come back"),
    "a beginning behind its end": (CYCLE, goes_on_from(7), "cannot go on from after step 7"),
    "a beginning before its beginning": (CYCLE, goes_on_from(-1), "cannot go on from after step -1"),
    "a beginning that is no number": (CYCLE, goes_on_from(True), "cannot go on from after step true"),
    "no beginning": (CYCLE, lambda document: document["forever"].pop("after"), "cannot go on from after step null"),
    "an end": (CYCLE, lambda document: document.update(forever=None), "it ends"),
    "nothing any more": (CYCLE, goes_on_from(6), "forever: possible is []; in the run it is [{"),
    "a step less in the cycle": (CYCLE, removed(6), "the run does not come back"),
    "the other step less": (CYCLE, removed(5), "step 5, 'restart init' cannot happen here"),
    "nobody goes on": (CYCLE, neglecting, "weak fairness of each of end init is not kept: 'end init' of init contain"),
    "less that could happen": (
        STUCK,
        lambda document: document["forever"]["possible"].pop(),
        "forever: possible is",
    ),
    "more that could happen": (
        CYCLE,
        lambda document: document["forever"]["possible"].append({"event": "explode"}),
        "forever: possible is",
    ),
    "something else that could happen": (
        STUCK,
        lambda document: document["forever"]["possible"][0].update(actor="node"),
        "forever: possible 1: actor is",
    ),
    "no list of what could happen": (STUCK, lambda document: document["forever"].update(possible=3), "possible is 3"),
    "somebody who would go on": (
        STUCK,
        lambda document: document.update(assumed=["kubelet-alive"]),
        "weak fairness of each of kubelet is not kept: 'find it deleting'",
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_tampered_lasso_is_rejected_with_a_reason(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path, how: str
) -> None:
    name, change, reason = TAMPERED[how]
    document = json.loads((folder / name / "counterexample.json").read_text())
    change(document)
    file = tmp_path / "tampered.json"
    file.write_text(json.dumps(document))
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, err) == (1, "")
    assert reason in out and "rejected" in out and len(out.splitlines()) == 1


@pytest.mark.parametrize("forever", ["x", 4, [], True])
def test_what_says_nothing_of_its_end_is_unusable(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path, forever: Any
) -> None:
    document = json.loads((folder / CYCLE / "counterexample.json").read_text())
    file = tmp_path / "x.json"
    file.write_text(json.dumps(document | {"forever": forever}))
    code, out, err = run_podproof(capsys, "check", "--replay", str(file))
    assert (code, out, len(err.splitlines())) == (2, "", 1)


def test_a_lasso_that_takes_an_assumed_away_step_is_no_run() -> None:
    trace = found(BY_ID[CYCLE])
    calm = Assumption("calm", "Nobody goes.")
    quiet = o("go", unless=calm)
    assert calm not in trace.system.assumed
    machine = Machine("one", place, [Transition(trigger=quiet, source=Place.a, dest=Place.b)])
    claim = claim_of(Eventually(at_c), System("one", (machine,)))
    lasso = found(claim)
    assert objection(claim, lasso) == "" and objection(claim, found(claim, calm), calm) == ""
    step = TraceStep(claim.system.steps[0], None, {place: Place.b})
    gone = replace(lasso, steps=(step,), forever=Forever(1))
    assert objection(claim, gone) == ""
    with pytest.raises(ReplayError, match="calm forbids"):
        replay(replace(gone, system=gone.system.under(calm)))
