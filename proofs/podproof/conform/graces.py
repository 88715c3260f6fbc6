"""Corpora of how long containers have got that are stopped: the pod worker's part of it, and the runtime manager's."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import effective_grace
from podproof.kubernetes.rules.seconds import Seconds
from podproof.language.meanings.python import evaluate


def setting(field: Seconds, found: int | None) -> objects.Values:
    return {field.given: found is not None, field.value: found or 0}


# calculateEffectiveGracePeriod.


def effective_state(given: Json) -> objects.Values:
    return {
        effective_grace.before: given["currentGracePeriodSeconds"],
        **setting(effective_grace.deletion, given["deletionGracePeriodSeconds"]),
        **setting(effective_grace.override, given["override"]),
        **setting(effective_grace.own, given["terminationGracePeriodSeconds"]),
    }


def _effective(given: Json) -> Json:
    values = effective_state(given)
    return {
        "gracePeriodSeconds": evaluate(effective_grace.effective, values, {}),
        "changed": evaluate(effective_grace.changed, values, {}),
    }


def _effective_decided_by(given: Json) -> Mapping[str, str]:
    return {"gracePeriodSeconds": effective_grace.granted.decided_by(effective_state(given), {}).name}


CORPORA = (
    Corpus(
        "effective_grace",
        "kubelet pod worker calculateEffectiveGracePeriod",
        "the grace period, and whether it changed",
        _effective,
        lambda output: output,
        _effective_decided_by,
    ),
)
