"""Who of all processes holds what only one may hold, such as a live connection.

A lease in ``tokens``: whoever takes it gets the next generation, and keeps it as
long as they say so in time. Moments here are the machine's own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring
from storage.tables.messages import tokens

_FIRST = InsertIgnoring(tokens)


async def take(
    uow: UnitOfWork, *, name: str, now: datetime, seconds: float
) -> int | None:
    """Take what nobody holds any more; the generation to keep it by, else None."""
    first = {"account": name, "expires_at": now, "generation": 0}
    await uow.execute(_FIRST[uow.dialect], first)
    taken = await uow.execute(
        update(tokens)
        .where(
            tokens.c.account == name,
            or_(tokens.c.lease_until.is_(None), tokens.c.lease_until <= now),
        )
        .values(
            generation=tokens.c.generation + 1,
            lease_until=now + timedelta(seconds=seconds),
        )
    )
    if taken.rowcount != 1:
        return None
    query = select(tokens.c.generation).where(tokens.c.account == name)
    return int((await uow.execute(query)).scalar_one())


async def keep(
    uow: UnitOfWork, *, name: str, generation: int, now: datetime, seconds: float
) -> bool:
    """Hold on for some seconds more; False when another has taken it."""
    return await _change(uow, name, generation, now + timedelta(seconds=seconds))


async def give_up(uow: UnitOfWork, *, name: str, generation: int) -> bool:
    """Let another take it at once; False when another has taken it."""
    return await _change(uow, name, generation, None)


async def _change(
    uow: UnitOfWork, name: str, generation: int, until: datetime | None
) -> bool:
    done = await uow.execute(
        update(tokens)
        .where(tokens.c.account == name, tokens.c.generation == generation)
        .values(lease_until=until)
    )
    return bool(done.rowcount == 1)
