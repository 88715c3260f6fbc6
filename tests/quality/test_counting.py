"""Counts in words: one place makes them, and no verb, page or report spells them by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from podproof.language import Kind
from podproof.wording.counting import counted, sized

from tests.support.places import ROOT

SOURCES = [path for root in ("model", "proofs", "diagrams", "cli") for path in sorted((ROOT / root).rglob("*.py"))]


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (0, "claim", "0 claims"),
        (1, "claim", "1 claim"),
        (2, "init container", "2 init containers"),
        (25276, "state", "25,276 states"),
        (3, "class", "3 classes"),
        (3, "box", "3 boxes"),
        (3, "branch", "3 branches"),
        (3, "entry", "3 entries"),
        (3, "day", "3 days"),
    ],
)
def test_counted(number: int, what: str, said: str) -> None:
    assert counted(number, what) == said


def test_sized() -> None:
    assert sized({Kind("worker"): 1, Kind("proxy"): 2}) == "1 worker, 2 proxies"
    assert sized({}) == ""


def hand_made(source: str) -> Iterator[str]:
    """f-strings where a number meets a plural, such as f"{n} claims", or adds an s to a word by itself.

    A constant by its name (in capitals) cannot be 1, and is no count.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.IfExp) and ast.unparse(node).startswith("'s' if") and "!= 1" in ast.unparse(node.test):
            yield ast.unparse(node)
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, after in zip(node.values, node.values[1:], strict=False):
            if not isinstance(value, ast.FormattedValue) or not isinstance(after, ast.Constant):
                continue
            word, _, _ = str(after.value).removeprefix(" ").partition(" ")
            word = word.rstrip(".,:;)>")
            constant = isinstance(value.value, ast.Name) and value.value.id.isupper()
            if str(after.value).startswith(" ") and word in PLURALS and not constant:
                yield ast.unparse(node)


PLURALS = {counted(2, what).split()[1] for what in (
    "arrow", "case", "change", "claim", "class", "configuration", "container", "document", "element", "event",
    "file", "finding", "machine", "move", "mutant", "obligation", "problem", "proof", "record", "run", "size", "state",
    "step", "test", "thing", "transition", "value", "verdict", "way",
)}  # fmt: skip


def test_the_search_finds_them() -> None:
    assert list(hand_made('f"{len(found)} claims: {said}"'))
    assert list(hand_made("f\"{n} step{'s' if n != 1 else ''}\""))
    assert not list(hand_made('f"more than {MAX} problems"; f"{way} leads to states"'))


def test_no_count_is_spelled_by_hand() -> None:
    found = {str(path.relative_to(ROOT)): list(hand_made(path.read_text(encoding="utf-8"))) for path in SOURCES}
    assert {path: spelled for path, spelled in found.items() if spelled} == {}
