"""Every configuration that a plain machine can be in, and every move between them, breadth first.

Conditions are free choices: whatever they can answer is tried. What was explored to the end is all the machine can do
by its own events; callbacks that trigger events are not part of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from podproof.plain.reading import Reading
from podproof.plain.skeleton import Configuration, Skeleton, active, outcomes, quietly
from podproof.wording.counting import counted

MOST_WAYS = 1_000
"""So many ways to answer the conditions are tried for one event in one configuration."""


@dataclass(frozen=True)
class Bounds:
    """Past either, what is not found is UNKNOWN."""

    configurations: int = 10_000
    seconds: float = 60.0


@dataclass(frozen=True)
class Move:
    """An event that fires at least one transition. after: None where `transitions` raises `error`."""

    before: Configuration
    event: str
    answers: tuple[tuple[str, bool], ...]
    edges: tuple[int, ...]
    after: Configuration | None
    error: str = ""

    @property
    def conditions(self) -> str:
        return " and ".join(name if value else f"not {name}" for name, value in self.answers)

    @property
    def label(self) -> str:
        return f"{self.event} [{self.conditions}]" if self.answers else self.event


@dataclass(frozen=True, eq=False)
class Explored:
    """configurations: in the order in which they were found, the first `expanded` with all their moves; incomplete: why
    not all are known, empty if they are."""

    reading: Reading
    starts: tuple[Configuration, ...]
    configurations: tuple[Configuration, ...]
    moves: tuple[Move, ...]
    reached_by: Mapping[Configuration, Move] = field(repr=False)
    expanded: int
    incomplete: str = ""

    def run(self, to: Configuration) -> tuple[Move, ...]:
        """A shortest run from a start."""
        found: list[Move] = []
        while to in self.reached_by:
            found.append(self.reached_by[to])
            to = found[-1].before
        return tuple(reversed(found))

    @cached_property
    def reachable(self) -> frozenset[tuple[str, ...]]:
        """The paths of all states that are ever active, parents of active ones included."""
        leaves = {path for each in self.configurations for path in active(self.reading, each)}
        return frozenset(path[:depth] for path in leaves for depth in range(1, len(path) + 1))

    @cached_property
    def firing(self) -> Mapping[int, Move]:
        """For every transition that can fire, the move nearest to a start in which it does."""
        found: dict[int, Move] = {}
        for move in self.moves:
            for edge in move.edges:
                found.setdefault(edge, move)
        return found

    def shown(self, configuration: Configuration) -> str:
        return ", ".join(map(self.reading.name, active(self.reading, configuration)))


def explore(reading: Reading, bounds: Bounds | None = None) -> Explored:
    """Breadth first from the initial states."""
    bounds = bounds or Bounds()
    with quietly():
        skeleton = Skeleton(reading)
        starts = skeleton.starts()
        return _search(reading, skeleton, starts, bounds)


def _search(reading: Reading, skeleton: Skeleton, starts: tuple[Configuration, ...], bounds: Bounds) -> Explored:
    deadline = time.monotonic() + bounds.seconds
    sources: dict[tuple[str, ...], dict[str, None]] = {}
    for edge in reading.edges:
        sources.setdefault(reading.source(edge), {})[edge.event] = None
    found: dict[Configuration, None] = dict.fromkeys(starts)
    reached_by: dict[Configuration, Move] = {}
    moves: list[Move] = []
    incomplete = ""
    queue = list(starts)
    expanded = 0
    for before in queue:  # grows while it is walked through
        if time.monotonic() > deadline:
            incomplete = f"not explored to the end: stopped after {bounds.seconds:g} s"
            break
        events = _events(reading, before, sources)
        ways = {event: [*_moves(skeleton, before, event)] for event in events}
        too_many = [event for event, found_ways in ways.items() if len(found_ways) > MOST_WAYS]
        if too_many:
            incomplete = f"not explored to the end: more than {MOST_WAYS:,} ways to answer what {too_many[0]} asks"
            break
        here = [move for found_ways in ways.values() for move in found_ways if move.edges or move.error]
        moves += here
        expanded += 1
        for move in here:
            if move.after is None or move.after in found:
                continue
            if len(found) >= bounds.configurations:
                most = counted(bounds.configurations, "configuration")
                incomplete = f"not explored to the end: more than {most}"
                continue
            found[move.after] = None
            reached_by[move.after] = move
            queue.append(move.after)
    return Explored(reading, starts, tuple(found), tuple(moves), reached_by, expanded, incomplete)


def _events(
    reading: Reading, configuration: Configuration, sources: Mapping[tuple[str, ...], Mapping[str, None]]
) -> Iterator[str]:
    """The events that some active state has a transition for, in the order of the declaration."""
    paths = {path[:depth] for path in active(reading, configuration) for depth in range(1, len(path) + 1)}
    here = {event for path in paths for event in sources.get(path, ())}
    return (event for event in reading.events if event in here)


def _moves(skeleton: Skeleton, before: Configuration, event: str) -> Iterator[Move]:
    for answers, fired in outcomes(skeleton, before, event, MOST_WAYS):
        yield Move(before, event, tuple(answers.items()), fired.edges, fired.after, fired.error)
