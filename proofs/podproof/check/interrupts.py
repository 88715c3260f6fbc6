"""Interrupts: Ctrl-C ends any command within a second, and it says how far it had come.

z3 handles the signal itself while it solves, and Python only between two of its own instructions. So the signal is
blocked, and a thread waits for it: it makes the main thread stop, and ends the process where that is busy elsewhere.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from podproof.check.processes import stop_workers
from podproof.wording.progress import Progress

INTERRUPTED = 130
"""The exit code: 128 and the number of the signal, as a shell has it."""

PATIENCE = 0.5
"""Seconds that the main thread has for stopping by itself."""


def interrupted(progress: str) -> str:
    return f"podproof: interrupted{f': {progress}' if progress else ''}"


UNFINISHED: set[Path] = set()
"""Folders that are being made: an interrupt removes them."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C in here ends the process within a second or so, whatever it is doing."""
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    done = threading.Event()
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    watcher = threading.Thread(target=_watch, args=(done,), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        assert watcher.ident is not None
        with suppress(ProcessLookupError):  # it has ended
            signal.pthread_kill(watcher.ident, signal.SIGINT)
        watcher.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        signal.signal(signal.SIGUSR1, before)


def _watch(done: threading.Event) -> None:
    signal.sigwait({signal.SIGINT})
    if done.is_set():
        return
    main = threading.main_thread().ident
    assert main is not None
    said = Progress.so_far()
    signal.pthread_kill(main, signal.SIGUSR1)  # interrupts also what waits for a lock
    if done.wait(PATIENCE):
        return
    for folder in UNFINISHED:
        shutil.rmtree(folder, ignore_errors=True)
    stop_workers()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.write(f"\n{interrupted(said)}\n")
        sys.stderr.flush()
    os._exit(INTERRUPTED)
