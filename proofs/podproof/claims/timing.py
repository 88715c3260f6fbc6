"""Claims about time: when probes come, when they decide, how long it takes to stop a container. Each for all values of
the fields."""

from __future__ import annotations

from podproof.kubernetes.machines.probe_worker import (
    LIVENESS,
    STARTUP,
    Probing,
    delay,
    no_success,
    period,
    probe_fails,
    second,
    status_delay,
    take_tick,
    threshold,
    timeout,
)
from podproof.kubernetes.probe_times import (
    probed_at_the_latest,
    ready_to_probe,
    silence_noticed,
    startup_decided,
    startup_guaranteed,
    startup_guaranteed_with_failures_carried,
)
from podproof.kubernetes.rules.seconds import unit
from podproof.kubernetes.stop_times import (
    STOP,
    for_process,
    hook,
    longest,
    wait,
    within,
    within_as_sidecar,
)
from podproof.language import Expr, System, larger
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Formula, Step
from podproof.properties.mutations import Change, Mutation, RuleChange

WORKER = "prober worker.run and doProbe"
KILL = "kuberuntime killContainer; terminationOrdering"


def not_killed_before(probing: Probing, time: Expr[int]) -> Formula:
    """No verdict that it is to be killed comes before that time after the start."""
    return Step(~probing.failed & (probing.since_start.variable < time), ~probing.failed, (probe_fails,))


def with_values(system: System, **seconds: int) -> System:
    """The fields with these values, in seconds; the kubelet's status shows at once what runs."""
    fields = {"initialDelaySeconds": delay, "periodSeconds": period, "timeoutSeconds": timeout}
    fields |= {"failureThreshold": threshold}
    values = {field: seconds[name] for name, field in fields.items()}
    return system.specialised({**values, second: 1, status_delay: 0})


with_three_seconds = hook + wait + larger(for_process, 3 * unit)
THREE = "a process gets three seconds at least"

DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}

CLAIMS = (
    Claim(
        "no-probe-before-the-delay",
        "No probe begins before max(initialDelaySeconds - 1 s, 0): to the kubelet an instance is up to a second older "
        "than it is.",
        Step(STARTUP.waiting & (STARTUP.since_start.variable < ready_to_probe), STARTUP.waiting, (take_tick,)),
        STARTUP.system,
        source=WORKER,
        kills=Mutation("probe worker", "take the tick", Change.unguarded),
    ),
    Claim(
        "first-probe-within-a-period",
        "The first startup probe begins at the latest periodSeconds after initialDelaySeconds, or after the kubelet's "
        "own status shows that the container runs.",
        Always(~STARTUP.not_probed_yet | (STARTUP.since_start.variable <= probed_at_the_latest)),
        STARTUP.system,
        source=WORKER,
        kills=Mutation("probe worker", "take the tick", Change.removed),
        given=(STARTUP.first,),
    ),
    Claim(
        "startup-time-guaranteed",
        "A container has at least max(initialDelaySeconds - 1 s, 0) + (failureThreshold - 1) * periodSeconds to start "
        "up, before its startup probe kills it.",
        not_killed_before(STARTUP, startup_guaranteed),
        STARTUP.system,
        source=WORKER,
        kills=Mutation("ticker", "ticker ticks", Change.unguarded),
        given=(STARTUP.first,),
        notes=("Of a first instance, and of one that follows a kill by this very probe.",),
    ),
    Claim(
        "startup-time-after-another-exit",
        "A container that was restarted because it ended by itself has at least max(initialDelaySeconds - 1 s, 0) to "
        "start up: failures of the instance before it are carried over.",
        not_killed_before(STARTUP, startup_guaranteed_with_failures_carried),
        STARTUP.system,
        source=WORKER,
        kills=Mutation("probe worker", "take the tick", Change.unguarded),
    ),
    Claim(
        "startup-verdict-in-time",
        "A container that never answers its startup probe is to be killed after max(initialDelaySeconds, status delay) "
        "+ periodSeconds + (failureThreshold - 1) * max(periodSeconds, timeoutSeconds) + timeoutSeconds at the latest.",
        Always(STARTUP.failed | (STARTUP.since_start.variable <= startup_decided)),
        STARTUP.system,
        source=WORKER,
        kills=Mutation("probe worker", "take the tick", Change.removed),
        given=(no_success,),
    ),
    Claim(
        "startup-time-is-the-whole-product",
        "With initialDelaySeconds 0, periodSeconds 10 and failureThreshold 3 a container has 30 s to start up.",
        not_killed_before(STARTUP, delay + threshold * period),
        with_values(STARTUP.system, **DEFAULTS),
        source="popular belief: initialDelaySeconds + failureThreshold * periodSeconds",
        kills=Mutation("probe worker", "take the tick", Change.removed),
        expected=Verdict.FALSE,
        given=(STARTUP.first,),
        notes=("It can be to be killed after 20 s: the first probe may begin at once.",),
    ),
    Claim(
        "hang-noticed-in-time",
        "A container that hangs while it is probed is to be killed after periodSeconds + (failureThreshold - 1) * "
        "max(periodSeconds, timeoutSeconds) + timeoutSeconds at the latest.",
        Always(LIVENESS.failed | (LIVENESS.silence.variable <= silence_noticed)),
        LIVENESS.system,
        source=WORKER,
        kills=Mutation("probe worker", "take the tick", Change.removed),
    ),
    Claim(
        "stopped-within-grace",
        "A container that waits for no other is down 2 s after its grace period at the latest, counted from when the "
        "kubelet begins to stop the Pod.",
        Always(wait.is_(0).implies(longest <= within)),
        STOP,
        source=KILL,
        kills=RuleChange(Always(wait.is_(0).implies(with_three_seconds <= within)), THREE),
    ),
    Claim(
        "sidecar-stopped-within-grace",
        "A sidecar is down less than 3 s after the grace period.",
        Always(longest < within_as_sidecar),
        STOP,
        source=KILL,
        kills=RuleChange(Always(with_three_seconds < within_as_sidecar), THREE),
    ),
    Claim(
        "sidecar-stopped-two-seconds-after-grace",
        "A sidecar, too, is down 2 s after the grace period at the latest.",
        Always(longest <= within),
        STOP,
        source="popular belief: the grace period and two seconds",
        kills=RuleChange(Always(wait.is_(0).implies(longest <= within)), "it waits for no other"),
        expected=Verdict.FALSE,
        notes=("What the hook and the wait took is taken off in whole seconds, each rounded down.",),
    ),
)
