"""``scheme_file``: the training scheme of a class as a document."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.documents.schemes import scheme_document
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=7)


def scheme_file(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``class`` (its id). The PDF is pushed to whoever asked."""

    async def work(job: ClaimedJob) -> Product:
        class_id = job.payload["class"]
        found = await scheme_document(database, book, class_id)
        if found is None:
            return Product(silent=True)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="scheme",
            subject=class_id,
            media_type=found.media_type,
            name=found.name,
            content=found.content,
            keep_until=clock.now() + KEPT,
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work
