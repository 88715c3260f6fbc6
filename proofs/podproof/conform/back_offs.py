"""Corpora of how long a container that ended has to wait before it is started again."""

from __future__ import annotations

from collections.abc import Mapping

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import back_off_config
from podproof.language.meanings.python import evaluate

# newCrashLoopBackOff.

CONFIGURED = (back_off_config.first, back_off_config.longest)


def config_state(given: Json) -> objects.Values:
    return {
        back_off_config.reduced: given["ReduceDefaultCrashLoopBackOffDecay"],
        back_off_config.configurable: given["KubeletCrashLoopBackOffMax"],
        **objects.setting(back_off_config.configured, given.get("maxContainerRestartPeriodSeconds")),
    }


def _config(given: Json) -> Json:
    values = config_state(given)
    return {decision.name: evaluate(decision.value, values, {}) for decision in CONFIGURED}


def _config_decided_by(given: Json) -> Mapping[str, str]:
    values = config_state(given)
    return {decision.name: decision.decided_by(values, {}).name for decision in CONFIGURED}


CORPORA = (
    Corpus(
        "backoff_config",
        "kubelet newCrashLoopBackOff",
        "the first wait and the longest one",
        _config,
        lambda output: output,
        _config_decided_by,
    ),
)
