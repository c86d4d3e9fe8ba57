"""请假: asked for by a teacher, granted or refused by the class manager (规程第十二条)."""

from __future__ import annotations

from datetime import date

import msgspec

from bot import wording
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named as class_named
from bot.actions.classwork import named
from bot.actions.context import Context
from bot.actions.standings import Pupil, pupils, seated
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from conversations.rules import attendance as rules
from conversations.rules.training import NUMBERS
from conversations.understanding.classdays import Days, read_days
from conversations.understanding.leaves import Length, read_length
from storage import (
    applications,
    attendance,
    classes,
    leaves,
    numbers,
    organisations,
    people,
)
from storage.classes import ClassRow
from storage.leaves import LeaveRow

KIND = "leave"
_GOING_ON = ("planned", "recruiting", "running")


# ---- 请假, by a teacher ----


async def ask_for(ask: Asking) -> Result:
    """``请假 [CODE] 日期 课时 理由``; alone: how, and what was asked for before."""
    first, _, said = ask.words.raw.partition(" ")
    if first in wording.leaves.WITHDRAW:
        return await _withdraw(ask, said)
    rows = await _my_classes(ask)
    if not rows:
        return (
            wording.not_found("classes", ask.words.first)
            if ask.words.is_code
            else wording.leaves.no_class()
        )
    if not ask.words.tail and not ask.words.is_code:
        return await _mine(ask, rows)
    if len(rows) > 1:
        command, raw = ask.command.name, ask.words.raw
        options = [choice(row.title, f"{command} {row.code} {raw}") for row in rows]
        return say(wording.leaves.which_class(), options)
    return await _asked(ask, rows[0])


async def _my_classes(ask: Asking) -> list[ClassRow]:
    """The classes that admitted the person and have not ended; or the one named."""
    context = ask.context
    mine = await applications.of_person(context.uow, person_id=context.actor.person_id)
    found = [
        await classes.get(context.uow, class_id=one.class_id)
        for one in mine
        if one.state == "admitted"
    ]
    rows = [row for row in found if row is not None and row.state in _GOING_ON]
    if ask.words.is_code:
        rows = [row for row in rows if row.code == ask.words.code]
    return rows


async def _mine(ask: Asking, rows: list[ClassRow]) -> Result:
    found = await leaves.of_person(
        ask.context.uow, person_id=ask.context.actor.person_id
    )
    codes = {row.id for row in rows}
    lines = [
        wording.leaves.mine(one.number, when(one), one.state, one.answer)
        for one in found
        if one.class_id in codes
    ]
    return say(wording.leaves.how_to_ask(lines))


async def _asked(ask: Asking, row: ClassRow) -> Result:
    """The words were of one class; it is locked while they are looked at."""
    context = ask.context
    row = await classes.get(context.uow, class_id=row.id, lock=True) or row
    said = ask.words.tail.removesuffix(wording.CONFIRM).strip()
    days = read_days(said, today=context.moment.today, opens_on=row.opens_on)
    if days is None:
        return wording.leaves.no_day()
    refusal = _outside(row, days, context.moment.today)
    if refusal is not None:
        return refusal
    length = read_length(days.rest)
    hours = _hours(days, length)
    head = f"{ask.command.name} {row.code} {_iso(days)}"
    if hours is None:
        return say(wording.leaves.how_long(days.first), _lengths(head, length))
    most = NUMBERS.attendance.hours_a_day
    if not 0 < hours <= most:
        return wording.leaves.too_long(most)
    return await _keep(ask, row, days, hours, length.reason)


def _outside(row: ClassRow, days: Days, today: date) -> Refusal | None:
    if days.first < row.opens_on or days.last > row.ends_on:
        return wording.leaves.outside(row.opens_on, row.ends_on)
    return wording.leaves.over_already() if days.first < today else None


def _hours(days: Days, length: Length) -> int | None:
    if length.hours is None and days.first != days.last:
        return NUMBERS.attendance.hours_a_day
    return length.hours


def _iso(days: Days) -> str:
    if days.first == days.last:
        return days.first.isoformat()
    return f"{days.first.isoformat()}~{days.last.isoformat()}"


def _lengths(head: str, length: Length) -> list[Option]:
    numbers_ = NUMBERS.attendance
    return [
        choice(
            wording.leaves.length(hours),
            f"{head} {wording.leaves.length(hours)} {length.reason}".strip(),
        )
        for hours in dict.fromkeys((2, numbers_.morning, numbers_.hours_a_day))
    ]


