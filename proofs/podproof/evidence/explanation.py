"""Explaining one Pod: what its manifest lets it do, or why a live one is where it is and what may come next.

The Pod is explored as it is, with all its containers, where that is small; else with some of them, chosen so that every
container policy occurs, and then what it can never do is proved for every number of containers. Every run is a shortest
one and was replayed on the running machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from podproof.claims.catalogue import CLAIMS
from podproof.claims.formulas import Formula, Never
from podproof.engines.disruptions import OutOfBounds, breaking_sets
from podproof.engines.explicit import Predicate, Search, StateSpace, predicates
from podproof.engines.restricted import Restricted, forbidden
from podproof.evidence.counterexample import ReplayedRun, replay
from podproof.evidence.decide import Judge
from podproof.evidence.verdicts import Limits, Method, Trace, TraceStep, Verdict
from podproof.language import Assumption, Expr, Kind, System, Variable, conjunction
from podproof.language.arrays import States
from podproof.language.flat import expand
from podproof.language.text import value_text
from podproof.pod import assumptions as given
from podproof.pod.events import Code
from podproof.pod.manifests import Location, PodDocument
from podproof.pod.observe import (
    WATCHED,
    Container,
    Fact,
    Observation,
    Shape,
    Uncovered,
    init_starts,
    observation,
    shape,
    starts,
    uncovered,
)
from podproof.pod.pod import POD
from podproof.pod.spec import RestartPolicy, init, init_policy, own_policy, regular
from podproof.pod.states import (
    TERMINAL,
    Object,
    Phase,
    api_phase,
    assigned,
    finalizer,
    init_run,
    local_phase,
    object_,
    run,
)
from podproof.wording.counting import counted

MOST_ELEMENTS = 3
"""A Pod with no more containers, init containers included, is explored as it is."""

MOST_REGULAR, MOST_INIT = 2, 2
"""Of a larger one so many are explored."""

BREAKS = {
    given.no_deletion: "somebody deletes it",
    given.no_eviction: "the kubelet evicts it",
    given.no_preemption: "the kubelet preempts it",
    given.no_deadline: "its deadline passes",
    given.no_shutdown: "its node shuts down",
    given.no_rejection: "its node rejects it",
    given.no_podgc: "its node is gone (podgc)",
    given.no_sandbox_loss: "its sandbox is lost",
}
"""What happens where an assumption does not hold."""


def breaks(assumption: Assumption) -> str:
    return BREAKS.get(assumption, f"not {assumption}")


class Can(StrEnum):
    """Whether something happens to this Pod: by itself, only with a disruption, or never."""

    itself = "by itself"
    disturbed = "only if disturbed"
    never = "never"
    unknown = "unknown"


@dataclass(frozen=True)
class Known:
    """How it is known that something does not happen; detail: of which Pods, or why it is not known."""

    verdict: Verdict
    method: Method
    detail: str


@dataclass(frozen=True, eq=False)
class Run:
    """A shortest run. begin: how many steps lead to the observed state of a live Pod; they are not shown.

    names: the explored containers, as the manifest calls them.
    """

    trace: Trace
    begin: int
    names: Mapping[Kind, tuple[str, ...]]

    @cached_property
    def replayed(self) -> ReplayedRun:
        """What is shown comes from here. Raises ReplayError where the running machines cannot repeat the trace."""
        return replay(self.trace)

    def __len__(self) -> int:
        return len(self.trace) - self.begin

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        return self.replayed.trace.steps[self.begin :]

    def who(self, step: TraceStep) -> str:
        if step.element is None or step.step.kind is None:
            return ""
        return self.names[step.step.kind][step.element]

    def chain(self) -> list[tuple[str, tuple[str, ...]]]:
        """Actors with what they do, as long as the same one acts."""
        steps = [(str(s.step.actor), _doing(s, self.who(s))) for s in self.steps]
        return [(actor, tuple(text for _, text in told)) for actor, told in groupby(steps, key=lambda s: s[0])]


def _doing(step: TraceStep, who: str) -> str:
    values = []
    for name, value in step.step.parameters.items():
        values.append(
            value_text(value) if name in value_text(value) or name == "grace" else f"{name} {value_text(value)}"
        )
    event = str(step.event).removesuffix(" init") if who else str(step.event)
    return " ".join(filter(None, (event, who))) + (f" ({', '.join(values)})" if values else "")


@dataclass(frozen=True, eq=False)
class Possibility:
    """Something that may happen to the Pod.

    absent: how it is known that it never happens (`never`) or never without a disruption (`disturbed`); disruptions:
    the minimal sets of broken assumptions with which it happens; run: a shortest one, with the fewest disruptions.
    """

    id: str
    what: str
    can: Can
    absent: Known | None = None
    disruptions: tuple[tuple[Assumption, ...], ...] = ()
    run: Run | None = None


@dataclass(frozen=True)
class Explored:
    """Which containers were explored, by name; exact: all of them. states: of this Pod, with every disruption."""

    names: tuple[str, ...]
    of: int
    states: int
    exact: bool


@dataclass(frozen=True)
class Change:
    """What somebody else can see next: who does what, and what is different then. disruptions: what it takes."""

    actor: str
    event: str
    change: str
    disruptions: tuple[Assumption, ...] = ()


@dataclass(frozen=True, eq=False)
class Live:
    """About a live object. states: of the model that agree with it; story: a run to one; blame: what the model has no
    explanation for, where no state agrees."""

    facts: tuple[Fact, ...]
    unmapped: tuple[Uncovered, ...]
    states: int
    story: Run | None
    cause: tuple[Assumption, ...]
    blame: tuple[Fact, ...]
    next: tuple[Change, ...]
    ends: tuple[Possibility, ...]


@dataclass(frozen=True, eq=False)
class Explanation:
    """Of one document. outcomes: the phases and the removal; rules: statements people ask about; problem: why there is
    no answer."""

    title: str
    location: Location
    shape: Shape
    uncovered: tuple[Uncovered, ...]
    explored: Explored
    outcomes: tuple[Possibility, ...] = ()
    rules: tuple[Possibility, ...] = ()
    live: Live | None = None
    problem: str = ""


def explain(
    document: PodDocument, judge: Judge | None = None, limits: Limits | None = None, prove: bool | None = None
) -> Explanation:
    """What the Pod of a manifest can do; of a live object, why it is where it is and what may come next.

    prove: ask for a proof for every number of containers; None asks only where not all of them were explored.
    """
    bounds = limits or Limits(20.0, 2_000_000)
    known = shape(document)
    if document.live:
        return _explain_live(document, known, bounds)
    pod = _Pod(POD, known, _chosen(known), bounds)
    teller = _Teller(pod, judge or Judge(bounds), not pod.exact if prove is None else prove)
    outcomes = tuple(teller.possibility(f"explain {name}", name, Never(holds)) for name, holds in OUTCOMES.items())
    rules = tuple(teller.possibility(*rule) for rule in _rules(known))
    return Explanation(
        document.title, document.location, known, uncovered(document), teller.explored(), outcomes, rules
    )


OUTCOMES: dict[str, Expr[bool]] = {
    **{str(phase): api_phase.is_(phase) for phase in Phase},
    "removed": object_.is_(Object.gone),
}
ENDS = {name: OUTCOMES[name] for name in (*map(str, TERMINAL), "removed")}

_CLAIMS = {claim.id: claim for claim in CLAIMS}


def _rules(known: Shape) -> Iterator[tuple[str, str, Formula]]:
    """Key, what would break the rule, and the rule: those of the catalogue that say something about this shape."""

    def rule(claim: str, broken: str) -> tuple[str, str, Formula]:
        return f"explain {claim}", broken, _CLAIMS[claim].formula

    done = "all init containers were done" if not known.sidecars else "all were done and all sidecars had started"
    if known.inits:
        yield rule("containers-after-init", f"a regular container runs before {done}")
    if len(known.inits) - len(known.sidecars) > 1:
        yield rule("one-init-at-a-time", "two init containers run at the same time, sidecars not counted")
    if known.inits:
        again = "init containers run again" if not known.sidecars else "an init container or sidecar has to start again"
        yield rule("init-stays-done", f"{again} after {done}")
    yield rule("never-running-to-pending", "it goes back from Running to Pending")
    if known.policy is RestartPolicy.Never:
        yield rule("never-restarted-under-never", "a container is restarted in its sandbox")
    if known.policy is RestartPolicy.OnFailure:
        yield rule("onfailure-restarts-failures", "a container that exited 0 is restarted in its sandbox")
    if known.policy is not RestartPolicy.Always:
        yield rule("ended-for-good-stays-ended", "a container that ended for good is started again")
    yield rule("terminal-nothing-runs", "containers still run when the API shows Succeeded or Failed")


# Exploring one Pod.


Chosen = dict[Kind, tuple[int, ...]]
"""The explored elements of each kind, by their place among the shape's."""


