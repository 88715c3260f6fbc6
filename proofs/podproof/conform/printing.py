"""Corpora of what kubectl prints: the columns of a Pod, and lengths of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json, Unsupported
from podproof.kubernetes.rules import columns, conditions, duration
from podproof.kubernetes.rules.columns import OF_INIT, OF_REGULAR, Added, ConditionType, Source, Status, Word
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, regular
from podproof.language.meanings.python import evaluate

# Times.

YEAR_1 = datetime(1, 1, 1, tzinfo=UTC)
LONGEST = 9_223_372_036
"""Go's time.Duration holds no more seconds than that; differences of times end there."""


@lru_cache(maxsize=100_000)
def seconds(time: str | None) -> int:
    """Since the first moment of year 1, Go's zero time; 0 for an unset one."""
    if not time:
        return 0
    try:
        elapsed = datetime.fromisoformat(time) - YEAR_1
    except (ValueError, TypeError, OverflowError) as error:
        raise Unsupported(f"time {time!r}: {error}") from error
    return elapsed.days * duration.DAY + elapsed.seconds


def length(difference: int) -> str:
    return duration.text(max(-LONGEST, min(difference, LONGEST)))


# The columns.

WORDS = {str(word): word for word in Word}
TYPES = {str(type_): type_ for type_ in ConditionType}
POLICIES = {str(policy): policy for policy in ContainerPolicy}
INITS, APPS = "initContainerStatuses", "containerStatuses"
LISTS = {**dict.fromkeys(OF_INIT, INITS), **dict.fromkeys(OF_REGULAR, APPS)}
"""The list of the entry whose fields a format takes, where it takes any."""

Entries = dict[str, list[Json]]
"""By list: what is in the state of every status entry."""


def values_of(given: Json) -> tuple[objects.Values, objects.Sizes, Entries]:
    """The variables of one input, and the status entries that their elements stand for."""
    pod = given["pod"]
    metadata, spec, status = (pod.get(part) or {} for part in ("metadata", "spec", "status"))
    spec_inits = objects.containers(spec, "initContainers")
    policies = {container.get("name", ""): _policy(container) for container in spec_inits}
    found = status.get("conditions") or ()
    first = {one.get("type"): one.get("status") == "True" for one in reversed(found)}
    gates = spec.get("readinessGates") or ()
    values: objects.Values = {
        columns.phase: _word(status.get("phase")),
        columns.reason: _word(status.get("reason")),
        columns.created: seconds(metadata.get("creationTimestamp")),
        columns.deleted: metadata.get("deletionTimestamp") is not None,
        columns.now: seconds(given["now"]),
        columns.condition_type: [TYPES.get(one.get("type") or "", ConditionType.other) for one in found],
        columns.condition_true: [one.get("status") == "True" for one in found],
        columns.condition_gated: [one.get("reason") == "SchedulingGated" for one in found],
        columns.has_pod_ip: bool(status.get("podIP")),
        columns.has_first_ip: bool(_first_ip(status)),
        init_policy: [_policy(container) for container in spec_inits],
        conditions.gate_true: [first.get(gate.get("conditionType"), False) for gate in gates],
    }
    entries: Entries = {}
    sizes = {
        regular: len(objects.containers(spec)),
        init: len(spec_inits),
        columns.condition: len(found),
        conditions.gate: len(gates),
    }
    for name, record, by_name in ((INITS, columns.inits, policies), (APPS, columns.app, {})):
        entries[name] = _add_entries(values, record, objects.statuses(status, name), by_name)
        sizes[record.kind] = len(entries[name])
    return values, sizes, entries


def _first_ip(status: Json) -> str:
    addresses: Sequence[Json] = status.get("podIPs") or ({},)
    return addresses[0].get("ip") or ""


def _policy(container: Json) -> ContainerPolicy:
    return POLICIES.get(container.get("restartPolicy") or "", ContainerPolicy.unset)


def _word(text: str | None) -> Word:
    return WORDS.get(text or "", Word.other)


