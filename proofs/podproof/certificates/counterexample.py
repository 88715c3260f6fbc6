"""Counterexamples as people read them: who does what, what changes, and what the tool that they know prints.

A trace found by an engine is first run again on `transitions` machines (`replay`): of the whole system, also where the
engine looked at a part, and where a printer is declared (for a Pod: kubectl) together with what that reads. What is
shown comes from that run.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from podproof.certificates.lassos import SuccessorOracle
from podproof.language import ANY, Assumption, Expr, Kind, System, Variable, tick
from podproof.language.domains import Integers
from podproof.language.errors import DomainError
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes, complete
from podproof.language.meanings.python import Values, evaluate
from podproof.language.meanings.text import value_text
from podproof.language.printing import Printer, Row, called, own_name, printer_of
from podproof.language.running import RunningSystem, Stage
from podproof.properties.trace import Forever, Trace, TraceStep
from podproof.wording.counting import counted
from podproof.wording.wrapping import WIDTH, width

BEHIND_STEP = 42
"""Where the changes begin: after number, actor and event."""

BELOW_STEP = 6
"""Where they begin on lines of their own, if the width leaves too little room behind the step."""

LEAST_ROOM = 30


class ReplayError(Exception):
    """The trace is no run of its system: the sentence says from which step on."""


@dataclass(frozen=True, eq=False)
class ReplayedRun:
    """A trace that the running machines repeated, with the values of every variable of the whole system.

    part: the system that the trace itself is about; other variables have values that only complete it. printer: of its
    runs, where one is declared; rows: what it prints in the first state and after every step.
    """

    trace: Trace
    part: System
    printer: Printer | None = None
    rows: tuple[Row, ...] = ()

    @property
    def states(self) -> tuple[Mapping[Variable[Any], Any], ...]:
        return (self.trace.initial, *(step.values for step in self.trace.steps))


@dataclass(frozen=True)
class StepText:
    """One step in words.

    first, number: the first and the last of steps that are told as one; element: the acting one, empty where there is
    only one; changed: a phrase for the Pod's variables and for those of each element that changed, without what the row
    says better; row: what is printed, None where that would be the same again.
    """

    first: int
    number: int
    actor: str
    event: str
    parameters: tuple[str, ...]
    element: str
    changed: tuple[str, ...]
    row: Row | None

    @property
    def label(self) -> str:
        return labelled(self.event, self.element, self.parameters)


def labelled(event: str, element: str, parameters: Sequence[str]) -> str:
    """An event with who acts, where that could be another, and its parameters: `start init container 2`."""
    said = f"{event.removesuffix(f' {element.split()[0]}')} {element}" if element else event
    return said + (f" ({', '.join(parameters)})" if parameters else "")


_STAGE = Stage()


def replay(trace: Trace, printed: bool = True) -> ReplayedRun:
    """Run the trace on `transitions` machines. printed: with all that the printer of its system reads, if it has one.

    Variables outside the trace's cone of influence start with the first values that the initial conditions admit.
    Raises ReplayError where a step is not enabled, or ends in other values than the trace says; and where a run
    without an end does not come back to where it goes on from, or cannot go on from there. What could happen at its
    end is asked of the machines.
    """
    printer = printer_of(trace.system) if printed else None
    system = replace(trace.system, keep=None) if printer is None else printer.whole
    sizes = complete(system, trace.sizes)
    running = _STAGE.begin(system, sizes, completed(trace, system, sizes))
    initial, steps, begun = _copied(running.before), [], [0]
    for number, step in enumerate(trace.steps, 1):
        steps += _first_elsewhere(running, step, trace.system)
        _take(running, step, trace.system.assumed, f"step {number}, '{step.step.label}'")
        steps.append(replace(step, values=_copied(running.before)))
        begun.append(len(steps))
    forever = trace.forever
    if forever is not None:
        _comes_back(trace, forever.after)
        possible = () if trace.steps[forever.after :] else _possible(trace.system, sizes, running.before)
        for number, step in enumerate(trace.steps[forever.after :], forever.after + 1):
            again = replace(step, values={variable: step.values[variable] for variable in trace.system.variables})
            _first_elsewhere(running, again, trace.system)
            _take(running, again, trace.system.assumed, f"step {number} once more, '{step.step.label}'")
        forever = Forever(begun[forever.after], possible)
    run = Trace(system, sizes, initial, tuple(steps), forever)
    rows = () if printer is None else tuple(printer.row(values, sizes) for values in run.states)
    return ReplayedRun(run, trace.system, printer, rows)


def _first_elsewhere(running: RunningSystem, step: TraceStep, part: System) -> list[TraceStep]:
    """What is due before time passes in machines that the trace is not about, which do it by themselves; also what is
    due only then (`System.settled_by`: that has an end)."""
    done: list[TraceStep] = []
    if step.event is tick:
        system = running.system
        others = [machine for machine in system.urgent if machine not in part.urgent]
        by = [(machine, event) for machine in others if (event := system.settled_by(machine)) is not None]
        size = -1
        while size != len(done):
            size = len(done)
            for machine, event in by:
                ways = [each for each in system.steps if each.event is event]
                for element in (None,) if machine.kind is None else range(running.sizes[machine.kind]):
                    due = evaluate(machine.urgent, running.before, running.sizes, own=element)
                    taken = next((s for s in ways if running.fire(s.event, {}, element)), None) if due else None
                    if taken is not None:
                        done.append(TraceStep(taken, element, _copied(running.before)))
    return done


def _comes_back(trace: Trace, after: int) -> None:
    """The whole system may differ in what the trace is not about, such as a count of restarts."""
    if not 0 <= after <= len(trace):
        raise ReplayError(f"the run has {counted(len(trace), 'step')}: it cannot go on from after step {after}")
    begin = trace.steps[after - 1].values if after else trace.initial
    for variable in trace.system.variables:
        if trace.last[variable] != begin[variable]:
            last, first = _value(trace.last[variable]), _value(begin[variable])
            raise ReplayError(f"the run does not come back: {variable.name} was {first} and is {last} at the end")


def _possible(part: System, sizes: Sizes, values: Values) -> tuple[TraceStep, ...]:
    try:
        return tuple(SuccessorOracle(part, sizes).successors(values))
    except DomainError as error:
        raise ReplayError(f"at the end of the run {error}") from error


def whole(system: System) -> System:
    """The system without its cone of influence; with all that its printer reads, whatever is assumed of it."""
    printer = printer_of(system)
    return replace(system, keep=None) if printer is None else printer.whole


def completed(trace: Trace, system: System, sizes: Sizes) -> Values:
    """The trace's first values, and the first admissible ones for every other variable of the system."""
    unknown = sorted(v.name for v in trace.initial if v not in system.variables)
    if unknown:
        raise ReplayError(f"the trace speaks of {', '.join(unknown)}, which {system} does not have")
    values: Values = {}
    conditions = replace(trace.system, keep=None).initial_conditions
    if not _complete(values, system.variables, conditions, trace, sizes):
        raise ReplayError(f"the trace does not begin in an initial state of {system}")
    return values


