"""podproof explain on what people ask: each answer through the command line, on small inputs made after reports."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from podproof.cli.explain import explain as command
from podproof.kubernetes.objects.uncovered import Question

from tests.support.places import DATA
from tests.support.schemas import expect_valid

CASES = DATA / "explain"


@cache
def run(name: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, str(CASES / f"{name}.yaml")])


def said(name: str) -> str:
    """On one line, so that a sentence is found wherever it is wrapped."""
    result = run(name)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def document(name: str) -> dict[str, Any]:
    (found,) = json.loads(run(name, "--format", "json").stdout)["documents"]
    assert isinstance(found, dict)
    return found


def part(text: str, begin: str, end: str) -> str:
    """What stands between two words, both of which have to be there."""
    assert begin in text and end in text.partition(begin)[2], (begin, end, text)
    return text.partition(begin)[2].partition(end)[0]


# What the model has


def test_a_pod_that_succeeded_fails_only_behind_a_past_that_is_named() -> None:
    text = said("succeeded-never-live")
    assert "how it can have got here, undisturbed" in text
    failed = part(text, "it has ended: Succeeded Failed", "removed")
    assert failed.strip() == "never [exhaustive], unless this lies behind it unseen: its node is gone (podgc)"


def test_a_sidecar_is_restarted_under_never_and_the_rule_speaks_of_other_containers() -> None:
    text = said("sidecar-never")
    assert "can happen by itself" in text and "a sidecar that ended is restarted: after" in text
    assert "a regular container is restarted in its sandbox [exhaustive]" in text
    assert " a container is restarted" not in text


def test_the_kubelet_stops_a_sidecar_that_is_left() -> None:
    text = said("main-done-sidecar-runs-live")
    assert "kubelet: stop side" in part(text, "what can be seen next", "what ends it")
    assert part(text, "shortest runs from here", "removed").strip().partition("Failed ")[2].startswith("kubelet: stop")
    assert "process: end side" not in text.partition("what can be seen next")[2]


@pytest.mark.parametrize("name", ["node-shutdown-always-succeeded-live", "node-shutdown-failed-live"])
def test_a_node_shutdown_is_told_by_its_condition(name: str) -> None:
    text = said(name)
    assert "how it can have got here, because its node shuts down" in text
    assert "node: shut down; kubelet: stop" in text and "evict" not in text


def test_an_eviction_is_told_as_one_in_which_the_container_ran() -> None:
    text = said("t4-emptydir-evicted-live")
    assert "because the kubelet evicts it" in text and "podgc" not in part(text, "how it can", "what can be seen")
    assert "start work, evict, stop work (exit code not 0)" in text


# What only lasts


def test_an_image_that_cannot_be_pulled_never_fails_the_pod_by_itself() -> None:
    text = said("imagepullbackoff-never-live")
    assert "nothing ends it by itself; it ends if disturbed" in text
    assert "tried again for ever" in text.replace("is tried", "tried")
    assert "Succeeded never [exhaustive], as long as main waiting, ImagePullBackOff (line 22) lasts" in text
    assert "start main" in part(text, "not as long as main waiting, ImagePullBackOff (line 22) lasts", "nothing ends")
    assert "start main" not in part(text, "what can be seen next", "not as long as")


def test_nobody_binds_a_pod_with_scheduling_gates() -> None:
    text = said("scheduling-pending-live")
    assert "until its scheduling gates are removed" in text
    assert "bind" not in part(text, "what can be seen next", "not as long as PodScheduled False, SchedulingGated")
    assert "Succeeded never [exhaustive], as long as PodScheduled False, SchedulingGated (line 16) lasts" in text


def test_a_hook_without_an_end_holds_up_the_deletion() -> None:
    text = said("poststart-hangs-terminating-live")
    removed = text.partition("removed not by itself")[2]
    assert removed.startswith(" [exhaustive]; if somebody deletes it or its node is gone (podgc)")
    assert "as long as the postStart hook of reproducer (line 28) lasts. Then after 3 steps" in removed


def test_a_silent_node_needs_force_or_podgc_and_the_finalizer() -> None:
    text = said("node-gone-finalizer-live")
    assert "being deleted, deletionGracePeriodSeconds 30" in text
    removed = text.partition("removed not by itself")[2]
    assert removed.startswith(" [exhaustive]; if somebody deletes it or its node is gone (podgc) (after 2 steps)")
    assert "removed controller: drop the finalizers; user: delete (forced)" in text
    assert "drop" not in part(text, "what can be seen next", "nothing ends")


def test_a_readiness_gate_is_named_with_its_reason() -> None:
    text = said("readiness-gate-live")
    assert "False, Target.FailedHealthChecks: Ready stays False until whoever owns this gate sets it True" in text


def test_a_silent_node_without_a_deletion() -> None:
    assert "removed not by itself [exhaustive]; if somebody deletes it" in said("t4-node-notready-live")


# What the model does not have


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("job-onfailure-backofflimit", "unless brought about by Job: backoffLimit 2 (line 6)"),
        ("job-deadline-ttl", "unless brought about by Job: activeDeadlineSeconds 60 (line 5), Job: backoffLimit 0"),
        ("job-deadline-ttl", "fails with DeadlineExceeded and its controller deletes its Pods"),
        ("job-deadline-ttl", "10 s after the Job finished it is deleted, and with it its Pods"),
        ("liveness-onfailure-exit0", "exited 0 is restarted in its sandbox [exhaustive], unless brought about by live"),
        ("restart-rules", "is restarted in its sandbox [exhaustive], unless brought about by c: restartPolicyRules"),
        ("restart-rules", "exit code 42 restarts it whatever its policy says"),
        ("restart-all-containers", "exit code 88 removes and restarts all containers, init containers too"),
        ("restart-all-containers", "Running to Pending [exhaustive], unless brought about by worker: restartPolicyRu"),
        ("sidecar-startupprobe-never", "Running after 8 steps, unless held up by side: startupProbe (line 11)"),
        (
            "two-inits-node-reboot",
            "were done [exhaustive], unless brought about by known defect kubernetes/kubernetes#1",
        ),
        ("pdb-single-replica", "PodDisruptionBudget/app: it may refuse evictions through the Eviction API"),
        ("t3-static-pod-mirror-live", "unless held up by static Pod (mirror) (line 12)"),
    ],
)
def test_what_is_not_covered_is_said_with_the_answer(name: str, answer: str) -> None:
    assert answer in said(name)


@pytest.mark.parametrize(
    ("name", "against", "may"),
    [
        ("tekton-starterror-live", "sidecar-nginx restartCount 1", "an image change restarts a running container"),
        ("running-then-admission-error-live", "reason UnexpectedAdmissionError", "admission was asked again and refu"),
    ],
)
def test_where_no_state_agrees_nothing_is_called_impossible(name: str, against: str, may: str) -> None:
    text = said(name)
    assert "no state of the model looks like this; Kubernetes may have such Pods all the same" in text
    assert f"the rest contradicts line 16: {against}" in text
    assert may in text.partition("what the model does not cover may explain it:")[2]
    assert "because" not in text and "how it can have got here" not in text


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        (
            "istio-invalid-probe-on-init",
            [
                "spec.template.spec.initContainers[1].lifecycle",
                "spec.template.spec.initContainers[1].readinessProbe",
                "spec.template.spec.initContainers[1].startupProbe",
            ],
        ),
        (
            "refused-by-api",
            [
                "spec.containers[0].livenessProbe.successThreshold",
                "spec.containers[0].restartPolicy",
                "spec.initContainers[0].lifecycle",
            ],
        ),
    ],
)
def test_what_the_api_server_refuses_is_not_explained(name: str, fields: list[str]) -> None:
    result = run(name)
    assert result.exit_code == 1
    assert "the API server refuses this object" in result.stdout and "reached" not in result.stdout
    result = run(name, "--format", "json")
    document = json.loads(result.stdout)
    expect_valid(document)
    (found,) = document["documents"]
    assert result.exit_code == 1 and sorted(each["subject"] for each in found["refused"]) == fields
    assert found["outcomes"] == found["rules"] == [] and found["live"] is None


def test_every_question_is_an_answer_that_explain_gives() -> None:
    asked: set[str] = set()
    for name in ("sidecar-never", "job-onfailure-backofflimit", "two-inits-node-reboot"):
        found = document(name)
        asked |= {each["id"] for each in found["outcomes"] + found["rules"]}
    assert set(Question) <= asked


# Fields: each kind once, in small manifests


def explained(tmp_path: Path, text: str, *arguments: str) -> Result:
    file = tmp_path / "pod.yaml"
    file.write_text(text)
    return CliRunner().invoke(command, ["--no-prove", *arguments, str(file)])


HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n"


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (
            "  initContainers: [{name: i, livenessProbe: {exec: {command: [a]}}}]\n",
            "spec.initContainers[0].livenessProbe",
        ),
        ("  activeDeadlineSeconds: 0\n", "spec.activeDeadlineSeconds"),
        ("  nodeName: n1\n  schedulingGates: [{name: g}]\n", "spec.nodeName"),
        ("  initContainers: [{name: i, command: [sleep, 10]}]\n", "spec.initContainers[0].command[1]"),
        (
            "  initContainers: [{name: i, restartPolicy: Always, startupProbe: {periodSeconds: 1}}]\n",
            "spec.initContainers[0].startupProbe",
        ),
        (
            "  initContainers: [{name: i, restartPolicy: Always, "
            "startupProbe: {tcpSocket: {port: 1}, grpc: {port: 1}}}]\n",
            "spec.initContainers[0].startupProbe.grpc",
        ),
        (
            "  initContainers: [{name: i, restartPolicy: Always, readinessProbe: {grpc: {port: 1}, "
            "terminationGracePeriodSeconds: 1}}]\n",
            "spec.initContainers[0].readinessProbe.terminationGracePeriodSeconds",
        ),
        (
            "  initContainers: [{name: i, restartPolicy: Never, restartPolicyRules: [{action: Retry}]}]\n",
            "spec.initContainers[0].restartPolicyRules[0].action",
        ),
        (
            "  initContainers: [{name: i, restartPolicy: Always, lifecycle: {preStop: {}}}]\n",
            "spec.initContainers[0].lifecycle.preStop",
        ),
    ],
)
def test_certain_refusals(spec: str, field: str, tmp_path: Path) -> None:
    result = explained(tmp_path, HEAD + spec + "  containers: [{name: c}]\n")
    assert result.exit_code == 1 and f"{field}: " in " ".join(result.stdout.split())


@pytest.mark.parametrize(
    "spec",
    [
        "  initContainers: [{name: i, restartPolicy: Always, livenessProbe: {grpc: {port: 1}, successThreshold: 1}}]\n",
        "  initContainers: [{name: i, restartPolicy: Always, readinessProbe: {grpc: {port: 1}, periodSeconds: 3}}]\n",
        "  schedulingGates: [{name: g}]\n",
    ],
)
def test_what_is_taken_is_not_refused(spec: str, tmp_path: Path) -> None:
    assert explained(tmp_path, HEAD + spec + "  containers: [{name: c}]\n").exit_code == 0


@pytest.mark.parametrize(
    ("spec", "answer"),
    [
        ("  schedulingGates: [{name: g}]\n", "Running after 6 steps, unless held up by schedulingGates (line 5)"),
        (
            "  restartPolicyy: Never\n",
            "spec.restartPolicyy: unknown to Kubernetes 1.36: the API server refuses it, or d",
        ),
        ("  tolerations: []\n  hostNetwork: true\n", "when or where): hostNetwork, tolerations"),
    ],
)
def test_fields_of_the_pod(spec: str, answer: str, tmp_path: Path) -> None:
    assert answer in " ".join(explained(tmp_path, HEAD + spec + "  containers: [{name: c}]\n").stdout.split())


LIVE = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  nodeName: n1
  restartPolicy: Never
  containers: [{name: c, image: new}]
status:
  phase: Running
"""


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("image: old, restartCount: 0, state: {running: {}}", "image new, its status says old"),
        ("image: docker.io/library/new:latest, restartCount: 0, state: {running: {}}", "undisturbed"),
        ("image: new, restartCount: 2, state: {running: {}}", "c restartCount 2 under Never: no policy restarts it"),
        ("restartCount: 0, state: {waiting: {reason: InvalidImageName}}", "the name of its image is not valid"),
        ("restartCount: 0, state: {waiting: {reason: Odd}}", "the model does not know this reason to wait"),
    ],
)
def test_statuses_of_containers(status: str, answer: str, tmp_path: Path) -> None:
    phase = LIVE.replace("Running", "Pending") if "waiting" in status else LIVE
    result = explained(tmp_path, f"{phase}  containerStatuses: [{{name: c, {status}}}]\n")
    text = " ".join(result.stdout.split())
    assert result.exit_code == 0 and answer in text
    assert ("its status says" in text) is ("image: old" in status)


