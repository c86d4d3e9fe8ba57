"""Who was shown the needs of a class (需求分析, 规程第十条)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select, update

from storage.database import UnitOfWork
from storage.tables.classes import needs_seen


async def note_seen(
    uow: UnitOfWork, *, class_id: str, person_id: str, now: datetime
) -> None:
    """Note that the person was shown them now; the caller has locked the class."""
    row = {"class_id": class_id, "person_id": person_id, "seen_at": now}
    again = await uow.execute(
        update(needs_seen)
        .where(needs_seen.c.class_id == class_id, needs_seen.c.person_id == person_id)
        .values(seen_at=now)
    )
    if not again.rowcount:
        await uow.execute(insert(needs_seen), row)


async def seen(uow: UnitOfWork, *, class_id: str) -> dict[str, datetime]:
    """When each person was last shown them."""
    query = select(needs_seen.c.person_id, needs_seen.c.seen_at).where(
        needs_seen.c.class_id == class_id
    )
    return {row.person_id: row.seen_at for row in await uow.execute(query)}
