"""How far the demo's clock runs ahead, so that a restart goes on from there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select

from storage.database import UnitOfWork
from storage.tables.notices import demo_clock


async def ahead(uow: UnitOfWork) -> timedelta:
    """The kept amount; nothing when the clock was never moved."""
    seconds = (await uow.execute(select(demo_clock.c.ahead))).scalar_one_or_none()
    return timedelta(seconds=seconds or 0.0)


async def keep(uow: UnitOfWork, *, ahead: timedelta) -> None:
    """Keep the amount instead of the one before."""
    await uow.execute(delete(demo_clock))
    await uow.execute(insert(demo_clock), {"id": 1, "ahead": ahead.total_seconds()})
