"""A user's own claims about a plain machine: the formulas of `podproof.claims`, said in names of states and events.

The machine is where it can be between two events from outside, and where it passes in the middle of one, when an event
of a callback begins or ends there. What holds in all these places, and of every single event, is looked up; for
questions about whole runs the explored machine becomes a system of the model language with one variable, its place, so
that the engine that decides them for Pods decides these, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from podproof.language import (
    FALSE,
    Actor,
    DeclarationError,
    Event,
    Expr,
    Fairness,
    Machine,
    System,
    Variable,
    conjunction,
    state,
    weak,
)
from podproof.language.expressions import Not, Or, variables_in
from podproof.language.meanings.python import evaluate
from podproof.language.systems import fix
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Asks, Formula, Invariant, Only, Property, Reachable, StepRule
from podproof.properties.temporal import Liveness
from podproof.properties.whole_runs import NoReturn, Shortest
from podproof.verify.exploring import Explored, Move
from podproof.verify.reading import Unreadable
from podproof.verify.skeleton import Call, Configuration, active
from podproof.verify.words import Accepts
from podproof.wording.counting import counted
from podproof.wording.near import did_you_mean

MACHINE = Actor("the machine")
"""Who goes on with an event that has begun."""


def _whoever_triggers(event: str) -> Actor:
    """Called otherwise than MACHINE, whatever the user's event is called."""
    return Actor(f"whoever triggers {event}")


MOST_PLACES = 2_000
"""Of more, a system with one arrow for every move is the wrong tool."""

Claims = Formula | Mapping[str, Formula] | Iterable[Formula]
"""Formulas, or sentences with the formulas that say them."""


@dataclass(frozen=True, eq=False)
class Claimed:
    """A claim decided. run: a shortest counterexample, or what shows that something can be reached; forever: of a run
    without an end, after how many of its events the others are repeated, or if there are none nothing happens any more;
    unless: callbacks that are not followed, any of which could make a TRUE untrue by triggering an event.
    """

    sentence: str
    formula: Formula
    verdict: Verdict
    reason: str = ""
    run: tuple[Move, ...] | None = None
    unless: tuple[str, ...] = ()
    forever: int | None = None


@dataclass(frozen=True)
class _Answer:
    verdict: Verdict
    reason: str = ""
    run: tuple[Move, ...] | None = None
    forever: int | None = None


@dataclass(frozen=True)
class _Place:
    """Where the machine is, between two events or in the middle of `during`; steps: events from outside to it."""

    configuration: Configuration
    steps: int
    during: Move | None = None


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


def decide(explored: Explored, claims: Claims) -> tuple[Claimed, ...]:
    """The verdict of each claim: exhaustive. Raises Unreadable where one speaks of what the machine does not have."""
    court = _Court(explored)
    return tuple(court.decide(sentence, formula) for sentence, formula in named(claims))


