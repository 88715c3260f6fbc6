"""Exit codes, the same for every verb; of several the worst wins."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from podproof.language import UnsupportedError

INTERNAL = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, UnsupportedError, ValueError)
"""What no claim should bring about; it is said on one line all the same."""


class ExitCode(IntEnum):
    as_expected = 0
    finding = 1
    unusable = 2
    undecided = 3


WORST_FIRST = (ExitCode.unusable, ExitCode.finding, ExitCode.undecided, ExitCode.as_expected)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    found = set(codes)
    return next((code for code in WORST_FIRST if code in found), ExitCode.as_expected)
