"""A compiled state space used for a part of what it can do: compiling it takes longer than most searches."""

from __future__ import annotations

from collections.abc import Iterable

from podproof.engines.state_space import StateSpace
from podproof.language import Assumption
from podproof.language.packing import States


class Restricted(StateSpace):
    """A space without the steps of the given indices, perhaps from other initial states on (`start`)."""

    def __init__(self, space: StateSpace, left_out: Iterable[int], start: States | None = None) -> None:
        vars(self).update(vars(space))
        gone = frozenset(left_out)
        self.taken = tuple(index for index in space.taken if index not in gone)
        if start is not None:
            self._initial = start


def forbidden(space: StateSpace, assumed: Iterable[Assumption]) -> set[int]:
    """The steps that the assumptions forbid."""
    given = set(assumed)
    return {index for index, step in enumerate(space.flat.steps) if given & set(step.step.event.unless)}


def under(space: StateSpace, assumed: Iterable[Assumption]) -> Restricted:
    """The space without the steps that the assumptions forbid and the initial states that they exclude."""
    start = space.initial()
    for assumption in assumed:
        if assumption.shape is not None:
            start = start[space.truth(space.flat.flatten(assumption.shape))(start)]
    return Restricted(space, forbidden(space, assumed), start)
