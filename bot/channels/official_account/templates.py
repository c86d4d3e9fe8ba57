"""Template messages: which template says what, and what its fields may hold.

A setting names a template by its id, and may say which of our fields goes into
which of its own: ``ID?title=thing1&task=thing4&date=time3``, with the words that
a ``const`` may be: ``result=const5:admitted|waiting``. Without that, the fields go
in the order in which the template library usually has them.

The platform refuses a message for one field that is not of its type, so each
is made to fit here; one that cannot be makes the template no use for that message.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import parse_qsl

import msgspec

from bot.channels.official_account.wording import AMOUNT, DAY, HANS, WRITTEN_DAY

_USUAL = {
    "deadline": {"title": "thing1", "task": "thing2", "date": "time3"},
    "result": {"title": "thing1", "result": "thing2", "date": "time3"},
    "notice": {"title": "thing1", "publisher": "thing2", "date": "time3"},
}
_CLOSES_AT, _BEGINS_AT = "23:59", "00:00"
_EMPTY = "-"
_FIELD = re.compile(r"([a-z_]+)\d+")


class Template(msgspec.Struct, frozen=True):
    """A template: its id, and its field by the name of ours.

    ``words`` are what each of its ``const`` fields may be. ``usual`` names are
    those of the library: what a message does not have is left out. ``time`` is
    the time of day that is meant when a day is put where one is wanted.
    """

    id: str
    names: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = {}
    usual: bool = False
    time: str = _BEGINS_AT

    def fill(self, fields: Mapping[str, str]) -> dict[str, str] | None:
        """The template's fields; None when one of them cannot be what it must."""
        given = {self.names.get(name, name): text for name, text in fields.items()}
        wanted = set(self.names.values()) & (
            given.keys() if self.usual else set(self.names.values())
        )
        wanted |= {name for name in given if _FIELD.fullmatch(name)}
        filled: dict[str, str] = {}
        for name in sorted(wanted):
            fitted = self._fit(name, given.get(name, ""))
            if fitted is None:
                return None
            filled[name] = fitted
        return filled or None

    def _fit(self, name: str, text: str) -> str | None:
        match = _FIELD.fullmatch(name)
        kind = match[1] if match else name
        if kind == "const":
            word = " ".join(text.split())
            return word if word in self.words.get(name, ()) else None
        if kind == "time":
            return _time(text, self.time)
        return fit(kind, text)


def read_template(setting: str, kind: str = "") -> Template:
    """A template as the settings write it, for messages of a kind.

    A day on which something is due lasts until its end.
    """
    template_id, _, pairs = setting.partition("?")
    time = _CLOSES_AT if kind == "deadline" else _BEGINS_AT
    names: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    for ours, theirs in parse_qsl(pairs):
        name, _, listed = theirs.partition(":")
        names[ours] = name
        if listed:
            words[name] = tuple(word.strip() for word in listed.split("|"))
    usual = _USUAL.get(kind, _USUAL["deadline"])
    return Template(template_id, names or usual, words, usual=not names, time=time)


def fit(kind: str, text: str) -> str | None:
    """``text`` as a field of this type takes it; None when it cannot be made to."""
    fitting = _FITTING.get(kind)
    return fitting(" ".join(_shown(text).split())) if fitting else None


def _shown(text: str) -> str:
    """Without what these messages do not show: emoji, and what is not seen."""
    return "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in _NOT_SHOWN
    )


_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Mn", "Me"})


def _length(text: str) -> int:
    """In characters as the platform counts them: rare ones are two."""
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, most: int) -> str:
    while _length(text) > most:
        text = text[:-1]
    return text


def _thing(text: str) -> str:
    if _length(text) > 20:
        return _cut(text, 19) + "…"
    return text or _EMPTY


def _short_thing(text: str) -> str | None:
    return text if 0 < _length(text) <= 5 else None


def _number(text: str) -> str | None:
    """The one number in a text."""
    found = re.findall(r"[0-9]+(?:\.[0-9]+)?", text)
    return found[0] if len(found) == 1 and len(found[0]) <= 32 else None


def _letter(text: str) -> str | None:
    return _whole(r"[A-Za-z]{1,32}", text.replace(" ", ""))


def _symbol(text: str) -> str | None:
    signs = text.replace(" ", "")
    good = all(unicodedata.category(char)[0] in "PS" for char in signs)
    return signs if good and 0 < _length(signs) <= 5 else None


def _character_string(text: str) -> str | None:
    return _whole(r"[!-~]{1,32}", re.sub(r"[^!-~]", "", text))


def _phone_number(text: str) -> str | None:
    return _whole(r"(?=.*[0-9])[0-9+-]{1,17}", re.sub(r"[ ()（）]", "", text))


def _car_number(text: str) -> str | None:
    plate = text.replace(" ", "").upper()
    whole = _whole(rf"{_HAN}?[A-Z0-9]{{1,7}}{_HAN}?", plate)
    return whole if whole and len(whole) <= 8 else None


def _amount(text: str) -> str | None:
    return _whole(AMOUNT, text.replace(" ", ""))


def _name(text: str) -> str | None:
    """A name of 汉字 up to 10 characters, one of letters up to 20."""
    kept = re.sub(rf"[^{HANS}A-Za-z·. ]", "", text).strip()
    most = 10 if re.search(_HAN, kept) else 20
    return kept[:most].strip() or None


def _phrase(text: str) -> str | None:
    return _whole(rf"{_HAN}{{1,5}}", text.replace(" ", ""))


def _time(text: str, time: str) -> str | None:
    """A time of day, with its day or without; of a day alone, that time on it."""
    moment = _moment(text)
    if moment is None:
        return _span(text, lambda part: _time(part, time))
    day, clock = moment
    return " ".join(part for part in (day, clock or time) if part)


def _date(text: str) -> str | None:
    moment = _moment(text)
    if moment is None:
        return _span(text, _date)
    return " ".join(part for part in moment if part) if moment[0] else None


def _span(text: str, fit_one: Callable[[str], str | None]) -> str | None:
    """Two moments with a wave between them."""
    parts = re.split(r"\s*[~～]\s*", text.strip())
    if len(parts) != 2 or not all(parts):
        return None
    fitted = [fit_one(part) for part in parts]
    return "~".join(part for part in fitted if part) if all(fitted) else None


def _moment(text: str) -> tuple[str, str] | None:
    """The day (empty when there is none) and the time of day of a text."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None or not text.strip():
        return None
    day, clock = "", match["clock"] or ""
    if match["year"]:
        try:
            on = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            return None
        day = DAY.format(on.year, on.month, on.day)
    return day, clock


def _whole(pattern: str, text: str) -> str | None:
    return text if re.fullmatch(pattern, text) else None


_HAN = f"[{HANS}]"
_MOMENT = re.compile(
    rf"(?:{WRITTEN_DAY})?(?:^|\s+|$)(?P<clock>(?:[01]?[0-9]|2[0-3]):[0-5][0-9])?"
)

_FITTING: dict[str, Callable[[str], str | None]] = {
    "thing": _thing,
    "short_thing": _short_thing,
    # Of templates older than the typed ones.
    "keyword": _thing,
    "number": _number,
    "letter": _letter,
    "symbol": _symbol,
    "character_string": _character_string,
    "date": _date,
    "amount": _amount,
    "phone_number": _phone_number,
    "car_number": _car_number,
    "name": _name,
    "phrase": _phrase,
}
