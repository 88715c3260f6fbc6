"""Grace periods that were not recorded: read from the source of the functions that the corpora name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Case = tuple[str, Any, Any]
"""Corpus, input and output."""


def _effective() -> Iterator[Case]:
    """calculateEffectiveGracePeriod: what was granted so far, and who asks; what is granted, and if it changed."""
    for before, deletion, override, own, grace, changed in (
        (0, None, None, None, 1, False),
        (0, None, None, 7, 7, False),
        (0, 9, None, 7, 9, False),
        (0, 0, 5, 7, 5, False),
        (0, 0, None, 7, 1, False),
        (4, None, None, 7, 4, False),
        (4, 3, 2, 7, 2, True),
        (1, 0, None, 7, 1, False),
    ):
        given = {
            "currentGracePeriodSeconds": before,
            "deletionGracePeriodSeconds": deletion,
            "override": override,
            "terminationGracePeriodSeconds": own,
        }
        yield "effective_grace", given, {"gracePeriodSeconds": grace, "changed": changed}


def _container(name: str, hook: int | None = None, **own: Any) -> dict[str, Any]:
    """own: what else is in it, and the grace period of a probe by its name."""
    lifecycle = {} if hook is None else {"lifecycle": {"preStop": {"sleep": {"seconds": hook}}}}
    probes = {f"{probe}Probe": {"terminationGracePeriodSeconds": own.pop(probe)} for probe in PROBES if probe in own}
    return {"name": name, **lifecycle, **probes, **own}


PROBES = ("liveness", "startup")
SIDECAR: dict[str, Any] = {"restartPolicy": "Always"}


def _stop(
    containers: list[Any],
    inits: list[Any],
    running: Mapping[str, float],
    found: Any,
    own: int | None = 30,
    **given: Any,
) -> Case:
    """found: of each container SIGTERM, grace period, exit and whether SIGKILL was sent."""
    spec = {"containers": containers, "initContainers": inits}
    whole = {
        "spec": spec if own is None else {**spec, "terminationGracePeriodSeconds": own},
        "metadata": {},
        "killReason": "KillPod",
        "runningContainers": running,
        **given,
    }
    fields = ("sigtermAt", "gracePeriodSeconds", "exitedAt", "sigkilled")
    stopped = {name: dict(zip(fields, each, strict=True)) for name, each in found.items()}
    total = max((each["exitedAt"] for each in stopped.values()), default=0)
    return "termination", whole, {"containers": stopped, "totalSeconds": total}


def _stops() -> Iterator[Case]:
    """killContainer, of one container or of all with their order."""
    app, hooked = [_container("app")], [_container("app", hook=5)]
    side = [_container("side", **SIDECAR)]
    for override in (-5, 0):
        yield _stop(hooked, [], {"app": 9}, {"app": (0, 2, 2, True)}, gracePeriodOverride=override)
        inits = [_container("side", hook=5, **SIDECAR)]
        yield _stop(app, inits, {"side": 9}, {"side": (0, 2, 2, True)}, gracePeriodOverride=override)
    says: tuple[tuple[dict[str, Any], int], ...] = (
        ({}, 7),
        ({"own": None}, 2),
        ({"metadata": {"deletionGracePeriodSeconds": 4}}, 4),
    )
    for probe in PROBES:
        reason = f"{probe.capitalize()}Probe"
        for given, grace in says:
            found = (0, grace, grace, True)
            both = {"liveness": 7, "startup": 7}
            own, other = {probe: 7}, {next(each for each in PROBES if each != probe): 7}
            for probes, expected in ((own, found), (both, found), (other, found if grace < 7 else (0, 30, 30, True))):
                inits = [_container("side", **SIDECAR, **probes)]
                yield _stop(app, inits, {"side": 99}, {"side": expected}, killReason=reason, **given)
                apps = [_container("app", **probes)]
                yield _stop(apps, [], {"app": 99}, {"app": expected}, killReason=reason, **given)
    # Stopped each for itself, nobody waits; and an ordinary init container never does.
    running = {"app": 3, "side": 1}
    yield _stop(app, side, running, {"app": (0, 30, 3, False), "side": (3, 27, 4, False)})
    yield _stop(app, side, running, {"app": (0, 30, 3, False), "side": (0, 30, 1, False)}, killReason="Unknown")
    stopped = {"app": (0, 30, 3, False), "init": (0, 30, 1, False)}
    yield _stop(app, [_container("init")], {"app": 3, "init": 1}, stopped)


CASES = [*_effective(), *_stops()]
