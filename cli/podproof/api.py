"""podproof as a library: every verb as a function, what a claim is made of, and the words for Pods and for machines.

>>> from podproof.api import POD, Always, Claim, Phase, Verdict, api_phase, check
>>> claim = Claim("never-unknown", "The phase is one of four.", Always(api_phase.is_(*Phase)), POD)
>>> check([claim])[0].verdict is Verdict.TRUE
True
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podproof.check.decide import Judge, Result
from podproof.check.ways import AssumptionSet
from podproof.claims.catalogue import CLAIMS
from podproof.findings.finding import Finding, Rule
from podproof.findings.ignores import Ignore
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary import events
from podproof.kubernetes.vocabulary.assumptions import (
    no_app_policies,
    no_container_policies,
    no_deadline,
    no_deletion,
    no_eviction,
    no_finalizer,
    no_init_containers,
    no_podgc,
    no_preemption,
    no_rejection,
    no_sandbox_loss,
    no_shutdown,
    no_sidecars,
    restarts_always,
)
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    Exit,
    RestartPolicy,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
    sidecar,
    some_container,
    some_init,
)
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Deadline,
    InitRun,
    Object,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    assigned,
    created,
    deadline,
    ended,
    finalizer,
    init_ended,
    init_run,
    init_started,
    local_phase,
    object_,
    run,
    sandbox,
    worker,
)
from podproof.language import (
    ANY,
    FALSE,
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    Event,
    Expr,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    UnsupportedError,
    Variable,
    conjunction,
    counter,
    disjunction,
    flag,
    if_then_else,
    larger,
    named,
    number,
    parameter,
    sets,
    smaller,
    state,
    stopwatch,
    strong,
    tick,
    timer,
    weak,
)
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Becomes, Equals, Follows, Formula, Never, Only, Reachable, Step
from podproof.properties.limits import Limits
from podproof.properties.mutations import Change, Mutation
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo
from podproof.properties.trace import Trace
from podproof.properties.whole_runs import NoReturn, Passes, Shortest
from podproof.verify.words import Accepts, at, on

if TYPE_CHECKING:
    from podproof.certificates.counterexample import ReplayedRun
    from podproof.conform.corpus import Tally
    from podproof.diagrams.lanes import Lanes
    from podproof.engines.quotient import Quotient
    from podproof.kubernetes.view import POD_WITH_STATUS
    from podproof.lint.hygiene import Hygiene
    from podproof.verify.exploring import Bounds
    from podproof.verify.rehearsal import Rehearsal
    from podproof.verify.report import Report, verify

__all__ = [
    "ANY",
    "CLAIMS",
    "FALSE",
    "POD",
    "POD_WITH_STATUS",
    "TERMINAL",
    "TRUE",
    "Accepts",
    "Actor",
    "Always",
    "Answer",
    "Assumption",
    "AssumptionSet",
    "Becomes",
    "Bounds",
    "Change",
    "Claim",
    "ContainerPolicy",
    "Deadline",
    "DeclarationError",
    "Equals",
    "Event",
    "Eventually",
    "EventuallyAlways",
    "Exit",
    "Expr",
    "Finding",
    "Follows",
    "Formula",
    "Ignore",
    "InfinitelyOften",
    "InitRun",
    "Judge",
    "Kind",
    "LeadsTo",
    "Limits",
    "Machine",
    "Method",
    "Mutation",
    "Never",
    "NoReturn",
    "Object",
    "Only",
    "Passes",
    "Phase",
    "Reachable",
    "Rehearsal",
    "Report",
    "RestartPolicy",
    "Result",
    "Rule",
    "Run",
    "Sandbox",
    "Scope",
    "Shortest",
    "Step",
    "System",
    "Trace",
    "Transition",
    "UnsupportedError",
    "Variable",
    "Verdict",
    "Worker",
    "api_phase",
    "assigned",
    "at",
    "check",
    "conform",
    "conjunction",
    "counter",
    "created",
    "deadline",
    "diagram",
    "disjunction",
    "ended",
    "events",
    "explain",
    "finalizer",
    "flag",
    "if_then_else",
    "init",
    "init_ended",
    "init_policy",
    "init_run",
    "init_started",
    "larger",
    "lint",
    "load",
    "local_phase",
    "named",
    "no_app_policies",
    "no_container_policies",
    "no_deadline",
    "no_deletion",
    "no_eviction",
    "no_finalizer",
    "no_init_containers",
    "no_podgc",
    "no_preemption",
    "no_rejection",
    "no_sandbox_loss",
    "no_shutdown",
    "no_sidecars",
    "number",
    "object_",
    "on",
    "own_policy",
    "parameter",
    "picture",
    "policy",
    "quotient",
    "regular",
    "replay",
    "report",
    "restarts_always",
    "run",
    "sandbox",
    "sets",
    "sidecar",
    "smaller",
    "some_container",
    "some_init",
    "state",
    "stopwatch",
    "strong",
    "tick",
    "timeline",
    "timer",
    "verify",
    "weak",
    "worker",
]

LAZY = {
    "POD_WITH_STATUS": "podproof.kubernetes.view",
    "Bounds": "podproof.verify.exploring",
    "Rehearsal": "podproof.verify.rehearsal",
    "Report": "podproof.verify.report",
    "verify": "podproof.verify.report",
}
"""Where to find what is imported when it is asked for: it needs all of `transitions`, or all rules."""


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(LAZY[name]), name)


def check(claims: Iterable[Claim] = CLAIMS, limits: Limits | None = None, assumption_sets: bool = True) -> list[Result]:
    """Decide claims. assumption_sets: also ask under which assumptions the false ones would be true."""
    judge = Judge(limits)
    return [judge.decide(claim, assumption_sets) for claim in claims]


def explain(*files: str) -> list[Any]:
    """What the Pods in manifests can do, and why live ones are where they are: one `Explanation` a Pod.

    Raises ValueError with the problems, one a line, where a file has no Pod that can be read.
    """
    from podproof.explain.explanation import explain as explanation
    from podproof.kubernetes.objects.manifests import read

    reading = read(files)
    if reading.problems and not reading.documents:
        raise ValueError("\n".join(map(str, reading.problems)))
    return [explanation(document) for document in reading.documents]


def lint(claims: Iterable[Claim] = CLAIMS, ignores: Iterable[Ignore] = ()) -> Hygiene:
    """What is declared and does nothing, in the claims and in the systems that they are about.

    ignores: what of it is all right, and why; what they do not find is a finding itself.
    """
    from podproof.lint.hygiene import lint as look
    from podproof.lint.ignored import IGNORED

    asked = tuple(claims)
    return look(asked, (*(IGNORED if asked == CLAIMS else ()), *ignores))


def conform(*files: str, differences: int = 3) -> list[Tally]:
    """Compare the rules with what Kubernetes' own functions computed: one `Tally` a file of records.

    The name of a file says which function was recorded. Raises ValueError for a file that is no such record, OSError.
    """
    from podproof.conform.catalogue import tally
    from podproof.conform.corpus import Unreadable, corpus_name, lines

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


def picture(name: str) -> Any:
    """What `podproof diagram` draws by that name, for a notebook; its `dot()` and `mermaid()` are text."""
    from podproof.diagrams.drawings import draw

    return draw(name)


def timeline(shown: Result | Trace) -> Lanes:
    """A run, or the one behind a result, as who does what to whom. Raises ValueError where there is none."""
    from podproof.certificates.counterexample import replay
    from podproof.diagrams.sequences import timeline as lanes

    trace = shown.answer.trace if isinstance(shown, Result) else shown
    if trace is None:
        raise ValueError("there is no run behind this result")
    return lanes(replay(trace), shown.claim.id if isinstance(shown, Result) else f"a run of {trace.system}")


def quotient(system: System, sizes: Sizes, *values: Expr[Any], limits: Limits | None = None) -> Quotient:
    """Everything that a system with so many elements of each kind can do, seen through the values of expressions."""
    from podproof.engines.quotient import of
    from podproof.engines.quotient import quotient as explored

    return explored(of(", ".join(map(str, values)), system, *values), sizes, limits)


def replay(trace: Trace) -> ReplayedRun:
    """A run once more, on `transitions` machines, with what kubectl prints. Raises ReplayError where it is no run."""
    from podproof.certificates.counterexample import replay as again

    return again(trace)


def report(claims: Iterable[str] | None = None, title: str = "What a Pod can and cannot do") -> str:
    """The page of `podproof report` as HTML: all claims that ship, or those of these ids."""
    from podproof.diagrams.claim_views import claim_views
    from podproof.diagrams.report import report as page

    return page(tuple(claim_views(None if claims is None else list(claims))), title)


def _show_in_notebooks() -> None:
    """Where IPython runs, objects of podproof are shown as pictures."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        from podproof.cli.explained import text
        from podproof.diagrams.reprs import register
        from podproof.explain.answers import Explanation

        formatters = shell.display_formatter.formatters
        register(formatters)
        formatters["text/plain"].for_type(Explanation, lambda told, printer, _: printer.text(text([told])))


_show_in_notebooks()
