"""quotients: everything a system can do, seen through a few of its values, as DOT and Mermaid text."""

from __future__ import annotations

from collections import Counter

from podproof.diagrams.style import (
    INK,
    MUTED,
    digraph,
    identifiers,
    mermaid_arrows,
    mermaid_head,
    mermaid_text,
    rows,
    small,
    tooltip,
    words,
)
from podproof.evidence.quotient import Class, Quotient, Way
from podproof.evidence.verdicts import Trace
from podproof.language import UnsupportedError
from podproof.wording.counting import counted, sized

MOST_NODES = 300
"""More than that nobody can read, and Graphviz takes long."""

MOST_EVENTS = 3
"""On one arrow: of more, the rest is counted and stands in the tooltip."""

MOST_WORDS = 24
"""Arrows: where there are more, what most of them say is said once."""

LEGEND = (
    "number: states that look like this",
    "arrow: some of them have such a step",
    "≥ N: so many steps at least, with the last one along the arrow",
    "thick: first way to it",
)


def dot(quotient: Quotient) -> str:
    """DOT text; the tooltip of an arrow is an example run. Raises UnsupportedError beyond MOST_NODES classes."""
    names = _names(quotient)
    usual = _usual(quotient)
    unsaid = [f"arrow without words: {', '.join(usual)}"] if usual else []
    close = {"nodesep": "0.2", "ranksep": "0.5"} if usual else {}
    graph = digraph(_title(quotient), description(quotient), ("dot: start", *LEGEND, *unsaid), graph=close)
    for each in quotient.classes:
        label = rows([[f"<b>{words(each.name)}</b>", small(_states(each))]])
        graph.node(names[each.name], label, id=f"class-{names[each.name]}", tooltip=tooltip(_states(each)))
        if each.initial:
            graph.node(f"start_{names[each.name]}", "", shape="point", width="0.15", fillcolor=INK, tooltip="start")
            graph.edge(f"start_{names[each.name]}", names[each.name], tooltip="start")
    first = _first(quotient)
    for number, way in enumerate(quotient.ways, 1):
        events = _events(way)
        label = rows([[*(map(words, events) if events != usual else ()), small(_example(way))]])
        said = tooltip(f"{_steps(way)}; for example\n{run_text(way.example)}")
        look = {"penwidth": "1.8"} if way in first else {"color": MUTED, "penwidth": "0.7"}
        graph.edge(names[way.source], names[way.dest], label, labeltooltip=said, id=f"way-{number}", **look)
    source: str = graph.source
    return source


def mermaid(quotient: Quotient) -> str:
    """A Mermaid state diagram."""
    names = _names(quotient)
    lines = [
        *mermaid_head(_title(quotient)),
        "stateDiagram-v2",
        f"    accDescr: {mermaid_text(description(quotient))}",
        *(
            f'    state "{mermaid_text(each.name)}<br/>{mermaid_text(_states(each))}" as {names[each.name]}'
            for each in quotient.classes
        ),
        *(f"    [*] --> {names[each.name]}" for each in quotient.classes if each.initial),
    ]
    lines += mermaid_arrows(
        [(names[way.source], names[way.dest], (*_events(way), _example(way))) for way in quotient.ways],
        names.values(),
    )
    return "\n".join(lines) + "\n"


def description(quotient: Quotient) -> str:
    """What was explored, in a sentence."""
    sizes = sized({kind: size for kind, size in quotient.sizes.items() if size})
    under = ", ".join(map(str, quotient.view.system.assumed))
    return (
        f"{counted(quotient.states, 'state')} and {counted(quotient.steps, 'step')} of the {quotient.view.system}"
        + (f" with {sizes}" if sizes else "")
        + (f", under {under}" if under else "")
        + f", as {counted(len(quotient.classes), 'class')}."
    )


def run_text(trace: Trace) -> str:
    """A run on a few lines."""
    return "\n".join(f"{n}. {step.event.actor}: {step.step.label}" for n, step in enumerate(trace.steps, 1))


def _names(quotient: Quotient) -> dict[str, str]:
    if len(quotient.classes) > MOST_NODES:
        raise UnsupportedError(
            f"{len(quotient.classes):,} different values are too many to draw (at most {MOST_NODES}): "
            f"look at less, such as the phase or STATUS"
        )
    return identifiers({each.name: each.name for each in quotient.classes})


def _title(quotient: Quotient) -> str:
    return f"{quotient.view.system} by {quotient.view.name}"


def _states(each: Class) -> str:
    return counted(each.states, "state")


def _steps(way: Way) -> str:
    return counted(way.steps, "such step")


def _events(way: Way) -> tuple[str, ...]:
    events = tuple(f"{event.actor}: {event}" for event in way.events)
    if len(events) <= MOST_EVENTS:
        return events
    return (*events[: MOST_EVENTS - 1], f"and {len(events) - MOST_EVENTS + 1} more")


def _usual(quotient: Quotient) -> tuple[str, ...]:
    """What at least half of the arrows say, where there are many."""
    ((said, count),) = Counter(map(_events, quotient.ways)).most_common(1) or [((), 0)]
    return said if len(quotient.ways) > MOST_WORDS and 2 * count >= len(quotient.ways) else ()


def _first(quotient: Quotient) -> set[Way]:
    """Into every class the arrow with the shortest run."""
    found: dict[str, Way] = {}
    for way in sorted(quotient.ways, key=lambda way: len(way.example)):
        found.setdefault(way.dest, way)
    return {way for dest, way in found.items() if not any(c.name == dest and c.initial for c in quotient.classes)}


def _example(way: Way) -> str:
    return f"≥ {len(way.example)}"
