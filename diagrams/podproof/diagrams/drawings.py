"""drawings: everything that `podproof diagram` can draw, by name.

A machine of the model; the whole Pod; what it can do, seen through a value (`by-phase`, or any other variable); the
protocols; and the counterexample (or witness) of a claim, by the claim's id. Nothing is computed, and little loaded,
before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from podproof.diagrams import coupled, machine, refinement
from podproof.diagrams.catalogue import UnknownName, machines, slug
from podproof.kubernetes.derived import conditions
from podproof.kubernetes.derived.phase import generated, succeeded
from podproof.kubernetes.machines.phase_machines import corrected, textbook
from podproof.kubernetes.pod import POD
from podproof.kubernetes.vocabulary.assumptions import no_container_policies, no_deletion
from podproof.kubernetes.vocabulary.spec import init, regular
from podproof.kubernetes.vocabulary.states import Object, Phase, Run, api_phase, object_, run
from podproof.language import Expr, Machine
from podproof.language.flat import Sizes
from podproof.wording.near import nearest

if TYPE_CHECKING:
    from podproof.check.decide import Result
    from podproof.diagrams.lanes import Lanes
    from podproof.diagrams.must_pass import Way
    from podproof.engines.orders import Orders
    from podproof.engines.quotient import Quotient, View

T = TypeVar("T")

SIZES: Sizes = {regular: 1, init: 1}

GOALS: Mapping[str, tuple[str, Expr[bool]]] = {
    "container-running": ("a container runs", regular.some(run.is_(Run.running))),
    "phase-running": ("phase Running", api_phase.is_(Phase.Running)),
    "phase-succeeded": ("phase Succeeded", api_phase.is_(Phase.Succeeded)),
    "object-gone": (
        "a container succeeded and the object is gone",
        object_.is_(Object.gone) & regular.some(succeeded),
    ),
}


class NothingToDraw(LookupError):
    """The name is known, but there is no picture of it; the message says why."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """One picture: its DOT and its Mermaid text, made when they are called."""

    name: str
    doc: str
    dot: Callable[[], str]
    mermaid: Callable[[], str]

    def __repr__(self) -> str:
        return f"<picture {self.name}: {self.doc}>"


def drawings() -> dict[str, Drawing]:
    """All but the claims, by name."""
    return {drawing.name: drawing for drawing in _all()}


def draw(name: str) -> Drawing:
    """The drawing of that name, written with spaces or dashes. Raises UnknownName, NothingToDraw."""
    known = drawings()
    if slug(name) in known:
        return known[slug(name)]
    variables = {f"by-{slug(v.name)}": v for v in POD.variables}
    if slug(name) in variables:
        variable = variables[slug(name)]
        return _by(slug(name), variable.doc, _view(variable))
    from podproof.check.decide import Judge
    from podproof.claims.catalogue import CLAIMS

    claims = {claim.id: claim for claim in CLAIMS}
    if slug(name) in claims:
        return of_result(Judge().decide(claims[slug(name)], assumption_sets=False))
    near = nearest(slug(name), [*known, *claims, *variables])
    guess = f" (did you mean {near}?)" if near else ""
    raise UnknownName(
        f"there is nothing to draw of the name {name!r}{guess}; the names are {', '.join(known)}, by-VARIABLE, "
        f"and ids of claims (podproof check --list)"
    )


def of_machine(drawn: Machine[Any]) -> Drawing:
    return Drawing(slug(drawn.name), drawn.doc, partial(machine.dot, drawn), partial(machine.mermaid, drawn))


def of_result(result: Result) -> Drawing:
    """The run that refutes a claim, or is the witness for it. Raises NothingToDraw where there is none."""
    from podproof.certificates.counterexample import replay
    from podproof.diagrams.sequences import timeline

    if result.answer.trace is None:
        raise NothingToDraw(f"claim {result.claim.id} is {result.verdict} ({result.answer.method}): no run shows it")
    lanes = timeline(replay(result.answer.trace), result.claim.id, f"{result.verdict}: {result.claim.sentence}")
    return Drawing(result.claim.id, result.claim.sentence, lanes.dot, lanes.mermaid)


def _all() -> Iterator[Drawing]:
    yield from map(of_machine, machines().values())
    yield Drawing("pod", "The Pod as coupled machines.", partial(coupled.dot, POD), partial(coupled.mermaid, POD))
    yield Drawing(
        "phases",
        "The textbook's phases and the corrected ones side by side.",
        lambda: refinement.dot(*_phases()),
        lambda: refinement.mermaid(*_phases()),
    )
    for name, view in views().items():
        yield _by(name, _SEEN[name], view)
    for name, doc in (("creation", "From the stored object to Running."), ("deletion", "From kubectl delete to gone.")):
        yield _later(name, doc, partial(_protocol, name), lambda lanes: lanes.dot(), lambda lanes: lanes.mermaid())
    for name, (goal, holds) in GOALS.items():
        doc = f"What happens in every run before {goal}."
        yield _later(f"every-way-to-{name}", doc, partial(_way, goal, holds), _way_dot, _way_mermaid)


_SEEN = {
    "by-phase": "All states of a small Pod, seen through the phase in the API.",
    "by-computed-phase": "The same, through the phase that the kubelet generates for it.",
    "by-conditions": "The same, through the conditions.",
    "by-status": "STATUS of kubectl get pod, where nothing intrudes.",
}


def views() -> dict[str, Callable[[], View]]:
    """What a small Pod is looked at through."""
    seen = (conditions.initialized, conditions.containers_ready, conditions.pod_ready)
    return {
        "by-phase": _view(api_phase, name="phase"),
        "by-computed-phase": _view(generated),
        "by-conditions": _view(*seen, name="conditions"),
        "by-status": status_view,
    }


def _later(name: str, doc: str, make: Callable[[], T], dot: Callable[[T], str], mermaid: Callable[[T], str]) -> Drawing:
    """A drawing of something that is made once, when it is first drawn."""
    made = cache(make)
    return Drawing(name, doc, lambda: dot(made()), lambda: mermaid(made()))


def _by(name: str, doc: str, view: Callable[[], View]) -> Drawing:
    return _later(name, doc, lambda: _quotient(view()), _quotient_dot, _quotient_mermaid)


def _quotient(view: View) -> Quotient:
    from podproof.engines.quotient import quotient

    return quotient(view, SIZES)


def _quotient_dot(quotient: Quotient) -> str:
    from podproof.diagrams import quotients

    return quotients.dot(quotient)


def _quotient_mermaid(quotient: Quotient) -> str:
    from podproof.diagrams import quotients

    return quotients.mermaid(quotient)


def _view(*seen: Expr[Any], name: str = "") -> Callable[[], View]:
    def view() -> View:
        from podproof.engines.quotient import of

        return of(name or str(seen[0]), POD.under(no_container_policies), *seen)

    return view


def status_view() -> View:
    """STATUS, where nobody but the user intrudes."""
    from podproof.engines.quotient import View
    from podproof.explain.status_words import shown
    from podproof.kubernetes.printing import status
    from podproof.kubernetes.view import POD_WITH_STATUS

    calm = POD_WITH_STATUS.under(
        no_container_policies, *(a for a in POD_WITH_STATUS.assumptions if a is not no_deletion)
    )
    return View("STATUS", calm, tuple(shown()), status)


def _protocol(name: str) -> Lanes:
    from podproof.diagrams import sequences

    return {"creation": sequences.creation, "deletion": sequences.deletion}[name]()


def _way(goal: str, holds: Expr[bool]) -> Way:
    from podproof.diagrams.must_pass import way

    doc = "Whatever happens to a Pod with one container and one init container that is no sidecar."
    return way(goal, holds, _orders(), doc)


def _way_dot(way: Way) -> str:
    from podproof.diagrams import must_pass

    return must_pass.dot(way)


def _way_mermaid(way: Way) -> str:
    from podproof.diagrams import must_pass

    return must_pass.mermaid(way)


@cache
def _orders() -> Orders:
    from podproof.engines.orders import Orders

    return Orders(POD.under(no_container_policies), SIZES)


@cache
def _phases() -> tuple[str, str, Machine[Any], Machine[Any], Any, Any]:
    from podproof.check.decide import Judge
    from podproof.claims.catalogue import CLAIMS

    claims, judge = {claim.id: claim for claim in CLAIMS}, Judge()
    refuted = judge.decide(claims["textbook-phases"], assumption_sets=False)
    if refuted.answer.trace is None:
        raise NothingToDraw("the textbook's phases are not refuted")
    repaired = judge.decide(claims["corrected-phases"])
    sets = (" and ".join(f"{a} ({a.sentence.rstrip('.')})" for a in c.assumptions) for c in repaired.assumption_sets)
    under = " or ".join(sets)
    holds = f"true under {under}" if under else str(repaired.verdict)
    doc = f"Left: the picture in most books. Right: {holds} (podproof check {repaired.claim.id})."
    return "textbook and corrected phases", doc, textbook, corrected, api_phase, refuted.answer.trace
