"""``export_mine``: everything kept about a person, for that person (PIPL 45).

One archive: all rows as JSON and as a table, the forms that were handed in as
PDF, and the files that were sent. What does not fit in a file that is kept
follows as files of their own.
"""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from bot.clock import Clock
from bot.documents.submissions import Paper, paper_of, print_paper
from bot.documents.tables import write_rows
from bot.jobs import wording
from bot.jobs.archives import add_member, plain_name
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage import files, submissions
from storage.database import Database, UnitOfWork
from storage.files import MAX_BYTES, FileRow, NewFile
from storage.jobs import ClaimedJob
from storage.privacy.export import export_person

KEPT = timedelta(days=1)
_SENT_BY_THE_PERSON = frozenset({"photo", "stamp", "upload"})
# What an archive needs beside the content of its members.
_ROOM = 64 * 1024

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


class _Holdings(msgspec.Struct, frozen=True):
    """What is kept: rows by table, the forms, and the files."""

    tables: dict[str, list[dict[str, Any]]]
    papers: tuple[Paper, ...]
    sent: tuple[FileRow, ...]


def export_mine(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; an empty payload: it is about the job's own person."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            held = await _gather(uow, book, job.person_id or "")
        archive, too_large = await asyncio.to_thread(_pack, held)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="export",
            media_type="application/zip",
            name=f"{wording.MY_DATA}.zip",
            content=archive,
            keep_until=clock.now() + KEPT,
        )
        replies = tuple(
            Reply(kind="file", ref=one.info.id, name=one.info.name) for one in too_large
        )
        return Product(file=file.id, detail=file.name, files=(file,), replies=replies)

    return work


async def _gather(uow: UnitOfWork, book: FormBook, person_id: str) -> _Holdings:
    tables = await export_person(uow, person_id=person_id)
    ids = [row["id"] for row in tables.get("submissions", [])]
    handed_in = await submissions.get_many(uow, submission_ids=ids)
    papers = [await paper_of(uow, book, handed_in[one]) for one in ids]
    sent = [
        await files.get(uow, file_id=row["id"])
        for row in tables.get("files", [])
        if row["purpose"] in _SENT_BY_THE_PERSON
    ]
    return _Holdings(tables, tuple(papers), tuple(one for one in sent if one))


def _pack(held: _Holdings) -> tuple[bytes, list[FileRow]]:
    """The archive, and the files that found no room in it."""
    out = io.BytesIO()
    too_large = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(held):
            add_member(archive, name, content)
        for number, one in enumerate(held.sent, start=1):
            if out.tell() + len(one.content) + _ROOM > MAX_BYTES:
                too_large.append(one)
            else:
                add_member(
                    archive, f"{number}-{plain_name(one.info.name)}", one.content
                )
    return out.getvalue(), too_large


def _members(held: _Holdings) -> Iterator[tuple[str, bytes]]:
    rows = msgspec.json.format(msgspec.json.encode(held.tables), indent=2)
    yield f"{wording.MY_DATA}.json", rows
    table = write_rows("xlsx", wording.MY_DATA_HEADER, list(_cells(held.tables)))
    yield f"{wording.MY_DATA}.xlsx", table
    for number, paper in enumerate(held.papers, start=1):
        yield f"{number}-{paper.name}", print_paper(paper)


def _cells(tables: Tables) -> Iterator[tuple[str, int, str, str]]:
    for table, rows in tables.items():
        for number, row in enumerate(rows, start=1):
            for column, value in row.items():
                name = wording.TABLES.get(table, table)
                yield name, number, column, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
