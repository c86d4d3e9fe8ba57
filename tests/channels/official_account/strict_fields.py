"""What each type of a template's field may hold, read from its documentation.

Written apart from what makes values fit: the platform's refusal, as a function.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import datetime

_HAN = "[\u4e00-\u9fff]"


def _units(text: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def _plain(text: str) -> bool:
    """No line break, no emoji, nothing unseen."""
    return all(
        char == " " or unicodedata.category(char)[0] in "LNPZ" or char in _SIGNS
        for char in text
    )


_SIGNS = {
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in ("Sm", "Sc", "Mc")
}


def _moments(text: str, *shapes: str) -> bool:
    parts = text.split("~")
    return len(parts) <= 2 and all(
        any(_is(part, shape) for shape in shapes) for part in parts
    )


def _is(part: str, shape: str) -> bool:
    try:
        datetime.strptime(part, shape)  # noqa: DTZ007 -- a civil time
    except ValueError:
        return False
    return True


_DAY, _CLOCK = "%Y年%m月%d日", "%H:%M"


def _matches(pattern: str, most: int = 99) -> Callable[[str], bool]:
    return lambda text: bool(re.fullmatch(pattern, text)) and len(text) <= most


def _shown(most: int) -> Callable[[str], bool]:
    return lambda text: 0 < _units(text) <= most and _plain(text)


def _symbols(text: str) -> bool:
    signs = all(unicodedata.category(char)[0] in "PS" for char in text)
    return signs and 0 < _units(text) <= 5


TAKES: dict[str, Callable[[str], bool]] = {
    "thing": _shown(20),
    "keyword": _shown(20),
    "short_thing": _shown(5),
    "number": _matches(r"[0-9]+(\.[0-9]+)?", 32),
    "letter": _matches("[A-Za-z]+", 32),
    "symbol": _symbols,
    "character_string": _matches(r"[\x21-\x7e]+", 32),
    "time": lambda text: _moments(text, _CLOCK, f"{_DAY} {_CLOCK}"),
    "date": lambda text: _moments(text, _DAY, f"{_DAY} {_CLOCK}"),
    "amount": _matches(r"[¥￥$€]?[0-9]{1,10}(\.[0-9]+)?元?"),
    "phone_number": _matches(r"[0-9+\-]+", 17),
    "car_number": _matches(rf"{_HAN}?[A-Z0-9]+{_HAN}?", 8),
    "name": _matches(rf"[A-Za-z·. ]{{1,20}}|({_HAN}|[A-Za-z·. ]){{1,10}}"),
    "phrase": _matches(f"{_HAN}{{1,5}}"),
}
"""True iff a field of this type takes the text."""
