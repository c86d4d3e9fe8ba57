"""Which columns are sealed, and what each of their cells is bound to.

Every column whose name ends in ``_sealed`` is; the additional data of a cell
are its table, its column and its row's key (see ``storage.crypto``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Table

from storage.crypto import Vault
from storage.tables import metadata


def columns_of(table: Table) -> tuple[Column[Any], ...]:
    """The sealed columns of a table."""
    return tuple(column for column in table.columns if column.name.endswith("_sealed"))


def tables() -> tuple[Table, ...]:
    """The tables with sealed columns, by name."""
    every = sorted(metadata.tables.values(), key=lambda table: table.name)
    return tuple(table for table in every if columns_of(table))


def row_key(table: Table, row: Mapping[Any, Any]) -> str:
    """What a row is called in the additional data: its primary key, joined by ``/``."""
    key = [row[column.name] for column in table.primary_key.columns]
    return "/".join(
        part.hex() if isinstance(part, bytes) else str(part) for part in key
    )


def open_row(vault: Vault, table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    """The row with its sealed cells opened, as bytes under the bare names."""
    opened: dict[str, Any] = {}
    key = row_key(table, row)
    for name, value in row.items():
        if not name.endswith("_sealed"):
            opened[name] = value
            continue
        bare = name.removesuffix("_sealed")
        opened[bare] = value and vault.open(
            value, table=table.name, column=name, row=key
        )
    return opened
