"""Checking a folder of certificates without trusting who wrote it, nor the engines that found what is in it.

`reading_back` makes everything again from the claims and the declared machines, and runs every run. Then the solvers
are asked. What no file can show is explored again, by a search that is handed in, and counted apart. Imports no engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from podproof.certificates.certificate import CVC5_EFFORT, EFFORT, Ask, ask_cvc5, ask_z3, beginning, recheck
from podproof.certificates.counterexample import ReplayError
from podproof.certificates.documents import Odd, content_of, differences, load, on_one_line, shown, shown_name
from podproof.certificates.folder import INDEX, INDEX_SCHEMA, OVERVIEW, README, certificate_of, entry, text_of
from podproof.certificates.reading_back import read_back
from podproof.certificates.searching_again import Search, asks_of_time, compared, needed
from podproof.language import DeclarationError, UnsupportedError
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.wording.counting import counted

SOLVERS: Mapping[str, tuple[Ask, int]] = {"z3": (ask_z3, EFFORT), "cvc5": (ask_cvc5, CVC5_EFFORT)}

MOST_SHOWN = 5
"""So many names are shown of what is missing; the others are counted."""


class Status(StrEnum):
    """What became of what the folder says of one claim.

    confirmed: its proofs and runs show the verdict; explored: they could not, or not alone, and a new search found it;
    undecided: neither within the limits.
    """

    confirmed = "confirmed"
    explored = "explored"
    undecided = "undecided"
    rejected = "rejected"


@dataclass(frozen=True)
class Checked:
    """One claim's folder.

    known: how the verdict is known, where it was explored; reasons: why it is not established; proofs, runs,
    obligations: how many there are; searched: something was explored again, be it the verdict or whether the
    conditions are complete; complete: as in the folder; entry: what the index has to say of the claim.
    """

    claim: str
    status: Status
    verdict: str = ""
    method: str = ""
    sizes: Mapping[str, int] | None = None
    reasons: tuple[str, ...] = ()
    proofs: int = 0
    runs: int = 0
    obligations: int = 0
    conditions: int = 0
    complete: bool | None = None
    searched: bool = False
    entry: Mapping[str, Any] | None = None


class NoFolder(ValueError):
    """Not a folder of certificates: the sentence says what is missing."""


# The folder as a whole


@dataclass(frozen=True)
class Index:
    """The index as it stands in the folder. asked: the claims that were named when it was made, None for all;
    conditions: it was asked then when what is FALSE would be true; entries: by the claims' ids."""

    folder: Path
    document: Mapping[str, Any]

    @property
    def asked(self) -> list[str] | None:
        named: list[str] | None = self.document.get("asked")
        return named

    @property
    def conditions(self) -> bool:
        asked: bool = self.document["conditions"]
        return asked

    @cached_property
    def entries(self) -> dict[str, Any]:
        return {each["id"]: each for each in self.document["claims"]}


def index_of(folder: Path) -> Index:
    """The index of a folder of certificates. Raises NoFolder where it is none."""
    if not folder.is_dir():
        raise NoFolder(f"{folder}: there is no such folder; podproof check --certify writes one")
    try:
        document = load(folder / INDEX)
    except Odd as error:
        raise NoFolder(
            f"{folder}: no certificates to be read: {error}; podproof check --certify writes them"
        ) from error
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != INDEX_SCHEMA:
        what = f"it is of the version {shown(schema)}" if is_an_index(document) else "it is no index of certificates"
        raise NoFolder(f"{folder / INDEX}: {what}; this podproof reads {INDEX_SCHEMA}: write it with --certify")
    entries = document.get("claims")
    given = (
        [each.get("id") if isinstance(each, dict) else None for each in entries] if isinstance(entries, list) else []
    )
    if not given or not all(isinstance(id_, str) for id_ in given) or len(set(given)) < len(given):
        raise NoFolder(f"{folder / INDEX}: claims is a list of different claims, each with an id")
    asked = document.get("asked")
    if asked is not None and (not isinstance(asked, list) or not all(isinstance(each, str) for each in asked)):
        raise NoFolder(f"{folder / INDEX}: asked is the list of the claims that were named, or null")
    if not isinstance(document.get("conditions"), bool):
        raise NoFolder(f"{folder / INDEX}: conditions is true or false")
    return Index(folder, document)


def is_an_index(document: Any) -> bool:
    """Whether it is one of any version."""
    schema = document.get("schema") if isinstance(document, dict) else None
    return isinstance(schema, str) and schema.startswith(INDEX_SCHEMA.rpartition("/")[0])


