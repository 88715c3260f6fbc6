"""A run of a system: what an engine shows, whatever the question was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from podproof.language import Expr, Step, System, Variable
from podproof.language.flat import Sizes
from podproof.language.machines import Event
from podproof.language.meanings.python import evaluate
from podproof.wording.counting import counted


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
    def states(self) -> tuple[Mapping[Variable[Any], Any], ...]:
        """The first state, and the one after every step."""
        return (self.initial, *(step.values for step in self.steps))

    def values_of(self, expr: Expr[Any]) -> list[Any]:
        """What it is in every state; it speaks of no single element."""
        return [evaluate(expr, values, self.sizes) for values in self.states]

    @property
    def last(self) -> Mapping[Variable[Any], Any]:
        return self.steps[-1].values if self.steps else self.initial


def _steps(number: int) -> str:
    return counted(number, "step")
