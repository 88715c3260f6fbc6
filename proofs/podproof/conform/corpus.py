"""Corpora: recorded inputs and outputs of Kubernetes' own functions, compared with what the rules compute.

A corpus is a file of JSON objects, one a line: `{"id", "input", "output"}`.
"""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from podproof.findings.finding import Location

Json = Mapping[str, Any]


class Unsupported(Exception):
    """The rules have no meaning for an input; the message says for what in it."""


class Unreadable(Exception):
    """A line is no record of this corpus; the message says why."""

    def __init__(self, location: Location, message: str) -> None:
        super().__init__(f"{location}: {message}")
        self.location, self.message = location, message


@dataclass(frozen=True)
class Corpus:
    """decide: what the rules compute from an input; compared: the part of a recorded output that is compared with it;
    decided_by: for each compared field the rule that decided; fields: what is compared, in words; what: the Kubernetes
    function that was recorded; told: of an output, recorded or decided, what the input says enough about.
    """

    name: str
    what: str
    fields: str
    decide: Callable[[Json], Json]
    compared: Callable[[Json], Json]
    decided_by: Callable[[Json], Mapping[str, str]] = lambda given: {}
    told: Callable[[Json, Json], Json] = lambda given, output: output


@dataclass(frozen=True)
class Difference:
    """A record for which the rules compute something else, or nothing (`unsupported` says why)."""

    corpus: str
    id: str
    given: Json
    expected: Json
    got: Json | None
    rules: Mapping[str, str]
    unsupported: str = ""


@dataclass
class Tally:
    """How the records of one corpus compare."""

    corpus: str
    passed: int = 0
    failed: int = 0
    unsupported: int = 0
    seconds: float = 0.0
    differences: list[Difference] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return self.passed + self.failed + self.unsupported

    @property
    def conforms(self) -> bool:
        return self.cases == self.passed > 0


def conform(corpus: Corpus, records: Iterable[Json], keep: int, progress: Callable[[int], None] | None = None) -> Tally:
    """Compare every record; the first `keep` differences are kept. progress: told the number of records so far."""
    tally = Tally(corpus.name)
    start = time.monotonic()
    for record in records:
        difference = compare(corpus, record)
        if difference is None:
            tally.passed += 1
        elif difference.unsupported:
            tally.unsupported += 1
        else:
            tally.failed += 1
        if difference is not None and len(tally.differences) < keep:
            tally.differences.append(difference)
        if progress is not None and tally.cases % 1000 == 0:
            progress(tally.cases)
    tally.seconds = time.monotonic() - start
    return tally


LEFT_OUT: Json = {"spec": {}, "status": {}, "oldStatus": {}, "newStatus": {}}
"""Objects of an input that are not written where they are empty."""


def compare(corpus: Corpus, record: Json) -> Difference | None:
    """None where the rules compute what was recorded."""
    given, output = record["input"], record["output"]
    try:
        expected = corpus.told(given, corpus.compared(output))
        got = corpus.told(given, corpus.decide({**LEFT_OUT, **given}))
        if got == expected:
            return None
        return Difference(corpus.name, record["id"], given, expected, got, corpus.decided_by({**LEFT_OUT, **given}))
    except Unsupported as reason:
        return Difference(corpus.name, record["id"], given, output, None, {}, str(reason))
    except (AttributeError, LookupError, TypeError, ValueError) as error:  # not of the form of this corpus
        why = f"not a record of {corpus.name}: {type(error).__name__}: {error}"
        return Difference(corpus.name, record["id"], given, output, None, {}, why)


def corpus_name(file: str) -> str:
    """Which function was recorded, as the file's name says."""
    return Path(file).name.removesuffix(".gz").removesuffix(".jsonl")


Complaint: TypeAlias = Callable[[Unreadable], None]


def refuse(error: Unreadable) -> None:
    raise error


def lines(path: Path, complain: Complaint = refuse) -> Iterator[Json]:
    """The records of a `.jsonl` or `.jsonl.gz` file. complain: told of a line that is none.

    Raises OSError.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as stream:
        yield from parsed(stream, str(path), complain)


def parsed(stream: Iterable[bytes], name: str, complain: Complaint = refuse) -> Iterator[Json]:
    """The records in a stream of lines. name: the file's, or - for standard input."""
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    record = _record(line, name, number)
                except Unreadable as error:
                    complain(error)
                    continue
                yield record
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        complain(Unreadable(Location(name), f"after line {number}: not a gzip file, or cut off: {error}"))


def _record(line: bytes, name: str, number: int) -> Json:
    try:
        record = json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        raise Unreadable(Location(name, number, error.colno), f"not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(Location(name, number), f"not JSON: {error}") from error
    parts = {"id": str, "input": dict, "output": dict}
    if not isinstance(record, dict) or not all(isinstance(record.get(k), t) for k, t in parts.items()):
        raise Unreadable(Location(name, number), 'expected {"id": text, "input": object, "output": object}')
    return record
