"""What a sync does with a Pod: what it stops, removes and starts, and why."""

from __future__ import annotations

from typing import Any

import pytest
from podproof.conform import plans
from podproof.conform.corpus import Corpus, conform

from tests.support.corpora import sample
from tests.support.unrecorded.plans import DEBUG, LOST, instance, pod
from tests.support.unrecorded.statuses import ALL, RESTARTS, RULE_1

CORPORA = {corpus.name: corpus for corpus in plans.CORPORA}


@pytest.mark.parametrize("corpus", plans.CORPORA, ids=lambda corpus: corpus.name)
def test_a_sample_conforms_and_rules_can_be_told(corpus: Corpus) -> None:
    records = sample(corpus.name)
    assert len(records) >= 400
    tally = conform(corpus, records, 3)
    assert tally.conforms, tally.differences
    for record in records[:20]:
        rules = corpus.decided_by(record["input"])
        assert rules and all(rules.values())


# Outputs by hand.


def restarts(pod: str, own: Any, container: Any, deleted: bool = False) -> bool:
    spec = {"restartPolicy": pod, "containers": [{"name": "a", **own}]}
    answer = CORPORA["should_restart"].decide({"spec": spec, "container": container, "deleted": deleted})
    assert list(answer) == ["restart"]
    return bool(answer["restart"])


@pytest.mark.parametrize(("pod", "own", "code", "again"), RESTARTS)
def test_after_an_exit(pod: str, own: Any, code: int, again: bool) -> None:
    ended = {"state": "exited", "exitCode": code}
    assert restarts(pod, own, ended) is again
    assert not restarts(pod, own, ended, deleted=True)


@pytest.mark.parametrize("pod", ["Always", "OnFailure", "Never"])
def test_what_did_not_run_is_started_whatever_the_policy(pod: str) -> None:
    for own in ({}, {"restartPolicy": "Never"}):
        for container in (None, *({"state": state, "exitCode": 0} for state in ("created", "unknown", "strange"))):
            assert restarts(pod, own, container)
            assert not restarts(pod, own, container, deleted=True)
        assert not restarts(pod, own, {"state": "running", "exitCode": 0})


def test_rules_count_only_beside_a_policy_of_its_own_and_the_first_that_matches_decides() -> None:
    ended = {"state": "exited", "exitCode": 1}
    assert not restarts("Never", {"restartPolicyRules": [RULE_1]}, ended)
    assert restarts("Never", {"restartPolicy": "Never", "restartPolicyRules": [ALL, RULE_1]}, ended)


def plan(*instances: Any, **given: Any) -> Any:
    return CORPORA["pod_actions"].decide(pod(*instances, **given))


def killed(found: Any) -> dict[str, str]:
    return {one["name"]: one["reason"] for one in found["containersToKill"]}


PROBE = {"exec": {"command": ["true"]}}
TWO = {"containers": [{"name": "a"}, {"name": "b"}]}


def test_containers_are_looked_after_one_by_one() -> None:
    found = plan(instance("a"), instance("b", "exited", 1), **TWO)
    assert (found["containersToStart"], found["killPod"], found["containersToKill"]) == (["b"], False, [])
    assert found["shouldContainerBeRestarted"] == {"a": False, "b": True}


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
@pytest.mark.parametrize(("probe", "reason"), [("liveness", "LivenessProbe"), ("startup", "StartupProbe")])
def test_a_failed_probe_kills_under_every_policy_and_never_restarts_under_never(
    policy: str, probe: str, reason: str
) -> None:
    found = plan(instance("a"), instance("b"), results=[("a", probe, "Failure")], restartPolicy=policy, **TWO)
    assert killed(found) == {"a": reason}
    assert (found["containersToStart"], found["killPod"]) == ([] if policy == "Never" else ["a"], False)
    assert not killed(plan(instance("a"), results=[("a", probe, "UNKNOWN")], restartPolicy=policy))


