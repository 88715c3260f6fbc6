"""podproof explain: what can my Pod do; why is this Pod in this state?"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import click
from podproof.cli import completion
from podproof.cli.exits import ExitCode
from podproof.cli.terminal import fit
from podproof.evidence import counterexample, explanation
from podproof.evidence.decide import Judge
from podproof.evidence.explanation import Can, Explanation, Known, Live, Possibility, Run, breaks
from podproof.evidence.verdicts import Limits, Method, Verdict
from podproof.pod.documents import Problem, on_one_line
from podproof.pod.manifests import read
from podproof.pod.observe import Container, Uncovered
from podproof.pod.spec import ContainerPolicy
from podproof.wording.counting import counted, plural
from podproof.wording.wrapping import width

SCHEMA = "podproof/explain/v1"
MOST_NAMES = 6
"""So many containers are named; of more, the number is given."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=completion.files)
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--runs", is_flag=True, help="Show every shortest run step by step, with what kubectl prints.")
@click.option("--prove/--no-prove", default=None, help="Prove what never happens for every number of containers.")
@click.option(
    "--fail-on",
    type=click.Choice(["problem", "nothing"]),
    default="problem",
    show_default=True,
    help="Whether a document that could not be read, among others, ends in exit code 1.",
)
@click.option("-q", "--quiet", is_flag=True, help="Leave out runs and what the model does not cover.")
def explain(
    files: tuple[str, ...], output_format: str, runs: bool, prove: bool | None, fail_on: str, quiet: bool
) -> None:
    """Say what the Pods in manifests can do, or why a live Pod (kubectl get pod -o json) is where it is.

    FILE is a manifest, a directory with manifests, or - for standard input. Without --prove, a proof for every number
    of containers is only looked for where a Pod has too many to explore all.
    """
    fit()
    reading = read(files)
    for problem in reading.problems:
        click.echo(f"podproof: {problem}", err=True)
    if not reading.documents:
        sys.exit(ExitCode.unusable)
    judge = Judge(Limits(20.0, 2_000_000))
    found = []
    try:
        for number, document in enumerate(reading.documents):
            found.append(explanation.explain(document, judge, prove=prove))
            if output_format == "text":
                click.echo(("\n" if number else "") + _text(found[-1], runs, quiet))
        if output_format == "json":
            click.echo(json.dumps(as_json(found, reading.problems), indent=2))
    except counterexample.ReplayError as error:
        raise click.ClickException(f"a run does not replay, so it is not shown: {error}") from error
    sys.exit(ExitCode.finding if fail_on == "problem" and reading.problems else ExitCode.as_expected)


# Text


def text(explanations: Sequence[Explanation], runs: bool = False, quiet: bool = False) -> str:
    """For people, within the width; the summary first."""
    return "\n\n".join(_text(each, runs, quiet) for each in explanations)


def _text(told: Explanation, runs: bool, quiet: bool) -> str:
    lines = [on_one_line(f"{told.title}  {told.location}"), *_wrapped(_shape(told), "  "), *_explored(told)]
    if told.problem:
        lines += ["", *_wrapped(f"not explored completely: {told.problem}", "  ")]
    further = [f"{each.what} (line {each.line})" for each in told.uncovered if each.goes_further]
    if further:
        known = f"not in the model, and may bring about what is said never to happen: {', '.join(further)}"
        lines += _wrapped(on_one_line(known), "  ")
    if told.live is not None:
        lines += _live(told.live, runs, quiet, told)
    else:
        lines += _manifest(told, runs, quiet)
    if told.uncovered and quiet:
        lines += ["", f"  not in the model: {counted(len(told.uncovered), 'thing')} in this document"]
    elif told.uncovered:
        lines += ["", "  not in the model yet"]
        lines += [line for each in told.uncovered for line in _uncovered(each)]
    return "\n".join(line.rstrip() for line in lines)


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
    yield from textwrap.wrap(
        f"{outcome.what:10} {said}", width(), initial_indent="  ", subsequent_indent=" " * 13, break_on_hyphens=False
    )


def _rule(rule: Possibility) -> Iterator[str]:
    said = rule.what
    if rule.disruptions:
        said += f": if {_disruptions(rule)}"
    if rule.run is not None and rule.can is Can.itself:
        said += f": after {counted(len(rule.run), 'step')}"
    if rule.absent is not None:
        said += f"  [{_known(rule.absent)}]"
    yield from _wrapped(said, "    ")


def _disruptions(outcome: Possibility) -> str:
    sets = [" and ".join(map(breaks, each)) for each in outcome.disruptions]
    if not sets:
        return "several things go wrong"
    return sets[0] if len(sets) == 1 else ", ".join(sets[:-1]) + " or " + sets[-1]


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


