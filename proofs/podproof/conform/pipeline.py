"""Corpora of generateAPIPodStatus: one sync, and the syncs in which a Pod is stopped.

Stages, steps and everything that is decided are those of `rules.status` and `rules.termination`. Here API objects
become records, and what was decided becomes an object again: text is copied from where the rules say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podproof.conform import objects, readiness, writes
from podproof.conform.corpus import Corpus, Json, Unsupported
from podproof.kubernetes.rules import conditions, container_status, merge, phase, records, status, termination
from podproof.kubernetes.rules.container_status import Last, Rules, Seen, Source
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.rules.merge import ConditionType, Fate
from podproof.kubernetes.rules.records import Match, State
from podproof.kubernetes.rules.status import AllRestarting, ReasonFrom, Stage
from podproof.kubernetes.rules.termination import Cause, KillReason
from podproof.kubernetes.vocabulary.spec import policy
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language import Expr, Variable
from podproof.language.meanings.python import evaluate

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
    probes: Sequence[Json] = ()
    """Those that there are, with what they found last."""

    def __post_init__(self) -> None:
        self.values: Values = {}
        self.sizes: Sizes = {}
        self.instances = _by_name(self.containers)
        self.rows: dict[str, Rows] = {}

    def run(self, stage: Stage) -> None:
        """Everything that the stage sets."""
        self.values.update({variable: self._decided(variable, made) for variable, made in stage.sets.items()})

    def _decided(self, variable: Variable[Any], made: Decision[Any] | Expr[Any]) -> Any:
        if variable.kind is None:
            return self.decide(made)
        return [self.decide(made, number) for number in range(self.sizes[variable.kind])]

    def decide(self, made: Decision[Any] | Expr[Any], own: int | None = None) -> Any:
        if isinstance(made, Expr):
            return evaluate(made, self.values, self.sizes, own=own)
        if self.rules is not None:
            what = made.name if own is None else f"{made.name} {own}"
            self.rules[what] = made.decided_by(self.values, self.sizes, own).name
        return evaluate(made.value, self.values, self.sizes, own=own)

    def of(self, variable: Variable[Any], number: int) -> Any:
        """The value of one element."""
        return self.values[variable][number]


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
    pairs = [[*sync.instances.get(one["name"], ()), *(objects.NO_INSTANCE,) * 2] for one in specs]
    return Rows(specs, [old.get(one["name"], {}) for one in specs], [p[0] for p in pairs], [p[1] for p in pairs])


def _seen_values(seen: Seen, rows: Rows, texts: writes.Texts, start_errors: Json) -> Values:
    return {
        **objects.instance_values(seen, rows.specs, rows.newest),
        **objects.record_values(seen.old, rows.specs, {one["name"]: one for one in rows.olds if one}),
        seen.old_id: [texts(one.get("containerID")) for one in rows.olds],
        seen.old_restarts: [one.get("restartCount") or 0 for one in rows.olds],
        seen.id: [texts(one.get("id")) for one in rows.newest],
        seen.restarts: [one.get("restartCount") or 0 for one in rows.newest],
        seen.previous: [objects.life(one) for one in rows.previous],
        seen.previous_exit_code: [one.get("exitCode") or 0 for one in rows.previous],
        seen.failed_start: [one["name"] in start_errors for one in rows.specs],
    }


def _container_state(says: State, exit_code: int, texts: Json) -> Json | None:
    """A ContainerState: the member and the exit code as decided, the rest copied."""
    if says is State.empty:
        return None
    copied = {field: texts.get(field) for field in ("reason", "containerID")}
    return {str(says): {**copied, "exitCode": exit_code} if says is State.terminated else copied}


def _texts(sync: Sync, source: Source, name: str, instance: Json, old: Json) -> Json:
    """The texts that go into a state from this source."""
    match source:
        case Source.exited:
            return {"reason": instance.get("reason"), "containerID": instance.get("id")}
        case Source.failed_start:
            return {"reason": sync.start_errors[name]["reason"]}
        case Source.old:
            return objects.state_of(old["state"])[1]
    return {"reason": str(sync.decide(container_status.WORDS[source]))} if source in container_status.WORDS else {}


def _status(sync: Sync, group: Group, number: int) -> dict[str, Any]:
    """One status entry, as its record and the sources of its texts say."""
    rules, rows = group.rules, sync.rows[group.field]
    decided, record = rules.decided, rules.record
    name, old, newest = rows.specs[number]["name"], rows.olds[number], rows.newest[number]

    def texts(source: Variable[Source], instance: Json) -> Json:
        return _texts(sync, sync.of(source, number), name, instance, old)

    lasts: Mapping[Last, Callable[[], Json]] = {
        Last.state: lambda: texts(decided.found, newest),
        Last.previous: lambda: texts(decided.previous, rows.previous[number]),
        Last.lost: lambda: {"reason": str(sync.decide(container_status.WORDS[Source.lost]))},
        Last.old_state: lambda: objects.state_of(old.get("state"))[1],
        Last.old_last: lambda: objects.state_of(old.get("lastState"))[1],
    }
    last = lasts[sync.of(decided.last, number)]()
    copied = old if sync.of(decided.found, number) is Source.old else {}
    return {
        "ready": sync.of(record.ready, number),
        "started": objects.STARTED_TEXTS[sync.of(record.started, number)],
        "containerID": copied.get("containerID") or newest.get("id"),
        "name": name,
        "restartCount": sync.of(decided.restarts, number),
        "state": _container_state(
            sync.of(record.state, number), sync.of(record.exit_code, number), texts(decided.state, newest)
        ),
        "lastState": _container_state(sync.of(record.last, number), sync.of(record.last_exit_code, number), last),
    }


def _read_containers(sync: Sync) -> None:
    texts = writes.Texts()
    for group in GROUPS:
        rows = sync.rows[group.field] = _rows(sync, group)
        sync.values.update(_seen_values(group.rules.seen, rows, texts, sync.start_errors))
        sync.sizes[group.rules.seen.kind] = len(rows.specs)


def _read_texts(sync: Sync) -> None:
    """Reasons, and which of its rules a container's exit codes match."""
    for group in GROUPS:
        record, specs = group.rules.record, sync.rows[group.field].specs
        entries = {specs[number]["name"]: _status(sync, group, number) for number in range(len(specs))}
        found = objects.record_values(record, specs, entries)
        read = (record.reason, record.matched, record.last_reason, record.last_matched)
        sync.values.update({variable: found[variable] for variable in read})


