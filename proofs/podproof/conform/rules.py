"""What `podproof conform` may find."""

from __future__ import annotations

from podproof.findings.finding import Rule

WRONG_RESULT = Rule("wrong-result", "the rules compute something else than was recorded")
UNSUPPORTED_RECORD = Rule("unsupported-record", "a record for which the rules have no meaning")
NO_RULES = Rule("no-rules", "a corpus of a function for which there are no rules")
NO_RECORDS = Rule("no-records", "a file in which there is nothing to compare")
UNREADABLE_CORPUS = Rule("unreadable-corpus", "a file that cannot be read, or lines of it that are no records")

RULES = (WRONG_RESULT, UNSUPPORTED_RECORD, NO_RULES, NO_RECORDS, UNREADABLE_CORPUS)
