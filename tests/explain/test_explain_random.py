"""Live objects of any shape are explained, or it is said why not: random ones, which may contradict themselves."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from podproof.check.decide import Judge
from podproof.cli.explained import as_json, text
from podproof.explain.answers import Explanation
from podproof.explain.explanation import explain
from podproof.kubernetes.objects.manifests import read
from podproof.properties.limits import Limits

from tests.support.samples import MORE

Json = dict[str, Any]
SEEDS = 12 * MORE
TIME = "2026-01-01T00:00:00Z"


def random_pod(random: Random) -> Json:
    """Up to three containers, two init containers and sidecars; a status for all, some or none of them."""
    policy = random.choice(["Always", "OnFailure", "Never"])
    inits = [container(random, f"i{n}", sidecar=random.random() < 0.4) for n in range(random.choice([0, 0, 1, 1, 2]))]
    own = [container(random, f"c{n}") for n in range(random.choice([1, 1, 2, 2, 3]))]
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "random", "uid": "u", "creationTimestamp": TIME},
        "spec": {"restartPolicy": policy, "containers": own},
        "status": {"phase": random.choice(["Pending", "Running", "Running", "Succeeded", "Failed"])},
    }
    if inits:
        pod["spec"]["initContainers"] = inits
    if random.random() < 0.9:
        pod["spec"]["nodeName"] = "n"
    if random.random() < 0.2:
        pod["metadata"] |= {"deletionTimestamp": TIME, "deletionGracePeriodSeconds": 30}
    if random.random() < 0.2:
        pod["metadata"]["finalizers"] = ["example.com/held"]
    if random.random() < 0.3:
        pod["spec"]["activeDeadlineSeconds"] = 60
    status = pod["status"]
    if random.random() < 0.2:
        status["reason"] = random.choice(["Evicted", "DeadlineExceeded", "NodeLost", "Other"])
    for field, containers in (("initContainerStatuses", inits), ("containerStatuses", own)):
        if random.random() < 0.9:
            status[field] = [container_status(random, each["name"]) for each in containers if random.random() < 0.95]
    names = random.sample(["PodScheduled", "Initialized", "ContainersReady", "Ready"], random.randint(0, 4))
    status["conditions"] = [{"type": each, "status": random.choice(["True", "False"])} for each in names]
    return pod


def container(random: Random, name: str, sidecar: bool = False) -> Json:
    found: Json = {"name": name, "image": "x"}
    if sidecar:
        found["restartPolicy"] = "Always"
    if random.random() < 0.2:
        found["startupProbe" if sidecar else "livenessProbe"] = {"exec": {"command": ["true"]}}
    return found


def container_status(random: Random, name: str) -> Json:
    found: Json = {"name": name, "image": "x", "imageID": "", "ready": random.random() < 0.5, "restartCount": 0}
    found["state"] = container_state(random)
    found["lastState"] = random.choice([{}, {}, {"terminated": ended(random)}])
    found["restartCount"] = random.choice([0, 0, 1, 7])
    found["started"] = random.random() < 0.5
    return found


def container_state(random: Random) -> Json:
    waiting = random.choice(["ContainerCreating", "PodInitializing", "CrashLoopBackOff", "ImagePullBackOff"])
    return random.choice(
        [{"waiting": {"reason": waiting}}, {"running": {"startedAt": TIME}}, {"terminated": ended(random)}]
    )


def ended(random: Random) -> Json:
    code = random.choice([0, 0, 1, 137])
    return {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": TIME, "finishedAt": TIME}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Json, Explanation]]:
    judge, folder = Judge(Limits(20.0, 200_000)), tmp_path_factory.mktemp("pods")
    found = []
    for seed in range(SEEDS):
        pod = random_pod(Random(seed))
        (document,) = read([written(folder / f"{seed}.json", pod)]).documents
        found.append((pod, explain(document, lambda: judge)))
    return found


def written(file: Path, pod: Json) -> str:
    file.write_text(json.dumps(pod))
    return str(file)


def test_every_object_is_explained_or_it_is_said_why_not(told: list[tuple[Json, Explanation]]) -> None:
    kinds = {"explained": 0, "contradicts": 0, "refused": 0, "too large": 0}
    for pod, each in told:
        assert "Pod/random" in text([each])
        assert json.dumps(as_json([each], (), ()))
        if each.refused:
            kinds["refused"] += 1
        elif each.problem:
            kinds["too large"] += 1
        else:
            assert each.live is not None, pod
            kinds["explained" if each.live.stories else "contradicts"] += 1
    assert kinds["explained"] >= SEEDS // 8 and kinds["contradicts"] >= SEEDS // 8, kinds


def test_shapes_are_of_all_kinds(told: list[tuple[Json, Explanation]]) -> None:
    shapes = {(len(pod["spec"]["containers"]), len(pod["spec"].get("initContainers", ()))) for pod, _ in told}
    assert len(shapes) >= 7
