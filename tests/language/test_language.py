"""The language: what is refused when it is declared, and what a declaration means."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from podproof.engines.explicit import check, explore
from podproof.engines.state_space import StateSpace
from podproof.kubernetes.derived.phase import init_done
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_container_policies
from podproof.kubernetes.vocabulary.events import start_init
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import InitRun, init_run
from podproof.language import (
    FALSE,
    TRUE,
    Actor,
    Assumption,
    DeclarationError,
    DomainError,
    Event,
    Expr,
    Kind,
    Machine,
    Scope,
    System,
    Transition,
    UnsupportedError,
    Variable,
    conjunction,
    disjunction,
    first_match,
    flag,
    if_then_else,
    named,
    number,
    parameter,
    sets,
    state,
)
from podproof.language.domains import Integers
from podproof.language.expressions import as_expr, own_kinds, rewrite
from podproof.language.flat import Sizes, expand
from podproof.language.meanings.python import evaluate
from podproof.language.running import RunningSystem
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Always, Becomes, Equals, Follows, Never, Only, Reachable, Step
from podproof.properties.limits import Limits
from podproof.properties.whole_runs import NoReturn, Passes, Shortest


class Light(StrEnum):
    red = "red"
    green = "green"


class Coin(StrEnum):
    heads = "heads"
    tails = "tails"


RED, GREEN = Light.red, Light.green
somebody = Actor("somebody")
go, stop, tick = somebody("go"), somebody("stop"), somebody("tick")
crew = Kind("sailor")
queue = Kind("guest", ordered=True)
light = state("light", Light, initial=RED)
other = state("other light", Light, initial=RED)
lamp = state("lamp", Light, kind=crew, initial=RED)
torch = state("torch", Light, kind=crew, initial=RED)
place = state("place", Light, kind=queue)
level = number("level", 0, 3, initial=0)
seat = number("seat", 0, 9, kind=queue, initial=0)
x, y = number("x", 0, 3, initial=1), number("y", 0, 3, initial=2)
alarm = flag("alarm", initial=False)
coin = parameter("coin", Coin)
toss = somebody("toss", coin)

Values = Mapping[Variable[Any], Any]


def arrow(event: Event = go, source: Any = "*", dest: Any = "=", **more: Any) -> Transition[Any]:
    """One transition, of any shape: some of the tests get it wrong on purpose."""
    transition: Transition[Any] = {"trigger": event, "source": source, "dest": dest}
    transition.update(more)  # type: ignore[typeddict-item]
    return transition


def machine(*arrows: Any, own: Variable[Any] = light, name: str = "lights", reacts: Any = ()) -> Machine[Any]:
    return Machine(name, own, arrows, reacts)


def system(*machines: Machine[Any], **options: Any) -> System:
    return System("harbour", machines, **options)


def successor(
    whole: System,
    values: Values,
    event: Event,
    *,
    parameters: Mapping[str, Any] | None = None,
    sizes: Sizes | None = None,
    element: int | None = None,
) -> Values | None:
    """The state after a step, None where it cannot be taken; the running machines and the compiled steps must agree."""
    running = RunningSystem(whole, sizes or {}, values)
    taken = running.fire(event, parameters, element)
    space = StateSpace(expand(whole, sizes or {}), symmetric=False)
    flat = {v: values[own] if each is None else values[own][each] for (own, each), v in space.flat.place.items()}
    compiled = []
    for moves in space.moves(np.array([space.layout.pack(flat)], dtype=np.uint64)):
        step = space.flat.steps[moves.index]
        if (step.step.event, step.step.parameters, step.element) == (event, parameters or {}, element):
            compiled.append(space.values(int(moves.after[0])))
    assert compiled == ([running.before] if taken else [])
    return running.before if taken else None


def changed(whole: System, values: Values, event: Event, **more: Any) -> Values | None:
    """Only what the step changed."""
    after = successor(whole, values, event, **more)
    return None if after is None else {v: value for v, value in after.items() if value != values[v]}


# Declaration errors. Each names the place and what was expected there.

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    # machines
    "unknown source": (
        lambda: machine(arrow(source=Coin.heads)),
        "machine lights, event go: source <Coin.heads: 'heads'> is not one of red, green",
    ),
    "source as plain text": (
        lambda: machine(arrow(source="red")),
        "machine lights, event go: source 'red' is not one of red, green",
    ),
    "one unknown source among several": (
        lambda: machine(arrow(source=[RED, Coin.tails])),
        "machine lights, event go: source <Coin.tails: 'tails'> is not one of red, green",
    ),
    "no source": (lambda: machine(arrow(source=[])), "machine lights, event go: no source state"),
    "unknown dest": (
        lambda: machine(arrow(dest=Coin.heads)),
        "machine lights, event go: dest <Coin.heads: 'heads'> is not one of red, green",
    ),
    "dest None": (lambda: machine(arrow(dest=None)), "machine lights, event go: dest None is not one of red, green"),
    "unknown key": (
        lambda: machine(arrow(after=sets(level, 1))),
        "machine lights, event go: expected keys before, conditions, dest, source, trigger, unless; "
        "got ['after', 'dest', 'source', 'trigger']",
    ),
    "missing key": (
        lambda: machine({"trigger": go, "source": "*"}),
        "machine lights, event go: expected keys before, conditions, dest, source, trigger, unless; "
        "got ['source', 'trigger']",
    ),
    "trigger is plain text": (
        lambda: machine({"trigger": "go", "source": "*", "dest": "="}),
        "machine lights, event go: trigger must be an event of an actor",
    ),
    "trigger is missing": (
        lambda: machine({"source": "*", "dest": "="}),
        "machine lights, event None: trigger must be an event of an actor",
    ),
    "condition is a method name": (
        lambda: machine(arrow(conditions="is_dark")),
        "machine lights, event go: conditions: expected an expression, not 'is_dark'",
    ),
    "condition is a lambda": (
        lambda: machine(arrow(conditions=print)),
        "machine lights, event go: conditions: expected an expression, not <built-in function print>",
    ),
    "condition is True": (
        lambda: machine(arrow(conditions=True)),
        "machine lights, event go: conditions: expected an expression, not True: compare with is_()",
    ),
    "condition is None": (
        lambda: machine(arrow(conditions=None)),
        "machine lights, event go: conditions: expected an expression, not None",
    ),
    "conditions that can be read only once": (
        lambda: machine(arrow(unless=(condition for condition in [alarm]))),
        "machine lights, event go: unless: expected an expression, not <generator",
    ),
    "effect is a function": (
        lambda: machine(arrow(before=print)),
        "machine lights, event go: an effect is made with sets(variable, value, ...), not <built-in function print>",
    ),
    "source is a number": (
        lambda: machine(arrow(source=3)),
        "machine lights, event go: source 3 is not one of red, green",
    ),
    "transition is no dict": (
        lambda: machine(["go", RED, GREEN]),
        "machine lights: a transition is a dict with a trigger, not ['go',",
    ),
    "condition is a number": (
        lambda: machine(arrow(conditions=level)),
        "machine lights, event go: conditions takes a true-or-false expression, not (level)",
    ),
    "unless is a number": (
        lambda: machine(arrow(unless=[alarm, level + 1])),
        "machine lights, event go: unless takes a true-or-false expression, not (level + 1)",
    ),
    "effect is a method name": (
        lambda: machine(arrow(before="switch_on")),
        "machine lights, event go: an effect is made with sets(variable, value, ...), not 'switch_on'",
    ),
    "effect writes the state": (
        lambda: machine(arrow(before=sets(light, GREEN))),
        "machine lights, event go: light is the machine's state: dest writes it",
    ),
    "effect writes another kind's variable": (
        lambda: machine(arrow(before=sets(lamp, GREEN))),
        "machine lights, event go: writes lamp of one sailor; only a machine of sailor can",
    ),
    "two effects write one variable": (
        lambda: machine(arrow(before=[sets(level, 1), sets(level, 2)])),
        "machine lights, event go: level is written twice in one step",
    ),
    "own variable without quantifier in a guard": (
        lambda: machine(arrow(conditions=lamp.is_(RED))),
        "machine lights, event go: conditions: (lamp is red) speaks of one sailor, but this machine is of no kind; "
        "say which ones with sailor.all, .some, .none or .count",
    ),
    "own variable without quantifier in an effect": (
        lambda: machine(arrow(before=sets(alarm, lamp.is_(RED)))),
        "machine lights, event go: the new value of alarm: (lamp is red) speaks of one sailor",
    ),
    "own variable of another kind": (
        lambda: machine(arrow(conditions=place.is_(RED)), own=lamp),
        "machine lights, event go: conditions: (place is red) speaks of one guest, but this machine is of sailor",
    ),
    "relative quantifier outside its kind": (
        lambda: machine(arrow(conditions=queue.all(place.is_(RED), Scope.earlier))),
        "machine lights, event go: conditions: (every earlier guest: place is red) speaks of one guest",
    ),
    "parameter of another event": (
        lambda: machine(arrow(conditions=coin.is_(Coin.heads))),
        "machine lights, event go: conditions: coin is no parameter of this event",
    ),
    "parameter of another event in an effect": (
        lambda: machine(arrow(before=sets(alarm, coin.is_(Coin.heads)))),
        "machine lights, event go: the new value of alarm: coin is no parameter of this event",
    ),
    "state is no enumeration": (
        lambda: machine(own=alarm),
        "machine lights: its state must be a variable over a StrEnum",
    ),
    "event both owned and reacted to": (
        lambda: machine(arrow(go), reacts=[arrow(go)]),
        "machine lights owns ['go'] and reacts to it: it can do only one",
    ),
    # variables
    "states of no StrEnum": (
        lambda: state("light", bool),
        "light: the values of a state variable are the members of a StrEnum, not <class 'bool'>",
    ),
    "initial state of another enumeration": (
        lambda: state("light", Light, initial=Coin.heads),
        "light: initial value <Coin.heads: 'heads'> is not one of red, green",
    ),
    "initial number out of range": (
        lambda: number("level", 0, 3, initial=(0, 9)),
        "level: initial value 9 is not an integer from 0 to 3",
    ),
    "initial truth of a number": (
        lambda: number("level", 0, 3, initial=True),
        "level: initial value True is not an integer from 0 to 3",
    ),
    "initial number of a truth": (lambda: flag("alarm", initial=1), "alarm: initial value 1 is not true or false"),
    "no name": (lambda: flag(""), "a variable needs a name"),
    "no initial value": (lambda: flag("alarm", initial=()), "alarm: no initial value; ANY stands for every one"),
    "initial number below the only end": (
        lambda: number("level", 1, initial=0),
        "level: initial value 0 is not an integer, at least 1",
    ),
    "initial number above the only end": (
        lambda: number("level", high=1, initial=2),
        "level: initial value 2 is not an integer, at most 1",
    ),
    "empty range": (lambda: number("level", 3, 0), "empty integer domain 3..0"),
    "saturating without ends": (lambda: number("level", saturating=True), "only a bounded integer can saturate"),
    "saturating at one end": (lambda: number("level", 0, saturating=True), "only a bounded integer can saturate"),
    # expressions
    "divided by what may be 0": (
        lambda: level // level,
        "(level) // (level): a divisor is at least 1, but (level) is an integer from 0 to 3",
    ),
    "divided by 0": (lambda: level // 0, "(level) // (0): a divisor is at least 1, but (0) is an integer from 0 to 0"),
    "divided by what may be negative": (lambda: 7 // number("beyond"), "a divisor is at least 1"),
    # effects
    "number out of range": (lambda: sets(level, 4), "level is an integer from 0 to 3: 4 is outside its domain"),
    "state of another enumeration": (
        lambda: sets(light, Coin.heads),
        "light is one of red, green: it cannot become (heads), one of heads, tails",
    ),
    "truth for a number": (
        lambda: sets(level, True),
        "level is an integer from 0 to 3: it cannot become (true), true or false",
    ),
    "text for a state": (lambda: sets(light, "red"), "'red' is no value of the language"),
    "variable without value": (lambda: sets(level, 1, alarm), "sets() takes variables and values in turn"),
    "one variable twice": (lambda: sets(level, 1, level, 2), "level is assigned twice in one effect"),
    "no variable": (lambda: sets(level + 1, 2), "only a variable can be assigned, not (level + 1)"),
    # expressions
    "state compared with another enumeration": (
        lambda: light.is_(Coin.heads),  # type: ignore[arg-type]
        "(light) is one of red, green: it can never be <Coin.heads: 'heads'>",
    ),
    "number outside its domain": (
        lambda: level.is_(1, 7),
        "level is an integer from 0 to 3: 7 is outside its domain",
    ),
    "truth of a number": (
        lambda: level.is_(True),
        "(level) is an integer from 0 to 3: it can never be True",
    ),
    "equality of different types": (
        lambda: light.equals(alarm),  # type: ignore[arg-type]
        "cannot compare (light), one of red, green, with (alarm), true or false",
    ),
    "conjunction with a number": (
        lambda: alarm & level,  # type: ignore[operator]
        "& takes a true-or-false expression, not (level)",
    ),
    "negation of a number": (
        lambda: ~level,  # type: ignore[misc]
        "~ takes a true-or-false expression, not (level)",
    ),
    "sum with a truth": (
        lambda: level + alarm,  # type: ignore[operator]
        "+ takes integers, not (alarm)",
    ),
    "fraction": (
        lambda: level < 1.5,  # type: ignore[operator]
        "1.5 is no value of the language",
    ),
    "choice by a number": (
        lambda: if_then_else(level, 1, 2),  # type: ignore[arg-type]
        "the condition of if_then_else takes a true-or-false expression, not (level)",
    ),
    "choice between types": (
        lambda: if_then_else(alarm, RED, 2),
        "the branches (red) and (2) are of different types",
    ),
    "quantifier over a number": (
        lambda: crew.all(level),  # type: ignore[arg-type]
        "the body of a quantifier over sailor takes a true-or-false expression, not (level)",
    ),
    "earlier without order": (
        lambda: crew.all(lamp.is_(RED), Scope.earlier),
        "'earlier' needs an ordered kind; sailor has no order",
    ),
    "later without order": (
        lambda: crew.count(lamp.is_(RED), Scope.later),
        "'later' needs an ordered kind; sailor has no order",
    ),
    "first without order": (
        lambda: crew.first(lamp.is_(RED), lamp, RED),
        "first and last need an ordered kind; sailor has no order",
    ),
    "last without order": (
        lambda: crew.last(lamp.is_(RED), lamp, RED),
        "first and last need an ordered kind; sailor has no order",
    ),
    "default of another type": (
        lambda: queue.first(place.is_(RED), place, Coin.heads),
        "(place) and the default (heads) are of different types",
    ),
    # no expression is a truth value
    "and": (lambda: alarm and light.is_(RED), "(alarm) has no truth value: use &, |, ~ and is_() instead"),
    "or": (lambda: alarm or light.is_(RED), "(alarm) has no truth value"),
    "not": (lambda: not alarm, "(alarm) has no truth value"),
    "if": (lambda: 1 if light.is_(RED) else 2, "(light is red) has no truth value"),
    "bool": (lambda: bool(level < 2), "(level < 2) has no truth value"),
    "chained comparison": (lambda: 0 < level < 3, "(0 < level) has no truth value"),
    # systems
    "two machines of one name": (
        lambda: system(machine(), machine(own=other)),
        "system harbour: machine lights is declared twice",
    ),
    "two variables of one name": (
        lambda: system(machine(), machine(own=state("light", Light), name="others")),
        "system harbour: variable light is declared twice",
    ),
    "a frozen variable of a taken name": (
        lambda: system(machine(), frozen=(flag("light"),)),
        "system harbour: variable light is declared twice",
    ),
    "two owners of one event": (
        lambda: system(machine(arrow(go)), machine(arrow(go), own=other, name="others")),
        "system harbour: lights and others both own the event go",
    ),
    "reaction to nobody's event": (
        lambda: system(machine(reacts=[arrow(go)])),
        "machine lights reacts to go, which no machine owns",
    ),
    "variable that no machine has": (
        lambda: system(machine(arrow(conditions=alarm))),
        "system harbour: (alarm) reads alarm, which no machine here writes: add its machine, or list it as frozen",
    ),
    "variable that no machine has in an effect": (
        lambda: system(machine(arrow(before=sets(x, y + 1)))),
        "system harbour: (y + 1) reads y, which no machine here writes",
    ),
    "variable that no machine has in the initial predicate": (
        lambda: system(machine(), initially=(alarm,)),
        "system harbour: (alarm) reads alarm, which no machine here writes",
    ),
    "frozen variable written": (
        lambda: system(machine(arrow(before=sets(level, 1))), frozen=(level,)),
        "system harbour: level is frozen, but a machine writes it",
    ),
    "frozen state": (
        lambda: system(machine(), frozen=(light,)),
        "system harbour: light is frozen, but a machine writes it",
    ),
    "owner and reaction write one variable": (
        lambda: system(
            machine(arrow(go, before=sets(level, 1))),
            machine(own=other, name="others", reacts=[arrow(go, before=sets(level, 2))]),
        ),
        "event go: lights and others both write level in one step",
    ),
    "two reactions write one variable": (
        lambda: system(
            machine(arrow(go)),
            machine(own=other, name="others", reacts=[arrow(go, before=sets(level, 2))]),
            machine(own=state("third", Light), name="thirds", reacts=[arrow(go, before=sets(level, 2))]),
        ),
        "event go: others and thirds both write level in one step",
    ),
    "every element writes one variable": (
        lambda: system(
            machine(arrow(go)),
            machine(own=lamp, name="lamps", reacts=[arrow(go, before=sets(level, 1))]),
        ),
        "machine lamps, event go: every sailor reacts, so none of them may write level, of which there is one",
    ),
    "a machine writes another one's state": (
        lambda: system(machine(arrow(before=sets(other, GREEN))), machine(own=other, name="others")),
        "machine lights, event go: writes other light, the state of machine others: only that one can",
    ),
    "two machines over one state": (
        lambda: system(machine(), machine(name="others")),
        "system harbour: light is the state of both lights and others",
    ),
    "two events of one name": (
        lambda: system(machine(arrow(go)), machine(arrow(somebody("go")), own=other, name="others")),
        "system harbour: machine others has an event go that is another one than the event go used before",
    ),
    "two events of one name in a reaction": (
        lambda: system(machine(arrow(go)), machine(own=other, name="others", reacts=[arrow(somebody("go"))])),
        "system harbour: machine others has an event go that is another one than the event go used before",
    ),
    "two kinds of one name": (
        lambda: system(
            machine(arrow(go, conditions=crew.some(lamp.is_(RED)))),
            machine(own=lamp, name="lamps"),
            machine(arrow(tick, conditions=Kind("sailor").none(alarm)), own=other, name="others"),
            frozen=(alarm,),
        ),
        "system harbour: kind sailor is declared twice",
    ),
    "initial predicate that is no tuple": (
        lambda: system(machine(), initially=light.is_(RED)),
        "system harbour: initially: expected a tuple of expressions",
    ),
    "initial predicate that is a number": (
        lambda: system(machine(arrow(before=sets(level, 1))), initially=(level,)),
        "system harbour: initially takes a true-or-false expression, not (level)",
    ),
    "initial predicate about one element": (
        lambda: system(machine(own=lamp), initially=(lamp.is_(RED),)),
        "system harbour: initially: (lamp is red) speaks of one sailor, but no single one is meant here",
    ),
    "assumed shape that is a number": (
        lambda: Assumption("flat", "It is flat.", level),  # type: ignore[arg-type]
        "assumption flat: shape takes a true-or-false expression, not (level)",
    ),
    "assumed shape of one element": (
        lambda: Assumption("dark", "It is dark.", lamp.is_(RED)),
        "assumption dark: shape: (lamp is red) speaks of one sailor",
    ),
    "assumed shape with a parameter": (
        lambda: Assumption("lucky", "It is heads.", coin.is_(Coin.heads)),
        "assumption lucky: shape: coin is no parameter of this event",
    ),
    "two parameters of one name": (
        lambda: somebody("toss two", coin, parameter("coin", Light)),
        "event toss two: expected parameters of different names",
    ),
    "parameter that is a value": (
        lambda: somebody("toss", Coin.heads),  # type: ignore[arg-type]
        "event toss: expected parameters of different names",
    ),
    # formulas
    "comparison by ==": (
        lambda: Always(light == RED),  # type: ignore[arg-type,comparison-overlap]
        "Always: what holds: expected an expression, not False: compare with is_() or equals(), never with ==",
    ),
    "always a state": (
        lambda: Always(light),  # type: ignore[arg-type]
        "Always: what holds takes a true-or-false expression, not (light)",
    ),
    "always of one element": (
        lambda: Always(lamp.is_(RED)),
        "Always: what holds: (lamp is red) speaks of one sailor, but no single one is meant here",
    ),
    "always of the earlier ones": (
        lambda: Always(queue.all(place.is_(RED), Scope.earlier)),
        "Always: what holds: (every earlier guest: place is red) speaks of one guest",
    ),
    "always with a parameter": (
        lambda: Always(coin.is_(Coin.heads)),
        "Always: what holds: coin is no parameter of this event",
    ),
    "never text": (
        lambda: Never("light is red"),  # type: ignore[arg-type]
        "Never: what never holds: expected an expression, not 'light is red'",
    ),
    "reachable of one element": (lambda: Reachable(lamp.is_(RED)), "Reachable: what is reached: (lamp is red) speaks"),
    "step of one element and any event": (
        lambda: Step(lamp.is_(RED), TRUE),
        "Step: before: (lamp is red) speaks of one sailor",
    ),
    "step of elements of two kinds": (
        lambda: Step(TRUE, lamp.is_(RED) & place.is_(RED), (go,)),
        "Step: after: (lamp is red and place is red) speaks of one sailor",
    ),
    "step of plain text": (
        lambda: Step(TRUE, alarm, ("go",)),  # type: ignore[arg-type]
        "Step: expected a tuple of events, not ('go',)",
    ),
    "step of an event without a tuple": (
        lambda: Step(TRUE, alarm, go),  # type: ignore[arg-type]
        "Step: expected a tuple of events, not 'go'",
    ),
    "only text": (
        lambda: Only("go", alarm),  # type: ignore[arg-type]
        "Only: expected a tuple of events, not ('go',)",
    ),
    "only while ==": (
        lambda: Only(go, light == RED),  # type: ignore[arg-type,comparison-overlap]
        "Only: what holds: expected an expression, not False: compare with is_()",
    ),
    "equality of different types in a claim": (lambda: Equals(light, alarm), "cannot compare (light)"),
    "equality with an element's value": (lambda: Equals(light, lamp), "Equals: the right side: (lamp) speaks"),
    "becoming a value of another type": (
        lambda: Becomes(light, alarm, (go,)),
        "Becomes: (light) is one of red, green, ",
    ),
    "becoming a number": (lambda: Becomes(level, level + 1, (go,)), "they have to have the same values, each with a"),
    "becoming at one event": (lambda: Becomes(light, light, go), "Becomes: expected a tuple of events, not 'go'"),  # type: ignore[arg-type]
    "becoming at no event": (lambda: Becomes(light, light, ()), "Becomes: it says of which events, and none is named"),
    "passes a number": (
        lambda: Passes(alarm, level),  # type: ignore[arg-type]
        "Passes: what is passed takes a true-or-false expression, not (level)",
    ),
    "no return of an element's value": (lambda: NoReturn(lamp), "NoReturn: what is observed: (lamp) speaks of one"),
    "no return of a truth": (lambda: NoReturn(True), "NoReturn: what is observed: expected an expression, not True"),  # type: ignore[arg-type]
    "shortest of true steps": (lambda: Shortest(alarm, True), "Shortest: expected a number of steps, not True"),
    "shortest of less than no steps": (lambda: Shortest(alarm, -1), "Shortest: expected a number of steps, not -1"),
    "followed value of another type": (
        lambda: Follows(machine(arrow()), alarm),
        "Follows: (alarm) is true or false, but the states of machine lights are one of red, green",
    ),
    "followed machine with a guard": (
        lambda: Follows(machine(arrow(conditions=alarm)), light),
        "machine lights is followed as arrows only: it cannot have guards",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_when_declared(name: str) -> None:
    declare, message = REFUSED[name]
    with pytest.raises(DeclarationError, match=re.escape(message)):
        declare()


# What a step is.


def test_first_enabled_transition_is_taken() -> None:
    whole = system(
        machine(
            arrow(go, RED, GREEN, conditions=level.is_(0), before=sets(level, 1)),
            arrow(go, RED, "=", conditions=level < 2, before=sets(level, 2)),
            arrow(go, "*", RED, before=sets(level, 3)),
        )
    )
    assert successor(whole, {light: RED, level: 0}, go) == {light: GREEN, level: 1}
    assert successor(whole, {light: RED, level: 1}, go) == {light: RED, level: 2}
    assert successor(whole, {light: RED, level: 2}, go) == {light: RED, level: 3}
    assert successor(whole, {light: GREEN, level: 0}, go) == {light: RED, level: 3}


def test_conditions_must_all_hold_and_none_of_unless() -> None:
    whole = system(
        machine(arrow(go, RED, GREEN, conditions=[x >= 1, y >= 1], unless=[x.is_(3), y.is_(3)])), frozen=(x, y)
    )
    enabled = {(a, b) for a in range(4) for b in range(4) if successor(whole, {light: RED, x: a, y: b}, go) is not None}
    assert enabled == {(1, 1), (1, 2), (2, 1), (2, 2)}
    assert successor(whole, {light: GREEN, x: 1, y: 1}, go) is None


def test_effects_are_simultaneous() -> None:
    whole = system(machine(arrow(go, before=sets(x, y, y, x))))
    assert successor(whole, {light: RED, x: 1, y: 2}, go) == {light: RED, x: 2, y: 1}


def test_several_effects_of_one_transition_are_simultaneous() -> None:
    whole = system(machine(arrow(go, RED, GREEN, before=[sets(x, y), sets(y, x), sets(alarm, light.is_(RED))])))
    after = successor(whole, {light: RED, x: 1, y: 2, alarm: False}, go)
    assert after == {light: GREEN, x: 2, y: 1, alarm: True}


def test_reactions_read_the_state_before_the_step() -> None:
    """Whatever the order of the machines: the reaction sees the owner's old state and old variables."""
    owner = machine(arrow(go, RED, GREEN, before=sets(x, 3)))
    reaction = machine(
        own=other, name="others", reacts=[arrow(go, RED, GREEN, conditions=light.is_(RED), before=sets(y, x))]
    )
    for machines in ((owner, reaction), (reaction, owner)):
        after = successor(system(*machines), {light: RED, other: RED, x: 1, y: 0}, go)
        assert after == {light: GREEN, other: GREEN, x: 3, y: 1}


