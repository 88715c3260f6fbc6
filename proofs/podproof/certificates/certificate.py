"""Certificates: an explicit inductive invariant, and the questions that show it is one, for every number of elements.

An invariant is a conjunction of clauses, each an expression over the system. It proves a claim if it holds initially,
every event keeps it, and it implies the claim. Each of these is one question to a solver that must answer `unsat`.

This module trusts nothing of the prover: it reads the declared machines (transitions in order, first match wins;
reactions; simultaneous effects) and writes SMT-LIB 2 itself, on the full system, so that a mistake in the compiled
steps, the abstraction or the search cannot make a wrong proof pass. z3 checks the text in a fresh context; any other
solver can check the same file.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from threading import Timer
from typing import Any

import z3
from podproof.certificates.smtlib import (
    Memo,
    Symbols,
    before_in_order,
    exists,
    joined,
    own,
    quoted,
    smtlib,
    sort_of,
    value_term,
    with_own,
)
from podproof.language import TRUE, Event, Expr, Kind, Machine, System, UnsupportedError, Variable
from podproof.language.domains import Boolean, Enumeration, Integers
from podproof.language.expressions import ANY, In, Named, Parameter, negation, nodes, own_kinds, variables_in
from podproof.language.machines import EVERY_EVENT, Arrow
from podproof.language.systems import kinds_in
from podproof.properties.formulas import Formula, InitialRule, Invariant, Property, StepRule

EFFORT = 20_000_000
"""What z3 may spend on one question before its answer counts as unknown, in its own units (`rlimit`): some ten seconds.

Units and not seconds: an answer then depends on no clock, and z3 5.4.0 now and then crashes when its timer fires.
"""


CVC5_EFFORT = 1_000_000
"""What cvc5 may spend on one question, in its own units (`rlimit-per`): some seconds."""

CVC5_SECONDS = 60
"""How long cvc5 may take over one answer whatever it spends: not all that it does is counted."""

CVC5_OPTIONS = {
    "incremental": "true",
    "fresh-binders": "true",  # a name bound twice, one inside the other, is two names
    "enum-inst": "true",  # decides what pattern matching alone leaves open
    "ite-lift-quant": "none",  # lifting takes exponential time on phases, and looks at no limit
}


class Part(StrEnum):
    """What there is to show of an invariant: it holds at first, every event keeps it, the claim follows from it."""

    initiation = "initiation"
    consecution = "consecution"
    safety = "safety"


@dataclass(frozen=True)
class Question:
    """Must be unsatisfiable. `name` says what was shown if it is."""

    part: Part
    name: str
    declarations: tuple[str, ...]
    assertions: tuple[str, ...]

    def __str__(self) -> str:
        asserts = (f"(assert {assertion})" for assertion in self.assertions)
        return "\n".join(["(push 1)", f"; {self.name}", *self.declarations, *asserts, "(check-sat)", "(pop 1)"])


@dataclass(frozen=True, eq=False)
class Certificate:
    """An inductive invariant for a claim: `clauses` in the system's own variables, and the questions as SMT-LIB 2."""

    system: System
    clauses: tuple[Expr[bool], ...]
    preamble: tuple[str, ...]
    questions: tuple[Question, ...]

    def script(self, *parts: Part) -> str:
        """The SMT-LIB 2 file of all questions, or of some parts: every `check-sat` in it must answer `unsat`."""
        asked = (str(question) for question in self.questions if not parts or question.part in parts)
        return "\n".join(["(set-logic ALL)", *self.preamble, *asked]) + "\n"


def certificate(system: System, properties: Sequence[Property], clauses: Sequence[Expr[bool]]) -> Certificate:
    """The certificate that `clauses` prove the conjunction of `properties` about `system`.

    Nothing is checked yet. Raises UnsupportedError where first-order text cannot say it.
    """
    writer = _Writer(system, properties, clauses)
    return Certificate(system, tuple(clauses), tuple(writer.preamble()), tuple(writer.questions()))


def goals(formula: Formula) -> list[Expr[bool]]:
    """What an invariant that proves the formula says of states by itself; the clauses found come behind it."""
    return [prop.holds for prop in formula.properties() if isinstance(prop, Invariant)]


