"""``chart``: numbers that a command counted, as a picture."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec

from bot.clock import Clock
from bot.documents import charts
from bot.jobs.work import Product, Task, file_id
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=2)
_Rows = list[tuple[str, int]]


def chart(clock: Clock) -> Task:
    """The task; payload ``title``, ``rows`` and perhaps ``subtitle``.

    ``rows`` is JSON: pairs of a label and a number.
    """

    async def work(job: ClaimedJob) -> Product:
        title = job.payload["title"]
        rows = msgspec.json.decode(job.payload["rows"], type=_Rows)
        subtitle = job.payload.get("subtitle", "")
        picture = await asyncio.to_thread(charts.bars, title, rows, subtitle=subtitle)
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="chart",
            media_type="image/png",
            name=f"{title}.png",
            content=picture,
            keep_until=clock.now() + KEPT,
        )
        return Product(file=file.id, detail=file.name, files=(file,))

    return work