def _first_values(variable: Variable[Any], trace: Trace, sizes: Sizes) -> Iterator[Any]:
    """What the variable may be in the first state (lists for a kind): what the trace says, or anything initial."""
    said = trace.initial.get(variable)
    if variable.kind is None:
        if variable not in trace.initial:
            yield from _choices(variable)
        elif variable.may_begin_as(said):
            yield said
    elif variable not in trace.initial:
        yield from (list(values) for values in product(_choices(variable), repeat=sizes[variable.kind]))
    elif said is not None and len(said) == sizes[variable.kind] and all(variable.may_begin_as(x) for x in said):
        yield list(said)


def _choices(variable: Variable[Any]) -> Sequence[Any]:
    """What it can be in the first state; of numbers without both ends, only one is tried."""
    domain = variable.domain
    if variable.initial is ANY and isinstance(domain, Integers) and not domain.bounded:
        return domain.some(1)
    return variable.initial_values


def _complete(
    values: Values, variables: Sequence[Variable[Any]], conditions: Sequence[Expr[bool]], trace: Trace, sizes: Sizes
) -> bool:
    """Fill in the variables so that every condition holds, first values first; False where that cannot be."""
    decided = [c for c in conditions if variables_in(c) <= values.keys()]
    if not all(evaluate(condition, values, sizes) for condition in decided):
        return False
    if not variables:
        return True
    left = [c for c in conditions if c not in decided]
    for value in _first_values(variables[0], trace, sizes):
        values[variables[0]] = value
        if _complete(values, variables[1:], left, trace, sizes):
            return True
    values.pop(variables[0], None)
    return False


def _take(running: RunningSystem, step: TraceStep, assumed: Sequence[Assumption], where: str) -> None:
    forbidden = [str(a) for a in step.event.unless if a in assumed]
    if forbidden:
        raise ReplayError(f"{where}: the assumption {forbidden[0]} forbids this event")
    try:
        fired = running.fire(step.event, step.step.parameters, step.element)
    except (DomainError, ValueError) as error:
        raise ReplayError(f"{where}: {error}") from None
    if not fired:
        raise ReplayError(f"{where} cannot happen here: its guard does not hold")
    for variable, value in step.values.items():
        actual = running.before.get(variable)
        if actual != value:
            raise ReplayError(f"{where} makes {variable.name} {_value(actual)}; the trace says {_value(value)}")


