"""The cone of influence: it drops what does not matter, and no verdict changes.

Examples of what once did change a verdict come first, then a few random systems of loosely coupled machines.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from random import Random
from typing import Any

import pytest
from podproof.engines.explicit import check
from podproof.language import (
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    Event,
    Expr,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    Variable,
    conjunction,
    flag,
    if_then_else,
    number,
    parameter,
    sets,
    state,
)
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Verdict
from podproof.properties.formulas import Always, Formula, Never, Only, Reachable, Step


class Light(StrEnum):
    red = "red"
    green = "green"


RED, GREEN = Light
somebody = Actor("somebody")
go, stop, tick, beep = (somebody(name) for name in ("go", "stop", "tick", "beep"))
light = state("light", Light, initial=RED)
clock = state("clock", Light, initial=RED)
third = state("third light", Light, initial=RED)
alarm = flag("alarm", initial=False)
level = number("level", 0, 3, initial=0)

lights = Machine("lights", light, [Transition(trigger=go, source=RED, dest=GREEN)])
clocks = Machine(
    "clocks",
    clock,
    [Transition(trigger=tick, source=RED, dest=GREEN), Transition(trigger=tick, source=GREEN, dest=RED)],
)


def both(system: System, formula: Formula, sizes: Sizes | None = None) -> Answer:
    """The answer with the cone; without it everything is the same but what a trace tells of other variables."""
    with_cone, without = (check(system, formula, sizes or {}, cone=cone) for cone in (True, False))
    assert summary(with_cone) == summary(without)
    return with_cone


def summary(answer: Answer) -> tuple[Any, ...]:
    return answer.verdict, answer.method, answer.reason, None if answer.trace is None else len(answer.trace)


# Steps that change nothing that was asked about.


def test_a_step_elsewhere_leaves_the_light_red() -> None:
    system = System("two", (lights, clocks))
    assert both(system, Step(light.is_(RED), light.is_(GREEN))).verdict is Verdict.FALSE
    assert both(system, Step(light.is_(RED), light.is_(GREEN), (go,))).verdict is Verdict.TRUE


def test_a_rule_that_a_step_elsewhere_cannot_break_needs_no_steps_elsewhere() -> None:
    system = System("two", (lights, clocks))
    crew = Kind("sailor")
    lamp = state("lamp", Light, kind=crew, initial=RED)
    for formula in (
        Step(light.is_(GREEN), light.is_(GREEN)),
        Step(light.is_(RED) & alarm, alarm | light.is_(GREEN)),
        Step(level + 1 < 3, level < 2),
        Step(crew.all(lamp.is_(RED)) & alarm, crew.all(lamp.is_(RED))),
    ):
        assert formula.events() == (), formula
    assert set(system.cone([light], Step(light.is_(GREEN), light.is_(GREEN)).events()).variables) == {light}
    assert both(system, Step(light.is_(GREEN), light.is_(GREEN))).verdict is Verdict.TRUE


def test_an_event_that_changes_nothing_happens_all_the_same() -> None:
    beeper = Machine("beeper", third, [Transition(trigger=beep, source="*", dest="=", conditions=clock.is_(GREEN))])
    system = System("three", (lights, clocks, beeper))
    assert both(system, Only(beep, light.is_(GREEN))).verdict is Verdict.FALSE
    assert both(system, Only(beep, clock.is_(GREEN))).verdict is Verdict.TRUE
    assert both(system, Step(TRUE, light.is_(GREEN), (beep,))).verdict is Verdict.FALSE
    assert set(system.cone([], [beep]).variables) == {third, clock}
    assert {step.event for step in system.cone([light.is_(RED)], [beep]).steps} == {go, tick, beep}


def test_an_event_that_writes_only_what_is_dropped_happens_all_the_same() -> None:
    beeper = Machine("beeper", third, [Transition(trigger=beep, source="*", dest="=", before=sets(alarm, True))])
    assert both(System("two", (lights, beeper)), Only(beep, light.is_(GREEN))).verdict is Verdict.FALSE


# Guards of reactions.


def test_a_reaction_that_writes_nothing_wanted_shadows_a_later_one() -> None:
    reacting = Machine(
        "reacting",
        third,
        [],
        reacts=[
            Transition(trigger=go, source="*", dest="=", conditions=clock.is_(GREEN)),
            Transition(trigger=go, source="*", dest="=", before=sets(level, 1)),
        ],
    )
    system = System("three", (lights, clocks, reacting))
    assert clock in system.cone([level.is_(1)]).variables
    assert both(system, Never(level.is_(1))).verdict is Verdict.FALSE
    assert both(system, Never(level.is_(1) & clock.is_(RED))).verdict is Verdict.FALSE


# Numbers that leave their domains.


def test_an_overflow_elsewhere_is_an_error_in_a_cone_too() -> None:
    counting = Machine(
        "counting", third, [Transition(trigger=beep, source="*", dest="=", before=sets(level, level + 1))]
    )
    answer = both(System("two", (clocks, counting)), Always(clock.is_(RED, GREEN)))
    assert (answer.verdict, answer.reason) == (
        Verdict.ERROR,
        "'beep' would store a value outside its variable's domain",
    )
    assert both(System("two", (clocks, counting)), Never(clock.is_(GREEN))).verdict is Verdict.FALSE  # met before


def test_a_number_that_a_guard_keeps_in_its_domain_can_be_dropped() -> None:
    arrow: Transition[Any] = Transition(
        trigger=beep, source="*", dest="=", before=sets(level, level + 1), conditions=level < 3
    )
    counting = Machine("counting", third, [arrow])
    system = System("two", (lights, counting))
    assert set(system.cone([light.is_(RED)]).variables) == {light}
    assert both(system, Always(light.is_(RED))).verdict is Verdict.FALSE


# Assumptions, and cones of cones.


def test_a_cone_keeps_what_assumptions_restrict() -> None:
    crew = Kind("sailor")
    lamp, size = state("lamp", Light, kind=crew), number("size", 0, 3)
    dark = Assumption("dark", "No lamp is lit at first.", crew.all(lamp.is_(RED)))
    small = Assumption("small", "It is small.", size < 2)
    lamps = Machine("lamps", lamp, [Transition(trigger=stop, source=GREEN, dest=RED)])
    turning: Transition[Any] = Transition(
        trigger=go, source=RED, dest=GREEN, conditions=size.is_(2) | crew.some(lamp.is_(GREEN))
    )
    system = System("two", (lamps, Machine("lights", light, [turning]), clocks), frozen=(size,))
    for sizes in ({crew: 0}, {crew: 2}):
        assert both(system.under(dark, small), Never(light.is_(GREEN)), sizes).verdict is Verdict.TRUE
        assert both(system.under(dark), Never(light.is_(GREEN)), sizes).verdict is Verdict.FALSE
        assert both(system.under(dark, small), Never(clock.is_(GREEN)), sizes).verdict is Verdict.FALSE
    none = Assumption("none", "There is no light.", light.is_(GREEN))
    assert both(system.under(none), Always(clock.is_(RED)), {}).verdict is Verdict.ERROR


def test_what_a_cone_has_dropped_cannot_be_asked_of_it() -> None:
    part = System("two", (lights, clocks)).cone([light])
    assert set(part.cone([light]).variables) == {light}
    early = Assumption("early", "It is early.", clock.is_(RED))
    asks: list[Callable[[], System]] = [
        lambda: part.cone([clock]),
        lambda: part.cone([], [tick]),
        lambda: part.under(early),
    ]
    for ask in asks:
        with pytest.raises(DeclarationError, match="system two is a cone of influence that has dropped clock"):
            ask()


# Random systems.


class Hue(StrEnum):
    red = "red"
    amber = "amber"
    green = "green"


class Side(StrEnum):
    left = "left"
    right = "right"


class Loose:
    """A random system of four machines, two of them of a kind, that seldom look at one another; and claims about it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.crew = Kind("sailor", ordered=self.random.random() < 0.3)
        self.states: list[Variable[Any]] = [
            state("first", Hue, initial=Hue.red),
            state("second", Hue, initial=Hue.red),
            state("lamp", Hue, kind=self.crew, initial=Hue.red),
            state("torch", Hue, kind=self.crew, initial=Hue.red),
        ]
        bounded = self.random.random() < 0.2
        self.written: list[Variable[Any]] = [
            flag("bell", initial=False),
            number("depth", 0, 2, saturating=not bounded, initial=0),
            number("age", 0, 2, saturating=True, kind=self.crew, initial=0),
            flag("whistle", kind=self.crew, initial=False),
        ]
        side = parameter("side", Side)
        self.side = side
        self.events = [somebody(f"event {i}", *((side,) if self.random.random() < 0.3 else ())) for i in range(7)]
        owned = [self.events[:2], self.events[2:4], self.events[4:6], self.events[6:]]
        machines = []
        for i, own in enumerate(owned):
            foreign = [event for event in self.events if event not in own]
            reacting = self.random.sample(foreign, 1) if self.random.random() < 0.5 else []
            arrows = [self._arrow(i, event) for event in own for _ in range(self.random.randint(1, 2))]
            reacts = [self._arrow(i, event, True) for event in reacting for _ in range(self.random.randint(1, 3))]
            machines.append(Machine(f"machine {i}", self.states[i], arrows, reacts))
        effects = {v for m in machines for a in (*m.arrows, *m.reactions) for v in a.effects}
        frozen = tuple(v for v in self.written if v not in effects)
        self.system = System("loose", tuple(machines), frozen=frozen)

    def _own(self, i: int) -> Expr[bool]:
        """About the variables of one machine; a member expression for a machine of the kind."""
        hues, written = self.random.sample(list(Hue), self.random.randint(1, 2)), self.written[i]
        atom: Any = written < self.random.randint(1, 2) if i in (1, 2) else written
        return self.random.choice([self.states[i].is_(*hues), self.states[i].is_(*hues), atom])

    def closed(self, i: int) -> Expr[bool]:
        body = self._own(i)
        if i < 2:
            return body
        return self.random.choice(
            [self.crew.all(body), self.crew.some(body), self.crew.none(body), self.crew.count(body) < 2]
        )

    def _guard(self, i: int, event: Event) -> Expr[bool]:
        atoms = [self._own(i)]
        if self.random.random() < 0.25:
            atoms.append(self.closed(self.random.randrange(4)))
        if i >= 2 and self.random.random() < 0.2:
            scopes = [Scope.others, *((Scope.earlier, Scope.later) if self.crew.ordered else ())]
            atoms.append(self.crew.none(self._own(self.random.choice([2, 3])), self.random.choice(scopes)))
        if event.parameters and self.random.random() < 0.5:
            atoms.append(self.side.is_(Side.left))
        return conjunction(*atoms)

    def _arrow(self, i: int, event: Event, reacts: bool = False) -> Transition[Any]:
        hues = list(Hue)
        source: Any = self.random.choice(["*", self.random.sample(hues, self.random.randint(1, 2))])
        arrow = Transition(trigger=event, source=source, dest=self.random.choice(["=", *hues]))
        if self.random.random() < 0.6:
            arrow["conditions"] = self._guard(i, event)
        written = self.written[i]
        alone = i >= 2 or not reacts or event not in self.events[4:]
        if alone and self.random.random() < 0.5:
            value: Any = self._guard(i, event)
            if i in (1, 2):
                value = self.random.choice([written + 1, written - 1, if_then_else(value, written + 1, 0), 1])
            arrow["before"] = sets(written, value)
        return arrow

    def claims(self) -> Sequence[Formula]:
        made: list[Formula] = []
        for _ in range(2):
            i, event = self.random.randrange(4), self.random.choice(self.events)
            p, q = self.closed(i), self.closed(self.random.choice([i, i, self.random.randrange(4)]))
            owner = next(m for m in self.system.machines if event in m.events)
            member = self._own(self.random.choice([2, 3])) if owner.kind is self.crew else p
            made += [Always(p), Reachable(p & q), Step(p, q), Step(p, p | q), Step(p, q, (event,))]
            made += [Only(event, p), Only(event, member), Step(TRUE, member, (event,))]
        return made


@pytest.mark.parametrize("part", range(4))
def test_verdicts_of_random_systems_do_not_depend_on_the_cone(part: int) -> None:
    dropped = 0
    for seed in range(part * 6, part * 6 + 6):
        loose = Loose(seed)
        for formula in loose.claims():
            both(loose.system, formula, {loose.crew: seed % 3})
            cone = loose.system.cone(formula.expressions(), formula.events())
            dropped += len(cone.variables) < len(loose.system.variables)
    assert dropped > 20
