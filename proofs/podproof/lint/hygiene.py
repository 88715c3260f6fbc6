"""Hygiene: what is declared and does nothing. Each finding says how it is known, and claims nothing beyond that.

What is said of machines was looked for in every reachable state of small systems; what is said of single formulas
(trivial, implied) was shown by z3 for any number of elements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from podproof.engines import static
from podproof.engines.disruptions import OutOfBounds
from podproof.engines.liveness import LivenessSearch
from podproof.engines.refute import Refuter
from podproof.engines.sizes import possible_sizes
from podproof.findings.finding import Finding, Rule
from podproof.findings.ignores import UNNEEDED_IGNORE, Ignore, explained, unneeded
from podproof.language import (
    FALSE,
    TRUE,
    Assumption,
    DeclarationError,
    Expr,
    Machine,
    System,
    disjunction,
)
from podproof.language.expressions import ForAll, Named, Or, negation
from podproof.lint.dead_parts import Dead, coverage, dead_arrows, dead_parts, dead_states, happens_with_any
from podproof.lint.impossible import impossible
from podproof.lint.reachable import Reachables
from podproof.lint.rules import (
    CONTRADICTORY_ASSUMPTIONS,
    IMPLIED_CLAIM,
    NEVER_ENABLED,
    NEVER_REACHED,
    REDUNDANT_GUARD,
    RULES,
    TRIVIAL_CLAIM,
    UNNEEDED_ASSUMPTION,
    VACUOUS_CLAIM,
)
from podproof.properties.answer import Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Always, Invariant, Never, Only, Property, Step, StepRule
from podproof.properties.limits import Limits
from podproof.properties.temporal import Liveness
from podproof.properties.whole_runs import Passes


@dataclass(frozen=True)
class Hygiene:
    """What was found; undecided: what could not be looked at within the limits, a sentence each."""

    findings: tuple[Finding, ...]
    undecided: tuple[str, ...]


def lint(
    claims: Sequence[Claim],
    ignores: Sequence[Ignore] = (),
    assumptions: Iterable[Assumption] = (),
    rules: Iterable[Rule] = RULES,
    most: int = 3,
    limits: Limits | None = None,
    settled: Sequence[Claim] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Hygiene:
    """Look at the claims and at the systems that they are about.

    assumptions: further ones that are declared; most: elements of all kinds in the systems that are explored; settled:
    claims whose machines and assumptions are not to be looked at; progress: told how many checks are
    done. Raises DeclarationError for a claim about something
    that its system does not have.
    """
    for claim in claims:
        try:
            claim.formula.check_against(claim.system)
        except DeclarationError as error:
            raise DeclarationError(f"claim {claim.id}: {error}") from error
    linter = _Linter(claims, Reachables(most, limits or Limits()), tuple(assumptions), tuple(settled))
    wanted = {rule.id for rule in rules}
    found: list[Finding] = []
    for number, rule in enumerate(rule for rule in RULES if rule.id in wanted):
        progress(number)
        found += linter.look(rule)
    undecided = tuple(dict.fromkeys((*linter.reachables.undecided, *linter.undecided)))
    findings = [explained(each, ignores) for each in found]
    if UNNEEDED_IGNORE.id in wanted and not undecided:  # else it may be among what was not looked at
        findings += unneeded([each for each in ignores if each.rule.id in wanted], found)
    return Hygiene(tuple(findings), undecided)


@dataclass(frozen=True)
class Coverage:
    """taken: system, transition, and from how many reachable states of small systems it is taken, as far as they could
    be counted; undecided: what could not, a sentence each."""

    taken: tuple[tuple[str, str, int], ...]
    undecided: tuple[str, ...]


def coverage_of(claims: Sequence[Claim], most: int = 3, limits: Limits | None = None) -> Coverage:
    """How often the systems of these claims take their transitions."""
    reachables = Reachables(most, limits or Limits())
    lines = ((str(system), *line) for system in moving(claims) for line in coverage(system, reachables))
    taken = tuple(lines)
    return Coverage(taken, tuple(dict.fromkeys(reachables.undecided)))


def moving(claims: Iterable[Claim]) -> list[System]:
    """The systems that claims are about, each once, with small values of fields; those that do not move are records."""
    return list({claim.about.same: claim.about.small() for claim in claims if claim.about.steps}.values())


def _assumptions(claims: Iterable[Claim]) -> Iterator[Assumption]:
    """Those that claims or their systems know of."""
    return (a for claim in claims for a in (*claim.about.assumptions, *claim.candidates, *claim.given))


NOT_NEEDED = "no claim takes it as given, or becomes true by it; exhaustive: at most one of each kind"


class _Linter:
    def __init__(
        self,
        claims: Sequence[Claim],
        reachables: Reachables,
        assumptions: Sequence[Assumption],
        settled: Sequence[Claim],
    ) -> None:
        self.claims = claims
        self.reachables = reachables
        self.assumptions = assumptions
        self.settled, self.settled_systems = settled, moving(settled)
        self.undecided: list[str] = []
        same = {system.same for system in self.settled_systems}
        self.systems = [system for system in moving(claims) if system.same not in same]

    def look(self, rule: Rule) -> Iterator[Finding]:
        """What is found by one of the rules; what is not needed is known only when all else is."""
        look = {
            NEVER_ENABLED: lambda: self._machines(dead_arrows),
            NEVER_REACHED: lambda: self._machines(dead_states),
            REDUNDANT_GUARD: lambda: self._machines(dead_parts),
            VACUOUS_CLAIM: self._vacuous,
            TRIVIAL_CLAIM: self._trivial,
            IMPLIED_CLAIM: self._implied,
            UNNEEDED_ASSUMPTION: self._unneeded,
            CONTRADICTORY_ASSUMPTIONS: self._contradictory,
        }.get(rule, lambda: iter(()))
        for subject, how, detail in look():
            what = f": {shorten(detail, 100, placeholder=' ...')}" if detail else ""
            yield Finding(rule, subject, f"{rule.meaning}{what}", evidence=how)

    def _machines(self, dead: Callable[[System, Sequence[Machine[Any]], Reachables], Iterator[Dead]]) -> Iterator[Dead]:
        """Of every system, and of one that only observes another the machines that do so: the others do the same."""
        for system in self.systems:
            observed = [other for other in (*self.settled_systems, *self.systems) if system.observes(other)]
            known = {machine for other in observed for machine in other.machines}
            yield from dead(system, [machine for machine in system.machines if machine not in known], self.reachables)

    # Claims

    def _vacuous(self) -> Iterator[Dead]:
        for claim in self.claims:
            condition = antecedent(claim)
            if condition is None:
                continue
            if static.applies(claim.system):
                sizes = possible_sizes(claim.system)
                if static.holds(claim.system, Never(condition), sizes, self.reachables.limits):
                    yield claim.id, "z3 finds no such record of a small size", str(condition)
                continue
            how = self.reachables.never(claim.system.small(), condition)
            if how:
                yield claim.id, how, str(condition)

    def _trivial(self) -> Iterator[Dead]:
        """Rules over given fields are left out: that they give what a claim says is all that there is to show."""
        for claim in self.claims:
            rules = claim.formula.properties()
            if rules and claim.about.steps and all(_some_valid(_always(rule)) for rule in rules):
                yield claim.id, "z3: in all states and steps, reachable or not, of any number of elements", ""

    def _implied(self) -> Iterator[Dead]:
        true = [c for c in self.claims if c.expected is Verdict.TRUE and c.about.steps and c.formula.properties()]
        for number, claim in enumerate(true):
            for position, other in enumerate(true):
                if other is claim or other.about.same != claim.about.same or set(other.given) - set(claim.given):
                    continue
                # Of two that say the same the later one is redundant.
                if _implies(other, claim) and (position < number or not _implies(claim, other)):
                    yield f"{claim.id} by {other.id}", "z3: for any number of elements", ""

    # Assumptions

    def _unneeded(self) -> Iterator[Dead]:
        known = dict.fromkeys(_assumptions(self.claims))
        needed = {assumption for claim in self.claims for assumption in claim.given} | {*_assumptions(self.settled)}
        for claim in self.claims:
            if claim.expected is not Verdict.FALSE or not claim.about.steps:
                continue
            if {*known, *self.assumptions} <= needed:
                break
            if isinstance(claim.formula, Liveness):
                needed |= self._repairing(claim, claim.formula)
            elif claim.formula.properties():
                needed |= self._breaking(claim, tuple(a for a in known if a not in claim.given))
        for assumption in dict.fromkeys((*known, *self.assumptions)):
            if assumption not in needed:
                yield assumption.name, NOT_NEEDED, assumption.sentence

    def _breaking(self, claim: Claim, known: Sequence[Assumption]) -> set[Assumption]:
        """The assumptions in a minimal set of disruptions that breaks the claim: each is in a set that repairs it."""
        refuter = Refuter(claim.system.small(), claim.formula, known, self.reachables.limits)
        found: set[Assumption] = set()
        for size in refuter.sizes:
            if max(size.values(), default=0) <= 1 and refuter.fits(size):
                try:
                    found.update(*refuter.breaking(size))
                except OutOfBounds as error:
                    self.undecided.append(f"claim {claim.id}: {error}")
        return found

    def _repairing(self, claim: Claim, formula: Liveness) -> set[Assumption]:
        """The assumptions in a minimal set under which every run gets what it waits for."""
        search = LivenessSearch(claim.system.small(), formula, claim.assumable, self.reachables.limits)
        try:
            return set().union(*search.repairs())
        except OutOfBounds as error:
            self.undecided.append(f"claim {claim.id}: {error}")
            return set()

    def _contradictory(self) -> Iterator[Dead]:
        for claim in self.claims:
            shaped = [(a,) for a in (*claim.candidates, *claim.given) if a.shape is not None]
            for together in dict.fromkeys((*shaped, claim.given)):
                system = claim.about.under(*together)
                if static.holds(system, Always(FALSE), possible_sizes(claim.about), self.reachables.limits):
                    names = " and ".join(map(str, together)) or "the initial conditions"
                    yield f"{names} in {claim.id}", "z3 finds no initial state of a small size", ""


def antecedent(claim: Claim) -> Expr[bool] | None:
    """When a claim of the shape 'if this, then that' says anything; None for other shapes."""
    formula = claim.formula
    match formula:
        case Always(holds=holds):
            return _antecedent(holds)
        case Passes(target=target):
            return target
        case Step() | Only():
            events = formula.during if isinstance(formula, Step) else (formula.event,)
            before = formula.before if isinstance(formula, Step) else TRUE
            happening = [happens_with_any(claim.system, event) for event in events]
            condition = before & disjunction(*happening) if events else before
            return None if condition is TRUE else condition
    return None


def _antecedent(holds: Expr[bool]) -> Expr[bool] | None:
    """Of `~p | q`, as `p.implies(q)` makes it, p."""
    match holds:
        case Named():
            return _antecedent(holds.body)
        case ForAll():
            inside = _antecedent(holds.body)
            return None if inside is None else holds.kind.some(inside)
        case Or():
            return negation(holds.parts[0])
    return None


def _implies(other: Claim, claim: Claim) -> bool:
    """Whether every property of the claim follows from one of the other's."""
    return all(
        any(_some_valid(_follows(weak, strong)) for strong in other.formula.properties())
        for weak in claim.formula.properties()
    )


def _some_valid(alternatives: Sequence[Sequence[Expr[bool]]]) -> bool:
    return any(all(impossible(negation(expr)) for expr in exprs) for exprs in alternatives)


def _always(rule: Property) -> list[list[Expr[bool]]]:
    """Alternatives; if everything in one of them is valid, the rule holds whatever happens."""
    return [[~rule.before], [rule.after]] if isinstance(rule, StepRule) else [[rule.holds]]


def _follows(weak: Property, strong: Property) -> list[list[Expr[bool]]]:
    """Alternatives; if everything in one of them is valid, the weak property follows from the strong one."""
    if isinstance(weak, StepRule):
        if isinstance(strong, Invariant):
            return [[strong.holds.implies(~weak.before)], [strong.holds.implies(weak.after)]]
        if isinstance(strong, StepRule) and (not strong.events or (weak.events and {*weak.events} <= {*strong.events})):
            return [[weak.before.implies(strong.before), strong.after.implies(weak.after)]]
        return []
    return [[strong.holds.implies(weak.holds)]] if isinstance(strong, Invariant) else []
