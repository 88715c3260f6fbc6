"""How findings are written: one table. A further form is a function and an entry.

What a verb says beside its findings (tables, verdicts, what was explored) is in its text and in its document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podproof.findings.finding import Finding, Location


@dataclass(frozen=True)
class Results:
    """What a verb has to say, made when a writer asks for it.

    findings: all, those that are ignored, too; text: pieces for people, as they become known; document: plain values,
    with the name and version of their schema.
    """

    findings: Callable[[], Sequence[Finding]]
    text: Callable[[], Iterable[str]]
    document: Callable[[], Mapping[str, Any]]


def _text(results: Results) -> Iterator[str]:
    yield from results.text()


def _json(results: Results) -> Iterator[str]:
    yield json.dumps(results.document(), indent=2)


WRITERS: Mapping[str, Callable[[Results], Iterator[str]]] = {"text": _text, "json": _json}
"""By what --format calls them: each gives pieces of text, whole lines without the last line's end."""


def details(finding: Finding) -> Iterator[str]:
    """What is said below the rule and the subject, a sentence each."""
    yield finding.message
    if finding.evidence:
        yield finding.evidence
    if finding.run:
        yield f"run: {'; '.join(step.told for step in finding.run)}"
    if finding.remedy:
        yield finding.remedy
    if finding.ignored:
        yield f"ignored: {finding.ignored}"


def plain(finding: Finding) -> dict[str, Any]:
    """Plain values; every key is always there. What each means is in docs/schemas/finding.schema.json."""
    return {
        "rule": finding.rule.id,
        "level": str(finding.level),
        "subject": finding.subject,
        "message": finding.message,
        "evidence": finding.evidence or None,
        "location": None if finding.location is None else place(finding.location),
        "run": [{"told": step.told, **step.values} for step in finding.run],
        "remedy": finding.remedy or None,
        "ignored": finding.ignored or None,
        "properties": dict(finding.properties),
    }


def place(location: Location) -> dict[str, Any]:
    return {"file": location.file, "line": location.line, "column": location.column}
