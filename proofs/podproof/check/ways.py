"""What a way to answer questions of one sort is: the parts that all of them have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from podproof.check.proofs import Proofs
from podproof.check.question import Question
from podproof.engines.state_space import StateSpace
from podproof.language import Assumption
from podproof.properties.answer import Answer
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace

NO_START = "no system of a small size has an initial state, so nothing would be said about anything"


@dataclass(frozen=True, eq=False)
class AssumptionSet:
    """A minimal set of assumptions under which a claim holds, its proof, and why none can be dropped."""

    assumptions: tuple[Assumption, ...]
    answer: Answer
    without: Mapping[Assumption, Trace]


@dataclass(frozen=True, eq=False)
class Means:
    """What there is to answer one question with. limits: for all that is done; spaces: compiled state spaces, kept for
    the questions that follow."""

    limits: Limits
    proofs: Proofs
    spaces: dict[Any, StateSpace]


class Way(Protocol):
    """How questions of one sort are answered."""

    def __init__(self, question: Question, means: Means) -> None: ...

    def answer(self) -> Answer: ...

    def assumption_sets(self, broken: Answer) -> Iterator[AssumptionSet]:
        """When the refuted formula would be true. Raises OutOfBounds where that cannot be told."""
        ...
