"""conditions: what the kubelet computes for Initialized, ContainersReady and Ready (pkg/kubelet/status/generate.go).

Abstracted away: probes, so a running container is ready; readiness gates; reasons.
"""

from __future__ import annotations

from podproof.language import named
from podproof.pod.phase import all_init_done, running
from podproof.pod.spec import regular
from podproof.pod.states import TERMINAL, Run, local_phase, run

ready = named("ready", running)
initialized = named("Initialized", all_init_done | regular.some(run.is_not(Run.waiting)))
containers_ready = named("ContainersReady", local_phase.is_not(*TERMINAL) & regular.all(ready))
pod_ready = named("Ready", containers_ready)