def problems(index: Index, claims: Mapping[str, Claim], found: Sequence[Checked]) -> Iterator[str]:
    """What is wrong with the folder apart from the certificates in it.

    claims: all that are known, by id; found: what became of those checked.
    """
    for path in sorted(index.folder.iterdir()):
        if path.name not in (INDEX, OVERVIEW) and path.name not in index.entries:
            yield f"{shown_name(path.name)} is no part of it"
    try:
        overview = content_of(index.folder / OVERVIEW, OVERVIEW)
        if overview != README.encode():
            yield f"{OVERVIEW} was changed"
        content = content_of(index.folder / INDEX, INDEX)
    except Odd as error:
        yield str(error)
        return
    versions = index.document.get("versions")
    if not isinstance(versions, dict) or not all(map(_is_version, versions.items())):
        yield f"{INDEX}: versions is of packages and their numbers, not {shown(versions)}"
    for checked in found:
        if checked.entry is not None:
            for where, said, true in differences(index.entries[checked.claim], dict(checked.entry)):
                yield f"{INDEX}: of {checked.claim} it says {where} {shown(said)}; in its folder it is {shown(true)}"
        can_have = checked.verdict == Verdict.FALSE and checked.method != Method.proved
        if can_have and index.conditions is not (checked.complete is not None):
            said = "was asked" if index.conditions else "was not asked"
            yield f"{INDEX}: it {said} when {checked.claim} would be true; its folder says otherwise"
    if (
        set(index.document) != {"schema", "versions", "asked", "conditions", "claims"}
        or text_of(index.document).encode() != content
    ):
        yield f"{INDEX} is not as podproof writes it"
    missing = [name for name in (claims if index.asked is None else index.asked) if name not in index.entries]
    if missing:
        whose = "all claims were asked for" if index.asked is None else "they were asked for"
        yield f"nothing about {_some(missing)}, though {whose}"
    asked = None if index.asked is None else set(index.asked)
    extra = [] if asked is None else [id_ for id_ in index.entries if id_ not in asked]
    if extra:
        yield f"{INDEX}: nobody asked for {_some(extra)}"


def missing(index: Index, claims: Mapping[str, Claim]) -> list[str]:
    """The known claims that the folder is not about, because others were asked for by name."""
    return [] if index.asked is None else [name for name in claims if name not in index.entries]


def _is_version(named: tuple[Any, Any]) -> bool:
    name, number = named
    return re.fullmatch(r"[a-z0-9-]{1,40}", name) is not None and (
        isinstance(number, str) and re.fullmatch(r"[0-9a-z.+!-]{1,40}", number) is not None
    )


def _some(names: Sequence[str]) -> str:
    said = ", ".join(map(shown_name, names[:MOST_SHOWN]))
    number = len(names)
    more = f", and {number - MOST_SHOWN} more" if number > MOST_SHOWN else ""
    return f"{counted(number, 'claim')}: {said}{more}"


# One claim


def check(folder: Path, claim: Claim, solvers: Mapping[str, tuple[Ask, int]], search: Search) -> Checked:
    """Check what the folder (of all claims) has about one claim, with each of the solvers, and with a search where
    only that can tell."""
    try:
        known = read_back(folder / claim.id, claim)
        certificates = [(inside, certificate_of(claim, proof)) for proof, inside in known.proofs()]
    except (Odd, ReplayError, UnsupportedError, DeclarationError) as error:
        return Checked(claim.id, Status.rejected, reasons=(on_one_line(str(error)),))
    except RecursionError:
        return Checked(claim.id, Status.rejected, reasons=("an invariant is nested too deeply",))
    wrong: list[str] = []
    unknown: list[str] = []
    for inside, made in certificates:
        for name, (ask, effort) in solvers.items():
            for question, answer in recheck(made, effort, ask):
                (wrong if answer == "sat" else unknown).append(f"{inside}{name}: {question}: {answer}")
    if known.clauses is not None:
        starts = ask_z3(beginning(claim.system))
        if starts != ["sat"]:
            (wrong if starts == ["unsat"] else unknown).append(f"that there is an initial state: {' '.join(starts)}")
    if known.verdict not in (Verdict.TRUE, Verdict.FALSE):
        unknown.append(f"it says {known.verdict}: there is nothing to establish")
    searched = needed(known) and not wrong
    if searched:
        for each in compared(known, search(known)):
            (unknown if each.open else wrong).append(each.sentence)
    established = Status.confirmed if known.certified and not asks_of_time(known) else Status.explored
    return Checked(
        claim.id,
        Status.rejected if wrong else Status.undecided if unknown else established,
        str(known.verdict),
        str(known.method),
        None if known.certified else known.sizes,
        tuple(wrong or unknown),
        len(certificates),
        (known.run is not None) + sum(run is not None for each in known.assumption_sets for run in each.without),
        sum(len(made.questions) for _, made in certificates),
        len(known.assumption_sets),
        known.complete,
        searched,
        entry(known),
    )
