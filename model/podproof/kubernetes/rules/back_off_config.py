"""back_off_config: the first and the longest wait before a restart, by gates and configuration (newCrashLoopBackOff).

All lengths are in seconds. KubeletConfiguration's crashLoopBackOff.maxContainerRestartPeriod defaults to the usual
longest wait.
"""

from __future__ import annotations

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.seconds import Seconds
from podproof.language import TRUE, flag, if_then_else, smaller

FIRST, LONGEST = 10, 300
REDUCED_FIRST, REDUCED_LONGEST = 1, 60

reduced = flag("ReduceDefaultCrashLoopBackOffDecay", doc="a feature gate, by default off")
configurable = flag("KubeletCrashLoopBackOffMax", doc="a feature gate, by default on")
configured = Seconds.of("maxContainerRestartPeriod")

longest = Decision(
    "maxSeconds",
    (
        Rule("it is configured", configurable & configured.given, configured.value),
        Rule("it could be configured, and has a default", configurable, LONGEST),
        Rule("waits are reduced", reduced, REDUCED_LONGEST),
        Rule("waits are as usual", TRUE, LONGEST),
    ),
)

_usual = if_then_else(reduced, REDUCED_FIRST, FIRST)

first = Decision(
    "initialSeconds",
    (
        Rule("not longer than what is configured", configurable, smaller(_usual, longest.value)),
        Rule("by gates alone", TRUE, _usual),
    ),
)
