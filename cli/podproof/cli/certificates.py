"""podproof check --certify, --recheck and --replay: evidence that others can check, written and checked again."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from podproof.claims.claim import Claim
from podproof.cli.exits import ExitCode, worst
from podproof.cli.processes import spread
from podproof.cli.user_claims import available
from podproof.evidence import rechecking
from podproof.evidence.counterexample import text
from podproof.evidence.decide import Result
from podproof.evidence.folder import INDEX, OVERVIEW, README, entry, evidence, files, index
from podproof.evidence.rechecking import SOLVERS, Checked, NoFolder, Status, listed, odd_ones_out
from podproof.evidence.recorded import NotRecorded, Recorded, Rejected, read, records_in
from podproof.language import UnsupportedError
from podproof.wording.counting import counted

EXIT_CODES = {
    Status.confirmed: ExitCode.as_expected,
    Status.uncertified: ExitCode.as_expected,
    Status.undecided: ExitCode.undecided,
    Status.rejected: ExitCode.finding,
}
COLOURS = {Status.confirmed: "green", Status.rejected: "red", Status.undecided: "yellow"}


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
    try:
        yield made
        made.chmod(0o755)
        _put(made, target)
    except OSError as error:
        raise click.ClickException(f"{directory}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


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
    try:
        known = {INDEX, OVERVIEW, *listed(target)}
    except NoFolder:
        return False
    return all(path.name in known for path in target.iterdir())


def write(result: Result, folder: Path) -> dict[str, Any]:
    """Write one claim's folder into `folder`; returns its entry in the index."""
    known = evidence(result)
    for name, content in files(known).items():
        path = folder / known.claim.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    return entry(known)


def finish(entries: Sequence[Mapping[str, Any]], folder: Path, target: str) -> str:
    """Write what is about all claims; returns what to say."""
    versions = {name: version(name) for name in ("podproof", "z3-solver")}
    (folder / INDEX).write_bytes(index(entries, versions).encode())
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
    jobs: int,
    as_json: bool,
    quiet: bool,
) -> ExitCode:
    """Check what --certify wrote about the claims named, or about all."""
    folder, claims = Path(directory), available(file)
    try:
        ids = listed(folder)
        missing = [name for name in (*names, *ids) if name not in ids or name not in claims]
        if missing and missing[0] in ids:
            raise click.ClickException(f"{directory}: it is about a claim {missing[0]}, which is not among those known")
        if missing:
            raise click.ClickException(f"{directory}: it has nothing about {missing[0]}")
        odd = list(odd_ones_out(folder, claims))
    except (NoFolder, OSError) as error:
        raise click.ClickException(str(error)) from error
    asked = _solvers(solvers)
    found = []
    for checked in spread(partial(_check, directory, file, asked), list(names) or ids, jobs):
        found.append(checked)
        if not as_json and not (quiet and EXIT_CODES[checked.status] is ExitCode.as_expected):
            click.echo("\n".join(_checked_lines(checked)))
    if as_json:
        document = {"schema": "podproof/recheck/v1", "solvers": asked, "problems": odd}
        click.echo(json.dumps(document | {"claims": [asdict(checked) for checked in found]}, indent=2))
    else:
        for problem in odd:
            click.echo(f"{click.style('rejected'.ljust(11), fg='red')} {directory}: {problem}")
        if not quiet or odd or any(EXIT_CODES[checked.status] for checked in found):
            click.echo(_recheck_summary(found, asked))
    return worst([*(EXIT_CODES[checked.status] for checked in found), *([ExitCode.finding] if odd else [])])


def _solvers(wanted: Sequence[str]) -> list[str]:
    """Those to ask; without cvc5, which is an extra, z3 alone unless cvc5 was asked for."""
    missing = [name for name in SOLVERS if find_spec(name) is None]
    if set(wanted) & set(missing):
        raise click.ClickException("cvc5 is not installed: pip install 'podproof[certify]'")
    if missing and not wanted:
        click.echo("podproof: only z3 is asked: cvc5 is not installed (pip install 'podproof[certify]')", err=True)
    return [name for name in SOLVERS if name not in missing and (not wanted or name in wanted)]


def _check(directory: str, file: str | None, solvers: Sequence[str], name: str) -> Checked:
    return rechecking.check(Path(directory), available(file)[name], {each: SOLVERS[each] for each in solvers})


def _checked_lines(checked: Checked) -> Iterator[str]:
    status = click.style(str(checked.status).ljust(11), fg=COLOURS.get(checked.status))
    what = [
        counted(number, word)
        for number, word in ((checked.proofs, "proof"), (checked.obligations, "obligation"), (checked.runs, "run"))
        if number
    ]
    said = ", ".join(what)
    if checked.status is Status.uncertified:
        said = f"{checked.method}: a search, without a certificate{f' (but {said})' if said else ''}"
    yield f"{status} {checked.claim:34} {checked.verdict:8} {said}".rstrip()
    yield from (f"            {reason}" for reason in checked.reasons)


def _recheck_summary(found: Sequence[Checked], solvers: Sequence[str]) -> str:
    counts = ((sum(checked.status is status for checked in found), status) for status in Status)
    said = ", ".join(f"{count} {status}" for count, status in counts if count)
    return f"{counted(len(found), 'claim')}: {said}; asked: {' and '.join(solvers)}"


# --replay


def replay(file: str, as_json: bool, quiet: bool, claims: Mapping[str, Claim]) -> ExitCode:
    """Run every run in the file again: a recorded one, or those in the output of `check --format json`."""
    try:
        content = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        records = list(records_in(json.loads(content)))
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be read: {error.strerror}") from error
    except (NotRecorded, ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, NotRecorded) else f"not JSON: {error}"
        raise click.ClickException(f"{file}: {what}") from error
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
                click.echo(f"{file}: {click.style('rejected', fg='red')}: {outcome}")
    return worst(ExitCode.as_expected if isinstance(each, Recorded) else ExitCode.finding for each in outcomes)


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
