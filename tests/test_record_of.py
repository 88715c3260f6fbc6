"""What machines say of a status is what Kubernetes' rules make of the same Pod, and no mistake in it goes unnoticed.

States are turned into API objects (`concrete`); the rules that recorded inputs and outputs are compared with compute
statuses and columns of these; the machines have to say the same. Then everything that was evaluated gets one
mistake at a time: it makes some state come out differently, or z3 finds no state at all for which it would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import pytest
from podproof.fidelity.corpus import Corpus, Json
from podproof.language import Event, Expr, Machine, Variable
from podproof.language.valuations import evaluate, stored
from podproof.pod import events as e
from podproof.pod import kubectl, view
from podproof.pod.phase import generated_phase, merged
from podproof.pod.rules.termination import Cause
from podproof.pod.spec import Exit, init, regular, sidecar, some_container
from podproof.pod.states import InitRun, Phase, Run, created, ended, init_ended, init_run, init_started, run
from podproof.pod.view import Copy, Shown, api, init_api, init_local, local

from tests import concrete
from tests.concrete import Pod
from tests.expression_mutants import mutants
from tests.mistakes import Asked, Record, asked

Written = Mapping[Variable[Any], Any]

# What Kubernetes does at each event.

KILLED = {e.evict: Cause.eviction, e.preempt: Cause.preemption, e.shut_down: Cause.shutdown}
"""pkg/kubelet eviction, preemption, nodeshutdown: whose reasons are the constants below."""

LIVING = (e.sync, e.finish, e.find_deleting, e.see_terminal, *KILLED)
STOPPED = (e.stopped, e.find_ended)


def status_after(pod: Pod, event: Event) -> Json:
    """The kubelet's own status once the event has happened."""
    if event in KILLED:
        return pod.stopped(KILLED[event])
    if event is e.clean_up:
        return pod.terminated()
    return pod.generated(event in STOPPED, event is e.see_deletion)


def entry_of(copy: Copy, status: Json, number: int) -> Json | None:
    is_init = copy.kind is init
    entries = status.get("initContainerStatuses" if is_init else "containerStatuses") or ()
    return next((one for one in entries if one["name"] == f"{'i' if is_init else 'c'}{number}"), None)


Golden = Callable[[Pod, Event, int | None], Written]


def of_copy(copy: Copy, status: Callable[[Pod, Event], Json]) -> Golden:
    def golden(pod: Pod, event: Event, own: int | None) -> Written:
        assert own is not None
        return concrete.copied(copy, entry_of(copy, status(pod, event), own))

    return golden


def published(pod: Pod, event: Event) -> Json:
    return pod.published()


def local_reasons(pod: Pod, event: Event, own: int | None) -> Written:
    if event is e.reject:
        return {view.local_reason: view.Reason.rejected}
    return {view.local_reason: concrete.reason(status_after(pod, event))}


def api_reasons(pod: Pod, event: Event, own: int | None) -> Written:
    return {view.api_reason: concrete.reason(pod.published())}


def local_conditions(pod: Pod, event: Event, own: int | None) -> Written:
    return {view.local_initialized: concrete.initialized(status_after(pod, event))}


def api_conditions(pod: Pod, event: Event, own: int | None) -> Written:
    return {view.api_initialized: concrete.initialized(pod.published())}


GOLDEN: Mapping[Machine[Any], Golden] = {
    view.local_container: of_copy(local, status_after),
    view.local_init_container: of_copy(init_local, status_after),
    view.api_container: of_copy(api, published),
    view.api_init_container: of_copy(init_api, published),
    view.local_reasons: local_reasons,
    view.api_reasons: api_reasons,
    view.local_conditions: local_conditions,
    view.api_conditions: api_conditions,
}


def before(ended: Variable[Exit], last: Variable[Exit], restarts: Variable[int]) -> Golden:
    """startContainer, of what the runtime has: a restart counts one more, and what was purged is not there."""

    def golden(pod: Pod, event: Event, own: int | None) -> Written:
        exit_, count = pod.values[ended][own], pod.values[restarts][own]
        purged = ended is init_ended and pod.values[init_run][own] is InitRun.previous
        again = exit_ is not Exit.none
        return {last: Exit.none if purged else exit_, restarts: min(count + again, view.MOST_RESTARTS)}

    return golden


ALL: Mapping[Machine[Any], Golden] = {
    **GOLDEN,
    view.container_record: before(ended, view.last, view.restarts),
    view.init_record: before(init_ended, view.init_last, view.init_restarts),
}


def test_every_observer_has_its_standard() -> None:
    assert set(ALL) == set(view.OBSERVERS)


# What the machines do.


def reaction(machine: Machine[Any], pod: Pod, event: Event, own: int | None) -> Written:
    """What a machine makes of its variables: the first arrow whose guard holds."""

    def value(expr: Expr[Any]) -> Any:
        return evaluate(expr, pod.values, pod.sizes, own=own)

    def now(variable: Variable[Any]) -> Any:
        found = pod.values[variable]
        return found if own is None else found[own]

    arrows = [arrow for arrow in machine.reactions if arrow.event is event]
    after = {variable: now(variable) for arrow in arrows for variable in (machine.state, *arrow.effects)}
    for arrow in arrows:
        if now(machine.state) in arrow.sources and value(arrow.guard):
            after.update({variable: stored(variable, value(made)) for variable, made in arrow.effects.items()})
            if arrow.dest is not None:
                after[machine.state] = arrow.dest
            break
    return after


