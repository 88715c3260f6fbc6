"""Liveness: runs without an end that wait in vain, under any of several sets of assumptions.

A formula is broken by a fair run that comes to where it `begins` to wait and never gets what it waits for. As a finite
system has such a run exactly if it has one that ends in a fair cycle, or at rest, TRUE is exhaustive and FALSE a lasso.

What would make an answer a guess is refused: states that were not explored, numbers that saturate (what the real number
does for ever is not to be seen), exchanged elements (`fair_graph` knows no symmetry).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from podproof.engines.disruptions import OutOfBounds, hitting_sets
from podproof.engines.fair_cycles import Cycle, CycleSearch, Owed, fair_parts, owed, resting
from podproof.engines.fair_graph import FairGraph, Places
from podproof.engines.sizes import fit_into, named, sizes_up_to, told_apart
from podproof.language import Assumption, Fairness, System, UnsupportedError
from podproof.language.fairness import Strength
from podproof.language.flat import Sizes
from podproof.language.packing import Truths
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.limits import Limits
from podproof.properties.temporal import Liveness, saturating
from podproof.properties.trace import Forever, Trace, TraceStep

NO_START = "there is no initial state of this size"
NEVER_ASKED = "what should lead there is never reached"


@dataclass(frozen=True, eq=False)
class Lasso:
    """A run by `steps` of a graph from the state at `first`, and then for ever around the cycle.

    assumed: the candidates in force; shortest: it is certain that no run like this is shorter.
    """

    graph: FairGraph
    first: int
    steps: tuple[int, ...]
    cycle: Cycle
    assumed: tuple[Assumption, ...]
    shortest: bool

    def __len__(self) -> int:
        return len(self.steps) + len(self.cycle.steps)

    @property
    def trace(self) -> Trace:
        graph = self.graph
        flat = graph.space.flat
        steps = [_step(graph, step) for step in (*self.steps, *self.cycle.steps)]
        system = flat.system.under(*self.assumed)
        first = graph.space.values(int(graph.states[self.first]))
        return Trace(system, flat.sizes, first, tuple(steps), Forever(len(self.steps)))


def _step(graph: FairGraph, step: int) -> TraceStep:
    flat = graph.space.flat.steps[graph.taken[step]]
    return TraceStep(flat.step, flat.element, graph.space.values(int(graph.states[graph.target[step]])))


class LivenessSearch:
    """Decides one formula about one system, of the sizes given; `candidates` may be assumed later.

    Raises DeclarationError for a formula, or fairness, about something that the system does not have.
    """

    def __init__(
        self,
        system: System,
        formula: Liveness,
        candidates: Sequence[Assumption] = (),
        limits: Limits | None = None,
        sizes: Iterable[Sizes] | None = None,
        cone: bool = True,
    ) -> None:
        formula.check_against(system)
        self.formula = formula
        self.candidates = tuple(candidates)
        self.limits = limits or Limits()
        self.given = formula.fairness(system.assumed)
        self.part = formula.part(system, self.candidates) if cone else system
        self.declared = sizes is not None or formula.most is not None
        if formula.most is None:
            needed = sizes_up_to(self.part, told_apart(formula, self.part))
        else:
            needed = sizes_up_to(system, formula.most)
        none = dict.fromkeys(system.kinds, 0)
        self.sizes = [{**none, **size} for size in (needed if sizes is None else sizes)]
        self._graphs: dict[int, FairGraph] = {}

    def answer(self, assumed: Collection[Assumption] = ()) -> Answer:
        """The verdict for all the sizes; FALSE with a shortest lasso in any of them, or in one of the smallest systems
        that have one, where the formula declares no sizes."""
        explored: list[FairGraph] = []
        lassos: list[Lasso] = []
        too_large: list[Sizes] = []
        unknown = ""
        asked = False
        for number, size in enumerate(self.sizes):
            if lassos and not self.declared:
                break
            if any(fit_into(known, size) for known in too_large):
                continue
            try:
                graph = self._graph(number)
                if graph.overflowed is not None:
                    return self._overflow(graph)
                lasso, begins = self._lasso(graph, assumed)
            except (OutOfBounds, UnsupportedError) as error:
                unknown = unknown or f"{named(size)}: {error}"
                too_large.append(size)
                continue
            if begins is not None:
                explored.append(graph)
                asked = asked or begins
            if lasso is not None:
                lassos.append(lasso)
        if lassos:
            best = min(lassos, key=len)
            notes = () if best.shortest and not unknown else ("a short run; there may be a shorter one",)
            return _answer(Verdict.FALSE, best.graph, "", best.trace, notes)
        if unknown:
            return Answer(Verdict.UNKNOWN, Method.bounded, unknown)
        if not explored:
            return Answer(Verdict.ERROR, Method.exhaustive, NO_START)
        others = [f"so it is with {named(graph.space.flat.sizes)}" for graph in explored[:-1]]
        return _answer(Verdict.TRUE, explored[-1], "" if asked else NEVER_ASKED, None, tuple(others))

    def repairs(self) -> list[frozenset[Assumption]]:
        """The minimal sets of candidates under which no run breaks the formula; none where no set helps.

        A run that breaks it rules out every set that does not forbid it. More assumptions do not always make more true:
        nobody has to wait for an event that is forbidden. So each set is looked at for itself, and OutOfBounds is
        raised where one forbids the runs found so far only as long as less is assumed, or past a limit.
        """
        breaking: list[frozenset[Assumption]] = []
        looked_at: set[frozenset[Assumption]] = set()
        while True:
            sets = hitting_sets(breaking, self.candidates)
            fresh = [chosen for chosen in sets if chosen not in looked_at]
            if not fresh:
                return sets
            for chosen in fresh:
                found = self._breaking(chosen)
                if found is not None and found & chosen:
                    raise OutOfBounds("what is possible depends on what is assumed, so the minimal sets are not known")
                looked_at.add(chosen)
                breaking += [] if found is None or found in breaking else [found]

    def _breaking(self, assumed: Collection[Assumption]) -> frozenset[Assumption] | None:
        """The candidates that forbid some run which breaks the formula under the assumptions; None: there is no run."""
        for number in range(len(self.sizes)):
            try:
                lasso, _ = self._lasso(self._graph(number), assumed, shortest=False)
                if lasso is not None:
                    return self._disregarded(lasso)
            except UnsupportedError as error:
                raise OutOfBounds(str(error)) from error
        return None

    def _graph(self, number: int) -> FairGraph:
        if number not in self._graphs:
            unseen = saturating(self.part)
            if unseen:
                raise UnsupportedError(unseen)
            self._graphs[number] = FairGraph(self.part, self.sizes[number], self.limits)
        return self._graphs[number]

    def _lasso(
        self, graph: FairGraph, assumed: Collection[Assumption], shortest: bool = True
    ) -> tuple[Lasso | None, bool | None]:
        """A run that breaks the formula, and whether any run begins to wait; None for that if none can start."""
        graph.begin_question()
        allowed = graph.allowed(assumed)
        initial = graph.initial
        for assumption in assumed:
            if assumption.shape is not None:
                initial = initial & graph.where(assumption.shape)
        if not initial.any():
            return None, None
        fair = (*self.given, *chain.from_iterable(a.fair for a in assumed))
        owing = owed(graph, [r for each in fair for r in graph.requirements(each)], allowed)
        wait = self.formula.wait
        everywhere = np.ones(len(graph.states), dtype=bool)
        lasts, returns = graph.where(wait.lasts), graph.where(wait.returns)
        start = np.where(initial, 0, -1)
        before = graph.distances(start, everywhere, allowed)
        asked = graph.where(wait.begins) & (before >= 0)
        begin = np.where(asked & lasts & (initial if wait.at_once else everywhere), before, -1)
        waiting = graph.distances(begin, lasts, allowed)
        cycle, certain = _cycle(graph, waiting, allowed, owing, returns, shortest)
        if cycle is None:
            return None, bool(asked.any())
        second = graph.run_to(cycle.start, waiting, begin, lasts, allowed)
        middle = int(graph.source[second[0]]) if second else cycle.start
        first = graph.run_to(middle, before, start, everywhere, allowed)
        steps = (*first, *second)
        start_at = int(graph.source[steps[0]]) if steps else cycle.start
        return Lasso(graph, start_at, steps, cycle, tuple(assumed), certain), True

    def _disregarded(self, lasso: Lasso) -> frozenset[Assumption]:
        """The candidates that forbid the run: one of its steps, its first state, or its neglecting somebody for ever.

        Whether somebody is neglected is asked with everything possible that no assumption in force from the beginning
        forbids; so an assumption is never left out of the answer that would forbid the run beside others.
        """
        graph = lasso.graph
        events = {graph.space.flat.steps[graph.taken[s]].step.event for s in (*lasso.steps, *lasso.cycle.steps)}
        if not all(self._is_fair(lasso, each) for each in self.given):
            raise OutOfBounds("who is neglected depends on what else is assumed, so the minimal sets are not known")
        return frozenset(
            a
            for a in self.candidates
            if any(a in event.unless for event in events)
            or (a.shape is not None and not graph.where(a.shape)[lasso.first])
            or not all(self._is_fair(lasso, each) for each in a.fair)
        )

    def _is_fair(self, lasso: Lasso, fairness: Fairness) -> bool:
        graph, steps = lasso.graph, list(lasso.cycle.steps)
        places = [lasso.cycle.start, *graph.target[steps].tolist()]
        for requirement in graph.requirements(fairness):
            able = graph.able(requirement.counted)[places]
            due = able.all() if requirement.strength is Strength.weak else able.any()
            if due and not requirement.counted[steps].any():
                return False
        return True

    def _overflow(self, graph: FairGraph) -> Answer:
        assert graph.overflowed is not None
        level, state, _ = graph.overflowed
        return _answer(Verdict.ERROR, graph, graph.search.overflow, graph.search.trace(level, state))


def check(
    system: System, formula: Liveness, sizes: Sizes, *, cone: bool = True, limits: Limits | None = None
) -> Answer:
    """Decide a formula for a system of one size."""
    return LivenessSearch(system, formula, (), limits, [sizes], cone).answer()


def _cycle(
    graph: FairGraph, waiting: Places, allowed: Truths, owing: Sequence[Owed], returns: Truths, shortest: bool
) -> tuple[Cycle | None, bool]:
    """Where a run can wait for ever, and how, with the fewest steps; and whether it is certain that these are."""
    region = waiting >= 0
    rests = np.flatnonzero(region & returns & resting(owing, len(graph.states)))
    rest, within = None, None
    if len(rests):
        rest = Cycle(int(rests[np.argmin(waiting[rests])]))
        if not shortest:
            return rest, False
        within = int(waiting[rest.start]) - 1
        region &= waiting <= within  # a shorter run goes nowhere else
    steps = np.flatnonzero(allowed & region[graph.source] & region[graph.target])
    parts = fair_parts(graph, steps, owing, returns)
    search = CycleSearch(graph, parts, owing, returns, waiting)
    if not shortest:
        places = np.flatnonzero(parts.home >= 0)
        return (search.some(int(places[np.argmin(waiting[places])])) if len(places) else None), False
    moving, certain = search.shortest(within)
    return moving or rest, certain


def _answer(
    verdict: Verdict, graph: FairGraph, reason: str, trace: Trace | None, notes: tuple[str, ...] = ()
) -> Answer:
    return Answer(verdict, Method.exhaustive, reason, trace, len(graph.states), graph.space.flat.sizes, notes)
