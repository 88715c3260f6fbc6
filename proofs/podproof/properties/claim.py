"""A claim: one English sentence about a system, said as a formula, with its source and the verdict it should get."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from podproof.language import Assumption, DeclarationError, Expr, System
from podproof.language.expressions import boolean
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Formula
from podproof.properties.mutations import Mutation, RuleChange


@dataclass(frozen=True, eq=False)
class Claim:
    """id: lower-case words with hyphens, for the command line; about: the system it speaks of; expected: the verdict as
    said, without assumptions; candidates: assumptions that may repair a FALSE one, beside those of the system's events;
    given: assumptions that are part of the statement; kills: a mutant of the model that changes the verdict;
    lemmas: invariants that may help the proof, which has to show them, too.
    """

    id: str
    sentence: str
    formula: Formula
    about: System
    source: str = ""
    expected: Verdict = Verdict.TRUE
    candidates: tuple[Assumption, ...] = ()
    given: tuple[Assumption, ...] = ()
    kills: Mutation | RuleChange | None = None
    lemmas: tuple[Expr[bool], ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise DeclarationError(f"claim {self.id!r}: an id is made of lower-case words with hyphens")
        if not isinstance(self.sentence, str) or not self.sentence.strip():
            raise DeclarationError(f"claim {self.id}: say it in a sentence")
        if not isinstance(self.formula, Formula):
            raise DeclarationError(f"claim {self.id}: expected a formula such as Always(...), not {self.formula!r}")
        if not isinstance(self.about, System):
            raise DeclarationError(f"claim {self.id}: about must be a system, such as podproof.kubernetes.pod.POD")
        for name, kind in (("candidates", Assumption), ("given", Assumption), ("lemmas", Expr), ("notes", str)):
            value = getattr(self, name)
            if not isinstance(value, tuple | list) or not all(isinstance(each, kind) for each in value):
                raise DeclarationError(f"claim {self.id}: {name} is a tuple of {kind.__name__}s, not {value!r}")
        for lemma in self.lemmas:
            boolean(lemma, f"claim {self.id}: lemma")
        if self.kills is not None and not isinstance(self.kills, Mutation | RuleChange):
            raise DeclarationError(f"claim {self.id}: kills is a Mutation, not {self.kills!r}")
        if self.expected not in (Verdict.TRUE, Verdict.FALSE):
            raise DeclarationError(f"claim {self.id}: expected is Verdict.TRUE or Verdict.FALSE")

    @property
    def system(self) -> System:
        """What it speaks of, under what it takes as given."""
        return self.about.under(*self.given) if self.given else self.about

    @property
    def assumable(self) -> tuple[Assumption, ...]:
        """What may be needed beside what is given: the assumptions that forbid events, and those that it names."""
        every = dict.fromkeys((*self.about.assumptions, *self.candidates))
        return tuple(a for a in every if a not in self.given)

    def __str__(self) -> str:
        return f"{self.id}: {self.sentence}"

    def __repr__(self) -> str:
        return f"<claim {self}>"
