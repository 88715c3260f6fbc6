"""podproof explain: what can my Pod do; why is this Pod in this state?"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import cache

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.cli.findings import format_option, tell
from podproof.cli.terminal import fit
from podproof.findings.writers import Results
from podproof.kubernetes.objects.manifests import read


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@format_option
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
    from podproof.cli import explained
    from podproof.explain import explanation
    from podproof.explain.answers import Explanation
    from podproof.properties.limits import Limits

    judge = cache(lambda: explanation.a_judge(Limits(20.0, 2_000_000)))
    found: list[Explanation] = []

    def explanations() -> Iterator[Explanation]:
        for number, document in enumerate(reading.documents):
            if number == len(found):
                found.append(explanation.explain(document, judge, prove=prove))
                gc.freeze()  # what was loaded and compiled for a Pod stays: no need to look for garbage in it
            yield found[number]

    def text() -> Iterator[str]:
        for number, told in enumerate(explanations()):
            yield ("\n" if number else "") + explained.text_of(told, runs, quiet)
        if reading.ignored and not quiet:
            yield "\n" + "\n".join(explained.not_looked_at(reading.ignored))

    results = Results(
        lambda: explained.findings([*explanations()], reading.problems),
        text,
        lambda: explained.as_json([*explanations()], reading.problems, reading.ignored),
    )
    try:
        tell(results, output_format)
    except counterexample.ReplayError as error:
        raise click.ClickException(f"a run does not replay, so it is not shown: {error}") from error
    against = any(told.refused for told in found)
    failed = fail_on == "problem" and bool(reading.problems)
    sys.exit(ExitCode.finding if against or failed else ExitCode.as_expected)
