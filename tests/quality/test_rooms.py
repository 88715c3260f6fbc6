"""Imports go one way: between roots, between rooms, and between the modules of a room.

A room is a folder with modules; `language` has its `meanings` in it. Imports inside functions count, those for type
checkers only do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

from tests.support.places import ROOT

ROOTS = ("model", "proofs", "diagrams", "cli")
"""Each may import those before it."""

FILES = {
    ".".join(path.relative_to(ROOT / root).with_suffix("").parts).removesuffix(".__init__"): path
    for root in ROOTS
    for path in sorted((ROOT / root).rglob("*.py"))
}


def imported(path: Path) -> Iterator[str]:
    """The modules of podproof that a file imports."""
    yield from _imported(ast.parse(path.read_text(encoding="utf-8")))


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), orelse=otherwise):
            yield from (name for statement in otherwise for name in _imported(statement))
        case ast.Import(names=names):
            yield from (each.name for each in names if each.name in FILES)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            found = {f"{module}.{each.name}" for each in names}
            yield from sorted(found & FILES.keys()) or ([module] if module in FILES else [])
        case _:
            for each in ast.iter_child_nodes(node):
                yield from _imported(each)


MODULES = nx.DiGraph((name, other) for name, path in FILES.items() for other in imported(path))


def room(module: str) -> str:
    place = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    return "podproof.language" if place == "podproof.language.meanings" else place


def root(module: str) -> int:
    return ROOTS.index(FILES[module].relative_to(ROOT).parts[0])


def cycles(graph: nx.DiGraph[str]) -> list[list[str]]:
    return [sorted(part) for part in nx.strongly_connected_components(graph) if len(part) > 1]


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 150
    assert "podproof.kubernetes.pod" in MODULES["podproof.claims.phases"]
    assert "podproof.check.decide" in set(imported(FILES["podproof.explain.explanation"]))


def test_modules_import_one_another_one_way() -> None:
    assert cycles(MODULES) == []


def test_rooms_import_one_another_one_way() -> None:
    between = nx.DiGraph((room(a), room(b)) for a, b in MODULES.edges if room(a) != room(b))
    assert cycles(between) == []


def test_roots_import_one_another_one_way() -> None:
    assert [(a, b) for a, b in MODULES.edges if root(a) < root(b)] == []


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("podproof.language", "podproof.kubernetes"),
        ("podproof.findings", "podproof.kubernetes"),
        ("podproof.findings", "podproof.engines"),
        ("podproof.properties", "podproof.kubernetes"),
        ("podproof.engines", "podproof.kubernetes"),
        ("podproof.engines", "podproof.claims"),
        ("podproof.certificates", "podproof.engines"),
        ("podproof.certificates", "podproof.kubernetes"),
        ("podproof.claims", "podproof.engines"),
        ("podproof.claims", "podproof.check"),
        ("podproof.check", "podproof.explain"),
        ("podproof.verify", "podproof.kubernetes"),
    ],
)
def test_what_a_room_never_loads(below: str, above: str) -> None:
    """Also not through others."""
    inside = [module for module in FILES if f"{module}.".startswith(f"{below}.") and module in MODULES]
    assert inside
    reached = {other for module in inside for other in nx.descendants(MODULES, module)}
    assert sorted(module for module in reached if f"{module}.".startswith(f"{above}.")) == []


def test_a_cycle_is_noticed(tmp_path: Path) -> None:
    code = "def f():\n    from podproof.check import decide\nif TYPE_CHECKING:\n    import podproof.api\n"
    (tmp_path / "a.py").write_text(code)
    assert list(imported(tmp_path / "a.py")) == ["podproof.check.decide"]
    extended = nx.DiGraph(MODULES)
    extended.add_edge("podproof.language.flat", "podproof.check.decide")
    assert cycles(extended) != []