def _chosen(known: Shape, same: Callable[[Container, Kind], Any] = lambda container, kind: container.policy) -> Chosen:
    """All elements if there are few; else the first of each sort, and further ones up to the limit."""
    sizes = {regular: len(known.containers), init: len(known.inits)}
    if sum(sizes.values()) <= MOST_ELEMENTS:
        return {kind: tuple(range(size)) for kind, size in sizes.items()}
    chosen: Chosen = {}
    for kind, most in ((regular, MOST_REGULAR), (init, MOST_INIT)):
        elements = known.of(kind)
        seen: dict[Any, int] = {}
        for index, container in enumerate(elements):
            seen.setdefault(same(container, kind), index)
        first = list(seen.values())
        others = [index for index in range(len(elements)) if index not in first]
        chosen[kind] = tuple(sorted((first + others)[: max(most, min(len(first), most + 1))]))
    return chosen


class _Pod:
    """The state space of one Pod, compiled once; assumptions only leave out steps."""

    def __init__(self, system: System, known: Shape, chosen: Chosen, limits: Limits, live: bool = False) -> None:
        self.shape, self.chosen, self.limits = known, chosen, limits
        self.system = system.under(known.assumption, *known.ruled_out)
        self.disruptions = tuple(a for a in system.assumptions if a not in known.ruled_out)
        flat = expand(self.system, {kind: len(indices) for kind, indices in chosen.items()})
        facts: list[Expr[bool]] = []
        mixed = live
        for kind, variable in ((regular, own_policy), (init, init_policy)):
            policies = [known.of(kind)[index].policy for index in chosen[kind]]
            facts += [flat.place[variable, i].is_(own) for i, own in enumerate(policies)]
            mixed = mixed or len(set(policies)) > 1
        if known.finalizer or not live:
            facts.append(finalizer if known.finalizer else ~finalizer)
        self.flat = replace(flat, initial=conjunction(flat.initial, *facts))
        self.space = StateSpace(self.flat, not mixed, (*_observed(known),))
        self.names = {kind: tuple(known.of(kind)[i].name for i in indices) for kind, indices in chosen.items()}
        self.truncated = ""

    @property
    def exact(self) -> bool:
        return all(len(self.chosen[kind]) == len(self.shape.of(kind)) for kind in self.chosen)

    def search(
        self, formula: Formula | None, assumed: Sequence[Assumption], start: States | None = None
    ) -> tuple[Search, Trace | None]:
        """A shortest violation, if there is one."""
        looked_for = predicates(formula, self.space) if formula is not None else (None, None, None)
        search = Search(Restricted(self.space, forbidden(self.space, assumed), start), self.limits)
        found = search.run(*looked_for)
        self.truncated = self.truncated or search.truncated
        return search, None if found is None else search.trace(*found)

    def reach(
        self,
        wanted: Predicate,
        assumed: Sequence[Assumption],
        start: States | None = None,
        left_out: Iterable[int] = (),
    ) -> Trace | None:
        space = Restricted(self.space, forbidden(self.space, assumed).union(left_out), start)
        search = Search(space, self.limits)
        found = search.run(wanted)
        self.truncated = self.truncated or search.truncated
        return None if found is None else search.trace(*found)

    def without(self, *broken: Assumption) -> tuple[Assumption, ...]:
        """What is assumed if only these do not hold."""
        return tuple(a for a in self.disruptions if a not in broken)

    def shown(self, *traces: Trace) -> Run:
        """Parts of one run, each beginning where the one before ended, replayed; only the last is shown."""
        steps = [s for trace in traces for s in trace.steps]
        initial = {v: x for v, x in traces[0].initial.items() if v not in (starts, init_starts)}
        cleaned = [replace(s, values={v: x for v, x in s.values.items() if v in initial}) for s in steps]
        whole = Trace(POD, traces[0].sizes, initial, tuple(cleaned))
        return Run(whole, len(steps) - len(traces[-1]), self.names)


