"""Differences between the rules and what was recorded, as findings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from podproof.conform.catalogue import MODULES
from podproof.conform.corpus import Difference, Json, Tally, Unreadable
from podproof.conform.rules import NO_RECORDS, NO_RULES, UNREADABLE_CORPUS, UNSUPPORTED_RECORD, WRONG_RESULT
from podproof.findings.finding import Finding, Location
from podproof.wording.counting import counted


def findings(tally: Tally, file: str) -> Iterator[Finding]:
    """What is wrong with the records of a file: the differences that were kept, or that there is nothing to compare."""
    place = Location(file)
    if tally.corpus not in MODULES:
        known = f"there are rules for {', '.join(sorted(MODULES))}"
        yield Finding(NO_RULES, tally.corpus, "there are no rules for this corpus", location=place, remedy=known)
    elif not tally.cases:
        yield Finding(NO_RECORDS, tally.corpus, "no records", location=place)
    for difference in tally.differences:
        yield _difference(difference, place)


def unreadable(first: Unreadable, count: int) -> Finding:
    """Lines of a file that are no records: the first of them, and how many there are."""
    others = f"; {counted(count - 1, 'more line')} like it" if count > 1 else ""
    return Finding(UNREADABLE_CORPUS, first.location.file, first.message + others, location=first.location)


def changed(expected: Json, got: Json) -> Iterator[tuple[str, Any, Any]]:
    """Each field in which they differ, with both values."""
    for field in sorted({*expected, *got}):
        if expected.get(field) != got.get(field):
            yield field, expected.get(field), got.get(field)


def short(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _difference(difference: Difference, place: Location) -> Finding:
    subject = f"{difference.corpus}: {difference.id}"
    properties = {
        "corpus": difference.corpus,
        "record": difference.id,
        "input": difference.given,
        "expected": difference.expected,
        "got": difference.got,
        "rules": dict(difference.rules),
    }
    if difference.unsupported:
        said = f"not supported: {difference.unsupported}"
        return Finding(UNSUPPORTED_RECORD, subject, said, location=place, properties=properties)
    fields = changed(difference.expected, difference.got or {})
    said = "; ".join(f"{field}: expected {short(wanted)}, got {short(found)}" for field, wanted, found in fields)
    decided = "; ".join(f"{field} was decided by: {rule}" for field, rule in difference.rules.items())
    return Finding(WRONG_RESULT, subject, said, decided, location=place, properties=properties)
