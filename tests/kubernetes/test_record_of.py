"""What machines say of a status is what Kubernetes' rules make of the same Pod, and no mistake in it goes unnoticed.

States are turned into API objects (`concrete`); the rules that recorded inputs and outputs are compared with compute
statuses and columns of these; the machines have to say the same. Then everything that was evaluated gets one
mistake at a time: it makes some state come out differently, or z3 finds no state at all for which it would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

import pytest
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes import printing as kubectl
from podproof.kubernetes import view
from podproof.kubernetes.derived.phase import generated_phase, merged
from podproof.kubernetes.rules import columns as rules
from podproof.kubernetes.rules import termination
from podproof.kubernetes.rules.termination import Cause
from podproof.kubernetes.view import ContainerState, StatusCopy, api, init_api, init_local, local
from podproof.kubernetes.vocabulary import events as e
from podproof.kubernetes.vocabulary.spec import Exit, init, regular, sidecar, some_container
from podproof.kubernetes.vocabulary.states import (
    InitRun,
    Phase,
    Run,
    created,
    ended,
    init_ended,
    init_run,
    init_started,
    run,
)
from podproof.language import Event, Expr, Machine, Variable
from podproof.language.expressions import Const, if_then_else, own_kinds
from podproof.language.meanings.python import compiled, evaluate, stored

from tests.support import concrete
from tests.support.concrete import Pod
from tests.support.expression_mutants import mutants
from tests.support.mistakes import Asked, Record, Wrong, asked
from tests.support.samples import MORE

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


def entry_of(copy: StatusCopy, status: Json, number: int) -> Json | None:
    is_init = copy.kind is init
    entries = status.get("initContainerStatuses" if is_init else "containerStatuses") or ()
    return next((one for one in entries if one["name"] == f"{'i' if is_init else 'c'}{number}"), None)


Golden = Callable[[Pod, Event, int | None], Written]


def of_copy(copy: StatusCopy, status: Callable[[Pod, Event], Json]) -> Golden:
    def golden(pod: Pod, event: Event, own: int | None) -> Written:
        assert own is not None
        return concrete.copied(copy, entry_of(copy, status(pod, event), own))

    return golden


def published(pod: Pod, event: Event) -> Json:
    return pod.published()


def local_reasons(pod: Pod, event: Event, own: int | None) -> Written:
    if event is e.reject:
        return {view.local_reason: view.PodReason.rejected}
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


def read_where(sources: Sequence[rules.Source], word: Expr[Any]) -> Expr[Any]:
    """The reason of an entry is read only where STATUS quotes one."""
    return if_then_else(kubectl.line.status.value.is_(*sources), word, kubectl.Word.none)


def places(expr: Expr[Any], matters: Callable[[Pod], bool]) -> list[tuple[Pod, int | None]]:
    """The states, with each element that the expression can speak of."""
    kinds = own_kinds(expr)
    elements = [range(min(pod.sizes[kind] for kind in kinds)) if kinds else (None,) for pod in pods()]
    return [(pod, own) for pod, owns in zip(pods(), elements, strict=True) if matters(pod) for own in owns]


TRUTHS: tuple[Expr[bool], ...] = (
    some_container,
    regular.all(ended.is_(Exit.none).equals(run.is_(Run.waiting, Run.running))),
    init.all(init_ended.is_(Exit.none).equals(init_run.is_(InitRun.waiting, InitRun.running))),
    init.all(init_started.implies(sidecar)),
    created.implies(regular.some(run.is_not(Run.waiting))),
    *(
        copy.kind.all(copy.state.is_(ContainerState.absent)) | copy.kind.none(copy.state.is_(ContainerState.absent))
        for copy in (local, api, init_local, init_api)
    ),
    *(
        copy.kind.all(copy.state.is_(ContainerState.absent).implies(copy.last.is_(Exit.none) & copy.restarts.is_(0)))
        for copy in (local, api, init_local, init_api)
    ),
)
"""What is true of all states that `concrete` makes."""


def test_the_truths_are_true() -> None:
    assert all(evaluate(truth, pod.values, pod.sizes) for pod in pods() for truth in TRUTHS)


DECIDED: Mapping[Machine[Any], Sequence[Expr[Any]]] = {
    view.local_container: (view.made.state, view.made_deleting.state, view.shown_last),
    view.local_init_container: (view.init_made.state, view.init_made_deleting.state, view.init_shown_last),
    view.local_reasons: (view.generated_reason(termination.TERMINATING), view.generated_reason(termination.STOPPED)),
    view.local_conditions: (
        view.initialized(termination.TERMINATING),
        view.initialized(termination.TERMINATING, deleted=True),
        view.initialized(termination.STOPPED),
    ),
    view.api_container: (local.state,),
    view.api_init_container: (init_local.state,),
    view.api_reasons: (view.merged_reason,),
    view.api_conditions: (view.local_initialized,),
    view.container_record: (ended,),
    view.init_record: (if_then_else(init_run.is_(InitRun.previous), Exit.none, init_ended),),
}
"""What each machine's state becomes."""


