"""导出我的信息: everything that is kept about the person, opened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, select

from storage.database import UnitOfWork
from storage.privacy.register import REGISTER
from storage.sealed import open_row
from storage.tables.messages import outbox
from storage.tables.metadata import metadata
from storage.tables.people import addresses

# Contents are handed over as files; digests and ciphertexts tell nobody anything.
_LEFT_OUT = frozenset({"content_sealed", "digest", "key_id"})


async def export_person(
    uow: UnitOfWork, *, person_id: str
) -> dict[str, list[dict[str, Any]]]:
    """Rows by table as plain JSON values; tables without any are left out.

    Which tables those are is the register's business; of files all but the
    content is here.
    """
    mine = [person_id, *await _address_ids(uow, person_id)]
    everything: dict[str, list[dict[str, Any]]] = {}
    for name, entry in REGISTER.items():
        if not entry.owner:
            continue
        rows = await _rows(uow, metadata.tables[name], entry.owner, mine)
        if rows:
            everything[name] = rows
    return everything


async def _address_ids(uow: UnitOfWork, person_id: str) -> list[str]:
    query = select(addresses.c.id).where(addresses.c.person_id == person_id)
    return list((await uow.execute(query)).scalars())


async def _rows(
    uow: UnitOfWork, table: Table, owner: str, mine: list[str]
) -> list[dict[str, Any]]:
    belongs: ColumnElement[bool] = table.c[owner].in_(mine)
    if table is outbox:
        belongs |= outbox.c.address_id.in_(mine)
    columns = [column for column in table.columns if column.name != "content_sealed"]
    query = select(*columns).where(belongs).order_by(*table.primary_key.columns)
    return [
        _plain(open_row(uow.vault, table, row._mapping))  # noqa: SLF001 -- SQLAlchemy's public name
        for row in await uow.execute(query)
    ]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items() if name not in _LEFT_OUT}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return _decoded(value)
    return value


def _decoded(value: bytes) -> Any:
    """An object or a list where it is one in JSON, else text: digits stay as said."""
    try:
        decoded = msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        decoded = None
    return (
        decoded if isinstance(decoded, dict | list) else value.decode(errors="replace")
    )