ENDED = "  containerStatuses: [{{name: c, restartCount: 0, state: {{terminated: {{exitCode: {code}}}}}}}]\n"


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("Evicted", "because the kubelet evicts it"),
        ("Preempting", "because the kubelet preempts it"),
        ("Terminated", "because its node shuts down"),
    ],
)
def test_the_reason_rules_out_other_causes(reason: str, cause: str, tmp_path: Path) -> None:
    status = f"  reason: {reason}\n" + ENDED.format(code=1)
    text = " ".join(explained(tmp_path, LIVE.replace("phase: Running", "phase: Failed") + status).stdout.split())
    assert cause in text and text.count("how it can have got here") == 1


def test_all_causes_that_fit_are_listed(tmp_path: Path) -> None:
    """Succeeded under Always, with neither reason nor condition: the exit codes hide which of them it was."""
    status = ENDED.format(code=0)
    always = LIVE.replace("phase: Running", "phase: Succeeded").replace("Never", "Always")
    text = " ".join(explained(tmp_path, always + status).stdout.split())
    for cause in ("the kubelet evicts it", "the kubelet preempts it", "its node shuts down"):
        assert f"because {cause} (one of 3 that fit)" in text
    conditions = '  conditions: [{type: Ready, status: "False", reason: PodCompleted}]\n'
    text = " ".join(explained(tmp_path, always + status + conditions).stdout.split())
    assert "because the kubelet evicts it" in text and text.count("how it can have got here") == 1
