"""Corpora of how long containers have got that are stopped: the pod worker's part of it, and the runtime manager's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from podproof.conform import lengths, objects
from podproof.conform.corpus import Corpus, Json, Unsupported
from podproof.kubernetes.rules import effective_grace, seconds, stopping, termination_grace, termination_order
from podproof.kubernetes.rules.stopping import Ends, Stopping
from podproof.kubernetes.rules.termination_grace import Grace, Killer
from podproof.kubernetes.rules.termination_order import Stage
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, regular
from podproof.language import Expr, Kind, Variable
from podproof.language.meanings.python import evaluate

# calculateEffectiveGracePeriod.


def effective_state(given: Json) -> objects.Values:
    return {
        effective_grace.before: given["currentGracePeriodSeconds"],
        **objects.setting(effective_grace.deletion, given.get("deletionGracePeriodSeconds")),
        **objects.setting(effective_grace.override, given.get("override")),
        **objects.setting(effective_grace.own, given.get("terminationGracePeriodSeconds")),
    }


def _effective(given: Json) -> Json:
    values = effective_state(given)
    return {
        "gracePeriodSeconds": evaluate(effective_grace.effective, values, {}),
        "changed": evaluate(effective_grace.changed, values, {}),
    }


def _effective_decided_by(given: Json) -> Mapping[str, str]:
    return {"gracePeriodSeconds": effective_grace.granted.decided_by(effective_state(given), {}).name}


# killContainer, of one container or of all that run, on a clock that begins with 0.

LISTS = (
    ("containers", regular, stopping.app, termination_grace.app),
    ("initContainers", init, stopping.inits, termination_grace.inits),
)
MOST_STEPS = 3 * len(Stage)
"""So often at most something happens to one container: each stage ends, and before that something was due."""

WITH_THE_POD = "KillPod"
KILLERS = {str(killer): killer for killer in Killer if killer is not Killer.other}


def hook_length(container: Json) -> Fraction:
    """How long its preStop hook takes, in seconds; whether it fails then is not looked at."""
    match (container.get("lifecycle") or {}).get("preStop"):
        case None:
            return Fraction(0)
        case {"sleep": {"seconds": int(found)}}:
            return Fraction(found)
        case {"exec": {"command": ["sleep", str(found)] | ["sleep", str(found), "fail"]}}:
            return lengths.duration(found)
    raise Unsupported("a preStop hook of which it is not known how long it takes")


def _own_grace(container: Json, probe: str) -> int | None:
    found: int | None = (container.get(probe) or {}).get("terminationGracePeriodSeconds")
    return found


@dataclass(eq=False)
class Container:
    """One that is stopped. needs: units of time from SIGTERM to its exit; due: when its hook or its process ends, and
    what shows it; found: what became of it.
    """

    name: str
    rules: Stopping
    place: int
    needs: int
    due: tuple[int, Variable[bool]] | None = None
    found: dict[str, Any] = field(default_factory=dict)


class Stop:
    """The containers of one Pod, and the time that goes on while they are stopped."""

    def __init__(self, given: Json) -> None:
        spec, running = given["spec"], given["runningContainers"]
        known = [container for name, *_ in LISTS for container in objects.containers(spec, name)]
        if not running.keys() <= {container["name"] for container in known}:
            raise Unsupported("a container runs that is not in the spec")
        hooks = {container["name"]: hook_length(container) for container in known}
        self.unit = lengths.common_unit([*hooks.values(), *running.values()])
        self.now = 0
        self.values: objects.Values = {
            seconds.unit: self.unit,
            termination_order.together: given["killReason"] == WITH_THE_POD,
            termination_grace.killer: KILLERS.get(given["killReason"], Killer.other),
            init_policy: [
                ContainerPolicy(container.get("restartPolicy") or ContainerPolicy.unset)
                for container in objects.containers(spec, "initContainers")
            ],
            **objects.setting(termination_grace.override, given.get("gracePeriodOverride")),
            **objects.setting(
                termination_grace.deletion, (given.get("metadata") or {}).get("deletionGracePeriodSeconds")
            ),
            **objects.setting(termination_grace.own, spec.get("terminationGracePeriodSeconds")),
        }
        self.sizes: objects.Sizes = {}
        self.stopped: list[Container] = []
        for name, kind, rules, grace in LISTS:
            self._add(kind, rules, grace, objects.containers(spec, name), running, hooks)

    def _add(
        self,
        kind: Kind,
        rules: Stopping,
        grace: Grace,
        containers: Sequence[Json],
        running: Mapping[str, lengths.Number],
        hooks: Mapping[str, Fraction],
    ) -> None:
        self.sizes[kind] = len(containers)
        names = [container["name"] for container in containers]
        self.values[rules.stage] = [Stage.hook if name in running else Stage.gone for name in names]
        self.values[rules.has_hook] = [bool((c.get("lifecycle") or {}).get("preStop")) for c in containers]
        self.values[rules.hook_done] = [False] * len(containers)
        self.values[rules.exited] = [False] * len(containers)
        for probe, own in (("livenessProbe", grace.liveness), ("startupProbe", grace.startup)):
            found = [objects.setting(own, _own_grace(container, probe)) for container in containers]
            self.values.update({variable: [each[variable] for each in found] for variable in (own.given, own.value)})
        self.values[rules.time_left] = [self.value(rules.first_time, place) for place in range(len(containers))]
        for place, name in enumerate(names):
            if name in running:
                hook, needs = (lengths.in_units(each, self.unit) for each in (hooks[name], running[name]))
                due = (hook, rules.hook_done) if self.values[rules.has_hook][place] else None
                self.stopped.append(Container(name, rules, place, needs, due))

    def value(self, expr: Expr[Any], place: int) -> Any:
        return evaluate(expr, self.values, self.sizes, own=place)

    def left(self) -> list[Container]:
        return [each for each in self.stopped if self.values[each.rules.stage][each.place] is not Stage.gone]

    def runs(self) -> None:
        """Until all are gone. What is over is over at once, in any order; else time goes on to what is next.

        Raises RuntimeError where the rules do not come to an end.
        """
        for _ in range(MOST_STEPS * len(self.stopped) + 1):
            left = self.left()
            if not left:
                return
            over = [each for each in self.stopped if self.value(each.rules.over.value, each.place)]
            for each in over:
                self._goes_on(each)
            if not over:
                self._passes(min(instant for each in left for instant in self._instants(each)) - self.now)
        raise RuntimeError("some container is never gone")

    def _instants(self, each: Container) -> Iterator[int]:
        """When something is over next, by itself."""
        yield self.now + self.values[each.rules.time_left][each.place]
        if each.due is not None:
            yield each.due[0]

    def _passes(self, length: int) -> None:
        self.now += length
        for each in self.left():
            self.values[each.rules.time_left][each.place] -= length
            if each.due is not None and each.due[0] == self.now:
                self.values[each.due[1]][each.place] = True
                each.due = None

    def _goes_on(self, each: Container) -> None:
        rules, place = each.rules, each.place
        stage, time = self.value(rules.next_stage.value, place), self.value(rules.next_time.value, place)
        at = lengths.in_seconds(self.now, self.unit)
        each.due = None
        match stage:
            case Stage.stopping:
                each.found = {"sigtermAt": at, "gracePeriodSeconds": self.value(rules.timeout, place)}
                each.due = (self.now + each.needs, rules.exited)
            case Stage.gone:
                sigkilled = self.value(rules.ended_by.value, place) is Ends.sigkill
                each.found |= {"exitedAt": at, "sigkilled": sigkilled}
        self.values[rules.stage][place], self.values[rules.time_left][place] = stage, time


def _termination(given: Json) -> Json:
    stop = Stop(given)
    stop.runs()
    return {
        "containers": {each.name: each.found for each in stop.stopped},
        "totalSeconds": lengths.in_seconds(stop.now, stop.unit),
    }


def _termination_decided_by(given: Json) -> Mapping[str, str]:
    stop = Stop(given)
    graces = {rules: grace for _, _, rules, grace in LISTS}
    return {
        f"containers.{each.name}.gracePeriodSeconds": graces[each.rules]
        .granted.decided_by(stop.values, stop.sizes, each.place)
        .name
        for each in stop.stopped
    }


CORPORA = (
    Corpus(
        "effective_grace",
        "kubelet pod worker calculateEffectiveGracePeriod",
        "the grace period, and whether it changed",
        _effective,
        lambda output: output,
        _effective_decided_by,
    ),
    Corpus(
        "termination",
        "kuberuntime killContainer and killContainersWithSyncResult, with preStop hooks and the order of sidecars",
        "instants of SIGTERM and exit, SIGKILL, and the grace period that the runtime gets, of each container",
        _termination,
        lambda output: output,
        _termination_decided_by,
    ),
)
