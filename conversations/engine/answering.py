"""Answering: a text as the answer to the question at the cursor."""

from __future__ import annotations

from conversations.engine import asking, consents, pieces, reading, recording, words
from conversations.engine.desk import Desk, replace
from conversations.engine.several import keep_several, read_several
from conversations.engine.way import SUMMARY, way_of
from conversations.forms.schema import Field
from conversations.model import Answer, Asked, Draft
from conversations.prompts import overview
from conversations.prompts import questions as wording


def answer(desk: Desk, draft: Draft, text: str) -> None:
    """Take ``text`` as the answer to the question at the cursor."""
    field = way_of(desk.form(draft)).fields.get(draft.cursor)
    if field is None:
        _at_the_end(desk, draft, text)
    elif consents.wanted(desk, field):
        desk.note(wording.consent_unclear())
        asking.ask_current(desk, draft)
    else:
        _to_field(desk, draft, field, text)


def take_as_meant(desk: Desk, draft: Draft, asked: Asked, _place: int) -> None:
    """What sounded like a question was the answer after all."""
    field = way_of(desk.form(draft)).fields.get(asked.field)
    if field is None or field.id != draft.cursor:
        asking.ask_current(desk, draft)
    elif field.kind == "long_text":
        pieces.take_text(desk, draft, field, asked.held)
    else:
        reading.take(desk, draft, field, asked.held)


def _to_field(desk: Desk, draft: Draft, field: Field, text: str) -> None:
    before = draft.answers.get(field.id)
    if before is not None and before.state == "offered":
        if words.bare(text) in words.YES:
            accept_offered(desk, draft, (field.id,))
            return
        asked = desk.conversation.asked
        if asked is not None and asked.topic == "offers":
            _change_offered(desk, draft, text)
            return
    if reading.is_asking(draft, field, text):
        reading.ask_whether_meant(desk, draft, field, text)
    elif field.kind == "long_text":
        pieces.take_text(desk, draft, field, text)
    elif field.kind == "matrix" and pieces.take_mark(desk, draft, field, text):
        return
    elif not _take_several(desk, draft, field, text):
        reading.take(desk, draft, field, text)


def _take_several(desk: Desk, draft: Draft, field: Field | None, text: str) -> bool:
    rows = read_several(desk, draft, field, text)
    if rows:
        keep_several(desk, draft, rows)
    return bool(rows)


def _at_the_end(desk: Desk, draft: Draft, text: str) -> None:
    """All questions are answered: a labelled text changes answers."""
    if draft.cursor != SUMMARY:
        asking.ask_current(desk, draft)
    elif not _take_several(desk, draft, None, text):
        desk.say(overview.confirm())


# ---- what is remembered from before ----


def accept_offered(desk: Desk, draft: Draft, field_ids: tuple[str, ...]) -> None:
    """The remembered answers to these fields still hold."""
    way = way_of(desk.form(draft))
    rows = [
        (way.fields[one], draft.answers[one].value)
        for one in field_ids
        if one in draft.answers and draft.answers[one].state == "offered"
    ]
    asking.go_on(desk, recording.keep(desk, draft, rows, aloud=False))


def answer_offer(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    """A remembered answer: 1 still holds, 2 is asked anew."""
    if place == 1:
        accept_offered(desk, draft, (asked.field,))
        return
    answers = {key: one for key, one in draft.answers.items() if key != asked.field}
    asking.ask_current(desk, desk.put(replace(draft, answers=answers)))


def answer_offers(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    """Several remembered answers: 1 all hold, 2 look at them one by one."""
    if place == 1:
        accept_offered(desk, draft, tuple(asked.held.split(",")))
    else:
        asking.ask_current(desk, desk.put(replace(draft, editing=True)))


def _change_offered(desk: Desk, draft: Draft, text: str) -> None:
    """What changed among remembered answers, each named: “手机 139…”."""
    if not _take_several(desk, draft, None, text):
        desk.note(wording.OFFERS_HOW)
        asking.ask_current(desk, draft)


# ---- the question at the cursor ----


def choose(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    """A choice of the question at the cursor was tapped."""
    answer(desk, draft, str(place) if asked.held else asked.options[place - 1].label)


def choose_several(desk: Desk, draft: Draft, asked: Asked, places: list[int]) -> None:
    """Several choices of the question at the cursor were ticked together."""
    labels = (asked.options[place - 1].label for place in places)
    answer(desk, draft, "\n".join(labels))


def put_off(desk: Desk, draft: Draft, field: Field) -> Draft:
    """``draft`` with the field to be asked again at the end.

    What was written of it so far stays, and is gone on with then.
    """
    before = draft.answers.get(field.id)
    so_far = before.value if before is not None and before.state == "partial" else ""
    return recording.set_state(desk, draft, field, Answer(so_far, "put_off"))
