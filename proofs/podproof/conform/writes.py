"""Corpora of what becomes of a status once it is computed: TerminatePod, mergePodStatus, and who refuses it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from podproof.conform import objects, readiness
from podproof.conform.corpus import Corpus, Json, Unsupported
from podproof.kubernetes.rules import merge, records, termination, transitions
from podproof.kubernetes.rules.merge import AnyPhase, ConditionType, Copy, Fate
from podproof.kubernetes.rules.termination import Entry
from podproof.kubernetes.rules.transitions import Addresses, Entries, Family, Fault
from podproof.kubernetes.vocabulary.spec import init, policy, regular
from podproof.language import Expr
from podproof.language.meanings.python import evaluate

State = tuple[objects.Values, objects.Sizes]

PHASES = {str(phase): phase for phase in AnyPhase if phase is not AnyPhase.other}
TYPES = {str(which): which for which in ConditionType if which is not ConditionType.other}


class Texts:
    """Numbers for the texts of one record, equal for equal texts; the empty one is 0."""

    def __init__(self) -> None:
        self.numbers = {"": 0}

    def __call__(self, text: str | None) -> int:
        return self.numbers.setdefault(text or "", len(self.numbers))

    def text(self, number: int) -> str:
        return list(self.numbers)[number]


def _phase(status: Json) -> AnyPhase:
    return PHASES.get(status.get("phase") or "", AnyPhase.other)


def _conditions(status: Json) -> Sequence[Json]:
    return status.get("conditions") or ()


# mergePodStatus.


def merge_state(given: Json) -> State:
    values: objects.Values = {
        merge.old_phase: _phase(given["oldStatus"]),
        merge.new_phase: _phase(given["newStatus"]),
        merge.may_run: bool(given.get("couldHaveRunningContainers")),
    }
    sizes: objects.Sizes = {}
    for side, status in ((merge.old, given["oldStatus"]), (merge.new, given["newStatus"])):
        found = _conditions(status)
        values[side.type] = [_type(condition) for condition in found]
        values[side.true] = [condition.get("status") == "True" for condition in found]
        sizes[side.kind] = len(found)
    return values, sizes


def _type(condition: Json) -> ConditionType:
    return TYPES.get(condition.get("type") or "", ConditionType.other)


def _merge(given: Json) -> Json:
    values, sizes = merge_state(given)
    old, new = given["oldStatus"], given["newStatus"]
    copy = {Copy.old: old, Copy.new: new}[evaluate(merge.copied.value, values, sizes)]
    conditions = [
        *_fates(merge.old_fate.value, _conditions(old), _conditions(new), values, sizes),
        *_fates(merge.new_fate.value, _conditions(new), _conditions(old), values, sizes),
        *(
            _negated(str(which), values, sizes)
            for which, decision in merge.ADDED.items()
            if evaluate(decision.value, values, sizes)
        ),
    ]
    fields = {
        **new,
        **{field: copy.get(field) for field in merge.WITHHELD},
        **{field: old.get(field) for field in merge.OF_OTHERS},
        "conditions": conditions,
    }
    return {"status": {field: value for field, value in fields.items() if value}}


def _fates(
    fate: Expr[Fate], own: Sequence[Json], others: Sequence[Json], values: objects.Values, sizes: objects.Sizes
) -> Iterator[Json]:
    """What becomes of the conditions of one status."""
    for number, condition in enumerate(own):
        match evaluate(fate, values, sizes, own=number):
            case Fate.kept:
                yield condition
            case Fate.replaced:
                yield next(other for other in others if other.get("type") == condition.get("type"))
            case Fate.negated:
                yield _negated(condition["type"], values, sizes)


def _negated(which: str, values: objects.Values, sizes: objects.Sizes) -> Json:
    return {"type": which, **readiness.condition(evaluate(merge.negated, values, sizes))}


def _merge_decided_by(given: Json) -> Mapping[str, str]:
    state = merge_state(given)
    rules = {
        "status.phase": merge.copied.decided_by(*state).name,
        **{f"added {which}": decision.decided_by(*state).name for which, decision in merge.ADDED.items()},
    }
    for word, decision, status in (("old", merge.old_fate, "oldStatus"), ("new", merge.new_fate, "newStatus")):
        for number, condition in enumerate(_conditions(given[status])):
            rules[f"{word} {condition.get('type')}"] = decision.decided_by(*state, number).name
    return rules


# TerminatePod.


def termination_state(given: Json) -> State:
    spec, status = given["spec"], given["status"]
    specs = objects.containers(spec, "initContainers")
    values: objects.Values = {
        termination.phase: _phase(status),
        records.static: bool(given.get("static")),
    }
    sizes: objects.Sizes = {init: len(specs)}
    texts = Texts()
    for entry, field, containers in (
        (termination.app, "containerStatuses", objects.containers(spec)),
        (termination.inits, "initContainerStatuses", specs),
    ):
        found = objects.statuses(status, field)
        values.update(_entries(entry, found, containers, texts))
        sizes[entry.kind] = len(found)
    return values, sizes


def _entries(entry: Entry, found: Sequence[Json], containers: Sequence[Json], texts: Texts) -> objects.Values:
    own: list[Json] = [containers[number] if number < len(containers) else {} for number in range(len(found))]
    states = [objects.state_of(one.get("state")) for one in found]
    lasts = [objects.state_of(one.get("lastState")) for one in found]
    return {
        entry.name: [texts(one["name"]) for one in found],
        entry.place: _places(found, containers, texts),
        entry.policy: [objects.own_policy(container) for container in own],
        entry.state: [state for state, _ in states],
        entry.exit_code: [inside.get("exitCode", 0) for _, inside in states],
        entry.last: [state for state, _ in lasts],
        entry.last_exit_code: [inside.get("exitCode", 0) for _, inside in lasts],
        entry.started: [objects.STARTED[one.get("started")] for one in found],
    }


def _places(found: Sequence[Json], containers: Sequence[Json], texts: Texts) -> list[int]:
    """The name of the container at the place of each entry."""
    names = [texts(container["name"]) for container in containers[: len(found)]]
    return names + [-1] * (len(found) - len(names))


LOST = {
    "terminated": {
        "exitCode": termination.LOST_EXIT_CODE,
        "reason": str(termination.LOST_REASON),
        "message": "The container could not be located when the pod was terminated",
    }
}


def _terminate(given: Json) -> Json:
    values, sizes = termination_state(given)
    status = given["status"]
    fields = dict(status)
    if evaluate(termination.recorded_fails.value, values, sizes):
        fields["phase"] = str(AnyPhase.Failed)
    for decision, field in _LOST:
        fields[field] = [
            {**one, "state": LOST} if evaluate(decision.value, values, sizes, own=number) else one
            for number, one in enumerate(objects.statuses(status, field))
        ]
    fields["containerStatuses"].sort(key=lambda one: one["name"])
    _put_in_order(fields["initContainerStatuses"], objects.containers(given["spec"], "initContainers"))
    return {"updated": True, "status": {field: value for field, value in fields.items() if value}}


_LOST = ((termination.app_lost, "containerStatuses"), (termination.init_lost, "initContainerStatuses"))


def _put_in_order(found: list[Json], containers: Sequence[Json]) -> None:
    """The order of the spec (kubelet types SortInitContainerStatuses): each swapped into its place, if there is one."""
    place = 0
    for container in containers:
        for number in range(place, len(found)):
            if found[number]["name"] == container["name"]:
                found[place], found[number] = found[number], found[place]
                place += 1
                break


def _terminate_decided_by(given: Json) -> Mapping[str, str]:
    state = termination_state(given)
    rules = {
        "status.phase": termination.recorded_fails.decided_by(*state).name,
        termination.initialized.name: termination.initialized.decided_by(*state).name,
    }
    for decision, field in _LOST:
        for number, one in enumerate(objects.statuses(given["status"], field)):
            rules[f"{field} {one['name']}"] = decision.decided_by(*state, number).name
    return rules


# checkContainerStateTransition.

KUBELET_LISTS = (
    (transitions.app, "containerStatuses", "containers"),
    (transitions.inits, "initContainerStatuses", "initContainers"),
)
API_LISTS = (*KUBELET_LISTS, (transitions.ephemeral, "ephemeralContainerStatuses", "ephemeralContainers"))


def transition_state(given: Json, texts: Texts, lists: Sequence[tuple[Entries, str, str]] = KUBELET_LISTS) -> State:
    spec, old, new = given["spec"], given["oldStatus"], given["newStatus"]
    apps, inits = objects.containers(spec), objects.containers(spec, "initContainers")
    values: objects.Values = {
        policy: objects.pod_policy(spec),
        transitions.app_restarts_all: [_restarts_all(container) for container in apps],
        transitions.init_restarts_all: [_restarts_all(container) for container in inits],
    }
    sizes: objects.Sizes = {regular: len(apps), init: len(inits)}
    for entries, field, containers in lists:
        before, after = objects.statuses(old, field), objects.statuses(new, field)
        values.update(_old_entries(entries, before, objects.containers(spec, containers), texts))
        values[entries.new_name] = [texts(one["name"]) for one in after]
        values[entries.new_state] = [objects.state_of(one.get("state"))[0] for one in after]
        sizes[entries.old], sizes[entries.new] = len(before), len(after)
    return values, sizes


def _restarts_all(container: Json) -> bool:
    return any(rule.get("action") == "RestartAllContainers" for rule in container.get("restartPolicyRules") or ())


def _old_entries(entries: Entries, found: Sequence[Json], containers: Sequence[Json], texts: Texts) -> objects.Values:
    known = objects.by_name(containers)
    states = [objects.state_of(one.get("state")) for one in found]
    own = [known.get(one["name"], {}) for one in found]
    codes = [inside.get("exitCode", 0) for _, inside in states]
    return {
        entries.name: [texts(one["name"]) for one in found],
        entries.state: [state for state, _ in states],
        entries.exit_code: codes,
        entries.known: [one["name"] in known for one in found],
        entries.policy: [objects.own_policy(container) for container in own],
        entries.matched: [
            objects.rule_matched(objects.exit_rules(container), code)
            for container, code in zip(own, codes, strict=True)
        ],
        entries.place: _places(found, containers, texts),
    }


FAULTS = {
    Fault.none: None,
    Fault.app: "terminated container {} attempted illegal transition to non-terminated state",
    Fault.init: "terminated init container {} attempted illegal transition to non-terminated state",
    Fault.mismatch: "found mismatch between pod spec and status, container: {}",
}


def _kubelet(given: Json) -> Json:
    texts = Texts()
    values, sizes = transition_state(given, texts)
    said = FAULTS[evaluate(transitions.kubelet.value, values, sizes)]
    if said is None:
        return {"allowed": True}
    return {"allowed": False, "error": said.format(texts.text(evaluate(transitions.culprit, values, sizes)))}


def _kubelet_decided_by(given: Json) -> Mapping[str, str]:
    state = transition_state(given, Texts())
    rules = {"allowed": transitions.kubelet.decided_by(*state).name}
    for entries, decision in transitions.KUBELET_REFUSALS:
        for number in range(state[1][entries.old]):
            rules[f"{entries.old} {number}"] = decision.decided_by(*state, number).name
    return rules


# ValidatePodStatusUpdate.

NOT_READ = ("resourceClaimStatuses", "extendedResourceClaimStatus", "nodeAllocatableResourceClaimStatuses")
NOT_READ_OF_CONTAINERS = ("user", "allocatedResourcesStatus")


def api_state(given: Json, texts: Texts) -> State:
    spec, old, new = given["spec"], given["oldStatus"], given["newStatus"]
    values, sizes = transition_state(given, texts, API_LISTS)
    found = _conditions(new)
    nominated = new.get("nominatedNodeName") or ""
    values.update(
        {
            transitions.qos_old: texts(old.get("qosClass")),
            transitions.qos_new: texts(new.get("qosClass")),
            transitions.nominated_old: texts(old.get("nominatedNodeName")),
            transitions.nominated_new: texts(nominated),
            transitions.nomination_faults: subdomain_faults(nominated),
            transitions.bound: bool(spec.get("nodeName")),
            transitions.negative_generation: (new.get("observedGeneration") or 0) < 0,
            transitions.condition_faults: [qualified_name_faults(one.get("type") or "") for one in found],
            transitions.condition_negative: [(one.get("observedGeneration") or 0) < 0 for one in found],
            transitions.host_ip: texts(new.get("hostIP")),
        }
    )
    sizes[transitions.condition] = len(found)
    for addresses, read in ((transitions.pod_ips, _pod_ips), (transitions.host_ips, _host_ips)):
        before, after = read(old), read(new)
        values.update(_address_values(addresses, before, after, texts))
        sizes[addresses.kind], sizes[addresses.old] = len(after), len(before)
    return values, sizes


def _host_ips(status: Json) -> list[str]:
    return [address.get("ip") or "" for address in status.get("hostIPs") or ()]


def _pod_ips(status: Json) -> list[str]:
    """Writers of the time before dual stack set podIP alone."""
    found = [address.get("ip") or "" for address in status.get("podIPs") or ()]
    single = [status["podIP"]] if status.get("podIP") else []
    if single and found and single[0] != found[0]:
        raise Unsupported("podIP is not the first of podIPs")
    return found or single


def _address_values(addresses: Addresses, old: Sequence[str], new: Sequence[str], texts: Texts) -> objects.Values:
    return {
        addresses.text: [texts(address) for address in new],
        addresses.family: [family(address) for address in new],
        addresses.plain: [_parsed(address) is not None for address in new],
        addresses.old_text: [texts(address) for address in old],
    }


LEADING_ZEROS = re.compile(r"\b0+(?=\d)", re.ASCII)


def family(address: str) -> Family:
    """As old fields are read: leading zeros in an IPv4 address do not count, and some IPv6 addresses are IPv4 ones."""
    parsed = _parsed(address) or _parsed(LEADING_ZEROS.sub("", address)) or _mapped(address)
    return Family.none if parsed is None else Family(f"IPv{parsed.version}")


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """None for what is no plain address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    return None if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped or found.scope_id) else found


