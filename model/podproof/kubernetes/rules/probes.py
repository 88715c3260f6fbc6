"""probes: when a container counts as started and as ready (prober manager UpdatePodStatus).

A probe has a worker from the first sync of its container to the end, and a result of the running instance once it ran.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import records
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.records import Record, State
from podproof.kubernetes.vocabulary.spec import ContainerPolicy
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, flag, state


class Result(StrEnum):
    """The last result of a probe for this instance; `none` before the first."""

    none = "none"
    success = "Success"
    failure = "Failure"
    unknown = "UNKNOWN"


@dataclass(frozen=True, eq=False)
class Probe:
    """worker: there is one for the container's name; result: what it last found."""

    worker: Variable[bool]
    result: Variable[Result]

    @classmethod
    def of(cls, name: str, kind: Kind) -> Probe:
        return cls(
            flag(f"{kind.name} has a {name} worker", kind=kind), state(f"{kind.name} {name} result", Result, kind=kind)
        )


def started(record: Record, startup: Probe) -> Decision[bool]:
    """isContainerStarted."""
    succeeded = startup.result.is_(Result.success)
    return Decision(
        "started",
        (
            Rule("it does not run", record.state.is_not(State.running), FALSE),
            Rule("its startup probe has a result", startup.result.is_not(Result.none), succeeded),
            Rule("its startup probe has not run yet", startup.worker, FALSE),
            Rule("it has no startup probe", TRUE, TRUE),
        ),
    )


def ready(record: Record, startup: Probe, readiness: Probe, ordinary_init: Expr[bool]) -> Decision[bool]:
    """UpdatePodStatus. What the status said before stays where nothing else is said."""
    succeeded = record.state.is_(State.terminated) & record.exit_code.is_(0)
    return Decision(
        "ready",
        (
            Rule("it is an init container", ordinary_init, succeeded | record.ready),
            Rule("it has not started", ~started(record, startup).value, record.ready),
            Rule("its readiness probe succeeded", readiness.result.is_(Result.success), TRUE),
            Rule("it has a readiness probe", readiness.worker, FALSE),
            Rule("it has no readiness probe", TRUE, TRUE),
        ),
    )


@dataclass(frozen=True, eq=False)
class Probed:
    """A record with its probes, and what follows from them."""

    record: Record
    startup: Probe
    readiness: Probe
    started: Decision[bool]
    ready: Decision[bool]


def probed(record: Record, ordinary_init: Expr[bool]) -> Probed:
    startup, readiness = Probe.of("startup", record.kind), Probe.of("readiness", record.kind)
    return Probed(
        record, startup, readiness, started(record, startup), ready(record, startup, readiness, ordinary_init)
    )


app = probed(records.app, FALSE)
inits = probed(records.inits, records.inits.policy.is_not(ContainerPolicy.Always))
