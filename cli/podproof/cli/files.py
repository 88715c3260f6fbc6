"""Files that verbs write: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import click


def write(output: str, content: bytes) -> None:
    """Write, then rename, so that an interrupt leaves nothing half-written. A failure is said on one line."""
    path = Path(output)
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error
