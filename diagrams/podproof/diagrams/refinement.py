"""refinement: two abstract machines over one variable side by side: what is believed, and what is true.

The step that a counterexample takes and the believed machine lacks is marked on its side; the arrows that only the
true one has are marked on the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from typing import Any

import graphviz
from podproof.diagrams.machine import edges, initial, states, terminal
from podproof.diagrams.style import (
    ADDED,
    ENDED,
    INK,
    MUTED,
    REFUTED,
    digraph,
    identifiers,
    mermaid_head,
    mermaid_text,
    rows,
    tooltip,
)
from podproof.language import Machine, Variable
from podproof.properties.trace import Trace
from podproof.wording.counting import counted

AnyMachine = Machine[Any]
Pair = tuple[Any, Any]

LEGEND = (
    "double border: no way out",
    "thick, dashed: the Pod takes this step and the machine has no such arrow",
    "thick: an arrow that the other machine lacks",
)


def failing(machine: AnyMachine, observed: Variable[Any], trace: Trace) -> tuple[Pair, int]:
    """The first change of `observed` in the run for which the machine has no arrow, and the number of the step.

    Raises ValueError where the machine has an arrow for every one.
    """
    values = [trace.initial[observed], *(step.values[observed] for step in trace.steps)]
    for number, pair in enumerate(pairwise(values), 1):
        if pair[0] != pair[1] and pair not in _pairs(machine):
            return pair, number
    raise ValueError(f"the run follows {machine.name}")


def dot(name: str, doc: str, believed: AnyMachine, true: AnyMachine, observed: Variable[Any], trace: Trace) -> str:
    """DOT text with a box for each of the two machines."""
    wrong, number = failing(believed, observed, trace)
    graph = digraph(name, doc, LEGEND, graph={"nodesep": "0.8"})
    for side, machine in (("believed", believed), ("true", true)):
        names = identifiers({state: f"{side}_{state.name}" for state in states(machine)})
        with graph.subgraph(name=f"cluster_{side}") as box:
            box.attr(label=machine.name, color=MUTED, style="rounded", margin="28", fontsize="13", labelloc="t")
            for state in states(machine):
                ended = {"peripheries": "2", "fillcolor": ENDED} if state in terminal(machine) else {}
                box.node(names[state], graphviz.escape(str(state)), id=f"{side}-{state.name}", **ended)
            for state in initial(machine):
                box.node(f"{side}_start", "", shape="point", width="0.15", fillcolor=INK, tooltip="start")
                box.edge(f"{side}_start", names[state], tooltip=f"starts {state}")
            for source, dest, words, kind in _arrows(machine, believed, true, wrong, number):
                label = rows([map(escape, words.split("\n"))])
                box.edge(names[source], names[dest], label, labeltooltip=tooltip(_run(trace)), **_LOOK[kind])
    # Invisible, so that what is believed stands on the left.
    first, *_ = initial(believed)
    graph.edge(*(f"{side}_{first.name}" for side in ("believed", "true")), style="invis", constraint="false")
    text: str = graph.source
    return text


_LOOK = {
    "": {},
    "added": {"color": ADDED, "fontcolor": ADDED, "penwidth": "2.2"},
    "wrong": {"color": REFUTED, "fontcolor": REFUTED, "penwidth": "2.2", "style": "dashed"},
}


def mermaid(name: str, doc: str, believed: AnyMachine, true: AnyMachine, observed: Variable[Any], trace: Trace) -> str:
    """A Mermaid state diagram; what is marked says so in words."""
    wrong, number = failing(believed, observed, trace)
    lines = [*mermaid_head(name), "stateDiagram-v2", f"    accDescr: {mermaid_text(doc)}", "    direction LR"]
    for side, machine in (("believed", believed), ("true", true)):
        names = identifiers({state: f"{side}_{state.name}" for state in states(machine)})
        lines.append(f'    state "{mermaid_text(machine.name)}" as {side}_machine {{')
        lines += [f'        state "{mermaid_text(str(state))}" as {names[state]}' for state in states(machine)]
        lines += [f"        [*] --> {names[state]}" for state in initial(machine)]
        lines += [
            f"        {names[source]} --> {names[dest]} : {'<br/>'.join(map(mermaid_text, words.splitlines()))}"
            for source, dest, words, _ in _arrows(machine, believed, true, wrong, number)
        ]
        lines += [f"        {names[state]} --> [*]" for state in terminal(machine)]
        lines.append("    }")
    return "\n".join(lines) + "\n"


def _arrows(
    machine: AnyMachine, believed: AnyMachine, true: AnyMachine, wrong: Pair, number: int
) -> Iterator[tuple[Any, Any, str, str]]:
    for edge in edges(machine):
        missing = machine is true and (edge.source, edge.dest) not in _pairs(believed)
        words = ", ".join(event for paragraph in edge.label for event in paragraph.events)
        yield edge.source, edge.dest, words + ("\nmissing in the other" if missing else ""), "added" if missing else ""
    if machine is believed:
        yield *wrong, f"refuted in {counted(number, 'step')}", "wrong"


def _pairs(machine: AnyMachine) -> set[Pair]:
    return {(source, arrow.dest) for arrow in machine.arrows for source in arrow.sources}


def _run(trace: Trace) -> str:
    return "\n".join(f"{n}. {step.event.actor}: {step.step.label}" for n, step in enumerate(trace.steps, 1))
