"""培训方案 as a document: one data model, typeset as PDF.

The days are those of the class now: what was planned for the first day stands on
the opening day, wherever that moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from bot import wording
from bot.actions.scheme_state import Addition, Scheme, scheme_of
from bot.clock import civil
from bot.documents import typesetting
from bot.ports import StoredFile
from conversations.forms.book import FormBook
from conversations.rules.levels import training_days
from conversations.understanding.timetable import DayPlan, read_timetable
from storage import classes
from storage.classes import ClassRow, StaffRow
from storage.database import Database, UnitOfWork
from storage.reviews import ReviewRow
from storage.submissions import Submission


class Added(msgspec.Struct, frozen=True):
    """A lecturer's words under a section: who and when, and what."""

    head: str
    text: str


class Day(msgspec.Struct, frozen=True):
    """A row of the schedule; ``whole`` stands over all its halves."""

    day: int
    date: str
    morning: str
    afternoon: str
    evening: str
    whole: str


class Staff(msgspec.Struct, frozen=True):
    """Somebody who lectures or assesses, and the course."""

    name: str
    course: str


class SchemePaper(msgspec.Struct, frozen=True):
    """All that the document says. ``added`` are additions by section."""

    class_title: str
    code: str
    institution: str
    level: str
    major: str
    dates: str
    venue: str
    capacity: int
    lecturers: tuple[Staff, ...]
    assessors: tuple[str, ...]
    goals: str
    preface: str
    days: tuple[Day, ...]
    process_plan: str
    final_mode: str
    final_plan: str
    materials: str
    equipment: str
    logistics: str
    check_in_on: str
    check_in: str
    bring: str
    contact: str
    added: dict[str, tuple[Added, ...]]
    standing: str


async def scheme_document(
    database: Database, book: FormBook, class_id: str
) -> StoredFile | None:
    """The scheme of a class as PDF; None when nothing was written, or no class."""
    async with database.reading() as uow:
        row = await classes.get(uow, class_id=class_id)
        paper = await scheme_paper(uow, book, row) if row else None
    if paper is None:
        return None
    content = await asyncio.to_thread(render_scheme, paper)
    name = wording.schemes.file_name(paper.class_title)
    return StoredFile(class_id, name, "application/pdf", content)


async def scheme_paper(
    uow: UnitOfWork, book: FormBook, row: ClassRow
) -> SchemePaper | None:
    """What the document of a class says; None when nothing was written."""
    scheme = await scheme_of(uow, row)
    if scheme.written is None:
        return None
    staff = await classes.staff_of(uow, class_id=row.id)
    return _paper(book, row, scheme, scheme.written, staff)


def render_scheme(paper: SchemePaper) -> bytes:
    """The PDF. Blocks: call it through ``asyncio.to_thread``."""
    return typesetting.pdf("scheme", msgspec.to_builtins(paper))


def _paper(
    book: FormBook,
    row: ClassRow,
    scheme: Scheme,
    written: Submission,
    staff: Sequence[StaffRow],
) -> SchemePaper:
    said = {key: one for key, one in written.answers.items() if isinstance(one, str)}
    days = training_days(row.level)
    table = read_timetable(
        said["schedule"],
        days=days,
        opens_on=date.fromisoformat(written.context["opens_on"]),
    )
    return SchemePaper(
        class_title=row.title,
        code=row.code,
        institution=row.institution,
        level=row.level,
        major=row.major,
        dates=wording.schemes.dates_line(row.opens_on, row.ends_on, days),
        venue=row.venue,
        capacity=row.capacity,
        lecturers=tuple(
            Staff(one.name, one.course) for one in staff if one.duty == "lecturer"
        ),
        assessors=tuple(one.name for one in staff if one.duty == "assessor"),
        goals=said["goals"],
        preface=table.preface,
        days=tuple(_day(row, one) for one in table.days),
        process_plan=said["process_plan"],
        final_mode=_label(book, written, "final_mode"),
        final_plan=said["final_plan"],
        materials=said["materials"],
        equipment=said["equipment"],
        logistics=said["logistics"],
        check_in_on=_label(book, written, "check_in_day"),
        check_in=said["check_in"],
        bring=said["bring"],
        contact=said["contact"],
        added=_added(scheme),
        standing=_standing(scheme.state, scheme.review),
    )


def _label(book: FormBook, written: Submission, field_id: str) -> str:
    form = book.get(written.form, written.version)
    (field,) = (one for one in form.fields if one.id == field_id)
    chosen = written.answers[field_id]
    return next(one.label for one in field.choices if one.value == chosen)


def _day(row: ClassRow, plan: DayPlan) -> Day:
    when = row.opens_on + timedelta(days=plan.day - 1)
    return Day(
        day=plan.day,
        date=wording.schemes.day_of(when),
        morning=plan.morning,
        afternoon=plan.afternoon,
        evening=plan.evening,
        whole=plan.whole,
    )


def _added(scheme: Scheme) -> dict[str, tuple[Added, ...]]:
    filed_at = _filed_at(scheme.review)
    return {
        section: tuple(
            _addition(one, filed_at)
            for one in scheme.additions
            if one.section == section
        )
        for section in wording.schemes.SECTIONS
    }


def _addition(one: Addition, filed_at: datetime | None) -> Added:
    after = filed_at is not None and one.said_at > filed_at
    said_on = civil(one.said_at)
    head = wording.schemes.addition_head(one.lecturer, said_on, after=after)
    return Added(head, one.text)


def _filed_at(review: ReviewRow | None) -> datetime | None:
    approved = review is not None and review.state == "approved"
    return review.decided_at if review is not None and approved else None


def _standing(state: str, review: ReviewRow | None) -> str:
    number = review.number if review else 0
    filed_at = _filed_at(review)
    filed_on = civil(filed_at) if filed_at else None
    return wording.schemes.standing_line(state, number, filed_on)
