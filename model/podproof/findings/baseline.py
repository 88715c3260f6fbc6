"""A baseline: the findings of an earlier run, which do not count any more; those that are gone are said.

A finding is known again by its fingerprint, and as often as it was there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from podproof.findings.finding import Finding

SCHEMA = "podproof/baseline/v1"
IGNORED = "in the baseline"

Fingerprint: TypeAlias = tuple[str, str]


class Damaged(ValueError):
    """No baseline, or not of this verb: the sentence says what was expected."""


@dataclass(frozen=True)
class Compared:
    """findings: all, those in the baseline ignored; gone: what the baseline has and was not found, though it was looked
    for, each as often as it is missing."""

    findings: tuple[Finding, ...]
    gone: tuple[Fingerprint, ...]

    @property
    def known(self) -> int:
        return sum(each.ignored == IGNORED for each in self.findings)


def compared(
    findings: Iterable[Finding], baseline: Mapping[Fingerprint, int], sought: Callable[[str, str], bool]
) -> Compared:
    """baseline: how often each fingerprint was there; sought: whether what has this rule and subject was looked for, so
    that it would be among the findings."""
    left = Counter(baseline)
    found = []
    for each in findings:
        known = not each.ignored and left[each.fingerprint] > 0
        left[each.fingerprint] -= known
        found.append(replace(each, ignored=IGNORED) if known else each)
    gone = tuple(each for each in sorted((+left).elements()) if sought(*each))
    return Compared(tuple(found), gone)


def document(verb: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """The baseline of these findings as plain values: the same whatever their order, lines and words."""
    counts = sorted(Counter(each.fingerprint for each in findings if each.counts).items())
    known = [{"rule": rule, "subject": subject, "count": count} for (rule, subject), count in counts]
    return {"schema": SCHEMA, "verb": verb, "findings": known}


def read(document: Any, verb: str) -> dict[Fingerprint, int]:
    """How often each fingerprint is in a document. Raises Damaged."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else document
        raise Damaged(f"no baseline: its schema is {_shown(found)}, not {SCHEMA}")
    if document.get("verb") != verb:
        raise Damaged(f"a baseline of podproof {_shown(document.get('verb'))}, not of podproof {verb}")
    entries = document.get("findings")
    if not isinstance(entries, list) or set(document) != {"schema", "verb", "findings"}:
        raise Damaged("findings is a list, and there is nothing beside it")
    known: dict[Fingerprint, int] = {}
    for number, each in enumerate(entries, 1):
        match each:
            case {"rule": str(rule), "subject": str(subject), "count": int(count), **more}:
                if more or count < 1 or isinstance(count, bool) or (rule, subject) in known:
                    raise Damaged(f"finding {number} is there twice, or not as podproof writes it")
                known[rule, subject] = count
            case _:
                raise Damaged(f"finding {number} needs a rule, a subject and how often it was there (count)")
    return known


def _shown(value: Any) -> str:
    return repr(value)[:60]
