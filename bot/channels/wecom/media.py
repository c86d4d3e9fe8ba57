"""Our files on the platform: uploaded when first needed, known for three days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePath

from bot.channels.transport import UnreachedError, UnsureError, Upload
from bot.channels.wecom.client import WeComClient
from bot.clock import Clock
from bot.ports import FileLoader, StoredFile
from storage import platform_media
from storage.database import Database

MAX_FILE = 20 * 1024 * 1024
MAX_IMAGE = 10 * 1024 * 1024
"""Bytes; the platform takes no more, and no less than five."""

MIN_FILE = 5
_GOOD_FOR = timedelta(days=3) - timedelta(hours=1)
_IMAGES = frozenset({"image/jpeg", "image/png"})
_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
}


class UnfitError(Exception):
    """The platform takes no file of this size."""


class Uploads:
    """The platform's ids of our stored files, known to all processes."""

    def __init__(
        self,
        account: str,
        client: WeComClient,
        load: FileLoader,
        database: Database,
        clock: Clock,
    ) -> None:
        self._account = account
        self._client = client
        self._load = load
        self._database = database
        self._clock = clock

    async def media(self, file_id: str, kind: str, name: str) -> tuple[str, str]:
        """As what the platform has a file (``image`` or ``file``), and its id there.

        A picture that is too large, or of a kind that is not shown, is a file.

        Raises:
            ApiError: it cannot be uploaded; an upload is never left in doubt.
            MediaGoneError: the file is no longer ours.
            UnfitError: it is too large for a file, or empty.
        """
        found = await self._known(file_id, kind)
        if found is not None:
            return found
        file = await self._load(file_id)
        size = len(file.content)
        if not MIN_FILE <= size <= MAX_FILE:
            raise UnfitError(f"{size} bytes")
        if kind == "image" and (size > MAX_IMAGE or file.media_type not in _IMAGES):
            kind = "file"
        upload = Upload(_file_name(file, name), file.media_type, file.content)
        try:
            media_id = await self._client.upload(kind, upload)
        except UnsureError as error:
            raise UnreachedError(str(error)) from None
        await self._keep(file_id, kind, media_id)
        return kind, media_id

    async def forget(self, file_id: str, kind: str, media_id: str) -> None:
        """Upload a file again when it is next needed."""
        async with self._database.transaction() as uow:
            await platform_media.forget(
                uow,
                account=f"{self._account}:{kind}",
                file_id=file_id,
                media_id=media_id,
            )
            await uow.commit()

    async def _known(self, file_id: str, kind: str) -> tuple[str, str] | None:
        kinds = ("image", "file") if kind == "image" else ("file",)
        async with self._database.reading() as uow:
            for one in kinds:
                media_id = await platform_media.find(
                    uow,
                    account=f"{self._account}:{one}",
                    file_id=file_id,
                    now=self._clock.real(),
                )
                if media_id is not None:
                    return one, media_id
        return None

    async def _keep(self, file_id: str, kind: str, media_id: str) -> None:
        async with self._database.transaction() as uow:
            await platform_media.keep(
                uow,
                account=f"{self._account}:{kind}",
                file_id=file_id,
                media_id=media_id,
                expires_at=self._clock.real() + _GOOD_FOR,
            )
            await uow.commit()


def _file_name(file: StoredFile, name: str) -> str:
    """The name that people see; with an ending, by which it opens."""
    name = (name or file.name).replace('"', "").replace("\n", " ").strip()
    if PurePath(name).suffix:
        return name
    return name + (PurePath(file.name).suffix or _ENDINGS.get(file.media_type, ""))
