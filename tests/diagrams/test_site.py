"""The site: every claim has a page with all that shows it, pictures are SVG, and nothing is loaded from elsewhere."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import sync_playwright
from podproof.claims.catalogue import CLAIMS
from podproof.diagrams import site
from podproof.diagrams.claim_views import claim_views
from podproof.diagrams.editions import Site
from podproof.diagrams.machine_pages import machine_pages
from podproof.diagrams.pages import of_claims

from tests.support.places import ROOT

DOCS = ROOT / "docs"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FALSE, PROVED, CASE, ENDLESS = (
    "terminal-nothing-runs",
    "bound-has-node",
    "a-failure-fails-a-never-pod",
    "crash-loop-starts-again",
)


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """The pages of machines and of some claims, and their pictures."""
    edition = Site()
    machines = machine_pages(edition)
    return {**of_claims(claim_views([FALSE, PROVED, CASE, ENDLESS], jobs=1), Site()), **machines, **edition.beside}


class TestSources:
    def test_a_claim_has_a_page_with_all_that_shows_it(self, sources: dict[str, str]) -> None:
        false = sources[f"claims/the-phase/{FALSE}.md"]
        for part in (
            "| verdict | **FALSE** |",
            "always (api phase is not Succeeded or Failed or nothing runs)",
            "## A shortest run\n",
            "controller: podgc: fail",
            f"](/claims/the-phase/{FALSE}.svg)",
            "### no-podgc",
            "<summary>the invariant</summary>",
            "Without `no-podgc`: the run above.",
            f"[The phase](/claims/the-phase.md#{FALSE})",
        ):
            assert part in false
        assert f"[All that shows it](/claims/the-phase/{FALSE}.md)" in sources["claims/the-phase.md"]
        proved = sources[f"claims/the-api-object-and-its-kubelet/{PROVED}.md"]
        assert "## The proof\n" in proved and ".svg" not in proved
        assert "## A case\n" in sources[f"claims/the-rules-for-any-fields/{CASE}.md"]
        assert "## A run without an end\n" in sources[f"claims/at-last-and-for-ever/{ENDLESS}.md"]

    def test_links_and_pictures_are_there(self, sources: dict[str, str]) -> None:
        found = 0
        for name, text in sources.items():
            for link in re.findall(r"\]\(([^)#]+)", text) if name.endswith(".md") else ():
                target = posixpath.normpath(posixpath.join("/", posixpath.dirname(name), link)).lstrip("/")
                assert target in sources, (name, link)
                found += 1
        assert found > 50 and not any("```mermaid" in text for text in sources.values())

    def test_pictures_load_nothing(self, sources: dict[str, str]) -> None:
        pictures = {name: text for name, text in sources.items() if name.endswith(".svg")}
        assert len(pictures) > 10
        for name, text in pictures.items():
            root = ElementTree.fromstring(text)
            used = [value for node in root.iter() for key, value in node.attrib.items() if key.endswith("href")]
            assert [each for each in used if not each.startswith("#")] == [], name
            assert not re.search(r"url\((?!#)|@import|<script|<image", text), name

    def test_what_is_written_by_hand_is_there_and_what_is_left_over_is_not(self, tmp_path: Path) -> None:
        for name in ("mine.md", "site.css", "why/README.md", "claims.md", "claims/old.md"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(name)
        generated = {"claims.md", "claims/new.md", "claims/new/claim.md"}
        kept = site.by_hand(tmp_path, generated)
        assert kept == {name: name for name in ("mine.md", "site.css", "why/README.md")}


class Loaded(HTMLParser):
    """What a browser would load for a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.mermaid = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.mermaid |= "mermaid" in given.get("class", "")
        self.found += [given[key] for key in ("src", "srcset", "data", "poster") if key in given]
        self.found += [given["href"]] if tag == "link" else []


@pytest.mark.slow
class TestSite:
    @pytest.fixture(scope="class")
    @classmethod
    def built(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The whole site. Where a link leads nowhere, or the navigation lacks a page, MkDocs fails."""
        if importlib.util.find_spec("mkdocs") is None:
            pytest.skip("NOT CHECKED: MkDocs is not installed; 'make site' and 'make slow' install it")
        folder = tmp_path_factory.mktemp("site")
        site.write(folder / "pages", DOCS)
        config = f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: {folder / 'pages'}\nsite_dir: {folder / 'site'}\n"
        (folder / "mkdocs.yml").write_text(config)
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(folder / "mkdocs.yml")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return folder / "site"

    def test_every_claim_has_a_page(self, built: Path) -> None:
        assert {path.stem for path in built.glob("claims/*/*.html")} == {claim.id for claim in CLAIMS}

    def test_pages_name_nothing_that_is_elsewhere(self, built: Path) -> None:
        pages = {path: Loaded(path.read_text(encoding="utf-8")) for path in sorted(built.rglob("*.html"))}
        assert len(pages) > len(CLAIMS)
        for path, loaded in pages.items():
            assert loaded.found and not loaded.mermaid
            assert [each for each in loaded.found if re.match(r"[a-z]*:?//", each)] == [], path
        styles = [path.read_text(encoding="utf-8") for path in built.rglob("*.css")]
        assert styles and not any(re.search(r"(url\(|@import )[\"']?(https?:)?//", text) for text in styles)

    def test_a_browser_asks_nobody_else_and_shows_all_pictures(self, built: Path) -> None:
        if CHROMIUM is None:
            pytest.skip("NOT CHECKED: no Chromium is installed (on Debian: apt-get install chromium)")
        handler = partial(SimpleHTTPRequestHandler, directory=str(built))
        pages = ["index.html", *(f"{name}.html" for name in ("claims", "machines", "pictures", "machines/worker"))]
        pages += ["claims/the-phase.html", *(f"claims/the-phase/{name}.html" for name in (FALSE, "corrected-phases"))]
        asked: list[str] = []
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/"
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = chromium.new_page()
            page.on("request", lambda request: asked.append(request.url))
            for name in pages:
                page.goto(address + name, wait_until="networkidle")
                missing = (
                    "[...document.images].filter(each => !(each.complete && each.naturalWidth)).map(each => each.src)"
                )
                assert page.evaluate(missing) == [], name
            chromium.close()
            server.shutdown()
        assert len(asked) > len(pages) and [url for url in asked if not url.startswith(address)] == []
        assert any(url.endswith(".svg") for url in asked)
