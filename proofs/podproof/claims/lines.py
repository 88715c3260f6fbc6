"""Claims about what kubectl writes under STATUS, for whatever the status of a Pod says (printPod)."""

from __future__ import annotations

from podproof.claims.records import fields, said
from podproof.kubernetes.rules import columns
from podproof.kubernetes.rules.columns import Source, Word
from podproof.language import System

LINES = System(
    "lines",
    (),
    frozen=(
        columns.phase,
        columns.reason,
        columns.deleted,
        columns.condition_type,
        columns.condition_true,
        columns.condition_gated,
        *fields(columns.app, columns.inits),
    ),
    doc="What printPod reads of a Pod.",
)

CLAIMS = (
    said(
        "terminating-has-not-ended",
        "STATUS Terminating is never that of a Pod in phase Succeeded or Failed.",
        columns.recorded.status,
        lambda status: columns.phase.is_(Word.succeeded, Word.failed).implies(status.is_not(Source.terminating)),
        "printPod",
        ("it initializes", Source.terminating),
        about=LINES,
    ),
    # A reason can be Unknown: containerd gives it, with exit code 255, to a container that it lost in a reboot.
    said(
        "unknown-means-deleted",
        "Unless a phase or a reason is Unknown, STATUS is Unknown only of a deleted Pod with reason NodeLost.",
        columns.recorded.status,
        lambda status: status.is_(Source.unknown).implies(columns.deleted & columns.reason.is_(Word.node_lost)),
        "printPod; nothing sets NodeLost; a popular belief has it that STATUS is Unknown while a node is not ready",
        ("it initializes", Source.unknown),
        about=LINES,
    ),
)
