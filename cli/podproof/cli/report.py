"""podproof report: claims, evidence and pictures as one self-contained page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode, worst
from podproof.cli.files import expect_writable, write
from podproof.cli.user_claims import available, chosen, load
from podproof.language import DeclarationError, UnsupportedError
from podproof.properties.claim import Claim
from podproof.wording.progress import Progress

if TYPE_CHECKING:
    from podproof.diagrams.claim_views import ClaimView


@click.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM]...", shell_complete=completion.claims)
@click.option(
    "-o", "--output", metavar="FILE.html", shell_complete=completion.files, required=True, help="The page to write."
)
@click.option(
    "--claims",
    "file",
    metavar="FILE.py",
    is_eager=True,
    shell_complete=completion.files,
    help="Report on the claims of a Python file of yours. It is run.",
)
@click.option("--title", default="What a Pod can and cannot do", show_default=True)
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; default: one for each processor.")
def report(claims: tuple[str, ...], output: str, file: str | None, title: str, jobs: int | None) -> None:
    """Write a page to show around: claims with verdicts and evidence, pictures, everything a small Pod can do.

    The page needs no network, and can be read without JavaScript and printed. Exit codes are those of check.
    """
    from concurrent.futures.process import BrokenProcessPool

    from podproof.certificates.counterexample import ReplayError
    from podproof.diagrams.claim_views import claim_views, shipped
    from podproof.diagrams.render import RenderError
    from podproof.diagrams.report import report as page

    expect_writable(output, ("html", "htm"))
    names = [claim.id for claim in chosen(claims, available(file))]
    told = []
    try:
        with Progress(len(names), "claim", "decided") as progress:
            for each in claim_views(names, shipped if file is None else Loaded(file), jobs):
                told.append(each)
                progress.one_more()
        write(output, page(told, title).encode())
    except (DeclarationError, UnsupportedError, ReplayError, RenderError, BrokenProcessPool) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(worst(map(_code, told)))


@dataclass(frozen=True)
class Loaded:
    """The claims of a file, in whatever process they are wanted."""

    file: str

    def __call__(self) -> Sequence[Claim]:
        return load(self.file)


def _code(told: ClaimView) -> ExitCode:
    if told.verdict == told.expected:
        return ExitCode.as_expected
    return ExitCode.undecided if told.verdict == "UNKNOWN" else ExitCode.finding
