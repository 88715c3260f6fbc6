"""How runs of a system are printed by the tool that its users know, such as kubectl: declared with the system.

What is generic replays and tells runs of any system; the printer adds the lines of the tool, and what a run begins
with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol

from podproof.language.expressions import Variable
from podproof.language.flat import Sizes
from podproof.language.systems import System

Row = Any
"""A line of the tool's table without names and times; equal where the tool would print the same."""


class Printer(Protocol):
    """title: what such a system is called; whole: the system with everything that the tool reads; printed: the
    variables of which a row says more than a list of changes."""

    title: str
    whole: System
    printed: frozenset[Variable[Any]]

    def row(self, values: Mapping[Variable[Any], Any], sizes: Sizes) -> Row:
        """What is printed in a state of the whole system; a variable of a kind has a list by element."""
        ...

    def lines(self, rows: Sequence[tuple[str, Row, int]]) -> list[str]:
        """The table, for rows of a name, a row and the number of a step; the header first."""
        ...

    def beginning(self, first: Mapping[Variable[Any], Any], sizes: Sizes) -> Iterator[str]:
        """What is fixed in the first state, in phrases, as far as it could be different."""
        ...

    def shape(self, first: Mapping[Variable[Any], Any], sizes: Sizes) -> dict[str, Any]:
        """The same as plain values."""
        ...


def printer_of(system: System) -> Printer | None:
    """None where nothing is declared, or the system has machines that the tool knows nothing of."""
    if not system.printed_by:
        return None
    module, _, name = system.printed_by.partition(":")
    printer: Printer = getattr(import_module(module), name)
    known = system.machines and set(system.machines) <= set(printer.whole.machines)
    return printer if known else None


def own_name(variable: Variable[Any]) -> str:
    """Without the words that the name of its kind says already."""
    said = variable.kind.name.split() if variable.kind is not None else []
    return " ".join(word for word in variable.name.split() if word not in said)


def called(variable: Variable[Any], element: int | None) -> str:
    """A value of a run by name; elements are numbered as people do: `container 1`."""
    return variable.name if element is None else f"{variable.kind} {element + 1} {own_name(variable)}".strip()
