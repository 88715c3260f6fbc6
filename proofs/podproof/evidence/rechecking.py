"""Checking a folder of certificates without trusting who wrote it, nor the engines that found what is in it.

From the files are taken: which claim, which assumptions, the clauses of an invariant, the first state and the events of
a run. Everything else is made again from the claim and the declared machines, and must be in the folder to the letter:
whoever replaces an obligation by one that is easier to prove is found out. Then the solvers are asked, and the machines
run. Imports no engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

from podproof.claims.claim import Claim
from podproof.claims.formulas import Reachable
from podproof.evidence.certificate import CVC5_EFFORT, EFFORT, Ask, ask_cvc5, ask_z3, recheck
from podproof.evidence.counterexample import ReplayError
from podproof.evidence.folder import (
    CLAIM,
    CLAIM_SCHEMA,
    CLAUSES,
    INDEX,
    INDEX_SCHEMA,
    OVERVIEW,
    README,
    Evidence,
    Proof,
    certificate_of,
    digest,
    entry,
    files,
    index,
    placed,
    run_file,
    runs_without,
)
from podproof.evidence.recorded import NotRecorded, Rejected, read
from podproof.evidence.stored import Unreadable, decode
from podproof.evidence.verdicts import Method, Trace, Verdict
from podproof.language import Assumption, Expr, UnsupportedError

MOST_BYTES = 50_000_000
"""No file that is read for what is in it is larger."""

SOLVERS: Mapping[str, tuple[Ask, int]] = {"z3": (ask_z3, EFFORT), "cvc5": (ask_cvc5, CVC5_EFFORT)}


class Status(StrEnum):
    """What became of one claim's certificate. uncertified: there is none, and the folder does not say so."""

    confirmed = "confirmed"
    rejected = "rejected"
    undecided = "undecided"
    uncertified = "uncertified"


@dataclass(frozen=True)
class Checked:
    """One claim's folder. reasons: why not confirmed; proofs, runs, obligations: how many there are."""

    claim: str
    status: Status
    verdict: str = ""
    method: str = ""
    reasons: tuple[str, ...] = ()
    proofs: int = 0
    runs: int = 0
    obligations: int = 0


class NoFolder(ValueError):
    """Not a folder of certificates: the sentence says what is missing."""


def listed(folder: Path) -> list[str]:
    """The ids of the claims that the folder is about. Raises NoFolder where it is no folder of certificates."""
    try:
        document = _load(folder / INDEX)
    except _Odd as error:
        raise NoFolder(f"{error}; podproof check --certify writes one") from error
    if not isinstance(document, dict) or document.get("schema") != INDEX_SCHEMA:
        raise NoFolder(f"{folder / INDEX}: not the index of a folder of certificates ({INDEX_SCHEMA})")
    entries = document.get("claims")
    given = (
        [each.get("id") if isinstance(each, dict) else None for each in entries] if isinstance(entries, list) else []
    )
    ids = [id_ for id_ in given if isinstance(id_, str)]
    if not ids or len(set(ids)) < len(given):
        raise NoFolder(f"{folder / INDEX}: claims is a list of different claims, each with an id")
    return ids


def odd_ones_out(folder: Path, claims: Mapping[str, Claim]) -> Iterator[str]:
    """What is wrong with the folder apart from the certificates in it: another index, more files."""
    ids = listed(folder)
    for path in sorted(folder.iterdir()):
        if path.name not in (INDEX, OVERVIEW, *ids):
            yield f"{path.name} is no part of it"
    if not (folder / OVERVIEW).is_file() or (folder / OVERVIEW).read_bytes() != README.encode():
        yield f"{OVERVIEW} is missing or was changed"
    try:
        document = _load(folder / INDEX)
        made = index([entry(_evidence(folder / id_, claims[id_])) for id_ in ids], document.get("versions", {}))
    except (_Odd, KeyError, TypeError, ValueError):
        return  # said of the claim
    if made != (folder / INDEX).read_text(encoding="utf-8"):
        yield f"{INDEX} says something else than the folders of the claims"


def check(folder: Path, claim: Claim, solvers: Mapping[str, tuple[Ask, int]]) -> Checked:
    """Check what the folder (of all claims) has about one claim, with each of the solvers."""
    place = folder / claim.id
    try:
        known = _evidence(place, claim)
        _compare(place, files(known))
    except (_Odd, ReplayError, UnsupportedError) as error:
        return Checked(claim.id, Status.rejected, reasons=(str(error),))
    refuted: list[str] = []
    unknown: list[str] = []
    obligations = 0
    for proof, inside in placed(known.proofs):
        made = certificate_of(claim, proof)
        obligations += len(made.questions)
        for name, (ask, effort) in solvers.items():
            for question, answer in recheck(made, effort, ask):
                (refuted if answer == "sat" else unknown).append(f"{inside}{name}: {question}: {answer}")
    runs = (known.run is not None) + sum(trace is not None for proof in known.proofs for trace in proof.without)
    status = Status.rejected if refuted else Status.undecided if unknown else Status.confirmed
    if status is Status.confirmed and not known.certified:
        status = Status.uncertified
    counts = (len(known.proofs), runs, obligations)
    return Checked(claim.id, status, str(known.verdict), str(known.method), tuple(refuted or unknown), *counts)