def test_a_reaction_that_is_not_enabled_is_ignored() -> None:
    whole = system(
        machine(arrow(go, RED, GREEN)),
        machine(own=other, name="others", reacts=[arrow(go, RED, GREEN, conditions=alarm)]),
        frozen=(alarm,),
    )
    assert changed(whole, {light: RED, other: RED, alarm: False}, go) == {light: GREEN}
    assert changed(whole, {light: RED, other: GREEN, alarm: True}, go) == {light: GREEN}
    assert changed(whole, {light: RED, other: RED, alarm: True}, go) == {light: GREEN, other: GREEN}


def test_a_reaction_does_not_happen_without_its_owner() -> None:
    whole = system(machine(arrow(go, RED, GREEN)), machine(own=other, name="others", reacts=[arrow(go, RED, GREEN)]))
    assert successor(whole, {light: GREEN, other: RED}, go) is None


def test_the_first_enabled_reaction_is_taken() -> None:
    whole = system(
        machine(arrow(go)),
        machine(
            own=other,
            name="others",
            reacts=[arrow(go, conditions=alarm), arrow(go, "*", GREEN, before=sets(level, level + 1))],
        ),
        frozen=(alarm,),
    )
    assert changed(whole, {light: RED, other: RED, level: 0, alarm: True}, go) == {}
    assert changed(whole, {light: RED, other: RED, level: 0, alarm: False}, go) == {other: GREEN, level: 1}


