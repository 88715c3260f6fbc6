"""Explaining one Pod: what its manifest lets it do, or why a live one is where it is and what may come next.

The Pod is explored as it is, with all its containers, where that is small; else with some of them, chosen so that every
container policy occurs, and then what it can never do is proved for every number of containers. Every run is a shortest
one and was replayed on the running machines. What the model does not cover is listed, and answers that it could make
wrong say so ("unless").
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from podproof.explain.answers import Explanation, Explored
from podproof.explain.explored import ExploredPod, chosen
from podproof.explain.possible import OUTCOMES, Teller, rules
from podproof.explain.times import times
from podproof.kubernetes.objects.manifests import PodDocument
from podproof.kubernetes.objects.refused import refused
from podproof.kubernetes.objects.shape import Shape, shape
from podproof.kubernetes.objects.uncovered import uncovered, unread
from podproof.kubernetes.pod import POD
from podproof.language import Kind
from podproof.properties.formulas import Never
from podproof.properties.limits import Limits

if TYPE_CHECKING:
    from podproof.check.decide import Judge


def explain(
    document: PodDocument,
    judge: Callable[[], Judge] | None = None,
    limits: Limits | None = None,
    prove: bool | None = None,
) -> Explanation:
    """What the Pod of a manifest can do; of a live object, why it is where it is and what may come next.

    Of an object that the API server refuses, only why. prove: ask for a proof for every number of containers; None asks
    only where not all of them were explored; judge: who is asked then, which is not done for every Pod.
    """
    bounds = limits or Limits(20.0, 2_000_000)
    known = shape(document)
    found, named = uncovered(document), unread(document)
    against = refused(document)
    if against:
        nothing = Explored((), len(known.containers) + len(known.inits), 0, exact=False)
        return Explanation(document.title, document.location, known, found, nothing, refused=against, unread=named)
    if document.live:
        return _explain_live(document, known, bounds)
    pod = ExploredPod(POD, known, chosen(known), bounds, [rule for _, _, rule in rules(known)])
    teller = Teller(pod, judge or cache(lambda: a_judge(bounds)), not pod.exact if prove is None else prove, found)
    outcomes = tuple(teller.possibility(f"explain {name}", name, Never(holds)) for name, holds in OUTCOMES.items())
    answers = tuple(teller.possibility(*rule) for rule in rules(known))
    explored = teller.explored()
    return Explanation(
        document.title,
        document.location,
        known,
        found,
        explored,
        outcomes,
        answers,
        unread=named,
        times=times(document),
    )


def a_judge(limits: Limits) -> Judge:
    """A new one. What it needs is imported then: z3, and all claims."""
    from podproof.check.decide import Judge

    return Judge(limits)


def _explain_live(document: PodDocument, known: Shape, limits: Limits) -> Explanation:
    from podproof.explain.live import Detective
    from podproof.kubernetes.objects.observe import observation  # loads what copies of the status say

    seen = observation(document)
    texts: dict[tuple[Kind | None, int | None], list[str]] = {}
    for fact in seen.facts:
        name = "" if fact.index is None or fact.kind is None else known.of(fact.kind)[fact.index].name
        texts.setdefault((fact.kind, fact.index), []).append(fact.text.removeprefix(name).split(" restartCount")[0])
    elements = chosen(known, lambda c, kind: (c.policy, *texts[kind, known.of(kind).index(c)]))
    found = uncovered(document)
    detective = Detective(known, elements, seen, found, limits)
    live = detective.live()
    return Explanation(
        document.title,
        document.location,
        known,
        found,
        detective.explored(),
        live=live,
        problem=detective.problem,
        unread=unread(document),
        times=times(document),
    )
