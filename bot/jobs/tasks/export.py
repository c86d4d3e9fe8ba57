"""``export``: the applications to a class as a table for those who run it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.actions.applicants import class_table
from bot.clock import Clock
from bot.documents.tables import write_rows
from bot.jobs.work import Product, Task, file_id
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=1)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(database: Database, clock: Clock) -> Task:
    """The task; payload ``class`` (its id) and ``full`` (``yes``, or masked)."""

    async def work(job: ClaimedJob) -> Product:
        async with database.reading() as uow:
            table = await class_table(
                uow, class_id=job.payload["class"], full=job.payload["full"] == "yes"
            )
        made = await asyncio.to_thread(write_rows, "xlsx", table.header, table.rows)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="export",
            subject=job.payload["class"],
            media_type=EXCEL,
            name=f"{table.title}.xlsx",
            content=made,
            keep_until=clock.now() + KEPT,
        )
        return Product(file=file.id, detail=file.name, files=(file,))

    return work
