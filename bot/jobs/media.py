"""What people sent, wherever it lies: in our files or still on a platform.

Platforms keep it for three days. It is fetched at once; while the platform
does not give it, it is asked for again and again for 60 hours, and then the
person is asked to send it once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.jobs.work import UnreachableError
from bot.ports import FetchMedia, MediaGoneError
from storage import files, jobs
from storage.database import Database
from storage.jobs import ClaimedJob

GIVE_UP_AFTER = timedelta(hours=60)
"""How long a platform is asked for what a person sent."""

ALARM_AFTER = timedelta(hours=1)
"""How old the oldest that is not fetched may be before somebody is told."""

KINDS = ("photo", "stamp", "plan_sheet", "work")
"""The kinds of jobs that fetch what people sent."""

_log = structlog.get_logger(__name__)


class Media:
    """Reads media references: ``file:ID``, or ``PLATFORM:ID`` by its fetcher."""

    def __init__(
        self, database: Database, fetchers: Mapping[str, FetchMedia], clock: Clock
    ) -> None:
        self._database = database
        self._fetchers = fetchers
        self._clock = clock

    async def read(self, reference: str, *, job: ClaimedJob) -> bytes:
        """The content that the job's person sent when the job was asked for.

        Raises:
            MediaGoneError: it is no longer there, never was this person's, or
                the platform did not give it for too long.
            UnreachableError: the platform did not give it now.
        """
        place, _, name = reference.partition(":")
        if place == "file":
            return await self._stored(name, job.person_id)
        if place not in self._fetchers:
            raise MediaGoneError(reference)
        try:
            return await self._fetchers[place](name)
        except MediaGoneError:
            raise
        except Exception as error:
            if self._clock.now() - job.created_at >= GIVE_UP_AFTER:
                raise MediaGoneError(reference) from error
            raise UnreachableError("unreachable") from error

    async def _stored(self, file_id: str, person_id: str | None) -> bytes:
        async with self._database.reading() as uow:
            found = await files.get(uow, file_id=file_id)
        if found is None or found.info.person_id != person_id:
            raise MediaGoneError(file_id)
        return found.content


def raw_upload(reference: str) -> tuple[str, ...]:
    """The id of our own raw file behind a reference, if that is where it lies."""
    place, _, name = reference.partition(":")
    return (name,) if place == "file" else ()


async def oldest_unfetched(database: Database, clock: Clock) -> float:
    """How many seconds ago the oldest was sent that is not fetched; 0 for none."""
    async with database.reading() as uow:
        oldest = await jobs.oldest_open(uow, kinds=KINDS)
    if oldest is None:
        return 0.0
    return max(0.0, (clock.now() - oldest).total_seconds())


async def watch_media(database: Database, clock: Clock) -> None:
    """Tell the operator when a platform has not given something for an hour."""
    seconds = await oldest_unfetched(database, clock)
    if seconds > ALARM_AFTER.total_seconds():
        _log.error("media_not_fetched", seconds=int(seconds))
