"""podproof lint: every check finds what was planted, and nothing in a system without faults."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest
from podproof.claims.catalogue import CLAIMS
from podproof.cli import main
from podproof.findings.finding import Finding, Rule
from podproof.findings.ignores import UNNEEDED_IGNORE, Ignore
from podproof.kubernetes.view import POD_WITH_STATUS
from podproof.language import (
    Actor,
    Assumption,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    flag,
    number,
    parameter,
    sets,
    state,
)
from podproof.lint import rules
from podproof.lint.dead_parts import coverage
from podproof.lint.hygiene import lint
from podproof.lint.ignored import IGNORED
from podproof.lint.reachable import Reachables
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Formula, Never, Only, Reachable, Step
from podproof.properties.limits import Limits
from podproof.properties.whole_runs import Passes

from tests.support.samples import spread
from tests.support.schemas import expect_valid


class Light(StrEnum):
    red = "red"
    green = "green"
    blue = "blue"


class Speed(StrEnum):
    slow = "slow"
    fast = "fast"


class Car(StrEnum):
    waits = "waits"
    drives = "drives"


town = Actor("town")
speed = parameter("speed", Speed)
no_repairs, no_rain = Assumption("no-repairs", "Nobody repairs it."), Assumption("no-rain", "It does not rain.")
cars = Kind("car")
light = state("light", Light, initial=Light.red)
broken = flag("broken", initial=False)
car = state("car", Car, kind=cars, initial=Car.waits)
go, stop, repair = town("go"), town("stop", speed), town("repair", unless=no_repairs)
drive = town("drive")
no_cars = Assumption("no-cars", "The road is empty.", shape=cars.none(car.is_(*Car)))
parked = Assumption(
    "parked", "All cars drive at first.", shape=cars.all(car.is_(Car.drives)) & cars.some(car.is_(*Car))
)


def system(*more: Transition[Light], stops: object = ()) -> System:
    lamp = Machine(
        "lamp",
        light,
        [
            Transition(trigger=go, source=Light.red, dest=Light.green),
            Transition(trigger=stop, source=Light.green, dest=Light.red, conditions=stops),  # type: ignore[typeddict-item]
            *more,
        ],
    )
    on_the_road = Machine(
        "on the road",
        car,
        [Transition(trigger=drive, source=Car.waits, dest=Car.drives, conditions=[light.is_(Light.green)])],
        reacts=[Transition(trigger=go, source=Car.drives, dest=Car.waits)],
    )
    return System("crossing", (lamp, on_the_road))


mend: Transition[Light] = Transition(
    trigger=repair, source="*", dest=Light.blue, conditions=[light.is_(Light.green), light.is_(Light.red)]
)


def found(about: System, rule: Rule, *claims: tuple[str, Formula], **options: object) -> list[str]:
    named = [Claim(name, "It is said.", formula, about, **options) for name, formula in claims]  # type: ignore[arg-type]
    hygiene = lint(named or [Claim("any", "Any.", Never(light.is_(Light.blue)), about)], rules=[rule])
    assert hygiene.undecided == ()
    return [finding.subject for finding in hygiene.findings]


def test_a_system_without_faults_has_no_findings() -> None:
    about = system(Transition(trigger=repair, source="*", dest=Light.blue))
    claims = [
        Claim("a", "Blue is possible.", Reachable(light.is_(Light.blue)), about),
        Claim("b", "Never blue.", Never(light.is_(Light.blue)), about, expected=Verdict.FALSE),
    ]
    assert lint(claims).findings == ()


def test_transitions_and_states_that_are_never_there() -> None:
    assert found(system(mend), rules.NEVER_ENABLED) == ["lamp: repair"]
    assert found(system(mend), rules.NEVER_REACHED) == ["lamp: blue"]
    late: Transition[Light] = Transition(trigger=stop, source=Light.green, dest=Light.blue)
    assert found(system(late), rules.NEVER_ENABLED) == ["lamp: stop (2)"]  # the first that can be is taken


def test_a_transition_for_one_parameter_only_is_enabled() -> None:
    late: Transition[Light] = Transition(trigger=stop, source=Light.green, dest=Light.blue)
    assert found(system(late, stops=[speed.is_(Speed.fast)]), rules.NEVER_ENABLED) == []


def test_a_reaction_to_what_never_happens_is_never_taken() -> None:
    about = system(mend)
    other = Machine("other", state("other", Light, initial=Light.red), [], reacts=[
        Transition(trigger=repair, source="*", dest=Light.green), Transition(trigger=go, source="*", dest=Light.blue)
    ])  # fmt: skip
    assert "other: reaction to repair" in found(replace(about, machines=(*about.machines, other)), rules.NEVER_ENABLED)


@pytest.mark.parametrize(
    ("condition", "redundant"),
    [
        (light.is_(Light.green), True),  # its source says so
        (light.is_not(Light.blue), True),
        (cars.some(car.is_(Car.drives)), False),
        (speed.is_(Speed.fast), False),
        (cars.all(car.is_(*Car)), True),
        (light.is_(Light.red), None),
    ],
)
def test_a_condition_is_redundant_where_every_step_is_the_same_without_it(
    condition: object, redundant: bool | None
) -> None:
    about = system(stops=[condition])
    assert found(about, rules.REDUNDANT_GUARD) == (["lamp: stop, condition 1"] if redundant else [])
    assert (found(about, rules.NEVER_ENABLED) == []) is (redundant is not None)


def test_each_condition_is_dropped_by_itself() -> None:
    some, both = cars.some(car.is_(Car.drives)), light.is_not(Light.red)
    assert found(system(stops=[some & both]), rules.REDUNDANT_GUARD) == ["lamp: stop, condition 2"]
    assert found(system(stops=[some, ~~some]), rules.REDUNDANT_GUARD) != []


def test_a_condition_matters_where_another_transition_would_be_taken() -> None:
    fast: Transition[Light] = Transition(trigger=stop, source=Light.green, dest=Light.blue)
    same: Transition[Light] = Transition(trigger=stop, source=Light.green, dest=Light.red)
    driving = cars.some(car.is_(Car.drives))
    assert found(system(fast, stops=[driving]), rules.REDUNDANT_GUARD) == []
    assert found(system(same, stops=[driving]), rules.REDUNDANT_GUARD) == ["lamp: stop (1), condition 1"]


blue, green = light.is_(Light.blue), light.is_(Light.green)
drives = cars.some(car.is_(Car.drives))


@pytest.mark.parametrize(
    ("formula", "vacuous"),
    [
        (Always(blue.implies(drives)), True),
        (Always(drives.implies(~blue)), False),
        (Always(cars.all(car.is_(Car.drives).implies(~blue))), False),
        (Step(blue, drives), True),
        (Step(green, ~blue), False),
        (Step(drives, drives, (repair,)), True),
        (Only(repair, drives), True),
        (Only(drive, green), False),
        (Passes(blue, green), True),
        (Never(blue), False),
    ],
    ids=str,
)
def test_a_claim_about_what_never_happens_is_vacuous(formula: Formula, vacuous: bool) -> None:
    assert found(system(mend), rules.VACUOUS_CLAIM, ("said", formula)) == (["said"] if vacuous else [])


@pytest.mark.parametrize(
    ("formula", "trivial"),
    [
        (Always(green.implies(~blue)), True),
        (Always(cars.all(green | ~green | car.is_(Car.drives))), True),
        (Always(~blue), False),
        (Step(drives, cars.all(car.is_(*Car))), True),
        (Step(drives, drives), False),
        (Only(drive, car.is_(*Car)), True),
        (Only(drive, car.is_(Car.waits)), False),
    ],
    ids=str,
)
def test_a_claim_that_machines_cannot_break_is_trivial(formula: Formula, trivial: bool) -> None:
    assert found(system(mend), rules.TRIVIAL_CLAIM, ("said", formula)) == (["said"] if trivial else [])


def test_a_claim_that_follows_from_another_is_implied() -> None:
    claims = (
        ("strong", Always(~blue & (drives | ~drives | green))),
        ("weak", Always(~blue | drives)),
        ("again", Always(~blue)),
        ("other", Always(green | drives | light.is_(Light.red, Light.blue))),
        ("step", Step(drives, ~blue)),
        ("fast", Step(drives & green, ~blue, (go,))),
        ("more", Step(green, ~blue, (go,))),
    )
    subjects = found(system(), rules.IMPLIED_CLAIM, *claims)
    assert {"weak by strong", "again by strong", "step by strong", "fast by step", "fast by more"} <= set(subjects)
    assert "strong by again" not in subjects  # of two that say the same, the later one
    assert not any(subject.startswith("more by step") for subject in subjects)


def test_assumptions() -> None:
    about = system(Transition(trigger=repair, source="*", dest=Light.blue))
    never_blue = ("said", Never(blue))
    assert found(about, rules.UNNEEDED_ASSUMPTION, never_blue, expected=Verdict.FALSE) == []
    other = ("said", Never(green))
    assert found(about, rules.UNNEEDED_ASSUMPTION, other, expected=Verdict.FALSE) == ["no-repairs"]
    claims = [Claim("said", "It is said.", Never(blue), about, expected=Verdict.FALSE)]
    more = lint(claims, assumptions=[no_rain], rules=[rules.UNNEEDED_ASSUMPTION])
    assert [finding.subject for finding in more.findings] == ["no-rain"]
    assert found(about, rules.CONTRADICTORY_ASSUMPTIONS, never_blue, given=(no_cars,)) == []
    assert found(about, rules.CONTRADICTORY_ASSUMPTIONS, never_blue, given=(parked,)) == ["parked in said"]
    together = found(about, rules.CONTRADICTORY_ASSUMPTIONS, never_blue, given=(no_cars, parked))
    assert "no-cars and parked in said" in together


def test_coverage_counts_states() -> None:
    about = system(mend)
    assert dict(coverage(about, Reachables(0, Limits()))) == {
        "lamp: go": 1,
        "lamp: stop": 1,
        "lamp: repair": 0,
        "on the road: drive": 0,
        "on the road: reaction to go": 0,
    }
    assert dict(coverage(about, Reachables(1, Limits())))["on the road: drive"] == 1


def test_what_is_too_large_is_undecided() -> None:
    unreached: Transition[Light] = Transition(trigger=repair, source=Light.blue, dest=Light.red)
    claims = [Claim("any", "Any.", Never(blue), system(unreached))]
    hygiene = lint(claims, rules=[rules.NEVER_ENABLED], limits=Limits(states=1))
    assert "system crossing with its only size (stopped at 1 state) was not looked at" in hygiene.undecided
    assert hygiene.findings == ()


steps = number("steps", 0, 500, saturating=True, initial=0)
walk = town("walk")
walker = Machine(
    "walker",
    state("walker", Car, initial=Car.waits),
    [Transition(trigger=walk, source="*", dest=Car.drives, before=sets(steps, steps + 1))],
)


def test_a_question_is_asked_of_the_part_that_decides_where_the_whole_is_too_large() -> None:
    """A counter of 501 values that no guard reads makes the whole too large; nothing asks for it."""
    unreached: Transition[Light] = Transition(trigger=repair, source=Light.blue, dest=Light.red)
    whole = replace(system(unreached), machines=(*system(unreached).machines, walker))
    checks = (rules.NEVER_ENABLED, rules.NEVER_REACHED, rules.REDUNDANT_GUARD)
    hygiene = lint([Claim("any", "Any.", Never(blue), whole)], rules=checks, limits=Limits(states=50))
    assert hygiene.undecided == ()
    assert [finding.subject for finding in hygiene.findings] == ["lamp: repair", "lamp: blue"]
    assert {finding.evidence for finding in hygiene.findings} == {"exhaustive: its only size, or 1 car, or 2 cars"}


def test_a_finding_says_which_sizes_were_too_large() -> None:
    unreached: Transition[Light] = Transition(trigger=repair, source=Light.blue, dest=Light.red, conditions=[drives])
    claims = [Claim("any", "Any.", Never(blue), system(unreached))]
    (finding,) = lint(claims, rules=[rules.NEVER_ENABLED], limits=Limits(states=4)).findings
    assert finding.evidence == "exhaustive: its only size, or 1 car; not 2 cars (stopped at 4 states)"


def test_what_no_system_has_is_never_there_and_what_is_too_small_is_undecided() -> None:
    empty = replace(system(), initially=(cars.none(car.is_(*Car)),))
    assert found(empty, rules.NEVER_ENABLED) == ["on the road: drive", "on the road: reaction to go"]
    nothing = replace(system(), initially=(light.is_(Light.blue),))  # although it is red at first
    assert found(nothing, rules.NEVER_ENABLED) == [
        "lamp: go",
        "lamp: stop",
        "on the road: drive",
        "on the road: reaction to go",
    ]
    driving = replace(system(), initially=(cars.some(car.is_(*Car)),))
    claims = [Claim("any", "Any.", Never(blue), driving)]
    hygiene = lint(claims, rules=[rules.NEVER_REACHED], most=0)
    assert hygiene.findings == ()
    assert hygiene.undecided == (
        "system crossing with up to 0 elements (the smallest system needs more) was not looked at",
        "system crossing with up to 0 elements (the smallest car needs more) was not looked at",
    )


def test_what_is_not_counted_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "claims.py"
    file.write_text(WALKS)
    options = ("--claims", str(file), "--select", "never-enabled", "--coverage")
    code, out, _ = run(capsys, *options)
    assert (code, "         401  walks: walker: see" in out) == (0, True)
    code, out, _ = run(capsys, *options, "--states", "10")
    assert code == 3 and "undecided  system walks with its only size (stopped at 10 states) was not counted" in out


def test_what_only_observes_is_looked_at_by_itself() -> None:
    """The machines of a system are not looked at again in one that only observes it, but in one that writes to it."""
    base = system(mend)
    lamp, on_the_road = base.machines
    camera = state("camera", Light, initial=Light.red)
    seen = Machine("camera", camera, [], reacts=[Transition(trigger=go, source="*", dest=Light.green)])
    observing = replace(base, machines=(lamp, on_the_road, seen))
    assert observing.observes(base) and not base.observes(observing) and not base.observes(base)
    assert not observing.under(no_repairs).observes(base)
    claims = [Claim(str(n), "Any.", Never(blue), about) for n, about in enumerate((observing, base))]
    found = [finding.subject for finding in lint(claims, rules=[rules.NEVER_REACHED]).findings]
    assert found == ["camera: blue", "lamp: blue"]


def test_whether_a_question_looks_at_the_order_decides_what_is_explored() -> None:
    """Cars are exchanged where nothing looks at their order: a question that does is still answered."""
    lane = Kind("lane", ordered=True)
    car_of = state("lane state", Car, kind=lane, initial=Car.waits)
    moved = Machine("lane", car_of, [Transition(trigger=town("move"), source=Car.waits, dest=Car.drives)])
    about = System("lanes", (moved,))
    first = lane.some(car_of.is_(Car.drives) & lane.some(car_of.is_(Car.waits), Scope.later))
    last = lane.some(car_of.is_(Car.drives) & lane.some(car_of.is_(Car.waits), Scope.earlier))
    reachables = Reachables(2, Limits())
    assert reachables.never(about, lane.none(car_of.is_(*Car)) & lane.some(car_of.is_(*Car))) != ""
    assert [reachables.never(about, question) for question in (first, last)] == ["", ""]


def test_ignores_are_used_and_needed() -> None:
    claims = [Claim("any", "Any.", Never(blue), system(mend))]
    ignores = [
        Ignore(rules.NEVER_ENABLED, "lamp: *", "It is for show."),
        Ignore(rules.NEVER_ENABLED, "car: *", "It is for show."),
        Ignore(rules.NEVER_REACHED, "nothing", "It is not looked for."),
    ]
    hygiene = lint(claims, ignores, rules=[rules.NEVER_ENABLED, UNNEEDED_IGNORE])
    how = "z3: in all states, reachable or not, of any number of elements"
    assert hygiene.findings == (
        Finding(
            rules.NEVER_ENABLED,
            "lamp: repair",
            "a transition that is never taken",
            evidence=how,
            ignored="It is for show.",
        ),
        Finding(
            UNNEEDED_IGNORE,
            "never-enabled: car: *",
            "a reason to ignore what is not found",
            evidence="it was looked for and not found",
            remedy="remove it",
        ),
    )


# What ships


def test_what_ships_without_copies_of_the_status_has_no_finding_without_a_reason() -> None:
    claims = spread([claim for claim in CLAIMS if claim.about is not POD_WITH_STATUS], 30)
    asked = [rule for rule in rules.RULES if rule not in (rules.UNNEEDED_ASSUMPTION, UNNEEDED_IGNORE)]
    hygiene = lint(claims, IGNORED, rules=asked, most=2)
    assert hygiene.undecided == ()
    without_reason = [finding.subject for finding in hygiene.findings if not finding.ignored]
    assert without_reason == ["init container: start init, condition 3"]
    assert len(hygiene.findings) > 20


@pytest.mark.slow
def test_what_ships_has_no_finding_without_a_reason() -> None:
    """Up to two elements, to be quick; so what only matters where two init containers are is found to do nothing."""
    asked = [rule for rule in rules.RULES if rule is not rules.UNNEEDED_ASSUMPTION]
    hygiene = lint(CLAIMS, IGNORED, rules=asked, most=2, limits=Limits(states=2_500_000))
    assert hygiene.undecided == ()
    without_reason = [finding.subject for finding in hygiene.findings if not finding.ignored]
    assert without_reason == [
        "local init container status: reaction to clean up (1)",
        "init container: start init, condition 3",
    ]
    assert len({finding.rule for finding in hygiene.findings}) >= 2


# As a user meets it

FILE = """
from podproof.api import POD, Always, Claim
from podproof.kubernetes.vocabulary.states import Worker, worker
told = Claim("told", "A worker is one of its stages.", Always(
    worker.is_(Worker.sync) | ~worker.is_(Worker.sync, Worker.none) | worker.is_(Worker.none)), POD)
