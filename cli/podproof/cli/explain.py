"""podproof explain: what can my Pod do; why is this Pod in this state?"""

from __future__ import annotations

import json
import sys

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.cli.terminal import fit
from podproof.kubernetes.objects.manifests import read


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--runs", is_flag=True, help="Show every shortest run step by step, with what kubectl prints.")
@click.option("--prove/--no-prove", default=None, help="Prove what never happens for every number of containers.")
@click.option(
    "--fail-on",
    type=click.Choice(["problem", "nothing"]),
    default="problem",
    show_default=True,
    help="Whether a document that could not be read, among others, ends in exit code 1.",
)
@click.option("-q", "--quiet", is_flag=True, help="Leave out runs and what the model does not cover.")
def explain(
    files: tuple[str, ...], output_format: str, runs: bool, prove: bool | None, fail_on: str, quiet: bool
) -> None:
    """Say what the Pods in manifests can do, or why a live Pod (kubectl get pod -o json) is where it is.

    FILE is a manifest, a directory with manifests, or - for standard input. Without --prove, a proof for every number
    of containers is only looked for where a Pod has too many to explore all.
    """
    fit()
    reading = read(files)
    for problem in reading.problems:
        click.echo(f"podproof: {problem}", err=True)
    if not reading.documents:
        sys.exit(ExitCode.unusable)
    from podproof.certificates import counterexample
    from podproof.check.decide import Judge
    from podproof.cli import explained
    from podproof.explain import explanation
    from podproof.properties.limits import Limits

    judge = Judge(Limits(20.0, 2_000_000))
    found = []
    try:
        for number, document in enumerate(reading.documents):
            found.append(explanation.explain(document, judge, prove=prove))
            if output_format == "text":
                click.echo(("\n" if number else "") + explained.text_of(found[-1], runs, quiet))
        if output_format == "json":
            click.echo(json.dumps(explained.as_json(found, reading.problems, reading.ignored), indent=2))
        elif reading.ignored and not quiet:
            click.echo("\n" + "\n".join(explained.not_looked_at(reading.ignored)))
    except counterexample.ReplayError as error:
        raise click.ClickException(f"a run does not replay, so it is not shown: {error}") from error
    against = any(told.refused for told in found)
    failed = fail_on == "problem" and bool(reading.problems)
    sys.exit(ExitCode.finding if against or failed else ExitCode.as_expected)
