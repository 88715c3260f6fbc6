"""Random small systems with clocks, against brute force on running machines.

No verdict is wrong, and whatever is said of all runs is said of systems in which time goes on.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from random import Random
from typing import Any

import pytest
from podproof.check.decide import Judge
from podproof.language import (
    FALSE,
    TRUE,
    Actor,
    Expr,
    Machine,
    System,
    Transition,
    flag,
    sets,
    state,
    stopwatch,
    tick,
    timer,
)
from podproof.language.expressions import variables_in
from podproof.language.meanings.python import evaluate
from podproof.properties.answer import Verdict
from podproof.properties.formulas import Always, Formula, Reachable, Step
from podproof.properties.whole_runs import Shortest

from tests.support.brute_force import BruteForce, State
from tests.support.samples import MORE

SEEDS = range(16, 16 + 10 * MORE)


class At(StrEnum):
    here = "here"
    there = "there"


hand = Actor("hand")


def crew(random: Random) -> tuple[System, Expr[int], list[Expr[bool]]]:
    """Up to three machines that may be in haste, and a stopwatch; what can be asked of them."""
    flags = [flag(f"flag {number}", initial=False) for number in range(2)]
    machines: list[Machine[Any]] = []
    asked: list[Expr[bool]] = []
    for number in range(random.randint(1, 3)):
        at = state(f"machine {number} at", At, initial=At.here)
        left = timer(f"left {number}", random.randint(1, 2), initial=random.choice([0, 1]))
        transitions: list[Any] = []
        for event in range(random.randint(1, 2)):
            some = random.choice(flags)
            effects = [left.restart] if random.random() < 0.7 else []
            effects += [sets(some, random.choice([TRUE, FALSE, ~some]))] if random.random() < 0.5 else []
            conditions = [random.choice([TRUE, *flags, *(~each for each in flags)])]
            conditions += [left.due] if random.random() < 0.6 else []
            source, dest = random.choice([*At, "*"]), random.choice([*At])
            name = hand(f"event {number} {event}")
            transitions.append(
                Transition(trigger=name, source=source, dest=dest, conditions=conditions, before=effects)
            )
        urgent = random.choice([FALSE, left.due, left.due & at.is_(At.here), at.is_(At.there), *flags])
        machines.append(Machine(f"machine {number}", at, transitions, clocks=(left,), urgent=urgent))
        asked += [left.variable.is_(1), at.is_(At.there)]
    watch = stopwatch("watch", 3)
    nothing: Transition[At] = Transition(trigger=hand("look"), source=At.there, dest="=")
    looking = state("looking at", At, initial=At.here)
    machines.append(Machine("looking", looking, [nothing], clocks=(watch,)))
    arrows = [arrow for machine in machines for arrow in machine.arrows]
    written = {variable for arrow in arrows for variable in arrow.effects}
    exprs = [e for arrow in arrows for e in (arrow.guard, *arrow.effects.values())]
    read = {v for expr in (*exprs, *(m.urgent for m in machines)) for v in variables_in(expr)}
    frozen = tuple(each for each in flags if each in read - written)
    return System("crew", tuple(machines), frozen=frozen), watch.variable, asked


def time_may_end(found: BruteForce) -> bool:
    """Whether time never passes again from some state: no run from there has a tick."""
    before: dict[State, list[State]] = {}
    for step in found.steps:
        before.setdefault(step.after, []).append(step.before)
    passes = {step.before for step in found.steps if step.event is tick}
    open_ = list(passes)
    while open_:
        new = [each for each in before.get(open_.pop(), ()) if each not in passes]
        passes.update(new)
        open_ += new
    return not found.depth.keys() <= passes


def somebody_waits(found: BruteForce) -> bool:
    """Whether in some state something is due: then time may stop, in the sense that it has to be asked."""
    machines = [machine for machine in found.system.machines if machine.urgent is not FALSE]
    return any(evaluate(m.urgent, found.values(each), {}) for m in machines for each in found.depth)


@pytest.mark.parametrize("seed", SEEDS)
def test_verdicts_agree_with_brute_force(seed: int) -> None:
    random = Random(seed)
    system, watch, asked = crew(random)
    found = BruteForce(system, {})
    one, other = random.choice(asked), random.choice(asked)
    formulas: list[Formula] = [
        Always(watch < 3),
        Always(one | other),
        Reachable(~(watch < 2)),
        Reachable(one & other),
        Step(one, other, (tick,)),
        Shortest(~(watch < 2), random.randint(2, 5)),
    ]
    said: Counter[Verdict] = Counter()
    for formula in formulas:
        verdict = Judge().answer(system, formula).verdict
        said[verdict] += 1
        part = system.cone(formula.expressions(), formula.events())
        if isinstance(formula, Shortest):
            length = found.shortest(Reachable(formula.target))
            right = length == formula.steps
        else:
            length = found.shortest(formula)
            right = (length is not None) == isinstance(formula, Reachable)
        assert verdict is not Verdict.TRUE or right, str(formula)
        assert verdict is not Verdict.FALSE or not right, str(formula)
        of_all_runs = Verdict.FALSE if isinstance(formula, Reachable) else Verdict.TRUE
        if verdict is of_all_runs and part.changes_with_time:
            assert not time_may_end(found), str(formula)
        assert verdict is not Verdict.ERROR or somebody_waits(found), str(formula)
    assert said.total() == len(formulas)
    assert said[Verdict.TRUE] + said[Verdict.FALSE] + said[Verdict.ERROR] >= 3