def _story(run: Run) -> str:
    return "; ".join(f"{actor}: {', '.join(told)}" for actor, told in run.chain())


def _whole_run(what: str, run: Run | None, told: Explanation) -> Iterator[str]:
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
        yield from _wrapped(f"not used, line {each.line}: {each.what}: {each.consequence}", "    ")
    yield ""
    if live.story is None:
        yield "  the model has no explanation: no reachable state looks like this"
        for fact in live.blame:
            yield from _wrapped(f"without this it has one: line {fact.line}: {fact.text}", "    ")
        if not live.blame:
            yield "    no single observation is to blame"
        return
    cause = f", because {' and '.join(map(breaks, live.cause))}" if live.cause else ", undisturbed"
    yield f"  how it gets here{cause}"
    if len(live.story):
        yield from _wrapped(on_one_line(_story(live.story)), "    ")
    else:
        yield "    it was created like this"
    yield ""
    yield "  what can be seen next"
    for change in live.next:
        yield from _wrapped(on_one_line(f"{change.actor}: {change.event}: {change.change}"), "    ", "        ")
    if not live.next:
        yield "    nothing"
    yield ""
    already = [end.what for end in live.ends if end.run is not None and not len(end.run)]
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
        yield from _whole_run("how it gets here", live.story, told)
        for end in shown:
            yield from _whole_run(end.what, end.run, told)
    elif shown and not quiet:
        yield ""
        yield "  shortest runs from here (--runs shows them step by step)"
        for end in shown:
            yield from _chain(end)


def _uncovered(each: Uncovered) -> list[str]:
    return _wrapped(on_one_line(f"line {each.line}: {each.what}: {each.consequence}"), "    ", "      ")


def _wrapped(said: str, indent: str, further: str | None = None) -> list[str]:
    inner = indent if further is None else further
    return textwrap.wrap(said, width(), initial_indent=indent, subsequent_indent=inner, break_on_hyphens=False)


# JSON


def as_json(explanations: Sequence[Explanation], problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Plain values; every key is always there."""
    return {
        "schema": SCHEMA,
        "documents": [_document(each) for each in explanations],
        "problems": [{"file": p.location.file, "line": p.location.line, "message": p.message} for p in problems],
    }


def _document(told: Explanation) -> dict[str, Any]:
    shape, explored, name = told.shape, told.explored, _pod_name(told)
    return {
        "title": told.title,
        "file": told.location.file,
        "line": told.location.line,
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
        "uncovered": [_plain(each) for each in told.uncovered],
        "outcomes": [_possibility(each, name) for each in told.outcomes],
        "rules": [_possibility(each, name) for each in told.rules],
        "live": None if told.live is None else _live_json(told.live, name),
        "problem": told.problem or None,
    }


def _container(container: Container) -> dict[str, Any]:
    own = None if container.policy is ContainerPolicy.unset else str(container.policy)
    return {"name": container.name, "restartPolicy": own, "line": container.line}


def _plain(each: Uncovered) -> dict[str, Any]:
    return {"line": each.line, "what": each.what, "consequence": each.consequence}


def _possibility(each: Possibility, name: str) -> dict[str, Any]:
    absent = each.absent
    return {
        "id": each.id,
        "what": each.what,
        "can": str(each.can),
        "verdict": None if absent is None else str(absent.verdict),
        "method": None if absent is None else str(absent.method),
        "detail": None if absent is None else absent.detail,
        "disruptions": [[a.name for a in chosen] for chosen in each.disruptions],
        "run": _run(each.run, name),
    }


def _run(run: Run | None, name: str) -> dict[str, Any] | None:
    if run is None:
        return None
    told = [{"actor": actor, "events": list(events)} for actor, events in run.chain()]
    trace = counterexample.as_json(run.replayed, name)
    return {"steps": len(run), "begin": run.begin, "told": told, "trace": trace}


def _live_json(live: Live, name: str) -> dict[str, Any]:
    return {
        "facts": [{"line": fact.line, "text": fact.text} for fact in live.facts],
        "unmapped": [_plain(each) for each in live.unmapped],
        "states": live.states,
        "explained": live.story is not None,
        "blame": [{"line": fact.line, "text": fact.text} for fact in live.blame],
        "cause": [a.name for a in live.cause],
        "story": _run(live.story, name),
        "next": [
            {
                "actor": change.actor,
                "event": change.event,
                "change": change.change,
                "disruptions": [a.name for a in change.disruptions],
            }
            for change in live.next
        ],
        "ends": [_possibility(each, name) for each in live.ends],
    }
