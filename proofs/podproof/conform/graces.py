"""Corpora of how long containers have got that are stopped: the pod worker's part of it, and the runtime manager's."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import effective_grace
from podproof.language.meanings.python import evaluate

# calculateEffectiveGracePeriod.


def effective_state(given: Json) -> objects.Values:
    return {
        effective_grace.before: given["currentGracePeriodSeconds"],
        **objects.setting(effective_grace.deletion, given.get("deletionGracePeriodSeconds")),
        **objects.setting(effective_grace.override, given.get("override")),
        **objects.setting(effective_grace.own, given.get("terminationGracePeriodSeconds")),
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
