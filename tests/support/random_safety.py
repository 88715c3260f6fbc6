"""Random small systems with random questions about states and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from podproof.language import (
    Actor,
    Assumption,
    Event,
    Expr,
    Kind,
    Machine,
    Parameter,
    Scope,
    System,
    Transition,
    Variable,
    conjunction,
    disjunction,
    flag,
    if_then_else,
    number,
    parameter,
    sets,
    state,
)
from podproof.properties.formulas import Always, Formula, Never, Only, Reachable, Step


class Mode(StrEnum):
    low = "low"
    mid = "mid"
    high = "high"


class Side(StrEnum):
    left = "left"
    right = "right"


@dataclass
class RandomSystem:
    """One machine of its own, one of every element of a kind, and one that reacts to both; a frozen flag, a number,
    a flag of every element, a parameter. Half of the kinds are ordered. assumptions: most events are forbidden
    by one of them, or two."""

    random: Random
    assumptions: Sequence[Assumption] = ()
    kind: Kind = field(init=False)
    system: System = field(init=False)

    def __post_init__(self) -> None:
        random = self.random
        self.kind = Kind("part", ordered=random.random() < 0.5)
        self.boss = state("boss", Mode, initial=Mode.low)
        self.echo = state("echo", Side, initial=(Side.left,) if random.random() < 0.5 else tuple(Side))
        self.side = state("side", Side, kind=self.kind, initial=Side.left)
        self.mark = flag("mark", kind=self.kind, initial=False)
        self.level = number("level", 0, 2, saturating=True, initial=0)
        self.gate = flag("gate", initial=random.choice([True, False]))
        self.turn: Parameter[Side] = parameter("turn", Side)
        own = [self.event(f"own {i}") for i in range(2)]
        part = [self.event(f"part {i}") for i in range(2)]
        of_boss = [self.arrow(e, Mode, None) for e in own for _ in range(random.randint(1, 3))]
        of_part = [self.arrow(e, Side, self.kind) for e in part for _ in range(random.randint(1, 3))]
        broadcast = [self.arrow(e, Side, self.kind, reacting=True) for e in own[:1] for _ in range(2)]
        echoes = [self.arrow(e, Side, None, reacting=True) for e in random.sample([*own, *part], 2) for _ in range(2)]
        self.system = System(
            "random",
            (
                Machine("boss", self.boss, of_boss),
                Machine("part", self.side, of_part, reacts=broadcast),
                Machine("echo", self.echo, (), reacts=echoes),
            ),
            frozen=(self.gate, *(() if self.writes(of_boss, of_part, self.level) else (self.level,)))
            + (() if self.writes(of_part, broadcast, self.mark) else (self.mark,)),
            initially=(self.condition(1, None),) if random.random() < 0.3 else (),
        )

    def event(self, name: str) -> Event:
        parameters = [self.turn] if self.random.random() < 0.3 else []
        forbidden = self.assumptions and self.random.random() < 0.8
        unless = tuple(self.random.sample(self.assumptions, self.random.randint(1, 2))) if forbidden else ()
        return Actor("anybody")(name, *parameters, unless=unless)

    @staticmethod
    def writes(first: list[Any], second: list[Any], variable: Variable[Any]) -> bool:
        return any(variable in t["before"].assignments for t in (*first, *second) if "before" in t)

    def arrow(self, event: Event, states: type[StrEnum], kind: Kind | None, reacting: bool = False) -> Transition[Any]:
        random = self.random
        source: Any = "*" if random.random() < 0.3 else random.sample([*states], random.randint(1, 2))
        arrow = Transition(trigger=event, source=source, dest=random.choice(["=", *states]))
        if random.random() < 0.7:
            arrow["conditions"] = [self.condition(2, kind, event)]
        if random.random() < 0.3:
            arrow["unless"] = self.condition(1, kind, event)
        effects: list[Any] = []
        if kind is not None and random.random() < 0.5:
            effects += [self.mark, random.choice([True, False, ~self.mark, self.condition(1, kind, event)])]
        if not reacting and random.random() < 0.5:
            change = random.choice([self.level + 1, self.level - 1, 0, if_then_else(self.gate, self.level, 1)])
            effects += [self.level, change]
        if effects:
            arrow["before"] = sets(*effects)
        return arrow

    def condition(self, depth: int, kind: Kind | None, event: Event | None = None) -> Expr[bool]:
        random = self.random
        if depth > 0 and random.random() < 0.6:
            parts = [self.condition(depth - 1, kind, event) for _ in range(2)]
            return random.choice([conjunction, disjunction])(*parts)
        own: Expr[bool] = random.choice([self.side.is_(Side.left), self.side.is_(Side.right), self.mark, ~self.mark])
        atoms: list[Expr[bool]] = [
            self.boss.is_(*random.sample([*Mode], random.randint(1, 2))),
            self.echo.is_(Side.left),
            self.gate,
            ~self.gate,
            self.level >= random.randint(1, 2),
            self.kind.all(own),
            self.kind.some(own),
            self.kind.none(own),
            self.kind.count(own) <= random.randint(0, 2),
            self.kind.count(own).is_(1),
        ]
        if kind is not None:
            scopes = [Scope.others, *((Scope.earlier, Scope.later) if kind.ordered else ())]
            scope = random.choice(scopes)
            atoms += [own, own, own, kind.all(own, scope), kind.some(own, scope), kind.count(own, scope) <= 1]
        if self.kind.ordered:
            pick = random.choice([self.kind.first, self.kind.last])
            atoms.append(pick(own, self.side, Side.left).is_(Side.right))
        if event is not None and event.parameters:
            atoms += [self.turn.is_(Side.left)] * 3
        return random.choice(atoms)

    def formulas(self) -> list[Formula]:
        """Both kinds of invariants, weak enough to be true now and then; rules about steps; things to reach."""
        made: list[Formula] = []
        for _ in range(2):
            made.append(Always(disjunction(*(self.condition(1, None) for _ in range(3)))))
            made.append(Never(conjunction(*(self.condition(1, None) for _ in range(3)))))
            made.append(Reachable(conjunction(*(self.condition(0, None) for _ in range(3)))))
            made.append(Step(self.condition(1, None), disjunction(*(self.condition(1, None) for _ in range(2)))))
            made.append(Only(self.random.choice(self.system.events), self.condition(1, None)))
        return self.about_order() + made

    def about_order(self) -> list[Formula]:
        """One element before another of a different sort, both ways round: what sorted elements would hide."""
        if not self.kind.ordered:
            return []
        left, right = self.side.is_(Side.left), self.side.is_(Side.right)
        return [
            Reachable(self.kind.some(left & self.kind.some(right, Scope.earlier))),
            Never(self.kind.some(right & self.kind.some(left, Scope.earlier))),
        ]