# Words


def describe(run: ReplayedRun, together: bool = False) -> tuple[StepText, ...]:
    """Every step of the run: who acts, what happens, what it changes. together: while only time passes, it is one."""
    return tuple(
        StepText(
            first,
            last,
            str(step.step.actor),
            str(step.event),
            _said(step) if first == last else (counted(last - first + 1, "time"),),
            _acting(run, step),
            tuple(_phrases(run, first, last)),
            _new_row(run, last),
        )
        for first, last in (_together(run) if together else ((n, n) for n in range(1, len(run.trace) + 1)))
        for step in (run.trace.steps[first - 1],)
    )


def _together(run: ReplayedRun) -> Iterator[tuple[int, int]]:
    """The first and the last one of steps that are told as one."""
    begins = None if run.trace.forever is None else run.trace.forever.after + 1
    steps = run.trace.steps
    first = 1
    for number in range(1, len(steps) + 1):
        ahead = number < len(steps) and steps[number - 1].event is steps[number].event is tick
        if not ahead or number + 1 == begins or _new_row(run, number) is not None:
            yield first, number
            first = number + 1


def _said(step: TraceStep) -> tuple[str, ...]:
    return tuple(value if name in value else f"{name} {value}" for name, value in _parameters(step).items())


def _acting(run: ReplayedRun, step: TraceStep) -> str:
    return step.who if step.step.kind is not None and run.trace.sizes[step.step.kind] > 1 else ""


def text(run: ReplayedRun, name: str = "pod") -> str:
    """The run for people, within the width. name: what its printer calls it."""
    printed = _printed(run, name)
    behind = _behind(printed)
    indent = " " * behind
    result = [
        *textwrap.wrap(heading(run), width(), subsequent_indent="     "),
        *(indent + line for line in printed.get(0, ())),
    ]
    forever = run.trace.forever
    for step in describe(run, together=True):
        if forever is not None and step.first == forever.after + 1:
            result.append("    and then for ever:")
        left = f"{step.number:2}. {step.actor}: {step.label}"
        changed = textwrap.wrap("; ".join(step.changed), width() - behind)
        right = [*changed, *printed.get(step.number, ())] or ["nothing changes"]
        if len(left) > behind - 2:
            result += textwrap.wrap(left, width(), subsequent_indent="    ")
            left = ""
        result.append(left.ljust(behind) + right[0])
        result += [indent + line for line in right[1:]]
    if forever is not None and forever.after == len(run.trace):
        result += textwrap.wrap(_rests(run, forever), width(), initial_indent="    ", subsequent_indent="      ")
    return "\n".join(result)


def _behind(printed: Mapping[int, Sequence[str]]) -> int:
    """Where changes and printed lines, which are not wrapped, begin."""
    longest = max((len(line) for lines in printed.values() for line in lines), default=0)
    return BEHIND_STEP if width() >= min(WIDTH, BEHIND_STEP + max(LEAST_ROOM, longest)) else BELOW_STEP


def _rests(run: ReplayedRun, forever: Forever) -> str:
    """What could happen instead is what the trace is about; other steps would not change that."""
    possible = dict.fromkeys(
        f"{step.step.actor}: {labelled(step.event, _acting(run, step), _said(step))}" for step in forever.possible
    )
    if not possible:
        return "and then for ever: nothing; nothing that matters here could happen"
    return f"and then for ever: nothing, although this could happen: {'; '.join(possible)}"


def heading(run: ReplayedRun) -> str:
    """What there is at the beginning, as far as it could be different."""
    if run.printer is None:
        name, beginning = str(run.trace.system), _beginning(run)
    else:
        name, beginning = run.printer.title, run.printer.beginning(run.trace.initial, run.trace.sizes)
    return ": ".join((name, *filter(None, (", ".join(beginning),))))


