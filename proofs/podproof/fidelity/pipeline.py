"""Corpora of generateAPIPodStatus: one sync, and the syncs in which a Pod is stopped.

In stages, as in Kubernetes: the container statuses, then the phase, ready and started, then the conditions. What one
stage decides is read by the next as a given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podproof.fidelity import objects, readiness, writes
from podproof.fidelity.corpus import Corpus, Json, Unsupported
from podproof.language.valuations import evaluate
from podproof.pod.rules import conditions, container_status, merge, phase, pipeline, probes, termination
from podproof.pod.rules.conditions import Network
from podproof.pod.rules.container_status import Last, Life, Rules, Seen, Source
from podproof.pod.rules.decision import Decision
from podproof.pod.rules.merge import ConditionType, Fate
from podproof.pod.rules.pipeline import AllRestarting, Cause, KillReason, ReasonFrom
from podproof.pod.rules.probes import Result
from podproof.pod.rules.records import Match
from podproof.pod.spec import ContainerPolicy, RestartPolicy, policy
from podproof.pod.states import Phase

Values = objects.Values
Sizes = objects.Sizes


@dataclass
class Sync:
    """What one call reads: the Pod (its status is the API's), the kubelet's own status, and the runtime."""

    metadata: Json
    spec: Json
    api: Json
    local: Json
    sandboxes: Sequence[Json]
    containers: Sequence[Json]
    start_errors: Json
    is_terminal: bool
    elapsed: int | None
    rules: dict[str, str] | None = None
    """Where to write which rule decided what; None: nowhere."""

    def __post_init__(self) -> None:
        self.values: Values = {}
        self.sizes: Sizes = {}
        self.instances = _by_name(self.containers)

    def decide(self, decision: Decision[Any], what: str = "", own: int | None = None) -> Any:
        if self.rules is not None:
            self.rules[what or decision.name] = decision.decided_by(self.values, self.sizes, own).name
        return evaluate(decision.value, self.values, self.sizes, own=own)


def _by_name(containers: Sequence[Json]) -> dict[str, list[Json]]:
    """The instances of each container, newest first."""
    found: dict[str, list[Json]] = {}
    for instance in sorted(containers, key=lambda one: -(one.get("createdAt") or 0)):
        found.setdefault(instance["name"], []).append(instance)
    return found


# Container statuses.


@dataclass(frozen=True)
class Group:
    """One list of containers and of their statuses. by_name: the statuses are sorted."""

    rules: Rules
    field: str
    statuses: str
    by_name: bool


GROUPS = (
    Group(container_status.app_rules, "containers", "containerStatuses", True),
    Group(container_status.init_rules, "initContainers", "initContainerStatuses", False),
    Group(container_status.extra_rules, "ephemeralContainers", "ephemeralContainerStatuses", True),
)

NO_INSTANCE: Json = {"state": "absent", "exitCode": None, "id": "", "restartCount": 0}
LIVES = {str(life): life for life in Life}


@dataclass
class Rows:
    """The containers of a group, each with its status so far, its newest instance, and the one before."""

    specs: list[Json]
    olds: list[Json]
    newest: list[Json]
    previous: list[Json]


def _rows(sync: Sync, group: Group) -> Rows:
    specs = list({one["name"]: one for one in objects.containers(sync.spec, group.field)}.values())
    old = {one["name"]: one for one in objects.statuses(sync.local, group.statuses)}
    pairs = [[*sync.instances.get(one["name"], ()), NO_INSTANCE, NO_INSTANCE] for one in specs]
    return Rows(specs, [old.get(one["name"], {}) for one in specs], [p[0] for p in pairs], [p[1] for p in pairs])


def _seen_values(seen: Seen, rows: Rows, texts: writes.Texts, start_errors: Json) -> Values:
    own = [one.get("restartPolicy") for one in rows.specs]
    return {
        seen.policy: [ContainerPolicy(one) if one else ContainerPolicy.unset for one in own],
        seen.was: [objects.state_of(one.get("state"))[0] for one in rows.olds],
        seen.had: [objects.state_of(one.get("lastState"))[0] for one in rows.olds],
        seen.old_id: [texts(one.get("containerID")) for one in rows.olds],
        seen.old_restarts: [one.get("restartCount") or 0 for one in rows.olds],
        seen.life: [LIVES.get(one["state"], Life.unknown) for one in rows.newest],
        seen.id: [texts(one.get("id")) for one in rows.newest],
        seen.restarts: [one.get("restartCount") or 0 for one in rows.newest],
        seen.exit_code: [one.get("exitCode") or 0 for one in rows.newest],
        seen.matched: [
            objects.rule_matched(objects.exit_rules(spec), one.get("exitCode"))
            for spec, one in zip(rows.specs, rows.newest, strict=True)
        ],
        seen.previous: [LIVES.get(one["state"], Life.unknown) for one in rows.previous],
        seen.failed_start: [one["name"] in start_errors for one in rows.specs],
    }


Render = Callable[[Sync, Json, Json, str], Json]
"""What a state says: from the sync, the instance, the status so far and the container's name."""

LOST = container_status.LOST_EXIT_CODE


def _lost(sync: Sync) -> Json:
    return {"terminated": {"exitCode": LOST, "reason": str(sync.decide(container_status.lost_reason))}}


STATES: Mapping[Source, Render] = {
    Source.default: lambda sync, instance, old, name: {
        "waiting": {"reason": str(sync.decide(container_status.first_reason))}
    },
    Source.blank: lambda sync, instance, old, name: {"waiting": {}},
    Source.failed_start: lambda sync, instance, old, name: {"waiting": {"reason": sync.start_errors[name]["reason"]}},
    Source.running: lambda sync, instance, old, name: {"running": {}},
    Source.exited: lambda sync, instance, old, name: {
        "terminated": {
            "containerID": instance.get("id"),
            "exitCode": instance.get("exitCode") or 0,
            "reason": instance.get("reason"),
        }
    },
    Source.lost: lambda sync, instance, old, name: _lost(sync),
    Source.completed: lambda sync, instance, old, name: {"terminated": {"exitCode": 0, "reason": "Completed"}},
    Source.old: lambda sync, instance, old, name: old["state"],
}


def _lasts(sync: Sync, rules: Rules, rows: Rows, number: int) -> Mapping[Last, Callable[[], Json | None]]:
    name, old = rows.specs[number]["name"], rows.olds[number]

    def state(decision: Decision[Source], instance: Json) -> Json:
        return STATES[sync.decide(decision, f"{name}: {decision.name}", number)](sync, instance, old, name)

    return {
        Last.state: lambda: state(rules.found, rows.newest[number]),
        Last.previous: lambda: state(rules.previous, rows.previous[number]),
        Last.lost: lambda: _lost(sync),
        Last.old_state: lambda: old.get("state"),
        Last.old_last: lambda: old.get("lastState"),
    }


def _status(sync: Sync, group: Group, rows: Rows, number: int) -> dict[str, Any]:
    rules, name, old = group.rules, rows.specs[number]["name"], rows.olds[number]
    newest = rows.newest[number]

    def decide(decision: Decision[Any]) -> Any:
        return sync.decide(decision, f"{name}: {decision.name}", number)

    found = decide(rules.found)
    copied = old if found is Source.old else {}
    return {
        "ready": bool(copied.get("ready")),
        "started": old.get("started"),  # also by a new instance, until the probes are asked
        "containerID": copied.get("containerID") or newest.get("id"),
        "name": name,
        "restartCount": decide(rules.restarts),
        "state": STATES[decide(rules.state)](sync, newest, old, name),
        "lastState": _lasts(sync, rules, rows, number)[decide(rules.last)](),
    }


def container_statuses(sync: Sync) -> dict[str, list[dict[str, Any]]]:
    """The statuses of all containers. Fills in the values of `container_status`."""
    texts = writes.Texts()
    found = [(group, _rows(sync, group)) for group in GROUPS]
    sync.values[container_status.deleted] = bool(sync.metadata.get("deletionTimestamp"))
    sync.values[policy] = RestartPolicy(sync.spec.get("restartPolicy") or "Always")
    for group, rows in found:
        sync.values.update(_seen_values(group.rules.seen, rows, texts, sync.start_errors))
        sync.sizes[group.rules.seen.kind] = len(rows.specs)
    return {
        group.statuses: sorted(
            (_status(sync, group, rows, number) for number in range(len(rows.specs))),
            key=lambda one: one["name"] if group.by_name else "",
        )
        for group, rows in found
    }


# Phase and reason.


def _decide_phase(sync: Sync) -> tuple[Phase, str]:
    """Phase and reason. The statuses are in sync.values; nobody has said yet which containers have started."""
    active = {one["name"] for one in sync.containers if one.get("inActiveSandbox")}
    sync.values[container_status.active] = [one["name"] in active for one in objects.containers(sync.spec)]
    limit = sync.spec.get("activeDeadlineSeconds")
    sync.values.update(
        {
            phase.pod_is_terminal: sync.is_terminal,
            phase.initialized: evaluate(container_status.initialized, sync.values, sync.sizes),
            phase.own_counts: True,
            pipeline.local_phase: writes.PHASES.get(sync.local.get("phase") or "", merge.AnyPhase.other),
            pipeline.api_phase: writes.PHASES.get(sync.api.get("phase") or "", merge.AnyPhase.other),
            pipeline.local_reason: bool(sync.local.get("reason")),
            pipeline.limited: limit is not None,
            pipeline.limit: limit or 0,
            pipeline.has_start: sync.elapsed is not None,
            pipeline.elapsed: sync.elapsed or 0,
        }
    )
    sync.values[pipeline.computed] = sync.decide(phase.recorded, "phase of the containers")
    reasons = {
        ReasonFrom.deadline: str(ReasonFrom.deadline),
        ReasonFrom.local: sync.local.get("reason") or "",
        ReasonFrom.api: sync.api.get("reason") or "",
        ReasonFrom.none: "",
    }
    return sync.decide(pipeline.final), reasons[sync.decide(pipeline.reason)]


# ready and started.


def _probe(sync: Sync, statuses: Mapping[str, list[dict[str, Any]]]) -> None:
    """No container has a probe here. What is decided goes into the statuses and into the values of the records."""
    entries = {one["name"]: one for field in ("containerStatuses", "initContainerStatuses") for one in statuses[field]}
    for probed, field in ((probes.app, "containers"), (probes.inits, "initContainers")):
        specs = objects.containers(sync.spec, field)
        for probe in (probed.startup, probed.readiness):
            sync.values[probe.worker] = [False] * len(specs)
            sync.values[probe.result] = [Result.none] * len(specs)
        record = probed.record
        names = [one["name"] for one in specs]
        started = [sync.decide(probed.started, f"{name}.started", number) for number, name in enumerate(names)]
        ready = [sync.decide(probed.ready, f"{name}.ready", number) for number, name in enumerate(names)]
        sync.values[record.started] = [objects.STARTED[one] for one in started]
        sync.values[record.ready] = ready
        for name, has_started, is_ready in zip(names, started, ready, strict=True):
            entries[name].update(started=has_started, ready=is_ready)


# Conditions.


def _kept_conditions(sync: Sync) -> list[Json]:
    """Those of others, and DisruptionTarget."""
    sides = ((merge.old, _conditions_of(sync.api)), (merge.new, _conditions_of(sync.local)))
    for side, found in sides:
        sync.values[side.type] = [writes.TYPES.get(one["type"], ConditionType.other) for one in found]
        sync.values[side.true] = [one["status"] == "True" for one in found]
        sync.sizes[side.kind] = len(found)
    disruption = _first(sides[1][1], str(ConditionType.disruption_target))
    shown: Mapping[Fate, Callable[[Json], list[Json]]] = {
        Fate.kept: lambda one: [one],
        Fate.dropped: lambda one: [],
        Fate.replaced: lambda one: [disruption],
    }
    kept = [
        shown_one
        for number, one in enumerate(sides[0][1])
        for shown_one in shown[sync.decide(pipeline.fate, f"condition {one['type']}", number)](one)
    ]
    return [*kept, disruption] if sync.decide(pipeline.adds_disruption) else kept


def _conditions_of(status: Json) -> list[Json]:
    return list(status.get("conditions") or ())


def _first(found: Sequence[Json], which: str) -> Json:
    return next((one for one in found if one["type"] == which), {})


def _is_true(found: Sequence[Json], which: str) -> bool:
    return _first(found, which).get("status") == "True"


def _sandboxes(sync: Sync) -> None:
    sandboxes = sync.sandboxes
    sync.values.update(
        {
            conditions.host_network: bool(sync.spec.get("hostNetwork")),
            conditions.sandbox_ready: [one["state"] == "SANDBOX_READY" for one in sandboxes],
            conditions.network: [Network(one.get("networkNamespace") or "POD") for one in sandboxes],
            conditions.address: [readiness.ADDRESSES.get(one.get("ip"), conditions.Address.some) for one in sandboxes],
        }
    )
    sync.sizes[conditions.sandbox] = len(sandboxes)


def _conditions(sync: Sync, new_phase: Phase) -> list[Json]:
    specs, inits = objects.containers(sync.spec), objects.containers(sync.spec, "initContainers")
    gates = [gate["conditionType"] for gate in sync.spec.get("readinessGates") or ()]
    sync.values.update(
        {
            conditions.phase: new_phase,
            pipeline.phase: new_phase,
            conditions.has_statuses: bool(specs or inits),
            conditions.was_initialized: _is_true(_conditions_of(sync.local), "Initialized"),
            pipeline.app_restarts_all: [_restarts_all(one) for one in specs],
            pipeline.init_restarts_all: [_restarts_all(one) for one in inits],
        }
    )
    sync.sizes[conditions.gate] = len(gates)
    written = _kept_conditions(sync)
    for which in ("PodReadyToStartContainers", "Initialized"):
        written.append({"type": which, **readiness.condition(sync.decide(readiness.DECISIONS[which], which))})
    sync.values[conditions.gate_true] = [_is_true(written, gate) for gate in gates]
    for which in ("Ready", "ContainersReady"):
        written.append({"type": which, **readiness.condition(sync.decide(readiness.DECISIONS[which], which))})
    written.append({"type": "PodScheduled", "status": "True"})
    restarting = sync.decide(pipeline.all_restarting)
    if restarting is not AllRestarting.none:
        written.append({"type": "AllContainersRestarting", **readiness.condition(restarting)})
    return written


def _restarts_all(container: Json) -> bool:
    return any(rule["action"] == Match.restart_all for rule in container.get("restartPolicyRules") or ())


# The whole status.


def generate(sync: Sync) -> dict[str, Any]:
    """generateAPIPodStatus."""
    statuses = container_statuses(sync)
    values, sizes = objects.pod(sync.spec, statuses, sync.metadata)
    sync.values.update(values)
    sync.sizes.update(sizes)
    new_phase, reason = _decide_phase(sync)
    _probe(sync, statuses)
    _sandboxes(sync)
    has_address = evaluate(pipeline.shows_address, sync.values, sync.sizes)
    addresses = [one["ip"] for one in sync.sandboxes[:1]] if has_address else []
    return {
        **statuses,
        "phase": str(new_phase),
        "reason": reason,
        "conditions": _conditions(sync, new_phase),
        "podIPs": [{"ip": address} for address in addresses],
        "podIP": next(iter(addresses), ""),
        "qosClass": _class(sync.spec, sync.api),
    }


def _class(spec: Json, api: Json) -> str:
    """GetPodQOS: as it is; computed only for a Pod that asks for nothing."""
    if api.get("qosClass"):
        return str(api["qosClass"])
    every = [*objects.containers(spec), *objects.containers(spec, "initContainers")]
    if spec.get("resources") or any(one.get("resources") for one in every):
        raise Unsupported("a Pod without a qosClass whose containers have requests or limits")
    return "BestEffort"


FREE = frozenset({"message", "lastProbeTime", "lastTransitionTime", "startedAt", "finishedAt", "startTime"})
"""Not compared: free text and times."""


def shown(given: Any) -> Any:
    """Without free text, times and what is empty; but a state that says nothing more is a state."""
    if isinstance(given, dict):
        pairs = ((key, shown(value)) for key, value in given.items() if key not in FREE)
        return {key: value for key, value in pairs if value not in EMPTY or key in ("running", "waiting")}
    return [shown(one) for one in given] if isinstance(given, list) else given


EMPTY: tuple[Any, ...] = (None, "", [], {})


def _sync(given: Json, rules: dict[str, str] | None = None) -> Sync:
    runtime, old = given.get("runtime") or {}, given.get("oldStatus") or {}
    return Sync(
        given.get("metadata") or {},
        given["spec"],
        old,
        old,
        runtime.get("sandboxes") or (),
        runtime.get("containers") or (),
        given.get("startErrors") or {},
        bool(given.get("podIsTerminal")),
        given.get("secondsSinceStartTime"),
        rules,
    )


def _status_pipeline(given: Json) -> Json:
    return {"status": shown(generate(_sync(given)))}


def _decided_by(given: Json) -> Mapping[str, str]:
    rules: dict[str, str] = {}
    generate(_sync(given, rules))
    return rules


def _scenario_decided_by(given: Json) -> Mapping[str, str]:
    rules: dict[str, str] = {}
    scenario(given, rules)
    return rules


# Stopping a Pod.

REASONS = {0: "Completed", 137: "OOMKilled"}
"""How the recorded runtime explains an exit code; all others are errors."""
SANDBOXES: tuple[Json, ...] = ({"state": "SANDBOX_READY", "ip": None},)
"""Nobody told its address."""


CAUSES = {str(cause): cause for cause in Cause}


def _runtime(states: Json) -> list[Json]:
    """Containers are `running`, or ended with an exit code."""
    return [_instance(name, state) for name, state in states.items()]


def _instance(name: str, state: Any) -> Json:
    running = state == "running"
    code = None if running else state["exitCode"]
    return {
        "name": name,
        "id": f"t://{name}",
        "state": "running" if running else "exited",
        "exitCode": code,
        "reason": "" if code is None else REASONS.get(code, "Error"),
        "restartCount": 0,
        "createdAt": 0,
        "inActiveSandbox": True,
    }


def scenario(given: Json, rules: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """The statuses that the kubelet holds, step by step (SyncTerminatingPod, SyncTerminatedPod, rejectPod).

    rules: where to write which rule decided what in the last sync."""
    if given["cause"] == "admissionRejection":
        return [{"step": "rejected", "status": _rejected(given)}]
    if given["cause"] not in CAUSES:
        raise Unsupported(f"cause {given['cause']}")
    cause = CAUSES[given["cause"]]
    overdue = cause is Cause.deadline
    elapsed = given["spec"].get("activeDeadlineSeconds") if overdue else None
    metadata = given.get("metadata") or {}

    def sync(api: Json, local: Json, states: Json, is_terminal: bool) -> dict[str, Any]:
        containers = _runtime(states)
        return generate(
            Sync(metadata, given["spec"], api, local, SANDBOXES, containers, {}, is_terminal, elapsed, rules)
        )

    before = None if overdue else sync({}, {}, given["before"], False)
    api = before or {}
    terminating = sync(api, api, given["before"], False) | _killed(cause)
    stopped = sync(api, terminating, given["after"], True)
    last = sync(api, stopped, given["after"], True)
    terminated = _terminated(given["spec"], api, last, objects.is_static(metadata))
    return [
        {"step": "before", "status": before},
        {"step": "terminating-generated", "status": terminating},
        {"step": "containersStopped", "status": stopped},
        {"step": "terminated", "status": terminated},
    ]


def _terminated(spec: Json, api: Json, local: Json, static: bool) -> dict[str, Any]:
    """TerminatePod, which asks the API's copy whether the Pod had initialized."""
    asked = writes.termination_state({"spec": spec, "status": api})
    values, sizes = writes.termination_state({"spec": spec, "status": local, "static": static})
    values[pipeline.had_initialized] = evaluate(termination.initialized.value, *asked)
    marked = {
        field: [
            {**one, "state": writes.LOST} if evaluate(decision.value, values, sizes, own=number) else one
            for number, one in enumerate(local[field])
        ]
        for decision, field in (
            (pipeline.app_lost, "containerStatuses"),
            (termination.init_lost, "initContainerStatuses"),
        )
    }
    fails = evaluate(termination.recorded_fails.value, values, sizes)
    return {**local, **marked, "phase": str(Phase.Failed) if fails else local["phase"]}


def _killed(cause: Cause) -> dict[str, str]:
    reason = evaluate(pipeline.killed.value, {pipeline.cause: cause}, {})
    return {} if reason is KillReason.none else {"phase": str(Phase.Failed), "reason": str(reason)}


def _rejected(given: Json) -> dict[str, str]:
    return {"phase": str(Phase.Failed), "reason": given["reason"], "qosClass": _class(given["spec"], {})}


CORPORA = (
    Corpus(
        "status_pipeline",
        "kubelet generateAPIPodStatus, from the runtime and the status so far to the new one",
        "the whole status but messages and times; addresses are copied, and so is qosClass where there is one",
        _status_pipeline,
        lambda output: {"status": shown(output["status"])},
        _decided_by,
    ),
    Corpus(
        "scenarios",
        "Kubelet.SyncTerminatingPod with SyncTerminatedPod, and rejectPod",
        "the whole status at each step but messages and times",
        lambda given: {"steps": shown(scenario(given))},
        lambda output: {"steps": shown(output["steps"])},
        _scenario_decided_by,
    ),
)
