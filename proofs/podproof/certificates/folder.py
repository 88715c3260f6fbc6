"""A folder of certificates: what `podproof check --certify` writes about every claim, each file made of what was found.

    index.json                  which claims were asked for, each with its verdict, how it is known, and its model
    CLAIM/claim.json            the claim, its verdict, when it would be true, and which proofs and runs there are
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

from podproof.certificates.certificate import CVC5_OPTIONS, Certificate, Part, certificate, goals
from podproof.certificates.counterexample import replay
from podproof.certificates.recorded import record, shows
from podproof.language import ANY, Assumption, Expr, System, UnsupportedError
from podproof.language.domains import Integers
from podproof.language.flat import Sizes
from podproof.language.meanings.json import JSON, decode, encode
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.claim import Claim
from podproof.properties.formulas import Formula, Shown
from podproof.properties.history import as_safety
from podproof.properties.trace import Trace
from podproof.wording.counting import counted

if TYPE_CHECKING:
    from podproof.check.decide import Result

INDEX_SCHEMA = "podproof/certificates/v3"
CLAIM_SCHEMA = "podproof/certificate/v3"
INDEX = "index.json"
CLAIM = "claim.json"
CLAUSES = "invariant.json"
OVERVIEW = "README.md"

HOW_TO_CHECK = f"""How to check a proof with any solver
------------------------------------
A proof is three SMT-LIB 2 files: initiation.smt2 (the invariant holds initially), consecution.smt2 (every event keeps
it) and safety.smt2 (the claim follows from it). In each of them every check-sat must answer `unsat`. z3 is a program
that `pip install z3-solver` puts beside that environment's Python:

```sh
z3 consecution.smt2
```

`pip install cvc5` brings a library and no program; its Python asks it:

```sh
python - consecution.smt2 <<'END'
import sys, cvc5
solver = cvc5.Solver(cvc5.TermManager())
for option, value in {CVC5_OPTIONS}.items():
    solver.setOption(option, value)
parser = cvc5.InputParser(solver)
parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
while not (command := parser.nextCommand()).isNull():
    print(command.invoke(solver, parser.getSymbolManager()), end="")
END
```

cvc5's own program (1.2 or newer, from its makers) does the same:

```sh
cvc5 {" ".join(f"--{name}" if value == "true" else f"--{name}={value}" for name, value in CVC5_OPTIONS.items())} \\
    consecution.smt2
```

Kinds of containers are uninterpreted sorts, so `unsat` is about every number of them.
invariant.txt is the invariant for readers. That the files say what the claim and the model say, and were not changed,
is what `podproof check --recheck` finds out: it makes them again. A run is run again by `podproof check --replay FILE`.
"""

README = f"Certificates\n============\nA folder for each claim; {INDEX} lists them.\n\n{HOW_TO_CHECK}"


@dataclass(frozen=True, eq=False)
class Proof:
    """That the claim holds under the assumptions: the clauses of an inductive invariant, beside what the claim says."""

    assumptions: tuple[Assumption, ...]
    clauses: tuple[Expr[bool], ...]


@dataclass(frozen=True, eq=False)
class Under:
    """What is known of a FALSE claim under assumptions of which none can be dropped.

    sizes: what was explored, None where there is a proof; clauses: of the proof's invariant, None where there is none;
    without: for each assumption, in their order, a run that breaks the claim when only that one is dropped, or None.
    """

    assumptions: tuple[Assumption, ...]
    verdict: Verdict
    method: Method
    sizes: Mapping[str, int] | None
    clauses: tuple[Expr[bool], ...] | None
    without: tuple[Trace | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known about a claim.

    run: a counterexample, or a witness; clauses: of the proof's invariant, None where there is none; reason, sizes: of
    a verdict that has neither; assumption_sets: when a FALSE claim would be true; complete: whether those are all there
    are, None where that was not asked.
    """

    claim: Claim
    verdict: Verdict
    method: Method
    reason: str = ""
    sizes: Mapping[str, int] | None = None
    run: Trace | None = None
    clauses: tuple[Expr[bool], ...] | None = None
    assumption_sets: tuple[Under, ...] = ()
    complete: bool | None = None

    def proofs(self) -> Iterator[tuple[Proof, str]]:
        """Every proof with the folder, inside the claim's, that it is in."""
        if self.clauses is not None:
            yield Proof((), self.clauses), ""
        for condition, place in placed(self.assumption_sets):
            if condition.clauses is not None:
                yield Proof(condition.assumptions, condition.clauses), place

    @cached_property
    def shown(self) -> Shown:
        """What the run shows of the claim."""
        return Shown.nothing if self.run is None else shows(self.claim.formula, replay(self.run))

    @cached_property
    def certified(self) -> bool:
        """Whether the verdict can be checked without searching again."""
        return self.clauses is not None or self.shown == (
            Shown.broken if self.verdict is Verdict.FALSE else Shown.witness
        )


