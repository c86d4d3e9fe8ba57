"""How long a leave is, and why: ``2课时 家里有事`` · ``上午 看病`` · ``全天``."""

from __future__ import annotations

import re
import unicodedata

import msgspec

from conversations.rules.training import NUMBERS
from conversations.understanding.numbers import NUMERAL, parse_whole
from conversations.understanding.text import clean, longest_first
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.roll
_HOURS = re.compile(f"(?P<hours>{NUMERAL})\\s*(?:{longest_first(_SAY.hours)})")
_BARE = re.compile(r"^\s*(?P<hours>[0-9]{1,2})(?=\s|,|，|$)")
_SPAN = re.compile(
    "|".join(
        f"(?P<{name}>{longest_first(words)})"
        for name, words in (
            ("day", _SAY.day),
            ("half", _SAY.half),
            ("morning", _SAY.morning),
            ("afternoon", _SAY.afternoon),
        )
    )
)
_EDGES = " ,，;；。.、:：\n\t"


class Length(msgspec.Struct, frozen=True):
    """课时 of a leave (None: not said), and the rest of the words: why."""

    hours: int | None
    reason: str


def read_length(text: str) -> Length:
    """How long, and why."""
    said = unicodedata.normalize("NFKC", clean(text))
    found = _HOURS.search(said) or _BARE.search(said)
    if found:
        return Length(parse_whole(found["hours"]), _rest(said, found))
    found = _SPAN.search(said)
    if found:
        return Length(span(str(found.lastgroup)), _rest(said, found))
    return Length(None, said.strip(_EDGES))


def _rest(said: str, found: re.Match[str]) -> str:
    parts = (said[: found.start()].strip(_EDGES), said[found.end() :].strip(_EDGES))
    return " ".join(part for part in parts if part)


def span(name: str) -> int:
    """课时 of a ``morning``, an ``afternoon``, ``half`` a day or a ``day``."""
    numbers = NUMBERS.attendance
    return {
        "morning": numbers.morning,
        "afternoon": numbers.hours_a_day - numbers.morning,
        "half": numbers.morning,
        "day": numbers.hours_a_day,
    }[name]
