"""health: what the kubelet knows of a running instance besides that it runs, and why it would kill it.

Kubernetes: kuberuntime containerChanged, the results that the probe managers hold by container id, and its
containerKillReason. Abstracted away: resizes, which restart a container where its resizePolicy says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import probes
from podproof.kubernetes.rules.probes import Probe, Result
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import Kind, Variable, flag, state


class Kill(StrEnum):
    """Why an instance is killed, in the kubelet's words; `none`: it is not. A new image goes without a word."""

    none = "none"
    changed = "another image"
    liveness = "LivenessProbe"
    startup = "StartupProbe"
    unknown = "Unknown"


@dataclass(frozen=True, eq=False)
class Health:
    """changed: its image, or its name, is not that of the spec any more; liveness, startup: the last results of this
    instance; has_liveness, has_startup: the spec has such a probe."""

    changed: Variable[bool]
    liveness: Variable[Result]
    startup: Variable[Result]
    has_liveness: Variable[bool]
    has_startup: Variable[bool]

    @classmethod
    def of(cls, kind: Kind, startup: Probe) -> Health:
        return cls(
            flag(f"{kind} has another image", kind=kind),
            state(f"{kind} liveness result", Result, kind=kind),
            startup.result,
            flag(f"{kind} has a livenessProbe", kind=kind),
            flag(f"{kind} has a startupProbe", kind=kind),
        )


app = Health.of(regular, probes.app.startup)
inits = Health.of(init, probes.inits.startup)