def test_a_reaction_is_taken_by_every_element() -> None:
    lamps = machine(own=lamp, name="lamps", reacts=[arrow(go, RED, GREEN, conditions=torch.is_(RED))])
    torches = machine(own=torch, name="torches")
    whole = system(machine(arrow(go, RED, GREEN)), lamps, torches)
    before: Values = {light: RED, lamp: [RED, RED, GREEN, RED], torch: [RED, GREEN, RED, RED]}
    after = changed(whole, before, go, sizes={crew: 4})
    assert after == {light: GREEN, lamp: [GREEN, RED, GREEN, GREEN]}


def test_a_reaction_within_the_kind_is_taken_by_the_same_element() -> None:
    whole = system(
        machine(arrow(go, RED, GREEN), own=lamp, name="lamps"),
        machine(own=torch, name="torches", reacts=[arrow(go, RED, GREEN, before=sets(level, level + 1))]),
    )
    before: Values = {lamp: [RED, RED, RED], torch: [RED, RED, RED], level: 0}
    for element in range(3):
        only = [GREEN if each == element else RED for each in range(3)]
        after = successor(whole, before, go, sizes={crew: 3}, element=element)
        assert after == {lamp: only, torch: only, level: 1}


def test_an_element_acts_alone_and_sees_the_others() -> None:
    """One lamp at a time may be green: `others` leaves out the element itself."""
    whole = system(
        machine(
            arrow(go, RED, GREEN, conditions=crew.none(lamp.is_(GREEN), Scope.others), before=sets(level, level + 1)),
            arrow(stop, GREEN, RED, conditions=crew.count(lamp.is_(GREEN)).is_(1)),
            own=lamp,
        )
    )
    sizes = {crew: 2}
    assert changed(whole, {lamp: [RED, RED], level: 0}, go, sizes=sizes, element=1) == {lamp: [RED, GREEN], level: 1}
    assert successor(whole, {lamp: [RED, GREEN], level: 1}, go, sizes=sizes, element=0) is None
    assert changed(whole, {lamp: [RED, GREEN], level: 1}, stop, sizes=sizes, element=1) == {lamp: [RED, RED]}


