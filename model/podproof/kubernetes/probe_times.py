"""probe_times: when probes come and when they decide, as expressions over the fields of a probe.

Proved of the worker (`machines/probe_worker`) for all values of the fields (`claims/timing`), put in for a manifest by
`explain`. All lengths are in the same unit; that a length is said to be in seconds is up to who puts in the values.

The worker's ticker has any phase, startedAt has lost its fraction of a second, and with a short delay it matters how
long the kubelet's own status does not show yet that the instance runs: so each time is an interval.
"""

from __future__ import annotations

from podproof.kubernetes.machines.probe_worker import delay, period, second, status_delay, threshold, timeout
from podproof.language import Expr, larger

ready_to_probe = larger(delay - second, 0)
"""Before that no instance is probed: initialDelaySeconds, but for the fraction of a second that startedAt has lost."""

probed_at_the_latest = larger(delay, status_delay) + period
"""By then the first probe has begun."""

apart = larger(period, timeout)
"""So far apart two probes are at most that follow one another: they never overlap."""

startup_guaranteed: Expr[int] = ready_to_probe + (threshold - 1) * period
"""Before that the startup probe of an instance to which nothing is carried over does not kill it."""

startup_guaranteed_with_failures_carried: Expr[int] = ready_to_probe
"""The same of an instance that follows one which ended by itself: all but one of the failures may be carried over."""

startup_decided: Expr[int] = probed_at_the_latest + (threshold - 1) * apart + timeout
"""By then an instance that never answered is to be killed."""

silence_noticed: Expr[int] = period + (threshold - 1) * apart + timeout
"""After so long an instance that does not answer any more is to be killed, if it was probed when that began."""
