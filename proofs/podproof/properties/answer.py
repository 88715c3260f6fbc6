"""Answers: a verdict, and how it is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from podproof.language.flat import Sizes
from podproof.properties.trace import Trace
from podproof.wording.counting import counted, sized

if TYPE_CHECKING:
    from podproof.certificates.certificate import Certificate  # loads z3


class Verdict(StrEnum):
    """TRUE is never said after truncation, a time-out, a dropped obligation or a solver's unknown."""

    TRUE = "TRUE"
    FALSE = "FALSE"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"


class Method(StrEnum):
    """How a verdict is known, strongest first."""

    proved = "proved"
    exhaustive = "exhaustive"
    bounded = "bounded"
    observed = "observed"


@dataclass(frozen=True, eq=False)
class Answer:
    """What an engine says of one formula.

    reason: why an UNKNOWN or ERROR; trace: a shortest counterexample, or for `Reachable` the witness; states: how many
    states were looked at; sizes: the elements of each kind the answer is about, None where it holds for every number.
    """

    verdict: Verdict
    method: Method
    reason: str = ""
    trace: Trace | None = None
    states: int = 0
    sizes: Sizes | None = None
    notes: tuple[str, ...] = ()
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return f"<{self.verdict}, {self.known}>"

    @property
    def known(self) -> str:
        """How the verdict is known, in a few words."""
        if self.method is Method.proved and self.verdict is Verdict.TRUE:
            return "proved, any number"
        if self.trace is not None and self.trace.forever is not None:
            before, around = self.trace.forever.after, len(self.trace) - self.trace.forever.after
            return (
                f"lasso: {before} + {counted(around, 'step')}" if around else f"stuck after {counted(before, 'step')}"
            )
        if self.trace is not None:
            return f"shortest run: {counted(len(self.trace), 'step')}"
        return self.explored if self.verdict in (Verdict.TRUE, Verdict.FALSE) else str(self.method)

    @property
    def explored(self) -> str:
        """The method, and the sizes of what was looked at, where only those were."""
        if self.sizes is None:
            return str(self.method)
        sizes = sized(self.sizes) or "its only size"
        return f"{self.method}: {sizes}"
