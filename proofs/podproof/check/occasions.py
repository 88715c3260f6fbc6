"""Whether a formula says anything: a TRUE of what no run comes to is none."""

from __future__ import annotations

from collections.abc import Sequence

from podproof.check.question import Question
from podproof.check.ways import Means
from podproof.engines import graph
from podproof.engines.sizes import named
from podproof.language import System
from podproof.language.flat import Sizes
from podproof.properties.answer import Answer, Method, Verdict
from podproof.properties.formulas import Formula, Never

SAYS_NOTHING = f"it says nothing: {graph.NEVER_REACHED}"


def if_it_says_something(question: Question, answer: Answer, means: Means) -> Answer:
    """The answer itself, unless it is TRUE of what no run comes to."""
    formula = question.formula
    if answer.verdict is not Verdict.TRUE or formula.occasion is None:
        return answer
    small = [size for size in question.needed if sum(size.values()) <= 2]
    larger = [size for size in question.needed if size not in small]
    if _begins(question.system, formula, small, means):
        return answer
    if means.proofs.searched(question.system, Never(formula.occasion)).verdict is Verdict.TRUE:
        return says_nothing(question, answer)
    return answer if _begins(question.system, formula, larger, means) else says_nothing(question, answer)


def says_nothing(question: Question, answer: Answer) -> Answer:
    looked = f"{SAYS_NOTHING}, with up to {named(question.needed[-1])}"
    return Answer(Verdict.UNKNOWN, Method.exhaustive, looked, sizes=answer.sizes)


def _begins(system: System, formula: Formula, sizes: Sequence[Sizes], means: Means) -> bool:
    """Whether some run of a system of these sizes comes to what the formula is about."""
    return any(graph.begins(system, formula, size, means.limits).verdict is Verdict.TRUE for size in sizes)
