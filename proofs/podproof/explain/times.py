"""When things happen to the containers of a manifest: what is proved for all values of fields, with those put in.

Each end of an interval is an expression of `kubernetes/probe_times` or `stop_times` that a claim of the catalogue is
about. In whole seconds: an end is open where the claims, which count in parts of a second, come as near as one likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from podproof.findings.finding import Location
from podproof.kubernetes import probe_times, stop_times
from podproof.kubernetes.machines import probe_worker
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.rules.seconds import unit
from podproof.kubernetes.vocabulary.spec import ContainerPolicy
from podproof.kubernetes.vocabulary.states import TERMINAL
from podproof.language import Expr, Variable, larger, number
from podproof.language.expressions import constant, rewrite
from podproof.language.meanings.python import evaluate

DEFAULTS: Mapping[str, tuple[Variable[int], int]] = {
    "initialDelaySeconds": (probe_worker.delay, 0),
    "periodSeconds": (probe_worker.period, 10),
    "timeoutSeconds": (probe_worker.timeout, 1),
    "failureThreshold": (probe_worker.threshold, 3),
}
"""What the API server puts in for a field of a probe that is not set, or 0 (SetDefaults_Probe)."""

GRACE, DELETION_GRACE = "terminationGracePeriodSeconds", "deletionGracePeriodSeconds"
"""Of the spec; and of what is being deleted, which wins (calculateEffectiveGracePeriod)."""

SHOWN_LATER = (
    "by as much later as the kubelet's own status takes longer than initialDelaySeconds to show that it runs (a second "
    "or two)"
)

PROBED = "while it is probed (initialDelaySeconds are over, and the kubelet's own status shows that it has started)"

ANOTHER_GRACE = "with another grace period where it is deleted, or evicted, with one"

NOT_COUNTED = "an exec probe that cannot be executed counts for nothing, so that there may be no verdict"


@dataclass(frozen=True)
class End:
    """One end of an interval. seconds: never below 0; formula: over the fields, by their names; claim: by its id."""

    seconds: int
    open: bool
    formula: str
    claim: str


@dataclass(frozen=True)
class Time:
    """When something happens to a container. since: what it is counted from; earliest, latest: the ends that are known;
    note: what else there is."""

    container: str
    field: str
    what: str
    since: str
    location: Location
    earliest: End | None = None
    latest: End | None = None
    note: str = ""


def times(document: PodDocument) -> tuple[Time, ...]:
    """Of all containers of the Pod, in the order of the manifest: startup and liveness probes, and how they stop.

    Nothing of an object that has ended: nothing begins there any more.
    """
    if document.pod["status"].get("phase") in TERMINAL:
        return ()
    return tuple(time for each in _containers(document) for time in (*_probes(each), *_stops(each)))


@dataclass(frozen=True)
class _Container:
    document: PodDocument
    place: tuple[str, int]
    spec: Mapping[str, Any]
    sidecar: bool

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    def location(self, *field: str) -> Location:
        return self.document.location_of("spec", *self.place, *field)


def _containers(document: PodDocument) -> Iterator[_Container]:
    for key in ("initContainers", "containers"):
        for index, container in enumerate(document.pod["spec"].get(key) or ()):
            sidecar = key == "initContainers" and container.get("restartPolicy") == ContainerPolicy.Always
            yield _Container(document, (key, index), container, sidecar)


def _probes(container: _Container) -> Iterator[Time]:
    startup, liveness = container.spec.get("startupProbe"), container.spec.get("livenessProbe")
    if startup is not None:
        end, where = _Ends(startup), container.location("startupProbe")
        since = "after its start"

        def time(what: str, earliest: End, latest: End) -> Time:
            note = "; ".join([SHOWN_LATER, *_not_counted(startup)])
            return Time(container.name, "startupProbe", what, since, where, earliest, latest, note)

        yield time(
            "the first probe begins",
            end(probe_times.ready_to_probe, "no-probe-before-the-delay"),
            end(probe_times.probed_at_the_latest, "first-probe-within-a-period"),
        )
        decided = end(probe_times.startup_decided, "startup-verdict-in-time")
        yield time(
            "to be killed if it never answers",
            end(probe_times.startup_guaranteed, "startup-time-guaranteed"),
            decided,
        )
        carried = probe_times.startup_guaranteed_with_failures_carried
        yield time(
            "the same after an exit by itself, as failures are carried over",
            end(carried, "startup-time-after-another-exit"),
            decided,
        )
    if liveness is not None:
        noticed = replace(_Ends(liveness)(probe_times.silence_noticed, "hang-noticed-in-time"), open=False)
        since, where = f"after it began to hang {PROBED}", container.location("livenessProbe")
        what, note = "to be killed if it hangs", "; ".join(_not_counted(liveness))
        yield Time(container.name, "livenessProbe", what, since, where, latest=noticed, note=note)


def _not_counted(probe: Mapping[str, Any]) -> list[str]:
    return [NOT_COUNTED] if probe.get("exec") else []


class _Ends:
    """Makes ends of what is said of a probe: with a delay, the fraction of a second that startedAt loses leaves them
    open."""

    def __init__(self, probe: Mapping[str, Any]) -> None:
        fields = {variable: probe.get(key) or default for key, (variable, default) in DEFAULTS.items()}
        self.values: dict[Variable[Any], Any] = {**fields, probe_worker.second: 1, probe_worker.status_delay: 0}

    def __call__(self, expr: Expr[int], claim: str) -> End:
        delayed: bool = self.values[probe_worker.delay] > 0
        return End(evaluate(expr, self.values, {}), delayed, _formula(expr), claim)


def _stops(container: _Container) -> Iterator[Time]:
    pod = container.document.pod
    metadata, field, asked, note = pod.get("metadata") or {}, GRACE, pod["spec"].get(GRACE), ANOTHER_GRACE
    if metadata.get("deletionTimestamp") and metadata.get(DELETION_GRACE) is not None:
        field, asked, note = DELETION_GRACE, metadata[DELETION_GRACE], ""
    grace = max(1, 30 if asked is None else asked)  # the pod worker gives a second at least
    expr, claim = stop_times.within, "stopped-within-grace"
    if container.sidecar:
        expr, claim = stop_times.within_as_sidecar, "sidecar-stopped-within-grace"
    value = evaluate(expr, {stop_times.granted: grace, unit: 1}, {})
    yield Time(
        container.name,
        field,
        "down",
        "after the kubelet began to stop the Pod (which waits for the sync that is going on)",
        container.location(),
        latest=End(value, container.sidecar, _formula(expr, field), claim),
        note=note,
    )


def _formula(expr: Expr[int], grace: str = GRACE) -> str:
    """In seconds, over the fields of the manifest; grace: the one with the grace period."""
    one = constant(1)
    given = {probe_worker.second: one, unit: one, stop_times.granted: larger(number(grace, 0), 1)}
    return str(rewrite(expr, lambda node: given.get(node) if isinstance(node, Variable) else None))
