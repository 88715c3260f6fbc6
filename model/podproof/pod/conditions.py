"""conditions: what the kubelet computes for Initialized, ContainersReady and Ready: the rules of `rules.conditions`,
applied to the states of the machines.

Abstracted away: probes, so a running container is ready; readiness gates; that a True Initialized is kept.
"""

from __future__ import annotations

from podproof.language import TRUE, named
from podproof.pod.phase import init_exited_zero, init_running, running
from podproof.pod.rules import conditions as rules
from podproof.pod.spec import sidecar
from podproof.pod.states import Run, init_started, local_phase, run

ready = named("ready", running)

_apps = rules.Regular(known=TRUE, ready=ready, began=run.is_not(Run.waiting))
_serves = sidecar & init_running & init_started
_inits = rules.Init(known=TRUE, done=init_exited_zero | _serves, sidecar=sidecar, ready=_serves)

initialized = named("Initialized", rules.initialized(_apps, _inits, local_phase).value.is_(*rules.POSITIVE))
_containers_ready = rules.containers_ready(_apps, _inits, local_phase).value
containers_ready = named("ContainersReady", _containers_ready.is_(*rules.POSITIVE))
pod_ready = named("Ready", rules.pod_ready(_containers_ready).value.is_(*rules.POSITIVE))
