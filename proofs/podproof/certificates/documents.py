"""JSON of which nothing is believed: read strictly, so that no two readers see two things in it.

What Python's reader lets pass is refused: a key that stands twice, numbers that JSON does not have, and files that are
no plain files (a link may lead anywhere, a pipe may never end).
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

MOST_BYTES = 50_000_000
"""No file that is read for what is in it is larger."""

MOST_NESTED = 100
"""What podproof writes is nested a few dozen deep; a solver that reads clauses needs a stack for every level."""

MOST_SAID = 400
"""No message is longer, whatever it is about."""


class Odd(ValueError):
    """Something that was read cannot be: the sentence says where and what, on one line."""


def load(path: Path) -> Any:
    """The JSON document in a file. Raises Odd, with the file's name."""
    name = shown_name(path.name)
    content = content_of(path, name)
    try:
        return parse(content)
    except Odd as error:
        raise Odd(f"{name}: {error}") from error


def content_of(path: Path, name: str) -> bytes:
    """What is in a plain file that is not too large. Raises Odd, which calls it by `name`."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode):
            raise Odd(f"{name}: it is a link, a folder or a device, not a file")
        if found.st_size > MOST_BYTES:
            raise Odd(f"{name}: it is too large to be what it should be")
        return path.read_bytes()
    except OSError as error:
        raise Odd(f"{name}: cannot be read: {error.strerror}") from error


def parse(content: bytes | str) -> Any:
    """The JSON document in UTF-8 text. Raises Odd."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
        _check_nesting(document, MOST_NESTED)
    except UnicodeDecodeError as error:
        raise Odd(f"not UTF-8 text: byte {error.start + 1} is no part of any") from error
    except RecursionError as error:
        raise Odd("nested too deeply") from error
    except ValueError as error:
        raise error if isinstance(error, Odd) else Odd(f"not JSON: {error}") from error
    return document


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Odd(f"{shown(twice)} stands twice in one object")
    return found


def _refused(constant: str) -> Any:
    raise Odd(f"not JSON: {constant} is no number of it")


def _check_nesting(document: Any, left: int) -> None:
    inside = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    if inside and not left:
        raise Odd("nested too deeply")
    for each in inside:
        _check_nesting(each, left - 1)


def differences(said: Any, true: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two documents differ, with what each has there."""
    if isinstance(said, dict) and isinstance(true, dict):
        for key in dict.fromkeys((*true, *said)):
            name = shown_name(str(key))
            yield from differences(said.get(key), true.get(key), f"{where}: {name}" if where else name)
    elif isinstance(said, list) and isinstance(true, list) and len(said) == len(true):
        for number, pair in enumerate(zip(said, true, strict=True), 1):
            name = f"step {number}" if where == "steps" else f"{where} {number}"
            yield from differences(*pair, name)
    elif said != true or type(said) is not type(true):
        yield where, said, true


def shown(value: Any) -> str:
    """A value for a message: on one line, not long, and without anything that a terminal would obey."""
    return json.dumps(value)[:60]


def on_one_line(sentence: str) -> str:
    """A sentence in which there may be words of a document, for a message."""
    line = " ".join(sentence.split())
    line = "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in line)
    return line if len(line) <= MOST_SAID else f"{line[:MOST_SAID]}..."


def shown_name(name: str) -> str:
    """A file's name for a message."""
    return name if name.isascii() and name.isprintable() else json.dumps(name)
