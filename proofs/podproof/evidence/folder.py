"""A folder of certificates: what `podproof check --certify` writes about every claim, each file made of what was found.

    index.json                  every claim with its verdict, how it is known, and the model it is about
    CLAIM/claim.json            the claim, its verdict, and which proofs and runs there are
    CLAIM/*.smt2, invariant.*   a proof: initiation, consecution and safety, and the invariant as text and as data
    CLAIM/condition-1/          a proof under assumptions, and a run for each of them that the claim breaks without it
    CLAIM/counterexample.json   a shortest run that breaks the claim; witness.json one that shows it

All of it is a function of `Evidence`, so that `rechecking` can make it again and compare.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from podproof.claims.claim import Claim
from podproof.claims.formulas import Formula, Never, Reachable
from podproof.evidence.certificate import CVC5_OPTIONS, Certificate, Part, certificate, goals
from podproof.evidence.counterexample import replay
from podproof.evidence.recorded import BROKEN, WITNESS, record, shows
from podproof.evidence.stored import JSON, decode, encode
from podproof.evidence.verdicts import Answer, Method, Trace, Verdict
from podproof.language import ANY, Assumption, Expr, System
from podproof.language.domains import Integers
from podproof.wording.counting import counted

if TYPE_CHECKING:
    from podproof.evidence.decide import Result

INDEX_SCHEMA = "podproof/certificates/v1"
CLAIM_SCHEMA = "podproof/certificate/v1"
INDEX = "index.json"
CLAIM = "claim.json"
CLAUSES = "invariant.json"
OVERVIEW = "README.md"

HOW_TO_CHECK = f"""How to check a proof with any solver
------------------------------------
A proof is three SMT-LIB 2 files: initiation.smt2 (the invariant holds initially), consecution.smt2 (every event keeps
it) and safety.smt2 (the claim follows from it). In each of them every check-sat must answer `unsat`, for example with

    z3 consecution.smt2
    cvc5 {" ".join(f"--{option}={value}" for option, value in CVC5_OPTIONS.items())} consecution.smt2

Kinds of containers are uninterpreted sorts, so `unsat` is about every number of them.
invariant.txt is the invariant for readers. That the files say what the claim and the model say, and were not changed,
is what `podproof check --recheck` finds out: it makes them again. A run is run again by `podproof check --replay FILE`.
"""

README = f"Certificates\n============\nA folder for each claim; {INDEX} lists them.\n\n{HOW_TO_CHECK}"


@dataclass(frozen=True, eq=False)
class Proof:
    """That the claim holds under the assumptions: the clauses of an inductive invariant, beside what the claim says.

    without: for each assumption, in their order, a run that breaks the claim when only that one is dropped, or None.
    """

    assumptions: tuple[Assumption, ...]
    clauses: tuple[Expr[bool], ...]
    without: tuple[Trace | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about a claim. run: a counterexample, or a witness; proofs: first the one without assumptions;
    reason, sizes: of a verdict that has no certificate."""

    claim: Claim
    verdict: Verdict
    method: Method
    reason: str = ""
    sizes: Mapping[str, int] | None = None
    run: Trace | None = None
    proofs: tuple[Proof, ...] = ()

    @cached_property
    def certified(self) -> bool:
        """Whether the verdict can be checked without searching again."""
        if any(not proof.assumptions for proof in self.proofs):
            return True
        return self.run is not None and shows(self.claim.formula, replay(self.run)) == (
            BROKEN if self.verdict is Verdict.FALSE else WITNESS
        )


def evidence(result: Result) -> Evidence:
    """What a decided claim's certificate is made of."""
    answer = result.answer
    under = [(condition.assumptions, condition.answer, condition.without) for condition in result.conditions]
    proofs = [
        Proof(assumptions, tuple(_found(result.claim, found)), tuple(map(without.get, assumptions)))
        for assumptions, found, without in [((), answer, {}), *under]
        if found.certificate is not None
    ]
    formula = result.claim.formula
    return Evidence(
        result.claim,
        answer.verdict,
        answer.method,
        result.reason,
        None if answer.sizes is None else {kind.name: number for kind, number in answer.sizes.items()},
        answer.trace if answer.trace is not None and shows(formula, replay(answer.trace)) else None,
        tuple(proofs),
    )


