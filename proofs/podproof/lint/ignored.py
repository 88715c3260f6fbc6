"""What `podproof lint` may find in what ships, and why it is all right.

What is found must stand here or be mended; what stands here must be found.
"""

from __future__ import annotations

from podproof.findings.ignores import Ignore
from podproof.lint.rules import IMPLIED_CLAIM, NEVER_ENABLED, NEVER_REACHED, REDUNDANT_GUARD, VACUOUS_CLAIM

COPIES = ("* record", "* container status", "* reason", "* Initialized")

IGNORED: tuple[Ignore, ...] = (
    Ignore(
        NEVER_ENABLED,
        "local phase: reaction to *",
        "One arrow is declared for each phase, so that a diagram shows them; the rule computes which of them is taken.",
    ),
    Ignore(
        REDUNDANT_GUARD,
        "object: delete *",
        "Said for readers of one arrow: `transitions` takes the first that can be, so what excludes an earlier one "
        "changes nothing.",
    ),
    Ignore(
        REDUNDANT_GUARD,
        "object: podgc: delete *",
        "Said for readers of one arrow: the arrow before it is taken where there is a finalizer.",
    ),
    Ignore(
        REDUNDANT_GUARD,
        "local phase: reaction to *",
        "One arrow for each phase: where all the others are excluded, the last one needs no condition of its own.",
    ),
    Ignore(
        REDUNDANT_GUARD,
        "api phase: publish the status *",
        "Before there is a worker both copies say Pending: then only the arrow to Pending needs the worker.",
    ),
    # The copies of the status: one arrow for each value that a rule can give.
    *(
        Ignore(
            REDUNDANT_GUARD,
            f"{machine}: reaction to *",
            "An arrow for each value has one condition: that the rule gives this value. It needs none where all others "
            "are excluded, or never come up.",
        )
        for machine in COPIES
    ),
    Ignore(
        NEVER_ENABLED,
        "*container record: reaction to restart* (1)",
        "What is started again has ended: only a first start has no end before it.",
    ),
    Ignore(
        NEVER_ENABLED,
        "init container record: reaction to start init ([23])",
        "What is started, and not started again, has no end before it, or one that was purged with its sandbox.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local container status: reaction to * (5)",
        "Only TerminatePod writes ContainerStatusUnknown, and after it no status is generated.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local init container status: reaction to * (6)",
        "Only TerminatePod writes ContainerStatusUnknown, and after it no status is generated.",
    ),
    *(
        Ignore(
            NEVER_ENABLED,
            f"local {what}container status: reaction to find it {found} ([{others}])",
            "A Pod that a kubelet finds like this at first sight has started nothing: everything waits.",
        )
        for what, others in (("", "23456"), ("init ", "234567"))
        for found in ("deleting", "ended")
    ),
    Ignore(
        NEVER_ENABLED,
        "local container status: reaction to find all containers stopped (2)",
        "Nothing runs when all have stopped.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local init container status: reaction to find all containers stopped ([23])",
        "Nothing runs, or starts up, when all have stopped.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local container status: reaction to clean up (2)",
        "Nothing runs when the Pod is cleaned up.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local init container status: reaction to clean up (7)",
        "What backs off began: then TerminatePod writes ContainerStatusUnknown over it.",
    ),
    Ignore(
        NEVER_ENABLED,
        "local init container status: reaction to clean up ([23])",
        "Nothing runs, or starts up, when the Pod is cleaned up.",
    ),
    Ignore(
        NEVER_ENABLED,
        "api container status: reaction to publish the status (3)",
        "Only sidecars are shown as starting: the startup probes of regular containers are not in the model.",
    ),
    *(
        Ignore(
            NEVER_REACHED,
            f"{copy} container status: starting",
            "Only sidecars are shown as starting: the startup probes of regular containers are not in the model.",
        )
        for copy in ("local", "api")
    ),
    Ignore(
        NEVER_ENABLED,
        "local reason: reaction to * (6)",
        "A rejected Pod has no worker that could generate a status.",
    ),
    *(
        Ignore(
            NEVER_ENABLED,
            f"local reason: reaction to {event} ([234])",
            "After a kill the worker terminates the Pod: it neither syncs any more nor looks at it anew.",
        )
        for event in ("sync", "find all containers done", "find it deleting", "see a terminal phase", "find it ended")
    ),
    *(
        Ignore(
            NEVER_ENABLED,
            f"local reason: reaction to {event} (5)",
            "A sync that finds the deadline passed is the one that ends the stage; at first sight no clock has run.",
        )
        for event in ("sync", "find it deleting", "find it ended")
    ),
    Ignore(
        IMPLIED_CLAIM,
        "one-init-at-a-time by init-in-order",
        "It follows, and people ask for it in these words.",
    ),
    Ignore(
        IMPLIED_CLAIM,
        "failed-init-blocks by containers-after-init",
        "It follows, and people ask for it in these words.",
    ),
    Ignore(
        IMPLIED_CLAIM,
        "failing-init-never-runs-app by containers-after-init",
        "It follows, and people ask for it in these words.",
    ),
    Ignore(
        REDUNDANT_GUARD,
        "probe worker: take the tick *",
        "The rule is all of doProbe: of one instance it says some things twice, and more with a delay of 0.",
    ),
    Ignore(
        VACUOUS_CLAIM,
        "startup-time-after-another-exit",
        "It says just that: before that time no probe is there that could fail.",
    ),
)