def _mapped(address: str) -> ipaddress.IPv4Address | None:
    try:
        return None if "%" in address else ipaddress.IPv6Address(address).ipv4_mapped
    except ValueError:
        return None


LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*")
NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")


def subdomain_faults(text: str) -> int:
    """How many errors a text has as a DNS subdomain (validation IsDNS1123Subdomain)."""
    return (len(text.encode()) > 253) + (SUBDOMAIN.fullmatch(text) is None)


def qualified_name_faults(text: str) -> int:
    """How many errors a text has as a name with an optional prefix (validation IsQualifiedName)."""
    *prefixes, name = text.split("/")
    if len(prefixes) > 1:
        return 1
    in_prefix = sum(subdomain_faults(prefix) if prefix else 1 for prefix in prefixes)
    length = len(name.encode())
    return in_prefix + (length == 0) + (length > 63) + (NAME.fullmatch(name) is None)


def _api(given: Json) -> Json:
    _check_readable(given["newStatus"])
    texts = Texts()
    values, sizes = api_state(given, texts)
    errors = sorted(_errors(values, sizes))
    return {
        "allowed": not errors,
        "errors": [{"field": field, "type": error} for field, error in errors],
        "phaseAfter": given["newStatus"].get("phase") or "",
        "qosClassAfter": texts.text(evaluate(transitions.qos.value, values, sizes)),
    }


