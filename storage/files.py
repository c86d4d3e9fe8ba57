"""Uploaded and made files: sealed, in the database, at most 10 MB each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Row, Select, delete, insert, select, update

from storage.database import UnitOfWork
from storage.errors import TooLargeError
from storage.tables.messages import files

MAX_BYTES = 10 * 1024 * 1024
"""The largest file that is kept."""


class NewFile(msgspec.Struct, frozen=True):
    """A file to keep.

    ``purpose`` is upload, photo, stamp, form_picture, form_file, chart or export;
    ``subject`` what it belongs to (a draft, an application, a class).
    """

    id: str
    person_id: str | None
    purpose: str
    media_type: str
    name: str
    content: bytes
    subject: str = ""
    keep_until: datetime | None = None


class FileInfo(msgspec.Struct, frozen=True):
    """A file without its content. ``size`` is in bytes."""

    id: str
    person_id: str | None
    purpose: str
    subject: str
    media_type: str
    name: str
    size: int
    created_at: datetime


class FileRow(msgspec.Struct, frozen=True):
    """A file with its content, opened."""

    info: FileInfo
    content: bytes


_INFO = (
    files.c.id,
    files.c.person_id,
    files.c.purpose,
    files.c.subject,
    files.c.media_type,
    files.c.name_sealed,
    files.c.size,
    files.c.created_at,
)


async def put(uow: UnitOfWork, file: NewFile, *, now: datetime) -> None:
    """Keep a file.

    Raises:
        TooLargeError: it is larger than ``MAX_BYTES``.
    """
    if len(file.content) > MAX_BYTES:
        raise TooLargeError(f"{len(file.content)} bytes, at most {MAX_BYTES} are kept")
    seal = uow.vault.seal
    row = {
        "id": file.id,
        "person_id": file.person_id,
        "purpose": file.purpose,
        "subject": file.subject,
        "media_type": file.media_type,
        "name_sealed": seal(
            file.name, table="files", column="name_sealed", row=file.id
        ),
        "size": len(file.content),
        "content_sealed": seal(
            file.content, table="files", column="content_sealed", row=file.id
        ),
        "created_at": now,
        "keep_until": file.keep_until,
    }
    await uow.execute(insert(files), row)


async def get(uow: UnitOfWork, *, file_id: str) -> FileRow | None:
    """The file with its content; None when there is none."""
    query = select(*_INFO, files.c.content_sealed).where(files.c.id == file_id)
    row = (await uow.execute(query)).first()
    return None if row is None else _row(uow, row)


async def get_many(uow: UnitOfWork, *, file_ids: Sequence[str]) -> dict[str, FileRow]:
    """Files with their content, by id; those that are gone are left out."""
    if not file_ids:
        return {}
    query = select(*_INFO, files.c.content_sealed).where(files.c.id.in_(file_ids))
    return {row.id: _row(uow, row) for row in await uow.execute(query)}


async def info(uow: UnitOfWork, *, file_id: str) -> FileInfo | None:
    """The file without its content; None when there is none."""
    found = await _list(uow, select(*_INFO).where(files.c.id == file_id))
    return found[0] if found else None


async def find(uow: UnitOfWork, *, purpose: str, subject: str) -> tuple[FileInfo, ...]:
    """The files of a subject for a purpose, newest first."""
    query = (
        select(*_INFO)
        .where(files.c.purpose == purpose, files.c.subject == subject)
        .order_by(files.c.created_at.desc(), files.c.id)
    )
    return await _list(uow, query)


async def _list(
    uow: UnitOfWork, query: Select[*tuple[object, ...]]
) -> tuple[FileInfo, ...]:
    return tuple(_info(uow, row) for row in await uow.execute(query))


def _row(uow: UnitOfWork, row: Row[*tuple[object, ...]]) -> FileRow:
    content = uow.vault.open(
        row.content_sealed, table="files", column="content_sealed", row=row.id
    )
    return FileRow(_info(uow, row), content)


def _info(uow: UnitOfWork, row: Row[*tuple[object, ...]]) -> FileInfo:
    name = uow.vault.open_text(
        row.name_sealed, table="files", column="name_sealed", row=row.id
    )
    return FileInfo(
        id=row.id,
        person_id=row.person_id,
        purpose=row.purpose,
        subject=row.subject,
        media_type=row.media_type,
        name=name,
        size=row.size,
        created_at=row.created_at,
    )


async def keep_longer(
    uow: UnitOfWork, *, file_ids: Sequence[str], person_id: str, until: datetime
) -> None:
    """Keep files of a person until then at least; one without a date is left so."""
    if file_ids:
        await uow.execute(
            update(files)
            .where(
                files.c.id.in_(file_ids),
                files.c.person_id == person_id,
                files.c.keep_until < until,
            )
            .values(keep_until=until)
        )


async def remove(uow: UnitOfWork, *, file_ids: Sequence[str]) -> None:
    """Forget files."""
    if file_ids:
        await uow.execute(delete(files).where(files.c.id.in_(file_ids)))


async def remove_of(uow: UnitOfWork, *, subject: str) -> None:
    """Forget every file of a subject (a blind form's pictures)."""
    await uow.execute(delete(files).where(files.c.subject == subject))
