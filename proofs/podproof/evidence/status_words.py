"""STATUS words: which of them `kubectl get pod` can show in which phase, each with a shortest example.

Everything that a Pod with one container and at most one init container or sidecar can do is explored; of all states
only what STATUS is made of matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from podproof.engines.explicit import Search, StateSpace
from podproof.evidence.verdicts import Limits, Trace
from podproof.language import Assumption, System, Variable
from podproof.language.expressions import variables_in
from podproof.language.flat import Sizes, expand, specialised
from podproof.pod import kubectl
from podproof.pod.spec import ContainerPolicy, init, init_policy, own_policy, regular
from podproof.pod.states import Phase, api_phase
from podproof.pod.view import OBSERVED

no_own_policies = Assumption(
    "no-policies-but-of-sidecars",
    "No container has a restartPolicy of its own, unless it is a sidecar.",
    shape=regular.all(own_policy.is_(ContainerPolicy.unset))
    & init.all(init_policy.is_(ContainerPolicy.unset, ContainerPolicy.Always)),
)
SIZES: tuple[Sizes, ...] = ({regular: 1, init: 0}, {regular: 1, init: 1})


@dataclass(frozen=True, eq=False)
class Sighting:
    """A word of STATUS, the API phase at that moment, and a shortest run to it."""

    word: str
    phase: Phase
    trace: Trace


@cache
def sightings() -> tuple[Sighting, ...]:
    """Every pair of word and phase that occurs, by word and then by phase."""
    found: dict[tuple[str, Phase], Sighting] = {}
    for sizes in SIZES:
        for sighting in _seen(sizes):
            key = (sighting.word, sighting.phase)
            if key not in found or len(sighting.trace) < len(found[key].trace):
                found[key] = sighting
    phases = list(Phase)
    return tuple(sorted(found.values(), key=lambda s: (s.word, phases.index(s.phase))))


def _seen(sizes: Sizes) -> Iterator[Sighting]:
    reads = shown()
    part: System = OBSERVED.under(no_own_policies).cone(reads)
    space = StateSpace(specialised(expand(part, sizes)), False, reads)
    search = Search(space, Limits(seconds=600.0, states=50_000_000))
    search.run()
    if search.truncated:
        raise RuntimeError(f"the table of STATUS words is not complete: {search.truncated}")
    kept = _mask(space, reads)
    met = np.zeros(0, dtype=np.uint64)
    pairs: set[tuple[str, Phase]] = set()
    for depth, states in enumerate(search.levels):
        pictures, first = np.unique(states & kept, return_index=True)
        new = ~np.isin(pictures, met)
        met = np.union1d(met, pictures)
        for state in states[first[new]].tolist():
            values = space.values(state)
            pair = (kubectl.status(values, space.flat.sizes), values[api_phase])
            if pair not in pairs:
                pairs.add(pair)
                yield Sighting(*pair, search.trace(depth, state))


def shown() -> Sequence[Any]:
    """What STATUS depends on."""
    words = dict.fromkeys(kubectl.words.values())
    return (*kubectl.SAYS_STATUS, *(word.is_(kubectl.Word.error) for word in words))


def _mask(space: StateSpace, shown: Sequence[Any]) -> np.uint64:
    """The bits of a state that the expressions depend on."""
    variables: set[Variable[Any]] = set().union(*map(variables_in, shown))
    fields = [space.layout.fields[flat] for (own, _), flat in space.flat.place.items() if own in variables]
    return np.uint64(sum(field.mask for field in fields))
