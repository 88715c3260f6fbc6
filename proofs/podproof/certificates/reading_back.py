"""What a folder says of one claim, read back into evidence; imports no engine and asks no solver.

From the files are taken: the verdict and how it is said to be known, the names of assumptions, the clauses of an
invariant, the first state and the events of a run. All else, the statement before all, comes from the claim and the
declared machines. It is made again and must stand in the folder to the letter: whoever replaces an obligation by one
that is easier to prove, or the statement by a weaker one, is found out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from podproof.certificates.documents import Odd, content_of, differences, load, parse, shown, shown_name
from podproof.certificates.folder import (
    CLAIM,
    CLAIM_SCHEMA,
    CLAUSES,
    Evidence,
    Under,
    digest,
    files,
    placed,
    proved,
    run_file,
    runs_without,
    said_of,
)
from podproof.certificates.recorded import NotRecorded, Rejected, assumptions_of, read
from podproof.language import Assumption, Expr
from podproof.language.meanings.json import Unreadable, decode
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Shown
from podproof.properties.trace import Trace


def read_back(place: Path, claim: Claim) -> Evidence:
    """What the claim's folder says, where nothing in it speaks against it or is missing or too much.

    Whether a proof holds is for solvers to say; a run has been run again. Raises Odd; UnsupportedError where a proof
    cannot be said in first-order text.
    """
    _check_files(place)
    about = load(place / CLAIM)
    _check_statement(about, claim)
    known = _evidence(place, about, claim)
    _check_verdict(known)
    made = files(known)
    _compare(place, about, made)
    return known


def everything_in(place: Path) -> Iterator[tuple[str, bool]]:
    """Each file and folder in a folder by its path there, and whether it is a link."""
    for parent, folders, names in os.walk(place):
        for name in sorted((*folders, *names)):
            path = Path(parent, name)
            yield path.relative_to(place).as_posix(), path.is_symlink()


def _check_files(place: Path) -> None:
    if place.is_symlink() or not place.is_dir():
        raise Odd("it has no folder of its own")
    for name, link in everything_in(place):
        if link:
            raise Odd(f"{shown_name(name)} is a link: a certificate is made of files")


def _check_statement(about: Any, claim: Claim) -> None:
    if not isinstance(about, dict) or about.get("schema") != CLAIM_SCHEMA:
        found = about.get("schema") if isinstance(about, dict) else about
        raise Odd(f"{CLAIM}: its schema is {shown(found)}; this podproof reads {CLAIM_SCHEMA}: write it with --certify")
    here = digest(claim.about)
    if about.get("model") != here:
        raise Odd(f"{CLAIM}: it is about another model ({shown(about.get('model'))}) than this podproof's ({here})")
    for key, true in said_of(claim).items():
        if key not in about:
            raise Odd(f"{CLAIM}: it does not say the {key}")
        for where, said, is_ in differences(about[key], true, key):
            raise Odd(f"{CLAIM}: {where} is {shown(said)}; of this claim it is {shown(is_)}")


def _evidence(place: Path, about: Mapping[str, Any], claim: Claim) -> Evidence:
    runs = {run.get("file") if isinstance(run.get("file"), str) else None for run in _objects(about, "runs")}
    assumed = [_under(said, claim) for said in _objects(about, "conditions")]
    conditions = [
        replace(
            condition,
            clauses=_clauses(place, f"{inside}{CLAUSES}", claim, condition.verdict, condition.method),
            without=tuple(
                _run(place, path, claim, others) if path in runs else None
                for path, others in runs_without(condition.assumptions, inside)
            ),
        )
        for condition, inside in placed(assumed)
    ]
    verdict, method = _verdict(about), _method(about)
    run = _run(place, run_file(verdict), claim, ()) if run_file(verdict) in runs else None
    clauses = _clauses(place, CLAUSES, claim, verdict, method)
    reason, complete = about.get("reason"), about.get("complete")
    if not isinstance(reason, str) or not (complete is None or isinstance(complete, bool)):
        raise Odd(f"{CLAIM}: reason is a text, and complete is true, false or null")
    return Evidence(claim, verdict, method, reason, _sizes(about), run, clauses, tuple(conditions), complete)


def _under(said: Mapping[str, Any], claim: Claim) -> Under:
    names = said.get("assumptions")
    if not isinstance(names, list) or not names:
        raise Odd(f"{CLAIM}: the assumptions of a condition are a list of names, not {shown(names)}")
    try:
        assumptions = assumptions_of(claim, names)
    except Odd as error:
        raise Odd(f"{CLAIM}: {error}") from error
    return Under(assumptions, _verdict(said), _method(said), _sizes(said), None)


def _verdict(document: Mapping[str, Any]) -> Verdict:
    said = document.get("verdict")
    if said not in list(Verdict):
        raise Odd(f"{CLAIM}: {shown(said)} is no verdict")
    return Verdict(said)


def _method(document: Mapping[str, Any]) -> Method:
    said = document.get("method")
    if said not in list(Method):
        raise Odd(f"{CLAIM}: {shown(said)} is no method")
    return Method(said)


def _sizes(document: Mapping[str, Any]) -> dict[str, int] | None:
    said = document.get("sizes")
    if said is None:
        return None
    if not isinstance(said, dict) or not all(type(number) is int for number in said.values()):
        raise Odd(f"{CLAIM}: sizes are numbers of elements by kind, not {shown(said)}")
    return dict(said)


def _clauses(place: Path, path: str, claim: Claim, verdict: Verdict, method: Method) -> tuple[Expr[bool], ...] | None:
    """What is called proved has an invariant, and nothing else has; a proof that was not found is no proof."""
    if method is not Method.proved or verdict in (Verdict.UNKNOWN, Verdict.ERROR):
        return None
    stored = load(place / path)
    if not isinstance(stored, list):
        raise Odd(f"{path}: expected a list of clauses")
    try:
        return tuple(decode(stored, proved(claim)[0]))
    except Unreadable as error:
        raise Odd(f"{path}: {error}") from error


def _run(place: Path, path: str, claim: Claim, assumed: Sequence[Assumption]) -> Trace:
    try:
        recorded = read(load(place / path), {claim.id: claim})
    except (NotRecorded, Rejected) as error:
        raise Odd(f"{path}: {error}") from error
    if recorded.assumed != tuple(assumed):
        raise Odd(f"{path}: it is a run under other assumptions")
    return replace(recorded.run.trace, system=recorded.run.part)


def _objects(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Odd(f"{CLAIM}: {key} is a list of objects")
    return found


def _check_verdict(known: Evidence) -> None:
    """That the verdict is what the proof and the run show, and says no more of how it is known."""
    proved = Verdict.TRUE if known.claim.formula.opposite is None else Verdict.FALSE
    if known.clauses is not None and known.verdict is not proved:
        raise Odd(f"{CLAIM}: the verdict is {known.verdict}, but what is proved would make it {proved}")
    shows_that = {Shown.broken: Verdict.FALSE, Shown.witness: Verdict.TRUE}.get(known.shown, known.verdict)
    if known.verdict is not shows_that:
        raise Odd(f"{CLAIM}: the verdict is {known.verdict}, but its run shows that it is {shows_that}")
    if known.certified and known.clauses is None and known.method is not Method.exhaustive:
        raise Odd(f"{CLAIM}: the method is {known.method}, but it is a run that shows the verdict: {Method.exhaustive}")
    if known.verdict is not Verdict.FALSE and (known.assumption_sets or known.complete is not None):
        raise Odd(f"{CLAIM}: only of a FALSE claim it is asked when it would be true")
    if known.complete is None and known.assumption_sets:
        raise Odd(f"{CLAIM}: it has conditions, and does not say whether they are complete")
    for condition in known.assumption_sets:
        if condition.clauses is not None and condition.verdict is not Verdict.TRUE:
            raise Odd(f"{CLAIM}: a condition is proved, and its verdict is {condition.verdict}")


def _compare(place: Path, about: Mapping[str, Any], made: Mapping[str, str]) -> None:
    """Raises where the claim's folder has other files than those made again, or other words in them."""
    for name, _ in everything_in(place):
        if name not in made and not any(each.startswith(f"{name}/") for each in made):
            raise Odd(f"{shown_name(name)} is no part of the certificate")
    for where, said, true in differences(about, parse(made[CLAIM])):
        raise Odd(f"{CLAIM}: {where} is {shown(said)}; by the claim and the files beside it, it is {shown(true)}")
    for name, text in made.items():
        found, expected = content_of(place / name, name), text.encode()
        if found != expected:
            pairs = enumerate(zip_longest(found.splitlines(), expected.splitlines()), 1)
            line = next((number for number, (one, other) in pairs if one != other), 1)
            raise Odd(f"{name}:{line}: not what the claim, the model and the invariant make it")
