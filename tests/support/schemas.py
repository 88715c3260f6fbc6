"""JSON documents against their schemas in docs/schemas: every key is named there, and no other is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.support.places import ROOT

SCHEMAS = ROOT / "docs" / "schemas"
FREE = ("input", "expected", "got")
"""What is as it was recorded from Kubernetes."""

ODD = {"unexpected": ["no value of any mapping is like this"]}


@cache
def schemas() -> dict[str, Any]:
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.schema.json"))}


def name_of(document: Any) -> str:
    return f"{document['schema'].split('/')[1]}.schema.json"


@cache
def validator(name: str) -> Any:
    loaded = [(each, Resource.from_contents(schema)) for each, schema in schemas().items()]
    return Draft202012Validator({"$ref": name}, registry=Registry().with_resources(loaded))


def mistakes(document: Any) -> list[str]:
    """What is wrong with a document by the schema that it names."""
    name = name_of(document)
    return [f"{error.json_path}: {error.message}"[:500] for error in validator(name).iter_errors(document)]


def expect_valid(document: Any) -> None:
    """The document is of its schema, and would not be with a further key in any of its objects."""
    assert mistakes(document) == []
    for path, inside in _objects(document, ()):
        inside |= ODD
        assert not validator(name_of(document)).is_valid(document), f"a further key in {path} is allowed"
        for key in ODD:
            del inside[key]


def _objects(value: Any, path: tuple[str, ...], seen: set[tuple[str, ...]] | None = None) -> Iterator[tuple[str, Any]]:
    """Every object that is not free, the first of those with the same keys on the way to it."""
    known = set() if seen is None else seen
    if isinstance(value, dict) and (not path or path[-1] not in FREE):
        if path not in known:
            known.add(path)
            yield ".".join(path), value
        for key, inside in list(value.items()):
            yield from _objects(inside, (*path, key), known)
    elif isinstance(value, list):
        for inside in value:
            yield from _objects(inside, (*path, "[]"), known)
