"""podproof lint: what is declared and does nothing, in the model and in the claims."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode, worst
from podproof.cli.terminal import fit, fitted, table
from podproof.cli.user_claims import available, chosen
from podproof.kubernetes.vocabulary import assumptions
from podproof.language import Assumption, DeclarationError
from podproof.lint.explained import EXPLAINED, Check
from podproof.properties.limits import Limits
from podproof.wording.counting import counted
from podproof.wording.progress import Progress

if TYPE_CHECKING:
    from podproof.lint.hygiene import Finding

SCHEMA = "podproof/lint/v1"
LIST_SCHEMA = "podproof/lint-checks/v1"
CHECKS = click.Choice([str(check) for check in Check])


@click.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM]...", shell_complete=completion.claims)
@click.option(
    "--claims",
    "file",
    metavar="FILE.py",
    is_eager=True,
    shell_complete=completion.files,
    help="Look at the claims of a Python file of yours. It is run.",
)
@click.option("--select", type=CHECKS, multiple=True, metavar="CHECK", help="Look for this only; may be repeated.")
@click.option("--error", type=CHECKS, multiple=True, metavar="CHECK", help="Only this makes exit code 1. Default: all.")
@click.option("--explained", is_flag=True, help="Show also what is explained, with the reason.")
@click.option(
    "--coverage",
    is_flag=True,
    help="Show from how many states each transition is taken (of what decides about it, where the whole is too large).",
)
@click.option("--list", "listing", is_flag=True, help="List the checks and exit; with --format json, as JSON.")
@click.option("--elements", type=click.IntRange(min=0), default=3, show_default=True, help="Largest system explored.")
@click.option("--seconds", type=click.FloatRange(min=0.001), default=60.0, show_default=True, help="For each search.")
@click.option("--states", type=click.IntRange(min=1), default=5_000_000, show_default=True, help="For each search.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-q", "--quiet", is_flag=True, help="Only findings.")
def lint(
    claims: tuple[str, ...],
    file: str | None,
    select: tuple[str, ...],
    error: tuple[str, ...],
    explained: bool,
    coverage: bool,
    listing: bool,
    elements: int,
    seconds: float,
    states: int,
    output_format: str,
    quiet: bool,
) -> None:
    """Find what is declared and does nothing: in all claims and their systems, or in those of a file.

    Claims that are named, and those of a file, are looked at without the machines that ship with podproof. Nothing is
    claimed beyond what each finding says of how it is known.
    """
    fit()
    if listing:
        if output_format == "json":
            known = [{"id": str(check), "meaning": check.meaning} for check in Check]
            click.echo(json.dumps({"schema": LIST_SCHEMA, "checks": known}, indent=2))
            return
        for line in table(((check, check.meaning) for check in Check), 26):
            click.echo(line)
        return
    from podproof.claims.catalogue import CLAIMS
    from podproof.lint.hygiene import Coverage, coverage_of
    from podproof.lint.hygiene import lint as look

    asked = chosen(claims, available(file))
    whole = file is None and not claims
    shipped = [value for value in vars(assumptions).values() if isinstance(value, Assumption)] if whole else []
    limits = Limits(seconds, states)
    try:
        checks = map(Check, select or Check)
        explanations, settled = (EXPLAINED, ()) if whole else ((), CLAIMS)
        with Progress(len(select or Check), "check", "done", output_format == "text") as progress:
            found = look(asked, explanations, shipped, checks, elements, limits, settled, progress.at)
        covered = coverage_of(asked, elements, limits) if coverage else Coverage((), ())
    except DeclarationError as problem:
        raise click.ClickException(str(problem)) from problem
    undecided = (*found.undecided, *covered.undecided)
    errors = {Check(name) for name in error or Check}
    wrong = [finding for finding in found.findings if not finding.explained and finding.check in errors]
    if output_format == "json":
        document = {
            "schema": SCHEMA,
            "findings": [asdict(each) for each in found.findings],
            "undecided": undecided,
        }
        if coverage:
            document["coverage"] = [{"system": s, "transition": t, "taken": number} for s, t, number in covered.taken]
        click.echo(json.dumps(document, indent=2))
    else:
        for line in _lines(found.findings, errors, explained):
            click.echo(line)
        for sentence in undecided:
            click.echo("\n".join(fitted(f"undecided  {sentence}", further="           ")))
        for system, transition, number in covered.taken:
            click.echo(f"{number:12,}  {system}: {transition}")
        if not quiet:
            count = sum(bool(finding.explained) for finding in found.findings)
            others = len(found.findings) - count - len(wrong)
            said = [
                counted(len(wrong), "finding"),
                f"{others} more that {'is no error' if others == 1 else 'are no errors'} here" if others else "",
                f"{count} explained",
            ]
            click.echo(f"{counted(len(asked), 'claim')}: {', '.join(filter(None, said))}")
            if not whole:
                click.echo("machines and assumptions that ship were left out: podproof lint looks at them")
    codes = [ExitCode.finding] if wrong else []
    sys.exit(worst([*codes, *([ExitCode.undecided] if undecided else [])]))


def _lines(findings: Sequence[Finding], errors: set[Check], explained: bool) -> Iterator[str]:
    for finding in findings:
        if finding.explained and not explained:
            continue
        colour = None if finding.explained else "red" if finding.check in errors else "yellow"
        yield f"{click.style(str(finding.check), fg=colour)}  {finding.subject}"
        if finding.detail:
            yield from fitted(finding.detail, "    ", "      ")
        yield from fitted(f"{finding.check.meaning}; {finding.how}", "    ", "      ")
        if finding.explained:
            yield from fitted(f"explained: {finding.explained}", "    ", "      ")
