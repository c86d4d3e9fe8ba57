"""反馈 CODE 查看: province and centre read 附件3 and 附件4 of a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named
from bot.actions.feedback_standing import (
    INSTITUTION,
    Standing,
    send_file,
    title,
)
from bot.clock import civil
from conversations.forms.schema import Form
from conversations.prompts.values import said as repeated
from conversations.prompts.values import shown
from storage import submissions
from storage.classes import ClassRow
from storage.feedback import HandedIn
from storage.submissions import Answers

_DETAIL = "_detail"
_WRITTEN = frozenset({"text", "long_text"})
_LOWEST = "1"
_SHORT = 120


class _Entry(msgspec.Struct, frozen=True):
    """A form that can be read, by the number it is asked by."""

    number: int
    what: str
    found: HandedIn | None


async def read(ask: Asking, row: ClassRow, standing: Standing) -> Result:
    """The list of a class's forms; with a number, one of them.

    The caller has seen to it that the person may read them.
    """
    entries = _entries(standing)
    number = next((word for word in ask.words.words[1:] if word.isdecimal()), "")
    if number:
        return await _one(ask, row, entries, number)
    backbone = [one for one in entries if one.what != title(INSTITUTION)]
    lines = [wording.feedback.filled(one.what, _day(one)) for one in backbone]
    base = wording.feedback.base_filled(_day(entries[-1]))
    options = [
        choice(
            wording.feedback.read_one(one.number, one.what),
            f"{ask.command.name} {row.code} {wording.feedback.VIEW[0]} {one.number}",
        )
        for one in entries
        if one.found is not None
    ]
    return say(wording.feedback.overview(named(row), lines, base), options)


def _entries(standing: Standing) -> list[_Entry]:
    """The five places in their order, then the form of the base."""
    rows = [
        (
            wording.feedback.person(
                wording.feedback.seat(seat.duty, seat.position), seat.name
            ),
            standing.of(seat),
        )
        for seat in standing.seats
    ]
    rows.append((title(INSTITUTION), standing.institution))
    return [_Entry(place, what, found) for place, (what, found) in enumerate(rows, 1)]


def _day(one: _Entry) -> date | None:
    return civil(one.found.submitted_at) if one.found else None


async def _one(
    ask: Asking, row: ClassRow, entries: Sequence[_Entry], number: str
) -> Result:
    entry = next((one for one in entries if str(one.number) == number), None)
    if entry is None or entry.found is None:
        return wording.feedback.no_such_form(number)
    uow = ask.context.uow
    found = await submissions.get(uow, submission_id=entry.found.id)
    if found is None:
        return wording.feedback.no_such_form(number)
    ask.trail.detail = f"{found.form} {number}"
    form = ask.context.house.book.get(found.form, found.version)
    remarks = list(_remarks(form, found.all_answers))
    word = wording.papers.wants_word(ask.words.after(2))
    await send_file(ask.context, found.id, word=word)
    again = (
        f"{ask.command.name} {row.code} {wording.feedback.VIEW[0]} {number} "
        f"{wording.papers.WORD}"
    )
    return say(
        wording.feedback.shown(entry.what, named(row), remarks),
        () if word else (choice(wording.papers.as_word(), again),),
    )


def _remarks(form: Form, answers: Answers) -> Iterator[str]:
    """What stands out: answers that were explained, the lowest marks, free texts."""
    for field in form.fields:
        value = answers.get(field.id, "")
        if not isinstance(value, str) or not value or field.id.endswith(_DETAIL):
            continue
        if field.kind in _WRITTEN:
            if value != wording.feedback.NOTHING:
                said = repeated(value, _SHORT)
                yield wording.feedback.written(field.number, field.name, said)
            continue
        detail = answers.get(field.id + _DETAIL, "")
        said = repeated(detail, _SHORT) if isinstance(detail, str) else ""
        if said or (field.descending and value == _LOWEST):
            label = shown(field, value)
            yield wording.feedback.remark(field.number, field.name, label, said)
