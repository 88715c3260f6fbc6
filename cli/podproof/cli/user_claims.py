"""A user's own claims: a Python file that makes `Claim` objects. It is code, and it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
from podproof.cli.user_code import UnusableCode, run_file
from podproof.properties.claim import Claim
from podproof.wording.near import did_you_mean


def load(path: str) -> tuple[Claim, ...]:
    """Every claim among the file's top-level names, alone or in lists, dicts and other collections, in their order.

    Claims that ship with podproof and are only imported are left out.

    Raises UnusableCode where the file cannot be run or has no claims.
    """
    from podproof.claims.catalogue import CLAIMS

    names = run_file(path, "name a Python file with claims")
    found = dict.fromkeys(claim for value in names.values() for claim in _claims(value))
    claims = tuple(claim for claim in found if claim not in CLAIMS)
    if not claims:
        raise UnusableCode(f"{path}:1: no claims in it; make some with podproof.api.Claim(...)")
    twice = {c.id for c in claims if sum(d.id == c.id for d in claims) > 1}
    if twice:
        raise UnusableCode(f"{path}:1: two claims are called {sorted(twice)[0]}; give each its own id")
    return claims


def available(path: str | None) -> dict[str, Claim]:
    """The claims of a file, or those that ship, by id. Raises click.ClickException where the file is unusable."""
    from podproof.claims.catalogue import CLAIMS

    try:
        claims = CLAIMS if path is None else load(path)
    except UnusableCode as error:
        raise click.ClickException(str(error)) from error
    return {claim.id: claim for claim in claims}


def chosen(names: Sequence[str], by_id: Mapping[str, Claim]) -> list[Claim]:
    """Those named, or all. Raises click.ClickException for a name that there is none of."""
    unknown = [name for name in names if name not in by_id]
    if unknown:
        hint = did_you_mean(unknown[0], by_id, "; see podproof check --list")
        raise click.ClickException(f"no claim {unknown[0]}{hint}")
    return [by_id[name] for name in names] if names else list(by_id.values())


def _claims(value: Any, depth: int = 5) -> Iterator[Claim]:
    """depth: collections inside one another; deeper ones may contain themselves."""
    if not depth:
        return
    match value:
        case Claim():
            yield value
        case dict():
            yield from _claims(list(value.values()), depth)
        case set() | frozenset():
            yield from sorted((each for each in value if isinstance(each, Claim)), key=lambda claim: claim.id)
        case list() | tuple():
            for each in value:
                yield from _claims(each, depth - 1)
