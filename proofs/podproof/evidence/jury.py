"""The jury: do the claims notice a mutant? Decided by going through small systems, all claims at once.

A mutant is killed by the first claim whose verdict changes in a system of some small size: as it is said, or under a
set of assumptions for which an invariant is stored. One that takes the same steps from every reachable state of small
systems is none there: no claim could tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from podproof.claims.claim import Claim
from podproof.claims.formulas import Formula, GraphFormula, Never, Property, Reachable
from podproof.claims.mutants import Mutant
from podproof.engines import graph
from podproof.engines.explicit import CHUNK, Search, StateSpace, predicates
from podproof.engines.refute import possible_sizes
from podproof.evidence.dead_parts import Place, differs
from podproof.evidence.reachable import Reachables
from podproof.evidence.stored import Store
from podproof.evidence.verdicts import Limits
from podproof.language import Assumption, DeclarationError, Kind, System
from podproof.language.flat import expand

REFUSED = "the language: it cannot be declared"


class Fate(StrEnum):
    killed = "killed"
    survived = "survived"
    equivalent = "equivalent"


@dataclass(frozen=True)
class Sentence:
    """What became of a mutant; by: what killed it."""

    mutant: str
    machine: str
    was: str
    fate: Fate
    by: str = ""


@dataclass(frozen=True, eq=False)
class _All(Formula):
    """Several formulas as one."""

    formulas: tuple[Formula, ...]

    def properties(self) -> tuple[Property, ...]:
        return tuple(prop for formula in self.formulas for prop in formula.properties())


class Jury:
    """Claims about one system, and what is true of it in small sizes (found out where it is needed).

    most: elements of all kinds in the largest systems.
    """

    def __init__(self, system: System, claims: Sequence[Claim], most: int = 3, limits: Limits | None = None) -> None:
        self.system = system
        self.claims = [claim for claim in claims if claim.about.same == system.same]
        self.limits = limits or Limits()
        self.sizes = [size for size in possible_sizes(system) if sum(size.values()) <= most]
        self.reachables = Reachables(most, self.limits)
        self._true: dict[Any, dict[Claim, bool]] = {}
        self._graphs: dict[Any, dict[str, Any]] = {}

    def judge(self, mutant: Mutant) -> Sentence:
        """Whether some claim notices it, smallest systems first."""
        try:
            mutated = mutant(self.system)
        except DeclarationError:
            return Sentence(mutant.name, mutant.machine, mutant.was, Fate.killed, REFUSED)
        if self._same_steps(mutant, mutated):
            return Sentence(mutant.name, mutant.machine, mutant.was, Fate.equivalent)
        by = next(self._noticed(mutated), "")
        return Sentence(mutant.name, mutant.machine, mutant.was, Fate.killed if by else Fate.survived, by)

    def _same_steps(self, mutant: Mutant, mutated: System) -> bool:
        before, after = (
            next(machine for machine in system.machines if machine.name == mutant.machine)
            for system in (self.system, mutated)
        )
        declared, changed = (m.arrows if mutant.own else m.reactions for m in (before, after))
        place = Place(before, declared[mutant.line], mutant.own)
        explored = self.reachables.of(self.system)
        if len(explored.searches) < len(self.sizes):
            return False
        return not explored.ever(differs(self.system, place, changed[mutant.line]))

    def _noticed(self, mutated: System) -> Iterator[str]:
        for size in self.sizes:
            small = max(size.values(), default=0) <= 1
            for assumptions, claims in self.groups if small else self.groups[:1]:
                yield from self._noticed_in(mutated, assumptions, claims, size)
        for given in dict.fromkeys(claim.given for claim in self.claims if isinstance(claim.formula, GraphFormula)):
            if given not in self._graphs:
                self._graphs[given] = self._graph_verdicts(self.system, given)
            after = self._graph_verdicts(mutated, given)
            yield from (id_ for id_, verdict in self._graphs[given].items() if after.get(id_) != verdict)

    @cached_property
    def groups(self) -> list[tuple[tuple[Assumption, ...], list[Claim]]]:
        """Which claims are asked about under which assumptions; first those that are said without any."""
        named = {a.name: a for claim in self.claims for a in (*claim.about.assumptions, *claim.candidates)}
        by_id = {claim.id: claim for claim in self.claims if claim.formula.properties() or _is_reachable(claim)}
        found: dict[tuple[Assumption, ...], list[Claim]] = {(): []}
        for claim in by_id.values():
            found.setdefault(claim.given, []).append(claim)
        for key in Store.shipped().entries:
            id_, *names = key.split()
            if id_ in by_id and names and all(name in named for name in names):
                found.setdefault(tuple(named[name] for name in names), []).append(by_id[id_])
        return list(found.items())

    # One system of one size

    def _noticed_in(
        self, mutated: System, assumptions: Sequence[Assumption], claims: Sequence[Claim], size: Mapping[Kind, int]
    ) -> Iterator[str]:
        under = f" under {' and '.join(map(str, assumptions))}" if assumptions else ""
        known = self._verdicts(assumptions, claims, size)
        unbroken = [claim for claim in claims if not known[claim]]
        space = _space(mutated.under(*assumptions), claims, size)
        search = Search(space, self.limits)
        violation = search.run(*predicates(_All(tuple(_broken_by(claim) for claim in unbroken)), space))
        if violation is not None:
            yield next(c.id for c in unbroken if _breaks(_broken_by(c), space, *violation[1:], violation[0])) + under
        elif search.overflowed is not None:
            yield f"the domain of a variable{under}"
        elif not search.truncated:
            if not len(search.visited) and len(self._searched(assumptions, claims, size).visited):
                yield f"the initial states{under}"
            for claim in claims:
                if known[claim] and not _ever_broken(_broken_by(claim), search):
                    yield claim.id + under

    def _verdicts(
        self, assumptions: Sequence[Assumption], claims: Sequence[Claim], size: Mapping[Kind, int]
    ) -> dict[Claim, bool]:
        """Of the system as declared: is the claim broken (for `Reachable`: is there a witness)?"""
        key = (tuple(assumptions), tuple(size.items()))
        if key not in self._true:
            search = self._searched(assumptions, claims, size)
            self._true[key] = {claim: _ever_broken(_broken_by(claim), search) for claim in claims}
        return self._true[key]

    def _searched(self, assumptions: Sequence[Assumption], claims: Sequence[Claim], size: Mapping[Kind, int]) -> Search:
        search = Search(_space(self.system.under(*assumptions), claims, size), self.limits)
        search.run()
        return search

    def _graph_verdicts(self, system: System, given: Sequence[Assumption]) -> dict[str, Any]:
        """Of the questions about the graph, in a system of the smallest size."""
        try:
            explored = graph.explore(system.under(*given), self.sizes[0], self.limits)
        except graph.NoStart:
            return {}
        return {
            claim.id: graph.check(explored, claim.formula).verdict
            for claim in self.claims
            if isinstance(claim.formula, GraphFormula) and claim.given == tuple(given)
        }


def _is_reachable(claim: Claim) -> bool:
    return isinstance(claim.formula, Reachable)


def _broken_by(claim: Claim) -> Formula:
    return Never(claim.formula.holds) if isinstance(claim.formula, Reachable) else claim.formula


def _space(system: System, claims: Sequence[Claim], size: Mapping[Kind, int]) -> StateSpace:
    """The part of the system that the claims are about."""
    observed = [expr for claim in claims for expr in claim.formula.expressions()]
    part = system.cone(observed, [event for claim in claims for event in claim.formula.events()])
    return StateSpace(expand(part, size), True, observed)


def _breaks(formula: Formula, space: StateSpace, state: int, index: int | None, level: int) -> bool:
    """Whether this is the formula that the state, or the step from it, breaks."""
    bad_state, bad_step, bad_initial = predicates(formula, space)
    states = np.array([state], dtype=np.uint64)
    if index is None:
        first = bad_initial is not None and level == 0 and bool(bad_initial(states)[0])
        return first or (bad_state is not None and bool(bad_state(states)[0]))
    return bad_step is not None and _bad_moves(bad_step, space, states, index)


def _ever_broken(formula: Formula, search: Search) -> bool:
    """Whether some reachable state or step breaks the formula."""
    space = search.space
    bad_state, bad_step, bad_initial = predicates(formula, space)
    if bad_state is not None and bad_state(search.visited).any():
        return True
    if bad_initial is not None and search.levels and bad_initial(search.levels[0]).any():
        return True
    chunks = range(0, len(search.visited), CHUNK) if bad_step is not None else ()
    return any(_bad_moves(bad_step, space, search.visited[start : start + CHUNK]) for start in chunks)


def _bad_moves(bad_step: Any, space: StateSpace, states: Any, only: int | None = None) -> bool:
    for moves in space.moves(states):
        if only is None or moves.index == only:
            wrong = bad_step(moves.index, states[moves.rows], moves.after)
            if wrong is not None and wrong.any():
                return True
    return False
