"""``summary_file``: 附件6 as it was handed in, as PDF and Word."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.clock import Clock
from bot.documents.official import render_form
from bot.documents.submissions import Paper, paper_of
from bot.jobs.work import Product, Task, file_id
from bot.wording.summaries import file_name
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage import submissions, summaries
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=7)
_MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def summary_file(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``summary`` (its id). Both files are pushed."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            row = await summaries.get(uow, summary_id=job.payload["summary"])
            found = (
                await submissions.get(uow, submission_id=row.submission_id)
                if row
                else None
            )
            paper = await paper_of(uow, book, found) if found else None
        if row is None or paper is None:
            return Product(silent=True)
        drawings = await asyncio.to_thread(_drawn, paper)
        made = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="export",
                subject=row.id,
                media_type=_MEDIA[kind],
                name=file_name(
                    paper.context["institution"], paper.context["year"], kind
                ),
                content=drawing,
                keep_until=clock.now() + KEPT,
            )
            for number, (kind, drawing) in enumerate(drawings.items(), 1)
        )
        replies = tuple(Reply(kind="file", ref=one.id, name=one.name) for one in made)
        return Product(files=made, replies=replies, silent=True)

    return work


def _drawn(paper: Paper) -> dict[str, bytes]:
    form, answers, context = paper.form, paper.answers, paper.context
    return {
        "pdf": render_form(form, answers, context, masked=False, format="pdf"),
        "docx": render_form(form, answers, context, masked=False, format="docx"),
    }
