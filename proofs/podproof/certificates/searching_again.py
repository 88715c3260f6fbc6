"""What a new search says about what a folder says: of verdicts that no file can show.

That every state of some size was looked at, that every run without an end gets what it waits for, that time goes on,
that the sets of assumptions listed are all there are: for these there is no certificate. The claim is decided again,
and compared. Imports no engine: the search is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from podproof.certificates.documents import shown
from podproof.certificates.folder import Evidence, Under
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Asks

Search = Callable[[Evidence], Evidence]
"""Decides the evidence's claim anew, and when it would be true if the evidence says anything of that. What it takes
from the evidence are hints: they never make a verdict."""


@dataclass(frozen=True)
class Disagreement:
    """What the new search says otherwise. open: it did not get so far; else what the folder says is wrong."""

    sentence: str
    open: bool = False


def needed(known: Evidence) -> bool:
    """Whether something is said that only a search can tell; of UNKNOWN, nothing is said.

    A formula about whole runs may declare the sizes that it is about: a run that breaks it may be of another.
    """
    if known.verdict is Verdict.UNKNOWN:
        return False
    about_a_size = known.claim.formula.asks is Asks.graph
    return not known.certified or known.complete is not None or about_a_size or asks_of_time(known)


def asks_of_time(known: Evidence) -> bool:
    """Whether it rests on time going on: without that, what is said of all runs is true of none that goes on."""
    return known.claim.system.timed and known.run is None


def compared(known: Evidence, again: Evidence) -> Iterator[Disagreement]:
    """How what is known differs from what was found again."""
    if again.verdict is not known.verdict:
        if again.verdict is Verdict.UNKNOWN:
            yield Disagreement(f"the search did not come to an end: {again.reason}", open=True)
        else:
            yield Disagreement(f"the verdict is {known.verdict}; explored again it is {again.verdict}")
        return
    if not known.certified:
        if (known.method, known.reason) != (again.method, again.reason):
            said, true = (f"{each.method} {shown(each.reason)}" for each in (known, again))
            yield Disagreement(f"it is known how: {said}; explored again it is {true}")
        yield from _sizes("", known.sizes, again.sizes)
    if known.complete is not None:
        yield from _conditions(known, again)


def _sizes(where: str, known: Mapping[str, int] | None, again: Mapping[str, int] | None) -> Iterator[Disagreement]:
    if known != again:
        further = known is not None and again is not None and any(n > again.get(k, -1) for k, n in known.items())
        yield Disagreement(f"{where}its sizes are {shown(known)}; explored again they are {shown(again)}", open=further)


def _conditions(known: Evidence, again: Evidence) -> Iterator[Disagreement]:
    listed, found = _by_assumptions(known), _by_assumptions(again)
    if len(listed) < len(known.assumption_sets):
        yield Disagreement("the same assumptions are listed twice")
    open_ = again.complete is False
    for names in sorted(listed.keys() - found.keys(), key=sorted):
        yield Disagreement(f"it is not found again that {_and(names)} is a minimal set of assumptions", open_)
    for names in sorted(found.keys() - listed.keys(), key=sorted):
        yield Disagreement(f"that it is true if {_and(names)} is missing", open_)
    for names in sorted(listed.keys() & found.keys(), key=sorted):
        yield from _condition(_and(names), listed[names], found[names])
    if known.complete is not again.complete:
        yield Disagreement(
            "that these are all minimal sets of assumptions was not found again: " + again.reason
            if known.complete
            else "it leaves open whether these are all minimal sets of assumptions; explored again, they are",
            open=True,
        )


def _condition(name: str, known: Under, again: Under) -> Iterator[Disagreement]:
    if known.verdict is not again.verdict:
        open_ = Verdict.UNKNOWN in (known.verdict, again.verdict)
        yield Disagreement(f"under {name} the verdict is {known.verdict}; explored again it is {again.verdict}", open_)
    elif known.clauses is None:
        if known.method is not again.method:
            yield Disagreement(f"under {name} the method is {known.method}; explored again it is {again.method}")
        yield from _sizes(f"under {name} ", known.sizes, again.sizes)
    needless = dict(zip(again.assumptions, again.without, strict=True))
    for assumption, run in zip(known.assumptions, known.without, strict=True):
        if run is None and needless.get(assumption) is not None:
            yield Disagreement(f"no run shows that {assumption} is needed in {name}")


def _by_assumptions(known: Evidence) -> dict[Any, Under]:
    return {frozenset(a.name for a in condition.assumptions): condition for condition in known.assumption_sets}


def _and(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
