"""``blank_form``: an official form with nothing in it, to print and write on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.clock import Clock
from bot.documents.blanks import blank
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=1)


def blank_form(book: FormBook, clock: Clock) -> Task:
    """The task; payload ``form`` and ``format`` (``docx``, else PDF)."""

    async def work(job: ClaimedJob) -> Product:
        word = job.payload["format"] == "docx"
        made = await asyncio.to_thread(
            blank, book, job.payload["form"], "docx" if word else "pdf"
        )
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="form_file",
            subject=job.payload["form"],
            media_type=made.media_type,
            name=made.name,
            content=made.content,
            keep_until=clock.now() + KEPT,
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work
