"""Random small systems of one or two kinds, with a formula of every sort that tells several elements apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from podproof.language import (
    Actor,
    Event,
    Expr,
    Fairness,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    Variable,
    conjunction,
    disjunction,
    first_match,
    flag,
    if_then_else,
    sets,
    state,
    strong,
    weak,
)
from podproof.properties.formulas import Always, Becomes, Equals, Follows, Formula, Never, Only, Reachable, Step
from podproof.properties.temporal import Eventually, EventuallyAlways, InfinitelyOften, LeadsTo
from podproof.properties.whole_runs import NoReturn, Passes, Shortest


class Stage(StrEnum):
    new = "new"
    busy = "busy"
    done = "done"


class Help(StrEnum):
    idle = "idle"
    near = "near"


class Mood(StrEnum):
    calm = "calm"
    alert = "alert"


class Phase(StrEnum):
    early = "early"
    middle = "middle"
    late = "late"


@dataclass
class RandomCrew:
    """Workers with three stages each, in a third of the systems helpers with two, one mood and one bell for all.

    Guards and formulas ask for some, all, a number of the workers (or helpers), or compare two numbers of them.
    """

    random: Random
    system: System = field(init=False)

    def __post_init__(self) -> None:
        random = self.random
        self.worker = Kind("worker", ordered=random.random() < 0.3)
        self.helper = Kind("helper")
        self.stage = state("stage", Stage, kind=self.worker, initial=Stage.new)
        self.help = state("help", Help, kind=self.helper, initial=Help.idle)
        self.mood = state("mood", Mood, initial=Mood.calm)
        self.bell = flag("bell", initial=False)
        self.boss, self.crew = Actor("boss"), Actor("crew")
        self.two = random.random() < 1 / 3
        begin, end, turn = (self.crew(name) for name in ("begin", "end", "turn"))
        shout, rest = self.boss("shout"), self.boss("rest")
        new, busy, done = Stage
        of_worker = [
            self.arrow(begin, new, busy, self.worker),
            self.arrow(end, busy, random.choice([new, done, done]), self.worker),
            self.arrow(turn, random.choice([*Stage]), random.choice([*Stage]), self.worker),
        ]
        of_mood = [
            self.arrow(shout, Mood.calm, Mood.alert, None),
            *([self.arrow(rest, Mood.alert, Mood.calm, None)] if random.random() < 0.5 else []),
        ]
        heard = [self.arrow(shout, random.choice([*Stage]), random.choice([*Stage]), self.worker, reacting=True)]
        machines: list[Machine[Any]] = [
            Machine("worker", self.stage, of_worker, reacts=heard if random.random() < 0.3 else ()),
            Machine("mood", self.mood, of_mood),
        ]
        of_helper: list[Transition[Any]] = []
        if self.two:
            come, leave = self.crew("come"), self.crew("leave")
            of_helper = [
                self.arrow(come, Help.idle, Help.near, self.helper),
                *([self.arrow(leave, Help.near, Help.idle, self.helper)] if random.random() < 0.5 else []),
            ]
            machines.append(Machine("helper", self.help, of_helper))
        written = any("before" in arrow for arrow in (*of_worker, *of_mood, *of_helper))
        self.system = System("crew", tuple(machines), frozen=() if written else (self.bell,))
        self.events: Sequence[Event] = self.system.events

    def arrow(self, event: Event, source: Any, dest: Any, kind: Kind | None, reacting: bool = False) -> Transition[Any]:
        random = self.random
        arrow = Transition(trigger=event, source=source, dest=dest)
        if random.random() < 0.5:
            arrow["conditions"] = [self.condition(1, kind)]
        if not reacting and random.random() < 0.25:
            arrow["before"] = sets(self.bell, random.choice([True, ~self.bell, self.condition(0)]))
        return arrow

    # Conditions.

    def own(self, kind: Kind) -> Expr[bool]:
        """Something about one element."""
        if kind is self.helper:
            return self.help.is_(self.random.choice([*Help]))
        return self.stage.is_(*self.random.sample([*Stage], self.random.choice([1, 1, 1, 2])))

    def kind(self) -> Kind:
        return self.helper if self.two and self.random.random() < 0.4 else self.worker

    def count(self) -> Expr[int]:
        kind = self.kind()
        return kind.count(self.own(kind))

    def condition(self, depth: int, kind: Kind | None = None) -> Expr[bool]:
        """About the whole system; about one element of `kind`, too, where it is given."""
        random = self.random
        if depth > 0 and random.random() < 0.6:
            parts = [self.condition(depth - 1, kind) for _ in range(2)]
            return random.choice([conjunction, conjunction, disjunction])(*parts)
        if kind is not None and random.random() < 0.3:
            others = [Scope.others, *((Scope.earlier, Scope.later) if kind.ordered else ())]
            ask = random.choice([kind.some, kind.all])
            return random.choice([self.own(kind), ask(self.own(kind), random.choice(others))])
        return self.plain()

    def plain(self) -> Expr[bool]:
        random = self.random
        asked = self.kind()
        match random.randrange(12):
            case 0:
                return random.choice([self.bell, ~self.bell])
            case 1:
                return self.mood.is_(random.choice([*Mood]))
            case 2 | 3 | 4:
                return asked.some(self.own(asked))
            case 5 | 6:
                return asked.all(self.own(asked))
            case 7:
                return self.count() >= random.choice([2, 2, 3])
            case 8:
                return self.count() <= random.choice([0, 1, 1, 2])
            case 9:
                return random.choice(
                    [self.count() < self.count(), self.count() + self.count() <= random.choice([1, 2])]
                )
            case 10:
                return self.count().is_(random.choice([1, 2]))
        return asked.some(self.own(asked) & asked.some(self.own(asked), Scope.others))

    # What observers see.

    def phase(self) -> Expr[Phase]:
        late, middle = self.condition(1), self.condition(1)
        seen: Expr[Phase] = first_match((late, Phase.late), (middle, Phase.middle), default=Phase.early)
        return seen

    def chosen_mood(self) -> Expr[Mood]:
        chosen: Expr[Mood] = if_then_else(self.condition(1), self.mood, self.random.choice([*Mood]))
        return self.random.choice([self.mood, chosen])

    def abstract(self) -> Machine[Phase]:
        random = self.random
        seen: Variable[Phase] = state("phase", Phase, initial=tuple(random.sample([*Phase], random.choice([2, 3]))))
        go = Actor("abstract")("go")
        pairs = [(source, dest) for source in Phase for dest in Phase if source is not dest and random.random() < 0.75]
        return Machine("phases", seen, [Transition(trigger=go, source=s, dest=d) for s, d in pairs])

    def fair(self) -> tuple[Fairness, ...]:
        random = self.random
        each = random.random() < 0.6
        going_on = [weak(actor, each=each) for actor in (self.crew, self.boss) if random.random() < 0.8]
        return (*going_on, *(strong(e, each=random.random() < 0.5) for e in self.events if random.random() < 0.2))

    # Formulas.

    def rules(self) -> list[Formula]:
        """Of states and steps: weak enough to be true now and then."""
        random = self.random
        by_worker = random.choice([e for e in self.events if e in ("begin", "end", "turn")])
        return [
            Always(disjunction(*(self.condition(1) for _ in range(3)))),
            Never(conjunction(*(self.condition(1) for _ in range(3)))),
            Step(self.condition(1), disjunction(*(self.condition(1) for _ in range(2)))),
            Step(self.condition(1, self.worker), self.condition(1, self.worker), (by_worker,)),
            Becomes(self.chosen_mood(), self.chosen_mood(), (random.choice(self.events),)),
            Only(by_worker, self.condition(1, self.worker)),
            random.choice(
                [
                    Equals(self.condition(1), self.condition(1)),
                    Equals(self.chosen_mood(), self.chosen_mood()),
                    Equals(self.count(), self.count()),
                ]
            ),
            Follows(self.abstract(), self.phase()),
            Reachable(conjunction(*(self.condition(1) for _ in range(2)))),
        ]

    def graph_questions(self) -> list[Formula]:
        random = self.random
        made: list[Formula] = []
        for _ in range(2):
            made.append(Passes(self.condition(1), self.condition(1)))
            made.append(NoReturn(random.choice([self.condition(1), self.condition(1), self.phase(), self.count()])))
            made.append(Shortest(self.condition(1), random.choice([1, 2, 2, 3, 4])))
        return made

    def lasting(self) -> list[Formula]:
        return [
            Eventually(self.condition(1), fair=self.fair()),
            LeadsTo(self.condition(1), self.condition(1), fair=self.fair()),
            LeadsTo(self.condition(1), self.condition(1), fair=self.fair()),
            InfinitelyOften(self.condition(1), fair=self.fair()),
            EventuallyAlways(self.condition(1), fair=self.fair()),
        ]
