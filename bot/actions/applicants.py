"""What a base sees of those who applied: masked, in full with a reason, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from bot import wording
from bot.actions import papers, pictures
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.clock import civil
from conversations.forms.schema import Field
from conversations.model import Refusal, Value
from conversations.rules.ages import age_on
from conversations.understanding.identity import sex_of
from conversations.understanding.masks import (
    mask_email,
    mask_id_number,
    mask_phone,
    mask_text,
)
from storage import applications, classes, jobs, submissions
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.submissions import Answers, Submission

_WAITING_FIRST = ("submitted", "waitlisted", "awaiting_stamp", "admitted", "refused")
_SHOWN = (
    "name",
    "id_number",
    "unit",
    "title",
    "phone",
    "email",
    "education",
    "current_major",
    "skill_level",
)
_MASKS = {"id_number": mask_id_number, "phone": mask_phone, "email": mask_email}
_LONGEST = 60
_DOCUMENTS = ("submission", "submission_word")
"""The kinds of links to a form: as PDF and as a Word file."""


Cell = str | int | float | None


class Table(msgspec.Struct, frozen=True):
    """Rows for a file; each as long as the header."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


async def _forms(
    uow: UnitOfWork, rows: Sequence[ApplicationRow]
) -> dict[str, Submission]:
    """The forms of applications, by application id."""
    ids = [one.submission_id for one in rows if one.submission_id]
    found = await submissions.get_many(uow, submission_ids=ids)
    return {
        one.id: found[one.submission_id]
        for one in rows
        if one.submission_id and one.submission_id in found
    }


def shown_value(field_id: str, value: Value, *, full: bool) -> str:
    """An answer of one text as the base sees it: masked, unless in full."""
    if not isinstance(value, str):
        return ""
    mask = _MASKS.get(field_id)
    return mask(value) if mask and value and not full else value


# ---- 报名 CODE by the base ----


async def list_of(ask: Asking, row: ClassRow) -> Result:
    """The applications to a class by number; what waits for a decision first."""
    uow = ask.context.uow
    found = await applications.of_class(uow, class_id=row.id, states=_WAITING_FIRST)
    counted = await applications.counts(uow, class_ids=[row.id])
    heads = wording.classes.headcounts(counted[row.id], row.capacity)
    first = sorted(found, key=lambda one: (_WAITING_FIRST.index(one.state), one.number))
    most = ask.context.house.limits.list_length
    shown = first[:most]
    forms = await _forms(uow, first)
    if len(first) > most:
        await _draw_list(ask, row, first, forms)
    options = [
        choice(_line(one, forms.get(one.id)), f"查看 {one.number}") for one in shown
    ]
    return say(
        wording.admissions.applications_listed(
            named(row), heads, len(found), drawn=len(found) > most
        ),
        options,
    )


async def _draw_list(
    ask: Asking,
    row: ClassRow,
    rows: Sequence[ApplicationRow],
    forms: Mapping[str, Submission],
) -> None:
    """All of a list that is longer than the choices, as a table."""
    said = {
        one.id: forms[one.id].all_answers if one.id in forms else {} for one in rows
    }
    cells = [
        [
            str(one.number),
            _text(said[one.id], "name"),
            _text(said[one.id], "unit"),
            wording.STATES[one.state],
        ]
        for one in rows
    ]
    header = wording.admissions.LIST_HEADER
    sheet = pictures.Sheet(wording.admissions.list_title(row.title), header, cells)
    await pictures.draw_sheet(ask.context, sheet)


def _line(one: ApplicationRow, form: Submission | None) -> str:
    said = form.all_answers if form else {}
    return wording.admissions.application_line(
        one.number, _text(said, "name"), _text(said, "unit"), one.state
    )


def _text(said: Answers, field_id: str) -> str:
    value = said.get(field_id, "")
    return value if isinstance(value, str) else ""


# ---- 查看 N ----


async def show(ask: Asking) -> Result:
    """``查看 N``: an application, masked; ``查看 N 全部 理由``: in full, written down."""
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    uow, number = ask.context.uow, ask.words.number
    one = await applications.by_number(uow, number=number) if number else None
    row = await classes.get(uow, class_id=one.class_id) if one else None
    full = ask.words.second in wording.FULL
    refusal = ask.demand(row.scope_path if row else None)
    if refusal is not None or one is None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    if full and not ask.may(row.scope_path, "full"):
        return wording.admissions.full_not_allowed()
    reason = ask.words.after(2)
    if full and not reason:
        return wording.admissions.full_needs_reason(one.number)
    if full:
        ask.trail.detail = mask_text(reason)
    return await _shown(ask, one, row, full=full)


