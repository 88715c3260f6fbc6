"""evidence_pages: all that shows a claim, on a page of its own: formula, run, invariants, assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from podproof.diagrams.claim_views import SAME, ClaimView, RunView, Under, true_if
from podproof.diagrams.markdown import code, folded, hanging, page, paragraph, plain, quoted, table

HELD = "These hold at the beginning, every step keeps them all, and together they imply the claim."
STILL = "Nothing moves here: this holds whatever the fields say."
SHOWN = "Nothing needs to be known of the state before: every such step shows it."
CHECKED = "A fresh solver checks that on every run, for any number of elements."


def of_claim(claim: ClaimView, topic: str, picture: str) -> str:
    """topic: a link to where it stands among others; picture: of its run, if it has steps."""
    head, *facts = _facts(claim, topic)
    return page(
        f"# {claim.id}",
        f"> {plain(claim.sentence)}",
        table(head, facts),
        *_evidence(claim, picture),
    )


def _facts(claim: ClaimView, topic: str) -> Iterator[tuple[str, str]]:
    odd = "" if claim.verdict == claim.expected else f" (expected {claim.expected})"
    yield "verdict", f"**{claim.verdict}**{odd}"
    yield "known by", claim.known
    if claim.given:
        yield "given", "<br>".join(f"`{name}`: {plain(sentence)}" for name, sentence in claim.given)
    if claim.conditions:
        said = {name: sentence for condition in claim.conditions for name, sentence in condition.assumptions}
        sentences = (f"`{name}`: {plain(sentence)}" for name, sentence in said.items())
        yield "true if", "<br>".join((true_if(claim, quoted), *sentences))
    if claim.source:
        yield "source", plain(claim.source)
    yield "topic", topic
    yield "about", plain(claim.about)
    for note in filter(None, (claim.reason, *claim.notes)):
        yield "note", plain(note)


def _evidence(claim: ClaimView, picture: str) -> Iterator[str]:
    yield "The formula:"
    yield code("\n".join(paragraph(line) for line in claim.formula.splitlines()))
    if claim.run is not None:
        yield f"## {_kind(claim.run)}" + ("" if claim.verdict == "FALSE" else " that shows it")
        yield code(claim.run.text)
        yield picture
    if claim.proved:
        yield "## The proof"
        yield paragraph(f"{STILL if not claim.moves else HELD if claim.invariant else SHOWN} {CHECKED}")
    if claim.invariant:
        yield _clauses(claim.invariant)
    if claim.conditions:
        yield "## When it would be true"
        yield paragraph(
            "Each of these sets of assumptions is enough, and none of its members can be left out."
            + ("" if claim.complete else " There may be others.")
        )
        for condition in claim.conditions:
            yield from _condition(condition)


def _kind(run: RunView) -> str:
    return "A run without an end" if run.endless else "A shortest run" if run.steps else "A case"


def _condition(condition: Under) -> Iterator[str]:
    yield f"### {' and '.join(name for name, _ in condition.assumptions)}"
    yield f"{condition.verdict}: {condition.known}."
    if condition.invariant:
        yield folded("the invariant", _clauses(condition.invariant))
    for name, run in condition.without:
        yield f"Without `{name}`: {SAME}." if run == SAME else folded(f"without {name}", code(run))


def _clauses(invariant: Sequence[str]) -> str:
    return code("\n".join(map(hanging, invariant)))
