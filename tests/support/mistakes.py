"""Mistakes in rules that no record shows: each expression that corpora evaluate, wrong in one place at a time.

An expression's states are found by deciding records while `evaluate` is watched. A mistake is seen if some record comes
out differently with it: the record is decided again, as a whole, with the wrong expression in place of the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from podproof.conform.corpus import LEFT_OUT, Corpus, Json
from podproof.engines import static
from podproof.kubernetes.rules import duration
from podproof.language import TRUE, Expr, Kind, System, Variable, conjunction, flag
from podproof.language.expressions import equal, own_kinds, variables_in
from podproof.language.meanings import python as valuations
from podproof.language.systems import kinds_in
from podproof.properties.formulas import Always
from podproof.properties.limits import Limits

from tests.support.expression_mutants import constants, mutants

Wrong = tuple[str, Expr[Any]]
"""What is wrong, in words, and the expression with it."""


@dataclass(frozen=True, eq=False)
class Record:
    """expected: what is compared of the output; whole: nothing but that may be in it."""

    corpus: Corpus
    given: Json
    expected: Any
    whole: bool = True

    def differs(self) -> bool:
        """Also where nothing comes out, because a rule asks for what is not there."""
        duration.text.cache_clear()
        try:
            got = self.corpus.told(self.given, self.corpus.decide({**LEFT_OUT, **self.given}))
        except (AttributeError, LookupError, TypeError, ValueError, RuntimeError):  # the last: next() found nothing
            return True
        return got != self.expected if self.whole else not says(got, self.expected)


def says(got: Any, expected: Any) -> bool:
    """The output has what is expected in it: objects may have more fields, lists no more elements."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(says(got.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(got) == len(expected) and all(map(says, got, expected))
    return bool(got == expected)


def recorded(corpus: Corpus, records: Iterable[Json]) -> Iterator[Record]:
    for record in records:
        yield Record(corpus, record["input"], corpus.told(record["input"], corpus.compared(record["output"])))


@dataclass(eq=False)
class State:
    """value: of what is read of the expression."""

    values: dict[Variable[Any], Any]
    sizes: dict[Kind, int]
    own: int | None
    value: Any
    records: dict[Record, None] = field(default_factory=dict)


Read = Callable[[Expr[Any]], Expr[Any]]


class Asked:
    """An expression, and the states in which records asked for it. read: what they make of its value."""

    def __init__(self, expr: Expr[Any], read: Read) -> None:
        self.expr, self.read = expr, read
        view = read(expr)
        self.variables = sorted(variables_in(view) | variables_in(expr), key=lambda variable: variable.name)
        self.kinds = sorted(kinds_in(view) | kinds_in(expr), key=lambda kind: kind.name)
        self.decide, self.view = COMPILED(expr), COMPILED(view)
        self.states: dict[object, State] = {}

    def ask(self, record: Record, values: Mapping[Variable[Any], Any], sizes: Mapping[Kind, int], own: Any) -> None:
        found = [values.get(variable) for variable in self.variables]
        counts = [sizes.get(kind) for kind in self.kinds]
        key = (*(tuple(value) if isinstance(value, list) else value for value in found), *counts, own)
        if key not in self.states:
            value = self.view(values, sizes, {}, own)
            self.states[key] = State(dict(zip(self.variables, found, strict=True)), dict(sizes), own, value)
        self.states[key].records[record] = None

    def mistakes(self) -> Iterator[Wrong]:
        """Every mutant; of constants up to six of those that occur."""
        yield from mutants(self.expr)
        decided = (self.decide(state.values, state.sizes, {}, state.own) for state in self.states.values())
        yield from constants(self.expr, islice(dict.fromkeys(decided), 6))

    def unseen(self, mistakes: Iterable[Wrong]) -> list[Wrong]:
        """Those with which no record comes out differently."""
        states = list(self.states.values())
        return [(what, wrong) for what, wrong in mistakes if self.seen_by(wrong, states) is None]

    def seen_by(self, wrong: Expr[Any], states: list[State]) -> Record | None:
        """A record that comes out differently. The state that showed a mistake is put first: it may show more."""
        read, decide = self.read(wrong), COMPILED(wrong)
        view = decide if read is wrong else COMPILED(read)
        for number, state in enumerate(states):
            if view(state.values, state.sizes, {}, state.own) != state.value:
                with _instead(self.expr, decide):
                    found = next((record for record in state.records if record.differs()), None)
                if found is not None:
                    states.insert(0, states.pop(number))
                    return found
        return None

    def told_apart(self, mistakes: Sequence[Wrong], truths: Sequence[Expr[bool]]) -> list[Wrong]:
        """Those for which z3 finds some state, of those in which the truths hold, that reads differently."""
        if not mistakes or self._same(mistakes, truths):
            return []
        return [one for one in mistakes if not self._same([one], truths)]

    def _same(self, mistakes: Sequence[Wrong], truths: Sequence[Expr[bool]]) -> bool:
        right = self.read(self.expr)
        same = conjunction(*(_equal(right, self.read(wrong)) for _, wrong in mistakes))
        own = own_kinds(same)
        for kind in own:
            same = kind.all(same)
        relevant = _relevant(same, truths)
        read = frozenset[Variable[Any]]().union(*map(variables_in, (same, *relevant)))
        kinds = sorted(frozenset[Kind]().union(*map(kinds_in, (same, *relevant))), key=lambda kind: kind.name)
        anything = System(
            "anything",
            (),
            frozen=(*sorted(read, key=lambda v: v.name), *(flag(f"{kind} is there", kind=kind) for kind in kinds)),
            initially=relevant,
        )
        sizes = [dict(zip(kinds, found, strict=True)) for found in _sizes(kinds, own)]
        return static.holds(anything, Always(same), sizes, Limits())


