"""Mutations: small planted errors in a model. A claim that no mutation can change says nothing about the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from podproof.language import DeclarationError, Machine, System


class Change(StrEnum):
    """What is done to one transition. `removed`: it is not there; the others say what happens to its guard or dest."""

    removed = "removed"
    unguarded = "its guard dropped"
    negated = "its guard negated"
    redirected = "its dest changed"
    without_effect = "its effects dropped"


@dataclass(frozen=True)
class Mutation:
    """The `number`-th transition (from 0) of `machine` for `event`, own or reaction, is changed. dest: to what."""

    machine: str
    event: str
    change: Change
    number: int = 0
    dest: Any = None

    def __call__(self, system: System) -> System:
        """The system with the change. Raises DeclarationError where there is no such transition."""
        machines = tuple(self._mutated(m) if m.name == self.machine else m for m in system.machines)
        return replace(system, machines=machines)

    def _mutated(self, machine: Machine[Any]) -> Machine[Any]:
        for field in ("transitions", "reacts"):
            transitions = list(getattr(machine, field))
            places = [i for i, t in enumerate(transitions) if t["trigger"] == self.event]
            if self.number < len(places):
                place = places[self.number]
                transitions[place : place + 1] = self._changed(dict(transitions[place]))
                if field == "transitions":
                    return replace(machine, transitions=transitions)
                return replace(machine, reacts=transitions)
        raise DeclarationError(f"machine {self.machine} has no transition {self.number} for '{self.event}'")

    def _changed(self, transition: dict[str, Any]) -> list[Any]:
        match self.change:
            case Change.removed:
                return []
            case Change.unguarded:
                transition.pop("conditions", None)
                transition.pop("unless", None)
            case Change.negated:
                transition["conditions"], transition["unless"] = (
                    transition.get("unless", ()),
                    transition.get("conditions", ()),
                )
            case Change.redirected:
                transition["dest"] = self.dest
            case Change.without_effect:
                transition.pop("before", None)
        return [transition]

    def __str__(self) -> str:
        which = f" ({self.number + 1})" if self.number else ""
        to = f" to {self.dest}" if self.change is Change.redirected else ""
        return f"machine {self.machine}, '{self.event}'{which}: {self.change}{to}"
