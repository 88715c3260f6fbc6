"""A pytest file that takes every transition of a plain machine once, on a shortest run to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from podproof.findings.finding import Finding
from podproof.verify.exploring import Explored, Move
from podproof.verify.plain import edge_text, edge_values
from podproof.verify.skeleton import Configuration, active

MARK = "Written by podproof verify --tests"
"""Files that say so in their first line may be written again."""

HEAD = '''"""{mark} {target}; run that again to renew it.

Takes every transition once. Conditions answer as each test says, and callbacks are left out unless they trigger an
event: nothing but the machine's states and transitions is tested.
"""

from podproof.api import Rehearsal, load

MACHINE = load({load})


def rehearse() -> Rehearsal:
    return Rehearsal(MACHINE{options})
'''


def covering_tests(
    explored: Explored,
    found: Sequence[Finding],
    target: str,
    folder: Path,
    *,
    initial: Sequence[str] = (),
    auto_transitions: bool = False,
) -> tuple[str, int, int]:
    """The file's text for that folder, the number of tests, and of transitions that are left out, with the reason."""
    module, _, name = target.rpartition(":")
    beside = module.endswith(".py")
    place = f"{Path(os.path.relpath(module, folder)).as_posix()}:{name}" if beside else target
    options = f", initial={_literal(initial)}" if initial else ""
    options += ", auto_transitions=True" if auto_transitions else ""
    lines = [
        HEAD.format(
            target=target.replace("\\", "/").replace('"', "'"),
            mark=MARK,
            load=f"{_literal(place)}, beside=__file__" if beside else _literal(target),
            options=options,
        )
    ]
    moves = _covering(explored)
    names: set[str] = set()
    for move in moves:
        lines += ["", *_test(explored, move, _name(explored, move, names)), ""]
    skipped = list(_skipped(explored, found))
    if skipped:
        lines += ["", "# Not taken:", *(f"# * {' '.join(line.split())}" for line in skipped)]
    return "\n".join(lines).rstrip() + "\n", len(moves), len(skipped)


def _covering(explored: Explored) -> list[Move]:
    """For every transition that can fire the first move in which it does."""
    first: dict[int, Move] = {}
    for move in explored.moves:
        if not move.error:
            for edge in move.edges:
                first.setdefault(edge, move)
    return list(dict.fromkeys(first[number] for number in sorted(first)))


def _test(explored: Explored, move: Move, name: str) -> Iterator[str]:
    yield f"def {name}() -> None:"
    yield "    run = rehearse()"
    for step in explored.run(move.before):
        yield f"    run.trigger({_arguments(step)})"
    yield f"    assert run.state == {_state(explored, move.before)}"
    fired = [edge_text(explored.reading, explored.reading.edges[number]) for number in move.edges]
    yield f"    assert run.trigger({_arguments(move)}) == {_literal(fired)}"
    yield f"    assert run.state == {_state(explored, move.after)}"


def _arguments(move: Move) -> str:
    return ", ".join(_literal(each) for each in (move.event, dict(move.answers)) if each)


def _state(explored: Explored, configuration: Configuration) -> str:
    names = [explored.reading.name(path) for path in active(explored.reading, configuration)]
    return _literal(names[0] if len(names) == 1 else names)


def _literal(value: object) -> str:
    """As Python, with double quotes."""
    match value:
        case str():
            return json.dumps(value)
        case Mapping():
            return "{" + ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_literal, value)) + "]"
    return repr(value)


def _name(explored: Explored, move: Move, taken: set[str]) -> str:
    edge = explored.reading.edges[move.edges[0]]
    words = f"{edge.event}_from_{explored.reading.name(explored.reading.source(edge))}"
    name = "test_" + re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique


def _skipped(explored: Explored, found: Sequence[Finding]) -> Iterator[str]:
    covered = {edge for move in explored.moves if not move.error for edge in move.edges}
    raising = {edge: move.error for move in explored.moves if move.error for edge in move.edges}
    about = [(finding.properties["transitions"][:1], finding.message) for finding in found]
    for edge in explored.reading.edges:
        if edge.number in covered or edge.automatic:
            continue
        source = explored.reading.source(edge)
        values = edge_values(explored.reading, edge)
        said = next((message for transitions, message in about if transitions == [values]), "")
        reason = said or raising.get(edge.number) or explored.incomplete
        if not reason and source not in explored.reachable:
            reason = f"{explored.reading.name(source)} is never reached"
        yield f"{edge_text(explored.reading, edge)}: {reason or 'another transition always fires instead'}"


def may_overwrite(file: Path) -> bool:
    """Whether there is nothing of the user's in that place."""
    if not file.exists():
        return True
    with file.open(encoding="utf-8", errors="replace") as lines:
        return MARK in lines.readline()
