"""Our files that a platform holds for some days, known to all processes.

Moments here are the machine's own: the platform forgets by its own clock.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from storage.database import UnitOfWork
from storage.statements import Upsert
from storage.tables.messages import platform_media

_KEEP = Upsert(
    platform_media,
    ["account", "file_id"],
    lambda new: {"media_id": new.media_id, "expires_at": new.expires_at},
)


async def find(
    uow: UnitOfWork, *, account: str, file_id: str, now: datetime
) -> str | None:
    """The platform's id of a file, unless it forgets it by ``now``."""
    query = select(platform_media.c.media_id).where(
        platform_media.c.account == account,
        platform_media.c.file_id == file_id,
        platform_media.c.expires_at > now,
    )
    return (await uow.execute(query)).scalar_one_or_none()


async def keep(
    uow: UnitOfWork,
    *,
    account: str,
    file_id: str,
    media_id: str,
    expires_at: datetime,
) -> None:
    """Remember the platform's id of a file."""
    row = {
        "account": account,
        "file_id": file_id,
        "media_id": media_id,
        "expires_at": expires_at,
    }
    await uow.execute(_KEEP[uow.dialect], row)


async def forget(uow: UnitOfWork, *, account: str, file_id: str, media_id: str) -> None:
    """Forget an id that the platform no longer knows; a newer one stays."""
    await uow.execute(
        delete(platform_media).where(
            platform_media.c.account == account,
            platform_media.c.file_id == file_id,
            platform_media.c.media_id == media_id,
        )
    )
