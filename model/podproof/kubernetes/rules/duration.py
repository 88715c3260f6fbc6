"""duration: a length of time as kubectl prints it, two or three digits of it (apimachinery duration.HumanDuration).

The digits of the length are given; which of them are printed is decided here.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Any

from podproof.kubernetes.rules.decision import Decision, Rule
from podproof.language import TRUE, Variable, number
from podproof.language.meanings.python import evaluate


class Format(StrEnum):
    """What is printed. `minutes`, `hours`, `days`, `years`: all of them; `second`, `minute`, ...: those left over."""

    invalid = "<invalid>"
    now = "0s"
    seconds = "{seconds}s"
    minutes = "{minutes}m"
    minutes_and_seconds = "{minutes}m{second}s"
    hours = "{hours}h"
    hours_and_minutes = "{hours}h{minute}m"
    days = "{days}d"
    days_and_hours = "{days}d{hour}h"
    years = "{years}y"
    years_and_days = "{years}y{day}d"


MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
YEAR = 365 * DAY

seconds = number("seconds", doc="the whole length")
second = number("second of its minute", 0, 59)
minute = number("minute of its hour", 0, 59)
hour = number("hour of its day", 0, 23)
day = number("day of its year", 0, 364)

printed = Decision(
    "duration",
    (
        Rule("in the future", seconds < -1, Format.invalid),
        Rule("in the future, but clocks differ by a second", seconds < 0, Format.now),
        Rule("less than 2 minutes", seconds < 2 * MINUTE, Format.seconds),
        Rule("less than 10 minutes, a whole number", (seconds < 10 * MINUTE) & second.is_(0), Format.minutes),
        Rule("less than 10 minutes", seconds < 10 * MINUTE, Format.minutes_and_seconds),
        Rule("less than 3 hours", seconds < 3 * HOUR, Format.minutes),
        Rule("less than 8 hours, a whole number", (seconds < 8 * HOUR) & minute.is_(0), Format.hours),
        Rule("less than 8 hours", seconds < 8 * HOUR, Format.hours_and_minutes),
        Rule("less than 2 days", seconds < 2 * DAY, Format.hours),
        Rule("less than 8 days, a whole number", (seconds < 8 * DAY) & hour.is_(0), Format.days),
        Rule("less than 8 days", seconds < 8 * DAY, Format.days_and_hours),
        Rule("less than 2 years", seconds < 2 * YEAR, Format.days),
        Rule("less than 8 years, a whole number", (seconds < 8 * YEAR) & day.is_(0), Format.years),
        Rule("less than 8 years", seconds < 8 * YEAR, Format.years_and_days),
        Rule("8 years or more", TRUE, Format.years),
    ),
)


def values_of(length: int) -> dict[Variable[Any], int]:
    """The length in seconds and its digits."""
    return {
        seconds: length,
        second: length % 60,
        minute: length // MINUTE % 60,
        hour: length // HOUR % 24,
        day: length // DAY % 365,
    }


@lru_cache(maxsize=100_000)
def text(length: int) -> str:
    """What is printed for a length in seconds."""
    values = values_of(length)
    decided: Format = evaluate(printed.value, values, {})
    return decided.format(
        seconds=length,
        minutes=length // MINUTE,
        hours=length // HOUR,
        days=length // DAY,
        years=length // YEAR,
        second=values[second],
        minute=values[minute],
        hour=values[hour],
        day=values[day],
    )
