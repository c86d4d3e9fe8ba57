"""The 18-digit ID number (GB 11643): its checks, and what it tells."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from conversations.rules.ages import age_on, birth_date
from conversations.understanding.reading import Read, bad, good
from conversations.understanding.vocabulary import WORDS

__all__ = ["age_on", "birth_date", "checksum", "read_id_number", "sex_of"]

_NOISE = re.compile(r"[\s\-_.,:·—–]+")
_RUN = re.compile(r"[0-9A-Z*]{8,}")
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_REGIONS = frozenset(WORDS.regions.prefixes)
_EARLIEST = date(1900, 1, 1)


def read_id_number(text: str, *, today: date) -> Read:
    """An ID number in 18 characters, ``X`` large; no problem repeats it.

    The number is right when its region, its birth date (real, not after
    ``today``) and its checksum are.
    """
    number = _bare(text)
    if not number:
        return bad("empty")
    return _form_problem(number) or _sense_problem(number, today) or good(number)


def _bare(text: str) -> str:
    """The number without the words, blanks and signs around it."""
    folded = unicodedata.normalize("NFKC", text).replace("×", "X").upper()
    folded = _NOISE.sub("", folded)
    runs: list[str] = _RUN.findall(folded)
    return max(runs, key=len) if runs else folded.strip()


def _form_problem(number: str) -> Read | None:
    if "O" in number and number.replace("O", "").rstrip("X").isdigit():
        return bad("id_letter_o")
    if _SHAPE.fullmatch(number):
        return None
    if not (number.isascii() and number.removesuffix("X").isdigit()):
        return bad("id_characters")
    if len(number) == 15:
        return bad("id_fifteen")
    return bad(
        "id_length" if len(number) != 18 else "id_characters", length=len(number)
    )


def _sense_problem(number: str, today: date) -> Read | None:
    if int(number[:2]) not in _REGIONS:
        return bad("id_region")
    try:
        born = birth_date(number)
    except ValueError:
        return bad("id_date")
    if born < _EARLIEST:
        return bad("id_date")
    if born > today:
        return bad("id_future")
    return None if checksum(number) == number[17] else bad("id_checksum")


def checksum(number: str) -> str:
    """The check character that the first 17 digits call for."""
    total = sum(
        int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)
    )
    return _CHECKS[total % 11]


def sex_of(number: str) -> str:
    """The sex in an ID number, as the form prints it."""
    return WORDS.regions.sexes[int(number[16]) % 2]
