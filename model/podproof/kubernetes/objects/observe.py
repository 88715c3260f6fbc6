"""What a live object says: facts as predicates over the states of the watched Pod, and what the model has no word for.

There is a fact for every field that the model has; the status is read as current, as if the API never lagged behind
the kubelet. What a field rules out of the object's past (no deletionTimestamp: it was never deleted) is an event that
the past does not have (`excluded`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from podproof.findings.finding import Location
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.objects.shape import Container, shape
from podproof.kubernetes.objects.uncovered import Uncovered
from podproof.kubernetes.objects.unexplained import ADMISSION, condition, unexplained
from podproof.kubernetes.objects.watched import Seen, Starts, happened, init_starts, starts, watched
from podproof.kubernetes.view import PodReason, api_reason
from podproof.kubernetes.vocabulary.events import (
    bind,
    delete,
    drop_finalizers,
    evict,
    pass_deadline,
    podgc_fail,
    preempt,
    restart,
    restart_init,
    shut_down,
)
from podproof.kubernetes.vocabulary.spec import Exit, init, regular
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    Deadline,
    InitRun,
    Object,
    Phase,
    Run,
    Worker,
    api_phase,
    assigned,
    deadline,
    ended,
    finalizer,
    init_ended,
    init_run,
    object_,
    run,
    worker,
)
from podproof.language import Event, Expr, Kind, System


@dataclass(frozen=True, eq=False)
class Fact:
    """One thing that a live object says, as a predicate over the watched Pod.

    holds: speaks of one element where `kind` is given; index: that element's place among the shape's; failed: its
    latest finished run, as far as it is known, ended with an exit code other than 0; likely: what a story had better
    have, too.
    """

    text: str
    location: Location
    holds: Expr[bool]
    kind: Kind | None = None
    index: int | None = None
    failed: bool = False
    likely: Expr[bool] | None = None


@dataclass(frozen=True, eq=False)
class Excluded:
    """An event that did not happen to this object; `kind`, `index`: of one element only."""

    event: Event
    kind: Kind | None = None
    index: int | None = None


@dataclass(frozen=True, eq=False)
class Observation:
    """system: the watched Pod that the facts speak of; unmapped: what the status says and the model cannot."""

    system: System
    facts: tuple[Fact, ...]
    excluded: tuple[Excluded, ...]
    unmapped: tuple[Uncovered, ...]


def observation(document: PodDocument) -> Observation:
    """What the live object says now."""
    facts = [*_of_object(document)]
    excluded = [*_never_happened(document)]
    known = shape(document)
    lists = ((regular, "containerStatuses", restart), (init, "initContainerStatuses", restart_init))
    for kind, key, again in lists:
        found = _by_name(document, key)
        for index, container in enumerate(known.of(kind)):
            where, status = found.get(container.name, (document.location_of("status"), {}))
            facts += _of_status(kind, index, container, status, where)
            if status.get("restartCount") == 0:
                excluded.append(Excluded(again, kind, index))
        if found:
            where = document.location_of("status", key)
            facts.append(Fact("its kubelet reported containers", where, worker.is_not(Worker.none, Worker.rejected)))
    marks = tuple(events for events, *_ in _asked_for(document))
    facts += [Fact(text, where, happened(*events).is_(Seen.yes)) for events, text, where in _asked_for(document)]
    facts += _of_reason(document)
    system = watched(_has_reason(document), tuple(dict.fromkeys(marks)))
    return Observation(system, tuple(facts), tuple(excluded), unexplained(document))


def _of_object(document: PodDocument) -> Iterator[Fact]:
    metadata, spec, status = (document.pod[part] for part in ("metadata", "spec", "status"))
    phase, where = str(status["phase"]), document.location_of("status", "phase")
    if phase in Phase.__members__:
        yield Fact(f"phase {phase}", where, api_phase.is_(Phase(phase)))
    yield _deletion(document, metadata)
    node, where = spec.get("nodeName"), document.location_of("spec", "nodeName")
    yield Fact("on a node" if node else "on no node", where, assigned if node else ~assigned)
    held, where = metadata.get("finalizers"), document.location_of("metadata", "finalizers")
    yield Fact("finalizers" if held else "no finalizers", where, finalizer if held else ~finalizer)


def _deletion(document: PodDocument, metadata: Mapping[str, Any]) -> Fact:
    """rest BeforeDelete: the object stays with a period above 0 until the kubelet (or a client) makes it 0."""
    if not metadata.get("deletionTimestamp"):
        where = document.location_of("metadata", "deletionTimestamp")
        return Fact("no deletionTimestamp", where, object_.is_(Object.unbound, Object.bound))
    period = metadata.get("deletionGracePeriodSeconds")
    if not isinstance(period, int):
        where = document.location_of("metadata", "deletionTimestamp")
        return Fact("deletionTimestamp set", where, object_.is_(Object.deleting, Object.held))
    where = document.location_of("metadata", "deletionGracePeriodSeconds")
    # With period 0 nobody waits any more: this may be the last that was seen of it.
    stage = (Object.deleting,) if period > 0 else (Object.held, Object.gone)
    return Fact(f"being deleted, deletionGracePeriodSeconds {period}", where, object_.is_(*stage))


def _never_happened(document: PodDocument) -> Iterator[Excluded]:
    metadata, spec, status = (document.pod[part] for part in ("metadata", "spec", "status"))
    if not metadata.get("deletionTimestamp"):
        yield Excluded(delete)
    if not spec.get("nodeName"):
        yield Excluded(bind)
    if metadata.get("finalizers"):
        yield Excluded(drop_finalizers)
    if status["phase"] in TERMINAL and status.get("reason") != PodReason.deadline:
        yield Excluded(pass_deadline)  # kubelet generateAPIPodStatus writes it over whatever else there is
    # The kubelet writes its DisruptionTarget together with the terminal phase (status manager mergePodStatus).
    conditions = status.get("conditions") or ()
    if status["phase"] in TERMINAL and conditions and condition(document, "DisruptionTarget") is None:
        yield from map(Excluded, (preempt, shut_down))


# Why it ended.

_KILLS = (("node shutdown", shut_down), ("critical pod", preempt), ("low on resource", evict))
"""Words of the kubelet's messages (nodeshutdown, preemption, eviction managers)."""

