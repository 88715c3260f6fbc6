"""podproof verify: is my own state machine sound?"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode, worst
from podproof.cli.files import expect_writable, write
from podproof.cli.findings import Baseline, baseline_options, format_option, tell
from podproof.cli.terminal import fit
from podproof.cli.user_code import UnusableCode, blaming, place_of, run_module
from podproof.findings.finding import Location
from podproof.findings.writers import Results
from podproof.language import DeclarationError
from podproof.properties.formulas import Formula
from podproof.verify.covering import covering_tests, may_overwrite
from podproof.verify.exploring import Bounds
from podproof.verify.reading import Unreadable
from podproof.verify.report import Report, as_json, text
from podproof.verify.report import verify as verified
from podproof.verify.rules import BY_ID
from podproof.verify.sources import looks_like_one, machine_of
from podproof.wording.counting import counted
from podproof.wording.near import did_you_mean
from transitions import Machine

HINT = "name a module or a FILE.py, and a machine in it: MODULE:NAME"


@click.command()
@click.argument("target", metavar="MODULE:NAME", shell_complete=completion.files)
@click.option(
    "--claims", "claims_name", metavar="NAME", help="Your claims in the module [default: NAME_claims, claims]."
)
@click.option("--final", multiple=True, metavar="STATE", help="A state that is meant as an end. Can be repeated.")
@click.option("--initial", multiple=True, metavar="STATE", help="Begin there. Can be repeated.")
@click.option("--auto-transitions", is_flag=True, help="Count the to_STATE events that transitions adds by itself.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULE",
    type=click.Choice(list(BY_ID)),
    help="Leave out findings. Can be repeated.",
)
@click.option(
    "--tests",
    "tests_file",
    metavar="FILE",
    shell_complete=completion.files,
    help="Write a pytest file that takes every transition once.",
)
@click.option("--force", is_flag=True, help="Let --tests replace a file that podproof did not write.")
@baseline_options
@format_option
@click.option("--states", type=click.IntRange(min=1), default=10_000, show_default=True, help="Most states.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.001),
    default=60.0,
    show_default=True,
    help="Most work: 5,000 events tried for each, on any computer.",
)
@click.option("-q", "--quiet", is_flag=True, help="Only what is wrong.")
def verify(
    target: str,
    claims_name: str | None,
    final: tuple[str, ...],
    initial: tuple[str, ...],
    auto_transitions: bool,
    ignore: tuple[str, ...],
    tests_file: str | None,
    force: bool,
    known: str | None,
    write_known: str | None,
    output_format: str,
    states: int,
    seconds: float,
    quiet: bool,
) -> None:
    """Say what is wrong with a state machine of yours, made with transitions.

    MODULE is a Python file or module. It is run, and nothing else of yours: no condition and no callback. NAME is a
    machine, its model, its configuration (a dict with states), or a class or function that makes one.
    """
    fit()
    if tests_file is not None:
        expect_writable(tests_file, ("py",))
    if tests_file is not None and not force and not may_overwrite(Path(tests_file)):
        raise click.ClickException(f"{tests_file} was not written by podproof verify; --force replaces it")
    baseline = Baseline("verify", known, write_known)
    try:
        named = named_machine(target)
        claims = _claims(named, claims_name)
        report = verified(
            named.machine,
            claims,
            final=final,
            initial=initial,
            auto_transitions=auto_transitions,
            ignore=ignore,
            bounds=Bounds(states, seconds),
            name=named.target,
            location=Location(place_of(named.target.rpartition(":")[0], named.names)[0]),
        )
    except UnusableCode as error:
        raise click.ClickException(str(error)) from error
    except (Unreadable, DeclarationError) as error:
        other = claims_name is None and str(error).startswith("claim ")
        hint = "; claims about another machine are found under its name: NAME_claims" if other else ""
        raise click.ClickException(f"{target}: {error}{hint}") from error
    if tests_file is not None:
        _write_tests(Path(tests_file), report, initial, auto_transitions)
    compared = baseline.compare(report.findings, lambda rule, subject: rule not in ignore and not report.undecided)
    report = replace(report, findings=compared.findings)

    def lines() -> Iterator[str]:
        if not quiet or not report.ok or any(claim.unless for claim in report.claims):
            yield "\n".join(text(report, quiet=quiet)).strip("\n")
        yield from baseline.lines(compared)

    tell(
        Results(lambda: report.findings, lines, lambda: as_json(report) | {"baseline": baseline.document(compared)}),
        output_format,
    )
    sys.exit(exit_code(report))


def exit_code(report: Report) -> ExitCode:
    codes = [ExitCode.finding] if report.wrong else []
    return worst([*codes, *([ExitCode.undecided] if report.undecided else [])])


@dataclass(frozen=True)
class Named:
    """What MODULE:NAME stands for. names: everything else in the module."""

    target: str
    machine: Machine
    names: Mapping[str, Any]


def named_machine(target: str) -> Named:
    """Run the module and find the machine; where it has only one, its name may be left out.

    Raises UnusableCode, Unreadable.
    """
    module, colon, name = target.rpartition(":")
    if not colon:
        module, name = target, ""
    names = run_module(module, HINT)
    if not name:
        name = _only_machine(module, names)
    thing: Any = names
    for number, part in enumerate(name.split(".")):
        inside = thing if number == 0 else {each: getattr(thing, each) for each in [part] if hasattr(thing, each)}
        if part not in inside:
            raise UnusableCode(f"{module}: no {name} in it{_near(name, names)}")
        thing = inside[part]
    try:
        machine = machine_of(thing)
    except Unreadable:
        raise
    except Exception:  # a class or function of the user's was called
        with blaming(*place_of(module, names)):
            raise
    return Named(f"{module}:{name}", machine, names)


def _only_machine(module: str, names: Mapping[str, Any]) -> str:
    found = [name for name, value in names.items() if looks_like_one(value)]
    if len(found) != 1:
        which = f"it has {', '.join(found)}" if found else "it has no machine"
        raise UnusableCode(f"{module}: say which machine is meant, {module}:NAME; {which}")
    return found[0]


def _near(name: str, names: Mapping[str, Any]) -> str:
    machines = [each for each, value in names.items() if looks_like_one(value)]
    otherwise = f"; its machines are {', '.join(machines)}" if machines else ""
    return did_you_mean(name, [each for each in names if not each.startswith("__")], otherwise)


def _claims(named: Named, asked: str | None) -> Any:
    """The claims that are asked for, or those of the module under the usual names."""
    if asked is not None:
        if asked not in named.names:
            raise UnusableCode(f"{named.target}: no claims {asked} in the module{_near(asked, named.names)}")
        return named.names[asked]
    usual = (f"{named.target.rpartition(':')[2]}_claims", "claims")
    return next((named.names[name] for name in usual if _has_formulas(named.names.get(name))), ())


def _has_formulas(value: Any) -> bool:
    if isinstance(value, Mapping):
        value = list(value.values())
    return isinstance(value, Formula) or (
        isinstance(value, list | tuple) and any(isinstance(each, Formula) for each in value)
    )


def _write_tests(file: Path, report: Report, initial: tuple[str, ...], auto_transitions: bool) -> None:
    content, tests, skipped = covering_tests(
        report.explored,
        report.findings,
        report.name,
        file.parent,
        initial=initial,
        auto_transitions=auto_transitions,
    )
    write(str(file), content.encode())
    left = f", {skipped} of the transitions not taken (the file says why)" if skipped else ""
    click.echo(f"podproof: wrote {file}: {counted(tests, 'test')}{left}", err=True)
