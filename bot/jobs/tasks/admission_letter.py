"""``admission_letter``: the 录取通知书 for a teacher whom a class admitted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta

from bot import wording
from bot.actions.admission_letters import Letter, letter_of
from bot.actions.context import House
from bot.clock import CHINA
from bot.documents.admission_letters import render_letter
from bot.jobs.work import Product, Task, file_id
from conversations.model import Reply
from storage import applications, classes
from storage.database import Database, UnitOfWork
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT_AFTER = timedelta(days=30)
"""How long after its class a letter is kept."""


def admission_letter(database: Database, house: House) -> Task:
    """The task; payload ``application`` and ``opens_on``, the day it is to tell.

    Nothing is sent to who is no longer admitted, nor of a day that moved since.
    """

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            letter = await _wanted(uow, house, job)
        if letter is None:
            return Product(silent=True)
        content = await asyncio.to_thread(render_letter, letter)
        over = datetime.combine(letter.ends_on + KEPT_AFTER, time(), CHINA)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="letter",
            subject=job.payload["application"],
            media_type="application/pdf",
            name=wording.admission_letters.file_name(letter.class_title),
            content=content,
            keep_until=over.astimezone(UTC),
        )
        reply = Reply(kind="file", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work


async def _wanted(uow: UnitOfWork, house: House, job: ClaimedJob) -> Letter | None:
    application_id = job.payload["application"]
    one = await applications.get(uow, application_id=application_id)
    row = await classes.get(uow, class_id=one.class_id) if one else None
    if row is None or row.opens_on.isoformat() != job.payload["opens_on"]:
        return None
    return await letter_of(uow, house, application_id=application_id)