def _observed(known: Shape) -> Iterator[Expr[Any]]:
    yield from OUTCOMES.values()
    for _, _, formula in _rules(known):
        yield from formula.expressions()


ONLY_EXPLORED = "not seen with the explored containers"


class _Teller:
    """Decides what may happen to one Pod."""

    def __init__(self, pod: _Pod, judge: Judge, prove: bool) -> None:
        self.pod, self.judge, self.prove = pod, judge, prove
        self.all, _ = pod.search(None, ())

    def explored(self) -> Explored:
        return _explored(self.pod, len(self.all.visited))

    def possibility(self, key: str, what: str, rule: Formula) -> Possibility:
        pod, id_ = self.pod, key.removeprefix("explain ")
        _, anyhow = pod.search(rule, ())
        if anyhow is None:
            absent = self._known(key, rule, (), len(self.all.visited))
            return Possibility(id_, what, Can.never if absent.verdict is Verdict.TRUE else Can.unknown, absent)
        search, undisturbed = pod.search(rule, pod.disruptions)
        if undisturbed is not None:
            return Possibility(id_, what, Can.itself, run=pod.shown(undisturbed))
        absent = self._known(key, rule, pod.disruptions, len(search.visited))
        sets, trace = _disruptions(pod, lambda assumed: pod.search(rule, assumed)[1])
        if not sets:
            try:
                found = breaking_sets(pod.space, rule, pod.disruptions, pod.limits)
                sets = tuple(tuple(a for a in pod.disruptions if a in broken) for broken in found)
            except OutOfBounds:
                sets = ()
        can = Can.disturbed if absent.verdict is Verdict.TRUE else Can.unknown
        return Possibility(id_, what, can, absent, sets, pod.shown(trace or anyhow))

    def _known(self, key: str, rule: Formula, assumed: Sequence[Assumption], states: int) -> Known:
        """How it is known that no run breaks the rule: of this very Pod, with so many states, or of all like it."""
        pod = self.pod
        explored = Known(Verdict.TRUE, Method.exhaustive, f"all {counted(states, 'state')} of this Pod")
        if pod.truncated:
            explored = Known(Verdict.UNKNOWN, Method.bounded, pod.truncated)
        if self.prove:
            system = POD.under(pod.shape.assumption, *dict.fromkeys((*pod.shape.ruled_out, *assumed)))
            answer = self.judge.answer(system, rule, key)
            if answer.verdict is Verdict.TRUE:
                return Known(answer.verdict, answer.method, "for every number of containers")
            if not pod.exact:
                reason = answer.reason or "a Pod like this one, with other containers, can"
                return Known(Verdict.UNKNOWN, Method.bounded, f"{ONLY_EXPLORED}; {reason}")
        return explored if pod.exact else Known(Verdict.UNKNOWN, Method.bounded, ONLY_EXPLORED)


