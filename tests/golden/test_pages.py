"""Generated pages are fresh, and say what they should."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from podproof.certificates.counterexample import replay
from podproof.claims.catalogue import CLAIMS
from podproof.conform.catalogue import MODULES
from podproof.diagrams import pages, snapshots
from podproof.diagrams.catalogue import machines
from podproof.diagrams.sources import declared
from podproof.explain.status_words import sightings
from podproof.kubernetes.printing import status
from podproof.kubernetes.vocabulary.assumptions import no_podgc
from podproof.kubernetes.vocabulary.states import Phase, api_phase

from tests.support.places import ROOT

DOCS = ROOT / "docs"


def test_the_kept_pages_are_fresh() -> None:
    assert pages.stale(DOCS) == [], "the model or the claims have changed; run make docs"


def test_changed_and_missing_pages_are_stale_until_written_again(tmp_path: Path) -> None:
    texts = {"a.md": "one\n", "in/b.md": "two\n"}
    (tmp_path / "a.md").write_text("another\n")
    (tmp_path / "mine.md").write_text("not generated\n")
    assert snapshots.stale(texts, tmp_path) == ["a.md", "in/b.md"]
    snapshots.write(texts, tmp_path)
    assert snapshots.stale(texts, tmp_path) == []
    (tmp_path / "in" / "gone.md").write_text("of a claim that there is no longer\n")
    assert snapshots.stale(texts, tmp_path) == ["in/gone.md"]
    snapshots.write(texts, tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*.md")) == ["a.md", "b.md", "mine.md"]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_links_lead_somewhere_and_tables_are_tables(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        assert link.startswith("https://") or (page.parent / link).resolve().exists(), link
    widths = [len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0 for line in text.splitlines()]
    assert all(a == b for a, b in pairwise(widths) if a and b)
    assert text.count("```") % 2 == 0 and text.startswith("# ") and text.endswith("\n")


def test_every_claim_and_every_machine_has_a_page_and_a_row() -> None:
    index, listed = (DOCS / "claims.md").read_text(), (DOCS / "machines.md").read_text()
    assert [c.id for c in CLAIMS if f"| [{c.id}](claims/{c.id}.md) |" not in index] == []
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


def test_a_claim_page_says_what_was_decided() -> None:
    false = (DOCS / "claims" / "terminal-nothing-runs.md").read_text()
    for part in (
        "**FALSE**",
        "controller: podgc: fail",
        "sequenceDiagram",
        "### no-podgc",
        "the invariant",
        "above.",
        no_podgc.sentence,
    ):
        assert part in false
    assert "## The proof" in (DOCS / "claims" / "bound-has-node.md").read_text()
    assert "## A shortest run that shows it" in (DOCS / "claims" / "crash-loop-is-running.md").read_text()


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