def declarations(system: System, properties: Sequence[Property]) -> tuple[str, ...]:
    """What a script about these properties declares: sorts, variables, the order of kinds."""
    return tuple(_Writer(system, properties, ()).preamble())


Ask = Callable[[str, int], list[str]]
"""A solver: (script, what it may spend on one question in its own units) -> one answer for each `check-sat`, errors."""


def ask_z3(script: str, effort: int = EFFORT, pay: Callable[[int], None] = lambda units: None) -> list[str]:
    """z3's answers to a script, one for each `check-sat`; errors are among them.

    effort: at least 1; pay: is told what z3 spent on the whole script, in its own units.
    """
    context = z3.Context()
    before = z3.get_param("rlimit")
    try:
        asked = f"(set-option :rlimit {effort})\n{script}\n(get-info :rlimit)"
        output: str = z3.Z3_eval_smtlib2_string(context.ref(), asked)
    except z3.Z3Exception as error:  # what z3 said of each command
        output = error.value.decode()
    finally:
        z3.set_param("rlimit", before)  # that option is one of the whole process
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    if lines and (spent := SPENT.fullmatch(lines[-1])):
        pay(int(spent[1]))
        lines.pop()
    return lines


SPENT = re.compile(r"\(:rlimit (\d+)\)")


def ask_cvc5(script: str, effort: int = CVC5_EFFORT) -> list[str]:
    """cvc5's answers to a script, like z3's, from a process of its own. Needs the package cvc5 (extra `certify`).

    Past CVC5_SECONDS without an answer it is ended, and what it was not asked any more is unknown.
    """
    options = [f"{option}={value}" for option, value in {**CVC5_OPTIONS, "rlimit-per": str(effort)}.items()]
    answers: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-P", str(Path(__file__).with_name("cvc5_worker.py")), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        try:
            answers.extend(_answered(process, script))
        except BaseException:  # such as an interrupt
            process.kill()
            raise
    asked = script.count("(check-sat)")
    if process.returncode < 0:
        answers += [f"unknown (cvc5 died, or took {CVC5_SECONDS} s)"] * (asked - len(answers))
    return answers


