"""Findings that are all right, each with its reason; a reason that explains nothing is a finding itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from podproof.findings.finding import Finding, Rule

UNNEEDED_IGNORE = Rule("unneeded-ignore", "a reason to ignore what is not found")


@dataclass(frozen=True)
class Ignore:
    """Why findings are all right. subjects: of which, with * for any words; at least one of them is found."""

    rule: Rule
    subjects: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return self.rule.id == finding.rule.id and fnmatchcase(finding.subject, self.subjects)


def explained(finding: Finding, ignores: Sequence[Ignore]) -> Finding:
    """The finding, ignored for the first reason that there is; as it was where there is none."""
    reason = next((each.reason for each in ignores if each.covers(finding)), finding.ignored)
    return replace(finding, ignored=reason)


def unneeded(ignores: Sequence[Ignore], findings: Sequence[Finding]) -> Iterator[Finding]:
    """What is to be ignored and was not found, although it was looked for."""
    for each in ignores:
        if not any(each.covers(finding) for finding in findings):
            yield Finding(
                UNNEEDED_IGNORE,
                f"{each.rule}: {each.subjects}",
                UNNEEDED_IGNORE.meaning,
                evidence="it was looked for and not found",
                remedy="remove it",
            )
