"""The platform's access token, shared by all processes; one at a time fetches.

Fetching takes a lease first, outside of which no transaction stays open; the
new value replaces the old only if nobody else did so meanwhile. Moments here
are the machine's own, never the demo's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import or_, select, update

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring
from storage.tables.messages import tokens


class Token(msgspec.Struct, frozen=True):
    """An access token; each replacement has the next generation."""

    value: str
    expires_at: datetime
    generation: int


_FIRST = InsertIgnoring(tokens)


async def read(uow: UnitOfWork, *, account: str) -> Token | None:
    """The account's token, expired or not; None before the first."""
    query = select(
        tokens.c.value_sealed, tokens.c.expires_at, tokens.c.generation
    ).where(tokens.c.account == account)
    row = (await uow.execute(query)).first()
    if row is None or row.value_sealed is None:
        return None
    value = uow.vault.open_text(
        row.value_sealed, table="tokens", column="value_sealed", row=account
    )
    return Token(value, row.expires_at, row.generation)


async def lease(
    uow: UnitOfWork, *, account: str, generation: int, now: datetime, seconds: float
) -> bool:
    """Take the right to fetch what follows ``generation`` (0: the first token).

    False when another process has it, or already fetched: read again then.
    """
    await uow.execute(
        _FIRST[uow.dialect], {"account": account, "expires_at": now, "generation": 0}
    )
    taken = await uow.execute(
        update(tokens)
        .where(
            tokens.c.account == account,
            tokens.c.generation == generation,
            or_(tokens.c.lease_until.is_(None), tokens.c.lease_until <= now),
        )
        .values(lease_until=now + timedelta(seconds=seconds))
    )
    return bool(taken.rowcount == 1)


async def replace(
    uow: UnitOfWork, *, account: str, generation: int, value: str, expires_at: datetime
) -> bool:
    """Put a fetched token in the place of ``generation``; False when too late."""
    sealed = uow.vault.seal(value, table="tokens", column="value_sealed", row=account)
    done = await uow.execute(
        update(tokens)
        .where(tokens.c.account == account, tokens.c.generation == generation)
        .values(
            value_sealed=sealed,
            expires_at=expires_at,
            generation=generation + 1,
            lease_until=None,
        )
    )
    return bool(done.rowcount == 1)


async def release(uow: UnitOfWork, *, account: str, generation: int) -> None:
    """Give the right to fetch back after a fetch that failed."""
    await uow.execute(
        update(tokens)
        .where(tokens.c.account == account, tokens.c.generation == generation)
        .values(lease_until=None)
    )
