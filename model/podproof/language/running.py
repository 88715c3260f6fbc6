"""Running: a system on real `transitions` machines, one instance for every machine and element.

Slow by nature; used to replay traces before they are shown, and to test that `transitions` and the compiled steps
agree. Every condition and effect reads the state before the step (`before`); effects write to `after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import transitions
from podproof.language.errors import DomainError
from podproof.language.expressions import Expr, Kind, Variable
from podproof.language.flat import Sizes, complete
from podproof.language.machines import Effect, Event, Machine
from podproof.language.meanings.python import evaluate, stored
from podproof.language.systems import System

FIRE = "fire "
"""Before the name of an event as a trigger: whatever the event is called, it hides no attribute of the model object."""

PARAMETERS = "parameters"
"""The one keyword argument of every trigger: the event's parameters by name, whatever they are called."""


class Replica:
    """The model object of one `transitions` machine: `state` is set by it, the rest is looked up in the system."""

    state: Any

    def __init__(self, running: RunningSystem, machine: Machine[Any], element: int | None) -> None:
        self.running, self.machine, self.element = running, machine, element

    def evaluate(self, expr: Expr[Any], event: Any) -> Any:
        return evaluate(expr, self.running.before, self.running.sizes, event.kwargs[PARAMETERS], self.element)

    def apply(self, effect: Effect, event: Any) -> None:
        for variable, value in effect.assignments.items():
            self.running.write(variable, self.element, self.evaluate(value, event))


class RunningSystem:
    """`values`: one for every variable of the system, a list by element for a variable of a kind."""

    def __init__(
        self,
        system: System,
        sizes: Sizes,
        values: Mapping[Variable[Any], Any],
        machine_class: type[transitions.Machine] = transitions.Machine,
        **options: Any,
    ) -> None:
        self.system = system
        self.sizes = complete(system, sizes)
        self.before: dict[Variable[Any], Any] = _copied(values)
        self.after: dict[Variable[Any], Any] = _copied(values)
        self.owners: dict[str, tuple[Event, Machine[Any]]] = {e: (e, m) for m in system.machines for e in m.events}
        self.replicas: dict[Machine[Any], list[Replica]] = {}
        self.machines: dict[Replica, transitions.Machine] = {}
        for machine in system.machines:
            elements = (None,) if machine.kind is None else tuple(range(self.sizes[machine.kind]))
            self.replicas[machine] = [Replica(self, machine, element) for element in elements]
            for replica in self.replicas[machine]:
                self.machines[replica] = load(machine, replica, self._state(replica), machine_class, FIRE, **options)

    def fire(self, event: Event, parameters: Mapping[str, Any] | None = None, element: int | None = None) -> bool:
        """Take one step: the owner's transition, then every reaction. False, nothing changed, if it is not enabled.

        Raises DomainError if the step would store a value outside a bounded number's domain; nothing changed then.
        Raises ValueError for an event, a parameter or an element that there is none of.
        """
        given = dict(parameters or {})
        owner = self._owner(event, given, element)
        acting = self.replicas[owner][element or 0]
        try:
            taken = bool(self._trigger(acting, event, given))
            for machine in self.system.machines if taken else ():
                if event in machine.reacts_to:
                    same = machine.kind is not None and machine.kind is owner.kind
                    for replica in self.replicas[machine]:
                        if not same or replica.element == element:
                            self._trigger(replica, event, given)
        except DomainError:
            self.reset(self.before)
            raise
        for replica in self.machines if taken else ():
            self.write(replica.machine.state, replica.element, replica.state)
        self.before = _copied(self.after)
        return taken

    def _owner(self, event: Event, parameters: Mapping[str, Any], element: int | None) -> Machine[Any]:
        if event not in self.owners:
            raise ValueError(f"system {self.system.name} has no event {event}")
        declared, owner = self.owners[event]
        expected = {p.name: p for p in declared.parameters}
        if expected.keys() != parameters.keys() or any(parameters[n] not in p.domain for n, p in expected.items()):
            wanted = ", ".join(f"{name}: {p.domain}" for name, p in expected.items()) or "none"
            raise ValueError(f"the parameters of event {event} are {wanted}; got {dict(parameters)!r}")
        if owner.kind is None and element is not None:
            raise ValueError(f"event {event} is of no single element; got element {element}")
        if owner.kind is not None and element not in range(self.sizes[owner.kind]):
            size = self.sizes[owner.kind]
            raise ValueError(f"event {event} needs the {owner.kind} that acts, one of {size} from 0; got {element}")
        return owner

    def reset(self, values: Mapping[Variable[Any], Any]) -> None:
        """Put the whole system into one state."""
        self.before, self.after = _copied(values), _copied(values)
        for replica, machine in self.machines.items():
            machine.set_state(self._state(replica), replica)

    def write(self, variable: Variable[Any], element: int | None, value: Any) -> None:
        if variable.kind is None:
            self.after[variable] = stored(variable, value)
        else:
            assert element is not None
            self.after[variable][element] = stored(variable, value)

    def _state(self, replica: Replica) -> Any:
        value = self.before[replica.machine.state]
        return value if replica.element is None else value[replica.element]

    def _trigger(self, replica: Replica, event: Event, parameters: Mapping[str, Any]) -> Any:
        trigger = self.machines[replica].events[FIRE + event]
        # Without an arrow from this state `transitions` would log a warning.
        return replica.state.name in trigger.transitions and trigger.trigger(replica, **{PARAMETERS: parameters})


class Stage:
    """Where one run after another takes place, on machines that are loaded once for each system and its sizes.

    A run is over when the next one begins. Of many systems only those that were used last are kept.
    """

    def __init__(self, most: int = 16) -> None:
        self.most = most
        self._kept: dict[tuple[System, tuple[tuple[Kind, int], ...]], RunningSystem] = {}

    def begin(self, system: System, sizes: Sizes, values: Mapping[Variable[Any], Any]) -> RunningSystem:
        """The system in this state."""
        place = (system, tuple(sizes.items()))
        running = self._kept.pop(place, None)
        if running is None:
            running = RunningSystem(system, sizes, values)
        else:
            running.reset(values)
        self._kept[place] = running
        if len(self._kept) > self.most:
            del self._kept[next(iter(self._kept))]
        return running


def load(
    machine: Machine[Any],
    model: Any,
    initial: Any,
    machine_class: type[transitions.Machine] = transitions.Machine,
    prefix: str = "",
    **options: Any,
) -> transitions.Machine:
    """The declaration as a `transitions` machine; its own events and those it reacts to are triggers alike.

    prefix: before the name of every trigger, where names of events could hide attributes of the model.
    """
    return machine_class(
        model=model,
        states=machine.state.domain.members,  # type: ignore[union-attr]
        transitions=[{**t, "trigger": prefix + t["trigger"]} for t in (*machine.transitions, *machine.all_reacts)],
        initial=initial,
        auto_transitions=False,
        send_event=True,
        ignore_invalid_triggers=True,
        **options,
    )


def _copied(values: Mapping[Variable[Any], Any]) -> dict[Variable[Any], Any]:
    return {variable: list(value) if variable.kind is not None else value for variable, value in values.items()}
