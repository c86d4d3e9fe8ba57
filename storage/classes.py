"""Classes: their dates, their places, their staff, and the numbers over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)

from storage.database import UnitOfWork
from storage.organisations import ScopeRow, below
from storage.tables.classes import applications, classes, staff
from storage.tables.people import roster, scopes

LIVE = ("planned", "recruiting", "running", "ended")
"""States of a class that goes on: not closed, not cancelled."""


class ClassRow(msgspec.Struct, frozen=True):
    """A class with the place it has in the tree.

    ``recruits_from`` are the ids of the provinces whose teachers may apply;
    empty means all. ``places_taken`` counts who is admitted or 待盖章.
    ``plan_item_id`` is the item of the plan that it was opened from.
    """

    id: str
    code: str
    title: str
    programme: str
    institution_id: str
    scope_id: str
    level: str
    major: str
    opens_on: date
    ends_on: date
    apply_until: date
    venue: str
    capacity: int
    places_taken: int
    state: str
    recruits_from: list[str]
    revision: int
    plan_item_id: str | None = None
    scope_path: str = ""
    institution: str = ""

    @property
    def full(self) -> bool:
        """True iff no place is left."""
        return self.places_taken >= self.capacity


class StaffRow(msgspec.Struct, frozen=True):
    """Somebody who works in a class: ``lecturer``, ``assessor`` or ``manager``."""

    class_id: str
    duty: str
    position: int
    name: str
    course: str = ""
    roster_id: str | None = None
    person_id: str | None = None


class Tally(msgspec.Struct, frozen=True):
    """Classes and admitted teachers of one group."""

    group: str
    classes: int
    admitted: int
    capacity: int


_OWN = tuple(
    classes.c[name]
    for name in ClassRow.__struct_fields__
    if name not in ("scope_path", "institution")
)
_place = scopes.alias("place")
_house = scopes.alias("house")
_JOINED = (
    select(*_OWN, _place.c.path, _house.c.name)
    .join(_place, _place.c.id == classes.c.scope_id)
    .join(_house, _house.c.id == classes.c.institution_id)
)


def _by(column: ColumnElement[str]) -> dict[bool, Select[Any]]:
    """The class with a ``key`` in this column, without and with a lock on it."""
    query = _JOINED.where(column == bindparam("key"))
    return {False: query, True: query.with_for_update(of=classes)}


_BY_CODE, _BY_ID = _by(classes.c.code), _by(classes.c.id)


async def create(uow: UnitOfWork, row: ClassRow, *, institution: ScopeRow) -> ClassRow:
    """Add a class, with its own place in the tree below its institution."""
    place = ScopeRow(
        id=row.scope_id,
        kind="class",
        name=row.title,
        parent_id=institution.id,
        path=f"{institution.path}/{row.scope_id}",
    )
    await uow.execute(insert(scopes), msgspec.structs.asdict(place))
    made = msgspec.structs.replace(
        row, scope_path=place.path, institution=institution.name
    )
    values = msgspec.structs.asdict(made)
    await uow.execute(
        insert(classes), {column.name: values[column.name] for column in _OWN}
    )
    return made


async def count_coded(uow: UnitOfWork, *, prefix: str) -> int:
    """How many class codes begin with ``prefix``."""
    start = func.substr(classes.c.code, 1, len(prefix))
    query = select(func.count()).select_from(classes).where(start == prefix)
    return int((await uow.execute(query)).scalar_one())


async def by_code(uow: UnitOfWork, *, code: str, lock: bool = False) -> ClassRow | None:
    """A class by its code; with ``lock`` nobody else changes it until the end."""
    return await _one(uow, _BY_CODE[lock], code)


async def get(uow: UnitOfWork, *, class_id: str, lock: bool = False) -> ClassRow | None:
    """A class by its id; with ``lock`` nobody else changes it until the end."""
    return await _one(uow, _BY_ID[lock], class_id)


async def get_many(
    uow: UnitOfWork, *, class_ids: Sequence[str]
) -> tuple[ClassRow, ...]:
    """Classes by their ids, by opening."""
    query = _JOINED.where(classes.c.id.in_(class_ids)).order_by(
        classes.c.opens_on, classes.c.code
    )
    return tuple(ClassRow(*row) for row in await uow.execute(query))


async def _one(uow: UnitOfWork, query: Select[Any], key: str) -> ClassRow | None:
    row = (await uow.execute(query, {"key": key})).first()
    return ClassRow(*row) if row else None


async def listed(
    uow: UnitOfWork,
    *,
    paths: Sequence[str],
    states: Sequence[str] = LIVE,
    opened_by: date | None = None,
    limit: int = 200,
) -> tuple[ClassRow, ...]:
    """The classes in or below ``paths`` that are in one of ``states``, by opening.

    With ``opened_by`` those that opened by that day, the newest first.
    """
    query = _JOINED.where(below(_place.c.path, paths), classes.c.state.in_(states))
    if opened_by is None:
        query = query.order_by(classes.c.opens_on, classes.c.code)
    else:
        query = query.where(classes.c.opens_on <= opened_by).order_by(
            classes.c.opens_on.desc(), classes.c.code
        )
    query = query.limit(limit)
    return tuple(ClassRow(*row) for row in await uow.execute(query))


async def many(uow: UnitOfWork, *, class_ids: Sequence[str]) -> tuple[ClassRow, ...]:
    """Classes by their ids, by opening."""
    query = _JOINED.where(classes.c.id.in_(class_ids)).order_by(
        classes.c.opens_on, classes.c.code
    )
    return tuple(ClassRow(*row) for row in await uow.execute(query))


async def recruiting(uow: UnitOfWork, *, today: date) -> tuple[ClassRow, ...]:
    """The classes that take applications today, by opening."""
    query = _JOINED.where(
        classes.c.state == "recruiting", classes.c.apply_until >= today
    ).order_by(classes.c.opens_on, classes.c.code)
    return tuple(ClassRow(*row) for row in await uow.execute(query))


async def set_state(
    uow: UnitOfWork, *, class_id: str, state: str, among: Sequence[str] = LIVE
) -> bool:
    """Move a class on; False when it is in none of the states ``among``."""
    done = await uow.execute(
        update(classes)
        .where(classes.c.id == class_id, classes.c.state.in_(among))
        .values(state=state, revision=classes.c.revision + 1)
    )
    return bool(done.rowcount == 1)


async def set_dates(
    uow: UnitOfWork,
    *,
    class_id: str,
    opens_on: date,
    ends_on: date,
    apply_until: date,
) -> None:
    """Give a class other dates."""
    await uow.execute(
        update(classes)
        .where(classes.c.id == class_id)
        .values(
            opens_on=opens_on,
            ends_on=ends_on,
            apply_until=apply_until,
            revision=classes.c.revision + 1,
        )
    )


async def take_place(uow: UnitOfWork, *, class_id: str) -> bool:
    """Take one of the places; False when none is left. Two never get the last."""
    done = await uow.execute(
        update(classes)
        .where(classes.c.id == class_id, classes.c.places_taken < classes.c.capacity)
        .values(places_taken=classes.c.places_taken + 1)
    )
    return bool(done.rowcount == 1)


async def give_back_place(uow: UnitOfWork, *, class_id: str) -> None:
    """Make a place free again."""
    await uow.execute(
        update(classes)
        .where(classes.c.id == class_id, classes.c.places_taken > 0)
        .values(places_taken=classes.c.places_taken - 1)
    )


async def add_staff(uow: UnitOfWork, rows: Sequence[StaffRow]) -> None:
    """Add people who work in a class."""
    if rows:
        await uow.execute(insert(staff), [msgspec.structs.asdict(row) for row in rows])


async def staff_of(
    uow: UnitOfWork, *, class_id: str, duty: str = ""
) -> tuple[StaffRow, ...]:
    """Who works in a class, all or those of one duty, in their order."""
    columns = [staff.c[name] for name in StaffRow.__struct_fields__]
    query = select(*columns).where(staff.c.class_id == class_id)
    if duty:
        query = query.where(staff.c.duty == duty)
    query = query.order_by(staff.c.duty, staff.c.position)
    return tuple(StaffRow(*row) for row in await uow.execute(query))


_WORKERS = (
    select(
        *(
            func.coalesce(staff.c.person_id, roster.c.person_id)
            if name == "person_id"
            else staff.c[name]
            for name in StaffRow.__struct_fields__
        )
    )
    .outerjoin(roster, roster.c.id == staff.c.roster_id)
    .where(staff.c.class_id == bindparam("class_id"))
    .order_by(staff.c.duty, staff.c.position)
)


async def workers(uow: UnitOfWork, *, class_id: str) -> tuple[StaffRow, ...]:
    """Who works in a class, with who they are by now: by themselves or the roster."""
    found = await uow.execute(_WORKERS, {"class_id": class_id})
    return tuple(StaffRow(*row) for row in found)


_SET_COURSE = (
    update(staff)
    .where(
        staff.c.class_id == bindparam("of_class"),
        staff.c.duty == "lecturer",
        staff.c.position == bindparam("place"),
    )
    .values(course=bindparam("taught"))
)


async def set_courses(
    uow: UnitOfWork, *, class_id: str, courses: Mapping[int, str]
) -> None:
    """Note what the lecturers of a class teach, by their position."""
    rows = [
        {"of_class": class_id, "place": place, "taught": course}
        for place, course in courses.items()
    ]
    if rows:
        await uow.execute(_SET_COURSE, rows)


async def tally(uow: UnitOfWork, *, paths: Sequence[str], by: str) -> tuple[Tally, ...]:
    """Classes, places and admitted teachers by ``province``, ``level`` or ``major``."""
    above = scopes.alias("above")
    group = {
        "province": above.c.name,
        "level": classes.c.level,
        "major": classes.c.major,
    }[by]
    admitted = (
        select(func.count())
        .where(applications.c.class_id == classes.c.id)
        .where(applications.c.state == "admitted")
        .scalar_subquery()
    )
    query = (
        select(
            group,
            func.count(),
            func.coalesce(func.sum(admitted), 0),
            func.coalesce(func.sum(classes.c.capacity), 0),
        )
        .select_from(classes)
        .join(_place, _place.c.id == classes.c.scope_id)
        .join(_house, _house.c.id == classes.c.institution_id)
        .join(above, above.c.id == _house.c.parent_id)
        .where(below(_place.c.path, paths), classes.c.state != "cancelled")
        .group_by(group)
        .order_by(group)
    )
    return tuple(Tally(*row) for row in await uow.execute(query))
