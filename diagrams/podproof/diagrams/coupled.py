"""coupled: a system as its machines, and what couples them: shared steps, and states that guards look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from textwrap import wrap
from typing import Any

from podproof.diagrams.labels import whole_text
from podproof.diagrams.style import (
    REACTION,
    digraph,
    identifiers,
    mermaid_head,
    mermaid_text,
    rows,
    small,
    tooltip,
)
from podproof.language import Machine, System
from podproof.language.expressions import variables_in
from podproof.language.machines import Arrow

AnyMachine = Machine[Any]

LEGEND = (
    "dashed: an event of one machine to which another reacts in the same step",
    "reads: the machines on whose variables its guards and new values depend",
)
MOST = 4
"""Events on one arrow: of more, the rest is counted and stands in the tooltip."""


def shared(system: System) -> Iterator[tuple[AnyMachine, AnyMachine, tuple[Arrow, ...]]]:
    """Owner, reacting machine, and the reactions."""
    for owner in system.machines:
        for other in system.machines:
            reactions = tuple(arrow for arrow in other.reactions if arrow.event in owner.events)
            if reactions:
                yield owner, other, reactions


def reads(system: System, reader: AnyMachine) -> Iterator[AnyMachine]:
    """The machines that write a variable on which guards or new values of this one depend."""
    used = set().union(*(variables_in(e) for arrow in _all(reader) for e in (arrow.guard, *arrow.effects.values())))
    for machine in system.machines:
        written = {machine.state, *(v for arrow in _all(machine) for v in arrow.effects)}
        if machine is not reader and used & written:
            yield machine


def dot(system: System) -> str:
    """DOT text: a node for each machine with its states."""
    graph = digraph(system.name, system.doc, LEGEND, graph={"nodesep": "0.7", "ranksep": "1.1"})
    names = identifiers({machine: machine.name for machine in system.machines})
    for machine in system.machines:
        states = ", ".join(map(str, machine.state.domain.values))
        each = [f"one for each {machine.kind}"] if machine.kind else []
        facts = (map(small, wrap(words, 34)) for words in (*each, states, *_reads(system, machine)))
        label = rows([[f"<b>{escape(machine.name)}</b>"], *facts])
        graph.node(names[machine], label, id=f"machine-{names[machine]}", tooltip=tooltip(machine.doc))
    for owner, other, reactions in shared(system):
        said = tooltip("\n".join(map(whole_text, reactions)))
        look = {"style": "dashed", "color": REACTION, "fontcolor": REACTION}
        graph.edge(names[owner], names[other], rows([_escaped(_events(reactions))]), labeltooltip=said, **look)
    source: str = graph.source
    return source


def mermaid(system: System) -> str:
    """A Mermaid flow chart."""
    names = identifiers({machine: machine.name for machine in system.machines})
    lines = [*mermaid_head(system.name), "flowchart LR"]
    if system.doc:
        lines.append(f"    accDescr: {mermaid_text(system.doc)}")
    for machine in system.machines:
        each = f" (each {machine.kind})" if machine.kind else ""
        states = ", ".join(map(str, machine.state.domain.values))
        said = [machine.name + each, states, *_reads(system, machine)]
        lines.append(f'    {names[machine]}["{"<br/>".join(map(mermaid_text, said))}"]')
    for owner, other, reactions in shared(system):
        label = "<br/>".join(map(mermaid_text, _events(reactions)))
        lines.append(f'    {names[owner]} -.->|"{label}"| {names[other]}')
    return "\n".join(lines) + "\n"


def _escaped(lines: Iterable[str]) -> list[str]:
    return [escape(line) for line in lines]


def _events(reactions: Iterable[Arrow]) -> list[str]:
    events = list(dict.fromkeys(str(arrow.event) for arrow in reactions))
    return events if len(events) <= MOST else [*events[: MOST - 1], f"and {len(events) - MOST + 1} more"]


def _reads(system: System, machine: AnyMachine) -> list[str]:
    names = [read.name for read in reads(system, machine)]
    return [f"reads {', '.join(names)}"] if names else []


def _all(machine: AnyMachine) -> tuple[Arrow, ...]:
    return (*machine.arrows, *machine.reactions)
