"""What `kubectl get pod` prints, computed from the API copy of the status.

The rule is that of `rules.columns` (printPod), applied to the API copies (`record_of`); rendering only puts its
decisions into text.

Abstracted away: readiness probes (a container that runs and has started up is ready); scheduling gates; "(5s ago)"
behind RESTARTS, which needs the time of an exit. printPod goes through statuses by name: names are taken to be in the
order of the spec.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from podproof.kubernetes.derived import record_of
from podproof.kubernetes.derived.record_of import MOST_RESTARTS, StatusCopy
from podproof.kubernetes.rules import columns as rules
from podproof.kubernetes.rules import records
from podproof.kubernetes.rules.columns import Word as Phases
from podproof.kubernetes.view import (
    POD_WITH_STATUS,
    InitializedStatus,
    PodReason,
    api,
    api_initialized,
    api_reason,
    init_api,
)
from podproof.kubernetes.vocabulary.spec import ContainerPolicy, init, init_policy, own_policy, policy, regular
from podproof.kubernetes.vocabulary.states import Object, Phase, api_phase, finalizer, object_
from podproof.language import FALSE, TRUE, Expr, Kind, Scope, Variable, if_then_else, named
from podproof.language.binding import Given, table
from podproof.language.expressions import as_expr, constant
from podproof.language.flat import Sizes
from podproof.language.meanings.python import evaluate
from podproof.language.printing import called
from podproof.wording.counting import counted


class Word(StrEnum):
    """The reasons that containers of this model give."""

    none = ""
    container_creating = "ContainerCreating"
    pod_initializing = "PodInitializing"
    completed = "Completed"
    error = "Error"
    container_status_unknown = "ContainerStatusUnknown"
    crash_loop_back_off = "CrashLoopBackOff"


WORDS = {word: Word(reason) for word, reason in ((r, str(r)) for r in records.Reason) if reason in set(Word)}
"""By what rules know of a reason."""


def word(copy: StatusCopy) -> Expr[Word]:
    """The reason that a container's status gives. Of those that rules do not look for there is only Error."""
    return table(copy.reason, {**WORDS, records.Reason.other: Word.error}, default=Word.none)


_given: Given = {
    **record_of.printed(api, rules.app, as_expr(ContainerPolicy.unset)),
    **record_of.printed(init_api, rules.inits, init_policy),
    rules.phase: table(api_phase, {Phase.Succeeded: Phases.succeeded, Phase.Failed: Phases.failed}, Phases.other),
    rules.reason: if_then_else(api_reason.is_(PodReason.none), Phases.none, Phases.other),
    rules.deleted: object_.is_(Object.deleting, Object.held, Object.gone),
    rules.says_gated: FALSE,
    rules.says_initialized: api_initialized.is_(InitializedStatus.true),
    rules.says_ready: FALSE,  # matters only where a container has completed, and then the Pod is not Ready
}
_kinds = {rules.app.kind: api.elements, rules.inits.kind: init_api.elements}
line = rules.recorded.bound(_given, _kinds, (api.state, init_api.state))


def quoted(copy: StatusCopy) -> Expr[bool]:
    """Of one element: its entry is the one that STATUS quotes."""
    there = copy.elements.where
    return there & copy.kind.count(there, Scope.earlier).equals(line.quoted.value)


def _quoted_word(copy: StatusCopy) -> Expr[Word]:
    return copy.kind.first(quoted(copy), word(copy), Word.none)


words = {
    **dict.fromkeys(rules.OF_INIT, _quoted_word(init_api)),
    **dict.fromkeys(rules.OF_REGULAR, _quoted_word(api)),
}
"""By what STATUS is made of: the reason of the entry that it quotes, where it quotes one."""


def says(*which: Word, of_init: bool = False) -> Expr[bool]:
    """STATUS is one of these reasons of a container; with `of_init`, of an init container (`Init:...`)."""
    copy = init_api if of_init else api
    source = rules.Source.init_reason if of_init else rules.Source.reason
    found = copy.kind.some(quoted(copy) & word(copy).is_(*which))
    words = tuple(f"Init:{word}" if of_init else str(word) for word in which)
    return named("STATUS", line.status.value.is_(source) & found, words)


containers, inits = rules.total, rules.spec_inits


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


PARTS: tuple[Expr[Any], ...] = (line.status.value, line.done, api_phase, api_reason)
SAYS_STATUS: tuple[Expr[Any], ...] = (*PARTS, line.quoted.value)
"""What STATUS is made of."""


def status(values: Mapping[Variable[Any], Any], sizes: Sizes) -> str:
    """STATUS in one state of POD_WITH_STATUS. `values`: a list by element for a variable of a kind."""
    source, done, phase, pod_reason = (evaluate(part, values, sizes) for part in PARTS)
    reason = evaluate(words[source], values, sizes) if source in words else ""
    return str(source).format(
        phase=phase, pod_reason=pod_reason, reason=reason, done=done, inits=evaluate(inits, values, sizes)
    )


def columns(values: Mapping[Variable[Any], Any], sizes: Sizes) -> Columns:
    """The columns in one state of POD_WITH_STATUS."""

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


class Kubectl:
    """The printer of runs of a Pod (`language.printing.Printer`)."""

    title = "Pod"
    whole = POD_WITH_STATUS
    printed: frozenset[Variable[Any]] = frozenset(
        (
            api_initialized,
            *(variable for copy in (api, init_api) for variable in (copy.state, copy.last, copy.restarts)),
        )
    )

    def row(self, values: Mapping[Variable[Any], Any], sizes: Sizes) -> Columns:
        return columns(values, sizes)

    def lines(self, rows: Sequence[tuple[str, Columns, int]]) -> list[str]:
        return lines(rows)

    def beginning(self, first: Mapping[Variable[Any], Any], sizes: Sizes) -> Iterator[str]:
        yield f"restartPolicy {first[policy]}"
        yield from (counted(sizes[kind], kind.name) for kind in (regular, init) if sizes[kind])
        for variable in (own_policy, init_policy):
            for element, own in enumerate(first[variable]):
                if own is not ContainerPolicy.unset:
                    yield f"{called(variable, element)} {own}"
        if first[finalizer]:
            yield "a finalizer"

    def shape(self, first: Mapping[Variable[Any], Any], sizes: Sizes) -> dict[str, Any]:
        return {
            "restartPolicy": str(first[policy]),
            "containers": sizes[regular],
            "initContainers": sizes[init],
            "containerPolicies": [None if own is ContainerPolicy.unset else str(own) for own in first[own_policy]],
            "initContainerPolicies": [None if own is ContainerPolicy.unset else str(own) for own in first[init_policy]],
            "finalizer": first[finalizer],
        }


KUBECTL = Kubectl()
