"""Interpretations agree: Python, NumPy, z3 and SMT-LIB give every expression the same value in every state.

Every expression of the project and a few thousand random ones are evaluated on random states, reachable or not, of
systems with no, one, two and three elements of each kind. NumPy and z3 see the flattened expression, Python and SMT-LIB
the expression itself. Then each case of each interpretation is replaced by a wrong one: the comparison must notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest
import z3
from podproof.certificates.smtlib import SMTLIB, before_in_order, own, quoted, smtlib, sort_of, value_term
from podproof.engines.terms import Z3, Terms
from podproof.engines.terms import value as z3_value
from podproof.kubernetes.derived import conditions, phase
from podproof.kubernetes.machines import phase_machines, sandbox, worker
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary import assumptions, spec
from podproof.language import Expr, Kind, Scope, System, UnsupportedError, Variable
from podproof.language import flat as flat_module
from podproof.language.domains import Boolean, Enumeration, Integers
from podproof.language.expressions import (
    FALSE,
    NODE_TYPES,
    TRUE,
    And,
    Arithmetic,
    Compare,
    Comparison,
    Const,
    Count,
    Eq,
    ForAll,
    In,
    Ite,
    Named,
    Not,
    Operation,
    Or,
    Parameter,
    Pick,
    arithmetic,
    constant,
    contains,
    disjunction,
    equal,
    if_then_else,
    nodes,
    own_kinds,
    variables_in,
)
from podproof.language.flat import Sizes, flatten
from podproof.language.meanings import python as valuations_module
from podproof.language.meanings.interpretation import Interpretation
from podproof.language.meanings.numpy import ARRAYS, Emitter
from podproof.language.meanings.python import PYTHON, evaluate
from podproof.language.meanings.text import TEXT, text
from podproof.language.packing import Layout
from podproof.language.systems import fix, kinds_in

from examples import coffee_can, die_hard, dining, ewd840, prisoners, token_ring, two_phase
from tests.support.expressions_strategy import (
    KINDS,
    NOBODY,
    PARAMETERS,
    VARIABLES,
    Generator,
    Place,
    Values,
    crew,
    flat_place,
    flat_values,
    queue,
    random_parameters,
    random_sizes,
    random_values,
    shapes,
)

EXAMPLES = (two_phase, die_hard, prisoners, ewd840, coffee_can, token_ring, dining)
SYSTEMS = (POD, *(example.SYSTEM for example in EXAMPLES))


# The value of one expression, in each interpretation.


@dataclass(frozen=True)
class Sample:
    """An expression and some states of one size in which it has a value; `element` is the one it speaks of."""

    expr: Expr[Any]
    variables: tuple[Variable[Any], ...]
    sizes: Sizes
    element: int | None
    parameters: Mapping[str, Any]
    states: tuple[Values, ...]

    @cached_property
    def place(self) -> Place:
        return flat_place(self.variables, self.sizes)

    def flat(self) -> Expr[Any]:
        """Without quantifiers and parameters, for the interpretations that have neither."""
        found = {n: constant(self.parameters[n.name]) for n in nodes(self.expr) if isinstance(n, Parameter)}
        return flatten(fix(self.expr, found), self.place, self.sizes, self.element)

    def flat_states(self) -> list[Values]:
        return [flat_values(self.place, values) for values in self.states]

    def __str__(self) -> str:
        sizes = ", ".join(f"{n} {kind}" for kind, n in self.sizes.items())
        return f"({self.expr}) of element {self.element}, {sizes}, {dict(self.parameters)}, {self.states}"


def by_python(sample: Sample) -> list[Any]:
    given = (sample.sizes, sample.parameters, sample.element)
    return [evaluate(sample.expr, values, *given) for values in sample.states]


def by_numpy(sample: Sample) -> list[Any]:
    layout = Layout(sample.place.values())
    states = np.array([layout.pack(values) for values in sample.flat_states()], dtype=np.uint64)
    expr, emitter = sample.flat(), Emitter(layout)
    name = ARRAYS.fold(expr, emitter)
    found = np.broadcast_to(np.asarray(emitter.function([name])(states)[0]), states.shape)
    if isinstance(expr.domain, Enumeration):
        return [expr.domain.values[code] for code in found]
    assert found.dtype == (np.bool_ if isinstance(expr.domain, Boolean) else np.int64)
    return [value.item() for value in found]


def by_z3(sample: Sample) -> list[Any]:
    expr, terms = sample.flat(), Terms()
    term = terms.term(expr)
    results = []
    for values in sample.flat_states():
        fixed = [(own, z3_value(v.domain, values[v])) for v, own in terms.constants.items()]
        found = z3.simplify(z3.substitute(term, *fixed))
        if isinstance(expr.domain, Boolean):
            assert z3.is_true(found) or z3.is_false(found)
            results.append(z3.is_true(found))
        else:
            results.append(
                expr.domain.values[found.as_long()] if isinstance(expr.domain, Enumeration) else found.as_long()
            )
    return results


INTERPRETATIONS: dict[str, Callable[[Sample], list[Any]]] = {"python": by_python, "arrays": by_numpy, "z3": by_z3}


def difference(sample: Sample) -> str:
    """What the interpretations disagree about; empty where they agree."""
    found = {name: by(sample) for name, by in INTERPRETATIONS.items()}
    types = {name: [type(value) for value in values] for name, values in found.items()}
    if found["python"] == found["arrays"] == found["z3"] and types["python"] == types["arrays"] == types["z3"]:
        return ""
    return f"{found} for {sample}"


def by_smtlib(sample: Sample, state: Values, expected: Any) -> str:
    """z3's answer to the claim that the expression's SMT-LIB text has another value than the expected one, in a finite
    model: the elements of each kind are all that there are, and every function is defined."""
    wrong = f"(not (= {smtlib(sample.expr)} {value_term(expected)}))"
    script = "\n".join([*finite_model(sample, state), f"(assert {wrong})", "(check-sat)"])
    context = z3.Context()
    answer: str = z3.Z3_eval_smtlib2_string(context.ref(), script)
    return answer.strip()


def finite_model(sample: Sample, state: Values) -> Iterator[str]:
    domains = [v.domain for v in (*sample.variables, *PARAMETERS)]
    domains += [node.domain for node in nodes(sample.expr)]
    for domain in dict.fromkeys(d for d in domains if isinstance(d, Enumeration)):
        yield f"(declare-datatypes (({sort_of(domain)} 0)) (({' '.join(f'({value_term(v)})' for v in domain.values)})))"
    for kind, size in sample.sizes.items():
        names = [element(kind, i) for i in range(size)]
        sort = quoted(kind.name)
        yield f"(declare-datatypes (({sort} 0)) (({' '.join(f'({name})' for name in names)})))"
        yield f"(define-fun {quoted(f'{kind.name} exists')} ((x {sort})) Bool true)"
        pairs = [f"(and (= x {names[i]}) (= y {names[j]}))" for j in range(size) for i in range(j)]
        yield f"(define-fun {before_in_order(kind)} ((x {sort}) (y {sort})) Bool (or false {' '.join(pairs)}))"
        if kind in own_kinds(sample.expr) and sample.element is not None:
            yield f"(define-fun {own(kind)} () {sort} {names[sample.element]})"
    for variable in sample.variables:
        sort, value = sort_of(variable.domain), state[variable]
        if variable.kind is None:
            yield f"(define-fun {quoted(variable.name)} () {sort} {value_term(value)})"
        else:
            body = value_term(value[-1])
            for i, x in enumerate(value[:-1]):
                body = f"(ite (= x {element(variable.kind, i)}) {value_term(x)} {body})"
            yield f"(define-fun {quoted(variable.name)} ((x {quoted(variable.kind.name)})) {sort} {body})"
    for parameter in {n for n in nodes(sample.expr) if isinstance(n, Parameter)}:
        value = value_term(sample.parameters[parameter.name])
        yield f"(define-fun {quoted(f'parameter {parameter.name}')} () {sort_of(parameter.domain)} {value})"


def element(kind: Kind, number: int) -> str:
    return quoted(f"{kind.name} number {number}")


# Samples.


def sample_of(
    expr: Expr[Any], random: Random, sizes: dict[Kind, int], states: int, variables: Sequence[Variable[Any]] = VARIABLES
) -> Sample | None:
    """None where the expression speaks of an element of a kind that has none."""
    kinds = own_kinds(expr)
    assert len(kinds) <= 1
    size = next((sizes[kind] for kind in kinds), None)
    if size == 0:
        return None
    return Sample(
        expr,
        tuple(variables),
        sizes,
        None if size is None else random.randrange(size),
        random_parameters(random, {n: None for n in nodes(expr) if isinstance(n, Parameter)}),
        tuple(random_values(random, variables, sizes) for _ in range(states)),
    )


def random_samples(seed: int, number: int, *, first_order: bool = False, states: int = 3) -> Iterator[Sample]:
    random = Random(seed)
    generator = Generator(random, first_order)
    made = 0
    while made < number:
        speaks_of = random.choice([NOBODY, frozenset({crew}), frozenset({queue}), frozenset({queue})])
        make = generator.boolean if first_order else generator.expression
        sizes = random_sizes(random)
        if first_order:
            sizes = {kind: max(1, size) for kind, size in sizes.items()}  # a sort of SMT-LIB is never empty
        sample = sample_of(make(random.choice([1, 1, 2, 3, 4]), speaks_of), random, sizes, states)
        if sample is not None:
            made += 1
            yield sample


def plain_samples(seed: int, states: int) -> Iterator[Sample]:
    """Each quantifier with each scope over a plain condition, in queues of three."""
    random = Random(seed)
    place, badge, age = (v for v in VARIABLES if v.kind is queue)
    for body in (place.is_(place.domain.values[1]), badge, age <= 1):
        for scope in Scope:
            count = queue.count(body, scope)
            chosen = (make(body, place, place.domain.values[0], scope) for make in (queue.first, queue.last))
            choices = [value.is_(*place.domain.values[:2]) for value in chosen]
            quantified = [queue.all(body, scope), queue.some(body, scope)]
            for expr in (*quantified, count <= 0, count.is_(1), count >= 2, *choices):
                for _ in range(3):
                    sample = sample_of(expr, random, {crew: 1, queue: 3}, states)
                    if sample is not None:
                        yield sample


def expressions_in(value: Any) -> Iterator[Expr[Any]]:
    if isinstance(value, Expr):
        yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from expressions_in(inner)


def project_expressions() -> dict[str, list[Expr[Any]]]:
    """Every guard, effect, initial condition, assumption and derived value that is declared, and what claims read."""
    found: dict[str, list[Expr[Any]]] = {}
    abstract = System("phases", (phase_machines.textbook,)), System("phases", (phase_machines.corrected,))
    for system in (*SYSTEMS, *abstract):
        declared = found.setdefault(f"system {system}", [])
        for machine in system.machines:
            for arrow in (*machine.arrows, *machine.reactions):
                declared += [arrow.guard, *arrow.effects.values()]
        declared += system.initial_conditions
        declared += [e for step in system.steps for e in (step.guard, *step.updates.values())]
        declared += [e for step in system.steps for e in step.broadcasts.values()]
    modules: tuple[ModuleType, ...] = (phase, conditions, spec, sandbox, worker, *EXAMPLES)
    for module in modules:
        found[f"module {module.__name__}"] = [e for v in vars(module).values() for e in expressions_in(v)]
    given = (a for a in vars(assumptions).values() if getattr(a, "shape", None) is not None)
    found["assumptions"] = [a.shape for a in given]
    for example in EXAMPLES:
        found[f"claims of {example.__name__}"] = [e for *_, formula in example.CLAIMS for e in formula.expressions()]
    return {place: list(dict.fromkeys(exprs)) for place, exprs in found.items()}


PROJECT = project_expressions()
each_place = pytest.mark.parametrize("place", PROJECT)


def project_samples(place: str, random: Random, states: int, least: int = 0) -> Iterator[Sample]:
    """Each expression with up to four numbers of elements for its kinds."""
    for expr in PROJECT[place]:
        kinds = sorted(kinds_in(expr) | own_kinds(expr), key=str)
        for size in (least, 1, 2, 3) if kinds else (0,):
            sizes = {kind: max(least, random.randint(0, 3) if kind is not kinds[0] else size) for kind in kinds}
            sample = sample_of(expr, random, sizes, states, sorted(variables_in(expr), key=lambda v: v.name))
            if sample is not None:
                yield sample


# They agree.


def test_the_project_has_expressions() -> None:
    assert sum(map(len, PROJECT.values())) > 600
    assert all(PROJECT[place] for place in PROJECT if "token" not in place or "module" not in place)
    found = {type(node) for exprs in PROJECT.values() for expr in exprs for node in nodes(expr)}
    assert found >= set(NODE_TYPES) - {Pick, Eq}


@each_place
def test_python_numpy_and_z3_agree_on_every_expression_of_the_project(place: str) -> None:
    random = Random(place)
    for sample in project_samples(place, random, states=6):
        assert not difference(sample)


@each_place
def test_smtlib_agrees_on_every_expression_of_the_project(place: str) -> None:
    random = Random(place)
    refused = 0
    for expr in PROJECT[place]:
        kinds = sorted(kinds_in(expr) | own_kinds(expr), key=str)
        sizes = {kind: random.randint(1, 3) for kind in kinds}
        sample = sample_of(expr, random, sizes, 1, sorted(variables_in(expr), key=lambda v: v.name))
        assert sample is not None
        try:
            answer = by_smtlib(sample, sample.states[0], by_python(sample)[0])
        except UnsupportedError:  # sums of counts
            refused += 1
            continue
        assert answer == "unsat", sample
    assert refused <= (8 if "prisoners" in place else 0)


def test_python_numpy_and_z3_agree_on_random_expressions() -> None:
    covered: set[str] = set()
    kinds_of_size: set[tuple[Kind, int]] = set()
    for sample in random_samples(seed=1, number=1_500):
        assert not difference(sample)
        covered |= shapes(sample.expr)
        kinds_of_size |= {(kind, size) for kind, size in sample.sizes.items() if kind in kinds_in(sample.expr)}
    assert {shape.split()[0] for shape in covered} == {node.__name__ for node in NODE_TYPES}
    assert covered >= EVERY_SHAPE
    assert kinds_of_size == {(kind, size) for kind in KINDS for size in range(4)}


EVERY_SHAPE = {
    *(f"Compare {operator.name}" for operator in Comparison),
    *(f"Arithmetic {operator.name}" for operator in Operation),
    *(f"{quantifier} {scope}" for quantifier in ("ForAll", "Count") for scope in Scope),
    *(f"Pick {which} {scope}" for which in ("first", "last") for scope in Scope),
    *("Ite Enumeration", "Ite Integers", "Not quantifier", "Not other"),
}


def test_smtlib_agrees_on_random_expressions() -> None:
    covered: set[str] = set()
    for number, sample in enumerate(random_samples(seed=2, number=400, first_order=True, states=1)):
        expected = by_python(sample)[0]
        assert by_smtlib(sample, sample.states[0], expected) == "unsat", sample
        if number % 10 == 0:  # the finite model is one
            assert by_smtlib(sample, sample.states[0], not expected) == "sat", sample
        covered |= shapes(sample.expr)
    assert covered >= EVERY_SHAPE


def test_numbers_beyond_a_word_of_bits_agree() -> None:
    far = next(v for v in VARIABLES if v.name == "far")
    states = tuple({far: value} for value in far.domain.values)
    for members in ((-40,), (60,), (-40, 60), tuple(range(-40, 60)), tuple(range(23, 60)), (24, 25)):
        for expr in (contains(far, members), contains(far + 0, members), ~contains(far, members)):
            assert not difference(Sample(expr, (far,), {}, None, {}, states))


# Text.


def test_every_node_has_text() -> None:
    covered: set[type[Expr[Any]]] = set()
    for sample in random_samples(seed=3, number=1_000, states=0):
        assert text(sample.expr)
        assert text(sample.flat())
        covered |= {type(node) for node in nodes(sample.expr)}
    assert covered == set(NODE_TYPES) <= set(TEXT.cases)
    for exprs in PROJECT.values():
        assert all(map(text, exprs))


def test_expressions_of_equal_text_are_equal() -> None:
    """A reader of a certificate or a diagram sees only the text."""
    random = Random(4)
    sizes = {crew: 2, queue: 3}
    states = [random_values(random, VARIABLES, sizes) for _ in range(12)]
    parameters = random_parameters(random, PARAMETERS)
    known: dict[str, tuple[Expr[Any], list[Any]]] = {}
    repeated = 0
    for _ in range(5):
        for speaks_of in (NOBODY, frozenset({queue})):
            generator = Generator(random)
            for _ in range(1_500):
                expr = generator.expression(random.choice([1, 2]), speaks_of)
                if any(isinstance(node, Named) for node in nodes(expr)):
                    continue  # a name says what its body means only where it is declared
                values = [
                    evaluate(expr, state, sizes, parameters, i if own_kinds(expr) else None)
                    for state in states
                    for i in range(3)
                ]
                other, expected = known.setdefault(text(expr), (expr, values))
                assert values == expected, f"{text(expr)} is the text of two expressions"
                repeated += expr is not other
    assert repeated > 500


def test_different_members_have_different_text() -> None:
    light, other, level, depth = (VARIABLES[i] for i in (0, 1, 5, 6))
    place = next(v for v in VARIABLES if v.kind is queue)
    red, amber, green = light.domain.values
    amber_place = place.is_(amber)
    different = [
        light.is_(red),
        light.is_(green),
        light.is_(red, green),
        light.is_not(red),
        other.is_(red),
        level.is_(1),
        level.is_(1, 2),
        level.is_(-1),
        level < 1,
        level <= 1,
        level > 1,
        level < depth,
        (level + depth).is_(1),
        (level - depth).is_(1),
        (level * depth).is_(1),
        ((level - depth) - level).is_(1),
        (level - (depth - level)).is_(1),
        light.equals(other),
        level.equals(depth),
        *(make(amber_place, scope) for make in (queue.all, queue.some, queue.none) for scope in Scope),
        *(queue.count(amber_place, scope).is_(1) for scope in Scope),
        queue.first(amber_place, place, red).is_(amber),
        queue.last(amber_place, place, red).is_(amber),
        queue.last(amber_place, place, green).is_(amber),
        *(queue.first(amber_place, place, red, scope).is_(amber) for scope in Scope if scope is not Scope.every),
        light.is_(red) & level.is_(1) | depth.is_(1),
        light.is_(red) & (level.is_(1) | depth.is_(1)),
    ]
    assert len({text(expr) for expr in different}) == len(different)


def test_equality_of_a_choice_with_an_elements_own_value() -> None:
    """Both sides speak of elements of one kind: the chosen one, and the one that the expression is about."""
    random = Random(11)
    place = next(v for v in VARIABLES if v.kind is queue)
    red, amber, green = place.domain.values
    choices = [queue.first(place.is_(red), place, amber), queue.last(place.is_not(red), place, green)]
    for chosen in choices:
        for expr in (equal(chosen, place), equal(place, chosen)):
            for size in (1, 2, 3):
                sample = sample_of(expr, random, {queue: size}, 1, (place,))
                assert sample is not None
                assert not difference(sample)
                assert by_smtlib(sample, sample.states[0], by_python(sample)[0]) == "unsat"


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("default", [True, False])
def test_a_chosen_truth_value_is_a_formula(size: int, default: bool) -> None:
    """It may stand wherever a condition may, also where nobody is chosen and the default counts."""
    random = Random(12)
    place = next(v for v in VARIABLES if v.kind is queue)
    red, amber, green = place.domain.values
    for choose in (queue.first, queue.last):
        chosen = choose(place.is_not(red), place.is_(green), default)
        later = queue.some(place.is_(amber) & choose(place.is_(red, amber), place.is_(red), default))
        for expr in (chosen, ~chosen, (chosen & later) | ~later, if_then_else(chosen, red, green).is_(red)):
            for _ in range(6):
                sample = sample_of(expr, random, {queue: size}, 1, (place,))
                assert sample is not None
                assert not difference(sample)
                expected = by_python(sample)[0]
                assert by_smtlib(sample, sample.states[0], expected) == "unsat"
                assert by_smtlib(sample, sample.states[0], not expected) == "sat"


# Wrong interpretations are noticed.

Cases = Mapping[type[Expr[Any]], Callable[..., Any]]
Wrong = Callable[..., Any]
"""(the right cases, context, node, *results of the children) -> a wrong result"""

NAMED_ALIKE = (("light", "other light"), ("alarm", "bell"), ("level", "depth"), ("side", "back"))
BY_NAME: dict[str, Any] = {**{v.name: v for v in VARIABLES}, **{p.name: p for p in PARAMETERS}}
PARTNERS = {BY_NAME[a]: BY_NAME[b] for pair in NAMED_ALIKE for a, b in (pair, pair[::-1])}


def another_value(node: Const[Any]) -> Const[Any]:
    if isinstance(node.value, bool):
        return FALSE if node.value else TRUE  # type: ignore[return-value]
    if isinstance(node.domain, Integers):
        return Const(node.value + 1)
    values = node.domain.values
    return Const(values[(values.index(node.value) + 1) % len(values)])


def negated(cases: Cases, context: Any, node: Any, result: Any) -> Any:
    return cases[Not](context, Not(node), result)


def one_more(cases: Cases, context: Any, node: Any, result: Any) -> Any:
    right = cases.get(Count)
    if cases is not None and right is not None and not isinstance(result, str):
        counted = type(result)  # SMT-LIB has no term for a count, only for "at least so many"
        more = type("More", (counted,), {"at_least": lambda self, n: counted.at_least(self, n - 1)})
        return more(**vars(result))
    one = Const(1)
    return cases[Arithmetic](context, Arithmetic(Operation.add, node, one), result, cases[Const](context, one))


def with_operator(
    node_type: type[Expr[Any]], operators: Mapping[Any, Any]
) -> Callable[[Cases, Any, Any, Any, Any], Any]:
    def wrong(cases: Cases, context: Any, node: Any, left: Any, right: Any) -> Any:
        operator = operators.get(node.operator, node.operator)
        return cases[node_type](context, replace(node, operator=operator), left, right)

    return wrong


def rounded_up(cases: Cases, context: Any, node: Arithmetic, left: Any, right: Any) -> Any:
    right_one = cases[Arithmetic](context, node, left, right)
    return one_more(cases, context, node, right_one) if node.operator is Operation.divide else right_one


def with_scope(node_type: type[Expr[Any]], scope: Scope, instead: Scope) -> Callable[[Cases, Any, Any, Any], Any]:
    def wrong(cases: Cases, context: Any, node: Any, body: Any) -> Any:
        return cases[node_type](context, replace(node, scope=instead) if node.scope is scope else node, body)

    return wrong


def sides_swapped(cases: Cases, context: Any, node: Any, left: Any, right: Any) -> Any:
    if node.operator is Operation.divide:  # what is divided may be no divisor
        return cases[type(node)](context, node, left, right)
    return cases[type(node)](context, replace(node, left=node.right, right=node.left), right, left)


def named_wrong(cases: Cases, context: Any, node: Named[Any], body: Any) -> Any:
    if isinstance(node.domain, Enumeration):
        return body
    return (negated if isinstance(node.domain, Boolean) else one_more)(cases, context, node, body)


less, at_most = Comparison
SCOPES = ((Scope.earlier, Scope.later), (Scope.later, Scope.earlier), (Scope.others, Scope.every))
MUTATIONS: dict[type[Expr[Any]], dict[str, Wrong]] = {
    Const: {"another value": lambda cases, c, node: cases[Const](c, another_value(node))},
    Variable: {"another variable": lambda cases, c, node: cases[Variable](c, PARTNERS.get(node, node))},
    Parameter: {"another parameter": lambda cases, c, node: cases[Parameter](c, PARTNERS.get(node, node))},
    Not: {"dropped": lambda cases, c, node, body: body},
    And: {
        "or": lambda cases, c, node, *parts: cases[Or](c, Or(node.parts), *parts),
        "last part lost": lambda cases, c, node, *parts: cases[And](c, node, *parts[:-1]),
    },
    Or: {
        "and": lambda cases, c, node, *parts: cases[And](c, And(node.parts), *parts),
        "last part lost": lambda cases, c, node, *parts: cases[Or](c, node, *parts[:-1]),
    },
    In: {
        "negated": lambda cases, c, node, body: negated(cases, c, node, cases[In](c, node, body)),
        "one member lost": lambda cases, c, node, body: cases[In](
            c, replace(node, members=node.members[1:] or node.members), body
        ),
    },
    Eq: {"negated": lambda cases, c, node, *both: negated(cases, c, node, cases[Eq](c, node, *both))},
    Compare: {
        "< is <=": with_operator(Compare, {less: at_most}),
        "<= is <": with_operator(Compare, {at_most: less}),
        "sides swapped": sides_swapped,
    },
    Arithmetic: {
        "+ is -": with_operator(Arithmetic, {Operation.add: Operation.subtract}),
        "- is +": with_operator(Arithmetic, {Operation.subtract: Operation.add}),
        "* is +": with_operator(Arithmetic, {Operation.multiply: Operation.add}),
        "// is +": with_operator(Arithmetic, {Operation.divide: Operation.add}),
        "// rounds up": rounded_up,
        "sides swapped": sides_swapped,
    },
    Ite: {
        "branches swapped": lambda cases, c, node, test, then, other: cases[Ite](
            c, replace(node, then=node.otherwise, otherwise=node.then), test, other, then
        )
    },
    ForAll: {
        "some": lambda cases, c, node, body: negated(
            cases, c, node, cases[ForAll](c, replace(node, body=Not(node.body)), negated(cases, c, node.body, body))
        ),
        **{f"{scope} is {instead}": with_scope(ForAll, scope, instead) for scope, instead in SCOPES},
    },
    Count: {
        "one more": lambda cases, c, node, body: one_more(cases, c, node, cases[Count](c, node, body)),
        "of the others": lambda cases, c, node, body: cases[Count](c, node, negated(cases, c, node.body, body)),
        **{f"{scope} is {instead}": with_scope(Count, scope, instead) for scope, instead in SCOPES},
    },
    Pick: {
        "first is last": lambda cases, c, node, *parts: cases[Pick](c, replace(node, last=not node.last), *parts),
        "where negated": lambda cases, c, node, where, *values: cases[Pick](
            c, node, negated(cases, c, node.where, where), *values
        ),
        **{
            f"{scope} is {instead}": lambda cases, c, node, *parts, scope=scope, instead=instead: cases[Pick](
                c, replace(node, scope=instead) if node.scope is scope else node, *parts
            )
            for scope, instead in SCOPES
        },
    },
    Named: {"not the body": named_wrong},
}
MUTATED = (PYTHON, ARRAYS, Z3, SMTLIB)


def mutants() -> Iterator[Any]:
    for interpretation in MUTATED:
        for node_type in NODE_TYPES:
            if node_type not in interpretation.without:
                for name, wrong in MUTATIONS[node_type].items():
                    case = f"{interpretation.name}: {node_type.__name__}, {name}"
                    yield pytest.param(interpretation, node_type, wrong, id=case)


@pytest.fixture(scope="module")
def corpus() -> list[tuple[Sample, list[Any]]]:
    """Expressions for the comparison of NumPy and z3 with Python, with Python's values."""
    samples = (*plain_samples(seed=5, states=4), *random_samples(seed=5, number=600, states=4))
    return [(sample, by_python(sample)) for sample in samples]


