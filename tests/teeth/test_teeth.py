"""podproof teeth: mutants are wrong models, claims notice them, and what is said of each is true."""

from __future__ import annotations

import json
from functools import cache
from random import Random

import pytest
from podproof.claims.catalogue import CLAIMS
from podproof.cli import main
from podproof.engines.explicit import check, explore
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import Assumption, DeclarationError
from podproof.properties.limits import Limits
from podproof.teeth.analysis import REFUSED, MutationAnalysis
from podproof.teeth.mutants import Mutant, mutants
from podproof.teeth.results import MutantStatus
from podproof.teeth.survivors import SURVIVORS, reason

from tests.support.schemas import expect_valid

SMALL = {init: 0, regular: 1}


@cache
def by_name() -> dict[str, Mutant]:
    """Every mutant: made when a test asks, as that takes seconds."""
    made = list(mutants(POD))
    named = {mutant.name: mutant for mutant in made}
    assert len(named) == len(made) > 500
    return named


each_of_a_seeded_sample = pytest.mark.parametrize("place", range(6))


def sampled(place: int) -> Mutant:
    return Random(36).sample([*by_name().values()], 6)[place]


@cache
def analysis() -> MutationAnalysis:
    return MutationAnalysis(POD, CLAIMS, 1)


def test_every_part_of_every_transition_has_mutants() -> None:
    for machine in POD.machines:
        for number, transition in enumerate(machine.transitions):
            own = [m for m in by_name().values() if (m.machine, m.own, m.line) == (machine.name, True, number)]
            assert any(m.what == "never taken" for m in own)
            assert any(m.what.startswith("dest ") for m in own)
            assert any("negated" in m.what for m in own) is bool(
                transition.get("conditions") or transition.get("unless")
            )
            assert any(" set" in m.what for m in own) is bool(transition.get("before"))


@each_of_a_seeded_sample
def test_a_mutant_is_another_model_with_one_transition_changed(place: int) -> None:
    other = sampled(place)(POD)
    changed = [
        (was, now)
        for before, after in zip(POD.machines, other.machines, strict=True)
        for was, now in zip((*before.transitions, *before.reacts), (*after.transitions, *after.reacts), strict=True)
        if was is not now
    ]
    assert len(changed) == 1
    assert changed[0][0] != changed[0][1]


@each_of_a_seeded_sample
def test_a_seeded_sample_is_judged_as_an_exploration_says(place: int) -> None:
    """Killed: the claim's verdict really is another one. Equivalent: the same states are reached by as many steps."""
    mutant = sampled(place)
    sentence = analysis().judge(mutant)
    if sentence.status is MutantStatus.equivalent:
        one, other = (explore(system, SMALL) for system in (POD, mutant(POD)))
        assert (one.visited.tolist(), one.transitions) == (other.visited.tolist(), other.transitions)
        return
    if sentence.status is MutantStatus.survived:
        assert not sentence.by
        return
    name, _, under = sentence.by.partition(" under ")
    if name == REFUSED:
        with pytest.raises(DeclarationError):
            mutant(POD)
        return
    claim = next(claim for claim in CLAIMS if claim.id == name)
    if not claim.formula.properties():
        return
    named: dict[str, Assumption] = {a.name: a for a in (*POD.assumptions, *claim.candidates)}
    assumed = [named[each] for each in under.split(" and ") if each]
    sizes = [size for size in analysis().sizes if sum(size.values()) <= 1]
    verdicts = [
        [check(system.under(*assumed), claim.formula, size, limits=Limits()).verdict for size in sizes]
        for system in (POD, mutant(POD))
    ]
    assert verdicts[0] != verdicts[1]


PLANTED = {
    "object: delete the object (2): dest bound": MutantStatus.killed,
    "object: delete the object (1): condition 1 negated": MutantStatus.killed,
    "container: start: condition 1 dropped": MutantStatus.killed,
    "object: bind: assigned not set": MutantStatus.killed,
    "object: delete (2): condition 1 dropped": MutantStatus.equivalent,
}


@pytest.mark.parametrize("name", PLANTED)
def test_known_mutants(name: str) -> None:
    assert analysis().judge(by_name()[name]).status is PLANTED[name]


def test_every_declared_reason_is_about_a_mutant() -> None:
    for each in SURVIVORS:
        assert each.reason.endswith(".")
        assert any(reason(name) == each.reason for name in by_name()), each.mutants


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["teeth", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_the_verb_judges_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--machine", "object", "--sample", "2", "--seed", "5", "--elements", "1", "-j", "1", "--format", "json")
    code, out, _ = run(capsys, *options)
    document = json.loads(out)
    expect_valid(document)
    assert document["schema"] == "podproof/teeth/v2"
    (score,) = document["machines"]
    assert score["machine"] == "object" and score["file"] == "kubernetes/machines/api_object.py"
    assert score["killed"] + score["survived"] + score["equivalent"] == len(document["mutants"]) == 2
    unexplained = [each for each in document["mutants"] if each["status"] == "survived" and not each["reason"]]
    assert code == (1 if unexplained else 0)


@pytest.mark.parametrize("arguments", [["--machine", "engine"], ["--sample", "0"], ["x"]])
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
