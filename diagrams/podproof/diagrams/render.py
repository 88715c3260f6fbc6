"""render: DOT text to SVG, PNG or PDF.

pygraphviz carries the Graphviz libraries, so nothing needs to be installed beside it. Where it does not load, the
program `dot` is used. The layout depends on the fonts of the host: equal text need not give equal bytes elsewhere.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CalledProcessError
from typing import IO

import graphviz
from podproof.diagrams.style import with_night

FORMATS = ("svg", "png", "pdf")

log = logging.getLogger(__name__)


class RenderError(Exception):
    """The picture could not be drawn; the message says what to do."""


class Picture(bytes):
    """A drawn picture; `renderer` is what drew it: `pygraphviz` with its version, or `dot`."""

    renderer: str

    def __new__(cls, content: bytes, renderer: str) -> Picture:
        picture = super().__new__(cls, content)
        picture.renderer = renderer
        return picture


def render(dot_text: str, format: str = "svg") -> Picture:
    """The picture as bytes.

    format: svg, png or pdf.
    Raises RenderError for another format, for text that is not DOT, and where no Graphviz is found.
    """
    if format not in FORMATS:
        raise RenderError(f"cannot draw {format!r}: choose one of {', '.join(FORMATS)}")
    try:
        picture = _with_pygraphviz(dot_text, format)
    except ImportError as missing:
        log.debug("pygraphviz does not load: %s", missing)
        picture = _with_dot(dot_text, format)
    return Picture(with_night(picture), picture.renderer) if format == "svg" else picture


def _with_pygraphviz(dot_text: str, format: str) -> Picture:
    with _quiet() as said:
        import pygraphviz  # loading it takes a while, and where it does not load there is another way

        try:
            graph = pygraphviz.AGraph(string=dot_text)
            content: bytes = graph.draw(format=format, prog=dict(graph.graph_attr).get("layout") or "dot")
        except (pygraphviz.DotError, ValueError, OSError) as error:
            raise RenderError(f"Graphviz cannot draw this: {_reason(said, str(error))}") from error
    return Picture(content, f"pygraphviz {pygraphviz.__version__}")


def _with_dot(dot_text: str, format: str) -> Picture:
    try:
        content: bytes = graphviz.Source(dot_text).pipe(format=format, quiet=True)
    except graphviz.ExecutableNotFound as missing:
        raise RenderError(
            f"drawing {format} needs Graphviz: run 'pip install pygraphviz', or install the program dot "
            f"(graphviz.org/download); DOT and Mermaid text need neither"
        ) from missing
    except CalledProcessError as error:
        raise RenderError(
            f"Graphviz cannot draw this: {(error.stderr or b'').decode(errors='replace').strip()}"
        ) from error
    return Picture(content, "dot")


_one_at_a_time = threading.Lock()  # the file descriptor belongs to the whole process


@contextmanager
def _quiet() -> Iterator[IO[bytes]]:
    """What C libraries write to standard error goes to the log instead: Fontconfig warns of host files."""
    with _one_at_a_time, tempfile.TemporaryFile() as said:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            kept = os.dup(2)
        except OSError:  # there is no standard error
            yield said
            return
        try:
            os.dup2(said.fileno(), 2)
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            if text := said.read().decode(errors="replace").strip():
                log.debug("Graphviz: %s", text)


def _reason(said: IO[bytes], error: str) -> str:
    """What Graphviz itself said, which is more than its exception does."""
    said.seek(0)
    lines = said.read().decode(errors="replace").splitlines()
    said.seek(0, os.SEEK_END)
    return "; ".join([line for line in lines if not line.startswith("Fontconfig")] or [error])
