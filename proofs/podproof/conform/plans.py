"""Corpora of what a sync does with containers: whether one is to be started, and the plan for the whole Pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from podproof.conform import objects, readiness, writes
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import actions, conditions, container_status, health, init_actions, records
from podproof.kubernetes.rules.actions import Instances, Part
from podproof.kubernetes.rules.container_status import Seen
from podproof.kubernetes.rules.health import Health, Kill
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.vocabulary.spec import policy, regular
from podproof.language import Expr
from podproof.language.meanings.python import evaluate

State = tuple[objects.Values, objects.Sizes]

# ShouldContainerBeRestarted.

should_restart = container_status.app_rules.should_restart


def restart_state(given: Json) -> State:
    """Asked of the first container."""
    spec, newest = given["spec"], given["container"] or objects.NO_INSTANCE
    values: objects.Values = {
        policy: objects.pod_policy(spec),
        records.deleted: bool(given["deleted"]),
        **objects.instance_values(container_status.app, objects.containers(spec)[:1], [newest]),
    }
    return values, {regular: 1}


def _should_restart(given: Json) -> Json:
    values, sizes = restart_state(given)
    return {"restart": evaluate(should_restart.value, values, sizes, own=0)}


def _restart_decided_by(given: Json) -> Mapping[str, str]:
    values, sizes = restart_state(given)
    return {"restart": should_restart.decided_by(values, sizes, own=0).name}


# computePodActions.


@dataclass(frozen=True)
class Group:
    """One list of containers of the spec."""

    field: str
    seen: Seen
    health: Health | None = None
    instances: Instances | None = None


APPS = Group("containers", container_status.app, health.app, actions.app_instances)
INITS = Group("initContainers", container_status.inits, health.inits, actions.init_instances)
EXTRAS = Group("ephemeralContainers", container_status.extra)
GROUPS = (APPS, INITS, EXTRAS)

REASONS = {kill: str(kill) for kill in Kill} | {Kill.changed: ""}
"""The texts of containerKillReason."""


class Plan:
    """What computePodActions reads, and what the rules make of it."""

    def __init__(self, given: Json) -> None:
        spec, runtime = given["spec"], given["runtime"]
        self.names: dict[Group, list[str]] = {}
        self.found: dict[str, list[Json]] = {}
        for one in runtime.get("containers") or ():
            self.found.setdefault(one["name"], []).append(one)
        self.sandboxes: Sequence[Json] = runtime.get("sandboxes") or ()
        self.texts = writes.Texts()
        self.values: objects.Values = {
            policy: objects.pod_policy(spec),
            records.deleted: bool((given.get("metadata") or {}).get("deletionTimestamp")),
            actions.restart_all: bool(given["restartAllContainers"]),
            **readiness.sandbox_values(spec, self.sandboxes),
            actions.attempt_of: [one.get("attempt") or 0 for one in self.sandboxes],
            actions.id_of: [self.texts(one["id"]) for one in self.sandboxes],
        }
        self.sizes: objects.Sizes = {conditions.sandbox: len(self.sandboxes)}
        self.values[actions.changed] = self.decide(conditions.recorded_sandbox_changed.value)
        results = {(one["containerID"], one["probe"]): one["result"] for one in runtime.get("probeResults") or ()}
        for group in GROUPS:
            self._read(group, objects.containers(spec, group.field), results)
        self.values[init_actions.oom_killed] = [
            one.get("reason") == "OOMKilled" for one in self._newest(self.names[INITS])
        ]
        self.values[actions.initialization] = self.decide(init_actions.progress.value)
        self.values[actions.taken] = self.decide(actions.course.value)

    def _newest(self, names: Sequence[str]) -> list[Json]:
        return [self.found.get(name, [objects.NO_INSTANCE])[0] for name in names]

    def _read(self, group: Group, specs: Sequence[Json], results: Mapping[tuple[str, str], str]) -> None:
        names = self.names[group] = [one["name"] for one in specs]
        newest = self._newest(names)
        self.sizes[group.seen.kind] = len(specs)
        self.values.update(objects.instance_values(group.seen, specs, newest))
        if group.health is not None:
            asked = ((group.health.liveness, "liveness"), (group.health.startup, "startup"))
            for variable, probe in asked:
                self.values[variable] = [Result(results.get((one["id"], probe), Result.none)) for one in newest]
            self.values[group.health.changed] = [bool(one.get("specChanged")) for one in newest]
            self.values[group.health.has_liveness] = [bool(one.get("livenessProbe")) for one in specs]
            self.values[group.health.has_startup] = [bool(one.get("startupProbe")) for one in specs]
        if group.instances is not None:
            pairs = [(spec, one) for spec in specs for one in self.found.get(spec["name"], ())]
            self.values[group.instances.life] = [objects.life(one) for _, one in pairs]
            self.values[group.instances.matched] = [
                objects.rule_matched(objects.exit_rules(spec), one.get("exitCode")) for spec, one in pairs
            ]
            self.sizes[group.instances.kind] = len(pairs)

    def decide(self, made: Expr[Any], own: int | None = None) -> Any:
        return evaluate(made, self.values, self.sizes, own=own)

    def each(self, group: Group, made: Expr[Any]) -> Iterator[tuple[str, Any]]:
        """What is decided of each container, by name."""
        for number, name in enumerate(self.names[group]):
            yield name, self.decide(made, number)

    def started(self, group: Group, made: Expr[bool]) -> list[str]:
        return [name for name, starts in self.each(group, made) if starts]

    def killed(self, group: Group, made: Expr[Kill]) -> Iterator[Json]:
        for name, why in self.each(group, made):
            if why is not Kill.none:
                yield {"id": self.found[name][0]["id"], "name": name, "reason": REASONS[why]}

    def removed(self, instances: Instances, part: Part) -> Iterator[Json]:
        group = next(group for group in GROUPS if group.instances is instances)
        found = [one for name in self.names[group] for one in self.found.get(name, ())]
        for number, one in enumerate(found):
            if self.decide(instances.part, number) is part:
                yield {"id": one["id"], "name": one["name"], "kill": self.decide(instances.killed, number)}


def _pod_actions(given: Json) -> Json:
    plan = Plan(given)
    killed = [*plan.killed(APPS, actions.app_killed), *plan.killed(INITS, actions.init_killed)]
    return {
        "killPod": plan.decide(actions.kill_pod),
        "createSandbox": plan.decide(actions.create_sandbox),
        "attempt": plan.decide(actions.attempt),
        "sandboxID": plan.texts.text(plan.decide(actions.sandbox_id.value)),
        "initContainersToStart": plan.started(INITS, actions.init_started.value),
        "containersToStart": plan.started(APPS, actions.app_started.value),
        "ephemeralContainersToStart": plan.started(EXTRAS, actions.extra_started),
        "containersToKill": sorted(killed, key=lambda one: one["id"]),
        "containersToReset": [one for each in actions.REMOVED for one in plan.removed(*each)],
        "shouldContainerBeRestarted": dict(plan.each(APPS, should_restart.value)),
        "shouldAllContainersRestart": plan.decide(container_status.restarting_all),
    }


def _compared_actions(output: Json) -> Json:
    killed = [{field: one[field] for field in ("id", "name", "reason")} for one in output["containersToKill"]]
    return {**output, "containersToKill": sorted(killed, key=lambda one: one["id"])}


def _actions_decided_by(given: Json) -> Mapping[str, str]:
    plan = Plan(given)
    wholes = (conditions.recorded_sandbox_changed, init_actions.progress, actions.course)
    rules = {decision.name: decision.decided_by(plan.values, plan.sizes).name for decision in wholes}
    decisions = (
        (APPS, actions.app_started, actions.starts),
        (APPS, actions.kill),
        (INITS, actions.init_started, init_actions.starts, init_actions.again),
        (INITS, init_actions.kill),
    )
    for group, *asked in decisions:
        for number, name in enumerate(plan.names[group]):
            for decision in asked:
                rules[f"{name}: {decision.name}"] = decision.decided_by(plan.values, plan.sizes, number).name
    return rules


CORPORA = (
    Corpus(
        "should_restart",
        "kubelet container ShouldContainerBeRestarted",
        "restart",
        _should_restart,
        lambda output: output,
        _restart_decided_by,
    ),
    Corpus(
        "pod_actions",
        "kuberuntime computePodActions, computeInitContainerActions and container ShouldAllContainersRestart",
        "the whole plan but messages; what is killed in no order",
        _pod_actions,
        _compared_actions,
        _actions_decided_by,
    ),
)
