"""Every row of every table, as a raw copy of the database shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from storage.database import Database
from storage.sealed import open_row
from storage.tables import metadata


async def dump_opened(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows by table, sealed cells opened: what the holder of the keys can read."""
    everything = {}
    async with database.reading() as uow:
        for table in metadata.sorted_tables:
            rows = await uow.execute(select(table))
            everything[table.name] = [
                open_row(database.vault, table, row._mapping) for row in rows
            ]
    return everything


async def dump_raw(database: Database, name: str) -> list[dict[str, Any]]:
    """A table in the order it lies in, with what the database adds to each row."""
    hidden = "ctid::text AS place, xmin::text AS writer, xmax::text AS locker, "
    if database.dialect == "sqlite":
        # The blind tables have no row id there to be shown.
        hidden = ""
    async with database.reading() as uow:
        found = await uow.execute(text(f"SELECT {hidden}* FROM {name}"))
        return [dict(row._mapping) for row in found]


def containing(dump: dict[str, list[dict[str, Any]]], needle: str) -> list[str]:
    """Where a text stands: ``table.column``, each once."""
    forms = (needle.encode(), needle.encode("unicode_escape"))
    found = {
        f"{table}.{column}"
        for table, rows in dump.items()
        for row in rows
        for column, value in row.items()
        if any(form in _bytes(value) for form in forms)
    }
    return sorted(found)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
