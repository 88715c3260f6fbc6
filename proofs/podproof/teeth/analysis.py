"""Mutation analysis: do the claims notice a mutant? Decided by going through small systems, all claims at once.

A mutant is killed by the first claim whose verdict changes in a system of some small size: as it is said, or under a
set of assumptions for which an invariant is stored, or (at last) which repairs it. Sizes in which a mutant takes the
same steps from every reachable state are left out, as no claim could tell; where that is so in all of them, it is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from podproof.check.store import Store
from podproof.engines import graph
from podproof.engines.explicit import Search, explore
from podproof.engines.liveness import LivenessSearch
from podproof.engines.sizes import possible_sizes
from podproof.language import Assumption, DeclarationError, Expr, System, UnsupportedError
from podproof.lint.dead_parts import Place, differs
from podproof.lint.reachable import ever
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Asks
from podproof.properties.limits import Limits
from podproof.properties.temporal import Liveness
from podproof.properties.whole_runs import GraphFormula
from podproof.teeth.asked import Asked
from podproof.teeth.mutants import Mutant
from podproof.teeth.results import MutantResult, MutantStatus

REFUSED = "the language: it cannot be declared"


Group = tuple[tuple[Assumption, ...], list[Claim]]
"""Claims that are asked about under the same assumptions."""


class MutationAnalysis:
    """Claims about one system, and what is true of it in small sizes (found out where it is needed).

    most: elements of all kinds in the largest systems.
    """

    def __init__(self, system: System, claims: Sequence[Claim], most: int = 3, limits: Limits | None = None) -> None:
        self.system = system
        self.claims = [claim for claim in claims if claim.about.same == system.same]
        self.limits = limits or Limits()
        self.sizes = [size for size in possible_sizes(system) if sum(size.values()) <= most]
        self._explored: dict[int, Search | None] = {}
        self._asked: dict[int, Asked] = {}
        self._true: dict[tuple[int, int], frozenset[str]] = {}
        self._graphs: dict[Any, dict[str, Any]] = {}
        self._last: dict[Any, Verdict] = {}

    def judge(self, mutant: Mutant) -> MutantResult:
        """Whether some claim notices it, smallest systems first.

        Systems of more than two elements are for those that only make a difference there, and for machines of a kind.
        """
        try:
            mutated = mutant(self.system)
        except DeclarationError:
            return MutantResult(mutant.name, mutant.machine, mutant.was, MutantStatus.killed, REFUSED)
        other = self._other_steps(mutant, mutated)
        alike = next(machine for machine in self.system.machines if machine.name == mutant.machine).kind is not None
        status = MutantStatus.equivalent
        for number, size in enumerate(self.sizes):
            if sum(size.values()) > 2 and status is MutantStatus.survived and not alike:
                break
            if self._differ(other, number):
                status = MutantStatus.survived
                by = next(self._noticed(mutated, number), "")
                if by:
                    return MutantResult(mutant.name, mutant.machine, mutant.was, MutantStatus.killed, by)
        return MutantResult(mutant.name, mutant.machine, mutant.was, status)

    def _other_steps(self, mutant: Mutant, mutated: System) -> Expr[bool]:
        """That the mutated transition makes a difference."""
        before, after = (
            next(machine for machine in system.machines if machine.name == mutant.machine)
            for system in (self.system, mutated)
        )
        declared, changed = (m.arrows if mutant.own else m.reactions for m in (before, after))
        return differs(self.system, Place(before, declared[mutant.line], mutant.own), changed[mutant.line])

    def _differ(self, other: Expr[bool], number: int) -> bool:
        """Whether it does in some reachable state of this size; a size too large to go through may hide one."""
        if number not in self._explored:
            self._explored[number] = self._explore(number)
        explored = self._explored[number]
        return explored is None or ever(explored, other)

    def _explore(self, number: int) -> Search | None:
        try:
            search = explore(self.system, self.sizes[number], limits=self.limits)
        except UnsupportedError:
            return None
        return None if search.truncated else search

    def _noticed(self, mutated: System, number: int) -> Iterator[str]:
        """What notices it in systems of this size; safety first, and under assumptions only where that is small."""
        most = max(self.sizes[number].values(), default=0)
        yield from self._noticed_in(mutated, number, range(len(self.groups)) if most <= 1 else [0])
        if number == 0:
            yield from self._noticed_on_the_way(mutated)
        if most <= 1:
            yield from self._noticed_at_last(mutated, number)

    @cached_property
    def groups(self) -> list[Group]:
        """Which claims are asked about under which assumptions; first those that are said without any."""
        named = {a.name: a for claim in self.claims for a in (*claim.about.assumptions, *claim.candidates)}
        by_id = {claim.id: claim for claim in self.claims if claim.formula.asks is Asks.safety}
        found: dict[tuple[Assumption, ...], list[Claim]] = {(): []}
        for claim in by_id.values():
            found.setdefault(claim.given, []).append(claim)
        for key in Store.shipped().entries:
            id_, *names = key.split()
            if id_ in by_id and names and all(name in named for name in names):
                found.setdefault(tuple(named[name] for name in names), []).append(by_id[id_])
        return list(found.items())

    # One system of one size

    def _ask(self, system: System, number: int) -> Asked:
        claims = dict.fromkeys(claim for _, claims in self.groups for claim in claims)
        assumptions = dict.fromkeys(a for assumed, _ in self.groups for a in assumed)
        return Asked(system, self.sizes[number], tuple(claims), tuple(assumptions), self.limits)

    def _noticed_in(self, mutated: System, number: int, groups: Sequence[int]) -> Iterator[str]:
        asked = self._ask(mutated, number)
        for group in groups:
            assumed, claims = self.groups[group]
            under = _under(assumed)
            known = self._known(number, group)
            by, search = asked.first_broken([claim for claim in claims if claim.id not in known], assumed)
            if by:
                yield by + under
            elif search.overflowed is not None:
                yield f"the domain of a variable{under}"
            elif not search.truncated:
                kept = asked.broken([claim for claim in claims if claim.id in known], search)
                yield from (claim.id + under for claim in claims if claim.id in known - kept)

    def _known(self, number: int, group: int) -> frozenset[str]:
        """Which claims of the group are broken (for `Reachable`: have a witness) in the system as declared."""
        if (number, group) not in self._true:
            if number not in self._asked:
                self._asked[number] = self._ask(self.system, number)
            assumed, claims = self.groups[group]
            _, search = self._asked[number].first_broken((), assumed)
            self._true[number, group] = self._asked[number].broken(claims, search)
        return self._true[number, group]

    # Whole runs

    def _noticed_on_the_way(self, mutated: System) -> Iterator[str]:
        """By questions about the graph, in a system of the smallest size."""
        for given in dict.fromkeys(claim.given for claim in self.claims if claim.formula.asks is Asks.graph):
            if given not in self._graphs:
                self._graphs[given] = self._graph_verdicts(self.system, given)
            after = self._graph_verdicts(mutated, given)
            before = self._graphs[given]
            yield from (id_ for id_, told in after.items() if id_ in before and before[id_] != told)

    def _graph_verdicts(self, system: System, given: Sequence[Assumption]) -> dict[str, Any]:
        """What is decided of them."""
        asked = [(c, c.formula) for c in self.claims if c.given == tuple(given) and isinstance(c.formula, GraphFormula)]
        answers = {c.id: graph.check(system.under(*given), f, self.sizes[0], limits=self.limits) for c, f in asked}
        return {id_: (a.verdict, a.reason) for id_, a in answers.items() if a.verdict is not Verdict.UNKNOWN}

    def _noticed_at_last(self, mutated: System, number: int) -> Iterator[str]:
        """By claims about runs without an end, as they are said and under what repairs them."""
        for claim in self.claims:
            if isinstance(claim.formula, Liveness):
                search = self._lasting(mutated, claim, number)
                for assumed in (frozenset(), *self._repairs[claim]):
                    if (number, claim, assumed) not in self._last:
                        as_declared = self._lasting(self.system, claim, number).answer(assumed)
                        self._last[number, claim, assumed] = as_declared.verdict
                    known = self._last[number, claim, assumed]
                    if search.answer(assumed).verdict not in (known, Verdict.UNKNOWN):
                        yield claim.id + _under(sorted(assumed, key=str))

    def _lasting(self, system: System, claim: Claim, number: int) -> LivenessSearch:
        assert isinstance(claim.formula, Liveness)
        sizes = [self.sizes[number]]
        return LivenessSearch(system.under(*claim.given), claim.formula, claim.assumable, self.limits, sizes)

    @cached_property
    def _repairs(self) -> dict[Claim, list[frozenset[Assumption]]]:
        """Under what a claim about runs without an end holds."""
        found: dict[Claim, list[frozenset[Assumption]]] = {}
        for claim in self.claims:
            if isinstance(claim.formula, Liveness):
                search = LivenessSearch(claim.system, claim.formula, claim.assumable, self.limits)
                found[claim] = search.repairs()
        return found


def _under(assumed: Sequence[Assumption]) -> str:
    return f" under {' and '.join(map(str, assumed))}" if assumed else ""
