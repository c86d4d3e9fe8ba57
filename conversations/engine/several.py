"""Several answers in one message, each named: 单位是…，讲师，手机138…."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.engine import asking, recording
from conversations.engine.desk import Desk
from conversations.engine.way import is_open, questions, way_of
from conversations.forms.schema import Field
from conversations.model import Draft, Value
from conversations.prompts import questions as wording
from conversations.understanding.several import labelled

_UNNAMED = frozenset(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@._-"
)

Rows = list[tuple[Field, Value]]


def read_several(desk: Desk, draft: Draft, field: Field | None, text: str) -> Rows:
    """The answers that ``text`` names, ``field``'s own among them.

    Nothing when it also seems to speak of what was answered before: then it is
    rather one answer that happens to hold a known word. Without a ``field`` (at
    the end, or among remembered answers) it may change any answer.
    """
    if field is not None and _UNNAMED.issuperset(text):
        return []
    form = desk.form(draft)
    way = way_of(form)
    found = labelled(text, way.spoken, today=desk.moment.today, asked=field)
    if not found:
        return []
    fields = [way.fields[key] for key in found]
    shown = questions(form, draft)
    if any(one not in shown for one in fields):
        return []
    if field is not None and not _is_meant(draft, field, fields, text):
        return []
    return list(zip(fields, found.values(), strict=True))


def _is_meant(draft: Draft, field: Field, found: list[Field], text: str) -> bool:
    """Whether what was answered before is changed on purpose: by its name alone."""
    closed = [
        one
        for one in found
        if one is not field and not is_open(draft.answers.get(one.id))
    ]
    if not closed:
        return True
    return field not in found and all(_is_named(one, text) for one in closed)


def _is_named(field: Field, text: str) -> bool:
    names: Iterable[str] = (field.label, field.short, *field.aliases)
    return any(name in text for name in names if name)


def keep_several(desk: Desk, draft: Draft, rows: Rows) -> None:
    """Keep the answers, say what this part still lacks, and go on."""
    draft = recording.keep(desk, draft, rows)
    if len(rows) > 1:
        lacking = _lacking(desk, draft, rows[-1][0].part)
        if len(lacking) > 1:
            desk.note(wording.still_open(lacking))
    asking.go_on(desk, draft)


def _lacking(desk: Desk, draft: Draft, part: str) -> list[str]:
    """What a part has no answer for, not even a remembered one."""
    return [
        field.name
        for field in questions(desk.form(draft), draft)
        if field.part == part and field.id not in draft.answers
    ]
