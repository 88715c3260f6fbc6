"""Generated pages are fresh, and say what they should."""

from __future__ import annotations

from pathlib import Path

from podproof.diagrams import kept, pages
from podproof.evidence.counterexample import replay
from podproof.evidence.status_words import sightings
from podproof.fidelity.catalogue import MODULES
from podproof.pod.kubectl import status
from podproof.pod.states import Phase, api_phase

DOCS = Path(__file__).parent.parent / "docs"


def test_the_kept_pages_are_fresh() -> None:
    again = "python -c \"from podproof.diagrams.pages import write; write('docs')\""
    assert pages.stale(DOCS) == [], f"the model has changed; run {again}"


def test_changed_and_missing_pages_are_stale_until_written_again(tmp_path: Path) -> None:
    texts = {"a.md": "one\n", "b.md": "two\n"}
    (tmp_path / "a.md").write_text("another\n")
    assert kept.stale(texts, tmp_path) == ["a.md", "b.md"]
    kept.write(texts, tmp_path)
    assert kept.stale(texts, tmp_path) == []


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