async def _keep(
    ask: Asking, row: ClassRow, days: Days, hours: int, reason: str
) -> Result:
    context, uow = ask.context, ask.context.uow
    me = context.actor.person_id
    others = [
        one
        for one in await leaves.of_class(uow, class_id=row.id)
        if one.person_id == me and one.state in leaves.LIVE
    ]
    for one in others:
        if one.first_day <= days.last and days.first <= one.last_day:
            return wording.leaves.asked_before(one.number, when(one))
    id_ = context.new_id()
    leave = LeaveRow(
        id=id_,
        number=0,
        class_id=row.id,
        person_id=me,
        first_day=days.first,
        last_day=days.last,
        hours=hours,
        state="waiting",
        asked_at=context.now,
        reason=reason,
    )
    total = await _total(context, leave, others)
    most = NUMBERS.attendance.leave_most
    if total > most and not ask.words.raw.endswith(wording.CONFIRM):
        said = (
            f"{ask.command.name} {row.code} {_iso(days)} {wording.leaves.length(hours)}"
        )
        said = f"{said} {reason}".strip()
        options = [
            choice(wording.CONFIRM, f"{said} {wording.CONFIRM}"),
            choice(wording.leaves.keep_out(), ask.command.name),
        ]
        return say(wording.leaves.confirm_long(total, most), options)
    number = await numbers.take(uow, kind=KIND, subject_id=id_)
    leave = msgspec.structs.replace(leave, number=number)
    await leaves.add(uow, leave)
    await seated(uow, row)
    await _tell_managers(context, row, leave, total)
    if total > most:
        return say(wording.leaves.asked_too_much(number, when(leave)))
    return say(wording.leaves.asked(number, when(leave), most - total))


async def _total(context: Context, leave: LeaveRow, others: list[LeaveRow]) -> int:
    """课时 of leave with this one: those on record, and those still to come."""
    uow = context.uow
    absences = await attendance.of_class(uow, class_id=leave.class_id)
    called = {
        one.day for one in await attendance.rolls_of(uow, class_id=leave.class_id)
    }
    noted = rules.total(
        (one.kind, one.hours) for one in absences if one.person_id == leave.person_id
    )
    coming = sum(
        one.hours
        for one in (*others, leave)
        for offset in range(one.days)
        if date.fromordinal(one.first_day.toordinal() + offset) not in called
    )
    return noted.leave + coming


async def _tell_managers(
    context: Context, row: ClassRow, leave: LeaveRow, total: int
) -> None:
    one = await _pupil(context, row, leave.person_id)
    said = wording.leaves
    text = said.to_manager(
        named(one), class_named(row), when(leave), leave.reason, leave.number
    )
    most = NUMBERS.attendance.leave_most
    if total > most:
        text = f"{said.would_bar(total, most)}\n{text}"
    options = (
        choice(said.GRANT, f"准假 {leave.number}"),
        choice(said.REFUSE, f"不准假 {leave.number}"),
    )
    await _tell_those_in_charge(context, row, leave, text, options)


async def _tell_those_in_charge(
    context: Context,
    row: ClassRow,
    leave: LeaveRow,
    text: str,
    options: tuple[Option, ...] = (),
) -> None:
    """The class's managers; the base where there is none."""
    for role in ("class_manager", "base_staff"):
        found = await organisations.holders(
            context.uow, path=row.scope_path, roles=[role]
        )
        if found:
            word = Word(
                text,
                key=f"leave:{leave.id}:{leave.state}",
                subject=row.title,
                choices=options,
                class_id=row.id,
            )
            await tell(
                context.uow, context.house, word, person_ids=found, now=context.now
            )
            return


async def _pupil(context: Context, row: ClassRow, person_id: str) -> Pupil:
    """Somebody of the class; without a number once they left it."""
    for one in await pupils(context.uow, row):
        if one.person_id == person_id:
            return one
    return Pupil(person_id, "", 0, "")


def when(leave: LeaveRow) -> str:
    """The days of a leave in words."""
    return wording.leaves.span(leave.first_day, leave.last_day, leave.hours)


