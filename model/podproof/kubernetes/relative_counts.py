"""Restart counts relative to one another: the copies of a Pod's status with finitely many states, restarted for ever.

A restart is on its way from the runtime to whoever reads the API: `unsynced` until the kubelet's own status counts it,
`unpublished` until the API's does, `new` until somebody has read it (which nobody does here). These are differences of
the absolute counts of `view`. All else is shared with it: the machines are made by the same functions, and the rule of
restartCount, which only compares counts and adds 1, is read with the count shown so far taken for 0, so that what it
decides is by how much that count rises.

An init container whose record is purged while its status says that it runs is counted at once, before it is started
again: one is taken from `init unsynced restarts`, which may make it -1. So that it is still right up to MOST then, it
is counted up to one more.
"""

from __future__ import annotations

from podproof.kubernetes.pod import POD
from podproof.kubernetes.view import OF_THE_POD, Counting, of_containers, of_init_containers
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import Effect, Expr, Kind, System, Variable, number, sets
from podproof.language.expressions import as_expr

MOST = 3
"""Stands for as many or more."""

UNSYNCED = "restarts that the kubelet's status manager does not count yet"
UNPUBLISHED = "restarts that the kubelet's status manager counts, and the API does not yet"
NEW = "restarts that the API counts, and nobody has read yet"


def _count(name: str, kind: Kind, doc: str, low: int = 0, high: int = MOST) -> Variable[int]:
    doc = f"{doc}; {high} stands for {high} or more"
    return number(name, low, high, saturating=True, kind=kind, initial=0, doc=doc)


unsynced = _count("unsynced restarts", regular, UNSYNCED)
unpublished = _count("unpublished restarts", regular, UNPUBLISHED)
new = _count("new restarts", regular, NEW)
init_unsynced = _count("init unsynced restarts", init, UNSYNCED, low=-1, high=MOST + 1)
init_unpublished = _count("init unpublished restarts", init, UNPUBLISHED)
init_new = _count("init new restarts", init, NEW)


def _relative(unsynced: Variable[int], unpublished: Variable[int], new: Variable[int]) -> Counting:
    def written(rise: Expr[int]) -> Effect:
        return sets(unsynced, unsynced - rise, unpublished, unpublished + rise)

    return Counting(
        newest=unsynced,
        shown=as_expr(0),
        written=written,
        published=sets(unpublished, 0, new, new + unpublished),
        abstracted=f"more than {MOST} restarts that were not synced, published or read",
    )


POD_WITH_RELATIVE_COUNTS = System(
    "pod with relative counts",
    (
        *POD.machines,
        *of_containers(_relative(unsynced, unpublished, new)),
        *of_init_containers(_relative(init_unsynced, init_unpublished, init_new)),
        *OF_THE_POD,
    ),
    frozen=POD.frozen,
    initially=POD.initially,
    doc="The Pod together with the copies of its status, in which restarts are counted relative to one another.",
)
