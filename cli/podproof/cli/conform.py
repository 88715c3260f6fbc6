"""podproof conform: do the rules compute what Kubernetes computed?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.conform.catalogue import MODULES, tally
from podproof.conform.corpus import Complaint, Difference, Json, Tally, Unreadable, corpus_name, lines, parsed
from podproof.wording.counting import counted
from podproof.wording.progress import Progress

SCHEMA = "podproof/conform/v1"
ENDINGS = (".jsonl", ".jsonl.gz")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@click.option("--corpus", "name", metavar="NAME", help="Which function was recorded; default: the file's name.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--differences", type=click.IntRange(min=0), default=3, show_default=True, help="How many to show of each file."
)
def conform(files: tuple[str, ...], name: str | None, output_format: str, differences: int) -> None:
    """Compare the rules of the model with inputs and outputs recorded from Kubernetes' own functions.

    FILE is a .jsonl or .jsonl.gz with one {"id", "input", "output"} a line, a directory of them, or - for standard
    input. The name of a file says which function was recorded.
    """
    problems: list[str] = []
    tallies = []
    for file in _files(files, problems):
        found = _read(file, name or _name(file), differences, problems, output_format == "text")
        if found is not None:
            tallies.append(found)
    for problem in problems:
        click.echo(f"podproof: {problem}", err=True)
    if not tallies:
        sys.exit(ExitCode.unusable)
    if output_format == "json":
        click.echo(json.dumps(_document(tallies, problems), indent=2))
    else:
        click.echo("\n".join(_text(tallies)))
    conforms = not problems and all(each.conforms for each in tallies)
    sys.exit(ExitCode.as_expected if conforms else ExitCode.finding)


def _files(names: Sequence[str], problems: list[str]) -> Iterator[str]:
    for name in names:
        try:
            found = _inside(Path(name)) if Path(name).is_dir() else [name]
        except OSError as error:
            problems.append(f"{name}: {error.strerror or error}")
            continue
        if not found:
            problems.append(f"{name}: no {' or '.join(ENDINGS)} file in this directory")
        yield from found


def _inside(directory: Path) -> list[str]:
    return sorted(str(path) for path in directory.iterdir() if path.name.endswith(ENDINGS))


def _read(file: str, corpus: str, keep: int, problems: list[str], shown: bool) -> Tally | None:
    """How the records of a file compare; None where it has only lines that are no records. What is wrong with the file
    is added to `problems`: the first such line, and how many there are.
    """
    bad: list[Unreadable] = []
    try:
        with Progress(None, "record", f"of {corpus} compared", shown) as progress:
            found = tally(corpus, _records(file, bad.append), keep, progress.at)
    except OSError as error:
        problems.append(f"{file}: {error.strerror or error}")
        return None
    if bad:
        others = f"; {counted(len(bad) - 1, 'more line')} like it" if len(bad) > 1 else ""
        problems.append(f"{bad[0]}{others}")
    return found if found.cases or not bad else None


def _name(file: str) -> str:
    if file == "-":
        raise click.UsageError(f"say which corpus standard input is, with --corpus: {', '.join(sorted(MODULES))}")
    return corpus_name(file)


def _records(file: str, complain: Complaint) -> Iterator[Json]:
    if file == "-":
        return parsed(sys.stdin.buffer, "standard input", complain)
    return lines(Path(file), complain)


def _text(tallies: Sequence[Tally]) -> Iterator[str]:
    width = max(len(each.corpus) for each in tallies)
    yield f"{'corpus':{width}}    cases   passed   failed  unsupported       time"
    for t in tallies:
        yield f"{t.corpus:{width}} {t.cases:8} {t.passed:8} {t.failed:8} {t.unsupported:12} {t.seconds:8.2f} s"
    for each in tallies:
        if each.corpus not in MODULES:
            yield f"\n{each.corpus}: there are no rules for this corpus; there are for {', '.join(sorted(MODULES))}"
        if not each.cases:
            yield f"\n{each.corpus}: no records"
        for difference in each.differences:
            yield ""
            yield from _difference(difference)


def _difference(difference: Difference) -> Iterator[str]:
    yield f"{difference.id} ({difference.corpus})"
    yield f"  input     {_short(difference.given)}"
    if difference.unsupported:
        yield f"  not supported: {difference.unsupported}"
        return
    got = difference.got or {}
    for field in sorted({*difference.expected, *got}):
        wanted, found = difference.expected.get(field), got.get(field)
        if wanted != found:
            yield f"  {field}"
            yield f"    expected  {_short(wanted)}"
            yield f"    got       {_short(found)}"
    for field, rule in difference.rules.items():
        yield f"  {field} was decided by: {rule}"


def _short(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _document(tallies: Sequence[Tally], problems: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "problems": list(problems),
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
        "first_differences": [
            {
                "corpus": d.corpus,
                "id": d.id,
                "input": d.given,
                "expected": d.expected,
                "got": d.got,
                "rules": dict(d.rules),
                "unsupported": d.unsupported,
            }
            for t in tallies
            for d in t.differences
        ],
    }
