"""Generated pages are fresh, and say what they should."""

from __future__ import annotations

import json
import re
import textwrap
from itertools import pairwise
from pathlib import Path

import pytest
from podproof.certificates.counterexample import replay
from podproof.claims.catalogue import TOPICS
from podproof.conform.catalogue import MODULES
from podproof.diagrams import snapshots
from podproof.diagrams.catalogue import machines
from podproof.diagrams.claim_pages import title
from podproof.diagrams.markdown import plain
from podproof.diagrams.sources import declared
from podproof.explain.status_words import sightings
from podproof.kubernetes.printing import status
from podproof.kubernetes.vocabulary.assumptions import no_podgc
from podproof.kubernetes.vocabulary.states import Phase, api_phase

from tests.support.places import ROOT

DOCS = ROOT / "docs"


def test_changed_and_missing_pages_are_stale_until_written_again(tmp_path: Path) -> None:
    texts = {"a.md": "one\n", "in/b.md": "two\n"}
    (tmp_path / "a.md").write_bytes(b"another\xff\n")
    (tmp_path / "mine.md").write_text("not generated\n")
    assert snapshots.stale(texts, tmp_path) == ["a.md", "in/b.md"]
    snapshots.write(texts, tmp_path)
    assert snapshots.stale(texts, tmp_path) == []
    (tmp_path / "in" / "gone.md").write_text("of a claim that there is no longer\n")
    assert snapshots.stale(texts, tmp_path) == ["in/gone.md"]
    snapshots.write(texts, tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.md")) == ["a.md", "b.md", "mine.md"]


def read(page: Path) -> str:
    """Its Markdown, without code."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = (cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
        text = "\n\n".join("".join(source) for source in cells)
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What GitHub and the site call the headings of a page."""
    said = (heading.lower() for heading in re.findall(r"^#+ (.+)$", read(page), re.MULTILINE))
    names = [re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in said]
    return {name if not names[:at].count(name) else f"{name}-{names[:at].count(name)}" for at, name in enumerate(names)}


def dead_links(page: Path) -> list[str]:
    """Those that lead to no file, or to none of its headings."""
    found = []
    for link in re.findall(r"\]\(([^)]+)\)", read(page)):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not (link.startswith("https://") or (target.exists() and (not anchor or anchor in anchors(target)))):
            found.append(link)
    return found


@pytest.mark.parametrize(
    "page",
    [*sorted(DOCS.rglob("*.md")), *sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("notebooks/*.ipynb"))],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_links_lead_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One `two`: three\n\n[a](#one-two-three) [b](#code) [c](b.md#x-1) [d](b.md#x-2)\n")
    (tmp_path / "b.md").write_text("# x\n\n## X\n\n```text\n# code\n[e](none.md)\n```\n\n[f](none.md) [g](a.md)\n")
    assert dead_links(tmp_path / "a.md") == ["#code", "b.md#x-2"]
    assert dead_links(tmp_path / "b.md") == ["none.md"]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_tables_are_tables(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    widths = [len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0 for line in text.splitlines()]
    assert all(a == b for a, b in pairwise(widths) if a and b)
    assert text.count("```") % 2 == 0 and text.startswith("# ") and text.endswith("\n")


def test_every_claim_is_on_the_page_of_its_topic_and_every_machine_has_a_page() -> None:
    index, listed = (DOCS / "claims.md").read_text(), (DOCS / "machines.md").read_text()
    pages = dict(re.findall(r"^\| \[(.+?)\]\((claims/[a-z-]+\.md)\) \| \d+ \|", index, re.MULTILINE))
    assert [*pages] == list(map(title, TOPICS)) and len(set(pages.values())) == len(TOPICS)
    assert {f"claims/{path.name}" for path in (DOCS / "claims").iterdir()} == set(pages.values())
    for topic, claims in TOPICS.items():
        page = pages[title(topic)]
        text = (DOCS / page).read_text()
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [claim.id for claim in claims]
        assert [c.id for c in claims if f"| [{c.id}]({page}#{c.id}) |" not in index] == []
        assert [c.id for c in claims if f"| [{c.id}](#{c.id}) | {plain(c.sentence)} | {c.expected} |" not in text] == []
    assert [name for name in machines() if f"(machines/{name}.md)" not in listed] == []


def test_a_machine_page_has_every_arrow_and_its_source() -> None:
    for name, machine in machines().items():
        text = (DOCS / "machines" / f"{name}.md").read_text()
        tables = re.findall(r"^\| event \|.*\n\| ---.*\n((?:\| .*\n)+)", text, re.MULTILINE)
        rows = [line for rows in tables for line in rows.splitlines()]
        assert len(rows) == len(machine.arrows) + len(machine.reactions)
        assert all(f"never under `{each}`" in text for arrow in machine.arrows for each in arrow.event.unless)
        assert max(map(len, text.splitlines())) < 1_000, "no line that nobody can read"
        source = declared(machine)
        assert source is not None and f"`{source.path}`" in text and (DOCS.parent / source.path).exists()


def test_a_machine_page_says_what_the_names_in_its_guards_mean() -> None:
    text = (DOCS / "machines" / "local-phase.md").read_text()
    for part in (
        "| generated phase is Failed |",
        "| **generated phase** | ((phase of its containers if local phase is Pending or Running else ",
        " if deadline is ahead, else<br>Failed if api phase is Pending or Running or Failed, else<br>Succeeded |",
        "| **phase of its containers** | Failed if an init container failed for good, else<br>",
        "| **an init container failed for good** | not every init container: ",
    ):
        assert part in text
    assert (DOCS / "machines" / "init-container.md").read_text().count("| **its policy restarts it** |") == 2


def test_a_topic_page_says_what_was_decided_as_check_does() -> None:
    text = (DOCS / "claims" / "the-phase.md").read_text()
    assert f"* `no-podgc`: {no_podgc.sentence}\n" in text
    (section,) = re.findall(r"^## terminal-nothing-runs\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    assert "> When the API shows Succeeded or Failed, no container of the Pod runs any more.\n" in section
    assert "* **FALSE**, shortest run: 5 steps\n* true if `no-podgc`\n* source: kubelet mergePodStatus" in section
    (shown,) = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    (printed,) = re.findall(
        r"^\$ podproof check terminal-nothing-runs\n.*?\n\n(.*?)\n\n",
        (ROOT / "README.md").read_text(),
        re.DOTALL | re.M,
    )
    assert shown == textwrap.dedent(printed) + "\n"


def test_the_site_leads_to_every_page() -> None:
    (listed,) = re.findall(r"^nav:\n((?:  - .+\n)+)", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    top = {path.name for path in DOCS.glob("*.md")} | {
        f"{path.parent.name}/README.md" for path in DOCS.glob("*/README.md")
    }
    assert sorted(line.removeprefix("  - ") for line in listed.splitlines()) == sorted(top)


def test_every_example_shows_its_word_in_its_phase() -> None:
    seen = sightings()
    assert len(seen) >= 30
    for sighting in seen:
        run = replay(sighting.trace)
        assert run.rows[-1].status == status(run.states[-1], run.trace.sizes) == sighting.word
        assert run.states[-1][api_phase] is sighting.phase


def test_status_is_not_the_phase() -> None:
    phases = {word: {s.phase for s in sightings() if s.word == word} for word in ("Completed", "CrashLoopBackOff")}
    assert phases["Completed"] == set(Phase)
    assert Phase.Succeeded not in phases["CrashLoopBackOff"] and Phase.Running in phases["CrashLoopBackOff"]


def test_every_corpus_says_what_is_compared() -> None:
    text = (DOCS / "conform.md").read_text()
    assert all(f"| `{name}` |" in text for name in MODULES)
