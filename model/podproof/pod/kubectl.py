"""kubectl: what `kubectl get pod` prints, computed from the API copy of the status.

The rule is that of `rules.columns` (printPod), applied to the API copies; rendering only puts its decisions into text.

Abstracted away: readiness probes (a container that runs and has started up is ready); scheduling gates; "(5s ago)"
behind RESTARTS, which needs the time of an exit. printPod goes through statuses by name: names are taken to be in the
order of the spec.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, first_match, if_then_else, named
from podproof.language.expressions import constant
from podproof.language.flat import Sizes
from podproof.language.valuations import evaluate
from podproof.pod.rules import columns as rules
from podproof.pod.rules import records
from podproof.pod.rules.records import State
from podproof.pod.spec import init, regular, sidecar, some_init
from podproof.pod.states import TERMINAL, Object, api_phase, object_
from podproof.pod.view import MOST_RESTARTS, Copy, Reason, Shown, api, api_initialized, api_reason, init_api

S = TypeVar("S", bound=StrEnum)
T = TypeVar("T", bound=StrEnum)


class Word(StrEnum):
    """The reasons that containers of this model give."""

    none = ""
    container_creating = "ContainerCreating"
    pod_initializing = "PodInitializing"
    completed = "Completed"
    error = "Error"
    container_status_unknown = "ContainerStatusUnknown"
    crash_loop_back_off = "CrashLoopBackOff"


STATES = {
    Shown.absent: State.empty,
    Shown.waiting: State.waiting,
    Shown.backoff: State.waiting,
    Shown.starting: State.running,
    Shown.running: State.running,
}
"""The others have terminated."""

WORDS = {shown: Word(shown) for shown in (Shown.completed, Shown.error, Shown.unknown, Shown.backoff)}
ATOMS: Mapping[Word, records.Reason] = {word: records.Reason[word.name] for word in Word if word is not Word.error}
"""What rules know of a reason. They do not look for Error."""


def mapped(expr: Expr[S], table: Mapping[S, T], default: Expr[T] | T) -> Expr[T]:
    return first_match(*((expr.is_(value), to) for value, to in table.items()), default=default)


waits = if_then_else(some_init, Word.pod_initializing, Word.container_creating)


def word(copy: Copy) -> Expr[Word]:
    """The reason that a container's status gives."""
    waiting = if_then_else(copy.shown.is_(Shown.waiting), waits, Word.none)
    return mapped(copy.shown, WORDS, waiting)


def entry(kind: Kind, copy: Copy, sidecar: Expr[bool] = FALSE) -> rules.Entry:
    """What the rule asks of a status entry. An exit code is not 0 where the status says so."""
    return rules.Entry(
        kind,
        mapped(copy.shown, STATES, State.terminated),
        mapped(word(copy), ATOMS, records.Reason.other),
        failed=copy.shown.is_(Shown.error, Shown.unknown),
        ready=copy.shown.is_(Shown.running),
        sidecar=sidecar,
        started=copy.shown.is_(Shown.running),
        mentioned=copy.shown.is_not(Shown.absent),
    )


line = rules.line(
    rules.Pod(
        has_reason=api_reason.is_not(Reason.none),
        node_lost=FALSE,
        says_completed=FALSE,
        gated=FALSE,
        initialized=api_initialized,
        ready=FALSE,  # matters only where a container has completed, and then the Pod is not Ready
        deleted=object_.is_(Object.deleting, Object.held, Object.gone),
        terminal=api_phase.is_(*TERMINAL),
    ),
    entry(regular, api),
    entry(init, init_api, sidecar),
)
words = {**dict.fromkeys(rules.OF_INIT, word(init_api)), **dict.fromkeys(rules.OF_REGULAR, word(api))}
"""By what STATUS is made of: the reason of the entry that it quotes, where it quotes one."""


def says(*which: Word, of_init: bool = False) -> Expr[bool]:
    """STATUS is one of these reasons of a container; with `of_init`, of an init container (`Init:...`)."""
    kind, copy = (init, init_api) if of_init else (regular, api)
    source = rules.Source.init_reason if of_init else rules.Source.reason
    quoted = kind.some(kind.count(TRUE, Scope.earlier).equals(line.quoted.value) & word(copy).is_(*which))
    words = tuple(f"Init:{word}" if of_init else str(word) for word in which)
    return named("STATUS", line.status.value.is_(source) & quoted, words)


containers: Expr[int] = regular.count(TRUE) + init.count(sidecar)
inits: Expr[int] = init.count(TRUE)


def total(kind: Kind, number: Variable[int], counted: Expr[bool] = TRUE) -> Expr[int]:
    """The sum of a number of every element: how many have at least 1, and 2, and so on."""
    result: Expr[int] = constant(0)
    for least in range(1, MOST_RESTARTS + 1):
        result = result + kind.count((number >= least) & counted)
    return result


restarts: Expr[int] = total(regular, api.restarts, line.counts) + total(init, init_api.restarts, line.init_counts)


@dataclass(frozen=True)
class Columns:
    """One line of `kubectl get pod` without NAME and AGE."""

    ready: str
    status: str
    restarts: str


SAYS_STATUS: tuple[Expr[Any], ...] = (line.status.value, line.quoted.value, line.done, api_phase, api_reason)
"""What STATUS is made of."""


def status(values: Mapping[Variable[Any], Any], sizes: Sizes) -> str:
    """STATUS in one state of OBSERVED. `values`: a list by element for a variable of a kind."""
    source, place, done, phase, pod_reason = (evaluate(expr, values, sizes) for expr in SAYS_STATUS)
    reason = evaluate(words[source], values, sizes, own=place) if source in words else ""
    return str(source).format(
        phase=phase, pod_reason=pod_reason, reason=reason, done=done, inits=evaluate(inits, values, sizes)
    )


def columns(values: Mapping[Variable[Any], Any], sizes: Sizes) -> Columns:
    """The columns in one state of OBSERVED."""

    def value(expr: Expr[Any]) -> Any:
        return evaluate(expr, values, sizes)

    return Columns(f"{value(line.ready)}/{value(containers)}", status(values, sizes), str(value(restarts)))


HEADER = ("NAME", "READY", "STATUS", "RESTARTS", "STEP")
"""STEP takes the place of AGE: the model has no clock."""


def lines(rows: Sequence[tuple[str, Columns, int]]) -> list[str]:
    """The table that `kubectl get pod` prints for rows of name, columns and number of the step; the header first."""
    cells = [HEADER, *((name, row.ready, row.status, row.restarts, str(step)) for name, row, step in rows)]
    widths = [max(map(len, column)) + 3 for column in zip(*cells, strict=True)]
    return ["".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
