"""Random small systems with random questions about runs without an end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from podproof.language import (
    TRUE,
    Actor,
    Assumption,
    Event,
    Expr,
    Fairness,
    Kind,
    Machine,
    Parameter,
    System,
    Transition,
    conjunction,
    disjunction,
    flag,
    parameter,
    sets,
    state,
    strong,
    weak,
)
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo, Liveness


class Place(StrEnum):
    a = "a"
    b = "b"
    c = "c"
    d = "d"
    e = "e"
    f = "f"


class Side(StrEnum):
    left = "left"
    right = "right"


@dataclass
class RandomSystem:
    """Two actors, one of whose events an assumption forbids. `many`: a machine of every element of a kind, a flag, and
    a machine that reacts to it; else one machine that goes anywhere."""

    random: Random
    many: bool
    system: System = field(init=False)

    def __post_init__(self) -> None:
        random = self.random
        self.kind = Kind("part", ordered=random.random() < 0.5)
        self.where = state("where", Place, initial=tuple(Place)[: random.randint(1, 2)])
        self.side = state("side", Side, kind=self.kind, initial=random.choice([Side.left, tuple(Side)]))
        self.mark = flag("mark", initial=False)
        self.gate = flag("gate", initial=(True, False))
        self.turn: Parameter[Side] = parameter("turn", Side)
        self.actors = Actor("O"), Actor("X")
        self.calm = Assumption("calm", "It does not happen.")
        self.open = Assumption("open", "The gate is open.", shape=self.gate)
        self.system = self._many() if self.many else self._one()
        self.events = self.system.events

    def _event(self, name: str, parameters: bool = False) -> Event:
        unless = self.calm if self.random.random() < 0.25 else ()
        turn = [self.turn] if parameters and self.random.random() < 0.5 else []
        return self.random.choice(self.actors)(name, *turn, unless=unless)

    def _one(self) -> System:
        random, places = self.random, tuple(Place)[: self.random.randint(3, 6)]
        self.where = state("where", Place, initial=places[: random.randint(1, 2)])
        arrows = []
        for i in range(random.randint(3, 6)):
            event = self._event(f"step {i}", parameters=True)
            for source in random.sample(places, random.randint(1, min(4, len(places)))):
                arrow: Transition[Any] = Transition(trigger=event, source=source, dest=random.choice(["=", *places]))
                if random.random() < 0.4:
                    turning = [self.turn.is_(Side.left), self.turn.is_(Side.right)] if event.parameters else []
                    arrow["conditions"] = random.choice([self.gate, ~self.gate, *turning])
                arrows.append(arrow)
        return System("one", (Machine("one", self.where, arrows),), frozen=(self.gate,))

    def _many(self) -> System:
        random, places = self.random, tuple(Place)[:3]
        self.where = state("where", Place, initial=Place.a)
        own = [self._event(f"own {i}", parameters=True) for i in range(2)]
        part = [self._event(f"part {i}") for i in range(2)]
        moves = [self._arrow(e, places, None) for e in own for _ in range(random.randint(1, 3))]
        of_part = [self._arrow(e, tuple(Side), self.kind) for e in part for _ in range(random.randint(1, 2))]
        reacts = [self._arrow(own[0], tuple(Side), self.kind, reacting=True)] if random.random() < 0.5 else []
        self.echo = state("echo", Side, initial=Side.left)
        echoes = [self._arrow(random.choice([*own, *part]), tuple(Side), None, reacting=True) for _ in range(2)]
        written = any("before" in arrow for arrow in moves)
        return System(
            "many",
            (
                Machine("boss", self.where, moves),
                Machine("part", self.side, of_part, reacts=reacts),
                Machine("echo", self.echo, (), reacts=echoes),
            ),
            frozen=(self.gate, *(() if written else (self.mark,))),
        )

    def _arrow(self, event: Event, states: Any, kind: Kind | None, reacting: bool = False) -> Transition[Any]:
        random = self.random
        source: Any = "*" if random.random() < 0.3 else random.sample(states, random.randint(1, 2))
        arrow = Transition(trigger=event, source=source, dest=random.choice(["=", *states, *states]))
        if random.random() < 0.6:
            arrow["conditions"] = [self.condition(1, kind, event)]
        if kind is None and not reacting and random.random() < 0.4:
            arrow["before"] = sets(self.mark, random.choice([TRUE, ~self.mark, self.condition(0)]))
        return arrow

    def condition(self, depth: int, kind: Kind | None = None, event: Event | None = None) -> Expr[bool]:
        random = self.random
        if depth > 0 and random.random() < 0.5:
            parts = [self.condition(depth - 1, kind, event) for _ in range(2)]
            return random.choice([conjunction, disjunction])(*parts)
        places = tuple(self.where.initial_values) + tuple(Place)[:4]
        atoms: list[Expr[bool]] = [self.where.is_(*random.sample(places, random.randint(1, 2))), self.gate]
        if self.many:
            own = random.choice([self.side.is_(Side.left), self.side.is_(Side.right)])
            atoms += [self.mark, self.kind.all(own), self.kind.some(own), self.kind.count(own) <= 1]
            if kind is not None:
                atoms += [own, own]
        if event is not None and event.parameters:
            atoms += [self.turn.is_(Side.left)] * 2
        return random.choice([random.choice(atoms), ~random.choice(atoms)])

    def fairness(self) -> Fairness:
        random = self.random
        actors = sorted({e.actor for e in self.events if not e.unless}, key=str)
        choices: list[Actor | Event] = [*self.events, *actors, *actors]
        of = random.choice(choices)
        kind, event = None, None
        if isinstance(of, Event):
            kind = next(m.kind for m in self.system.machines if of in m.events)
            event = of
        when = self.condition(1, kind, event) if random.random() < 0.2 else TRUE
        return random.choice([weak, weak, strong])(of, when, each=random.random() < 0.5)

    def formula(self) -> Liveness:
        random = self.random
        fair = tuple(self.fairness() for _ in range(random.choice([0, 1, 1, 2, 2, 3, 4])))
        if random.random() < 0.5:  # somebody goes on, and something is not missed for ever
            going_on = [weak(actor) for actor in sorted({e.actor for e in self.events if not e.unless}, key=str)]
            fair = (*going_on, *(strong(e) for e in random.sample(self.events, random.randint(1, 2))))
        match random.randrange(4):
            case 0:
                return Eventually(self.condition(1), fair=fair)
            case 1:
                return LeadsTo(self.condition(1), self.condition(1), fair=fair)
            case 2:
                return InfinitelyOften(self.condition(1), fair=fair)
        return EventuallyAlways(disjunction(*(self.condition(1) for _ in range(2))), fair=fair)
