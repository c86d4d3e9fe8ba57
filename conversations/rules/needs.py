"""What those a class admitted say of themselves (需求分析, 规程第十条).

Made from the 参训申请表: how they rate their abilities, what they have done, and
what they wish. Nothing else of the form is looked at, so that no ID number, phone
or address can get into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from conversations.forms.schema import Field, Form
from conversations.model import Value

WISHES = "needs"
EXPERIENCE = ("teaching_work", "school_work", "development_work")
TOLD = (
    *("unit", "title", "current_major", "education", "skill_level", "awards"),
    *EXPERIENCE,
    *("trained", "trained_detail", WISHES),
)
"""The fields that a teacher's part of the summary holds, in their order."""

_NAME = "name"
_YES = "yes"
_BETWEEN = "\u3001"


class Filled(msgspec.Struct, frozen=True):
    """One teacher's form with its answers by field id."""

    form: Form
    answers: Mapping[str, Value]


class Rated(msgspec.Struct, frozen=True):
    """An ability, and how many gave it each mark, from the lowest to the highest."""

    label: str
    counts: tuple[int, ...]

    @property
    def weak(self) -> int:
        """How many put themselves in the lower half of the marks."""
        return sum(self.counts[: len(self.counts) // 2])


class Said(msgspec.Struct, frozen=True):
    """An answer in words under the short name of its field."""

    field: str
    label: str
    text: str


class Voice(msgspec.Struct, frozen=True):
    """What one teacher tells of themselves; what was answered by 无 is left out."""

    name: str
    said: tuple[Said, ...]
    marks: tuple[str, ...]

    def of(self, field_id: str) -> str:
        """What they said to a field, or nothing."""
        return next((one.text for one in self.said if one.field == field_id), "")


class Needs(msgspec.Struct, frozen=True):
    """The whole of a class. ``marks`` are the words of the scale, lowest first."""

    marks: tuple[str, ...]
    rated: tuple[Rated, ...]
    voices: tuple[Voice, ...]

    @property
    def weakest(self) -> tuple[Rated, ...]:
        """The abilities by how many feel weak in them, most first; none without any."""
        weak = [one for one in self.rated if one.weak]
        return tuple(sorted(weak, key=lambda one: -one.weak))

    def count(self, field_id: str) -> int:
        """How many said something to a field."""
        return sum(1 for one in self.voices if one.of(field_id))


def needs_of(filled: Sequence[Filled], *, nothing: str) -> Needs:
    """The summary of these forms, in their order.

    ``nothing`` is the word for “none” that answers a text.
    """
    scale: tuple[str, ...] = ()
    counted: dict[str, list[int]] = {}
    for one in filled:
        for field, marks in _ratings(one):
            scale = scale or tuple(choice.label for choice in field.choices)
            for item in field.items:
                counts = counted.setdefault(item.label, [0] * len(field.choices))
                place = marks.get(item.id, "")
                if place.isdecimal() and 0 < int(place) <= len(counts):
                    counts[int(place) - 1] += 1
    return Needs(
        marks=scale,
        rated=tuple(Rated(label, tuple(rows)) for label, rows in counted.items()),
        voices=tuple(_voice(one, nothing) for one in filled),
    )


def _ratings(one: Filled) -> Iterable[tuple[Field, Mapping[str, str]]]:
    for field in one.form.fields:
        marks = one.answers.get(field.id)
        if field.kind == "matrix" and isinstance(marks, Mapping):
            yield field, marks


def _voice(one: Filled, nothing: str) -> Voice:
    fields = {field.id: field for field in one.form.fields}
    said = tuple(
        Said(key, fields[key].name, text)
        for key in TOLD
        if key in fields
        and (text := _in_words(fields[key], one.answers.get(key, "")))
        and text != nothing
    )
    marks = tuple(
        f"{item.label} {field.choices[int(value) - 1].label}"
        for field, given in _ratings(one)
        for item in field.items
        if (value := given.get(item.id, "")).isdecimal()
        and 0 < int(value) <= len(field.choices)
    )
    name = one.answers.get(_NAME, "")
    return Voice(name if isinstance(name, str) else "", said, marks)


def _in_words(field: Field, value: Value) -> str:
    labels = {choice.value: choice.label for choice in field.choices}
    if isinstance(value, str):
        if field.kind == "yes_no" and value != _YES:
            return ""
        return labels.get(value, value).strip()
    ticked = (
        f"{labels.get(key, key)} {detail}".strip() for key, detail in value.items()
    )
    return _BETWEEN.join(ticked)
