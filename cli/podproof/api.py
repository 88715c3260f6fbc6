"""podproof as a library: every verb as a function, and what a claim is made of.

>>> from podproof.api import POD, Always, Claim, Verdict, check
>>> from podproof.pod.states import Phase, api_phase
>>> claim = Claim("never-unknown", "The phase is one of four.", Always(api_phase.is_(*Phase)), POD)
>>> check([claim])[0].verdict is Verdict.TRUE
True
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podproof.claims.catalogue import CLAIMS
from podproof.claims.claim import Claim
from podproof.claims.formulas import (
    Always,
    Equals,
    Follows,
    Formula,
    Never,
    NoReturn,
    Only,
    Passes,
    Reachable,
    Shortest,
    Step,
)
from podproof.claims.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo
from podproof.evidence.decide import Condition, Judge, Result
from podproof.evidence.verdicts import Limits, Method, Trace, Verdict
from podproof.language import Machine, System, strong, weak
from podproof.plain.words import at, on
from podproof.pod.pod import POD

if TYPE_CHECKING:
    from podproof.evidence.hygiene import Hygiene
    from podproof.fidelity.corpus import Tally
    from podproof.plain.exploring import Bounds
    from podproof.plain.rehearsal import Rehearsal
    from podproof.plain.report import Report, verify

__all__ = [
    "CLAIMS",
    "POD",
    "Always",
    "Bounds",
    "Claim",
    "Condition",
    "Equals",
    "Eventually",
    "EventuallyAlways",
    "Follows",
    "Formula",
    "InfinitelyOften",
    "Judge",
    "LeadsTo",
    "Limits",
    "Machine",
    "Method",
    "Never",
    "NoReturn",
    "Only",
    "Passes",
    "Reachable",
    "Rehearsal",
    "Report",
    "Result",
    "Shortest",
    "Step",
    "System",
    "Trace",
    "Verdict",
    "at",
    "check",
    "conform",
    "diagram",
    "explain",
    "lint",
    "load",
    "on",
    "strong",
    "verify",
    "weak",
]

LAZY = {
    "Bounds": "podproof.plain.exploring",
    "Rehearsal": "podproof.plain.rehearsal",
    "Report": "podproof.plain.report",
    "verify": "podproof.plain.report",
}
"""Where to find what needs all of `transitions`, with its asyncio machines: imported when it is asked for."""


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(LAZY[name]), name)


def check(claims: Iterable[Claim] = CLAIMS, limits: Limits | None = None, conditions: bool = True) -> list[Result]:
    """Decide claims. conditions: also ask under which assumptions the false ones would be true."""
    judge = Judge(limits)
    return [judge.decide(claim, conditions) for claim in claims]


def explain(*files: str) -> list[Any]:
    """What the Pods in manifests can do, and why live ones are where they are: one `Explanation` a Pod.

    Raises ValueError with the problems, one a line, where a file has no Pod that can be read.
    """
    from podproof.evidence.explanation import explain as explanation
    from podproof.pod.manifests import read

    reading = read(files)
    if reading.problems and not reading.documents:
        raise ValueError("\n".join(map(str, reading.problems)))
    return [explanation(document) for document in reading.documents]


def lint(claims: Iterable[Claim] = CLAIMS) -> Hygiene:
    """What is declared and does nothing, in the claims and in the systems that they are about."""
    from podproof.claims.explained import EXPLAINED
    from podproof.evidence.hygiene import lint as look

    asked = tuple(claims)
    return look(asked, EXPLAINED if asked == CLAIMS else ())


def conform(*files: str, differences: int = 3) -> list[Tally]:
    """Compare the rules with what Kubernetes' own functions computed: one `Tally` a file of records.

    The name of a file says which function was recorded. Raises ValueError for a file that is no such record, OSError.
    """
    from podproof.fidelity.catalogue import tally
    from podproof.fidelity.corpus import Unreadable, corpus_name, lines

    try:
        return [tally(corpus_name(file), lines(Path(file)), differences) for file in files]
    except Unreadable as error:
        raise ValueError(str(error)) from error


def diagram(machine: Machine[Any] | str, format: str = "svg") -> bytes:
    """A machine, or the shipped one of that name, drawn as svg, png, pdf, dot or mermaid."""
    from podproof.diagrams.catalogue import find
    from podproof.diagrams.machine import dot, mermaid
    from podproof.diagrams.render import render

    drawn = find(machine) if isinstance(machine, str) else machine
    if format in ("dot", "mermaid"):
        return (dot(drawn) if format == "dot" else mermaid(drawn)).encode()
    return bytes(render(dot(drawn), format))


def load(target: str, beside: str = "") -> Any:
    """The `transitions` machine that MODULE:NAME stands for, as on the command line; the module is run.

    beside: a file from whose folder the path of MODULE goes. Raises ValueError where there is no such machine.
    """
    from podproof.cli.user_code import UnusableCode
    from podproof.cli.verify import named_machine

    try:
        return named_machine(str(Path(beside).parent / target) if beside else target).machine
    except UnusableCode as error:
        raise ValueError(str(error)) from error
