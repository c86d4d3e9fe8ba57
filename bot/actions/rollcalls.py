"""考勤: who was there, day by day, in one message; and what that bars from (规程第十二条)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot import wording
from bot.actions import deadlines as timing
from bot.actions import settling
from bot.actions.asking import Asking, Result, choice, say
from bot.actions.classes import named as class_named
from bot.actions.classwork import mates_of, named, not_understood, running_class
from bot.actions.context import Context
from bot.actions.standings import Pupil, load, pupils, seated
from bot.actions.telling import Word, tell
from conversations.model import Option, Refusal
from conversations.rules import attendance as rules
from conversations.rules.attendance import Missed
from conversations.rules.training import NUMBERS
from conversations.understanding.classdays import read_days
from conversations.understanding.classmates import Mate, Unclear
from conversations.understanding.rollcall import Entry, Roll, read_roll
from storage import attendance, leaves
from storage.attendance import AbsenceRow, RollRow
from storage.classes import ClassRow
from storage.leaves import LeaveRow

STEP = "training"


@dataclass(frozen=True, slots=True)
class _Book:
    """What is on record of a class: its people, days, absences and leave."""

    row: ClassRow
    pupils: tuple[Pupil, ...]
    rolls: Mapping[date, RollRow]
    absences: tuple[AbsenceRow, ...]
    leaves: tuple[LeaveRow, ...]

    def missed(self) -> dict[str, Missed]:
        """What everybody missed so far, by person."""
        by_person: dict[str, list[tuple[str, int]]] = {}
        for one in self.absences:
            by_person.setdefault(one.person_id, []).append((one.kind, one.hours))
        return {person: rules.total(found) for person, found in by_person.items()}

    def on(self, day: date) -> dict[str, list[AbsenceRow]]:
        """The absences of a day, by person."""
        found: dict[str, list[AbsenceRow]] = {}
        for one in self.absences:
            if one.day == day:
                found.setdefault(one.person_id, []).append(one)
        return found

    def granted(self, day: date) -> dict[str, int]:
        """课时 of leave that was granted for a day, by person."""
        return {
            one.person_id: one.hours
            for one in self.leaves
            if one.state == "granted" and one.covers(day)
        }


async def _book(context: Context, row: ClassRow) -> _Book:
    uow = context.uow
    rolls = await attendance.rolls_of(uow, class_id=row.id)
    return _Book(
        row=row,
        pupils=await pupils(uow, row),
        rolls={one.day: one for one in rolls},
        absences=await attendance.of_class(uow, class_id=row.id),
        leaves=await leaves.of_class(uow, class_id=row.id),
    )


async def call(ask: Asking) -> Result:
    """``考勤 [CODE] [日期] 全勤，张三请假2``: note a day; without words, show it."""
    row = await running_class(ask)
    if not isinstance(row, ClassRow):
        return row
    await seated(ask.context.uow, row)
    today = ask.context.moment.today
    days = read_days(ask.words.tail, today=today, opens_on=row.opens_on)
    day, text = (days.first, days.rest) if days else (today, ask.words.tail)
    refusal = _no_day(row, day, today, said=days is not None or bool(text.strip()))
    if refusal is not None:
        return refusal
    book = await _book(ask.context, row)
    if not text.strip():
        return _show(ask, book, min(day, row.ends_on))
    roll = read_roll(text, mates_of(book.pupils))
    roll = _completed(book, roll, day)
    if roll.problems:
        return _unclear(ask, row, day, roll, text)
    return await _note(ask, book, roll, day)


def _no_day(row: ClassRow, day: date, today: date, *, said: bool) -> Refusal | None:
    if said and not row.opens_on <= day <= row.ends_on:
        return wording.attendance.not_a_class_day(day, row.opens_on, row.ends_on)
    return wording.attendance.not_yet(day) if day > today else None


# ---- what was said, completed ----


def _completed(book: _Book, roll: Roll, day: date) -> Roll:
    """The roll with granted leave filled in where 课时 or the reason was not said."""
    if roll.problems:
        return roll
    by_number = {one.number: one for one in book.pupils}
    granted = book.granted(day)
    entries, problems = [], []
    for one in roll.entries:
        person = by_number[one.number]
        hours = granted.get(person.person_id)
        if one.kind in ("leave", "unclear") and one.hours is None and hours:
            entries.append(Entry(one.number, "leave", hours))
        elif one.kind == "unclear" or (one.hours is None and one.kind != "present"):
            mate = Mate(one.number, person.name)
            problems.append(Unclear(one.kind, named(person), (mate,)))
        else:
            entries.append(one)
    if problems:
        return Roll(problems=tuple(problems))
    return Roll(roll.everybody, tuple(entries))


def _unclear(ask: Asking, row: ClassRow, day: date, roll: Roll, text: str) -> Result:
    head = f"{ask.command.name} {row.code} {day.isoformat()}"
    return not_understood(
        roll.problems,
        text,
        send=lambda fixed: f"{head} {fixed}",
        more=_hours_choices(roll, f"{head} {text.strip()}"),
    )


def _hours_choices(roll: Roll, said: str) -> list[Option]:
    """How long somebody was away, to tap: when that alone was not said."""
    kinds = {"leave": ("leave",), "absent": ("absent",), "unclear": ("leave", "absent")}
    numbers, wanted = NUMBERS.attendance, roll.problems[0]
    if len(roll.problems) != 1 or wanted.kind not in kinds:
        return []
    seat = wording.attendance.seat_word(wanted.mates[0].number)
    return [
        choice(what, f"{said}\n{seat}{what}")
        for kind in kinds[wanted.kind]
        for hours in dict.fromkeys((numbers.morning, numbers.hours_a_day))
        if (what := wording.attendance.missed(kind, hours))
    ]


# ---- writing it down ----


async def _note(ask: Asking, book: _Book, roll: Roll, day: date) -> Result:
    context, row = ask.context, book.row
    first = roll.everybody or day not in book.rolls
    absences = _absences(book, roll, day, first=first)
    by_number = {one.number: one.person_id for one in book.pupils}
    touched = (
        [one.person_id for one in book.pupils]
        if first
        else [by_number[one.number] for one in roll.entries]
    )
    hours = NUMBERS.attendance.hours_a_day
    made = RollRow(row.id, day, hours, context.actor.person_id, context.now)
    await attendance.call(context.uow, made, person_ids=touched, absences=absences)
    ask.trail.detail = f"{day.isoformat()}: {len(absences)}"
    after = await _book(context, row)
    lines = _noted(after, day)
    lines += await _tell_of_bars(ask, book, after)
    # Who is barred owes no points: that may have been the last.
    by, record = context.actor.person_id, await load(context.uow, row)
    lines += await settling.finish_steps(
        context.uow, context.house, record, now=context.now, by=by
    )
    lines.append(await _finish(context, after) or _missing(after, context))
    lines.append(wording.attendance.roll_again())
    return say("\n".join(line for line in lines if line))


def _absences(book: _Book, roll: Roll, day: date, *, first: bool) -> list[AbsenceRow]:
    """What is written for the day; granted leave of those who were not named too."""
    by_number = {one.number: one.person_id for one in book.pupils}
    rows = [
        AbsenceRow(book.row.id, day, by_number[one.number], one.kind, one.hours or 0)
        for one in roll.entries
        if one.kind != "present"
    ]
    if not first:
        return rows
    said = {by_number[one.number] for one in roll.entries}
    here = set(by_number.values())
    rows += [
        AbsenceRow(book.row.id, day, person_id, "leave", hours)
        for person_id, hours in book.granted(day).items()
        if person_id in here - said
    ]
    return rows


def _noted(book: _Book, day: date) -> list[str]:
    """The day as it is on record now."""
    lines = _missed_lines(book, day)
    head = wording.attendance.roll_noted(
        class_named(book.row),
        day,
        book.rolls[day].hours,
        present=len(book.pupils) - len(lines),
        expected=len(book.pupils),
    )
    return [head, *lines]


def _missed_lines(book: _Book, day: date) -> list[str]:
    missed, on_day = book.missed(), book.on(day)
    lines = []
    for one in book.pupils:
        found = on_day.get(one.person_id)
        if found:
            total = missed[one.person_id]
            what = [wording.attendance.missed(each.kind, each.hours) for each in found]
            so_far = wording.attendance.leave_so_far(total, rules.leave_left(total))
            lines.append(wording.attendance.missed_by(named(one), what, so_far))
    return lines


def _missing(book: _Book, context: Context) -> str:
    """The days before today that nobody noted."""
    last = min(context.moment.today - timedelta(days=1), book.row.ends_on)
    days = [day for day in _days(book.row.opens_on, last) if day not in book.rolls]
    return wording.attendance.days_missing(days)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=more) for more in range((last - first).days + 1)]


async def _finish(context: Context, book: _Book) -> str:
    """The step is done once every day is noted."""
    row = book.row
    if any(day not in book.rolls for day in _days(row.opens_on, row.ends_on)):
        return ""
    done = await timing.mark_done(
        context.uow,
        subject=row.code,
        step=STEP,
        by=context.actor.person_id,
        now=context.now,
    )
    return wording.attendance.all_days_noted() if done else ""


# ---- who may not be assessed any more, or may again ----


async def _tell_of_bars(ask: Asking, before: _Book, after: _Book) -> list[str]:
    """Tell those whom this bars, or frees; the lines for the one who noted it."""
    was, now = before.missed(), after.missed()
    lines = []
    for one in after.pupils:
        old = rules.bar(was.get(one.person_id, Missed()))
        new = rules.bar(now.get(one.person_id, Missed()))
        if (old is None) == (new is None):
            continue
        if new is not None:
            why = wording.scores.because(new)
            lines.append(wording.attendance.newly_barred(named(one), why))
            text = wording.attendance.told_barred(class_named(after.row), why)
        else:
            lines.append(wording.attendance.no_longer_barred(named(one)))
            text = wording.attendance.told_free(class_named(after.row))
        await _tell(ask.context, after.row, one, text)
    return lines


async def _tell(context: Context, row: ClassRow, one: Pupil, text: str) -> None:
    word = Word(
        text,
        key=f"attendance:{row.id}:{int(context.now.timestamp() * 1000)}",
        subject=row.title,
        class_id=row.id,
    )
    await tell(
        context.uow, context.house, word, person_ids=[one.person_id], now=context.now
    )


# ---- a day as it stands ----


def _show(ask: Asking, book: _Book, day: date) -> Result:
    row = book.row
    name, expected = class_named(row), len(book.pupils)
    if day not in book.rolls:
        by_person = {one.person_id: one for one in book.pupils}
        granted = [
            wording.attendance.missed_by(
                named(by_person[person_id]),
                [wording.attendance.missed("leave", hours)],
                "",
            )
            for person_id, hours in book.granted(day).items()
            if person_id in by_person
        ]
        lines = [
            wording.attendance.day_open(name, day, expected, row.code),
            wording.attendance.granted_today(granted),
            _missing(book, ask.context),
            wording.attendance.who_is_who([named(one) for one in book.pupils]),
        ]
        return say("\n".join(line for line in lines if line))
    missed = _missed_lines(book, day)
    head = wording.attendance.day_shown(
        name,
        day,
        book.rolls[day].hours,
        present=expected - len(missed),
        expected=expected,
    )
    lines = [
        head,
        *missed,
        _missing(book, ask.context),
        wording.attendance.roll_again(),
    ]
    return say("\n".join(line for line in lines if line))
