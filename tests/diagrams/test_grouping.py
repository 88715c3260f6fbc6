"""Arrows drawn together: nothing is lost and nothing added, whatever the arrows are, and the boxes can be drawn."""

from __future__ import annotations

from itertools import permutations
from xml.etree import ElementTree

import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from podproof.diagrams import quotients
from podproof.diagrams.drawings import SIZES, views
from podproof.diagrams.grouping import FEWEST, bundles, groups
from podproof.diagrams.render import render
from podproof.engines.quotient import Quotient, of, quotient
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_container_policies
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import api_phase

NODES = ("a", "b", "c", "d", "e", "f", "g")
Pair = tuple[str, str]

arrows = st.dictionaries(st.sampled_from(list(permutations(NODES, 2))), st.sampled_from(["x", "y"]))
blocks = st.lists(
    st.tuples(st.sets(st.sampled_from(NODES)), st.sets(st.sampled_from(NODES)), st.sampled_from(["x", "y"])), max_size=4
).map(lambda drawn: {(a, b): said for one, other, said in drawn for a in sorted(one) for b in sorted(other) if a != b})
"""Arrows without a pattern, and those that come in blocks."""


@given(st.one_of(arrows, blocks))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_every_arrow_is_in_exactly_one_bundle_of_its_words(said: dict[Pair, str]) -> None:
    found = bundles(NODES, said)
    assert sorted(pair for bundle in found for pair in bundle.pairs) == sorted(said)
    assert all(len({said[pair] for pair in bundle.pairs}) == 1 for bundle in found)
    assert all(bundle.mutual or not set(bundle.sources) & set(bundle.dests) for bundle in found)
    boxes = [set(group) for group in groups(found)]
    assert all(len(box) >= FEWEST for box in boxes)
    assert all(one <= other or other <= one or not one & other for one in boxes for other in boxes)


@pytest.mark.parametrize(
    ("sources", "dests", "more", "few"),
    [
        ("abc", "defg", [], 1),
        ("abcd", "abcd", [], 1),
        ("abc", "defg", ["ga", "gb", "gc"], 2),
        ("abcd", "abcd", ["ea", "eb", "ec", "ed", "af"], 3),
    ],
)
def test_what_goes_together_is_one(sources: str, dests: str, more: list[str], few: int) -> None:
    said = dict.fromkeys([*(a + b for a in sources for b in dests if a != b), *more], "x")
    assert len(bundles(NODES, {(pair[0], pair[1]): words for pair, words in said.items()})) == few


@pytest.fixture(scope="module")
def by_status() -> Quotient:
    return quotient(views()["by-status"](), SIZES)


def drawn(dot: str, names: dict[str, str]) -> list[tuple[str, str, str]]:
    """Every arrow that the picture says there is, box by box, with the id of what says it."""
    graph = pygraphviz.AGraph(string=dot)
    boxes = {box.name: [names[node] for node in box.nodes()] for box in graph.subgraphs()}
    todo = list(graph.subgraphs())
    found = []
    while todo:
        box = todo.pop()
        boxes[box.name] = [names[node] for node in box.nodes()]
        todo += box.subgraphs()
        if "from each to each other" in box.graph_attr["label"]:
            found += [(a, b, box.graph_attr["id"]) for a, b in permutations(boxes[box.name], 2)]
    for edge in graph.edges():
        if not edge[0].startswith("start_"):
            sources = boxes.get(edge.attr["ltail"]) or [names[edge[0]]]
            dests = boxes.get(edge.attr["lhead"]) or [names[edge[1]]]
            assert names[edge[0]] in sources and names[edge[1]] in dests
            found += [(a, b, edge.attr["id"]) for a in sources for b in dests]
    return found


def test_the_many_arrows_of_status_are_drawn_as_few(by_status: Quotient) -> None:
    dot = quotients.dot(by_status)
    parts = quotients.parts(by_status)
    names = {node: label for label, node in quotients._names(by_status).items()}
    assert sorted(drawn(dot, names)) == sorted((way.source, way.dest, parts[way]) for way in by_status.ways)
    assert len(by_status.ways) > 50 and len(set(parts.values())) <= 12
    nodes = list(ElementTree.fromstring(render(dot)).iter())
    ids = [node.get("id") for node in nodes]
    assert all(ids.count(part) == 1 for part in parts.values())
    assert "from each to Terminating: user: delete" in [node.text for node in nodes]


def test_a_few_arrows_are_drawn_one_by_one() -> None:
    found = quotient(of("phase", POD.under(no_container_policies), api_phase), {regular: 1})
    assert list(quotients.parts(found).values()) == [f"way-{n}" for n in range(1, len(found.ways) + 1)]
    assert "cluster" not in quotients.dot(found)
