"""录取通知书: to whom a class admitted, and again when its dates move.

What the letter says is read when it is made: it tells the class as it is now, and
whoever is no longer admitted by then gets none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from bot import wording
from bot.actions import pushes
from bot.actions.context import House
from bot.actions.scheme_state import FORM as SCHEME
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.rules.levels import training_days
from storage import applications, classes, jobs, submissions
from storage.applications import ApplicationRow
from storage.classes import ClassRow
from storage.database import UnitOfWork

JOB = "admission_letter"
_GONE = ("cancelled",)


class Arrival(msgspec.Struct, frozen=True):
    """When and where to come, what to bring, whom to ask: as the scheme says."""

    check_in: str
    place: str
    bring: str
    contact: str

    @property
    def lines(self) -> str:
        """All of it as it is said in a chat."""
        return wording.admission_letters.arrival(
            self.check_in, self.place, self.bring, self.contact
        )


class Letter(msgspec.Struct, frozen=True):
    """All that a letter says; ``class_title`` and ``ends_on`` are for its file."""

    name: str
    institution: str
    class_title: str
    code: str
    major: str
    level: str
    dates: str
    arrival: Arrival
    number: int
    issued_on: date
    ends_on: date


async def arrival_at(uow: UnitOfWork, house: House, row: ClassRow) -> Arrival:
    """What the class's scheme says of arriving; the least there is without one."""
    written = await submissions.find(uow, form=SCHEME, subject=row.code)
    said = {
        key: value
        for key, value in (written[-1].answers if written else {}).items()
        if isinstance(value, str)
    }
    before = timedelta(days=int(said.get("check_in_day", "0")))
    return Arrival(
        check_in=wording.admission_letters.check_in(
            row.opens_on - before, said.get("check_in", "")
        ),
        place=wording.admission_letters.place(row.venue),
        bring=wording.admission_letters.bring(said.get("bring", "")),
        contact=said.get("contact", "") or house.contact,
    )


async def letter_of(
    uow: UnitOfWork, house: House, *, application_id: str
) -> Letter | None:
    """The letter of an application as it would be written now.

    None when it is not admitted, its class will not be held, or the form is gone.
    """
    one = await applications.get(uow, application_id=application_id)
    if one is None or one.state != "admitted" or one.submission_id is None:
        return None
    row = await classes.get(uow, class_id=one.class_id)
    form = await submissions.get(uow, submission_id=one.submission_id)
    name = form.all_answers.get("name", "") if form else ""
    if row is None or row.state in _GONE or not isinstance(name, str) or not name:
        return None
    days = training_days(row.level)
    return Letter(
        name=name,
        institution=row.institution,
        class_title=row.title,
        code=row.code,
        major=row.major,
        level=row.level,
        dates=wording.schemes.dates_line(row.opens_on, row.ends_on, days),
        arrival=await arrival_at(uow, house, row),
        number=one.number,
        issued_on=civil(one.decided_at or one.applied_at),
        ends_on=row.ends_on,
    )


async def tell_of_move(
    uow: UnitOfWork,
    house: House,
    *,
    before: ClassRow,
    after: ClassRow,
    now: datetime,
    not_before: datetime,
) -> tuple[str, ...]:
    """Tell who was admitted that their class moved, with a new letter; who is told."""
    admitted = await applications.of_class(uow, class_id=after.id, states=["admitted"])
    if not admitted:
        return ()
    arrival = await arrival_at(uow, house, after)
    name = wording.classes.class_name(after.title, after.code)
    text = wording.classes.moved_to_applicant(name, before.opens_on, after.opens_on)
    word = Word(
        f"{text}\n{wording.admission_letters.letter_again(arrival.lines)}",
        key=f"moved:{after.id}:{after.revision}",
        subject=after.title,
        class_id=after.id,
    )
    told = tuple(one.person_id for one in admitted)
    await tell(uow, house, word, person_ids=told, now=now, not_before=not_before)
    await send_letters(uow, house, after, admitted, now=now, not_before=not_before)
    return told


async def send_letters(
    uow: UnitOfWork,
    house: House,
    row: ClassRow,
    admitted: Sequence[ApplicationRow],
    *,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Have letters made for who is admitted to a class as ``row`` says it.

    A letter whose class has moved again by the time it is made is left out: the
    later one tells the day.
    """
    to = await pushes.whereabouts(uow, person_ids=[one.person_id for one in admitted])
    rows = [
        jobs.JobRow(
            id=house.new_id(),
            kind=JOB,
            person_id=one.person_id,
            address_id=to[one.person_id].id,
            payload={"application": one.id, "opens_on": row.opens_on.isoformat()},
            not_before=not_before or now,
        )
        for one in admitted
        if one.person_id in to
    ]
    await jobs.enqueue(uow, rows, now=now)
