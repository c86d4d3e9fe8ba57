"""The blind index: whose a value is, without the value (see ``storage.crypto``).

A value has a row for each configured key, so that it is found, and unique, as
soon as two processes share one key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from storage.database import UnitOfWork
from storage.statements import InsertIgnoring, PerDialect
from storage.tables.people import lookups

_REGISTER = InsertIgnoring(lookups)
_OWNERS = PerDialect(
    lambda within: select(lookups.c.digest, lookups.c.owner_id).where(
        lookups.c.kind == bindparam("of_kind"), within(lookups.c.digest, "digests")
    )
)
_UNREGISTER = PerDialect(
    lambda within: delete(lookups).where(
        lookups.c.kind == bindparam("of_kind"),
        lookups.c.owner_id == bindparam("owner"),
        within(lookups.c.digest, "digests"),
    )
)


async def register(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows (columns of ``lookups``); those already there stay as they are.

    Given in the order of their digests, so that two processes that register
    the same values wait for each other one way only.
    """
    await uow.execute(_REGISTER[uow.dialect], rows)


async def owners(
    uow: UnitOfWork, kind: str, digests: Sequence[bytes]
) -> dict[bytes, str]:
    """Whose the values are, by digest."""
    wanted = {"of_kind": kind, "digests": list(digests)}
    found = await uow.execute(_OWNERS[uow.dialect], wanted)
    return {row.digest: row.owner_id for row in found}


async def unregister(
    uow: UnitOfWork, kind: str, *, owner_id: str, digests: Sequence[bytes]
) -> None:
    """Take back an owner's rows for some values."""
    wanted = {"of_kind": kind, "owner": owner_id, "digests": list(digests)}
    await uow.execute(_UNREGISTER[uow.dialect], wanted)
