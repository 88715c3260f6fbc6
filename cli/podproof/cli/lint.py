"""podproof lint: what is declared and does nothing, in the model and in the claims."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode, worst
from podproof.cli.findings import Baseline, baseline_options, format_option, tell
from podproof.cli.terminal import fit, fitted, table
from podproof.cli.user_claims import available, chosen
from podproof.findings.finding import Finding, Level
from podproof.findings.writers import Results, details, plain
from podproof.kubernetes.vocabulary import assumptions
from podproof.language import Assumption, DeclarationError
from podproof.lint.ignored import IGNORED
from podproof.lint.rules import BY_ID, RULES
from podproof.properties.limits import Limits
from podproof.wording.counting import counted
from podproof.wording.progress import Progress

SCHEMA = "podproof/lint/v2"
LIST_SCHEMA = "podproof/rules/v1"
CHOICE = click.Choice(list(BY_ID))
COLOURS = {Level.error: "red", Level.warning: "yellow"}


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
@click.option("--select", type=CHOICE, multiple=True, metavar="RULE", help="Look for this only; may be repeated.")
@click.option("--error", type=CHOICE, multiple=True, metavar="RULE", help="Only this makes exit code 1. Default: all.")
@click.option("--ignored", is_flag=True, help="Show also what is ignored, with the reason.")
@click.option(
    "--coverage",
    is_flag=True,
    help="Show from how many states each transition is taken (of what decides about it, where the whole is too large).",
)
@click.option("--list", "listing", is_flag=True, help="List the rules and exit; with --format json, as JSON.")
@click.option("--elements", type=click.IntRange(min=0), default=3, show_default=True, help="Largest system explored.")
@click.option("--seconds", type=click.FloatRange(min=0.001), default=60.0, show_default=True, help="For each search.")
@click.option("--states", type=click.IntRange(min=1), default=5_000_000, show_default=True, help="For each search.")
@baseline_options
@format_option
@click.option("-q", "--quiet", is_flag=True, help="Only findings.")
def lint(
    claims: tuple[str, ...],
    file: str | None,
    select: tuple[str, ...],
    error: tuple[str, ...],
    ignored: bool,
    coverage: bool,
    listing: bool,
    elements: int,
    seconds: float,
    states: int,
    known: str | None,
    write_known: str | None,
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
            listed = [{"id": rule.id, "level": str(rule.level), "meaning": rule.meaning} for rule in RULES]
            click.echo(json.dumps({"schema": LIST_SCHEMA, "verb": "lint", "rules": listed}, indent=2))
            return
        for line in table(((rule.id, rule.meaning) for rule in RULES), 26):
            click.echo(line)
        return
    from podproof.claims.catalogue import CLAIMS
    from podproof.lint.hygiene import Coverage, coverage_of
    from podproof.lint.hygiene import lint as look

    baseline = Baseline("lint", known, write_known)
    asked = chosen(claims, available(file))
    whole = file is None and not claims
    shipped = [value for value in vars(assumptions).values() if isinstance(value, Assumption)] if whole else []
    limits = Limits(seconds, states)
    rules = [BY_ID[each] for each in select] or list(RULES)
    try:
        ignores, settled = (IGNORED, ()) if whole else ((), CLAIMS)
        with Progress(len(rules), "rule", "looked for", output_format == "text") as progress:
            found = look(asked, ignores, shipped, rules, elements, limits, settled, progress.at)
        covered = coverage_of(asked, elements, limits) if coverage else Coverage((), ())
    except DeclarationError as problem:
        raise click.ClickException(str(problem)) from problem
    undecided = (*found.undecided, *covered.undecided)
    errors = set(error or BY_ID)
    regarded = [each if each.rule.id in errors else replace(each, regarded=Level.warning) for each in found.findings]
    sought = {rule.id for rule in rules} if not found.undecided and not claims else set()
    compared = baseline.compare(regarded, lambda rule, subject: rule in sought)
    wrong = sum(each.counts for each in compared.findings)

    def text() -> Iterator[str]:
        yield from _lines(compared.findings, ignored)
        for sentence in undecided:
            yield from fitted(f"undecided  {sentence}", further="           ")
        for system, transition, number in covered.taken:
            yield f"{number:12,}  {system}: {transition}"
        yield from baseline.lines(compared)
        if not quiet:
            reasons = sum(bool(each.ignored) for each in found.findings)
            others = len(compared.findings) - wrong - reasons - compared.known
            said = [
                counted(wrong, "finding"),
                f"{others} more that {'is no error' if others == 1 else 'are no errors'} here" if others else "",
                f"{reasons} ignored",
            ]
            yield f"{counted(len(asked), 'claim')}: {', '.join(filter(None, said))}"
            if not whole:
                yield "machines and assumptions that ship were left out: podproof lint looks at them"

    def document() -> dict[str, Any]:
        made = {
            "schema": SCHEMA,
            "findings": [plain(each) for each in compared.findings],
            "undecided": list(undecided),
            "baseline": baseline.document(compared),
        }
        if coverage:
            made["coverage"] = [{"system": s, "transition": t, "taken": number} for s, t, number in covered.taken]
        return made

    tell(Results(lambda: compared.findings, text, document), output_format)
    codes = [ExitCode.finding] if wrong else []
    sys.exit(worst([*codes, *([ExitCode.undecided] if undecided else [])]))


def _lines(findings: Iterable[Finding], ignored: bool) -> Iterator[str]:
    for finding in findings:
        if finding.ignored and not ignored:
            continue
        colour = None if finding.ignored else COLOURS.get(finding.level)
        yield f"{click.style(finding.rule.id, fg=colour)}  {finding.subject}"
        for sentence in details(finding):
            yield from fitted(sentence, "    ", "      ")
