"""A question: a formula about a system, and all that is known of it before anything is tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from podproof.check.lemmas import lemmas_of
from podproof.engines.sizes import are_too_many, sizes_beyond, sizes_up_to, told_apart
from podproof.language import Assumption, Expr, Kind, System, UnsupportedError
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula, Most
from podproof.properties.history import as_safety


@dataclass(frozen=True, eq=False)
class Question:
    """formula, system: as it was asked. rule, watched: the same about states and steps of a system that remembers its
    history, or of what has to be refuted for a witness; where that cannot be said, formula and system themselves.

    key: names its proofs in the store; candidates: assumptions that may repair it; lemmas: hints for a proof; expected:
    the verdict that it is said to have, which tells what to try first.
    """

    formula: Formula
    system: System
    rule: Formula
    watched: System
    key: str = ""
    candidates: tuple[Assumption, ...] = ()
    lemmas: tuple[Expr[bool], ...] = ()
    expected: Verdict | None = None

    @classmethod
    def asked(cls, system: System, formula: Formula, key: str = "") -> Question:
        try:
            watched, rule = as_safety(system, formula.opposite or formula)
        except UnsupportedError:
            watched, rule = system, formula
        return cls(formula, system, rule, watched, key)

    @classmethod
    def of(cls, claim: Claim) -> Question:
        question = cls.asked(claim.system, claim.formula, claim.id)
        return replace(question, candidates=claim.assumable, lemmas=lemmas_of(claim), expected=claim.expected)

    @property
    def most(self) -> Most | None:
        """The sizes that the formula is about, where it declares them."""
        return self.formula.sizes

    @property
    def wants_witness(self) -> bool:
        """A run that breaks the rule shows the formula, instead of refuting it."""
        return self.formula.opposite is not None

    @property
    def hopeful(self) -> bool:
        """The rule is expected to be true."""
        return self.expected is (Verdict.FALSE if self.wants_witness else Verdict.TRUE)

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