def _add_entries(
    values: objects.Values, record: Status, statuses: Sequence[Json], policies: Mapping[str, ContainerPolicy]
) -> list[Json]:
    """Give the variables of one list of statuses their values. Returns what is in the states."""
    states = [objects.state_of(entry.get("state")) for entry in statuses]
    values[record.state] = [state for state, _ in states]
    values[record.reason] = [objects.reason_of(inside) for _, inside in states]
    values[record.exit_code] = [inside.get("exitCode") or 0 for _, inside in states]
    values[record.signal] = [inside.get("signal") or 0 for _, inside in states]
    values[record.ready] = [bool(entry.get("ready")) for entry in statuses]
    values[record.started] = [objects.STARTED[entry.get("started")] for entry in statuses]
    values[record.policy] = [policies.get(entry.get("name", ""), ContainerPolicy.unset) for entry in statuses]
    values[record.restarts] = [entry.get("restartCount") or 0 for entry in statuses]
    values[record.finished] = [_finished(entry) for entry in statuses]
    return [inside for _, inside in states]


def _finished(entry: Json) -> int:
    terminated = (entry.get("lastState") or {}).get("terminated") or {}
    return seconds(terminated.get("finishedAt"))


def add_up(values: objects.Values, sizes: objects.Sizes) -> None:
    """Give `restarts` and `newest` the values that they have after the last entry."""
    values[columns.restarts] = values[columns.newest] = 0
    for record, added in ((columns.inits, columns.add_init), (columns.app, columns.add_app)):
        for number in range(sizes[record.kind]):
            _add(values, sizes, added, number)


def _add(values: objects.Values, sizes: objects.Sizes, added: Added, number: int) -> None:
    restarts = evaluate(added.restarts, values, sizes, own=number)
    newest = evaluate(added.newest, values, sizes, own=number)
    values[columns.restarts], values[columns.newest] = restarts, newest


def _columns(given: Json) -> Json:
    values, sizes, entries = values_of(given)
    add_up(values, sizes)
    spec, status = given["pod"].get("spec") or {}, given["pod"].get("status") or {}

    def value(expr: Any) -> Any:
        return evaluate(expr, values, sizes)

    def text(decision: Decision[Any], **fields: Any) -> str:
        return str(value(decision.value)).format(**fields)

    return {
        "READY": f"{value(columns.recorded.ready)}/{value(columns.total)}",
        "STATUS": text(
            columns.recorded.status,
            **_words(value(columns.recorded.status.value), value(columns.recorded.quoted.value), entries),
            phase=status.get("phase") or "",
            pod_reason=status.get("reason"),
            done=value(columns.recorded.done),
            inits=value(columns.spec_inits),
        ),
        "RESTARTS": text(columns.restarts_shown, restarts=values[columns.restarts], ago=length(value(columns.ago))),
        "AGE": text(columns.age_shown, age=length(value(columns.age))),
        "IP": text(columns.address_shown, pod_ip=status.get("podIP"), first_ip=_first_ip(status)),
        "NODE": spec.get("nodeName") or columns.NONE,
        "NOMINATED NODE": status.get("nominatedNodeName") or columns.NONE,
        "READINESS GATES": text(columns.gates_shown, true=value(columns.true_gates), gates=value(columns.gates)),
    }


def _words(source: Source, place: int, entries: Entries) -> Json:
    """The fields of the entry that STATUS quotes."""
    inside: Json = entries[LISTS[source]][place] if source in LISTS else {}
    return {
        "reason": inside.get("reason"),
        "signal": inside.get("signal"),
        "exit_code": inside.get("exitCode") or 0,
    }


DECISIONS: Mapping[str, Decision[Any]] = {
    decision.name: decision
    for decision in (
        columns.recorded.status,
        columns.restarts_shown,
        columns.age_shown,
        columns.address_shown,
        columns.gates_shown,
    )
}


def _columns_decided_by(given: Json) -> Mapping[str, str]:
    values, sizes, _ = values_of(given)
    add_up(values, sizes)
    return {name: decision.decided_by(values, sizes).name for name, decision in DECISIONS.items()}


CORPORA = (
    Corpus(
        "kubectl_status",
        "printers/internalversion printPod",
        "all columns of kubectl get pod -o wide but NAME",
        _columns,
        lambda output: output,
        _columns_decided_by,
    ),
    Corpus(
        "human_duration",
        "apimachinery duration.HumanDuration",
        "text",
        lambda given: {"text": duration.text(given["seconds"])},
        lambda output: {"text": output["text"]},
        lambda given: {"text": duration.printed.decided_by(duration.values_of(given["seconds"]), {}).name},
    ),
)
