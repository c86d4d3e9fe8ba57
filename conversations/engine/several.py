"""Several answers in one message, each named: 单位是…，讲师，手机138…."""

from __future__ import annotations

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

    Nothing when it also speaks of what was answered before: then it is rather
    one answer that happens to hold a known word. Without a ``field`` (at the
    end, or among remembered answers) it may change any answer.
    """
    if field is not None and _UNNAMED.issuperset(text):
        return []
    way = way_of(desk.form(draft))
    found = labelled(text, way.spoken, today=desk.moment.today, asked=field)
    if not found:
        return []
    shown = {one.id for one in questions(desk.form(draft), draft)}
    for key in found:
        if key not in shown:
            return []
        if (
            field is not None
            and key != field.id
            and not is_open(draft.answers.get(key))
        ):
            return []
    return [(way.fields[key], value) for key, value in found.items()]


def keep_several(desk: Desk, draft: Draft, rows: Rows) -> None:
    """Keep the answers, say what this part still lacks, and go on."""
    draft = recording.keep(desk, draft, rows)
    if len(rows) > 1:
        lacking = _lacking(desk, draft, rows[-1][0].part)
        if len(lacking) > 1:
            desk.note(wording.still_open(lacking))
    asking.go_on(desk, draft)


def _lacking(desk: Desk, draft: Draft, part: str) -> list[str]:
    return [
        field.name
        for field in questions(desk.form(draft), draft)
        if field.part == part and is_open(draft.answers.get(field.id))
    ]
