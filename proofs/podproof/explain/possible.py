"""What the Pod of a manifest can do: its phases and removal, and rules that people ask about.

The Pod is explored as it is where that is small; what it can never do is else proved for every number of containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from podproof.claims import containers, phases
from podproof.engines.disruptions import OutOfBounds, breaking_sets
from podproof.explain.answers import Can, Explored, Known, Possibility
from podproof.explain.explored import ONLY_EXPLORED, ExploredPod
from podproof.kubernetes.objects.shape import Shape
from podproof.kubernetes.objects.uncovered import Uncovered
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.events import restart_init
from podproof.kubernetes.vocabulary.spec import RestartPolicy, sidecar
from podproof.kubernetes.vocabulary.states import TERMINAL, Object, Phase, api_phase, object_
from podproof.language import Assumption, Expr
from podproof.properties.answer import Method, Verdict
from podproof.properties.formulas import Formula, Only
from podproof.properties.trace import Trace
from podproof.wording.counting import counted

if TYPE_CHECKING:
    from podproof.check.decide import Judge  # loads z3, and all claims

OUTCOMES: dict[str, Expr[bool]] = {
    **{str(phase): api_phase.is_(phase) for phase in Phase},
    "removed": object_.is_(Object.gone),
}
ENDS = {name: OUTCOMES[name] for name in (*map(str, TERMINAL), "removed")}

SIDECAR_RESTARTED = Only(restart_init, ~sidecar)

_CLAIMS = {claim.id: claim for claim in (*containers.CLAIMS, *phases.CLAIMS)}


def rules(known: Shape) -> Iterator[tuple[str, str, Formula]]:
    """Key, what would break the rule, and the rule: those of the catalogue that say something about this shape."""

    def rule(claim: str, broken: str) -> tuple[str, str, Formula]:
        return f"explain {claim}", broken, _CLAIMS[claim].formula

    a_container = "a regular container" if known.inits else "a container"
    done = "all init containers were done" if not known.sidecars else "all were done and all sidecars had started"
    if known.inits:
        yield rule("containers-after-init", f"a regular container runs before {done}")
    if len(known.inits) - len(known.sidecars) > 1:
        yield rule("one-init-at-a-time", "two init containers run at the same time, sidecars not counted")
    if known.inits:
        again = "init containers run again" if not known.sidecars else "an init container or sidecar has to start again"
        yield rule("init-stays-done", f"{again} after {done}")
    yield rule("never-running-to-pending", "it goes back from Running to Pending")
    if known.policy is RestartPolicy.Never:
        yield rule("never-restarted-under-never", f"{a_container} is restarted in its sandbox")
    if known.policy is RestartPolicy.OnFailure:
        yield rule("onfailure-restarts-failures", f"{a_container} that exited 0 is restarted in its sandbox")
    if known.policy is not RestartPolicy.Always:
        yield rule("ended-for-good-stays-ended", f"{a_container} that ended for good is started again")
    if known.sidecars:
        yield "explain sidecar-restarted", "a sidecar that ended is restarted", SIDECAR_RESTARTED
    yield rule("terminal-nothing-runs", "containers still run when the API shows Succeeded or Failed")


def with_unless(told: Possibility, uncovered: Sequence[Uncovered]) -> Possibility:
    """With what is not covered and could make the answer wrong."""
    itself = told.can is Can.itself
    brought = () if itself else tuple(each for each in uncovered if told.id in each.brings)
    comes = told.run is not None and len(told.run)  # else it is there already, or comes never
    held = tuple(each for each in uncovered if told.id in each.holds_up and (itself or each.always)) if comes else ()
    return replace(told, unless=brought, held=held)


class Teller:
    """Decides what may happen to one Pod. judge: who is asked where a proof is wanted."""

    def __init__(
        self, pod: ExploredPod, judge: Callable[[], Judge], prove: bool, uncovered: Sequence[Uncovered]
    ) -> None:
        self.pod, self.judge, self.prove, self.uncovered = pod, judge, prove, uncovered
        self.all, _ = pod.search(None, ())

    def explored(self) -> Explored:
        return self.pod.explored(len(self.all.visited))

    def possibility(self, key: str, what: str, rule: Formula) -> Possibility:
        return with_unless(self._possibility(key, what, rule), self.uncovered)

    def _possibility(self, key: str, what: str, rule: Formula) -> Possibility:
        pod, id_ = self.pod, key.removeprefix("explain ")
        _, anyhow = pod.search(rule, ())
        if anyhow is None:
            absent = self._known(key, rule, (), len(self.all.visited))
            can = Can.never if absent.verdict is Verdict.TRUE else Can.unknown
            return Possibility(id_, what, can, absent)
        search, undisturbed = pod.search(rule, pod.disruptions)
        if undisturbed is not None:
            return Possibility(id_, what, Can.itself, run=pod.shown(undisturbed))
        absent = self._known(key, rule, pod.disruptions, len(search.visited))
        sets, trace = _disruptions(pod, lambda assumed: pod.search(rule, assumed)[1])
        if not sets:
            try:
                found = breaking_sets(pod.space, rule, pod.disruptions, pod.limits)
                sets = tuple(tuple(a for a in pod.disruptions if a in broken) for broken in found)
            except OutOfBounds:
                sets = ()
        can = Can.disturbed if absent.verdict is Verdict.TRUE else Can.unknown
        return Possibility(id_, what, can, absent, sets, pod.shown(trace or anyhow))

    def _known(self, key: str, rule: Formula, assumed: Sequence[Assumption], states: int) -> Known:
        """How it is known that no run breaks the rule: of this very Pod, with so many states, or of all like it."""
        pod = self.pod
        explored = Known(Verdict.TRUE, Method.exhaustive, f"all {counted(states, 'state')} of this Pod")
        if pod.truncated:
            explored = Known(Verdict.UNKNOWN, Method.bounded, pod.truncated)
        if self.prove:
            system = POD.under(pod.shape.assumption, *dict.fromkeys((*pod.shape.ruled_out, *assumed)))
            answer = self.judge().answer(system, rule, key)
            if answer.verdict is Verdict.TRUE:
                return Known(answer.verdict, answer.method, "for every number of containers")
            if not pod.exact:
                reason = answer.reason or "a Pod like this one, with other containers, can"
                return Known(Verdict.UNKNOWN, Method.bounded, f"{ONLY_EXPLORED}; {reason}")
        return explored if pod.exact else Known(Verdict.UNKNOWN, Method.bounded, ONLY_EXPLORED)


def _disruptions(
    pod: ExploredPod, shortest: Callable[[Sequence[Assumption]], Trace | None]
) -> tuple[tuple[tuple[Assumption, ...], ...], Trace | None]:
    """The single disruptions with which something happens, and a shortest run with one of them."""
    found, best = [], None
    for assumption in pod.disruptions:
        trace = shortest(pod.without(assumption))
        if trace is not None:
            found.append((assumption,))
            best = trace if best is None or len(trace) < len(best) else best
    return tuple(found), best
