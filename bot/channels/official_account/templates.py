"""Template messages: which template says what, and what its fields may hold.

A setting names a template by its id, and may say which of our fields goes into
which of its own: ``ID?title=thing1&task=thing4&date=time3``. Without that, the
fields go in the order in which the template library usually has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

_USUAL = {"title": "thing1", "task": "thing2", "date": "time3"}
_EMPTY = "-"
_FIELD = re.compile(r"([a-z_]+)\d+")
# How many characters each type of field takes; the platform refuses the rest.
_MOST = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "name": 10,
    "phrase": 5,
}
_ALLOWED = {
    "number": re.compile(r"[^0-9.]"),
    "letter": re.compile(r"[^A-Za-z]"),
    "character_string": re.compile(r"[^!-~]"),
    "phone_number": re.compile(r"[^0-9+-]"),
}


class Template(msgspec.Struct, frozen=True):
    """A template: its id, and its field by the name of ours."""

    id: str
    names: Mapping[str, str]

    def fill(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The template's fields, each within what its type takes."""
        return {
            self.names.get(name, name): fit(self.names.get(name, name), value)
            for name, value in fields.items()
            if name in self.names or _FIELD.fullmatch(name)
        }


def read_template(setting: str) -> Template:
    """A template as the settings write it."""
    template_id, _, names = setting.partition("?")
    return Template(template_id, dict(parse_qsl(names)) or _USUAL)


def fit(field: str, value: str) -> str:
    """``value`` on one line, of the field's alphabet, cut to its length."""
    match = _FIELD.fullmatch(field)
    kind = match[1] if match else field
    text = " ".join(value.split())
    if kind in _ALLOWED:
        text = _ALLOWED[kind].sub("", text)
    most = _MOST.get(kind)
    if most and len(text) > most:
        text = text[: most - 1] + "…" if kind == "thing" else text[:most]
    return text or _EMPTY
