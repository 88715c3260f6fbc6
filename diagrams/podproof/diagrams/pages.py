"""pages: documentation that is made from the model, the claims and what was proved of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from podproof.claims.catalogue import CLAIMS
from podproof.conform.catalogue import MODULES, find
from podproof.diagrams import snapshots
from podproof.diagrams.catalogue import machines
from podproof.diagrams.claim_pages import claim_pages
from podproof.diagrams.claim_views import ClaimView, claim_views
from podproof.diagrams.drawings import drawings
from podproof.diagrams.editions import Edition, Repository
from podproof.diagrams.machine_pages import machine_pages
from podproof.diagrams.markdown import page, paragraph, table
from podproof.diagrams.rule_page import rule_page
from podproof.explain.status_words import Sighting, sightings
from podproof.kubernetes.vocabulary.spec import init, policy
from podproof.kubernetes.vocabulary.states import Phase
from podproof.teeth.survivors import SURVIVORS
from podproof.wording.progress import Progress

ABOUT_WORDS = """
STATUS in `kubectl get pod` is not the phase. This table is computed: everything that a Pod with one container and at
most one init container or sidecar can do was explored, without other restart policies of containers, probes, and
reasons that a runtime or an image pull gives. A number is the length of a shortest run to a state that shows the word
in that phase; `-` means that there is none.
"""
ABOUT_PICTURES = """
`podproof diagram NAME -o FILE.svg` draws each of these with a legend and tooltips, and the counterexample of any claim.
In a protocol a solid arrow never comes before the one above it; the order at a dashed one is accidental. Where all
states of a small Pod are shown through a value, ≥ N is the length of a shortest run whose last step is that arrow.
"""
ABOUT_CORPORA = """
`podproof conform FILE...` compares the rules of the model with inputs and outputs that were recorded from Kubernetes'
own functions, one JSON object a line: `{"id", "input", "output"}`. A file's name says which function was recorded. The
rules are the expressions that claims are proved about.
"""
ABOUT_TEETH = """
`podproof teeth` changes every part of every transition of the Pod's machines, one at a time, and asks whether the
verdict of some claim changes in small Pods. These mutants are known to survive; `*` stands for any words. It ends with
exit code 1 if another one does. Mutants that take the same steps from every reachable state of small Pods are not
counted.
"""


ABOUT = """
Everything below is generated from the model and from what is proved of it (`make docs`); a test fails where a page is
no longer what they give.
"""
INDEX = (
    ("claims.md", "Claims: every statement with its verdict and its evidence"),
    ("machines.md", "Machines: the Pod and each of its parts"),
    ("pictures.md", "Pictures: phases, protocols, what every run passes, everything a small Pod can do"),
    ("status-words.md", "One STATUS word, which phases?"),
    ("conform.md", "What is compared with Kubernetes"),
    ("verify.md", "podproof verify: what is found in machines of your own (written by hand)"),
    ("findings.md", "Rules of findings: what explain, verify, lint and conform look for"),
    ("schemas/README.md", "Schemas of all JSON documents (written by hand)"),
    ("teeth.md", "Changes of the model that no claim notices"),
    ("decisions/README.md", "Decisions: why it is built this way (written by hand)"),
)


def pages(edition: Callable[[], Edition], claims: Iterable[ClaimView] | None = None) -> dict[str, str]:
    """The text of every page, and of what stands beside it, by file name. claims: where they are decided already."""
    with ProcessPoolExecutor(1) as pool:
        others = pool.submit(others_than_claims, edition)
        return {**of_claims(_decided() if claims is None else claims, edition()), **others.result()}


def _decided() -> Iterator[ClaimView]:
    with Progress(len(CLAIMS), "claim", "decided") as progress:
        for claim in claim_views():
            yield claim
            progress.one_more()


def of_claims(claims: Iterable[ClaimView], edition: Edition) -> dict[str, str]:
    texts = claim_pages(tuple(claims), edition)
    return {**texts, **edition.beside}


def others_than_claims(make: Callable[[], Edition]) -> dict[str, str]:
    """The pages that need no claim decided."""
    edition = make()
    texts = {
        "README.md": _index(),
        "pictures.md": _pictures(edition),
        "status-words.md": _status_words(),
        "conform.md": _conform(),
        "teeth.md": _teeth(),
        "findings.md": rule_page(),
        **machine_pages(edition),
    }
    return {**texts, **edition.beside}


def stale(directory: str | os.PathLike[str], claims: Iterable[ClaimView] | None = None) -> list[str]:
    """File names of pages in `directory` that are missing or no longer what the model gives. claims: as for `pages`."""
    return snapshots.stale(pages(Repository, claims), directory)


def write(directory: str | os.PathLike[str]) -> None:
    """Write every page."""
    snapshots.write(pages(Repository), directory)


def _index() -> str:
    return page("# podproof", paragraph(ABOUT), [f"* [{what}]({name})" for name, what in INDEX])


def _pictures(edition: Edition) -> str:
    shown = [drawing for name, drawing in drawings().items() if name not in machines()]
    blocks = ((f"## {drawing.name}", drawing.doc, edition.picture(drawing)) for drawing in shown)
    return page("# Pictures", paragraph(ABOUT_PICTURES), *(block for each in blocks for block in each))


def _status_words() -> str:
    """STATUS × phase × shortest example."""
    seen = sightings()
    words = list(dict.fromkeys(s.word for s in seen))
    return page(
        "# One STATUS word, which phases?",
        paragraph(ABOUT_WORDS),
        table(["STATUS", *Phase], ([f"`{word}`", *_lengths(seen, word)] for word in words)),
        "## Shortest examples",
        [line for sighting in seen for line in _example(sighting)],
    )


def _lengths(seen: Sequence[Sighting], word: str) -> Iterator[str]:
    for phase in Phase:
        found = [len(s.trace) for s in seen if (s.word, s.phase) == (word, phase)]
        yield str(found[0]) if found else "-"


def _example(sighting: Sighting) -> Iterator[str]:
    trace = sighting.trace
    shape = f"restartPolicy {trace.initial[policy]}" + (", an init container" if trace.sizes[init] else "")
    yield f"- **{sighting.word}** in phase {sighting.phase} ({shape}):"
    yield f"  {'; '.join(f'{step.event.actor}: {step.step.label}' for step in trace.steps) or 'at once'}"


def _conform() -> str:
    corpora = [corpus for corpus in map(find, MODULES) if corpus is not None]
    rows = ([f"`{corpus.name}`", corpus.what, corpus.fields] for corpus in corpora)
    return page(
        "# What is compared with Kubernetes",
        paragraph(ABOUT_CORPORA),
        table(["corpus", "recorded function", "compared"], rows),
    )


def _teeth() -> str:
    rows = ([f"`{each.mutants}`", each.reason] for each in SURVIVORS)
    return page(
        "# Mutants that survive",
        paragraph(ABOUT_TEETH),
        table(["mutants", "why no claim notices them"], rows),
    )
