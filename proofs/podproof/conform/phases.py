"""Corpora of kubelet getPhase."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from podproof.conform import objects
from podproof.conform.corpus import Corpus, Json
from podproof.kubernetes.rules import phase
from podproof.language.meanings.python import evaluate


def values_of(gate: bool, given: Json) -> tuple[objects.Values, objects.Sizes]:
    """The records of one input, and which rules are in force (`gate`: ContainerRestartRules)."""
    values, sizes = objects.pod(given["spec"], given["status"], given.get("metadata"))
    values[phase.pod_is_terminal] = given["podIsTerminal"]
    values[phase.initialized] = given["podHasInitialized"]
    values[phase.own_counts] = gate
    return values, sizes


def _decide(gate: bool, given: Json) -> Json:
    values, sizes = values_of(gate, given)
    return {"phase": str(evaluate(phase.recorded.value, values, sizes))}


def _decided_by(gate: bool, given: Json) -> Mapping[str, str]:
    return {"phase": phase.recorded.decided_by(*values_of(gate, given)).name}


def _corpus(name: str, what: str, gate: bool) -> Corpus:
    compared = "phase"
    return Corpus(
        name,
        what,
        compared,
        partial(_decide, gate),
        lambda output: {"phase": output["phase"]},
        partial(_decided_by, gate),
    )


CORPORA = (
    _corpus("phase", "kubelet getPhase", True),
    _corpus("phase_container_restart_rules", "kubelet getPhase with container-level policies and rules", True),
    _corpus("phase_gates_off", "kubelet getPhase without the gate ContainerRestartRules, as in 1.33", False),
)
