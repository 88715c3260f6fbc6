"""Files that verbs write: refused before the work where they cannot be written, then whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import click


def expect_writable(output: str, endings: Collection[str] = ()) -> None:
    """Refuse what `write` could not write, before the work that it would be lost with.

    endings: those that a file of this kind has (one without any is fine), such as "html"; empty: any.
    Raises click.ClickException.
    """
    path = Path(output)
    if endings and path.suffix and ending(output) not in endings:
        raise click.ClickException(f"{output}: cannot be written: not {path.suffix}, but {_any(endings)}")
    try:
        if path.is_dir():
            raise click.ClickException(f"{output}: cannot be written: it is a directory; name a file in it")
        if not path.parent.is_dir():
            missing = f"there is no directory {path.parent}; make it first"
            raise click.ClickException(f"{output}: cannot be written: {missing}")
        if _is_special(path):
            return
        if path.exists():
            path.open("r+b").close()
        beside = _beside(path)
        beside.touch(exist_ok=False)
        beside.unlink()
    except (OSError, ValueError) as error:
        raise _not_written(output, error) from error


def write(output: str, content: bytes) -> None:
    """Write, then rename, so that an interrupt leaves nothing half-written. A failure is said on one line."""
    path = Path(output)
    try:
        if _is_special(path):
            path.write_bytes(content)
            return
        path = path.resolve()  # what a link leads to is written, and the link stays
        temporary = _beside(path)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _not_written(output, error) from error


def ending(output: str) -> str:
    """What the name of a file ends in, without the dot: svg."""
    return Path(output).suffix.lstrip(".").lower()


def _is_special(path: Path) -> bool:
    """A pipe or a device, such as /dev/stdout: nothing may take its place."""
    return path.exists() and not path.is_file()


def _beside(path: Path) -> Path:
    return path.resolve().with_name(f".podproof-{os.getpid()}.new")


def _not_written(output: str, error: OSError | ValueError) -> click.ClickException:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return click.ClickException(f"{output}: cannot be written: {reason}")


def _any(endings: Collection[str]) -> str:
    known = [f".{each}" for each in endings]
    return " or ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