async def _withdraw(ask: Asking, said: str) -> Result:
    """``请假 撤回 12``."""
    context, number = ask.context, said.strip()
    found = (
        await leaves.by_number(context.uow, number=int(number))
        if number.isascii() and number.isdecimal() and len(number) <= 9
        else None
    )
    mine = found is not None and found.person_id == context.actor.person_id
    if found is None or not mine or found.state not in leaves.LIVE:
        return wording.leaves.nothing_to_withdraw()
    row = await classes.get(context.uow, class_id=found.class_id, lock=True)
    gone = await leaves.decide(
        context.uow,
        leave=found,
        state="withdrawn",
        now=context.now,
        decided_by=context.actor.person_id,
    )
    if row is None or not gone:
        return wording.leaves.nothing_to_withdraw()
    one = await _pupil(context, row, found.person_id)
    text = wording.leaves.withdrawn_to_manager(
        named(one), class_named(row), when(found), found.number
    )
    after = await leaves.by_number(context.uow, number=found.number) or found
    await _tell_those_in_charge(context, row, after, text)
    return say(wording.leaves.withdrawn(found.number))


# ---- 准假, 不准假, by the class manager ----


async def grant(ask: Asking) -> Result:
    """``准假 12``: the leave is granted and goes into the roll of its day."""
    found = await _to_decide(ask)
    if not isinstance(found, tuple):
        return found
    leave, row = found
    context = ask.context
    if not await _decide(ask, leave, "granted", ""):
        return wording.leaves.decided(leave.number, leave.state)
    text = wording.leaves.told_granted(leave.number, when(leave))
    await _tell_teacher(context, row, leave, "granted", text)
    one = await _pupil(context, row, leave.person_id)
    said = wording.leaves.granted(leave.number, named(one), when(leave))
    called = {
        one.day for one in await attendance.rolls_of(context.uow, class_id=row.id)
    }
    if leave.first_day not in called:
        return say(said)
    note = wording.attendance.missed("leave", leave.hours)
    seat = wording.attendance.seat_word(one.number)
    options = [
        choice(
            wording.leaves.put_into_roll(),
            f"考勤 {row.code} {leave.first_day.isoformat()} {seat}{note}",
        ),
        choice(wording.leave_it(), f"考勤 {row.code}"),
    ]
    return say(f"{said}\n{wording.leaves.roll_was_called(leave.first_day)}", options)


async def refuse(ask: Asking) -> Result:
    """``不准假 12 理由``."""
    found = await _to_decide(ask)
    if not isinstance(found, tuple):
        return found
    leave, row = found
    reason = ask.words.after(1)
    if not reason:
        return wording.leaves.reason_needed(leave.number)
    if not await _decide(ask, leave, "refused", reason):
        return wording.leaves.decided(leave.number, leave.state)
    text = wording.leaves.told_refused(leave.number, when(leave), reason)
    await _tell_teacher(ask.context, row, leave, "refused", text)
    one = await _pupil(ask.context, row, leave.person_id)
    return say(wording.leaves.refused(leave.number, named(one)))


async def _to_decide(ask: Asking) -> tuple[LeaveRow, ClassRow] | Result:
    """The leave with the number, if the person decides on it; else what waits."""
    uow, number = ask.context.uow, ask.words.number
    if not ask.words.first:
        return await _waiting(ask)
    found = await leaves.by_number(uow, number=number) if number else None
    row = await classes.get(uow, class_id=found.class_id, lock=True) if found else None
    refusal = ask.demand(row.scope_path if row else None)
    if refusal is not None or found is None or row is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    return found, row


async def _decide(ask: Asking, leave: LeaveRow, state: str, answer: str) -> bool:
    if leave.state in ("withdrawn", state):
        return False
    return await leaves.decide(
        ask.context.uow,
        leave=leave,
        state=state,
        answer=answer,
        now=ask.context.now,
        decided_by=ask.context.actor.person_id,
    )


async def _tell_teacher(
    context: Context, row: ClassRow, leave: LeaveRow, state: str, text: str
) -> None:
    stamp = int(context.now.timestamp() * 1000)
    word = Word(
        text,
        key=f"leave:{leave.id}:{state}:{stamp}",
        subject=row.title,
        class_id=row.id,
    )
    await tell(
        context.uow, context.house, word, person_ids=[leave.person_id], now=context.now
    )


async def _waiting(ask: Asking) -> Result:
    """The leave that waits in the classes of the person."""
    uow = ask.context.uow
    rows = await classes.listed(uow, paths=ask.paths(), states=_GOING_ON)
    found = await leaves.waiting(uow, class_ids=[row.id for row in rows])
    shown = found[: ask.context.house.limits.list_length]
    names = await people.names_of(uow, person_ids=[one.person_id for one in shown])
    options = [
        choice(
            wording.leaves.line(one.number, names.get(one.person_id, ""), when(one)),
            f"{ask.command.name} {one.number}",
        )
        for one in shown
    ]
    return say(
        wording.leaves.waiting() if shown else wording.leaves.no_waiting(), options
    )
