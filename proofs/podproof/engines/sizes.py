"""How many elements to look at: the sizes that systems can have, and those that a question can tell apart.

A `some` in a formula may mean another element than the next `some`, and what is seen of one Pod at one moment by one
container may be seen at the next by another. So a question that is decided state by state is asked of systems with as
many elements of a kind as the formula can tell apart, and of two at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from podproof.language import FALSE, Expr, Kind, System
from podproof.language.domains import Integers
from podproof.language.expressions import Compare, Comparison, Const, Count, Eq, ForAll, In, Pick, nodes, own_kinds
from podproof.language.flat import Sizes, flatten
from podproof.properties.formulas import Formula, Most, most_of
from podproof.wording.counting import sized

MOST_OF_A_KIND = 2
MOST_ELEMENTS = 3
"""Systems of up to so many elements are small: of each kind, and in all."""

LARGEST = 5
"""Systems of up to so many elements in all are looked at as far as the limits go; larger ones where formulas count."""


MOST_TOLD_APART = 12
"""More elements of a kind are not looked at, whatever number a formula counts to."""


def possible_sizes(system: System, most: Most = MOST_OF_A_KIND, in_all: int = MOST_ELEMENTS) -> list[dict[Kind, int]]:
    """Numbers of elements of each kind that initial states can have, small ones first.

    most: of each kind, one number for all or one for each (a kind that is not named has none).
    """
    kinds = system.kinds
    each = [min(most_of(most, kind) or 0, MOST_TOLD_APART) for kind in kinds]
    place = {(v, i): v for v in system.variables for i in (None, *range(max(each, default=0)))}
    conditions = system.initial_conditions
    sizes = [dict(zip(kinds, choice, strict=True)) for choice in _choices(each, in_all)]
    possible = [size for size in sizes if all(flatten(c, place, size) is not FALSE for c in conditions)]
    return sorted(possible, key=lambda size: (sum(size.values()), [size[kind] for kind in reversed(kinds)]))


def _choices(most: Sequence[int], in_all: int) -> Iterator[tuple[int, ...]]:
    if not most:
        yield ()
        return
    for first in range(min(most[0], in_all) + 1):
        yield from ((first, *others) for others in _choices(most[1:], in_all - first))


def sizes_up_to(system: System, most: Most) -> list[dict[Kind, int]]:
    """Every possible size with at most so many elements of each kind."""
    in_all = most * len(system.kinds) if isinstance(most, int) else sum(most.values())
    return possible_sizes(system, most, in_all)


def are_too_many(most: Most) -> bool:
    """Whether so many elements are not looked at."""
    return max([most] if isinstance(most, int) else most.values(), default=0) > MOST_TOLD_APART


def sizes_beyond(system: System, enough: Mapping[Kind, int]) -> list[dict[Kind, int]]:
    """Possible sizes with as many elements of each kind as are enough, and one more; small ones first."""
    more = {kind: number + 1 for kind, number in enough.items()}
    return possible_sizes(system, more, max(LARGEST, *enough.values(), 0))


def told_apart(formula: Formula, system: System) -> dict[Kind, int]:
    """For each kind of the system how many elements the formula can tell apart; two at least."""
    return told_apart_by(formula.expressions(), system.kinds)


def told_apart_by(exprs: Iterable[Expr[Any]], kinds: Iterable[Kind]) -> dict[Kind, int]:
    found = dict.fromkeys(kinds, 0)
    known: set[int] = set()

    def add(kind: Kind, elements: int) -> None:
        found[kind] = found.get(kind, 0) + elements

    def visit(expr: Expr[Any], number: int) -> None:
        """number: as many elements a count in `expr` has to see to tell."""
        if id(expr) in known:
            return
        known.add(id(expr))
        match expr:
            case ForAll(kind=kind):
                add(kind, 1)
            case Count(kind=kind):
                add(kind, number)
            case Pick(kind=kind):
                add(kind, 2)
            case In(body=body, members=members) if isinstance(body.domain, Integers):
                number = max(map(abs, members), default=1) + 1
            case Compare() | Eq():
                number = _enough(expr)
        for child in expr.children():
            visit(child, number)

    everything = list(exprs)
    for expr in everything:
        for kind in own_kinds(expr):
            add(kind, 1)
        visit(expr, 2)
    return {kind: max(2, elements) for kind, elements in found.items()}


def _enough(comparison: Compare | Eq) -> int:
    """As many elements as a count has to see for the comparison to come out either way."""
    match comparison:
        case Compare(operator=Comparison.at_most, left=Const(value=bound), right=Count()) if bound > 0:
            return int(bound)
        case Compare(operator=Comparison.less, left=Count(), right=Const(value=bound)) if bound > 0:
            return int(bound)
    numbers = [int(n.value) for n in nodes(comparison) if isinstance(n, Const) and isinstance(n.domain, Integers)]
    return 1 + sum(map(abs, numbers))


def fit_into(size: Sizes, other: Sizes) -> bool:
    """Whether the other has as many elements of every kind."""
    return all(number <= other.get(kind, 0) for kind, number in size.items())


def named(sizes: Sizes) -> str:
    """A size in words."""
    return sized(sizes) or "its only size"
