"""labels: the words on an arrow: who does what, and when it can happen.

A guard is printed as the language prints it, one `and` after another. A condition too long to read on a picture is
replaced by what it looks at; the whole text is the arrow's tooltip, unless nobody could read that either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from podproof.language import TRUE, Event, Expr, Variable, flag
from podproof.language.expressions import And, nodes
from podproof.language.machines import Arrow

READABLE = 130
"""Characters: a longer condition is summarised."""

MOST_IN_A_TOOLTIP = 2_000
"""Characters of a guard; Graphviz takes no text above 16,384."""


@dataclass(frozen=True)
class Paragraph:
    """Events that can happen under one guard, in the order of their declaration; no guard is the empty text."""

    events: tuple[str, ...]
    guard: str


def event_text(event: Event) -> str:
    """`actor: event`, with the names of its parameters."""
    named = ", ".join(parameter.name for parameter in event.parameters)
    return f"{event.actor}: {event}" + (f" ({named})" if named else "")


def guard_text(guard: Expr[bool]) -> str:
    """The guard in brackets; the empty text where there is none."""
    if guard is TRUE:
        return ""
    conditions = guard.parts if isinstance(guard, And) else (guard,)
    phrases = [str(guard)] if len(conditions) == 1 else [_inside(condition) for condition in conditions]
    said = [phrase for phrase in phrases if len(phrase) <= READABLE]
    unsaid = [condition for condition, phrase in zip(conditions, phrases, strict=True) if len(phrase) > READABLE]
    return f"[{'; '.join(filter(None, (' and '.join(said), _summary(unsaid))))}]"


def paragraphs(arrows: Iterable[Arrow]) -> tuple[Paragraph, ...]:
    """The label of arrows that are drawn as one."""
    events: dict[str, dict[str, None]] = {}
    for arrow in arrows:
        events.setdefault(guard_text(arrow.guard), {})[event_text(arrow.event)] = None
    return tuple(Paragraph(tuple(together), guard) for guard, together in events.items())


def whole_text(arrow: Arrow) -> str:
    """Everything there is to say about one arrow, on several lines."""
    lines = [event_text(arrow.event)]
    if arrow.event.doc:
        lines.append(f"  {arrow.event.doc}")
    if arrow.guard is not TRUE:
        whole = str(arrow.guard)
        lines.append(f"  when {whole if len(whole) <= MOST_IN_A_TOOLTIP else guard_text(arrow.guard)[1:-1]}")
    lines.extend(f"  then {variable.name} := {value}" for variable, value in arrow.effects.items())
    if arrow.event.unless:
        lines.append(f"  never under {', '.join(map(str, arrow.event.unless))}")
    return "\n".join(lines)


def _inside(condition: Expr[bool]) -> str:
    """As the language puts it inside a conjunction, so with parentheses where it needs them."""
    return str(condition & PROBE).removesuffix(f" and {PROBE}")


def _summary(conditions: Iterable[Expr[bool]]) -> str:
    """What the conditions look at, in the order in which they do."""
    read = (node for condition in conditions for node in nodes(condition) if isinstance(node, Variable))
    looks_at = dict.fromkeys(f"each {v.kind}" if v.kind else v.name for v in read)
    return f"depends on {', '.join(looks_at)}" if looks_at else ""


PROBE = flag("probe")
