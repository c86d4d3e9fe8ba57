"""What the Word templates of the forms may name, from the sheet of a filled form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.documents import wording
from conversations.model import Value

_NO_BREAK = "\u00a0"
_WIDE = 0x2E80
"""From here on a letter takes the room of two blanks."""


def places(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """The names a drawing may use for a form (see ``official.sheet``).

    ``v`` holds the answers that are texts; ``box`` and ``mark`` are ticked or not,
    ``detail`` is the text beside a ticked choice, ``line`` fills a line or leaves it
    empty.
    """
    form = _Form(sheet["fields"])
    signed = sheet["signed_on"]
    return {
        "annex": sheet["annex"],
        "title": sheet["title"],
        "order": sheet["order"],
        "v": form.texts,
        "labels": {id_: field["label"] for id_, field in form.fields.items()},
        "photo": form.fields.get("photo", {}).get("label", ""),
        "signed_on": wording.day(date.fromisoformat(signed)) if signed else "",
        "box": form.box,
        "mark": form.mark,
        "detail": form.detail,
        "line": _line,
        "joined": wording.joined,
        "after": wording.after,
        "numbered": form.numbered,
        "shown": form.shown,
        "partner_lines": form.partner_lines,
    }


def _line(text: str, room: int) -> str:
    """``text`` with blanks behind it, as long as the line of the form is."""
    taken = sum(2 if ord(letter) >= _WIDE else 1 for letter in text)
    return text + _NO_BREAK * (room - taken)


class _Form:
    """The fields of one sheet, asked by id."""

    def __init__(self, fields: Mapping[str, Mapping[str, Any]]) -> None:
        self.fields = fields
        self.texts = {
            id_: field["value"] if isinstance(field["value"], str) else ""
            for id_, field in fields.items()
        }

    def box(self, id_: str, value: str) -> str:
        """The box of one choice."""
        given = self.fields[id_]["value"]
        chosen = given == value if isinstance(given, str) else value in given
        return wording.TICKED if chosen else wording.BOX

    def mark(self, id_: str, item: str, value: str) -> str:
        """The tick in one cell of a matrix."""
        given = self.fields[id_]["value"]
        marked = isinstance(given, dict) and given.get(item) == value
        return wording.TICK if marked else ""

    def detail(self, id_: str, value: str) -> str:
        """What was written beside a ticked choice."""
        given = self.fields[id_]["value"]
        return str(given.get(value, "")) if isinstance(given, dict) else ""

    def numbered(self, id_: str) -> str:
        """The label with its official number."""
        field = self.fields[id_]
        return (
            f"{field['number']}.{field['label']}" if field["number"] else field["label"]
        )

    def shown(self, id_: str) -> str:
        """The answer in words, whatever its kind."""
        field = self.fields[id_]
        given: Value = field["value"]
        words: dict[str, str] = {one["value"]: one["label"] for one in field["choices"]}
        if isinstance(given, str):
            return words.get(given, given)
        names = words | {item["id"]: item["label"] for item in field["items"]}
        kept = words if field["items"] else {}
        return "\n".join(
            names.get(key, key) + wording.after(kept.get(one, one))
            for key, one in given.items()
        )

    def partner_lines(self, kind: str) -> str:
        """附件3: the choices about each partner, or once where no partner is known."""
        numbers = sorted(
            id_.removesuffix(f"_{kind}")
            for id_ in self.fields
            if id_.startswith("partner_") and id_.endswith(f"_{kind}")
        )
        known = [partner for partner in numbers if self.texts[partner]]
        return "\n".join(
            self._choices(f"{partner}_{kind}", self.texts[partner])
            for partner in known or numbers[:1]
        )

    def _choices(self, id_: str, name: str) -> str:
        """Every choice with its box, as the paper prints them: the best first."""
        boxes = (
            self.box(id_, one["value"]) + one["label"]
            for one in reversed(self.fields[id_]["choices"])
        )
        return (name and f"{name}{wording.COLON}\n") + " ".join(boxes)
