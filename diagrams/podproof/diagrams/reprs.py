"""reprs: how machines, systems, claims, results, runs and quotients look in a notebook.

The classes live in rooms that know nothing of pictures, so IPython is told about them from here. As text they look the
way their own `repr` says.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from podproof.certificates.counterexample import replay, text
from podproof.check.decide import Result
from podproof.diagrams import coupled, machine, quotients
from podproof.diagrams.drawings import Drawing
from podproof.diagrams.lanes import Lanes
from podproof.diagrams.render import render
from podproof.diagrams.sequences import timeline
from podproof.engines.quotient import Quotient
from podproof.language import Machine, System
from podproof.properties.answer import Answer, Verdict
from podproof.properties.claim import Claim
from podproof.properties.trace import Trace

COLOURS = {Verdict.TRUE: "#047857", Verdict.FALSE: "#b91c1c", Verdict.UNKNOWN: "#92400e", Verdict.ERROR: "#92400e"}


def of_claim(claim: Claim) -> str:
    return f"<p><strong>{escape(claim.id)}</strong>: {escape(claim.sentence)}</p>{_code(str(claim.formula))}"


def of_result(result: Result) -> str:
    """Verdict, sentence, when it would be true, and the run."""
    claim = result.claim
    rows = [f"<p>{_verdict(result.answer)} <strong>{escape(claim.id)}</strong>: {escape(claim.sentence)}</p>"]
    for word, condition in zip(("true if", *["or if"] * 99), result.assumption_sets, strict=False):
        said = " and ".join(f"{each} ({each.sentence.rstrip('.')})" for each in condition.assumptions)
        rows.append(f"<p>{word} {escape(said)}</p>")
    rows += [escape(result.reason)] if result.reason else []
    rows += [of_trace(result.answer.trace)] if result.answer.trace is not None else []
    return "\n".join(rows)


def of_answer(answer: Answer) -> str:
    return f"<p>{_verdict(answer)}</p>" + (of_trace(answer.trace) if answer.trace is not None else "")


def of_trace(trace: Trace) -> str:
    """The run step by step as on the terminal, and as a picture."""
    run = replay(trace)
    return _code(text(run)) + within(timeline(run, f"a run of {trace.system}").dot())


def within(dot: str) -> str:
    """The picture as a part of a page, made smaller where the page is narrower than it."""
    svg = render(dot).decode()
    return svg[svg.index("<svg") :].replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


SVG: dict[type[Any], Callable[[Any], str]] = {
    Machine: machine.dot,
    System: coupled.dot,
    Quotient: quotients.dot,
    Lanes: Lanes.dot,
    Drawing: lambda drawing: str(drawing.dot()),
}
HTML: dict[type[Any], Callable[[Any], str]] = {Claim: of_claim, Result: of_result, Answer: of_answer, Trace: of_trace}


def register(formatters: Any) -> None:
    """Tell IPython's formatters (`get_ipython().display_formatter.formatters`).

    A picture is both an image and a part of the page: only there its tooltips show, and it fits the page.
    """
    for shown, dot in SVG.items():
        formatters["text/html"].for_type(shown, lambda value, dot=dot: within(dot(value)))
        formatters["image/svg+xml"].for_type(shown, lambda value, dot=dot: render(dot(value)).decode())
    for shown, html in HTML.items():
        formatters["text/html"].for_type(shown, html)
    for shown in (*SVG, *HTML):
        formatters["text/plain"].for_type(shown, lambda value, printer, cycle: printer.text(repr(value)))


def _code(said: str) -> str:
    return f'<pre style="font-family:monospace">{escape(said)}</pre>'


def _verdict(answer: Answer) -> str:
    return f'<strong style="color:{COLOURS[answer.verdict]}">{answer.verdict}</strong> ({escape(answer.known)})'
