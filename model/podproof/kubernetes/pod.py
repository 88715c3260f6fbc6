"""The Pod: all its machines composed."""

from __future__ import annotations

from podproof.kubernetes.machines.api_object import api_object
from podproof.kubernetes.machines.containers import container
from podproof.kubernetes.machines.init_containers import init_container
from podproof.kubernetes.machines.sandbox import pod_sandbox
from podproof.kubernetes.machines.status import active_deadline, api_status, local_status
from podproof.kubernetes.machines.worker import pod_worker
from podproof.kubernetes.vocabulary.spec import FROZEN, VALID
from podproof.language import System

POD = System(
    "pod",
    (
        api_object,
        pod_worker,
        pod_sandbox,
        init_container,
        container,
        active_deadline,
        local_status,
        api_status,
    ),
    frozen=FROZEN,
    initially=VALID,
    doc="A Kubernetes 1.36 Pod with default feature gates.",
    printed_by="podproof.kubernetes.printing:KUBECTL",
)
