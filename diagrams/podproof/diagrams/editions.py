"""editions: where pages are read, and what a picture, a source and the rest of a claim's evidence are there.

In the repository, pages are read on GitHub, which draws Mermaid and has the sources, or as text. The site is read
anywhere: its pictures are files of its own, and every claim has a page with all that shows it.
"""

from __future__ import annotations

from typing import Protocol

from podproof.diagrams.claim_views import ClaimView
from podproof.diagrams.drawings import Drawing
from podproof.diagrams.evidence_pages import of_claim
from podproof.diagrams.markdown import code, plain
from podproof.diagrams.render import render

MOST_ARROWS = 60
"""So many can be read in the width of a page where Mermaid draws them."""


class Edition(Protocol):
    """Markdown for what differs. rest: where to look for more than a topic's page says; beside: the texts of further
    files that the pages need, by name; it grows.
    """

    rest: str
    beside: dict[str, str]

    def picture(self, drawing: Drawing) -> str: ...

    def source(self, path: str) -> str:
        """A file of the repository, named on a page in a folder of its own."""

    def evidence(self, claim: ClaimView, place: str, topic: str) -> str:
        """Where the rest of it is. place: the file name of its topic's page, without the ending."""


class Repository:
    """What is kept in docs/: a change of one word changes few lines."""

    rest = (
        "Formulas, invariants and pictures are shown by `podproof check ID --format json` and `podproof diagram ID`, "
        "and of all claims by the report (`podproof report -o FILE.html`) and the site (`make site`)."
    )

    def __init__(self) -> None:
        self.beside: dict[str, str] = {}

    def picture(self, drawing: Drawing) -> str:
        text = drawing.mermaid()
        if text.count("-->") <= MOST_ARROWS:
            return code(text, "mermaid")
        return f"Too large for a page: `podproof diagram {drawing.name} -o {drawing.name}.svg` draws it."

    def source(self, path: str) -> str:
        return f"[`{path}`](../../{path})"

    def evidence(self, claim: ClaimView, place: str, topic: str) -> str:
        return ""


class Site:
    """What `make site` builds. Links from the root are made relative by MkDocs (absolute_links)."""

    rest = "Formulas, invariants and pictures are on the page to which the last line of each claim leads."

    def __init__(self) -> None:
        self.beside: dict[str, str] = {}

    def picture(self, drawing: Drawing) -> str:
        return self._svg(f"pictures/{drawing.name}", drawing.doc, drawing.dot())

    def source(self, path: str) -> str:
        return f"`{path}`"

    def evidence(self, claim: ClaimView, place: str, topic: str) -> str:
        name = f"{place}/{claim.id}"
        picture = "" if claim.run is None or not claim.run.steps else self._svg(name, claim.run.heading, claim.run.dot)
        self.beside[f"{name}.md"] = of_claim(claim, f"[{plain(topic)}](/{place}.md#{claim.id})", picture)
        return f"[All that shows it](/{name}.md)"

    def _svg(self, name: str, doc: str, dot: str) -> str:
        """The picture, which opens alone when it is clicked: it may be wider than the page."""
        self.beside[f"{name}.svg"] = render(dot).decode()
        return f"[![{plain(doc)}](/{name}.svg)](/{name}.svg)"
