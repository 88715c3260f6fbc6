"""podproof check --certify, --recheck and --replay: evidence that others can check, written and checked again."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache, partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

import click
from podproof.certificates import rechecking
from podproof.certificates.counterexample import text
from podproof.certificates.documents import MOST_BYTES, Odd, load, on_one_line, parse, shown_name
from podproof.certificates.folder import INDEX, OVERVIEW, README, Evidence, entry, evidence, files, index
from podproof.certificates.rechecking import (
    SOLVERS,
    Checked,
    NoFolder,
    Status,
    index_of,
    is_an_index,
    missing,
    problems,
)
from podproof.certificates.recorded import NotRecorded, Recorded, Rejected, read, records_in
from podproof.check.decide import Judge, Result
from podproof.check.interrupts import UNFINISHED
from podproof.check.processes import spread
from podproof.cli.exits import INTERNAL, ExitCode, worst
from podproof.cli.user_claims import available
from podproof.language import DeclarationError, UnsupportedError
from podproof.properties.answer import Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.limits import Limits
from podproof.wording.counting import counted
from podproof.wording.progress import Progress

EXIT_CODES = {
    Status.confirmed: ExitCode.as_expected,
    Status.explored: ExitCode.as_expected,
    Status.undecided: ExitCode.undecided,
    Status.rejected: ExitCode.finding,
}
COLOURS = {Status.confirmed: "green", Status.explored: "green", Status.rejected: "red", Status.undecided: "yellow"}
COUNTED = {Status.confirmed: "proved again", Status.explored: "explored again"}


# --certify


@contextmanager
def replacing(directory: str | None) -> Iterator[Path | None]:
    """A new folder that takes the place of `directory` once all is well; until then nothing there is touched.

    Refuses to replace anything but a folder of certificates.
    """
    if directory is None:
        yield None
        return
    target = Path(directory)
    _check_replaceable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise click.ClickException(f"{directory}: cannot be written: {error.strerror}") from error
    UNFINISHED.add(made)
    try:
        yield made
        made.chmod(0o755)
        _put(made, target)
    except OSError as error:
        raise click.ClickException(f"{directory}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
        UNFINISHED.discard(made)


def _put(made: Path, target: Path) -> None:
    if not target.exists():
        made.rename(target)
        return
    old = made.with_name(f"{made.name}.old")
    target.rename(old)
    try:
        made.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old)


def _check_replaceable(target: Path) -> None:
    if not target.exists():
        return
    try:
        ours = target.is_dir() and (not any(target.iterdir()) or _is_ours(target))
    except OSError as error:
        raise click.ClickException(f"{target}: cannot be read: {error.strerror}") from error
    if not ours:
        raise click.ClickException(f"{target}: it has other things in it than certificates; name a new directory")


def _is_ours(target: Path) -> bool:
    """Whether it is a folder of certificates, of whatever version, with nothing else in it."""
    try:
        document = load(target / INDEX)
    except Odd:
        return False
    claims = document.get("claims") if is_an_index(document) else None
    ids = [each.get("id") for each in claims if isinstance(each, dict)] if isinstance(claims, list) else []
    return bool(ids) and all(path.name in (INDEX, OVERVIEW, *ids) for path in target.iterdir())


def write(result: Result, folder: Path, conditions: bool) -> dict[str, Any]:
    """Write one claim's folder into `folder`; returns its entry in the index. conditions: whether they were asked."""
    known = evidence(result, conditions)
    for name, content in files(known).items():
        path = folder / known.claim.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return entry(known)


def finish(
    entries: Sequence[Mapping[str, Any]], folder: Path, target: str, names: Sequence[str], conditions: bool
) -> str:
    """Write what is about all claims; returns what to say.

    names: the claims asked for, empty for all; conditions: it was asked when what is FALSE would be true.
    """
    asked = list(dict.fromkeys(names)) or None
    entries = list({each["id"]: each for each in entries}.values())
    versions = {name: version(name) for name in ("podproof", "z3-solver")}
    (folder / INDEX).write_bytes(index(entries, versions, asked, conditions).encode())
    (folder / OVERVIEW).write_bytes(README.encode())
    certified = sum(each["certified"] for each in entries)
    known = f"certificates of {certified} of {counted(len(entries), 'claim')}"
    return f"{target}: {known}; podproof check --recheck {target} checks them"


# --recheck