# Reading what is believed of a folder


class _Odd(ValueError):
    """Something in the folder cannot be: the sentence says where and what."""


def _evidence(place: Path, claim: Claim) -> Evidence:
    about = _load(place / CLAIM)
    if not isinstance(about, dict) or about.get("schema") != CLAIM_SCHEMA:
        raise _Odd(f"{CLAIM}: expected a JSON object with schema {CLAIM_SCHEMA}")
    here = digest(claim.about)
    if about.get("model") != here:
        raise _Odd(f"{CLAIM}: it is about another model ({about.get('model')}) than this podproof's ({here})")
    recorded = {str(run.get("file")) for run in _objects(about, "runs")}
    assumed = [Proof(_assumptions(claim, said.get("assumptions")), ()) for said in _objects(about, "proofs")]
    if any(not proof.assumptions for proof in assumed[1:]):
        raise _Odd(f"{CLAIM}: only the first proof can be one without assumptions")
    proofs = [
        replace(
            proof,
            clauses=_clauses(place, f"{inside}{CLAUSES}", claim),
            without=tuple(
                _run(place, path, claim, others) if path in recorded else None
                for path, others in runs_without(proof, inside)
            ),
        )
        for proof, inside in placed(assumed)
    ]
    try:
        verdict, method = Verdict(str(about.get("verdict"))), Method(str(about.get("method")))
    except ValueError as error:
        raise _Odd(f"{CLAIM}: {error}") from error
    run = _run(place, run_file(verdict), claim, ()) if run_file(verdict) in recorded else None
    known = Evidence(claim, verdict, method, about.get("reason") or "", about.get("sizes"), run, tuple(proofs))
    _check_verdict(known)
    return known


def _check_verdict(known: Evidence) -> None:
    """That the verdict is what the proofs and the run show; about one without any, nothing can be said."""
    proved = Verdict.FALSE if isinstance(known.claim.formula, Reachable) else Verdict.TRUE
    has_proof = any(not proof.assumptions for proof in known.proofs)
    if has_proof and known.verdict is not proved:
        raise _Odd(f"{CLAIM}: the verdict is {known.verdict}, but there is a proof that it is {proved}")
    if has_proof is not (known.method is Method.proved):
        raise _Odd(f"{CLAIM}: the method is {known.method}, but there is {'a' if has_proof else 'no'} proof")


def _assumptions(claim: Claim, names: Any) -> tuple[Assumption, ...]:
    known = {assumption.name: assumption for assumption in (*claim.about.assumptions, *claim.candidates)}
    if not isinstance(names, list) or not all(isinstance(name, str) and name in known for name in names):
        raise _Odd(f"{CLAIM}: {json.dumps(names)[:60]} are not assumptions of the claim")
    return tuple(known[name] for name in names)


def _clauses(place: Path, path: str, claim: Claim) -> tuple[Expr[bool], ...]:
    stored = _load(place / path)
    if not isinstance(stored, list):
        raise _Odd(f"{path}: expected a list of clauses")
    try:
        return tuple(decode(stored, claim.about))
    except Unreadable as error:
        raise _Odd(f"{path}: {error}") from error


def _run(place: Path, path: str, claim: Claim, assumed: Sequence[Assumption]) -> Trace:
    try:
        recorded = read(_load(place / path), {claim.id: claim})
    except (NotRecorded, Rejected) as error:
        raise _Odd(f"{path}: {error}") from error
    if set(recorded.assumed) != set(assumed):
        raise _Odd(f"{path}: it is a run under other assumptions")
    return replace(recorded.run.trace, system=recorded.run.part)


def _objects(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _Odd(f"{CLAIM}: {key} is a list of objects")
    return found


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _Odd(f"{path.name}: it is too large to be what it should be")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _Odd(f"{path.name}: cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise _Odd(f"{path.name}: nested too deeply") from error
    except ValueError as error:
        raise error if isinstance(error, _Odd) else _Odd(f"{path.name}: not JSON: {error}") from error


def _compare(place: Path, made: Mapping[str, str]) -> None:
    """Raises where the claim's folder has other files than those made again, or other words in them."""
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if name not in made and not any(each.startswith(f"{name}/") for each in made):
            raise _Odd(f"{name} is no part of the certificate")
    for name, text in made.items():
        try:
            found = (place / name).read_bytes()
        except OSError as error:
            raise _Odd(f"{name}: cannot be read: {error.strerror}") from error
        if found != text.encode():
            pairs = enumerate(zip_longest(found.splitlines(), text.encode().splitlines()), 1)
            line = next((number for number, (one, other) in pairs if one != other), 1)
            raise _Odd(f"{name}:{line}: not what the claim, the model and the invariant make it")
