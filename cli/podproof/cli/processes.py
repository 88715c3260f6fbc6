"""Spreading work over processes; results come in the order of what was asked, as they become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import cycle
from typing import TypeVar

import click
from podproof.cli.interrupts import stop_workers

T = TypeVar("T")


def spread(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T]:
    """`work` on every name. It and its results are sent between processes, so they are plain values.

    Each process gets the same names on every run: what it keeps from one for the next does not depend on who is faster.
    """
    jobs = min(jobs, len(names))
    if jobs <= 1:
        yield from map(work, names)
        return
    with ExitStack() as open_:
        pools = [open_.enter_context(ProcessPoolExecutor(1)) for _ in range(jobs)]
        try:
            asked = [pool.submit(work, name) for name, pool in zip(names, cycle(pools), strict=False)]
            yield from (each.result() for each in asked)
        except BrokenProcessPool as error:
            raise click.ClickException("a process that decides claims has died; try again with --jobs 1") from error
        except BaseException:
            stop_workers()
            for pool in pools:
                pool.shutdown(wait=False, cancel_futures=True)
            raise
