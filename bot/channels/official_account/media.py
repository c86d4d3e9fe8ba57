"""Pictures on the platform: uploaded when first needed, known for three days."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.channels.official_account.client import OfficialAccountClient
from bot.channels.transport import UnreachedError, UnsureError, Upload
from bot.clock import Clock
from bot.ports import FileLoader

_GOOD_FOR = timedelta(days=3) - timedelta(hours=1)
_REMEMBERED = 1000
_ENDINGS = {"image/png": "png", "image/gif": "gif"}


class Pictures:
    """The platform's ids of our stored pictures, as far as this process knows."""

    def __init__(
        self, client: OfficialAccountClient, load: FileLoader, clock: Clock
    ) -> None:
        self._client = client
        self._load = load
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    async def media_id(self, file_id: str) -> str:
        """The id under which the platform has a picture.

        Raises:
            ApiError: it cannot be uploaded; an upload is never left in doubt.
        """
        known = self._known.get(file_id)
        if known and self._clock.real() < known[1]:
            return known[0]
        file = await self._load(file_id)
        ending = _ENDINGS.get(file.media_type, "jpg")
        picture = Upload(f"picture.{ending}", file.media_type, file.content)
        try:
            media_id = await self._client.upload_image(picture)
        except UnsureError as error:
            raise UnreachedError(str(error)) from None
        self._remember(file_id, media_id)
        return media_id

    def forget(self, file_id: str) -> None:
        """Upload a picture again when it is next needed."""
        self._known.pop(file_id, None)

    def _remember(self, file_id: str, media_id: str) -> None:
        self._known[file_id] = (media_id, self._clock.real() + _GOOD_FOR)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
