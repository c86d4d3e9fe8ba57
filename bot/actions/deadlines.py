"""The dates of classes and years: set, moved, done, cancelled, with their reminders.

Every change of a date writes its reminder rows in the caller's transaction: who
sees the new date sees when people will be reminded of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import msgspec

from bot.actions import pushes
from bot.ports import Push
from conversations.model import Reply
from conversations.rules.half_years import first_day
from notices.calendar import civil, send_window
from notices.programmes import Programme, ProgrammeBook
from notices.programmes.schema import Sending
from notices.reminders import MOVED, PlannedReminder, marks_for, moved_reminder
from notices.render import render
from notices.timeline import (
    ClassDates,
    Move,
    PlannedDeadline,
    Standing,
    Year,
    move,
    plan_class,
    plan_year,
    round_before,
)
from notices.wording import TEMPLATE_CANCELLED, template_date
from storage import deadlines, organisations, plan_calls, plans, reminders
from storage.classes import ClassRow
from storage.database import Database, UnitOfWork
from storage.deadlines import DeadlineRow, ReminderRow, Shift
from storage.plan_calls import CallRow

_CANCELLATION_GOOD_FOR = timedelta(days=7)
_PLANNED = "plan"
_OPENING = "opening"

NewId = Callable[[], str]


async def schedule_class(
    uow: UnitOfWork,
    row: ClassRow,
    *,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> tuple[DeadlineRow, ...]:
    """Write every dated step of a new class, and its reminders."""
    planned = plan_class(programme, _dates(row))
    rows = [
        DeadlineRow(
            id=new_id(),
            programme=programme.id,
            subject=row.code,
            class_id=row.id,
            scope_id=row.scope_id,
            step=one.step,
            due_on=one.due_on,
        )
        for one in planned
    ]
    await deadlines.add(uow, rows)
    marks = [
        _row(made.id, made.due_on, mark, new_id)
        for made, one in zip(rows, planned, strict=True)
        for mark in _marks(programme, one, now)
    ]
    await deadlines.plan(uow, marks)
    return tuple(rows)


def year_subject(institution_id: str, period: str) -> str:
    """What the dated steps of an institution's year (``2026``, ``2026-1``) are about."""
    return f"{institution_id}:{period}"


async def schedule_year(
    uow: UnitOfWork,
    *,
    institution_ids: Sequence[str],
    year: int,
    programme: Programme,
    now: datetime,
    new_id: NewId,
    called: Mapping[tuple[str, str], date | None] | None = None,
) -> int:
    """Write the dated steps of institutions' year that are not there yet; how many.

    ``called`` are dates, by (step, period), that were set otherwise than the
    programme has them; None where nothing is asked for any more. Dates that have
    passed are left out: nobody asked for them in time. Done again, or by two
    processes at once, it writes nothing more.
    """
    dated = (_as_called(one, called or {}) for one in plan_year(programme, year))
    planned = [one for one in dated if one and one.deadline.due_on >= civil(now)]
    return await _add_years(
        uow,
        institution_ids=institution_ids,
        planned=planned,
        programme=programme,
        now=now,
        new_id=new_id,
    )


def _as_called(one: Year, called: Mapping[tuple[str, str], date | None]) -> Year | None:
    key = (one.deadline.step, one.period)
    return dated_on(one, called[key]) if key in called else one


def dated_on(one: Year, due_on: date | None) -> Year | None:
    """A dated step of a year with another date; None without one."""
    if due_on is None:
        return None
    deadline = msgspec.structs.replace(one.deadline, due_on=due_on)
    return msgspec.structs.replace(one, deadline=deadline)


