"""When people are reminded of a date, what is still worth saying, and only once.

Reminders go out 7, 3, 1 and 0 days before a date; a mark on a day off moves to
the working day before, the last never moves. Overdue is said once, on the first
working day after (domain 2). The numbers come from the programme.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from notices.calendar import (
    civil,
    instant,
    is_working_day,
    send_window,
    working_day_after,
    working_day_until,
)
from notices.programmes.schema import Sending, Tell
from notices.timeline import PlannedDeadline

DUE = "due"
OVERDUE = "overdue"
MOVED = "moved"


class PlannedReminder(msgspec.Struct, frozen=True):
    """A mark of a date, and when to look at it."""

    mark: str
    fire_at: datetime


class DueReminder(msgspec.Struct, frozen=True):
    """A reminder whose time has come."""

    id: str
    mark: str
    due_on: date
    fire_at: datetime


class Chosen(msgspec.Struct, frozen=True):
    """Of the due reminders of one deadline: what to say, and what not, and why."""

    fire: tuple[DueReminder, ...]
    skip: tuple[tuple[DueReminder, str], ...]


class Facts(msgspec.Struct, frozen=True):
    """What is true of a class at the moment of sending.

    ``all_asked``: whoever is wanted was asked, and somebody has not answered.
    """

    applications_waiting: int = 0
    review_number: int | None = None
    all_asked: bool = False


def mark_before(days: int) -> str:
    """The name of the mark so many days before a date."""
    return f"before-{days}" if days else DUE


def marks_for(
    deadline: PlannedDeadline, sending: Sending, *, now: datetime
) -> tuple[PlannedReminder, ...]:
    """Every reminder of a date that is planned at ``now``, by time.

    Marks whose time is over when the date is set are left out: nothing was
    missed. Two exceptions speak late rather than never: a date that is today,
    and one that is overdue already. Marks that come to lie on one day are one:
    the later.
    """
    early = [one for one in _before(deadline, sending) if _is_ahead(one, deadline, now)]
    on_the_day = _on_the_day(deadline.due_on, sending, now)
    return (*early, *on_the_day, _overdue(deadline.due_on, sending, now))


def _before(deadline: PlannedDeadline, sending: Sending) -> list[PlannedReminder]:
    by_day: dict[date, PlannedReminder] = {}
    for days in sending.marks:
        if days:
            day = working_day_until(deadline.due_on - timedelta(days=days))
            at = instant(day, sending.at)
            by_day[day] = PlannedReminder(mark_before(days), at)
    return list(by_day.values())


def _is_ahead(one: PlannedReminder, deadline: PlannedDeadline, now: datetime) -> bool:
    starts = deadline.starts_on
    return one.fire_at >= now and (starts is None or civil(one.fire_at) >= starts)


def _on_the_day(
    due_on: date, sending: Sending, now: datetime
) -> tuple[PlannedReminder, ...]:
    if 0 not in sending.marks:
        return ()
    at = send_window(max(instant(due_on, sending.at), now), sending.hours)
    return (PlannedReminder(DUE, at),) if civil(at) == due_on else ()


def _overdue(due_on: date, sending: Sending, now: datetime) -> PlannedReminder:
    at = instant(working_day_after(due_on), sending.at)
    return PlannedReminder(OVERDUE, max(at, _next_morning(now, sending)))


def _next_morning(now: datetime, sending: Sending) -> datetime:
    today = civil(now)
    at = instant(today, sending.at)
    if is_working_day(today) and now <= at:
        return at
    return instant(working_day_after(today), sending.at)


def moved_reminder(sending: Sending, *, now: datetime) -> PlannedReminder:
    """When those reminded for an earlier date are told of the new one: soon."""
    return PlannedReminder(MOVED, send_window(now, sending.hours))


def choose(due: Sequence[DueReminder], *, state: str, today: date) -> Chosen:
    """What to say of one deadline, and what to leave out, with the reason.

    After downtime only the latest missed mark is said; a mark of a date that
    has passed is stale, and the overdue mark speaks for it.
    """
    if state != "open":
        return Chosen((), tuple((one, state) for one in due))
    told = [one for one in due if one.mark == MOVED]
    marks = sorted(_in_time(due, today), key=lambda one: one.fire_at)
    fire = (*told[-1:], *marks[-1:])
    return Chosen(
        fire,
        tuple((one, _why_not(one, today)) for one in due if one not in fire),
    )


def _in_time(due: Iterable[DueReminder], today: date) -> Iterable[DueReminder]:
    return (one for one in due if one.mark != MOVED and not _is_stale(one, today))


def _is_stale(one: DueReminder, today: date) -> bool:
    return one.mark != OVERDUE and one.due_on < today


def _why_not(one: DueReminder, today: date) -> str:
    return "stale" if _is_stale(one, today) else "overtaken"


def still_wanted(tell: Tell, mark: str, facts: Facts) -> bool:
    """True iff there is still something to say to this audience at this mark."""
    if mark == OVERDUE and not tell.overdue:
        return False
    match tell.when:
        case "applications_waiting":
            return facts.applications_waiting > 0
        case "review_waiting":
            return facts.review_number is not None
        case "no_review_waiting":
            return facts.review_number is None
        case "":
            return True


def dedupe_key(person_id: str, told: Iterable[tuple[str, date, str]]) -> str:
    """The outbox key of one merged message: the same things are said once.

    ``told`` are (deadline id, date, mark).
    """
    parts = sorted(f"{deadline}/{due}/{mark}" for deadline, due, mark in told)
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
    return f"reminder:{person_id}:{digest}"
