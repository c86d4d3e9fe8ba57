"""Templates with typed fields, and what each type takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from tests.platforms.server import Refusal

_HAN = "\u3400-\u9fff\U00020000-\U0003ffff"
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DATE = r"\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"


def _pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda value: compiled.fullmatch(value) is not None


def _name(value: str) -> bool:
    if re.search(f"[{_HAN}]", value):
        return len(value) <= 10
    return len(value) <= 20


TYPES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20 and "\n" not in value,
    "short_thing": lambda value: len(value) <= 20 and "\n" not in value,
    "number": _pattern(r"-?\d{1,32}|-?(?=[\d.]{3,32}$)\d+\.\d+"),
    "letter": _pattern("[A-Za-z]{1,32}"),
    "symbol": lambda value: len(value) <= 5 and not re.search(f"[\\w{_HAN}]", value),
    "character_string": _pattern("[!-~]{1,32}"),
    "time": _pattern(f"({_DATE} )?{_TIME}(~({_DATE} )?{_TIME})?|{_DATE}(~{_DATE})?"),
    "date": _pattern(f"{_DATE}( {_TIME})?(~{_DATE}( {_TIME})?)?"),
    "amount": _pattern(r"[^\d\s]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": _pattern(r"[\d+\-()#]{1,17}"),
    "car_number": lambda value: len(value) <= 8,
    "name": _name,
    "phrase": _pattern(f"[{_HAN}]{{1,5}}"),
}
"""Whether a type of field takes a value that is not empty."""

_FIELD = re.compile(r"([a-z_]+)\d+")


class Template(msgspec.Struct, frozen=True):
    """A template: the names of its fields, and the values a ``const`` may have."""

    id: str
    fields: tuple[str, ...]
    constants: Mapping[str, tuple[str, ...]] = {}

    def check(self, data: Any) -> None:
        """Refuse data that do not fill the fields.

        Raises:
            Refusal: 47003, naming the field.
        """
        for name in self.fields:
            given = data.get(name) if isinstance(data, dict) else None
            value = given.get("value") if isinstance(given, dict) else None
            if not isinstance(value, str) or not value.strip():
                raise Refusal(47003, f"argument invalid! data.{name}.value is empty")
            if not self._takes(name, value):
                raise Refusal(47003, f"argument invalid! data.{name}.value invalid")

    def _takes(self, name: str, value: str) -> bool:
        match = _FIELD.fullmatch(name)
        kind = match[1] if match else name
        if kind == "const":
            return value in self.constants.get(name, ())
        return kind not in TYPES or TYPES[kind](value)
