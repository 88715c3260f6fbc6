"""html: pieces of a page that carries everything in itself, needs no network, and says so to the browser."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from podproof.diagrams.render import render
from podproof.diagrams.style import night

WIDEST = 1700
"""Pixels: a wider picture is not made to fit, because its letters would be too small to read."""

PIXELS = 4 / 3
"""In a point."""


def document(title: str, body: Iterable[str]) -> str:
    """The page; only its own style sheet and script, known by their hashes, may be used."""
    room = files("podproof.diagrams")
    css = room.joinpath("report.css").read_text(encoding="utf-8") + night("figure svg ") + "\n"
    script = room.joinpath("report.js").read_text(encoding="utf-8")
    allowed = f"style-src {_hash(css)}; script-src {_hash(script)}; img-src data:"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<link rel="icon" href="data:,">',
            f"<title>{escape(title)}</title>",
            f"<style>{css}</style></head>",
            "<body>",
            *body,
            f"<script>{script}</script>",
            "</body></html>",
            "",
        ]
    )


def figure(dot: str, key: str, title: str) -> str:
    """A picture in the page. key: before each id in it, so that no two pictures share one."""
    svg = render(dot).decode()
    svg = re.sub(r"<style>.*?</style>\n?", "", svg[svg.index("<svg") :], flags=re.DOTALL)  # the page has it once
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{escape(key)}:', svg)
    width, height = (PIXELS * float(length) for length in re.findall(r'\b(?:width|height)="([\d.]+)pt"', svg)[:2])
    fits = ' class="fits"' if width <= WIDEST else ""
    head = f'<svg role="img" aria-label="{escape(title)}"{fits} width="{width:.0f}" height="{height:.0f}" viewBox='
    svg = re.sub(r"<svg .*?viewBox=", head, svg, count=1, flags=re.DOTALL)
    return f'<figure class="wide">{svg.strip()}</figure>'


def table(header: Sequence[str], rows: Iterable[str], id: str = "", caption: str = "", look: str = "") -> str:
    """rows: made by `row`; look: a class of the style sheet."""
    head = "".join(f"<th scope=col>{escape(cell)}</th>" for cell in header)
    said = f"<caption>{escape(caption)}</caption>" if caption else ""
    name = "".join(f' {key}="{escape(value)}"' for key, value in (("id", id), ("class", look)) if value)
    body = "\n".join(rows)
    return f'<div class="wide"><table{name}>{said}<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def row(cells: Iterable[str], **attributes: str) -> str:
    """cells: HTML. attributes: `also` is `data-also`."""
    said = "".join(f' {name.replace("_", "-")}="{escape(value)}"' for name, value in attributes.items())
    return f"<tr{said}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"


def code(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
