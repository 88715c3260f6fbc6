"""Search all proofs anew: `make invariants` writes what `check` and `explain` will then only have to check again.

Needed after a change of the model or of a claim; it takes minutes. Stored are the invariants of the catalogue's claims,
and of what `explain` asks about Pods of usual shapes. With ids of claims as arguments only those are looked at, and
what is stored of the others stays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import product

from podproof.check.decide import Judge
from podproof.check.store import FILE, Store
from podproof.claims import catalogue
from podproof.explain.explanation import explain
from podproof.kubernetes.objects import manifests
from podproof.kubernetes.vocabulary.spec import RestartPolicy
from podproof.properties.limits import Limits

INITS = ("", "unset", "Always", "unset Always")
"""The restart policies of the init containers of a shape; a sidecar has Always."""


def shapes() -> Iterator[str]:
    """Manifests of Pods that have more containers than are explored."""
    for policy, inits, deadline in product(RestartPolicy, INITS, (False, True)):
        lines = ["apiVersion: v1", "kind: Pod", "metadata: {name: shape}", "spec:", f"  restartPolicy: {policy}"]
        lines += ["  activeDeadlineSeconds: 60"] * deadline
        lines += ["  initContainers:"] * bool(inits)
        for number, own in enumerate(inits.split() * 3):
            lines.append(f"  - {{name: i{number}, image: x{'' if own == 'unset' else f', restartPolicy: {own}'}}}")
        lines += ["  containers:", *(f"  - {{name: c{number}, image: x}}" for number in range(3))]
        yield "\n".join(lines)


def main(ids: Sequence[str] = ()) -> None:
    unknown = sorted({*ids} - {claim.id for claim in catalogue.CLAIMS})
    if unknown:
        raise SystemExit(f"no such claim: {', '.join(unknown)}")
    judge = Judge(Limits(seconds=120.0), store=Store.shipped() if ids else Store())
    for claim in (each for each in catalogue.CLAIMS if each.id in ids or not ids):
        result = judge.decide(claim)
        print(f"{result.seconds:6.1f} s  {claim.id}: {result.verdict} {result.reason}".rstrip(), flush=True)
    for text in () if ids else shapes():
        for document in manifests.read(["-"], BytesIO(text.encode())).documents:
            told = explain(document, lambda: judge, Limits(seconds=60.0, states=2_000_000), prove=True)
            print(f"explained: {told.shape.assumption}", flush=True)
    judge.store.write(FILE)


if __name__ == "__main__":
    main(sys.argv[1:])
