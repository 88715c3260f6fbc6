"""A user's own Python: the only code that podproof runs besides its own, and only where the user names it."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import os
import pkgutil
import re
import runpy
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any

from podproof.wording.near import did_you_mean


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
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
        lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
        what = " ".join(str(error).split()) or type(error).__name__
        meant = _meant(error, frames[-1] if frames else None)
        raise UnusableCode(f"{shown}:{lines[-1] if lines else 1}: {type(error).__name__}: {what}{meant}") from error


def _meant(error: BaseException, frame: FrameType | None) -> str:
    """The name that may have been meant, where the error is about one that there is none of."""
    match error:
        case AttributeError() if isinstance(error.name, str) and error.obj is not None:
            return did_you_mean(error.name, _open(error.name, _attributes(error.obj)))
        case NameError() if isinstance(error.name, str) and frame is not None:
            known = (*frame.f_locals, *frame.f_globals, *vars(builtins))
            return did_you_mean(error.name, _open(error.name, known))
        case ModuleNotFoundError() if isinstance(error.name, str):
            return did_you_mean(error.name, _modules_beside(error.name))
        case ImportError() if error.name in sys.modules:
            module = sys.modules[error.name]
            missing = re.match(r"cannot import name '(\w+)'", str(error))
            known = (*vars(module), *getattr(module, "__all__", ()))
            return did_you_mean(missing[1], _open(missing[1], known)) if missing else ""
        case _:
            return ""


def _attributes(thing: Any) -> Iterable[str]:
    """Without running code of the thing's own."""
    return type.__dir__(thing) if isinstance(thing, type) else object.__dir__(thing)


def _open(name: str, known: Iterable[str]) -> list[str]:
    """Names that begin with an underscore are nobody's to use, unless they are asked for."""
    return [each for each in known if name.startswith("_") or not each.startswith("_")]


def _modules_beside(name: str) -> set[str]:
    """The modules in the same package, or all that can be imported by one word."""
    package, dot, _ = name.rpartition(".")
    path = getattr(sys.modules.get(package), "__path__", ()) if dot else None
    loaded = {each.removeprefix(package + dot) for each in sys.modules if each.startswith(package + dot)}
    found = {each.name for each in pkgutil.iter_modules(path)} | {each.partition(".")[0] for each in loaded}
    return {f"{package}{dot}{each}" for each in found}


@contextmanager
def _searched_first(folder: str) -> Iterator[None]:
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        sys.path.remove(folder)