def _found(claim: Claim, answer: Answer) -> Sequence[Expr[bool]]:
    """The clauses as they will be read back: names for parts of them are lost."""
    assert answer.certificate is not None
    clauses = answer.certificate.clauses[len(goals(proved_formula(claim))) :]
    return decode(encode(clauses), claim.about)


def proved_formula(claim: Claim) -> Formula:
    """What a proof about the claim proves: of something to be reached, that it never is."""
    return Never(claim.formula.holds) if isinstance(claim.formula, Reachable) else claim.formula


def certificate_of(claim: Claim, proof: Proof) -> Certificate:
    """The proof obligations, made from the declared machines and the invariant."""
    system = claim.system.under(*sorted(proof.assumptions, key=lambda assumption: assumption.name))
    formula = proved_formula(claim)
    return certificate(system, formula.properties(), [*goals(formula), *proof.clauses])


# The files


def index(entries: Iterable[Mapping[str, Any]], versions: Mapping[str, str]) -> str:
    """The index of a folder; versions: of what made it, for the record only."""
    return _json({"schema": INDEX_SCHEMA, "versions": dict(versions), "claims": list(entries)})


def entry(known: Evidence) -> dict[str, Any]:
    """What the index says of a claim."""
    return {
        "id": known.claim.id,
        "sentence": known.claim.sentence,
        "given": [assumption.name for assumption in known.claim.given],
        "verdict": str(known.verdict),
        "method": str(known.method),
        "certified": known.certified,
        "conditions": [[a.name for a in proof.assumptions] for proof in known.proofs if proof.assumptions],
        "model": digest(known.claim.about),
    }


def files(known: Evidence) -> dict[str, str]:
    """Every file of the claim's folder by its path there. Raises ReplayError where a run is none of the machines."""
    found: dict[str, str] = {}
    proofs, runs = [], []

    def add_run(path: str, assumed: Sequence[Assumption], trace: Trace) -> None:
        run = replay(trace)
        found[path] = _json(record(known.claim, assumed, run))
        how = {"steps": len(trace), "length": trace.length, "shows": shows(known.claim.formula, run)}
        runs.append({"file": path, "assumed": [a.name for a in assumed], **how})

    if known.run is not None:
        add_run(run_file(known.verdict), (), known.run)
    for proof, place in placed(known.proofs):
        made = certificate_of(known.claim, proof)
        found |= {f"{place}{name}": text for name, text in _proof_files(made, proof).items()}
        names = [assumption.name for assumption in proof.assumptions]
        proofs.append({"folder": place or "./", "assumptions": names, "obligations": len(made.questions)})
        for (path, others), trace in zip(runs_without(proof, place), proof.without, strict=False):
            if trace is not None:
                add_run(path, others, trace)
    about = {
        "schema": CLAIM_SCHEMA,
        **entry(known),
        "source": known.claim.source,
        "formula": str(known.claim.formula),
        "reason": "" if known.certified else known.reason,
        "sizes": None if known.certified else known.sizes,
        "proofs": proofs,
        "runs": runs,
    }
    return {CLAIM: _json(about), OVERVIEW: "".join(_readme(known, about)), **found}


def run_file(verdict: Verdict) -> str:
    return "witness.json" if verdict is Verdict.TRUE else "counterexample.json"


def placed(proofs: Iterable[Proof]) -> Iterator[tuple[Proof, str]]:
    """Every proof with the folder, inside the claim's, that it is in."""
    number = 0
    for proof in proofs:
        number += bool(proof.assumptions)
        yield proof, f"condition-{number}/" if proof.assumptions else ""