_REASONS: Mapping[str, tuple[PodReason, ...]] = {
    "Evicted": (PodReason.evicted, PodReason.rejected),
    "Preempting": (PodReason.preempting,),
    "Terminated": (PodReason.shut_down,),
    "NodeShutdown": (PodReason.shut_down, PodReason.rejected),
    "DeadlineExceeded": (PodReason.deadline,),
}
"""status.reason; admission refuses with Evicted (node pressure) and NodeShutdown, too."""


def _has_reason(document: PodDocument) -> bool:
    """Only with a terminal phase is there a reason (mergePodStatus withholds both)."""
    return document.pod["status"]["phase"] in TERMINAL or bool(document.pod["status"].get("reason"))


def _of_reason(document: PodDocument) -> Iterator[Fact]:
    reason = document.pod["status"].get("reason")
    if not _has_reason(document):
        return
    where = document.location_of("status", "reason" if reason else "phase")
    if not reason:
        yield Fact("no reason", where, api_reason.is_(PodReason.none))
    elif reason in _REASONS:
        yield Fact(f"reason {reason}", where, api_reason.is_(*_REASONS[reason]))
    elif reason in ADMISSION or reason.startswith("OutOf"):
        yield Fact(f"reason {reason}", where, api_reason.is_(PodReason.rejected))
    if reason == PodReason.deadline:
        yield Fact("its deadline has passed", where, deadline.is_(Deadline.passed))