def evidence(result: Result, asked: bool = True) -> Evidence:
    """What a decided claim's certificate is made of. asked: whether it was asked when a FALSE claim would be true."""
    answer, claim = result.answer, result.claim
    # Assumptions forbid: they never make something reachable.
    asked = asked and answer.verdict is Verdict.FALSE and claim.formula.opposite is None
    return Evidence(
        claim,
        answer.verdict,
        answer.method,
        result.reason,
        _by_name(answer.sizes),
        answer.trace if answer.trace is not None and shows(claim.formula, replay(answer.trace)) else None,
        _found(claim, answer),
        tuple(
            Under(
                condition.assumptions,
                condition.answer.verdict,
                condition.answer.method,
                None if condition.answer.certificate is not None else _by_name(condition.answer.sizes),
                _found(claim, condition.answer),
                tuple(map(condition.without.get, condition.assumptions)),
            )
            for condition in result.assumption_sets
        ),
        result.complete if asked else None,
    )


def _by_name(sizes: Sizes | None) -> dict[str, int] | None:
    return None if sizes is None else {kind.name: number for kind, number in sizes.items()}


def _found(claim: Claim, answer: Answer) -> tuple[Expr[bool], ...] | None:
    """The clauses as they will be read back: names for parts of them are lost."""
    if answer.certificate is None:
        return None
    system, formula = proved(claim)
    return tuple(decode(encode(answer.certificate.clauses[len(goals(formula)) :]), system))


def proved(claim: Claim) -> tuple[System, Formula]:
    """What a proof about the claim proves, and of which system: of something to be reached, that it never is; of
    whole runs, what their history shows."""
    return as_safety(claim.about, claim.formula.opposite or claim.formula)


def certificate_of(claim: Claim, proof: Proof) -> Certificate:
    """The proof obligations, made from the declared machines and the invariant.

    Raises UnsupportedError where no invariant can prove the formula: it is about runs without an end, or their length.
    """
    about, formula = proved(claim)
    system = about.under(*claim.given, *sorted(proof.assumptions, key=lambda assumption: assumption.name))
    properties = formula.properties()
    if not properties:  # then there would be nothing to show, and any invariant would do
        raise UnsupportedError(f"it is no claim that an invariant could prove: {formula}")
    return certificate(system, properties, [*goals(formula), *proof.clauses])


# The files


def index(
    entries: Iterable[Mapping[str, Any]], versions: Mapping[str, str], asked: Sequence[str] | None, conditions: bool
) -> str:
    """The index of a folder.

    versions: of what made it, for the record only; asked: the claims named, None for all; conditions: it was asked when
    what is FALSE would be true.
    """
    how = {"versions": dict(versions), "asked": None if asked is None else list(asked), "conditions": conditions}
    return text_of({"schema": INDEX_SCHEMA, **how, "claims": list(entries)})


