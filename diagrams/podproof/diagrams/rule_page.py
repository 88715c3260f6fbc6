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
is only said; for `lint`, `--error RULE` says which rules are errors. With `--format json` a finding has the form of
[schemas/finding.schema.json](schemas/finding.schema.json).
"""
ABOUT_BASELINES = """
`--write-baseline FILE` writes the findings of a run of `lint`, `verify` or `conform`; with `--baseline FILE` they do
not count any more, and what is gone is said. A finding is known again by its rule and its subject, not by its line or
its words, and as often as it was there. Of a run that looked at less (claims that are named, other corpora, `--ignore`,
or what was not decided within the limits) nothing is said to be gone. FALSE claims are no findings: no baseline hides
them.
"""
HEADER = ("rule", "level", "found by it")


def rule_page() -> str:
    blocks = (
        (f"## podproof {verb}", table(HEADER, ([f"`{rule}`", rule.level, rule.meaning] for rule in rules)))
        for verb, rules in RULES.items()
    )
    tables = (block for each in blocks for block in each)
    return page("# Rules of findings", paragraph(ABOUT), *tables, "## Baselines", paragraph(ABOUT_BASELINES))
