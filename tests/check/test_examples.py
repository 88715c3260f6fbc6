"""The examples: their known state counts, their verdicts, and both again from an independent search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from types import ModuleType
from typing import Any

import pytest
from podproof.engines.explicit import check, explore
from podproof.language import System, Variable
from podproof.language.flat import Sizes
from podproof.language.meanings.python import evaluate
from podproof.language.running import RunningSystem
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Formula, Invariant, Never, Reachable, StepRule
from podproof.properties.trace import Trace

from examples import coffee_can, die_hard, dining, ewd840, prisoners, token_ring, two_phase

EXAMPLES = [two_phase, die_hard, prisoners, ewd840, coffee_can, token_ring, dining]
CLAIMS = [
    pytest.param(example, verdict, formula, id=f"{example.__name__.split('.')[-1]}: {sentence}")
    for example in EXAMPLES
    for verdict, sentence, formula in example.CLAIMS
]

Values = Mapping[Variable[Any], Any]
State = tuple[Any, ...]


def sizes_of(example: ModuleType) -> Sizes:
    sizes: Sizes = getattr(example, "SIZES", {})
    return sizes


each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.__name__.split(".")[-1])
each_claim = pytest.mark.parametrize(("example", "verdict", "formula"), CLAIMS)


class BruteForce:
    """Breadth-first search that only ever fires events of running `transitions` machines."""

    def __init__(self, system: System, sizes: Sizes) -> None:
        self.system, self.sizes = system, {kind: sizes.get(kind, 0) for kind in (*system.kinds, *sizes)}
        self.depth: dict[State, int] = dict.fromkeys(self._initial(), 0)
        self.steps: list[tuple[State, str, State]] = []
        running = RunningSystem(system, sizes, self.values(next(iter(self.depth))))
        frontier = list(self.depth)
        while frontier:
            following = []
            for before in frontier:
                for event, after in self._successors(running, before):
                    self.steps.append((before, event, after))
                    if after not in self.depth:
                        self.depth[after] = self.depth[before] + 1
                        following.append(after)
            frontier = following

    def values(self, state: State) -> dict[Variable[Any], Any]:
        named = zip(self.system.variables, state, strict=True)
        return {variable: value if variable.kind is None else list(value) for variable, value in named}

    def shortest(self, formula: Formula) -> int | None:
        """The length of a shortest run that breaks the formula, or for `Reachable` that satisfies it."""
        if isinstance(formula, Reachable):
            return min((d for s, d in self.depth.items() if self._holds(formula.holds, s)), default=None)
        lengths = []
        for rule in formula.properties():
            if isinstance(rule, Invariant):
                lengths += [depth for state, depth in self.depth.items() if not self._holds(rule.holds, state)]
            elif isinstance(rule, StepRule):
                lengths += [
                    self.depth[before] + 1
                    for before, event, after in self.steps
                    if (not rule.events or event in rule.events)
                    and self._holds(rule.before, before)
                    and not self._holds(rule.after, after)
                ]
        return min(lengths, default=None)

    def up_to_symmetry(self) -> int:
        """States that no renaming of the elements of a kind turns into one another."""
        return len({self._sorted(state) for state in self.depth})

    def _initial(self) -> Iterator[State]:
        choices = []
        for variable in self.system.variables:
            own = variable.initial_values
            choices.append(own if variable.kind is None else [*product(own, repeat=self.sizes[variable.kind])])
        for state in product(*choices):
            if all(self._holds(condition, state) for condition in self.system.initial_conditions):
                yield state

    def _successors(self, running: RunningSystem, state: State) -> Iterator[tuple[str, State]]:
        for machine in self.system.machines:
            elements = [None] if machine.kind is None else range(self.sizes[machine.kind])
            for event in machine.events:
                names = [parameter.name for parameter in event.parameters]
                for values in product(*(parameter.domain.values for parameter in event.parameters)):
                    for element in elements:
                        running.reset(self.values(state))
                        if running.fire(event, dict(zip(names, values, strict=True)), element):
                            yield event, self._state(running.before)

    def _state(self, values: Values) -> State:
        return tuple(values[v] if v.kind is None else tuple(values[v]) for v in self.system.variables)

    def _sorted(self, state: State) -> State:
        pairs = list(zip(self.system.variables, state, strict=True))
        shared = tuple(value for variable, value in pairs if variable.kind is None)
        kinds = [k for k in self.sizes if self.sizes[k]]
        return (*shared, *(tuple(sorted(zip(*(v for x, v in pairs if x.kind is k), strict=True))) for k in kinds))

    def _holds(self, expr: Any, state: State) -> bool:
        return bool(evaluate(expr, self.values(state), self.sizes))


SEARCHED: dict[str, BruteForce] = {}


def searched(example: ModuleType) -> BruteForce:
    """The brute-force search of an example, done once."""
    name = example.__name__
    if name not in SEARCHED:
        SEARCHED[name] = BruteForce(example.SYSTEM, sizes_of(example))
    return SEARCHED[name]


def replayed(trace: Trace) -> bool:
    """The trace is a run of the running system."""
    running = RunningSystem(trace.system, trace.sizes, trace.initial)
    return all(
        running.fire(step.event, step.step.parameters, step.element) and running.before == step.values
        for step in trace.steps
    )


@each_example
def test_reachable_states_are_as_many_as_known(example: ModuleType) -> None:
    search = explore(example.SYSTEM, sizes_of(example), symmetric=False)
    found = {"states": len(search.visited), "transitions": search.transitions, "levels": len(search.levels)}
    assert found == example.EXPECTED
    assert not search.truncated


@pytest.mark.parametrize(("size", "states"), two_phase.STATES_BY_SIZE.items())
def test_two_phase_commit_of_many_managers(size: int, states: int) -> None:
    assert len(explore(two_phase.SYSTEM, {two_phase.managers: size}, symmetric=False).visited) == states


@pytest.mark.parametrize("cone", [True, False], ids=["cone", "whole"])
@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "plain"])
@each_claim
def test_verdicts(example: ModuleType, verdict: Verdict, formula: Formula, symmetric: bool, cone: bool) -> None:
    answer = check(example.SYSTEM, formula, sizes_of(example), symmetric=symmetric, cone=cone)
    assert (answer.verdict, answer.method) == (verdict, Method.exhaustive)
    assert (answer.trace is not None) is (
        verdict is (Verdict.TRUE if isinstance(formula, Reachable) else Verdict.FALSE)
    )
    if answer.trace is not None:
        assert replayed(answer.trace)


@each_example
def test_every_example_has_a_true_and_a_false_claim(example: ModuleType) -> None:
    assert {verdict for verdict, _, _ in example.CLAIMS} == {Verdict.TRUE, Verdict.FALSE}


# The ring has too many states to fire machines in each of them: a smaller one stands for it.
SMALL = [e for e in EXAMPLES if e is not token_ring]


@pytest.mark.parametrize("example", SMALL, ids=lambda e: e.__name__.split(".")[-1])
def test_brute_force_finds_the_same_states(example: ModuleType) -> None:
    brute = searched(example)
    levels = max(brute.depth.values()) + 1
    assert {"states": len(brute.depth), "transitions": len(brute.steps), "levels": levels} == example.EXPECTED
    symmetric = explore(example.SYSTEM, sizes_of(example), symmetric=True)
    assert len(symmetric.visited) == brute.up_to_symmetry()


@pytest.mark.parametrize(("example", "verdict", "formula"), [c for c in CLAIMS if c.values[0] is not token_ring])
def test_traces_are_as_short_as_brute_force_finds(example: ModuleType, verdict: Verdict, formula: Formula) -> None:
    trace = check(example.SYSTEM, formula, sizes_of(example)).trace
    assert (None if trace is None else len(trace)) == searched(example).shortest(formula)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_brute_force_finds_the_same_states_of_a_small_ring(size: int) -> None:
    nodes = token_ring.ring(size)
    system = token_ring.system(nodes)
    brute, search = BruteForce(system, {}), explore(system, {})
    assert len(brute.depth) == len(search.visited) == 6**size
    assert len(brute.steps) == search.transitions
    many = Never(token_ring.tokens(nodes) > 1)
    trace = check(system, many, {}).trace
    assert (None if trace is None else len(trace)) == brute.shortest(many) == (0 if size > 2 else None)


def test_die_hard_is_solved_in_six_steps() -> None:
    trace = check(die_hard.SYSTEM, Never(die_hard.big.is_(4)), {}).trace
    assert trace is not None
    assert [str(step.event) for step in trace.steps] == [
        "fill the big jug",
        "pour big into small",
        "empty the small jug",
        "pour big into small",
        "fill the big jug",
        "pour big into small",
    ]
    assert len(trace) == die_hard.SOLUTION_STEPS
    assert trace.last[die_hard.big] == 4


@each_example
def test_examples_run(example: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    example.main()
    printed = capsys.readouterr().out
    assert f"{example.EXPECTED['states']:,} states" in printed
    for verdict, sentence, _ in example.CLAIMS:
        assert f"{verdict:5} {sentence}" in printed
