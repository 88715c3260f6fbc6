"""conditions: what the kubelet computes for Initialized, ContainersReady and Ready: the rules of `rules.conditions`,
applied to the states of the machines (`record_of`).

Abstracted away: probes, so a running container is ready; readiness gates; that a True Initialized is kept.
"""

from __future__ import annotations

from podproof.kubernetes.derived.record_of import CONTAINERS, STATE
from podproof.kubernetes.rules import conditions as rules
from podproof.kubernetes.rules import records
from podproof.kubernetes.rules.conditions import ConditionStatus
from podproof.kubernetes.rules.decision import Decision
from podproof.kubernetes.vocabulary.states import local_phase
from podproof.language import FALSE, TRUE, Expr, named
from podproof.language.binding import Given, bind

_given: Given = {
    **CONTAINERS,
    rules.phase: local_phase,
    rules.has_statuses: TRUE,
    rules.was_initialized: FALSE,
    rules.gates_true: TRUE,
}


def _true(name: str, decision: Decision[ConditionStatus]) -> Expr[bool]:
    return named(name, bind(decision.value, _given, by=STATE).is_(*rules.POSITIVE))


ready = named("ready", _given[records.app.ready])
initialized = _true("Initialized", rules.recorded_initialized)
containers_ready = _true("ContainersReady", rules.recorded_containers_ready)
pod_ready = _true("Ready", rules.recorded_ready)