COMPILED = valuations.compiled


def _sizes(kinds: Sequence[Kind], own: Container[Kind]) -> Iterator[tuple[int, ...]]:
    """Up to two elements of each kind; of three kinds none or two; of more kinds two each, or none of one of them."""
    if len(kinds) > 3:
        yield (2,) * len(kinds)
        yield from (tuple(0 if kind is one else 2 for kind in kinds) for one in kinds if one not in own)
    else:
        counts = (0, 2) if len(kinds) == 3 else (0, 1, 2)
        yield from product(*([n for n in counts if n or kind not in own] for kind in kinds))


def _equal(left: Expr[Any], right: Expr[Any]) -> Expr[bool]:
    if left.domain == TRUE.domain == right.domain:
        return left & right | ~left & ~right
    return equal(left, right)


def _relevant(same: Expr[bool], truths: Sequence[Expr[bool]]) -> tuple[Expr[bool], ...]:
    """The truths about what is read."""
    return tuple(
        truth
        for truth in truths
        if variables_in(truth) & variables_in(same) or (not variables_in(truth) and kinds_in(truth) <= kinds_in(same))
    )


@contextmanager
def _instead(right: Expr[Any], wrong: valuations.Function) -> Iterator[None]:
    """Whoever evaluates the expression gets what is wrong."""
    cache = valuations._CACHE
    before = cache.get(id(right))
    cache[id(right)] = (right, wrong)
    try:
        yield
    finally:
        del cache[id(right)]
        if before is not None:
            cache[id(right)] = before
        duration.text.cache_clear()


def asked(
    records: Iterable[Record], reads: Mapping[Expr[Any], Read], among: Container[Expr[Any]] | None = None
) -> list[Asked]:
    """Every expression that some record evaluates (of those in `among`), once."""
    found: dict[int, Asked] = {}
    current: list[Record] = []

    def watched(expr: Expr[Any]) -> valuations.Function:
        if among is not None and expr not in among:
            return COMPILED(expr)
        one = found.setdefault(id(expr), Asked(expr, reads.get(expr, lambda read: read)))

        def decide(values: Any, sizes: Any, parameters: Any, own: Any) -> Any:
            one.ask(current[-1], values, sizes, own)
            return one.decide(values, sizes, parameters, own)

        return decide

    before = dict(valuations._CACHE)
    valuations._CACHE.clear()
    valuations.compiled = watched
    try:
        for record in records:
            current.append(record)
            duration.text.cache_clear()
            record.corpus.decide({**LEFT_OUT, **record.given})
    finally:
        valuations.compiled = COMPILED
        valuations._CACHE.clear()
        valuations._CACHE.update(before)
        duration.text.cache_clear()
    return list(found.values())
