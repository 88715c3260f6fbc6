"""Corpora of what a sync does with containers: whether one is to be started."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import container_status, records
from podproof.kubernetes.vocabulary.spec import policy, regular
from podproof.language.meanings.python import evaluate

State = tuple[objects.Values, objects.Sizes]

# ShouldContainerBeRestarted.

should_restart = container_status.app_rules.should_restart


def restart_state(given: Json) -> State:
    """Asked of the first container."""
    spec, newest = given["spec"], given["container"] or objects.NO_INSTANCE
    values: objects.Values = {
        policy: objects.pod_policy(spec),
        records.deleted: bool(given["deleted"]),
        **objects.instance_values(container_status.app, objects.containers(spec)[:1], [newest]),
    }
    return values, {regular: 1}


def _should_restart(given: Json) -> Json:
    values, sizes = restart_state(given)
    return {"restart": evaluate(should_restart.value, values, sizes, own=0)}


def _restart_decided_by(given: Json) -> Mapping[str, str]:
    values, sizes = restart_state(given)
    return {"restart": should_restart.decided_by(values, sizes, own=0).name}


CORPORA = (
    Corpus(
        "should_restart",
        "kubelet container ShouldContainerBeRestarted",
        "restart",
        _should_restart,
        lambda output: output,
        _restart_decided_by,
    ),
)
