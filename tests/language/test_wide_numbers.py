"""Numbers beyond 64 bits: what computes with a fixed width refuses them by name, and never wraps; provers take them."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from podproof.check.decide import Judge
from podproof.cli import main
from podproof.engines.explicit import check, explore
from podproof.engines.state_space import MOST_INITIAL
from podproof.language import (
    Actor,
    Assumption,
    DeclarationError,
    Event,
    Expr,
    Kind,
    Machine,
    Parameter,
    System,
    Transition,
    UnsupportedError,
    Variable,
    flag,
    if_then_else,
    number,
    parameter,
    sets,
    state,
    weak,
)
from podproof.language.domains import INTEGER, Enumeration, Integers
from podproof.language.expressions import Operation, apply, constant, interval, nodes, own_kinds
from podproof.language.machines import MOST_WAYS
from podproof.language.meanings.numpy import ARRAYS, HIGHEST, LOWEST, Emitter, encoded
from podproof.language.meanings.python import evaluate, stored
from podproof.language.packing import Layout
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Equals, Formula, Never, Reachable, Step
from podproof.properties.temporal import Eventually, LeadsTo
from podproof.properties.whole_runs import NoReturn, Passes, Shortest

from tests.support.brute_force import BruteForce
from tests.support.expressions_strategy import (
    NOBODY,
    PARAMETERS,
    VARIABLES,
    Generator,
    random_parameters,
    random_sizes,
    random_values,
)
from tests.support.samples import MORE


class Light(StrEnum):
    off = "off"
    on = "on"


somebody = Actor("somebody")
go = somebody("go")
light = state("light", Light, initial=Light.off)
kind = Kind("lamp")
own_light = state("own light", Light, kind=kind, initial=Light.off)


# The intervals that everything here rests on.


@settings(max_examples=100 * MORE, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_every_value_lies_in_the_interval_of_its_expression(seed: int) -> None:
    random = Random(seed)
    generator = Generator(random)
    sizes = random_sizes(random)
    makes: list[Callable[[int, frozenset[Kind]], Expr[Any]]] = [generator.integer, generator.boolean]
    expr = random.choice(makes)(random.randint(1, 4), NOBODY)
    values = random_values(random, VARIABLES, sizes)
    given_parameters = random_parameters(random, PARAMETERS)
    for node in nodes(expr):
        if not own_kinds(node):
            assert evaluate(node, values, sizes, given_parameters) in node.domain


HALF_OPEN = (Integers(), Integers(-2), Integers(0), Integers(3), Integers(None, -1), Integers(None, 2), Integers(-3, 2))
DIVISORS = (Integers(1), Integers(3), Integers(1, 2), Integers(2, 4))


@pytest.mark.parametrize("operator", Operation)
def test_results_lie_in_the_interval_of_intervals_with_one_end(operator: Operation) -> None:
    rights = DIVISORS if operator is Operation.divide else HALF_OPEN
    for left, right in [(left, right) for left in HALF_OPEN for right in rights]:
        found = interval(operator, left, right)
        near = [[x for x in range(-9, 10) if x in domain] for domain in (left, right)]
        results = [apply(operator, a, b) for a in near[0] for b in near[1]]
        assert all(result in found for result in results), (left, right)
        assert found.low in (None, min(results)) and found.high in (None, max(results)), "an end that is never reached"


def test_ends_that_are_kept() -> None:
    period = number("period", 1)
    assert (period + 1).domain == Integers(2)
    assert (period * period).domain == Integers(1)
    assert (3 - period).domain == Integers(None, 2)
    assert if_then_else(period < 3, period, number("offset", high=0)).domain == INTEGER


def test_a_number_of_elements_has_no_end() -> None:
    count = kind.count(own_light.is_(Light.on))
    for expr in (count, count + 1, if_then_else(light.is_(Light.on), count, 0)):
        assert expr.domain == INTEGER


# Exact, or refused.

ENDS = (-(2**64), LOWEST - 1, LOWEST, LOWEST + 1, -(2**62), -(2**31), -3, 0, 1, 2, 2**31, 2**62, HIGHEST, 2**63, 2**64)
FITTING = tuple(end for end in ENDS if LOWEST <= end <= HIGHEST)


def random_number(random: Random, name: str) -> Variable[int]:
    """One whose values fit, few or very many of them."""
    low = random.choice(FITTING)
    high = min(HIGHEST, max(low, random.choice([low, low + 1, low + 5, *FITTING])))
    return number(name, low, high)


def random_integer(random: Random, variables: list[Variable[int]], on: Variable[bool], depth: int) -> Expr[int]:
    if depth == 0:
        return random.choice([*variables, *variables, constant(random.choice(ENDS)), constant(random.randint(-2, 2))])
    left, right = (random_integer(random, variables, on, depth - 1) for _ in range(2))
    match random.randrange(6):
        case 0:
            return if_then_else(random.choice([on, left < right]), left, right)
        case 1:
            return left + right
        case 2:
            return left - right
        case 3:
            return 0 - left
        case 4:
            return left // random.choice([end for end in ENDS if end >= 1])
    return left * right


def random_condition(random: Random, left: Expr[int], right: Expr[int]) -> Expr[bool]:
    near = random.choice(ENDS)
    outside = isinstance(left, Variable) and near not in left.domain
    return random.choice([left < right, left <= right, left.equals(right), left < near if outside else left.is_(near)])


def extreme(random: Random, variable: Variable[int]) -> int:
    domain = variable.domain
    assert isinstance(domain, Integers) and domain.low is not None and domain.high is not None
    near = [domain.low, domain.high, domain.low + 1, domain.high - 1, 0, 1, -1, random.randint(domain.low, domain.high)]
    return random.choice([value for value in near if value in domain])


def narrow(expr: Expr[Any]) -> bool:
    """Whether no number in it can leave 64 bits, said anew."""
    return all(
        not isinstance(node.domain, Integers)
        or (node.domain.low is not None and node.domain.low >= -(2**63) and (node.domain.high or 0) < 2**63)
        for node in nodes(expr)
    )


def differences(seed: int) -> tuple[bool, str]:
    """Whether a random expression is refused; and what is wrong with that, or with its values."""
    random = Random(seed)
    on = flag("on")
    variables: list[Variable[Any]] = []
    while len(variables) < 3:
        candidate = random_number(random, f"n{len(variables)}")
        if sum((v.domain.size - 1).bit_length() for v in [*variables, candidate]) < 62:
            variables.append(candidate)
    depth = random.randint(1, 3)
    left, right = (random_integer(random, variables, on, depth) for _ in range(2))
    expr: Expr[Any] = random.choice([left, random_condition(random, left, right)])
    layout = Layout([*variables, on])
    values = [{**{v: extreme(random, v) for v in variables}, on: random.random() < 0.5} for _ in range(20)]
    states = np.array([layout.pack(each) for each in values], dtype=np.uint64)
    emitter = Emitter(layout)
    try:
        name = ARRAYS.fold(expr, emitter)
    except UnsupportedError as error:
        named = [node for node in nodes(expr) if str(error).startswith(f"({node}) is {node.domain}: ")]
        return True, "" if named and not narrow(expr) else f"({expr}) is refused: {error}"
    if not narrow(expr):
        return False, f"({expr}) is not refused"
    found = np.broadcast_to(emitter.function([name])(states)[0], states.shape).tolist()
    expected = [evaluate(expr, each, {}) for each in values]
    if found != expected:
        return False, f"({expr}) is {found}, not {expected}"
    for each, state_ in zip(values, states.tolist(), strict=True):
        if layout.unpack(state_) != [*each.values()]:
            return False, f"{each} is unpacked as {layout.unpack(state_)}"
    return False, ""


@settings(max_examples=100 * MORE, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_arrays_are_exact_or_refuse(seed: int) -> None:
    assert not differences(seed)[1]


def test_wide_expressions_are_worth_it() -> None:
    refused = sum(differences(seed)[0] for seed in range(200))
    assert 40 < refused < 160


@settings(max_examples=70 * MORE, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 2**32 - 1))
def test_what_is_stored_is_exact(seed: int) -> None:
    """Offsets of fields with any low end, the clips of what saturates at any ends."""
    random = Random(seed)
    source, target = number("source", -(2**30), 2**31 - 1), random_number(random, "target")
    if (target.domain.size - 1).bit_length() > 32:
        target = number("target", LOWEST, LOWEST + 2**30)
    low, high = target.domain.values[0], target.domain.values[-1]
    value = source * random.choice([1, -1, 2**30, -(2**30)]) + random.choice([0, low // 2, high // 2])
    clipped = if_then_else(value < low, low, if_then_else(value > high, high, value))
    layout = Layout([source, target])
    values = [{source: extreme(random, source), target: low} for _ in range(20)]
    emitter = Emitter(layout)
    if not narrow(clipped):
        with pytest.raises(UnsupportedError):
            encoded(clipped, target, emitter)
        return
    function = emitter.function([encoded(clipped, target, emitter)])
    codes = np.broadcast_to(function(layout.states([layout.pack(each) for each in values]))[0], (20,))
    written = layout.states([0] * 20)
    layout.put(written, target, codes)
    saturating = number("target", low, high, saturating=True)
    for each, found in zip(values, layout.numbers(written), strict=True):
        expected = stored(saturating, evaluate(value, each, {}))
        assert layout.unpack(found)[1] == expected


def test_a_number_may_fill_the_word() -> None:
    whole = number("whole", LOWEST, HIGHEST)
    layout = Layout([whole])
    ends = [LOWEST, LOWEST + 1, -1, 0, 1, HIGHEST - 1, HIGHEST]
    states = np.array([layout.pack({whole: end}) for end in ends], dtype=np.uint64)
    emitter = Emitter(layout)
    names = [ARRAYS.fold(whole, emitter), encoded(whole, whole, emitter), ARRAYS.fold(whole < 0, emitter)]
    found, again, below = emitter.function(names)(states)
    assert found.tolist() == ends
    assert again.tolist() == states.tolist()
    assert below.tolist() == [end < 0 for end in ends]
    for beyond in (number("n", LOWEST - 1, 0), number("n", 0, 2**63)):
        with pytest.raises(UnsupportedError, match=r"\(n\) is an integer from "):
            ARRAYS.fold(beyond < 0, Emitter(Layout([beyond])))


# Claims.


def lit(name: str, *frozen: Variable[Any], event: Event = go, **arrow: Any) -> System:
    """A light that an event switches on."""
    switch: Transition[Any] = {"trigger": event, "source": "*", "dest": Light.on, **arrow}  # type: ignore[typeddict-item]
    return System(name, (Machine("light", light, [switch]),), frozen=frozen)


few = number("few", 0, 3, initial=1)
counting = lit("counting", conditions=[few <= 2], before=sets(few, few + 1))
huge = few * 2**62 * 4
guarded = lit("guarded", conditions=[huge > 0], before=sets(few, 3 - few))
resting = lit("resting", few, conditions=[huge > 0])
many = number("many", 0, 2**40)
watched = lit("watched", many, conditions=[many >= 5])
medium = [number(f"medium {i}", 0, 999) for i in range(3)]
product = lit("product", *medium, conditions=[medium[0] + medium[1] + medium[2] >= 2000])
each_many = number("each many", 0, 2**40, kind=kind)
own_go = somebody("own go")
crowd = System(
    "crowd",
    (
        Machine(
            "lamps", own_light, [Transition(trigger=own_go, source="*", dest=Light.on, conditions=[each_many >= 5])]
        ),
    ),
    frozen=(each_many,),
)
growing = number("growing", 0, 2**40, initial=0, saturating=True)
grown = lit("grown", before=sets(growing, growing * 3 + 1))
whole_range = number("whole range", -(2**61), 2**61, initial=(-(2**61), 2**61))
turning = lit("turning", before=sets(whole_range, if_then_else(whole_range < 0, whole_range + 2**61, 0 - whole_range)))
small = Assumption("small", "It is small.", shape=whole_range * 4 < 2**63)
at_rest = System("at rest", (), frozen=(many,))
is_on = light.is_(Light.on)

crew_of_lamps = System("lamps", (Machine("lamps", own_light, [Transition(trigger=own_go, source="*", dest=Light.on)]),))
lamps_on = kind.count(own_light.is_(Light.on))

T, F, U = Verdict.TRUE, Verdict.FALSE, Verdict.UNKNOWN
WIDE = "(few * 4611686018427387904) is an integer from 0 to 13835058055282163712: that does not fit into the 64 bits"
MANY = "many begins with any of 1,099,511,627,777 values"

ASKED: dict[str, tuple[System, Formula, Verdict, str]] = {
    "a false never": (counting, Never(huge > 0), U, WIDE),
    "a true always": (counting, Always(huge > 0), T, ""),
    "a true comparison with a huge constant": (counting, Always(few < 2**70), T, ""),
    "a false comparison with a huge constant": (counting, Never(few < 2**70), U, f"({2**70}) is an integer"),
    "a step": (counting, Step(huge > 0, huge < 0), U, WIDE),
    "a witness": (counting, Reachable(huge > 2**64), U, ""),
    "no witness": (counting, Reachable(huge < 0), F, ""),
    "a passage": (counting, Passes(huge > 2**62, is_on), U, WIDE),
    "a return": (counting, NoReturn(huge > 2**62), U, WIDE),
    "a shortest run": (counting, Shortest(huge > 2**62, 2), U, WIDE),
    "at last": (counting, Eventually(huge > 2**62), U, WIDE),
    "leads to": (counting, LeadsTo(huge > 0, huge > 2**62, fair=(weak(go),)), U, WIDE),
    "equal": (counting, Equals(huge, few * 2**62), U, WIDE),
    "a guard": (guarded, Never(is_on), U, WIDE),
    "a guard over what never changes": (resting, Never(is_on), F, ""),
    "a guard that does not matter": (guarded, Always(few >= 0), T, ""),
    "many first values, true": (watched, Always(many <= 2**40), T, ""),
    "many first values, false": (watched, Always(many <= 2**39), U, MANY),
    "many first values, a passage": (watched, Passes(many <= 2**39, is_on), U, MANY),
    "many first values, at last": (watched, Eventually(many <= 2**39), U, MANY),
    "many first states": (product, Never(is_on), U, "medium 2 begins with any of 1,000 values"),
    "many first values of each": (crowd, Always(kind.all(each_many <= 2**39)), U, "begins with any of"),
    "many first values of each, true": (crowd, Always(kind.all(each_many <= 2**40)), T, ""),
    "few of many values": (grown, Always(growing < 2**40), F, ""),
    "ends far apart, true": (turning, Always(whole_range <= 2**61), T, ""),
    "ends far apart, false": (turning, Never(whole_range.is_(0)), F, ""),
    "an assumption": (turning.under(small), Always(whole_range <= 0), U, "(whole range * 4) is an integer"),
    "fairness": (turning, Eventually(is_on, fair=(weak(go, whole_range * 4 < 2**63),)), U, "(whole range * 4) is an"),
    "how many, compared with much": (crew_of_lamps, NoReturn(lamps_on), T, ""),
    "at rest, false": (at_rest, Never(many.is_(2**39 + 17)), F, ""),
    "at rest, true": (at_rest, Always(many < 2**41), T, ""),
    "a count and a huge constant": (crowd, Always(kind.count(own_light.is_(Light.on)) <= 2**70), U, "compared with"),
    "a count above a negative one": (crowd, Always(kind.count(own_light.is_(Light.on)) >= -(2**70)), T, ""),
}


@pytest.mark.parametrize("name", ASKED)
def test_claims_about_wide_numbers_are_decided_or_say_why_not(name: str) -> None:
    system, formula, verdict, reason = ASKED[name]
    result = Judge().decide(Claim("wide", "Wide numbers.", formula, system))
    assert (result.verdict, reason in result.answer.reason) == (verdict, True), result.answer.reason


def test_each_initial_state_is_listed_up_to_a_bound() -> None:
    assert MOST_INITIAL < 999 * 1000**2
    with pytest.raises(UnsupportedError, match="more initial states than the 5,000,000 that are explored; give it"):
        explore(product, {})
    with pytest.raises(UnsupportedError, match="many begins with any of 1,099,511,627,777 values"):
        explore(watched, {})
    assert check(watched, Always(many >= 0), {}).verdict is Verdict.UNKNOWN
    begun = System("begun", watched.machines, frozen=(many,), initially=(many.is_(7),))
    assert check(begun, Always(many.is_(7)), {}).verdict is Verdict.TRUE  # listed is one
    some = System("some", (), frozen=(number("some", 0, 2**16),))
    assert len(explore(some, {}).visited) == 2**16 + 1


FILE = """
from enum import StrEnum
from podproof.api import Always, Claim, Never, Verdict
from podproof.language import Actor, Machine, System, Transition, number, state


