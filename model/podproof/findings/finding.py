"""A finding: what a verb says is wrong, or worth knowing, and by which rule. Knows no Pods and no engines.

The words are those of SARIF 2.1.0 (OASIS), where it has them: rule, level, location, properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from podproof.wording.printable import on_one_line


class Level(StrEnum):
    """How much it matters. error: it makes exit code 1; warning: it may be meant; note: it is only said."""

    error = "error"
    warning = "warning"
    note = "note"


@dataclass(frozen=True)
class Rule:
    """What is looked for. id: in kebab case, the same for good; meaning: what is found by it, in a sentence."""

    id: str
    meaning: str
    level: Level = Level.error

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Location:
    """Where in a file. file: its path as the user gave it, or `-` for standard input; line, column: counted from 1,
    None where only the file is known, or the line."""

    file: str
    line: int | None = None
    column: int | None = None

    @property
    def order(self) -> tuple[int, int]:
        """Sorts locations of one file as they stand in it."""
        return self.line or 0, self.column or 0

    def __str__(self) -> str:
        file = "<stdin>" if self.file == "-" else on_one_line(self.file)
        return ":".join([file, *(str(each) for each in (self.line, self.column) if each is not None)])


@dataclass(frozen=True)
class Step:
    """One step of a run. told: in words; values: the same as plain values, in the verb's own terms."""

    told: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """subject: what it is about, the same on every run; message: what is wrong with it; evidence: how it is known, or
    what could make it untrue; run: how to get there; remedy: what to do; ignored: why it does not count; regarded: its
    level, where that is not the rule's; properties: more, as plain values, in the verb's own terms."""

    rule: Rule
    subject: str
    message: str
    evidence: str = ""
    location: Location | None = None
    run: tuple[Step, ...] = ()
    remedy: str = ""
    ignored: str = ""
    regarded: Level | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        return self.rule.level if self.regarded is None else self.regarded

    @property
    def fingerprint(self) -> tuple[str, str]:
        """What stays the same where lines move and words are changed: the rule's id and the subject."""
        return self.rule.id, self.subject

    @property
    def counts(self) -> bool:
        """Whether it makes exit code 1."""
        return self.level is Level.error and not self.ignored

    def __str__(self) -> str:
        """On one line: where, what, and what to do."""
        said = "; ".join(filter(None, [self.message, self.remedy]))
        what = on_one_line(f"{self.subject} {said}".lstrip())
        return what if self.location is None else f"{self.location}: {what}"
