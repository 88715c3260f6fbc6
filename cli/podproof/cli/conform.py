"""podproof conform: do the rules compute what Kubernetes computed?"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.cli.findings import Baseline, baseline_options, format_option, tell
from podproof.conform.catalogue import MODULES, tally
from podproof.conform.corpus import Complaint, Json, Tally, Unreadable, corpus_name, lines, parsed
from podproof.conform.findings import changed, findings, short, unreadable
from podproof.conform.rules import NO_RECORDS, NO_RULES, UNREADABLE_CORPUS, UNSUPPORTED_RECORD
from podproof.findings.finding import Finding, Location
from podproof.findings.writers import Results, plain
from podproof.wording.progress import Progress

SCHEMA = "podproof/conform/v2"
ENDINGS = (".jsonl", ".jsonl.gz")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@click.option("--corpus", "name", metavar="NAME", help="Which function was recorded; default: the file's name.")
@baseline_options
@format_option
@click.option(
    "--differences", type=click.IntRange(min=0), default=3, show_default=True, help="How many to show of each file."
)
def conform(
    files: tuple[str, ...],
    name: str | None,
    known: str | None,
    write_known: str | None,
    output_format: str,
    differences: int,
) -> None:
    """Compare the rules of the model with inputs and outputs recorded from Kubernetes' own functions.

    FILE is a .jsonl or .jsonl.gz with one {"id", "input", "output"} a line, a directory of them, or - for standard
    input. The name of a file says which function was recorded.
    """
    baseline = Baseline("conform", known, write_known)
    keep = sys.maxsize if baseline.asked else max(differences, 1)
    problems: list[Finding] = []
    tallies: list[Tally] = []
    found: list[Finding] = []
    for file in _files(files, problems):
        read = _read(file, name or _name(file), keep, problems, output_format == "text")
        if read is not None:
            tallies.append(read)
            found += findings(read, file)
    for problem in problems:
        click.echo(f"podproof: {problem.location}: {problem.message}", err=True)
    if not tallies:
        sys.exit(ExitCode.unusable)
    corpora = set() if problems else {each.corpus for each in tallies}
    compared = baseline.compare(found, lambda rule, subject: subject.partition(": ")[0] in corpora)
    shown = [*problems, *_first(compared.findings, differences)]

    def text() -> Iterator[str]:
        yield from _text(tallies, shown)
        yield from baseline.lines(compared)

    def document() -> dict[str, Any]:
        return _document(tallies, shown) | {"baseline": baseline.document(compared)}

    tell(Results(lambda: shown, text, document), output_format)
    wrong = problems or any(each.counts for each in compared.findings)
    sys.exit(ExitCode.finding if wrong else ExitCode.as_expected)


def _first(found: Iterable[Finding], most: int) -> Iterator[Finding]:
    """What counts, and of differences in the records of one file the first ones only."""
    seen: Counter[Location | None] = Counter()
    for each in found:
        difference = each.rule not in (NO_RULES, NO_RECORDS)
        seen[each.location] += difference and each.counts
        if each.counts and (not difference or seen[each.location] <= most):
            yield each


def _files(names: Sequence[str], problems: list[Finding]) -> Iterator[str]:
    for name in names:
        try:
            found = _inside(Path(name)) if Path(name).is_dir() else [name]
        except OSError as error:
            problems.append(_problem(name, error.strerror or str(error)))
            continue
        if not found:
            problems.append(_problem(name, f"no {' or '.join(ENDINGS)} file in this directory"))
        yield from found


def _problem(file: str, message: str) -> Finding:
    return Finding(UNREADABLE_CORPUS, file, message, location=Location(file))


def _inside(directory: Path) -> list[str]:
    return sorted(str(path) for path in directory.iterdir() if path.name.endswith(ENDINGS))


def _read(file: str, corpus: str, keep: int, problems: list[Finding], shown: bool) -> Tally | None:
    """How the records of a file compare; None where it has only lines that are no records. What is wrong with the file
    is added to `problems`: the first such line, and how many there are.
    """
    bad: list[Unreadable] = []
    try:
        with Progress(None, "record", f"of {corpus} compared", shown) as progress:
            found = tally(corpus, _records(file, bad.append), keep, progress.at)
    except OSError as error:
        problems.append(_problem(file, error.strerror or str(error)))
        return None
    if bad:
        problems.append(unreadable(bad[0], len(bad)))
    return found if found.cases or not bad else None


def _name(file: str) -> str:
    if file == "-":
        raise click.UsageError(f"say which corpus standard input is, with --corpus: {', '.join(sorted(MODULES))}")
    return corpus_name(file)


def _records(file: str, complain: Complaint) -> Iterator[Json]:
    if file == "-":
        return parsed(sys.stdin.buffer, "-", complain)
    return lines(Path(file), complain)


def _text(tallies: Sequence[Tally], shown: Sequence[Finding]) -> Iterator[str]:
    width = max(len(each.corpus) for each in tallies)
    yield f"{'corpus':{width}}    cases   passed   failed  unsupported       time"
    for t in tallies:
        yield f"{t.corpus:{width}} {t.cases:8} {t.passed:8} {t.failed:8} {t.unsupported:12} {t.seconds:8.2f} s"
    for each in shown:
        if each.rule in (NO_RULES, NO_RECORDS):
            yield f"\n{each.subject}: {'; '.join(filter(None, (each.message, each.remedy)))}"
        elif each.rule is not UNREADABLE_CORPUS:  # those were said before
            yield ""
            yield from _difference(each)


def _difference(finding: Finding) -> Iterator[str]:
    record = finding.properties
    yield f"{record['record']} ({record['corpus']})"
    yield f"  input     {short(record['input'])}"
    if finding.rule is UNSUPPORTED_RECORD:
        yield f"  {finding.message}"
        return
    for field, wanted, found in changed(record["expected"], record["got"]):
        yield f"  {field}"
        yield f"    expected  {short(wanted)}"
        yield f"    got       {short(found)}"
    for field, rule in record["rules"].items():
        yield f"  {field} was decided by: {rule}"


def _document(tallies: Sequence[Tally], shown: Sequence[Finding]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "results": [
            {
                "corpus": t.corpus,
                "cases": t.cases,
                "passed": t.passed,
                "failed": t.failed,
                "unsupported": t.unsupported,
                "seconds": round(t.seconds, 3),
            }
            for t in tallies
        ],
        "findings": [plain(each) for each in shown],
    }
