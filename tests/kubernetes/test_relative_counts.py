"""Relative restart counts are the differences of the absolute ones, and all else is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
import z3
from podproof.engines.terms import Terms
from podproof.kubernetes import relative_counts as relative
from podproof.kubernetes import view
from podproof.kubernetes.relative_counts import POD_WITH_RELATIVE_COUNTS
from podproof.kubernetes.rules import container_status
from podproof.kubernetes.view import MOST_RESTARTS, POD_WITH_STATUS
from podproof.kubernetes.vocabulary import events as e
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import TRUE, Event, Expr, Variable, if_then_else, number
from podproof.language.binding import bind
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes
from podproof.language.running import RunningSystem

from tests.support.brute_force import Values, possible
from tests.support.samples import MORE

# Side by side.

COUNTS: Mapping[Variable[int], tuple[Variable[int], Variable[int] | None]] = {
    relative.unsynced: (view.restarts, view.local.restarts),
    relative.unpublished: (view.local.restarts, view.api.restarts),
    relative.new: (view.api.restarts, None),
    relative.init_unsynced: (view.init_restarts, view.init_local.restarts),
    relative.init_unpublished: (view.init_local.restarts, view.init_api.restarts),
    relative.init_new: (view.init_api.restarts, None),
}
"""By how much the first is ahead of the second. Nobody reads, so that all that is published is new."""

SHARED = [variable for variable in POD_WITH_STATUS.variables if variable in POD_WITH_RELATIVE_COUNTS.variables]
SIZES: tuple[Sizes, ...] = ({regular: 1, init: 0}, {regular: 1, init: 1}, {regular: 2, init: 1}, {regular: 1, init: 2})
STEPS = 100
DISRUPTED = 0.03


Step = tuple[Event, Mapping[str, Any], int | None]


class Both:
    """The absolute and the relative system, that always take the same step."""

    def __init__(self, sizes: Sizes, given: Values) -> None:
        self.absolute, self.relative = (
            RunningSystem(system, sizes, {variable: given[variable] for variable in system.variables})
            for system in (POD_WITH_STATUS, POD_WITH_RELATIVE_COUNTS)
        )

    @property
    def states(self) -> tuple[Values, Values]:
        return self.absolute.before, self.relative.before

    @property
    def saturated(self) -> bool:
        """From now on absolute counts tell less."""
        return any(MOST_RESTARTS in self.absolute.before[count] for count in (view.restarts, view.init_restarts))

    def take(self, step: Step) -> bool:
        taken = self.absolute.fire(*step)
        assert self.relative.fire(*step) == taken
        return taken


def begun(sizes: Sizes, choose: Callable[[Variable[Any]], Any]) -> Both:
    variables = dict.fromkeys((*POD_WITH_STATUS.variables, *POD_WITH_RELATIVE_COUNTS.variables))
    return Both(
        sizes, {v: choose(v) if v.kind is None else [choose(v) for _ in range(sizes[v.kind])] for v in variables}
    )


def walk(seed: int) -> Iterator[tuple[Values, Values]]:
    """The states of both along a random run, in which some events are frequent and others rare."""
    random = Random(seed)
    sizes = SIZES[seed % len(SIZES)]
    both = begun(sizes, lambda variable: random.choice(variable.initial_values))
    steps: list[Step] = [
        (event, {p.name: value for p, value in zip(event.parameters, parameters, strict=True)}, element)
        for event, parameters, element in possible(POD_WITH_STATUS, sizes)
    ]
    often = {event: 10 ** -random.uniform(0, 2) * (DISRUPTED if event.unless else 1) for event, *_ in steps}
    for _ in range(STEPS):
        if both.saturated:
            return
        yield both.states
        keys = [random.expovariate(often[event]) for event, *_ in steps]
        for _, step in sorted(zip(keys, steps, strict=True), key=lambda pair: pair[0]):
            if both.take(step):
                break


def of_first(event: Event, **parameters: Any) -> Step:
    return (event, parameters, 0)


FAILS, AGAIN = of_first(e.end_init, **{e.code.name: e.Code.nonzero}), of_first(e.restart_init)
BEGINS: Sequence[Event | Step] = (e.bind, e.admit, e.create_sandbox, of_first(e.start_init), e.sync)
PURGED: Sequence[Event | Step] = (
    *(e.lose_sandbox, FAILS, e.create_sandbox, e.sync, e.publish),
    *(of_first(e.start_init), e.sync),
)
RUNS_ON: Sequence[Event | Step] = (of_first(e.end_init, **{e.code.name: e.Code.zero}), of_first(e.start))
ONCE_MORE = (of_first(e.end, **{e.code.name: e.Code.nonzero}), of_first(e.restart))

RUNS: Sequence[Sequence[Event | Step]] = (
    # An init container that is purged while its status says that it runs is counted before it is started again.
    (*BEGINS, *(5 * (FAILS, AGAIN)), *PURGED, e.publish),
    (*BEGINS, *PURGED, *(2 * (FAILS, AGAIN, e.sync)), e.publish),
    (*BEGINS, *PURGED, *(3 * (FAILS, AGAIN)), e.publish),
    (*BEGINS, *RUNS_ON, *(4 * ONCE_MORE), e.sync, *(4 * (*ONCE_MORE, e.sync)), e.publish),
    (*BEGINS, *RUNS_ON, *(4 * (*ONCE_MORE, e.sync, e.publish))),
)


def told(run: Sequence[Event | Step]) -> Iterator[tuple[Values, Values]]:
    both = begun({regular: 1, init: 1}, lambda variable: variable.initial_values[0])
    for step in run:
        yield both.states
        assert both.take((step, {}, None) if isinstance(step, Event) else step), step
    yield both.states


@cache
def runs() -> tuple[tuple[Values, Values], ...]:
    return (*(pair for seed in range(24 * MORE) for pair in walk(seed)), *(pair for run in RUNS for pair in told(run)))


def capped(counts: Iterable[int]) -> list[int]:
    return [min(count, relative.MOST) for count in counts]


def test_relative_counts_are_differences_and_all_else_is_the_same() -> None:
    for absolute, other in runs():
        assert all(absolute[variable] == other[variable] for variable in SHARED)
        for variable, (count, of) in COUNTS.items():
            behind = absolute[of] if of is not None else [0] * len(absolute[count])
            ahead = (a - b for a, b in zip(absolute[count], behind, strict=True))
            assert capped(other[variable]) == capped(ahead), variable.name


@pytest.mark.parametrize("variable", COUNTS, ids=lambda variable: str(variable.name))
def test_every_count_is_met(variable: Variable[int]) -> None:
    assert {count for _, other in runs() for count in other[variable]} == set(variable.domain.values)


def test_only_counts_differ() -> None:
    absolute, other = (set(system.variables) - set(SHARED) for system in (POD_WITH_STATUS, POD_WITH_RELATIVE_COUNTS))
    assert other == set(COUNTS)
    assert absolute == {count for pair in COUNTS.values() for count in pair if count is not None}


# The rule.


@pytest.mark.parametrize("rules", [container_status.app_rules, container_status.init_rules], ids=["app", "init"])
def test_the_rule_says_the_same_of_all_counts_that_differ_as_much(rules: container_status.Rules) -> None:
    """So counts may be read from that in the status on; what has no instance in the runtime counts 0 there."""
    seen, count = rules.seen, rules.restarts.value
    by = number("how much more", kind=seen.kind)
    more: dict[Expr[Any], Expr[Any]] = {
        seen.old_restarts: seen.old_restarts + by,
        seen.restarts: if_then_else(seen.absent, seen.restarts, seen.restarts + by),
    }
    assert same(bind(count, more), count + by, given=~seen.absent)
    shown = seen.absent & seen.restarts.is_(0) & (seen.old_restarts >= 0) & (by >= 0)
    assert same(bind(count, more), count + by, given=shown)
    assert not same(bind(count, more), count + by, given=TRUE)


def same(left: Expr[int], right: Expr[int], given: Expr[bool]) -> bool:
    """For all numbers, says z3."""
    terms, solver = Terms(), z3.Solver()
    solver.add(terms.term(given), terms.term(left) != terms.term(right), terms.legal(variables_in(left)))
    answer = solver.check()
    assert answer in (z3.sat, z3.unsat)
    return bool(answer == z3.unsat)