def _disruptions(
    pod: _Pod, shortest: Callable[[Sequence[Assumption]], Trace | None]
) -> tuple[tuple[tuple[Assumption, ...], ...], Trace | None]:
    """The single disruptions with which something happens, and a shortest run with one of them."""
    found, best = [], None
    for assumption in pod.disruptions:
        trace = shortest(pod.without(assumption))
        if trace is not None:
            found.append((assumption,))
            best = trace if best is None or len(trace) < len(best) else best
    return tuple(found), best


def _explored(pod: _Pod, states: int) -> Explored:
    names = (*pod.names[init], *pod.names[regular])
    return Explored(names, len(pod.shape.containers) + len(pod.shape.inits), states, pod.exact)


# A live object.


def _explain_live(document: PodDocument, known: Shape, limits: Limits) -> Explanation:
    seen = observation(document)
    texts: dict[tuple[Kind | None, int | None], list[str]] = {}
    for fact in seen.facts:
        name = "" if fact.index is None or fact.kind is None else known.of(fact.kind)[fact.index].name
        texts.setdefault((fact.kind, fact.index), []).append(fact.text.removeprefix(name).split(" restartCount")[0])
    chosen = _chosen(known, lambda c, kind: (c.policy, *texts[kind, known.of(kind).index(c)]))
    pod = _Pod(WATCHED, known, chosen, limits, live=True)
    search, _ = pod.search(None, ())
    live = _Detective(pod, search.visited, seen).live()
    problem = pod.truncated if pod.truncated else ""
    explored = _explored(pod, len(search.visited))
    found = uncovered(document)
    return Explanation(document.title, document.location, known, found, explored, live=live, problem=problem)


