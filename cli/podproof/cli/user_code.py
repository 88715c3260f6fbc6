"""A user's own Python: the only code that podproof runs besides its own, and only where the user names it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any


class UnusableCode(Exception):
    """One line: file:line, what is wrong."""


def run_file(path: str, hint: str) -> Mapping[str, Any]:
    """The top-level names of a Python file, run as Python runs a script: its folder comes first in the search path.

    hint: what to name instead where there is no such file. Raises UnusableCode where it cannot be run.
    """
    file = Path(path)
    if not file.is_file():
        raise UnusableCode(f"{path}:1: no such file; {hint}")
    with blaming(path, str(file)), _searched_first(str(file.parent.absolute())):
        return runpy.run_path(str(file))


def run_module(module: str, hint: str) -> Mapping[str, Any]:
    """The top-level names of a FILE.py, or of a module that is found from the current folder or is installed."""
    if module.endswith(".py") or os.sep in module:
        return run_file(module, hint)
    with _searched_first(os.getcwd()):
        origin = module
        with blaming(module, module):
            try:
                spec = importlib.util.find_spec(module)
            except ModuleNotFoundError as error:
                if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                    raise
                spec = None
            if spec is not None:
                origin = spec.origin or module
        if spec is None:
            raise UnusableCode(f"{module}: no such module; {hint}")
        with blaming(_shown(origin), origin):
            return vars(importlib.import_module(module))


def place_of(module: str, names: Mapping[str, Any]) -> tuple[str, str]:
    """How the file of a module is shown, and how Python calls it in tracebacks."""
    file = str(names.get("__file__") or module)
    return (module if module.endswith(".py") else _shown(file)), file


def _shown(file: str) -> str:
    """Below the current folder without the way there."""
    return os.path.relpath(file) if file.startswith(os.getcwd() + os.sep) else file


@contextmanager
def blaming(shown: str, file: str) -> Iterator[None]:
    """Whatever the user's code raises is the user's to see, on one line: file:line. What it prints goes to stderr."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except UnusableCode:
        raise
    except SyntaxError as error:
        raise UnusableCode(f"{shown}:{error.lineno or 1}: not Python: {error.msg}") from error
    except (Exception, SystemExit, GeneratorExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        what = " ".join(str(error).split()) or type(error).__name__
        raise UnusableCode(f"{shown}:{lines[-1] if lines else 1}: {type(error).__name__}: {what}") from error


@contextmanager
def _searched_first(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
