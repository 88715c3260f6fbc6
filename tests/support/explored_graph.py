"""All states of a small system as a networkx graph: what other ways of going through them are compared with."""

from __future__ import annotations

from typing import Any

import networkx
from podproof.engines.explicit import Search
from podproof.engines.state_space import StateSpace
from podproof.language import System
from podproof.language.flat import Sizes, expand

START = "start"
"""A node before every initial state, so that a graph has one root."""


class Explored:
    """graph: from START over packed states."""

    def __init__(self, system: System, sizes: Sizes) -> None:
        self.space = StateSpace(expand(system, sizes), symmetric=False)
        self.search = Search(self.space)
        self.search.run()
        self.graph: networkx.DiGraph[Any] = networkx.DiGraph()
        states = self.search.visited
        self.graph.add_edges_from((START, state) for state in self.search.levels[0].tolist())
        for moves in self.space.moves(states):
            self.graph.add_edges_from(zip(states[moves.rows].tolist(), moves.after.tolist(), strict=True))
