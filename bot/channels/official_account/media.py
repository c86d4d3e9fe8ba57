"""Pictures on the platform: uploaded when first needed, known for three days.

Which id the platform gave is known to all processes.
"""

from __future__ import annotations

from datetime import timedelta

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.transport import UnreachedError, UnsureError, Upload
from bot.clock import Clock
from bot.ports import FileLoader
from storage import platform_media
from storage.database import Database

_GOOD_FOR = timedelta(days=3) - timedelta(hours=1)
_ENDINGS = {"image/png": "png", "image/gif": "gif"}


class Pictures:
    """The platform's ids of our stored pictures. Keeps to the machine's clock."""

    def __init__(
        self,
        client: OfficialAccountClient,
        load: FileLoader,
        clock: Clock,
        database: Database,
    ) -> None:
        self._client = client
        self._load = load
        self._clock = clock
        self._database = database
        self._account = client.account

    async def media_id(self, file_id: str) -> str:
        """The id under which the platform has a picture.

        Raises:
            ApiError: it cannot be uploaded; an upload is never left in doubt.
        """
        async with self._database.reading() as uow:
            known = await platform_media.find(
                uow, account=self._account, file_id=file_id, now=self._clock.real()
            )
        return known or await self._upload(file_id)

    async def _upload(self, file_id: str) -> str:
        file = await self._load(file_id)
        ending = _ENDINGS.get(file.media_type, "jpg")
        picture = Upload(f"picture.{ending}", file.media_type, file.content)
        expires_at = self._clock.real() + _GOOD_FOR
        try:
            media_id = await self._client.upload_image(picture)
        except UnsureError as error:
            raise UnreachedError(str(error)) from None
        async with self._database.transaction() as uow:
            await platform_media.keep(
                uow,
                account=self._account,
                file_id=file_id,
                media_id=media_id,
                expires_at=expires_at,
            )
            await uow.commit()
        return media_id

    async def forget(self, file_id: str, media_id: str) -> None:
        """Upload a picture again when it is next needed: its id is not known there."""
        async with self._database.transaction() as uow:
            await platform_media.forget(
                uow, account=self._account, file_id=file_id, media_id=media_id
            )
            await uow.commit()
