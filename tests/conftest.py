"""Tests do not depend on the terminal that they are started from; those of fast modules are marked."""

from __future__ import annotations

import os

import pytest

for variable in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
    os.environ.pop(variable, None)

QUICK = {
    "test_cone",
    "test_conform",
    "test_conform_pipeline",
    "test_conform_printing",
    "test_conform_writes",
    "test_counting",
    "test_examples",
    "test_grouping",
    "test_language",
    "test_liveness",
    "test_locks",
    "test_manifests",
    "test_names",
    "test_terminal",
    "test_verify",
    "test_verify_answers",
    "test_verify_callbacks",
}
"""The modules of `make quick`: together they take less than a minute, and most mistakes make one of them fail."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in QUICK:
            item.add_marker(pytest.mark.quick)
