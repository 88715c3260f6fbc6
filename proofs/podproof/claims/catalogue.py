"""Every claim that ships."""

from __future__ import annotations

from podproof.claims import (
    causes,
    conditions,
    containers,
    initialization,
    lines,
    liveness,
    phases,
    protocol,
    records,
    stages,
    starts,
    status,
)
from podproof.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (
    *phases.CLAIMS,
    *causes.CLAIMS,
    *containers.CLAIMS,
    *initialization.CLAIMS,
    *protocol.CLAIMS,
    *stages.CLAIMS,
    *starts.CLAIMS,
    *liveness.CLAIMS,
    *status.CLAIMS,
    *lines.CLAIMS,
    *conditions.CLAIMS,
    *records.CLAIMS,
)
