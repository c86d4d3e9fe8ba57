"""How far a message in several pieces has gone, while it is not settled.

Kept beside the quotas: it too is a number that counts for some days.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.messages import quotas

_NOTE = Upsert(quotas, ["name", "period"], lambda new: {"used": new.used})


def _name(outbox_id: str) -> str:
    return f"pieces:{outbox_id}"


async def gone(uow: UnitOfWork, *, outbox_id: str) -> int:
    """How many characters of the message went before; 0 for none."""
    query = select(quotas.c.used).where(quotas.c.name == _name(outbox_id))
    return (await uow.execute(query)).scalar_one_or_none() or 0


async def note(uow: UnitOfWork, *, outbox_id: str, count: int, until: datetime) -> None:
    """Note how many characters went; forgotten some time after ``until``."""
    row = {"name": _name(outbox_id), "period": "", "used": count, "ends_at": until}
    await uow.execute(_NOTE[uow.dialect], row)
