"""A user's own claims: a Python file that makes `Claim` objects. It is code, and it is run."""

from __future__ import annotations

import runpy
import traceback
from pathlib import Path
from typing import Any

from podproof.claims.claim import Claim


class UnusableClaims(Exception):
    """One line: file:line, what is wrong."""


def load(path: str) -> tuple[Claim, ...]:
    """Every claim among the file's top-level names, alone or in a list or tuple, in the order of definition.

    Raises UnusableClaims where the file cannot be run or has no claims.
    """
    file = Path(path)
    if not file.is_file():
        raise UnusableClaims(f"{path}:1: no such file; name a Python file with claims")
    try:
        names = runpy.run_path(str(file))
    except SyntaxError as error:
        raise UnusableClaims(f"{path}:{error.lineno or 1}: not Python: {error.msg}") from error
    except Exception as error:  # whatever the user's code raises is theirs to see, on one line
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        what = " ".join(str(error).split()) or type(error).__name__
        raise UnusableClaims(f"{path}:{lines[-1] if lines else 1}: {type(error).__name__}: {what}") from error
    claims = tuple(dict.fromkeys(claim for value in names.values() for claim in _claims(value)))
    if not claims:
        raise UnusableClaims(f"{path}:1: no claims in it; make some with podproof.api.Claim(...)")
    twice = {c.id for c in claims if sum(d.id == c.id for d in claims) > 1}
    if twice:
        raise UnusableClaims(f"{path}:1: two claims are called {sorted(twice)[0]}; give each its own id")
    return claims


def _claims(value: Any) -> list[Claim]:
    if isinstance(value, Claim):
        return [value]
    return [each for each in value if isinstance(each, Claim)] if isinstance(value, list | tuple) else []
