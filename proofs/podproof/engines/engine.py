"""What an engine is: it decides formulas of one sort, about systems of one size.

`explicit`, `graph`, `liveness` and `static` are engines. `symbolic` proves for every size at once, and only that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from podproof.engines import explicit, graph, liveness, static
from podproof.language import System
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer
from podproof.properties.formulas import Asks, Formula
from podproof.properties.limits import Limits


class Engine(Protocol):
    def check(self, system: System, formula: Any, sizes: Sizes, *, limits: Limits | None = None) -> Answer:
        """The verdict for systems of this size, `exhaustive`; FALSE with a shortest run. UNKNOWN past a limit, ERROR
        where there is no initial state. Raises DeclarationError for a formula about what the system does not have."""
        ...


ENGINES: Mapping[Asks, Engine] = {Asks.safety: explicit, Asks.graph: graph, Asks.fair_cycle: liveness}


def engine_for(system: System, formula: Formula) -> Engine:
    """A system that does not move is asked by one question to z3, as its numbers may be unbounded."""
    return static if formula.asks is Asks.safety and static.applies(system) else ENGINES[formula.asks]