def test_guards_say_what_the_state_becomes() -> None:
    """Of each arrow with a guard; others lead where their event says."""
    for machine, values in DECIDED.items():
        for arrow in machine.reactions:
            assert isinstance(arrow.guard, Const) or any(
                str(arrow.guard) == str(value.is_(arrow.dest)) for value in values
            ), (machine, arrow)


Place = tuple[Pod, int | None]
VALUES: Mapping[str, tuple[Expr[Any], Callable[[], list[Place]]]] = {
    **{
        f"{machine.name}: {value}"[:100]: (value, partial(places, value, partial(matters, machine)))
        for machine, decided in DECIDED.items()
        for value in (*decided, *(made for arrow in machine.reactions for made in arrow.effects.values()))
        if not isinstance(value, Variable)
    },
    **{
        f"{name} phase": (value, partial(places, value, lambda pod: pod.remembers))
        for name, value in (
            ("generated", generated_phase(False)),
            ("final", generated_phase(True)),
            ("merged", merged),
        )
    },
}
"""With the states that it is compared with the rules in. What says the same, at several events, is one."""

MOST_MISTAKES = 15


@pytest.mark.parametrize("name", VALUES)
def test_a_mistake_makes_some_state_differ_or_no_difference(name: str) -> None:
    """What is right in each state is what the tests above compare with the rules."""
    right, where = VALUES[name]
    states = where()
    left = [wrong for wrong in tried(list(mutants(right))) if not differs(right, wrong[1], states)]
    assert [what for what, _ in Asked(right, lambda read: read).told_apart(left, TRUTHS)] == []


def tried(mistakes: list[Wrong]) -> list[Wrong]:
    """Of many every so manieth; with more time (make slow) more of them."""
    return mistakes[:: max(1, -(-len(mistakes) // (MOST_MISTAKES * MORE)))]


def differs(right: Expr[Any], wrong: Expr[Any], states: list[Place]) -> bool:
    """The state that showed a mistake is put first: it may show more."""
    decide, changed = compiled(right), compiled(wrong)
    for number, (pod, own) in enumerate(states):
        if changed(pod.values, pod.sizes, {}, own) != decide(pod.values, pod.sizes, {}, own):
            states.insert(0, states.pop(number))
            return True
    return False


READS = {
    kubectl.words[source]: partial(read_where, sources)
    for sources in (rules.OF_INIT, rules.OF_REGULAR)
    for source in sources
}


def test_a_mistake_in_the_columns_makes_some_line_differ_or_no_difference() -> None:
    left = [
        f"{one.expr}: {what}"
        for one in asked(records("kubectl"), READS)
        for what, _ in one.told_apart(one.unseen(tried(list(mutants(one.expr)))), TRUTHS)
    ]
    assert left == []
