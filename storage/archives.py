"""归档 of a class: that its file was made, and of what."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from storage.database import UnitOfWork
from storage.tables.messages import files
from storage.tables.records import archives

PURPOSE = "archive"
"""The purpose of the volumes' files; their subject is the archive's id."""


class ArchiveRow(msgspec.Struct, frozen=True):
    """One archive; ``state`` is ``making`` or ``made``.

    ``missing`` are the papers that were not there, in words.
    """

    id: str
    class_id: str
    revision: int
    state: str
    entries: int
    missing: list[str]
    made_at: datetime
    created_by: str | None = None


_own = archives.c
_COLUMNS = tuple(_own[name] for name in ArchiveRow.__struct_fields__)


async def add(uow: UnitOfWork, row: ArchiveRow) -> None:
    """Begin an archive; the database refuses a revision twice."""
    await uow.execute(insert(archives), msgspec.structs.asdict(row))


async def get(uow: UnitOfWork, *, archive_id: str) -> ArchiveRow | None:
    """An archive by its id."""
    query = select(*_COLUMNS).where(_own.id == archive_id)
    row = (await uow.execute(query)).first()
    return ArchiveRow(*row) if row else None


async def latest(uow: UnitOfWork, *, class_id: str) -> ArchiveRow | None:
    """The newest archive of a class, perhaps still being made."""
    query = (
        select(*_COLUMNS)
        .where(_own.class_id == class_id)
        .order_by(_own.revision.desc())
        .limit(1)
    )
    row = (await uow.execute(query)).first()
    return ArchiveRow(*row) if row else None


async def made(uow: UnitOfWork, *, archive_id: str, entries: int) -> bool:
    """Note that the volumes are there; False when that was noted before."""
    done = await uow.execute(
        update(archives)
        .where(_own.id == archive_id, _own.state == "making")
        .values(state="made", entries=entries)
    )
    return bool(done.rowcount == 1)


async def volumes(uow: UnitOfWork, *, archive_id: str) -> tuple[str, ...]:
    """The ids of the archive's files, in their order; none once they are gone."""
    query = (
        select(files.c.id)
        .where(files.c.purpose == PURPOSE, files.c.subject == archive_id)
        .order_by(files.c.id)
    )
    return tuple((await uow.execute(query)).scalars())
