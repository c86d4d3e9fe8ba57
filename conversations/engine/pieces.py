"""Answers that come in pieces: long texts, and the rows of a matrix."""

from __future__ import annotations

from conversations.engine import asking, reading, recording, words
from conversations.engine.desk import Desk, replace
from conversations.engine.way import is_begun
from conversations.forms.schema import Field
from conversations.model import Answer, Asked, Draft
from conversations.prompts import questions as wording

_MOST_PIECES = 60


def take_text(desk: Desk, draft: Draft, field: Field, text: str) -> None:
    """Add a piece to a long text; 无 alone answers it at once."""
    if not draft.parts and _is_nothing(desk, draft, field, text):
        reading.take(desk, draft, field, text)
        return
    if words.bare(text) in words.FINISHED:
        finish_text(desk, draft, field)
        return
    parts = (*draft.parts, text)
    length = len("\n".join(parts))
    if length > field.max_length or len(parts) > _MOST_PIECES:
        desk.say(wording.piece_too_much(length, field.max_length))
        return
    desk.put(replace(draft, parts=parts, misses=0))
    desk.ask(wording.piece(len(parts)), topic="field", field=field.id)


def _is_nothing(desk: Desk, draft: Draft, field: Field, text: str) -> bool:
    if words.bare(text) in words.NO:
        return True
    read = reading.read(desk, draft, field, text) if len(text) <= 6 else None
    return read is not None and read.value == words.NOTHING


def finish_text(desk: Desk, draft: Draft, field: Field) -> None:
    """完成: the pieces together are the answer."""
    if not draft.parts:
        desk.say(wording.NOTHING_TO_FINISH)
        return
    reading.take(desk, draft, field, "\n".join(draft.parts))


def set_aside(desk: Desk, draft: Draft) -> Draft:
    """Keep the pieces of an unfinished long text while the person is elsewhere."""
    if not draft.parts:
        return draft
    text = "\n".join(draft.parts)
    desk.note(wording.LATER_PIECES)
    answers = {**draft.answers, draft.cursor: Answer(text, "partial")}
    return desk.put(replace(draft, answers=answers, parts=()))


def take_mark(desk: Desk, draft: Draft, field: Field, text: str) -> bool:
    """A single mark for the row that was asked; False when ``text`` is no such thing.

    A single mark for the whole matrix could be any row's: it starts asking them
    one by one, and so does 逐项.
    """
    said = words.bare(text)
    if said in words.ONE_BY_ONE:
        _start_rows(desk, draft, field)
        return True
    mark = _mark(field, said)
    if not mark:
        return False
    asked = desk.conversation.asked
    item = asked_item(asked, field)
    if item:
        _keep_mark(desk, draft, field, {**_marks(draft, field), item: mark})
    elif len(_marks(draft, field)) in (0, len(field.items)):
        desk.note(wording.ONE_MARK)
        _start_rows(desk, draft, field)
    else:
        return False
    return True


def asked_item(asked: Asked | None, field: Field) -> str:
    """The row of a matrix that the last question was about."""
    if asked is None or asked.topic != "field" or asked.field != field.id:
        return ""
    return asked.held


def _mark(field: Field, said: str) -> str:
    said = said.removesuffix(wording.MARK_UNIT)
    number = words.number(said)
    if number is not None:
        return str(number) if 1 <= number <= len(field.choices) else ""
    return next(
        (one.value for one in field.choices if said in (one.label, *one.aliases)), ""
    )


def _marks(draft: Draft, field: Field) -> dict[str, str]:
    answer = draft.answers.get(field.id)
    known = answer.value if answer is not None and is_begun(answer) else {}
    return known if isinstance(known, dict) else {}


def _start_rows(desk: Desk, draft: Draft, field: Field) -> None:
    marks = _marks(draft, field)
    draft = recording.set_state(desk, draft, field, Answer(marks, "partial"))
    asking.ask_current(desk, draft)


def _keep_mark(desk: Desk, draft: Draft, field: Field, marks: dict[str, str]) -> None:
    if len(marks) == len(field.items):
        ordered = {one.id: marks[one.id] for one in field.items}
        asking.go_on(desk, recording.keep(desk, draft, [(field, ordered)]))
    else:
        draft = recording.set_state(desk, draft, field, Answer(marks, "partial"))
        asking.ask_item(desk, field, marks)


def drop_last_mark(desk: Desk, draft: Draft, field: Field) -> bool:
    """上一步 among the rows of a matrix: forget the last mark; False if there is none."""
    marks = _marks(draft, field)
    if field.kind != "matrix" or not marks:
        return False
    *kept, _ = [(one.id, marks[one.id]) for one in field.items if one.id in marks]
    recording.set_state(desk, draft, field, Answer(dict(kept), "partial"))
    asking.ask_item(desk, field, dict(kept))
    return True