class _Court:
    def __init__(self, explored: Explored) -> None:
        self.explored = explored
        self.reading = explored.reading

    def decide(self, sentence: str, formula: Formula) -> Claimed:
        try:
            self._check(formula)
            answer = self._answer(formula)
        except DeclarationError as error:
            raise Unreadable(f"claim {sentence!r}: {error}") from error
        by_itself = formula.asks is not Asks.fair_cycle and not isinstance(formula, Shortest)
        certain = answer.run is not None and by_itself and not self.reading.not_followed
        if self.explored.incomplete and not certain:
            return Claimed(sentence, formula, Verdict.UNKNOWN, self.explored.incomplete)
        unless = self._unless(formula, answer) if answer.verdict is Verdict.TRUE else ()
        return Claimed(sentence, formula, answer.verdict, answer.reason, answer.run, unless, answer.forever)

    def _unless(self, formula: Formula, answer: _Answer) -> tuple[str, ...]:
        """The callbacks that could make a TRUE untrue: of a run that shows something those on it, otherwise all."""
        if formula.opposite is not None:
            return tuple(dict.fromkeys(name for move in answer.run or () for name in move.callbacks))
        return self.explored.unfollowed

    def _answer(self, formula: Formula) -> _Answer:
        match formula:
            case Reachable():
                return self._reachable(formula)
            case Accepts():
                return self._accepts(formula)
            case Shortest():
                return self._shortest(formula)
        if formula.asks is not Asks.safety:
            return self._of_runs(formula)
        properties = formula.properties()
        if not properties:
            raise DeclarationError(f"{type(formula).__name__} is not decided for a machine of your own")
        for prop in properties:
            found = self._broken(prop)
            if found is not None:
                return found
        vacuous = self._vacuous(formula)
        return _Answer(Verdict.UNKNOWN, f"vacuous: {vacuous}") if vacuous else _Answer(Verdict.TRUE)

    # Places and single events

    def _broken(self, prop: Property) -> _Answer | None:
        if isinstance(prop, StepRule):
            for move, call in self._calls(prop):
                if self._holds(prop.before, call.before) and not self._holds(prop.after, call.after):
                    reason = f"transitions raises {move.error}" if move.error else ""
                    return _Answer(Verdict.FALSE, reason, (*self.explored.run(move.before), move))
            return None
        places = self.places if isinstance(prop, Invariant) else [_Place(each, 0) for each in self.explored.starts]
        place = self._first(~prop.holds, places)
        return None if place is None else _Answer(Verdict.FALSE, "", self._run(place))

    def _reachable(self, formula: Reachable) -> _Answer:
        place = self._first(formula.holds, self.places)
        return _Answer(Verdict.FALSE) if place is None else _Answer(Verdict.TRUE, "", self._run(place))

    def _shortest(self, formula: Shortest) -> _Answer:
        place = self._first(formula.target, self.places)
        if place is None:
            return _Answer(Verdict.FALSE, "it is never reached")
        verdict = Verdict.TRUE if place.steps == formula.steps else Verdict.FALSE
        return _Answer(verdict, f"the shortest run takes {counted(place.steps, 'event')}", self._run(place))

    def _accepts(self, formula: Accepts) -> _Answer:
        event = formula.event
        if event not in self.reading.events:
            raise DeclarationError(f"only callbacks trigger {event}; --auto-transitions counts it")
        here = [each for each in self.explored.configurations if self._holds(formula.holds, each)]
        if not here:
            passed = any(self._holds(formula.holds, each) for each in self.explored.passed)
            never = "is only passed in the middle of an event" if passed else "is never reached"
            return _Answer(Verdict.UNKNOWN, f"vacuous: ({formula.holds}) {never}")
        refusing: dict[str, None] = {}
        for configuration in here:
            moves = [each for each in self.explored.moves if (each.before, each.event) == (configuration, event)]
            shown, run = self.explored.shown(configuration), self.explored.run(configuration)
            failing = next((each for each in moves if each.error), None)
            if failing is not None:
                return _Answer(Verdict.FALSE, f"transitions raises {failing.error}", (*run, failing))
            firing = [move for move in moves if move.calls[0].edges]
            if not firing and not self._offered(event, configuration):
                return _Answer(Verdict.FALSE, f"{event} in {shown}: {self._refusal(configuration)}", run)
            if not firing and not self.explored.incomplete:
                return _Answer(Verdict.FALSE, f"{event} in {shown}: no transition of it can ever fire there", run)
            # The ways to answer exclude one another: each has that part of all answers.
            if sum(Fraction(1, 2 ** len(move.answers)) for move in firing) < 1:
                refusing |= dict.fromkeys(name for move in firing for name, _ in move.answers)
        conditions = f"its conditions may still refuse it: {', '.join(refusing)}" if refusing else ""
        return _Answer(Verdict.TRUE, conditions)

    def _offered(self, event: str, configuration: Configuration) -> bool:
        """Whether there is a transition for it, whatever its conditions are."""
        here = {path[:n] for path in active(self.reading, configuration) for n in range(1, len(path) + 1)}
        return any(edge.event == event and self.reading.source(edge) in here for edge in self.reading.edges)

    def _refusal(self, configuration: Configuration) -> str:
        """What `transitions` does with an event that is not for the state."""
        flags = [self.reading.nodes[path].ignores for path in active(self.reading, configuration)]
        ignored = all(self.reading.ignores if flag is None else flag for flag in flags)
        return "it is ignored there" if ignored else "transitions raises MachineError, it is not accepted there"

    def _calls(self, rule: StepRule) -> Iterator[tuple[Move, Call]]:
        """Every event of the rule that fires a transition, triggered from outside or by a callback, nearest first."""
        for move in self.explored.moves:
            for call in move.calls:
                if call.edges and (not rule.events or any(call.event == event for event in rule.events)):
                    yield move, call

    def _vacuous(self, formula: Formula) -> str:
        """Why what is true says nothing: what it speaks of never happens."""
        rules = formula.step_rules
        if isinstance(formula, Only):
            return "" if any(self._calls(rules[0])) else f"no transition of {formula.event} ever fires"
        if rules and not any(self._asked(rule) for rule in rules):
            if all(self._first(rule.before, self.places) is None for rule in rules):
                return f"({rules[0].before}) is never reached"
            events = " or ".join(dict.fromkeys(str(event) for rule in rules for event in rule.events)) or "an event"
            return f"no transition of {events} ever fires where the claim speaks of it"
        if isinstance(formula, Always) and isinstance(formula.holds, Or):
            assumed = [part.body for part in formula.holds.parts if isinstance(part, Not)]
            if assumed and len(assumed) < len(formula.holds.parts):
                antecedent = conjunction(*assumed)
                if self._first(antecedent, self.places) is None:
                    return f"({antecedent}) is never reached"
        return ""

    def _asked(self, rule: StepRule) -> bool:
        """Some event of the rule fires where it speaks of it; or nothing leaves a place where it is said to stay."""
        if any(self._holds(rule.before, call.before) for _, call in self._calls(rule)):
            return True
        staying = [place for place in self.places if self._holds(rule.before, place.configuration)]
        stays = all(self._holds(rule.after, place.configuration) for place in staying)
        return bool(staying) and not rule.events and stays

    @cached_property
    def places(self) -> list[_Place]:
        """Nearest first."""
        steps: dict[Configuration, int] = {}
        for each in self.explored.configurations:
            came = self.explored.reached_by.get(each)
            steps[each] = 0 if came is None else steps[came.before] + 1
        found = [_Place(each, number) for each, number in steps.items()]
        found += [_Place(each, steps[move.before] + 1, move) for each, move in self.explored.passed.items()]
        return sorted(found, key=lambda place: place.steps)

    def _first(self, expr: Expr[bool], places: Iterable[_Place]) -> _Place | None:
        return next((place for place in places if self._holds(expr, place.configuration)), None)

    def _run(self, place: _Place) -> tuple[Move, ...]:
        if place.during is None:
            return self.explored.run(place.configuration)
        return (*self.explored.run(place.during.before), place.during)

    # Whole runs

    def _of_runs(self, formula: Formula) -> _Answer:
        """Asked of a system whose states are the places, of the engine that decides such questions for Pods."""
        from podproof.engines.engine import ENGINES  # loads z3
        from podproof.engines.liveness import NEVER_ASKED

        if len(self._nodes) > MOST_PLACES:
            return _Answer(Verdict.UNKNOWN, f"more than {MOST_PLACES:,} configurations: too many for claims about runs")
        if formula.occasion is not None and self._first(formula.occasion, self.places) is None:
            return _Answer(Verdict.UNKNOWN, f"vacuous: ({formula.occasion}) is never reached")
        if isinstance(formula, NoReturn):
            both = (formula.observed, ~formula.observed)
            if any(self._first(each, self.places) is None for each in both):
                return _Answer(Verdict.UNKNOWN, f"vacuous: ({formula.observed}) never changes")
        here = {variable: self._while_in(variable) for variable in self._variables(formula)}
        said = {each.name: getattr(formula, each.name) for each in fields(formula)}
        changed: dict[str, Any] = {name: fix(expr, here) for name, expr in said.items() if isinstance(expr, Expr)}
        if isinstance(formula, Liveness):
            changed["fair"] = tuple(self._fair(formula.fair, here))
        answer = ENGINES[formula.asks].check(self._system, replace(formula, **changed), {})
        if answer.reason == NEVER_ASKED:
            return _Answer(Verdict.UNKNOWN, f"vacuous: {answer.reason}")
        if answer.trace is None:
            return _Answer(answer.verdict, answer.reason or self._asked_for_ever(formula))
        taken = [self._arrows[step.step.arrow.line] for step in answer.trace.steps]
        run = tuple(move for move, first in taken if first)
        forever = answer.trace.forever
        before = None if forever is None else sum(first for _, first in taken[: forever.after])
        return _Answer(answer.verdict, answer.reason, run, before)

    def _asked_for_ever(self, formula: Formula) -> str:
        """What a TRUE takes for granted of conditions: that whoever is never neglected is not refused for ever."""
        going_on = {str(each.of) for each in formula.fair} if isinstance(formula, Liveness) else set()
        asked = [name for move in self.explored.moves if move.event in going_on for name, _ in move.answers]
        return f"as if these conditions did not refuse for ever: {', '.join(dict.fromkeys(asked))}" if asked else ""

    def _fair(self, fair: Iterable[Fairness], here: Mapping[Variable[Any], Expr[bool]]) -> Iterator[Fairness]:
        """Who goes on: an event by all of its moves, as far as it has any; and the machine, once an event has begun."""
        firing = {move.event for move in self.explored.moves}
        for each in fair:
            if str(each.of) in firing:
                yield replace(each, of=_whoever_triggers(str(each.of)), when=fix(each.when, here))
        if any(not first for _, first in self._arrows):
            yield weak(MACHINE)

    def _while_in(self, variable: Variable[Any]) -> Expr[bool]:
        """That a state is active, as a condition on the node."""
        members = [member for node, member in self._members.items() if self._holds(variable, node[0])]
        return self._node.is_(*members) if members else FALSE

    @cached_property
    def _chains(self) -> list[tuple[Move, list[tuple[Configuration, ...]]]]:
        """Every move as a chain of nodes. A node is where the machine is, with where it is bound to go from there."""
        known = frozenset(self.explored.configurations)
        found = []
        for move in self.explored.moves:
            if move.after in known:
                ahead = (*move.passed, move.after)
                found.append((move, [(move.before,), *(ahead[place:] for place in range(len(ahead)))]))
        return found

    @cached_property
    def _nodes(self) -> dict[tuple[Configuration, ...], None]:
        resting = [(each,) for each in self.explored.configurations]
        return dict.fromkeys([*resting, *(node for _, chain in self._chains for node in chain)])

    @cached_property
    def _members(self) -> dict[tuple[Configuration, ...], Any]:
        """One value for each node."""
        make: Any = StrEnum
        values = make("Place", [(f"P{number}", f"place {number}") for number in range(len(self._nodes))])
        return dict(zip(self._nodes, values, strict=True))

    @cached_property
    def _node(self) -> Variable[Any]:
        starts = tuple(self._members[(each,)] for each in self.explored.starts)
        return state("place", type(starts[0]), initial=starts)

    @cached_property
    def _steps(self) -> dict[tuple[Any, Any, Actor], tuple[Move, bool]]:
        """From node to node, by whom: the move, and whether it begins there."""
        found: dict[tuple[Any, Any, Actor], tuple[Move, bool]] = {}
        for move, chain in self._chains:
            for place, (before, after) in enumerate(pairwise(chain)):
                actor = MACHINE if place else _whoever_triggers(move.event)
                found.setdefault((before, after, actor), (move, place == 0))
        return found

    @cached_property
    def _arrows(self) -> list[tuple[Move, bool]]:
        return list(self._steps.values())

    @cached_property
    def _system(self) -> System:
        arrows: list[Any] = [
            {
                "trigger": actor(f"move {number}"),
                "source": self._members[before],
                "dest": self._members[after],
            }
            for number, (before, after, actor) in enumerate(self._steps)
        ]
        machine: Machine[Any] = Machine("plain", self._node, arrows)
        return System(self.reading.class_name, (machine,))

    # Names

    def _check(self, formula: Formula) -> None:
        """Raises DeclarationError where it speaks of a state or an event that the machine does not have."""
        for variable in self._variables(formula):
            if variable.name not in self._states:
                near = did_you_mean(variable.name, self._states)
                raise DeclarationError(f"the machine has no state {variable.name}{near}")
        for each in fields(formula):
            value = getattr(formula, each.name)
            for said in value if isinstance(value, tuple | list) else (value,):
                event = said.of if isinstance(said, Fairness) else said
                if isinstance(event, Actor):
                    raise DeclarationError(f"{said}: say which event goes on, such as weak(on('ship'))")
                if isinstance(event, Event) and event not in self.reading.known_events:
                    raise DeclarationError(f"the machine has no event {event}{self._hint(event)}")

    def _hint(self, event: str) -> str:
        if event in self.reading.left_out:
            return " that is counted; --auto-transitions counts it"
        return did_you_mean(event, self.reading.known_events)

    @cached_property
    def _states(self) -> dict[str, tuple[str, ...]]:
        return {self.reading.name(path): path for path in self.reading.nodes}

    def _variables(self, formula: Formula) -> tuple[Variable[Any], ...]:
        values = [getattr(formula, each.name) for each in fields(formula)]
        values += [each.when for each in formula.fair] if isinstance(formula, Liveness) else []
        found = {variable for value in values if isinstance(value, Expr) for variable in variables_in(value)}
        return tuple(sorted(found, key=lambda variable: variable.name))

    def _holds(self, expr: Expr[bool], configuration: Configuration) -> bool:
        """Whether it is true there: a state with substates counts while one of them is active."""
        leaves = active(self.reading, configuration)
        values = {
            variable: any(path[: len(wanted)] == wanted for path in leaves)
            for variable in variables_in(expr)
            for wanted in [self._states[variable.name]]
        }
        return bool(evaluate(expr, values, {}))