def runs_without(proof: Proof, place: str) -> Iterator[tuple[str, list[Assumption]]]:
    """Where the run without each of the assumptions is recorded, with those that are left."""
    for number, dropped in enumerate(proof.assumptions, 1):
        yield f"{place}without-{number}.json", [each for each in proof.assumptions if each is not dropped]


def _proof_files(made: Certificate, proof: Proof) -> dict[str, str]:
    clauses = ",\n ".join(json.dumps(clause) for clause in encode(proof.clauses))
    return {
        **{f"{part}.smt2": made.script(part) for part in Part},
        "invariant.txt": "".join(_readable(made)),
        CLAUSES: f"[\n {clauses}\n]\n" if clauses else "[]\n",
    }


def _readable(made: Certificate) -> Iterator[str]:
    yield "Every reachable state has all of these, one a line:\n\n"
    yield from (f"{clause}\n" for clause in made.clauses)
    for variable in made.system.variables:
        if isinstance(variable.domain, Integers) and variable.domain.bounded:
            yield f"{variable.name} is {variable.domain}\n"


def _readme(known: Evidence, about: Mapping[str, Any]) -> Iterator[str]:
    claim = known.claim
    yield f"{claim.id}\n{'=' * len(claim.id)}\n{claim.sentence}\n\n    {claim.formula}\n\n"
    yield f"Verdict: {known.verdict} ({known.method})"
    yield f", given {', '.join(a.name for a in claim.given)}\n\n" if claim.given else "\n\n"
    if not known.certified:
        yield "The verdict itself has no certificate: it was found by a search, which has to be done again.\n\n"
    for run in about["runs"]:
        under = f" under {', '.join(run['assumed'])}" if run["assumed"] else ""
        yield f"* {run['file']}: a run of {run['length']}{under}; {run['shows']}.\n"
    for proof in about["proofs"]:
        under = f" under {', '.join(proof['assumptions'])}" if proof["assumptions"] else ""
        what = "that it is never reached" if isinstance(claim.formula, Reachable) else "of the claim"
        yield f"* {proof['folder']}: a proof {what}{under}, for any number of elements; "
        yield f"{counted(proof['obligations'], 'obligation')}.\n"
    if about["proofs"] or about["runs"]:
        yield f"\n{HOW_TO_CHECK}"


def _json(document: Any) -> str:
    return json.dumps(document, indent=1) + "\n"


# The model


def digest(system: System) -> str:
    """A fingerprint of everything the system declares: another model has another one."""
    return _digest(system.machines, system.frozen, system.initially)


@lru_cache(maxsize=100)
def _digest(machines: Any, frozen: Any, initially: Any) -> str:
    found = hashlib.sha256()

    def add(*words: Any) -> None:
        found.update(json.dumps([word if isinstance(word, list) else str(word) for word in words]).encode())

    variables = {machine.state: None for machine in machines}
    for machine in machines:
        for word, arrows in (("owns", machine.arrows), ("reacts", machine.reactions)):
            add("machine", machine.name, machine.state.name, word)
            for arrow in arrows:
                event = arrow.event
                parameters = [f"{parameter.name}: {parameter.domain}" for parameter in event.parameters]
                add(event, event.actor, parameters, [assumption.name for assumption in event.unless])
                add([str(source) for source in arrow.sources], arrow.dest, [JSON.fold(arrow.guard)])
                for variable, value in arrow.effects.items():
                    variables[variable] = None
                    add(variable.name, [JSON.fold(value)])
    for variable in dict.fromkeys((*variables, *frozen)):
        first = "any" if variable.initial is ANY else ", ".join(map(str, variable.initial_values))
        ordered = variable.kind is not None and variable.kind.ordered
        add(variable.name, variable.kind, ordered, variable.domain, first)
    add("initially", [JSON.fold(condition) for condition in initially])
    return f"sha256:{found.hexdigest()}"
