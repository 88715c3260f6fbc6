"""What the status of a live object says and the model has no word for, each with its place and what it bears on.

Waiting reasons, conditions, restarts that no policy allows, resizes, changed images, reasons of an end: see `uncovered`
for what "bears on" means. Each rule says only what the fields at hand make certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from podproof.findings.finding import Location
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.objects.rules import UNEXPLAINED_STATUS
from podproof.kubernetes.objects.uncovered import DELETION, ENDS, PROGRESS, RESTARTS, Uncovered
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.events import (
    bind,
    kubelet,
    node,
    process,
    restart,
    restart_init,
    runtime,
    start,
    start_init,
)
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy
from podproof.kubernetes.vocabulary.states import TERMINAL, Phase

ADMISSION = frozenset(
    (
        "NodeAffinity",
        "NodeName",
        "NodePorts",
        "TaintToleration",
        "TopologyAffinityError",
        "UnexpectedAdmissionError",
        "SysctlForbidden",
        "AppArmor",
        "PodOSSelectorNodeLabelDoesNotMatch",
        "PodOSNotSupported",
        "InvalidNodeInfo",
        "VolumeAttachmentLimitExceeded",
    )
)
"""status.reason of a Pod that the kubelet's admission refused (rejectPod), beside OutOf<resource>."""


class Found(NamedTuple):
    """A condition, and where it is."""

    value: Mapping[str, Any]
    location: Location


def condition(document: PodDocument, type_: str) -> Found | None:
    for index, found in enumerate(document.pod["status"].get("conditions") or ()):
        if found.get("type") == type_:
            return Found(found, document.location_of("status", "conditions", index))
    return None


def _is(document: PodDocument, type_: str, value: str) -> Found | None:
    found = condition(document, type_)
    return found if found is not None and found.value.get("status") == value else None


def unexplained(document: PodDocument) -> tuple[Uncovered, ...]:
    """In the order of the document."""
    found = (*_of_pod(document), *_of_conditions(document), *_of_containers(document))
    told = (replace(each, rule=UNEXPLAINED_STATUS) for each in found)
    return tuple(sorted(told, key=lambda each: each.location.order))


def _of_pod(document: PodDocument) -> Iterator[Uncovered]:
    status = document.pod["status"]
    where = document.location_of("status", "phase")
    if status["phase"] not in Phase.__members__:
        yield Uncovered(f"phase {status['phase']}", "nothing writes it", where)
    reason, where = status.get("reason"), document.location_of("status", "reason")
    refused = reason in ADMISSION or str(reason).startswith("OutOf")
    known = refused or reason in ("Evicted", "Preempting", "Terminated", "NodeShutdown", "DeadlineExceeded")
    if reason and not known:
        yield Uncovered(f"reason {reason}", "the model does not know it", where)
    if refused and any(_ran(each) for each in _statuses(document)):
        said = "it ran, then its kubelet (or its node) was restarted, and admission was asked again and refused it"
        yield Uncovered(f"reason {reason} after it ran", said, where)
    for field, said in (
        ("resize", "a resize of its resources is under way"),
        ("nominatedNodeName", "the scheduler waits for a place on that node"),
        ("ephemeralContainerStatuses", "ephemeral containers never count for the phase"),
    ):
        if status.get(field):
            yield Uncovered(field, said, document.location_of("status", field))


# Conditions.

