"""Features that are off because the platform refused them, and until when."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import or_, select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.messages import switches


class SwitchRow(msgspec.Struct, frozen=True):
    """A feature that is off; ``until`` None means for good."""

    name: str
    reason: str
    until: datetime | None
    at: datetime


_SET = Upsert(
    switches,
    ["name"],
    lambda new: {
        "off": new.off,
        "reason": new.reason,
        "until": new.until,
        "at": new.at,
    },
)


async def all_off(uow: UnitOfWork, *, now: datetime) -> dict[str, SwitchRow]:
    """Every feature that is off at ``now``, by name."""
    query = select(
        switches.c.name, switches.c.reason, switches.c.until, switches.c.at
    ).where(switches.c.off, or_(switches.c.until.is_(None), switches.c.until > now))
    return {row.name: SwitchRow(*row) for row in await uow.execute(query)}


async def turn_off(
    uow: UnitOfWork,
    *,
    name: str,
    reason: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Turn a feature off, for good or until a moment."""
    row = {"name": name, "off": True, "reason": reason, "until": until, "at": now}
    await uow.execute(_SET[uow.dialect], row)


async def turn_on(uow: UnitOfWork, *, name: str, now: datetime) -> None:
    """Turn a feature on again."""
    row = {"name": name, "off": False, "reason": "", "until": None, "at": now}
    await uow.execute(_SET[uow.dialect], row)
