"""Time: the machine that owns the tick, made for the machines that are composed, and what may be asked of clocks.

Time passes where nothing is due. What is due is told by machines, each about itself (`Machine.urgent`), so that a part
of a system has a time of its own: a cone of influence forgets what is due in machines that it forgets. That changes no
verdict where such a machine can always do what is due by itself (`settles`), and makes nothing due by that which makes
something due in it again; it is not done where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from podproof.language.cases import may_hold
from podproof.language.clocks import Stopwatch
from podproof.language.declare import state
from podproof.language.domains import Integers
from podproof.language.errors import DeclarationError
from podproof.language.expressions import (
    FALSE,
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Count,
    Expr,
    ForAll,
    In,
    Operation,
    Pick,
    Variable,
    conjunction,
    constant,
    disjunction,
    named,
    nodes,
    rewrite,
    variables_in,
)
from podproof.language.machines import Machine, Transition, tick


class Time(StrEnum):
    """It always passes; a machine needs a state."""

    passing = "passing"


time = state("time", Time, initial=Time.passing)


def with_clock(machines: Sequence[Machine[Any]]) -> tuple[Machine[Any], ...]:
    """The machines, and behind them the one that owns the tick, if any of them has to do with time."""
    others = tuple(machine for machine in machines if machine.state is not time)
    return (*others, clock_for(urgent_ones(others))) if any(map(_has_to_do_with_it, others)) else others


def _has_to_do_with_it(machine: Machine[Any]) -> bool:
    return bool(machine.clocks) or machine.urgent is not FALSE or any(event is tick for event in machine.reacts_to)


def urgent_ones(machines: Iterable[Machine[Any]]) -> tuple[Machine[Any], ...]:
    return tuple(machine for machine in machines if machine.urgent is not FALSE)


@lru_cache(maxsize=1000)
def clock_for(urgent: tuple[Machine[Any], ...]) -> Machine[Time]:
    """The same machine for the same machines: what is kept of a system goes by the machines it has."""
    nothing = named("nothing is due", conjunction(*(~is_urgent(machine) for machine in urgent)))
    passes: Transition[Time] = Transition(trigger=tick, source=Time.passing, dest="=", conditions=nothing)
    return Machine("time", time, [passes], doc="Time passes where nothing is due.")


def is_urgent(machine: Machine[Any]) -> Expr[bool]:
    """Something is due in the machine, or in that of some element."""
    return machine.urgent if machine.kind is None else machine.kind.some(machine.urgent)


def seen_of_others(machine: Machine[Any]) -> frozenset[Variable[Any]]:
    """What tells whether something is due in an element, and is not its own: to change it is to change what is due in
    several."""
    inside = [node for node in nodes(machine.urgent) if isinstance(node, ForAll | Count | Pick)]
    of_several = {v for node in inside for child in node.children() for v in variables_in(child) if v.kind is not None}
    shared = () if machine.kind is None else (v for v in variables_in(machine.urgent) if v.kind is None)
    return frozenset(of_several.union(shared))


def settles(urgent: Expr[bool], steps: Iterable[tuple[Expr[bool], Expr[bool]]]) -> bool:
    """Whether a machine can do by itself, in one step, what is due in it, whatever else is so.

    steps: of one of its events, which nothing forbids: the guard, and whether something is due afterwards.
    """
    return not may_hold(urgent & ~disjunction(*(guard & ~after for guard, after in steps)))


def check_stopwatches(
    machines: Iterable[Machine[Any]], fields: Mapping[Variable[Any], int], exprs: Iterable[Expr[Any]], where: str
) -> None:
    """Raises DeclarationError where an expression could tell apart what a stopwatch with a cap does not."""

    def lowest(cap: Expr[int]) -> float:
        known = {variable: constant(value) for variable, value in fields.items()}
        return _lowest(rewrite(cap, lambda node: known.get(node) if isinstance(node, Variable) else None))

    caps: dict[Variable[Any], tuple[Expr[int], float]] = {
        each.variable: (each.cap, lowest(each.cap))
        for machine in machines
        for each in machine.clocks
        if isinstance(each, Stopwatch) and each.cap is not None
    }
    for expr in exprs if caps else ():
        for node in nodes(expr):
            for child in node.children():
                if isinstance(child, Variable) and child in caps and not _is_exact(node, child, *caps[child]):
                    raise DeclarationError(
                        f"{where}: ({node}) cannot be told of the stopwatch {child.name}, which stops at "
                        f"({caps[child][0]}): it can be asked whether it is below that, or below less"
                    )
        if isinstance(expr, Variable) and expr in caps:
            raise DeclarationError(f"{where}: what the stopwatch {expr.name} shows is not exact: it stops at a cap")


def _is_exact(node: Expr[Any], watch: Variable[Any], cap: Expr[int], least: float) -> bool:
    """Whether this is so of the stopwatch if and only if it is so of the time itself."""
    if isinstance(node, Compare):
        below = node.left is watch  # it is below the other side, or not above it; else the negation of that is asked
        other = node.right if below else node.left
        strict = (node.operator is Comparison.less) == below
        return (strict and _is_at_most(other, cap)) or _highest(other) <= least - (0 if strict else 1)
    return isinstance(node, In) and all(value < least for value in node.members)


def _is_at_most(expr: Expr[int], cap: Expr[int]) -> bool:
    """Whether it is the cap, or what is left of that when something is taken away."""
    if isinstance(expr, Arithmetic) and expr.operator is Operation.subtract:
        return expr.left is cap and _lowest(expr.right) >= 0
    return expr is cap


def _highest(expr: Expr[int]) -> float:
    if isinstance(expr, Const):
        return int(expr.value)
    high = expr.domain.high if isinstance(expr.domain, Integers) else None
    return float("inf") if high is None else high


def _lowest(expr: Expr[int]) -> float:
    low = expr.domain.low if isinstance(expr.domain, Integers) else None
    return float("-inf") if low is None else low