def _answered(process: subprocess.Popen[str], script: str) -> Iterator[str]:
    """The lines that it writes about the script; it is ended where it is silent for too long."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):  # then it is not there to answer either
        process.stdin.write(script)
        process.stdin.close()
    while True:
        alarm = Timer(CVC5_SECONDS, process.kill)
        alarm.start()
        line = process.stdout.readline()
        alarm.cancel()
        if not line:
            return
        yield line.strip()


def recheck(proof: Certificate, effort: int = EFFORT, ask: Ask = ask_z3) -> list[tuple[str, str]]:
    """Ask a solver every question, in a context of its own. Returns those not answered `unsat`, with the answer."""
    answers = ask(proof.script(), effort)
    names = [question.name for question in proof.questions]
    errors = [answer for answer in answers if answer.startswith("(error")]
    if errors or len(answers) != len(names):  # after an error no answer counts
        return [("the whole script", errors[0] if errors else "answers are missing")]
    return [(name, answer) for name, answer in zip(names, answers, strict=True) if answer != "unsat"]


def needed(
    system: System,
    properties: Sequence[Property],
    clauses: Sequence[Expr[bool]],
    known: Sequence[Sequence[Expr[bool]]],
    effort: int = EFFORT,
    ask: Ask = ask_z3,
) -> list[int] | None:
    """Which of the `known` invariants, each inductive by itself, are needed to show that `clauses` prove `properties`.

    None where they do not suffice, or the solver cannot tell. A guess for a certificate, which then has to be checked.
    Raises UnsupportedError where first-order text cannot say it.
    """
    preamble = _Writer(system, properties, [*clauses, *(each for group in known for each in group)]).preamble()
    script = ["(set-option :produce-unsat-cores true)", "(set-logic ALL)", *preamble]
    for number, group in enumerate(known):
        script.append(f"(assert (! {joined('and', map(smtlib, group), 'true')} :named |known {number}|))")
    for question in _Writer(system, properties, clauses).questions():
        asserts = (f"(assert {assertion})" for assertion in question.assertions)
        script += ["(push 1)", *question.declarations, *asserts, "(check-sat)", "(get-unsat-core)", "(pop 1)"]
    answers = ask("\n".join(script), effort)
    told = list(zip(answers[::2], answers[1::2], strict=False))
    if len(answers) % 2 or not all(answer == "unsat" and core.startswith("(") for answer, core in told):
        return None
    return sorted({int(number) for _, core in told for number in re.findall(r"\|known (\d+)\|", core)})


def beginning(system: System) -> str:
    """The SMT-LIB 2 file that asks whether the system has an initial state: of one without, everything is proved.

    The answer should be `sat`.
    """
    writer = _Writer(system, (), ())
    start = Question(Part.initiation, "it can begin", (), writer.start())
    return "\n".join(["(set-logic ALL)", *writer.preamble(), str(start)]) + "\n"


class _Writer:
    """Writes the questions for one system and one set of clauses."""

    def __init__(self, system: System, properties: Sequence[Property], clauses: Sequence[Expr[bool]]) -> None:
        self.system = system
        self.properties = properties
        self.variables = _all_variables(system)
        self.clauses = [*clauses, *self._domains(clauses)]
        self._memo: Memo = {}
        self._named = self._parts_with_names()
        self._declared = [*self._declarations()]
        self._taken = _names_of(self._declared)
        self._after = {variable: self._free(f"{variable.name} after") for variable in self.variables}
        self._clauses = [self._free(f"clause {number} of the invariant") for number in range(1, len(self.clauses) + 1)]
        self._invariant = self._free("the invariant")
        self._defined = [*self._define_named(), *self._define_clauses()]

    def _free(self, name: str) -> str:
        """The name, or one like it: to a variable of the same name a solver would read something else."""
        while quoted(name) in self._taken:
            name += "'"
        self._taken.add(quoted(name))
        return quoted(name)

    # What exists: sorts, variables, the order of kinds.

    def preamble(self) -> Iterator[str]:
        yield from self._declared
        yield from self._defined

    def _declarations(self) -> Iterator[str]:
        kinds: dict[Kind, None] = {}
        for variable in self.variables:
            if variable.kind is not None:
                kinds[variable.kind] = None
        for expr in self._expressions():
            kinds.update(dict.fromkeys(sorted(kinds_in(expr), key=lambda k: k.name)))
        for kind in kinds:
            yield f"(declare-sort {quoted(kind.name)} 0)"
            yield f"(declare-fun {quoted(f'{kind.name} exists')} ({quoted(kind.name)}) Bool)"
            if kind.ordered:
                yield from _total_order(kind)
            yield f"(declare-const |the acting {kind.name}| {quoted(kind.name)})"
        for domain in dict.fromkeys(d for d in self._domain_types() if isinstance(d, Enumeration)):
            members = " ".join(f"({value_term(value)})" for value in domain.values)
            yield f"(declare-datatypes (({sort_of(domain)} 0)) (({members})))"
        for variable in self.variables:
            argument = f"({quoted(variable.kind.name)})" if variable.kind is not None else "()"
            yield f"(declare-fun {quoted(variable.name)} {argument} {sort_of(variable.domain)})"
        for parameter in self._parameters():
            yield f"(declare-const {quoted(f'parameter {parameter.name}')} {sort_of(parameter.domain)})"

    # What is said again and again is defined once: parts of expressions that have a name, clauses, the invariant.

    def _define_named(self) -> Iterator[str]:
        """Their names stand for them wherever they are said of the state before a step."""
        for number, node in enumerate(self._named, 1):
            kinds = sorted(own_kinds(node), key=str)
            if len(kinds) > 1:
                continue  # of which of them?
            try:
                body = self._said(node.body)
            except UnsupportedError:
                continue  # no term says it, as is found out again where it is needed
            name = self._free(f"{node.name} [{number}]")
            arguments = " ".join(f"({own(kind)} {quoted(kind.name)})" for kind in kinds)
            yield f"(define-fun {name} ({arguments}) {sort_of(node.domain)} {body})"
            self._memo[id(node)] = (node, f"({name} {own(kinds[0])})" if kinds else name)

    def _parts_with_names(self) -> list[Named[Any]]:
        """Those inside others first."""
        return list(dict.fromkeys(node for expr in self._expressions() for node in _named(expr)))

    def _define_clauses(self) -> Iterator[str]:
        for name, clause in zip(self._clauses, self.clauses, strict=True):
            yield f"(define-fun {name} () Bool {self._said(clause)})"
        yield f"(define-fun {self._invariant} () Bool {joined('and', self._clauses, 'true')})"

    def questions(self) -> Iterator[Question]:
        yield from self._initiation()
        for machine in self.system.machines:
            for event in machine.events:
                if not set(event.unless) & set(self.system.assumed):
                    yield from self._event(machine, event)
        yield from self._safety()

    # Initially the invariant holds.

    def start(self) -> tuple[str, ...]:
        return (*self._initial_values(), *(self._said(e) for e in self.system.initial_conditions))

    def _initiation(self) -> Iterator[Question]:
        start = self.start()
        yield Question(Part.initiation, "the invariant holds initially", (), (*start, self._broken(Symbols())))
        for prop in self.properties:
            if isinstance(prop, InitialRule):
                yield Question(Part.safety, "the claim's initial rule", (), (*start, self._said(negation(prop.holds))))

    def _initial_values(self) -> Iterator[str]:
        for variable in self.variables:
            if variable.initial is ANY:
                if _has_ends(variable):
                    any_ = within(variable) if variable.kind is None else variable.kind.all(within(variable))
                    yield self._said(any_)
                continue
            term = quoted(variable.name) if variable.kind is None else f"({quoted(variable.name)} {own(variable.kind)})"
            choice = joined("or", (f"(= {term} {value_term(v)})" for v in variable.initial_values), "false")
            yield (
                choice
                if variable.kind is None
                else f"(forall (({own(variable.kind)} {quoted(variable.kind.name)})) {choice})"
            )

    # Every event keeps it.

    def _event(self, owner: Machine[Any], event: Event) -> Iterator[Question]:
        enabled = joined("or", (condition for _, condition in self._enabled(owner, _own(owner, event))), "false")
        before = [self._invariant]
        if owner.kind is None:
            before.append(enabled)
        else:
            before += [exists(owner.kind, _acting(owner.kind)), with_own(owner.kind, _acting(owner.kind), enabled)]
        after = self._written(owner, event)
        before += [self._said(within(parameter)) for parameter in event.parameters if _has_ends(parameter)]
        kept = f"'{event}' keeps the invariant"
        symbols = Symbols(after)
        broken = self._broken(symbols)
        yield Question(Part.consecution, kept, self._definitions(owner, event, symbols), (*before, broken))
        for number, prop in enumerate(self.properties):
            if isinstance(prop, StepRule) and (not prop.events or event in prop.events):
                others = (own_kinds(prop.before) | own_kinds(prop.after)) - {owner.kind}
                for kind in sorted(others, key=str):
                    raise UnsupportedError(f"the rule about '{event}' speaks of one {kind}, which does not act in it")
                symbols = Symbols(after)
                rule = f"(and {self._said(prop.before)} (not {smtlib(prop.after, symbols)}))"
                if owner.kind is not None:
                    rule = with_own(owner.kind, _acting(owner.kind), rule)
                obeyed = f"'{event}' obeys rule {number + 1} of the claim"
                yield Question(Part.safety, obeyed, self._definitions(owner, event, symbols), (*before, rule))

    def _reacting(self, owner: Machine[Any], event: Event) -> Iterator[tuple[Machine[Any], list[Arrow]]]:
        for machine in self.system.machines:
            arrows = _own(machine, event) if machine is owner else [a for a in machine.reactions if a.event == event]
            if arrows:
                yield machine, arrows

    def _written(self, owner: Machine[Any], event: Event) -> dict[Variable[Any], str]:
        """What the event may write, by its names afterwards."""
        return {
            variable: self._after[variable]
            for machine, arrows in self._reacting(owner, event)
            for variable in _written_by(machine, arrows)
        }

    def _definitions(self, owner: Machine[Any], event: Event, symbols: Symbols) -> tuple[str, ...]:
        """Definitions of what was spoken of in the state after the event."""
        definitions: list[str] = []
        for machine, arrows in self._reacting(owner, event):
            cases = list(self._enabled(machine, arrows))
            for variable in _written_by(machine, arrows):
                if variable in symbols.used:
                    value = old = self._said(variable)
                    for arrow, condition in reversed(cases):
                        value = f"(ite {condition} {self._new_value(machine, arrow, variable)} {value})"
                    name = symbols.after[variable]
                    definitions.append(self._definition(name, variable, machine, owner, value, old))
        return tuple(definitions)

    def _definition(
        self, name: str, variable: Variable[Any], machine: Machine[Any], owner: Machine[Any], value: str, old: str
    ) -> str:
        sort = sort_of(variable.domain)
        acting_only = machine.kind is not None and machine.kind is owner.kind
        if variable.kind is None:
            if acting_only and machine.kind is not None:
                value = with_own(machine.kind, _acting(machine.kind), value)
            return f"(define-fun {name} () {sort} {value})"
        if acting_only:
            value = f"(ite (= {own(variable.kind)} {_acting(variable.kind)}) {value} {old})"
        return f"(define-fun {name} (({own(variable.kind)} {quoted(variable.kind.name)})) {sort} {value})"

    # It implies the claim.

    def _safety(self) -> Iterator[Question]:
        for prop in self.properties:
            if isinstance(prop, Invariant):
                broken = self._said(negation(prop.holds))
                yield Question(Part.safety, "the invariant implies the claim", (), (self._invariant, broken))

    # How it is written: each expression once, as most of them are in every question.

    def _said(self, expr: Expr[Any]) -> str:
        """About the state before a step."""
        return smtlib(expr, memo=self._memo)

    def _enabled(self, machine: Machine[Any], arrows: Sequence[Arrow]) -> Iterator[tuple[Arrow, str]]:
        """Each arrow with the condition that it is enabled; the first one that is, is taken."""
        state = self._said(machine.state)
        for arrow in arrows:
            source = joined("or", (f"(= {state} {value_term(s)})" for s in arrow.sources), "false")
            yield arrow, f"(and {source} {self._said(arrow.guard)})"

    def _new_value(self, machine: Machine[Any], arrow: Arrow, variable: Variable[Any]) -> str:
        if variable is machine.state:
            return self._said(variable) if arrow.dest is None else value_term(arrow.dest)
        if variable not in arrow.effects:
            return self._said(variable)
        value = self._said(arrow.effects[variable])
        domain = variable.domain
        if isinstance(domain, Integers) and domain.saturating and domain.low is not None and domain.high is not None:
            low, high = value_term(domain.low), value_term(domain.high)
            return f"(ite (< {value} {low}) {low} (ite (> {value} {high}) {high} {value}))"
        return value

    def _broken(self, symbols: Symbols) -> str:
        """That some clause does not hold in the state after; of what is not written, it is what it was before."""
        written = symbols.after.keys()
        kept = (node for node in self._named if id(node) in self._memo and written.isdisjoint(variables_in(node)))
        memo = {id(node): self._memo[id(node)] for node in kept}
        said = (
            name if written.isdisjoint(variables_in(clause)) else smtlib(clause, symbols, memo)
            for name, clause in zip(self._clauses, self.clauses, strict=True)
        )
        return joined("or", (f"(not {each})" for each in said), "false")

    # Bounded numbers: that they stay in their domains is part of the invariant, and proved like the rest of it.

    def _domains(self, spoken_of: Sequence[Expr[bool]]) -> list[Expr[bool]]:
        """Those that saturate stay by themselves: it is said of them only where it may be of use."""
        told = {v for expr in (*spoken_of, *self._of_properties()) for v in variables_in(expr)}
        rules = [prop.events for prop in self.properties if isinstance(prop, StepRule)]
        events = [event for named in rules for event in named or (EVERY_EVENT,)]
        useful = self.variables if self.system.keep is not None else self.system.deciding(told, events)
        clauses: list[Expr[bool]] = []
        for variable in filter(_has_ends, self.variables):
            if getattr(variable.domain, "saturating", False) and variable not in useful:
                continue
            clauses.append(within(variable) if variable.kind is None else variable.kind.all(within(variable)))
        return clauses

    def _expressions(self) -> Iterator[Expr[Any]]:
        for machine in self.system.machines:
            for arrow in (*machine.arrows, *machine.reactions):
                yield arrow.guard
                yield from arrow.effects.values()
        yield from self.system.initial_conditions
        yield from self.clauses
        yield from self._of_properties()

    def _of_properties(self) -> Iterator[Expr[bool]]:
        for prop in self.properties:
            yield from (prop.before, prop.after) if isinstance(prop, StepRule) else (prop.holds,)

    def _domain_types(self) -> Iterator[Any]:
        yield from (variable.domain for variable in self.variables)
        yield from (node.domain for node in self._named)
        yield from (parameter.domain for parameter in self._parameters())
        for expr in self._expressions():
            yield from _compared(expr)

    def _parameters(self) -> Iterable[Parameter[Any]]:
        return dict.fromkeys(p for event in self.system.events for p in event.parameters)


@lru_cache(maxsize=20_000)
def _named(expr: Expr[Any]) -> tuple[Named[Any], ...]:
    """Its parts that have a name, those inside others first."""
    return tuple(node for node in nodes(expr) if isinstance(node, Named))


@lru_cache(maxsize=20_000)
def _compared(expr: Expr[Any]) -> tuple[Any, ...]:
    """The domains of what it compares with values."""
    return tuple(n.body.domain for n in nodes(expr) if isinstance(n, In) and not isinstance(n.body.domain, Boolean))


def _names_of(declarations: Iterable[str]) -> set[str]:
    """The functions that are declared. Raises UnsupportedError where two have one name: which is meant depends on the
    solver, where it is no error."""
    found: set[str] = set()
    for line in declarations:
        names = re.findall(r"\|[^|]*\|", line) if line.startswith("(declare-") else []
        here = names[1:] if line.startswith("(declare-datatypes") else names[:1]
        for name in here if not line.startswith("(declare-sort") else ():
            if name in found:
                raise UnsupportedError(f"two things would be called {name} in SMT-LIB")
            found.add(name)
    return found


def _has_ends(number: Variable[Any] | Parameter[Any]) -> bool:
    return isinstance(number.domain, Integers) and number.domain.ends


def within(number: Variable[Any] | Parameter[Any]) -> Expr[bool]:
    """That a number has a value of its domain."""
    domain = number.domain
    assert isinstance(domain, Integers)
    at_least = TRUE if domain.low is None else number >= domain.low
    return at_least if domain.high is None else at_least & (number <= domain.high)


def _all_variables(system: System) -> list[Variable[Any]]:
    """Every variable of the machines: a cone of influence does not narrow what a certificate speaks of."""
    found: dict[Variable[Any], None] = {}
    for machine in system.machines:
        found[machine.state] = None
        for arrow in (*machine.arrows, *machine.reactions):
            found.update(dict.fromkeys(arrow.effects))
    found.update(dict.fromkeys(system.frozen))
    return list(found)


def _own(machine: Machine[Any], event: Event) -> list[Arrow]:
    return [arrow for arrow in machine.arrows if arrow.event == event]


def _written_by(machine: Machine[Any], arrows: Sequence[Arrow]) -> Iterable[Variable[Any]]:
    return dict.fromkeys(variable for arrow in arrows for variable in (machine.state, *arrow.effects))


def _acting(kind: Kind | None) -> str:
    assert kind is not None
    return f"|the acting {kind.name}|"


def _total_order(kind: Kind) -> Iterator[str]:
    less, sort = before_in_order(kind), quoted(kind.name)
    yield f"(declare-fun {less} ({sort} {sort}) Bool)"
    yield f"(assert (forall ((x {sort})) (not ({less} x x))))"
    yield f"(assert (forall ((x {sort}) (y {sort}) (z {sort})) (=> (and ({less} x y) ({less} y z)) ({less} x z))))"
    yield f"(assert (forall ((x {sort}) (y {sort})) (or ({less} x y) (= x y) ({less} y x))))"
