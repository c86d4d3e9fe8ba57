"""``needs_file``: the needs of those a class admitted, as a chart and a document."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot import wording
from bot.actions.context import House
from bot.actions.needs import class_needs
from bot.clock import Clock, civil
from bot.documents.needs import needs_chart, needs_paper
from bot.jobs.work import Product, Task, file_id
from conversations.model import Reply
from storage import classes
from storage.database import Database
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=2)


def needs_file(database: Database, house: House, clock: Clock) -> Task:
    """The task; payload ``class`` (its id). Chart and PDF are pushed."""

    async def work(job: ClaimedJob) -> Product:
        class_id = job.payload["class"]
        async with database.reading() as uow:
            row = await classes.get(uow, class_id=class_id)
            needs = await class_needs(uow, house, row) if row else None
        if row is None or needs is None or not needs.voices:
            return Product(silent=True)
        chart = await asyncio.to_thread(needs_chart, row, needs)
        paper = await asyncio.to_thread(needs_paper, row, needs, on=civil(clock.now()))
        until = clock.now() + KEPT
        title = wording.needs.chart_title(row.title)
        made = (
            NewFile(
                id=file_id(job, 1),
                person_id=job.person_id,
                purpose="chart",
                subject=class_id,
                media_type="image/png",
                name=f"{title}.png",
                content=chart,
                keep_until=until,
            ),
            NewFile(
                id=file_id(job, 2),
                person_id=job.person_id,
                # It names people: whoever is erased takes it along.
                purpose="export",
                subject=class_id,
                media_type="application/pdf",
                name=wording.needs.file_name(row.title),
                content=paper,
                keep_until=until,
            ),
        )
        replies = tuple(
            Reply(kind=kind, ref=one.id, name=one.name)
            for kind, one in zip(("image", "file"), made, strict=True)
        )
        return Product(files=made, replies=replies, silent=True)

    return work
