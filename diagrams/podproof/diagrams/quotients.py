"""quotients: everything a system can do, seen through a few of its values, as DOT and Mermaid text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

import graphviz
from podproof.diagrams.grouping import Bundle, Nodes, bundles, groups
from podproof.diagrams.style import (
    INK,
    MUTED,
    WRAP,
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
from podproof.engines.quotient import Class, Quotient, Way
from podproof.language import UnsupportedError
from podproof.properties.trace import Trace
from podproof.wording.counting import counted, sized

MOST_NODES = 300
"""More than that nobody can read, and Graphviz takes long."""

MOST_EVENTS = 3
"""On one arrow: of more, the rest is counted and stands in the tooltip."""

MOST_WORDS = 24
"""Arrows: where there are more, what most of them say is said once, and those that go together are drawn as one."""

MOST_GROUPED = 60
"""Classes: of more, alike ones are not looked for, and each arrow is drawn."""

MOST_TOLD = 40
"""Arrows that the tooltip of one drawn for several tells of; the rest is counted."""

LEGEND = ("dot: start", "number: states that look like this", "arrow: some of them have such a step")
EACH = "≥ N: so many steps at least, with the last one along the arrow"
TOGETHER = ("to or from a box: to or from each in it", "≥ N: first seen after so many steps")
FIRST = "thick: first way to it"


def dot(quotient: Quotient) -> str:
    """DOT text; the tooltip of an arrow is an example run. Raises UnsupportedError beyond MOST_NODES classes."""
    names = _names(quotient)
    usual = _usual(quotient)
    unsaid = [f"arrow without words: {', '.join(usual)}"] if usual else []
    together = _together(quotient)
    legend = (*LEGEND, *(TOGETHER if together else (EACH,)), FIRST, *unsaid)
    room = {"nodesep": "0.3", "ranksep": "0.8", "compound": "true"} if together else {}
    graph = digraph(_title(quotient), description(quotient), legend, graph=room)
    earliest = {way.dest: way for way in _first(quotient)} if together else {}
    for each in quotient.classes:
        seen = [small(_example(earliest[each.name]))] if each.name in earliest else []
        label = rows([[f"<b>{words(each.name)}</b>"], [small(_states(each)), *seen]])
        graph.node(names[each.name], label, id=f"class-{names[each.name]}", tooltip=tooltip(_states(each)))
        if each.initial:
            graph.node(f"start_{names[each.name]}", "", shape="point", width="0.15", fillcolor=INK, tooltip="start")
            graph.edge(f"start_{names[each.name]}", names[each.name], tooltip="start")
    if together:
        _draw_together(graph, quotient, names, together)
    else:
        _draw_each(graph, quotient, names)
    source: str = graph.source
    return source


def parts(quotient: Quotient) -> dict[Way, str]:
    """The id of what is drawn for each way."""
    alone = {(way.source, way.dest): f"way-{number}" for number, way in enumerate(quotient.ways, 1)}
    for number, bundle in enumerate(_together(quotient), 1):
        alone |= dict.fromkeys(bundle.pairs, f"way-together-{number}")
    return {way: alone[way.source, way.dest] for way in quotient.ways}


def _draw_each(graph: graphviz.Digraph, quotient: Quotient, names: Mapping[str, str]) -> None:
    usual, first, ids = _usual(quotient), _first(quotient), parts(quotient)
    for way in quotient.ways:
        events = _events(way)
        label = rows([[*(map(words, events) if events != usual else ()), small(_example(way))]])
        look = {"id": ids[way], "labeltooltip": _told([way]), **_look(way in first)}
        graph.edge(names[way.source], names[way.dest], label, **look)


def _draw_together(
    graph: graphviz.Digraph, quotient: Quotient, names: Mapping[str, str], together: tuple[Bundle, ...]
) -> None:
    """A box around each group, inside one another, and one arrow for each bundle, from box to box.

    What is said along an arrow of a box stands in the box, where no line crosses it.
    """
    usual, first, ids = _usual(quotient), _first(quotient), parts(quotient)
    boxes = {group: f"cluster_{number}" for number, group in enumerate(groups(together), 1)}
    captions: dict[Nodes, list[str]] = {group: [] for group in boxes}
    looks: dict[Nodes, dict[str, str]] = {}
    for bundle in together:
        ways = [way for way in quotient.ways if (way.source, way.dest) in bundle.pairs]
        events = _events(ways[0]) if _events(ways[0]) != usual else ()
        home = next((group for group in (bundle.sources, bundle.dests) if group in boxes), None)
        if home and (events or bundle.mutual):
            captions[home].append(": ".join(filter(None, (_passage(bundle), ", ".join(events)))))
        if bundle.mutual:
            looks[bundle.sources] = {"id": ids[ways[0]], "tooltip": _told(ways)}
            continue
        label = rows([map(words, events)]) if events and not home else ""
        ends = {"ltail": boxes.get(bundle.sources), "lhead": boxes.get(bundle.dests)}
        look = {**_look(bool(first & set(ways))), **{end: name for end, name in ends.items() if name}}
        said = {"edgetooltip": _told(ways), "labeltooltip": _told(ways)}
        graph.edge(names[bundle.sources[-1]], names[bundle.dests[0]], label, id=ids[ways[0]], **said, **look)

    def box(group: Nodes) -> graphviz.Digraph:
        lines = [line for caption in captions[group] for line in wrap(caption, WRAP)]
        look = {"style": "rounded", "color": MUTED, "margin": "14", "labeljust": "l", "labelloc": "b"}
        look |= {"label": rows([map(small, lines)]) if lines else "", "tooltip": " ", **looks.get(group, {})}
        made = graphviz.Digraph(boxes[group], graph_attr=look)
        inside = [other for other in boxes if set(other) < set(group)]
        for other in _outermost(inside):
            made.subgraph(box(other))
        for node in group:
            made.node(names[node])
        return made

    for group in _outermost(boxes):
        graph.subgraph(box(group))


def _passage(bundle: Bundle) -> str:
    """From where to where, as it is said in the box of the sources, or else of the dests."""
    if bundle.mutual:
        return "from each to each other"
    if len(bundle.sources) == 1:
        return f"from {bundle.sources[0]} to each"
    return f"from each to {', '.join(bundle.dests)}"


def _told(ways: Sequence[Way]) -> str:
    """Everything there is to say about ways that are drawn as one arrow."""
    if len(ways) == 1:
        return tooltip(f"{_steps(ways[0])}; for example\n{run_text(ways[0].example)}")
    lines = [f"{way.source} -> {way.dest}: {_steps(way)}, {_example(way)}" for way in ways[:MOST_TOLD]]
    more = [f"and {len(ways) - MOST_TOLD} more"] if len(ways) > MOST_TOLD else []
    return tooltip("\n".join((*lines, *more)))


def _outermost(found: Iterable[Nodes]) -> Iterator[Nodes]:
    sets = list(found)
    yield from (one for one in sets if not any(set(one) < set(other) for other in sets))


def _look(first: bool) -> dict[str, str]:
    return {"penwidth": "1.8"} if first else {"color": MUTED, "penwidth": "0.7"}


def _together(quotient: Quotient) -> tuple[Bundle, ...]:
    """Where there are many arrows: those that are drawn as one, each alone among them where it is like no other."""
    if len(quotient.ways) <= MOST_WORDS or len(quotient.classes) > MOST_GROUPED:
        return ()
    arrows = {(way.source, way.dest): way.events for way in quotient.ways}
    return bundles([each.name for each in quotient.classes], arrows)


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
