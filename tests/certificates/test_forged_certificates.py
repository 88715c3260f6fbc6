"""Folders of certificates as a forger leaves them: edited by hand, or made anew by a program so that all files fit.

Every forgery goes the user's way, `podproof check --recheck`, and none may end with exit code 0.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from podproof.certificates.folder import Evidence, Under, entry, evidence, files
from podproof.check.decide import Judge
from podproof.cli import main
from podproof.cli.user_claims import available
from podproof.language.expressions import FALSE, TRUE
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim

from tests.support.places import DATA
from tests.support.samples import MORE, spread

CLAIMS = DATA / "lamp_claims.py"
PROVED, REFUTED, TWO, EITHER = "nobody-on-the-roof", "no-lamp-burns", "all-is-well", "not-both"
WITNESSED, ABSENT, EXPLORED, LASTING, LASSO = "a-lamp-can-burn", "the-roof-is-open", "soon-burnt", "mended", "visited"


def recheck(capsys: pytest.CaptureFixture[str], folder: Path, *more: str, claims: Path = CLAIMS) -> tuple[int, str]:
    """The exit code and what is said; errors are one line."""
    with pytest.raises(SystemExit) as ended:
        main(["check", "--claims", str(claims), "--recheck", str(folder), "-j", "1", "--solver", "z3", *more])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert len(err.splitlines()) <= 1
    code = int(ended.value.code or 0)
    assert bool(err) is (code == 2)
    return code, out + err


def certify(folder: Path, *more: str, claims: Path = CLAIMS) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--claims", str(claims), "--certify", str(folder), "-j", "1", "-q", *more])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lamps") / "written"
    certify(folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "copy"))


@pytest.fixture(scope="module")
def known() -> dict[str, Evidence]:
    judge = Judge()
    return {id_: evidence(judge.decide(claim)) for id_, claim in available(str(CLAIMS)).items()}


def test_what_was_written_is_established(capsys: pytest.CaptureFixture[str], written: Path) -> None:
    code, out = recheck(capsys, written)
    assert code == 0
    assert out.splitlines()[-1] == "17 claims: 14 proved again, 3 explored again; asked: z3"
    assert {line.split()[1] for line in out.splitlines() if line.startswith("explored")} == {
        EXPLORED,
        "sooner-burnt",
        LASTING,
    }


# Made anew, so that all files fit


def remade(folder: Path, forged: Evidence) -> None:
    """Have the program write the claim's folder, and its entry in the index."""
    place = folder / forged.claim.id
    shutil.rmtree(place)
    for name, text in files(forged).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    edited(lambda index: index["claims"].__setitem__(position(index, forged.claim.id), entry(forged)))(folder)


def position(index: Any, id_: str) -> int:
    return next(number for number, each in enumerate(index["claims"]) if each["id"] == id_)


def edited(change: Callable[[Any], object], *path: str) -> Callable[[Path], None]:
    """A change of one of the JSON files, the index without a path, written as podproof writes them."""

    def edit(folder: Path) -> None:
        file = folder.joinpath(*path) if path else folder / "index.json"
        document = json.loads(file.read_text())
        change(document)
        file.write_text(json.dumps(document, indent=1) + "\n")

    return edit


Known = dict[str, Evidence]


def plain(known: Evidence, verdict: Verdict, method: Method = Method.exhaustive, **more: Any) -> Evidence:
    """Another verdict, with nothing that shows it."""
    sizes = {"lamp": 1} if method is Method.exhaustive else None
    return Evidence(known.claim, verdict, method, **({"sizes": sizes} | more))


def conditions(known: Evidence, *under: Under, **more: Any) -> Evidence:
    return replace(known, assumption_sets=under, **more)


def swapped(under: Under, known: Known) -> Under:
    """The assumption that the other of the two conditions is about."""
    other = next(each for each in known[EITHER].assumption_sets if each.assumptions != under.assumptions)
    return replace(under, assumptions=other.assumptions)


