"""podproof as a library: every verb as a function, and what a claim is made of.

>>> from podproof.api import POD, Always, Claim, Verdict, check
>>> from podproof.pod.states import Phase, api_phase
>>> claim = Claim("never-unknown", "The phase is one of four.", Always(api_phase.is_(*Phase)), POD)
>>> check([claim])[0].verdict is Verdict.TRUE
True
"""

from __future__ import annotations

from collections.abc import Iterable
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
from podproof.evidence.decide import Condition, Judge, Result
from podproof.evidence.verdicts import Limits, Method, Trace, Verdict
from podproof.language import Machine, System
from podproof.pod.pod import POD

if TYPE_CHECKING:
    from podproof.fidelity.corpus import Tally

__all__ = [
    "CLAIMS",
    "POD",
    "Always",
    "Claim",
    "Condition",
    "Equals",
    "Follows",
    "Formula",
    "Judge",
    "Limits",
    "Machine",
    "Method",
    "Never",
    "NoReturn",
    "Only",
    "Passes",
    "Reachable",
    "Result",
    "Shortest",
    "Step",
    "System",
    "Trace",
    "Verdict",
    "check",
    "conform",
    "diagram",
    "explain",
]


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


def diagram(drawn: Machine[Any] | Result | str, format: str = "svg") -> bytes:
    """A machine, the run behind a result, or what `podproof diagram` draws by that name, as svg, png, pdf, dot or
    mermaid."""
    from podproof.diagrams.drawings import draw, of_machine, of_result
    from podproof.diagrams.render import render

    if isinstance(drawn, str):
        drawing = draw(drawn)
    else:
        drawing = of_machine(drawn) if isinstance(drawn, Machine) else of_result(drawn)
    if format in ("dot", "mermaid"):
        return (drawing.dot() if format == "dot" else drawing.mermaid()).encode()
    return bytes(render(drawing.dot(), format))
