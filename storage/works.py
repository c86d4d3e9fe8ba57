"""What teachers hand in for their assessment, and until when."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Row, insert, select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.training import work_days, works


class WorkRow(msgspec.Struct, frozen=True):
    """Something handed in for an attempt, or said about a second one.

    ``kind`` is ``process`` or ``final``; ``state`` is ``handed_in``, ``asked``
    (for a second attempt) or ``waived``. Later rows of one person, kind and
    attempt stand beside the earlier ones.
    """

    id: str
    class_id: str
    person_id: str
    kind: str
    attempt: int
    state: str
    at: datetime
    file_id: str | None = None
    late: bool = False
    text: str = ""


_PLAIN = tuple(works.c[name] for name in WorkRow.__struct_fields__ if name != "text")


async def add(uow: UnitOfWork, row: WorkRow) -> None:
    """Keep what was handed in."""
    values = msgspec.structs.asdict(row)
    said = values.pop("text")
    values["text_sealed"] = (
        uow.vault.seal(said, table="works", column="text_sealed", row=row.id)
        if said
        else None
    )
    await uow.execute(insert(works), values)


async def of_class(uow: UnitOfWork, *, class_id: str) -> tuple[WorkRow, ...]:
    """Everything handed in in a class, the oldest first."""
    return await _fetch(uow, works.c.class_id == class_id)


async def of_person(
    uow: UnitOfWork, *, class_id: str, person_id: str
) -> tuple[WorkRow, ...]:
    """Everything a person handed in in a class, the oldest first."""
    return await _fetch(
        uow, (works.c.class_id == class_id) & (works.c.person_id == person_id)
    )


async def _fetch(uow: UnitOfWork, test: ColumnElement[bool]) -> tuple[WorkRow, ...]:
    query = (
        select(*_PLAIN, works.c.text_sealed)
        .where(test)
        .order_by(works.c.at, works.c.id)
    )
    return tuple(_opened(uow, row) for row in await uow.execute(query))


def _opened(uow: UnitOfWork, row: Row[*tuple[object, ...]]) -> WorkRow:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name
    sealed = values.pop("text_sealed")
    said = (
        uow.vault.open_text(
            sealed, table="works", column="text_sealed", row=values["id"]
        )
        if sealed
        else ""
    )
    return WorkRow(**values, text=said)


_SET_DAY = Upsert(
    work_days,
    ["class_id"],
    lambda new: {"due_on": new.due_on, "created_by": new.created_by, "at": new.at},
)


async def set_due(
    uow: UnitOfWork, *, class_id: str, due_on: date, by: str, now: datetime
) -> None:
    """Say until when the works of a class are due."""
    row = {"class_id": class_id, "due_on": due_on, "created_by": by, "at": now}
    await uow.execute(_SET_DAY[uow.dialect], [row])


async def due(uow: UnitOfWork, *, class_id: str) -> date | None:
    """The day somebody set for the works of a class; None when nobody did."""
    query = select(work_days.c.due_on).where(work_days.c.class_id == class_id)
    found: date | None = (await uow.execute(query)).scalar_one_or_none()
    return found
