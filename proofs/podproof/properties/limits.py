"""What may be spent on an answer, in units of work: no engine looks at a clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
