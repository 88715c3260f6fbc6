"""Abstraction map: a manifest or a live object to what the Pod model knows of it, and to a list of what it does not.

A `Shape` is what a Pod's spec fixes. The facts of a live object are predicates over the model's variables, one for
every field that the model has; the status is read as current, as if the API never lagged behind the kubelet.

Abstracted away: whatever `uncovered` lists. Images, volumes, resources, security and networks have no place in the
model and are not listed: at most they decide how a container ends or how long something takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from podproof.language import TRUE, Assumption, Event, Expr, Kind, Machine, System, Transition, Variable, state
from podproof.pod import assumptions as given
from podproof.pod.events import restart, restart_init, start, start_init
from podproof.pod.manifests import PodDocument
from podproof.pod.pod import POD
from podproof.pod.spec import ContainerPolicy, Exit, RestartPolicy, init, init_policy, own_policy, policy, regular
from podproof.pod.states import (
    Deadline,
    InitRun,
    Object,
    Phase,
    Run,
    api_phase,
    assigned,
    deadline,
    ended,
    finalizer,
    init_ended,
    init_run,
    object_,
    run,
)

MIRROR = "kubernetes.io/config.mirror"
OF_JOBS = ("Job", "CronJob")
"""Their controller puts the finalizer batch.kubernetes.io/job-tracking on every Pod it makes."""


class Starts(StrEnum):
    """How often a container was started; restartCount is above 0 after `again`."""

    none = "none"
    once = "once"
    again = "again"


starts = state("starts", Starts, kind=regular, initial=Starts.none, doc="how often it was started")
init_starts = state("init starts", Starts, kind=init, initial=Starts.none, doc="how often it was started")


def _counts(name: str, count: Variable[Starts], *events: Event) -> Machine[Starts]:
    return Machine(
        name,
        count,
        doc="How often the container was started; it only observes.",
        transitions=(),
        reacts=[
            Transition(trigger=event, source=source, dest=dest)
            for event in events
            for source, dest in ((Starts.none, Starts.once), (Starts.once, Starts.again))
        ],
        abstracted=("how many restarts there were",),
    )


WATCHED = System(
    "pod with starts",
    (
        *POD.machines,
        _counts("starts", starts, start, restart),
        _counts("init starts", init_starts, start_init, restart_init),
    ),
    frozen=POD.frozen,
    initially=POD.initially,
    doc="The Pod together with whether its containers were restarted.",
)


@dataclass(frozen=True)
class Container:
    """A container that the model has. `index`: its place in the manifest's list; `line`: of its first line."""

    name: str
    policy: ContainerPolicy
    index: int
    line: int


@dataclass(frozen=True)
class Shape:
    """What a Pod's spec fixes, as far as the model has it. `inits` are the init containers, sidecars among them."""

    policy: RestartPolicy
    containers: tuple[Container, ...]
    inits: tuple[Container, ...]
    finalizer: bool
    deadline: int | None
    grace: int

    @property
    def sidecars(self) -> tuple[Container, ...]:
        return tuple(c for c in self.inits if c.policy is ContainerPolicy.Always)

    @property
    def ruled_out(self) -> tuple[Assumption, ...]:
        """Assumptions that hold by the manifest."""
        return (given.no_deadline,) if self.deadline is None else ()

    @property
    def assumption(self) -> Assumption:
        """All Pods like this one, with any number of containers (and of init containers, if there are some)."""
        return _assumption(
            self.policy,
            tuple(sorted({c.policy for c in self.containers})),
            tuple(sorted({c.policy for c in self.inits})),
        )

    def of(self, kind: Kind) -> tuple[Container, ...]:
        return self.containers if kind is regular else self.inits


@cache
def _assumption(
    of_pod: RestartPolicy, own: tuple[ContainerPolicy, ...], of_init: tuple[ContainerPolicy, ...]
) -> Assumption:
    """Named by its content, so that proofs found for one Pod are found again for another."""
    shape = policy.is_(of_pod) & regular.all(own_policy.is_(*own))
    name = f"restartPolicy {of_pod}" + _policies("containers", own)
    if of_init:
        shape &= init.some(TRUE) & init.all(init_policy.is_(*of_init))
        name += ", init containers" + _policies("init containers", of_init)
    else:
        shape &= init.none(TRUE)
        name += ", no init containers"
    return Assumption(name, f"The Pod has {name}.", shape=shape)


def _policies(who: str, policies: Sequence[ContainerPolicy]) -> str:
    return "" if set(policies) <= {ContainerPolicy.unset} else f", {who} {'|'.join(policies)}"


