"""Ages by the birth date in the 18-digit ID number (GB 11643)."""

from __future__ import annotations

from datetime import date


def birth_date(number: str) -> date:
    """The birth date in an ID number.

    Raises:
        ValueError: there is no such day.
    """
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def age_on(number: str, day: date) -> int:
    """Full years on ``day``; who was born on 29 February turns on 1 March elsewhere."""
    born = birth_date(number)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
