"""What may be found in documents: what cannot be read, what the API server refuses, what the model does not have."""

from __future__ import annotations

from podproof.findings.finding import Finding, Level, Location, Rule
from podproof.wording.printable import on_one_line

UNREADABLE_FILE = Rule("unreadable-file", "a file or folder that cannot be read, or is empty")
MALFORMED = Rule("malformed-document", "text that is neither YAML nor JSON as kubectl reads it")
REPEATED_KEY = Rule("repeated-key", "a key that stands twice in one mapping")
TOO_LARGE = Rule("too-large", "larger, deeper or with more problems than is read")
NO_OBJECT = Rule("no-object", "a document that is no Kubernetes object")
NO_POD = Rule("no-pod", "a file or folder without a Pod or a workload")
INVALID_FIELD = Rule("invalid-field", "a field that is missing or is not what the API server takes there")
REFUSED_FIELD = Rule("refused-field", "a field for which the API server refuses the object")
UNKNOWN_FIELD = Rule("unknown-field", "a field that Kubernetes does not have", Level.warning)
NOT_IN_MODEL = Rule("not-in-model", "what bears on the lifecycle and the model does not have", Level.note)
UNEXPLAINED_STATUS = Rule("unexplained-status", "what the status of a live Pod says and the model cannot", Level.note)

RULES = (
    UNREADABLE_FILE,
    MALFORMED,
    REPEATED_KEY,
    TOO_LARGE,
    NO_OBJECT,
    NO_POD,
    INVALID_FIELD,
    REFUSED_FIELD,
    UNKNOWN_FIELD,
    NOT_IN_MODEL,
    UNEXPLAINED_STATUS,
)


def problem(rule: Rule, location: Location, message: str, remedy: str, subject: str = "") -> Finding:
    """A finding about a document, in which there may be words of it."""
    return Finding(rule, on_one_line(subject), on_one_line(message), location=location, remedy=remedy)
