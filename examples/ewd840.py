"""Termination detection on a ring: node 0 finds out, with a token, that no node is working any more.

E. W. Dijkstra, W. H. J. Feijen, A. J. M. van Gasteren: Derivation of a termination detection algorithm for distributed
computations. Information Processing Letters 16(5), 1983 (EWD 840); `EWD840` of the TLA+ Examples. An active node may
fall passive at any time and may wake another by a message. The token travels from node 0 to the last node and back
down the ring. A node that sent a message to a higher one, which the token may have passed already, is black; it
blackens the token. Node 0, itself white and passive, that gets a white token back knows that all are passive.

This is the example for *reactions*: a message is one step, taken by its sender, in which its receiver wakes.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import (
    Actor,
    Machine,
    System,
    Transition,
    conjunction,
    disjunction,
    flag,
    named,
    number,
    sets,
    state,
)
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Step

NODES = 3
RING = range(NODES)


class Node(StrEnum):
    """Whether a node is working."""

    active = "active"
    passive = "passive"


class Token(StrEnum):
    """Whether the token has met a black node since node 0 sent it."""

    white = "white"
    black = "black"


working = [state(f"node {i}", Node) for i in RING]
black = [flag(f"node {i} black", doc="has sent a message to a higher node since the token left it") for i in RING]
token = state("token", Token, initial=Token.black)
position = number("token's node", 0, NODES - 1, doc="the node that has the token")

nodes = [Actor(f"node {i}") for i in RING]
probe = nodes[0]("send out the token")
hand_on = {i: nodes[i](f"hand the token on from {i}") for i in RING if i > 0}
fall_passive = [nodes[i](f"fall passive: {i}") for i in RING]
message = {(i, j): nodes[i](f"message from {i} to {j}") for i in RING for j in RING if i != j}


def works(i: int) -> list[Transition[Node]]:
    """An active node falls passive, or sends a message; one to a higher node makes it black."""
    arrows: list[Transition[Node]] = [Transition(trigger=fall_passive[i], source=Node.active, dest=Node.passive)]
    for j in RING:
        if j < i:
            arrows.append(Transition(trigger=message[i, j], source=Node.active, dest="="))
        elif j > i:
            arrows.append(Transition(trigger=message[i, j], source=Node.active, dest="=", before=sets(black[i], True)))
    return arrows


def wakes(i: int) -> list[Transition[Node]]:
    """Any message makes its receiver active."""
    return [Transition(trigger=message[j, i], source="*", dest=Node.active) for j in RING if j != i]


def lets_go(i: int) -> Transition[Node]:
    """Node 0 starts a new round after one that told nothing; another node hands the token on.

    An active node keeps the token, unless the round is lost anyway because the node or the token is black. Whoever
    lets the token go is white from then on.
    """
    lost = black[i] | token.is_(Token.black)
    return Transition(
        trigger=hand_on[i] if i else probe,
        source="*",
        dest="=",
        conditions=[position.is_(i), lost | working[i].is_(Node.passive) if i else lost],
        before=sets(black[i], False),
    )


NODE_MACHINES = [Machine(f"node {i}", working[i], [*works(i), lets_go(i)], reacts=wakes(i)) for i in RING]


def goes_down(i: int) -> list[Transition[Token]]:
    """The token goes from node i to the one below; a black node makes it black, a white one leaves it as it is."""
    below = sets(position, i - 1)
    return [
        Transition(trigger=hand_on[i], source="*", dest=Token.black, conditions=black[i], before=below),
        Transition(trigger=hand_on[i], source="*", dest="=", before=below),
    ]


# Node 0 sends the token, white, to the last node. All that happens to the token is somebody else's step.
sent_out: Transition[Token] = Transition(trigger=probe, source="*", dest=Token.white, before=sets(position, NODES - 1))
TOKEN = Machine("token", token, [], reacts=[sent_out, *(arrow for i in hand_on for arrow in goes_down(i))])

SYSTEM = System("termination detection", (*NODE_MACHINES, TOKEN))

all_passive = conjunction(*(working[i].is_(Node.passive) for i in RING))
white_token_at_0 = position.is_(0) & token.is_(Token.white) & working[0].is_(Node.passive)
detected = named("termination detected", white_token_at_0 & ~black[0])

# Dijkstra's invariant, one disjunct for each of his P0, P1 and P2.
above_passive = conjunction(*((position < i).implies(working[i].is_(Node.passive)) for i in RING))
black_below = disjunction(*(black[i] & (position >= i) for i in RING))

CLAIMS = (
    (Verdict.TRUE, "termination is detected only when all are passive", Always(detected.implies(all_passive))),
    (
        Verdict.TRUE,
        "nodes above the token are passive, or a node below it or the token itself is black",
        Always(above_passive | black_below | token.is_(Token.black)),
    ),
    (Verdict.TRUE, "once all are passive, they stay so", Step(all_passive, all_passive)),
    # What one might believe, and is not so.
    (Verdict.FALSE, "the token is always black", Always(token.is_(Token.black))),
    (Verdict.FALSE, "the colour of node 0 does not matter", Always(white_token_at_0.implies(all_passive))),
    (Verdict.FALSE, "termination is detected whenever all are passive", Always(all_passive.implies(detected))),
)

# TLC on the specification above, for three nodes. (It counts a step once for every disjunct of a guard that is true.)
EXPECTED = {"states": 302, "transitions": 1_625, "levels": 9}


def main() -> None:
    print(f"{SYSTEM}, {NODES} nodes: {len(explore(SYSTEM, {}).visited)} states")
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, {})
        print(f"{answer.verdict:5} {sentence}")
        for step_number, step in enumerate(answer.trace.steps if answer.trace else (), 1):
            print(f"      {step_number}. {step.event}")


if __name__ == "__main__":
    main()
