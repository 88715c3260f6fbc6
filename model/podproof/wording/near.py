"""Names that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is most like this one, if need be in other cases of letters; empty where none is."""
    names = list(known)
    by_letters = {each.lower(): each for each in reversed(names)}
    found = get_close_matches(name, names, 1)
    return found[0] if found else next(map(by_letters.get, get_close_matches(name.lower(), by_letters, 1)), None) or ""


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """What is added to a sentence about a name that there is none of; `otherwise` where nothing is like it.

    >>> did_you_mean("conatiner", ["container", "sandbox"]), did_you_mean("x", ["sandbox"])
    ('; did you mean container?', '')
    """
    found = nearest(name, known)
    return f"; did you mean {found}?" if found else otherwise
