"""Leave that teachers ask for, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Row, insert, select, update

from storage.database import UnitOfWork
from storage.tables.training import leaves

LIVE = ("waiting", "granted")
"""States of a leave that counts, or may come to."""


class LeaveRow(msgspec.Struct, frozen=True):
    """A leave: ``hours`` 课时 on each day from the first to the last.

    ``state`` is ``waiting``, ``granted``, ``refused`` or ``withdrawn``.
    """

    id: str
    number: int
    class_id: str
    person_id: str
    first_day: date
    last_day: date
    hours: int
    state: str
    asked_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str = ""
    answer: str = ""

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.last_day - self.first_day).days + 1

    @property
    def total(self) -> int:
        """How many 课时 it comes to."""
        return self.days * self.hours

    def covers(self, day: date) -> bool:
        """True iff the day is one of the leave's."""
        return self.first_day <= day <= self.last_day


_SEALED = ("reason", "answer")
_PLAIN = tuple(
    leaves.c[name] for name in LeaveRow.__struct_fields__ if name not in _SEALED
)


async def add(uow: UnitOfWork, row: LeaveRow) -> None:
    """Keep a leave that somebody asks for."""
    values = msgspec.structs.asdict(row)
    for name in _SEALED:
        values[f"{name}_sealed"] = _seal(uow, row.id, name, values.pop(name))
    await uow.execute(insert(leaves), values)


def _seal(uow: UnitOfWork, row: str, name: str, said: str) -> bytes | None:
    if not said:
        return None
    return uow.vault.seal(said, table="leaves", column=f"{name}_sealed", row=row)


async def by_number(uow: UnitOfWork, *, number: int) -> LeaveRow | None:
    """A leave by its number."""
    found = await _fetch(uow, leaves.c.number == number)
    return found[0] if found else None


async def of_class(uow: UnitOfWork, *, class_id: str) -> tuple[LeaveRow, ...]:
    """All leave asked for in a class, by number."""
    return await _fetch(uow, leaves.c.class_id == class_id)


async def of_person(uow: UnitOfWork, *, person_id: str) -> tuple[LeaveRow, ...]:
    """All leave a person asked for, by number."""
    return await _fetch(uow, leaves.c.person_id == person_id)


async def waiting(uow: UnitOfWork, *, class_ids: Sequence[str]) -> tuple[LeaveRow, ...]:
    """What waits for an answer in classes, by number."""
    return await _fetch(
        uow, leaves.c.class_id.in_(class_ids) & (leaves.c.state == "waiting")
    )


async def _fetch(uow: UnitOfWork, test: ColumnElement[bool]) -> tuple[LeaveRow, ...]:
    query = (
        select(*_PLAIN, leaves.c.reason_sealed, leaves.c.answer_sealed)
        .where(test)
        .order_by(leaves.c.number)
    )
    return tuple(_opened(uow, row) for row in await uow.execute(query))


def _opened(uow: UnitOfWork, row: Row[*tuple[object, ...]]) -> LeaveRow:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's public name
    for name in _SEALED:
        sealed = values.pop(f"{name}_sealed")
        values[name] = (
            uow.vault.open_text(
                sealed, table="leaves", column=f"{name}_sealed", row=values["id"]
            )
            if sealed
            else ""
        )
    return LeaveRow(**values)


async def decide(
    uow: UnitOfWork,
    *,
    leave: LeaveRow,
    state: str,
    answer: str = "",
    now: datetime,
    decided_by: str,
) -> bool:
    """Move a leave on from the state it was read in; False when it moved meanwhile."""
    done = await uow.execute(
        update(leaves)
        .where(leaves.c.id == leave.id, leaves.c.state == leave.state)
        .values(
            state=state,
            answer_sealed=_seal(uow, leave.id, "answer", answer),
            decided_at=now,
            decided_by=decided_by,
        )
    )
    return bool(done.rowcount == 1)
