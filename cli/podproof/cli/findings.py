"""What verbs with findings have in common on the command line: --format, --baseline and --write-baseline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from podproof.certificates.documents import Odd, parse
from podproof.cli import completion
from podproof.cli.files import expect_writable, write
from podproof.findings import baseline
from podproof.findings.baseline import Compared
from podproof.findings.finding import Finding
from podproof.findings.writers import WRITERS, Results
from podproof.wording.counting import counted

F = TypeVar("F", bound=Callable[..., Any])

format_option = click.option(
    "--format", "output_format", type=click.Choice(list(WRITERS)), default="text", show_default=True
)


def baseline_options(command: F) -> F:
    """Adds --baseline and --write-baseline, as the parameters `known` and `write_known`."""
    for option, name, said in (
        ("--write-baseline", "write_known", "Write the findings of this run into FILE."),
        ("--baseline", "known", "Findings in FILE do not count; say which are gone."),
    ):
        command = click.option(option, name, metavar="FILE", shell_complete=completion.files, help=said)(command)
    return command


def tell(results: Results, output_format: str) -> None:
    """Write it as the format says, each piece when it is known."""
    for piece in WRITERS[output_format](results):
        click.echo(piece)


class Baseline:
    """The files of --baseline and --write-baseline, read and refused before the work.

    Raises click.ClickException where one cannot be read or written, or is none.
    """

    def __init__(self, verb: str, known: str | None, write_known: str | None) -> None:
        self.verb, self.known, self.write_known = verb, known, write_known
        self._earlier = {} if known is None else _read(known, verb)
        if write_known is not None:
            expect_writable(write_known)

    @property
    def asked(self) -> bool:
        """Whether either file was named: then all findings are needed, not only some."""
        return self.known is not None or self.write_known is not None

    def compare(self, findings: Iterable[Finding], sought: Callable[[str, str], bool]) -> Compared:
        """The findings, those in the baseline ignored, and what is gone. All are written where that was asked for.

        sought: whether what has this rule and subject was looked for.
        """
        found = tuple(findings)
        if self.write_known is not None:
            made = json.dumps(baseline.document(self.verb, found), indent=1) + "\n"
            write(self.write_known, made.encode())
            number = sum(each.counts for each in found)
            click.echo(f"podproof: wrote {self.write_known}: {counted(number, 'finding')}", err=True)
        return baseline.compared(found, self._earlier, sought)

    def lines(self, compared: Compared) -> Iterable[str]:
        """For people: how many are known, and what is gone."""
        if self.known is not None:
            for rule, subject in compared.gone:
                yield f"gone from {self.known}: {rule}  {subject}"
            yield f"{counted(compared.known, 'finding')} in {self.known}, not counted"

    def document(self, compared: Compared) -> dict[str, Any] | None:
        """The same as plain values; None where there is no baseline."""
        if self.known is None:
            return None
        gone = [{"rule": rule, "subject": subject} for rule, subject in compared.gone]
        return {"file": self.known, "known": compared.known, "gone": gone}


def _read(file: str, verb: str) -> Mapping[tuple[str, str], int]:
    try:
        return baseline.read(parse(Path(file).read_bytes()), verb)
    except OSError as error:
        hint = "; --write-baseline makes one" if isinstance(error, FileNotFoundError) else ""
        raise click.ClickException(f"{file}: cannot be read: {error.strerror or error}{hint}") from error
    except (Odd, baseline.Damaged) as error:
        raise click.ClickException(f"{file}: {error}; --write-baseline makes it anew") from error
