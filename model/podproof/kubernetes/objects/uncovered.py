"""What a manifest says and the Pod model does not have, each with its place and with the answers that it bears on.

An `Uncovered` names the questions whose negative answer it could make wrong (`brings`: what the model says can never
happen, or not by itself) and those whose positive answer it could make wrong (`holds_up`: what would happen, and
because of this may not). Answers to these questions are given with an "unless".

Fields that decide at most how a container ends, how long something takes or where it runs are only named (`unread`);
fields that Kubernetes does not have are `Uncovered`, too: they do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from podproof.findings.finding import Finding, Location, Rule
from podproof.kubernetes.objects.documents import Step
from podproof.kubernetes.objects.fields import FIELDS, OF_SPEC
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.objects.rules import NOT_IN_MODEL, UNKNOWN_FIELD
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy
from podproof.language import Event

MIRROR = "kubernetes.io/config.mirror"


class Question(StrEnum):
    """What is asked of every Pod: whether it reaches a phase or goes, and the rules, by the ids of their claims."""

    running = "Running"
    succeeded = "Succeeded"
    failed = "Failed"
    removed = "removed"
    after_init = "containers-after-init"
    init_stays_done = "init-stays-done"
    pending_again = "never-running-to-pending"
    restart_under_never = "never-restarted-under-never"
    restart_of_success = "onfailure-restarts-failures"
    ended_for_good = "ended-for-good-stays-ended"


Questions = frozenset[Question]

NONE: Questions = frozenset()
ENDS: Questions = frozenset({Question.succeeded, Question.failed})
REMOVED: Questions = frozenset({Question.removed})
DELETION: Questions = ENDS | REMOVED
"""A deletion ends the Pod in either phase and removes it."""

PROGRESS: Questions = ENDS | {Question.running}
"""What does not come about where the containers are not started."""

RESTARTS: Questions = frozenset({Question.restart_under_never, Question.restart_of_success, Question.ended_for_good})
ALL_AGAIN: Questions = RESTARTS | {Question.init_stays_done, Question.pending_again}


@dataclass(frozen=True)
class Uncovered:
    """Something in the document that bears on the lifecycle and that the model does not have.

    brings, holds_up: see the module; always: it also holds up what a disruption would bring. holds_back: of a live
    object, the steps that do not come as long as it lasts, each with the container that acts, or "" for any.
    """

    what: str
    consequence: str
    location: Location
    brings: Questions = NONE
    holds_up: Questions = NONE
    always: bool = False
    holds_back: tuple[tuple[Event, str], ...] = ()
    rule: Rule = NOT_IN_MODEL

    @property
    def finding(self) -> Finding:
        return Finding(self.rule, self.what, self.consequence, location=self.location)


def uncovered(document: PodDocument) -> tuple[Uncovered, ...]:
    """In the order of the document."""
    found = (*_of_pod(document), *_of_workload(document), *_unknown(document))
    return tuple(sorted(found, key=lambda each: each.location.order))


# Containers. The rules of the model are about regular containers, and so is what may break them.

_Rule = Callable[[Mapping[str, Any], str], tuple[str, Questions, Questions]]
"""(container, effective policy) -> consequence, brings, holds_up."""


def _killed_by_probe(container: Mapping[str, Any], policy: str) -> tuple[str, Questions, Questions]:
    """kuberuntime computePodActions: after a failed probe only Never is respected, the exit code is not looked at."""
    if policy == ContainerPolicy.OnFailure:
        said = "a failed probe restarts the container at once, also if it exits 0 (while no back-off is in the way)"
        return said, frozenset({Question.restart_of_success, Question.ended_for_good}), NONE
    if policy == ContainerPolicy.Never:
        return "a failed probe ends the container: here it may end at any time", NONE, NONE
    return "a failed probe restarts the container: here it may end at any time", NONE, NONE


def _startup(container: Mapping[str, Any], policy: str) -> tuple[str, Questions, Questions]:
    said, brings, _ = _killed_by_probe(container, policy)
    if container.get("restartPolicy") == ContainerPolicy.Always:
        return f"{said}; of a sidecar, what comes after it waits until it has succeeded", brings, PROGRESS
    return said, brings, NONE


def _ready(container: Mapping[str, Any], policy: str) -> tuple[str, Questions, Questions]:
    return "READY counts every running container as ready", NONE, NONE


def _exit_rules(container: Mapping[str, Any], policy: str) -> tuple[str, Questions, Questions]:
    """KEP-5307, KEP-5532. A rule restarts whatever the policy says; all containers together, also init containers."""
    said, brings = [], NONE
    for rule in container["restartPolicyRules"]:
        codes = _inside(rule, ("exitCodes",))
        values = codes.get("values")
        on = ", ".join(map(str, values)) if isinstance(values, list) else "?"
        exit_code = f"exit code {'not ' if codes.get('operator') == 'NotIn' else ''}{on}"
        if isinstance(rule, dict) and rule.get("action") == "RestartAllContainers":
            said.append(f"{exit_code} removes and restarts all containers, init containers too")
            brings |= ALL_AGAIN
        else:
            said.append(f"{exit_code} restarts it whatever its policy says")
            brings |= RESTARTS
    return "; ".join(said), brings, ENDS


_OF_CONTAINERS: Mapping[str, _Rule] = {
    "startupProbe": _startup,
    "livenessProbe": _killed_by_probe,
    "readinessProbe": _ready,
    "restartPolicyRules": _exit_rules,
}
_HOOKS = {
    "postStart": (
        "a hook that fails kills the container, here it just ends; one that hangs holds up everything, a deletion too",
        PROGRESS | REMOVED,
    ),
    "preStop": ("the hook takes part of the grace period: states tell only whether there is one", NONE),
    "stopSignal": ("the model knows no signals: the container just ends", NONE),
}


def _of_container(document: PodDocument, key: str, index: int, container: Mapping[str, Any]) -> Iterator[Uncovered]:
    name, path = container["name"], ("spec", key, index)
    policy = str(container.get("restartPolicy") or document.pod["spec"].get("restartPolicy") or RestartPolicy.Always)
    for field, rule in _OF_CONTAINERS.items():
        if container.get(field):
            consequence, brings, holds_up = rule(container, policy)
            if key == "initContainers" and Question.init_stays_done not in brings:
                brings = NONE  # it restarts an init container, or a sidecar, alone
            yield Uncovered(f"{name}: {field}", consequence, document.location_of(*path, field), brings, holds_up)
    lifecycle = container.get("lifecycle") or {}
    for hook, (consequence, held) in _HOOKS.items():
        if lifecycle.get(hook):
            what = f"{name}: {hook}{'' if hook == 'stopSignal' else ' hook'}"
            yield Uncovered(what, consequence, document.location_of(*path, "lifecycle", hook), NONE, held)


# The Pod.

_GATED = "nobody binds the Pod to a node until all of them are removed"
_OF_POD: Mapping[str, tuple[str, Questions]] = {
    "ephemeralContainers": ("they are left out: they never count for the phase", NONE),
    "readinessGates": ("READY and the condition Ready ignore them", NONE),
    "schedulingGates": (_GATED, PROGRESS),
}


def _of_pod(document: PodDocument) -> Iterator[Uncovered]:
    spec, annotations = document.pod["spec"], document.pod["metadata"].get("annotations") or {}
    for key in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield from _of_container(document, key, index, container)
    for key, (consequence, held) in _OF_POD.items():
        if spec.get(key):
            yield Uncovered(key, consequence, document.location_of("spec", key), NONE, held, bool(held))
    if spec.get("terminationGracePeriodSeconds") is not None:
        value = spec["terminationGracePeriodSeconds"]
        consequence = "how long it takes is told, but in states a grace period is only 0 or not 0"
        where = document.location_of("spec", "terminationGracePeriodSeconds")
        yield Uncovered(f"terminationGracePeriodSeconds {value}", consequence, where)
    if isinstance(spec.get("activeDeadlineSeconds"), int):
        consequence = "in states there is no clock: the deadline may pass at any moment"
        where = document.location_of("spec", "activeDeadlineSeconds")
        yield Uncovered(f"activeDeadlineSeconds {spec['activeDeadlineSeconds']}", consequence, where)
    if spec.get("initContainers") and spec.get("restartPolicy") != RestartPolicy.Never:
        # A container that was created and not started is left over from before the reboot.
        consequence = (
            "after a reboot of its node Kubernetes 1.36.2 may take the initialisation for done and start regular "
            "containers although an init container did not run again"
        )
        where = document.location_of("spec", "initContainers")
        what = "known defect kubernetes/kubernetes#137710"
        yield Uncovered(what, consequence, where, frozenset({Question.after_init}))
    if MIRROR in annotations:
        where = document.location_of("metadata", "annotations", MIRROR)
        consequence = "its kubelet re-creates it and never lets it end"
        yield Uncovered("static Pod (mirror)", consequence, where, RESTARTS, DELETION, always=True)


# Its controller.

_Told = tuple[str, Questions, Questions]


def _job(field: str, value: Any, policy: str) -> _Told | None:
    """Job controller syncJob, manageJob and deleteJobPods; TTL controller."""
    deleted = "its controller deletes its Pods"
    match field:
        case "backoffLimit":
            counted = (
                "restarts of its containers count, too" if policy == RestartPolicy.OnFailure else "Pods that failed"
            )
            said = f"it limits retries ({counted}): past it the Job fails and {deleted}"
            return said, DELETION, NONE
        case "activeDeadlineSeconds":
            return f"{value} s after the Job began it fails with DeadlineExceeded and {deleted}", DELETION, NONE
        case "ttlSecondsAfterFinished":
            return f"{value} s after the Job finished it is deleted, and with it its Pods", REMOVED, NONE
        case "podFailurePolicy":
            return f"a failed Pod may fail the Job at once, and {deleted}; or it may not count", DELETION, NONE
        case "successPolicy":
            return f"once it is met the Job is complete and {deleted}, also running ones", DELETION, NONE
        case "backoffLimitPerIndex" | "maxFailedIndexes":
            return f"too many failures fail the Job, and {deleted}", DELETION, NONE
        case "suspend" if value is True:
            return "a suspended Job has no Pods", DELETION, PROGRESS
    return None


def _cron_job(field: str, value: Any, policy: str) -> _Told | None:
    match field:
        case "concurrencyPolicy" if value == "Replace":
            return "when the next Job is due the running one is deleted, and with it its Pods", DELETION, NONE
        case "successfulJobsHistoryLimit" | "failedJobsHistoryLimit":
            return "older Jobs that finished are deleted, and with them their Pods", REMOVED, NONE
        case "suspend" if value is True:
            return "no Job is made, so no Pod", NONE, PROGRESS
    return None


def _replicated(field: str, value: Any, policy: str) -> _Told | None:
    if field == "replicas" and value == 0:
        return "no Pod is made, and those that there are get deleted", DELETION, PROGRESS
    return None


DEFAULT_BACKOFF_LIMIT = 6


def _of_workload(document: PodDocument) -> Iterator[Uncovered]:
    policy = str(document.pod["spec"].get("restartPolicy") or RestartPolicy.Always)
    rules = {"Job": ((("spec",), _job),), "CronJob": ((("spec",), _cron_job), (document.template[:-1], _job))}
    for path, rule in rules.get(document.kind, ((("spec",), _replicated),) if document.template else ()):
        spec = _inside(document.outer, path)
        owner = "Job: " if rule is _job else f"{document.kind}: "
        for field, value in spec.items():
            told = rule(field, value, policy) if value is not None else None
            if told is not None:
                shown = f" {value}" if isinstance(value, int | str) and not isinstance(value, bool) else ""
                yield _uncovered(f"{owner}{field}{shown}", told, document.outer_location_of(*path, field))
        if rule is _job and spec.get("backoffLimit") is None and spec.get("backoffLimitPerIndex") is None:
            told = _job("backoffLimit", DEFAULT_BACKOFF_LIMIT, policy)
            assert told is not None
            what = f"{owner}backoffLimit {DEFAULT_BACKOFF_LIMIT} (the default)"
            yield _uncovered(what, told, document.outer_location_of(*path))


def _uncovered(what: str, told: _Told, where: Location) -> Uncovered:
    consequence, brings, holds_up = told
    return Uncovered(what, consequence, where, brings, holds_up)


def _inside(value: Any, path: tuple[Step, ...]) -> Mapping[str, Any]:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


# Fields that Kubernetes does not have, and those that are only named.


def _unknown(document: PodDocument) -> Iterator[Uncovered]:
    for path, value, kind in _objects(document):
        known = FIELDS[kind].all
        for field in value:
            if field not in known:
                near = get_close_matches(field, known, 1)
                where = (
                    document.location_of(*path, field)
                    if path[0] != "outer"
                    else document.outer_location_of(*path[1:], field)
                )
                meant = f"; is {near[0]} meant?" if near else ""
                named = ".".join(str(step) for step in path if step != "outer")
                consequence = (
                    f"unknown to Kubernetes 1.36: the API server refuses it, or drops it without a word{meant}"
                )
                yield Uncovered(f"{named}.{field}", consequence, where, rule=UNKNOWN_FIELD)


def unread(document: PodDocument) -> tuple[str, ...]:
    """The fields that are given and that nothing here looks at, by name, sorted."""
    found = {field for _, value, kind in _objects(document) for field in value if field in FIELDS[kind].unread}
    return tuple(sorted(found))


def _objects(document: PodDocument) -> Iterator[tuple[tuple[Step, ...], Mapping[str, Any], str]]:
    """The parts of the spec whose fields are known: path (in the Pod; behind "outer" in its owner), value, kind."""
    spec = document.pod["spec"]
    yield ("spec",), spec, "PodSpec"
    for key in ("initContainers", "containers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(key) or ()):
            path = ("spec", key, index)
            yield path, container, "EphemeralContainer" if key == "ephemeralContainers" else "Container"
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                timed = key != "ephemeralContainers" and probe != "readinessProbe"
                yield (*path, probe), _inside(container, (probe,)), "TimedProbe" if timed else "Probe"
            yield (*path, "lifecycle"), _inside(container, ("lifecycle",)), "Lifecycle"
    if document.template:
        yield ("outer", "spec"), _inside(document.outer, ("spec",)), OF_SPEC[document.kind]
    if document.kind == "CronJob":
        yield ("outer", *document.template[:-1]), _inside(document.outer, document.template[:-1]), "JobSpec"
