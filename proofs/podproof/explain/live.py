"""A live object: the states of the model that look like it, the causes that may lie behind them, and what may follow.

Its past is looked for among all runs that its fields do not rule out; for every state the sets of disruptions that
suffice to get there are known (`sufficient`), and the minimal ones with which a state agrees are the causes. Its future
begins in the states that have such a cause. So no answer rests on a disruption that is not named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from podproof.engines.state_sets import contained, distinct, first_pairs, ordered, positions
from podproof.engines.state_space import Predicate
from podproof.explain.answers import (
    Can,
    Change,
    Disruptions,
    Explored,
    Known,
    Live,
    Possibility,
    ShownRun,
    Story,
    doing,
)
from podproof.explain.explored import ONLY_EXPLORED, Chosen, ExploredPod
from podproof.explain.possible import ENDS, with_unless
from podproof.explain.sufficient import Bits, Graph, Rows, graph
from podproof.kubernetes.objects.observe import Fact, Observation
from podproof.kubernetes.objects.shape import Shape
from podproof.kubernetes.objects.uncovered import PROGRESS, Uncovered
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.events import Code
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    api_phase,
    assigned,
    created,
    init_run,
    local_phase,
    object_,
    run,
    worker,
)
from podproof.language import Expr, Variable
from podproof.language.meanings.text import value_text
from podproof.language.packing import States
from podproof.properties.answer import Method, Verdict
from podproof.properties.limits import Limits
from podproof.properties.trace import TraceStep
from podproof.wording.counting import counted

VISIBLE: dict[Variable[Any], str] = {api_phase: "phase", object_: "object", assigned: "assigned", run: "", init_run: ""}
"""What others see change, with what it is called."""

TELLING = (*VISIBLE, worker, created)
"""What decides how a step is told: see `doing`."""

WORDS = {"backoff": "CrashLoopBackOff", "held": "held by a finalizer", "gone": "removed"}


class Detective:
    """Looks for the states of the model that agree with an observation."""

    def __init__(
        self, known: Shape, chosen: Chosen, seen: Observation, uncovered: Sequence[Uncovered], limits: Limits
    ) -> None:
        self.seen, self.uncovered = seen, uncovered
        self.past = ExploredPod(seen.system, known, chosen, limits, live=True)
        self.future = ExploredPod(POD, known, chosen, limits, live=True)
        self.tests = [(fact, self.past.space.truth(flat)) for fact, flat in self._flat()]
        self.excluded = frozenset(self._excluded())
        self.lasting = tuple(each for each in seen.unmapped if each.holds_back)
        self.visited = self.past.search(None, (), left_out=self.excluded)[0].visited
        self._reached: dict[tuple[bytes, Disruptions], Any] = {}

    @property
    def problem(self) -> str:
        return self.past.truncated or self.future.truncated

    def explored(self) -> Explored:
        return self.past.explored(len(self.visited))

    def live(self) -> Live:
        seen, past = self.seen, self.past
        agreeing = self.agree(self.visited)
        if not agreeing.any() or self.problem:
            blame = tuple(fact for fact, _ in self.tests if self.agree(self.visited, fact).any())
            return Live(seen.facts, seen.unmapped, int(agreeing.sum()), (), () if self.problem else blame, (), ())
        # The status is read as current: nothing is left for the kubelet to publish.
        quiet = agreeing & past.space.truth(local_phase.equals(api_phase))(self.visited)
        fitting = quiet if quiet.any() else agreeing
        moves = graph(past.part(left_out=self.excluded), self.visited, past.disruptions)
        begin = contained(self.visited, past.space.initial())
        hypotheses = _Hypotheses(moves, moves.leading_to(begin), fitting)
        stories = tuple(Story(self._story(hypotheses.states(cause), cause), cause) for cause in hypotheses.causes)
        ends = self._ends(hypotheses)
        explained = self.visited[hypotheses.explained]
        changes = tuple(self._changes(explained))
        return Live(seen.facts, seen.unmapped, len(explained), stories, (), changes, ends)

    def _ends(self, hypotheses: _Hypotheses) -> tuple[Possibility, ...]:
        """As long as what holds steps back lasts, and where that makes a difference also afterwards."""
        free = _Outlook(self, hypotheses, ())
        afterwards = [free.end(name, holds) for name, holds in ENDS.items()]
        if not self.lasting:
            return tuple(afterwards)
        held = _Outlook(self, hypotheses, self.lasting)
        now = [held.end(name, holds) for name, holds in ENDS.items()]
        return tuple(
            a if (a.can, a.disruptions) == (b.can, b.disruptions) else replace(a, lasting=self.lasting, afterwards=b)
            for a, b in zip(now, afterwards, strict=True)
        )

    def agree(self, states: States, but: Fact | None = None) -> Rows:
        result: Rows = np.ones(states.shape, dtype=bool)
        for fact, test in self.tests:
            if fact is not but:
                result &= test(states)
        return result

    def reach(self, wanted: States, cause: Disruptions) -> Any:
        """A shortest run to one of the states, with no other disruption; likelier ones first."""
        asked = (wanted.tobytes(), cause)
        if asked not in self._reached:
            self._reached[asked] = self._reach(wanted, cause)
        return self._reached[asked]

    def _reach(self, wanted: States, cause: Disruptions) -> Any:
        past, assumed = self.past, self.past.without(*cause)
        liked = wanted[self._likely(wanted)]
        wanted = liked if len(liked) else wanted
        likely = past.reach(among(wanted), assumed, left_out=self.excluded | self._successes())
        return likely or past.reach(among(wanted), assumed, left_out=self.excluded)

    def _story(self, states: States, cause: Disruptions) -> ShownRun:
        return self.past.shown(self.reach(states, cause))

    def _flat(self) -> Iterator[tuple[Fact, Expr[bool]]]:
        for fact in self.seen.facts:
            if fact.kind is None:
                yield fact, self.past.flat.flatten(fact.holds)
            elif fact.index in self.past.chosen[fact.kind]:
                element = self.past.chosen[fact.kind].index(fact.index)
                yield fact, self.past.flat.flatten(fact.holds, element)

    def _likely(self, states: States) -> Rows:
        result: Rows = np.ones(states.shape, dtype=bool)
        for fact, _ in self.tests:
            if fact.likely is not None and fact.kind is not None and fact.index is not None:
                element = self.past.chosen[fact.kind].index(fact.index)
                result &= self.past.space.truth(self.past.flat.flatten(fact.likely, element))(states)
        return result

    def _excluded(self) -> Iterator[int]:
        """Steps that the past of this object does not have."""
        for each in self.seen.excluded:
            chosen = self.past.chosen[each.kind] if each.kind is not None else ()
            places = {(each.kind, place) for place, number in enumerate(chosen) if number == each.index}
            for index, step in enumerate(self.past.flat.steps):
                here = each.kind is None or (step.step.kind, step.element) in places
                if step.step.event == each.event and here:
                    yield index

    def _successes(self) -> frozenset[int]:
        """The steps in which a container succeeds that is known to fail: stories without them are likelier."""
        failing = {(f.kind, self.past.chosen[f.kind].index(f.index)) for f, _ in self.tests if f.failed and f.kind}
        return frozenset(
            index
            for index, step in enumerate(self.past.flat.steps)
            if (step.step.kind, step.element) in failing and Code.zero in step.step.parameters.values()
        )

    # What others can see next.

    def _changes(self, states: States) -> Iterator[Change]:
        """Every step out of the states, by what it changes for an observer; disruptions last."""
        past, layout = self.past, self.past.space.layout
        found: dict[Change, None] = {}
        telling = [flat for (own, _), flat in past.flat.place.items() if own in TELLING]
        for moves in past.space.moves(states):
            outside = ~self.agree(moves.after)
            step = past.flat.steps[moves.index]
            if not outside.any():
                continue
            rows, after = states[moves.rows][outside], moves.after[outside]
            first = first_pairs(layout.only(rows, telling), layout.only(after, telling))
            acting = TraceStep(step.step, step.element, {})
            who = past.who(acting)
            needs = tuple(a for a in step.step.event.unless if a in past.disruptions)
            held = tuple(u for u in self.lasting if _holds_back(u, acting, who))
            for row in first.tolist():
                before = past.space.values(layout.number(rows[row]))
                text = self._difference(before, past.space.values(layout.number(after[row])))
                if text:
                    found[Change(*doing(acting, who, before), text, needs, held)] = None
        yield from sorted(found, key=lambda change: len(change.disruptions))

    def _difference(self, before: Mapping[Variable[Any], Any], after: Mapping[Variable[Any], Any]) -> str:
        told = []
        for variable, name in VISIBLE.items():
            if variable.kind is None:
                if before[variable] != after[variable]:
                    told.append(f"{name} {_word(before[variable])} -> {_word(after[variable])}".strip())
                continue
            for i, (a, b) in enumerate(zip(before[variable], after[variable], strict=True)):
                if a != b:
                    told.append(f"{self.past.names[variable.kind][i]} {_word(a)} -> {_word(b)}")
        return ", ".join(told)


class _Hypotheses:
    """The states that look like the object, each with the disruptions that suffice to get there.

    causes: the minimal sets of disruptions with which one of them is reached; explained: the states that have one.
    """

    def __init__(self, moves: Graph, up: Bits, fitting: Rows) -> None:
        self.moves, self.up, self.fitting = moves, up, fitting
        self.causes = moves.minimal(np.bitwise_or.reduce(up[fitting], axis=0))
        self.explained: Rows = np.zeros(len(fitting), dtype=bool)
        for cause in self.causes:
            self.explained |= self.rows(cause)

    def rows(self, cause: Disruptions) -> Rows:
        return self.fitting & Graph.has(self.up, self.moves.mask(cause))

    def states(self, cause: Disruptions) -> States:
        return self.moves.states[self.rows(cause)]


class _Outlook:
    """What may become of the object, from the states that have a cause, without the steps that are held back."""

    def __init__(self, detective: Detective, hypotheses: _Hypotheses, lasting: Sequence[Uncovered]) -> None:
        self.detective, self.hypotheses, self.pod = detective, hypotheses, detective.future
        self.now = self._projected(hypotheses.moves.states[hypotheses.fitting])
        self.left_out = frozenset(self._held(lasting))
        visited = self.pod.search(None, (), distinct(self.now), self.left_out)[0].visited
        self.moves = graph(self.pod.part(left_out=self.left_out), visited, self.pod.disruptions)
        terminal = any(f"phase {phase}" == fact.text for phase in TERMINAL for fact in detective.seen.facts)
        # Where the Pod has ended nothing is started any more, so what holds up a start holds up nothing.
        everything = (*detective.uncovered, *detective.seen.unmapped)
        self.bearing = tuple(each for each in everything if not (terminal and each.holds_up >= PROGRESS))

    def _held(self, lasting: Sequence[Uncovered]) -> Iterator[int]:
        for index, step in enumerate(self.pod.flat.steps):
            acting = TraceStep(step.step, step.element, {})
            if any(_holds_back(each, acting, self.pod.who(acting)) for each in lasting):
                yield index

    def end(self, name: str, holds: Expr[bool]) -> Possibility:
        return with_unless(self._end(name, holds), self.bearing)

    def _end(self, name: str, holds: Expr[bool]) -> Possibility:
        pod = self.pod
        goal = pod.space.truth(pod.flat.flatten(holds))
        if pod.truncated:
            absent = Known(Verdict.UNKNOWN, Method.bounded, pod.truncated)
            return Possibility(name, name, Can.unknown, absent)
        up = self.moves.leading_from(goal(self.moves.states))
        here = up[positions(self.now, self.moves.states)]
        ways = {cause: self.moves.minimal(np.bitwise_or.reduce(here[self._of(cause)], axis=0)) for cause in self.causes}
        absent = Known(Verdict.TRUE, Method.exhaustive, f"from all {counted(len(self.now), 'state')} that agree")
        if not pod.exact:
            absent = Known(Verdict.UNKNOWN, Method.bounded, ONLY_EXPLORED)
        possible = {cause: sets for cause, sets in ways.items() if sets}
        if not possible:
            can = Can.never if pod.exact else Can.unknown
            return Possibility(name, name, can, absent, unseen=self._unseen(here))
        itself = {cause: sets for cause, sets in possible.items() if sets == [()]}
        chosen = itself or possible
        past = tuple(chosen) if len(chosen) < len(self.causes) else ()
        sets = _minimal(each for found in chosen.values() for each in found)
        run = min((self._run(goal, cause, found[0]) for cause, found in chosen.items()), key=len)
        if itself:
            return Possibility(name, name, Can.itself, run=run, past=past)
        can = Can.disturbed if pod.exact else Can.unknown
        return Possibility(name, name, can, absent, tuple(sets), run, past=past)

    @property
    def causes(self) -> list[Disruptions]:
        return self.hypotheses.causes

    def _of(self, cause: Disruptions) -> Rows:
        """Which of the states of `now` have this cause."""
        rows: Rows = self.hypotheses.rows(cause)[self.hypotheses.fitting]
        return rows

    def _unseen(self, here: Bits) -> tuple[Disruptions, ...]:
        """What would have to lie behind the object, beyond its causes, so that it can come about all the same."""
        able = here.any(axis=1)
        if not able.any():
            return ()
        up = self.hypotheses.up[self.hypotheses.fitting][able]
        return tuple(self.hypotheses.moves.minimal(np.bitwise_or.reduce(up, axis=0)))

    def _run(self, goal: Predicate, cause: Disruptions, needs: Disruptions) -> ShownRun:
        """A shortest run from one of the states that have the cause, behind one that leads there."""
        pod, states = self.pod, self.hypotheses.states(cause)
        start = distinct(self._projected(states))
        tail = pod.reach(goal, pod.without(*needs), start, self.left_out)
        assert tail is not None, "the graph says that there is a run"
        begin = _packed(pod, tail.initial)
        head = self.detective.reach(states[self._projected(states) == begin], cause)
        return pod.shown(head, tail)

    def _projected(self, states: States) -> States:
        """States of the past as states of the future: without what only observes."""
        before, after = self.detective.past, self.pod
        found = np.repeat(after.space.layout.states([0]), len(states))
        for place, variable in after.flat.place.items():
            codes = before.space.layout.codes(states, before.flat.place[place])
            after.space.layout.put(found, variable, codes)
        return found


def among(wanted: States) -> Predicate:
    sought = ordered(wanted)

    def predicate(states: States) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = contained(states, sought)
        return found

    return predicate


def _packed(pod: ExploredPod, values: Mapping[Variable[Any], Any]) -> States:
    """The state with these values."""
    layout = pod.space.layout
    flat = {
        each: values[variable] if element is None else values[variable][element]
        for (variable, element), each in pod.flat.place.items()
    }
    return layout.states([layout.pack(flat)])


def _minimal(sets: Iterator[Disruptions]) -> list[Disruptions]:
    found = list(dict.fromkeys(sets))
    return sorted((s for s in found if not any(set(o) < set(s) for o in found)), key=len)


def _holds_back(each: Uncovered, step: TraceStep, who: str) -> bool:
    return any(event == step.event and name in ("", who) for event, name in each.holds_back)


def _word(value: Any) -> str:
    return WORDS.get(str(value), value_text(value))
