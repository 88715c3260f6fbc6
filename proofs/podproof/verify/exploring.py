"""Every configuration that a plain machine can be in, and every move between them, breadth first.

Conditions are free choices: whatever they can answer is tried. Callbacks that trigger an event are followed; what was
explored to the end is all the machine can do as long as no other callback triggers one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from podproof.verify.reading import Reading
from podproof.verify.resolving import Does, quietly
from podproof.verify.skeleton import Call, Configuration, Endless, Fired, Skeleton, active, outcomes
from podproof.wording.counting import counted

MOST_WAYS = 1_000
"""So many ways to answer the conditions are tried for one event in one configuration."""

TRIES_PER_SECOND = 5_000
"""A second stands for so many tries, a try being one event with one way to answer its conditions; about as many as a
slow machine makes. No verdict depends on a clock."""


@dataclass(frozen=True)
class Bounds:
    """Past either, what is not found is UNKNOWN. seconds: of TRIES_PER_SECOND tries each."""

    configurations: int = 10_000
    seconds: float = 60.0

    @property
    def tries(self) -> int:
        return max(1, int(self.seconds * TRIES_PER_SECOND))


@dataclass(frozen=True)
class Move:
    """An event that fires at least one transition, or fails; with all that its callbacks trigger.

    edges: what fired, in order; after: where the machine is then, also where `transitions` raised `error`; passed:
    where it was in between, when an event of a callback began or ended; calls: the event, then those of callbacks;
    callbacks: the user's own that were run.
    """

    before: Configuration
    event: str
    answers: tuple[tuple[str, bool], ...]
    edges: tuple[int, ...]
    after: Configuration
    error: str = ""
    passed: tuple[Configuration, ...] = ()
    calls: tuple[Call, ...] = ()
    callbacks: tuple[str, ...] = ()

    @property
    def triggered(self) -> tuple[str, ...]:
        """The events of callbacks."""
        return tuple(call.event for call in self.calls[1:])

    @property
    def conditions(self) -> str:
        return " and ".join(name if value else f"not {name}" for name, value in self.answers)

    @property
    def label(self) -> str:
        return f"{self.event} [{self.conditions}]" if self.answers else self.event


@dataclass(frozen=True, eq=False)
class Explored:
    """configurations: where it can be between events from outside, in the order in which they were found, the first
    `expanded` with all their moves; run_in: the user's own callbacks that were run by events in a configuration;
    endless: where some event's callbacks trigger one another again, with the event and whether they do so whatever the
    conditions are; incomplete: why not all is known, empty if it is.
    """

    reading: Reading
    starts: tuple[Configuration, ...]
    configurations: tuple[Configuration, ...]
    moves: tuple[Move, ...]
    reached_by: Mapping[Configuration, Move] = field(repr=False)
    expanded: int
    run_in: Mapping[Configuration, tuple[str, ...]] = field(repr=False, default_factory=dict)
    endless: tuple[tuple[Configuration, str, bool], ...] = ()
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
        leaves = {path for each in (*self.configurations, *self.passed) for path in active(self.reading, each)}
        return frozenset(path[:depth] for path in leaves for depth in range(1, len(path) + 1))

    @cached_property
    def passed(self) -> Mapping[Configuration, Move]:
        """Where it is only in the middle of an event, with the first such move."""
        found: dict[Configuration, Move] = {}
        known = frozenset(self.configurations)
        for move in self.moves:
            for each in move.passed:
                if each not in known:
                    found.setdefault(each, move)
        return found

    @cached_property
    def unfollowed(self) -> tuple[str, ...]:
        """The user's own callbacks that were run: what they do is not known."""
        return tuple(dict.fromkeys(name for names in self.run_in.values() for name in names))

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
    sources: dict[tuple[str, ...], dict[str, None]] = {}
    for edge in reading.edges:
        if edge.counted:
            sources.setdefault(reading.source(edge), {})[edge.event] = None
    found: dict[Configuration, None] = dict.fromkeys(starts)
    reached_by: dict[Configuration, Move] = {}
    moves: list[Move] = []
    run_in: dict[Configuration, tuple[str, ...]] = {}
    endless: dict[tuple[Configuration, str, bool], None] = {}
    incomplete = reading.not_followed
    queue = list(starts)
    expanded = tries = 0
    for before in queue:  # grows while it is walked through
        if tries > bounds.tries:
            incomplete = f"not explored to the end: {counted(tries, 'event')} tried, which is {bounds.seconds:g} s"
            break
        ways: dict[str, list[tuple[Mapping[str, bool], Fired | Endless]]] = {}
        for event in _events(reading, before, sources):
            ways[event] = [*outcomes(skeleton, before, event, MOST_WAYS)]
            tries += len(ways[event])
        too_many = [event for event, found_ways in ways.items() if len(found_ways) > MOST_WAYS]
        if too_many:
            incomplete = f"not explored to the end: more than {MOST_WAYS:,} ways to answer what {too_many[0]} asks"
            break
        names = dict.fromkeys(_timed(reading, before, Does.anything))
        here: list[Move] = []
        for event, found_ways in ways.items():
            for answers, fired in found_ways:
                if isinstance(fired, Endless):
                    incomplete = f"not followed to the end: {_endless(event, fired)}"
                    endless[before, event, fired.certain] = None
                    continue
                names |= dict.fromkeys(fired.callbacks)
                if fired.edges or (fired.error and not fired.refused):
                    here.append(_move(before, event, answers, fired))
        run_in[before] = tuple(names)
        moves += here
        expanded += 1
        for move in here:
            if move.after in found:
                continue
            if len(found) >= bounds.configurations:
                most = counted(bounds.configurations, "configuration")
                incomplete = f"not explored to the end: more than {most}"
                continue
            found[move.after] = None
            reached_by[move.after] = move
            queue.append(move.after)
    return Explored(
        reading, starts, tuple(found), tuple(moves), reached_by, expanded, run_in, tuple(endless), incomplete
    )


def _events(
    reading: Reading, configuration: Configuration, sources: Mapping[tuple[str, ...], Mapping[str, None]]
) -> Iterator[str]:
    """The events that some active state has a transition for, in the order of the declaration, and those of timers.

    All of them where something runs even if an event is not for the state.
    """
    here = {event for path in _active(reading, configuration) for event in sources.get(path, ())}
    yield from (event for event in reading.events if event in here or reading.hooks.anywhere)
    uncounted = (event for event in _timed(reading, configuration, Does.triggers) if event not in reading.events)
    yield from dict.fromkeys(uncounted)


def _timed(reading: Reading, configuration: Configuration, does: Does) -> Iterator[str]:
    """What the timers of active states run: events, or the user's own callbacks."""
    for path in _active(reading, configuration):
        yield from (each.what or each.label for each in reading.nodes[path].on_timeout if each.does is does)


def _active(reading: Reading, configuration: Configuration) -> tuple[tuple[str, ...], ...]:
    """The paths of all active states, parents included."""
    leaves = active(reading, configuration)
    return tuple(dict.fromkeys(path[:depth] for path in leaves for depth in range(1, len(path) + 1)))


def _endless(event: str, found: Endless) -> str:
    if found.event == event:
        return f"callbacks of {event} trigger {event} again"
    return f"callbacks of {event} trigger {found.event}, whose callbacks trigger it again"


def _move(before: Configuration, event: str, answers: Mapping[str, bool], fired: Fired) -> Move:
    return Move(
        before,
        event,
        tuple(answers.items()),
        fired.edges,
        fired.after,
        fired.error,
        fired.passed,
        fired.calls,
        fired.callbacks,
    )
