"""A user's own claims about a plain machine: the formulas of `podproof.claims`, said in names of states and events.

The explored machine becomes a system of the model language with one variable, the configuration, so that the engines
that decide claims about Pods decide these, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from podproof.claims.formulas import Formula, NoReturn, Only, Passes, Shortest, Step
from podproof.engines import explicit, graph
from podproof.evidence.verdicts import Answer, Limits, Method, Verdict
from podproof.language import (
    FALSE,
    DeclarationError,
    Event,
    Expr,
    Machine,
    Parameter,
    System,
    Variable,
    parameter,
    state,
)
from podproof.language.expressions import variables_in
from podproof.language.systems import fix
from podproof.plain.exploring import Explored, Move
from podproof.plain.reading import Unreadable
from podproof.plain.skeleton import active
from podproof.plain.words import USER
from podproof.wording.near import did_you_mean

UNASKED = "no condition is asked"
MOST_CONFIGURATIONS = 2_000
"""Of more, a system with one arrow for every move is the wrong tool."""

Claims = Formula | Mapping[str, Formula] | Iterable[Formula]
"""Formulas, or sentences with the formulas that say them."""


@dataclass(frozen=True, eq=False)
class Claimed:
    """A claim decided. run: a shortest counterexample, or what shows that something can be reached."""

    sentence: str
    formula: Formula
    verdict: Verdict
    reason: str = ""
    run: tuple[Move, ...] | None = None


def named(claims: Claims) -> tuple[tuple[str, Formula], ...]:
    """Sentences and formulas; raises Unreadable for anything else."""
    pairs: Iterable[tuple[Any, Any]]
    match claims:
        case Formula():
            pairs = [(str(claims), claims)]
        case Mapping():
            pairs = claims.items()
        case _ if isinstance(claims, Iterable) and not isinstance(claims, str):
            pairs = [(str(each), each) for each in claims]
        case _:
            pairs = [("", claims)]
    found = tuple(pairs)
    for sentence, formula in found:
        if not isinstance(formula, Formula) or not isinstance(sentence, str):
            raise Unreadable(f"a claim is a formula such as Never(at('broken')), not {formula!r}")
    return found


def decide(explored: Explored, claims: Claims, limits: Limits | None = None) -> tuple[Claimed, ...]:
    """The verdict of each claim: exhaustive. Raises Unreadable where one speaks of what the machine does not have."""
    court = _Court(explored, limits or Limits())
    return tuple(court.decide(sentence, formula) for sentence, formula in named(claims))


class _Court:
    def __init__(self, explored: Explored, limits: Limits) -> None:
        self.explored = explored
        self.limits = limits
        known = frozenset(explored.configurations)
        self.taken = [move for move in explored.moves if move.after in known]

    def decide(self, sentence: str, formula: Formula) -> Claimed:
        try:
            return self._decide(sentence, formula)
        except DeclarationError as error:
            raise Unreadable(f"claim {sentence!r}: {error}") from error

    def _decide(self, sentence: str, formula: Formula) -> Claimed:
        meant = self._about_this_machine(formula)
        if meant is None:
            return Claimed(sentence, formula, Verdict.TRUE, "such an event never does anything")
        if len(self.explored.configurations) > MOST_CONFIGURATIONS:
            reason = f"more than {MOST_CONFIGURATIONS:,} configurations: too many for claims"
            return Claimed(sentence, formula, Verdict.UNKNOWN, reason)
        answer = self._answer(meant)
        run = None if answer.trace is None else tuple(self.taken[step.step.arrow.line] for step in answer.trace.steps)
        if self.explored.incomplete and (run is None or isinstance(formula, Shortest)):
            return Claimed(sentence, formula, Verdict.UNKNOWN, self.explored.incomplete)
        return Claimed(sentence, formula, answer.verdict, answer.reason, run)

    def _answer(self, formula: Formula) -> Answer:
        if isinstance(formula, Passes | NoReturn | Shortest):
            return graph.check(self._graph, formula)
        if not formula.expressions():
            return Answer(Verdict.TRUE, Method.exhaustive)
        return explicit.check(self._system, formula, {}, limits=self.limits)

    def _about_this_machine(self, formula: Formula) -> Formula | None:
        """The formula over the system's variable; None where it is about events that never happen."""
        changed: dict[str, Any] = {}
        for each in fields(formula):
            value = getattr(formula, each.name)
            if isinstance(value, Expr):
                changed[each.name] = fix(value, {v: self._active(v) for v in variables_in(value)})
            elif isinstance(value, Event):
                self._known(value)
        meant = replace(formula, **changed)
        if isinstance(meant, Step) and meant.during:
            for event in meant.during:
                self._known(event)
            meant = replace(meant, during=tuple(event for event in meant.during if event in self._system.events))
            return meant if meant.during else None
        if isinstance(meant, Only) and meant.event not in self._system.events:
            return None
        return meant

    def _known(self, event: Event) -> None:
        if event not in self.explored.reading.events:
            hint = did_you_mean(event, self.explored.reading.events)
            raise DeclarationError(f"the machine has no event {event}{hint}")

    def _active(self, variable: Variable[Any]) -> Expr[bool]:
        """That a state is active, as a condition on the configuration."""
        reading = self.explored.reading
        names = {reading.name(path): path for path in reading.nodes}
        if variable.name not in names:
            raise DeclarationError(f"the machine has no state {variable.name}{did_you_mean(variable.name, names)}")
        wanted = names[variable.name]
        members = [
            self._members[place]
            for place, each in enumerate(self.explored.configurations)
            if any(path[: len(wanted)] == wanted for path in active(reading, each))
        ]
        return self._configuration.is_(*members) if members else FALSE

    @cached_property
    def _members(self) -> list[Any]:
        """One value for each configuration."""
        shown: list[str] = []
        for each in self.explored.configurations:
            name = self.explored.shown(each)
            shown.append(f"{name} ({shown.count(name) + 1})" if name in shown else name)
        return list(StrEnum("Configuration", {f"C{place}": name for place, name in enumerate(shown)}))

    @cached_property
    def _configuration(self) -> Variable[Any]:
        starts = tuple(self._members[self.explored.configurations.index(each)] for each in self.explored.starts)
        return state("configuration", type(self._members[0]), initial=starts)

    @cached_property
    def _system(self) -> System:
        place = {each: self._members[number] for number, each in enumerate(self.explored.configurations)}
        answers: dict[str, dict[str, None]] = {}
        for move in self.taken:
            answers.setdefault(move.event, {})[move.conditions or UNASKED] = None
        ways: dict[str, Any] = {
            event: StrEnum("Answers", {f"A{number}": text for number, text in enumerate(texts)})
            for event, texts in answers.items()
        }
        asked: dict[str, Parameter[Any]] = {event: parameter("conditions", values) for event, values in ways.items()}
        events = {event: USER(event, asked[event]) for event in answers}
        arrows = [
            {
                "trigger": events[move.event],
                "source": place[move.before],
                "dest": place[move.after] if move.after is not None else "=",
                "conditions": asked[move.event].is_(ways[move.event](move.conditions or UNASKED)),
            }
            for move in self.taken
        ]
        machine: Machine[Any] = Machine("plain", self._configuration, arrows)  # type: ignore[arg-type]
        return System(self.explored.reading.class_name, (machine,))

    @cached_property
    def _graph(self) -> graph.Exploration:
        return graph.explore(self._system, {}, self.limits)
