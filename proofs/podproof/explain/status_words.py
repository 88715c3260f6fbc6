"""STATUS words: which of them `kubectl get pod` can show in which phase, each with a shortest example.

Everything that a Pod with one container and at most one init container or sidecar can do is looked at, in two searches.
The first forgets some variables, and so finds every pair of word and phase that there is, and perhaps more; the second
goes through the states of the Pod itself until it has met all of them. Of a state only what STATUS is made of matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from podproof.engines.explicit import Search
from podproof.engines.state_sets import StateSet, firsts
from podproof.engines.state_space import StateSpace
from podproof.kubernetes import printing as kubectl
from podproof.kubernetes.view import POD_WITH_STATUS, api, init_api, init_last, init_local, last, local
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, own_policy, regular
from podproof.kubernetes.vocabulary.states import Phase, api_phase, deadline, finalizer
from podproof.language import Assumption, Variable
from podproof.language.expressions import variables_in
from podproof.language.flat import FlatSystem, Sizes, expand, forgetting, specialised
from podproof.language.packing import States, Truths
from podproof.properties.limits import Limits
from podproof.properties.trace import Trace

no_own_policies = Assumption(
    "no-policies-but-of-sidecars",
    "No container has a restartPolicy of its own, unless it is a sidecar.",
    shape=regular.all(own_policy.is_(ContainerPolicy.unset))
    & init.all(init_policy.is_(ContainerPolicy.unset, ContainerPolicy.Always)),
)
SIZES: tuple[Sizes, ...] = ({regular: 1, init: 0}, {regular: 1, init: 1})
FORGOTTEN: tuple[Variable[Any], ...] = (
    *(finalizer, deadline),
    *(copy.last for copy in (local, api, init_local, init_api)),
    *(last, init_last),
)
"""There are as many pairs without these, and far fewer states."""
MOST_STATES = 50_000_000

Pair = tuple[str, Phase]


@dataclass(frozen=True, eq=False)
class Sighting:
    """A word of STATUS, the API phase at that moment, and a shortest run to it."""

    word: str
    phase: Phase
    trace: Trace


@cache
def sightings() -> tuple[Sighting, ...]:
    """Every pair of word and phase that occurs, by word and then by phase."""
    found: dict[Pair, Sighting] = {}
    for sizes in SIZES:
        for sighting in _seen(sizes):
            key = (sighting.word, sighting.phase)
            if key not in found or len(sighting.trace) < len(found[key].trace):
                found[key] = sighting
    phases = list(Phase)
    return tuple(sorted(found.values(), key=lambda s: (s.word, phases.index(s.phase))))


def _seen(sizes: Sizes) -> Iterator[Sighting]:
    flat = specialised(expand(POD_WITH_STATUS.under(no_own_policies).cone(shown()), sizes))
    possible = _Look(forgetting(flat, FORGOTTEN))
    possible.search.run(possible)
    if possible.search.truncated:
        raise RuntimeError(f"the table of STATUS words is not complete: {possible.search.truncated}")
    met = _Look(flat, frozenset(possible.pairs))
    met.search.run(met)
    if met.pairs.keys() != possible.pairs.keys():
        unknown = sorted(map(str, possible.pairs.keys() - met.pairs.keys()))
        raise RuntimeError(f"whether these are ever shown is not known: {', '.join(unknown)}")
    for pair, (level, state) in met.pairs.items():
        yield Sighting(*pair, met.search.trace(level, state))


class _Look:
    """Notes the first state of each pair, level by level; true of a level with which all of `wanted` have been met."""

    def __init__(self, flat: FlatSystem, wanted: Set[Pair] | None = None) -> None:
        reads = shown()
        self.space = StateSpace(flat, False, reads)
        self.search = Search(self.space, Limits(seconds=600.0, states=MOST_STATES))
        self.wanted = wanted
        self.pairs: dict[Pair, tuple[int, int]] = {}
        self._read = _read(self.space, reads)
        self._met = StateSet(self.space.layout)

    def __call__(self, states: States) -> Truths:
        pictures, first = firsts(self.space.layout.only(states, self._read))
        new = ~self._met.has(pictures)
        self._met.add(pictures)
        for state in self.space.layout.numbers(states[first[new]]):
            values = self.space.values(state)
            pair = (kubectl.status(values, self.space.flat.sizes), values[api_phase])
            self.pairs.setdefault(pair, (len(self.search.levels) - 1, state))
        return np.full(states.shape, self.wanted is not None and self.pairs.keys() >= self.wanted)


def shown() -> Sequence[Any]:
    """What STATUS depends on."""
    words = dict.fromkeys(kubectl.words.values())
    return (*kubectl.SAYS_STATUS, *(word.is_(kubectl.Word.error) for word in words))


def _read(space: StateSpace, shown: Sequence[Any]) -> list[Variable[Any]]:
    """The variables that the expressions depend on."""
    variables: set[Variable[Any]] = set().union(*map(variables_in, shown))
    return [flat for (own, _), flat in space.flat.place.items() if own in variables]