_PLAIN = ("PodScheduled", "PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "DisruptionTarget")
_ASKS = {
    "DeletionByTaintManager": "a taint of its node asks for its deletion",
    "DeletionByDeviceTaintManager": "a taint of a device asks for its deletion",
    "EvictionByEvictionAPI": "the Eviction API (kubectl drain, for example) asks for its deletion",
    "PreemptionByScheduler": "the scheduler asks for its deletion, to make room for another Pod",
}
_OTHERS = {
    "PodResizePending": "a resize of its resources waits",
    "PodResizeInProgress": "a resize of its resources is under way",
    "AllContainersRestarting": "a restart rule removes and restarts all its containers",
}


def _of_conditions(document: PodDocument) -> Iterator[Uncovered]:
    unscheduled = _is(document, "PodScheduled", "False")
    if unscheduled is not None:
        reason = unscheduled.value.get("reason") or "no reason given"
        why = (
            "until its scheduling gates are removed" if reason == "SchedulingGated" else "until the scheduler finds one"
        )
        said = f"nobody binds it to a node {why}{_message(unscheduled.value)}"
        back = ((bind, ""),)
        yield Uncovered(f"PodScheduled False, {reason}", said, unscheduled.location, holds_back=back)
    yield from _of_gates(document)
    yield from _of_silence(document)
    gates = {str(gate.get("conditionType")) for gate in _gates(document)}
    for index, found in enumerate(document.pod["status"].get("conditions") or ()):
        type_, where = str(found.get("type")), document.location_of("status", "conditions", index)
        asks = _ASKS.get(str(found.get("reason")))
        if type_ == "DisruptionTarget" and found.get("status") == "True" and asks:
            brings = frozenset() if document.pod["metadata"].get("deletionTimestamp") else DELETION
            yield Uncovered(f"DisruptionTarget, {found['reason']}", asks, where, brings)
        elif type_ in _OTHERS and found.get("status") == "True":
            restarts = RESTARTS if type_ == "AllContainersRestarting" else frozenset()
            yield Uncovered(type_, _OTHERS[type_], where, brings=restarts)
        elif type_ not in _PLAIN and type_ not in gates and type_ not in _OTHERS:
            yield Uncovered(f"condition {type_}", "nothing here looks at it", where)


def _of_silence(document: PodDocument) -> Iterator[Uncovered]:
    """The kubelet itself never writes Ready False beside ContainersReady True, unless a readiness gate is not True; the
    node controller does (MarkPodsNotReady)."""
    ready, containers = _is(document, "Ready", "False"), _is(document, "ContainersReady", "True")
    if ready is None or containers is None or _gates(document):
        return
    if ready.value.get("reason") != "ReadinessGatesNotReady":
        said = "not its kubelet wrote that but the node controller: the node does not answer"
        what = "the silence of its node (Ready False beside ContainersReady True)"
        yield Uncovered(what, said, ready.location, holds_back=_ON_THE_NODE)


def _gates(document: PodDocument) -> list[Mapping[str, Any]]:
    gates = document.pod["spec"].get("readinessGates")
    return [gate for gate in gates if isinstance(gate, dict)] if isinstance(gates, list) else []


def _of_gates(document: PodDocument) -> Iterator[Uncovered]:
    """kubelet GeneratePodReadyCondition: a gate that is absent counts as not True."""
    for gate in _gates(document):
        type_ = str(gate.get("conditionType"))
        found = condition(document, type_)
        value = "absent" if found is None else str(found.value.get("status"))
        if value != "True":
            where = document.location_of("spec", "readinessGates") if found is None else found.location
            reason = found.value.get("reason") if found is not None else None
            shown = f"{value}, {reason}" if reason else value
            said = "Ready stays False until whoever owns this gate sets it True"
            yield Uncovered(f"readiness gate {type_} {shown}", said, where)


def _message(value: Mapping[str, Any]) -> str:
    return f" ({value['message']})" if value.get("message") else ""


# Containers.

_BLOCKED = {
    **dict.fromkeys(
        ("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"),
        "its image could not be pulled; that is tried again for ever, and the Pod never fails from it",
    ),
    "ErrImageNeverPull": "its image is not on the node and must not be pulled; it is looked for again for ever",
    "InvalidImageName": "the name of its image is not valid; it does not start until the image is changed",
    "CreateContainerConfigError": "its configuration (a ConfigMap, a Secret, ...) is missing or wrong; tried for ever",
}
"""Reasons with which it is certain that there is no container to start."""

_WAITS = {
    **_BLOCKED,
    **dict.fromkeys(
        ("CreateContainerError", "PreCreateHookError", "PreStartHookError", "RunContainerError"),
        "it could not be created or started; that is tried again as its restart policy says",
    ),
    "PostStartHookError": "its postStart hook failed and it was killed; restarted as its restart policy says",
    "RestartingAllContainers": "a restart rule restarts all containers",
}
_ENDS = {
    **dict.fromkeys(
        ("StartError", "ContainerCannotRun"), "the runtime could not start it; in the model it ran and ended"
    ),
    "ContainerStatusUnknown": "the kubelet did not see how it ended",
    "RestartingAllContainers": "a restart rule removed it together with all others",
}
_KUBELET = tuple((event, "") for event in POD.events if event.actor is kubelet)
_ON_THE_NODE = tuple((event, "") for event in POD.events if event.actor in (kubelet, runtime, process, node))
_ORDINARY_WAITS = ("", "ContainerCreating", "PodInitializing", "CrashLoopBackOff")


def _of_containers(document: PodDocument) -> Iterator[Uncovered]:
    spec, status = document.pod["spec"], document.pod["status"]
    terminal = status["phase"] in TERMINAL
    for key, own, steps in (
        ("initContainerStatuses", "initContainers", (start_init, restart_init)),
        ("containerStatuses", "containers", (start, restart)),
    ):
        containers = {str(container.get("name")): container for container in spec.get(own) or ()}
        for index, found in enumerate(status.get(key) or ()):
            name, path = str(found.get("name")), ("status", key, index)
            where = document.location_of(*path)
            container = containers.get(name)
            if container is None:
                yield Uncovered(f"status of {name}", "the spec has no such container", where)
                continue
            waiting = _in(found, "state", "waiting")
            reason = str(waiting.get("reason") or "")
            if reason not in _ORDINARY_WAITS and not terminal:
                said = _WAITS.get(reason, "the model does not know this reason to wait")
                back = tuple((step, name) for step in steps) if reason in _BLOCKED else ()
                held = frozenset() if back else PROGRESS
                yield Uncovered(f"{name} waiting, {reason}", said, where, holds_up=held, holds_back=back)
            for when in ("state", "lastState"):
                ended = str(_in(found, when, "terminated").get("reason"))
                if ended in _ENDS:
                    yield Uncovered(f"{name} {when} terminated, {ended}", _ENDS[ended], where)
            hook = _in(container, "lifecycle", "postStart")
            waits = not terminal and "waiting" in _in(found, "state")
            if hook and waits and reason in ("", "ContainerCreating", "PodInitializing"):
                said = "until it or the container ends, the kubelet does nothing else for this Pod, a deletion included"
                yield Uncovered(f"the postStart hook of {name}", said, where, holds_back=_KUBELET)
            yield from _against_policy(document, container, found, where)
            yield from _edited(container, found, where)


def _against_policy(
    document: PodDocument, container: Mapping[str, Any], found: Mapping[str, Any], where: Location
) -> Iterator[Uncovered]:
    policy = container.get("restartPolicy") or document.pod["spec"].get("restartPolicy")
    count = found.get("restartCount")
    if policy == ContainerPolicy.Never and isinstance(count, int) and count > 0:
        said = "no policy restarts it: an image change restarts a running container whatever its policy says"
        if container.get("restartPolicyRules"):
            said += "; so do its restartPolicyRules"
        yield Uncovered(f"{container['name']} restartCount {count} under {RestartPolicy.Never}", said, where)


def _edited(container: Mapping[str, Any], found: Mapping[str, Any], where: Location) -> Iterator[Uncovered]:
    """The spec of a live Pod may change in its images and resources only."""
    name, image, shown = container["name"], container.get("image"), found.get("image")
    if image and shown and not _same_image(str(image), str(shown)):
        said = "the image was changed, or goes by another name; a change restarts a running container under any policy"
        yield Uncovered(f"{name}: image {image}, its status says {shown}", said, where, RESTARTS, ENDS)
    given, actual = container.get("resources"), found.get("resources")
    if isinstance(given, dict) and isinstance(actual, dict) and given != actual:
        said = "a resize is not through; it may restart the container, if its resizePolicy says so"
        yield Uncovered(f"{name}: resources differ from its status", said, where, RESTARTS, ENDS)


def _same_image(image: str, shown: str) -> bool:
    """A runtime may show an image with its registry, with its tag, or by its digest only."""
    if shown.startswith("sha256:") or "@" in shown or "@" in image:
        return True
    tagged = [name if ":" in name.rpartition("/")[2] else f"{name}:latest" for name in (image, shown)]
    return tagged[0] == tagged[1] or tagged[1].endswith(f"/{tagged[0]}")


def _statuses(document: PodDocument) -> Iterator[Mapping[str, Any]]:
    for key in ("initContainerStatuses", "containerStatuses"):
        yield from document.pod["status"].get(key) or ()


def _ran(status: Mapping[str, Any]) -> bool:
    return any(_in(status, when, how) for when in ("state", "lastState") for how in ("terminated", "running"))


def _in(value: Any, *path: str) -> Mapping[str, Any]:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