def recheck(
    directory: str,
    file: str | None,
    names: Sequence[str],
    solvers: Sequence[str],
    limits: Limits,
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> ExitCode:
    """Check what --certify wrote about the claims named, or about all. limits: of what has to be explored again."""
    claims = available(file)
    try:
        listed = index_of(Path(directory))
    except NoFolder as error:
        raise click.ClickException(str(error)) from error
    wanted = list(dict.fromkeys(names)) or list(listed.entries)
    absent = [name for name in wanted if name not in listed.entries]
    if absent:
        raise click.ClickException(f"{directory}: it has nothing about {absent[0]}")
    unknown = [name for name in wanted if name not in claims]
    if len(unknown) == len(wanted):
        whose = "name the file that it is in with --claims" if file is None else f"it is not in {file}"
        raise click.ClickException(
            f"{directory}: it is about a claim {shown_name(unknown[0])}, which nobody knows: {whose}"
        )
    asked = _solvers(solvers)
    strangers = [Checked(shown_name(name), Status.rejected, reasons=("there is no such claim",)) for name in unknown]
    work = partial(_check, directory, file, asked, limits)
    found: list[Checked] = []
    with Progress(len(wanted), "claim", "checked", not as_json) as progress:
        for checked in chain(strangers, spread(work, [name for name in wanted if name in claims], jobs)):
            found.append(checked)
            progress.hide()
            if not as_json and not (quiet and EXIT_CODES[checked.status] is ExitCode.as_expected):
                click.echo("\n".join(_checked_lines(checked)))
            progress.one_more()
    try:
        odd = list(problems(listed, claims, found))
    except OSError as error:
        raise click.ClickException(f"{directory}: cannot be read: {error.strerror}") from error
    left_out = missing(listed, claims)
    if as_json:
        document = {"schema": "podproof/recheck/v1", "solvers": asked, "problems": odd, "missing": left_out}
        about = [{key: value for key, value in asdict(each).items() if key != "entry"} for each in found]
        click.echo(json.dumps(document | {"claims": about}, indent=2))
    else:
        for problem in odd:
            click.echo(f"{click.style('rejected'.ljust(11), fg='red')} {directory}: {problem}")
        if not quiet or odd or any(EXIT_CODES[checked.status] for checked in found):
            click.echo(_recheck_summary(found, asked))
            if len(wanted) < len(listed.entries):
                click.echo(f"not looked at: {counted(len(listed.entries) - len(wanted), 'more claim')} in {directory}")
            if left_out:
                left = counted(len(left_out), "claim")
                click.echo(f"not in {directory}: {left} of {len(claims)}; it was made of those named")
    return worst([*(EXIT_CODES[checked.status] for checked in found), *([ExitCode.finding] if odd else [])])


def _solvers(wanted: Sequence[str]) -> list[str]:
    """Those to ask; without cvc5, which is an extra, z3 alone unless cvc5 was asked for."""
    missing = [name for name in SOLVERS if find_spec(name) is None]
    if set(wanted) & set(missing):
        raise click.ClickException("cvc5 is not installed: pip install 'podproof[certify]'")
    if missing and not wanted:
        click.echo("podproof: only z3 is asked: cvc5 is not installed (pip install 'podproof[certify]')", err=True)
    return [name for name in SOLVERS if name not in missing and (not wanted or name in wanted)]


def _check(directory: str, file: str | None, solvers: Sequence[str], limits: Limits, name: str) -> Checked:
    claims, judge = _workplace(file, limits)
    asked = {each: SOLVERS[each] for each in solvers}
    try:
        return rechecking.check(Path(directory), claims[name], asked, partial(search, judge))
    except DeclarationError as error:
        raise click.ClickException(f"claim {name}: {error}") from error
    except INTERNAL as error:
        what = on_one_line(f"{type(error).__name__}: {error}")
        raise click.ClickException(f"claim {name}: an error of podproof itself, please report it: {what}") from error


@cache
def _workplace(file: str | None, limits: Limits) -> tuple[dict[str, Claim], Judge]:
    """The claims by id and one judge, made once in each process."""
    return available(file), Judge(limits)


def search(judge: Judge, known: Evidence) -> Evidence:
    """Decide the claim again. The invariants known are hints; each is checked before it proves anything."""
    for proof, _ in known.proofs():
        assumed = known.claim.system.under(*proof.assumptions).assumed
        judge.store.put(judge.store.key(known.claim.id, assumed), proof.clauses)
    conditions = known.complete is not None
    return evidence(judge.decide(known.claim, conditions), conditions)


def _checked_lines(checked: Checked) -> Iterator[str]:
    status = click.style(str(checked.status).ljust(11), fg=COLOURS.get(checked.status))
    yield f"{status} {checked.claim:34} {checked.verdict:8} {'; '.join(_known(checked))}".rstrip()
    yield from (f"            {reason}" for reason in checked.reasons)


def _known(checked: Checked) -> Iterator[str]:
    """What there is in its folder, and what had to be explored again."""
    what = [
        counted(number, word)
        for number, word in ((checked.proofs, "proof"), (checked.obligations, "obligation"), (checked.runs, "run"))
        if number
    ]
    if checked.status is Status.explored:
        sizes = ", ".join(counted(number, kind) for kind, number in (checked.sizes or {}).items())
        yield f"{checked.method}{f': {sizes}' if sizes else ''}"
    if what:
        yield ", ".join(what)
    if checked.searched and checked.conditions:
        yield f"{counted(checked.conditions, 'set')} of assumptions explored again"
    if checked.verdict == Verdict.FALSE and checked.complete is None and checked.method != Method.proved:
        yield "when it would be true was not asked"
    if checked.complete is False:
        yield "there may be other sets of assumptions"


def _recheck_summary(found: Sequence[Checked], solvers: Sequence[str]) -> str:
    counts = ((sum(checked.status is status for checked in found), status) for status in Status)
    said = ", ".join(f"{count} {COUNTED.get(status, status)}" for count, status in counts if count)
    return f"{counted(len(found), 'claim')}: {said}; asked: {' and '.join(solvers)}"


# --replay


def replay(file: str, as_json: bool, quiet: bool, claims: Mapping[str, Claim]) -> ExitCode:
    """Run every run in the file again: a recorded one, or those in the output of `check --format json`."""
    try:
        records = list(records_in(parse(_content(file))))
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be read: {error.strerror}") from error
    except (NotRecorded, Odd) as error:
        raise click.ClickException(f"{file}: {on_one_line(str(error))}") from error
    if not records:
        raise click.ClickException(f"{file}: there is no run in it")
    outcomes = [_replayed(record, claims) for record in records]
    if all(isinstance(outcome, UNUSABLE) for outcome in outcomes):
        raise click.ClickException(f"{file}: {outcomes[0]}")
    if as_json:
        click.echo(
            json.dumps({"schema": "podproof/replay/v1", "runs": [_outcome(each) for each in outcomes]}, indent=2)
        )
    else:
        for outcome in outcomes:
            if isinstance(outcome, Recorded) and not quiet:
                click.echo("\n".join(_replayed_lines(outcome)))
            elif not isinstance(outcome, Recorded):
                click.echo(f"{file}: {click.style('rejected', fg='red')}: {on_one_line(str(outcome))}")
    return worst(ExitCode.as_expected if isinstance(each, Recorded) else ExitCode.finding for each in outcomes)


def _content(file: str) -> bytes:
    with open(0 if file == "-" else file, "rb", closefd=file != "-") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Odd("it is too large to be a recorded run")
    return content


UNUSABLE = (NotRecorded, UnsupportedError)
"""Where there are only such records, nothing was replayed; among others, it is one that is not accepted."""

NotAccepted = Rejected | NotRecorded | UnsupportedError


def _replayed(record: Any, claims: Mapping[str, Claim]) -> Recorded | NotAccepted:
    try:
        return read(record, claims)
    except (Rejected, *UNUSABLE) as error:
        return error


def _outcome(outcome: Recorded | NotAccepted) -> dict[str, Any]:
    if not isinstance(outcome, Recorded):
        return {"accepted": False, "reason": str(outcome)}
    return {
        "accepted": True,
        "claim": outcome.claim.id,
        "assumed": [assumption.name for assumption in outcome.assumed],
        "steps": len(outcome.run.trace),
        "shows": outcome.shows,
    }


def _replayed_lines(outcome: Recorded) -> Iterator[str]:
    yield f"{outcome.claim.id}: {outcome.claim.sentence}"
    yield from text(outcome.run).splitlines()
    under = f" under {' and '.join(map(str, outcome.assumed))}" if outcome.assumed else ""
    yield f"a run of the model{under} in {outcome.run.trace.length}; {outcome.shows}"
    yield from (f"    {assumption}: {assumption.sentence}" for assumption in outcome.assumed)
