"""What is told about time, compared with recorded runs of the kubelet: no kill contradicts an interval.

The intervals are about the verdict of a probe and about when the kubelet begins to stop a Pod. Recorded is what the
runtime was told, so the derivation is this.

* One sync a second; one that kills a container takes until that is dead, its hook included (`busy`). So a verdict is
  acted on a second later at the latest, and as much later as syncs were busy meanwhile; SIGTERM comes after the hook.
* What runs is shown in the kubelet's status at the end of the next sync: a second after the start, and as much later.
* An outcome is success from `okFrom` to `failFrom` seconds after the start of the instance, else failure; probes take
  no time. A probe that would answer within the time that is allowed for a verdict is not asked whether it comes.
* A SIGTERM counts as the kill of a probe before the Pod is deleted, evicted, past its deadline or finished, and before
  its sandbox is lost; of such a container, if it has only one probe that can kill, or that has not answered.
* The first instance of a container, and one that follows a kill by the startup probe, have all failures before them.
* A Pod begins to be stopped a second after it is deleted or evicted, or after the sync that is going on then.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

import pytest
from podproof.conform.corpus import lines
from podproof.explain.times import Time, times
from podproof.kubernetes.objects import manifests

from tests.support.corpora import WHOLE
from tests.support.places import DATA

Json = Mapping[str, Any]
SYNC = 1.0
"""Seconds from one sync to the next."""

NEVER = float("inf")


@dataclass(frozen=True)
class Instance:
    """Of a container: when it started; when it was sent SIGTERM, and was down; by what the one before it ended."""

    name: str
    start: float
    sigterm: float
    down: float
    first: bool
    after_kill: bool


class Run:
    def __init__(self, record: Json, narrower: int = 0) -> None:
        """narrower: by so many seconds each end is moved to the other one."""
        self.record, self.input, self.narrower = record, record["input"], narrower
        self.spec, self.options = self.input["spec"], self.input["options"]
        self.containers = {c["name"]: c for c in (*self.spec.get("initContainers", ()), *self.spec["containers"])}
        self.events = record["output"]["runtime"] or []

    @cached_property
    def instances(self) -> list[Instance]:
        found: list[Instance] = []
        for name in self.containers:
            own = [event for event in self.events if event.get("container") == name]
            before: Instance | None = None
            for number, event in enumerate(own):
                if event["event"] == "start":
                    rest = own[number + 1 :]
                    following = next((n for n, e in enumerate(rest) if e["event"] == "start"), len(rest))
                    at = {e["event"]: float(e["t"]) for e in reversed(rest[:following])}
                    down = min(at.get("exit", NEVER), at.get("sigkill", NEVER))
                    killed = before is not None and before.sigterm < NEVER
                    before = Instance(name, event["t"], at.get("sigterm", NEVER), down, before is None, killed)
                    found.append(before)
        return found

    def hook(self, name: str) -> float:
        """How long its preStop hook takes: not longer than the grace period."""
        stop = self.containers[name].get("lifecycle", {}).get("preStop")
        if stop is None:
            return 0
        _, length = stop["exec"]["command"]
        took: float = float(length.removesuffix("ms")) / 1000
        return min(took, self.grace)

    @property
    def grace(self) -> float:
        seconds: float = self.spec["terminationGracePeriodSeconds"]
        return seconds

    def killed(self, instance: Instance) -> tuple[float, float]:
        """When the kubelet began to kill it, and found it dead: also one that ended during its hook is sent SIGTERM and
        waited for."""
        dead = instance.down
        if dead < instance.sigterm:
            wait = max(2.0, self.grace - self.hook(instance.name))
            dead = instance.sigterm + min(self.input["script"][instance.name]["termSeconds"], wait)
        return instance.sigterm - self.hook(instance.name), dead

    @cached_property
    def ends(self) -> float:
        """From then on something else than a probe may stop its containers."""
        known = [self.options.get("deleteAt"), self.options.get("evictAt"), self.options.get("sandboxLostAt")]
        known += [self.spec.get("activeDeadlineSeconds"), self.input["horizonSeconds"]]
        known += [each["t"] for each in self.record["output"]["trace"] if self.is_over(each["status"])]
        return float(min(each for each in known if each is not None))

    @staticmethod
    def is_over(status: Json) -> bool:
        return status["phase"] in ("Succeeded", "Failed")

    def busy(self, begin: float, end: float, but: Instance) -> float:
        """How long syncs killed others between these moments."""
        kills = [self.killed(i) for i in self.instances if i is not but and i.sigterm < NEVER]
        return sum(max(0.0, min(end, down) - max(begin, started)) for started, down in kills)

    def script(self, name: str, probe: str) -> tuple[float, float]:
        said = self.input["script"].get(name, {}).get("probes", {}).get(probe, {})
        return said.get("okFrom", NEVER), said.get("failFrom", NEVER)

    def started(self, instance: Instance) -> float:
        """When its status first says that it has."""
        for each in self.record["output"]["trace"]:
            if instance.start <= each["t"] < instance.down:
                status = each["status"]
                for shown in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
                    if shown["name"] == instance.name and shown.get("started") and "running" in shown["state"]:
                        return float(each["t"])
        return NEVER

    def told(self, grace: int | None = None) -> dict[tuple[str, str], list[Time]]:
        spec: Json = self.spec if grace is None else {**self.spec, "terminationGracePeriodSeconds": grace}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}
        (document,) = manifests.read(["-"], BytesIO(json.dumps(pod).encode())).documents
        found: dict[tuple[str, str], list[Time]] = {}
        for each in times(document):
            found.setdefault((each.container, each.field), []).append(each)
        return found

    # What is compared; each yields what was asked, and what contradicts.

    def compared(self) -> Iterator[tuple[str, str, bool]]:
        told = self.told()
        for instance in self.instances:
            container = self.containers[instance.name]
            if "startupProbe" in container:
                _, first, carried = told[instance.name, "startupProbe"]
                yield from self._startup(instance, first, carried)
            if "livenessProbe" in container:
                yield from self._liveness(instance, *told[instance.name, "livenessProbe"])
        yield from self._stopped()

    def _startup(self, instance: Instance, first: Time, carried: Time) -> Iterator[tuple[str, str, bool]]:
        ok, _ = self.script(instance.name, "startup")
        lasted = self.killed(instance)[0] - instance.start
        if instance.sigterm < self.ends and ok > lasted:
            whole = instance.first or instance.after_kill
            earliest = (first if whole else carried).earliest
            assert earliest is not None
            yield (
                f"startup kill, {'all' if whole else 'some'} failures",
                instance.name,
                lasted >= earliest.seconds + self.narrower,
            )
        assert first.latest is not None
        yield from self._in_time("startup", instance, instance.start, first.latest.seconds, ok + instance.start)

    def _liveness(self, instance: Instance, hang: Time) -> Iterator[tuple[str, str, bool]]:
        container = self.containers[instance.name]
        delay = container["livenessProbe"].get("initialDelaySeconds") or 0
        shown = SYNC + self.busy(instance.start, instance.start + SYNC, instance)
        probed = instance.start + max(delay, shown)
        if "startupProbe" in container:
            probed = max(probed, self.started(instance))
        ok, fail = self.script(instance.name, "liveness")
        for silent, until in ((0.0, ok), (fail, NEVER)):
            begin = max(probed, instance.start + silent)
            if begin < NEVER:
                assert hang.latest is not None
                yield from self._in_time("liveness", instance, begin, hang.latest.seconds, instance.start + until)

    def _in_time(
        self, probe: str, instance: Instance, begin: float, latest: int, until: float
    ) -> Iterator[tuple[str, str, bool]]:
        """Whether the kill comes in time, of a probe that does not answer until then."""
        delay = self.containers[instance.name][f"{probe}Probe"].get("initialDelaySeconds") or 0
        shown = max(0, SYNC - delay) if probe == "startup" else 0
        due = begin + latest - self.narrower + shown + SYNC + self.hook(instance.name)
        due += self.busy(instance.start, due, instance)
        due += self.busy(instance.start, due, instance)  # what began meanwhile
        if due < until and due < self.ends and due <= instance.down:
            yield f"{probe} verdict in time", instance.name, instance.sigterm <= due

    def _stopped(self) -> Iterator[tuple[str, str, bool]]:
        at = self.options.get("deleteAt")
        grace = self.options.get("deletionGracePeriodSeconds")
        evicted = self.options.get("evictAt")
        if at is None and evicted is not None:
            at, grace = evicted, self.options.get("gracePeriodOverride")
        elif evicted is not None or at is None:
            return
        if self.spec.get("activeDeadlineSeconds") is not None:
            return
        kills = [self.killed(instance) for instance in self.instances if instance.sigterm < NEVER]
        begin = max([at, *(dead for began, dead in kills if began < at <= dead)]) + SYNC
        told = self.told(grace)
        for instance in self.instances:
            if instance.start <= begin and at <= instance.down and instance.sigterm >= at and instance.sigterm < NEVER:
                (stop,) = told[instance.name, "terminationGracePeriodSeconds"]
                assert stop.latest is not None
                took = instance.down - begin + self.narrower
                within = took < stop.latest.seconds if stop.latest.open else took <= stop.latest.seconds
                yield "stopped in time", instance.name, within


def compare(records: Iterable[Json], narrower: int = 0) -> tuple[Counter[str], Counter[str], list[str]]:
    """How often what was asked, and contradicted; and where."""
    asked: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    where = []
    for record in records:
        if record["output"]["runtime"]:
            for what, container, right in Run(record, narrower).compared():
                asked[what] += 1
                if not right:
                    wrong[what] += 1
                    where.append(f"{record['id']}, {container}: {what}")
    return asked, wrong, where


SAMPLE = DATA / "explain" / "kubelet_runs.jsonl.gz"
KINDS = {
    "startup kill, all failures",
    "startup kill, some failures",
    "startup verdict in time",
    "liveness verdict in time",
    "stopped in time",
}


def test_no_recorded_kill_contradicts_what_is_told() -> None:
    asked, _, where = compare(lines(SAMPLE))
    assert where == []
    assert asked.keys() == KINDS
    assert min(asked.values()) >= 5


def test_narrower_intervals_are_contradicted() -> None:
    """Of each sort of end, so that none is compared in vain."""
    _, wrong, _ = compare(lines(SAMPLE), narrower=3)
    assert wrong.keys() == KINDS


@pytest.mark.skipif(not (WHOLE / SAMPLE.name).is_file(), reason="the whole corpus is not here")
def test_no_kill_of_the_whole_corpus_contradicts_what_is_told() -> None:
    asked, _, where = compare(lines(WHOLE / SAMPLE.name))
    assert where == []
    assert sum(asked.values()) > 1000
