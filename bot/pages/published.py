"""What ``/n/{slug}`` shows, from the database: a notice, its tables, its file."""

from __future__ import annotations

from bot.actions import national
from bot.pages.notices import PublicNotice, PublicTable
from bot.ports import StoredFile
from bot.wording.national import TABLE_HEADER
from storage import files, notices, plan_calls
from storage.database import Database, UnitOfWork
from storage.notices import NoticeRow


class Published:
    """The published notices of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def notice(self, slug: str) -> PublicNotice | None:
        """The notice at a slug; its tables are those of this moment."""
        async with self._database.reading() as uow:
            row = await notices.readable(uow, slug=slug)
            if row is None or row.published_at is None:
                return None
            period = await _period(uow, row)
            tables = await national.tables(uow, period) if period else ()
            listed = await _listed(uow, period)
        return PublicNotice(
            row.title,
            row.body,
            row.publisher,
            row.published_at,
            tables=tuple(
                PublicTable(one.title, TABLE_HEADER, one.rows) for one in tables
            ),
            file=listed.name if listed else "",
        )

    async def file(self, slug: str) -> StoredFile | None:
        """The file that goes with the notice at a slug."""
        async with self._database.reading() as uow:
            row = await notices.readable(uow, slug=slug)
            period = await _period(uow, row) if row else ""
            listed = await _listed(uow, period)
            found = await files.get(uow, file_id=listed.id) if listed else None
        if found is None:
            return None
        info = found.info
        return StoredFile(info.id, info.name, info.media_type, found.content)


async def _period(uow: UnitOfWork, row: NoticeRow) -> str:
    """The half year whose national information a notice holds; else nothing."""
    if row.kind != national.KIND:
        return ""
    call = await plan_calls.of_notice(uow, notice_id=row.id)
    return call.period if call else ""


async def _listed(uow: UnitOfWork, period: str) -> files.FileInfo | None:
    """The newest list of a half year."""
    if not period:
        return None
    found = await files.find(uow, purpose=national.FILE, subject=period)
    return found[0] if found else None
