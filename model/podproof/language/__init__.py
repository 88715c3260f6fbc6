"""The language that machines are declared in. It knows nothing about Pods."""

from podproof.language.clocks import Counter, Stopwatch, Timer, counter, stopwatch, timer
from podproof.language.declare import flag, number, parameter, state
from podproof.language.errors import DeclarationError, DomainError, UnsupportedError
from podproof.language.expressions import (
    ANY,
    FALSE,
    TRUE,
    Expr,
    Kind,
    Parameter,
    Scope,
    Variable,
    conjunction,
    disjunction,
    first_match,
    if_then_else,
    larger,
    named,
    smaller,
)
from podproof.language.fairness import Fairness, strong, weak
from podproof.language.machines import Actor, Assumption, Effect, Event, Machine, Transition, sets, tick
from podproof.language.meanings import text  # noqa: F401 - so that expressions can be spelled
from podproof.language.systems import Step, System

__all__ = [
    "ANY",
    "FALSE",
    "TRUE",
    "Actor",
    "Assumption",
    "Counter",
    "DeclarationError",
    "DomainError",
    "Effect",
    "Event",
    "Expr",
    "Fairness",
    "Kind",
    "Machine",
    "Parameter",
    "Scope",
    "Step",
    "Stopwatch",
    "System",
    "Timer",
    "Transition",
    "UnsupportedError",
    "Variable",
    "conjunction",
    "counter",
    "disjunction",
    "first_match",
    "flag",
    "if_then_else",
    "larger",
    "named",
    "number",
    "parameter",
    "sets",
    "smaller",
    "state",
    "stopwatch",
    "strong",
    "tick",
    "timer",
    "weak",
]
