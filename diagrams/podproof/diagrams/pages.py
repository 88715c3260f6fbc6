"""pages: documentation that is made from the model: STATUS words, and what is compared with Kubernetes, survivors."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence

from podproof.claims.survivors import SURVIVORS
from podproof.diagrams import kept
from podproof.evidence.status_words import Sighting, sightings
from podproof.fidelity.catalogue import MODULES, find
from podproof.pod.spec import init, policy
from podproof.pod.states import Phase

ABOUT_WORDS = """
STATUS in `kubectl get pod` is not the phase. This table is computed: everything that a Pod with one container and at
most one init container can do was explored, without restart policies of its containers, probes, sidecars and reasons
that a runtime or an image pull gives. A number is the length of a shortest run to a state that shows the word in that
phase; `-` means that there is none.
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


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    return {"status-words.md": _status_words(), "conform.md": _conform(), "teeth.md": _teeth()}


def stale(directory: str | os.PathLike[str]) -> list[str]:
    """File names of pages in `directory` that are missing or no longer what the model gives."""
    return kept.stale(pages(), directory)


def write(directory: str | os.PathLike[str]) -> None:
    """Write every page."""
    kept.write(pages(), directory)


def _status_words() -> str:
    """STATUS × phase × shortest example."""
    seen = sightings()
    words = list(dict.fromkeys(s.word for s in seen))
    return (
        "\n".join(
            [
                "# One STATUS word, which phases?",
                "",
                *textwrap.wrap(ABOUT_WORDS, 110),
                "",
                *_table(["STATUS", *Phase], ([f"`{word}`", *_lengths(seen, word)] for word in words)),
                "",
                "## Shortest examples",
                "",
                *(line for sighting in seen for line in _example(sighting)),
            ]
        ).rstrip()
        + "\n"
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
    return "\n".join(
        [
            "# What is compared with Kubernetes",
            "",
            *textwrap.wrap(ABOUT_CORPORA, 110),
            "",
            *_table(
                ["corpus", "recorded function", "compared"],
                ([f"`{corpus.name}`", corpus.what, corpus.fields] for corpus in corpora),
            ),
            "",
        ]
    )


def _teeth() -> str:
    return "\n".join(
        [
            "# Mutants that survive",
            "",
            *textwrap.wrap(ABOUT_TEETH, 110),
            "",
            *_table(
                ["mutants", "why no claim notices them"], ([f"`{each.mutants}`", each.reason] for each in SURVIVORS)
            ),
            "",
        ]
    )


def _table(header: Sequence[object], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield _row(header)
    yield _row(["---"] * len(header))
    yield from map(_row, rows)


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
