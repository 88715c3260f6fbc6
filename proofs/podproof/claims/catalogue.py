"""Every claim that ships."""

from __future__ import annotations

from collections.abc import Mapping

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
    timing,
)
from podproof.properties.claim import Claim

TOPICS: Mapping[str, tuple[Claim, ...]] = {
    "the phase": phases.CLAIMS,
    "what ends a Pod": causes.CLAIMS,
    "containers": containers.CLAIMS,
    "initialization": initialization.CLAIMS,
    "the API object and its kubelet": protocol.CLAIMS,
    "the kubelet's work, stage by stage": stages.CLAIMS,
    "starting and cleaning up": starts.CLAIMS,
    "at last, and for ever": liveness.CLAIMS,
    "STATUS in kubectl": status.CLAIMS,
    "what kubectl prints for any status": lines.CLAIMS,
    "conditions": conditions.CLAIMS,
    "in time": timing.CLAIMS,
    "the rules, for any fields": records.CLAIMS,
}
"""What the claims are about, in the order in which they are decided."""

CLAIMS: tuple[Claim, ...] = tuple(claim for claims in TOPICS.values() for claim in claims)
