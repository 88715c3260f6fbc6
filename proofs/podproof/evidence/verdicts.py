"""Verdicts, and how each is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from podproof.language import Step, System, Variable
from podproof.language.flat import Sizes
from podproof.language.machines import Event
from podproof.wording.counting import counted, sized

if TYPE_CHECKING:
    from podproof.evidence.certificate import Certificate  # loads z3


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
class TraceStep:
    """One step of a run: the event with its parameters, the acting element (None without a kind), the state after."""

    step: Step
    element: int | None
    values: Mapping[Variable[Any], Any]

    @property
    def event(self) -> Event:
        return self.step.event

    @property
    def who(self) -> str:
        """The acting element as people number them, or nothing."""
        if self.element is None or self.step.kind is None:
            return ""
        return f"{self.step.kind.name} {self.element + 1}"


@dataclass(frozen=True, eq=False)
class Forever:
    """How a run goes on without an end: from its last state, which is the one after `after` steps, as from there.

    possible: where that is the last step, so that nothing happens any more, the steps that could; a replayed run has
    them.
    """

    after: int
    possible: tuple[TraceStep, ...] = ()


@dataclass(frozen=True, eq=False)
class Trace:
    """A run of a system with `sizes` elements of each kind, from an initial state. forever: it has no end."""

    system: System
    sizes: Sizes
    initial: Mapping[Variable[Any], Any]
    steps: tuple[TraceStep, ...]
    forever: Forever | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __repr__(self) -> str:
        steps = "; ".join(f"{step.event.actor}: {step.step.label}" for step in self.steps)
        return f"<run of {self.system}, {_steps(len(self))}: {steps or 'only its beginning'}>"

    @property
    def length(self) -> str:
        """How many steps, in words; without an end those before it goes round, and those in the round."""
        if self.forever is None:
            return _steps(len(self))
        around = len(self) - self.forever.after
        return f"{self.forever.after} + {_steps(around)} for ever" if around else f"{_steps(len(self))}, then none"

    @property
    def last(self) -> Mapping[Variable[Any], Any]:
        return self.steps[-1].values if self.steps else self.initial


UNITS_PER_SECOND = 2_000_000
"""What a solver or a search may spend for each second of a limit. A unit is one of z3's units of work (`rlimit`), of
which it does one to five million a second; no engine looks at a clock, so a busy machine changes no verdict."""

UNITS_PER_STATE = 2
"""A state whose successors are computed: about a million a second were measured on Pods."""


@dataclass
class Budget:
    """Units of work that several searches share: all that it takes to answer one question."""

    units: int
    spent: int = 0

    @property
    def left(self) -> int:
        return max(0, self.units - self.spent)

    def pay(self, units: int) -> None:
        self.spent += units

    def pay_states(self, states: int) -> None:
        self.pay(states * UNITS_PER_STATE)


@dataclass(frozen=True)
class Limits:
    """What an engine may spend, past which it answers UNKNOWN.

    seconds: stands for so many units of work, UNITS_PER_SECOND each, whatever a clock says; of one search or, once
    `shared`, of all that are given these limits together. states: of one search, held in memory.
    """

    seconds: float = 60.0
    states: int = 20_000_000
    purse: Budget | None = field(default=None, compare=False)

    @property
    def budget(self) -> Budget:
        """The shared one, or one of its own for whoever asks."""
        return self.purse or Budget(int(self.seconds * UNITS_PER_SECOND))

    def shared(self) -> Limits:
        """The same limits, for several searches together."""
        return replace(self, purse=Budget(int(self.seconds * UNITS_PER_SECOND)))

    def holding(self, states: int) -> Limits:
        """The same limits with at most so many states held in memory."""
        return replace(self, states=min(states, self.states))

    def effort(self, most: int) -> int:
        """What a solver may spend on one question: `most`, or less where less is left."""
        return max(1, min(most, self.budget.left))

    @property
    def said(self) -> str:
        """That the budget was spent, for a reason."""
        return f"stopped after the work that counts as {self.seconds:g} s"


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
            return f"lasso: {before} + {_steps(around)}" if around else f"stuck after {_steps(before)}"
        if self.trace is not None:
            return f"shortest run: {_steps(len(self.trace))}"
        return self.explored if self.verdict in (Verdict.TRUE, Verdict.FALSE) else str(self.method)

    @property
    def explored(self) -> str:
        """The method, and the sizes of what was looked at, where only those were."""
        if self.sizes is None:
            return str(self.method)
        sizes = sized(self.sizes) or "its only size"
        return f"{self.method}: {sizes}"


def _steps(number: int) -> str:
    return counted(number, "step")
