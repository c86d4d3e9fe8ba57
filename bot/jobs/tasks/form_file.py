"""``form_file``: a form that was handed in as a file, for who filled or may read it."""

from __future__ import annotations

from datetime import timedelta

from bot.clock import Clock
from bot.documents.submissions import submission_document
from bot.jobs.work import Product, Task, file_id
from conversations.forms.book import FormBook
from conversations.model import Reply
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=1)


def form_file(database: Database, book: FormBook, clock: Clock) -> Task:
    """The task; payload ``submission`` and ``format`` (``docx``, else PDF).

    The file is pushed, if the form is still kept.
    """

    async def work(job: ClaimedJob) -> Product:
        submission_id = job.payload["submission"]
        word = job.payload.get("format") == "docx"
        found = await submission_document(
            database, book, submission_id, "docx" if word else "pdf"
        )
        if found is None:
            return Product(silent=True)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="form_file",
            subject=submission_id,
            media_type=found.media_type,
            name=found.name,
            content=found.content,
            keep_until=clock.now() + KEPT,
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work
