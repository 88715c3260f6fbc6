"""What `explain` answers: possibilities of one Pod, each with how it is known, and what a live object's past may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from podproof.certificates.counterexample import ReplayedRun, replay
from podproof.explain.times import Time
from podproof.findings.finding import Finding, Location
from podproof.kubernetes.fairness import sidecars_stop, stopping
from podproof.kubernetes.objects.shape import Shape
from podproof.kubernetes.objects.uncovered import Uncovered
from podproof.kubernetes.vocabulary import assumptions as given
from podproof.kubernetes.vocabulary.events import end, end_init
from podproof.kubernetes.vocabulary.spec import init, sidecar
from podproof.language import Assumption, Kind
from podproof.language.meanings.python import Values, evaluate
from podproof.language.meanings.text import value_text
from podproof.properties.answer import Method, Verdict
from podproof.properties.trace import Trace, TraceStep

if TYPE_CHECKING:
    from podproof.kubernetes.objects.observe import Fact  # loads what copies of the status say

BREAKS = {
    given.no_deletion: "somebody deletes it",
    given.no_eviction: "the kubelet evicts it",
    given.no_preemption: "the kubelet preempts it",
    given.no_deadline: "its deadline passes",
    given.no_shutdown: "its node shuts down",
    given.no_rejection: "its node rejects it",
    given.no_podgc: "its node is gone (podgc)",
    given.no_sandbox_loss: "its sandbox is lost",
}
"""What happens where an assumption does not hold."""


def breaks(assumption: Assumption) -> str:
    return BREAKS.get(assumption, f"not {assumption}")


Disruptions = tuple[Assumption, ...]
"""A set of assumptions that do not hold, in the order of the system."""


class Can(StrEnum):
    """Whether something happens to this Pod: by itself, only with a disruption, or never."""

    itself = "by itself"
    disturbed = "only if disturbed"
    never = "never"
    unknown = "unknown"


@dataclass(frozen=True)
class Known:
    """How it is known that something does not happen; detail: of which Pods, or why it is not known."""

    verdict: Verdict
    method: Method
    detail: str


@dataclass(frozen=True, eq=False)
class ShownRun:
    """A shortest run. begin: how many steps lead to the observed state of a live Pod; they are not shown.

    names: the explored containers, as the manifest calls them.
    """

    trace: Trace
    begin: int
    names: Mapping[Kind, tuple[str, ...]]

    @cached_property
    def replayed(self) -> ReplayedRun:
        """With what kubectl prints. Raises ReplayError where the running machines cannot repeat the trace."""
        return replay(self.trace)

    @cached_property
    def _repeated(self) -> ReplayedRun:
        """What happens comes from here; as for `replayed`."""
        return replay(self.trace, printed=False)

    def __len__(self) -> int:
        return len(self.trace) - self.begin

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        return self._repeated.trace.steps[self.begin :]

    def who(self, step: TraceStep) -> str:
        if step.element is None or step.step.kind is None:
            return ""
        return self.names[step.step.kind][step.element]

    def chain(self) -> list[tuple[str, tuple[str, ...]]]:
        """Actors with what they do, as long as the same one acts."""
        states = self._repeated.states[self.begin :]
        steps = [doing(s, self.who(s), dict(before)) for s, before in zip(self.steps, states, strict=False)]
        return [(actor, tuple(text for _, text in told)) for actor, told in groupby(steps, key=lambda s: s[0])]


def doing(step: TraceStep, who: str, before: Values) -> tuple[str, str]:
    """Who does what; `before`: the state it is done in. A container that the kubelet stops does not end by itself."""
    values = []
    for name, value in step.step.parameters.items():
        values.append(
            value_text(value) if name in value_text(value) or name == "grace" else f"{name} {value_text(value)}"
        )
    actor = str(step.step.actor)
    event = str(step.event).removesuffix(" init") if who else str(step.event)
    if step.event in (end, end_init) and _is_stopped(step, before):
        actor, event = "kubelet", "stop"
    return actor, " ".join(filter(None, (event, who))) + (f" ({', '.join(values)})" if values else "")


def _is_stopped(step: TraceStep, before: Values) -> bool:
    """SyncTerminatingPod stops every container; computePodActions what is left once only sidecars run."""
    sizes = {kind: len(before[variable]) for variable in before if (kind := variable.kind) is not None}
    if evaluate(stopping, before, sizes):
        return True
    own = step.step.kind is init and evaluate(sidecar, before, sizes, own=step.element)
    return own and evaluate(sidecars_stop, before, sizes)


@dataclass(frozen=True, eq=False)
class Possibility:
    """Something that may happen to the Pod.

    absent: how it is known that it never happens (`never`) or never without a disruption (`disturbed`); disruptions:
    the minimal sets of broken assumptions with which it happens; run: a shortest one, with the fewest disruptions.
    unless, held: what the model does not cover and could bring it about, or hold it up.

    Of a live Pod: as long as `lasting` is so the answer holds, and then what `afterwards` says; past: the disruptions
    of its past with which it holds, where it does not hold with all that may lie behind it; unseen: those that would
    have to lie behind it, beyond what its status asks for, for what is said never to happen.
    """

    id: str
    what: str
    can: Can
    absent: Known | None = None
    disruptions: tuple[Disruptions, ...] = ()
    run: ShownRun | None = None
    unless: tuple[Uncovered, ...] = ()
    held: tuple[Uncovered, ...] = ()
    lasting: tuple[Uncovered, ...] = ()
    afterwards: Possibility | None = None
    past: tuple[Disruptions, ...] = ()
    unseen: tuple[Disruptions, ...] = ()


@dataclass(frozen=True)
class Explored:
    """Which containers were explored, by name; exact: all of them. states: of this Pod, with every disruption."""

    names: tuple[str, ...]
    of: int
    states: int
    exact: bool


@dataclass(frozen=True)
class Change:
    """What somebody else can see next: who does what, and what is different then. disruptions: what it takes; lasting:
    as long as this is so it does not come."""

    actor: str
    event: str
    change: str
    disruptions: Disruptions = ()
    lasting: tuple[Uncovered, ...] = ()


@dataclass(frozen=True, eq=False)
class Story:
    """A way in which a live object can have come to look as it does, with a minimal set of disruptions."""

    run: ShownRun
    cause: Disruptions


@dataclass(frozen=True, eq=False)
class Live:
    """About a live object. states: of the model that agree with it; stories: the minimal causes that fit, fewest
    disruptions first; blame: what the model has no explanation for, where no state agrees."""

    facts: tuple[Fact, ...]
    unmapped: tuple[Uncovered, ...]
    states: int
    stories: tuple[Story, ...]
    blame: tuple[Fact, ...]
    next: tuple[Change, ...]
    ends: tuple[Possibility, ...]

    @property
    def story(self) -> ShownRun | None:
        return self.stories[0].run if self.stories else None

    @property
    def cause(self) -> Disruptions:
        return self.stories[0].cause if self.stories else ()


@dataclass(frozen=True, eq=False)
class Explanation:
    """Of one document. refused: why the API server does not take it, and then nothing else is answered; outcomes: the
    phases and the removal; rules: statements people ask about; unread: fields that nothing looks at; times: when things
    happen to its containers; problem: why there is no answer."""

    title: str
    location: Location
    shape: Shape
    uncovered: tuple[Uncovered, ...]
    explored: Explored
    outcomes: tuple[Possibility, ...] = ()
    rules: tuple[Possibility, ...] = ()
    live: Live | None = None
    problem: str = ""
    refused: tuple[Finding, ...] = ()
    unread: tuple[str, ...] = ()
    times: tuple[Time, ...] = ()
