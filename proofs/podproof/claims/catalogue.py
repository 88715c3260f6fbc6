"""Every claim that ships."""

from __future__ import annotations

from podproof.claims import containers, liveness, phases, protocol, records
from podproof.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (*phases.CLAIMS, *containers.CLAIMS, *protocol.CLAIMS, *liveness.CLAIMS, *records.CLAIMS)
