"""``class_forms``: the application forms of a class, each a file, in archives."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import msgspec

from bot.clock import Clock
from bot.documents.formats import Format
from bot.documents.submissions import Paper, papers_of, print_paper
from bot.jobs import wording
from bot.jobs.archives import add_member, plain_name
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage import applications, classes, submissions
from storage.database import Database, UnitOfWork
from storage.files import MAX_BYTES, NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=1)
# What an archive needs beside the content of its members.
_ROOM = 64 * 1024


class _Numbered(msgspec.Struct, frozen=True):
    """A form and the number of its application."""

    number: int
    paper: Paper


def class_forms(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``class`` (id), ``format`` and ``full`` (``yes``, or masked).

    As many archives are pushed as the forms need. A class whose forms are gone by
    now is told of.
    """

    async def work(job: ClaimedJob) -> Product:
        style: Format = "docx" if job.payload["format"] == "docx" else "pdf"
        async with database.reading() as uow:
            title, papers = await _gather(uow, book, job.payload["class"])
        if not papers:
            gone = Reply(kind="text", text=wording.NO_FORMS)
            return Product(replies=(gone,), silent=True)
        masked = job.payload["full"] != "yes"
        archives = await asyncio.to_thread(_pack, papers, style, masked=masked)
        files = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="export",
                subject=job.payload["class"],
                media_type="application/zip",
                name=wording.forms_archive(title, number, len(archives)),
                content=archive,
                keep_until=clock.now() + KEPT,
            )
            for number, archive in enumerate(archives, start=1)
        )
        replies = tuple(Reply(kind="file", ref=one.id, name=one.name) for one in files)
        return Product(files=files, replies=replies, silent=True)

    return work


async def _gather(
    uow: UnitOfWork, book: FormBook, class_id: str
) -> tuple[str, list[_Numbered]]:
    """What the class is called, and its forms by the number of the application."""
    row = await classes.get(uow, class_id=class_id)
    found = await applications.with_form(uow, class_id=class_id)
    numbers = {one.submission_id: one.number for one in found if one.submission_id}
    forms = await submissions.get_many(uow, submission_ids=list(numbers))
    kept = [forms[id_] for id_ in numbers if id_ in forms]
    papers = await papers_of(uow, book, kept)
    return (
        f"{row.title} {row.code}" if row else "",
        [
            _Numbered(numbers[one.id], paper)
            for one, paper in zip(kept, papers, strict=True)
        ],
    )


def _pack(forms: Sequence[_Numbered], style: Format, *, masked: bool) -> list[bytes]:
    """Archives, none larger than a file that is kept."""
    return list(_archives(_members(forms, style, masked=masked)))


def _members(
    forms: Iterable[_Numbered], style: Format, *, masked: bool
) -> Iterator[tuple[str, bytes]]:
    for one in forms:
        name = str(one.paper.answers.get("name", ""))
        content = print_paper(one.paper, style, masked=masked)
        yield plain_name(f"{one.number:04}-{name}.{style}"), content


def _archives(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    out = io.BytesIO()
    archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
    for name, content in members:
        if out.tell() + len(content) + _ROOM > MAX_BYTES:
            archive.close()
            yield out.getvalue()
            out = io.BytesIO()
            archive = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        add_member(archive, name, content)
    archive.close()
    yield out.getvalue()
