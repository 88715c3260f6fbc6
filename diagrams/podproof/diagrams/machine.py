"""machine: one machine as DOT and as Mermaid text.

States stand in the order of their declaration, and so do the arrows between them: equal machines give equal text.
Arrows between the same two states share one label. An arrow that leaves every state is drawn once, from "any state".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from textwrap import wrap
from typing import Any

import graphviz
from podproof.diagrams.labels import Paragraph, paragraphs, whole_text
from podproof.diagrams.style import (
    ENDED,
    INK,
    MUTED,
    REACTION,
    WRAP,
    digraph,
    identifiers,
    mermaid_arrows,
    mermaid_head,
    mermaid_text,
    rows,
    tooltip,
    words,
)
from podproof.language import Machine
from podproof.language.machines import Arrow

AnyMachine = Machine[Any]

ANY_STATE = "any state"
MANY = 3
"""States from which on "from every state" is drawn once instead of from each."""


@dataclass(frozen=True)
class Edge:
    """What is drawn as one arrow. `source` None: any state; `dest` None: the state stays as it is."""

    source: Any | None
    dest: Any | None
    reaction: bool
    arrows: tuple[Arrow, ...]

    @property
    def stays(self) -> bool:
        return self.source == self.dest

    @property
    def label(self) -> tuple[Paragraph, ...]:
        return paragraphs(self.arrows)


def states(machine: AnyMachine) -> tuple[Any, ...]:
    return tuple(machine.state.domain.values)


def initial(machine: AnyMachine) -> tuple[Any, ...]:
    return tuple(state for state in states(machine) if state in machine.state.initial_values)


def terminal(machine: AnyMachine) -> tuple[Any, ...]:
    """States that no arrow leaves for another one, whatever its guard."""
    drawn = (*machine.arrows, *machine.reactions)
    left = {source for arrow in drawn for source in arrow.sources if arrow.dest not in (None, source)}
    return tuple(state for state in states(machine) if state not in left)


def edges(machine: AnyMachine) -> tuple[Edge, ...]:
    """Every arrow of the machine, gathered by source, destination and whose event it is."""
    order = [None, *states(machine)]
    gathered: dict[tuple[int, int, bool], list[Arrow]] = {}
    for reaction, arrows in ((False, machine.arrows), (True, machine.reactions)):
        for arrow in arrows:
            everywhere = len(arrow.sources) >= MANY and set(arrow.sources) == set(states(machine))
            for source in (None,) if everywhere else arrow.sources:
                dest = source if arrow.dest is None else arrow.dest
                gathered.setdefault((order.index(source), order.index(dest), reaction), []).append(arrow)
    return tuple(
        Edge(order[source], order[dest], reaction, tuple(arrows))
        for (source, dest, reaction), arrows in sorted(gathered.items(), key=lambda item: item[0])
    )


# DOT


def dot(machine: AnyMachine) -> str:
    """DOT text, for `render` or any Graphviz.

    Reactions to other machines' events are dashed; a state that cannot be left has a double border. What leaves a state
    as it is stands in its box, as in UML. Tooltips hold the guards in full, the effects and what the events stand for.
    """
    drawn = edges(machine)
    names = _names(machine)
    each = f"one for each {machine.kind}" if machine.kind else ""
    graph = digraph(machine.name, machine.doc, _legend(machine, drawn), each)
    for state in states(machine):
        look = {"peripheries": "2", "fillcolor": ENDED} if state in terminal(machine) else {}
        graph.node(names[state], id=f"state-{names[state]}", **_state(str(state), _staying(drawn, state)), **look)
    for state in initial(machine):
        start = f"start_{names[state]}"
        graph.node(start, "", shape="point", width="0.15", fillcolor=INK, tooltip="start")
        graph.edge(start, names[state], tooltip=f"starts {state}")
    if any(edge.source is None for edge in drawn):
        look = {"style": "rounded,dashed", "fontcolor": MUTED, "color": MUTED}
        graph.node(names[None], **_state(ANY_STATE, _staying(drawn, None)), **look)
    for edge in drawn:
        if edge.stays:
            continue
        said = tooltip("\n".join(map(whole_text, edge.arrows)))
        style = {"style": "dashed", "color": REACTION, "fontcolor": REACTION} if edge.reaction else {}
        graph.edge(names[edge.source], names[edge.dest], rows(_lines(edge)), labeltooltip=said, **style)
    source: str = graph.source
    return source


def _legend(machine: AnyMachine, drawn: tuple[Edge, ...]) -> Iterator[str]:
    yield "dot: start"
    if terminal(machine):
        yield "double border: no way out"
    if any(edge.reaction for edge in drawn):
        yield "dashed: reaction to another machine's event"
    if any(edge.stays for edge in drawn):
        yield "in a box: events after which it is still there"


def _staying(drawn: Iterable[Edge], state: Any | None) -> tuple[Edge, ...]:
    return tuple(edge for edge in drawn if edge.stays and edge.source == state)


def _state(name: str, staying: Sequence[Edge]) -> dict[str, str]:
    """The words in a box, and its tooltip."""
    if not staying:
        return {"label": graphviz.escape(name)}
    inside = [line for edge in staying for line in _lines(edge, "11")]
    said = "\n".join(whole_text(arrow) for edge in staying for arrow in edge.arrows)
    return {"label": rows([[words(name)], *inside]), "tooltip": tooltip(said)}


def _lines(edge: Edge, size: str = "") -> Iterator[list[str]]:
    """A row for each guard with its events. size: points, if not those of the graph."""
    font = f'<font point-size="{size}"{f" color={chr(34)}{REACTION}{chr(34)}" if edge.reaction else ""}>{{}}</font>'
    for paragraph in edge.label:
        events = [escape(line) for line in ",\n".join(paragraph.events).split("\n")]
        yield [font.format(line) if size else line for line in events] + [
            f'<font point-size="10">&#160;&#160;{escape(line)}</font>' for line in wrap(paragraph.guard, WRAP)
        ]


# Mermaid


def mermaid(machine: AnyMachine) -> str:
    """A Mermaid state diagram.

    Mermaid has no dashed arrows, so a reaction says in words that it is one, and no tooltips, so effects are left out.
    """
    drawn = edges(machine)
    names = _names(machine)
    lines = [
        *mermaid_head(machine.name),
        "stateDiagram-v2",
        *([f"    accDescr: {mermaid_text(machine.doc)}"] if machine.doc else []),
        *(f'    state "{mermaid_text(str(state))}" as {names[state]}' for state in states(machine)),
    ]
    if any(edge.source is None for edge in drawn):
        lines += [
            f'    state "{ANY_STATE}" as {names[None]}',
            "    classDef pseudo stroke-dasharray: 4",
            f"    class {names[None]} pseudo",
        ]
    lines += [f"    [*] --> {names[state]}" for state in initial(machine)]
    # Own events and reactions are told apart in the label, so that two arrows never lie on one another.
    ways = groupby(drawn, key=lambda edge: (edge.source, edge.dest))
    lines += mermaid_arrows(
        [
            (names[source], names[dest], [line for edge in together for line in _mermaid_lines(edge)])
            for (source, dest), together in ways
        ],
        names.values(),
    )
    lines += [f"    {names[state]} --> [*]" for state in terminal(machine)]
    return "\n".join(lines) + "\n"


def _mermaid_lines(edge: Edge) -> Iterator[str]:
    """No line is wrapped: Mermaid wraps labels itself."""
    for paragraph in edge.label:
        first, *others = paragraph.events
        events = [f"reaction to {first}" if edge.reaction else first, *others]
        yield from ",\n".join(events).split("\n")
        if paragraph.guard:
            yield paragraph.guard


def _names(machine: AnyMachine) -> dict[Any | None, str]:
    """A word for each state, and under None one for "any state"."""
    return identifiers({**{state: state.name for state in states(machine)}, None: "any_state"})
