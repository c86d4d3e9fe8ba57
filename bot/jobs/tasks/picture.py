"""``picture``: a table or a board that a command gathered, drawn for its asker."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from bot.clock import Clock
from bot.documents import charts
from bot.jobs.work import Product, Task, file_id
from conversations.model import Reply
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=2)


def picture(clock: Clock) -> Task:
    """The task; payload ``template``, ``title`` and ``data`` (JSON). It is pushed."""

    async def work(job: ClaimedJob) -> Product:
        title = job.payload["title"]
        data = msgspec.json.decode(job.payload["data"], type=dict[str, Any])
        drawn = await asyncio.to_thread(_draw, job.payload["template"], data)
        files = tuple(
            NewFile(
                id=file_id(job, number),
                person_id=job.person_id,
                purpose="picture",
                media_type="image/png",
                name=f"{title}-{number}.png" if len(drawn) > 1 else f"{title}.png",
                content=content,
                keep_until=clock.now() + KEPT,
            )
            for number, content in enumerate(drawn, start=1)
        )
        replies = tuple(Reply(kind="image", ref=one.id, name=one.name) for one in files)
        return Product(files=files, replies=replies, silent=True)

    return work


def _draw(template: str, data: Mapping[str, Any]) -> list[bytes]:
    """A long table in several pictures; anything else as its template pages it."""
    return charts.sheets(data) if template == "sheet" else charts.drawn(template, data)