def test_a_pod_with_nothing_to_keep_or_start_is_stopped_and_its_sidecars_with_it() -> None:
    sidecar = {"name": "s", "restartPolicy": "Always", "livenessProbe": PROBE}
    given: dict[str, Any] = {"initContainers": [sidecar], "restartPolicy": "Never"}
    failed = [("s", "liveness", "Failure")]
    found = plan(instance("a", "exited"), instance("s"), results=failed, **given)
    assert (found["killPod"], found["createSandbox"], found["initContainersToStart"]) == (True, False, [])
    found = plan(instance("a"), instance("s"), results=failed, **given)
    assert (found["killPod"], found["initContainersToStart"]) == (False, ["s"])


def test_a_sidecar_that_is_down_is_started_even_if_nothing_else_is_left_to_run() -> None:
    """What has ended shows nothing of initialization, as it may be of an earlier sandbox."""
    sidecar = {"initContainers": [{"name": "s", "restartPolicy": "Always"}], "restartPolicy": "Never"}
    found = plan(instance("a", "exited"), instance("s", "exited"), **sidecar)
    assert (found["killPod"], found["initContainersToStart"]) == (False, ["s"])


def test_what_nobody_knows_of_is_killed_before_it_is_started_unless_the_pod_is_deleted() -> None:
    given = pod(instance("a", "unknown"), restartPolicy="Never")
    decide = CORPORA["pod_actions"].decide
    found = decide(given)
    assert (found["containersToStart"], killed(found)) == (["a"], {"a": "Unknown"})
    found = decide({**given, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}})
    assert (found["containersToStart"], killed(found), found["killPod"]) == ([], {}, True)


