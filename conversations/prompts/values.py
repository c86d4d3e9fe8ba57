"""An answer as it is shown to the person: normalised, masked, short."""

from __future__ import annotations

import re
from datetime import date

from conversations.forms.schema import Field
from conversations.model import Value
from conversations.prompts.text import day, short
from conversations.understanding.masks import (
    mask_email,
    mask_id_number,
    mask_phone,
    mask_text,
)

_TELLING = re.compile(r"[\d@＠]")


def shown(field: Field, value: Value, length: int = 40) -> str:
    """``value`` in words, at most ``length`` characters of a text.

    ID number, phone and e-mail are masked, wherever they stand.
    """
    if isinstance(value, dict):
        return _matrix(field, value) if field.kind == "matrix" else _ticks(field, value)
    if field.choices:
        return _label(field, value)
    return _plain(field, value, length)


def _plain(field: Field, value: str, length: int) -> str:
    if field.kind == "id_number":
        return mask_id_number(value)
    if field.kind == "phone":
        return mask_phone(value)
    if field.kind == "email":
        return mask_email(value)
    if field.kind == "date":
        return _day(value)
    if field.kind == "photo":
        return "已有照片"
    if field.kind == "declaration":
        return "已同意"
    return said(value, length)


def said(text: str, length: int) -> str:
    """The person's own words, repeated: short, and without personal numbers."""
    return short(mask_text(text) if _TELLING.search(text) else text, length)


def mark(label: str) -> str:
    """A mark of a matrix, in words."""
    return f"{label} 分" if label.isdecimal() else label


def _day(value: str) -> str:
    try:
        when = date.fromisoformat(value)
    except ValueError:
        return value
    return f"{when.year} 年 {day(when)}"


def _label(field: Field, value: str) -> str:
    return next((one.label for one in field.choices if one.value == value), value)


def _ticks(field: Field, value: dict[str, str]) -> str:
    return "；".join(
        f"{_label(field, key).partition('（')[0]}（{said(detail, 30)}）"
        if detail
        else _label(field, key)
        for key, detail in value.items()
    )


def _matrix(field: Field, value: dict[str, str]) -> str:
    marks = [
        mark(_label(field, value[one.id])) for one in field.items if one.id in value
    ]
    if len(set(marks)) == 1 and len(marks) == len(field.items) > 1:
        gap = " " if marks[0][0].isdecimal() else ""
        return f"{len(marks)} 项都是{gap}{marks[0]}"
    return "、".join(marks)