class _Detective:
    """Looks for the states of the model that agree with an observation."""

    def __init__(self, pod: _Pod, visited: States, seen: Observation) -> None:
        self.pod, self.visited, self.seen = pod, visited, seen
        self.tests = [(fact, pod.space.truth(flat)) for fact, flat in self._flat()]

    def _flat(self) -> Iterator[tuple[Fact, Expr[bool]]]:
        for fact in self.seen.facts:
            if fact.kind is None:
                yield fact, self.pod.flat.flatten(fact.holds)
            elif fact.index in self.pod.chosen[fact.kind]:
                element = self.pod.chosen[fact.kind].index(fact.index)
                yield fact, self.pod.flat.flatten(fact.holds, element)

    def agree(self, states: States, but: Fact | None = None) -> Any:
        result = np.ones(states.shape, dtype=bool)
        for fact, test in self.tests:
            if fact is not but:
                result &= test(states)
        return result

    def live(self) -> Live:
        seen, pod = self.seen, self.pod
        states = self.visited[self.agree(self.visited)]
        if not len(states):
            blame = tuple(fact for fact, _ in self.tests if self.agree(self.visited, fact).any())
            return Live(seen.facts, seen.unmapped, 0, None, (), blame, (), ())
        # The status is read as current: nothing is left for the kubelet to publish.
        quiet = states[pod.space.truth(local_phase.equals(api_phase))(states)]
        states = quiet if len(quiet) else states
        story, cause = self._story(states)
        ends = tuple(self._end(name, holds, states) for name, holds in ENDS.items())
        changes = tuple(self._changes(states))
        return Live(seen.facts, seen.unmapped, len(states), story, cause, (), changes, ends)

    def _among(self, wanted: States) -> Predicate:
        return lambda states: np.isin(states, wanted)

    def _story(self, states: States) -> tuple[Run | None, tuple[Assumption, ...]]:
        """A shortest run with the disruptions that the status names; else with none, with one, with any."""
        pod, wanted = self.pod, self._among(states)
        named = tuple(a for a in self.seen.broken if a in pod.disruptions)
        failing = self._successes()
        tries = [named] if named else [()]
        tries += [(*named, a) for a in pod.disruptions if a not in named] + [pod.disruptions]
        for broken in tries:
            assumed = pod.without(*broken)
            trace = self._using(named, wanted) if named and broken == named else None
            trace = trace or pod.reach(wanted, assumed, left_out=failing) or pod.reach(wanted, assumed)
            if trace is not None:
                used = {a for s in trace.steps for a in s.event.unless}
                return pod.shown(trace), tuple(a for a in pod.disruptions if a in used)
        return None, ()

    def _successes(self) -> set[int]:
        """The steps in which a container succeeds that is known to fail: stories without them are likelier."""
        failing = {(f.kind, self.pod.chosen[f.kind].index(f.index)) for f, _ in self.tests if f.failed and f.kind}
        return {
            index
            for index, step in enumerate(self.pod.flat.steps)
            if (step.step.kind, step.element) in failing and Code.zero in step.step.parameters.values()
        }

    def _using(self, named: tuple[Assumption, ...], wanted: Predicate) -> Trace | None:
        """A run that really has the disruption: first to it, then on."""
        pod = self.pod
        step, left_out = forbidden(pod.space, named), forbidden(pod.space, pod.without(*named))
        search = Search(Restricted(pod.space, left_out), pod.limits)
        search.run()
        after = [m.after for m in pod.space.moves(search.visited) if m.index in step]
        if not after:
            return None
        second = Search(Restricted(pod.space, left_out, np.unique(np.concatenate(after))), pod.limits)
        found = second.run(wanted)
        if found is None:
            return None
        tail = second.trace(*found)
        begin = self._packed(tail.initial)

        def arrives(index: int, before: States, reached: States) -> Any:
            return reached == begin if index in step else None

        first = Search(Restricted(pod.space, left_out), pod.limits)
        place = first.run(bad_step=arrives)
        if place is None:
            return None
        head = first.trace(*place)
        return Trace(head.system, head.sizes, head.initial, (*head.steps, *tail.steps))

    def _packed(self, values: Mapping[Variable[Any], Any]) -> np.uint64:
        """The word of the state with these values."""
        fields = self.pod.space.layout.fields
        word = 0
        for (variable, element), flat in self.pod.flat.place.items():
            value = values[variable] if element is None else values[variable][element]
            word |= flat.domain.code(value) << fields[flat].shift
        return np.uint64(word)

    def _end(self, name: str, holds: Expr[bool], states: States) -> Possibility:
        pod = self.pod
        wanted = pod.space.truth(pod.flat.flatten(holds))
        absent = Known(Verdict.TRUE, Method.exhaustive, f"from all {counted(len(states), 'state')} that agree")
        if pod.truncated:
            absent = Known(Verdict.UNKNOWN, Method.bounded, pod.truncated)
        elif not pod.exact:
            absent = Known(Verdict.UNKNOWN, Method.bounded, ONLY_EXPLORED)
        itself = pod.reach(wanted, pod.disruptions, states)
        if itself is not None:
            return Possibility(name, name, Can.itself, run=self._from(itself))
        sure = absent.verdict is Verdict.TRUE
        sets, trace = _disruptions(pod, lambda assumed: pod.reach(wanted, assumed, states))
        trace = trace or pod.reach(wanted, (), states)
        if trace is None:
            return Possibility(name, name, Can.never if sure else Can.unknown, absent)
        if not sets:
            used = {a for s in trace.steps for a in s.event.unless}
            sets = (tuple(a for a in pod.disruptions if a in used),)
        return Possibility(name, name, Can.disturbed if sure else Can.unknown, absent, sets, self._from(trace))

    def _from(self, trace: Trace) -> Run | None:
        """The run, behind one that leads to where it begins."""
        begin = self._packed(trace.initial)
        head = self.pod.reach(lambda states: states == begin, ())
        return None if head is None else self.pod.shown(head, trace)

    def _changes(self, states: States) -> Iterator[Change]:
        """Every step out of the states that agree, by what it changes for an observer; disruptions last."""
        pod = self.pod
        found: dict[Change, None] = {}
        masks = [pod.space.layout.fields[v].mask for v in self._visible()]
        mask = np.uint64(sum(masks))
        for moves in pod.space.moves(states):
            outside = ~self.agree(moves.after)
            if not outside.any():
                continue
            rows, after = states[moves.rows][outside], moves.after[outside]
            pairs = np.unique(np.stack([rows & mask, after & mask]), axis=1)
            step = pod.flat.steps[moves.index]
            who = "" if step.element is None or step.step.kind is None else pod.names[step.step.kind][step.element]
            acting = TraceStep(step.step, step.element, {})
            for old, new in pairs.T.tolist():
                text = self._difference(int(old), int(new))
                needs = tuple(a for a in step.step.event.unless if a in pod.disruptions)
                if text:
                    found[Change(str(step.step.actor), _doing(acting, who), text, needs)] = None
        yield from sorted(found, key=lambda change: len(change.disruptions))

    def _visible(self) -> list[Variable[Any]]:
        return [v for (own, _), v in self.pod.flat.place.items() if own in VISIBLE]

    def _difference(self, old: int, new: int) -> str:
        before, after = self.pod.space.values(old), self.pod.space.values(new)
        told = []
        for variable, name in VISIBLE.items():
            if variable.kind is None:
                if before[variable] != after[variable]:
                    told.append(f"{name} {_word(before[variable])} -> {_word(after[variable])}".strip())
                continue
            for i, (a, b) in enumerate(zip(before[variable], after[variable], strict=True)):
                if a != b:
                    told.append(f"{self.pod.names[variable.kind][i]} {_word(a)} -> {_word(b)}")
        return ", ".join(told)


VISIBLE: dict[Variable[Any], str] = {api_phase: "phase", object_: "object", assigned: "assigned", run: "", init_run: ""}
"""What others see change, with what it is called."""

WORDS = {"backoff": "CrashLoopBackOff", "held": "held by a finalizer", "gone": "removed"}


def _word(value: Any) -> str:
    return WORDS.get(str(value), value_text(value))
