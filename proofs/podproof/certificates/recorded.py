"""Recorded runs: counterexamples and witnesses as JSON, read back and run again on the machines.

Nothing in a record is believed. Its first state and its events are all that is taken from it; the running `transitions`
machines say what happens then, every other word of the record must be what would be recorded of that run, and the run
must show what it is said to show of the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podproof.certificates.counterexample import ReplayedRun, ReplayError, as_json, names, replay, whole
from podproof.certificates.documents import Odd, differences, shown
from podproof.certificates.lassos import objection
from podproof.language import Assumption, DeclarationError, Kind, System, Variable
from podproof.language.domains import Domain, Enumeration
from podproof.language.flat import Sizes
from podproof.language.meanings.python import Values
from podproof.language.meanings.text import value_text
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula, Shown
from podproof.properties.temporal import Liveness
from podproof.properties.trace import Forever, Trace, TraceStep
from podproof.wording.counting import counted

SCHEMA = "podproof/counterexample/v1"


class NotRecorded(ValueError):
    """This is no record of a run: the sentence says what was expected."""


class Rejected(ValueError):
    """The record is not true: no run of the machines, another one, or one that does not show what it says."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """A record that was run again. assumed: beside what the claim takes as given; shows: what it shows of the claim."""

    claim: Claim
    assumed: tuple[Assumption, ...]
    run: ReplayedRun
    shows: str


def record(claim: Claim, assumed: Sequence[Assumption], run: ReplayedRun) -> dict[str, Any]:
    """The run as JSON that `read` accepts; `assumed` beside what the claim takes as given."""
    return {
        "schema": SCHEMA,
        "claim": claim.id,
        "sentence": claim.sentence,
        "formula": str(claim.formula),
        "assumed": [str(assumption) for assumption in assumed],
        **as_json(run),
    }


def read(document: Any, claims: Mapping[str, Claim]) -> Recorded:
    """Run the record again. Raises NotRecorded for something else than a record, Rejected for one that is not true."""
    _expect(document, dict, "a recorded run is a JSON object")
    if document.get("schema") != SCHEMA:
        raise NotRecorded(f"no recorded run: its schema is {document.get('schema')!r}, not {SCHEMA!r}")
    claim = claims.get(str(document.get("claim")))
    if claim is None:
        raise NotRecorded(f"it is about the claim {document.get('claim')!r}, which is not among those known here")
    assumed = _assumptions(claim, document)
    try:
        run = replay(_trace(_about(claim).under(*assumed), document))
    except (ReplayError, DeclarationError) as error:
        raise Rejected(str(error)) from error
    for where, said, true in differences(document, record(claim, assumed, run)):
        raise Rejected(f"{where} is {shown(said)}; in the run it is {shown(true)}")
    found = shows(claim.formula, run)
    if not found:
        why = objection(claim.formula, run) if isinstance(claim.formula, Liveness) else ""
        because = f": {why}" if why else ""
        raise Rejected(f"it is a run of {run.trace.system}, but it shows nothing of the claim {claim.id}{because}")
    return Recorded(claim, assumed, run, found)


def records_in(document: Any) -> Iterator[Any]:
    """The records in a document: itself, or every run in the output of `podproof check --format json`."""
    if not isinstance(document, dict) or document.get("schema") != "podproof/check/v1":
        yield document
        return
    for entry in _expect(document.get("claims"), list, "claims is a list"):
        _expect(entry, dict, "each claim is an object")
        about = {"schema": SCHEMA, "claim": entry.get("id"), **{key: entry.get(key) for key in ("sentence", "formula")}}
        if entry.get("trace") is not None:
            yield about | {"assumed": []} | _expect(entry["trace"], dict, "a trace is an object")
        for condition in _expect(entry.get("conditions", []), list, "conditions is a list"):
            _expect(condition, dict, "each condition is an object")
            names = _expect(condition.get("assumptions"), list, "assumptions is a list")
            for dropped, trace in _expect(condition.get("without", {}), dict, "without is an object").items():
                others = [name for name in names if name != dropped]
                yield about | {"assumed": others} | _expect(trace, dict, "a trace is an object")


# From names to what they name


def _about(claim: Claim) -> System:
    """What a run has to say something of, and where it has to come back to: the rest only completes it."""
    formula = claim.formula
    return formula.part(claim.system, claim.assumable) if isinstance(formula, Liveness) else claim.system


def _trace(system: System, document: Mapping[str, Any]) -> Trace:
    known = whole(system)
    initial = _expect(document.get("initial"), dict, "initial is an object: the first value of every variable")
    sizes = _sizes(known, document, len(initial))
    places = names(known, sizes)
    if initial.keys() != places.keys():
        odd = sorted(initial.keys() ^ places.keys())[0]
        raise Rejected(f"initial: {'no value of' if odd in places else 'there is no'} {odd}")
    values: Values = {variable: [] for variable in known.variables if variable.kind is not None}
    for name, (variable, element) in places.items():
        value = _value(variable.domain, initial[name], f"initial: {name}")
        if element is None:
            values[variable] = value
        else:
            values[variable].append(value)
    steps = []
    after = values
    for number, step in enumerate(_expect(document.get("steps"), list, "steps is a list"), 1):
        _expect(step, dict, f"step {number} is an object")
        after = {v: list(value) if v.kind is not None else value for v, value in after.items()}
        for name, change in _expect(step.get("changed"), dict, f"step {number}: changed is an object").items():
            if name not in places or not isinstance(change, list) or len(change) != 2:
                raise Rejected(f"step {number}: there is no change of {name} from one value to another")
            variable, element = places[name]
            new = _value(variable.domain, change[1], f"step {number}: {name}")
            if element is None:
                after[variable] = new
            else:
                after[variable][element] = new
        steps.append(_step(known, sizes, step, after, f"step {number}"))
    return Trace(system, sizes, values, tuple(steps), _forever(document, len(steps)))


def _forever(document: Mapping[str, Any], steps: int) -> Forever | None:
    """Where it goes on from; what could happen there instead is for the machines to say."""
    said = document.get("forever")
    if said is None:
        return None
    after = _expect(said, dict, "forever is an object: how the run goes on").get("after")
    if type(after) is not int or not 0 <= after <= steps:
        length = counted(steps, "step")
        raise Rejected(f"forever: the run has {length}: it cannot go on from after step {shown(after)}")
    return Forever(after)


def _sizes(system: System, document: Mapping[str, Any], most: int) -> dict[Kind, int]:
    """most: each element has a first value."""
    elements = _expect(document.get("elements"), dict, "elements is an object: how many there are of each kind")
    kinds = {kind.name: kind for kind in system.all_kinds}
    for name, number in elements.items():
        if name not in kinds or type(number) is not int or not 0 <= number <= most:
            raise Rejected(f"elements: there cannot be {shown(number)} of {name} with so many first values")
    return {kinds[name]: number for name, number in elements.items()}


def _step(
    system: System, sizes: Sizes, step: Mapping[str, Any], after: Mapping[Variable[Any], Any], where: str
) -> TraceStep:
    """Of the ways in which the event can happen any: the machines choose for themselves."""
    said = _expect(step.get("parameters"), dict, f"{where}: parameters is an object")
    for possible in system.steps:
        given = {name: value_text(value) for name, value in possible.parameters.items()}
        if possible.event == step.get("event") and given == said:
            return TraceStep(possible, _element(possible.kind, sizes, step.get("element"), where), after)
    with_ = f" with {', '.join(f'{name} {value}' for name, value in said.items())}" if said else ""
    raise Rejected(f"{where}: {system} has no event {shown(step.get('event'))}{with_}")


def _element(kind: Kind | None, sizes: Sizes, said: Any, where: str) -> int | None:
    if kind is None and said is None:
        return None
    for element in range(sizes.get(kind, 0)) if kind is not None else ():
        if said == f"{kind} {element + 1}":
            return element
    raise Rejected(f"{where}: there is no {shown(said)} to take it")


def _value(domain: Domain, said: Any, where: str) -> Any:
    if isinstance(domain, Enumeration):
        found = next((value for value in domain.values if type(said) is str and str(value) == said), None)
    else:
        found = said if said in domain else None
    if found is None:
        raise Rejected(f"{where} is {domain}; it cannot be {shown(said)}")
    return found


def _assumptions(claim: Claim, document: Mapping[str, Any]) -> tuple[Assumption, ...]:
    said = _expect(document.get("assumed"), list, "assumed is a list of assumptions")
    try:
        return assumptions_of(claim, said)
    except Odd as error:
        raise Rejected(str(error)) from error


def assumptions_of(claim: Claim, names: Sequence[Any]) -> tuple[Assumption, ...]:
    """Those of the claim's with these names, which may be anything. Raises Odd where it has no such, or one is named
    twice."""
    known = {assumption.name: assumption for assumption in claim.assumable}
    for number, name in enumerate(names):
        if not isinstance(name, str) or name not in known:
            raise Odd(f"the claim {claim.id} has no assumption {shown(name)}")
        if name in names[:number]:
            raise Odd(f"the assumption {name} is named twice")
    return tuple(known[name] for name in names)


def _expect(value: Any, type_: type, what: str) -> Any:
    if not isinstance(value, type_):
        raise NotRecorded(f"{what}; it is {shown(value)}")
    return value


# What a run shows


def shows(formula: Formula, run: ReplayedRun) -> Shown:
    """What the run shows of the formula."""
    if isinstance(formula, Liveness):
        return Shown.nothing if objection(formula, run) else Shown.broken
    return formula.shown_by(run.trace)