@pytest.fixture(scope="module")
def first_order_corpus() -> list[tuple[Sample, list[Any]]]:
    """Small expressions: the solver is asked about one after another until it notices."""
    samples = (*plain_samples(seed=6, states=1), *random_samples(seed=6, number=400, first_order=True, states=1))
    return [(sample, by_python(sample)) for sample in samples]


def noticed(interpretation: Interpretation[Any], samples: Iterable[tuple[Sample, list[Any]]]) -> bool:
    """Some value differs, or cannot be computed at all."""
    for sample, expected in samples:
        try:
            if interpretation is SMTLIB:
                if by_smtlib(sample, sample.states[0], expected[0]) != "unsat":
                    return True
            elif INTERPRETATIONS[interpretation.name](sample) != expected:
                return True
        except (NameError, IndexError, KeyError, z3.Z3Exception):
            return True
    return False


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's compiled expressions are kept: neither right nor wrong ones may outlive a mutant."""
    monkeypatch.setattr(valuations_module, "_CACHE", {})


def test_every_case_of_every_interpretation_is_mutated() -> None:
    assert set(MUTATIONS) == set(NODE_TYPES)
    for interpretation in MUTATED:
        assert set(interpretation.cases) | interpretation.without == set(NODE_TYPES)


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize(("interpretation", "node_type", "wrong"), [*mutants()])
def test_a_wrong_case_is_noticed(
    interpretation: Interpretation[Any],
    node_type: type[Expr[Any]],
    wrong: Wrong,
    corpus: list[tuple[Sample, list[Any]]],
    first_order_corpus: list[tuple[Sample, list[Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = dict(interpretation.cases)
    cases = cast(dict[type[Expr[Any]], Callable[..., Any]], interpretation.cases)
    monkeypatch.setitem(cases, node_type, lambda context, node, *inner: wrong(right, context, node, *inner))
    samples = first_order_corpus if interpretation is SMTLIB else corpus
    concerned = [pair for pair in samples if any(isinstance(node, node_type) for node in nodes(pair[0].expr))]
    assert noticed(interpretation, concerned)
    monkeypatch.undo()
    monkeypatch.setattr(valuations_module, "_CACHE", {})
    assert not noticed(interpretation, concerned[:20])


RIGHT = {name: getattr(flat_module, name) for name in ("first_match", "total", "if_then_else", "_elements")}
OTHER_SCOPE = {Scope.earlier: Scope.later, Scope.later: Scope.earlier, Scope.others: Scope.every}
FLATTENING: dict[str, tuple[str, Callable[..., Any]]] = {
    "every is some": ("conjunction", disjunction),
    "first is last": ("first_match", lambda *cases, default: RIGHT["first_match"](*cases[::-1], default=default)),
    "a count is one more": ("total", lambda parts: arithmetic(Operation.add, RIGHT["total"](parts), constant(1))),
    "a count is of the others": ("if_then_else", lambda test, one, zero: RIGHT["if_then_else"](test, zero, one)),
    "earlier is later": (
        "_elements",
        lambda scope, size, own: RIGHT["_elements"](OTHER_SCOPE.get(scope, scope), size, own),
    ),
}


@pytest.mark.parametrize("name", FLATTENING)
def test_a_wrong_flattening_is_noticed(
    name: str, corpus: list[tuple[Sample, list[Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flat_module, *FLATTENING[name])
    assert noticed(ARRAYS, corpus)
    assert noticed(Z3, corpus)
