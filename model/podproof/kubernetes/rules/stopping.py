"""stopping: a container is stopped, by one countdown (kuberuntime killContainer, executePreStopHook, waitForTurn).

First its preStop hook runs, then it waits for its turn, then the runtime sends SIGTERM, and SIGKILL when time is up.
All share what was granted: what a stage took is deducted in whole seconds, rounded down, so what is left is rounded up.
A stage that nothing is left for, or that there is no reason for, is over at once; that a hook failed changes nothing.

Lengths are in units of time, `unit` of them to the second, where nothing else is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from podproof.kubernetes.rules import termination_grace, termination_order
from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.kubernetes.rules.seconds import unit
from podproof.kubernetes.rules.termination_order import Stage
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.language import FALSE, TRUE, Expr, Kind, Variable, flag, larger, number


class Ends(StrEnum):
    """Who ended a process."""

    itself = "itself"
    sigkill = "SIGKILL"


@dataclass(frozen=True, eq=False)
class Stopping:
    """What is known of one container, and what follows.

    has_hook, hook_done: its preStop hook is there, has ended; exited: its process has ended; time_left: of the stage,
    counts down. first_time: what is granted; timeout: what the runtime gets with the order to stop it, in seconds;
    over: the stage ends now; next_stage, next_time: what is then; ended_by: of a process that is gone.
    """

    stage: Variable[Stage]
    has_hook: Variable[bool]
    hook_done: Variable[bool]
    exited: Variable[bool]
    time_left: Variable[int]
    first_time: Expr[int]
    timeout: Expr[int]
    over: Decision[bool]
    next_stage: Decision[Stage]
    next_time: Decision[int]
    ended_by: Decision[Ends]

    @classmethod
    def of(cls, kind: Kind, stage: Variable[Stage], waits: Expr[bool], granted: Expr[int]) -> Stopping:
        """waits: it is not its turn yet; granted: in seconds, of which there may be fewer than none."""
        has_hook = flag(f"{kind} has a preStop hook", kind=kind)
        hook_done = flag(f"{kind} preStop hook has ended", kind=kind)
        exited = flag(f"{kind} process has exited", kind=kind)
        time_left = number(f"{kind} time left", 0, kind=kind)
        out_of_time = time_left.is_(0)
        seconds_left = (time_left + unit - 1) // unit
        timeout = larger(seconds_left, termination_grace.MINIMUM)
        return cls(
            stage,
            has_hook,
            hook_done,
            exited,
            time_left,
            first_time=larger(granted, 0) * unit,
            timeout=timeout,
            over=Decision(
                "the stage is over",
                (
                    Rule("it is gone", stage.is_(Stage.gone), FALSE),
                    Rule("its time is up", out_of_time, TRUE),
                    Rule("its hook", stage.is_(Stage.hook), ~has_hook | hook_done),
                    Rule("its turn", stage.is_(Stage.waiting), ~waits),
                    Rule("its process", TRUE, exited),
                ),
            ),
            next_stage=Decision(
                "next stage",
                (
                    Rule("after its hook", stage.is_(Stage.hook), Stage.waiting),
                    Rule("when it is its turn", stage.is_(Stage.waiting), Stage.stopping),
                    Rule("after SIGTERM", TRUE, Stage.gone),
                ),
            ),
            next_time=Decision(
                "time for the next stage",
                (
                    Rule("after its hook", stage.is_(Stage.hook), seconds_left * unit),
                    Rule("when it is its turn", stage.is_(Stage.waiting), timeout * unit),
                    Rule("after SIGTERM", TRUE, 0),
                ),
            ),
            ended_by=Decision(
                "how it ended",
                (
                    Rule("just in time", exited, Ends.itself),
                    Rule("its time was up", TRUE, Ends.sigkill),
                ),
            ),
        )


app = Stopping.of(regular, termination_order.app, FALSE, termination_grace.app.granted.value)
inits = Stopping.of(init, termination_order.inits, termination_order.waits, termination_grace.inits.granted.value)
