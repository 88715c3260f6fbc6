"""Dijkstra's self-stabilising token ring: from whatever state it is in, one token remains.

E. W. Dijkstra: Self-stabilizing systems in spite of distributed control. Communications of the ACM 17(11), 1974
(EWD 426), its first solution, with K-state machines; `TokenRing` of the TLA+ Examples. Each node can see the state of
the node before it. Node 0 has the token when the last node's state equals its own, and then moves to the next state,
the last being followed by the first. Every other node has the token when the state before it differs from its own,
and then copies it.

This is the example for *neighbours*, one machine for each position, and for starting anywhere.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from operator import add

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Expr, Machine, System, Transition, Variable, if_then_else, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Reachable, Step


class K(StrEnum):
    """The K states of a node: the order, which is a circle, is all that matters."""

    zero = "0"
    one = "1"
    two = "2"
    three = "3"
    four = "4"
    five = "5"


NODES = 6
CIRCLE = tuple(K)
FOLLOWING = dict(zip(CIRCLE, (*CIRCLE[1:], CIRCLE[0]), strict=True))


def first_node(own: Variable[K], last: Variable[K]) -> Machine[K]:
    """Node 0 makes the wave: it goes one state further when the last node has caught up."""
    advance = Actor("node 0")("advance")
    return Machine(
        "node 0",
        own,
        [Transition(trigger=advance, source=k, dest=FOLLOWING[k], conditions=last.is_(k)) for k in CIRCLE],
    )


def other_node(i: int, own: Variable[K], before: Variable[K]) -> Machine[K]:
    """Every other node hands the wave on: it copies the state before it, if that is another."""
    copy = Actor(f"node {i}")(f"copy {i}")
    return Machine(
        f"node {i}",
        own,
        [
            Transition(
                trigger=copy, source=[other for other in CIRCLE if other is not k], dest=k, conditions=before.is_(k)
            )
            for k in CIRCLE
        ],
    )


def ring(size: int) -> tuple[Variable[K], ...]:
    """The state of each node; any state can be the first."""
    return tuple(state(f"node {i}", K) for i in range(size))


def system(nodes: tuple[Variable[K], ...]) -> System:
    others = (other_node(i, nodes[i], nodes[i - 1]) for i in range(1, len(nodes)))
    return System(f"token ring of {len(nodes)}", (first_node(nodes[0], nodes[-1]), *others))


def tokens(nodes: tuple[Variable[K], ...]) -> Expr[int]:
    """How many nodes have the token."""
    has_token = [nodes[0].equals(nodes[-1]), *(~nodes[i].equals(nodes[i - 1]) for i in range(1, len(nodes)))]
    return reduce(add, (if_then_else(has, 1, 0) for has in has_token))


nodes = ring(NODES)
SYSTEM = system(nodes)
held = tokens(nodes)

CLAIMS = (
    (Verdict.TRUE, "there is always a token", Always(held >= 1)),
    *(
        (Verdict.TRUE, f"where there are at most {n}, there are at most {n} ever after", Step(held <= n, held <= n))
        for n in range(1, NODES)
    ),
    (Verdict.TRUE, "a ring with one token can be reached", Reachable(held.is_(1))),
    # What one might believe, and is not so: the ring gets there, but need not start there.
    (Verdict.FALSE, "there is always exactly one token", Always(held <= 1)),
    (Verdict.FALSE, "a second token is lost in the next step", Step(held <= 2, held <= 1)),
)

# Every state is a first state. TLC on the specification above, with N = M = 6.
EXPECTED = {"states": 46_656, "transitions": 202_176, "levels": 1}


def main() -> None:
    print(f"{SYSTEM}: {len(explore(SYSTEM, {}).visited):,} states")
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, {})
        print(f"{answer.verdict:5} {sentence}")
        if answer.trace and answer.verdict is Verdict.FALSE:
            run = [answer.trace.initial, *(step.values for step in answer.trace.steps)]
            print("      " + " -> ".join("".join(values[node] for node in nodes) for values in run))


if __name__ == "__main__":
    main()
