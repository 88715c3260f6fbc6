"""back_off: how long a container that ended has to wait before it is started again.

Kubernetes: kuberuntime doBackOff, client-go flowcontrol.Backoff (IsInBackOffSince, Next, GC) and the kubelet's
HasExpiredFunc. They compare instants; here is how long ago those were. An entry that has expired counts for nothing,
so it goes when the container exits, and not only when its next use finds it expired.

All lengths are in units of time, of which there may be any number to the second.

Abstracted away: the key of an entry. An entry is one container's; another image or other resources make a new one.
"""

from __future__ import annotations

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.language import TRUE, number, smaller

first = number("first back-off window", 1)
longest = number("longest back-off window", 1)
reset = number("back-off reset", 0, doc="who runs for longer has recovered; 600 s in the kubelet")

window = number("back-off window", 0, doc="of the last start; 0 where there is no entry")
age = number("time since the last start", 0)
left = number("time left to wait", 0, doc="counts down from the exit on; 0 where the container runs")

kept: Decision[int] = Decision(
    "back-off window that is kept",
    (
        Rule("it is long since the last start", age > reset, 0),
        Rule("the last start was not long ago", TRUE, window),
    ),
)
"""hasExpired: at the exit, when it is also what is left to wait; and whenever garbage is collected (GC)."""

backing_off = window.is_not(0) & left.is_not(0)
"""IsInBackOffSince: the container is not started now. Garbage may be collected while it waits."""

following: Decision[int] = Decision(
    "back-off window after a start",
    (
        Rule("no entry counts", window.is_(0), first),
        Rule("twice as long as before", TRUE, smaller(2 * window, longest)),
    ),
)
"""Next, with every start."""