async def _add_years(
    uow: UnitOfWork,
    *,
    institution_ids: Sequence[str],
    planned: Sequence[Year],
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> int:
    rows = [
        (one, _in_year(programme, institution_id, one, new_id))
        for institution_id in institution_ids
        for one in planned
    ]
    made = await deadlines.add_missing(uow, [row for _, row in rows])
    marks = [
        _row(row.id, row.due_on, mark, new_id)
        for one, row in rows
        if row.id in made
        for mark in _marks(programme, one.deadline, now)
    ]
    await deadlines.plan(uow, marks)
    return len(made)


async def set_year_date(
    uow: UnitOfWork,
    *,
    institution_ids: Sequence[str],
    one: Year,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> None:
    """Give institutions' step of a year its date: new, or moved where it is open.

    What is done stays done. Nobody is told of the move by a reminder: whoever
    sets the date tells them.
    """
    subjects = [year_subject(each, one.period) for each in institution_ids]
    step, due_on = one.deadline.step, one.deadline.due_on
    standing = await deadlines.of_subjects(uow, subjects=subjects, step=step)
    moved = [row for row in standing if row.state == "open" and row.due_on != due_on]
    await deadlines.call_off(uow, deadline_ids=[row.id for row in moved], why=MOVED)
    await deadlines.shift(
        uow, [Shift(row.id, row.due_on, due_on, told=False) for row in moved]
    )
    await _plan_marks(uow, moved, one, programme, now, new_id)
    await _add_years(
        uow,
        institution_ids=institution_ids,
        planned=[one],
        programme=programme,
        now=now,
        new_id=new_id,
    )


async def _plan_marks(
    uow: UnitOfWork,
    rows: Sequence[DeadlineRow],
    one: Year,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> None:
    marks = [
        _row(row.id, one.deadline.due_on, mark, new_id)
        for row in rows
        for mark in _marks(programme, one.deadline, now)
    ]
    await deadlines.plan(uow, marks)


async def reopen_year(
    uow: UnitOfWork,
    *,
    institution_id: str,
    one: Year,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> bool:
    """Open an institution's step of a year again, with the reminders still to come.

    False when it was not done.
    """
    subject = year_subject(institution_id, one.period)
    row = await deadlines.reopen(uow, subject=subject, step=one.deadline.step)
    if row is None:
        return False
    again = dated_on(one, row.due_on)
    await _plan_marks(uow, [row], again or one, programme, now, new_id)
    return True


def _in_year(
    programme: Programme, institution_id: str, one: Year, new_id: NewId
) -> DeadlineRow:
    return DeadlineRow(
        id=new_id(),
        programme=programme.id,
        subject=year_subject(institution_id, one.period),
        class_id=None,
        scope_id=institution_id,
        step=one.deadline.step,
        due_on=one.deadline.due_on,
    )


async def schedule_years(
    database: Database, *, now: datetime, programmes: ProgrammeBook, new_id: NewId
) -> int:
    """Write this year's dated steps of every institution; how many are new."""
    written = 0
    async with database.transaction() as uow:
        root = await organisations.nation(uow)
        paths = [root.path] if root else []
        found = await organisations.institutions_below(uow, paths=paths)
        calls = await plan_calls.everything(uow)
        for programme in programmes:
            written += await schedule_year(
                uow,
                institution_ids=[one.scope_id for one in found],
                year=civil(now).year,
                programme=programme,
                now=now,
                new_id=new_id,
                called=_called(programme, calls),
            )
        await uow.commit()
    return written


def _called(
    programme: Programme, calls: Sequence[CallRow]
) -> dict[tuple[str, str], date | None]:
    """The dates of plans as the centre set them; none for what is published."""
    if not any(step.key == _PLANNED for step in programme.year_steps):
        return {}
    return {
        (_PLANNED, round_before(programme, _PLANNED, first_day(one.period)).period): (
            None if one.published_at else one.due_on
        )
        for one in calls
    }


def _marks(
    programme: Programme, planned: PlannedDeadline, now: datetime
) -> tuple[PlannedReminder, ...]:
    step = programme.step(planned.step)
    if not step.tell:
        return ()
    return marks_for(planned, programme.sending_of(step), now=now)


def _row(
    deadline_id: str, due_on: date, mark: PlannedReminder, new_id: NewId
) -> ReminderRow:
    return ReminderRow(new_id(), deadline_id, due_on, mark.mark, mark.fire_at)


def _dates(row: ClassRow) -> ClassDates:
    return ClassDates(row.opens_on, row.ends_on, row.apply_until)


async def move_class_dates(
    uow: UnitOfWork,
    row: ClassRow,
    *,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> tuple[Move, ...]:
    """Move the open steps of a class to the dates that ``row`` has now.

    What is done stays done. Reminders of the old dates are called off; those
    who were reminded of one are told of the new date once.
    """
    standing = [
        Standing(one.id, one.step, one.due_on, one.state)
        for one in await deadlines.of_class(uow, class_id=row.id, lock=True)
    ]
    moves = move(standing, plan_class(programme, _dates(row)))
    ids = [one.id for one in moves]
    heard = await deadlines.heard_of(uow, deadline_ids=ids)
    await deadlines.call_off(uow, deadline_ids=ids, why=MOVED)
    await deadlines.shift(
        uow,
        [Shift(one.id, one.before, one.after.due_on, one.id in heard) for one in moves],
    )
    marks = [
        _row(one.id, one.after.due_on, mark, new_id)
        for one in moves
        for mark in _marks_after(programme, one, now, told=one.id in heard)
    ]
    await deadlines.plan(uow, marks)
    return moves


def _marks_after(
    programme: Programme, moved: Move, now: datetime, *, told: bool
) -> tuple[PlannedReminder, ...]:
    marks = _marks(programme, moved.after, now)
    if not told:
        return marks
    return (moved_reminder(programme.sending, now=now), *marks)


async def mark_done(
    uow: UnitOfWork,
    *,
    subject: str,
    step: str,
    by: str | None,
    note: str = "",
    now: datetime,
) -> bool:
    """Note that a step is done, by its dialogue or by 办结; False when it was not open.

    Its reminders are called off.
    """
    return await deadlines.finish(
        uow, subject=subject, step=step, by=by, note=note, now=now
    )


def planned_subject(institution_id: str, number: int) -> str:
    """What the 开班申请 of a planned class is about while there is no class yet."""
    return f"{institution_id}:{number}"


async def schedule_planned(
    uow: UnitOfWork, *, programme: Programme, now: datetime, new_id: NewId
) -> int:
    """Keep the dates by which planned classes are to be applied for; how many new.

    A class is applied for before it exists, so this date hangs on the plan's
    item (规程第八条). Dates that have passed are left out; what is not to be
    opened any more is called off.
    """
    step = programme.step(_OPENING)
    today = civil(now)
    planned = {
        planned_subject(one.institution_id, one.number): one
        for one in await plans.to_open(uow, today=today)
    }
    open_ = await deadlines.without_class(uow, step=_OPENING)
    gone = [row.id for row in open_ if row.subject not in planned]
    if gone:
        await deadlines.cancel(uow, deadline_ids=gone)
    known = {row.subject for row in open_}
    due = {
        subject: one.opens_on + timedelta(days=step.due.days if step.due else 0)
        for subject, one in planned.items()
        if subject not in known
    }
    rows = [
        DeadlineRow(
            id=new_id(),
            programme=programme.id,
            subject=subject,
            class_id=None,
            scope_id=planned[subject].institution_id,
            step=_OPENING,
            due_on=due_on,
        )
        for subject, due_on in due.items()
        if due_on >= today
    ]
    made = await deadlines.add_missing(uow, rows)
    marks = [
        _row(row.id, row.due_on, mark, new_id)
        for row in rows
        if row.id in made
        for mark in _marks(programme, PlannedDeadline(_OPENING, row.due_on), now)
    ]
    await deadlines.plan(uow, marks)
    return len(made)


async def reopen(
    uow: UnitOfWork,
    row: ClassRow,
    *,
    step: str,
    programme: Programme,
    now: datetime,
    new_id: NewId,
) -> bool:
    """Open a step of a class again that its dialogue had done; False when it is not.

    It is due on the day that the class's dates give now, and reminded of from
    now on. What was marked as done elsewhere stays done.
    """
    before = await deadlines.reopen(uow, subject=row.code, step=step, done_here=True)
    planned = plan_class(programme, _dates(row))
    after = next((one for one in planned if one.step == step), None)
    if before is None or after is None:
        return False
    if after.due_on != before.due_on:
        await deadlines.shift(
            uow, [Shift(before.id, before.due_on, after.due_on, told=False)]
        )
    marks = [
        _row(before.id, after.due_on, mark, new_id)
        for mark in _marks(programme, after, now)
    ]
    await deadlines.plan(uow, marks)
    return True


async def cancel_class(
    uow: UnitOfWork,
    row: ClassRow,
    *,
    sending: Sending,
    reason: str = "",
    now: datetime,
    new_id: NewId,
) -> int:
    """Stop all reminders of a class, and tell whom it concerns; how many are told.

    Told are those who were reminded of it, who work in it, who applied and who
    began to.
    """
    concerned = await _concerned(uow, row)
    await deadlines.cancel_class(uow, class_id=row.id)
    text = render("cancelled", title=row.title, opens_on=row.opens_on, reason=reason)
    at = send_window(now, sending.hours)
    messages = [
        pushes.Message(
            person_id=person_id,
            dedupe_key=f"cancelled:{row.id}:{person_id}",
            push=Push(reply=Reply(text=text), template="deadline", fields=_fields(row)),
            purpose="notice",
            urgency=1,
            not_before=at,
            expires_at=at + _CANCELLATION_GOOD_FOR,
            class_id=row.id,
        )
        for person_id in concerned
    ]
    to = await pushes.whereabouts(uow, person_ids=concerned)
    return await pushes.queue(uow, messages, to=to, now=now, new_id=new_id)


async def _concerned(uow: UnitOfWork, row: ClassRow) -> tuple[str, ...]:
    ids = [one.id for one in await deadlines.of_class(uow, class_id=row.id)]
    told = [one.person_id for one in await reminders.told(uow, deadline_ids=ids)]
    staff = await reminders.staff_of(uow, class_ids=[row.id])
    applied = await reminders.applicants(uow, class_ids=[row.id])
    began = await reminders.drafting(uow, class_ids=[row.id])
    groups = (told, *staff.values(), *applied.values(), *began.values())
    return tuple(dict.fromkeys(person for group in groups for person in group))


def _fields(row: ClassRow) -> dict[str, str]:
    return {
        "title": row.title[:20],
        "task": TEMPLATE_CANCELLED,
        "date": template_date(row.opens_on),
    }
