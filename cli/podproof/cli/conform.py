"""podproof conform: do the rules compute what Kubernetes computed?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from podproof.cli.exits import ExitCode
from podproof.fidelity.catalogue import MODULES, tally
from podproof.fidelity.corpus import Difference, Json, Tally, Unreadable, corpus_name, lines, parsed
from podproof.language.counting import counted

SCHEMA = "podproof/conform/v1"
ENDINGS = (".jsonl", ".jsonl.gz")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
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
    tallies = []
    for file in _files(files):
        corpus = name or _name(file)
        try:
            tallies.append(_tally(corpus, _records(file), differences))
        except Unreadable as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror or error}") from error
    if output_format == "json":
        click.echo(json.dumps(_document(tallies), indent=2))
    else:
        click.echo("\n".join(_text(tallies)))
    sys.exit(ExitCode.as_expected if all(each.conforms for each in tallies) else ExitCode.finding)


def _files(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        path = Path(name)
        if not path.is_dir():
            yield name
            continue
        found = sorted(str(p) for p in path.iterdir() if p.name.endswith(ENDINGS))
        if not found:
            raise click.ClickException(f"{name}: no {' or '.join(ENDINGS)} file in this directory")
        yield from found


def _name(file: str) -> str:
    if file == "-":
        raise click.UsageError(f"say which corpus standard input is, with --corpus: {', '.join(sorted(MODULES))}")
    return corpus_name(file)


def _records(file: str) -> Iterator[Json]:
    if file == "-":
        return parsed(sys.stdin.buffer, "standard input")
    return lines(Path(file))


def _tally(name: str, records: Iterable[Json], keep: int) -> Tally:
    if not sys.stderr.isatty():
        return tally(name, records, keep)

    def progress(done: int) -> None:
        click.echo(f"\r{name}: {counted(done, 'record')}", err=True, nl=False)

    found = tally(name, records, keep, progress)
    click.echo(f"\r{'':{len(name) + 20}}\r", err=True, nl=False)
    return found


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


def _document(tallies: Sequence[Tally]) -> dict[str, Any]:
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
