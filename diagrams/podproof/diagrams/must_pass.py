"""must_pass: what happens in every run to a goal, and in which order, as DOT and Mermaid text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import graphviz
from podproof.diagrams.style import ACTOR, ENDED, digraph, mermaid_head, mermaid_text
from podproof.engines.orders import Happening, Orders
from podproof.language import Expr

LEGEND = ("every run to the goal takes each of these steps", "arrow: always in this order")


@dataclass(frozen=True, eq=False)
class Way:
    """goal: in words; steps: what every run to it takes; pairs: the places of two of them whose order is fixed."""

    goal: str
    doc: str
    steps: Sequence[Happening]
    pairs: Sequence[tuple[int, int]]


def way(goal: str, holds: Expr[bool], orders: Orders, doc: str) -> Way:
    """What must happen before `holds`. Raises UnsupportedError where that is never reached."""
    steps = orders.must_pass(holds)
    before = {
        place: [earlier for earlier, other in enumerate(steps) if other.event in orders.needs(step)]
        for place, step in enumerate(steps)
    }
    return Way(goal, doc, steps, tuple(_reduced(before)))


def dot(path: Way) -> str:
    """DOT text, from left to right."""
    graph = digraph(f"every way to: {path.goal}", path.doc, LEGEND, graph={"rankdir": "LR", "ranksep": "0.4"})
    for place, step in enumerate(path.steps):
        label = f"{step.actor}\n{step}" + ("" if step.dest is None else f"\n{step.machine}: {step.dest}")
        graph.node(f"step{place}", graphviz.escape(label).replace("\n", "\\n"), id=f"step-{place}", fillcolor=ACTOR)
    graph.node("goal", graphviz.escape(path.goal), id="goal", peripheries="2", fillcolor=ENDED)
    for before, after in path.pairs:
        graph.edge(f"step{before}", f"step{after}")
    for place in _last(path):
        graph.edge(f"step{place}", "goal")
    source: str = graph.source
    return source


def mermaid(path: Way) -> str:
    """A Mermaid flow chart."""
    lines = [*mermaid_head(f"every way to: {path.goal}"), "flowchart LR", f"    accDescr: {mermaid_text(path.doc)}"]
    for place, step in enumerate(path.steps):
        where = "" if step.dest is None else f"<br/>{mermaid_text(f'{step.machine}: {step.dest}')}"
        lines.append(f'    step{place}["{mermaid_text(f"{step.actor}: {step}")}{where}"]')
    lines.append(f'    goal(["{mermaid_text(path.goal)}"])')
    lines += [f"    step{before} --> step{after}" for before, after in path.pairs]
    lines += [f"    step{place} --> goal" for place in _last(path)]
    return "\n".join(lines) + "\n"


def _reduced(before: dict[int, list[int]]) -> Iterator[tuple[int, int]]:
    """The pairs that do not follow from others."""
    for after, needed in before.items():
        for each in needed:
            if not any(each in before[between] for between in needed if between != each):
                yield each, after


def _last(path: Way) -> list[int]:
    return [place for place in range(len(path.steps)) if not any(before == place for before, _ in path.pairs)]
