"""lanes: who does what to whom, one column for each actor and each machine, time downwards, as DOT and Mermaid text.

The places are computed here, so Graphviz has nothing to lay out: it draws straight lines between fixed points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import graphviz
from podproof.diagrams.style import (
    ACTOR,
    INK,
    MONO,
    MUTED,
    PAPER,
    REACTION,
    STATE,
    digraph,
    identifiers,
    mermaid_head,
    mermaid_text,
    stacked,
    tooltip,
)
from podproof.wording.counting import counted

COLUMN, ROW, ABOVE, BESIDE, LETTER, BOLD = 94, 40, 11, 44, 5.4, 5.9
"""Points: from lane to lane at least, from step to step, from an arrow up to its words, from the first lane to the
numbers, and the width of a letter on an arrow and in the name of a lane."""

APART = 12
"""Points between two boxes, or between words and a box."""

HEADER = "READY", "STATUS", "RESTARTS"
"""What kubectl prints, in letters of MONO_LETTER points."""

MONO_LETTER = 6.7


@dataclass(frozen=True)
class Lane:
    """An actor, or a machine with the state it is in at the top."""

    name: str
    first: str = ""

    @property
    def acts(self) -> bool:
        return not self.first


@dataclass(frozen=True)
class Message:
    """One step. marks: the new state of every lane that changes; row: what kubectl prints then, if it is new.

    loose: nothing keeps this step from happening before the one above it; after: the last one that it must wait for.
    """

    number: int
    source: Lane
    dest: Lane
    text: str
    marks: Mapping[Lane, str]
    row: Sequence[str] | None = None
    loose: bool = False
    after: str = ""
    whole: str = ""


@dataclass(frozen=True)
class Lanes:
    """A picture of messages. rows: whether there is a column for what kubectl prints; top: its first row."""

    name: str
    doc: str
    lanes: Sequence[Lane]
    messages: Sequence[Message]
    legend: Sequence[str] = ()
    top: Sequence[str] | None = None
    places: Mapping[Lane, float] = field(init=False)

    def __repr__(self) -> str:
        actors = ", ".join(lane.name for lane in self.lanes if lane.acts)
        return f"<{self.name}: {counted(len(self.messages), 'step')} by {actors}>"

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", dict(self._placed()))

    def _placed(self) -> Iterator[tuple[Lane, float]]:
        """From left to right, as far apart as the boxes, and the words between them, need."""
        places: dict[Lane, float] = {}
        widths = {lane: self._width(lane) for lane in self.lanes}
        for number, lane in enumerate(self.lanes):
            left = self.lanes[number - 1] if number else None
            place = 0.0 if left is None else places[left] + max(COLUMN, (widths[left] + widths[lane]) / 2 + APART)
            for message in self.messages:
                if message.dest == lane and message.source in places:
                    words = 8 + LETTER * len(message.text) + APART + _boxed(message.marks.get(lane, "")) / 2
                    place = max(place, places[message.source] + words)
            places[lane] = place
            yield lane, place

    def _width(self, lane: Lane) -> float:
        """Of the widest box on the lane."""
        head = max(BOLD * len(lane.name), LETTER * len(lane.first)) + 9
        return max(head, *(_boxed(m.marks[lane]) for m in self.messages if lane in m.marks), 0)

    def dot(self) -> str:
        graph = digraph(
            self.name,
            self.doc,
            self.legend,
            graph={"layout": "neato", "inputscale": "72", "splines": "line", "outputorder": "edgesfirst"},
        )
        end = -ROW * (len(self.messages) + 0.7)
        for place, lane in enumerate(self.lanes):
            label = f"<{stacked([f'<b>{escape(lane.name)}</b>', *([escape(lane.first)] if lane.first else [])])}>"
            look = {"fillcolor": ACTOR, "style": "filled"} if lane.acts else {"fillcolor": STATE}
            graph.node(
                f"lane{place}",
                label,
                pos=_pos(self.places[lane], 0),
                height="0.5",
                margin="0.06,0.03",
                fontsize="12",
                **look,
            )
            graph.node(f"end{place}", "", shape="point", width="0.01", color=MUTED, pos=_pos(self.places[lane], end))
            graph.edge(f"lane{place}", f"end{place}", arrowhead="none", color=MUTED, style="dotted", tooltip=lane.name)
        for message in self.messages:
            self._message(graph, message)
        self._table(graph)
        source: str = graph.source
        return source

    def _message(self, graph: graphviz.Digraph, message: Message) -> None:
        number, height = message.number, -ROW * message.number
        said = tooltip(message.whole or message.text)
        ends = {}
        for lane in (message.source, *message.marks, *(() if message.dest in message.marks else (message.dest,))):
            ends[lane] = f"at{number}_{self.lanes.index(lane)}"
            pos, mark = _pos(self.places[lane], height), message.marks.get(lane)
            if mark is None:
                graph.node(ends[lane], "", shape="point", width="0.05", color=INK, fillcolor=INK, pos=pos, tooltip=said)
            else:
                small = {"fontsize": "11", "height": "0.22", "margin": "0.07,0.02"}
                small |= {"color": REACTION, "style": "rounded,filled,dashed"} if lane != message.dest else {}
                graph.node(ends[lane], graphviz.escape(mark), pos=pos, id=f"step{number}-{ends[lane]}", **small)
        style = {"style": "dashed"} if message.loose else {}
        graph.edge(ends[message.source], ends[message.dest], tooltip=said, id=f"step{number}", **style)
        beside = (8 + len(message.text) * LETTER / 2) * (
            1 if self.places[message.dest] >= self.places[message.source] else -1
        )
        place = self.places[message.source] + beside
        self._words(graph, f"says{number}", message.text, place, height + ABOVE, fillcolor=PAPER, style="filled")
        self._words(graph, f"number{number}", f"{number}.", -BESIDE, height)
        if message.after:
            self._words(graph, f"after{number}", message.after, -BESIDE, height - 13, fontsize="9", fontcolor=MUTED)

    def _table(self, graph: graphviz.Digraph) -> None:
        if self.top is None:
            return
        left = max(self.places.values()) + COLUMN / 2 + 10
        printed = [(0, self.top), *((m.number, m.row) for m in self.messages if m.row is not None)]
        for column, title in enumerate(HEADER):
            width = MONO_LETTER * (max(len(title), *(len(row[column]) for _, row in printed)) + 2)
            middle = left + width / 2
            self._words(graph, f"column{column}", title, middle, 13, fontname=MONO, fontsize="10", fontcolor=MUTED)
            for number, row in printed:
                name = f"row{number}_{column}"
                self._words(graph, name, row[column], middle, -ROW * number - (5 if number == 0 else 0), fontname=MONO)
            left += width

    @staticmethod
    def _words(graph: graphviz.Digraph, name: str, text: str, x: float, y: float, **look: str) -> None:
        attributes = {"shape": "plaintext", "style": "", "margin": "0.02,0", "height": "0.1", "fontsize": "11", **look}
        graph.node(name, graphviz.escape(text), pos=_pos(x, y), **attributes)

    def mermaid(self) -> str:
        """A Mermaid sequence diagram; what kubectl prints is a note."""
        names = identifiers({lane: f"{lane.name}_" for lane in self.lanes})
        told = " ".join(self.doc.splitlines())
        return "\n".join(
            [
                *mermaid_head(self.name),
                "sequenceDiagram",
                *([f"    accDescr: {mermaid_text(told)}"] if told else []),
                *(
                    f"    {'actor' if lane.acts else 'participant'} {names[lane]} as {mermaid_text(lane.name)}"
                    for lane in self.lanes
                ),
                *(line for message in self.messages for line in self._mermaid(message, names)),
                "",
            ]
        )

    def _mermaid(self, message: Message, names: Mapping[Lane, str]) -> Iterator[str]:
        arrow = "-->>" if message.loose else "->>"
        words = f"{message.number}. {message.text}" + (f" ({message.after})" if message.after else "")
        yield f"    {names[message.source]}{arrow}{names[message.dest]}: {mermaid_text(words)}"
        for lane, mark in message.marks.items():
            yield f"    Note over {names[lane]}: {mermaid_text(mark)}"
        if message.row is not None:
            yield f"    Note right of {names[self.lanes[-1]]}: kubectl {mermaid_text(' '.join(message.row))}"


def _boxed(mark: str) -> float:
    """The width of a new state in its box."""
    return LETTER * len(mark) + 11


def _pos(x: float, y: float) -> str:
    return f"{x:g},{y:g}!"
