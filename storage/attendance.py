"""Rolls called day by day, and who was not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import delete, insert, select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.training import attendance, rolls


class RollRow(msgspec.Struct, frozen=True):
    """The roll of a class was called on a day of so many 课时."""

    class_id: str
    day: date
    hours: int
    created_by: str | None
    at: datetime


class AbsenceRow(msgspec.Struct, frozen=True):
    """Somebody was not there: ``leave``, ``absent``, ``late`` or ``early``.

    ``hours`` are 课时, or how many times somebody was late or left early.
    """

    class_id: str
    day: date
    person_id: str
    kind: str
    hours: int


_CALL = Upsert(
    rolls,
    ["class_id", "day"],
    lambda new: {"hours": new.hours, "created_by": new.created_by, "at": new.at},
)


async def call(
    uow: UnitOfWork,
    roll: RollRow,
    *,
    person_ids: Sequence[str],
    absences: Sequence[AbsenceRow],
) -> None:
    """Write the roll of a day down; what was said of ``person_ids`` is replaced.

    ``absences`` are of those persons. The caller holds the class's lock.
    """
    await uow.execute(_CALL[uow.dialect], [msgspec.structs.asdict(roll)])
    await uow.execute(
        delete(attendance).where(
            attendance.c.class_id == roll.class_id,
            attendance.c.day == roll.day,
            attendance.c.person_id.in_(person_ids),
        )
    )
    if absences:
        await uow.execute(
            insert(attendance), [msgspec.structs.asdict(one) for one in absences]
        )


async def rolls_of(uow: UnitOfWork, *, class_id: str) -> tuple[RollRow, ...]:
    """The days on which the roll was called, in their order."""
    columns = [rolls.c[name] for name in RollRow.__struct_fields__]
    query = select(*columns).where(rolls.c.class_id == class_id).order_by(rolls.c.day)
    return tuple(RollRow(*row) for row in await uow.execute(query))


async def of_class(uow: UnitOfWork, *, class_id: str) -> tuple[AbsenceRow, ...]:
    """Every absence in a class, by day."""
    columns = [attendance.c[name] for name in AbsenceRow.__struct_fields__]
    query = (
        select(*columns)
        .where(attendance.c.class_id == class_id)
        .order_by(attendance.c.day, attendance.c.person_id, attendance.c.kind)
    )
    return tuple(AbsenceRow(*row) for row in await uow.execute(query))
