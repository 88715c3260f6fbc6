"""Counterexamples: replayed on running machines, told in words, with the lines that kubectl prints."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from podproof.certificates.counterexample import ReplayedRun, ReplayError, as_json, describe, heading, replay, text
from podproof.engines.explicit import check, explore
from podproof.engines.state_space import StateSpace
from podproof.kubernetes.pod import POD
from podproof.kubernetes.printing import Columns, Word, columns, lines, says, status
from podproof.kubernetes.view import (
    OBSERVERS,
    POD_WITH_STATUS,
    ContainerState,
    InitializedStatus,
    PodReason,
    api,
    api_initialized,
    api_reason,
    init_api,
)
from podproof.kubernetes.vocabulary import assumptions as given
from podproof.kubernetes.vocabulary import events as e
from podproof.kubernetes.vocabulary.spec import (
    ContainerPolicy,
    RestartPolicy,
    init,
    init_policy,
    own_policy,
    policy,
    regular,
)
from podproof.kubernetes.vocabulary.states import Object, Phase, api_phase, finalizer, object_
from podproof.language import Assumption, System, Variable
from podproof.language.domains import Integers
from podproof.language.flat import Sizes, expand
from podproof.language.meanings.python import evaluate
from podproof.language.running import RunningSystem, Stage
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Formula, Never, Step
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace, TraceStep
from podproof.wording.wrapping import within

from examples import die_hard, two_phase

ONE: Sizes = {regular: 1, init: 0}
ONE_OF_EACH: Sizes = {regular: 1, init: 1}

DISRUPTIONS = (
    given.no_deletion,
    given.no_eviction,
    given.no_preemption,
    given.no_deadline,
    given.no_shutdown,
    given.no_rejection,
    given.no_podgc,
    given.no_container_policies,
)
FAILED_ONLY_UNDER_NEVER = Always(api_phase.is_(Phase.Failed).implies(policy.is_(RestartPolicy.Never)))
NEVER_BACK_TO_PENDING = Step(api_phase.is_(Phase.Running), api_phase.is_not(Phase.Pending))


def refuted(system: System, formula: Formula, sizes: Sizes) -> Trace:
    answer = check(system, formula, sizes)
    assert answer.verdict is Verdict.FALSE and answer.trace is not None
    return answer.trace


@cache
def without(dropped: Assumption) -> Trace:
    """A shortest run to Failed although the policy is not Never, with every assumption but one."""
    system = POD.under(*(assumption for assumption in DISRUPTIONS if assumption is not dropped))
    return refuted(system, FAILED_ONLY_UNDER_NEVER, ONE)


def story(sizes: Sizes, first: Mapping[Variable[Any], Any], *happens: Any) -> ReplayedRun:
    """The run in which these events happen: an event, or (event, parameter or element, ...)."""
    values: dict[Variable[Any], Any] = {}
    for variable in POD.variables:
        own = variable.initial_values[0]
        values[variable] = first.get(variable, own if variable.kind is None else [own] * sizes[variable.kind])
    running, steps = RunningSystem(POD, sizes, values), []
    for event, *details in (h if isinstance(h, tuple) else (h,) for h in happens):
        own_parameters = {p.name: next(d for d in details if d in p.domain) for p in event.parameters}
        step = next(s for s in POD.steps if s.event is event and dict(s.parameters) == own_parameters)
        element = next((d for d in details if isinstance(d, int)), 0) if step.kind is not None else None
        assert running.fire(event, own_parameters, element), event
        steps.append(TraceStep(step, element, running.before))
    return replay(Trace(POD, sizes, values, tuple(steps)))


def printed(run: ReplayedRun) -> list[tuple[str, str, str]]:
    """What kubectl prints, from the first line on."""
    rows = [run.rows[0], *(step.row for step in describe(run) if step.row is not None)]
    return [(row.ready, row.status, row.restarts) for row in rows]


STARTED = (e.bind, e.admit, e.create_sandbox, e.sync, e.publish, (e.start, 0), e.sync, e.publish)
SHOW = (e.sync, e.publish)
FAILS, ENDS_WELL = (e.end, e.Code.nonzero, 0), (e.end, e.Code.zero, 0)


class TestReplay:
    @pytest.mark.parametrize("dropped", DISRUPTIONS, ids=str)
    def test_failed_only_under_never_is_refuted_without_any_one_assumption(self, dropped: Assumption) -> None:
        trace = without(dropped)
        run = replay(trace)
        assert len(run.trace) == len(trace) == len(describe(run))
        assert run.trace.last[api_phase] is Phase.Failed
        assert run.trace.initial[policy] is not RestartPolicy.Never
        for ours, theirs in zip(run.trace.steps, trace.steps, strict=True):
            assert all(ours.values[variable] == value for variable, value in theirs.values.items())

    def test_variables_outside_the_cone_get_admissible_values(self) -> None:
        trace = refuted(POD, NEVER_BACK_TO_PENDING, ONE_OF_EACH)
        first = replay(trace).trace.initial
        assert set(first) == set(POD_WITH_STATUS.variables)
        assert first[object_] is Object.unbound

    def test_running_can_fall_back_to_pending(self) -> None:
        run = replay(refuted(POD, NEVER_BACK_TO_PENDING, ONE_OF_EACH))
        assert describe(run)[-1].changed == ("api phase Running -> Pending",)
        assert e.lose_sandbox in [step.event for step in run.trace.steps]

    def test_a_trace_of_several_containers_keeps_them_apart(self) -> None:
        run = replay(refuted(POD, Never(api_phase.is_(Phase.Succeeded)), {regular: 2, init: 0}))
        assert {step.element for step in describe(run) if step.event == e.start} == {"container 1", "container 2"}

    def test_a_missing_step_is_noticed(self) -> None:
        trace = without(given.no_deletion)
        for gap in range(len(trace) - 1):
            with pytest.raises(ReplayError, match=f"step {gap + 1}, "):
                replay(replace(trace, steps=(*trace.steps[:gap], *trace.steps[gap + 1 :])))

    def test_a_changed_value_is_noticed(self) -> None:
        trace = without(given.no_eviction)
        last = replace(trace.steps[-1], values={**trace.last, api_phase: Phase.Succeeded})
        with pytest.raises(ReplayError, match="makes api phase Failed; the trace says Succeeded"):
            replay(replace(trace, steps=(*trace.steps[:-1], last)))

    def test_a_changed_beginning_is_noticed(self) -> None:
        trace = without(given.no_eviction)
        with pytest.raises(ReplayError, match="initial state"):
            replay(replace(trace, initial={**trace.initial, object_: Object.bound}))
        with pytest.raises(ReplayError, match="initial state"):
            replay(replace(trace, initial={**trace.initial, own_policy: [ContainerPolicy.Never]}))

    def test_an_element_that_is_not_there_is_noticed(self) -> None:
        trace = without(given.no_container_policies)
        steps = [replace(s, element=None if s.element is None else 7) for s in trace.steps]
        with pytest.raises(ReplayError, match="step 4, "):
            replay(replace(trace, steps=tuple(steps)))

    def test_a_forbidden_event_is_noticed(self) -> None:
        trace = without(given.no_eviction)
        with pytest.raises(ReplayError, match="the assumption no-eviction forbids"):
            replay(replace(trace, system=trace.system.under(given.no_eviction)))

    def test_a_variable_of_another_system_is_noticed(self) -> None:
        trace = refuted(die_hard.SYSTEM, Never(die_hard.big.is_(4)), {})
        with pytest.raises(ReplayError, match="api phase"):
            replay(replace(trace, initial={**trace.initial, api_phase: Phase.Failed}))

    def test_what_ran_before_on_the_same_machines_does_not_matter(self) -> None:
        trace = without(given.no_eviction)
        run = replay(trace)
        for gap in range(len(trace) - 1):
            with pytest.raises(ReplayError):
                replay(replace(trace, steps=(*trace.steps[:gap], *trace.steps[gap + 1 :])))
            again = replay(trace)
            assert text(again) == text(run)
            assert again.trace.states == run.trace.states


class TestStage:
    def test_every_run_begins_where_it_is_said_to(self) -> None:
        first = {variable: variable.initial_values[0] for variable in die_hard.SYSTEM.variables}
        stage = Stage(most=1)
        ran = stage.begin(die_hard.SYSTEM, {}, first)
        assert ran.fire(die_hard.fill_big)
        assert ran.before != first
        again = stage.begin(die_hard.SYSTEM, {}, first)
        assert again is ran
        assert again.before == first
        assert again.fire(die_hard.fill_big)
        votes = {v: v.initial_values[0] if v.kind is None else [] for v in two_phase.SYSTEM.variables}
        assert stage.begin(two_phase.SYSTEM, {two_phase.managers: 0}, votes).system is two_phase.SYSTEM
        assert stage.begin(die_hard.SYSTEM, {}, first) is not ran, "one system is kept"


class TestObservers:
    """They change nothing: the Pod with them does what it does without."""

    def test_every_projection_is_a_state_of_the_pod_and_the_other_way_round(self) -> None:
        counts = {v for v in POD_WITH_STATUS.variables if isinstance(v.domain, Integers)}
        part = replace(POD_WITH_STATUS, keep=frozenset(POD_WITH_STATUS.variables) - counts)
        observed = explore(part, ONE, limits=Limits(600, 3_000_000))
        alone = explore(POD, ONE)
        assert not observed.truncated and not alone.truncated
        assert _projections(observed.space, observed.visited) == _projections(alone.space, alone.visited)
        assert len(observed.visited) > len(alone.visited)

    def test_nothing_of_the_pod_depends_on_them(self) -> None:
        part = POD_WITH_STATUS.cone(POD.variables)
        assert part.keep == frozenset(POD.variables)
        ours = [(s.label, s.kind, str(s.guard), _updates(s)) for s in part.steps]
        assert ours == [(s.label, s.kind, str(s.guard), _updates(s)) for s in POD.cone(POD.variables).steps]
        assert not any(machine.events for machine in OBSERVERS)
        assert POD_WITH_STATUS.events == POD.events

    @pytest.mark.parametrize("seed", range(4))
    def test_random_walks_agree(self, seed: int) -> None:
        choose = random.Random(seed)
        sizes: Sizes = {regular: 2, init: 2}
        plain = {v: v.initial_values[0] if v.kind is None else [v.initial_values[0]] * 2 for v in POD.variables}
        full = {
            v: v.initial_values[0] if v.kind is None else [v.initial_values[0]] * 2 for v in POD_WITH_STATUS.variables
        }
        alone, observed = RunningSystem(POD, sizes, plain), RunningSystem(POD_WITH_STATUS, sizes, full)
        for _ in range(300):
            step = choose.choice(POD.steps)
            element = None if step.kind is None else choose.randrange(2)
            fired = alone.fire(step.event, step.parameters, element)
            assert observed.fire(step.event, step.parameters, element) is fired
            assert all(observed.before[variable] == value for variable, value in alone.before.items())


def _projections(space: StateSpace, states: Any) -> set[tuple[int, ...]]:
    own = {variable.name for variable in expand(POD, ONE).variables}
    shared = sorted((v for v in space.variables if v.name in own), key=lambda v: v.name)
    table = np.stack([space.layout.codes(states, variable) for variable in shared])
    return set(map(tuple, np.unique(table, axis=1).T.tolist()))


def _updates(step: Any) -> list[tuple[str, str]]:
    return sorted((v.name, str(value)) for v, value in (*step.updates.items(), *step.broadcasts.items()))


class TestStatusCopies:
    """What kubectl prints over the life of a Pod (container and Pod statuses as the kubelet and the API have them)."""

    def test_a_pod_that_runs(self) -> None:
        run = story(ONE, {}, *STARTED)
        assert printed(run) == [("0/1", "Pending", "0"), ("0/1", "ContainerCreating", "0"), ("1/1", "Running", "0")]

    def test_a_crash_loop(self) -> None:
        again = (FAILS, *SHOW, (e.back_off, 0), *SHOW, (e.restart, 0), *SHOW)
        run = story(ONE, {}, *STARTED, *again, *again)
        assert printed(run)[3:] == [
            ("0/1", "Error", "0"),
            ("0/1", "CrashLoopBackOff", "0"),
            ("1/1", "Running", "1"),
            ("0/1", "Error", "1"),
            ("0/1", "CrashLoopBackOff", "1"),
            ("1/1", "Running", "2"),
        ]

    def test_an_init_container_that_fails_and_then_succeeds(self) -> None:
        begins = (e.bind, e.admit, e.create_sandbox, *SHOW, (e.start_init, 0), *SHOW)
        fails = ((e.end_init, e.Code.nonzero, 0), *SHOW, (e.back_off_init, 0), *SHOW, (e.restart_init, 0), *SHOW)
        succeeds = ((e.end_init, e.Code.zero, 0), *SHOW, (e.start_init, 1), *SHOW, (e.end_init, e.Code.zero, 1), *SHOW)
        run = story({regular: 1, init: 2}, {}, *begins, *fails, *succeeds, (e.start, 0), *SHOW)
        assert printed(run) == [
            ("0/1", "Pending", "0"),
            ("0/1", "Init:0/2", "0"),
            ("0/1", "Init:Error", "0"),
            ("0/1", "Init:CrashLoopBackOff", "0"),
            ("0/1", "Init:0/2", "1"),
            ("0/1", "Init:1/2", "1"),
            ("0/1", "PodInitializing", "0"),
            ("1/1", "Running", "0"),
        ]

    def test_an_init_container_runs_again_after_the_sandbox_was_lost(self) -> None:
        before = (e.bind, e.admit, e.create_sandbox, (e.start_init, 0), (e.end_init, e.Code.zero, 0), (e.start, 0))
        lost = (e.lose_sandbox, FAILS, e.create_sandbox, (e.start_init, 0), *SHOW)
        run = story(ONE_OF_EACH, {}, *before, *SHOW, *lost)
        assert run.trace.last[init_api.restarts] == [1]
        assert run.trace.last[api_phase] is Phase.Pending
        # Initialized stays true, so the containers are looked at although an init container runs.
        assert printed(run)[1:] == [("1/1", "Running", "0"), ("0/1", "Error", "0")]

    def test_an_eviction_that_ends_well_loses_its_reason(self) -> None:
        run = story(ONE, {}, *STARTED, e.evict, e.publish, ENDS_WELL, e.stopped, e.publish)
        assert [state[api_reason] for state in run.states] == [PodReason.none] * len(run.states)
        assert printed(run)[-1] == ("0/1", "Completed", "0")
        assert run.trace.last[api_phase] is Phase.Succeeded

    def test_an_eviction_keeps_its_reason_with_its_phase(self) -> None:
        run = story(ONE, {}, *STARTED, e.evict, e.publish, FAILS, e.stopped, e.publish)
        assert run.trace.last[api_reason] is PodReason.evicted
        assert printed(run)[-1] == ("0/1", "Error", "0")  # the container has the last word

    def test_a_passed_deadline_gives_the_reason_again(self) -> None:
        run = story(ONE, {}, *STARTED, e.pass_deadline, e.finish, ENDS_WELL, e.stopped, e.publish)
        assert run.trace.last[api_phase] is Phase.Failed
        assert run.trace.last[api_reason] is PodReason.deadline

    def test_a_rejected_pod_has_no_container_statuses(self) -> None:
        run = story(ONE, {}, e.bind, e.reject, e.publish)
        assert run.trace.last[api.state] == [ContainerState.absent]
        assert printed(run) == [("0/1", "Pending", "0"), ("0/1", "OutOfcpu", "0")]

    def test_a_deleted_pod_that_backs_off_shows_its_exit_again(self) -> None:
        deleted = ((e.delete, e.Grace.graceful), e.publish, e.see_deletion, e.publish)
        run = story(ONE, {}, *STARTED, FAILS, (e.back_off, 0), *SHOW, *deleted)
        assert printed(run)[-2:] == [("0/1", "CrashLoopBackOff", "0"), ("0/1", "Terminating", "0")]
        assert run.trace.last[api.state] == [ContainerState.error]

    def test_a_pod_deleted_before_its_first_start(self) -> None:
        ends = ((e.delete, e.Grace.graceful), e.see_deletion, e.stopped, e.clean_up, e.publish, e.final_delete)
        begins = (e.bind, e.admit, *SHOW)
        assert printed(story(ONE, {}, *begins, *ends))[-1] == ("0/1", "ContainerStatusUnknown", "0")
        with_inits = story({regular: 1, init: 2}, {}, *begins, *ends)
        assert with_inits.trace.last[init_api.state] == [ContainerState.unknown, ContainerState.waiting]
        assert with_inits.trace.last[api.state] == [ContainerState.waiting]
        assert printed(with_inits)[-1] == ("0/1", "Init:ContainerStatusUnknown", "0")

    def test_podgc_writes_nothing_but_the_phase(self) -> None:
        run = story(ONE, {}, *STARTED, e.podgc_fail)
        assert (run.trace.last[api_reason], run.trace.last[api.state]) == (PodReason.none, [ContainerState.running])
        assert printed(run)[-1] == ("1/1", "Failed", "0")


W, R, C, X, U, B, A, S = (
    ContainerState.waiting, ContainerState.running, ContainerState.completed, ContainerState.error,
    ContainerState.unknown, ContainerState.backoff, ContainerState.absent, ContainerState.starting,
)  # fmt: skip


class TestColumns:
    """printPod, by hand. Columns: phase, reason, init containers, containers, what differs, READY, STATUS."""

    @pytest.mark.parametrize(
        ("phase", "reason", "inits", "containers", "flags", "ready", "status"),
        [
            (Phase.Pending, PodReason.none, [], [A], "", "0/1", "Pending"),
            (Phase.Pending, PodReason.none, [], [W, W], "", "0/2", "ContainerCreating"),
            (Phase.Pending, PodReason.none, [W, W], [W], "", "0/1", "Init:0/2"),
            (Phase.Pending, PodReason.none, [C, R], [W], "", "0/1", "Init:1/2"),
            (Phase.Pending, PodReason.none, [C, X], [W], "", "0/1", "Init:Error"),
            (Phase.Pending, PodReason.none, [B, W], [W], "", "0/1", "Init:CrashLoopBackOff"),
            (Phase.Failed, PodReason.none, [U, W], [W], "", "0/1", "Init:ContainerStatusUnknown"),
            (Phase.Pending, PodReason.none, [C], [W], "initialized", "0/1", "PodInitializing"),
            (Phase.Pending, PodReason.none, [R], [X], "initialized", "0/1", "Error"),
            (Phase.Running, PodReason.none, [], [R, R], "", "2/2", "Running"),
            (Phase.Running, PodReason.none, [], [R, B], "", "1/2", "CrashLoopBackOff"),
            (Phase.Running, PodReason.none, [], [X, B], "", "0/2", "Error"),
            (Phase.Running, PodReason.none, [], [C], "", "0/1", "Completed"),
            (Phase.Running, PodReason.none, [], [C, R], "", "1/2", "NotReady"),
            (Phase.Running, PodReason.none, [], [C, X, R], "", "1/3", "Error"),
            (Phase.Succeeded, PodReason.none, [], [C, C], "", "0/2", "Completed"),
            (Phase.Failed, PodReason.none, [], [C, U], "", "0/2", "ContainerStatusUnknown"),
            (Phase.Failed, PodReason.evicted, [], [A], "", "0/1", "Evicted"),
            (Phase.Failed, PodReason.evicted, [], [X], "", "0/1", "Error"),
            (Phase.Failed, PodReason.shut_down, [], [A, A], "", "0/2", "Terminated"),
            (Phase.Failed, PodReason.deadline, [], [R], "", "1/1", "DeadlineExceeded"),
            (Phase.Running, PodReason.none, [], [R], "deleting", "1/1", "Terminating"),
            (Phase.Pending, PodReason.none, [W], [W], "deleting", "0/1", "Terminating"),
            (Phase.Succeeded, PodReason.none, [], [C], "deleting", "0/1", "Completed"),
            (Phase.Failed, PodReason.none, [], [A], "deleting", "0/1", "Failed"),
        ],
    )
    def test_ready_and_status(
        self,
        phase: Phase,
        reason: PodReason,
        inits: list[ContainerState],
        containers: list[ContainerState],
        flags: str,
        ready: str,
        status: str,
    ) -> None:
        assert self._columns(phase, reason, inits, containers, flags) == Columns(ready, status, "0")

    @pytest.mark.parametrize(
        ("phase", "inits", "containers", "flags", "ready", "status", "restarts"),
        [
            (Phase.Pending, [W, W], [W], "", "0/2", "Init:0/2", "1"),
            (Phase.Pending, [S, W], [W], "", "0/2", "Init:0/2", "1"),  # it has not started up
            (Phase.Pending, [R, W], [W], "", "1/2", "Init:1/2", "1"),
            (Phase.Pending, [R, R], [W], "", "1/2", "Init:1/2", "1"),
            (Phase.Pending, [R, C], [W], "initialized", "1/2", "PodInitializing", "9"),
            (Phase.Running, [R, C], [R], "initialized", "2/2", "Running", "9"),
            (Phase.Running, [B, C], [R], "initialized", "1/2", "Init:CrashLoopBackOff", "9"),
            (Phase.Running, [R, C], [C], "initialized", "1/2", "Completed", "9"),
        ],
    )
    def test_the_first_init_container_is_a_sidecar(
        self,
        phase: Phase,
        inits: list[ContainerState],
        containers: list[ContainerState],
        flags: str,
        ready: str,
        status: str,
        restarts: str,
    ) -> None:
        found = self._columns(phase, PodReason.none, inits, containers, flags, [1, 0], [8], sidecars=(0,))
        assert found == Columns(ready, status, restarts)

    def test_restarts(self) -> None:
        assert self._columns(Phase.Running, PodReason.none, [C], [R, R], "", [2], [3, 4]).restarts == "7"
        assert self._columns(Phase.Pending, PodReason.none, [C, B, W], [W], "", [1, 2, 4], [8]).restarts == "3"
        assert self._columns(Phase.Pending, PodReason.none, [R], [X], "initialized", [1], [8]).restarts == "8"
        assert self._columns(Phase.Running, PodReason.none, [], [R, R], "", [], [15, 15]).restarts == "30"

    def test_the_table_is_aligned(self) -> None:
        rows = [("web-0", Columns("0/1", "ContainerCreating", "0"), 0), ("web-0", Columns("1/1", "Running", "12"), 200)]
        assert lines(rows) == [
            "NAME    READY   STATUS              RESTARTS   STEP",
            "web-0   0/1     ContainerCreating   0          0",
            "web-0   1/1     Running             12         200",
        ]

    @staticmethod
    def _columns(
        phase: Phase,
        reason: PodReason,
        inits: list[ContainerState],
        containers: list[ContainerState],
        flags: str,
        init_restarts: list[int] | None = None,
        restarts: list[int] | None = None,
        sidecars: tuple[int, ...] = (),
    ) -> Columns:
        values: dict[Variable[Any], Any] = {
            api_phase: phase,
            api_reason: reason,
            api_initialized: InitializedStatus.true if flags == "initialized" else InitializedStatus.false,
            object_: Object.deleting if flags == "deleting" else Object.bound,
            api.state: containers,
            api.restarts: restarts or [0] * len(containers),
            init_api.state: inits,
            init_policy: [
                ContainerPolicy.Always if i in sidecars else ContainerPolicy.unset for i in range(len(inits))
            ],
            init_api.restarts: init_restarts or [0] * len(inits),
        }
        return columns(values, {regular: len(containers), init: len(inits)})


REJECTED = """\
Pod: restartPolicy Always, 1 container
                                          NAME   READY   STATUS     RESTARTS   STEP
                                          pod    0/1     Pending    0          0
 1. scheduler: bind                       object unbound -> bound; assigned
 2. kubelet: reject                       worker none -> rejected; local phase Pending -> Failed;
                                          local reason none -> OutOfcpu
 3. kubelet: publish the status           api phase Pending -> Failed; api reason none -> OutOfcpu
                                          pod    0/1     OutOfcpu   0          3"""

EVICTED = """\
Pod: restartPolicy Always, 1 container
                                          NAME    READY   STATUS              RESTARTS   STEP
                                          web-0   0/1     Pending             0          0
 1. scheduler: bind                       object unbound -> bound; assigned
 2. kubelet: admit                        worker none -> sync
 3. kubelet: evict                        worker sync -> terminating; local phase Pending -> Failed;
                                          container: local status absent -> waiting; local reason
                                          none -> Evicted; local Initialized False -> True
 4. kubelet: find all containers stopped  worker terminating -> terminated; sandbox none -> stopped
 5. kubelet: publish the status           api phase Pending -> Failed; api reason none -> Evicted
                                          web-0   0/1     ContainerCreating   0          5"""

CRASH = """\
Pod: restartPolicy OnFailure, 2 containers, container 2 restartPolicy Never, a finalizer
                                          NAME   READY   STATUS             RESTARTS   STEP
                                          pod    0/2     Pending            0          0
 1. scheduler: bind                       object unbound -> bound; assigned
 2. kubelet: admit                        worker none -> sync
 3. kubelet: create the sandbox           sandbox none -> ready
 4. kubelet: start container 1            containers created; container 1: state waiting -> running
 5. kubelet: start container 2            container 2: state waiting -> running
 6. process: end container 1 (exit code not 0)
                                          container 1: state running -> terminated, exit none ->
                                          nonzero
 7. kubelet: back off container 1         container 1: state terminated -> backoff
 8. kubelet: sync                         local phase Pending -> Running; container 1: local status
                                          absent -> CrashLoopBackOff, local last exit none ->
                                          nonzero; container 2: local status absent -> running;
                                          local Initialized False -> True
 9. kubelet: publish the status           api phase Pending -> Running
                                          pod    1/2     CrashLoopBackOff   0          9
