"""Brings everything under the newest key while the service runs.

Run it with every process already knowing the new key (newest first, the old
ones after it); when it is done the old keys may be taken away. It goes through
each table in the order of its keys, a transaction for each batch, and writes a
cell only over the very bytes it read: a write that came between wins, and is
under the newest key anyway. Stopped and started again, it goes on where cells
are still under an older key.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    Row,
    Table,
    Update,
    bindparam,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from storage.database import Database, UnitOfWork
from storage.errors import is_transient
from storage.sealed import columns_of, row_key, tables
from storage.statements import InsertIgnoring
from storage.tables.people import addresses, lookups

Progress = Callable[[str, int], None]
"""Told after each batch: the table, and how many of its rows were gone through."""

_AT_ONCE = {"files": 4}
"""Rows of a batch where a row may be large."""

_TRIES = 5
_Result = TypeVar("_Result")


class Rotated(msgspec.Struct, frozen=True):
    """What one run did: cells sealed anew, values indexed anew, rows removed."""

    resealed: int
    reindexed: int
    removed: int


async def rotate(
    database: Database, *, batch: int = 500, progress: Progress | None = None
) -> Rotated:
    """Seal every sealed cell and index every value under the newest key.

    Index rows of keys that are no longer configured are removed where the same
    owner is indexed under the newest. Codes of invitations are not kept and so
    cannot be indexed again: those under an old key expire with it.
    """
    tell = progress or _tell_nobody
    resealed = 0
    for table in tables():
        resealed += await _reseal_table(database, table, batch, tell)
    reindexed = await _reindex(database, batch, tell)
    removed = await _remove_old(database)
    return Rotated(resealed, reindexed, removed)


def _tell_nobody(_table: str, _done: int) -> None:
    return


async def _reseal_table(
    database: Database, table: Table, batch: int, tell: Progress
) -> int:
    written, seen = 0, 0
    last: Sequence[Any] | None = None
    while True:
        rows, count = await _again_if_transient(
            partial(_reseal_batch, database, table, last, batch)
        )
        written += count
        if not rows:
            return written
        seen += len(rows)
        tell(table.name, seen)
        last = _key_of(table, rows[-1])


async def _reseal_batch(
    database: Database, table: Table, last: Sequence[Any] | None, batch: int
) -> tuple[Sequence[Row[*tuple[Any, ...]]], int]:
    at_once = min(batch, _AT_ONCE.get(table.name, batch))
    async with database.transaction() as uow:
        rows = await _next_rows(uow, table, last, at_once)
        written = await _reseal_rows(uow, table, rows)
        await uow.commit()
    return rows, written


async def _again_if_transient(work: Callable[[], Awaitable[_Result]]) -> _Result:
    """Do a batch again that met a deadlock or a lost connection."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
    return await work()