class Light(StrEnum):
    off = "off"
    on = "on"


go = Actor("somebody")("go")
light = state("light", Light, initial=Light.off)
y = number("y", 0, 3)
x = number("x", 0, 2**40)
lights = Machine("light", light, [Transition(trigger=go, source="*", dest=Light.on, conditions=[y * 2**62 * 4 > 0])])
S = System("s", (lights,), frozen=(y, x))
CLAIMS = [Claim("wide", "It is never lit.", {formula}, S)]
"""


@pytest.mark.parametrize(
    ("formula", "code", "said"),
    [
        ("Never(light.is_(Light.on))", 3, "(y * 4611686018427387904) is an integer from 0 to 13835058055282163712"),
        ("Never(y * 2**62 * 4 > 0)", 3, "(y * 4611686018427387904) is an integer from 0 to 13835058055282163712"),
        ("Always(x < 2**39)", 3, "x begins with any of 1,099,511,627,777 values"),
        ("Always(y * 2**62 * 4 >= 0)", 0, "proved, any number"),
    ],
)
def test_the_command_line_says_what_is_too_wide(
    formula: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wide_claims.py"
    file.write_text(FILE.replace("{formula}", formula))
    with pytest.raises(SystemExit) as ended:
        main(["check", "--claims", str(file)])
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (code, "")
    assert said in " ".join(out.split())


# Parameters over integers.

by = parameter("by", range(1, 4))
add = somebody("add", by)
sum_ = number("sum", 0, 9, initial=0)
adding = lit("adding", event=add, conditions=[sum_ + by <= 8], before=sets(sum_, sum_ + by))
setting = lit("setting", event=add, before=sets(sum_, by * 2))


@pytest.mark.parametrize(
    ("system", "formula", "verdict"),
    [
        (adding, Always(sum_ <= 8), T),
        (adding, Always(sum_ <= 7), F),
        (adding, Reachable(sum_.is_(8)), T),
        (setting, Always(sum_ <= 6), T),
        (setting, Never(sum_.is_(4)), F),
    ],
)
def test_events_have_parameters_over_integers(system: System, formula: Formula, verdict: Verdict) -> None:
    answer = Judge().decide(Claim("adds", "It adds.", formula, system)).answer
    length = BruteForce(system, {}).shortest(formula)
    assert answer.verdict is verdict
    assert (None if answer.trace is None else len(answer.trace)) == length


REFUSED: dict[str, Any] = {
    "without ends": lambda: parameter("by", INTEGER),
    "saturating": lambda: Parameter("by", Integers(0, 3, saturating=True)),
    "with gaps": lambda: parameter("by", range(0, 10, 2)),
    "empty": lambda: parameter("by", range(0)),
    "a list": lambda: parameter("by", [1, 2]),  # type: ignore[call-overload]
    "a number": lambda: parameter("by", 3),  # type: ignore[call-overload]
    "too many": lambda: somebody("add", parameter("by", range(2**40))),
    "too many together": lambda: somebody("add", parameter("a", range(200)), parameter("b", range(200))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_that_are_refused_when_declared(name: str) -> None:
    with pytest.raises(DeclarationError, match=r"by|a: "):
        REFUSED[name]()


def test_parameters_over_integers_are_finite() -> None:
    assert parameter("by", range(-2, 3)).domain == parameter("by", Integers(-2, 2)).domain == Integers(-2, 2)
    assert isinstance(parameter("by", Light).domain, Enumeration)
    assert somebody("add", parameter("by", range(MOST_WAYS))).parameters[0].domain.size == MOST_WAYS
