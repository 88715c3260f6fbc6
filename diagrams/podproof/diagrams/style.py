"""style: how every picture looks: colours, letters, the title with its legend, and the same at night.

Colours are told apart by lightness as well, and never carry a meaning alone: what is red is also dashed, thick or said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import Any

import graphviz

WRAP = 40
"""Characters in a line of a guard."""

INK, MUTED, REACTION, REFUTED, ADDED = "#1f2937", "#4b5563", "#1d4ed8", "#b91c1c", "#047857"
PAPER, STATE, ENDED, ACTOR = "#ffffff", "#eef2ff", "#f3f4f6", "#fef3c7"
FONT = "Helvetica,Arial,sans-serif"
MONO = "Courier New,Courier,monospace"

NIGHT = {
    INK: "#e5e7eb",
    MUTED: "#b6bdc8",
    REACTION: "#93c5fd",
    REFUTED: "#fca5a5",
    ADDED: "#6ee7b7",
    PAPER: "#111827",
    STATE: "#26314d",
    ENDED: "#2b3442",
    ACTOR: "#453a14",
}
"""What each colour becomes for readers who asked for dark pages."""


def night(within: str = "") -> str:
    """CSS that changes the colours of pictures in dark mode, but not on paper. within: what holds them."""
    rules = [
        f'{within}[{attribute}="{day}"]{{{attribute}:{dark}}}'
        for day, dark in NIGHT.items()
        for attribute in ("fill", "stroke")
    ]
    rules.append(f"{within}text:not([fill]){{fill:{NIGHT[INK]}}}")
    return f"@media screen and (prefers-color-scheme:dark){{{''.join(rules)}}}"


def with_night(svg: bytes) -> bytes:
    """The picture with its dark colours; only SVG has both."""
    style = f"<style>{night()}</style>".encode()
    return re.sub(rb"(<svg\b[^>]*>)", lambda found: found.group(1) + b"\n" + style, svg, count=1)


def digraph(
    name: str, doc: str = "", legend: Iterable[str] = (), aside: str = "", graph: Mapping[str, str] | None = None
) -> graphviz.Digraph:
    """An empty graph in the house style. aside: words below the name; graph: further attributes."""
    made = graphviz.Digraph(
        name,
        graph_attr={
            "label": title(name, doc, legend, aside),
            "labelloc": "t",
            "bgcolor": PAPER,
            "fontcolor": INK,
            "fontsize": "12",
            "pad": "0.2",
            "nodesep": "0.5",
            "ranksep": "0.6",
            **(graph or {}),
        },
        node_attr={
            "shape": "box",
            "style": "rounded,filled",
            "fillcolor": STATE,
            "color": INK,
            "fontcolor": INK,
            "margin": "0.2,0.1",
        },
        edge_attr={"color": INK, "fontcolor": INK, "fontsize": "11", "arrowsize": "0.8"},
    )
    for attributes in (made.graph_attr, made.node_attr, made.edge_attr):
        attributes["fontname"] = FONT
    return made


def title(name: str, doc: str, legend: Iterable[str], aside: str = "") -> str:
    """Name, what it is (a paragraph on each line), and a legend in small letters, with room between the lines."""
    lines = [f'<font point-size="16"><b>{escape(name)}</b></font>', *([escape(aside)] if aside else [])]
    lines += [escape(line) for part in doc.split("\n") for line in wrap(part, 2 * WRAP)]
    lines += [small(line) for line in wrap("; ".join(legend), 2 * WRAP + 20)]
    cells = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    return f'<<table border="0" cellspacing="2" cellpadding="0">{cells}<tr><td> </td></tr></table>>'


def small(text: str) -> str:
    return f'<font point-size="10" color="{MUTED}">{escape(text)}</font>'


def rows(paragraphs: Iterable[Iterable[str]]) -> str:
    """A label with a row for each paragraph, with room around it so that no line touches a letter.

    The lines are HTML already.
    """
    cells = (f'<tr><td align="left" balign="left">{stacked(lines, "left")}</td></tr>' for lines in paragraphs)
    return f'<<table border="0" cellspacing="4" cellpadding="1">{"".join(cells)}</table>>'


def stacked(lines: Iterable[str], align: str = "center") -> str:
    """Lines below one another, where Graphviz keeps room between lines of one cell only if they look the same."""
    alike = ["<br/>".join(found) for _, found in groupby(lines, _look)]
    cells = "".join(f'<tr><td align="{align}" balign="{align}">{each}</td></tr>' for each in alike)
    return "".join(alike) if len(alike) < 2 else f'<table border="0" cellspacing="0" cellpadding="0">{cells}</table>'


def _look(line: str) -> str:
    """The elements that the line begins with."""
    found = re.match(r"(<[^>]*>)*", line)
    return found.group() if found else ""


def words(text: str) -> str:
    """Text in a label of rows: Graphviz reads backslashes there, too."""
    return escape(graphviz.escape(text))


def tooltip(text: str) -> str:
    escaped: str = graphviz.escape(text)
    return escaped.replace("\n", "\\n")


# Mermaid

PLAIN = re.compile(r"[^\w .,()\[\]=+/'-]|_")
"""Characters that Mermaid may read as syntax: written as their codes, like the colon that ends a label."""

RESERVED = re.compile(r"default.*|state|note|class|classdef|style|click|scale|end|direction", re.IGNORECASE)
"""What the grammar of Mermaid's state diagrams does not take for a state, mostly because of how it is lexed."""


def mermaid_text(text: str) -> str:
    return PLAIN.sub(lambda found: f"#{ord(found.group())};", text)


def mermaid_head(name: str) -> list[str]:
    """The title as a quoted scalar: it stands in YAML."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return ["---", f'title: "{quoted}"', "---"]


LONG = 24
"""Characters of a label that an arrow of a Mermaid picture carries."""


def mermaid_arrows(arrows: Sequence[tuple[str, str, Sequence[str]]], identifiers: Collection[str]) -> Iterator[str]:
    """The arrows of a state diagram: from, to, and the lines of the label. identifiers: of all its states.

    Mermaid lays labels on one another where they are long, but never boxes: then the words are boxes without a border
    that the arrows pass through, in the whole picture.
    """
    if all(len(lines) == 1 and len(lines[0]) <= LONG for _, _, lines in arrows):
        yield from (f"    {source} --> {dest} : {mermaid_text(lines[0])}" for source, dest, lines in arrows)
        return
    prefix = "words"
    while any(name.startswith(prefix) for name in identifiers):
        prefix += "_"
    yield f"    classDef {prefix} fill:none,stroke:none"
    for number, (source, dest, lines) in enumerate(arrows, 1):
        words = f"{prefix}_{number}"
        yield f'    state "{"<br/>".join(map(mermaid_text, lines))}" as {words}'
        yield f"    class {words} {prefix}"
        yield f"    {source} --> {words}"
        yield f"    {words} --> {dest}"


def identifiers(names: Mapping[Any, str]) -> dict[Any, str]:
    """A word for each key that neither DOT nor Mermaid misunderstands, made from its name."""
    return dict(_identifiers(names))


def _identifiers(names: Mapping[Any, str]) -> Iterator[tuple[Any, str]]:
    taken: set[str] = set()
    for key, name in names.items():
        word = re.sub(r"\W", "_", name, flags=re.ASCII) or "_"
        if word[0].isdigit():
            word = f"_{word}"
        if RESERVED.fullmatch(word):
            word = f"{word}_" if not word.lower().startswith("default") else f"_{word}"
        while word in taken:
            word += "_"
        taken.add(word)
        yield key, word
