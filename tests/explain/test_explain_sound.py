"""What explain says of live objects, against brute force: every object that a small Pod can become, asked and checked.

Independent of the engines and of the code that tells: states are found by evaluating guards and updates of the compiled
steps one by one in plain Python, each together with the set of disruptions that was used on the way.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from click.testing import CliRunner
from podproof.cli.explain import explain as command
from podproof.kubernetes.objects.watched import Starts, init_starts, starts, watched
from podproof.kubernetes.view import PodReason, api_reason
from podproof.kubernetes.vocabulary import assumptions as given
from podproof.kubernetes.vocabulary.spec import Exit, RestartPolicy, init, init_policy, own_policy, policy, regular
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    InitRun,
    Object,
    Run,
    Worker,
    api_phase,
    assigned,
    ended,
    finalizer,
    init_ended,
    init_run,
    local_phase,
    object_,
    run,
    worker,
)
from podproof.language import Variable
from podproof.language.flat import FlatSystem, expand
from podproof.language.meanings.python import evaluate

SYSTEM = watched(True, ())
State = tuple[Any, ...]
Used = frozenset[str]
Sets = frozenset[Used]


@dataclass(frozen=True)
class Small:
    """A Pod of one container, and perhaps one init container or sidecar."""

    policy: RestartPolicy
    init: str | None = None

    @property
    def spec(self) -> dict[str, Any]:
        inits = [] if self.init is None else [{"name": "i", **({"restartPolicy": self.init} if self.init else {})}]
        return {"restartPolicy": str(self.policy), "initContainers": inits, "containers": [{"name": "c"}]}


def minimal(sets: Iterable[Used]) -> Sets:
    found = set(sets)
    return frozenset(s for s in found if not any(other < s for other in found))


class Brute:
    """All states of one small Pod with deadlines ruled out, and its moves."""

    def __init__(self, small: Small) -> None:
        sizes = {regular: 1, init: 0 if small.init is None else 1}
        self.flat: FlatSystem = expand(SYSTEM.under(given.no_deadline), sizes)
        self.small, self.variables = small, self.flat.variables
        self.moves: dict[State, list[tuple[Used, State]]] = {}
        self.initial = [s for s in self._initial() if self._has_shape(s)]
        waiting = deque(self.initial)
        self.moves.update((s, []) for s in self.initial)
        while waiting:
            state = waiting.popleft()
            for used, after in self._after(state):
                self.moves[state].append((used, after))
                if after not in self.moves:
                    self.moves[after] = []
                    waiting.append(after)

    def _initial(self) -> Iterable[State]:
        states: list[list[Any]] = [[]]
        for variable in self.variables:
            states = [[*s, value] for s in states for value in variable.initial_values]
        return (tuple(s) for s in states)

    def _has_shape(self, state: State) -> bool:
        wanted: dict[tuple[Variable[Any], int | None], Any] = {(policy, None): self.small.policy}
        wanted[own_policy, 0] = "unset"
        if self.small.init is not None:
            wanted[init_policy, 0] = self.small.init or "unset"
        values = dict(zip(self.variables, state, strict=True))
        right = all(values[self.flat.place[key]] == value for key, value in wanted.items())
        return right and bool(evaluate(self.flat.initial, values, {}))

    def _after(self, state: State) -> Iterable[tuple[Used, State]]:
        values = dict(zip(self.variables, state, strict=True))
        for step in self.flat.steps:
            if evaluate(step.guard, values, {}):
                new = values | {v: evaluate(e, values, {}) for v, e in step.updates.items()}
                yield frozenset(a.name for a in step.step.event.unless), tuple(new[v] for v in self.variables)

    def value(self, state: State, variable: Variable[Any], element: int | None = None) -> Any:
        return state[self.variables.index(self.flat.place[variable, element])]

    def spread(self, begin: Iterable[State], backward: bool = False) -> dict[State, Sets]:
        """For every state the minimal sets of disruptions with which it is reached from `begin` (or reaches it)."""
        edges: dict[State, list[tuple[Used, State]]] = self.moves
        if backward:
            edges = {state: [] for state in self.moves}
            for state, moves in self.moves.items():
                for used, after in moves:
                    edges[after].append((used, state))
        found: dict[State, Sets] = {state: frozenset({frozenset()}) for state in begin}
        waiting = deque(found)
        while waiting:
            state = waiting.popleft()
            for used, after in edges[state]:
                old = found.get(after, frozenset())
                new = minimal([*old, *(s | used for s in found[state])])
                if new != old:
                    found[after] = new
                    waiting.append(after)
        return found

    # What the object looks like.

    def look(self, state: State) -> tuple[Any, ...] | None:
        """What can be seen of the object; None where there is none, or where its status has no word for it."""
        stage = self.value(state, object_)
        reported = self.value(state, worker) not in (Worker.none, Worker.rejected)
        containers = self._container(state, regular)
        inits = self._container(state, init) if self.small.init is not None else ()
        if stage is Object.gone or containers is None or inits is None:
            return None
        seen = (api_phase, assigned, finalizer, api_reason)
        return (stage, reported, containers, inits, *(self.value(state, variable) for variable in seen))

    def _container(self, state: State, kind: Any) -> tuple[Any, ...] | None:
        how, exit_, count = (run, ended, starts) if kind is regular else (init_run, init_ended, init_starts)
        now, code = self.value(state, how, 0), self.value(state, exit_, 0)
        times = self.value(state, count, 0)
        if now in (Run.restarting, InitRun.previous) or (now == "terminated" and times is Starts.none):
            return None  # another state shows the same, and the status cannot say which it is
        return (str(now), code if now in ("terminated", "backoff") else Exit.none, times is Starts.again)


def pod(small: Small, look: tuple[Any, ...], name: str) -> dict[str, Any]:
    """A live object that looks like this."""
    stage, reported, container, inits, phase, bound, held, reason = look
    metadata: dict[str, Any] = {"name": name, **({"finalizers": ["a/b"]} if held else {})}
    if stage in (Object.deleting, Object.held):
        metadata |= {"deletionTimestamp": "t", "deletionGracePeriodSeconds": 30 if stage is Object.deleting else 0}
    status: dict[str, Any] = {"phase": str(phase)}
    if reason is not PodReason.none:
        status["reason"] = str(reason)
    if reported:
        status["containerStatuses"] = [shown("c", container)]
        status["initContainerStatuses"] = [shown("i", inits)] if inits else []
    spec = {**small.spec, **({"nodeName": "n1"} if bound else {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def shown(name: str, container: tuple[Any, ...]) -> dict[str, Any]:
    now, code, again = container
    end: dict[str, Any] = {"terminated": {"exitCode": 0 if code is Exit.zero else 1, "reason": "Completed"}}
    states: dict[str, dict[str, Any]] = {
        "waiting": {"waiting": {"reason": "ContainerCreating"}},
        "running": {"running": {}},
        "terminated": end,
        "backoff": {"waiting": {"reason": "CrashLoopBackOff"}},
    }
    last = end if now == "backoff" else {}
    return {"name": name, "restartCount": int(again), "state": states[now], "lastState": last}


ENDS = {"Succeeded": "Succeeded", "Failed": "Failed", "removed": None}


@cache
def brute(small: Small) -> Brute:
    return Brute(small)


SMALL = [Small(RestartPolicy.Never), Small(RestartPolicy.Always)]
EVERY = 9
"""So many of the objects are passed over for one that is asked: all of them take minutes."""


@pytest.mark.parametrize("small", SMALL, ids=str)
def test_what_can_be_seen_of_a_small_pod(small: Small) -> None:
    """Causes are exactly the minimal ones; what can become of it needs, beyond a named past, exactly what is named."""
    model = brute(small)
    pasts = model.spread(model.initial)
    futures = {name: model.spread(goal(model, name), backward=True) for name in ENDS}
    groups: dict[tuple[Any, ...], list[State]] = {}
    for state in model.moves:
        look = model.look(state)
        if look is not None and model.value(state, local_phase) == model.value(state, api_phase):
            groups.setdefault(look, []).append(state)
    looks = sorted(groups, key=str)[::EVERY]
    assert len(looks) >= 15
    documents = "\n---\n".join(json.dumps(pod(small, look, f"p{n}")) for n, look in enumerate(looks))
    result = CliRunner().invoke(command, ["--format", "json", "-"], input=documents)
    assert result.exit_code == 0, result.output
    for look, told in zip(looks, json.loads(result.stdout)["documents"], strict=True):
        check(look, alike(model, groups, look), pasts, futures, told["live"])


def goal(model: Brute, name: str) -> list[State]:
    if name == "removed":
        return [s for s in model.moves if model.value(s, object_) is Object.gone]
    return [s for s in model.moves if model.value(s, api_phase) == name]


def alike(model: Brute, groups: Mapping[tuple[Any, ...], list[State]], look: tuple[Any, ...]) -> list[State]:
    """The states that show the same: also those that `look` leaves out because they show what another one shows."""
    stage, reported, container, inits, *rest = look
    found = list(groups[look])
    seen = (api_phase, assigned, finalizer, api_reason)
    stages = (Object.held, Object.gone) if stage is Object.held else (stage,)
    for state in model.moves:
        kept = model.value(state, worker) not in (Worker.none, Worker.rejected)
        if (
            model.look(state) is None
            and model.value(state, local_phase) == model.value(state, api_phase)
            and model.value(state, object_) in stages
            and (kept or not reported)
            and [model.value(state, v) for v in seen] == rest
            and shows(model, state, regular, container)
            and (not inits or shows(model, state, init, inits))
        ):
            found.append(state)
    if not reported:  # an object without statuses may have been reported all the same
        found += [s for other, states in groups.items() if (other[0], *other[2:]) == (stage, *look[2:]) for s in states]
    return list(dict.fromkeys(found))


def shows(model: Brute, state: State, kind: Any, container: tuple[Any, ...]) -> bool:
    how, exit_, count = (run, ended, starts) if kind is regular else (init_run, init_ended, init_starts)
    now, code, times = (model.value(state, v, 0) for v in (how, exit_, count))
    shown_, wanted, again = container
    if (times is Starts.again) is not again:
        return False
    if shown_ == "terminated":
        return now in ("terminated", "restarting", "previous") and code is wanted and times is not Starts.none
    if shown_ == "backoff":
        return now in ("backoff", "previous") and code is wanted
    return bool(now == shown_)


def check(
    look: tuple[Any, ...],
    states: list[State],
    pasts: Mapping[State, Sets],
    futures: Mapping[str, Mapping[State, Sets]],
    live: Mapping[str, Any],
) -> None:
    causes = minimal(s for state in states for s in pasts[state])
    assert {frozenset(story["cause"]) for story in live["stories"]} == causes, look
    explained = {cause: [s for s in states if any(p <= cause for p in pasts[s])] for cause in causes}
    for end in live["ends"]:
        future = futures[end["id"]]
        ways = {c: minimal(f for s in among for f in future.get(s, ())) for c, among in explained.items()}
        told = {frozenset(each) for each in end["disruptions"]}
        itself = {cause for cause, sets in ways.items() if frozenset() in sets}
        some = {cause for cause, sets in ways.items() if sets}
        behind = itself or some
        assert {frozenset(p) for p in end["past"]} == (behind if behind != causes else set()), (look, end["id"])
        if itself:
            assert end["can"] == "by itself", (look, end["id"])
        elif some:
            assert end["can"] == "only if disturbed", (look, end["id"])
            assert told == minimal(f for cause in some for f in ways[cause]), (look, end["id"])
        else:
            assert end["can"] == "never" and end["verdict"] == "TRUE", (look, end["id"])
            unseen = minimal(p for s in states if future.get(s) for p in pasts[s])
            assert {frozenset(each) for each in end["unseen"]} == unseen, (look, end["id"])
            assert not any(p in causes for p in unseen)


def test_the_brute_force_finds_as_many_states_as_are_known() -> None:
    """So that it is not blind: one container under Never, with what only observes."""
    model = brute(SMALL[0])
    assert {model.value(s, api_phase) for s in model.moves} >= set(TERMINAL)
    assert len(model.moves) > 1_000
