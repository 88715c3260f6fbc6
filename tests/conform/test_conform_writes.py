"""What becomes of a computed status: TerminatePod, mergePodStatus, and what the kubelet and the API server refuse."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from podproof.conform import writes
from podproof.conform.corpus import Corpus, Unsupported, conform
from podproof.kubernetes.derived import phase as pod_phase
from podproof.kubernetes.rules import merge, termination
from podproof.kubernetes.rules.merge import ConditionType
from podproof.kubernetes.vocabulary import states as pod_states
from podproof.kubernetes.vocabulary.states import TERMINAL
from podproof.language import Variable, if_then_else
from podproof.language.expressions import as_expr
from podproof.language.meanings.python import compiled

from tests.support.corpora import sample
from tests.support.unrecorded.writes import SIDECARS, condition, container, entry, restarting, written

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


@pytest.mark.parametrize("phase", ["", "Unknown", "Dormant"])
def test_unknown_phases_are_not_terminal(phase: str) -> None:
    assert merged({"phase": phase, "reason": "r"}, {"phase": "Failed"}, running=True) == (
        {"phase": phase, "reason": "r"} if phase else {"reason": "r"}
    )
    given = {"spec": {"containers": []}, "status": {"phase": phase}}
    assert decide("terminate_pod_status", static=False, **given)["status"] == {"phase": "Failed"}
    assert decide("terminate_pod_status", static=True, **given)["status"] == ({"phase": phase} if phase else {})


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


def fields(given: Any) -> list[str]:
    return [error["field"] for error in decide("api_status_update", **given)["errors"]]


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
    assert fields(written({"conditions": [condition(text, "Maybe")]})) == ["status.conditions[0].Type"] * faults


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
        fields(written(new))


# The Pod model's own versions of two of these rules.


def test_the_model_withholds_and_fails_alike() -> None:
    may_run = pod_phase.could_have_running_containers
    held = merge.withheld(pod_states.api_phase.is_(*TERMINAL), pod_states.local_phase.is_(*TERMINAL), may_run)
    merged_phase = merge.merged(held, pod_states.api_phase, pod_states.local_phase)
    one, other = compiled(merged_phase), compiled(pod_phase.merged)
    for api, local, worker in product(pod_states.Phase, pod_states.Phase, pod_states.Worker):
        values: dict[Variable[Any], Any] = {
            pod_states.api_phase: api,
            pod_states.local_phase: local,
            pod_states.worker: worker,
        }
        assert one(values, {}, {}, None) == other(values, {}, {}, None)
    for phase in pod_states.Phase:
        last = if_then_else(termination.fails(as_expr(phase).is_(*TERMINAL)).value, pod_states.Phase.Failed, phase)
        assert compiled(last)({}, {}, {}, None) == (phase if phase in TERMINAL else pod_states.Phase.Failed)
