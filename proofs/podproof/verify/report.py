"""What podproof says of a plain machine: findings, claims, and what they rest on."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from podproof.findings.finding import Finding, Location
from podproof.findings.writers import details, plain
from podproof.properties.answer import Method, Verdict
from podproof.verify.claims import Claimed, Claims, decide
from podproof.verify.exploring import Bounds, Explored, Move, explore
from podproof.verify.findings import findings
from podproof.verify.plain import steps, unless
from podproof.verify.reading import Reading, Unreadable, read
from podproof.verify.rules import BY_ID
from podproof.verify.sources import machine_of
from podproof.wording.counting import counted
from podproof.wording.near import did_you_mean
from podproof.wording.wrapping import width

SCHEMA = "podproof/verify/v2"
MOST_NAMES = 8


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """findings: by all rules that are not left out; claims: the user's own, decided."""

    name: str
    explored: Explored
    findings: tuple[Finding, ...]
    claims: tuple[Claimed, ...]
    final: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong, every claim is TRUE, and everything was explored."""
        return not self.problems

    @property
    def wrong(self) -> bool:
        return any(each.counts for each in self.findings) or any(each.verdict is Verdict.FALSE for each in self.claims)

    @property
    def undecided(self) -> tuple[str, ...]:
        """What could not be decided, and why."""
        unknown = [f"{each.sentence}: {each.reason}" for each in self.claims if each.verdict is Verdict.UNKNOWN]
        return (*filter(None, [self.explored.incomplete]), *unknown)

    @property
    def problems(self) -> list[str]:
        """One line for everything that keeps it from being ok: findings, FALSE claims, what is undecided."""
        counting = (each for each in self.findings if each.counts)
        found = [
            f"{each.rule} {'; '.join(filter(None, [f'{each.subject}: {each.message}', each.evidence]))}"
            for each in counting
        ]
        return [*found, *(f"FALSE {c.sentence}" for c in self.claims if c.verdict is Verdict.FALSE), *self.undecided]

    def __str__(self) -> str:
        return "\n".join(text(self))

    def __repr__(self) -> str:
        """Short, because pytest shows it where `assert verify(machine).ok` fails, and cuts what is long."""
        short = [f"{each.rule} {each.subject}" for each in self.findings if each.counts]
        return f"<{'; '.join([*short, *self.problems[len(short) :]]) or 'no findings'}>"


def verify(
    machine: Any,
    claims: Claims = (),
    *,
    final: Collection[str] = (),
    initial: Sequence[str] = (),
    auto_transitions: bool = False,
    ignore: Collection[str] = (),
    bounds: Bounds | None = None,
    name: str = "",
    location: Location | None = None,
) -> Report:
    """Whether a `transitions` machine is sound, and what is true of it.

    machine: a machine, its model, its configuration, or what makes one; claims: formulas over `at(...)` and `on(...)`;
    final: states that are meant as ends, beside those declared so; initial: where it begins, if not where it says;
    auto_transitions: count the `to_STATE` events; ignore: ids of rules to leave out; location: where the machine is.

    Raises ValueError where there is no such machine, state, event or rule. Conditions and callbacks are never run.
    """
    reading = read(machine_of(machine), automatic=auto_transitions, initial=initial)
    names = [reading.name(path) for path in reading.nodes]
    _check_known("state", final, names)
    _check_known("rule", ignore, list(BY_ID))
    explored = explore(reading, bounds)
    found = [each for each in findings(explored, final) if each.rule.id not in ignore]
    placed = tuple(replace(each, location=location) for each in found)
    return Report(name, explored, placed, decide(explored, claims), tuple(final))


def _check_known(what: str, names: Collection[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise Unreadable(f"there is no {what} {name}{did_you_mean(name, known)}")


# Text


def text(report: Report, runs: bool = True, quiet: bool = False) -> Iterator[str]:
    """Lines for people. quiet: only what is wrong."""
    if not quiet:
        yield from _machine(report)
    for finding in report.findings:
        if finding.ignored:
            continue
        yield ""
        yield from _wrapped(f"{finding.rule.id:15} {finding.subject}", "  ", 18)
        for sentence in details(finding if runs else replace(finding, run=())):
            yield from _wrapped(sentence, " " * 18)
    if report.claims:
        yield ""
    for claim in report.claims:
        if not quiet or claim.verdict is not Verdict.TRUE or claim.unless:
            yield from _claim(claim, report.explored)
    if not quiet or report.findings or report.claims:
        yield ""
    yield from _wrapped(_summary(report), "")


def _machine(report: Report) -> Iterator[str]:
    explored, reading = report.explored, report.explored.reading
    counts = (
        counted(len(reading.nodes), "state"),
        counted(len(reading.events), "event"),
        counted(sum(not edge.automatic for edge in reading.edges), "transition"),
    )
    title = f"{report.name}  " if report.name else ""
    yield f"{title}{reading.class_name}: {', '.join(counts)}"
    many = any(not isinstance(each, str) for each in explored.configurations)
    reached = counted(len(explored.configurations), "configuration" if many else "state")
    passed = f" and {len(explored.passed):,} in the middle of an event" if explored.passed else ""
    begins = " or ".join(map(explored.shown, explored.starts))
    moves = counted(len(explored.moves), "move")
    yield from _wrapped(f"explored from {begins}: {reached}{passed}, {moves}", "  ")
    yield from (line for note in notes(reading) for line in _wrapped(note, "  "))


def notes(reading: Reading) -> tuple[str, ...]:
    """What the report takes for granted."""
    said = []
    if reading.conditions:
        said.append(f"conditions are free choices, and not run: {_listed(reading.conditions)}")
    if reading.followed:
        said.append(f"callbacks that trigger an event are followed: {_listed(reading.followed)}")
    if reading.opaque:
        said.append(f"callbacks are not run; an event that one triggers is not seen: {_listed(reading.opaque)}")
    if reading.left_out:
        said.append(f"not counted (--auto-transitions counts them): {_listed(reading.left_out)}")
    if reading.strange:
        said.append(f"read as if they were those of transitions: {_listed(reading.strange)}")
    return tuple(said)


def _claim(claim: Claimed, explored: Explored) -> Iterator[str]:
    yield from _wrapped(f"{claim.verdict:7} {claim.sentence}", "  ", 10)
    if claim.sentence != str(claim.formula):
        yield from _wrapped(str(claim.formula), " " * 10)
    if claim.reason:
        yield from _wrapped(claim.reason, " " * 10)
    yield from _wrapped(unless(claim.unless), " " * 10)
    if claim.run is not None and claim.verdict is not Verdict.UNKNOWN:
        begin = explored.shown(claim.run[0].before if claim.run else explored.starts[0])
        steps = [_step(move, explored) for move in claim.run]
        if claim.forever is not None:
            steps.insert(claim.forever, "and for ever:" if claim.forever < len(steps) else "and then nothing, for ever")
        yield from _wrapped("run: " + "; ".join([begin, *steps]).replace("for ever:;", "for ever:"), " " * 10)


def _step(move: Move, explored: Explored) -> str:
    """The event, what its callbacks trigger, and where that leads."""
    triggered = f" (triggers {', '.join(move.triggered)})" if move.triggered else ""
    way = "".join(f" -> {explored.shown(each)}" for each in (*move.passed, move.after))
    return f"{move.label}{triggered}{way}" + (f" (raises {move.error})" if move.error else "")


def _summary(report: Report) -> str:
    kinds = [each.rule.id for each in report.findings if each.counts]
    parts = [f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds)]
    none = "no findings so far" if report.explored.incomplete else "no findings"
    said = f"{counted(len(kinds), 'finding')}: {', '.join(parts)}" if kinds else none
    verdicts = [str(each.verdict) for each in report.claims]
    if verdicts:
        said_of_them = ", ".join(f"{verdicts.count(v)} {v}" for v in dict.fromkeys(verdicts))
        said += f"; {counted(len(verdicts), 'claim')}: {said_of_them}"
    return said + (f"; {report.explored.incomplete}" if report.explored.incomplete else "")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _wrapped(said: str, indent: str, further: int | None = None) -> list[str]:
    inner = indent if further is None else " " * further
    return textwrap.wrap(said, width(), initial_indent=indent, subsequent_indent=inner, break_on_hyphens=False)


# JSON


def as_json(report: Report) -> dict[str, Any]:
    """Plain values; every key is always there, in the steps of runs those about callbacks and errors where one has its
    part in the step."""
    explored, reading = report.explored, report.explored.reading
    return {
        "schema": SCHEMA,
        "machine": {
            "name": report.name,
            "class": reading.class_name,
            "states": [reading.name(path) for path in reading.nodes],
            "events": list(reading.events),
            "transitions": sum(not edge.automatic for edge in reading.edges),
            "conditions": list(reading.conditions),
            "initial": [explored.shown(each) for each in explored.starts],
            "final": sorted({*report.final, *(reading.name(n.path) for n in reading.nodes.values() if n.final)}),
        },
        "explored": {
            "configurations": len(explored.configurations),
            "moves": len(explored.moves),
            "complete": not explored.incomplete,
            "reason": explored.incomplete or None,
        },
        "passed": list(map(explored.shown, explored.passed)),
        "notes": list(notes(reading)),
        "findings": [plain(each) for each in report.findings],
        "claims": [
            {
                "sentence": each.sentence,
                "formula": str(each.formula),
                "verdict": str(each.verdict),
                "method": None if each.verdict is Verdict.UNKNOWN else str(Method.exhaustive),
                "reason": each.reason or None,
                "unless": list(each.unless),
                "run": None if each.run is None else [{"told": s.told, **s.values} for s in steps(each.run, explored)],
                "forever": each.forever,
            }
            for each in report.claims
        ],
        "ok": report.ok,
    }
