"""One sync of a Pod's status, and the syncs in which a Pod is stopped: samples, cases by hand, every rule matters."""

from __future__ import annotations

from typing import Any

import pytest
from podproof.conform import pipeline as fidelity
from podproof.conform.corpus import Corpus, Unsupported, conform
from podproof.kubernetes.rules import termination
from podproof.kubernetes.rules.termination import Cause, KillReason
from podproof.language.meanings.python import compiled

from tests.support.corpora import sample
from tests.support.unrecorded.statuses import INITS, RESTART_ALL, entry, instance, pod, statuses

CORPORA = {corpus.name: corpus for corpus in fidelity.CORPORA}


@pytest.mark.parametrize("corpus", fidelity.CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms_and_rules_can_be_told(corpus: Corpus) -> None:
    records = sample(corpus.name)
    assert len(records) > 150
    tally = conform(corpus, records, 3)
    assert tally.conforms, tally.differences
    for record in records[:20]:
        assert all(corpus.decided_by(record["input"]).values())


LOST_IN_RESTART = pod(
    instance("a", "unknown"), instance("b", code=7), spec=RESTART_ALL, old=statuses(entry("a", "running"))
)
GONE_IN_RESTART = pod(instance("b", code=7), spec=RESTART_ALL, old=statuses(entry("a", "running")))
PRESUMED = pod(
    instance("a", "running"),
    spec=INITS,
    old=statuses(inits=[entry("z", "running"), entry("s", "running")]),
    errors=("z", "s"),
)
DONE = pod(instance("z"), instance("s"), spec=INITS, errors=("z", "s"))


def status(given: Any) -> Any:
    return CORPORA["status_pipeline"].decide(given)["status"]


def named(found: Any, name: str) -> Any:
    entries = [*found["containerStatuses"], *found.get("initContainerStatuses", ())]
    return next(one for one in entries if one["name"] == name)


def test_whoever_is_lost_in_a_restart_of_all_says_so() -> None:
    end = {"terminated": {"exitCode": 137, "reason": "RestartingAllContainers"}}
    found = status(LOST_IN_RESTART)
    assert named(found, "a")["state"] == end and named(found, "a")["restartCount"] == 1
    assert {"type": "AllContainersRestarting", "status": "True", "reason": "RestartAllContainersStarted"} in (
        found["conditions"]
    )
    gone = named(status(GONE_IN_RESTART), "a")
    assert gone["lastState"] == end and gone["state"] == {"waiting": {"reason": "ContainerCreating"}}


def test_an_init_container_that_is_gone_is_presumed_to_be_done() -> None:
    found = status(PRESUMED)
    assert named(found, "z")["state"] == {"terminated": {"exitCode": 0, "reason": "Completed"}}
    assert named(found, "z")["ready"] and named(found, "z")["restartCount"] == 1
    assert named(found, "s")["state"] == {"waiting": {"reason": "ErrImagePull"}}


@pytest.mark.parametrize(
    ("state", "shown"), [("created", "terminated"), ("exited", "terminated"), ("unknown", "waiting")]
)
def test_only_if_a_regular_container_was_created(state: str, shown: str) -> None:
    assert list(named(status(pod(instance("a", state), spec=INITS)), "z")["state"]) == [shown]


def test_init_containers_that_are_done_wait_for_nothing() -> None:
    found = status(DONE)
    assert [list(one["state"]) for one in found["initContainerStatuses"]] == [["terminated"], ["terminated"]]


def test_order_is_by_name_and_of_init_containers_as_in_the_spec() -> None:
    found = status(pod(spec=INITS))
    assert [one["name"] for one in found["containerStatuses"]] == ["a", "b"]
    assert [one["name"] for one in found["initContainerStatuses"]] == ["z", "s"]


def test_of_more_than_two_instances_the_newest_two_count() -> None:
    found = status(pod(*(instance("a", code=n, restarts=n, at=60 * n) for n in (1, 3, 2))))
    assert named(found, "a")["restartCount"] == 3
    assert named(found, "a")["lastState"]["terminated"]["exitCode"] == 2


def test_the_last_of_several_old_entries_of_a_name_counts() -> None:
    old = statuses(entry("a", "waiting", restarts=1), entry("a", "waiting", restarts=5))
    assert named(status(pod(old=old)), "a")["restartCount"] == 5


def test_a_reason_is_any_text() -> None:
    given = pod(errors=("a",))
    given["startErrors"]["a"]["reason"] = "Bored"
    assert named(status(given), "a")["state"] == {"waiting": {"reason": "Bored"}}


def test_ephemeral_containers_have_statuses_and_no_say() -> None:
    spec = {"ephemeralContainers": [{"name": "e"}]}
    found = status(pod(instance("e", code=1), instance("a", "running"), instance("b", "running"), spec=spec))
    assert found["phase"] == "Running"
    assert [one["name"] for one in found["ephemeralContainerStatuses"]] == ["e"]


def test_conditions_of_others_stay_and_gates_read_them() -> None:
    gates = [{"conditionType": which} for which in ("mine", "Initialized", "PodReadyToStartContainers")]
    running = (instance("a", "running"), instance("b", "running"))
    old = {
        "conditions": [
            {"type": "mine", "status": "True", "reason": "r"},
            {"type": "PodResizePending", "status": "True"},
        ]
    }

    def ready(*more: str) -> str:
        gate = [*gates, *({"conditionType": which} for which in more)]
        found = status(pod(*running, spec={"readinessGates": gate}, old=old))["conditions"]
        assert found[0] == old["conditions"][0] and "PodResizePending" not in [one["type"] for one in found]
        return str(next(one["status"] for one in found if one["type"] == "Ready"))

    assert ready() == "True"
    assert ready("yours") == ready("PodScheduled") == ready("PodResizePending") == "False"


def test_the_class_of_a_pod_with_requests_is_not_computed() -> None:
    spec = {"containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}}}]}
    with pytest.raises(Unsupported):
        status(pod(spec=spec))
    assert status(pod(spec=spec, old={"qosClass": "Burstable"}))["qosClass"] == "Burstable"


def test_an_unknown_cause_is_unsupported() -> None:
    with pytest.raises(Unsupported):
        CORPORA["scenarios"].decide({"cause": "boredom", "spec": {}})


def test_only_the_kubelet_says_why_it_kills() -> None:
    by_kubelet = {Cause.eviction, Cause.preemption, Cause.shutdown}
    for cause in Cause:
        silent = compiled(termination.killed.value)({termination.cause: cause}, {}, {}, None) is KillReason.none
        assert silent is (cause not in by_kubelet)
