"""Places: given by 审核, kept for a stamp, given back, passed on to the next in line.

Whoever touches places locks the class first. The place itself is taken by a
conditional update: two never get the last one (规程第十一条).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot import wording
from bot.actions import admission_letters as letters
from bot.actions import deadlines as timing
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named, stamp_until
from bot.actions.context import House
from bot.actions.duties import lecturers_of, reachable
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Option, Refusal
from notices.calendar import send_window
from storage import applications, classes, needs
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import UnitOfWork

_STEP = "recruiting"
_MAY_PASS = ("submitted", "waitlisted", "refused")
_MAY_FAIL = applications.LIVE
_MAY_WAIT = ("submitted", "refused")
_DECIDING = ("planned", "recruiting", "running")


async def review(ask: Asking, application_id: str) -> Result:
    """``审核 N …`` of an application; the caller has found the kind."""
    uow = ask.context.uow
    found = await applications.get(uow, application_id=application_id)
    row = await classes.get(uow, class_id=found.class_id, lock=True) if found else None
    refusal = ask.demand(row.scope_path if row else None, use="application")
    if refusal is not None or found is None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    # Read again under the class's lock: it may have been decided meanwhile.
    locked = await applications.get(uow, application_id=application_id) or found
    if row.state not in _DECIDING:
        return wording.classes.class_is(row.state, ask.command.name)
    verb, reason = ask.words.second, ask.words.after(2)
    if verb in wording.APPROVE:
        return await _approve(ask, row, locked)
    if verb in wording.REFUSE:
        return await _refuse(ask, row, locked, reason)
    if verb in wording.WAITLIST:
        return await _waitlist(ask, row, locked)
    return say(wording.admissions.how_to_review(locked.number), _ways(locked.number))


def _ways(number: int) -> list[Option]:
    verbs = (wording.APPROVE[0], wording.REFUSE[0], wording.WAITLIST[0])
    return [choice(verb, f"审核 {number} {verb}") for verb in verbs]


async def _approve(ask: Asking, row: ClassRow, found: ApplicationRow) -> Result:
    context = ask.context
    if found.state not in _MAY_PASS:
        return _decided(found)
    last = stamp_until(row, context.house)
    if found.stamp_file_id is None and context.moment.today > last:
        return wording.admissions.stamp_too_late(found.number, last)
    if not await _give_place(context.uow, row, found, context.now, by=_by(ask)):
        return wording.admissions.place_needed(named(row), row.capacity, found.number)
    stamped = found.stamp_file_id is not None
    await _tell_admitted(context.uow, context.house, row, found, now=context.now)
    left = row.capacity - row.places_taken - 1
    return say(
        wording.admissions.admitted_said(found.number, stamped=stamped, left=left)
    )


async def _refuse(
    ask: Asking, row: ClassRow, found: ApplicationRow, reason: str
) -> Result:
    context = ask.context
    if not reason:
        return wording.reviews.reason_needed(found.number)
    refused = await _set(ask, found, _MAY_FAIL, "refused", reason)
    if not refused:
        return _decided(found)
    text = wording.admissions.refused_told(named(row), reason)
    await _tell_applicant(context.uow, context.house, row, found, text, now=context.now)
    if found.holds_place:
        await free_place(context.uow, context.house, row, now=context.now)
    return say(wording.admissions.refused_said(found.number))


async def _waitlist(ask: Asking, row: ClassRow, found: ApplicationRow) -> Result:
    context = ask.context
    if not await _set(ask, found, _MAY_WAIT, "waitlisted", ""):
        return _decided(found)
    text = wording.admissions.waitlisted_told(named(row))
    await _tell_applicant(context.uow, context.house, row, found, text, now=context.now)
    return say(wording.admissions.waitlisted_said(found.number))


def _by(ask: Asking) -> str:
    return ask.context.actor.person_id


def _decided(found: ApplicationRow) -> Refusal:
    return wording.reviews.already_decided(found.number, wording.STATES[found.state])


async def _set(
    ask: Asking, found: ApplicationRow, among: tuple[str, ...], state: str, reason: str
) -> bool:
    return await applications.decide(
        ask.context.uow,
        application_id=found.id,
        among=among,
        state=state,
        holds_place=False,
        now=ask.context.now,
        decided_by=_by(ask),
        reason=reason,
    )


async def _give_place(
    uow: UnitOfWork,
    row: ClassRow,
    found: ApplicationRow,
    now: datetime,
    *,
    by: str | None,
) -> bool:
    """Admit, or 待盖章 without the stamp; False when no place is left."""
    if not await classes.take_place(uow, class_id=row.id):
        return False
    given = await applications.decide(
        uow,
        application_id=found.id,
        among=_MAY_PASS,
        state="admitted" if found.stamp_file_id else "awaiting_stamp",
        holds_place=True,
        now=now,
        decided_by=by,
    )
    if not given:
        await classes.give_back_place(uow, class_id=row.id)
    return given


async def _tell_admitted(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    found: ApplicationRow,
    *,
    now: datetime,
    in_line: bool = False,
    not_before: datetime | None = None,
) -> None:
    if found.stamp_file_id:
        text = wording.admissions.admitted_told(named(row), row.opens_on)
        text = await _with_letter(uow, house, row, found, text, now, not_before)
    else:
        text = wording.admissions.stamp_wanted_told(named(row), stamp_until(row, house))
    text = wording.admissions.moved_up(text) if in_line else text
    await _tell_applicant(
        uow, house, row, found, text, now=now, not_before=not_before, asks=True
    )


async def _with_letter(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    found: ApplicationRow,
    text: str,
    now: datetime,
    not_before: datetime | None = None,
) -> str:
    """What somebody admitted is told, with the letter's facts; the letter follows."""
    await letters.send_letters(uow, house, row, [found], now=now, not_before=not_before)
    await _tell_lecturers(uow, house, row, now, not_before)
    arrival = await letters.arrival_at(uow, house, row)
    return f"{text}\n{wording.admission_letters.letter_follows(arrival.lines)}"


