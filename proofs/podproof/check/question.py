"""A question: a formula about a system, and what is looked at to answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from podproof.engines.sizes import are_too_many, sizes_beyond, sizes_up_to, told_apart
from podproof.language import Assumption, Kind, System, UnsupportedError
from podproof.properties.formulas import Formula, GraphFormula, Most
from podproof.properties.history import as_safety


@dataclass(frozen=True, eq=False)
class Question:
    """formula, system: as it was asked. rule, watched: the same about states and steps of a system that remembers its
    history; where that cannot be said, the formula and the system themselves."""

    formula: Formula
    system: System
    rule: Formula
    watched: System

    @classmethod
    def asked(cls, system: System, formula: Formula) -> Question:
        try:
            watched, rule = as_safety(system, formula)
        except UnsupportedError:
            watched, rule = system, formula
        return cls(formula, system, rule, watched)

    @property
    def most(self) -> Most | None:
        """The sizes that the formula is about, where it declares them."""
        return self.formula.most if isinstance(self.formula, GraphFormula) else None

    @cached_property
    def sizes(self) -> list[dict[Kind, int]]:
        """The sizes that are looked at as far as the limits go, small ones first."""
        if self.most is not None:
            return self.needed
        found = sizes_beyond(self.system, told_apart(self.formula, self.system))
        return sorted([*found, *(size for size in self.needed if size not in found)], key=lambda s: sum(s.values()))

    @cached_property
    def needed(self) -> list[dict[Kind, int]]:
        """The sizes that have to be looked at where nothing is proved; none where these are too many."""
        most = told_apart(self.formula, self.system) if self.most is None else self.most
        return [] if are_too_many(most) else sizes_up_to(self.system, most)

    def under(self, assumed: Iterable[Assumption]) -> Question:
        assumptions = tuple(assumed)
        return replace(self, system=self.system.under(*assumptions), watched=self.watched.under(*assumptions))
