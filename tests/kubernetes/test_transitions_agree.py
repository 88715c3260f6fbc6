"""What `transitions` does and what the compiled steps say are the same, state by state; and every declaration loads.

In each state every event is fired on running machines, with every parameter and on every element, and the result is
compared with the moves of the explicit engine: same events, same elements, same successors, and none left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest
import transitions
import z3
from podproof.engines.explicit import Search
from podproof.engines.state_space import StateSpace
from podproof.engines.terms import Terms
from podproof.kubernetes.machines.phase_machines import corrected, textbook
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import Kind, Machine, System, Variable
from podproof.language.domains import Boolean, Enumeration, Integers
from podproof.language.expressions import TRUE, Parameter, conjunction, nodes
from podproof.language.flat import FlatSystem, Sizes, expand, flatten
from podproof.language.machines import Arrow
from podproof.language.meanings.python import evaluate
from podproof.language.running import FIRE, RunningSystem
from podproof.language.systems import fix, prioritised
from podproof.properties.limits import Limits
from transitions.extensions import GraphMachine, LockedMachine

from examples import coffee_can, die_hard, dining, ewd840, prisoners, token_ring, two_phase
from tests.support.brute_force import possible, state_of

TEXTBOOK, CORRECTED = System("textbook", (textbook,)), System("corrected", (corrected,))
SMALL: dict[str, tuple[System, Sizes]] = {
    "two-phase commit, 3 managers": (two_phase.SYSTEM, two_phase.SIZES),
    "two-phase commit, no manager": (two_phase.SYSTEM, {}),
    "prisoners": (prisoners.SYSTEM, prisoners.SIZES),
    "die hard": (die_hard.SYSTEM, {}),
    "termination detection": (ewd840.SYSTEM, {}),
    "dining philosophers": (dining.SYSTEM, {}),
    "ring of 3": (token_ring.system(token_ring.ring(3)), {}),
    "textbook phase": (TEXTBOOK, {}),
    "corrected phase": (CORRECTED, {}),
}
LARGE: dict[str, tuple[System, Sizes]] = {
    "pod with 1 container": (POD, {regular: 1, init: 0}),
    "pod with 1 container and 1 init container": (POD, {regular: 1, init: 1}),
    "pod with 2 containers and 2 init containers": (POD, {regular: 2, init: 2}),
    "coffee can": (coffee_can.SYSTEM, {}),
    "ring of 6": (token_ring.SYSTEM, {}),
}
SAMPLED = 1_500
FEW = 3_000

Move = tuple[str, tuple[Any, ...], int | None, tuple[Any, ...]]


def reached(system: System, sizes: Sizes, most: int = 400_000) -> Search:
    search = Search(StateSpace(expand(system, sizes), symmetric=False), Limits(60.0, most))
    search.run()
    return search


def fired(running: RunningSystem, values: Mapping[Variable[Any], Any]) -> set[Move]:
    """Every event with every parameter on every element: those that were taken, and the state after."""
    moves = set()
    for event, parameters, element in possible(running.system, running.sizes):
        running.reset(values)
        if running.fire(event, {p.name: v for p, v in zip(event.parameters, parameters, strict=True)}, element):
            moves.add((str(event), parameters, element, state_of(running.system, running.before)))
    return moves


def compiled(space: StateSpace, states: Iterable[np.uint64]) -> dict[int, list[Move]]:
    """The moves of the compiled steps, by packed state."""
    packed = np.array([*states], dtype=np.uint64)
    found: dict[int, list[Move]] = {int(state): [] for state in packed}
    for moves in space.moves(packed):
        step = space.flat.steps[moves.index]
        label = (str(step.step.event), tuple(step.step.parameters.values()), step.element)
        for row, after in zip(moves.rows, moves.after, strict=True):
            found[int(packed[row])].append((*label, state_of(space.flat.system, space.values(int(after)))))
    return found


def assert_agree(search: Search, states: Iterable[np.uint64]) -> int:
    space = search.space
    running: RunningSystem | None = None
    compared = 0
    for state, moves in compiled(space, states).items():
        values = space.values(state)
        running = running or RunningSystem(space.flat.system, space.flat.sizes, values)
        assert len(moves) == len(set(moves)), "one event of one element is compiled twice"
        assert set(moves) == fired(running, values), values
        compared += 1
    return compared


@pytest.mark.parametrize("name", SMALL)
def test_transitions_and_compiled_steps_agree_in_every_reachable_state(name: str) -> None:
    search = reached(*SMALL[name])
    assert not search.truncated
    assert 0 < len(search.visited) <= FEW
    assert assert_agree(search, search.visited) == len(search.visited)


@pytest.mark.parametrize("name", LARGE)
def test_transitions_and_compiled_steps_agree_in_1500_sampled_reachable_states(name: str) -> None:
    """A sample of each level, so that it has states from all over the search; where it stops at a limit, from there."""
    search = reached(*LARGE[name])
    assert len(search.visited) > FEW
    random = Random(name)
    share = -(-SAMPLED // len(search.levels))
    chosen = {int(s) for level in search.levels for s in random.sample([*level], min(share, len(level)))}
    rest = [s for s in random.sample([*search.visited], SAMPLED) if int(s) not in chosen]
    states = [*map(np.uint64, sorted(chosen)), *rest[: SAMPLED - len(chosen)]]
    assert assert_agree(search, states) >= SAMPLED


def test_a_wrong_step_is_noticed() -> None:
    """The comparison above fails if one compiled step of the Pod is lost, added or changed."""
    search = reached(*LARGE["pod with 1 container"])
    flat = search.space.flat
    states = search.visited[:: len(search.visited) // 150]
    assert assert_agree(search, states)
    taken = [moves.index for moves in search.space.moves(states)]
    for wrong in (taken[0], taken[len(taken) // 2], taken[-1]):
        step = flat.steps[wrong]
        for steps in (
            [s for s in flat.steps if s is not step],
            [type(s)(s.step, s.element, TRUE, s.updates) if s is step else s for s in flat.steps],
            [type(s)(s.step, s.element, s.guard, {}) if s is step else s for s in flat.steps if s.updates],
        ):
            changed = type(flat)(
                flat.system, flat.sizes, flat.variables, flat.initial, tuple(steps), flat.replicas, flat.place
            )
            search.space = StateSpace(changed, symmetric=False)
            with pytest.raises(AssertionError):
                assert_agree(search, states)


# Every declaration loads into the machines of `transitions`, and everything declared happens there.

# Some arrows of the Pod are only for Pods with init containers, some only for Pods without.
SYSTEMS: dict[str, tuple[System, tuple[Sizes, ...]]] = {
    "pod": (POD, ({regular: 1, init: 1}, {regular: 1, init: 0})),
    "textbook phase": (TEXTBOOK, ({},)),
    "corrected phase": (CORRECTED, ({},)),
    "two-phase commit": (two_phase.SYSTEM, ({two_phase.managers: 2},)),
    "prisoners": (prisoners.SYSTEM, (prisoners.SIZES,)),
    "die hard": (die_hard.SYSTEM, ({},)),
    "termination detection": (ewd840.SYSTEM, ({},)),
    "coffee can": (coffee_can.SYSTEM, ({},)),
    "ring of 6": (token_ring.SYSTEM, ({},)),
    "dining philosophers": (dining.SYSTEM, ({},)),
}
MACHINE_CLASSES: dict[str, tuple[type[transitions.Machine], dict[str, Any]]] = {
    "Machine": (transitions.Machine, {}),
    "GraphMachine": (GraphMachine, {"graph_engine": "mermaid"}),
    "LockedMachine": (LockedMachine, {}),
}


def declared(system: System) -> Iterator[tuple[Machine[Any], Arrow]]:
    for machine in system.machines:
        for arrow in (*machine.arrows, *machine.reactions):
            yield machine, arrow


@dataclass(frozen=True)
class Enabled:
    """`arrow` of `machine` is taken from `source` in this state by the first element."""

    machine: Machine[Any]
    arrow: Arrow
    source: Any
    sizes: Sizes
    values: Mapping[Variable[Any], Any]
    parameters: Mapping[str, Any]


@cache
def all_enabled(name: str) -> tuple[Enabled, ...]:
    """A state for every declared arrow and each of its sources: z3 finds one in which no earlier arrow is enabled.

    An arrow that is declared from everywhere must be possible from somewhere; any other one, from each of its sources.
    """
    system, tried = SYSTEMS[name]
    flats = [expand(system, sizes) for sizes in tried]
    found: list[Enabled] = []
    never = []
    for machine, arrow in declared(system):
        ways = []
        for source in arrow.sources:
            each = (enabling(flat, machine, arrow, source) for flat in flats)
            ways.append(next((way for way in each if way is not None), None))
        if not (any(ways) if arrow.sources == machine.state.domain.values else all(ways)):
            never.append((machine.name, str(arrow.event), arrow.dest))
        found += [way for way in ways if way is not None]
    assert not never
    return tuple(found)


def enabling(flat: FlatSystem, machine: Machine[Any], arrow: Arrow, source: Any) -> Enabled | None:
    arrows = machine.arrows if arrow in machine.arrows else machine.reactions
    mine = [a for a in arrows if a.event == arrow.event]
    guard = next(whole for a, whole in prioritised(machine.state, mine) if a is arrow)
    element = None if machine.kind is None else 0
    given: dict[Parameter[Any], Variable[Any]] = {
        p: Variable(f"parameter {p.name}", p.domain) for p in {n for n in nodes(guard) if isinstance(n, Parameter)}
    }
    place = dict(flat.place)
    place.update({(v, None): v for v in given.values()})
    whole = flatten(fix(conjunction(guard, machine.state.is_(source)), given), place, flat.sizes, element)
    terms, solver = Terms(), z3.Solver()
    variables = (*flat.variables, *given.values())
    solver.add(terms.legal(variables), terms.term(whole))
    if solver.check() != z3.sat:
        return None
    model = solver.model()
    values = {v: member(v, model.eval(terms.variable(v), model_completion=True)) for v in variables}
    parameters = {p.name: values[given[p]] if p in given else p.domain.values[-1] for p in arrow.event.parameters}
    return Enabled(machine, arrow, source, flat.sizes, flat.values([values[v] for v in flat.variables]), parameters)


def member(variable: Variable[Any], value: Any) -> Any:
    if isinstance(variable.domain, Boolean):
        return z3.is_true(value)
    return variable.domain.values[value.as_long()] if isinstance(variable.domain, Enumeration) else value.as_long()


@pytest.mark.parametrize("class_name", MACHINE_CLASSES)
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_machine_loads_and_every_declared_transition_fires(name: str, class_name: str) -> None:
    system, _ = SYSTEMS[name]
    machine_class, options = MACHINE_CLASSES[class_name]
    taken: list[Any] = []
    options = {**options, "after_state_change": lambda event: taken.append(event.transition)}
    systems: dict[str, RunningSystem] = {}
    for case in all_enabled(name):
        arrow, source = case.arrow, case.source
        running = systems.get(str(case.sizes))
        if running is None:
            running = RunningSystem(system, case.sizes, case.values, machine_class, **options)
            systems[str(case.sizes)] = running
        running.reset(case.values)
        replica = running.replicas[case.machine][0]
        loaded = running.machines[replica]
        assert isinstance(loaded, machine_class)
        taken.clear()
        assert running._trigger(replica, arrow.event, case.parameters)
        event = loaded.events[FIRE + arrow.event]
        assert [event.transitions[source.name].index(t) for t in taken] == [earlier_from(case.machine, arrow, source)]
        assert replica.state is (source if arrow.dest is None else arrow.dest)
        for variable, value in arrow.effects.items():
            after = running.after[variable]
            expected = evaluate(value, case.values, running.sizes, case.parameters, replica.element)
            assert (after if variable.kind is None else after[0]) == clipped(variable, expected)


def earlier_from(machine: Machine[Any], arrow: Arrow, source: Any) -> int:
    """How many arrows of the same event from the same state are declared before this one."""
    arrows = machine.arrows if arrow in machine.arrows else machine.reactions
    alike = [a for a in arrows if a.event == arrow.event and source in a.sources]
    return alike.index(arrow)


def clipped(variable: Variable[Any], value: Any) -> Any:
    domain = variable.domain
    if isinstance(domain, Integers) and domain.saturating:
        return min(max(value, domain.values[0]), domain.values[-1])
    return value


def test_graph_machines_draw_what_is_declared() -> None:
    running = RunningSystem(
        TEXTBOOK, {}, {textbook.state: textbook.state.initial}, GraphMachine, graph_engine="mermaid"
    )
    drawn = running.replicas[textbook][0].get_graph().source  # type: ignore[attr-defined]
    for arrow in textbook.arrows:
        assert str(arrow.event) in drawn
    assert all(phase.name in drawn for phase in Phase)


def test_a_kind_without_elements_has_no_machines() -> None:
    empty: dict[Kind, int] = {two_phase.managers: 0}
    values = {v: v.initial_values[0] if v.kind is None else [] for v in two_phase.SYSTEM.variables}
    running = RunningSystem(two_phase.SYSTEM, empty, values)
    assert len(running.machines) == 1
    assert {event for event, *_ in fired(running, values)} == {two_phase.commit, two_phase.abort}
