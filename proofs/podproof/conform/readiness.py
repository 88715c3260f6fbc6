"""Corpora of the conditions, and of `ready` and `started` of each container."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import conditions, probes
from podproof.kubernetes.rules.conditions import Address, Network
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.rules.probes import Probed, Result
from podproof.kubernetes.vocabulary.states import Phase
from podproof.language.meanings.python import evaluate

# Conditions.

ADDRESSES = {None: Address.unreported, "": Address.empty}
DECISIONS: Mapping[str, Decision[Any]] = {
    "Initialized": conditions.recorded_initialized,
    "ContainersReady": conditions.recorded_containers_ready,
    "Ready": conditions.recorded_ready,
    "PodReadyToStartContainers": conditions.recorded_sandbox_changed,
}


def condition_values(given: Json) -> tuple[objects.Values, objects.Sizes]:
    spec, status = given["spec"], given["status"]
    values, sizes = objects.pod(spec, status)
    found = {condition["type"]: condition["status"] for condition in reversed(status.get("conditions") or ())}
    gates = [gate["conditionType"] for gate in spec.get("readinessGates") or ()]
    sandboxes = given.get("sandboxes") or ()
    values.update(
        {
            conditions.phase: Phase(status.get("phase") or Phase.Pending),
            conditions.has_statuses: bool(objects.all_statuses(status)),
            conditions.was_initialized: found.get("Initialized") == "True",
            conditions.gate_true: [found.get(gate) == "True" for gate in gates],
        }
    )
    values.update(sandbox_values(spec, sandboxes))
    return values, {**sizes, conditions.gate: len(gates), conditions.sandbox: len(sandboxes)}


def sandbox_values(spec: Json, sandboxes: Sequence[Json]) -> objects.Values:
    """Of each sandbox, newest first."""
    return {
        conditions.host_network: bool(spec.get("hostNetwork")),
        conditions.sandbox_ready: [sandbox["state"] == "SANDBOX_READY" for sandbox in sandboxes],
        conditions.network: [Network(sandbox.get("networkNamespace") or "POD") for sandbox in sandboxes],
        conditions.address: [ADDRESSES.get(sandbox.get("ip"), Address.some) for sandbox in sandboxes],
    }


def _conditions(given: Json) -> Json:
    values, sizes = condition_values(given)
    return {name: condition(evaluate(decision.value, values, sizes)) for name, decision in DECISIONS.items()}


SHOWN = {True: ("False", ""), False: ("True", "")}
"""PodReadyToStartContainers: the sandbox needs to be changed, or not."""


def condition(decided: Any) -> dict[str, str]:
    """Status and reason of a condition. A Verdict has both in its text."""
    status, reason = SHOWN[decided] if isinstance(decided, bool) else str(decided).partition("/")[::2]
    return {"status": status, "reason": reason}


def _compared_conditions(output: Json) -> Json:
    return {name: {"status": output[name]["status"], "reason": output[name].get("reason", "")} for name in DECISIONS}


def _conditions_decided_by(given: Json) -> Mapping[str, str]:
    values, sizes = condition_values(given)
    return {name: decision.decided_by(values, sizes).name for name, decision in DECISIONS.items()}


# ready and started.


def probe_values(given: Json) -> tuple[objects.Values, objects.Sizes]:
    spec = given["spec"]
    values, sizes = objects.pod(spec, given["status"])
    return {**values, **probes_of(spec, given["probes"])}, sizes


def probes_of(spec: Json, probes_: Sequence[Json]) -> objects.Values:
    """By container: is there a worker, and what was found last."""
    known, values = {probe["container"]: probe for probe in probes_}, objects.Values()
    for probed, specs in _both(spec):
        for probe, name in ((probed.startup, "Startup"), (probed.readiness, "Readiness")):
            entries = [known.get(container["name"], {}).get(name) or {} for container in specs]
            values[probe.worker] = [bool(entry.get("workerExists")) for entry in entries]
            values[probe.result] = [Result(entry.get("result") or Result.none) for entry in entries]
    return values


def _both(spec: Json) -> Iterator[tuple[Probed, list[Json]]]:
    yield probes.app, objects.containers(spec)
    yield probes.inits, objects.containers(spec, "initContainers")


def _each(given: Json, asked: Callable[[Decision[bool], objects.Values, objects.Sizes, int], Any]) -> dict[str, Any]:
    values, sizes = probe_values(given)
    return {
        container["name"]: {
            "ready": asked(probed.ready, values, sizes, number),
            "started": asked(probed.started, values, sizes, number),
        }
        for probed, specs in _both(given["spec"])
        for number, container in enumerate(specs)
        if values[probed.record.mentioned][number]
    }


def _ready_started(given: Json) -> Json:
    return _each(given, lambda decision, values, sizes, own: evaluate(decision.value, values, sizes, own=own))


def _ready_decided_by(given: Json) -> Mapping[str, str]:
    rules = _each(given, lambda decision, values, sizes, own: decision.decided_by(values, sizes, own).name)
    return {f"{name}.{field}": rule for name, fields in rules.items() for field, rule in fields.items()}


CORPORA = (
    Corpus(
        "conditions",
        "kubelet status GeneratePodInitializedCondition and its siblings",
        "status and reason of the four conditions; not their messages",
        _conditions,
        _compared_conditions,
        _conditions_decided_by,
    ),
    Corpus(
        "ready_started",
        "prober manager UpdatePodStatus",
        "ready and started of each container",
        _ready_started,
        lambda output: output["containers"],
        _ready_decided_by,
    ),
)
