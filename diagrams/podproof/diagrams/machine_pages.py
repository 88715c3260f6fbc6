"""machine_pages: a page for every machine, and one with the Pod and all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from podproof.diagrams.catalogue import machines, slug
from podproof.diagrams.drawings import drawings
from podproof.diagrams.editions import Edition
from podproof.diagrams.labels import event_text
from podproof.diagrams.machine import initial, states, terminal
from podproof.diagrams.markdown import page, paragraph, plain, table
from podproof.diagrams.sources import declared, words
from podproof.language import TRUE, Assumption, Expr, Machine
from podproof.language.expressions import Ite, Named
from podproof.language.machines import Arrow

AnyMachine = Machine[Any]

ABOUT = """
The Pod is a product of small machines. A step is an event of one machine together with the reactions of others; each
event names who acts.
"""
COLUMNS = ("event", "from", "to", "guard", "effect", "what it is")


def machine_pages(edition: Edition) -> dict[str, str]:
    """The texts by file name."""
    pages = {f"machines/{slug(machine.name)}.md": of_machine(machine, edition) for machine in machines().values()}
    return {"machines.md": index(edition), **pages}


def index(edition: Edition) -> str:
    rows = (
        (f"[{m.name}](machines/{slug(m.name)}.md)", plain(m.doc), ", ".join(f"`{s}`" for s in states(m)))
        for m in machines().values()
    )
    return page(
        "# Machines",
        paragraph(ABOUT),
        edition.picture(drawings()["pod"]),
        "Arrow: events to which the other machine reacts. Reads: machines on which guards and new values depend.",
        table(("machine", "what it is", "states"), rows),
    )


def of_machine(machine: AnyMachine, edition: Edition) -> str:
    """Picture, states, transitions, reactions, what is left out."""
    return page(*_blocks(machine, edition))


def _blocks(machine: AnyMachine, edition: Edition) -> Iterator[str]:
    source = declared(machine)
    yield f"# {machine.name}"
    yield paragraph(plain(machine.doc) + (f" There is one for each {machine.kind}." if machine.kind else ""))
    if source is not None:
        told = (text for text in source.paragraphs if not (machine.abstracted and text.startswith("Abstracted away")))
        yield from (paragraph(plain(text)) for text in told)
        yield f"Declared in {edition.source(source.path)}."
    yield edition.picture(drawings()[slug(machine.name)])
    yield "## States"
    yield paragraph(f"`{machine.state.name}`: {plain(machine.state.doc)}" if machine.state.doc else "")
    yield table(("state", ""), ((f"`{state}`", _about(machine, state)) for state in states(machine)))
    told_of: dict[Assumption, None] = {}
    for title, arrows in (("## Transitions", machine.arrows), ("## Reactions to other machines", machine.reactions)):
        if arrows:
            yield title
            if unless := dict.fromkeys(each for arrow in arrows for each in arrow.event.unless if each not in told_of):
                told_of |= unless
                yield "\n".join(f"* `{each}`: {plain(each.sentence)}" for each in unless)
            rows = [_row(machine, arrow) for arrow in arrows]
            said = [column for column, cells in enumerate(zip(*rows, strict=True)) if any(cells)]
            yield table([COLUMNS[c] for c in said], ([row[c] for c in said] for row in rows))
    if meanings := list(dict.fromkeys(_meanings(machine))):
        yield "## Words"
        yield table(("word", "what it says"), ((f"**{plain(name)}**", said) for name, said in meanings))
    if machine.abstracted:
        yield "## Abstracted away"
        yield "\n".join(f"* {plain(line)}" for line in machine.abstracted)


def _meanings(machine: AnyMachine) -> Iterator[tuple[str, str]]:
    """The names in guards and effects, and those in what they stand for, each in words."""
    arrows = (*machine.arrows, *machine.reactions)
    left = [expr for arrow in arrows for expr in (arrow.guard, *arrow.effects.values())]
    seen: set[int] = set()
    for expr in left:  # grows while it is read
        for node in _named(expr):
            meant = words()[node.name].body if node.values else node.body
            if id(meant) not in seen:
                seen.add(id(meant))
                left.append(meant)
                yield node.name, "<br>".join(map(plain, _cases(meant)))


def _named(expr: Expr[Any]) -> list[Named[Any]]:
    """The names that a reader of the expression meets."""
    if isinstance(expr, Named):
        return [expr]
    return [name for child in expr.children() for name in _named(child)]


def _cases(value: Expr[Any]) -> Iterator[str]:
    """A choice case by case."""
    while isinstance(value, Ite):
        then = f"({value.then})" if isinstance(value.then, Ite) else value.then
        yield f"{then} if {value.condition}, else"
        value = value.otherwise
    yield str(value)


def _about(machine: AnyMachine, state: Any) -> str:
    words = (("initial", state in initial(machine)), ("cannot be left", state in terminal(machine)))
    return ", ".join(word for word, holds in words if holds)


def _row(machine: AnyMachine, arrow: Arrow) -> tuple[str, ...]:
    anywhere = set(arrow.sources) == set(states(machine))
    return (
        event_text(arrow.event),
        "any state" if anywhere else ", ".join(f"`{source}`" for source in arrow.sources),
        "stays" if arrow.dest is None else f"`{arrow.dest}`",
        "" if arrow.guard is TRUE else plain(str(arrow.guard)),
        plain("; ".join(f"{variable.name} := {value}" for variable, value in arrow.effects.items())),
        "; ".join(
            filter(
                None, (plain(arrow.event.doc), *(f"never under `{assumption}`" for assumption in arrow.event.unless))
            )
        ),
    )