def _asked_for(document: PodDocument) -> Iterator[tuple[tuple[Event, ...], str, Location]]:
    """Events of which one happened, as a condition or a message says; with text and place."""
    status = document.pod["status"]
    message = str(status.get("message") or "")
    named = {words: event for words, event in _KILLS if words in message}
    if named:
        yield tuple(named.values()), f"message: {', '.join(named)}", document.location_of("status", "message")
    found = condition(document, "DisruptionTarget")
    if found is None or found.value.get("status") != "True":
        return
    reason, said = found.value.get("reason"), str(found.value.get("message") or "")
    if reason == "TerminationByKubelet":
        events = tuple(event for words, event in _KILLS if words in said) or tuple(event for _, event in _KILLS)
        yield events, f"DisruptionTarget, {reason}", found.location
    elif reason == "DeletionByPodGC":
        yield (podgc_fail,), f"DisruptionTarget, {reason}", found.location


# Containers.

UNKNOWN, KILLED = "ContainerStatusUnknown", 137
"""What TerminatePod gives to containers that nobody saw end, some of which never ran."""


def _by_name(document: PodDocument, key: str) -> dict[str, tuple[Location, Mapping[str, Any]]]:
    listed = document.pod["status"].get(key) or ()
    return {str(s.get("name")): (document.location_of("status", key, i), s) for i, s in enumerate(listed)}


def _of_status(
    kind: Kind, index: int, container: Container, status: Mapping[str, Any], where: Location
) -> Iterator[Fact]:
    text, holds = _state(kind, status)
    ends = [_mapping(_mapping(status.get(key)).get("terminated")) for key in ("state", "lastState")]
    codes = [end["exitCode"] for end in ends if "exitCode" in end]
    ran = (starts if kind is regular else init_starts).is_not(Starts.none)
    likely = ran if codes else None
    yield Fact(f"{container.name} {text}", where, holds, kind, index, bool(codes) and 0 not in codes, likely)
    count = status.get("restartCount")
    if isinstance(count, int):
        again = (starts if kind is regular else init_starts).is_(Starts.again)
        yield Fact(f"{container.name} restartCount {count}", where, again if count > 0 else ~again, kind, index)


def _state(kind: Kind, status: Mapping[str, Any]) -> tuple[str, Expr[bool]]:
    """What one container status says, in words and over the variables of its kind."""
    shown, before = _mapping(status.get("state")), _mapping(_mapping(status.get("lastState")).get("terminated"))
    exit_ = ended if kind is regular else init_ended
    if isinstance(shown.get("running"), dict):
        return "running", run.is_(Run.running) if kind is regular else init_run.is_(InitRun.running)
    if isinstance(shown.get("terminated"), dict):
        code = shown["terminated"].get("exitCode")
        over = (
            run.is_(Run.terminated, Run.restarting)
            if kind is regular
            else init_run.is_(InitRun.terminated, InitRun.previous)
        )
        ran = (starts if kind is regular else init_starts).is_not(Starts.none)
        guessed = shown["terminated"].get("reason") == UNKNOWN or code == KILLED
        holds = over & exit_.is_(_class(code))
        return f"terminated, exit {code}", holds if guessed else holds & ran
    reason = _mapping(shown.get("waiting")).get("reason")
    text = f"waiting, {reason}" if reason else "waiting"
    if reason == "CrashLoopBackOff":
        waits = run.is_(Run.backoff) if kind is regular else init_run.is_(InitRun.backoff, InitRun.previous)
        return text, waits & exit_.is_(_class(before["exitCode"])) if "exitCode" in before else waits
    if before:  # it ran before, and the next start has not come about
        if kind is regular:
            return text, run.is_(Run.terminated, Run.backoff, Run.restarting)
        return text, init_run.is_(InitRun.terminated, InitRun.backoff, InitRun.previous)
    return text, run.is_(Run.waiting) if kind is regular else init_run.is_(InitRun.waiting)


def _class(code: object) -> Exit:
    return Exit.zero if code == 0 else Exit.nonzero


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
