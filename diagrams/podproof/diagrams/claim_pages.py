"""claim_pages: a page for every topic, with what is claimed, what was decided and a run, and one with all topics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from podproof.claims.catalogue import TOPICS
from podproof.diagrams.claim_views import ClaimView, assumed, true_if
from podproof.diagrams.editions import Edition
from podproof.diagrams.markdown import code, item, page, paragraph, plain, quoted, table
from podproof.wording.counting import counted

ABOUT = """
Every claim that ships, as `podproof check` decides it. TRUE is proved for every number of containers, exhaustive for
the size that is said, or shown by a run; FALSE comes with a run, a shortest one where it has an end, and with the
assumptions under which the claim would be true.
"""


def claim_pages(claims: Sequence[ClaimView], edition: Edition) -> dict[str, str]:
    """The texts by file name."""
    told = {claim.id: claim for claim in claims}
    topics = {topic: [told[each.id] for each in among if each.id in told] for topic, among in TOPICS.items()}
    topics = {topic: among for topic, among in topics.items() if among}
    pages = {f"{_place(topic)}.md": of_topic(topic, among, edition) for topic, among in topics.items()}
    return {"claims.md": index(topics), **pages}


def index(topics: Mapping[str, Sequence[ClaimView]]) -> str:
    claims = [claim for among in topics.values() for claim in among]
    of_topics = (
        (f"[{title(topic)}]({_place(topic)}.md)", len(among), _verdicts(among)) for topic, among in topics.items()
    )
    of_claims = (
        (f"[{claim.id}]({_place(topic)}.md#{claim.id})", plain(claim.sentence), claim.verdict)
        for topic, among in topics.items()
        for claim in among
    )
    return page(
        "# Claims",
        paragraph(ABOUT),
        f"{counted(len(claims), 'claim')}: {_verdicts(claims)}.",
        table(("topic", "claims", "verdicts"), of_topics),
        "## All of them",
        table(("claim", "what it says", "verdict"), of_claims),
    )


def of_topic(topic: str, claims: Sequence[ClaimView], edition: Edition) -> str:
    """A table of its claims, what the assumptions in it say, and a section for each claim, whose anchor is its id."""
    rows = (
        (f"[{claim.id}](#{claim.id})", plain(claim.sentence), claim.verdict, claim.known, true_if(claim, quoted))
        for claim in claims
    )
    said = dict(sorted({name: sentence for claim in claims for name, sentence in assumed(claim)}.items()))
    sections = [page(*_section(claim, edition.evidence(claim, _place(topic), title(topic)))) for claim in claims]
    return page(
        f"# {title(topic)}",
        f"{counted(len(claims), 'claim')}: {_verdicts(claims)}. [All topics](../claims.md)",
        paragraph(edition.rest),
        table(("claim", "what it says", "verdict", "known by", "true if"), rows),
        "What is assumed where a claim is true only under assumptions, or given:" if said else "",
        "\n".join(item(f"`{name}`: {plain(sentence)}") for name, sentence in said.items()),
        *sections,
    )


def title(topic: str) -> str:
    return topic[:1].upper() + topic[1:]


def _section(claim: ClaimView, evidence: str) -> Iterator[str]:
    yield f"## {claim.id}"
    yield f"> {plain(claim.sentence)}"
    yield "\n".join(map(item, _facts(claim)))
    if claim.run is not None:
        yield code(claim.run.text)
    yield evidence


def _facts(claim: ClaimView) -> Iterator[str]:
    odd = "" if claim.verdict == claim.expected else f" (expected {claim.expected})"
    yield f"**{claim.verdict}**{odd}, {claim.known}"
    if claim.given:
        yield f"given {' and '.join(quoted(name) for name, _ in claim.given)}"
    if claim.conditions:
        yield f"true if {true_if(claim, quoted)}" + ("" if claim.complete else "; there may be other ways")
    if claim.source:
        yield f"source: {plain(claim.source)}"
    yield from map(plain, filter(None, (claim.reason, *claim.notes)))


def _verdicts(claims: Sequence[ClaimView]) -> str:
    counts = Counter(claim.verdict for claim in claims)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items(), reverse=True))


def _place(topic: str) -> str:
    """Where its page is, without the ending: words and hyphens only."""
    return f"claims/{'-'.join(re.sub(r'[^a-z0-9 ]', '', topic.lower()).split())}"