def _errors(values: objects.Values, sizes: objects.Sizes) -> Iterator[tuple[str, str]]:
    """Field and type of each."""
    for check in transitions.API_CHECKS:
        places: Iterable[int | None] = [None] if check.kind is None else range(sizes[check.kind])
        for number in places:
            for _ in range(evaluate(check.times, values, sizes, own=number)):
                yield check.field.format(number), str(check.error)


def _check_readable(status: Json) -> None:
    found = [*objects.all_statuses(status), *objects.statuses(status, "ephemeralContainerStatuses")]
    unread = [field for field in NOT_READ if status.get(field)]
    unread += [field for one in found for field in NOT_READ_OF_CONTAINERS if one.get(field)]
    if unread:
        raise Unsupported(f"{unread[0]} in a status")


def _compared_api(output: Json) -> Json:
    errors = sorted((error["field"], error["type"]) for error in output["errors"])
    return {
        "allowed": output["allowed"],
        "errors": [{"field": field, "type": error} for field, error in errors],
        "phaseAfter": output.get("phaseAfter") or "",
        "qosClassAfter": output.get("qosClassAfter") or "",
    }


def _api_decided_by(given: Json) -> Mapping[str, str]:
    state = api_state(given, Texts())
    rules = {"qosClassAfter": transitions.qos.decided_by(*state).name}
    for entries, decision in transitions.API_REFUSALS:
        for number in range(state[1][entries.old]):
            rules[f"{entries.old} {number}"] = decision.decided_by(*state, number).name
    return rules


CORPORA = (
    Corpus(
        "merge_pod_status",
        "kubelet status manager mergePodStatus",
        "the whole status, and conditions in their order",
        _merge,
        lambda output: output,
        _merge_decided_by,
    ),
    Corpus(
        "terminate_pod_status",
        "kubelet status manager TerminatePod",
        "updated, and the whole status",
        _terminate,
        lambda output: output,
        _terminate_decided_by,
    ),
    Corpus(
        "kubelet_state_transition",
        "kubelet status manager checkContainerStateTransition",
        "allowed, and the error, which names the container",
        _kubelet,
        lambda output: output,
        _kubelet_decided_by,
    ),
    Corpus(
        "api_status_update",
        "API server rest.BeforeUpdate with the pod status strategy",
        "allowed, field and type of every error (sorted), phase and qosClass after it; not the details of errors",
        _api,
        _compared_api,
        _api_decided_by,
    ),
)