def texts(written: Written) -> Json:
    return {variable.name: str(value) for variable, value in written.items()}


REACTIONS = Corpus(
    "reactions",
    "what an observer makes of its variables",
    "all of them",
    lambda given: texts(reaction(given["machine"], given["pod"], given["event"], given["own"])),
    lambda output: output,
)
PRINTED = Corpus(
    "printed",
    "the columns that the machines' API copies give",
    "READY, STATUS and RESTARTS",
    lambda given: vars(kubectl.columns(given["pod"].values, given["pod"].sizes)),
    lambda output: output,
)
COMPUTED: Mapping[str, Callable[[Pod], tuple[Expr[Phase], str]]] = {
    "generated": lambda pod: (generated_phase(False), pod.generated(False, False)["phase"]),
    "final": lambda pod: (generated_phase(True), pod.generated(True, False)["phase"]),
    "merged": lambda pod: (merged, pod.published()["phase"]),
}
PHASES = Corpus(
    "phases",
    "the phases that the machines compute",
    "the phase",
    lambda given: {"phase": str(evaluate(given["computed"], given["pod"].values, given["pod"].sizes))},
    lambda output: output,
)


@cache
def pods() -> tuple[Pod, ...]:
    return tuple(concrete.states(1, 1400))


def elements(machine: Machine[Any], pod: Pod) -> Iterator[int | None]:
    yield from (range(pod.sizes[machine.kind]) if machine.kind is not None else (None,))


def matters(machine: Machine[Any], pod: Pod) -> bool:
    """The reason and the conditions hang on the phase, which the Pod's machines compute without old statuses."""
    return machine not in (view.local_reasons, view.local_conditions) or pod.remembers


def of_machine(machine: Machine[Any]) -> Iterator[Record]:
    """For every event, every state and every element."""
    reacts_to = sorted(set(machine.reacts_to), key=str)
    for number, pod in enumerate(pods()):
        event = reacts_to[number % len(reacts_to)]
        for own in elements(machine, pod) if matters(machine, pod) else ():
            golden = texts(ALL[machine](pod, event, own))
            yield Record(REACTIONS, {"machine": machine, "pod": pod, "event": event, "own": own}, golden)


def of_columns() -> Iterator[Record]:
    for pod in pods():
        ready, status, restarts = pod.printed().values()
        yield Record(PRINTED, {"pod": pod}, {"ready": ready, "status": status, "restarts": restarts})


def of_phases() -> Iterator[Record]:
    for pod in pods():
        for of in COMPUTED.values() if pod.remembers else ():
            computed, phase = of(pod)
            yield Record(PHASES, {"pod": pod, "computed": computed}, {"phase": phase})


SUBJECTS: Mapping[str, Callable[[], Iterator[Record]]] = {
    **{machine.name: partial(of_machine, machine) for machine in ALL},
    "kubectl": of_columns,
    "phases": of_phases,
}


@cache
def records(subject: str) -> tuple[Record, ...]:
    return tuple(SUBJECTS[subject]())


@pytest.mark.parametrize("subject", SUBJECTS)
def test_machines_say_what_the_rules_say(subject: str) -> None:
    assert len(records(subject)) > 300
    wrong = [record for record in records(subject) if record.differs()]
    assert [(dict(one.given), one.corpus.decide(one.given), one.expected) for one in wrong[:1]] == []


# One mistake at a time.

TRUTHS: tuple[Expr[bool], ...] = (
    some_container,
    regular.all(ended.is_(Exit.none).equals(run.is_(Run.waiting, Run.running))),
    init.all(init_ended.is_(Exit.none).equals(init_run.is_(InitRun.waiting, InitRun.running))),
    init.all(init_started.implies(sidecar)),
    created.implies(regular.some(run.is_not(Run.waiting))),
    *(
        copy.kind.all(copy.shown.is_(Shown.absent)) | copy.kind.none(copy.shown.is_(Shown.absent))
        for copy in (local, api, init_local, init_api)
    ),
    *(
        copy.kind.all(copy.shown.is_(Shown.absent).implies(copy.last.is_(Exit.none) & copy.restarts.is_(0)))
        for copy in (local, api, init_local, init_api)
    ),
)
"""What is true of all states that `concrete` makes."""


def test_the_truths_are_true() -> None:
    assert all(evaluate(truth, pod.values, pod.sizes) for pod in pods() for truth in TRUTHS)


def expressions(subject: str) -> list[Asked]:
    """What its records evaluate. What says the same in the same words, at several events, is one."""
    found: dict[str, Asked] = {}
    for one in asked(records(subject), {}):
        kept = found.setdefault(str(one.expr), one)
        if len(one.states) > len(kept.states):
            found[str(one.expr)] = one
    return list(found.values())


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_mistake_makes_some_state_differ_or_no_difference(subject: str) -> None:
    left = [
        f"{one.expr}: {what}"
        for one in expressions(subject)
        for what, _ in one.told_apart(one.unseen(mutants(one.expr)), TRUTHS)
    ]
    assert left == []
