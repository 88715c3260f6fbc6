"""termination_grace: how long a container has got that is to be stopped (kuberuntime setTerminationGracePeriod).

All lengths are in whole seconds. The worker's own decision (`effective_grace`) arrives here as an override, and beats
everything that is said anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.seconds import Seconds
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import TRUE, Kind, state

MINIMUM = 2
"""In seconds: what a container gets where nothing is said anywhere, and what is left to each after its hook."""


class Killer(StrEnum):
    """Why a container is stopped."""

    liveness = "LivenessProbe"
    startup = "StartupProbe"
    other = "anything else"


killer = state("killer", Killer)
override = Seconds.of("override of the grace period")
deletion = Seconds.of("metadata.deletionGracePeriodSeconds")
own = Seconds.of("the Pod's terminationGracePeriodSeconds")


@dataclass(frozen=True, eq=False)
class Grace:
    """liveness, startup: terminationGracePeriodSeconds of these probes; granted: the decision, in seconds."""

    liveness: Seconds
    startup: Seconds
    granted: Decision[int]

    @classmethod
    def of(cls, kind: Kind) -> Grace:
        liveness, startup = (
            Seconds.of(f"{kind} {probe} terminationGracePeriodSeconds", kind) for probe in ("liveness", "startup")
        )
        granted: Decision[int] = Decision(
            "granted grace period",
            (
                Rule("whoever stops it says", override.given, override.value),
                Rule("the Pod is deleted", deletion.given, deletion.value),
                Rule("the Pod says nothing", ~own.given, MINIMUM),
                Rule("its liveness probe says", killer.is_(Killer.liveness) & liveness.given, liveness.value),
                Rule("its startup probe says", killer.is_(Killer.startup) & startup.given, startup.value),
                Rule("the Pod says", TRUE, own.value),
            ),
        )
        return cls(liveness, startup, granted)


app, inits = Grace.of(regular), Grace.of(init)
