"""rule_page: every rule by which a verb finds something, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from podproof.conform import rules as conform
from podproof.diagrams.markdown import page, paragraph, table
from podproof.findings.finding import Rule
from podproof.kubernetes.objects import rules as documents
from podproof.lint import rules as lint
from podproof.verify import rules as verify

RULES: Mapping[str, Sequence[Rule]] = {
    "explain": documents.RULES,
    "verify": verify.RULES,
    "lint": lint.RULES,
    "conform": conform.RULES,
}
"""By the verb whose findings they are."""

ABOUT = """
Each finding names the rule by which it was found; ids of rules stay as they are. An `error` makes exit code 1, a `note`
is only said; for `lint`, `--error RULE` says which rules are errors. What is in the file of `--baseline FILE` (of `lint`,
`verify` and `conform`; `--write-baseline FILE` makes it) does not count, and what is gone of it is said; a finding is known
again by its rule and its subject, not by its line or its words. With `--format json` a finding has the form of
[schemas/finding.schema.json](schemas/finding.schema.json).
"""


def rule_page() -> str:
    blocks = (
        (
            f"## podproof {verb}",
            table(["rule", "level", "found by it"], ([f"`{r}`", r.level, r.meaning] for r in rules)),
        )
        for verb, rules in RULES.items()
    )
    return page("# Rules of findings", paragraph(ABOUT), *(block for each in blocks for block in each))
