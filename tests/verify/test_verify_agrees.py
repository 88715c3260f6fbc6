"""What podproof explores of a plain machine is what the machine does: random ones, run with every answer there is."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from podproof.verify.covering import covering_tests
from podproof.verify.exploring import Bounds, Explored, Move, explore
from podproof.verify.findings import findings
from podproof.verify.plain import edge_text
from podproof.verify.precedence import answers, avoidable, shadows
from podproof.verify.reading import Edge, Literal, read
from podproof.verify.skeleton import Skeleton, outcomes
from transitions import Machine
from transitions.extensions import HierarchicalMachine

from tests.support.samples import MORE

CONDITIONS = ("warm", "late", "full")
EVENTS = ("go", "stop", "turn")


class Model:
    """Its conditions answer as they are told."""

    def __init__(self) -> None:
        self.table: dict[str, bool] = {}

    def warm(self) -> bool:
        return self.table["warm"]

    def late(self) -> bool:
        return self.table["late"]

    def full(self) -> bool:
        return self.table["full"]


def guards() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(CONDITIONS), max_size=2, unique=True)


def transitions(names: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {
            "trigger": st.sampled_from(EVENTS),
            "source": st.one_of(st.sampled_from(names), st.just("*"), st.lists(st.sampled_from(names), min_size=1)),
            "dest": st.one_of(st.sampled_from(names), st.just("="), st.none()),
            "conditions": guards(),
            "unless": guards(),
        }
    )
    return st.lists(one, min_size=2, max_size=10)


@st.composite
def flat(draw: st.DrawFn) -> dict[str, Any]:
    names = ["red", "amber", "green", "dark night"][: draw(st.integers(1, 4))]
    return {"states": names, "initial": draw(st.sampled_from(names)), "transitions": draw(transitions(names))}


@st.composite
def nodes(draw: st.DrawFn, depth: int) -> dict[str, Any]:
    """A state, named by the one that holds it: its substates (parallel, or one of them initial) and transitions."""
    node: dict[str, Any] = {}
    if depth and draw(st.sampled_from((True, True, False))):
        children = draw(st.lists(nodes(depth - 1), min_size=2, max_size=3))
        for name, child in zip("xyz", children, strict=False):
            child["name"] = name
        parallel = draw(st.booleans())
        node["parallel" if parallel else "children"] = children
        if not parallel and draw(st.sampled_from((True, True, False))):
            node["initial"] = draw(st.sampled_from([child["name"] for child in children]))
        node["transitions"] = draw(transitions(below(children)))
    return node


def below(children: list[dict[str, Any]]) -> list[str]:
    found = []
    for child in children:
        found.append(child["name"])
        inside = child.get("parallel") or child.get("children") or []
        found += [f"{child['name']}_{name}" for name in below(inside)]
    return found


@st.composite
def nested(draw: st.DrawFn) -> dict[str, Any]:
    states = draw(st.lists(nodes(2), min_size=2, max_size=3))
    for name, state in zip("ABC", states, strict=False):
        state["name"] = name
    names = below(states)
    begin = draw(st.sampled_from([state["name"] for state in states]))
    return {"states": states, "initial": begin, "transitions": draw(transitions(names))}


def thawed(configuration: Any) -> Any:
    return [thawed(each) for each in configuration] if isinstance(configuration, tuple) else configuration


def frozen(state: Any) -> Any:
    return tuple(map(frozen, state)) if isinstance(state, list) else state


def matching(moves: list[Move], table: dict[str, bool]) -> list[Move]:
    return [move for move in moves if all(table[name] is value for name, value in move.answers)]


def assert_agrees(machine: Any, model: Any, explored: Explored) -> None:
    nested_machine = isinstance(machine, HierarchicalMachine)
    moves: dict[tuple[Any, str], list[Move]] = {}
    for move in explored.moves:
        moves.setdefault((move.before, move.event), []).append(move)
    for configuration in explored.configurations[: min(explored.expanded, 12)]:
        for event, values in product(EVENTS, product((True, False), repeat=len(CONDITIONS))):
            model.table = dict(zip(CONDITIONS, values, strict=True))
            machine.set_state(thawed(configuration), model)
            found = matching(moves.get((configuration, event), []), model.table)
            assert len(found) <= 1
            try:
                if nested_machine:
                    machine.trigger_event(model, event)
                elif event in machine.events:
                    machine.events[event].trigger(model)
            except Exception as error:
                # Where nothing fired, the library may fail to look up whether that is to be ignored.
                assert not found or found[0].error.startswith(type(error).__name__), (configuration, event, error)
                continue
            expected = found[0].after if found else configuration
            assert frozen(model.state) == expected, (configuration, event, model.table)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(flat(), st.booleans())
def test_flat_machines(configuration: dict[str, Any], automatic: bool) -> None:
    model = Model()
    machine = Machine(model, **configuration, auto_transitions=automatic, ignore_invalid_triggers=True)
    explored = explore(read(machine))
    assert explored.starts == (model.state,)  # type: ignore[attr-defined]
    assert_agrees(machine, model, explored)


@settings(max_examples=80 * MORE, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(nested())
def test_nested_and_parallel_machines(configuration: dict[str, Any]) -> None:
    model = Model()
    machine = HierarchicalMachine(model, **configuration, auto_transitions=False, ignore_invalid_triggers=True)
    explored = explore(read(machine), Bounds(200))
    assert explored.starts == (frozen(model.state),)  # type: ignore[attr-defined]
    assert_agrees(machine, model, explored)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(flat())
def test_every_answer_is_tried_once(configuration: dict[str, Any]) -> None:
    """The ways in which conditions are answered cover all valuations and exclude each other."""
    reading = read(Machine(Model(), **configuration, auto_transitions=False))
    skeleton = Skeleton(reading)
    for node, event in product(reading.nodes.values(), reading.events):
        ways = [found for found, _ in outcomes(skeleton, node.path[0], event, 100)]
        for values in product((True, False), repeat=len(CONDITIONS)):
            table = dict(zip(CONDITIONS, values, strict=True))
            assert sum(all(table[name] is value for name, value in way.items()) for way in ways) == 1


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(flat(), nested()))
def test_written_tests_take_every_transition_that_fires_and_pass(configuration: dict[str, Any]) -> None:
    cls = Machine if all(isinstance(state, str) for state in configuration["states"]) else HierarchicalMachine
    machine = cls(Model(), **configuration, auto_transitions=False)
    explored = explore(read(machine), Bounds(100))
    text, count, _ = covering_tests(explored, findings(explored), "of.mine:machine", Path())
    made: dict[str, Any] = {"MACHINE": machine}
    exec(text.replace('MACHINE = load("of.mine:machine")', ""), made)
    tests = [value for name, value in made.items() if name.startswith("test_")]
    assert len(tests) == count
    for test in tests:
        test()
    fired = {edge_text(explored.reading, explored.reading.edges[number]) for number in explored.firing}
    assert all(json.dumps(each) in text for each in fired if not any(move.error for move in explored.moves))


edges = st.lists(
    st.lists(st.builds(Literal, st.sampled_from("abcd"), st.booleans()), max_size=3), min_size=1, max_size=6
)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(edges)
def test_shadows_is_what_a_truth_table_says(guards: list[list[Literal]]) -> None:
    tried = [Edge(place, (), "go", "here", "there", tuple(guard), ()) for place, guard in enumerate(guards)]

    def holds(edge: Edge, table: dict[str, bool]) -> bool:
        return all(table[literal.condition] is literal.wanted for literal in edge.literals)

    tables = [dict(zip("abcd", values, strict=True)) for values in product((True, False), repeat=4)]
    last, earlier = tried[-1], tried[:-1]
    enabled = [table for table in tables if holds(last, table)]
    fires = [table for table in enabled if not any(holds(each, table) for each in earlier)]
    assert (answers(last.literals) is None) == (not enabled)
    by = shadows(last, earlier)
    assert bool(by) == (bool(enabled) and not fires)
    assert all(any(holds(each, table) for each in by) for table in enabled) or not by
    assert avoidable(tried, {}) == any(not any(holds(each, table) for each in tried) for table in tables)
