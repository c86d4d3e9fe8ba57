"""``qr_code``: a scene as a code to scan, for the person who asked for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.jobs.work import Product, Task, file_id
from bot.wording.scenes import PICTURE
from conversations.model import Reply
from storage.files import NewFile
from storage.jobs import ClaimedJob

KEPT = timedelta(days=2)

DrawCode = Callable[[str, int], Awaitable[bytes]]
"""The picture of a code for a scene that lives so many seconds."""


def qr_code(draw: DrawCode, clock: Clock) -> Task:
    """The task; payload ``token`` and ``expires_at``. The picture is pushed."""

    async def work(job: ClaimedJob) -> Product:
        expires_at = datetime.fromisoformat(job.payload["expires_at"])
        left = (expires_at - clock.now()).total_seconds()
        if left <= 0:
            return Product(silent=True)
        picture = await draw(job.payload["token"], int(left))
        file = NewFile(
            id=file_id(job),
            person_id=job.person_id,
            purpose="qr_code",
            media_type="image/png" if picture[:4] == b"\x89PNG" else "image/jpeg",
            name=f"{PICTURE}.png" if picture[:4] == b"\x89PNG" else f"{PICTURE}.jpg",
            content=picture,
            keep_until=min(expires_at, clock.now() + KEPT),
        )
        reply = Reply(kind="image", ref=file.id, name=file.name)
        return Product(files=(file,), replies=(reply,), silent=True)

    return work
