"""What the API server refuses for certain, with Kubernetes' own field paths.

Only rules that concern containers' lives, and only where they are certain (apis/core/validation: ValidatePodSpec,
validateInitContainers, validateContainerRestartPolicy, validateLivenessProbe, validateHandler; apis/batch). Not
checked: everything else that the API server looks at, so an object without a finding may be refused all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from podproof.findings.finding import Finding
from podproof.kubernetes.objects.documents import Step, quoted
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.objects.rules import REFUSED_FIELD
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS = ("postStart", "preStop")
PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
MOST_RULES, MOST_CODES = 20, 255
ACTIONS = ("Restart", "RestartAllContainers")
CONTROLLED = ("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet")
"""Kinds whose Pods are to run for ever: no deadline is allowed there."""


_Found = tuple[tuple[Step, ...], str]
"""The path of the field in the Pod, and what is wrong with it."""


def refused(document: PodDocument) -> tuple[Finding, ...]:
    """In the order of the document. Each is about a field, as the API server names it, such as
    spec.containers[0].livenessProbe."""
    found = [
        Finding(REFUSED_FIELD, _named((*document.template, *path)), said, location=document.location_of(*path))
        for path, said in _pod(document)
    ]
    return tuple(sorted(found, key=lambda each: (each.location.order if each.location else (0, 0), each.subject)))


def _named(path: tuple[Step, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _pod(document: PodDocument) -> Iterator[_Found]:
    spec = document.pod["spec"]
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and document.kind in CONTROLLED:
        yield ("spec", "activeDeadlineSeconds"), f"a deadline is not supported in a {document.kind}"
    elif isinstance(deadline, int) and deadline < 1:
        yield ("spec", "activeDeadlineSeconds"), f"is {deadline}, must be at least 1"
    if document.template and spec.get("ephemeralContainers"):
        yield ("spec", "ephemeralContainers"), "ephemeral containers are not allowed in a Pod template"
    if spec.get("schedulingGates") and spec.get("nodeName"):
        yield ("spec", "nodeName"), "cannot be set until all schedulingGates have been cleared"
    for key in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(key) or ()):
            path = ("spec", key, index)
            if key == "initContainers" and container.get("restartPolicy") != ContainerPolicy.Always:
                yield from _plain_init(path, container)
            yield from _container(path, container)
            yield from _rules(path, container)
    job = document.outer.get("spec") if document.kind == "Job" else None
    if isinstance(job, dict) and job.get("podFailurePolicy") and spec.get("restartPolicy") != RestartPolicy.Never:
        yield ("spec", "restartPolicy"), "only Never is supported when podFailurePolicy is specified"


def _plain_init(path: tuple[Step, ...], container: Mapping[str, Any]) -> Iterator[_Found]:
    """validateInitContainers."""
    for field in ("lifecycle", *PROBES):
        if container.get(field) is not None:
            yield (*path, field), "may not be set for init containers without restartPolicy Always"


def _container(path: tuple[Step, ...], container: Mapping[str, Any]) -> Iterator[_Found]:
    for field in ("command", "args"):
        yield from _texts((*path, field), container.get(field))
    for field in PROBES:
        probe = container.get(field)
        if not isinstance(probe, dict):
            continue
        yield from _handler((*path, field), probe, PROBE_HANDLERS)
        threshold = probe.get("successThreshold")
        if field != "readinessProbe" and threshold not in (None, 0, 1):
            yield (*path, field, "successThreshold"), f"is {threshold}, must be 1"
        if field == "readinessProbe" and probe.get("terminationGracePeriodSeconds") is not None:
            yield (*path, field, "terminationGracePeriodSeconds"), "must not be set for readinessProbes"
        for number in (
            "initialDelaySeconds",
            "periodSeconds",
            "timeoutSeconds",
            "successThreshold",
            "failureThreshold",
        ):
            value = probe.get(number)
            if isinstance(value, int) and value < 0:
                yield (*path, field, number), f"is {value}, must not be negative"
    lifecycle = container.get("lifecycle")
    if isinstance(lifecycle, dict):
        for hook in HOOKS:
            if isinstance(lifecycle.get(hook), dict):
                yield from _handler((*path, "lifecycle", hook), lifecycle[hook], HOOK_HANDLERS)


def _handler(path: tuple[Step, ...], value: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[_Found]:
    """validateHandler: exactly one."""
    given = [handler for handler in known if value.get(handler) is not None]
    if not given:
        yield path, f"must specify a handler: one of {', '.join(known)}"
    elif len(given) > 1:
        yield (*path, given[1]), f"may not specify more than 1 handler, and {given[0]} is one"
    action = value.get("exec")
    if isinstance(action, dict):
        if not action.get("command"):
            yield (*path, "exec", "command"), "is required"
        yield from _texts((*path, "exec", "command"), action.get("command"))


def _texts(path: tuple[Step, ...], value: object) -> Iterator[_Found]:
    """What cannot be decoded: a command is a list of strings."""
    if value is not None and not isinstance(value, list):
        yield path, "must be a list of strings"
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(item, str):
            kind = "a mapping" if isinstance(item, dict) else quoted(str(item))
            yield (*path, index), f"must be a string, found {kind}; put it in quotes"


def _rules(path: tuple[Step, ...], container: Mapping[str, Any]) -> Iterator[_Found]:
    """validateContainerRestartPolicy (KEP-5307)."""
    rules = container.get("restartPolicyRules")
    if not rules:
        return
    if not container.get("restartPolicy"):
        yield (*path, "restartPolicy"), "is required when restartPolicyRules are used"
    if len(rules) > MOST_RULES:
        yield (*path, "restartPolicyRules"), f"has {len(rules)} rules, must have at most {MOST_RULES}"
    for index, rule in enumerate(rules):
        at = (*path, "restartPolicyRules", index)
        if not isinstance(rule, dict):
            yield at, "must be a mapping with action and exitCodes"
            continue
        if rule.get("action") not in ACTIONS:
            yield (*at, "action"), f"must be {' or '.join(ACTIONS)}"
        codes = rule.get("exitCodes")
        if not isinstance(codes, dict):
            yield (*at, "exitCodes"), "is required"
            continue
        if codes.get("operator") not in ("In", "NotIn"):
            yield (*at, "exitCodes", "operator"), "must be In or NotIn"
        values = codes.get("values") or []
        if not isinstance(values, list):
            yield (*at, "exitCodes", "values"), "must be a list of exit codes"
        elif len(values) > MOST_CODES:
            yield (*at, "exitCodes", "values"), f"has {len(values)} exit codes, must have at most {MOST_CODES}"