def test_ordered_kinds() -> None:
    """Guests stand up front to back; `earlier`, `later`, first and last look at their order."""
    front = queue.first(place.is_(RED), place, GREEN)
    back = queue.last(TRUE, place, RED)
    whole = system(
        machine(
            arrow(go, RED, GREEN, conditions=queue.all(place.is_(GREEN), Scope.earlier)),
            arrow(stop, GREEN, RED, conditions=queue.none(place.is_(GREEN), Scope.later)),
            own=place,
            name="guests",
        ),
        machine(arrow(tick, before=sets(alarm, front.is_(RED), level, queue.count(place.is_(RED))))),
        machine(arrow(toss, conditions=back.is_(GREEN)), own=other, name="others"),
    )
    sizes = {queue: 3}

    def at(*places: Light) -> dict[Variable[Any], Any]:
        return {place: list(places), light: RED, other: RED, alarm: False, level: 0}

    may_stand = [e for e in range(3) if successor(whole, at(GREEN, RED, RED), go, sizes=sizes, element=e)]
    may_sit = [e for e in range(3) if successor(whole, at(GREEN, GREEN, RED), stop, sizes=sizes, element=e)]
    assert (may_stand, may_sit) == ([1], [1])
    assert changed(whole, at(GREEN, RED, RED), tick, sizes=sizes) == {alarm: True, level: 2}
    assert changed(whole, at(GREEN, GREEN, GREEN), tick, sizes=sizes) == {}
    heads = {"coin": Coin.heads}
    assert successor(whole, at(RED, RED, GREEN), toss, sizes=sizes, parameters=heads) is not None
    assert successor(whole, at(GREEN, GREEN, RED), toss, sizes=sizes, parameters=heads) is None


