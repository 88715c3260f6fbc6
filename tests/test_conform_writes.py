"""What becomes of a computed status: TerminatePod, mergePodStatus, and what the kubelet and the API server refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest
from podproof.fidelity import writes
from podproof.fidelity.corpus import Corpus, Unsupported, conform
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, if_then_else
from podproof.language.domains import BOOLEAN
from podproof.language.expressions import Eq, In, as_expr, nodes, rewrite
from podproof.language.valuations import compiled
from podproof.pod import phase as pod_phase
from podproof.pod import states as pod_states
from podproof.pod.rules import merge, termination, transitions
from podproof.pod.rules.decision import Decision
from podproof.pod.rules.merge import ConditionType
from podproof.pod.states import TERMINAL

from tests.corpora import sample

CORPORA = {corpus.name: corpus for corpus in writes.CORPORA}


@pytest.mark.parametrize("corpus", writes.CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms_and_rules_can_be_told(corpus: Corpus) -> None:
    records = sample(corpus.name)
    assert len(records) > 300
    tally = conform(corpus, records, 3)
    assert tally.conforms, tally.differences
    for record in records[:20]:
        rules = corpus.decided_by(record["input"])
        assert rules and all(rules.values())


# Inputs by hand.


def condition(which: str, status: str = "True", **more: Any) -> dict[str, Any]:
    return {"type": which, "status": status, **more}


def entry(name: str, state: str | None = None, **more: Any) -> dict[str, Any]:
    inside = {"terminated": {"exitCode": more.pop("exitCode", 0)}, "running": {}, "waiting": {}}
    return {"name": name, "ready": False, **({} if state is None else {"state": {state: inside[state]}}), **more}


def container(name: str, own: str | None = None, *rules: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, **({"restartPolicy": own} if own else {}), "restartPolicyRules": list(rules)}


def exits(action: str, *codes: int) -> dict[str, Any]:
    return {"action": action, "exitCodes": {"operator": "In", "values": list(codes)}}


STATUSES = {
    "containers": "containerStatuses",
    "initContainers": "initContainerStatuses",
    "ephemeralContainers": "ephemeralContainerStatuses",
}


def restarting(field: str, specs: list[Any], pod: str, code: int, names: tuple[str, ...] = ("a",)) -> Any:
    """A status in which containers that exited with `code` run again."""
    return {
        "spec": {"restartPolicy": pod, field: specs},
        "oldStatus": {STATUSES[field]: [entry(name, "terminated", exitCode=code) for name in names]},
        "newStatus": {STATUSES[field]: [entry(name, "running") for name in names]},
    }


SIDECARS = {"containers": [{"name": "a"}], "initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always"}]}


def terminating(*inits: Any) -> Any:
    status = {"phase": "Pending", "containerStatuses": [entry("a", "waiting")], "initContainerStatuses": list(inits)}
    return {"spec": SIDECARS, "status": status, "static": False}


INITIALIZING: tuple[tuple[tuple[Any, ...], list[str]], ...] = (
    ((), []),
    ((entry("i", "terminated", exitCode=0),), ["a"]),
    ((entry("i", "terminated", exitCode=1),), []),
    ((entry("i", "waiting", lastState={"terminated": {"exitCode": 0}}),), ["a", "i"]),
    ((entry("i", "waiting"), entry("s", "waiting")), ["i"]),
    ((entry("i"), entry("s", "waiting")), ["i"]),
    ((entry("i", "waiting"), entry("s", "running", started=True)), ["a", "i", "s"]),
    ((entry("i", "waiting"), entry("s", "running", started=False)), ["i", "s"]),
    ((entry("i", "waiting"), entry("s", "terminated", exitCode=0)), ["i"]),
    ((entry("s", "running", started=True),), ["s"]),
    ((entry("x", "terminated", exitCode=0),), []),
    ((entry("i", "running"), entry("s", "waiting"), entry("x", "waiting")), ["i"]),
    ((entry("i", "waiting"), entry("s", "waiting"), entry("x", "terminated", exitCode=0)), ["i", "s"]),
    (
        (
            entry("i", "waiting"),
            entry("s", "waiting"),
            entry("x", "waiting", lastState={"terminated": {"exitCode": 1}}),
        ),
        ["i", "s", "x"],
    ),
)
"""Entries of init containers, and the names of the entries that TerminatePod marks."""

ALL = exits("RestartAllContainers", 99)
BY_HAND: dict[str, list[Any]] = {
    "merge_pod_status": [
        {
            "oldStatus": {"phase": "Running"},
            "newStatus": {"phase": "Failed", "conditions": [condition("PodScheduled"), *more]},
            "couldHaveRunningContainers": False,
        }
        for more in (
            [condition("Ready")],
            [condition("ContainersReady")],
            [condition("ContainersReady", "False"), condition("Ready", "False")],
        )
    ],
    "terminate_pod_status": [terminating(*inits) for inits, _ in INITIALIZING],
    "kubelet_state_transition": [
        restarting("initContainers", [container("a"), container("b")], "Never", 0, ("b", "a")),
        restarting("initContainers", [container("a", "OnFailure")], "Never", 1),
        restarting("initContainers", [container("a", "OnFailure")], "Never", 0),
        restarting("initContainers", [container("a", "Never", exits("Restart", 0))], "Never", 0),
        restarting("initContainers", [container("a"), container("b", "Never", ALL)], "Never", 0),
        restarting("initContainers", [container("a")], "Never", 0, ("a", "x")),
        restarting("containers", [], "Never", 0),
    ],
    "api_status_update": [
        restarting("initContainers", [container("a", "OnFailure")], "Never", 1),
        restarting("initContainers", [container("a", "Never", exits("Restart", 0))], "Never", 0),
        restarting("initContainers", [], "Always", 0),
        restarting("containers", [], "Always", 0),
        {
            **restarting("containers", [container("a", "Never")], "Never", 0),
            "spec": {"restartPolicy": "Never", "initContainers": [container("i", "Never", ALL)]},
        },
        {
            **restarting("initContainers", [container("a", "Never")], "Never", 0),
            "spec": {"restartPolicy": "Never", "containers": [container("c", "Never", ALL)]},
        },
        {
            "spec": {},
            "oldStatus": {"ephemeralContainerStatuses": [entry("a", "terminated"), entry("b", "waiting")]},
            "newStatus": {"ephemeralContainerStatuses": [entry("b", "waiting")]},
        },
    ],
}

# Each rule matters: to a record of the sample, or to an input by hand.

State = tuple[dict[Any, Any], dict[Any, int], int | None]

READ: dict[str, Callable[[Any], tuple[dict[Any, Any], dict[Any, int]]]] = {
    "merge_pod_status": writes.merge_state,
    "terminate_pod_status": writes.termination_state,
    "kubelet_state_transition": lambda given: writes.transition_state(given, writes.Texts()),
    "api_status_update": lambda given: writes.api_state(given, writes.Texts()),
}


@cache
def states(corpus: str, kind: Kind | None, by_hand: bool = True) -> list[State]:
    """Of every input; of every element of `kind` in it, if a decision speaks of one."""
    inputs = [record["input"] for record in sample(corpus)] + (BY_HAND[corpus] if by_hand else [])
    return [
        (values, sizes, own)
        for values, sizes in map(READ[corpus], inputs)
        for own in ([None] if kind is None else range(sizes[kind]))
    ]


DECISIONS: dict[str, tuple[Decision[Any], str, Kind | None]] = {
    "copied": (merge.copied, "merge_pod_status", None),
    "old condition": (merge.old_fate, "merge_pod_status", merge.old.kind),
    "new condition": (merge.new_fate, "merge_pod_status", merge.new.kind),
    "added Ready": (merge.ADDED[ConditionType.ready], "merge_pod_status", None),
    "added ContainersReady": (merge.ADDED[ConditionType.containers_ready], "merge_pod_status", None),
    "fails": (termination.recorded_fails, "terminate_pod_status", None),
    "initialized": (termination.initialized, "terminate_pod_status", None),
    "app lost": (termination.app_lost, "terminate_pod_status", termination.app.kind),
    "init lost": (termination.init_lost, "terminate_pod_status", termination.inits.kind),
    "kubelet": (transitions.kubelet, "kubelet_state_transition", None),
    "kubelet app": (transitions.kubelet_app, "kubelet_state_transition", transitions.app.old),
    "kubelet init": (transitions.kubelet_init, "kubelet_state_transition", transitions.inits.old),
    "api app": (transitions.api_app, "api_status_update", transitions.app.old),
    "api init": (transitions.api_init, "api_status_update", transitions.inits.old),
    "api ephemeral": (transitions.api_ephemeral, "api_status_update", transitions.ephemeral.old),
    "qos": (transitions.qos, "api_status_update", None),
}
ONLY_BY_HAND = {
    ("initialized", "statuses and spec disagree"): "the entries recorded are always those of the spec",
    ("kubelet", "status and spec disagree"): "the entries recorded are always those of the spec",
}


def rules() -> Iterator[Any]:
    for name, (decision, _, _) in DECISIONS.items():
        for rule in decision.rules[:-1]:
            yield pytest.param(name, rule.name, id=f"{name}: {rule.name}")


def differs(one: Expr[Any], other: Expr[Any], among: list[State]) -> bool:
    first, second = compiled(one), compiled(other)
    return any(first(values, sizes, {}, own) != second(values, sizes, {}, own) for values, sizes, own in among)


@pytest.mark.parametrize(("name", "rule"), list(rules()))
def test_without_a_rule_some_record_differs(name: str, rule: str) -> None:
    decision, corpus, kind = DECISIONS[name]
    without = replace(decision, rules=tuple(r for r in decision.rules if r.name != rule))
    by_hand = (name, rule) in ONLY_BY_HAND
    assert differs(decision.value, without.value, states(corpus, kind, by_hand))
    assert by_hand is not differs(decision.value, without.value, states(corpus, kind, by_hand=False))


@pytest.mark.parametrize(("name", "rule"), list(rules()))
def test_if_a_rule_always_applies_some_record_differs(name: str, rule: str) -> None:
    decision, corpus, kind = DECISIONS[name]
    always = tuple(replace(r, when=TRUE) if r.name == rule else r for r in decision.rules)
    assert differs(decision.value, replace(decision, rules=always).value, states(corpus, kind, by_hand=False))


HELD = "what is withheld was not terminal before"
LAX = "what the Pod's policy restarts is tolerated anyway"
SURVIVORS = {
    ("new condition", "old phase is Succeeded or Failed", FALSE): HELD,
    ("added Ready", "old phase is Succeeded or Failed", FALSE): HELD,
    ("added ContainersReady", "old phase is Succeeded or Failed", FALSE): HELD,
    ("new condition", "new phase is Succeeded or Failed", TRUE): HELD,
    ("added Ready", "new phase is Succeeded or Failed", TRUE): HELD,
    ("added ContainersReady", "new phase is Succeeded or Failed", TRUE): HELD,
    ("added Ready", "new condition type is Ready", FALSE): "it is added where there is none, so none can be True",
    ("added ContainersReady", "new condition type is ContainersReady", FALSE): "likewise",
    ("kubelet", "restartPolicy is Always", FALSE): LAX,
    ("kubelet", "restartPolicy is OnFailure", FALSE): LAX,
    ("kubelet app", "restartPolicy is OnFailure", FALSE): LAX,
    ("kubelet init", "restartPolicy is OnFailure", FALSE): LAX,
    ("kubelet", "old container status has a container", TRUE): LAX,
    ("kubelet", "old init container status has a container", TRUE): LAX,
    ("kubelet app", "old container status has a container", TRUE): LAX,
    ("kubelet init", "old init container status has a container", TRUE): LAX,
    ("kubelet", "old container status restartPolicy is unset", FALSE): LAX,
    ("kubelet", "old init container status restartPolicy is unset", FALSE): LAX,
}
"""Comparisons that make no difference because of what surrounds them, and why."""


def test_every_comparison_matters() -> None:
    """Each atom of a decision, made a constant, changes it somewhere."""
    survivors = {
        (name, str(atom), constant)
        for name, (decision, corpus, kind) in DECISIONS.items()
        for atom in atoms(decision.value)
        for constant in (TRUE, FALSE)
        if not differs(decision.value, swapped(decision.value, atom, constant), states(corpus, kind))
    }
    assert survivors == set(SURVIVORS)


def swapped(expr: Expr[Any], old: Expr[Any], new: Expr[Any]) -> Expr[Any]:
    return rewrite(expr, lambda node: new if node is old else None)


def atoms(expr: Expr[Any]) -> list[Expr[Any]]:
    leaves = (node for node in nodes(expr) if isinstance(node, Variable | In | Eq))
    return [node for node in leaves if node.domain == BOOLEAN]


@pytest.mark.parametrize("name", DECISIONS)
def test_the_last_rule_decides_in_some_record(name: str) -> None:
    decision, corpus, kind = DECISIONS[name]
    last = decision.rules[-1]
    assert any(decision.decided_by(*state) is last for state in states(corpus, kind, by_hand=False))


SILENT = {
    "status.conditions[{}].observedGeneration",
    "status.observedGeneration",
    "status.podIPs",
    "status.hostIPs",
    "status.hostIPs[0].ip",
    "status.hostIPs[{}]",
}
"""Fields of errors that no record has; there are cases for them below."""


@pytest.mark.parametrize("check", transitions.API_CHECKS, ids=lambda check: check.field)
def test_every_check_of_the_api_server_reports_something(check: transitions.Check) -> None:
    among = states("api_status_update", check.kind, by_hand=False)
    assert differs(check.times, as_expr(0), among) is (check.field not in SILENT)


# Outputs by hand.


def decide(name: str, **given: Any) -> Any:
    return CORPORA[name].decide(given)


def merged(old: Any, new: Any, running: bool = False) -> Any:
    given = {"oldStatus": old, "newStatus": new, "couldHaveRunningContainers": running}
    return decide("merge_pod_status", **given)["status"]


def test_what_belongs_to_others_stays() -> None:
    claims = [{"name": "gpu"}]
    old = {"phase": "Running", "resourceClaimStatuses": claims, "hostIP": "10.0.0.1"}
    new = {"phase": "Running", "resourceClaimStatuses": [{"name": "other"}], "extendedResourceClaimStatus": {"a": 1}}
    assert merged(old, new) == {"phase": "Running", "resourceClaimStatuses": claims}


def test_all_types_of_the_kubelet_are_replaced_and_lost_ones_vanish() -> None:
    own = [str(which) for which in ConditionType if which not in (ConditionType.disruption_target, ConditionType.other)]
    old = {"conditions": [condition(which, reason="old") for which in (*own, "mine")]}
    new = {"conditions": [condition(which, reason="new") for which in (*own[1:], "yours")]}
    expected = [condition("mine", reason="old"), *new["conditions"][:-1]]
    assert merged(old, new) == {"conditions": expected}


def test_the_first_of_several_conditions_of_a_type_counts() -> None:
    old = {"phase": "Running", "conditions": [condition("DisruptionTarget", "False"), condition("DisruptionTarget")]}
    newer = [condition("DisruptionTarget", reason="a"), condition("DisruptionTarget", reason="b")]
    assert merged(old, {"phase": "Failed", "conditions": newer})["conditions"] == [newer[0], old["conditions"][1]]
    assert merged({}, {"phase": "Failed", "conditions": newer})["conditions"] == newer[:1]
    ready = [condition("Ready", "False"), condition("Ready")]
    assert merged({}, {"phase": "Failed", "conditions": ready})["conditions"] == ready


@pytest.mark.parametrize("phase", ["", "Unknown", "Dormant"])
def test_unknown_phases_are_not_terminal(phase: str) -> None:
    assert merged({"phase": phase, "reason": "r"}, {"phase": "Failed"}, running=True) == (
        {"phase": phase, "reason": "r"} if phase else {"reason": "r"}
    )
    given = {"spec": {"containers": []}, "status": {"phase": phase}}
    assert decide("terminate_pod_status", static=False, **given)["status"] == {"phase": "Failed"}
    assert decide("terminate_pod_status", static=True, **given)["status"] == ({"phase": phase} if phase else {})


@pytest.mark.parametrize(("inits", "marked"), INITIALIZING)
def test_a_pod_that_had_not_initialized_keeps_its_containers(inits: Any, marked: list[str]) -> None:
    found = decide("terminate_pod_status", **terminating(*inits))["status"]
    entries = [*found["containerStatuses"], *found.get("initContainerStatuses", ())]
    assert [one["name"] for one in entries if one.get("state") == writes.LOST] == marked


def test_statuses_are_put_in_order() -> None:
    status = {
        "containerStatuses": [entry("b", "terminated"), entry("a", "terminated")],
        "initContainerStatuses": [entry("x", "terminated"), entry("s", "terminated"), entry("i", "terminated")],
    }
    found = decide("terminate_pod_status", spec=SIDECARS, status=status, static=True)["status"]
    assert [one["name"] for one in found["containerStatuses"]] == ["a", "b"]
    assert [one["name"] for one in found["initContainerStatuses"]] == ["i", "s", "x"]


@pytest.mark.parametrize(
    ("own", "pod", "code", "by_kubelet", "by_api"),
    [
        (None, "Always", 0, True, True),
        (None, "OnFailure", 1, True, True),
        (None, "OnFailure", 0, False, False),
        (None, "Never", 1, False, False),
        ("Never", "Always", 0, True, False),
        ("Never", "OnFailure", 1, True, False),
        ("OnFailure", "Never", 1, True, True),
        ("Always", "Never", 0, True, True),
    ],
)
@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_where_kubelet_and_api_server_differ(
    field: str, own: str | None, pod: str, code: int, by_kubelet: bool, by_api: bool
) -> None:
    given = restarting(field, [container("a", own)], pod, code)
    assert decide("kubelet_state_transition", **given)["allowed"] is by_kubelet
    assert decide("api_status_update", **given)["allowed"] is by_api


def test_a_rule_that_restarts_all_allows_everything_but_ephemeral_containers() -> None:
    rule = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}
    given = restarting("containers", [container("a", "Never"), container("b", "Never", rule)], "Never", 0)
    assert decide("kubelet_state_transition", **given) == {"allowed": True}
    assert decide("api_status_update", **given)["allowed"]
    given["oldStatus"]["ephemeralContainerStatuses"] = [entry("e", "waiting"), entry("d", "terminated", exitCode=1)]
    given["newStatus"]["ephemeralContainerStatuses"] = [entry("d", "waiting")]
    assert decide("kubelet_state_transition", **given) == {"allowed": True}
    assert fields(given) == ["status.ephemeralContainerStatuses[1].state"]


def test_the_kubelet_wants_the_init_containers_of_the_spec() -> None:
    def said(*names: str, pod: str = "Never") -> str | None:
        given = restarting("initContainers", [container("a"), container("b")], pod, 0, names)
        error: str | None = decide("kubelet_state_transition", **given).get("error")
        return error

    assert said("b", "a") == "found mismatch between pod spec and status, container: b"
    assert said("a", "x") == "terminated init container a attempted illegal transition to non-terminated state"
    assert said("x", pod="Always") is None


def test_the_kubelet_names_the_first_container() -> None:
    given = restarting(
        "containers", [container("a", "Always"), container("b"), container("c")], "Never", 0, ("a", "b", "c")
    )
    error = decide("kubelet_state_transition", **given)["error"]
    assert error == "terminated container b attempted illegal transition to non-terminated state"


def fields(given: Any) -> list[str]:
    return [error["field"] for error in decide("api_status_update", **given)["errors"]]


def written(new: Any, old: Any = None, **spec: Any) -> list[str]:
    return fields({"spec": {"containers": [], **spec}, "oldStatus": old or {}, "newStatus": new})


def test_a_container_that_the_spec_lacks_is_not_restarted() -> None:
    assert fields(restarting("containers", [], "Always", 0)) == ["status.containerStatuses[0].state"]


@pytest.mark.parametrize(
    ("addresses", "errors"),
    [
        (["10.0.0.1", "fd00::1"], []),
        (["10.0.0.1", "10.0.0.2"], ["status.podIPs"]),
        (["10.0.0.1", "::ffff:10.0.0.2"], ["status.podIPs", "status.podIPs[1]"]),
        (["10.0.0.1", "fd00::1", "fd00::2"], ["status.podIPs"]),
        (["10.0.0.1", "x"], ["status.podIPs", "status.podIPs", "status.podIPs[1]"]),
        (["010.0.0.1"], ["status.podIPs[0]"]),
        (["fe80::1%eth0"], ["status.podIPs[0]"]),
        ([""], ["status.podIPs[0]"]),
        (["old"], []),
    ],
)
def test_addresses(addresses: list[str], errors: list[str]) -> None:
    new = {"podIPs": [{"ip": address} for address in addresses]}
    assert written(new, {"podIPs": [{"ip": "old"}]}) == errors


def test_addresses_of_the_host_and_single_ones() -> None:
    assert written({"hostIPs": [{"ip": "10.0.0.1"}], "hostIP": "10.0.0.1"}) == []
    assert written({"hostIPs": [{"ip": "10.0.0.1"}]}) == ["status.hostIPs[0].ip"]
    assert written({"podIP": "x"}) == ["status.podIPs[0]"]
    assert written({"podIP": "x"}, {"podIP": "x"}) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    {
        "Ready": 0,
        "example.com/x": 0,
        "": 2,
        "bad type!": 1,
        "a/b/c": 1,
        "/x": 1,
        "Bad/": 3,
        "x" * 64: 1,
        "a" * 254 + "/x": 1,
        "Ready\n": 1,
    }.items(),
)
def test_types_of_conditions(text: str, faults: int) -> None:
    assert written({"conditions": [condition(text, "Maybe")]}) == ["status.conditions[0].Type"] * faults


def test_nominations() -> None:
    assert written({"nominatedNodeName": "n"}) == []
    assert written({"nominatedNodeName": "n"}, nodeName="m") == ["status.nominatedNodeName"]
    assert written({"nominatedNodeName": "N!"}, nodeName="m") == ["status.nominatedNodeName"] * 2
    assert written({"nominatedNodeName": "N!"}, {"nominatedNodeName": "N!"}, nodeName="m") == []
    assert written({}, {"nominatedNodeName": "n"}, nodeName="m") == []


def test_generations_are_not_negative() -> None:
    new = {"observedGeneration": -1, "conditions": [{**condition("Ready"), "observedGeneration": -1}]}
    assert written(new) == ["status.conditions[0].observedGeneration", "status.observedGeneration"]


def test_the_class_stays_and_the_phase_is_free() -> None:
    old = {"phase": "Succeeded", "qosClass": "Burstable"}
    given = {"spec": {"containers": []}, "oldStatus": old, "newStatus": {"phase": "Pending"}}
    said = decide("api_status_update", **given)
    assert said == {"allowed": True, "errors": [], "phaseAfter": "Pending", "qosClassAfter": "Burstable"}
    given["newStatus"] = {"phase": "Pending", "qosClass": "Guaranteed"}
    assert fields(given) == ["status.qosClass"]


@pytest.mark.parametrize(
    "new",
    [
        {"resourceClaimStatuses": [{"name": "a"}]},
        {"containerStatuses": [entry("a", user={"linux": {}})]},
        {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}]},
    ],
)
def test_what_is_not_read_is_unsupported(new: Any) -> None:
    with pytest.raises(Unsupported):
        written(new)


# The Pod model's own versions of two of these rules.


def test_the_model_withholds_and_fails_alike() -> None:
    may_run = pod_phase.could_have_running_containers
    held = merge.withheld(pod_states.api_phase.is_(*TERMINAL), pod_states.local_phase.is_(*TERMINAL), may_run)
    merged_phase = merge.merged(held, pod_states.api_phase, pod_states.local_phase)
    everything: list[State] = [
        ({pod_states.api_phase: api, pod_states.local_phase: local, pod_states.worker: worker}, {}, None)
        for api, local, worker in product(pod_states.Phase, pod_states.Phase, pod_states.Worker)
    ]
    assert not differs(merged_phase, pod_phase.merged, everything)
    for phase in pod_states.Phase:
        last = if_then_else(termination.fails(as_expr(phase).is_(*TERMINAL)).value, pod_states.Phase.Failed, phase)
        assert compiled(last)({}, {}, {}, None) == (phase if phase in TERMINAL else pod_states.Phase.Failed)
