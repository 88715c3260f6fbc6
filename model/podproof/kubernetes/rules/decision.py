"""Decisions: rules in order of precedence, each with a name, so that it can be told which one decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from podproof.language import TRUE, Expr, Kind, Variable, first_match, named
from podproof.language.binding import Elements, Given, bind
from podproof.language.expressions import as_expr
from podproof.language.meanings.python import evaluate

V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Rule(Generic[V]):
    """If `when` holds, and no rule before it did, the value is `then`."""

    name: str
    when: Expr[bool]
    then: Expr[V] | V


@dataclass(frozen=True, eq=False)
class Decision(Generic[V]):
    """The first rule that applies decides; the last one always applies (its `when` is TRUE)."""

    name: str
    rules: tuple[Rule[V], ...]

    def __post_init__(self) -> None:
        if not self.rules or self.rules[-1].when is not TRUE:
            raise ValueError(f"decision {self.name}: its last rule must apply always")

    @cached_property
    def value(self) -> Expr[V]:
        """What is decided, as an expression."""
        *cases, last = self.rules
        return first_match(*((rule.when, rule.then) for rule in cases), default=as_expr(last.then))

    @cached_property
    def by_name(self) -> Expr[V]:
        """The same under the decision's name, for text that does not spell it out."""
        return named(self.name, self.value)

    @cached_property
    def spoken(self) -> Expr[V]:
        """The same, with the names of the rules in its text."""
        rules = tuple(replace(rule, when=named(rule.name, rule.when)) for rule in self.rules)
        return replace(self, rules=rules).value

    def bound(
        self, given: Given, kinds: Mapping[Kind, Elements] | None = None, by: Sequence[Variable[Any]] = ()
    ) -> Decision[V]:
        """The decision read over other variables (see `binding.bind`)."""
        rules = [
            replace(rule, when=bind(rule.when, given, kinds, by), then=bind(as_expr(rule.then), given, kinds, by))
            for rule in self.rules
        ]
        return replace(self, rules=tuple(rules))

    def without(self, rule: str) -> Decision[V]:
        """The decision without the rule of that name, which is not the last one."""
        self._find(rule)
        return replace(self, rules=tuple(r for r in self.rules if r.name != rule))

    def saying(self, rule: str, then: Expr[V] | V) -> Decision[V]:
        """The decision in which the rule of that name says something else."""
        found = self._find(rule)
        return replace(self, rules=tuple(replace(r, then=then) if r is found else r for r in self.rules))

    def _find(self, rule: str) -> Rule[V]:
        return next(r for r in self.rules if r.name == rule)

    def decided_by(
        self, values: Mapping[Variable[Any], Any], sizes: Mapping[Kind, int], own: int | None = None
    ) -> Rule[V]:
        """The rule that decides in one state (see `valuations.evaluate` for the arguments)."""
        return next(rule for rule in self.rules if evaluate(rule.when, values, sizes, own=own))
