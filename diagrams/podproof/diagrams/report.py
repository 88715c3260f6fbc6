"""report: one page with claims, evidence and pictures, to be read anywhere, also without JavaScript and on paper.

A claim's id is an id on the page; every other one begins with `_`, as no claim's does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from podproof.diagrams import machine, quotients
from podproof.diagrams.catalogue import machines
from podproof.diagrams.claim_views import SAME, ClaimView, RunView, Under, assumed, true_if
from podproof.diagrams.drawings import SIZES, drawings, views
from podproof.diagrams.html import code, document, figure, folded, row, table
from podproof.engines.quotient import Quotient, quotient
from podproof.properties.answer import Verdict
from podproof.wording.counting import counted

QUOTIENTS = ("by-phase", "by-status", "by-conditions")
PICTURES = ("pod", "phases", "creation", "deletion", "every-way-to-phase-running", "every-way-to-phase-succeeded")


def report(claims: Sequence[ClaimView], title: str = "What a Pod can and cannot do") -> str:
    """The page as HTML."""
    return document(title, _body(claims, title))


def _body(claims: Sequence[ClaimView], title: str) -> Iterator[str]:
    yield f"<header><h1>{escape(title)}</h1>"
    counts = Counter(claim.verdict for claim in claims)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    yield f"<p>{counted(len(claims), 'claim')} decided by podproof: {said}. TRUE is proved for every number of"
    yield "containers, holds in all states of a stated size, or is shown by a run; FALSE comes with a run. Every run"
    yield "was replayed.</p>"
    yield '<nav><a href="#_assumptions">Assumptions</a><a href="#_claims">Claims</a><a href="#_evidence">Evidence</a>'
    yield '<a href="#_pictures">Pictures</a>'
    yield '<a href="#_quotients">Everything a small Pod can do</a><a href="#_machines">Machines</a>'
    yield '</nav><p class="hint" hidden>Keys: <kbd>→</kbd> or <kbd>n</kbd> begins the run in sight, or the next one'
    yield "below, and goes to its next step; <kbd>←</kbd> or <kbd>p</kbd> goes back, <kbd>Esc</kbd> leaves it. The"
    yield "address names the step.</p></header><main>"
    yield from _assumptions(claims)
    yield from _claims(claims)
    yield '<h2 id="_evidence">Evidence</h2>'
    for claim in claims:
        yield from _evidence(claim)
    yield '<h2 id="_pictures">Pictures</h2>'
    known = drawings()
    for name in PICTURES:
        doc = known[name].doc
        yield f'<h3 id="_picture-{name}">{escape(doc)}</h3>{figure(known[name].dot(), f"_{name}", doc)}'
    yield '<h2 id="_quotients">Everything a small Pod can do</h2>'
    for name in QUOTIENTS:
        yield from _quotient(name, quotient(views()[name](), SIZES))
    yield '<h2 id="_machines">Machines</h2>'
    for name, drawn in machines().items():
        yield f'<h3 id="_machine-{name}">{escape(drawn.name)}</h3>{figure(machine.dot(drawn), f"_{name}", drawn.doc)}'
    yield '</main><div id="_bar" role="status" hidden><a data-move="-1" href="#">← back</a><span></span>'
    yield '<a data-move="1" href="#">next →</a><a data-leave href="#">leave</a></div>'


def _assumptions(claims: Sequence[ClaimView]) -> Iterator[str]:
    """What each says, before its name stands anywhere."""
    said = {name: sentence for claim in claims for name, sentence in assumed(claim)}
    said |= {each.name: each.sentence for name in QUOTIENTS for each in views()[name]().system.assumed}
    items = "".join(f"<li><strong>{escape(name)}</strong>: {escape(said[name])}</li>" for name in sorted(said))
    yield f'<h2 id="_assumptions">Assumptions</h2><ul>{items}</ul>'


def _claims(claims: Sequence[ClaimView]) -> Iterator[str]:
    yield '<h2 id="_claims">Claims</h2>'
    options = "".join(f"<option>{verdict}</option>" for verdict in sorted({claim.verdict for claim in claims}))
    yield '<div class="controls" data-rows="_claim-table" hidden><label>Words <input type="search"></label>'
    yield f'<label>Verdict <select data-column="2"><option value="">any</option>{options}</select></label>'
    yield "<output></output></div>"
    rows = (
        row(
            (
                f'<a href="#{claim.id}">{claim.id}</a>',
                escape(claim.sentence),
                _verdict(claim.verdict),
                escape(claim.known),
                escape(true_if(claim)),
            ),
            data_also=claim.id,
        )
        for claim in claims
    )
    yield table(("claim", "what it says", "verdict", "known by", "true if"), rows, "_claim-table", look="claims")


def _evidence(claim: ClaimView) -> Iterator[str]:
    yield f'<article id="{claim.id}"><h3>{claim.id}</h3>'
    yield f"<p>{_verdict(claim.verdict)} {escape(claim.sentence)}</p>"
    yield f'<p class="quiet">{escape(_facts(claim))}</p>'
    if claim.run is not None:
        yield from _run(claim.id, claim.run)
    yield folded("the formula", code(claim.formula))
    if claim.invariant:
        yield folded("the invariant that proves it", code("\n".join(claim.invariant)))
    for condition in claim.conditions:
        yield from _condition(condition)
    yield "</article>"


def _facts(claim: ClaimView) -> str:
    given = f"given {', '.join(name for name, _ in claim.given)}" if claim.given else ""
    source = f"source: {claim.source}" if claim.source else ""
    odd = "" if claim.verdict == claim.expected else f"expected {claim.expected}"
    return "; ".join(filter(None, (claim.known, odd, given, source, claim.reason, *claim.notes)))


def _run(claim: str, run: RunView) -> Iterator[str]:
    if not run.steps:  # a record, or the beginning: nothing to step through
        yield code(run.text)
        return
    yield f'<p class="hint" hidden><a href="#{claim}.0">step through</a></p>'
    header = ("", "who", "what", "what changes", *(("READY", "STATUS", "RESTARTS") if run.rows else ()))
    yield table(header, _steps(claim, run), caption=run.heading, look="steps")
    yield figure(run.dot, claim, f"The run as a picture: {run.heading}")


def _steps(claim: str, run: RunView) -> Iterator[str]:
    def kubectl(number: int) -> tuple[str, ...]:
        return tuple(map(escape, vars(run.rows[number]).values())) if run.rows else ()

    place = f"{claim}.0"
    yield row((_link(place, "0"), "", "the beginning", "", *kubectl(0)), id=place, data_step="0")
    for step in run.steps:
        place = f"{claim}.{step.number}"
        cells = (escape(step.actor), escape(step.label), escape("; ".join(step.changed)))
        yield row((_link(place, f"{step.number}"), *cells, *kubectl(step.number)), id=place, data_step=f"{step.number}")


def _link(place: str, words: str) -> str:
    return f'<a href="#{place}">{words}</a>'


def _condition(condition: Under) -> Iterator[str]:
    names = " and ".join(name for name, _ in condition.assumptions)
    yield f"<p>{condition.verdict} under <strong>{escape(names)}</strong> ({escape(condition.known)}).</p>"
    if condition.invariant:
        yield folded("the invariant that proves it", code("\n".join(condition.invariant)))
    for name, run in condition.without:
        yield f"<p>Without {escape(name)}: {SAME}.</p>" if run == SAME else folded(f"without {name}", code(run))


def _quotient(name: str, shown: Quotient) -> Iterator[str]:
    yield f'<h3 id="_quotient-{name}">{escape(shown.view.name)}</h3><p>{escape(quotients.description(shown))}</p>'
    yield f'<div class="controls" data-rows="_{name}-table" hidden>'
    for column, label in enumerate(("from", "to")):
        options = "".join(f"<option>{escape(each.name)}</option>" for each in shown.classes)
        yield f'<label>{label} <select data-column="{column}"><option value="">any</option>{options}</select></label>'
    yield '<label>event <input type="search" data-column="2"></label><output></output></div>'
    yield figure(quotients.dot(shown), f"_{name}", f"The Pod by {shown.view.name}")
    drawn = quotients.parts(shown)
    rows = (
        row(
            (
                escape(way.source),
                escape(way.dest),
                "<br>".join(escape(f"{event.actor}: {event}") for event in way.events),
                f"{way.steps:,}",
                folded(counted(len(way.example), "step"), code(quotients.run_text(way.example))),
            ),
            data_also=f"_{name}:{drawn[way]}",
        )
        for way in shown.ways
    )
    yield table(("from", "to", "events", "such steps", "a shortest run"), rows, f"_{name}-table", look="ways")


def _verdict(verdict: str) -> str:
    return f'<span class="verdict {verdict}">{verdict}</span>'
