"""Mutations: small planted errors in a model. A claim that no mutation can change says nothing about the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from podproof.language import FALSE, DeclarationError, Event, Machine, System, Transition
from podproof.properties.formulas import Formula


class Change(StrEnum):
    """What is done to one transition; `added` puts in a reaction that the machine does not have."""

    removed = "removed"
    unguarded = "its guard dropped"
    negated = "its guard negated"
    redirected = "its dest changed"
    from_anywhere = "its source dropped"
    without_effect = "its effects dropped"
    added = "a reaction added"


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
        events = {str(event): event for machine in system.machines for event in machine.events}
        if self.event not in events:
            raise DeclarationError(f"system {system.name} has no event '{self.event}'")
        event = events[self.event]
        machines = tuple(self._mutated(m, event) if m.name == self.machine else m for m in system.machines)
        return replace(system, machines=machines)

    def _mutated(self, machine: Machine[Any], event: Event) -> Machine[Any]:
        if self.change is Change.added:
            return replace(machine, reacts=[*machine.reacts, Transition(trigger=event, source="*", dest=self.dest)])
        for field in ("transitions", "reacts"):
            transitions = list(getattr(machine, field))
            places = [i for i, t in enumerate(transitions) if t["trigger"] == self.event]
            if self.number < len(places):
                place = places[self.number]
                transitions[place] = self._changed(dict(transitions[place]))
                if field == "transitions":
                    return replace(machine, transitions=transitions)
                return replace(machine, reacts=transitions)
        raise DeclarationError(f"machine {self.machine} has no transition {self.number} for '{self.event}'")

    def _changed(self, transition: dict[str, Any]) -> Any:
        match self.change:
            case Change.removed:
                # It stays as an arrow that is never taken, so that its event still has a machine that owns it.
                transition["conditions"] = [FALSE]
            case Change.unguarded:
                transition.pop("conditions", None)
                transition.pop("unless", None)
            case Change.negated:
                transition["conditions"], transition["unless"] = (
                    transition.get("unless", ()),
                    transition.get("conditions", ()),
                )
            case Change.from_anywhere:
                transition["source"] = "*"
            case Change.redirected:
                transition["dest"] = self.dest
            case Change.without_effect:
                transition.pop("before", None)
        return transition

    def __str__(self) -> str:
        which = f" ({self.number + 1})" if self.number else ""
        to = f" to {self.dest}" if self.dest is not None else ""
        return f"machine {self.machine}, '{self.event}'{which}: {self.change}{to}"


@dataclass(frozen=True, eq=False)
class RuleChange:
    """One rule of a decision is changed: `formula` is what the claim then says; `what` was changed, in words."""

    formula: Formula
    what: str

    def __str__(self) -> str:
        return self.what
