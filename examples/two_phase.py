"""Two-phase commit: resource managers agree, through a transaction manager, to commit or to abort.

J. Gray, L. Lamport: Consensus on Transaction Commit. ACM Transactions on Database Systems 31(1), 2006; `TwoPhase` of
the TLA+ Examples. Messages stay in the network once they are sent: receiving one late, twice or never is then the
same as not acting on it, so no loss has to be modelled. Only safety is of interest: nothing has to happen.

This is the example for a *kind*: the managers are interchangeable and there may be any number of them.
"""

from __future__ import annotations

from enum import StrEnum

from podproof.engines.explicit import check, explore
from podproof.language import Actor, Kind, Machine, System, Transition, flag, sets, state
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Never, Step


class Managing(StrEnum):
    """Where one resource manager is."""

    working = "working"
    prepared = "prepared"
    committed = "committed"
    aborted = "aborted"


class Deciding(StrEnum):
    """Where the transaction manager is."""

    undecided = "undecided"
    committed = "committed"
    aborted = "aborted"


class Heard(StrEnum):
    """What the transaction manager knows of one resource manager."""

    nothing = "nothing"
    prepared = "prepared"


managers = Kind("resource manager")
managing = state("resource manager", Managing, kind=managers, initial=Managing.working)
heard = state("heard", Heard, kind=managers, initial=Heard.nothing)
deciding = state("transaction manager", Deciding, initial=Deciding.undecided)

# The network: a message that was sent is there for good.
prepared_sent = flag("prepared sent", kind=managers, initial=False, doc="this manager told that it is prepared")
commit_sent = flag("commit sent", initial=False, doc="every manager may learn that the transaction committed")
abort_sent = flag("abort sent", initial=False, doc="every manager may learn that the transaction aborted")

resource_manager, transaction_manager = Actor("resource manager"), Actor("transaction manager")

# A working manager prepares, and says so, or gives up on its own. Afterwards it does what it is told.
prepare, give_up = resource_manager("prepare"), resource_manager("give up")
obey_commit, obey_abort = resource_manager("receive commit"), resource_manager("receive abort")
RESOURCE_MANAGER = Machine(
    "resource manager",
    managing,
    [
        Transition(
            trigger=prepare,
            source=Managing.working,
            dest=Managing.prepared,
            before=sets(prepared_sent, True),
        ),
        Transition(trigger=give_up, source=Managing.working, dest=Managing.aborted),
        Transition(trigger=obey_commit, source="*", dest=Managing.committed, conditions=commit_sent),
        Transition(trigger=obey_abort, source="*", dest=Managing.aborted, conditions=abort_sent),
    ],
)

# The transaction manager notes who is prepared, as long as it has not decided.
note = transaction_manager("receive prepared")
LEDGER = Machine(
    "ledger",
    heard,
    [
        Transition(
            trigger=note,
            source="*",
            dest=Heard.prepared,
            conditions=[deciding.is_(Deciding.undecided), prepared_sent],
        )
    ],
)

# It may commit when it has heard from every manager, and abort at any moment before.
commit, abort = transaction_manager("commit"), transaction_manager("abort")
TRANSACTION_MANAGER = Machine(
    "transaction manager",
    deciding,
    [
        Transition(
            trigger=commit,
            source=Deciding.undecided,
            dest=Deciding.committed,
            conditions=managers.all(heard.is_(Heard.prepared)),
            before=sets(commit_sent, True),
        ),
        Transition(
            trigger=abort,
            source=Deciding.undecided,
            dest=Deciding.aborted,
            before=sets(abort_sent, True),
        ),
    ],
)

SYSTEM = System("two-phase commit", (RESOURCE_MANAGER, LEDGER, TRANSACTION_MANAGER))
SIZES = {managers: 3}

one_committed = managers.some(managing.is_(Managing.committed))
one_aborted = managers.some(managing.is_(Managing.aborted))

CLAIMS = (
    (Verdict.TRUE, "no manager commits while another aborts", Never(one_committed & one_aborted)),
    (Verdict.TRUE, "nobody commits unless the transaction manager did", Always(one_committed.implies(commit_sent))),
    (Verdict.TRUE, "a decision is final", Step(~deciding.is_(Deciding.undecided), ~deciding.is_(Deciding.undecided))),
    # What one might believe, and is not so.
    (Verdict.FALSE, "nobody ever commits", Never(one_committed)),
    (Verdict.FALSE, "only the transaction manager aborts", Always(one_aborted.implies(abort_sent))),
)

# TLC on the specification above, for three managers.
EXPECTED = {"states": 288, "transitions": 1_145, "levels": 11}
STATES_BY_SIZE = {3: 288, 5: 8_832, 6: 50_816, 7: 296_448}


def main() -> None:
    for size in (3, 5, 6):
        every = explore(SYSTEM, {managers: size}, symmetric=False)
        sorted_ones = explore(SYSTEM, {managers: size}, symmetric=True)
        print(f"{SYSTEM}, {size} managers: {len(every.visited):,} states, {len(sorted_ones.visited):,} up to symmetry")
    for _, sentence, formula in CLAIMS:
        answer = check(SYSTEM, formula, SIZES)
        print(f"{answer.verdict:5} {sentence}")
        for number, step in enumerate(answer.trace.steps if answer.trace else (), 1):
            print(f"      {number}. {step.who or step.step.actor}: {step.step.label}")


if __name__ == "__main__":
    main()
