"""podproof check: which statements about the Pod lifecycle are true, for every Pod?"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from podproof.check.processes import spread
from podproof.cli import completion
from podproof.cli.exits import INTERNAL, ExitCode, worst
from podproof.cli.terminal import fit, fitted, table
from podproof.cli.user_claims import available, chosen
from podproof.language import Assumption, DeclarationError
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace
from podproof.wording.counting import counted, sized
from podproof.wording.progress import Progress
from podproof.wording.wrapping import WIDTH, width, within, wrapped

if TYPE_CHECKING:
    from podproof.check.decide import Judge, Result
    from podproof.check.store import Hints

SCHEMA = "podproof/check/v1"
LIST_SCHEMA = "podproof/claims/v1"
COLOURS = {Verdict.TRUE: "green", Verdict.FALSE: "red", Verdict.UNKNOWN: "yellow", Verdict.ERROR: "magenta"}


@click.command()
@click.argument("claims", nargs=-1, metavar="[CLAIM]...", shell_complete=completion.claims)
@click.option(
    "--claims",
    "file",
    metavar="FILE.py",
    is_eager=True,
    shell_complete=completion.files,
    help="Check the claims of a Python file of yours. It is run.",
)
@click.option("--list", "listing", is_flag=True, help="List the claims and exit; with --format json, as JSON.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.001),
    default=60.0,
    show_default=True,
    help="Limit for each claim: as much work as counts as so many seconds, on any machine.",
)
@click.option(
    "--states", type=click.IntRange(min=1), default=20_000_000, show_default=True, help="Limit for each search."
)
@click.option("--no-conditions", is_flag=True, help="Do not ask when a FALSE claim would be true.")
@click.option(
    "--certify",
    metavar="DIR",
    shell_complete=completion.directories,
    help="Write what each verdict rests on: proofs as SMT-LIB 2, runs as JSON.",
)
@click.option(
    "--recheck",
    metavar="DIR",
    shell_complete=completion.directories,
    help="Check what --certify wrote: proofs with z3 and cvc5, the rest anew.",
)
@click.option(
    "--replay",
    metavar="FILE",
    shell_complete=completion.files,
    help="Run a recorded counterexample again on the machines ('-': standard input).",
)
@click.option("--solver", type=click.Choice(["z3", "cvc5"]), multiple=True, help="Ask only these in --recheck.")
@click.option("-j", "--jobs", type=click.IntRange(min=1), help="Processes; default: one for each processor.")
@click.option(
    "-v", "--verbose", count=True, help="Show each claim, also where none is named; -vv: with its run or invariant."
)
@click.option("-q", "--quiet", is_flag=True, help="Only claims whose verdict is not as expected.")
def check(
    claims: tuple[str, ...],
    file: str | None,
    listing: bool,
    output_format: str,
    seconds: float,
    states: int,
    no_conditions: bool,
    certify: str | None,
    recheck: str | None,
    replay: str | None,
    solver: tuple[str, ...],
    jobs: int | None,
    verbose: int,
    quiet: bool,
) -> None:
    """Prove or refute claims about the Pod lifecycle: all of them, a line a topic, or those named, with what shows it.

    TRUE is proved for every number of containers, or exhaustive where it says so; FALSE comes with a shortest run,
    and with the assumptions under which it would be true.
    """
    if sum(bool(given) for given in (listing, certify, recheck, replay)) > 1:
        raise click.UsageError("--list, --certify, --recheck and --replay are different things to do: choose one")
    if solver and not recheck:
        raise click.UsageError("--solver says whom --recheck asks")
    if replay and claims:
        raise click.UsageError("--replay takes the claim from the file")
    jobs = jobs or os.cpu_count() or 1
    asked_for = chosen(claims, available(file))
    columns = fit()
    if listing:
        if output_format == "json":
            click.echo(json.dumps(_listed(asked_for), indent=2))
        else:
            click.echo("\n".join(table(((claim.id, claim.sentence) for claim in asked_for), 32)))
        return
    from podproof.cli import certificates

    if recheck:
        sys.exit(
            certificates.recheck(
                recheck, file, claims, solver, Limits(seconds, states), jobs, output_format == "json", quiet
            )
        )
    if replay:
        sys.exit(certificates.replay(replay, output_format == "json", quiet, available(file)))
    reports: list[_Report] = []
    begun = time.monotonic()
    progress = Progress(len(asked_for), "claim", "decided", output_format == "text")
    with progress, certificates.replacing(certify) as folder:
        place = None if folder is None else str(folder)
        asked = _Asked(
            file,
            seconds,
            states,
            not no_conditions,
            verbose > 1 or bool(claims),
            output_format == "json",
            place,
            columns,
        )
        by_topic = not (claims or file or verbose or quiet) and output_format == "text"
        introduced: set[str] = set()
        for report in spread(partial(_report, asked), [claim.id for claim in asked_for], jobs):
            reports.append(report)
            progress.hide()
            if output_format == "text" and not ((quiet or by_topic) and report.as_expected):
                click.echo("\n".join(_once(report.lines, introduced)))
            if by_topic and len(reports) in _ends():
                click.echo(_topic(_ends()[len(reports)], reports))
            progress.one_more()
        if folder is not None and certify is not None:
            done = certificates.finish(
                [report.entry for report in reports if report.entry is not None],
                folder,
                certify,
                claims,
                not no_conditions,
            )
    if output_format == "json":
        click.echo(json.dumps(_documents(reports), indent=2))
    elif not quiet or any(not report.as_expected for report in reports):
        click.echo(_summary(reports, time.monotonic() - begun))
        if by_topic:
            click.echo(_hints(reports))
            click.echo(WHERE_TO_GO_ON)
    if certify is not None and not quiet:
        click.echo(done, err=True)
    sys.exit(worst(report.exit_code for report in reports))


@dataclass(frozen=True)
class _Asked:
    """What every claim is decided with; plain values, so that they can be sent to another process. folder: where to
    write certificates; columns: of the terminal, None where text goes elsewhere."""

    file: str | None
    seconds: float
    states: int
    conditions: bool
    details: bool
    as_json: bool
    folder: str | None
    columns: int | None


@dataclass(frozen=True)
class _Introduction:
    """What an assumption says; shown where its name comes up first, and not again."""

    name: str
    sentence: str


Lines = Iterator[str | _Introduction]


@dataclass(frozen=True)
class _Report:
    """One claim decided, ready to be shown. known: how it is known, in a word or two; assumed: what the assumptions
    in it say; entry: in the index of certificates; hints: what became of stored invariants."""

    verdict: Verdict
    known: str
    as_expected: bool
    exit_code: ExitCode
    lines: list[str | _Introduction]
    document: dict[str, Any] | None
    assumed: dict[str, str]
    entry: dict[str, Any] | None
    hints: Hints


def _report(asked: _Asked, name: str) -> _Report:
    from podproof.certificates.counterexample import ReplayError
    from podproof.cli import certificates

    claims, judge = _workplace(asked)
    try:
        result = judge.decide(claims[name], asked.conditions)
        entry = None if asked.folder is None else certificates.write(result, Path(asked.folder), asked.conditions)
    except ReplayError as error:
        raise click.ClickException(f"claim {name}: a run does not replay, so it is not written: {error}") from error
    except DeclarationError as error:
        raise click.ClickException(f"claim {name}: {error}") from error
    except INTERNAL as error:
        what = f"{type(error).__name__}: {error}"
        raise click.ClickException(f"claim {name}: an error of podproof itself, please report it: {what}") from error
    code = ExitCode.undecided if result.verdict is Verdict.UNKNOWN else ExitCode.finding
    code = ExitCode.as_expected if result.as_expected else code
    with within(asked.columns):
        lines = [] if asked.as_json else list(_lines(result, asked.details, asked.columns is not None))
    document = _json(result) if asked.as_json else None
    assumed = {each.name: each.sentence for each in _assumptions(result)}
    return _Report(
        result.verdict, _how(result), result.as_expected, code, lines, document, assumed, entry, result.hints
    )


@cache
def _workplace(asked: _Asked) -> tuple[dict[str, Claim], Judge]:
    """The claims by id and one judge, made once in each process."""
    from podproof.check.decide import Judge

    return available(asked.file), Judge(Limits(asked.seconds, asked.states))


def _once(lines: Sequence[str | _Introduction], introduced: set[str]) -> Iterator[str]:
    """The lines without introductions of what was introduced before; `introduced` grows."""
    for line in lines:
        if isinstance(line, str):
            yield line
        elif line.name not in introduced:
            introduced.add(line.name)
            yield from fitted(f"{line.name}: {line.sentence}", " " * 10, " " * 12)


def _lines(result: Result, details: bool, narrow: bool) -> Lines:
    """narrow: text is wrapped to the width; otherwise each thing said is one line."""

    def told(said: str, indent: str = INDENT, further: str = INDENT) -> Iterator[str]:
        yield from wrapped(said, indent, further) if narrow else [f"{indent}{said}"]

    yield from _verdict(result, narrow)
    yield from told(result.claim.sentence)
    if result.claim.given:
        yield from told(f"given: {_names(result.claim.given)}", further=FURTHER)
        yield from map(_introduction, result.claim.given)
    for number, condition in enumerate(result.assumption_sets):
        word = "true if" if number == 0 else "or if"
        yield from told(f"{word:7} {_names(condition.assumptions)}{_unless_proved(condition.answer)}", further=FURTHER)
        yield from map(_introduction, condition.assumptions)
    if result.reason:
        yield from told(result.reason)
    if result.of_some_sizes_only:
        yield from told(
            f"true with {sized(result.answer.sizes or {})} and fewer, as far as was looked; a claim about no others "
            "says so: most=..."
        )
    if details:
        yield from _details(result, told)


INDENT = " " * 8
FURTHER = " " * 16
"""Below what is said behind a word such as `true if`."""

Teller = Callable[..., Iterator[str]]


def _verdict(result: Result, narrow: bool) -> Iterator[str]:
    mark = click.style(f"{result.verdict:7}", fg=COLOURS[result.verdict], bold=True)
    odd = "" if result.as_expected else click.style(f"  EXPECTED {result.claim.expected}", bold=True)
    behind = f"{result.answer.known:28} {result.seconds:6.2f} s"
    if narrow and len(click.unstyle(f"{mark} {result.claim.id:32} {behind}{odd}")) > width():
        yield f"{mark} {result.claim.id}{odd}"
        yield f"{INDENT}{result.answer.known}, {result.seconds:.2f} s"
    else:
        yield f"{mark} {result.claim.id:32} {behind}{odd}"


def _introduction(assumption: Assumption) -> _Introduction:
    return _Introduction(assumption.name, assumption.sentence)


def _unless_proved(answer: Answer) -> str:
    """What is less than a proof for any number, in brackets."""
    if answer.verdict is not Verdict.TRUE:
        return f" ({answer.verdict}: not proved)"
    return "" if answer.method is Method.proved or answer.sizes is None else f" ({answer.explored})"


def _names(assumptions: Sequence[Any]) -> str:
    return " and ".join(map(str, assumptions))


def _details(result: Result, told: Teller) -> Iterator[str]:
    for note in result.answer.notes:
        yield from told(f"note: {note}")
    if result.answer.trace is not None:
        yield ""
        yield from _run(result.answer.trace)
    for condition in result.assumption_sets:
        for assumption, trace in condition.without.items():
            yield ""
            yield f"{INDENT}without {assumption}:"
            yield from [f"{INDENT}the run above"] if _same(trace, result.answer.trace) else _run(trace)
    if result.answer.certificate is not None:
        clauses = result.answer.certificate.clauses
        yield from told("the invariant:" if clauses else "the steps show it by themselves; no invariant is needed")
        for clause in clauses:
            yield from told(str(clause), " " * 10, " " * 14)
    yield ""


def _same(trace: Trace, other: Trace | None) -> bool:
    """The same steps by the same elements, from the same initial state."""
    if other is None or len(trace) != len(other) or _after(trace) != _after(other):
        return False
    pairs = zip(trace.steps, other.steps, strict=True)
    steps = all((a.step.label, a.element) == (b.step.label, b.element) for a, b in pairs)
    return steps and dict(trace.sizes) == dict(other.sizes) and dict(trace.initial) == dict(other.initial)


def _after(trace: Trace) -> int | None:
    return None if trace.forever is None else trace.forever.after


def _run(trace: Trace) -> Iterator[str]:
    from podproof.certificates.counterexample import ReplayError, text
    from podproof.certificates.counterexample import replay as run_again

    try:
        with within(width() - len(INDENT) if width() < WIDTH else None):
            lines = text(run_again(trace)).splitlines()
        yield from (f"{INDENT}{line}".rstrip() for line in lines)
    except ReplayError as error:
        raise click.ClickException(f"a counterexample does not replay, so it is not shown: {error}") from error


PROVED, EXHAUSTIVE, SHOWN, REFUTED, UNDECIDED = (
    "proved",
    "true of small Pods",
    "shown by a run",
    "refuted",
    "undecided",
)
KNOWN = (PROVED, EXHAUSTIVE, SHOWN, REFUTED, UNDECIDED)
"""How claims are known: proved for any number of containers, or less."""

WHERE_TO_GO_ON = "Show one with its run or proof: podproof check ID. Each in a line or two: podproof check -v"


def _how(result: Result) -> str:
    if result.verdict is Verdict.FALSE:
        return REFUTED
    if result.verdict is not Verdict.TRUE:
        return UNDECIDED
    if result.answer.method is Method.proved:
        return PROVED
    return EXHAUSTIVE if result.answer.trace is None else SHOWN


@cache
def _ends() -> dict[int, tuple[str, int]]:
    """After how many claims a topic ends: its name, and how many of the claims are its own."""
    from podproof.claims.catalogue import TOPICS

    places = accumulate(map(len, TOPICS.values()))
    return {place: (topic, len(TOPICS[topic])) for place, topic in zip(places, TOPICS, strict=True)}


def _topic(topic: tuple[str, int], reports: Sequence[_Report]) -> str:
    """How many of its claims are known, and how."""
    name, number = topic
    counts = Counter(report.known for report in reports[-number:])
    return (
        f"{name:36} {counted(number, 'claim'):>10}: {', '.join(f'{counts[how]} {how}' for how in KNOWN if counts[how])}"
    )


def _hints(reports: Sequence[_Report]) -> str:
    """How many proofs are made of what is stored, and which had to be found once more."""
    used = sum(len(each.hints.used) for each in reports)
    stale = [key for each in reports for key in each.hints.stale]
    anew = [key for each in reports for key in each.hints.anew]
    said = f"{counted(used, 'stored invariant')} checked"
    said += f"; stale, and of no use: {', '.join(stale)}" if stale else ", none of them stale"
    return said + (f"; proofs found once more: {', '.join(anew)}" if anew else "; no proof had to be searched for")


def _summary(reports: Sequence[_Report], seconds: float) -> str:
    counts = {verdict: sum(r.verdict is verdict for r in reports) for verdict in Verdict}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    odd = sum(not r.as_expected for r in reports)
    return (
        f"{counted(len(reports), 'claim')}: {said}; "
        f"{'all as expected' if not odd else f'{odd} not as expected'} ({seconds:.1f} s)"
    )


# JSON


def _documents(reports: Sequence[_Report]) -> dict[str, Any]:
    said = {name: sentence for report in reports for name, sentence in report.assumed.items()}
    assumed = dict(sorted(said.items()))
    return {"schema": SCHEMA, "assumptions": assumed, "claims": [report.document for report in reports]}


def _listed(claims: Sequence[Claim]) -> dict[str, Any]:
    return {"schema": LIST_SCHEMA, "claims": [_declared(claim) for claim in claims]}


def _declared(claim: Claim) -> dict[str, Any]:
    """What a claim says before anything is decided."""
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "source": claim.source,
        "about": str(claim.about),
        "formula": str(claim.formula),
        "expected": str(claim.expected),
        "given": [assumption.name for assumption in claim.given],
    }


def _assumptions(result: Result) -> Iterator[Assumption]:
    yield from result.claim.given
    for condition in result.assumption_sets:
        yield from condition.assumptions


def _invariant(answer: Answer) -> list[str] | None:
    return None if answer.certificate is None else [str(clause) for clause in answer.certificate.clauses]


def _json(result: Result) -> dict[str, Any]:
    from podproof.certificates.counterexample import as_json
    from podproof.certificates.counterexample import replay as run_again

    answer = result.answer
    return {
        "id": result.claim.id,
        "sentence": result.claim.sentence,
        "source": result.claim.source,
        "formula": str(result.claim.formula),
        "verdict": str(result.verdict),
        "method": str(answer.method),
        "expected": str(result.claim.expected),
        "as_expected": result.as_expected,
        "given": [a.name for a in result.claim.given],
        "assumptions": [[a.name for a in c.assumptions] for c in result.assumption_sets],
        "assumptions_complete": result.complete,
        "conditions": [
            {
                "assumptions": [a.name for a in c.assumptions],
                "verdict": str(c.answer.verdict),
                "method": str(c.answer.method),
                "invariant": _invariant(c.answer),
                "without": {a.name: as_json(run_again(trace)) for a, trace in c.without.items()},
            }
            for c in result.assumption_sets
        ],
        "sizes": None if answer.sizes is None else {kind.name: n for kind, n in answer.sizes.items()},
        "states": answer.states,
        "reason": result.reason,
        "notes": list(answer.notes),
        "trace": None if answer.trace is None else as_json(run_again(answer.trace)),
        "invariant": _invariant(answer),
        "seconds": round(result.seconds, 3),
        "units": result.units,
    }