def entry(known: Evidence) -> dict[str, Any]:
    """What the index says of a claim."""
    return {
        "id": known.claim.id,
        "sentence": known.claim.sentence,
        "given": [assumption.name for assumption in known.claim.given],
        "verdict": str(known.verdict),
        "method": str(known.method),
        "certified": known.certified,
        "conditions": [[a.name for a in condition.assumptions] for condition in known.assumption_sets],
        "complete": known.complete,
        "model": digest(known.claim.about),
    }


def said_of(claim: Claim) -> dict[str, Any]:
    """What a claim's folder says of the claim itself, whatever its verdict."""
    return {
        "id": claim.id,
        "sentence": claim.sentence,
        "formula": str(claim.formula),
        "source": claim.source,
        "system": str(claim.about),
        "given": [assumption.name for assumption in claim.given],
        "candidates": [assumption.name for assumption in claim.assumable],
    }


def files(known: Evidence) -> dict[str, str]:
    """Every file of the claim's folder by its path there. Raises ReplayError where a run is none of the machines."""
    found: dict[str, str] = {}
    proofs, runs = [], []

    def add_run(path: str, assumed: Sequence[Assumption], trace: Trace) -> None:
        run = replay(trace)
        found[path] = text_of(record(known.claim, assumed, run))
        how = {"steps": len(trace), "length": trace.length, "shows": shows(known.claim.formula, run)}
        runs.append({"file": path, "assumed": [a.name for a in assumed], **how})

    if known.run is not None:
        add_run(run_file(known.verdict), (), known.run)
    for proof, place in known.proofs():
        made = certificate_of(known.claim, proof)
        found |= {f"{place}{name}": text for name, text in _proof_files(made, proof).items()}
        names = [assumption.name for assumption in proof.assumptions]
        proofs.append({"folder": place or "./", "assumptions": names, "obligations": len(made.questions)})
    for condition, place in placed(known.assumption_sets):
        for (path, others), trace in zip(runs_without(condition.assumptions, place), condition.without, strict=True):
            if trace is not None:
                add_run(path, others, trace)
    about = {
        "schema": CLAIM_SCHEMA,
        **entry(known),
        **said_of(known.claim),
        "reason": "" if known.certified else known.reason,
        "sizes": None if known.certified else known.sizes,
        "conditions": [
            {
                "assumptions": [assumption.name for assumption in condition.assumptions],
                "verdict": str(condition.verdict),
                "method": str(condition.method),
                "sizes": condition.sizes,
            }
            for condition in known.assumption_sets
        ],
        "proofs": proofs,
        "runs": runs,
    }
    return {CLAIM: text_of(about), OVERVIEW: "".join(_readme(known, about)), **found}


def run_file(verdict: Verdict) -> str:
    return "witness.json" if verdict is Verdict.TRUE else "counterexample.json"


def placed(conditions: Iterable[Under]) -> Iterator[tuple[Under, str]]:
    """Every condition with the folder, inside the claim's, that it is in."""
    for number, condition in enumerate(conditions, 1):
        yield condition, f"condition-{number}/"


def runs_without(assumptions: Sequence[Assumption], place: str) -> Iterator[tuple[str, list[Assumption]]]:
    """Where the run without each of the assumptions is recorded, with those that are left."""
    for number, dropped in enumerate(assumptions, 1):
        yield f"{place}without-{number}.json", [each for each in assumptions if each is not dropped]


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
        if isinstance(variable.domain, Integers) and variable.domain.ends:
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
        what = "of the claim" if claim.formula.opposite is None else "that it is never reached"
        yield f"* {proof['folder']}: a proof {what}{under}, for any number of elements; "
        yield f"{counted(proof['obligations'], 'obligation')}.\n"
    for condition in about["conditions"]:
        if condition["method"] != Method.proved or condition["verdict"] != Verdict.TRUE:
            yield f"* Under {', '.join(condition['assumptions'])}: {condition['verdict']} ({condition['method']}).\n"
    if about["proofs"] or about["runs"]:
        yield f"\n{HOW_TO_CHECK}"


def text_of(document: Any) -> str:
    """A document as it stands in a file."""
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
