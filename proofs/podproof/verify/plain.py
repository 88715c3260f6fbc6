"""Transitions, moves and reservations of a plain machine as plain values and in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from podproof.findings.finding import Step
from podproof.verify.exploring import Explored, Move
from podproof.verify.reading import Edge, Reading


def edge_text(reading: Reading, edge: Edge) -> str:
    """The transition as people write it: `event: source -> dest [conditions]`."""
    source = reading.name(reading.source(edge))
    dest = reading.dest(edge)
    to = "(internal)" if edge.dest is None else f"-> {reading.name(dest) if dest is not None else edge.dest}"
    guard = f" [{' and '.join(map(str, edge.literals))}]" if edge.literals else ""
    return f"{edge.event}: {source} {to}{guard}"


def edge_values(reading: Reading, edge: Edge) -> dict[str, Any]:
    """The transition as its configuration has it."""
    dest = reading.dest(edge)
    return {
        "trigger": edge.event,
        "source": reading.name(reading.source(edge)),
        "dest": reading.name(dest) if dest is not None else edge.dest,
        "conditions": [each.condition for each in edge.literals if each.wanted],
        "unless": [each.condition for each in edge.literals if not each.wanted],
    }


def steps(run: Sequence[Move], explored: Explored) -> Iterator[Step]:
    """The moves of a run. What is about callbacks and errors is there where one has its part in the step."""
    for move in run:
        values: dict[str, Any] = {"from": explored.shown(move.before), "event": move.event}
        values |= {"conditions": dict(move.answers), "to": explored.shown(move.after)}
        if move.triggered:
            values |= {"triggers": list(move.triggered), "through": list(map(explored.shown, move.passed))}
        if move.error:
            values["error"] = move.error
        yield Step(move.label, values)


def unless(callbacks: Sequence[str]) -> str:
    """Which callbacks could make something untrue, in words; nothing where none can."""
    if not callbacks:
        return ""
    *others, last = callbacks
    names = f"{', '.join(others)} or {last}" if others else last
    return f"unless {names} triggers an event"