def _keys(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _key_of(table: Table, row: Row[*tuple[Any, ...]]) -> list[Any]:
    return [getattr(row, column.name) for column in _keys(table)]


async def _next_rows(
    uow: UnitOfWork, table: Table, last: Sequence[Any] | None, batch: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The next rows with a cell under an older key."""
    keys = _keys(table)
    stale = or_(*(_is_stale(uow, column) for column in columns_of(table)))
    query = select(*keys, *columns_of(table)).where(stale).order_by(*keys).limit(batch)
    if last is not None:
        query = query.where(tuple_(*keys) > tuple_(*_bound(keys, last)))
    return (await uow.execute(query)).all()


def _bound(keys: Iterable[Column[Any]], values: Iterable[Any]) -> list[Any]:
    return [
        bindparam(None, value, type_=key.type)
        for key, value in zip(keys, values, strict=True)
    ]


def _is_stale(uow: UnitOfWork, column: Column[Any]) -> Any:
    """Not under the newest key: a seal's bytes 2 to 5 are its key's id."""
    newest = bytes.fromhex(uow.vault.newest_key_id)
    return func.substr(column, 2, 4) != bindparam(None, newest, type_=column.type)


async def _reseal_rows(
    uow: UnitOfWork, table: Table, rows: Sequence[Row[*tuple[Any, ...]]]
) -> int:
    written = 0
    for column in columns_of(table):
        values = [
            _resealed(uow, table, column, row)
            for row in rows
            if (old := getattr(row, column.name)) is not None
            and not uow.vault.is_current(old)
        ]
        if values:
            await uow.execute(_write_over(table, column), values)
        written += len(values)
    return written


def _resealed(
    uow: UnitOfWork, table: Table, column: Column[Any], row: Row[*tuple[Any, ...]]
) -> dict[str, Any]:
    old = getattr(row, column.name)
    place = {
        "table": table.name,
        "column": column.name,
        "row": row_key(table, row._mapping),  # noqa: SLF001 -- SQLAlchemy's public name
    }
    new = uow.vault.seal(uow.vault.open(old, **place), **place)
    key = {f"key_{part.name}": getattr(row, part.name) for part in _keys(table)}
    return {"old": old, "new": new, **key}


def _write_over(table: Table, column: Column[Any]) -> Update:
    """Replace a cell only if it still holds what was read."""
    here = [part == bindparam(f"key_{part.name}") for part in _keys(table)]
    return (
        update(table)
        .where(*here, column == bindparam("old"))
        .values({column.name: bindparam("new")})
    )


_REGISTER = InsertIgnoring(lookups)


class _Indexed(msgspec.Struct, frozen=True):
    """A value that has to be found: of which kind, whose, and where to go on."""

    kind: str
    value: str
    owner_id: str
    cursor: str


_Find = Callable[[UnitOfWork, str, int], Awaitable[list[_Indexed]]]


async def _reindex(database: Database, batch: int, tell: Progress) -> int:
    """Index under the newest key what is indexed under an older one only."""
    added = 0
    for name, find in (("addresses", _addresses), ("id_numbers", _id_numbers)):
        seen, last = 0, ""
        while True:
            found, count = await _again_if_transient(
                partial(_reindex_batch, database, find, last, batch)
            )
            if not found:
                break
            added += count
            seen += len(found)
            last = found[-1].cursor
            tell(name, seen)
    return added


async def _reindex_batch(
    database: Database, find: _Find, last: str, batch: int
) -> tuple[list[_Indexed], int]:
    async with database.transaction() as uow:
        found = await find(uow, last, batch)
        rows = [row for value in found for row in _index_rows(uow, value)]
        if rows:
            rows.sort(key=itemgetter("kind", "digest"))
            await uow.execute(_REGISTER[uow.dialect], rows)
        await uow.commit()
    return found, len(found)


def _index_rows(uow: UnitOfWork, indexed: _Indexed) -> list[dict[str, Any]]:
    rows = []
    for key_id, digest in uow.vault.digests(indexed.kind, indexed.value):
        sealed = None
        if indexed.kind == "id_number":
            sealed = uow.vault.seal(
                indexed.value,
                table="lookups",
                column="value_sealed",
                row=f"{indexed.kind}/{digest.hex()}",
            )
        rows.append(
            {
                "kind": indexed.kind,
                "digest": digest,
                "owner_id": indexed.owner_id,
                "key_id": key_id,
                "value_sealed": sealed,
            }
        )
    return rows


async def _addresses(uow: UnitOfWork, last: str, batch: int) -> list[_Indexed]:
    """Addresses not indexed under the newest key, after the id ``last``."""
    newest = (
        select(lookups.c.owner_id)
        .where(
            lookups.c.owner_id == addresses.c.id,
            lookups.c.key_id == uow.vault.newest_key_id,
        )
        .exists()
    )
    query = (
        select(addresses.c.id, addresses.c.channel, addresses.c.address_sealed)
        .where(~newest, addresses.c.id > last)
        .order_by(addresses.c.id)
        .limit(batch)
        # A person erased meanwhile must not be indexed again.
        .with_for_update()
    )
    return [
        _Indexed("address", f"{channel}:{_address(uow, row, sealed)}", row, row)
        for row, channel, sealed in await uow.execute(query)
    ]


def _address(uow: UnitOfWork, row: str, sealed: bytes) -> str:
    return uow.vault.open_text(
        sealed, table="addresses", column="address_sealed", row=row
    )


async def _id_numbers(uow: UnitOfWork, last: str, batch: int) -> list[_Indexed]:
    """ID numbers not indexed under the newest key, after the owner ``last``."""
    other = lookups.alias("other")
    newest = (
        select(other.c.owner_id)
        .where(
            other.c.kind == "id_number",
            other.c.owner_id == lookups.c.owner_id,
            other.c.key_id == uow.vault.newest_key_id,
        )
        .exists()
    )
    query = (
        select(lookups)
        .where(lookups.c.kind == "id_number", ~newest, lookups.c.owner_id > last)
        .order_by(lookups.c.owner_id)
        .limit(batch)
        .with_for_update()
    )
    return [
        _Indexed("id_number", _number(uow, row), row.owner_id, row.owner_id)
        for row in await uow.execute(query)
        if row.value_sealed is not None
    ]


def _number(uow: UnitOfWork, row: Any) -> str:
    return uow.vault.open_text(
        row.value_sealed,
        table="lookups",
        column="value_sealed",
        row=f"{row.kind}/{row.digest.hex()}",
    )


async def _remove_old(database: Database) -> int:
    """Index rows of keys not configured, where the newest has the same owner."""
    other = lookups.alias("other")
    async with database.transaction() as uow:
        newest = (
            select(other.c.owner_id)
            .where(
                other.c.kind == lookups.c.kind,
                other.c.owner_id == lookups.c.owner_id,
                other.c.key_id == uow.vault.newest_key_id,
            )
            .exists()
        )
        done = await uow.execute(
            delete(lookups).where(lookups.c.key_id.not_in(uow.vault.key_ids), newest)
        )
        await uow.commit()
    return done.rowcount