def test_a_deletion_does_not_keep_a_container_that_is_killed_from_being_started() -> None:
    given = pod(instance("a"), results=[("a", "liveness", "Failure")])
    deleted = {**given, "metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert CORPORA["pod_actions"].decide(deleted)["containersToStart"] == ["a"]


def test_without_any_sandbox_a_never_pod_is_started_again_with_a_lost_one_it_is_not() -> None:
    ended = instance("a", "exited", 1)
    given = pod(ended, restartPolicy="Never")
    given["runtime"]["sandboxes"] = None
    found = CORPORA["pod_actions"].decide(given)
    assert (found["createSandbox"], found["attempt"], found["containersToStart"]) == (True, 0, ["a"])
    found = plan(ended, sandboxes=LOST, restartPolicy="Never")
    assert (found["createSandbox"], found["killPod"], found["containersToStart"]) == (False, True, [])


def inits(**sidecar: Any) -> dict[str, Any]:
    return {"initContainers": [{"name": "i"}, {"name": "s", "restartPolicy": "Always", **sidecar}, {"name": "j"}]}


INITS = inits()


@pytest.mark.parametrize(
    ("there", "next_ones"),
    [
        ([], ["i"]),
        ([instance("i")], []),
        ([instance("i", "exited")], ["s"]),
        ([instance("i", "exited", 1)], ["i"]),
        ([instance("i", "exited", reason="OOMKilled")], ["i"]),
        ([instance("i", "created")], ["i"]),
        ([instance("i", "exited"), instance("s")], ["j"]),
        ([instance("s")], ["j"]),
        ([instance("s", "exited")], ["s"]),
        ([instance("s", "exited"), instance("j")], ["s"]),
        ([instance("i", "exited", 1), instance("s"), instance("j", "exited", 1)], ["j"]),
        ([instance("j")], ["s"]),
    ],
)
def test_init_containers_run_one_after_another_and_sidecars_go_on(there: Any, next_ones: list[str]) -> None:
    found = plan(*there, **INITS)
    assert (found["initContainersToStart"], found["containersToStart"]) == (next_ones, [])


def test_the_last_one_that_is_done_lets_regular_containers_start_even_if_the_records_before_it_are_gone() -> None:
    found = plan(instance("j", "exited"), **INITS)
    assert (found["initContainersToStart"], found["containersToStart"]) == (["s"], ["a"])


def test_a_regular_container_that_runs_shows_that_initialization_is_over() -> None:
    found = plan(instance("a"), instance("i", "exited", 1), **INITS)
    assert (found["initContainersToStart"], found["killPod"]) == (["s"], False)
    assert plan(instance("a", "exited", 1), **INITS)["initContainersToStart"] == ["i"]


def test_the_next_one_waits_for_the_startup_probe_of_a_sidecar_but_not_for_its_liveness() -> None:
    there = (instance("i", "exited"), instance("s"))
    slow = inits(startupProbe=PROBE)
    assert plan(*there, **slow)["initContainersToStart"] == []
    assert plan(*there, results=[("s", "startup", "Success")], **slow)["initContainersToStart"] == ["j"]
    failed = plan(*there, results=[("s", "startup", "Failure")], **slow)
    assert (failed["initContainersToStart"], killed(failed)) == (["s"], {"s": "StartupProbe"})
    failed = plan(*there, results=[("s", "liveness", "Failure")], **inits(livenessProbe=PROBE))
    assert (failed["initContainersToStart"], killed(failed)) == (["s", "j"], {"s": "LivenessProbe"})


@pytest.mark.parametrize(
    ("pod_policy", "own", "state", "code", "fails"),
    [
        ("Never", None, "exited", 1, True),
        ("Never", None, "exited", 0, False),
        ("Never", None, "unknown", 0, True),
        ("Never", None, "created", 0, False),
        ("Never", "OnFailure", "exited", 1, False),
        ("Never", "OnFailure", "unknown", 0, False),
        ("OnFailure", None, "exited", 1, False),
        ("Always", "Never", "exited", 1, True),
        ("Always", "Never", "unknown", 0, True),
    ],
)
def test_an_init_container_that_is_not_run_again_stops_the_pod(
    pod_policy: str, own: str | None, state: str, code: int, fails: bool
) -> None:
    one = {"name": "i", **({"restartPolicy": own} if own else {})}
    found = plan(instance("i", state, code), initContainers=[one, {"name": "j"}], restartPolicy=pod_policy)
    assert (found["killPod"], found["createSandbox"]) == (fails, False)
    assert bool(found["initContainersToStart"]) is not fails


def test_a_lost_sandbox_begins_with_the_first_init_container() -> None:
    found = plan(instance("a"), instance("i", "exited"), instance("s"), sandboxes=LOST, **INITS)
    assert (found["killPod"], found["createSandbox"], found["attempt"]) == (True, True, 1)
    assert (found["initContainersToStart"], found["containersToStart"]) == (["i"], [])


def test_ephemeral_containers_do_not_wait_and_are_started_once() -> None:
    assert plan(**DEBUG, **INITS)["ephemeralContainersToStart"] == ["d"]
    for state in ("exited", "created", "unknown", "running"):
        assert plan(instance("d", state), **DEBUG)["ephemeralContainersToStart"] == []
    assert plan(sandboxes=LOST, **DEBUG)["ephemeralContainersToStart"] == []


def test_restarting_all_removes_every_instance_and_last_those_that_asked_for_it() -> None:
    spec = {
        "containers": [{"name": "a", "restartPolicy": "Never", "restartPolicyRules": [ALL]}, {"name": "b"}],
        "initContainers": [{"name": "i", "restartPolicy": "Never", "restartPolicyRules": [ALL]}, {"name": "j"}],
        **DEBUG,
    }
    there = (
        instance("a", "exited", 7),
        instance("a", "exited", 1, number=1),
        instance("b"),
        instance("i", "exited", 7),
        instance("j", "exited"),
        instance("d"),
    )
    found = plan(*there, restart_all=True, **spec)
    assert [(one["id"], one["kill"]) for one in found["containersToReset"]] == [
        ("t://a-1", False),
        ("t://b-0", True),
        ("t://j-0", False),
        ("t://a-0", False),
        ("t://i-0", False),
    ]
    assert found["shouldAllContainersRestart"] is True
    assert (found["killPod"], found["containersToStart"], found["initContainersToStart"]) == (False, [], [])
    assert plan(*there, **spec)["containersToReset"] == []
