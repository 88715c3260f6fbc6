"""sources: the module that declares a machine, and what its first words say of it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from podproof.language import Expr, Machine
from podproof.language.expressions import Named, nodes

MODEL = "podproof.kubernetes"
ROOMS = (f"{MODEL}.vocabulary", f"{MODEL}.derived", f"{MODEL}.machines", MODEL, f"{MODEL}.objects")
"""Where the model is declared; what rules compute has pages of its own."""


@dataclass(frozen=True)
class Declared:
    """module: dotted name; path: in the repository; paragraphs: of the module's docstring."""

    module: str
    path: str
    paragraphs: tuple[str, ...]


def declared(machine: Machine[Any]) -> Declared | None:
    """Where the machine is declared; None for one that is not of the model."""
    for module in _modules():
        names = [name for name, value in vars(module).items() if value is machine]
        if any(re.search(rf"^{name}\b.*? = ", _text(module), re.MULTILINE) for name in names):
            paragraphs = [" ".join(part.split()) for part in (module.__doc__ or "").split("\n\n")]
            path = f"model/{module.__name__.replace('.', '/')}.py"
            return Declared(module.__name__, path, tuple(paragraphs))
    return None


@cache
def words() -> dict[str, Named[Any]]:
    """What the modules of the model name, and the names inside of it; values under their names as a whole."""
    values = [value for module in _modules() for value in vars(module).values() if isinstance(value, Expr)]
    found = (node for value in values for node in nodes(value) if isinstance(node, Named) and not node.values)
    return {node.name: node for node in found}


@cache
def _modules() -> tuple[ModuleType, ...]:
    rooms = [importlib.import_module(room) for room in ROOMS]
    found = (each for room in rooms for each in pkgutil.iter_modules(room.__path__, f"{room.__name__}."))
    return tuple(importlib.import_module(each.name) for each in found if not each.ispkg)


@cache
def _text(module: ModuleType) -> str:
    with open(str(module.__file__), encoding="utf-8") as file:
        return file.read()
