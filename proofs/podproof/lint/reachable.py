"""What small systems can reach: every state of each size, kept, so that many questions can be asked of them.

A system that is too large to be gone through as a whole is asked in parts: of the variables that a question depends on
(its cone of influence), which reach the same values as in the whole. Where that is too large as well, what other
machines only observe is forgotten: what cannot be reached even so is never reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from podproof.engines.explicit import Search
from podproof.engines.sizes import possible_sizes
from podproof.engines.state_space import CHUNK, StateSpace, ordered_kinds
from podproof.language import (
    FALSE,
    DeclarationError,
    Event,
    Expr,
    Kind,
    Machine,
    System,
    UnsupportedError,
    Variable,
    disjunction,
)
from podproof.language.expressions import Or, looks_at_order, own_kinds, variables_in
from podproof.language.flat import Sizes, expand, forgetting, specialised
from podproof.language.meanings.numpy import everywhere
from podproof.language.packing import Truths
from podproof.language.systems import fix, prioritised, written_by
from podproof.lint.impossible import impossible
from podproof.properties.limits import Limits
from podproof.wording.counting import counted, sized

EVERYWHERE = "z3: in all states, reachable or not, of any number of elements"


def ever(search: Search, expr: Expr[bool]) -> bool:
    """Whether it holds in a state that was reached; of an expression about one element, for some element."""
    return any(np.any(truth) for truth in _truths(search, expr))


def count(search: Search, expr: Expr[bool]) -> int:
    """In how many of the states that were reached it holds, for how many elements of each."""
    return sum(int(np.sum(truth)) for truth in _truths(search, expr))


def _truths(search: Search, expr: Expr[bool]) -> Iterator[Truths]:
    """Where it holds, for each element and each chunk of the states."""
    kinds = own_kinds(expr)
    flat = search.space.flat
    most = min((flat.sizes.get(kind, 0) for kind in kinds), default=1)
    for element in range(most):
        holds = flat.flatten(expr, element if kinds else None)
        if holds is not FALSE:
            truth = search.space.truth(holds)
            for start in range(0, len(search.visited), CHUNK):
                states = search.visited[start : start + CHUNK]
                yield everywhere(truth(states), states)


@dataclass(frozen=True, eq=False)
class _Part:
    """Some variables of a system, all that decides about them, and what they reach within the limits."""

    variables: frozenset[Variable[Any]]
    ordered: frozenset[Kind]
    search: Search


@dataclass(eq=False)
class _Small:
    """A system of one size: gone through as a whole if the limits allow, otherwise in the parts that are asked about.

    stopped: why something could not be gone through to the end.
    """

    system: System
    size: Sizes
    limits: Limits
    stopped: str = ""
    _parts: list[_Part] = field(default_factory=list)
    _weaker: dict[tuple[frozenset[Variable[Any]], frozenset[Kind]], Search | None] = field(default_factory=dict)
    _tried: set[tuple[frozenset[Variable[Any]], frozenset[Kind]]] = field(default_factory=set)

    @property
    def name(self) -> str:
        return sized({kind: n for kind, n in self.size.items() if n}, " and ") or "its only size"

    def finds(self, expr: Expr[bool]) -> bool | None:
        """Whether it holds in a reachable state. None: not in those that were seen, and they are not all."""
        known = self._telling(expr)
        if not _complete(known):
            known += self._explore(frozenset(self.system.variables), expr)
        if not _complete(known) and isinstance(expr, Or):
            return self._finds_one(expr.parts)
        if not _complete(known):
            if impossible(expr):
                return False
            known += self._explore(self.system.deciding([expr]), expr)
        complete = _complete(known)
        if any(ever(part.search, expr) for part in complete[:1] or known):
            return True
        return False if complete or self._ruled_out(expr) else None

    def _ruled_out(self, expr: Expr[bool]) -> bool:
        """That it never holds even where what only observes, and is not asked about, may have had any value."""
        observed = (set(written_by(m, a)) for m in self.system.machines if not m.arrows for a in m.reactions)
        deciding = self.system.deciding([expr])
        kept = deciding - (set[Variable[Any]]().union(*observed) - variables_in(expr))
        if kept == deciding:
            return False
        this = kept, frozenset(looks_at_order(expr))
        if this not in self._weaker:
            self._weaker[this] = self._without(deciding - kept, deciding, expr)
        search = self._weaker[this]
        return search is not None and not search.truncated and not ever(search, expr)

    def _without(
        self, forgotten: frozenset[Variable[Any]], deciding: frozenset[Variable[Any]], expr: Expr[bool]
    ) -> Search | None:
        flat = specialised(expand(replace(self.system, keep=deciding), self.size))
        try:
            search = Search(StateSpace(forgetting(flat, forgotten), observing=[expr]), self.limits)
            search.run()
        except (DeclarationError, UnsupportedError):  # it cannot be forgotten, or does not fit
            return None
        return search

    def _finds_one(self, alternatives: Iterable[Expr[bool]]) -> bool | None:
        """Each is asked in a part of its own, which is smaller than one for all of them."""
        answer: bool | None = False
        for alternative in alternatives:
            found = self.finds(alternative)
            if found:
                return True
            answer = answer if found is False else None
        return answer

    def count(self, expr: Expr[bool]) -> int | None:
        """In how many reachable states it holds: of the whole if it is known, else of what decides about it."""
        known = self._telling(expr)
        known += self._explore(frozenset(self.system.variables), expr)
        if not _complete(known):
            known += self._explore(self.system.deciding([expr]), expr)
        complete = _complete(known)
        return count(complete[-1].search, expr) if complete else None

    def _telling(self, expr: Expr[bool]) -> list[_Part]:
        read, ordered = variables_in(expr), looks_at_order(expr)
        return [part for part in self._parts if read <= part.variables and ordered <= part.ordered]

    def _explore(self, variables: frozenset[Variable[Any]], expr: Expr[bool]) -> list[_Part]:
        """These variables so that they tell of the expression; nothing if they do not fit, or were explored before."""
        this = variables, frozenset(looks_at_order(expr))
        if this in self._tried:
            return []
        self._tried.add(this)
        part = replace(self.system, keep=variables)
        try:
            search = Search(StateSpace(specialised(expand(part, self.size)), observing=[expr]), self.limits)
            search.run()
        except UnsupportedError as error:
            self.stopped = str(error)
            return []
        self.stopped = search.truncated or self.stopped
        self._parts.append(_Part(variables, ordered_kinds(part, [expr]), search))
        return self._parts[-1:]


def _complete(parts: Sequence[_Part]) -> list[_Part]:
    """Those that were gone through to the end, small ones first."""
    return sorted((part for part in parts if not part.search.truncated), key=lambda part: len(part.search.visited))


@dataclass(frozen=True, eq=False)
class Reachables:
    """What systems of up to `most` elements reach.

    undecided: what could not be told, because nothing that tells was small enough; a sentence each.
    """

    most: int
    limits: Limits
    undecided: list[str] = field(default_factory=list)
    _known: dict[Any, list[_Small]] = field(default_factory=dict)
    _answers: dict[Any, str] = field(default_factory=dict)

    def never(self, system: System, expr: Expr[bool]) -> str:
        """How it is known that it never holds in small systems; nothing where it does, or where that is undecided.

        Systems without elements of a kind that it speaks of do not count.
        """
        if (system.same, expr) not in self._answers:
            self._answers[system.same, expr] = self._never(system, expr)
        return self._answers[system.same, expr]

    def _never(self, system: System, expr: Expr[bool]) -> str:
        kinds = sorted(own_kinds(expr), key=str)
        if not any(map(_with(kinds), possible_sizes(system))):
            return f"exhaustive: no system has a {' and a '.join(map(str, kinds))}"
        looked: list[str] = []
        beyond: list[str] = []
        for number, small in enumerate(each for each in self._of(system) if _with(kinds)(each.size)):
            found = small.finds(expr)
            if found:
                return ""
            if number == 0 and impossible(expr):
                return EVERYWHERE
            if found is None:
                beyond.append(f"{small.name} ({small.stopped})")
            else:
                looked.append(small.name)
        if looked:
            return f"exhaustive: {', or '.join(looked)}" + "".join(f"; not {each}" for each in beyond)
        if not beyond:
            what = " and ".join(map(str, kinds)) or "system"
            beyond.append(f"up to {counted(self.most, 'element')} (the smallest {what} needs more)")
        self.undecided.extend(f"system {system} with {each} was not looked at" for each in beyond)
        return ""

    def count(self, system: System, expr: Expr[bool]) -> int:
        """In how many reachable states of small systems it holds; see `undecided` for those that were not counted."""
        found = 0
        for small in self._of(system):
            number = small.count(expr)
            if number is None:
                self.undecided.append(f"system {system} with {small.name} ({small.stopped}) was not counted")
            found += number or 0
        return found

    def _of(self, system: System) -> list[_Small]:
        """The system in each size that it can have, small ones first."""
        if system.same not in self._known:
            sizes = [size for size in possible_sizes(system) if sum(size.values()) <= self.most]
            self._known[system.same] = [_Small(system, size, self.limits) for size in sizes]
        return self._known[system.same]


def _with(kinds: Sequence[Kind]) -> Callable[[Sizes], bool]:
    """Whether a system of some size has elements of all these kinds."""
    return lambda size: all(size.get(kind, 0) > 0 for kind in kinds)


def happens(system: System, event: Event, parameters: Mapping[Any, Any]) -> Expr[bool]:
    """That the event can happen, by the element that acts where its machine is of a kind."""
    owner = owner_of(system, event)
    arrows = [arrow for arrow in owner.arrows if arrow.event == event]
    return disjunction(*(fix(guard, parameters) for _, guard in prioritised(owner.state, arrows)))


def owner_of(system: System, event: Event) -> Machine[Any]:
    return next(machine for machine in system.machines if event in machine.events)
