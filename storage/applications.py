"""Applications: one live one per person and class, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, bindparam, exists, func, insert, select, update

from storage.database import UnitOfWork
from storage.tables.classes import applications, classes, deadlines

LIVE = ("submitted", "waitlisted", "awaiting_stamp", "admitted")
"""States of an application that may still be withdrawn."""


class ApplicationRow(msgspec.Struct, frozen=True):
    """One application.

    ``state`` is ``submitted``, ``waitlisted``, ``awaiting_stamp`` (待盖章),
    ``admitted``, ``refused`` or ``withdrawn``; ``holds_place`` tells that one
    of the class's places is counted for it.
    """

    id: str
    number: int
    class_id: str
    person_id: str
    submission_id: str | None
    state: str
    reason: str
    holds_place: bool
    stamp_file_id: str | None
    applied_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None


_COLUMNS = tuple(applications.c[name] for name in ApplicationRow.__struct_fields__)
_STANDING = select(*_COLUMNS).where(
    applications.c.class_id == bindparam("class_id"),
    applications.c.person_id == bindparam("person_id"),
    applications.c.state != "withdrawn",
)


async def add(uow: UnitOfWork, row: ApplicationRow) -> None:
    """Add an application; the database refuses a second live one."""
    await uow.execute(insert(applications), msgspec.structs.asdict(row))


async def get(uow: UnitOfWork, *, application_id: str) -> ApplicationRow | None:
    """An application by its id."""
    return await _first(uow, applications.c.id == application_id)


async def by_number(uow: UnitOfWork, *, number: int) -> ApplicationRow | None:
    """An application by its number."""
    return await _first(uow, applications.c.number == number)


async def standing(
    uow: UnitOfWork, *, class_id: str, person_id: str
) -> ApplicationRow | None:
    """The person's application to a class, unless it was withdrawn."""
    whose = {"class_id": class_id, "person_id": person_id}
    row = (await uow.execute(_STANDING, whose)).first()
    return ApplicationRow(*row) if row else None


async def _first(uow: UnitOfWork, test: ColumnElement[bool]) -> ApplicationRow | None:
    row = (await uow.execute(select(*_COLUMNS).where(test))).first()
    return ApplicationRow(*row) if row else None


async def of_person(uow: UnitOfWork, *, person_id: str) -> tuple[ApplicationRow, ...]:
    """All applications of a person, the newest first."""
    query = (
        select(*_COLUMNS)
        .where(applications.c.person_id == person_id)
        .order_by(applications.c.number.desc())
    )
    return tuple(ApplicationRow(*row) for row in await uow.execute(query))


async def of_class(
    uow: UnitOfWork, *, class_id: str, states: Sequence[str] = ()
) -> tuple[ApplicationRow, ...]:
    """The applications to a class in one of ``states`` (or any), by number."""
    query = select(*_COLUMNS).where(applications.c.class_id == class_id)
    if states:
        query = query.where(applications.c.state.in_(states))
    query = query.order_by(applications.c.number)
    return tuple(ApplicationRow(*row) for row in await uow.execute(query))


async def with_form(uow: UnitOfWork, *, class_id: str) -> tuple[ApplicationRow, ...]:
    """The applications to a class that stand or were refused, and keep their form."""
    query = (
        select(*_COLUMNS)
        .where(
            applications.c.class_id == class_id,
            applications.c.state != "withdrawn",
            applications.c.submission_id.is_not(None),
        )
        .order_by(applications.c.number)
    )
    return tuple(ApplicationRow(*row) for row in await uow.execute(query))


async def counts(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """How many applications are in each state, by class id."""
    query = (
        select(applications.c.class_id, applications.c.state, func.count())
        .where(applications.c.class_id.in_(class_ids))
        .group_by(applications.c.class_id, applications.c.state)
    )
    counted: dict[str, dict[str, int]] = {class_id: {} for class_id in class_ids}
    for class_id, state, count in await uow.execute(query):
        counted[class_id][state] = count
    return counted


async def decide(
    uow: UnitOfWork,
    *,
    application_id: str,
    among: Sequence[str],
    state: str,
    holds_place: bool,
    now: datetime,
    decided_by: str | None,
    reason: str = "",
) -> bool:
    """Move an application on; False when it is in none of the states ``among``."""
    done = await uow.execute(
        update(applications)
        .where(applications.c.id == application_id, applications.c.state.in_(among))
        .values(
            state=state,
            holds_place=holds_place,
            reason=reason,
            decided_at=now,
            decided_by=decided_by,
        )
    )
    return bool(done.rowcount == 1)


async def next_in_line(
    uow: UnitOfWork, *, class_id: str, stamped: bool = False
) -> ApplicationRow | None:
    """The first of those a reviewer put on the waiting list.

    ``stamped`` leaves out who has not handed the stamped form in.
    """
    query = (
        select(*_COLUMNS)
        .where(
            applications.c.class_id == class_id, applications.c.state == "waitlisted"
        )
        .order_by(applications.c.decided_at, applications.c.number)
        .limit(1)
    )
    if stamped:
        query = query.where(applications.c.stamp_file_id.is_not(None))
    row = (await uow.execute(query)).first()
    return ApplicationRow(*row) if row else None


async def set_stamp(uow: UnitOfWork, *, application_id: str, file_id: str) -> None:
    """Note the stamped 工作单位意见."""
    await uow.execute(
        update(applications)
        .where(applications.c.id == application_id)
        .values(stamp_file_id=file_id)
    )


_waiting = applications.alias("waiting")
_RECRUITED = (
    select(classes.c.code)
    .join(deadlines, deadlines.c.class_id == classes.c.id)
    .where(
        deadlines.c.step == "recruiting",
        deadlines.c.state == "open",
        classes.c.apply_until < bindparam("today"),
        classes.c.state.in_(["recruiting", "running", "ended"]),
        ~exists().where(
            _waiting.c.class_id == classes.c.id, _waiting.c.state == "submitted"
        ),
    )
    .order_by(classes.c.code)
)


async def recruited(uow: UnitOfWork, *, today: date) -> tuple[str, ...]:
    """The codes of classes that took applications and decided on all of them."""
    return tuple((await uow.execute(_RECRUITED, {"today": today})).scalars())


async def unstamped(
    uow: UnitOfWork, *, opening_by: date, limit: int = 200
) -> tuple[ApplicationRow, ...]:
    """Who holds a place without a stamp in classes that open by a date, by number."""
    query = (
        select(*_COLUMNS)
        .join(classes, classes.c.id == applications.c.class_id)
        .where(
            applications.c.state == "awaiting_stamp",
            classes.c.opens_on <= opening_by,
            classes.c.state != "cancelled",
        )
        .order_by(applications.c.number)
        .limit(limit)
    )
    return tuple(ApplicationRow(*row) for row in await uow.execute(query))