def test_expressions_speak_of_one_element_outside_its_quantifiers() -> None:
    one, two = Kind("one", ordered=True), Kind("two", ordered=True)
    a, b = flag("a", kind=one), flag("b", kind=two)
    of_both = a & b
    kinds = {
        of_both: {one, two},
        one.all(of_both): {two},
        two.none(one.all(of_both)): set(),
        one.count(b, Scope.others) < 2: {one, two},
        two.all(b, Scope.earlier) | a: {one, two},
        one.first(of_both, b, default=FALSE): {two},
        one.last(TRUE, TRUE, default=a): {one},
        ~TRUE: set(),
    }
    for _ in range(2):  # what is kept with the nodes is the same
        for expr, expected in kinds.items():
            assert own_kinds(expr) == expected, expr


def test_quantifiers_over_a_kind_without_elements() -> None:
    whole = system(
        machine(
            arrow(go, RED, GREEN, conditions=[crew.all(lamp.is_(GREEN)), crew.all(FALSE), ~crew.some(TRUE)]),
            arrow(stop, RED, GREEN, conditions=crew.some(lamp.is_(RED))),
        ),
        machine(own=lamp, name="lamps"),
    )
    assert changed(whole, {light: RED, lamp: []}, go, sizes={crew: 0}) == {light: GREEN}
    assert successor(whole, {light: RED, lamp: []}, stop, sizes={crew: 0}) is None
    assert successor(whole, {light: RED, lamp: [RED]}, go, sizes={crew: 1}) is None


def test_events_have_parameters() -> None:
    whole = system(
        machine(
            arrow(toss, RED, GREEN, conditions=coin.is_(Coin.heads)),
            arrow(toss, "*", "=", before=sets(alarm, coin.is_(Coin.tails))),
        ),
        machine(own=other, name="others", reacts=[arrow(toss, "*", GREEN, conditions=coin.is_(Coin.tails))]),
    )
    before: Values = {light: RED, other: RED, alarm: False}
    assert changed(whole, before, toss, parameters={"coin": Coin.heads}) == {light: GREEN}
    assert changed(whole, before, toss, parameters={"coin": Coin.tails}) == {alarm: True, other: GREEN}
    assert {step.label for step in whole.steps} == {"toss (heads)", "toss (tails)"}


def test_derived_values() -> None:
    """first_match, if_then_else and named values, assigned and compared."""
    sign = first_match((x < y, 0), (x.equals(y), 1), default=2)
    whole = system(machine(arrow(go, before=sets(level, named("sign", sign), alarm, sign.is_(0, 2)))), frozen=(x, y))
    for a, b, expected in ((1, 2, 0), (2, 2, 1), (3, 0, 2)):
        after = successor(whole, {light: RED, x: a, y: b, level: 3, alarm: False}, go)
        assert after == {light: RED, x: a, y: b, level: expected, alarm: a != b}


# Numbers.


def test_saturating_numbers_are_clipped() -> None:
    tide = number("tide", -1, 2, saturating=True, initial=0)
    whole = system(machine(arrow(go, before=sets(tide, tide + 2)), arrow(stop, before=sets(tide, tide - 2))))
    assert [successor(whole, {light: RED, tide: n}, go) for n in (-1, 0, 1, 2)] == [
        {light: RED, tide: n} for n in (1, 2, 2, 2)
    ]
    assert changed(whole, {light: RED, tide: 0}, stop) == {tide: -1}
    answer = check(whole, Always(tide <= 2), {})
    assert (answer.verdict, answer.notes) == (Verdict.TRUE, ("tide saturates at -1 and 2",))


def test_a_saturating_number_takes_a_constant_beyond_its_end() -> None:
    tide = number("tide", 0, 2, saturating=True, initial=0)
    assert changed(system(machine(arrow(go, before=sets(tide, 9)))), {light: RED, tide: 0}, go) == {tide: 2}


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_bounded_number_that_overflows_is_an_error(symmetric: bool) -> None:
    whole = system(machine(arrow(go, before=sets(level, level + 1))))
    answer = check(whole, Always(level <= 3), {}, symmetric=symmetric)
    assert answer.verdict is Verdict.ERROR
    assert answer.reason == "'go' would store a value outside its variable's domain"
    assert answer.trace is not None
    assert (len(answer.trace), answer.trace.last[level]) == (3, 3)


def test_a_running_system_refuses_the_step_that_overflows() -> None:
    whole = system(
        machine(arrow(go, RED, GREEN, before=sets(level, level + 1))),
        machine(own=other, name="others", reacts=[arrow(go, RED, GREEN, before=sets(x, x - 1))]),
    )
    start: Values = {light: RED, other: RED, level: 0, x: 0}
    running = RunningSystem(whole, {}, start)
    with pytest.raises(DomainError, match="x is an integer from 0 to 3: a step would store -1"):
        running.fire(go)
    assert running.before == start
    running.reset({**start, x: 1})
    assert running.fire(go)
    assert running.before == {light: GREEN, other: GREEN, level: 1, x: 0}


def test_an_exploration_that_ends_at_an_overflow_says_so() -> None:
    search = explore(system(machine(arrow(go, before=sets(level, level + 1)))), {})
    assert search.truncated == "'go' would store a value outside its variable's domain"
    assert search.overflowed is not None


def test_a_counterexample_counts_although_another_step_overflows() -> None:
    """Whichever of the two steps is looked at first; but not one that is longer than the run to the overflow."""
    for events in ((go, stop), (stop, go)):
        whole = system(
            machine(
                arrow(events[0], before=sets(level, level + 1)), arrow(events[1], before=sets(level, 3, alarm, TRUE))
            ),
            initially=(level.is_(0),),
        )
        assert check(whole, Step(TRUE, ~alarm), {}).verdict is Verdict.FALSE
        assert check(system(*whole.machines), Never(alarm & level.is_(0)), {}).verdict is Verdict.ERROR


def test_a_guard_that_prevents_the_overflow_is_enough() -> None:
    whole = system(machine(arrow(go, before=sets(level, level + 1), conditions=level < 3)))
    assert check(whole, Always(level <= 3), {}).verdict is Verdict.TRUE


def test_an_overflow_of_any_element_is_an_error() -> None:
    """The elements react at different levels; the last of them runs over after two steps."""
    own_level = number("own level", 0, 3, kind=crew, initial=(0, 2))
    whole = system(
        machine(arrow(go)),
        machine(own=lamp, name="lamps", reacts=[arrow(go, before=sets(own_level, own_level + 1))]),
    )
    answer = check(whole, Always(crew.all(own_level <= 3)), {crew: 2})
    assert (answer.verdict, len(answer.trace or ())) == (Verdict.ERROR, 1)
    assert check(whole, Always(crew.all(own_level <= 3)), {crew: 0}).verdict is Verdict.TRUE


def test_unbounded_numbers_are_left_to_provers() -> None:
    beyond = number("beyond", initial=0)
    whole = system(machine(arrow(go, before=sets(beyond, beyond + 1))))
    answer = check(whole, Always(beyond >= 0), {})
    assert (answer.verdict, answer.reason) == (Verdict.UNKNOWN, "beyond is unbounded: only a prover can handle it")
    with pytest.raises(UnsupportedError):
        explore(whole, {})
    running = RunningSystem(whole, {}, {light: RED, beyond: 10**30})
    assert running.fire(go)
    assert running.before[beyond] == 10**30 + 1


