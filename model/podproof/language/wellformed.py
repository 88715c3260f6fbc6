"""What may stand where an expression is expected: an expression, about what is known there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from podproof.language.errors import DeclarationError
from podproof.language.expressions import Expr, Kind, Parameter, nodes, own_kinds


def expression(expr: object, where: str) -> None:
    if not isinstance(expr, Expr):
        hint = ": compare with is_() or equals(), never with ==" if isinstance(expr, bool) else ""
        raise DeclarationError(f"{where}: expected an expression, not {expr!r}{hint}")


def meaningful(
    expr: Expr[Any],
    where: str,
    here: str = "no single one is meant here",
    kind: Kind | None = None,
    parameters: Iterable[Parameter[Any]] = (),
) -> None:
    """Raises DeclarationError where it speaks of one element of another kind than `kind`, or of another parameter."""
    for open_ in sorted(own_kinds(expr), key=str):
        if open_ is not kind:
            raise DeclarationError(
                f"{where}: ({expr}) speaks of one {open_}, but {here}; "
                f"say which ones with {open_}.all, .some, .none or .count"
            )
    for node in nodes(expr):
        if isinstance(node, Parameter) and node not in parameters:
            raise DeclarationError(f"{where}: {node.name} is no parameter of this event")
