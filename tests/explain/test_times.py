"""What is told about time of a manifest's containers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from podproof.claims.catalogue import CLAIMS
from podproof.explain.times import ANOTHER_GRACE, NOT_COUNTED, PROBED, SHOWN_LATER, Time, times
from podproof.kubernetes.objects import manifests
from podproof.properties.answer import Verdict

HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"


def told(spec: str) -> tuple[Time, ...]:
    (document,) = manifests.read(["-"], BytesIO((HEAD + spec).encode())).documents
    return times(document)


def ends(time: Time) -> tuple[Any, Any]:
    """Seconds, and whether the end is open."""
    both = (time.earliest, time.latest)
    return tuple(None if end is None else (end.seconds, end.open) for end in both)  # type: ignore[return-value]


def probe(field: str, **fields: int) -> str:
    text = ", ".join(["tcpSocket: {port: 1}", *(f"{name}: {value}" for name, value in fields.items())])
    return f"  containers:\n  - {{name: c, image: x, {field}: {{{text}}}}}\n"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (((0, False), (10, False)), ((20, False), (31, False)), ((0, False), (31, False)))),
        ({"periodSeconds": 0, "failureThreshold": 0}, (((0, False), (10, False)), ((20, False), (31, False)))),
        (
            {"initialDelaySeconds": 10, "periodSeconds": 10, "failureThreshold": 10},
            (((9, True), (20, True)), ((99, True), (111, True)), ((9, True), (111, True))),
        ),
        ({"initialDelaySeconds": 30, "failureThreshold": 4}, (((29, True), (40, True)), ((59, True), (71, True)))),
        ({"timeoutSeconds": 15, "failureThreshold": 2}, (((0, False), (10, False)), ((10, False), (40, False)))),
        ({"periodSeconds": 1, "failureThreshold": 1}, (((0, False), (1, False)), ((0, False), (2, False)))),
    ],
)
def test_startup_probes(fields: dict[str, int], expected: Any) -> None:
    found = [each for each in told(probe("startupProbe", **fields)) if each.field == "startupProbe"]
    assert len(found) == 3
    assert tuple(map(ends, found))[: len(expected)] == expected
    assert {each.note for each in found} == {SHOWN_LATER}


def test_liveness_probes() -> None:
    hangs, down = told(probe("livenessProbe", initialDelaySeconds=5, timeoutSeconds=20, failureThreshold=2))
    assert ends(hangs) == (None, (50, False))
    assert "hang" in hangs.what
    assert ends(down) == (None, (32, False))


def test_readiness_probes_and_ordinary_init_containers_say_nothing_but_how_they_stop() -> None:
    spec = "  initContainers:\n  - {name: i, image: x}\n" + probe("readinessProbe")
    assert [(each.container, each.field) for each in told(spec)] == [
        ("i", "terminationGracePeriodSeconds"),
        ("c", "terminationGracePeriodSeconds"),
    ]


@pytest.mark.parametrize(
    ("grace", "latest"),
    [("", 32), ("  terminationGracePeriodSeconds: 0\n", 3), ("  terminationGracePeriodSeconds: 300\n", 302)],
)
def test_how_containers_stop(grace: str, latest: int) -> None:
    spec = (
        grace
        + "  initContainers:\n  - {name: s, image: x, restartPolicy: Always}\n  containers: [{name: c, image: x}]\n"
    )
    sidecar, container = told(spec)
    assert ends(sidecar) == (None, (latest + 1, True))
    assert ends(container) == (None, (latest, False))


@pytest.mark.parametrize(("asked", "latest"), [(300, 302), (0, 3), (5, 7)])
def test_of_a_pod_that_is_being_deleted_the_grace_period_of_that_counts(asked: int, latest: int) -> None:
    """Longer or shorter than what its spec says."""
    metadata = f"{{name: p, deletionTimestamp: '2024-01-01T00:00:00Z', deletionGracePeriodSeconds: {asked}}}"
    text = f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec:\n  terminationGracePeriodSeconds: 60\n"
    text += "  nodeName: n\n  containers: [{name: c, image: x}]\nstatus: {phase: Pending}\n"
    (document,) = manifests.read(["-"], BytesIO(text.encode())).documents
    (down,) = times(document)
    assert ends(down) == (None, (latest, False))
    assert (down.field, down.note) == ("deletionGracePeriodSeconds", "")
    assert down.latest is not None
    assert down.latest.formula == "max(deletionGracePeriodSeconds, 1) + 2"


def test_before_a_deletion_it_is_told_that_it_may_come_with_another_grace_period() -> None:
    (down,) = told("  containers: [{name: c, image: x}]\n")
    assert down.note == ANOTHER_GRACE


def test_a_hang_is_counted_from_where_the_container_is_probed() -> None:
    """Before initialDelaySeconds are over, or while it starts, nobody notices that it hangs."""
    assert told(probe("livenessProbe", initialDelaySeconds=600))[0].since == f"after it began to hang {PROBED}"


@pytest.mark.parametrize(("phase", "some"), [("Running", True), ("Succeeded", False), ("Failed", False)])
def test_of_what_has_ended_nothing_is_told(phase: str, some: bool) -> None:
    assert bool(told(probe("livenessProbe") + f"status: {{phase: {phase}}}\n")) is some


def test_a_probe_that_may_not_be_executed_is_told() -> None:
    spec = "  containers:\n  - {name: c, image: x, livenessProbe: {exec: {command: [a]}}}\n"
    assert told(spec)[0].note == NOT_COUNTED


def test_each_end_is_what_a_claim_is_about() -> None:
    """By its id, and the claim is expected to be true."""
    by_id = {claim.id: claim for claim in CLAIMS}
    sidecar = (
        "  initContainers:\n  - {name: s, image: x, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}\n"
    )
    found = [*told(sidecar + probe("livenessProbe")), *told(probe("startupProbe"))]
    ends = [end for each in found for end in (each.earliest, each.latest) if end is not None]
    assert len({end.claim for end in ends}) >= 6
    assert all(by_id[end.claim].expected is Verdict.TRUE for end in ends)
    assert all("second" not in end.formula.replace("Seconds", "") for end in ends)
