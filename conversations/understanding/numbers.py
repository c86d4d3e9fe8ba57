"""Whole numbers as people write them: 30, ３０, 三十, 两百五, 大概30人."""

from __future__ import annotations

import re

from conversations.forms.schema import Field
from conversations.understanding.reading import Read, bad, good
from conversations.understanding.text import clean, fold, longest_first, trim
from conversations.understanding.vocabulary import WORDS

_ONES = {
    character: value
    for value, characters in enumerate(WORDS.ones)
    for character in characters
}
_TENS = dict.fromkeys(WORDS.ten, 10)
_POWERS = (
    _TENS | dict.fromkeys(WORDS.hundred, 100) | dict.fromkeys(WORDS.thousand, 1000)
)
_NUMERALS = "".join((*_ONES, *_POWERS, *WORDS.myriad))
_LONGEST = 12

NUMERAL = f"(?:[0-9]+|[{_NUMERALS}]+)"
"""A regular expression for a whole number in a folded text."""

_INSIDE = re.compile(f"{NUMERAL}(?:\\.[0-9]+)?")
_UNITS = re.compile(f"(?:{longest_first(WORDS.units)})+$")


def parse_whole(text: str) -> int | None:
    """The number that ``text`` is, in digits or Chinese numerals; else None."""
    if not text or len(text) > _LONGEST:
        return None
    if text.isascii():
        return int(text) if text.isdecimal() else None
    if all(character in _ONES for character in text):
        return int("".join(str(_ONES[character]) for character in text))
    return _spoken(text)


def _spoken(text: str) -> int | None:
    """三千零五十, 一万二, 两百五: a sum of parts, each a digit and its power."""
    total = section = digit = 0
    power = 1
    for character in text:
        if character in _ONES:
            if digit:
                return None
            digit = _ONES[character]
            power = 1 if digit == 0 else power
        elif character in _POWERS:
            power = _POWERS[character]
            section += (digit or 1) * power
            digit = 0
        elif character in WORDS.myriad and not total:
            total, section, digit, power = (section + digit) * 10000, 0, 0, 10000
        else:
            return None
    # 两百五 is 250, 三十五 is 35: a last digit counts the next power down.
    return total + section + digit * (power // 10 if power > 10 else 1)


def read_number(field: Field, text: str) -> Read:
    """A whole number from the field's ``least`` to its ``most``, in digits."""
    said = fold(clean(text))
    if not said:
        return bad("empty")
    number = parse_whole(_UNITS.sub("", trim(said)))
    if number is None:
        found = _INSIDE.findall(said)
        if len(found) != 1:
            return bad("number_unreadable")
        if "." in found[0]:
            return bad("number_fraction")
        number = parse_whole(found[0])
    if number is None:
        return bad("number_unreadable")
    if not field.least <= number <= field.most:
        return bad("number_range", least=field.least, most=field.most)
    return good(str(number))