10. user: delete (graceful)               object bound -> deleting
                                          pod    1/2     Terminating        0          10
11. kubelet: publish the status           nothing changes"""

MEASURED = """\
die hard
 1. hero: fill the big jug                big 0 -> 5
 2. hero: pour big into small             big 5 -> 2; small 0 -> 3
 3. hero: empty the small jug             small 3 -> 0
 4. hero: pour big into small             big 2 -> 0; small 0 -> 2
 5. hero: fill the big jug                big 0 -> 5
 6. hero: pour big into small             big 5 -> 4; small 2 -> 3"""


class TestText:
    def test_a_rejected_pod(self) -> None:
        assert text(replay(without(given.no_rejection))) == REJECTED

    def test_in_a_narrow_terminal_changes_are_below_the_steps(self) -> None:
        with within(60):
            narrow = text(replay(without(given.no_rejection)))
        assert narrow.split() == REJECTED.split()
        assert max(map(len, narrow.splitlines())) <= 60
        assert "\n 1. scheduler: bind\n      object unbound -> bound; assigned\n" in narrow

    def test_an_evicted_pod_with_a_name(self) -> None:
        assert text(replay(without(given.no_eviction)), name="web-0") == EVICTED

    def test_several_containers(self) -> None:
        first: dict[Variable[Any], Any] = {
            policy: RestartPolicy.OnFailure,
            own_policy: [ContainerPolicy.unset, ContainerPolicy.Never],
            finalizer: True,
        }
        started = (e.bind, e.admit, e.create_sandbox, (e.start, 0), (e.start, 1))
        ends = (FAILS, (e.back_off, 0), *SHOW, (e.delete, e.Grace.graceful), e.publish)
        assert text(story({regular: 2, init: 0}, first, *started, *ends)) == CRASH

    def test_a_step_that_changes_only_what_kubectl_shows(self) -> None:
        run = story(ONE, {}, *STARTED, FAILS, *SHOW)
        line = text(run).splitlines()[-1]
        assert line.startswith("11. kubelet: publish the status           pod    0/1     Error")

    def test_die_hard(self) -> None:
        run = replay(refuted(die_hard.SYSTEM, Never(die_hard.big.is_(die_hard.WANTED)), {}))
        assert run.printer is None and not run.rows
        assert text(run) == MEASURED

    def test_elements_of_other_systems(self) -> None:
        formula = next(f for verdict, _, f in two_phase.CLAIMS if verdict is Verdict.FALSE)
        run = replay(refuted(two_phase.SYSTEM, formula, two_phase.SIZES))
        assert heading(run) == "two-phase commit: 3 resource managers"
        assert describe(run)[0].changed == ("resource manager 1: working -> prepared, prepared sent",)

    @pytest.mark.parametrize("dropped", DISRUPTIONS, ids=str)
    def test_a_hundred_columns_are_enough(self, dropped: Assumption) -> None:
        assert max(map(len, text(replay(without(dropped))).splitlines())) <= 100

    def test_every_printed_line_is_new(self) -> None:
        shown = printed(replay(refuted(POD, NEVER_BACK_TO_PENDING, ONE_OF_EACH)))
        assert all(one != other for one, other in pairwise(shown))


class TestJson:
    def test_a_pod(self) -> None:
        found = as_json(replay(without(given.no_rejection)))
        assert json.loads(json.dumps(found)) == found
        assert found["pod"] == {
            "restartPolicy": "Always",
            "containers": 1,
            "initContainers": 0,
            "containerPolicies": [None],
            "initContainerPolicies": [],
            "finalizer": False,
        }
        assert found["header"].split() == ["NAME", "READY", "STATUS", "RESTARTS", "STEP"]
        assert found["steps"][0] == {
            "actor": "scheduler",
            "event": "bind",
            "parameters": {},
            "element": None,
            "changed": {"object": ["unbound", "bound"], "assigned": [False, True]},
            "kubectl": None,
        }
        assert found["steps"][-1]["kubectl"].split() == ["pod", "0/1", "OutOfcpu", "0", "3"]

    def test_elements_and_parameters(self) -> None:
        steps = as_json(replay(without(given.no_container_policies)))["steps"]
        ended = next(step for step in steps if step["event"] == "end")
        assert (ended["element"], ended["parameters"]) == ("container 1", {"exit code": "not 0"})
        assert ended["changed"]["container 1 state"] == ["running", "terminated"]

    def test_other_systems_have_no_kubectl(self) -> None:
        found = as_json(replay(refuted(die_hard.SYSTEM, Never(die_hard.big.is_(die_hard.WANTED)), {})))
        assert found["pod"] is found["header"] is found["kubectl"] is None
        assert {step["kubectl"] for step in found["steps"]} == {None}
        assert found["steps"][0]["changed"] == {"big": [0, 5]}


def test_what_claims_call_status_is_what_is_printed() -> None:
    """`says` looks for a word, `status` prints one: the same in any state, reachable or not."""
    rng, seen = random.Random(1), set[str]()
    for _ in range(80):
        sizes = {regular: rng.randint(1, 3), init: rng.randint(0, 2)}
        values = {
            v: [rng.choice(list(v.domain.values)) for _ in range(sizes[v.kind] if v.kind else 1)]
            for v in POD_WITH_STATUS.variables
        }
        state = {v: several if v.kind else several[0] for v, several in values.items()}
        printed = status(state, sizes)
        for word in (each for each in Word if each is not Word.none):
            for shown, of_init in ((str(word), False), (f"Init:{word}", True)):
                said = evaluate(says(word, of_init=of_init), state, sizes)
                assert said is (printed == shown), (printed, shown)
                seen |= {shown} if said else set()
    assert len(seen) >= 7
