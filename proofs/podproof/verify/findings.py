"""What is wrong with a plain machine: docs/verify.md says more of each rule in a user's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

from podproof.findings.finding import Finding, Rule
from podproof.verify.dead_ends import dead_ends, does_something, is_final
from podproof.verify.exploring import Explored, Move
from podproof.verify.plain import edge_text, edge_values, steps, unless
from podproof.verify.precedence import Wildcards, answers, asked_in_source, overlaps, shadows, tried_together
from podproof.verify.reading import Edge
from podproof.verify.resolving import Does
from podproof.verify.rules import (
    CONTRADICTION,
    DEADLOCK,
    IDLE_EVENT,
    NONDETERMINISM,
    RAISES,
    RULES,
    SHADOWED,
    TRAP,
    UNKNOWN_STATE,
    UNREACHABLE,
)
from podproof.verify.skeleton import Configuration, active
from podproof.wording.near import nearest


def findings(explored: Explored, final: Collection[str] = ()) -> tuple[Finding, ...]:
    """Everything that is wrong, in the order of the rules. final: states that are ends beside the declared ones.

    Where not everything was explored, only what is certain all the same.
    """
    found = [*_Finder(explored, frozenset(final)).all()]
    return tuple(sorted(found, key=lambda finding: RULES.index(finding.rule)))


class _Finder:
    def __init__(self, explored: Explored, final: frozenset[str]) -> None:
        self.explored = explored
        self.reading = explored.reading
        self.final = final
        self.complete = not explored.incomplete
        self.wildcards = Wildcards(explored.reading)
        self.misplaced: set[int] = set()
        self.explained: set[int] = set()
        """Transitions that were reported: what follows from that is not reported again."""
        self.dead_ends = list(dead_ends(explored, final))
        resting = (path for each in explored.configurations for path in active(explored.reading, each))
        self.resting = {path[:depth] for path in resting for depth in range(1, len(path) + 1)}
        """The states in which the machine can be between two events, and not only in the middle of one."""

    def all(self) -> Iterator[Finding]:
        yield from self._unknown_states()
        yield from self._lists()
        if self.complete:
            yield from self._unreachable()
            yield from self._overruled()
            yield from self._idle()
        if not self.reading.not_followed:
            yield from self._dead_ends()
            yield from self._raises()

    def _finding(
        self,
        rule: Rule,
        where: str,
        why: str,
        advice: str,
        states: Sequence[str] = (),
        edges: Sequence[Edge] = (),
        event: str = "",
        run: Sequence[Move] = (),
        pending: Sequence[str] = (),
    ) -> Finding:
        """pending: callbacks that are not followed, any of which could make it untrue by triggering an event."""
        properties = {
            "states": list(states),
            "event": event or None,
            "transitions": [edge_values(self.reading, edge) for edge in edges],
            "unless": list(pending),
        }
        told = tuple(steps(run, self.explored))
        return Finding(rule, where, why, unless(pending), run=told, remedy=advice, properties=properties)

    # Single transitions

    def _unknown_states(self) -> Iterator[Finding]:
        names = [self.reading.name(path) for path in self.reading.nodes]
        for edge in self.reading.edges:
            source = self.reading.source(edge)
            if source not in self.reading.nodes:
                unknown, effect = self.reading.name(source), "it never fires"
            elif edge.dest is not None and self.reading.dest(edge) is None:
                unknown, effect = edge.dest, "transitions raises ValueError when it fires"
            else:
                continue
            near = nearest(unknown, names)
            hint = f"did you mean {near}?" if near else f"the states are {_some(names)}"
            self.misplaced.add(edge.number)
            self.explained.add(edge.number)
            why = f"there is no state {unknown}: {effect}"
            yield self._finding(UNKNOWN_STATE, self._text(edge), why, hint, (unknown,), (edge,), edge.event)

    def _lists(self) -> Iterator[Finding]:
        """Transitions of one event and source, whatever is reachable."""
        hidden: dict[int, tuple[Edge, ...]] = {}
        lists = []
        for edges in tried_together(self.reading):
            asked = [asked_in_source(self.reading, edge) for edge in edges]
            yield from (self._elsewhere(e) for e, a in zip(edges, asked, strict=True) if a is None and self._alone(e))
            lists.append([edge for edge in asked if edge is not None])
        for together in lists:
            for place, edge in enumerate(together):
                hidden[edge.number] = shadows(edge, together[:place])
        for together in lists:
            together = [edge for edge in together if edge.number not in self.misplaced]
            for place, edge in enumerate(together):
                if edge.automatic:
                    continue
                if answers(edge.literals) is None:
                    yield self._contradiction(edge)
                elif hidden[edge.number]:
                    self.explained.add(edge.number)
                    # A transition from "*" that gives way in some states only is meant to.
                    if all(hidden.get(each.number, True) for each in self.wildcards.group(edge)):
                        yield self._shadowed(edge, hidden[edge.number])
                elif not self.wildcards.group(edge):
                    firsts = overlaps(together, place)
                    if firsts:
                        yield self._nondeterminism(firsts, edge)

    def _alone(self, edge: Edge) -> bool:
        """Not one of those that "*" stands for, some of which are not meant to fire. It is explained in any case."""
        self.explained.add(edge.number)
        group = self.wildcards.group(edge)
        return not edge.automatic and all(asked_in_source(self.reading, each) is None for each in group)

    def _elsewhere(self, edge: Edge) -> Finding:
        asking = next(e for e in edge.literals if e.does is Does.asks_state and (e.what == edge.source) is not e.wanted)
        why = f"it asks for {asking} in {edge.source}: it never fires"
        early = (*self.reading.hooks.prepare_event, *edge.prepare)
        pending = tuple(dict.fromkeys(each.label for each in early if each.does is Does.anything))
        advice = "remove it, or ask for something that can be so there"
        return self._finding(CONTRADICTION, self._text(edge), why, advice, (), (edge,), edge.event, pending=pending)

    def _contradiction(self, edge: Edge) -> Finding:
        self.explained.add(edge.number)
        unwanted = {each.condition for each in edge.literals if not each.wanted}
        both = next(each.condition for each in edge.literals if each.wanted and each.condition in unwanted)
        why = f"it asks for {both} and for not {both}: it never fires"
        advice = f"drop {both} from conditions or from unless"
        return self._finding(CONTRADICTION, self._text(edge), why, advice, (), (edge,), edge.event)

    def _shadowed(self, edge: Edge, by: Sequence[Edge]) -> Finding:
        which = " or ".join(self._text(each) for each in by)
        always = "always fires first" if len(by) == 1 else "always fires first, whatever the conditions are"
        advice = "remove it, declare it before the other, or give the other conditions"
        if any(each.automatic for each in by):
            advice = "choose another name for the event: transitions declares to_STATE itself (auto_transitions=False)"
        return self._finding(SHADOWED, self._text(edge), f"{which} {always}", advice, (), (edge, *by), edge.event)

    def _nondeterminism(self, firsts: Sequence[Edge], later: Edge) -> Finding:
        which = " or ".join(self._text(each) for each in firsts)
        why = f"{which} can be enabled as well, and only the order of declaration decides"
        own = {each.condition for each in later.literals}
        exclusive = next(each for each in firsts[0].literals if each.condition not in own)
        word = "unless" if exclusive.wanted else "conditions"
        advice = f"say which one is meant, such as {word}={[exclusive.condition]} here"
        return self._finding(NONDETERMINISM, self._text(later), why, advice, (), (later, *firsts), later.event)

    # The explored graph

    def _unreachable(self) -> Iterator[Finding]:
        reachable, reading = self.explored.reachable, self.reading
        for path, node in reading.nodes.items():
            if path in reachable or (path[:-1] and path[:-1] not in reachable):
                continue
            inside = {each.path for each in node.all()}
            outside = [edge for edge in reading.edges if edge.counted and reading.source(edge) not in inside]
            into = [edge for edge in outside if reading.dest(edge) in inside]
            why = "no transition leads there" if not into else "the transitions that lead there never fire: "
            if any(edge.number in self.explored.firing for edge in into):
                why = "the transitions that lead there fire together with others that lead elsewhere: "
            why += ", ".join(self._text(edge) for edge in into[:3]) + (", ..." if len(into) > 3 else "")
            elsewhere = {edge.event for edge in outside}
            gone = [event for event in reading.events if event not in elsewhere]
            why += f"; so {_some(gone)} never happen{'s' if len(gone) == 1 else ''}" if gone else ""
            automatic = [event for event in reading.left_out if event.endswith(reading.name(path))]
            or_count = f"; if your code calls {automatic[0]}(), count that with --auto-transitions" if automatic else ""
            advice = "add a transition to it, or remove it" + or_count
            if path == ("initial",) or self.explored.starts == ("initial",):
                advice += "; without initial=..., transitions begins in a state of its own called initial"
            pending = self.explored.unfollowed
            yield self._finding(UNREACHABLE, reading.name(path), why, advice, (reading.name(path),), pending=pending)

    def _overruled(self) -> Iterator[Finding]:
        """Transitions of reachable states that could have their turn, but that never comes: substates act first."""
        failing = {move.event for move in self.explored.moves if move.error}
        for edge in self.reading.edges:
            source = self.reading.source(edge)
            done = edge.number in self.explored.firing or edge.number in self.explained or edge.automatic
            elsewhere = any(each.number in self.explored.firing for each in self.wildcards.group(edge))
            if done or elsewhere or edge.event in failing or source not in self.explored.reachable:
                continue
            self.explained.add(edge.number)
            here = self.reading.name(source)
            why = f"whenever {here} is active, other states handle {edge.event} first"
            advice = "remove it, or let the substates leave the event to it"
            asked = [str(each) for each in edge.literals if each.does is not Does.anything]
            if source not in self.resting:
                why = f"the machine only passes through {here}: there a callback triggers another event at once"
                advice = "remove it, or let the callback leave the machine there"
            elif asked:
                why = f"whenever {here} is active, {' and '.join(asked)} is not so, or other states act first"
                advice = "remove it, or ask for something that can be so there"
            pending = self.explored.unfollowed
            yield self._finding(SHADOWED, self._text(edge), why, advice, (), (edge,), edge.event, pending=pending)

    def _idle(self) -> Iterator[Finding]:
        by_event: dict[str, list[Edge]] = {}
        for edge in self.reading.edges:
            if not edge.automatic:
                by_event.setdefault(edge.event, []).append(edge)
        moves: dict[str, list[Move]] = {}
        for move in self.explored.moves:
            moves.setdefault(move.event, []).append(move)
        called = {call.event for move in self.explored.moves for call in move.calls[1:] if call.edges}
        stuck = {members[0] for members in self.dead_ends if len(members) == 1}
        for event, edges in by_event.items():
            known = [e.number in self.explained or self.reading.source(e) not in self.explored.reachable for e in edges]
            if all(known) or event in called:
                continue  # said with the transitions or the states
            here = moves.get(event, [])
            if any(does_something(self.reading, move) for move in here):
                continue
            if here and all(move.before in stuck for move in here):
                continue  # said with the deadlocks
            places = _some([self.reading.name(self.reading.source(edge)) for edge in edges])
            why = f"it changes no state and runs no callback (in {places})"
            advice = "give it a destination or a callback, or remove it"
            yield self._finding(IDLE_EVENT, event, why, advice, event=event, pending=self.explored.unfollowed)

    def _dead_ends(self) -> Iterator[Finding]:
        for members in self.dead_ends:
            yield self._deadlock(members[0]) if len(members) == 1 else self._trap(members)

    def _deadlock(self, configuration: Configuration) -> Finding:
        here = self.explored.shown(configuration)
        only = list(dict.fromkeys(move.event for move in self.explored.moves if move.before == configuration))
        why = f"nothing leads out of it ({_some(only)} stays there)" if only else "no event does anything there"
        ends = [self.reading.name(path) for path in active(self.reading, configuration)]
        named = " ".join(f"--final {_quoted(name)}" for name in ends if not self._is_final(name))
        advice = f"add a transition, or say that it is an end: final=True, or {named}"
        run, pending = self.explored.run(configuration), self._run_around([configuration])
        return self._finding(DEADLOCK, here, why, advice, (here,), run=run, pending=pending)

    def _run_around(self, members: Sequence[Configuration]) -> tuple[str, ...]:
        """The callbacks that are run on the way into these configurations, and in them."""
        moves = [move.callbacks for move in self.explored.moves if move.after in members]
        return tuple(dict.fromkeys(chain(*moves, *(self.explored.run_in.get(each, ()) for each in members))))

    def _is_final(self, name: str) -> bool:
        return is_final(self.reading, self.reading.path(name), self.final)

    def _trap(self, members: Sequence[Configuration]) -> Finding:
        names = [self.explored.shown(each) for each in members]
        where = _some(names, between="; " if any("," in name for name in names) else ", ")
        why = f"once in {names[0]}, the machine stays in these {len(names)} for ever"
        advice = "add a transition out of them, or declare an end among them final=True (--final STATE)"
        run, pending = self.explored.run(members[0]), self._run_around(members)
        return self._finding(TRAP, where, why, advice, tuple(names), run=run, pending=pending)

    def _raises(self) -> Iterator[Finding]:
        said: set[tuple[str, str]] = set()
        for move in self.explored.moves:
            known = any(number in self.misplaced for number in move.edges)
            if not move.error or known or (move.event, move.error) in said:
                continue
            said.add((move.event, move.error))
            here = self.explored.shown(move.before)
            why = f"transitions itself raises {move.error}"
            advice = "the transitions that fire together do not fit together"
            if move.triggered:
                why = f"its callbacks trigger {' and '.join(dict.fromkeys(move.triggered))}: {why}"
                advice = "trigger in a callback only what is accepted there, or set ignore_invalid_triggers"
            elif "is_state" in move.error:
                advice = "with send_event=True, ask for a state in a method of your own: is_STATE takes no event"
            elif "Error state" in move.error:
                advice = "accepted=True, or a transition out of it, if the state is no error"
            run = self.explored.run(move.before)
            edges = tuple(self.reading.edges[number] for number in move.edges)
            yield self._finding(RAISES, f"{move.label} in {here}", why, advice, (here,), edges, move.event, run)
        for configuration, event in [each[:2] for each in self.explored.endless if each[2]]:
            here, run = self.explored.shown(configuration), self.explored.run(configuration)
            what = "it never comes to an end" if self.reading.queued else "RecursionError"
            why = f"{what}: its callbacks trigger events that trigger one another, whatever the conditions are"
            advice = "let no callback trigger what runs it again, or give that a condition"
            yield self._finding(RAISES, f"{event} in {here}", why, advice, (here,), (), event, run)

    def _text(self, edge: Edge) -> str:
        return edge_text(self.reading, self.reading.edges[edge.number])


def _some(names: Iterable[str], most: int = 6, between: str = ", ") -> str:
    listed = list(dict.fromkeys(names))
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return between.join(listed[:most]) + more


def _quoted(name: str) -> str:
    return name if name.isidentifier() else f"'{name}'"
