"""sequences: a replayed run as lanes; creation and deletion, with the orders that hold in every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from podproof.certificates.counterexample import ReplayedRun, describe, heading, replay
from podproof.diagrams.lanes import Lane, Lanes, Message
from podproof.engines.orders import Happening, Orders, walk
from podproof.kubernetes.pod import POD
from podproof.kubernetes.printing import Columns
from podproof.kubernetes.vocabulary.assumptions import no_container_policies
from podproof.kubernetes.vocabulary.events import delete, podgc_delete, podgc_fail
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import Object, Phase, Worker, api_phase, object_, worker
from podproof.language import Machine, Step
from podproof.language.meanings.text import value_text
from podproof.properties.trace import Trace

Place = tuple[Machine[Any], int | None]
"""One machine, or one of its elements."""

MARKED = "box on a line: the new state; dashed box: another machine reacts"
ORDERED = (
    "solid arrow: never before the step above it",
    "dashed: that order is accidental",
    "after N: it always waits for step N",
)


def timeline(run: ReplayedRun, name: str, doc: str = "") -> Lanes:
    """A run from its beginning, with what kubectl prints beside it."""
    begins = heading(run)
    shape = f"{begins}." if ":" in begins else ""  # without one it is only the system's name
    return _lanes(run, name, "\n".join(filter(None, (doc, shape, _goes_on(run.trace)))), skip=0, waits={})


def _goes_on(trace: Trace) -> str:
    """How a run without an end goes on."""
    if trace.forever is None:
        return ""
    first, last = trace.forever.after + 1, len(trace)
    if first > last:
        return "After that nothing happens any more."
    return f"Step {first} repeats for ever." if first == last else f"Steps {first} to {last} repeat for ever."


def creation() -> Lanes:
    """The shortest way of a Pod with one init container to Running."""
    system, sizes = POD.under(no_container_policies), {regular: 1, init: 1}
    trace = walk(system, sizes, [api_phase.is_(Phase.Running)], _intrudes)
    doc = "From the stored object to phase Running: a shortest run of a Pod with an init container."
    return _lanes(replay(trace), "creation", doc, 0, _waits(Orders(system, sizes), [s.step for s in trace.steps]))


def deletion() -> Lanes:
    """What follows kubectl delete on a running Pod."""
    system, sizes = POD.under(no_container_policies), {regular: 1}
    running = walk(system, sizes, [api_phase.is_(Phase.Running)], _intrudes)
    goals = [
        api_phase.is_(Phase.Running),
        object_.is_(Object.deleting),
        object_.is_(Object.gone) & worker.is_(Worker.finished),
    ]
    trace = walk(system, sizes, goals, _intrudes)
    steps = [step.step for step in trace.steps[len(running) :]]
    doc = (
        "From kubectl delete of a running Pod to the removal of its object: a shortest run. "
        "No garbage collection, no deletion by force."
    )
    orders = Orders(system, sizes, after=running, avoiding=_intrudes)
    return _lanes(replay(trace), "deletion", doc, len(running), _waits(orders, steps))


def _intrudes(step: Step) -> bool:
    """Not part of the protocol: garbage collection, and deletions that do not wait for the kubelet."""
    return step.event in (podgc_fail, podgc_delete) or (step.event == delete and step.arrow.dest is not Object.deleting)


def _waits(orders: Orders, steps: list[Step]) -> dict[int, tuple[int, ...]]:
    """For each step (from 1) the earlier ones that have happened in every run before it could."""
    happened = [Happening.of(step) for step in steps]
    waits = {}
    for number, happening in enumerate(happened, 1):
        needed = orders.needs(happening)
        waits[number] = tuple(n for n, earlier in enumerate(happened[: number - 1], 1) if earlier.event in needed)
    return waits


def _lanes(run: ReplayedRun, name: str, doc: str, skip: int, waits: Mapping[int, tuple[int, ...]]) -> Lanes:
    """waits: empty where nothing is known of orders."""
    steps, start = run.trace.steps[skip:], run.states[skip]
    places = [place for place in _places(run) if _takes_part(run, place, skip)]
    machines = {place: Lane(_name(run, place), _state(start, place)) for place in places}
    actors = {actor: Lane(str(actor)) for actor in dict.fromkeys(step.step.actor for step in steps)}
    said = describe(run)[skip:]
    messages = []
    for number, (step, words) in enumerate(zip(steps, said, strict=True), 1):
        before, after = run.states[skip + number - 1], run.states[skip + number]
        marks = {
            lane: _state(after, place)
            for place, lane in machines.items()
            if _state(before, place) != _state(after, place)
        }
        dest = machines[step.step.machine, step.element]
        if not marks and words.changed:  # what changes is no machine's state
            marks[dest] = "; ".join(change.removeprefix(f"{dest.name}: ") for change in words.changed)
        needed = waits.get(number, ())
        messages.append(
            Message(
                number,
                actors[step.step.actor],
                dest,
                words.label,
                marks,
                None if words.row is None else _row(words.row),
                loose=bool(waits) and number > 1 and number - 1 not in needed,
                after=f"after {max(needed)}" if needed and number - 1 not in needed else "",
                whole="\n".join(filter(None, (words.label, step.event.doc, *words.changed))),
            )
        )
    return Lanes(
        name,
        doc,
        (*actors.values(), *machines.values()),
        messages,
        (*(ORDERED if waits else ()), MARKED),
        _row(run.rows[skip]) if run.rows else None,
    )


def _places(run: ReplayedRun) -> Iterator[Place]:
    """Machines that act; those that only copy what others do are left to the columns of kubectl."""
    for machine in run.trace.system.machines:
        if machine.arrows:
            elements = (None,) if machine.kind is None else range(run.trace.sizes[machine.kind])
            yield from ((machine, element) for element in elements)


def _takes_part(run: ReplayedRun, place: Place, skip: int) -> bool:
    acts = any((step.step.machine, step.element) == place for step in run.trace.steps[skip:])
    return acts or len({_state(values, place) for values in run.states[skip:]}) > 1


def _state(values: Mapping[Any, Any], place: Place) -> str:
    machine, element = place
    value = values[machine.state]
    return value_text(value if element is None else value[element])


def _name(run: ReplayedRun, place: Place) -> str:
    machine, element = place
    one = machine.kind is None or run.trace.sizes[machine.kind] == 1
    return machine.name if one or element is None else f"{machine.name} {element + 1}"


def _row(row: Columns) -> tuple[str, str, str]:
    return row.ready, row.status, row.restarts
