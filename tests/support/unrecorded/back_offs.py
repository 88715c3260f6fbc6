"""Waits before restarts that were not recorded: read from the source of the functions that the corpora name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Case = tuple[str, Any, Any]
"""Corpus, input and output."""


def _configs() -> Iterator[Case]:
    """newCrashLoopBackOff: two gates and the longest wait configured; the first wait and the longest one."""
    for reduced, configurable, configured, first, longest in (
        (False, False, 5, 10, 300),
        (True, False, 5, 1, 60),
        (False, True, None, 10, 300),
        (True, True, None, 1, 300),
        (False, True, 1, 1, 1),
        (True, True, 1, 1, 1),
        (False, True, 5, 5, 5),
        (True, True, 5, 1, 5),
        (False, True, 10, 10, 10),
        (False, True, 299, 10, 299),
        (False, False, None, 10, 300),
        (True, False, None, 1, 60),
    ):
        given = {
            "ReduceDefaultCrashLoopBackOffDecay": reduced,
            "KubeletCrashLoopBackOffMax": configurable,
            "maxContainerRestartPeriodSeconds": configured,
        }
        yield "backoff_config", given, {"initialSeconds": first, "maxSeconds": longest}


CASES = [*_configs()]