def _statuses(sync: Sync) -> dict[str, list[dict[str, Any]]]:
    return {
        group.statuses: sorted(
            (_status(sync, group, number) for number in range(len(sync.rows[group.field].specs))),
            key=lambda one: one["name"] if group.by_name else "",
        )
        for group in GROUPS
    }


# The Pod, its own two statuses, and its sandboxes.


def _read_pod(sync: Sync) -> None:
    specs, inits = objects.containers(sync.spec), objects.containers(sync.spec, "initContainers")
    active = {one["name"] for one in sync.containers if one.get("inActiveSandbox")}
    limit = sync.spec.get("activeDeadlineSeconds")
    sync.values.update(
        {
            policy: objects.pod_policy(sync.spec),
            records.static: objects.is_static(sync.metadata),
            records.deleted: bool(sync.metadata.get("deletionTimestamp")),
            container_status.active: [one["name"] in active for one in sync.rows["containers"].specs],
            phase.pod_is_terminal: sync.is_terminal,
            phase.own_counts: True,
            status.local_phase: writes.PHASES.get(sync.local.get("phase") or "", merge.AnyPhase.other),
            status.api_phase: writes.PHASES.get(sync.api.get("phase") or "", merge.AnyPhase.other),
            status.local_reason: bool(sync.local.get("reason")),
            status.limited: limit is not None,
            status.limit: limit or 0,
            status.has_start: sync.elapsed is not None,
            status.elapsed: sync.elapsed or 0,
            status.app_restarts_all: [_restarts_all(one) for one in specs],
            status.init_restarts_all: [_restarts_all(one) for one in inits],
            conditions.has_statuses: bool(specs or inits),
            conditions.was_initialized: _is_true(_conditions_of(sync.local), "Initialized"),
        }
    )
    sync.values.update(readiness.probes_of(sync.spec, sync.probes))
    for side, found in ((merge.old, _conditions_of(sync.api)), (merge.new, _conditions_of(sync.local))):
        sync.values[side.type] = [writes.TYPES.get(one["type"], ConditionType.other) for one in found]
        sync.values[side.true] = [one["status"] == "True" for one in found]
        sync.sizes[side.kind] = len(found)
    sync.sizes[conditions.gate] = len(sync.spec.get("readinessGates") or ())


def _restarts_all(container: Json) -> bool:
    return any(rule["action"] == Match.restart_all for rule in container.get("restartPolicyRules") or ())


def _conditions_of(found: Json) -> list[Json]:
    return list(found.get("conditions") or ())


def _first(found: Sequence[Json], which: str) -> Json:
    return next((one for one in found if one["type"] == which), {})


def _is_true(found: Sequence[Json], which: str) -> bool:
    return _first(found, which).get("status") == "True"