REMADE: dict[str, tuple[Callable[[Known], Evidence], int, str]] = {
    # Verdicts
    "false is true": (lambda k: plain(k[REFUTED], Verdict.TRUE), 1, "the verdict is TRUE; explored again it is FALSE"),
    "false is true of many": (
        lambda k: plain(k[REFUTED], Verdict.TRUE, sizes={"lamp": 9}),
        1,
        "explored again it is F",
    ),
    "false is true of nothing": (
        lambda k: plain(k[REFUTED], Verdict.TRUE, sizes=None),
        1,
        "explored again it is FALSE",
    ),
    "false is proved by nothing": (
        lambda k: plain(k[REFUTED], Verdict.TRUE, Method.proved, clauses=()),
        1,
        "'burn' keeps the invariant: sat",
    ),
    "false is proved from falsehood": (
        lambda k: plain(k[REFUTED], Verdict.TRUE, Method.proved, clauses=(FALSE,)),
        1,
        "the invariant holds initially: sat",
    ),
    "false is proved by a proof under assumptions": (
        lambda k: plain(k[REFUTED], Verdict.TRUE, Method.proved, clauses=k[REFUTED].assumption_sets[0].clauses),
        1,
        "keeps the invariant: sat",
    ),
    "true is false": (lambda k: plain(k[PROVED], Verdict.FALSE), 1, "the verdict is FALSE; explored again it is TRUE"),
    "true is false by another run": (
        lambda k: plain(k[PROVED], Verdict.FALSE, run=k[REFUTED].run, sizes=None),
        1,
        "it shows nothing of the claim",
    ),
    "what is possible is not": (lambda k: plain(k[WITNESSED], Verdict.FALSE), 1, "explored again it is TRUE"),
    "what is possible is proved not to be": (
        lambda k: plain(k[WITNESSED], Verdict.FALSE, Method.proved, clauses=()),
        1,
        "'burn' keeps the invariant: sat",
    ),
    "what is impossible is possible": (lambda k: plain(k[ABSENT], Verdict.TRUE), 1, "explored again it is FALSE"),
    "the graph says otherwise": (lambda k: plain(k[EXPLORED], Verdict.FALSE), 1, "explored again it is TRUE"),
    "a graph's counterexample is gone": (
        lambda k: plain(k["fuse-stays"], Verdict.TRUE),
        1,
        "explored again it is FALSE",
    ),
    "too long is right": (lambda k: plain(k["sooner-burnt"], Verdict.TRUE), 1, "explored again it is FALSE"),
    "what is as short as it should be is not": (
        lambda k: replace(k["soon-burnt"], verdict=Verdict.FALSE),
        1,
        "explored again it is TRUE",
    ),
    "what is mended is not": (lambda k: plain(k[LASTING], Verdict.FALSE), 1, "explored again it is TRUE"),
    "a lasso that neglects somebody": (
        lambda k: plain(k[LASTING], Verdict.FALSE, run=k["left-blown"].run, sizes=None),
        1,
        "weak fairness of mend is not kept",
    ),
    "what is not mended is": (lambda k: plain(k["left-blown"], Verdict.TRUE), 1, "explored again it is FALSE"),
    "not known": (lambda k: plain(k[PROVED], Verdict.UNKNOWN, sizes=None), 3, "there is nothing to establish"),
    "no claim at all": (lambda k: plain(k[PROVED], Verdict.ERROR, sizes=None), 1, "explored again it is TRUE"),
    "conditions that nobody asked for": (
        lambda k: conditions(k[REFUTED], complete=None),
        1,
        "it was asked when no-lamp-burns would be true; its folder says otherwise",
    ),
    # How it is known
    "an invariant that says nothing": (lambda k: replace(k[PROVED], clauses=(TRUE,)), 1, "keeps the invariant: sat"),
    "an invariant that is gone": (lambda k: replace(k[PROVED], clauses=()), 1, "'climb' keeps the invariant: sat"),
    "an invariant of another claim": (
        lambda k: replace(k[PROVED], clauses=k[REFUTED].assumption_sets[0].clauses),
        1,
        "keeps the invariant: sat",
    ),
    "a proof that was a search": (lambda k: plain(k[PROVED], Verdict.TRUE), 1, "explored again it is proved"),
    "a search that was a proof": (
        lambda k: plain(k[EXPLORED], Verdict.TRUE, Method.proved),
        1,
        "invariant.json: cannot be read",
    ),
    "a run that is called a proof": (
        lambda k: replace(k[REFUTED], method=Method.proved, assumption_sets=(), complete=None),
        1,
        "invariant.json: cannot be read",
    ),
    "a run that is called an observation": (
        lambda k: replace(k[REFUTED], method=Method.observed),
        1,
        "the method is obs",
    ),
    "more than was looked at": (lambda k: replace(k[EXPLORED], sizes={"lamp": 9}), 3, "explored again they are"),
    "less than was looked at": (lambda k: replace(k[EXPLORED], sizes={"lamp": 0}), 1, "explored again they are"),
    "any number": (lambda k: replace(k[EXPLORED], sizes=None), 1, "its sizes are null; explored again they are"),
    "other things": (lambda k: replace(k[EXPLORED], sizes={"lamp": 1, "cat": 1}), 3, "explored again they are"),
    "more runs without an end": (lambda k: replace(k[LASTING], sizes={"lamp": 9}), 3, "explored again they are"),
    "a bounded search": (lambda k: replace(k[EXPLORED], method=Method.bounded), 1, "explored again it is exhaustive"),
    "a reason": (lambda k: replace(k[EXPLORED], reason="trust me"), 1, "explored again it is exhaustive"),
    # When it would be true
    "a condition is gone": (
        lambda k: conditions(k[EITHER], k[EITHER].assumption_sets[0]),
        1,
        "that it is true if dry is miss",
    ),
    "all conditions are gone": (lambda k: conditions(k[REFUTED]), 1, "that it is true if calm is missing"),
    "some conditions may be missing": (
        lambda k: replace(k[REFUTED], complete=False),
        3,
        "it leaves open whether these are all",
    ),
    "a condition too many": (
        lambda k: conditions(k[REFUTED], *k[REFUTED].assumption_sets, swapped(k[REFUTED].assumption_sets[0], k)),
        1,
        "condition-2/z3: 'burn' keeps the invariant: sat",
    ),
    "a condition that was searched for, too many": (
        lambda k: conditions(
            k[REFUTED],
            *k[REFUTED].assumption_sets,
            replace(
                swapped(k[REFUTED].assumption_sets[0], k),
                clauses=None,
                method=Method.exhaustive,
                sizes={"lamp": 1},
                without=(None,),
            ),
        ),
        1,
        "it is not found again that dry is a minimal set",
    ),
    "a condition twice": (lambda k: conditions(k[REFUTED], *k[REFUTED].assumption_sets * 2), 1, "are listed twice"),
    "more assumptions than needed": (
        lambda k: conditions(
            k[REFUTED],
            replace(
                k[REFUTED].assumption_sets[0], assumptions=k[TWO].assumption_sets[0].assumptions, without=(None, None)
            ),
        ),
        1,
        "calm and dry is a minimal set",
    ),
    "fewer assumptions than needed": (
        lambda k: conditions(
            k[TWO],
            replace(k[TWO].assumption_sets[0], assumptions=k[TWO].assumption_sets[0].assumptions[:1], without=(None,)),
        ),
        1,
        "keeps the invariant: sat",
    ),
    "no run shows that an assumption is needed": (
        lambda k: conditions(k[REFUTED], replace(k[REFUTED].assumption_sets[0], without=(None,))),
        1,
        "no run shows that calm is needed",
    ),
    "one of two runs is gone": (
        lambda k: conditions(
            k[TWO], replace(k[TWO].assumption_sets[0], without=(k[TWO].assumption_sets[0].without[0], None))
        ),
        1,
        "no run shows that dry is needed",
    ),
    "the runs without change places": (
        lambda k: conditions(
            k[TWO], replace(k[TWO].assumption_sets[0], without=k[TWO].assumption_sets[0].without[::-1])
        ),
        1,
        'step 2: house has no event "blow"',
    ),
    "a condition's proof was a search": (
        lambda k: conditions(
            k[REFUTED],
            replace(k[REFUTED].assumption_sets[0], clauses=None, method=Method.exhaustive, sizes={"lamp": 1}),
        ),
        1,
        "under calm the method is exhaustive; explored again it is proved",
    ),
    "a condition's search went further": (
        lambda k: conditions(k[LASSO], replace(k[LASSO].assumption_sets[0], sizes={"lamp": 9})),
        3,
        "under invited its sizes are",
    ),
    "a condition is not decided": (
        lambda k: conditions(k[LASSO], replace(k[LASSO].assumption_sets[0], verdict=Verdict.UNKNOWN)),
        3,
        "under invited the verdict is UNKNOWN; explored again it is TRUE",
    ),
    "another assumption goes on": (
        lambda k: conditions(
            k[LASSO],
            replace(k[LASSO].assumption_sets[0], assumptions=(k[LASSO].claim.candidates[1],), without=(None,)),
        ),
        1,
        "that it is true if invited is missing",
    ),
    "conditions of what is true": (lambda k: replace(k[PROVED], complete=True), 1, "only of a FALSE claim"),
    "conditions, complete or not": (
        lambda k: replace(k[REFUTED], complete=None),
        1,
        "does not say whether they are com",
    ),
}


