"""Tests do not depend on the terminal that they are started from; those of fast modules are marked."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

for variable in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(variable, None)

QUICK = {
    "test_cone",
    "test_conform",
    "test_conform_pipeline",
    "test_conform_plans",
    "test_conform_printing",
    "test_conform_times",
    "test_conform_writes",
    "test_counting",
    "test_examples",
    "test_grouping",
    "test_language",
    "test_liveness",
    "test_locks",
    "test_manifests",
    "test_names",
    "test_rooms",
    "test_terminal",
    "test_verify",
    "test_verify_answers",
    "test_verify_callbacks",
}
"""The modules of `make quick`: together they take less than a minute, and most mistakes make one of them fail."""

LONG = ("test_catalogue", "test_claims", "test_certificates", "test_every_formula_random", "test_record_of")
"""The modules that take longest. Two processes are done at about the same time if these come first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write output that files show, instead of comparing it")


@pytest.fixture
def same_as_shown(pytestconfig: pytest.Config) -> Callable[[Path, str, str], None]:
    """Compares what a file shows with what is printed now, but for times; with --accept it is put into the file."""

    def compare(file: Path, shown: str, printed: str) -> None:
        if timeless(printed) != timeless(shown) and pytestconfig.getoption("accept"):
            text = file.read_text(encoding="utf-8")
            assert text.count(shown) == 1, "it cannot be told which of them is meant"
            file.write_text(text.replace(shown, printed), encoding="utf-8")
        else:
            assert timeless(printed) == timeless(shown), "if it should be so now: make accept"

    return compare


def timeless(text: str) -> str:
    return re.sub(r" *\d+\.\d+ s\b", " … s", text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in QUICK:
            item.add_marker(pytest.mark.quick)
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))