"""

MEANINGLESS = """
from podproof.api import POD, Claim, Step
from podproof.language import TRUE
from podproof.kubernetes.vocabulary.events import sync
from podproof.kubernetes.vocabulary.states import Run, run
nobody = Claim("nobody", "It runs.", Step(TRUE, run.is_(Run.running), (sync,)), POD)
"""


WALKS = """
from podproof.api import Claim, Machine, Reachable, System
from podproof.language import Actor, Transition, number, sets, state
from enum import StrEnum
Walk = StrEnum("Walk", ["on"])
steps, walking = number("steps", 0, 500, saturating=True, initial=0), state("walking", Walk, initial=Walk.on)
town = Actor("town")
walk = Transition(trigger=town("walk"), source="*", dest="=", before=sets(steps, steps + 1))
see = Transition(trigger=town("see"), source="*", dest="=", conditions=[steps >= 100])
far = Claim("far", "It comes far.", Reachable(steps >= 2), System("walks", (Machine("walker", walking, [walk, see]),)))
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["lint", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_verb_on_claims_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "claims.py"
    file.write_text(FILE)
    options = ("--claims", str(file), "--elements", "1", "--select", "trivial-claim")
    code, out, _ = run(capsys, *options)
    assert code == 1
    assert out.splitlines()[0] == "trivial-claim  told"
    assert out.splitlines()[-2:] == [
        "1 claim: 1 finding, 0 ignored",
        "machines and assumptions that ship were left out: podproof lint looks at them",
    ]
    code, out, _ = run(capsys, *options, "--error", "never-enabled")
    assert code == 0 and "trivial-claim  told" in out
    code, out, _ = run(capsys, *options, "--format", "json", "--coverage")
    document = json.loads(out)
    expect_valid(document)
    assert (code, document["schema"]) == (1, "podproof/lint/v2")
    assert [each["subject"] for each in document["findings"]] == ["told"]
    assert {"system": "pod", "transition": "object: bind", "taken": 24} | document["coverage"][0] == document[
        "coverage"
    ][0]


VARIANT = """
from dataclasses import replace
from enum import StrEnum
from podproof.api import POD, Claim, Machine, Reachable, System
from podproof.language import Transition, state
from podproof.kubernetes.vocabulary.events import start
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Worker, worker

Seen = StrEnum("Seen", ["no", "yes", "never"])
seen = state("seen", Seen, kind=regular, initial=Seen.no)
watch = Machine("watch record", seen, [], reacts=[Transition(trigger=start, source="*", dest=Seen.yes)])
watched = replace(POD, name="watched", machines=(*POD.machines, watch))
mine = Claim("mine", "It syncs.", Reachable(worker.is_(Worker.sync)), POD)
seen_too = Claim("seen", "It is seen.", Reachable(regular.some(seen.is_(Seen.yes))), watched)
"""


def test_with_claims_of_ones_own_only_what_is_ones_own_is_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Whoever adds a claim or a machine to the Pod is not told what there is to say of the Pod."""
    file = tmp_path / "claims.py"
    file.write_text(VARIANT)
    code, out, _ = run(capsys, "--claims", str(file), "--elements", "1", "--error", "never-reached")
    assert code == 1
    assert [line for line in out.splitlines() if not line.startswith(" ")][:1] == ["never-reached  watch record: never"]
    assert out.splitlines()[-2] == "2 claims: 1 finding, 0 ignored"


def test_the_verb_refuses_a_claim_that_cannot_mean_anything(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "claims.py"
    file.write_text(MEANINGLESS)
    code, _, err = run(capsys, "--claims", str(file))
    assert code == 2
    assert err.startswith("podproof: claim nobody: event sync: (state is running) speaks of one container, but no")


def test_the_verb_says_what_it_looks_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == [rule.id for rule in rules.RULES]


@pytest.mark.parametrize("arguments", [["no-such-claim"], ["--select", "x"], ["--claims", "no-such-file"]])
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
