"""Abstraction map: API objects to the records that rules read.

It renames, looks up by name, keeps orders and classifies single fields. Anything that looks at two fields is a rule,
and an expression; `rule_matched` only evaluates one, because a container's restartPolicyRules are lists of any length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from podproof.kubernetes.rules import records
from podproof.kubernetes.rules.container_status import Seen
from podproof.kubernetes.rules.records import Life, Match, Reason, Record, Started, State
from podproof.kubernetes.rules.restart import ExitRule, matching
from podproof.kubernetes.rules.seconds import Seconds
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, RestartPolicy, init, policy, regular
from podproof.language import Expr, Kind, Variable, number
from podproof.language.meanings.python import evaluate

Json = Mapping[str, Any]
Values = dict[Variable[Any], Any]
Sizes = dict[Kind, int]

CONFIG_SOURCE = "kubernetes.io/config.source"
REASONS = {"": Reason.none, **{str(r): r for r in Reason if r not in (Reason.none, Reason.other)}}


def pod(spec: Json, status: Json, metadata: Json | None = None) -> tuple[Values, Sizes]:
    """The records of a Pod's containers, `policy` and `static`. Statuses are looked up by name in both lists."""
    values: Values = {
        policy: pod_policy(spec),
        records.static: is_static(metadata or {}),
    }
    apps, inits = containers(spec), containers(spec, "initContainers")
    entries = by_name([*statuses(status), *statuses(status, "initContainerStatuses")])
    values.update(record_values(records.app, apps, entries))
    values.update(record_values(records.inits, inits, entries))
    return values, {regular: len(apps), init: len(inits)}


def pod_policy(spec: Json) -> RestartPolicy:
    return RestartPolicy(spec.get("restartPolicy") or RestartPolicy.Always)


def own_policy(container: Json) -> ContainerPolicy:
    return ContainerPolicy(container.get("restartPolicy") or ContainerPolicy.unset)


def containers(spec: Json, field: str = "containers") -> list[Json]:
    return list(spec.get(field) or ())


def statuses(status: Json, field: str = "containerStatuses") -> list[Json]:
    return list(status.get(field) or ())


def all_statuses(status: Json) -> list[Json]:
    """Of init and regular containers."""
    return [*statuses(status, "initContainerStatuses"), *statuses(status)]


def by_name(entries: Sequence[Json]) -> dict[str, Json]:
    """The first entry of each name."""
    return {entry["name"]: entry for entry in reversed(entries)}


def is_static(metadata: Json) -> bool:
    source = (metadata.get("annotations") or {}).get(CONFIG_SOURCE)
    return source is not None and source != "api"


def record_values(record: Record, specs: Sequence[Json], entries: Mapping[str, Json]) -> Values:
    """The variables of one record for each container of the spec, in its order."""
    rows = [_row(record, spec, entries.get(spec["name"])) for spec in specs]
    return {variable: [row[variable] for row in rows] for variable in variables(record)}


def variables(record: Record) -> list[Variable[Any]]:
    return [v for v in vars(record).values() if isinstance(v, Variable)]


def _row(record: Record, spec: Json, entry: Json | None) -> Values:
    entry_or_none: Json = entry or {}
    state, inside = state_of(entry_or_none.get("state"))
    last, last_inside = state_of(entry_or_none.get("lastState"))
    rules = exit_rules(spec)
    return {
        record.policy: own_policy(spec),
        record.mentioned: entry is not None,
        record.state: state,
        record.reason: reason_of(inside),
        record.exit_code: inside.get("exitCode", 0),
        record.matched: rule_matched(rules, inside.get("exitCode")),
        record.last: last,
        record.last_reason: reason_of(last_inside),
        record.last_exit_code: last_inside.get("exitCode", 0),
        record.last_matched: rule_matched(rules, last_inside.get("exitCode")),
        record.started: STARTED[entry_or_none.get("started")],
        record.ready: bool(entry_or_none.get("ready")),
    }


def setting(field: Seconds, found: int | None) -> Values:
    """The variables of a field of the API; None where it is not set."""
    return {field.given: found is not None, field.value: found or 0}


STARTED = {None: Started.unset, False: Started.no, True: Started.yes}
STARTED_TEXTS = {started: found for found, started in STARTED.items()}


NO_INSTANCE: Json = {"state": "absent", "exitCode": None, "id": "", "restartCount": 0}
LIVES = {str(life): life for life in Life}


def life(instance: Json) -> Life:
    return LIVES.get(instance["state"], Life.unknown)


def instance_values(seen: Seen, specs: Sequence[Json], newest: Sequence[Json]) -> Values:
    """How the newest instance of each container is (`NO_INSTANCE` where there is none), and what policy it has."""
    return {
        seen.policy: [own_policy(spec) for spec in specs],
        seen.life: [life(one) for one in newest],
        seen.exit_code: [one.get("exitCode") or 0 for one in newest],
        seen.matched: [
            rule_matched(exit_rules(spec), one.get("exitCode")) for spec, one in zip(specs, newest, strict=True)
        ],
    }


def state_of(state: Json | None) -> tuple[State, Json]:
    """Which member of a ContainerState is set, and what is in it."""
    for member in (State.waiting, State.running, State.terminated):
        inside = (state or {}).get(member)
        if inside is not None:
            return member, inside
    return State.empty, {}


def reason_of(inside: Json) -> Reason:
    return REASONS.get(inside.get("reason") or "", Reason.other)


def exit_rules(spec: Json) -> tuple[ExitRule, ...]:
    return tuple(
        ExitRule(
            Match(rule["action"]),
            (rule.get("exitCodes") or {}).get("operator") == "In",
            tuple(sorted(set((rule.get("exitCodes") or {}).get("values") or ()))),
        )
        for rule in spec.get("restartPolicyRules") or ()
    )


_code = number("exitCode")


@cache
def _matching(rules: tuple[ExitRule, ...]) -> Expr[Match]:
    return matching(_code, rules)


def rule_matched(rules: tuple[ExitRule, ...], code: int | None) -> Match:
    """The action for an exit code; none where there is no exit code."""
    if not rules or code is None:
        return Match.none
    matched: Match = evaluate(_matching(rules), {_code: code}, {})
    return matched
