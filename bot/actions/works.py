"""成果: handed in by teachers for 过程性考核, looked at by the lecturers (规程第十二条之一)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from bot import wording
from bot.actions.asking import Asking, Result, choice, class_asked, duties_in, say
from bot.actions.classes import named as class_named
from bot.actions.classwork import mates_of, named
from bot.actions.context import Context, House
from bot.actions.standings import Pupil, Record, load, seated
from bot.actions.telling import Word, tell
from bot.clock import civil
from bot.uploads import OFFICE
from conversations.model import Outcome, Refusal, Reply
from conversations.rules.training import NUMBERS
from conversations.understanding.classdays import read_days
from conversations.understanding.classmates import one_of
from notices.calendar import send_window
from storage import applications, classes, files, jobs, links, works
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.works import WorkRow

KIND = "process"
_MEDIA = re.compile(r"\b(?:file|oa|wecom|wecom_bot):\S+$")
_FIRST, _SECOND = 1, 2
_LONGEST = 300


async def hand_in(ask: Asking) -> Result:
    """``成果 [CODE] [文字]`` by a teacher; ``成果 CODE …`` by those who run the class."""
    rows = await _mine(ask)
    if ask.words.is_code and not rows:
        return await _of_class(ask)
    if not rows:
        return wording.works.no_class()
    if len(rows) > 1:
        command, raw = ask.command.name, ask.words.raw
        options = [
            choice(row.title, f"{command} {row.code} {raw}".strip()) for row in rows
        ]
        return say(wording.works.which_class(), options)
    return await _take(ask, rows[0])


async def _mine(ask: Asking) -> list[ClassRow]:
    """The running classes that admitted the person; or the one named."""
    context = ask.context
    mine = await applications.of_person(context.uow, person_id=context.actor.person_id)
    admitted = [one.class_id for one in mine if one.state == "admitted"]
    found = [await classes.get(context.uow, class_id=one) for one in admitted]
    rows = [row for row in found if row is not None]
    if ask.words.is_code:
        return [row for row in rows if row.code == ask.words.code]
    return [row for row in rows if takes(row, context.moment.today)]


def takes(row: ClassRow, today: date) -> bool:
    """Whether a class takes works: while it lasts (规程第十二条之一: 在培训期间)."""
    going_on = row.state in ("recruiting", "running", "ended")
    return going_on and row.opens_on <= today <= row.ends_on


async def due_day(uow: UnitOfWork, row: ClassRow) -> date:
    """Until when works are due: as somebody set it, else before the last day."""
    found = await works.due(uow, class_id=row.id)
    usual = row.ends_on - timedelta(days=NUMBERS.assessment.works_due)
    return found or max(usual, row.opens_on)


# ---- by a teacher ----


async def _take(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    if not takes(row, context.moment.today):
        return wording.works.ended(class_named(row))
    locked = await classes.get(context.uow, class_id=row.id, lock=True) or row
    record = await load(context.uow, locked)
    attempt, refusal = _attempt(record, context.actor.person_id)
    if refusal is not None:
        return refusal
    said = ask.words.tail.strip()
    media = _MEDIA.search(said)
    if media:
        await _look_at(context, row, media[0])
        return say(wording.works.looking(class_named(row)))
    if not said:
        return await _how(context, record, attempt)
    text = await _keep(
        context.uow,
        context.house,
        record,
        WorkRow(
            id=context.new_id(),
            class_id=row.id,
            person_id=context.actor.person_id,
            kind=KIND,
            attempt=attempt,
            state="handed_in",
            at=context.now,
            text=said,
        ),
    )
    return say(text)


def _attempt(record: Record, person_id: str) -> tuple[int, Refusal | None]:
    """For which attempt something can be handed in now, or why for none."""
    barred = record.barred(person_id)
    if barred is not None:
        return 0, barred
    course = record.course(KIND, person_id)
    if course.settled or not course.attempt:
        return 0, wording.works.closed(wording.works.passed())
    return course.attempt, None


async def _how(context: Context, record: Record, attempt: int) -> Result:
    row, token = record.row, context.new_id()
    link = links.NewLink(
        token=token,
        purpose="work",
        object_id=row.id,
        person_id=context.actor.person_id,
        expires_at=context.now + timedelta(hours=context.house.limits.link_hours),
    )
    await links.create(context.uow, link)
    had = [
        one
        for one in _handed(record, context.actor.person_id)
        if one.attempt == attempt
    ]
    text = wording.works.how(
        class_named(row),
        await _due_for(context.uow, row, attempt),
        context.house.links.upload(token),
        had=len(had),
        second=attempt == _SECOND,
    )
    return say(text)


async def _due_for(uow: UnitOfWork, row: ClassRow, attempt: int) -> date:
    return row.ends_on if attempt == _SECOND else await due_day(uow, row)


async def _look_at(context: Context, row: ClassRow, media: str) -> None:
    job = jobs.JobRow(
        id=context.new_id(),
        kind="work",
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={"media": media, "subject": row.id},
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)


async def take_picture(ask: Asking, media: str) -> Result | None:
    """A picture that came outside a form: a work, if a class wants one; else None."""
    rows = await _mine(ask)
    if len(rows) > 1:
        options = [choice(row.title, f"成果 {row.code} {media}") for row in rows]
        return say(wording.works.which_class(), options)
    if not rows:
        return None
    record = await load(ask.context.uow, rows[0])
    _, refusal = _attempt(record, ask.context.actor.person_id)
    if refusal is not None:
        return refusal
    await _look_at(ask.context, rows[0], media)
    return say(wording.works.looking(class_named(rows[0])))


async def take_file(
    uow: UnitOfWork,
    house: House,
    *,
    class_id: str,
    person_id: str,
    file_id: str,
    now: datetime,
) -> bool:
    """Note a file that was handed in, and tell its owner; False when none is wanted."""
    row = await classes.get(uow, class_id=class_id, lock=True)
    one = row and await applications.standing(
        uow, class_id=class_id, person_id=person_id
    )
    if row is None or one is None or one.state != "admitted":
        return False
    record = await load(uow, row)
    attempt, refusal = _attempt(record, person_id)
    if refusal is not None or not takes(row, civil(now)):
        return False
    work = WorkRow(
        id=file_id,
        class_id=row.id,
        person_id=person_id,
        kind=KIND,
        attempt=attempt,
        state="handed_in",
        at=now,
        file_id=file_id,
    )
    text = await _keep(uow, house, record, work)
    word = Word(text, key=f"work:{file_id}", subject=row.title, class_id=row.id)
    await tell(uow, house, word, person_ids=[person_id], now=now)
    return True


async def _keep(uow: UnitOfWork, house: House, record: Record, work: WorkRow) -> str:
    """Write a work down; what its owner is told. The class is locked."""
    row, second = record.row, work.attempt == _SECOND
    late = civil(work.at) > await _due_for(uow, row, work.attempt)
    had = [
        one for one in _handed(record, work.person_id) if one.attempt == work.attempt
    ]
    await seated(uow, row)
    await works.add(uow, msgspec.structs.replace(work, late=late))
    if second and not had:
        await _tell_lecturers(uow, house, record, work)
    return wording.works.taken(class_named(row), len(had) + 1, late=late, second=second)


async def _tell_lecturers(
    uow: UnitOfWork, house: House, record: Record, work: WorkRow
) -> None:
    row = record.row
    one = next(one for one in record.pupils if one.person_id == work.person_id)
    text = wording.works.second_to_lecturers(
        class_named(row), named(one), row.code, one.number
    )
    word = Word(
        text,
        key=f"second-work:{row.id}:{work.person_id}",
        subject=row.title,
        class_id=row.id,
    )
    told = [seat.person_id for seat in record.panels[KIND] if seat.person_id]
    await tell(uow, house, word, person_ids=told, now=work.at)


def _handed(record: Record, person_id: str) -> list[WorkRow]:
    return [
        one
        for one in record.works
        if (one.kind, one.state, one.person_id) == (KIND, "handed_in", person_id)
    ]


# ---- by those who run the class ----


async def _of_class(ask: Asking) -> Result:
    row = await classes.by_code(ask.context.uow, code=ask.words.code)
    teaches = bool(row and await duties_in(ask, row, duties=("lecturer",)))
    if row is None or not teaches:
        found = await class_asked(ask, use="list")
        if isinstance(found, Refusal):
            return found
        row = found
        if not _runs_it(ask, row):
            ask.trail.scope_id = ""
            return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    record = await load(ask.context.uow, row)
    words = ask.words.words[1:]
    if not words:
        return await _list(ask, record, teaches=teaches)
    if words[0] in wording.works.URGE:
        return await _urge(ask, record)
    if not teaches:
        return wording.works.only_lecturers()
    if words[0] in wording.works.DUE:
        return await _set_due(ask, record, ask.words.after(2))
    return await _show(ask, record, ask.words.after(1))


def _runs_it(ask: Asking, row: ClassRow) -> bool:
    return any(
        grant.role in ("base_staff", "class_manager") and grant.covers(row.scope_path)
        for grant in ask.context.actor.grants
    )


async def _list(ask: Asking, record: Record, *, teaches: bool) -> Result:
    row = record.row
    handed, lacking = [], []
    for one in record.pupils:
        mine = _handed(record, one.person_id)
        if mine:
            handed.append(
                wording.works.line(
                    named(one),
                    len(mine),
                    late=any(work.late for work in mine),
                    second=any(work.attempt == _SECOND for work in mine),
                )
            )
        else:
            lacking.append(named(one))
    lines = [
        wording.works.listed(
            class_named(row),
            await due_day(ask.context.uow, row),
            len(handed),
            len(record.pupils),
        ),
        wording.works.who_handed(handed),
        wording.works.who_lacks(lacking),
        wording.works.how_to_see(row.code) if teaches else "",
    ]
    return say("\n".join(line for line in lines if line))


async def _show(ask: Asking, record: Record, said: str) -> Result:
    """``成果 CODE 3号``: everything of one person, with the files."""
    mate = one_of(said, mates_of(record.pupils))
    one = next(
        (pupil for pupil in record.pupils if mate and pupil.number == mate.number), None
    )
    if one is None:
        return wording.works.nobody(said)
    mine = _handed(record, one.person_id)
    if not mine:
        return say(wording.works.nothing_from(named(one)))
    return await _pieces(ask, record.row, one, mine)


async def _pieces(
    ask: Asking, row: ClassRow, one: Pupil, mine: Sequence[WorkRow]
) -> Result:
    found = await files.find(ask.context.uow, purpose="work", subject=row.id)
    known = {info.id: info for info in found}
    lines, replies = [], []
    for place, work in enumerate(mine, 1):
        info = known.get(work.file_id or "")
        lines.append(
            wording.works.piece(
                place,
                civil(work.at),
                work.text[:_LONGEST],
                second=work.attempt == _SECOND,
                gone=info is None,
            )
        )
        if info is not None:
            ending = {**OFFICE, **wording.works.FILE_ENDINGS}[info.media_type]
            name = wording.works.file_name(row.code, named(one), place, ending)
            replies.append(Reply(kind="file", ref=info.id, name=name))
    text = wording.works.shown(named(one), lines)
    return Outcome(replies=(Reply(text=text), *replies))


async def _set_due(ask: Asking, record: Record, said: str) -> Result:
    """``成果 CODE 截止 6月25日``; the teachers are told."""
    context, row = ask.context, record.row
    today = context.moment.today
    days = read_days(said, today=today, opens_on=row.opens_on)
    if days is None:
        return wording.classes.not_a_date(said)
    if not max(today, row.opens_on) <= days.first <= row.ends_on:
        return wording.works.due_outside(row.opens_on, row.ends_on)
    by = context.actor.person_id
    await works.set_due(
        context.uow, class_id=row.id, due_on=days.first, by=by, now=context.now
    )
    ask.trail.detail = days.first.isoformat()
    people = [one.person_id for one in record.pupils]
    key = f"works-due:{row.id}:{days.first.isoformat()}"
    told = await _tell_due(context, row, days.first, people, key)
    return say(wording.works.due_set(class_named(row), days.first, told))


async def _urge(ask: Asking, record: Record) -> Result:
    """``成果 CODE 催``: those who lack a work, each at most once a day."""
    context, row = ask.context, record.row
    lacking = [
        one.person_id
        for one in record.pupils
        if not _handed(record, one.person_id)
        and _attempt(record, one.person_id)[1] is None
    ]
    due_on = await due_day(context.uow, row)
    key = f"works-urged:{row.id}:{context.moment.today.isoformat()}"
    told = await _tell_due(context, row, due_on, lacking, key)
    return say(wording.works.urged(told, len(lacking) - told))


async def _tell_due(
    context: Context, row: ClassRow, due_on: date, people: Sequence[str], key: str
) -> int:
    hours = context.house.programmes[row.programme].sending.hours
    word = Word(
        wording.works.told_due(class_named(row), due_on, row.code),
        key=key,
        subject=row.title,
        class_id=row.id,
    )
    return await tell(
        context.uow,
        context.house,
        word,
        person_ids=people,
        now=context.now,
        not_before=send_window(context.now, hours),
    )