def as_json(run: ReplayedRun, name: str = "pod") -> dict[str, Any]:
    """The run as plain values. Elements are numbered as people do: `container 1`.

    `pod` (None where no printer is declared): what is fixed; `initial`: every variable's first value; `header`,
    `kubectl`: lines that are printed, None where nothing new would be; `forever` (None where the run just ends): the
    steps after the first `after` are repeated without an end, or if there are none nothing happens any more, although
    the `possible` steps could.
    """
    printed = _printed(run, name)
    forever = run.trace.forever
    return {
        "system": str(run.trace.system),
        "pod": None if run.printer is None else run.printer.shape(run.trace.initial, run.trace.sizes),
        "elements": {kind.name: size for kind, size in run.trace.sizes.items()},
        "initial": {called(v, e): _plain(value) for v, e, value in _flat(run.trace.initial)},
        "header": printed[0][0] if printed else None,
        "kubectl": printed[0][1] if printed else None,
        "steps": [
            {
                **_happens(step),
                "changed": {
                    called(v, e): [_plain(old), _plain(new)] for v, e, old, new in _changes(run, number, number)
                },
                "kubectl": printed[number][0] if number in printed else None,
            }
            for number, step in enumerate(run.trace.steps, 1)
        ],
        "forever": None
        if forever is None
        else {"after": forever.after, "possible": [_happens(step) for step in forever.possible]},
    }


def _happens(step: TraceStep) -> dict[str, Any]:
    return {
        "actor": str(step.step.actor),
        "event": str(step.event),
        "parameters": _parameters(step),
        "element": step.who or None,
    }


def names(system: System, sizes: Sizes) -> dict[str, tuple[Variable[Any], int | None]]:
    """What `as_json` calls every value: the variable, and the element for a variable of a kind.

    Raises ReplayError where two would be called the same.
    """
    found: dict[str, tuple[Variable[Any], int | None]] = {}
    for variable in system.variables:
        for element in (None,) if variable.kind is None else range(sizes.get(variable.kind, 0)):
            if found.setdefault(called(variable, element), (variable, element)) != (variable, element):
                raise ReplayError(f"two values of {system} are called {called(variable, element)}")
    return found


Change = tuple[Variable[Any], int | None, Any, Any]
"""Variable, element, old value, new value."""


def _changes(run: ReplayedRun, first: int, last: int) -> Iterator[Change]:
    before, after = _flat(run.states[first - 1]), _flat(run.states[last])
    for (variable, element, old), (_, _, new) in zip(before, after, strict=True):
        if old != new:
            yield variable, element, old, new


def _flat(values: Mapping[Variable[Any], Any]) -> Iterator[tuple[Variable[Any], int | None, Any]]:
    for variable, value in values.items():
        if variable.kind is None:
            yield variable, None, value
        else:
            yield from ((variable, element, each) for element, each in enumerate(value))


def _phrases(run: ReplayedRun, first: int, last: int) -> Iterator[str]:
    """What changed from one step to another, the variables of one element together."""
    hidden = run.printer.printed if run.printer is not None and _new_row(run, last) else frozenset()
    groups: dict[tuple[Kind | None, Any], list[str]] = {}
    for variable, element, old, new in _changes(run, first, last):
        if variable not in hidden:
            together = variable if variable.kind is None else element
            groups.setdefault((variable.kind, together), []).append(_phrase(variable, old, new))
    for (kind, element), phrases in groups.items():
        who = "" if kind is None else f"{kind}: " if run.trace.sizes[kind] == 1 else f"{kind} {element + 1}: "
        yield who + ", ".join(phrases)


def _phrase(variable: Variable[Any], old: Any, new: Any) -> str:
    name = own_name(variable)
    if isinstance(new, bool):
        return name if new else f"not {name}"
    return f"{name} {value_text(old)} -> {value_text(new)}".strip()


def _parameters(step: TraceStep) -> dict[str, str]:
    return {name: value_text(value) for name, value in step.step.parameters.items()}


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else str(value)


def _new_row(run: ReplayedRun, number: int) -> Row | None:
    return run.rows[number] if run.rows and run.rows[number] != run.rows[number - 1] else None


def _printed(run: ReplayedRun, name: str) -> dict[int, list[str]]:
    """What is printed at which step; the header and the first line at step 0."""
    if run.printer is None:
        return {}
    seen = [0, *(number for number in range(1, len(run.rows)) if _new_row(run, number))]
    header, *table = run.printer.lines([(name, run.rows[number], number) for number in seen])
    return {number: [header, line] if number == 0 else [line] for number, line in zip(seen, table, strict=True)}


def _beginning(run: ReplayedRun) -> Iterator[str]:
    yield from (counted(size, kind.name) for kind, size in run.trace.sizes.items() if size)
    shown = set(run.part.variables)
    for variable, element, value in _flat(run.trace.initial):
        if variable in shown and (variable.initial is ANY or len(variable.initial_values) > 1):
            yield f"{called(variable, element)} {value_text(value)}"


def _copied(values: Mapping[Variable[Any], Any]) -> Values:
    return {variable: list(value) if variable.kind is not None else value for variable, value in values.items()}


def _value(value: Any) -> str:
    return ", ".join(map(value_text, value)) if isinstance(value, list | tuple) else value_text(value)
