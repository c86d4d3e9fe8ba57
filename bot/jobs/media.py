"""What people sent, wherever it lies: in our files or still on a platform."""

from __future__ import annotations

from collections.abc import Mapping

from bot.jobs.work import UnreachableError
from bot.ports import FetchMedia, MediaGoneError
from storage import files
from storage.database import Database


class Media:
    """Reads media references: ``file:ID``, or ``PLATFORM:ID`` by its fetcher."""

    def __init__(self, database: Database, fetchers: Mapping[str, FetchMedia]) -> None:
        self._database = database
        self._fetchers = fetchers

    async def read(self, reference: str, *, person_id: str | None) -> bytes:
        """The content that this person sent.

        Raises:
            MediaGoneError: it is no longer there, or never was this person's.
            UnreachableError: the platform did not give it now.
        """
        place, _, name = reference.partition(":")
        if place == "file":
            return await self._stored(name, person_id)
        if place not in self._fetchers:
            raise MediaGoneError(reference)
        try:
            return await self._fetchers[place](name)
        except MediaGoneError:
            raise
        except Exception as error:
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