def shape(document: PodDocument) -> Shape:
    """The shape of the Pod; of a live one its finalizers are those that are left now."""
    spec, metadata = document.pod["spec"], document.pod["metadata"]
    return Shape(
        RestartPolicy(spec.get("restartPolicy") or RestartPolicy.Always),
        tuple(_containers(document, "containers")),
        tuple(_containers(document, "initContainers")),
        bool(metadata.get("finalizers")) or (document.kind in OF_JOBS and not document.live),
        spec.get("activeDeadlineSeconds"),
        30 if spec.get("terminationGracePeriodSeconds") is None else spec["terminationGracePeriodSeconds"],
    )


def _containers(document: PodDocument, key: str) -> Iterator[Container]:
    for index, container in enumerate(document.pod["spec"].get(key) or ()):
        own = ContainerPolicy(container.get("restartPolicy") or ContainerPolicy.unset)
        yield Container(container["name"], own, index, document.line_of("spec", key, index))


# What the model does not have.


@dataclass(frozen=True)
class Uncovered:
    """Something in the document that matters for the lifecycle and that the model does not have yet.

    goes_further: it may bring about what the model says can never happen.
    """

    what: str
    consequence: str
    line: int
    goes_further: bool = False


_OF_CONTAINERS = {
    "startupProbe": "the model never restarts a container because its startup probe failed",
    "livenessProbe": "the model has no restart by a failed probe; the container 'ends' all the same",
    "readinessProbe": "READY counts every running container as ready",
    "restartPolicyRules": "exit codes that override the restart policy are not looked at",
}
_HOOKS = {
    "postStart": "a failing hook kills the container: here it just ends",
    "preStop": "the hook takes part of the grace period: the model has no clock",
}
_OF_POD = {
    "ephemeralContainers": "they are left out: they never count for the phase",
    "readinessGates": "READY and the condition Ready ignore them",
    "schedulingGates": "the Pod stays Pending until they are removed; here the scheduler may bind it at once",
}


def uncovered(document: PodDocument) -> tuple[Uncovered, ...]:
    """In the order of their lines."""
    return tuple(sorted(_uncovered(document), key=lambda found: found.line))


def _uncovered(document: PodDocument) -> Iterator[Uncovered]:
    spec, annotations = document.pod["spec"], document.pod["metadata"].get("annotations") or {}
    for key in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(key) or ()):
            yield from _of_container(document, key, index, container)
    for key, consequence in _OF_POD.items():
        if spec.get(key):
            yield Uncovered(key, consequence, document.line_of("spec", key))
    if spec.get("terminationGracePeriodSeconds") is not None:
        value = spec["terminationGracePeriodSeconds"]
        consequence = "the model has no clock: a grace period is only 0 or not 0"
        line = document.line_of("spec", "terminationGracePeriodSeconds")
        yield Uncovered(f"terminationGracePeriodSeconds {value}", consequence, line)
    if isinstance(spec.get("activeDeadlineSeconds"), int):
        consequence = "the model has no clock: the deadline may pass at any moment"
        line = document.line_of("spec", "activeDeadlineSeconds")
        yield Uncovered(f"activeDeadlineSeconds {spec['activeDeadlineSeconds']}", consequence, line)
    if MIRROR in annotations:
        line = document.line_of("metadata", "annotations", MIRROR)
        yield Uncovered("static Pod (mirror)", "its kubelet re-creates it and never lets it end", line, True)