def test_division_rounds_down() -> None:
    length, unit = number("length"), number("unit", 1)
    for left, right in ((7, 2), (-7, 2), (6, 3), (-6, 3), (0, 5), (2, 5), (-2, 5)):
        whole = math.floor(Fraction(left, right))
        assert evaluate(length // unit, {length: left, unit: right}, {}) == whole
        assert (as_expr(left) // right).is_(whole) is TRUE
    assert str(1 + length // unit) == "1 + (length // unit)"


def test_numbers_with_one_end_keep_to_it() -> None:
    some, others = number("some", 1, initial=1), number("others", high=3, initial=3)
    assert [x in some.domain for x in (0, 1, 10**30)] == [False, True, True]
    assert [x in others.domain for x in (-(10**30), 3, 4)] == [True, True, False]
    ends = ((1, None), (None, 3), (None, None), (4, 4), (4, 9))
    assert [list(Integers(*each).some(2)) for each in ends] == [[1, 2], [3, 2], [0, 1], [4], [4, 5]]
    whole = system(machine(arrow(go, before=[sets(some, some - 1), sets(others, others + 1)])))
    assert check(whole, Always(some >= 0), {}).reason == "some is unbounded: only a prover can handle it"
    for values in ({some: 1, others: 0}, {some: 2, others: 3}):
        running = RunningSystem(whole, {}, {light: RED, **values})
        with pytest.raises(DomainError):
            running.fire(go)
    assert RunningSystem(whole, {}, {light: RED, some: 2, others: 2}).fire(go)


def test_states_may_be_wider_than_a_word() -> None:
    """Elements that can be exchanged lie in several words, some of them across the end of one if they could."""
    lamps = system(machine(arrow(go, RED, GREEN), own=lamp))
    for size in (63, 64, 65, 130):
        search = explore(lamps, {crew: size})
        assert (len(search.visited), search.space.layout.words) == (size + 1, -(-size // 64))
    answer = check(lamps, Always(crew.some(lamp.is_(RED))), {crew: 65})
    assert (answer.verdict, len(answer.trace or ())) == (Verdict.FALSE, 65)
    assert len({step.element for step in answer.trace.steps}) == 65 if answer.trace else False


def test_a_variable_beyond_a_word_is_named() -> None:
    huge = number("huge", 0, 2**64)
    answer = check(system(machine(arrow(go, before=sets(huge, 0)))), Always(huge.equals(huge)), {}, cone=False)
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reason == "huge is an integer from 0 to 18446744073709551616: that does not fit into 64 bits"


def test_what_never_changes_takes_no_bits() -> None:
    assert check(system(machine(own=lamp)), Always(crew.all(lamp.is_(RED))), {crew: 65}).verdict is Verdict.TRUE


# Events and assumptions.


def test_events_say_who_acts_and_who_can_see_it() -> None:
    hidden = somebody("whisper", hidden=True, doc="nobody hears it")
    assert (go.hidden, hidden.hidden, hidden.doc) == (False, True, "nobody hears it")
    assert (hidden, hidden.actor, hidden.parameters) == ("whisper", somebody, ())
    (step,) = system(machine(arrow(hidden))).steps
    assert (step.event.hidden, step.actor, step.label) == (True, somebody, "whisper")


def test_assumptions_forbid_events() -> None:
    calm = Assumption("calm", "There is no storm.")
    storm = somebody("storm", unless=calm)
    whole = system(machine(arrow(storm, RED, GREEN)))
    assert whole.assumptions == (calm,)
    assert check(whole, Never(light.is_(GREEN)), {}).verdict is Verdict.FALSE
    assert check(whole.under(calm), Never(light.is_(GREEN)), {}).verdict is Verdict.TRUE


def test_assumptions_restrict_initial_states() -> None:
    any_lamp = state("lamp", Light, kind=crew)
    dark = Assumption("dark", "No lamp is lit at first.", shape=crew.all(any_lamp.is_(RED)))
    whole = system(machine(own=any_lamp))
    assert len(explore(whole, {crew: 3}, symmetric=False).visited) == 8
    assert len(explore(whole.under(dark), {crew: 3}, symmetric=False).visited) == 1


def test_running_machines_refuse_what_cannot_happen() -> None:
    whole = system(machine(arrow(toss, RED, GREEN)), machine(arrow(go, RED, GREEN), own=lamp, name="lamps"))
    running = RunningSystem(whole, {crew: 2}, {light: RED, lamp: [RED, RED]})
    heads = {"coin": Coin.heads}
    refused: list[tuple[str, Callable[[], bool]]] = [
        ("system harbour has no event stop", lambda: running.fire(stop)),
        ("event go needs the sailor that acts, one of 2 from 0; got None", lambda: running.fire(go)),
        ("event go needs the sailor that acts, one of 2 from 0; got 2", lambda: running.fire(go, element=2)),
        ("event toss is of no single element; got element 0", lambda: running.fire(toss, heads, 0)),
        ("the parameters of event toss are coin: one of heads, tails; got {}", lambda: running.fire(toss)),
        ("the parameters of event toss are coin", lambda: running.fire(toss, {"coin": RED})),
        ("the parameters of event go are none; got {'coin'", lambda: running.fire(go, heads, 0)),
    ]
    for message, fire in refused:
        with pytest.raises(ValueError, match=re.escape(message)):
            fire()
    assert running.fire(toss, heads)
    assert running.fire(go, element=1)
    assert running.before == {light: GREEN, lamp: [RED, GREEN]}


def test_names_of_events_and_parameters_are_free(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever attributes `transitions` and the running system give to their objects."""
    taken = "state trigger may_trigger may_go go apply evaluate machine running element is_red to_red get_graph model"
    side = [parameter(name, Coin) for name in ("model", "self", "event", "parameters", "args", "kwargs")]
    events = [somebody(name, *side) for name in taken.split()]
    given = {p.name: Coin.heads for p in side}
    whole = system(
        machine(
            *(arrow(e, RED, GREEN, conditions=[p.is_(Coin.heads) for p in side]) for e in events),
            *(arrow(e, GREEN, RED, before=sets(alarm, side[0].is_(Coin.tails))) for e in events),
        )
    )
    for event in events:
        running = RunningSystem(whole, {}, {light: RED, alarm: True})
        assert not running.fire(event, {**given, "model": Coin.tails})
        assert running.fire(event, given)
        assert running.fire(event, {**given, "model": Coin.tails})
        assert running.before == {light: RED, alarm: True}
    assert not caplog.records


def test_a_step_that_is_not_possible_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    running = RunningSystem(system(machine(arrow(go, RED, GREEN))), {}, {light: GREEN})
    assert not running.fire(go)
    assert not caplog.records


def test_numbers_of_elements() -> None:
    whole = system(machine(own=lamp))
    with pytest.raises(DeclarationError, match="system harbour has no kind guest; it has sailor"):
        expand(whole, {queue: 1})
    with pytest.raises(ValueError, match="a system has 0 or more elements of kind sailor, not -1"):
        check(whole, Always(crew.all(lamp.is_(RED))), {crew: -1})
    with pytest.raises(DeclarationError, match="system harbour has no kind guest"):
        RunningSystem(whole, {queue: 1}, {lamp: []})
    assert check(PARTS, Always(light.is_(RED, GREEN)), {crew: 2}, cone=True).verdict is Verdict.TRUE


# Initial states.


def test_without_an_initial_state_nothing_is_claimed() -> None:
    never = system(machine(arrow(go, RED, GREEN)), initially=(light.is_(GREEN),))
    for formula in (Always(light.is_(RED)), Never(light.is_(RED)), Reachable(light.is_(RED)), Only(go, FALSE)):
        answer = check(never, formula, {})
        assert (answer.verdict, answer.reason) == (Verdict.ERROR, "there is no initial state of this size")


def test_initial_values() -> None:
    whole = system(
        machine(arrow(go, RED, GREEN), own=state("any", Light)),
        frozen=(number("some", 0, 9, initial=(2, 5, 7)), flag("one", initial=True)),
    )
    assert len(explore(whole, {}).levels[0]) == 2 * 3 * 1


def test_initial_predicates_restrict_initial_states() -> None:
    low, high = number("low", 0, 9), number("high", 0, 9)
    whole = system(
        machine(arrow(go, before=sets(low, high)), own=state("any", Light)),
        frozen=(high,),
        initially=(low + high >= 3, low < high, high <= 4),
    )
    space = StateSpace(expand(whole, {}))
    starts = {(values[low], values[high]) for values in map(space.values, map(int, space.initial()))}
    assert starts == {(a, b) for b in range(5) for a in range(b) if a + b >= 3}
    assert check(whole, Always(high <= 4), {}).verdict is Verdict.TRUE
    assert check(whole, Always(low < high), {}).verdict is Verdict.FALSE
    assert check(whole, Equals(low, high), {}).verdict is Verdict.FALSE


def test_frozen_parameters_never_change() -> None:
    policy = state("policy", Coin)
    whole = system(machine(arrow(go, RED, GREEN, conditions=policy.is_(Coin.heads))), frozen=(policy,))
    for value in Coin:
        assert check(whole, Step(policy.is_(value), policy.is_(value)), {}).verdict is Verdict.TRUE
    assert check(whole, Always(light.is_(GREEN).implies(policy.is_(Coin.heads))), {}).verdict is Verdict.TRUE
    assert len(explore(whole, {}).visited) == 3


# Claims.

PARTS = system(
    machine(arrow(go, RED, GREEN, conditions=alarm), arrow(stop, GREEN, RED)),
    machine(arrow(tick, RED, GREEN, before=sets(alarm, True)), own=other, name="others"),
    machine(
        *(arrow(somebody(f"turn {i}"), before=sets(x, i)) for i in range(4)), own=state("clock", Light), name="clock"
    ),
    machine(arrow(toss, RED, GREEN, conditions=coin.is_(Coin.heads)), own=lamp, name="lamps"),
)

VERDICTS = [
    (Never(light.is_(GREEN)), Verdict.FALSE, 2),
    (Always(light.is_(GREEN).implies(alarm)), Verdict.TRUE, None),
    (Reachable(light.is_(GREEN)), Verdict.TRUE, 2),
    (Reachable(light.is_(GREEN) & ~alarm), Verdict.FALSE, None),
    (Equals(alarm, other.is_(GREEN)), Verdict.TRUE, None),
    (Step(alarm, alarm), Verdict.TRUE, None),
    (Step(light.is_(RED), light.is_(RED)), Verdict.FALSE, 2),
    (Step(TRUE, light.is_(RED), (stop,)), Verdict.TRUE, None),
    (Step(TRUE, light.is_(RED), (go,)), Verdict.FALSE, 2),
    (Becomes(light, other, (go,)), Verdict.TRUE, None),
    (Becomes(light, light, (stop,)), Verdict.FALSE, 3),
    (Becomes(alarm, light.is_(RED), (go, stop)), Verdict.FALSE, 3),
    (Becomes(lamp, lamp, (toss,)), Verdict.FALSE, 1),
    (Only(go, alarm), Verdict.TRUE, None),
    (Only(go, light.is_(GREEN)), Verdict.FALSE, 2),
    (Never(crew.all(lamp.is_(GREEN))), Verdict.FALSE, 3),
    (Always(crew.some(lamp.is_(RED)) | crew.all(lamp.is_(GREEN))), Verdict.TRUE, None),
    (Always(crew.count(lamp.is_(GREEN)) <= 1), Verdict.FALSE, 2),
    (Follows(machine(arrow(go, RED, GREEN), arrow(stop, GREEN, RED)), light), Verdict.TRUE, None),
    (Follows(machine(arrow(stop, GREEN, RED)), light), Verdict.FALSE, 2),
    (Follows(machine(own=state("start", Light, initial=GREEN)), light), Verdict.FALSE, 0),
]


@pytest.mark.parametrize("cone", [True, False], ids=["cone", "whole"])
@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "plain"])
@pytest.mark.parametrize(("formula", "verdict", "length"), VERDICTS, ids=[str(formula) for formula, *_ in VERDICTS])
def test_verdicts_are_the_same_with_and_without_cone_and_symmetry(
    formula: Any, verdict: Verdict, length: int | None, symmetric: bool, cone: bool
) -> None:
    answer = check(PARTS, formula, {crew: 3}, symmetric=symmetric, cone=cone)
    assert (answer.verdict, answer.method) == (verdict, Method.exhaustive)
    assert (None if answer.trace is None else len(answer.trace)) == length


def test_claims_about_what_the_system_does_not_have_are_refused() -> None:
    whole = system(machine(arrow(go, RED, GREEN)), machine(arrow(stop), own=lamp, name="lamps"))
    refused = [
        (Always(alarm), "(alarm) reads alarm, which system harbour does not have"),
        (Never(light.is_(RED) & x.is_(2)), "reads x, which system harbour does not have"),
        (Passes(light.is_(RED), alarm), "(alarm) reads alarm, which system harbour does not have"),
        (NoReturn(level), "(level) reads level, which system harbour does not have"),
        (Shortest(queue.some(TRUE), 2), "speaks of guest, a kind that system harbour does not have"),
        (Only(tick, light.is_(RED)), "event tick: system harbour does not have it"),
        (Only(go, lamp.is_(RED)), "event go: (lamp is not red) speaks of one sailor, but no single element acts in it"),
        (Step(TRUE, lamp.is_(RED), (stop, go)), "event go: (lamp is red) speaks of one sailor"),
    ]
    for formula, message in refused:
        for cone in (True, False):
            with pytest.raises(DeclarationError, match=re.escape(message)):
                check(whole, formula, {crew: 1}, cone=cone)


def test_questions_about_the_graph_are_not_answered_by_the_search() -> None:
    for formula in (Passes(light.is_(GREEN), alarm), NoReturn(light), Shortest(light.is_(GREEN), 7)):
        answer = check(PARTS, formula, {crew: 1})
        assert (answer.verdict, answer.reason[:34]) == (Verdict.UNKNOWN, "this question is about whole runs:")


@pytest.mark.parametrize("cone", [True, False], ids=["cone", "whole"])
@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "plain"])
def test_rules_about_steps_can_speak_of_the_element_that_acts(symmetric: bool, cone: bool) -> None:
    """A sailor lights the own lamp and then the torch; some other one's lamp or torch is something else."""
    whole = system(
        machine(arrow(go, RED, GREEN), own=lamp, name="lamps"),
        machine(arrow(stop, RED, GREEN, conditions=lamp.is_(GREEN)), own=torch, name="torches"),
        machine(arrow(tick), own=place, name="guests"),
    )
    others_dark = crew.none(lamp.is_(GREEN), Scope.others)
    verdicts: list[tuple[Any, int | None]] = [
        (Only(stop, lamp.is_(GREEN)), None),
        (Only(stop, lamp.is_(GREEN) & others_dark), 3),
        (Only(go, torch.is_(RED)), None),
        (Only(go, lamp.is_(GREEN)), 1),
        (Only(go, crew.none(torch.is_(GREEN))), 3),
        (Step(TRUE, lamp.is_(GREEN), (go, stop)), None),
        (Step(lamp.is_(RED), torch.is_(GREEN), (go,)), 1),
        (Step(TRUE, torch.is_(GREEN), (stop,)), None),
        (Step(crew.some(torch.is_(GREEN)), torch.is_(GREEN), (stop, go)), 3),
        (Only(tick, queue.all(place.is_(RED), Scope.earlier)), 1),
    ]
    for formula, length in verdicts:
        answer = check(whole, formula, {crew: 3, queue: 2}, symmetric=symmetric, cone=cone)
        assert (None if answer.trace is None else len(answer.trace)) == length, str(formula)
        assert answer.verdict is (Verdict.TRUE if length is None else Verdict.FALSE)


@pytest.mark.parametrize("symmetric", [True, False], ids=["symmetric", "plain"])
def test_init_containers_of_the_pod_start_in_order_but_also_again(symmetric: bool) -> None:
    sizes = {regular: 1, init: 2}
    in_order = Only(start_init, init.all(init_done, Scope.earlier))
    given = POD.under(no_container_policies)
    assert check(given, in_order, sizes, symmetric=symmetric).verdict is Verdict.TRUE
    again = check(given, Only(start_init, init_run.is_(InitRun.waiting)), sizes, symmetric=symmetric)
    assert again.verdict is Verdict.FALSE
    assert again.trace is not None
    last, before = again.trace.steps[-1], again.trace.steps[-2].values
    assert (last.event, last.element) == (start_init, 0)
    assert before[init_run][0] is InitRun.previous


def test_the_cone_of_influence_drops_what_is_unrelated() -> None:
    assert set(PARTS.cone([light.is_(RED)]).variables) == {light, alarm, other}
    assert set(PARTS.cone([alarm]).variables) == {alarm, other}
    assert set(PARTS.cone([x.is_(1)]).variables) == {x, PARTS.machines[2].state}
    assert set(PARTS.cone([crew.some(lamp.is_(RED))]).variables) == {lamp}
    assert set(PARTS.cone([], [go]).variables) == {light, alarm, other}
    whole, part = (check(PARTS, Always(light.is_(GREEN).implies(alarm)), {crew: 3}, cone=c) for c in (False, True))
    assert part.states < whole.states / 10


def test_the_cone_keeps_what_earlier_transitions_look_at() -> None:
    """The second transition writes x only where the first, which does not, is not possible."""
    whole = system(
        machine(arrow(go, conditions=alarm), arrow(go, before=sets(x, 3))),
        machine(arrow(tick, before=sets(alarm, True)), own=other, name="others"),
        initially=(alarm,),
    )
    assert alarm in whole.cone([x.is_(3)]).variables
    for cone in (True, False):
        assert check(system(*whole.machines), Never(x.is_(3)), {}, cone=cone).verdict is Verdict.FALSE


@pytest.mark.parametrize("cone", [True, False], ids=["cone", "whole"])
def test_past_a_limit_nothing_is_claimed(cone: bool) -> None:
    holds = Always(crew.count(lamp.is_(GREEN)) <= 6)
    sizes = {crew: 6}

    def answer(limits: Limits) -> tuple[Verdict, Method, str]:
        found = check(PARTS, holds, sizes, cone=cone, symmetric=False, limits=limits)
        return found.verdict, found.method, found.reason

    assert answer(Limits()) == (Verdict.TRUE, Method.exhaustive, "")
    assert answer(Limits(states=10)) == (Verdict.UNKNOWN, Method.bounded, "stopped at 10 states")
    assert answer(Limits(seconds=0)) == (Verdict.UNKNOWN, Method.bounded, "stopped after the work that counts as 0 s")
    assert explore(PARTS, sizes, limits=Limits(states=10)).truncated == "stopped at 10 states"


def test_a_bounded_depth_claims_nothing_beyond_it() -> None:
    three = Never(crew.all(lamp.is_(GREEN)))
    for depth, verdict in ((0, Verdict.UNKNOWN), (2, Verdict.UNKNOWN), (3, Verdict.FALSE), (9, Verdict.FALSE)):
        assert check(PARTS, three, {crew: 3}, depth=depth).verdict is verdict
    assert check(PARTS, three, {crew: 3}, depth=2).reason == "nothing within 2 steps"
    assert check(PARTS, Always(light.is_(GREEN).implies(alarm)), {}, depth=50).verdict is Verdict.TRUE


def test_symmetry_keeps_one_state_of_each_class() -> None:
    whole = system(machine(arrow(go, RED, GREEN), arrow(stop, GREEN, RED), own=lamp))
    assert len(explore(whole, {crew: 10}, symmetric=False).visited) == 2**10
    assert len(explore(whole, {crew: 10}, symmetric=True).visited) == 11


def test_a_kind_whose_order_is_looked_at_is_not_symmetric() -> None:
    from_the_front = queue.all(place.is_(GREEN), Scope.earlier)
    start = queue.all(place.is_(RED))
    whole = system(machine(arrow(go, RED, GREEN, conditions=from_the_front), own=place), initially=(start,))
    gap = queue.some(place.is_(GREEN) & queue.some(place.is_(RED), Scope.earlier))
    for symmetric in (True, False):
        assert len(explore(whole, {queue: 5}, symmetric=symmetric).visited) == 6
        assert check(whole, Never(gap), {queue: 5}, symmetric=symmetric).verdict is Verdict.TRUE


# Expressions, as readers see them and as they are simplified.


def test_text() -> None:
    sentences: list[tuple[Expr[Any], str]] = [
        (light.is_(RED), "light is red"),
        (light.is_not(RED), "light is not red"),
        (alarm & (light.is_(RED) | level.is_(1, 2)), "alarm and (light is red or level is 1 or 2)"),
        (crew.all(lamp.is_(RED)), "every sailor: lamp is red"),
        (crew.some(lamp.is_(RED)), "some sailor: lamp is red"),
        (crew.none(lamp.is_(RED)), "no sailor: lamp is red"),
        (x + 1 < y, "(x + 1) < y"),
        (crew.none(TRUE), "there is no sailor"),
        (~crew.none(TRUE), "there is some sailor"),
        (named("dark", light.is_(RED)), "dark"),
        (named("shade", if_then_else(alarm, RED, light)).is_(RED), "shade is red"),
        (named("shade", if_then_else(alarm, RED, light)).is_not(RED), "shade is not red"),
    ]
    assert [str(expr) for expr, _ in sentences] == [sentence for _, sentence in sentences]


def test_a_named_choice_keeps_its_name_and_its_meaning() -> None:
    plain = if_then_else(alarm, RED, light)
    asked = named("shade", plain).is_(RED)
    again = rewrite(asked, lambda node: None)
    assert str(again) == "shade is red"
    for shown, lit in ((a, c) for a in (False, True) for c in Light):
        values: Values = {alarm: shown, light: lit}
        assert evaluate(again, values, {}) is evaluate(asked, values, {}) is evaluate(plain.is_(RED), values, {})
    assert named("shade", plain).is_(*Light) is TRUE and named("shade", plain).is_() is FALSE


def test_constants_are_folded() -> None:
    assert conjunction() is TRUE
    assert disjunction() is FALSE
    assert (alarm & TRUE) is alarm
    assert (alarm | TRUE) is TRUE
    assert (alarm & ~alarm) is FALSE
    assert ~~alarm is alarm
    assert light.is_(RED, GREEN) is TRUE
    assert light.is_() is FALSE
    assert if_then_else(TRUE, x, y) is x
    assert crew.all(TRUE) is TRUE
    assert crew.some(FALSE) is FALSE


def test_numbers_on_the_left() -> None:
    sums = {1 + x: 3, 1 - x: -1, 3 * x: 6, x + 1: 3, x - 1: 1, x * 3: 6}
    for expr, value in sums.items():
        assert evaluate(expr, {x: 2}, {}) == value, str(expr)


def test_equality_with_plain_values() -> None:
    assert str(x.equals(3)) == "x is 3"
    assert str((x + 1).equals(3)) == "(x + 1) is 3"
    assert str(light.equals(RED)) == "light is red"
    assert alarm.equals(True) is alarm
    assert x.equals(7) is FALSE
    assert (x + 1).is_(77) is FALSE


def test_quantifiers_within_an_element_of_another_kind() -> None:
    """A guest looks at the sailors: what is said of the guest is still said of the same one."""
    alike = crew.all(lamp.is_(RED) & place.is_(RED) | lamp.is_(GREEN) & place.is_(GREEN))
    whole = system(
        machine(arrow(go, conditions=alike, before=sets(seat, crew.count(place.is_(RED)))), own=place, name="guests"),
        machine(arrow(stop, RED, GREEN), own=lamp, name="lamps"),
    )
    sizes = {crew: 2, queue: 3}
    values: Values = {place: [GREEN, RED, GREEN], lamp: [RED, RED], seat: [0, 0, 0]}
    assert [successor(whole, values, go, sizes=sizes, element=i) is not None for i in range(3)] == [False, True, False]
    assert changed(whole, values, go, sizes=sizes, element=1) == {seat: [0, 2, 0]}


def test_shared_expressions_stay_small() -> None:
    """As a tree each of them has more nodes than could ever be written down."""
    truth: Expr[bool] = alarm
    whole, own = x + 0, lamp.is_(RED)
    light_on = light.is_(GREEN)
    for _ in range(40):
        truth = (truth & light_on) | (~truth & ~light_on)
        whole = if_then_else(light_on, whole + whole, whole - 1)
        own = crew.all(own & light_on | ~own) & crew.some(own | ~light_on) | own & light_on
    values: Values = {alarm: False, light: RED, x: 2, lamp: [RED, GREEN], torch: [RED, RED]}
    assert evaluate(truth, values, {crew: 2}) is False
    assert evaluate(whole, values, {crew: 2}) == 2 - 40
    assert evaluate(whole, {**values, light: GREEN}, {crew: 2}) == 2 * 2**40
    assert evaluate(own, values, {crew: 2}, None, 0) is True
    looking = system(machine(arrow(go, conditions=truth), own=other), frozen=(alarm, light))
    assert len(explore(looking, {}).visited) == 1
