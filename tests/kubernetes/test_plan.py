"""What the machines may start is what a sync plans to start (rules `actions`), but for differences that are listed.

States in which the worker syncs are turned into what a runtime would report; the rules that recorded plans are compared
with say what is started; the machines have to offer just that. Left out are states of which no plan is made: those with
a terminal phase, and those in the middle of a sync that has made another sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest
from podproof.conform.plans import CORPORA
from podproof.engines.explicit import explore
from podproof.kubernetes.derived.phase import generated, nothing_runs
from podproof.kubernetes.machines.init_containers import over
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary import assumptions as nobody
from podproof.kubernetes.vocabulary.events import create_sandbox, restart, restart_init, start, start_init
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    Exit,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
)
from podproof.kubernetes.vocabulary.states import (
    TERMINAL,
    InitRun,
    Run,
    Sandbox,
    Worker,
    created,
    ended,
    init_ended,
    init_run,
    init_started,
    run,
    sandbox,
    worker,
)
from podproof.language import Variable
from podproof.language.flat import Sizes
from podproof.language.meanings.python import evaluate

from tests.support.unrecorded import plans

PLAN = next(corpus for corpus in CORPORA if corpus.name == "pod_actions")
READ = (policy, own_policy, init_policy, sandbox, created, run, ended, init_run, init_ended, init_started)
"""What a plan depends on."""

QUIET = POD.under(
    nobody.no_deletion,
    nobody.no_eviction,
    nobody.no_preemption,
    nobody.no_deadline,
    nobody.no_shutdown,
    nobody.no_rejection,
    nobody.no_podgc,
    nobody.no_finalizer,
)
"""A Pod of which the kubelet makes plans as long as its containers want it."""

PLAIN = replace(
    QUIET,
    initially=(
        *QUIET.initially,
        regular.all(own_policy.is_(ContainerPolicy.unset)),
        init.all(init_policy.is_(ContainerPolicy.unset, ContainerPolicy.Always)),
    ),
)
"""The same where only sidecars have a policy of their own."""

Values = Mapping[Variable[Any], Any]


@dataclass(frozen=True)
class Started:
    """sandbox: another one is made; containers, inits: which are started in the one that there is."""

    sandbox: bool
    containers: frozenset[int]
    inits: frozenset[int]


@dataclass(frozen=True, eq=False)
class Seen:
    """A state, what the machines may start in it, and the plan for it. stops: the plan stops the Pod for good."""

    values: Values
    sizes: Sizes
    offered: Started
    planned: Started
    stops: bool

    def holds(self, condition: Any) -> bool:
        return bool(evaluate(condition, self.values, self.sizes))


# What a runtime would report.

CODES = {Exit.none: 0, Exit.zero: 0, Exit.nonzero: 1}
SANDBOXES = {Sandbox.none: [], Sandbox.ready: [plans.sandbox()], Sandbox.lost: [plans.sandbox("NOTREADY")]}


def spec_of(name: str, own: ContainerPolicy, **more: Any) -> dict[str, Any]:
    return {"name": name, **({} if own is ContainerPolicy.unset else {"restartPolicy": str(own)}), **more}


def reported(v: Values) -> Any:
    """A sidecar that has not started up has a startup probe without a result; others have none."""
    found: list[Any] = []
    for number, (state, exit_) in enumerate(zip(v[run], v[ended], strict=True)):
        if state is not Run.waiting:
            found.append(instance(f"c{number}", state is Run.running, exit_))
    inits = []
    for number, (state, exit_) in enumerate(zip(v[init_run], v[init_ended], strict=True)):
        own = v[init_policy][number]
        starting = own is ContainerPolicy.Always and not v[init_started][number]
        inits.append(spec_of(f"i{number}", own, **({"startupProbe": {"exec": {}}} if starting else {})))
        if state not in (InitRun.waiting, InitRun.previous):
            found.append(instance(f"i{number}", state is InitRun.running, exit_))
    given = plans.pod(
        *found,
        restartPolicy=str(v[policy]),
        containers=[spec_of(f"c{number}", own) for number, own in enumerate(v[own_policy])],
        initContainers=inits,
    )
    given["runtime"]["sandboxes"] = SANDBOXES[v[sandbox]]
    return given


def instance(name: str, runs: bool, exit_: Exit) -> Any:
    return plans.instance(name, "running") if runs else plans.instance(name, "exited", CODES[exit_])


# What is started.


def planned(plan: Any) -> Started:
    def numbers(field: str) -> frozenset[int]:
        return frozenset(int(name[1:]) for name in plan[field]) if not plan["createSandbox"] else frozenset()

    return Started(plan["createSandbox"], numbers("containersToStart"), numbers("initContainersToStart"))


def offers(sizes: Sizes) -> Iterator[tuple[Values, Started]]:
    """Each state that differs in what a plan depends on, and what the machines may start in it."""
    search = explore(QUIET if sizes[init] < 2 else PLAIN, sizes, symmetric=False)
    assert search.truncated == ""
    space, states = search.space, search.visited
    starting: dict[int, list[tuple[Any, int | None]]] = {}
    for moves in space.moves(states):
        step = space.flat.steps[moves.index]
        if step.step.event in (create_sandbox, start, restart, start_init, restart_init):
            for row in moves.rows:
                starting.setdefault(int(row), []).append((step.step.event, step.element))
    known = set()
    for row, packed in enumerate(states):
        values = space.values(int(packed))
        key = tuple(tuple(values[one]) if one.kind else values[one] for one in READ)
        if values[worker] is Worker.sync and key not in known:
            known.add(key)
            yield values, offered(starting.get(row, ()))


def offered(events: Any) -> Started:
    def elements(*which: Any) -> frozenset[int]:
        return frozenset(element for event, element in events if event in which)

    another = any(event is create_sandbox for event, _ in events)
    return Started(another, elements(start, restart), elements(start_init, restart_init))


@cache
def compared(containers: int, inits: int) -> tuple[Seen, ...]:
    sizes = {regular: containers, init: inits}
    found = []
    for values, offer in offers(sizes):
        if Run.restarting not in values[run] and evaluate(generated, values, sizes) not in TERMINAL:
            plan = PLAN.decide(reported(values))
            stops = plan["killPod"] and not plan["createSandbox"]
            found.append(Seen(values, sizes, offer, planned(plan), stops))
    return tuple(found)


# Where they differ.


def waits_for_ends(seen: Seen) -> bool:
    return seen.planned.sandbox and not seen.offered.sandbox and not seen.holds(nothing_runs)


def _sidecar_is_down(seen: Seen) -> bool:
    """The last one that began is a sidecar which had started up, and has ended."""
    v = seen.values
    begun = [n for n, state in enumerate(v[init_run]) if state not in (InitRun.waiting, InitRun.previous)]
    return bool(begun and v[init_started][begun[-1]] and v[init_run][begun[-1]] is not InitRun.running)


def goes_on_without_the_sidecar(seen: Seen) -> bool:
    more = seen.planned.containers < seen.offered.containers or seen.planned.inits < seen.offered.inits
    return seen.planned.sandbox == seen.offered.sandbox and more and _sidecar_is_down(seen)


def ends_without_the_sidecar(seen: Seen) -> bool:
    return seen.planned.inits > seen.offered.inits and _sidecar_is_down(seen) and seen.holds(over)


DIFFERENCES = {
    waits_for_ends: "what runs is not stopped for another sandbox: that is made once it has ended",
    goes_on_without_the_sidecar: "what was seen of a sidecar stays true after its end, so that the next may start",
    ends_without_the_sidecar: "a sidecar that is the last one is not started again once all regular containers ended",
}
"""What the machines do otherwise, and how it is recognised."""

SMALL = [(1, 0), (2, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize(("containers", "inits"), SMALL)
def test_the_machines_may_start_what_a_sync_plans_to_start(containers: int, inits: int) -> None:
    states = compared(containers, inits)
    assert len(states) > 100
    different = [seen for seen in states if seen.offered != seen.planned]
    unexplained = [seen for seen in different if sum(says(seen) for says in DIFFERENCES) != 1]
    assert [(seen.values, seen.offered, seen.planned) for seen in unexplained] == []


@pytest.mark.parametrize("difference", DIFFERENCES, ids=DIFFERENCES.get)
def test_a_difference_that_is_listed_is_there(difference: Callable[[Seen], bool]) -> None:
    assert any(seen.offered != seen.planned and difference(seen) for size in SMALL for seen in compared(*size))


def test_what_is_stopped_for_good_starts_nothing() -> None:
    """The machines have no step that stops it: what runs ends by itself, or for another reason."""
    stopped = [seen for size in SMALL for seen in compared(*size) if seen.stops]
    assert any(not seen.holds(nothing_runs) for seen in stopped)
    assert {seen.offered for seen in stopped} == {Started(False, frozenset(), frozenset())}