def _goes_further(field: str, container: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """A rule may bring back what its policy does not. After a failed probe OnFailure does not look at the exit code
    (kuberuntime computePodActions)."""
    policy = container.get("restartPolicy") or spec.get("restartPolicy")
    after_a_probe = field in ("livenessProbe", "startupProbe") and policy == ContainerPolicy.OnFailure
    return field == "restartPolicyRules" or after_a_probe


def _of_container(document: PodDocument, key: str, index: int, container: Mapping[str, Any]) -> Iterator[Uncovered]:
    name, path = container["name"], ("spec", key, index)
    for field, consequence in _OF_CONTAINERS.items():
        if container.get(field):
            further = _goes_further(field, container, document.pod["spec"])
            yield Uncovered(f"{name}: {field}", consequence, document.line_of(*path, field), further)
    lifecycle = container.get("lifecycle") or {}
    for hook, consequence in _HOOKS.items():
        if lifecycle.get(hook):
            yield Uncovered(f"{name}: {hook} hook", consequence, document.line_of(*path, "lifecycle", hook))
    if lifecycle.get("stopSignal"):
        line = document.line_of(*path, "lifecycle", "stopSignal")
        yield Uncovered(f"{name}: stopSignal", "the model knows no signals: the container just ends", line)


# What a live object says.


@dataclass(frozen=True, eq=False)
class Fact:
    """One thing that a live object says, as a predicate.

    holds: speaks of one element where `kind` is given; index: that element's place among the shape's; failed: its
    latest finished run, as far as it is known, ended with an exit code other than 0.
    """

    text: str
    line: int
    holds: Expr[bool]
    kind: Kind | None = None
    index: int | None = None
    failed: bool = False


@dataclass(frozen=True, eq=False)
class Observation:
    """facts: what a state must satisfy; unmapped: what the status says and the model cannot; broken: assumptions that
    the status names as broken."""

    facts: tuple[Fact, ...]
    unmapped: tuple[Uncovered, ...]
    broken: tuple[Assumption, ...]


_REASONS = {
    "Evicted": given.no_eviction,
    "Preempting": given.no_preemption,
    "Terminated": given.no_shutdown,
    "NodeShutdown": given.no_shutdown,
    "DeadlineExceeded": given.no_deadline,
    "NodeAffinity": given.no_rejection,
    "UnexpectedAdmissionError": given.no_rejection,
}


def observation(document: PodDocument) -> Observation:
    """What the live object says now."""
    facts: list[Fact] = []
    unmapped: list[Uncovered] = []
    _of_object(document, facts, unmapped)
    known = shape(document)
    lists = ((regular, "containerStatuses"), (init, "initContainerStatuses"))
    for kind, key in lists:
        found = _by_name(document, key)
        for index, container in enumerate(known.of(kind)):
            line, status = found.pop(container.name, (document.line_of("status"), {}))
            facts += _of_status(kind, index, container, status, line)
        for name, (line, _) in found.items():
            unmapped.append(Uncovered(f"status of {name}", "the spec has no such container", line))
    reason = document.pod["status"].get("reason")
    broken = _REASONS.get(str(reason))
    if broken is None and str(reason).startswith("OutOf"):
        broken = given.no_rejection
    if reason and broken is None:
        unmapped.append(
            Uncovered(f"reason {reason}", "the model does not know it", document.line_of("status", "reason"))
        )
    return Observation(tuple(facts), tuple(unmapped), () if broken is None else (broken,))


def _of_object(document: PodDocument, facts: list[Fact], unmapped: list[Uncovered]) -> None:
    metadata, spec, status = (document.pod[part] for part in ("metadata", "spec", "status"))
    phase, line = str(status["phase"]), document.line_of("status", "phase")
    if phase in Phase.__members__:
        facts.append(Fact(f"phase {phase}", line, api_phase.is_(Phase(phase))))
    else:
        unmapped.append(Uncovered(f"phase {phase}", "nothing writes it", line))
    deleted, line = metadata.get("deletionTimestamp"), document.line_of("metadata", "deletionTimestamp")
    if deleted:
        # With period 0 nobody waits any more: this may be the last that was seen of it.
        last = (Object.gone,) if metadata.get("deletionGracePeriodSeconds") == 0 else ()
        facts.append(Fact("deletionTimestamp set", line, object_.is_(Object.deleting, Object.held, *last)))
    else:
        facts.append(Fact("no deletionTimestamp", line, object_.is_(Object.unbound, Object.bound)))
    node, line = spec.get("nodeName"), document.line_of("spec", "nodeName")
    facts.append(Fact("on a node" if node else "on no node", line, assigned if node else ~assigned))
    held, line = metadata.get("finalizers"), document.line_of("metadata", "finalizers")
    facts.append(Fact("finalizers" if held else "no finalizers", line, finalizer if held else ~finalizer))
    if status.get("reason") == "DeadlineExceeded":
        line = document.line_of("status", "reason")
        facts.append(Fact("reason DeadlineExceeded", line, deadline.is_(Deadline.passed)))


def _by_name(document: PodDocument, key: str) -> dict[str, tuple[int, Mapping[str, Any]]]:
    listed = document.pod["status"].get(key) or ()
    return {str(s.get("name")): (document.line_of("status", key, i), s) for i, s in enumerate(listed)}


def _of_status(kind: Kind, index: int, container: Container, status: Mapping[str, Any], line: int) -> Iterator[Fact]:
    text, holds = _state(kind, status)
    ends = [_mapping(_mapping(status.get(key)).get("terminated")) for key in ("state", "lastState")]
    codes = [end["exitCode"] for end in ends if "exitCode" in end]
    yield Fact(f"{container.name} {text}", line, holds, kind, index, bool(codes) and 0 not in codes)
    count = status.get("restartCount")
    if isinstance(count, int):
        again = (starts if kind is regular else init_starts).is_(Starts.again)
        yield Fact(f"{container.name} restartCount {count}", line, again if count > 0 else ~again, kind, index)


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
        return f"terminated, exit {code}", over & exit_.is_(_class(code))
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