async def _tell_lecturers(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    now: datetime,
    not_before: datetime | None,
) -> None:
    """Tell lecturers who have the needs of the class that they grew; once a day."""
    today = civil(now)
    if today <= row.apply_until:
        return
    word = Word(
        wording.needs.newcomer(named(row), row.code),
        key=f"needs:{row.id}:{today.isoformat()}",
        subject=row.title,
        class_id=row.id,
    )
    shown = await needs.seen(uow, class_id=row.id)
    lecturers = reachable(await lecturers_of(uow, row))
    people = [one for one in lecturers if one in shown]
    await tell(uow, house, word, person_ids=people, now=now, not_before=not_before)


async def _tell_applicant(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    found: ApplicationRow,
    text: str,
    *,
    now: datetime,
    not_before: datetime | None = None,
    asks: bool = False,
) -> None:
    word = Word(
        text,
        key=f"application:{found.id}:{int(now.timestamp() * 1000)}",
        subject=row.title,
        class_id=row.id,
        asks=asks,
    )
    await tell(
        uow,
        house,
        word,
        person_ids=[found.person_id],
        now=now,
        not_before=not_before,
    )


# ---- places given back ----


async def free_place(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> ApplicationRow | None:
    """Give a place back and pass it on to the next in line, who is told.

    ``row`` is locked by the caller. Once the last day for stamps is over, only
    who has handed the stamp in can move up.
    """
    await classes.give_back_place(uow, class_id=row.id)
    today = civil(now)
    if today >= row.opens_on:
        return None
    found = await applications.next_in_line(
        uow, class_id=row.id, stamped=today > stamp_until(row, house)
    )
    if found is None or not await _give_place(uow, row, found, now, by=None):
        return None
    await _tell_admitted(
        uow, house, row, found, now=now, in_line=True, not_before=not_before
    )
    return found


async def release_unstamped(uow: UnitOfWork, house: House, *, now: datetime) -> int:
    """Take places back whose stamp did not come in time; how many.

    The next in line moves up; both are told, not at night. Done again it finds
    nothing.
    """
    opening_by = civil(now) + timedelta(days=house.limits.stamp_days - 1)
    overdue = await applications.unstamped(uow, opening_by=opening_by)
    released = 0
    for class_id in sorted({one.class_id for one in overdue}):
        row = await classes.get(uow, class_id=class_id, lock=True)
        if row is not None:
            late = [one for one in overdue if one.class_id == class_id]
            released += await _release(uow, house, row, late, now)
    return released


async def _release(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    late: Sequence[ApplicationRow],
    now: datetime,
) -> int:
    released = 0
    # Nobody did this: it comes at midnight, and is told in the morning.
    morning = send_window(now, house.programmes[row.programme].sending.hours)
    for found in late:
        lost = await applications.decide(
            uow,
            application_id=found.id,
            among=["awaiting_stamp"],
            state="refused",
            holds_place=False,
            now=now,
            decided_by=None,
            reason=wording.admissions.STAMP_MISSED,
        )
        if lost:
            released += 1
            text = wording.admissions.released_told(named(row))
            await _tell_applicant(
                uow, house, row, found, text, now=now, not_before=morning
            )
            await free_place(uow, house, row, now=now, not_before=morning)
    return released


async def finish_recruiting(uow: UnitOfWork, *, now: datetime) -> int:
    """Mark 招生 done where applications closed and each is decided; how many.

    Done again it finds nothing.
    """
    codes = await applications.recruited(uow, today=civil(now))
    for code in codes:
        await timing.mark_done(uow, subject=code, step=_STEP, by=None, now=now)
    return len(codes)


# ---- the stamped form ----


async def take_stamp(
    uow: UnitOfWork, house: House, *, application_id: str, file_id: str, now: datetime
) -> bool:
    """Note the stamped 工作单位意见 and tell its owner what that brings.

    Who was 待盖章 is admitted by it. False when there is no such application, or
    it has ended.
    """
    before = await applications.get(uow, application_id=application_id)
    if before is None:
        return False
    row = await classes.get(uow, class_id=before.class_id, lock=True)
    found = await applications.get(uow, application_id=application_id)
    if row is None or found is None or found.state not in applications.LIVE:
        return False
    await applications.set_stamp(uow, application_id=found.id, file_id=file_id)
    admitted = await applications.decide(
        uow,
        application_id=found.id,
        among=["awaiting_stamp"],
        state="admitted",
        holds_place=True,
        now=now,
        decided_by=found.decided_by,
    )
    if admitted:
        text = wording.applications.stamp_admits(named(row), row.opens_on)
        text = await _with_letter(uow, house, row, found, text, now)
    else:
        text = wording.applications.stamp_kept(named(row))
    if not admitted and await _may_move_up(uow, house, row, found, now):
        return True
    word = Word(
        text,
        key=f"stamp:{file_id}",
        subject=row.title,
        class_id=row.id,
        asks=admitted,
    )
    await tell(uow, house, word, person_ids=[found.person_id], now=now)
    return True


async def _may_move_up(
    uow: UnitOfWork, house: House, row: ClassRow, found: ApplicationRow, now: datetime
) -> bool:
    """Give who waited a place that stayed free for want of a stamp; True when given.

    After the last day for stamps only who has handed it in moves up: so it may be
    the stamp that was wanting.
    """
    today = civil(now)
    if row.full or not stamp_until(row, house) < today < row.opens_on:
        return False
    first = await applications.next_in_line(uow, class_id=row.id, stamped=True)
    if first is None or first.id != found.id:
        return False
    given = await _give_place(uow, row, first, now, by=None)
    if given:
        await _tell_admitted(uow, house, row, first, now=now, in_line=True)
    return given


def stamp_day(row: ClassRow, house: House, state: str) -> date | None:
    """Until when the stamp is wanted; None where it is not."""
    return stamp_until(row, house) if state == "awaiting_stamp" else None
