"""The Pod: all its machines composed."""

from __future__ import annotations

from podproof.language import System
from podproof.pod.api_object import api_object
from podproof.pod.containers import container
from podproof.pod.init_containers import init_container
from podproof.pod.sandbox import pod_sandbox
from podproof.pod.spec import FROZEN, VALID
from podproof.pod.status import active_deadline, api_status, local_status
from podproof.pod.worker import pod_worker

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
)
