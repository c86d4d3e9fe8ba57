"""附件5 as papers: masked pictures for who checks it, full files for who gets it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.actions.transcripts import Content, content_of, sent_content
from bot.clock import Clock
from bot.documents.sent_transcripts import drawn, model_of
from bot.documents.transcript import render_transcript
from bot.jobs.work import Product, Task, file_id
from bot.wording.transcripts import file_name, picture_name
from conversations.model import Reply
from storage import classes, transcripts
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=7)
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_SENT_AS = ("xlsx", "pdf")


def transcript_picture(database: Database, clock: Clock) -> Task:
    """The task; payload ``class`` (its id). Masked pictures of it as it stands now."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            row = await classes.get(uow, class_id=job.payload["class"])
            content = await content_of(uow, row) if row else None
        if row is None or content is None:
            return Product(silent=True)
        pages = await asyncio.to_thread(
            render_transcript, model_of(content), "png", masked=True
        )
        made = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="export",
                subject=row.id,
                media_type="image/png",
                name=picture_name(row.title, number),
                content=page,
                keep_until=clock.now() + KEPT,
            )
            for number, page in enumerate(pages, 1)
        )
        replies = tuple(Reply(kind="image", ref=one.id, name=one.name) for one in made)
        return Product(files=made, replies=replies, silent=True)

    return work


def transcript_file(database: Database, clock: Clock) -> Task:
    """The task; payload ``transcript`` (a sent revision) and perhaps ``format``."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            info = await transcripts.get(uow, transcript_id=job.payload["transcript"])
            content = await sent_content(uow, info) if info else None
            row = await classes.get(uow, class_id=info.class_id) if info else None
        if info is None or content is None or row is None:
            return Product(silent=True)
        wanted = job.payload.get("format")
        kinds = [wanted] if wanted else list(_SENT_AS)
        drawings = await asyncio.to_thread(_drawn_as, content, kinds)
        made = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="export",
                subject=row.id,
                media_type=_MEDIA[kind],
                name=file_name(row.title, row.code, info.revision, kind),
                content=drawing,
                keep_until=clock.now() + KEPT,
            )
            for number, (kind, drawing) in enumerate(
                zip(kinds, drawings, strict=True), 1
            )
        )
        replies = tuple(Reply(kind="file", ref=one.id, name=one.name) for one in made)
        return Product(files=made, replies=replies, silent=True)

    return work


def _drawn_as(content: Content, kinds: Sequence[str]) -> list[bytes]:
    return [drawn(content, kind) for kind in kinds]