def _sandboxes(sync: Sync) -> None:
    sync.values.update(readiness.sandbox_values(sync.spec, sync.sandboxes))
    sync.sizes[conditions.sandbox] = len(sync.sandboxes)


# Conditions.


def _kept_conditions(sync: Sync) -> list[Json]:
    """Those of others, and DisruptionTarget."""
    disruption = _first(_conditions_of(sync.local), str(ConditionType.disruption_target))
    shown: Mapping[Fate, Callable[[Json], list[Json]]] = {
        Fate.kept: lambda one: [one],
        Fate.dropped: lambda one: [],
        Fate.replaced: lambda one: [disruption],
    }
    pairs = zip(_conditions_of(sync.api), sync.values[status.fates], strict=True)
    kept = [shown_one for one, fate in pairs for shown_one in shown[fate](one)]
    return [*kept, disruption] if sync.values[status.disruption_added] else kept


def _condition(which: str, decided: Any) -> Json:
    return {"type": which, **readiness.condition(decided)}


def _conditions_so_far(sync: Sync) -> list[Json]:
    """What readiness gates can ask for."""
    return [
        *_kept_conditions(sync),
        _condition("PodReadyToStartContainers", sync.values[status.needs_sandbox]),
        _condition("Initialized", sync.values[status.verdicts["Initialized"]]),
    ]


def _read_gates(sync: Sync) -> None:
    """Of each readiness gate, the condition of its name."""
    found = _conditions_so_far(sync)
    gates = sync.spec.get("readinessGates") or ()
    sync.values[conditions.gate_true] = [_is_true(found, gate["conditionType"]) for gate in gates]


def _conditions(sync: Sync) -> list[Json]:
    written = [
        *_conditions_so_far(sync),
        *(_condition(which, sync.values[status.verdicts[which]]) for which in ("Ready", "ContainersReady")),
        {"type": "PodScheduled", "status": "True"},
    ]
    restarting = sync.values[status.restarting]
    if restarting is not AllRestarting.none:
        written.append(_condition("AllContainersRestarting", restarting))
    return written


# The whole status.


LOOK_UPS: Mapping[Stage, Callable[[Sync], None]] = {status.COMPUTED: _read_texts, status.READY: _read_gates}
"""What stages ask of texts that were written just before."""


def generate(sync: Sync) -> dict[str, Any]:
    """generateAPIPodStatus: the stages of `rules.status`."""
    _read_containers(sync)
    _read_pod(sync)
    _sandboxes(sync)
    for stage in status.STAGES:
        if stage in LOOK_UPS:
            LOOK_UPS[stage](sync)
        sync.run(stage)
    reasons = {
        ReasonFrom.deadline: str(ReasonFrom.deadline),
        ReasonFrom.local: sync.local.get("reason") or "",
        ReasonFrom.api: sync.api.get("reason") or "",
        ReasonFrom.none: "",
    }
    addresses = [one["ip"] for one in sync.sandboxes[:1]] if sync.values[status.address_shown] else []
    return {
        **_statuses(sync),
        "phase": str(sync.values[conditions.phase]),
        "reason": reasons[sync.values[status.reason_from]],
        "conditions": _conditions(sync),
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
        given.get("probes") or (),
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
    api = held = before or {}
    steps: list[dict[str, Any]] = [{"step": "before", "status": before}]
    for step in termination.STEPS:
        states = given["after"] if step.pod_is_terminal else given["before"]
        held = sync(api, held, states, step.pod_is_terminal) | (killed(cause) if step.overridden else {})
        if step.marked:
            held = terminated(given["spec"], api, held, objects.is_static(metadata))
        steps.append({"step": step.name, "status": held})
    return steps


def terminated(spec: Json, api: Json, local: Json, static: bool) -> dict[str, Any]:
    """TerminatePod, which asks the API's copy whether the Pod had initialized."""
    asked = writes.termination_state({"spec": spec, "status": api})
    values, sizes = writes.termination_state({"spec": spec, "status": local, "static": static})
    values[termination.had_initialized] = evaluate(termination.initialized.value, *asked)
    marked = {
        field: [
            {**one, "state": writes.LOST} if evaluate(decision.value, values, sizes, own=number) else one
            for number, one in enumerate(local[field])
        ]
        for decision, field in (
            (termination.app_lost_by_api, "containerStatuses"),
            (termination.init_lost, "initContainerStatuses"),
        )
    }
    fails = evaluate(termination.recorded_fails.value, values, sizes)
    return {**local, **marked, "phase": str(Phase.Failed) if fails else local["phase"]}


def killed(cause: Cause) -> dict[str, str]:
    reason = evaluate(termination.killed.value, {termination.cause: cause}, {})
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
