"""kubectl: what `kubectl get pod` prints, computed from the API copy of the status (printers/internalversion printPod).

Every column is an expression over the API copies; rendering only puts their values into text.

Abstracted away: sidecars and probes (a container that runs is ready); scheduling gates; "(5s ago)" behind RESTARTS,
which needs the time of an exit. printPod goes through statuses by name: names are taken to be in the order of the spec.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from podproof.language import TRUE, Expr, Kind, Scope, Variable, first_match, if_then_else
from podproof.language.expressions import constant
from podproof.language.flat import Sizes
from podproof.language.valuations import evaluate
from podproof.pod.spec import init, regular, some_init
from podproof.pod.states import TERMINAL, Object, Phase, api_phase, object_
from podproof.pod.view import MOST_RESTARTS, Reason, Shown, api, api_initialized, api_reason, init_api

S = TypeVar("S", bound=StrEnum)


class Word(StrEnum):
    """Everything that STATUS can say of this model's Pods. `init` is printed with numbers, such as Init:0/2."""

    pending = "Pending"
    running = "Running"
    succeeded = "Succeeded"
    failed = "Failed"
    evicted = "Evicted"
    preempting = "Preempting"
    terminated = "Terminated"
    deadline_exceeded = "DeadlineExceeded"
    rejected = "OutOfcpu"
    container_creating = "ContainerCreating"
    pod_initializing = "PodInitializing"
    completed = "Completed"
    error = "Error"
    container_status_unknown = "ContainerStatusUnknown"
    crash_loop_back_off = "CrashLoopBackOff"
    init = "Init"
    init_error = "Init:Error"
    init_container_status_unknown = "Init:ContainerStatusUnknown"
    init_crash_loop_back_off = "Init:CrashLoopBackOff"
    not_ready = "NotReady"
    terminating = "Terminating"


NUMBERED = {Word.init: "Init:{done}/{inits}"}

OF_PHASE = {phase: Word(phase) for phase in Phase}
OF_REASON: dict[Reason, Word] = {reason: Word(reason) for reason in Reason if reason is not Reason.none}
OF_CONTAINER = {shown: Word(shown) for shown in (Shown.completed, Shown.error, Shown.unknown, Shown.backoff)}
OF_INIT = {
    Shown.error: Word.init_error,
    Shown.unknown: Word.init_container_status_unknown,
    Shown.backoff: Word.init_crash_loop_back_off,
}


def word(expr: Expr[S], table: Mapping[S, Word], default: Expr[Word] | Word) -> Expr[Word]:
    return first_match(*((expr.is_(value), text) for value, text in table.items()), default=default)


# The first init container that is not done stops the scan.
unfinished = init_api.shown.is_not(Shown.absent, Shown.completed)
initializing = init.some(unfinished)
before_it = init.none(unfinished, Scope.earlier)
done: Expr[int] = init.count(init_api.shown.is_(Shown.completed) & before_it)

waits = if_then_else(some_init, Word.pod_initializing, Word.container_creating)
says = api.shown.is_not(Shown.absent, Shown.running)
failed = api.shown.is_(Shown.error, Shown.unknown)
looks_at_containers = ~initializing | api_initialized
ready_here = api.shown.is_(Shown.running)

of_phase = word(api_phase, OF_PHASE, Word.pending)
of_pod = word(api_reason, OF_REASON, of_phase)
of_init = init.first(unfinished, word(init_api.shown, OF_INIT, Word.init), of_pod)
of_containers = regular.first(says, word(api.shown, OF_CONTAINER, waits), of_init)
# The Pod is not Ready when a container has completed, so printPod's way back to Running is not taken.
corrected = if_then_else(
    of_containers.is_(Word.completed),
    regular.first(
        failed,
        word(api.shown, OF_CONTAINER, Word.error),
        if_then_else(regular.some(ready_here), Word.not_ready, Word.completed),
    ),
    of_containers,
)
has_deletion_timestamp = object_.is_(Object.deleting, Object.held, Object.gone)

status: Expr[Word] = if_then_else(
    has_deletion_timestamp & api_phase.is_not(*TERMINAL),
    Word.terminating,
    if_then_else(looks_at_containers, corrected, of_init),
)
ready: Expr[int] = if_then_else(looks_at_containers, regular.count(ready_here), 0)
containers: Expr[int] = regular.count(TRUE)
inits: Expr[int] = init.count(TRUE)


def total(kind: Kind, number: Variable[int], counted: Expr[bool] = TRUE) -> Expr[int]:
    """The sum of a number of every element: how many have at least 1, and 2, and so on."""
    result: Expr[int] = constant(0)
    for least in range(1, MOST_RESTARTS + 1):
        result = result + kind.count((number >= least) & counted)
    return result


restarts: Expr[int] = if_then_else(
    looks_at_containers, total(regular, api.restarts), total(init, init_api.restarts, before_it)
)


@dataclass(frozen=True)
class Columns:
    """One line of `kubectl get pod` without NAME and AGE."""

    ready: str
    status: str
    restarts: str


def columns(values: Mapping[Variable[Any], Any], sizes: Sizes) -> Columns:
    """The columns in one state of OBSERVED. `values`: a list by element for a variable of a kind."""

    def value(expr: Expr[Any]) -> Any:
        return evaluate(expr, values, sizes)

    shown = value(status)
    text = NUMBERED.get(shown, str(shown)).format(done=value(done), inits=value(inits))
    return Columns(f"{value(ready)}/{value(containers)}", text, str(value(restarts)))


HEADER = ("NAME", "READY", "STATUS", "RESTARTS", "AGE")


def age(seconds: int) -> str:
    """As kubectl prints up to three hours (duration.HumanDuration)."""
    minutes, rest = divmod(seconds, 60)
    if minutes < 2:
        return f"{seconds}s"
    return f"{minutes}m{rest}s" if rest and minutes < 10 else f"{minutes}m"


def lines(rows: Sequence[tuple[str, Columns, int]]) -> list[str]:
    """The table that `kubectl get pod` prints for rows of name, columns and age in seconds; the header first."""
    cells = [HEADER, *((name, row.ready, row.status, row.restarts, age(seconds)) for name, row, seconds in rows)]
    widths = [max(map(len, column)) + 3 for column in zip(*cells, strict=True)]
    return ["".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
