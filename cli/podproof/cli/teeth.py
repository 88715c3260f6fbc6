"""podproof teeth: would the claims notice a wrong model?"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import click
from podproof.check.processes import spread
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.diagrams.catalogue import slug
from podproof.kubernetes.pod import POD
from podproof.language import Machine, System
from podproof.teeth.mutants import Mutant, mutants
from podproof.teeth.results import MutantResult, MutantStatus
from podproof.teeth.survivors import reason
from podproof.wording.counting import counted
from podproof.wording.near import did_you_mean
from podproof.wording.progress import Progress

if TYPE_CHECKING:
    from podproof.teeth.analysis import MutationAnalysis

SCHEMA = "podproof/teeth/v2"


@click.command()
@click.option(
    "--machine",
    "machines",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.machines,
    help="Only mutants of this machine.",
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N mutants, chosen at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice: the same on every run.")
@click.option("--elements", type=click.IntRange(min=0), default=3, show_default=True, help="Largest system explored.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; default: one for each processor.")
@click.option("-v", "--verbose", is_flag=True, help="Show also what was killed, and by what.")
@click.option("-q", "--quiet", is_flag=True, help="Only survivors without a reason.")
def teeth(
    machines: tuple[str, ...],
    sample: int | None,
    seed: int,
    elements: int,
    output_format: str,
    jobs: int | None,
    verbose: bool,
    quiet: bool,
) -> None:
    """Change the model's transitions, one at a time, and see whether a claim's verdict changes.

    Exit code 1 where a mutant survives for which no reason is declared.
    """
    known = {slug(machine.name): machine.name for machine in POD.machines}
    unknown = [name for name in machines if slug(name) not in known]
    if unknown:
        there_are = f"; there are {', '.join(sorted(known))}"
        raise click.ClickException(f"no machine {unknown[0]}{did_you_mean(unknown[0], known, there_are)}")
    asked = {known[slug(name)] for name in machines} or set(known.values())
    names = [mutant.name for mutant in mutants(POD) if mutant.machine in asked]
    if sample is not None and sample < len(names):
        chosen = set(random.Random(seed).sample(names, sample))
        names = [name for name in names if name in chosen]
    results: list[MutantResult] = []
    with Progress(len(names), "mutant", "judged", output_format == "text") as progress:
        for result in spread(partial(_judged, elements), names, jobs or os.cpu_count() or 1):
            results.append(result)
            progress.hide()
            for line in _lines(result, verbose, quiet) if output_format == "text" else ():
                click.echo(line)
            progress.one_more()
    if output_format == "json":
        found = [asdict(result) | {"reason": _reason(result)} for result in results]
        document = {"schema": SCHEMA, "elements": elements, "machines": _scores(results), "mutants": found}
        click.echo(json.dumps(document, indent=2))
    elif not quiet:
        click.echo("\n".join(_table(results)))
    unexplained = any(result.status is MutantStatus.survived and not _reason(result) for result in results)
    sys.exit(ExitCode.finding if unexplained else ExitCode.as_expected)


@cache
def _analysis(elements: int) -> tuple[dict[str, Mutant], MutationAnalysis]:
    """Every mutant by its name, and one analysis in each process."""
    from podproof.claims.catalogue import CLAIMS
    from podproof.teeth.analysis import MutationAnalysis

    return {mutant.name: mutant for mutant in mutants(POD)}, MutationAnalysis(POD, CLAIMS, elements)


def _judged(elements: int, name: str) -> MutantResult:
    by_name, analysis = _analysis(elements)
    return analysis.judge(by_name[name])


def _reason(result: MutantResult) -> str:
    return reason(result.mutant) if result.status is MutantStatus.survived else ""


def _lines(result: MutantResult, verbose: bool, quiet: bool) -> Iterator[str]:
    why = _reason(result)
    if result.status is MutantStatus.survived and not (quiet and why):
        yield f"{click.style('survived', fg=None if why else 'red')}    {result.mutant}"
        if result.was:
            yield f"            was: {result.was}"
        if why:
            yield f"            {why}"
    elif verbose and result.status is not MutantStatus.survived:
        yield f"{result.status!s:11} {result.mutant}{f'  by {result.by}' if result.by else ''}"


def _scores(results: Sequence[MutantResult]) -> list[dict[str, Any]]:
    """Of every machine: the score is what was killed, of a hundred that could be."""
    found = []
    for machine in POD.machines:
        fates = [result.status for result in results if result.machine == machine.name]
        if fates:
            killed, survived = fates.count(MutantStatus.killed), fates.count(MutantStatus.survived)
            counts = {"killed": killed, "survived": survived, "equivalent": fates.count(MutantStatus.equivalent)}
            score = round(100 * killed / (killed + survived)) if killed + survived else None
            found.append({"machine": machine.name, "file": _file(machine), **counts, "score": score})
    return found


def _file(machine: Machine[Any]) -> str:
    """The module that declares the machine: it knows it, and composes no system of it."""
    for name, module in sorted(sys.modules.items()):
        known = list(vars(module).values()) if name.startswith("podproof.kubernetes.") else []
        composed = any(isinstance(value, System) and machine in value.machines for value in known)
        if not composed and any(value is machine for value in known):
            return f"{name.removeprefix('podproof.').replace('.', '/')}.py"
    return ""


def _table(results: Sequence[MutantResult]) -> Iterator[str]:
    yield f"{'machine':16} {'file':28} {'killed':>6} {'survived':>8} {'equivalent':>10} {'score':>6}"
    for each in _scores(results):
        score = "-" if each["score"] is None else f"{each['score']} %"
        counts = f"{each['killed']:>6} {each['survived']:>8} {each['equivalent']:>10} {score:>6}"
        yield f"{each['machine']:16} {each['file']:28} {counts}"
    reasons = sum(bool(_reason(result)) for result in results)
    survived = sum(result.status is MutantStatus.survived for result in results)
    yield f"{counted(len(results), 'mutant')}: {survived} survived, {reasons} of them with a reason"