async def _shown(
    ask: Asking, one: ApplicationRow, row: ClassRow, *, full: bool
) -> Result:
    form = (await _forms(ask.context.uow, [one])).get(one.id)
    said = form.all_answers if form else {}
    fields = _fields(ask, form)
    lines = [
        wording.admissions.answer_line(fields[key].name, value[:_LONGEST])
        for key in _SHOWN
        if key in fields
        and (value := _in_words(fields[key], said.get(key, ""), full=full))
    ]
    text = wording.admissions.application_shown(
        one.number,
        named(row),
        one.state,
        lines,
        stamped=one.stamp_file_id is not None,
    )
    if full and form is not None:
        pdf, word = (_link(ask, kind, form.id) for kind in _DOCUMENTS)
        text = f"{text}\n{wording.admissions.whole_form(pdf, word)}"
    if full and one.stamp_file_id:
        stamped = _link(ask, "file", one.stamp_file_id)
        text = f"{text}\n{wording.admissions.stamped_page(stamped)}"
    may_review = one.state in ("submitted", "waitlisted") and any(
        grant.role == "base_staff" and grant.covers(row.scope_path)
        for grant in ask.context.actor.grants
    )
    verbs = (wording.APPROVE[0], wording.REFUSE[0], wording.WAITLIST[0])
    options = [choice(verb, f"审核 {one.number} {verb}") for verb in verbs]
    return say(text, options if may_review else ())


def _link(ask: Asking, kind: str, object_id: str) -> str:
    """A link to a document, for the one who gave the reason."""
    context = ask.context
    hours = timedelta(hours=context.house.limits.link_hours)
    return context.house.links.document(
        kind,
        object_id,
        person_id=context.actor.person_id,
        expires_at=context.now + hours,
    )


def _fields(ask: Asking, form: Submission | None) -> dict[str, Field]:
    if form is None:
        return {}
    definition = ask.context.house.book.get(form.form, form.version)
    return {field.id: field for field in definition.fields}


def _in_words(field: Field, value: Value, *, full: bool) -> str:
    if isinstance(value, str):
        return shown_value(field.id, value, full=full)
    labels = {one.value: one.label for one in field.choices}
    return wording.figures.cell(
        wording.figures.ticked(labels.get(key, key), detail)
        for key, detail in value.items()
    )


# ---- 导出 CODE ----


async def export(ask: Asking) -> Result:
    """``导出 CODE``: the applications as a table, masked; 全部 with a reason.

    ``导出 CODE 申请表``: the forms themselves.
    """
    full = ask.words.second in wording.FULL
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    if ask.words.second in wording.papers.CLASS_FORMS:
        return await papers.class_forms(ask, row)
    if full and not ask.may(row.scope_path, "full"):
        return wording.admissions.full_not_allowed()
    reason = ask.words.after(2)
    if full and not reason:
        return wording.figures.export_needs_reason(row.code)
    context = ask.context
    ask.trail.detail = mask_text(reason) if full else ""
    job = jobs.JobRow(
        id=context.new_id(),
        kind="export",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"class": row.id, "full": "yes" if full else ""},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return say(wording.figures.export_started(named(row)))


async def class_table(uow: UnitOfWork, *, class_id: str, full: bool) -> Table:
    """The applications to a class as rows, by number; masked unless ``full``.

    Raises:
        KeyError: there is no such class.
    """
    row = await classes.get(uow, class_id=class_id)
    if row is None:
        raise KeyError(class_id)
    found = await applications.of_class(uow, class_id=class_id)
    forms = await _forms(uow, found)
    return Table(
        title=f"{row.title} {row.code}",
        header=wording.figures.EXPORT_HEADER,
        rows=tuple(_cells(one, forms.get(one.id), full=full) for one in found),
    )


def _cells(
    one: ApplicationRow, form: Submission | None, *, full: bool
) -> tuple[Cell, ...]:
    said = form.all_answers if form else {}
    number = _text(said, "id_number")
    derived: tuple[Cell, Cell] = ("", None)
    if form is not None and number:
        derived = (sex_of(number), age_on(number, civil(form.submitted_at)))
    return (
        one.number,
        _text(said, "name"),
        *derived,
        *(
            shown_value(key, said.get(key, ""), full=full)
            for key in ("id_number", "unit", "title", "phone", "email")
        ),
        wording.STATES[one.state],
        wording.figures.YES if one.stamp_file_id else wording.figures.NO,
        civil(one.applied_at).isoformat(),
    )
