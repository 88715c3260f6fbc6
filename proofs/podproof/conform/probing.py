"""The corpus of probe workers, tick after tick."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import probe_worker
from podproof.kubernetes.rules.probe_worker import Outcome, ProbeType, Work
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.records import Match, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, policy
from podproof.language.meanings.python import evaluate

OUTCOMES = {
    "success": (Outcome.success, 1),
    "warning": (Outcome.success, 1),
    "failure": (Outcome.failure, 1),
    "unknown": (Outcome.failure, 1),
    "error": (Outcome.nothing, 3),
    "error-then-success": (Outcome.success, 2),
}
"""What the prober found at last, and how often it tried."""

SPECS = {ProbeType.startup: "startupProbe", ProbeType.liveness: "livenessProbe", ProbeType.readiness: "readinessProbe"}


class Worker:
    """One worker; `known` is the ID of the instance that it has seen last."""

    def __init__(self, given: Json) -> None:
        spec, type_ = given["spec"], ProbeType(given["probeType"])
        containers = [(each, False) for each in objects.containers(spec)]
        inits = [(each, True) for each in objects.containers(spec, "initContainers")]
        container, is_init = next(each for each in (*containers, *inits) if each[0]["name"] == given["container"])
        probe = container[SPECS[type_]]
        sidecar = is_init and container.get("restartPolicy") == "Always"
        self.rules = objects.exit_rules(container)
        self.known = ""
        self.values: objects.Values = {
            probe_worker.type_: type_,
            probe_worker.delay: probe.get("initialDelaySeconds", 0),
            probe_worker.failure_threshold: probe.get("failureThreshold", 3),
            probe_worker.success_threshold: probe.get("successThreshold", 1),
            probe_worker.is_sidecar: sidecar,
            policy: RestartPolicy(spec.get("restartPolicy") or "Always"),
            probe_worker.own: ContainerPolicy(container.get("restartPolicy") or "unset"),
            probe_worker.result: Result.none,
            probe_worker.last: Outcome.nothing,
            probe_worker.equal: 0,
            probe_worker.on_hold: False,
        }

    def tick(self, given: Json, meant: str | None) -> tuple[Json, str]:
        """What is recorded of it, and by what it was decided what the worker does. meant: the instance that there is,
        whose result is recorded."""
        container, identity = given.get("container") or {}, _identity(given)
        outcome, tries = OUTCOMES[given["outcome"]]
        age = container.get("runningSeconds", 0)
        self.values.update(
            {
                probe_worker.status_known: given["statusKnown"],
                probe_worker.over: given["phase"] in ("Succeeded", "Failed"),
                probe_worker.deleting: given["deleting"],
                probe_worker.instance: bool(identity),
                probe_worker.new: identity != self.known,
                probe_worker.shown: State(container.get("state", "waiting")),
                probe_worker.failed: container.get("exitCode") != 0,
                probe_worker.matched: objects.rule_matched(self.rules, container.get("exitCode")) is not Match.none,
                probe_worker.started: bool(container.get("started")),
                probe_worker.age: int(age),
                probe_worker.before_worker: max(0, int(age - given["t"])),
                probe_worker.outcome: outcome,
            }
        )
        does = evaluate(probe_worker.work.value, self.values, {})
        rule = probe_worker.work.decided_by(self.values, {}).name
        self.values[probe_worker.does] = does
        goes_on = evaluate(probe_worker.goes_on.value, self.values, {})
        if evaluate(probe_worker.noticed, self.values, {}):
            self.known = identity
        self.values.update({v: evaluate(expr, self.values, {}) for v, expr in probe_worker.REMEMBERED})
        stored = self.values[probe_worker.result] if self.known == meant else Result.none
        recorded = {
            "execCalls": tries if does is Work.probe else 0,
            "keepGoing": goes_on,
            "onHold": self.values[probe_worker.on_hold],
            "result": None if stored is Result.none else str(stored),
            "resultRun": self.values[probe_worker.equal],
        }
        return recorded, rule

    def ticks(self, given: Json) -> Iterator[tuple[Json, str]]:
        return map(self.tick, given["ticks"], _meant(given["ticks"]))


def _ticks(given: Json) -> Json:
    return {"ticks": [recorded for recorded, _ in Worker(given).ticks(given)]}


def _meant(ticks: Sequence[Json]) -> Iterator[str | None]:
    """The instance that there is at each tick. Where the status names none it is the next one that is named, if that
    has begun by then, else the last one; None where the record ends before one is named."""
    last = ""
    for number, tick in enumerate(ticks):
        named = next((each for each in ticks[number:] if _identity(each)), None)
        if named is not None and named["t"] - named["container"].get("runningSeconds", named["t"]) <= tick["t"]:
            last = _identity(named)
        yield None if named is None else last


def _identity(tick: Json) -> str:
    return str((tick.get("container") or {}).get("containerID", ""))


def _told(given: Json, output: Json) -> Json:
    """Without the results of which the record does not tell whose they are."""
    ticks = zip(output["ticks"], _meant(given["ticks"]), strict=True)
    return {"ticks": [{k: v for k, v in tick.items() if k != "result" or meant is not None} for tick, meant in ticks]}


def _decided_by(given: Json) -> Mapping[str, str]:
    return {f"ticks[{number}]": rule for number, (_, rule) in enumerate(Worker(given).ticks(given))}


CORPORA = (
    Corpus(
        "prober",
        "prober worker.doProbe, tick after tick",
        "how often it probes, whether it is on hold or ends, and the result that it stores",
        _ticks,
        lambda output: output,
        _decided_by,
        _told,
    ),
)
