"""podproof diagram: machines, the Pod, what it can do, protocols and counterexamples as pictures or text."""

from __future__ import annotations

import sys

import click
from podproof.cli import completion
from podproof.cli.files import ending, expect_writable, write
from podproof.cli.terminal import fit, table

FORMATS = ("svg", "png", "pdf", "dot", "mermaid")
ENDINGS = {**{each: each for each in FORMATS}, "gv": "dot", "mmd": "mermaid"}
"""Which format a file is in, by what its name ends in."""


@click.command()
@click.argument("name", required=False, shell_complete=completion.drawings)
@click.option("--format", "output_format", type=click.Choice(FORMATS), help="Default: by the file's ending, else dot.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completion.files,
    help="Write to a file instead of standard output.",
)
def diagram(name: str | None, output_format: str | None, output: str | None) -> None:
    """Draw something of the model; without NAME, list what there is.

    NAME is a machine, pod, phases, creation, deletion, every-way-to-GOAL, by-VALUE (all that a small Pod can do, seen
    through a value), or the id of a claim: its counterexample or witness.
    """
    from podproof.diagrams.catalogue import UnknownName
    from podproof.diagrams.drawings import NothingToDraw, draw, drawings

    if name is None:
        fit()
        rows = [(known, drawing.doc) for known, drawing in drawings().items()]
        rows.append(("by-VARIABLE", "The same, through any variable of the Pod, such as by-worker."))
        rows.append(("CLAIM", "The run that refutes a claim, or is its witness (podproof check --list)."))
        click.echo("\n".join(table(rows, 30)))
        return
    from podproof.certificates.counterexample import ReplayError
    from podproof.diagrams.render import RenderError, render
    from podproof.language import UnsupportedError

    if output is not None:
        expect_writable(output, () if output_format else ENDINGS)
    chosen = output_format or ENDINGS.get(ending(output or ""), "dot")
    try:
        drawing = draw(name)
        if chosen in ("dot", "mermaid"):
            content = (drawing.dot() if chosen == "dot" else drawing.mermaid()).encode()
        else:
            content = bytes(render(drawing.dot(), chosen))
    except (UnknownName, NothingToDraw, RenderError, ReplayError, UnsupportedError) as error:
        raise click.ClickException(str(error).strip("'\"")) from error
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write(output, content)
