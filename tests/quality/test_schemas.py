"""The schemas of JSON documents: each is one, each is listed, and each document that code writes has one."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from podproof.diagrams.rule_page import RULES

from tests.support.places import ROOT
from tests.support.schemas import SCHEMAS, mistakes, name_of, schemas

SHARED = {"finding.schema.json", "trace.schema.json"}


def known() -> set[str]:
    """The documents of which there are schemas, with their versions."""
    found = (schema["properties"]["schema"]["const"] for name, schema in schemas().items() if name not in SHARED)
    return set(found)


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_one_and_is_listed(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])
    assert f"]({name})" in (SCHEMAS / "README.md").read_text()
    assert name in SHARED or name_of({"schema": schemas()[name]["properties"]["schema"]["const"]}) == name


def test_every_document_that_code_writes_has_its_schema() -> None:
    said: set[str] = set()
    for root in ("model", "proofs", "diagrams", "cli"):
        for path in (ROOT / root).rglob("*.py"):
            said |= set(re.findall(r'"(podproof/[a-z-]+/v\d+)"', path.read_text(encoding="utf-8")))
    assert said == known()
    listed = re.findall(r"^\| \[(podproof/[a-z-]+/v\d+)\]", (SCHEMAS / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(said)


@pytest.mark.parametrize("verb", RULES)
def test_a_schema_knows_exactly_the_rules_of_its_verb(verb: str) -> None:
    assert sorted(_rules(schemas()[f"{verb}.schema.json"])) == sorted(rule.id for rule in RULES[verb])


def _rules(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_rules, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    own = properties["rule"].get("enum", ()) if isinstance(properties, dict) and "rule" in properties else ()
    return set(own).union(*map(_rules, schema.values()))


def test_ids_of_rules_are_stable_words_and_mean_one_thing() -> None:
    ids = [rule.id for rules in RULES.values() for rule in rules]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", each) for each in ids)
    assert all(f"| `{each}` |" in (ROOT / "docs" / "findings.md").read_text() for each in ids)


BASELINE = {
    "schema": "podproof/baseline/v1",
    "verb": "lint",
    "findings": [{"rule": "never-enabled", "subject": "lamp: repair", "count": 1}],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verb",), "explain"),
        (("findings", 0, "count"), 0),
        (("findings", 0, "count"), True),
        (("findings", 0, "line"), 3),
        (("findings", 0), "never-enabled"),
        (("more",), []),
    ],
)
def test_what_is_not_as_it_should_be_is_a_mistake(path: tuple[str | int, ...], value: object) -> None:
    assert mistakes(BASELINE) == []
    wrong: Any = copy.deepcopy(BASELINE)
    inside = wrong
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    assert len(mistakes(wrong)) == 1