@pytest.mark.parametrize("how", spread([*REMADE], 24))
def test_what_a_program_made_to_fit_is_refused(
    capsys: pytest.CaptureFixture[str], folder: Path, known: Known, how: str
) -> None:
    make, expected, reason = REMADE[how]
    forged = make(known)
    remade(folder, forged)
    code, said = recheck(capsys, folder, forged.claim.id)
    assert code == expected, said
    assert reason in said


# Edited by hand


def about(id_: str, **changes: Any) -> Callable[[Path], None]:
    return edited(lambda document: document.update(changes), id_, "claim.json")


def text_in(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1))

    return edit


def written_to(path: str, content: bytes) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (folder / path).write_bytes(content)

    return edit


def cut(path: str, share: float) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = (folder / path).read_bytes()
        (folder / path).write_bytes(content[: int(len(content) * share)])

    return edit


def everywhere(old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        for file in folder.rglob("*.json"):
            file.write_text(file.read_text().replace(old, new))

    return edit


def linked(path: str, target: str) -> Callable[[Path], None]:
    """Something is moved to another place, with a link to it where it was."""

    def edit(folder: Path) -> None:
        there = folder.parent / target
        shutil.move(folder / path, there)
        (folder / path).symlink_to(there)

    return edit


def piped(path: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (folder / path).unlink()
        os.mkfifo(folder / path)

    return edit


def moved(one: str, other: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        shutil.rmtree(folder / other)
        shutil.copytree(folder / one, folder / other)

    return edit


def copied(one: str, other: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        shutil.copy(folder / one, folder / other)

    return edit


def large(path: str) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / path, 10**11)


def both(*edits: Callable[[Path], None]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        for each in edits:
            each(folder)

    return edit


def removed(path: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        place = folder / path
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return edit


def contents(folder: Path) -> dict[str, Any]:
    """What is in every plain file by its path there; what else there is."""
    found = sorted(folder.rglob("*"))
    plain_files = [path for path in found if path.is_file() and path.stat().st_size < 10**6]
    return {str(path.relative_to(folder)): path.read_bytes() if path in plain_files else None for path in found}


def known_ids(folder: Path) -> set[str]:
    return {each["id"] for each in json.loads((folder / "index.json").read_text())["claims"]}


def dropped(id_: str) -> Callable[[Path], None]:
    return edited(lambda index: index["claims"].pop(position(index, id_)))


PROOF, RUN, LOOP = f"{PROVED}/invariant.json", f"{REFUTED}/counterexample.json", f"{LASSO}/counterexample.json"
UNSAT = b"(set-logic ALL)\n" + b"(push 1)\n(assert false)\n(check-sat)\n(pop 1)\n" * 8
LISTED = {"id": "the-moon-is-cheese", "sentence": "It is.", "verdict": "TRUE"}

EDITED: dict[str, tuple[Callable[[Path], None], int, str]] = {
    # What the claims say
    "another sentence": (
        about(REFUTED, sentence="All is well."),
        1,
        'sentence is "All is well."; of this claim it is "N',
    ),
    "a weaker formula": (
        about(REFUTED, formula="always (true)"),
        1,
        'formula is "always (true)"; of this claim it is "al',
    ),
    "another source": (about(REFUTED, source="the manual"), 1, 'source is "the manual"'),
    "another system": (about(REFUTED, system="hut"), 1, 'system is "hut"'),
    "nothing given": (about("calm-no-lamp-burns", given=[]), 1, 'given is []; of this claim it is ["calm"]'),
    "more given": (about(REFUTED, given=["calm"]), 1, 'given is ["calm"]; of this claim it is []'),
    "other candidates": (about(REFUTED, candidates=["calm"]), 1, "candidates is"),
    "another id": (about(REFUTED, id=PROVED), 1, "id is"),
    "sizes of what is proved": (about(PROVED, sizes={"lamp": 3}), 1, 'sizes is {"lamp": 3}'),
    "sizes that are no numbers": (about(EXPLORED, sizes={"lamp": "many"}), 1, "sizes are numbers of elements"),
    "complete, more or less": (about(REFUTED, complete="rather"), 1, "complete is true, false or null"),
    "certified": (about(EXPLORED, certified=True), 1, "certified is true"),
    "something more": (about(PROVED, note="trust me"), 1, 'note is "trust me"'),
    "less is said": (edited(lambda d: d.pop("formula"), PROVED, "claim.json"), 1, "it does not say the formula"),
    "fewer obligations": (
        edited(lambda d: d["proofs"][0].update(obligations=1), PROVED, "claim.json"),
        1,
        "obligation",
    ),
    "given twice": (
        edited(lambda d: d["conditions"][0].update(assumptions=["calm", "calm"]), REFUTED, "claim.json"),
        1,
        "calm is named twice",
    ),
    "no assumptions": (
        edited(lambda d: d["conditions"][0].update(assumptions=[]), REFUTED, "claim.json"),
        1,
        "the assumptions of a condition",
    ),
    "what is given anyhow": (
        edited(lambda d: d.update(verdict="FALSE", conditions=d["proofs"]), "calm-no-lamp-burns", "claim.json"),
        1,
        "assumptions",
    ),
    **{
        f"an invariant for {id_}": (
            both(
                about(id_, verdict="TRUE", method="proved", certified=True, conditions=[], complete=None),
                written_to(f"{id_}/invariant.json", b"[]\n"),
            ),
            1,
            "it is no claim that an invariant could prove",
        )
        for id_ in (EXPLORED, "later-burnt", "sooner-burnt", LASTING, "left-blown")
    },
    "an invariant for a condition": (
        both(
            edited(lambda d: d["conditions"][0].update(method="proved", sizes=None), LASSO, "claim.json"),
            written_to(f"{LASSO}/condition-1/invariant.json", b"[]\n"),
        ),
        1,
        "it is no claim that an invariant could prove",
    ),
    # Hashes and versions
    "another model": (about(PROVED, model="sha256:0"), 1, "it is about another model"),
    "another model everywhere": (everywhere("sha256:", "sha256:0"), 1, "it is about another model"),
    "another version of it": (everywhere("certificates/v3", "certificates/v9"), 2, "it is of the version"),
    "another version of a claim": (everywhere("certificate/v3", "certificate/v9"), 1, "its schema is"),
    "another version of a run": (everywhere("counterexample/v1", "counterexample/v9"), 1, "no recorded run"),
    "another maker": (edited(lambda index: index["versions"].update(podproof="trust me")), 1, "versions is"),
    "no makers": (edited(lambda index: index.update(versions=5)), 1, "versions is"),
    # Files
    "no obligations": (written_to(f"{PROVED}/consecution.smt2", b""), 1, "consecution.smt2:1: not what"),
    "easy obligations": (written_to(f"{PROVED}/consecution.smt2", UNSAT), 1, "consecution.smt2:2: not what"),
    "an obligation made easy": (
        text_in(f"{PROVED}/safety.smt2", "(check-sat)", "(assert false)(check-sat)"),
        1,
        "safety",
    ),
    "another invariant for readers": (text_in(f"{PROVED}/invariant.txt", "here", "HERE"), 1, "invariant.txt"),
    "another claim's folder": (moved(PROVED, REFUTED), 1, "id is"),
    "another claim's run": (
        copied(LOOP, RUN),
        1,
        "not among those known",
    ),
    "a missing proof": (removed(f"{PROVED}/safety.smt2"), 1, "safety.smt2: cannot be read"),
    "a missing run": (removed(RUN), 1, "counterexample.json: cannot be read"),
    "a missing claim": (removed(PROVED), 1, "it has no folder of its own"),
    "a missing list": (removed("index.json"), 2, "index.json: cannot be read"),
    "a missing claim.json": (removed(f"{PROVED}/claim.json"), 1, "claim.json: cannot be read"),
    "a missing README": (removed("README.md"), 1, "README.md: cannot be read"),
    "one more file": (written_to(f"{PROVED}/more.smt2", b"unsat"), 1, "more.smt2 is no part"),
    "one more file beside": (written_to("\x1b[31mmore", b""), 1, '"\\u001b[31mmore" is no part'),
    "one more folder": (lambda folder: (folder / PROVED / "condition-1").mkdir(), 1, "condition-1 is no part"),
    "a linked claim": (linked(PROVED, "elsewhere"), 1, "it has no folder of its own"),
    "a linked file": (linked(f"{PROVED}/safety.smt2", "elsewhere"), 1, "safety.smt2 is a link"),
    "a linked list": (linked("index.json", "elsewhere"), 2, "it is a link"),
    "a linked condition": (linked(f"{REFUTED}/condition-1", "elsewhere"), 1, "condition-1 is a link"),
    "a pipe": (piped(PROOF), 1, "not a file"),
    "a folder for a file": (both(removed(PROOF), lambda folder: (folder / PROOF).mkdir()), 1, "not a file"),
    "a huge proof": (large(f"{PROVED}/safety.smt2"), 1, "too large"),
    "a huge invariant": (large(PROOF), 1, "too large"),
    "a huge list": (large("index.json"), 2, "too large"),
    "half a claim": (cut(f"{PROVED}/claim.json", 0.5), 1, "claim.json: not JSON"),
    "half a proof": (cut(f"{PROVED}/consecution.smt2", 0.5), 1, "consecution.smt2:"),
    "half a run": (cut(RUN, 0.5), 1, "counterexample.json: not JSON"),
    "half a list": (cut("index.json", 0.5), 2, "not JSON"),
    "nothing": (written_to("index.json", b""), 2, "not JSON"),
    "no text": (written_to(f"{PROVED}/claim.json", b"\xff\xfe\x00"), 1, "not UTF-8 text"),
    "a list that is no text": (written_to("index.json", b"\xff\xfe\x00"), 2, "not UTF-8 text"),
    "no text in a proof": (written_to(f"{PROVED}/safety.smt2", b"\xff\xfe"), 1, "safety.smt2:1: not what"),
    "a key twice": (
        text_in(f"{PROVED}/claim.json", '"verdict"', '"verdict": "FALSE",\n "verdict"'),
        1,
        '"verdict" stands',
    ),
    "a key twice in a run": (text_in(RUN, '"steps"', '"steps": [],\n "steps"'), 1, '"steps" stands twice'),
    "a key twice in the list": (
        text_in("index.json", '"claims"', '"claims": [],\n "claims"'),
        2,
        '"claims" stands twice',
    ),
    "no number": (written_to(PROOF, b"[NaN]"), 1, "NaN is no number"),
    "a number without an end": (written_to(PROOF, b"[" + b"9" * 5000 + b"]"), 1, "invariant.json: not JSON"),
    "deep": (written_to(PROOF, b"[" * 10**5 + b"]" * 10**5), 1, "nested too deeply"),
    "deep clauses": (written_to(PROOF, b'["not",' * 200 + b"true" + b"]" * 200), 1, "nested too deeply"),
    "other spaces": (text_in(f"{PROVED}/claim.json", "{", "{ "), 1, "claim.json:1: not what"),
    "other spaces in the list": (text_in("index.json", "{", "{ "), 1, "index.json is not as podproof writes it"),
    # Runs
    "another event": (
        edited(lambda run: run["steps"][0].update(event="switch off"), *RUN.split("/")),
        1,
        "cannot happen",
    ),
    "another state": (
        edited(lambda run: run["initial"].update({"lamp 1 is": "on"}), *RUN.split("/")),
        1,
        "does not begin in an initial state",
    ),
    "a larger house": (edited(lambda run: run["elements"].update(lamp=2), *RUN.split("/")), 1, "no value of lamp 2 is"),
    "no house": (edited(lambda run: run["elements"].clear(), *RUN.split("/")), 1, "there is no lamp 1 is"),
    "a step less": (edited(lambda run: run["steps"].pop(), *RUN.split("/")), 1, "it shows nothing of the claim"),
    "what is assumed": (edited(lambda run: run.update(assumed=["dry"]), *RUN.split("/")), 1, "under other assumptions"),
    "an end": (edited(lambda run: run.update(forever=None), *LOOP.split("/")), 1, "it ends"),
    "an end elsewhere": (
        edited(lambda run: run["forever"].update(after=1), *LOOP.split("/")),
        1,
        "cannot go on from after",
    ),
    "nothing that could happen": (
        edited(lambda run: run["forever"].update(possible=[]), *LOOP.split("/")),
        1,
        "possible",
    ),
    # The list
    "a claim less in the list": (dropped(PROVED), 1, f"{PROVED} is no part of it"),
    "a claim less": (
        both(dropped(PROVED), removed(PROVED)),
        1,
        f"nothing about 1 claim: {PROVED}, though all claims were",
    ),
    "a claim more": (edited(lambda index: index["claims"].append(LISTED)), 1, "there is no such claim"),
    "only claims that nobody knows": (edited(lambda index: index.update(claims=[LISTED])), 2, "which nobody knows"),
    "a way out": (edited(lambda index: index["claims"].append({"id": "../x\n"})), 1, "there is no such claim"),
    "no claims": (edited(lambda index: index.update(claims=[])), 2, "claims is a list of different claims"),
    "a claim twice": (edited(lambda index: index["claims"].append(index["claims"][0])), 2, "different claims"),
    "a better verdict": (
        edited(lambda index: index["claims"][1].update(verdict="TRUE")),
        1,
        f"of {REFUTED} it says verd",
    ),
    "a better sentence": (
        edited(lambda index: index["claims"][1].update(sentence="All is well.")),
        1,
        "it says sentence",
    ),
    "more conditions": (edited(lambda index: index["claims"][1].update(conditions=[[]])), 1, "it says conditions"),
    "asked for less": (edited(lambda index: index.update(asked=[PROVED])), 1, "nobody asked for 16 claims"),
    "asked for what is not there": (edited(lambda index: index.update(asked=["x"])), 1, "nothing about 1 claim: x"),
    "conditions that nobody asked for": (
        edited(lambda index: index.update(conditions=False)),
        1,
        "it was not asked when",
    ),
    "conditions, perhaps": (
        edited(lambda index: index.update(conditions="perhaps")),
        2,
        "conditions is true or false",
    ),
    "asked for nothing in particular": (edited(lambda index: index.update(asked=5)), 2, "asked is the list"),
    "more in the list": (edited(lambda index: index.update(note="trust me")), 1, "not as podproof writes it"),
}


@pytest.mark.parametrize("how", spread([*EDITED], 24))
def test_what_was_edited_by_hand_is_refused(
    capsys: pytest.CaptureFixture[str], written: Path, folder: Path, how: str
) -> None:
    """Only the claims that were edited are asked about, where those are all that was."""
    edit, expected, reason = EDITED[how]
    edit(folder)
    was, is_ = contents(written), contents(folder)
    names = {name.split("/")[0] for name in was.keys() | is_.keys() if was.get(name) != is_.get(name)}
    code, said = recheck(capsys, folder, *(sorted(names) if names <= known_ids(written) else ()))
    assert code == expected, said
    assert reason in said


def test_an_empty_folder_is_no_certificate(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, said = recheck(capsys, tmp_path)
    assert code == 2 and "no certificates" in said and "--certify writes them" in said
    assert recheck(capsys, tmp_path / "nothing")[0] == 2
    (tmp_path / "file").write_text("")
    assert recheck(capsys, tmp_path / "file")[0] == 2


def test_no_byte_can_be_changed_or_lost(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    """Anywhere in the folder: another byte, one less, or the rest of the file gone."""
    random = Random(3)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    for number in range(9 * MORE):
        path = random.choice(paths)
        content = path.read_bytes()
        at = random.randrange(len(content))
        other = bytes([random.choice([byte for byte in range(256) if byte != content[at]])])
        path.write_bytes(content[:at] + (other + content[at + 1 :], content[at + 1 :], b"")[number % 3])
        inside = path.relative_to(folder).parts
        code, said = recheck(capsys, folder, *(inside[:1] if len(inside) > 1 else ()))
        assert code in (1, 2), (path, at, said)
        path.write_bytes(content)


# Made for other claims

NAMES = (REFUTED, WITNESSED, LASSO, "left-blown")

OTHERS: dict[str, tuple[str, str, int, str]] = {
    "a weaker statement": (
        "Always(~burnt), house, expected",
        "Always(~burnt | burnt), house, expected",
        1,
        "formula is",
    ),
    "a weaker statement by the same name": (
        "claims = [",
        """from podproof.language import named
burnt = named("some lamp is burnt", lamps.some(lamp.is_(Lamp.off)))
claims = [""",
        1,
        "",
    ),
    "a model in which nothing burns": (
        "source=Lamp.on, dest=Lamp.burnt",
        "source=Lamp.burnt, dest=Lamp.burnt",
        1,
        "about another model",
    ),
    "what is given": ("Always(~burnt), house, expected=FALSE", "Always(~burnt), house, given=(calm,)", 1, "given is"),
    "fewer candidates": ("candidates=(invited, cared_for)", "candidates=(invited,)", 1, "candidates is"),
    "fairness": ("LeadsTo(blown, ~blown), house", "LeadsTo(blown, ~blown, fair=(weak(mend),)), house", 1, "formula is"),
}


@pytest.mark.parametrize("how", OTHERS)
def test_what_was_made_for_other_claims_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, how: str
) -> None:
    old, new, expected, reason = OTHERS[how]
    text = CLAIMS.read_text()
    assert text.count(old) == 1
    (tmp_path / "others.py").write_text(text.replace(old, new))
    certify(tmp_path / "made", *NAMES, claims=tmp_path / "others.py")
    assert recheck(capsys, tmp_path / "made", claims=tmp_path / "others.py")[0] == 0
    code, said = recheck(capsys, tmp_path / "made")
    assert code == expected and reason in said


def test_the_hash_of_another_model_replaced_by_the_right_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Under the right hash the proofs of a tamer model prove nothing, and its runs are none."""
    old, new, *_ = OTHERS["a model in which nothing burns"]
    (tmp_path / "tame.py").write_text(CLAIMS.read_text().replace(old, new))
    certify(tmp_path / "made", REFUTED, WITNESSED, claims=tmp_path / "tame.py")
    certify(tmp_path / "right", PROVED)
    hashes = [
        json.loads((tmp_path / name / "index.json").read_text())["claims"][0]["model"] for name in ("made", "right")
    ]
    everywhere(*hashes)(tmp_path / "made")
    capsys.readouterr()
    code, said = recheck(capsys, tmp_path / "made")
    assert code == 1
    assert [line.split()[0] for line in said.splitlines() if not line.startswith(" ")][:2] == ["rejected"] * 2


# What is honest


def test_a_folder_of_named_claims_says_what_is_not_in_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    certify(tmp_path / "made", PROVED, EXPLORED, PROVED)
    code, said = recheck(capsys, tmp_path / "made")
    assert code == 0
    assert said.splitlines()[-2:] == [
        "2 claims: 1 proved again, 1 explored again; asked: z3",
        f"not in {tmp_path / 'made'}: 15 claims of 17; it was made of those named",
    ]
    code, said = recheck(capsys, tmp_path / "made", REFUTED)
    assert code == 2 and f"it has nothing about {REFUTED}" in said


def test_conditions_that_nobody_asked_for_are_not_looked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    certify(tmp_path / "made", REFUTED, "--no-conditions")
    code, said = recheck(capsys, tmp_path / "made")
    assert code == 0 and "when it would be true was not asked" in said
    forge = edited(lambda index: index.update(conditions=True) or index["claims"][0].update(complete=True))
    both(forge, about(REFUTED, complete=True))(tmp_path / "made")
    code, said = recheck(capsys, tmp_path / "made")
    assert code == 1 and "that it is true if calm is missing" in said


def test_of_what_cannot_begin_nothing_is_proved(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, known: Known
) -> None:
    """A proof that holds, of a house that there is none of; podproof itself calls that an error."""
    file = tmp_path / "none.py"
    old, new = "(switching, fusing, visiting))", "(switching, fusing, visiting), initially=(here,))"
    assert CLAIMS.read_text().count(old) == 1
    text = CLAIMS.read_text().replace("here = guest.is_(Guest.here)\n", "").replace(old, new)
    file.write_text(text.replace("house = System", "here = guest.is_(Guest.here)\nhouse = System"))
    certify(tmp_path / "made", PROVED, claims=file)
    claim = available(str(file))[PROVED]
    remade(tmp_path / "made", replace(known[PROVED], claim=claim, clauses=()))
    code, said = recheck(capsys, tmp_path / "made", claims=file)
    assert code == 1 and "that there is an initial state: unsat" in said


def test_what_exceeds_the_budget_is_undecided_and_named(capsys: pytest.CaptureFixture[str], written: Path) -> None:
    code, said = recheck(capsys, written, "--states", "2", EXPLORED, LASTING, WITNESSED)
    assert code == 3
    assert [line.split()[:2] for line in said.splitlines() if not line.startswith(" ")][:3] == [
        ["undecided", EXPLORED],
        ["undecided", LASTING],
        ["confirmed", WITNESSED],
    ]
    assert said.count("the search did not come to an end") == 2
    assert "3 claims: 1 proved again, 2 undecided" in said


def test_a_folder_of_an_older_version_is_replaced(folder: Path) -> None:
    everywhere("certificates/v3", "certificates/v1")(folder)
    certify(folder, PROVED)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "index.json", PROVED]


REPLAYED: dict[str, tuple[bytes, str]] = {
    "no text": (b"\xff\xfe", "not UTF-8 text"),
    "a key twice": (b'{"schema": "podproof/counterexample/v1", "schema": "x"}', '"schema" stands twice'),
    "half": (b'{"schema": ', "not JSON"),
    "deep": (b"[" * 10**5, "nested too deeply"),
}


@pytest.mark.parametrize("how", REPLAYED)
def test_what_cannot_be_replayed_is_said_on_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, how: str
) -> None:
    content, reason = REPLAYED[how]
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["check", "--replay", str(tmp_path / "run.json")])
    out, err = capsys.readouterr()
    assert (ended.value.code, out, len(err.splitlines())) == (2, "", 1)
    assert reason in err


def test_the_claims_of_the_test_are_of_every_kind(known: Known) -> None:
    shapes = {(type(each.claim.formula).__name__, str(each.verdict), each.certified) for each in known.values()}
    assert len(shapes) >= 12
    assert all(isinstance(each.claim, Claim) for each in known.values())
