"""A question: a formula about a system, and what is looked at to answer it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from podproof.claims.formulas import Formula, GraphFormula, Most
from podproof.engines.history import as_safety
from podproof.engines.sizes import sizes_up_to, told_apart
from podproof.language import Assumption, Kind, System, UnsupportedError


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
    def needed(self) -> list[dict[Kind, int]]:
        """The sizes that have to be looked at where nothing is proved."""
        return sizes_up_to(self.system, told_apart(self.formula, self.system) if self.most is None else self.most)

    def under(self, assumed: Iterable[Assumption]) -> Question:
        assumptions = tuple(assumed)
        return replace(self, system=self.system.under(*assumptions), watched=self.watched.under(*assumptions))
