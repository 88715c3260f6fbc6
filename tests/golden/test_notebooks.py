"""The notebooks run from top to bottom, show pictures, and read well as text. And what objects look like there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from podproof.api import CLAIMS, POD, Never, Reachable, check, diagram, explain, picture, quotient, timeline
from podproof.diagrams.reprs import register
from podproof.engines import explicit
from podproof.kubernetes.vocabulary.assumptions import no_container_policies
from podproof.kubernetes.vocabulary.spec import regular
from podproof.kubernetes.vocabulary.states import Phase, api_phase

from tests.support.places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SMALL = POD.under(no_container_policies)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_it_runs_and_shows(path: Path) -> None:
    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    assert all(cell.get("outputs", []) == [] for cell in book.cells), "kept without outputs: they differ between hosts"
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output["data"] for output in outputs if output.output_type == "execute_result"]
    assert sum("image/svg+xml" in data or "text/html" in data for data in shown) >= 2
    assert [data["text/plain"] for data in shown if " at 0x" in data["text/plain"]] == []
    assert not [output for output in outputs if output.output_type == "error"]


def test_there_are_three() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["1-traffic-lights", "2-the-pod", "3-your-own-pod"]


def claim(name: str) -> Any:
    return next(each for each in CLAIMS if each.id == name)


@pytest.fixture(scope="module")
def formatter() -> Any:
    found = InteractiveShell().display_formatter  # type: ignore[no-untyped-call]
    assert found is not None
    register(found.formatters)
    return found


@pytest.mark.parametrize(
    ("make", "mime", "text", "says"),
    [
        (lambda: POD, "image/svg+xml", "<system pod: object, worker,", "find all containers stopped"),
        (lambda: SMALL, "image/svg+xml", "<system pod, under no-container-policies: object", "init container"),
        (lambda: POD.machines[2], "image/svg+xml", "<machine sandbox: none, ready, lost, stopped; 3 tr", "dashed"),
        (lambda: claim("bound-has-node"), "text/html", "<claim bound-has-node: A bound Pod has", "always"),
        (lambda: check([claim("bound-has-node")])[0], "text/html", "<bound-has-node: TRUE, proved, any", "TRUE"),
        (
            lambda: check([claim("terminal-nothing-runs")])[0],
            "text/html",
            "<terminal-nothing-runs: FALSE, shortest run: 5 steps; true if no-podgc>",
            "podgc: fail",
        ),
        (
            lambda: explicit.check(SMALL, Never(api_phase.is_(Phase.Running)), {regular: 1}),
            "text/html",
            "<FALSE, shortest run: 6 steps>",
            "create the sandbox",
        ),
        (
            lambda: explicit.check(SMALL, Reachable(api_phase.is_(Phase.Running)), {regular: 1}).trace,
            "text/html",
            "<run of pod, 6 steps: scheduler: bind; kubelet: admit;",
            "1/1",
        ),
        (
            lambda: quotient(SMALL, {regular: 1}, api_phase),
            "image/svg+xml",
            "<pod by api phase: 6,306 states",
            "Failed",
        ),
        (lambda: picture("deletion"), "image/svg+xml", "<picture deletion: From kubectl delete", "Terminating"),
        (lambda: timeline(check([claim("gone-stops-everything")])[0]), "image/svg+xml", "<gone-stops", "forced"),
    ],
)
def test_every_object_has_a_picture_and_words(make: Any, mime: str, text: str, says: str, formatter: Any) -> None:
    shown = make()
    data, _ = formatter.format(shown)
    assert data["text/plain"] == repr(shown) and repr(shown).startswith(text)
    assert says in data[mime].replace("&#45;", "-")
    page = data["text/html"]
    assert mime == "text/html" or "<svg" in data[mime]
    assert page.count("<svg") == page.count('<svg style="max-width:100%;height:auto"'), "no picture is cut by the page"


def test_the_functions_of_the_api_make_what_the_verbs_make() -> None:
    assert diagram("worker", "mermaid").decode() == picture("worker").mermaid()
    (result,) = check([claim("terminal-nothing-runs")])
    assert b"podgc" in diagram(result, "dot")
    with pytest.raises(ValueError, match="no run behind"):
        timeline(check([claim("bound-has-node")])[0])


def test_an_explanation_can_be_drawn() -> None:
    (told,) = explain(str(ROOT / "examples" / "manifests" / "migrate-job.yaml"))
    run = next(outcome.run for outcome in told.outcomes if outcome.id == "Failed")
    assert run is not None and "podgc" not in timeline(run.trace).mermaid()
