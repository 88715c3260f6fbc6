"""seconds: fields of the API that are whole seconds, and may not be set; the unit that time is counted in."""

from __future__ import annotations

from dataclasses import dataclass

from podproof.language import Kind, Variable, flag, number


@dataclass(frozen=True, eq=False)
class Seconds:
    """given: it is set; value: the number, in seconds; of no meaning where it is not set."""

    given: Variable[bool]
    value: Variable[int]

    @classmethod
    def of(cls, name: str, kind: Kind | None = None) -> Seconds:
        return cls(flag(f"{name} is set", kind=kind), number(name, kind=kind, doc="in seconds"))


unit = number("units of time to the second", 1)
