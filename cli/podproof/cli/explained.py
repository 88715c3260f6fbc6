"""What is explained of a document, as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from podproof.certificates import counterexample
from podproof.explain.answers import (
    Can,
    Change,
    Disruptions,
    Explanation,
    Known,
    Live,
    Possibility,
    ShownRun,
    Story,
    breaks,
)
from podproof.explain.times import Time
from podproof.findings.finding import Finding
from podproof.findings.writers import place, plain
from podproof.kubernetes.objects.manifests import Ignored
from podproof.kubernetes.objects.shape import Container
from podproof.kubernetes.objects.uncovered import RESTARTS, Uncovered
from podproof.kubernetes.vocabulary.spec import ContainerPolicy
from podproof.properties.answer import Method, Verdict
from podproof.wording.counting import counted, plural
from podproof.wording.printable import on_one_line
from podproof.wording.wrapping import width

SCHEMA = "podproof/explain/v2"
SAID_OF = (
    "said of a Pod whose spec nobody edits (image, resources), while its kubelet is not restarted and its runtime "
    "loses no records"
)
"""What is true of every answer, whatever the document holds."""

OF_OTHERS = {
    "PodDisruptionBudget": ": it may refuse evictions through the Eviction API (kubectl drain), and nothing else",
    "HorizontalPodAutoscaler": ": it may make Pods, and delete them",
    "VerticalPodAutoscaler": ": it may evict Pods and change their resources",
}
"""What documents that are not looked at may do to a Pod."""

MOST_NAMES = 6
"""So many containers are named; of more, the number is given."""


# Text


def text(explanations: Sequence[Explanation], runs: bool = False, quiet: bool = False) -> str:
    """For people, within the width; the summary first."""
    return "\n\n".join(text_of(each, runs, quiet) for each in explanations)


def text_of(told: Explanation, runs: bool, quiet: bool) -> str:
    lines = [on_one_line(f"{told.title}  {told.location}"), *_wrapped(_shape(told), "  ")]
    if told.refused:
        return "\n".join([*lines, *_refused(told)])
    lines += [*_explored(told), *_wrapped(SAID_OF, "  ")]
    if told.problem:
        lines += ["", *_wrapped(f"not explored completely: {told.problem}", "  ")]
    if told.live is not None:
        lines += _live(told.live, runs, quiet, told)
    else:
        lines += _manifest(told, runs, quiet)
    if told.times and not quiet:
        lines += ["", *_times(told.times)]
    if told.uncovered and quiet:
        lines += ["", f"  not in the model: {counted(len(told.uncovered), 'thing')} in this document"]
    elif told.uncovered:
        lines += ["", "  not in the model yet"]
        lines += [line for each in told.uncovered for line in _uncovered(each)]
    if told.unread and not quiet:
        said = f"not looked at (it may decide how a container ends, when or where): {', '.join(told.unread)}"
        lines += ["", *_wrapped(said, "  ", "    ")]
    return "\n".join(line.rstrip() for line in lines)


def _times(found: Sequence[Time]) -> Iterator[str]:
    """Each with what its ends are made of; what else there is to say of several is told once."""
    yield "  in time  [proved for all values of these fields]"
    for (container, field), some in groupby(found, key=lambda each: (each.container, each.field)):
        told = list(some)
        yield on_one_line(f"    {container}: {field}")
        for each in told:
            yield from _wrapped(f"{each.what}: {_when(each)} {each.since}", "      ", "        ")
            ends = (end.formula for end in (each.earliest, each.latest) if end is not None)
            yield from _wrapped(" to ".join(ends), "          ", "            ")
        for note in dict.fromkeys(each.note for each in told if each.note):
            yield from _wrapped(note, "      ", "        ")


def _when(time: Time) -> str:
    earliest, latest = time.earliest, time.latest
    words = []
    if earliest is not None:
        words.append(f"{'later than' if earliest.open else 'not before'} {earliest.seconds} s")
    if latest is not None:
        words.append(f"{'before' if latest.open else 'by'} {latest.seconds} s")
    return " and ".join(words)


def _refused(told: Explanation) -> Iterator[str]:
    yield "  the API server refuses this object, so there is nothing to explain"
    for each in told.refused:
        yield from _wrapped(
            on_one_line(f"line {each.location.line if each.location else 1}: {each.subject}: {each.message}"),
            "    ",
            "      ",
        )


def not_looked_at(ignored: Sequence[Ignored]) -> Iterator[str]:
    """Documents without a Pod, each with its line."""
    yield "not looked at"
    for each in ignored:
        said = f"{each.location}: {each.kind}{f'/{each.name}' if each.name else ''}"
        yield from _wrapped(said + OF_OTHERS.get(each.kind, ""), "  ", "    ")


def _shape(told: Explanation) -> str:
    shape = told.shape
    parts = [f"restartPolicy {shape.policy}"]
    ordinary = tuple(c for c in shape.inits if c not in shape.sidecars)
    if ordinary:
        parts.append(_names("init container", ordinary))
    if shape.sidecars:
        parts.append(_names("sidecar", shape.sidecars))
    parts.append(_names("container", shape.containers))
    if shape.deadline is not None:
        parts.append(f"deadline {shape.deadline} s")
    if shape.finalizer:
        parts.append("a finalizer")
    return "; ".join(parts)


def _names(kind: str, containers: Sequence[Container]) -> str:
    if len(containers) > MOST_NAMES:
        return counted(len(containers), kind)
    tells = ContainerPolicy.unset if kind != "sidecar" else ContainerPolicy.Always
    named = (c.name if c.policy is tells else f"{c.name} ({c.policy})" for c in containers)
    return on_one_line(f"{kind if len(containers) == 1 else plural(kind)} {', '.join(named)}")


def _explored(told: Explanation) -> Iterator[str]:
    explored = told.explored
    if explored.exact:
        yield f"  explored with all its containers: {counted(explored.states, 'state')}"
        return
    some = f"{len(explored.names)} of its {counted(explored.of, 'container')} ({', '.join(explored.names)})"
    yield from _wrapped(on_one_line(f"explored with {some}: {counted(explored.states, 'state')}"), "  ")


def _manifest(told: Explanation, runs: bool, quiet: bool) -> Iterator[str]:
    methods = {p.absent.method for p in (*told.outcomes, *told.rules) if p.absent is not None}
    meaning = {Method.exhaustive: "in all states of this very Pod", Method.proved: "for every number of containers"}
    yield from (f"  [{method}]: {said}" for method, said in meaning.items() if method in methods)
    yield ""
    yield "  phase      reached"
    for outcome in told.outcomes:
        yield from _outcome(outcome, told)
    groups = {
        Can.never: "can never happen",
        Can.disturbed: "happens only if disturbed",
        Can.itself: "can happen by itself",
        Can.unknown: "not decided",
    }
    for can, heading in groups.items():
        rules = [rule for rule in told.rules if rule.can is can]
        if rules:
            yield ""
            yield f"  {heading}"
        for rule in rules:
            yield from _rule(rule)
    shown = [o for o in told.outcomes if o.run]
    if runs:
        for each in (*shown, *(rule for rule in told.rules if rule.run is not None)):
            yield from _whole_run(each.what, each.run, told)
    elif shown and not quiet:
        yield ""
        yield "  shortest runs (--runs shows them step by step)"
        for outcome in shown:
            yield from _chain(outcome)


def _outcome(outcome: Possibility, told: Explanation) -> Iterator[str]:
    said = _said(outcome)
    if outcome.afterwards is not None:
        said += f", as long as {_either_of([_named(each) for each in outcome.lasting])} lasts"
        said += f". Then {_said(outcome.afterwards)}"
    yield from textwrap.wrap(
        on_one_line(f"{outcome.what:10} {said}"),
        width(),
        initial_indent="  ",
        subsequent_indent=" " * 13,
        break_on_hyphens=False,
    )


def _said(outcome: Possibility) -> str:
    absent = outcome.absent
    known = f"  [{_known(absent)}]" if absent is not None else ""
    steps = counted(len(outcome.run), "step") if outcome.run is not None else ""
    match outcome.can:
        case Can.itself:
            said = f"after {steps}" if outcome.run else "at once"
        case Can.disturbed:
            said = f"not by itself{known}; if {_disruptions(outcome)} (after {steps})"
        case Can.never:
            said = f"never{known}"
        case _:
            said = f"by itself not known{known}" + (f"; if {_disruptions(outcome)} (after {steps})" if steps else "")
    if outcome.past:
        said += f"; so far as {_either(outcome.past)} lies behind it"
    if outcome.unseen:
        said += f", unless this lies behind it unseen: {_either(outcome.unseen)}"
    return said + _unless(outcome)


def _named(each: Uncovered) -> str:
    return f"{each.what} (line {each.location.line})"


def _rule(rule: Possibility) -> Iterator[str]:
    said = rule.what
    if rule.disruptions:
        said += f": if {_disruptions(rule)}"
    if rule.run is not None and rule.can is Can.itself:
        said += f": after {counted(len(rule.run), 'step')}"
    if rule.absent is not None:
        said += f"  [{_known(rule.absent)}]"
    yield from _wrapped(on_one_line(said + _unless(rule)), "    ", "      ")


def _unless(told: Possibility) -> str:
    """What the model does not cover and could make the answer wrong."""
    ways = (("brought about", told.unless), ("held up", told.held))
    return "".join(f", unless {how} by {_either_of([_named(each) for each in found])}" for how, found in ways if found)


def _disruptions(outcome: Possibility) -> str:
    return _either(outcome.disruptions) if outcome.disruptions else "several things go wrong"


def _either(sets: Sequence[Disruptions]) -> str:
    return _either_of([" and ".join(map(breaks, each)) or "no disruption" for each in sets])


def _either_of(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]


def _known(known: Known) -> str:
    return str(known.method) if known.verdict is Verdict.TRUE else f"{known.verdict}: {known.detail}"


def _chain(outcome: Possibility, indent: str = "    ") -> Iterator[str]:
    if outcome.run is not None:
        yield from textwrap.wrap(
            on_one_line(f"{outcome.what:10} {_story(outcome.run)}"),
            width(),
            initial_indent=indent,
            subsequent_indent=indent + " " * 11,
        )


def _story(run: ShownRun) -> str:
    return "; ".join(f"{actor}: {', '.join(told)}" for actor, told in run.chain())


def _whole_run(what: str, run: ShownRun | None, told: Explanation) -> Iterator[str]:
    if run is None:
        return
    yield ""
    yield f"  {what}, a shortest run:"
    yield from counterexample.text(run.replayed, _pod_name(told)).splitlines()


def _pod_name(told: Explanation) -> str:
    return on_one_line(told.title.partition("/")[2])[:40] or "pod"


def _live(live: Live, runs: bool, quiet: bool, told: Explanation) -> Iterator[str]:
    yield ""
    yield "  observed (the status is read as current)"
    yield from _wrapped("; ".join(fact.text for fact in live.facts), "    ")
    for each in live.unmapped:
        yield from _wrapped(
            on_one_line(f"not in the model, line {each.location.line}: {each.what}: {each.consequence}"), "    "
        )
    yield ""
    if not live.stories:
        yield from _without_story(told, live)
        return
    for story in live.stories:
        yield from _story_text(story, of=len(live.stories))
    yield ""
    yield from _next(live)
    yield ""
    already = [end.what for end in live.ends if end.can is Can.itself and end.run is not None and not len(end.run)]
    if already:
        yield f"  it has ended: {already[0]}"
    elif all(end.can is not Can.itself for end in live.ends):
        unsure = any(end.can is Can.unknown for end in live.ends)
        yield "  what ends it is not decided" if unsure else "  nothing ends it by itself; it ends if disturbed"
    else:
        yield "  what ends it"
    for end in live.ends:
        if end.what not in already:
            yield from _outcome(end, told)
    shown = [end for end in live.ends if end.run]
    if runs:
        for story in live.stories:
            yield from _whole_run("how it can have got here", story.run, told)
        for end in shown:
            yield from _whole_run(end.what, end.run, told)
    elif shown and not quiet:
        yield ""
        yield "  shortest runs from here (--runs shows them step by step)"
        for end in shown:
            yield from _chain(end)


def _next(live: Live) -> Iterator[str]:
    """What can come now, and then what does not come as long as something lasts."""
    yield "  what can be seen next"
    now = [change for change in live.next if not change.lasting]
    for change in now:
        yield from _change(change)
    if not now:
        yield "    nothing"
    for lasting in dict.fromkeys(change.lasting for change in live.next if change.lasting):
        yield from _wrapped(on_one_line(f"not as long as {_either_of([_named(each) for each in lasting])} lasts"), "  ")
        for change in live.next:
            if change.lasting == lasting:
                yield from _change(change)


def _change(change: Change) -> Iterator[str]:
    yield from _wrapped(on_one_line(f"{change.actor}: {change.event}: {change.change}"), "    ", "        ")


def _story_text(story: Story, of: int) -> Iterator[str]:
    """One of the minimal causes that fit."""
    cause = f", because {' and '.join(map(breaks, story.cause))}" if story.cause else ", undisturbed"
    yield f"  how it can have got here{cause}{f' (one of {of} that fit)' if of > 1 else ''}"
    if len(story.run):
        yield from _wrapped(on_one_line(_story(story.run)), "    ")
    else:
        yield "    it was created like this"


def _without_story(told: Explanation, live: Live) -> Iterator[str]:
    if told.problem:
        yield "  how it can have got here is not decided"
        return
    yield "  no state of the model looks like this; Kubernetes may have such Pods all the same"
    for fact in live.blame:
        yield from _wrapped(
            on_one_line(f"the rest contradicts line {fact.location.line}: {fact.text}"), "    ", "      "
        )
    if not live.blame:
        yield "    no single observation contradicts the rest"
    may = [*live.unmapped, *(each for each in told.uncovered if each.brings & RESTARTS)]
    if may:
        yield "    what the model does not cover may explain it:"
    for each in may:
        yield from _wrapped(
            on_one_line(f"line {each.location.line}: {each.what}: {each.consequence}"), "      ", "        "
        )


def _uncovered(each: Uncovered) -> list[str]:
    return _wrapped(on_one_line(f"line {each.location.line}: {each.what}: {each.consequence}"), "    ", "      ")


def _wrapped(said: str, indent: str, further: str | None = None) -> list[str]:
    inner = indent if further is None else further
    return textwrap.wrap(said, width(), initial_indent=indent, subsequent_indent=inner, break_on_hyphens=False)


# JSON


def findings(explanations: Sequence[Explanation], problems: Sequence[Finding] = ()) -> list[Finding]:
    """Of all documents: what cannot be read, is refused, or is not in the model."""
    found = list(problems)
    for told in explanations:
        found += told.refused
        found += (each.finding for each in (*told.uncovered, *(told.live.unmapped if told.live else ())))
    return found


def as_json(
    explanations: Sequence[Explanation], problems: Sequence[Finding] = (), ignored: Sequence[Ignored] = ()
) -> dict[str, Any]:
    """Plain values; every key is always there."""
    return {
        "schema": SCHEMA,
        "documents": [_document(each) for each in explanations],
        "problems": [plain(each) for each in problems],
        "ignored": [{"location": place(each.location), "kind": each.kind, "name": each.name} for each in ignored],
    }


def _document(told: Explanation) -> dict[str, Any]:
    shape, explored, name = told.shape, told.explored, _pod_name(told)
    return {
        "title": told.title,
        "location": place(told.location),
        "shape": {
            "restartPolicy": str(shape.policy),
            "containers": [_container(c) for c in shape.containers],
            "initContainers": [_container(c) for c in shape.inits],
            "sidecars": [c.name for c in shape.sidecars],
            "finalizer": shape.finalizer,
            "activeDeadlineSeconds": shape.deadline,
            "terminationGracePeriodSeconds": shape.grace,
        },
        "explored": {
            "containers": list(explored.names),
            "of": explored.of,
            "exact": explored.exact,
            "states": explored.states,
        },
        "refused": [plain(each) for each in told.refused],
        "uncovered": _findings(told.uncovered),
        "unread": list(told.unread),
        "outcomes": [_possibility(each, name) for each in told.outcomes],
        "rules": [_possibility(each, name) for each in told.rules],
        "live": None if told.live is None else _live_json(told.live, name),
        "problem": told.problem or None,
        "times": [_time(each) for each in told.times],
    }


def _time(time: Time) -> dict[str, Any]:
    return {
        "container": time.container,
        "field": time.field,
        "what": time.what,
        "since": time.since,
        "location": place(time.location),
        "earliest": None if time.earliest is None else vars(time.earliest),
        "latest": None if time.latest is None else vars(time.latest),
        "note": time.note or None,
    }


def _container(container: Container) -> dict[str, Any]:
    own = None if container.policy is ContainerPolicy.unset else str(container.policy)
    return {"name": container.name, "restartPolicy": own, "location": place(container.location)}


def _findings(found: Sequence[Uncovered]) -> list[dict[str, Any]]:
    return [plain(each.finding) for each in found]


def _possibility(each: Possibility, name: str) -> dict[str, Any]:
    absent = each.absent
    return {
        "id": each.id,
        "what": each.what,
        "can": str(each.can),
        "verdict": None if absent is None else str(absent.verdict),
        "method": None if absent is None else str(absent.method),
        "detail": None if absent is None else absent.detail,
        "disruptions": [_names_of(chosen) for chosen in each.disruptions],
        "past": [_names_of(chosen) for chosen in each.past],
        "unseen": [_names_of(chosen) for chosen in each.unseen],
        "unless": _findings(each.unless),
        "held": _findings(each.held),
        "lasting": _findings(each.lasting),
        "afterwards": None if each.afterwards is None else _possibility(each.afterwards, name),
        "run": _run(each.run, name),
    }


def _names_of(disruptions: Disruptions) -> list[str]:
    return [assumption.name for assumption in disruptions]


def _run(run: ShownRun | None, name: str) -> dict[str, Any] | None:
    if run is None:
        return None
    told = [{"actor": actor, "events": list(events)} for actor, events in run.chain()]
    trace = counterexample.as_json(run.replayed, name)
    return {"steps": len(run), "begin": run.begin, "told": told, "trace": trace}


def _live_json(live: Live, name: str) -> dict[str, Any]:
    return {
        "facts": [{"location": place(fact.location), "text": fact.text} for fact in live.facts],
        "unmapped": _findings(live.unmapped),
        "states": live.states,
        "explained": bool(live.stories),
        "blame": [{"location": place(fact.location), "text": fact.text} for fact in live.blame],
        "stories": [{"cause": _names_of(story.cause), "run": _run(story.run, name)} for story in live.stories],
        "next": [
            {
                "actor": change.actor,
                "event": change.event,
                "change": change.change,
                "disruptions": _names_of(change.disruptions),
                "lasting": _findings(change.lasting),
            }
            for change in live.next
        ],
        "ends": [_possibility(each, name) for each in live.ends],
    }
