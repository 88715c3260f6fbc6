"""Spreading work over processes; results come in the order of what was asked, as they become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

import click

T = TypeVar("T")


def spread(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T]:
    """`work` on every name. It and its results are sent between processes, so they are plain values."""
    jobs = min(jobs, len(names))
    if jobs <= 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(work, names)
        except BrokenProcessPool as error:
            raise click.ClickException("a process that decides claims has died; try again with --jobs 1") from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
