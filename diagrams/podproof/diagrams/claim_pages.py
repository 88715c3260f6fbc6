"""claim_pages: a page for every claim, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from podproof.diagrams.claim_views import SAME, ClaimView, RunView, Under, assumed
from podproof.diagrams.markdown import code, folded, hanging, page, paragraph, plain, table
from podproof.wording.counting import counted

ABOUT = """
Every claim that ships, as `podproof check` decides it. TRUE is proved for every number of containers, exhaustive for
the size that is said, or shown by a run; FALSE comes with a run, a shortest one where it has an end, and with the
assumptions under which the claim would be true.
"""


HELD = "These hold at the beginning, every step keeps them all, and together they imply the claim."
STILL = "Nothing moves here: this holds whatever the fields say."
SHOWN = "Nothing needs to be known of the state before: every such step shows it."
CHECKED = "A fresh solver checks that on every run, for any number of elements."


def claim_pages(claims: Sequence[ClaimView]) -> dict[str, str]:
    """The texts by file name."""
    return {"claims.md": index(claims), **{f"claims/{claim.id}.md": of_claim(claim) for claim in claims}}


def index(claims: Sequence[ClaimView]) -> str:
    counts = {
        verdict: sum(c.verdict == verdict for c in claims) for verdict in dict.fromkeys(c.verdict for c in claims)
    }
    summary = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items(), reverse=True))
    said = dict(sorted({name: sentence for claim in claims for name, sentence in assumed(claim)}.items()))
    rows = (
        (f"[{claim.id}](claims/{claim.id}.md)", plain(claim.sentence), claim.verdict, claim.known, _true_if(claim))
        for claim in claims
    )
    return page(
        "# Claims",
        paragraph(ABOUT),
        f"{counted(len(claims), 'claim')}: {summary}. What is assumed where a claim is true only under assumptions:",
        _sentences(said),
        table(("claim", "what it says", "verdict", "known by", "true if"), rows),
    )


def of_claim(claim: ClaimView) -> str:
    """Sentence, verdict, evidence."""
    return page(f"# {claim.id}", f"> {plain(claim.sentence)}", table(("", ""), _facts(claim)), *_evidence(claim))


def _facts(claim: ClaimView) -> Iterator[tuple[str, str]]:
    yield (
        "verdict",
        f"**{claim.verdict}**" + ("" if claim.verdict == claim.expected else f" (expected {claim.expected})"),
    )
    yield "known by", claim.known
    if claim.given:
        yield "given", "<br>".join(f"`{name}`: {plain(sentence)}" for name, sentence in claim.given)
    if claim.conditions:
        said = {name: sentence for condition in claim.conditions for name, sentence in condition.assumptions}
        yield "true if", "<br>".join((_true_if(claim), *(f"`{name}`: {plain(said[name])}" for name in said)))
    if claim.source:
        yield "source", plain(claim.source)
    yield "about", plain(claim.about)
    if claim.reason:
        yield "note", plain(claim.reason)
    for note in claim.notes:
        yield "note", plain(note)


def _evidence(claim: ClaimView) -> Iterator[str]:
    yield "The formula:"
    yield code("\n".join(paragraph(line) for line in claim.formula.splitlines()))
    if claim.run is not None:
        yield f"## {_kind(claim.run)}" + ("" if claim.verdict == "FALSE" else " that shows it")
        yield code(claim.run.text)
        if claim.run.steps:
            yield code(claim.run.mermaid, "mermaid")
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


def _sentences(said: Mapping[str, str]) -> str:
    return "\n".join(f"* `{name}`: {plain(sentence)}" for name, sentence in said.items())


def _clauses(invariant: Sequence[str]) -> str:
    return code("\n".join(map(hanging, invariant)))


def _true_if(claim: ClaimView) -> str:
    return " or ".join(
        " and ".join(f"`{name}`" for name, _ in condition.assumptions)
        + ("" if condition.verdict == "TRUE" else f" ({condition.verdict})")
        for condition in claim.conditions
    )
