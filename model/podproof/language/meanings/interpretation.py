"""Interpretations: what an expression means in Python, NumPy, z3, SMT-LIB or prose.

An interpretation is a table from node type to a function of the node and its children's results, applied by one
`fold`. Others join by `register`; neither the expressions nor this module change. A table that forgets a node type
is refused when it is registered: what it cannot express it must name in `without`, and asking for it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from podproof.language.errors import DeclarationError, UnsupportedError
from podproof.language.expressions import NODE_TYPES, Expr, nodes

T = TypeVar("T")
Case = Callable[..., T]


@dataclass(frozen=True)
class Interpretation(Generic[T]):
    """`cases[type(node)](context, node, *results of the children)` is the meaning of `node`.

    `context` is whatever the caller of `fold` passes: a layout, a symbol table, an emitter.
    """

    name: str
    cases: Mapping[type[Expr[Any]], Case[T]]
    without: frozenset[type[Expr[Any]]] = field(default_factory=frozenset)

    def fold(self, expr: Expr[Any], context: Any = None, memo: dict[int, tuple[Expr[Any], T]] | None = None) -> T:
        """The meaning of `expr`. `memo` may be shared between calls with equal contexts.

        Raises UnsupportedError for a node type that this interpretation does not have.
        """
        done: dict[int, tuple[Expr[Any], T]] = {} if memo is None else memo
        for node in nodes(expr, done) if id(expr) not in done else ():
            case = self.cases.get(type(node))
            if case is None:
                raise UnsupportedError(f"{self.name} has no meaning for {type(node).__name__} in ({expr})")
            done[id(node)] = (node, case(context, node, *[done[id(child)][1] for child in node.children()]))
        return done[id(expr)][1]


REGISTRY: dict[str, Interpretation[Any]] = {}


def register(interpretation: Interpretation[T]) -> Interpretation[T]:
    """Make an interpretation known by its name.

    Raises DeclarationError where a node type is neither handled nor named in `without`, or the name is taken.
    """
    missing = [t.__name__ for t in NODE_TYPES if t not in interpretation.cases and t not in interpretation.without]
    if missing:
        raise DeclarationError(f"interpretation {interpretation.name} says nothing about {', '.join(missing)}")
    if interpretation.name in REGISTRY:
        raise DeclarationError(f"there is an interpretation {interpretation.name} already")
    REGISTRY[interpretation.name] = interpretation
    return interpretation
