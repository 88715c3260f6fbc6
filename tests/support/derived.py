"""The expressions that the rules are made of: their names, what is read of them, and what is true of what they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from podproof.conform import catalogue
from podproof.conform.corpus import Corpus
from podproof.kubernetes.rules import (
    actions,
    back_off,
    back_off_config,
    columns,
    conditions,
    container_status,
    duration,
    effective_grace,
    health,
    init_actions,
    merge,
    phase,
    probe_worker,
    probes,
    records,
    status,
    stopping,
    termination,
    termination_grace,
    termination_order,
    transitions,
)
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.rules.probes import Result
from podproof.kubernetes.rules.seconds import Seconds
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, some_container
from podproof.language import FALSE, TRUE, Expr, Variable, if_then_else, number
from podproof.language.expressions import Const

from tests.support.corpora import sample
from tests.support.mistakes import Read, Record, recorded
from tests.support.unrecorded import back_offs, graces, phases, plans, printing, probing, statuses, writes
from tests.support.unrecorded import probes as probes_by_hand

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        phase,
        conditions,
        probes,
        merge,
        termination,
        transitions,
        columns,
        duration,
        container_status,
        status,
        probe_worker,
        effective_grace,
        back_off_config,
        back_off,
        termination_grace,
        termination_order,
        stopping,
        init_actions,
        actions,
    )
}


def names() -> dict[int, str]:
    """By `id`: where in the rules an expression is found."""
    found: dict[int, str] = {}
    for word, module in MODULES.items():
        for name, value in vars(module).items():
            for path, expr in _inside(f"{word}.{name}", value):
                if not isinstance(expr, Variable | Const):
                    found.setdefault(id(expr), path)
    return found


def _inside(path: str, value: object) -> Iterator[tuple[str, Expr[Any]]]:
    if isinstance(value, Decision):
        yield path, value.value
    elif isinstance(value, Expr):
        yield path, value
    elif isinstance(value, transitions.Check):
        yield f"{path} {value.field} {value.error}", value.times
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _inside(f"{path} {key}", inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _inside(path, inner)
    elif type(value).__module__.startswith("podproof.kubernetes.rules") and hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from _inside(f"{path}.{field}", getattr(value, field))


def corpora() -> Iterator[Corpus]:
    for name in catalogue.MODULES:
        corpus = catalogue.find(name)
        assert corpus is not None
        yield corpus


def records_of_samples() -> Iterator[Record]:
    for corpus in corpora():
        yield from recorded(corpus, sample(corpus.name))


def records_by_hand() -> Iterator[Record]:
    of = {corpus.name: corpus for corpus in corpora()}
    for pod, printed in printing.CASES.values():
        yield Record(of["kubectl_status"], {"pod": pod, "now": printing.NOW}, printed, whole=False)
    for seconds, text in printing.LENGTHS.items():
        yield Record(of["human_duration"], {"seconds": seconds}, {"text": text})
    for given, phase_of_it in phases.CASES:
        yield Record(of["phase"], given, {"phase": phase_of_it})
    for given, expected in probes_by_hand.CASES:
        yield Record(of["ready_started"], given, expected)
    for name, given, expected in writes.CASES:
        yield Record(of[name], given, expected, whole=name == "merge_pod_status")
    for given, expected in writes.initializations():
        yield Record(writes.INITIALIZED, given, expected)
    for given, expected in probing.CASES:
        yield Record(of["prober"], given, expected)
    for name, given, expected in (*graces.CASES, *back_offs.CASES):
        yield Record(of[name], given, expected)
    for given, expected in plans.CASES:
        yield Record(of["pod_actions"], given, expected, whole=False)
    for corpus, given, expected in statuses.CASES:
        yield Record(of[corpus] if isinstance(corpus, str) else corpus, given, expected, whole=False)


def where(condition: Expr[bool], otherwise: Any) -> Read:
    """It is only looked at where the condition holds."""
    return lambda expr: if_then_else(condition, expr, otherwise)


def _found(rules: container_status.Rules) -> Read:
    """Is it as before? Which state it would be is looked at only if that becomes the last one."""
    old, default = container_status.Source.old, container_status.Source.default
    whole = rules.last.value.is_(container_status.Last.state)
    return lambda expr: if_then_else(whole, expr, if_then_else(expr.is_(old), old, default))


def _entry_reads(rules: container_status.Rules) -> Iterator[tuple[Expr[Any], Read]]:
    """An exit code is looked at in a terminated state."""
    entry, record, terminated = rules.entry, rules.record, records.State.terminated
    yield entry[record.exit_code], where(entry[record.state].is_(terminated), 0)
    yield entry[record.last_exit_code], where(entry[record.last].is_(terminated), 0)


def _reads() -> dict[Expr[Any], Read]:
    line = columns.recorded
    reads: dict[Expr[Any], Read] = {
        transitions.culprit: where(transitions.kubelet.value.is_not(transitions.Fault.none), 0),
        line.quoted.value: where(line.status.value.is_(*columns.OF_INIT[:3], *columns.OF_REGULAR), columns.NOWHERE),
        # The addresses are those of the newest sandbox.
        status.shows_address: where(conditions.sandbox.some(TRUE), FALSE),
        # Both formats print 0 seconds alike.
        duration.printed.value: lambda expr: if_then_else(
            duration.seconds.is_(0) & expr.is_(duration.Format.seconds), duration.Format.now, expr
        ),
        line.done: where(line.status.value.is_(columns.Source.init_counter), 0),
        columns.gates: where(columns.gates_shown.value.is_(columns.Gates.counted), 0),
        # Failed that becomes Failed is as it was.
        termination.recorded_fails.value: where(termination.phase.is_not(merge.AnyPhase.Failed), FALSE),
        # What is gone needs no time.
        **{
            rules.next_time.value: where(rules.next_stage.value.is_not(termination_order.Stage.gone), 0)
            for rules in (stopping.app, stopping.inits)
        },
        merge.negated: where(merge.forced, conditions.ConditionStatus.failed),
    }
    # Whether it has seen an instance is asked where that is another one than before.
    see_nothing, wait = probe_worker.Work.see_nothing, probe_worker.Work.wait
    reads[probe_worker.work.value] = lambda expr: if_then_else(~probe_worker.new & expr.is_(see_nothing), wait, expr)
    reads[probe_worker.noticed] = where(probe_worker.new, FALSE)
    # Nobody asks a worker that has ended for the result of an instance that it had not seen.
    unseen = probe_worker.new & probe_worker.does.is_(probe_worker.Work.end)
    reads[probe_worker.after.result.value] = where(~unseen, Result.none)
    for rules in (container_status.app_rules, container_status.init_rules):
        reads[rules.found.value] = _found(rules)
        reads.update(_entry_reads(rules))
        before = rules.last.value.is_(container_status.Last.previous)
        reads[rules.previous.value] = where(before, container_status.Source.blank)
    return reads


READS = _reads()

_minutes, _hours, _days, _years = (number(f"whole {unit}") for unit in ("minutes", "hours", "days", "years"))


def _seen(seen: container_status.Seen) -> Iterator[Expr[bool]]:
    nothing = seen.id.is_(0) & seen.restarts.is_(0) & seen.previous.is_(records.Life.absent)
    no_match = seen.matched.is_(records.Match.none)
    yield seen.kind.all(~seen.absent | nothing)
    yield seen.kind.all(seen.life.is_(records.Life.exited) | seen.exit_code.is_(0) & no_match)
    yield seen.kind.all(seen.policy.is_not(ContainerPolicy.unset) | no_match)
    yield seen.kind.all((seen.restarts >= 0) & (seen.old_restarts >= 0))
    yield seen.kind.all(records.well_formed(seen.old))


def _instance(seen: container_status.Seen, known: health.Health) -> Iterator[Expr[bool]]:
    """Only an instance has an image and results, and only of probes that the spec has."""
    none = probes.Result.none
    yield seen.kind.all(~seen.absent | ~known.changed & known.liveness.is_(none) & known.startup.is_(none))
    yield seen.kind.all(known.has_liveness | known.liveness.is_(none))
    yield seen.kind.all(known.has_startup | known.startup.is_(none))


def _decided(rules: container_status.Rules) -> Iterator[Expr[bool]]:
    """What the rules decide is what they can decide."""
    for variable, decision in rules.decisions.items():
        yield rules.seen.kind.all(variable.equals(decision.value))


def _status(status: columns.Status) -> Iterator[Expr[bool]]:
    terminated, waiting = status.state.is_(records.State.terminated), status.state.is_(records.State.waiting)
    yield status.kind.all(terminated | status.exit_code.is_(0) & status.signal.is_(0))
    yield status.kind.all(terminated | waiting | status.reason.is_(records.Reason.none))


def _entries(entries: transitions.Entries) -> Iterator[Expr[bool]]:
    unset = entries.policy.is_(ContainerPolicy.unset)
    yield entries.old.all(entries.state.is_(records.State.terminated) | entries.exit_code.is_(0))
    yield entries.old.all(entries.known | unset)
    yield entries.old.all(~unset | entries.matched.is_(records.Match.none))


def _entry(entry: termination.Entry) -> Iterator[Expr[bool]]:
    yield entry.kind.all(entry.state.is_(records.State.terminated) | entry.exit_code.is_(0))
    yield entry.kind.all(entry.last.is_(records.State.terminated) | entry.last_exit_code.is_(0))


def _seconds(field: Seconds) -> Expr[bool]:
    unset = field.given | field.value.is_(0)
    return unset if field.value.kind is None else field.value.kind.all(unset)


SECONDS = (
    effective_grace.deletion,
    effective_grace.override,
    effective_grace.own,
    back_off_config.configured,
    termination_grace.deletion,
    termination_grace.override,
    termination_grace.own,
    *(own for grace in (termination_grace.app, termination_grace.inits) for own in (grace.liveness, grace.startup)),
)


def _stopping(rules: stopping.Stopping) -> Iterator[Expr[bool]]:
    """Processes are recorded that exit after SIGTERM."""
    sent = rules.stage.is_(termination_order.Stage.stopping, termination_order.Stage.gone)
    yield rules.stage.kind.all(sent | ~rules.exited) if rules.stage.kind is not None else TRUE


TRUTHS: Sequence[Expr[bool]] = (
    duration.seconds.equals(_minutes * 60 + duration.second),
    _minutes.equals(_hours * 60 + duration.minute),
    _hours.equals(_days * 24 + duration.hour),
    _days.equals(_years * 365 + duration.day),
    *(
        truth
        for seen in (container_status.app, container_status.inits, container_status.extra)
        for truth in _seen(seen)
    ),
    *(truth for rules in (container_status.app_rules, container_status.init_rules) for truth in _decided(rules)),
    *(truth for status in (columns.app, columns.inits) for truth in _status(status)),
    *(truth for entries in (transitions.app, transitions.inits, transitions.ephemeral) for truth in _entries(entries)),
    *(truth for entry in (termination.app, termination.inits) for truth in _entry(entry)),
    probe_worker.own.is_not(ContainerPolicy.unset) | ~probe_worker.matched,
    *map(_seconds, (effective_grace.deletion, effective_grace.override, effective_grace.own)),
    *map(
        _seconds, (effective_grace.deletion, effective_grace.override, effective_grace.own, back_off_config.configured)
    ),
    *map(_seconds, SECONDS),
    *(truth for rules in (stopping.app, stopping.inits) for truth in _stopping(rules)),
    *_instance(container_status.app, health.app),
    *_instance(container_status.inits, health.inits),
    container_status.inits.kind.all(container_status.inits.life.is_(records.Life.exited) | ~init_actions.oom_killed),
    conditions.sandbox.all(actions.attempt_of >= 0),
    actions.taken.equals(actions.course.value),
    actions.initialization.equals(init_actions.progress.value),
    actions.changed.equals(conditions.recorded_sandbox_changed.value),
    records.app.kind.all(records.well_formed(records.app)),
    records.inits.kind.all(records.well_formed(records.inits)),
    (records.app.kind.some(records.app.mentioned) | records.inits.kind.some(records.inits.mentioned)).implies(
        conditions.has_statuses
    ),
    some_container,
    status.limited | status.limit.is_(0),
    status.has_start | status.elapsed.is_(0),
)
"""What is true of the fields of API objects because of where they are, and of the digits of a number."""


def is_derived(expr: Expr[Any]) -> bool:
    """It is part of the rules, and not made of a container's restartPolicyRules."""
    return id(expr) in NAMES


NAMES = names()
