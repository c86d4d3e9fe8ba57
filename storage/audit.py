"""The log of what people with a role did. Rows are added and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import insert, select

from storage.database import UnitOfWork
from storage.tables.notices import audit


class AuditRow(msgspec.Struct, frozen=True):
    """One deed. ``actor_id`` is None for the operator's command line.

    ``outcome`` is done, refused or failed. ``subject`` and ``detail`` name
    things by id, code or number, never by personal data.
    """

    id: str
    at: datetime
    actor_id: str | None
    action: str
    outcome: str
    subject: str = ""
    scope_id: str | None = None
    detail: str = ""


_COLUMNS = (
    audit.c.id,
    audit.c.at,
    audit.c.actor_id,
    audit.c.action,
    audit.c.outcome,
    audit.c.subject,
    audit.c.scope_id,
    audit.c.detail,
)


async def add(uow: UnitOfWork, rows: Sequence[AuditRow]) -> None:
    """Write deeds down, in the transaction that does them."""
    if rows:
        names = AuditRow.__struct_fields__
        values = [{name: getattr(row, name) for name in names} for row in rows]
        await uow.execute(insert(audit), values)


async def find(
    uow: UnitOfWork,
    *,
    actor_id: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    limit: int = 1000,
) -> tuple[AuditRow, ...]:
    """The latest deeds, newest first, narrowed by what is given."""
    query = select(*_COLUMNS).order_by(audit.c.at.desc(), audit.c.id).limit(limit)
    wanted = {"actor_id": actor_id, "action": action, "subject": subject}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(audit.c[name] == value)
    return tuple(AuditRow(*row) for row in await uow.execute(query))
