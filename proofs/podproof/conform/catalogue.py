"""Which corpora there are rules for, and where. A module is imported only when one of its corpora is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable

from podproof.conform.corpus import Corpus, Json, Tally, conform

MODULES = {
    "phase": "phases",
    "phase_container_restart_rules": "phases",
    "phase_gates_off": "phases",
    "conditions": "readiness",
    "ready_started": "readiness",
    "prober": "probing",
    "kubectl_status": "printing",
    "human_duration": "printing",
    "status_pipeline": "pipeline",
    "scenarios": "pipeline",
    "merge_pod_status": "writes",
    "terminate_pod_status": "writes",
    "kubelet_state_transition": "writes",
    "api_status_update": "writes",
    "effective_grace": "graces",
    "termination": "graces",
    "backoff_config": "back_offs",
    "backoff": "back_offs",
    "should_restart": "plans",
    "pod_actions": "plans",
}


def find(name: str) -> Corpus | None:
    """The corpus of that name; None where there are no rules for it."""
    if name not in MODULES:
        return None
    module = importlib.import_module(f"podproof.conform.{MODULES[name]}")
    corpora: tuple[Corpus, ...] = module.CORPORA
    return next(corpus for corpus in corpora if corpus.name == name)


def tally(name: str, records: Iterable[Json], keep: int, progress: Callable[[int], None] | None = None) -> Tally:
    """How the records of a corpus compare. Every record of one without rules is unsupported."""
    corpus = find(name)
    if corpus is None:
        return Tally(name, unsupported=sum(1 for _ in records))
    return conform(corpus, records, keep, progress)
