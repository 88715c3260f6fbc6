"""podproof diagram: a machine of the model as SVG, PNG, PDF, DOT or Mermaid."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from podproof.diagrams.catalogue import UnknownName, find, machines
from podproof.diagrams.machine import dot, mermaid
from podproof.diagrams.render import RenderError, render

FORMATS = ("svg", "png", "pdf", "dot", "mermaid")


@click.command()
@click.argument("name", required=False)
@click.option("--format", "output_format", type=click.Choice(FORMATS), help="Default: by the file's ending, else dot.")
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
def diagram(name: str | None, output_format: str | None, output: str | None) -> None:
    """Draw a machine of the model; without NAME, list them."""
    if name is None:
        for known, machine in machines().items():
            click.echo(f"{known:16} {machine.doc}")
        return
    try:
        machine = find(name)
        chosen = output_format or _by_ending(output)
        if chosen in ("dot", "mermaid"):
            content = (dot(machine) if chosen == "dot" else mermaid(machine)).encode()
        else:
            content = bytes(render(dot(machine), chosen))
    except (UnknownName, RenderError) as error:
        raise click.ClickException(str(error).strip("'\"")) from error
    if output is None:
        sys.stdout.buffer.write(content)
        return
    path = Path(output)
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error


def _by_ending(output: str | None) -> str:
    ending = "" if output is None else Path(output).suffix.lstrip(".").lower()
    return {"mmd": "mermaid", "gv": "dot"}.get(ending, ending if ending in FORMATS else "dot")
