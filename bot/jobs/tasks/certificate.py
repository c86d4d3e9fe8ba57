"""``certificate``: a certificate as a PDF, for its holder."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.actions.context import House
from bot.clock import Clock
from bot.documents.certificates import paper_of, render_certificate
from bot.jobs.work import Product, Task, file_id
from bot.wording.certificates import file_name
from conversations.model import Reply
from storage import certificates
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=7)


def certificate(database: Database, house: House, clock: Clock) -> Task:
    """The task; payload ``certificate`` (its id). Pushed, if it is still good."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            found = await certificates.get(
                uow, certificate_id=job.payload["certificate"]
            )
        paper = paper_of(found, house) if found else None
        if found is None or paper is None or found.row.person_id != job.person_id:
            return Product(silent=True)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="certificate",
            subject=found.row.id,
            media_type="application/pdf",
            name=file_name(found.title, found.row.number),
            content=await asyncio.to_thread(render_certificate, paper),
            keep_until=clock.now() + KEPT,
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work
