"""Spreading work over processes; results come in the order of what was asked, as they become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from itertools import cycle
from multiprocessing import active_children
from typing import TypeVar

T = TypeVar("T")


class ProcessDied(RuntimeError):
    """A process ended before it had a result, such as for lack of memory."""


def spread(work: Callable[[str], T], names: Sequence[str], jobs: int) -> Iterator[T]:
    """`work` on every name. It and its results are sent between processes, so they are plain values.

    Each process gets the same names on every run: what it keeps from one for the next does not depend on who is faster.
    Raises ProcessDied; after that, and after an interrupt, no process is left.
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
            raise ProcessDied("a process that decides claims has died; try again with --jobs 1") from error
        except BaseException:
            stop_workers()
            for pool in pools:
                pool.shutdown(wait=False, cancel_futures=True)
            raise


def stop_workers() -> None:
    """End the processes that work is spread over, at once."""
    for child in active_children():
        child.terminate()
