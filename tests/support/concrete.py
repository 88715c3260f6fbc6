"""States of the machines as API objects: what a kubelet, an API server and kubectl would have in hand.

Written from what the states mean, beside `record_of` and without it, so that each is a check of the other: what rules
compute of these objects is compared with what the machines do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from podproof.conform import pipeline, printing, writes
from podproof.conform.corpus import Json
from podproof.kubernetes import view
from podproof.kubernetes.rules import termination
from podproof.kubernetes.rules.termination import Cause
from podproof.kubernetes.view import (
    MOST_RESTARTS,
    POD_WITH_STATUS,
    ContainerState,
    InitializedStatus,
    PodReason,
    StatusCopy,
    api,
    init_api,
    init_local,
    local,
)
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, Exit, init, init_policy, own_policy, policy, regular
from podproof.kubernetes.vocabulary.states import (
    Deadline,
    InitRun,
    Object,
    Phase,
    Run,
    Sandbox,
    Worker,
    api_phase,
    created,
    deadline,
    ended,
    init_ended,
    init_run,
    init_started,
    local_phase,
    object_,
    run,
    sandbox,
    worker,
)
from podproof.language import Variable
from podproof.language.flat import Sizes

Values = Mapping[Variable[Any], Any]
NOW = "2026-01-01T00:00:10Z"
CODES = {Exit.none: 0, Exit.zero: 0, Exit.nonzero: 1}
WORDS = {0: "Completed", 1: "Error"}


class Pod:
    """A state of POD_WITH_STATUS."""

    def __init__(self, values: Values, sizes: Sizes) -> None:
        self.values, self.sizes = values, sizes
        self.names = [f"c{n}" for n in range(sizes[regular])]
        self.init_names = [f"i{n}" for n in range(sizes[init])]

    @property
    def spec(self) -> Json:
        apps = zip(self.names, self.values[own_policy], strict=True)
        inits = zip(self.init_names, self.values[init_policy], strict=True)
        return {
            "restartPolicy": str(self.values[policy]),
            "containers": [_container(*one) for one in apps],
            "initContainers": [_container(*one) for one in inits],
            "activeDeadlineSeconds": 10,
        }

    def sidecar(self, number: int) -> bool:
        return bool(self.values[init_policy][number] is ContainerPolicy.Always)

    # What the runtime has.

    def instances(self) -> Iterator[Json]:
        v = self.values
        active = v[created] and v[sandbox] is Sandbox.ready
        for n, name in enumerate(self.names):
            if v[run][n] is not Run.waiting:
                found = (v[run][n] is Run.running, v[ended][n], v[view.last][n], v[view.restarts][n])
                yield from _instances(name, *found, active)
        for n, name in enumerate(self.init_names):
            if v[init_run][n] not in (InitRun.waiting, InitRun.previous):
                runs = v[init_run][n] is InitRun.running
                found = (runs, v[init_ended][n], v[view.init_last][n], v[view.init_restarts][n])
                yield from _instances(name, *found, False)

    def failed_starts(self) -> Iterator[str]:
        v = self.values
        yield from (name for name, state in zip(self.names, v[run], strict=True) if state is Run.backoff)
        for n, name in enumerate(self.init_names):
            remembered = v[init_run][n] is InitRun.previous and v[init_local.state][n] is ContainerState.backoff
            if v[init_run][n] is InitRun.backoff or remembered:
                yield name

    def starting(self) -> Sequence[Json]:
        """Startup probes that have found nothing yet."""
        v = self.values
        waits = [n for n in range(len(self.init_names)) if self.sidecar(n) and not v[init_started][n]]
        return [{"container": self.init_names[n], "Startup": {"workerExists": True}} for n in waits]

    # What the two statuses say.

    def status(self, of: str) -> Json:
        v = self.values
        apps, inits, phase, reason, initialized = {
            "local": (local, init_local, local_phase, view.local_reason, view.local_initialized),
            "api": (api, init_api, api_phase, view.api_reason, view.api_initialized),
        }[of]
        return {
            "phase": str(v[phase]),
            "reason": "" if v[reason] is PodReason.none else str(v[reason]),
            "conditions": [{"type": "Initialized", "status": str(v[initialized])}],
            "containerStatuses": list(self._entries(apps, self.names)),
            "initContainerStatuses": list(self._entries(inits, self.init_names)),
        }

    def _entries(self, copy: StatusCopy, names: Sequence[str]) -> Iterator[Json]:
        for n, name in enumerate(names):
            shown, last = self.values[copy.state][n], self.values[copy.last][n]
            if shown is not ContainerState.absent:
                is_init = copy.kind is init
                done = is_init and not self.sidecar(n)
                yield {
                    "name": name,
                    "state": self._state(shown),
                    "lastState": {} if last is Exit.none else _end(CODES[last]),
                    "restartCount": self.values[copy.restarts][n],
                    "ready": shown is (ContainerState.completed if done else ContainerState.running),
                    "started": shown is ContainerState.running,
                    "containerID": "old",
                }

    def _state(self, shown: ContainerState) -> Json:
        first = "PodInitializing" if self.init_names else "ContainerCreating"
        states: Mapping[ContainerState, Json] = {
            ContainerState.waiting: {"waiting": {"reason": first}},
            ContainerState.backoff: {"waiting": {"reason": "CrashLoopBackOff"}},
            ContainerState.starting: {"running": {}},
            ContainerState.running: {"running": {}},
            ContainerState.completed: _end(0),
            ContainerState.error: _end(1),
            ContainerState.unknown: {"terminated": {"exitCode": 137, "reason": "ContainerStatusUnknown"}},
        }
        return states[shown]

    # What becomes of them.

    def generated(self, is_terminal: bool, deleted: bool) -> dict[str, Any]:
        sync = pipeline.Sync(
            {"deletionTimestamp": NOW} if deleted else {},
            self.spec,
            self.status("api"),
            self.status("local"),
            (),
            list(self.instances()),
            {name: {"reason": "CrashLoopBackOff"} for name in self.failed_starts()},
            is_terminal,
            10 if self.values[deadline] is Deadline.passed else 0,
            probes=self.starting(),
        )
        return pipeline.generate(sync)

    def stopped(self, cause: Cause) -> dict[str, Any]:
        """Written over while the containers stop."""
        return self.generated(termination.TERMINATING.pod_is_terminal, False) | pipeline.killed(cause)

    def terminated(self) -> dict[str, Any]:
        return pipeline.terminated(self.spec, self.status("api"), self.generated(True, False), False)

    def published(self) -> Json:
        given = {
            "oldStatus": self.status("api"),
            "newStatus": self.status("local"),
            "couldHaveRunningContainers": self.values[worker] in (Worker.sync, Worker.terminating),
        }
        merged: Json = MERGE.decide(given)["status"]
        return merged

    def printed(self) -> dict[str, str]:
        deleted = self.values[object_] in (Object.deleting, Object.held, Object.gone)
        pod = {
            "metadata": {"deletionTimestamp": NOW} if deleted else {},
            "spec": self.spec,
            "status": self.status("api"),
        }
        found = PRINT.decide({"pod": pod, "now": NOW})
        return {column: found[column] for column in ("READY", "STATUS", "RESTARTS")}

    # Whether the machines know all that matters.

    @property
    def remembers(self) -> bool:
        """The old statuses add nothing to what the machines of the Pod know: they compute the phase without them."""
        v = self.values
        fresh = (ContainerState.absent, ContainerState.waiting)
        apps = all(
            v[run][n] is not Run.waiting or (v[local.state][n] in fresh and v[local.last][n] is Exit.none)
            for n in range(len(self.names))
        )
        return apps and self._backs_off() and all(self._remembers(n) for n in range(len(self.init_names)))

    def _backs_off(self) -> bool:
        """Only what is run again does so."""
        v = self.values
        apps = ((v[run][n] is Run.backoff, v[own_policy][n], v[ended][n]) for n in range(len(self.names)))
        inits = (
            (v[init_run][n] is InitRun.backoff, v[init_policy][n], v[init_ended][n])
            for n in range(len(self.init_names))
        )
        return all(not waits or self._restarts(own, exit_) for waits, own, exit_ in (*apps, *inits))

    def _restarts(self, own: ContainerPolicy, exit_: Exit) -> bool:
        by = self.values[policy] if own is ContainerPolicy.unset else own
        return by == "Always" or (by == "OnFailure" and exit_ is Exit.nonzero)

    def _remembers(self, number: int) -> bool:
        v, shown = self.values, self.values[init_local.state][number]
        if v[init_run][number] is InitRun.previous:
            return bool(
                shown is (ContainerState.completed if CODES[v[init_ended][number]] == 0 else ContainerState.error)
            )
        if v[init_run][number] is InitRun.waiting:
            fresh = shown in (ContainerState.absent, ContainerState.waiting) and v[init_local.last][number] is Exit.none
            return fresh and all(state is Run.waiting for state in v[run])
        if v[init_run][number] is InitRun.running and self.sidecar(number):
            return bool(v[init_started][number] is (shown is ContainerState.running))
        return True


MERGE = next(corpus for corpus in writes.CORPORA if corpus.name == "merge_pod_status")
PRINT = next(corpus for corpus in printing.CORPORA if corpus.name == "kubectl_status")


def _container(name: str, own: ContainerPolicy) -> Json:
    return {"name": name} if own is ContainerPolicy.unset else {"name": name, "restartPolicy": str(own)}


def _end(code: int) -> Json:
    return {"terminated": {"exitCode": code, "reason": WORDS[code]}}


def _instances(name: str, runs: bool, ended: Exit, last: Exit, restarts: int, active: bool) -> Iterator[Json]:
    """The newest instance, and the one before it. What runs is another one than the status has seen end."""
    code = CODES[ended]
    yield {
        "name": name,
        "id": "new" if runs else "old",
        "state": "running" if runs else "exited",
        "exitCode": None if runs else code,
        "reason": "" if runs else WORDS[code],
        "restartCount": restarts,
        "createdAt": 2,
        "inActiveSandbox": active,
    }
    if last is not Exit.none:
        code = CODES[last]
        yield {
            "name": name,
            "id": "before",
            "state": "exited",
            "exitCode": code,
            "reason": WORDS[code],
            "restartCount": restarts,
            "createdAt": 1,
            "inActiveSandbox": False,
        }


def shown(entry: Json | None) -> ContainerState:
    """What a status entry says."""
    state = (entry or {}).get("state") or {}
    if "running" in state:
        return ContainerState.running if (entry or {}).get("started") else ContainerState.starting
    if "terminated" in state:
        return ContainerState(state["terminated"]["reason"])
    if "waiting" in state:
        reason = state["waiting"]["reason"]
        return ContainerState.backoff if reason == "CrashLoopBackOff" else ContainerState.waiting
    return ContainerState.absent


def last(entry: Json) -> Exit:
    ended = (entry.get("lastState") or {}).get("terminated")
    if ended is None:
        return Exit.none
    return Exit.zero if ended["exitCode"] == 0 else Exit.nonzero


def copied(copy: StatusCopy, entry: Json | None) -> dict[Variable[Any], Any]:
    """The variables of a copy, from a status entry."""
    found = entry or {}
    return {
        copy.state: shown(entry),
        copy.last: last(found),
        copy.restarts: min(found.get("restartCount") or 0, MOST_RESTARTS),
    }


def reason(status: Json) -> PodReason:
    return PodReason(status.get("reason") or PodReason.none)


def initialized(status: Json) -> InitializedStatus:
    told = (InitializedStatus(one["status"]) for one in status["conditions"] if one["type"] == "Initialized")
    return next(told, InitializedStatus.false)


# States, reachable or not.

SIZES = ((1, 0), (2, 0), (1, 1), (1, 2), (2, 1), (2, 2), (1, 3))
_NOT_NONE = (Exit.zero, Exit.nonzero)


def states(seed: int, number: int) -> Iterator[Pod]:
    """As random as can be: only what contradicts itself is left out."""
    rng = random.Random(seed)
    for count in range(number):
        apps, inits = SIZES[count % len(SIZES)]
        sizes = {regular: apps, init: inits}
        yield Pod(_consistent(rng, sizes, _anything(rng, sizes)), sizes)


def _anything(rng: random.Random, sizes: Sizes) -> dict[Variable[Any], Any]:
    def one(variable: Variable[Any]) -> Any:
        return rng.choice(list(variable.domain.values))

    return {v: one(v) if v.kind is None else [one(v) for _ in range(sizes[v.kind])] for v in POD_WITH_STATUS.variables}


def _consistent(rng: random.Random, sizes: Sizes, values: dict[Variable[Any], Any]) -> dict[Variable[Any], Any]:
    """What has not ended has no exit code, what ended has one; what is not mentioned says nothing."""
    calm = rng.random() < 0.5
    for n in range(sizes[regular]):
        runs = values[run][n] in (Run.waiting, Run.running)
        values[ended][n] = Exit.none if runs else rng.choice(_NOT_NONE)
        if calm and values[run][n] is Run.waiting:
            values[local.state][n] = rng.choice((ContainerState.absent, ContainerState.waiting))
            values[local.last][n] = Exit.none
    for n in range(sizes[init]):
        runs = values[init_run][n] in (InitRun.waiting, InitRun.running)
        values[init_ended][n] = Exit.none if runs else rng.choice(_NOT_NONE)
        if values[init_policy][n] is not ContainerPolicy.Always:
            values[init_started][n] = False
        if calm and values[init_run][n] is InitRun.previous:
            good = values[init_ended][n] is Exit.zero
            values[init_local.state][n] = ContainerState.completed if good else ContainerState.error
        if calm and values[init_run][n] is InitRun.waiting:
            values[init_local.state][n] = rng.choice((ContainerState.absent, ContainerState.waiting))
            values[init_local.last][n] = Exit.none
    for copy in (local, api, init_local, init_api):
        if any(shown is ContainerState.absent for shown in values[copy.state]):  # there are entries of all, or of none
            entries = rng.random() < 0.5
            seen = [ContainerState.waiting if shown is ContainerState.absent else shown for shown in values[copy.state]]
            values[copy.state] = seen if entries else [ContainerState.absent] * sizes[copy.kind]
        for n in range(sizes[copy.kind]):
            if values[copy.state][n] is ContainerState.absent:
                values[copy.last][n], values[copy.restarts][n] = Exit.none, 0
    if all(state is Run.waiting for state in values[run]):
        values[created] = False
    if rng.random() < 0.4:
        values[api_phase] = values[local_phase] = rng.choice((Phase.Pending, Phase.Running))
    return values
