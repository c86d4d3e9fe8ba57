"""Files to and from the platform: theirs lie encrypted at an address, ours go in pieces."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.transport import ApiError, UnreachedError, UnsureError
from bot.channels.wecom_bot import frames
from bot.channels.wecom_bot.connection import Connection
from bot.channels.wecom_bot.frames import Media
from bot.clock import Clock
from bot.ports import FileLoader, StoredFile
from bot.uploads import MAX_UPLOAD

CHUNK = 512 * 1024
MAX_CHUNKS = 100

_BLOCK = 32
_TRIES = (0.0, 1.0, 4.0)
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5)
_PIECE = 64 * 1024
_GOOD_FOR = timedelta(days=3) - timedelta(hours=1)
_REMEMBERED = 1000


class UnfetchedError(Exception):
    """What a person sent cannot be had."""


class TooLargeError(UnfetchedError):
    """It is larger than anything we take."""


class Downloads:
    """Fetches what people send, at once: its address is good for five minutes."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._http = http
        self._sleep = sleep

    async def fetch(self, media: Media) -> bytes:
        """The content of a file, decrypted.

        Raises:
            TooLargeError: more than ``MAX_UPLOAD`` bytes.
            UnfetchedError: it cannot be had, or not be decrypted.
        """
        problem: Exception = UnfetchedError("no address")
        if not media.url.startswith(("https://", "http://")):
            raise problem
        for wait in _TRIES:
            await self._sleep(wait)
            try:
                content = decrypt(await self._download(media.url), media.aeskey)
            except UnfetchedError:
                raise
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                problem = error
                continue
            if len(content) > MAX_UPLOAD:
                raise TooLargeError("too large")
            return content
        raise UnfetchedError(type(problem).__name__) from problem

    async def _download(self, url: str) -> bytes:
        async with self._http.get(url, timeout=_TIMEOUT) as response:
            if 400 <= response.status < 500:
                raise UnfetchedError(f"HTTP {response.status}")
            response.raise_for_status()
            content = bytearray()
            async for piece in response.content.iter_chunked(_PIECE):
                content += piece
                if len(content) > MAX_UPLOAD + _BLOCK:
                    raise TooLargeError("too large")
        return bytes(content)


def decrypt(content: bytes, aeskey: str) -> bytes:
    """A file as it was before the platform encrypted it (AES-256-CBC, 32-byte blocks).

    Raises:
        UnfetchedError: not with this key, or not encrypted like that.
    """
    try:
        key = base64.b64decode(aeskey + "=" * (-len(aeskey) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnfetchedError("key unreadable") from None
    if len(key) != 32 or not content or len(content) % 16:
        raise UnfetchedError("not as the platform encrypts")
    opened = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    padded = opened.update(content) + opened.finalize()
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
        raise UnfetchedError("wrong key")
    return padded[:-padding]


class Uploads:
    """The platform's ids of our stored files, as far as this process knows."""

    def __init__(self, load: FileLoader, clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    async def media_id(
        self, connection: Connection, file_id: str, kind: str, name: str
    ) -> str:
        """The id under which the platform has a file (``image`` or ``file``).

        Raises:
            ApiError: it cannot be uploaded; an upload is never left in doubt.
        """
        known = self._known.get(file_id)
        if known and self._clock.real() < known[1]:
            return known[0]
        file = await self._load(file_id)
        try:
            media_id = await _upload(connection, file, kind, name or file.name)
        except UnsureError as error:
            raise UnreachedError(str(error)) from None
        self._known[file_id] = (media_id, self._clock.real() + _GOOD_FOR)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return media_id

    def forget(self, file_id: str) -> None:
        """Upload a file again when it is next needed."""
        self._known.pop(file_id, None)


async def _upload(
    connection: Connection, file: StoredFile, kind: str, name: str
) -> str:
    content = file.content
    pieces = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]
    if not 0 < len(pieces) <= MAX_CHUNKS:
        raise ApiError(f"a file of {len(content)} bytes cannot be sent")
    begun = await connection.call(
        frames.UPLOAD_INIT,
        {
            "type": kind,
            "filename": name,
            "total_size": len(content),
            "total_chunks": len(pieces),
            "md5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        },
    )
    upload = _told(begun, "upload_id")
    for index, piece in enumerate(pieces):
        body = {
            "upload_id": upload,
            "chunk_index": index,
            "base64_data": base64.b64encode(piece).decode(),
        }
        await connection.call(frames.UPLOAD_CHUNK, body)
    done = await connection.call(frames.UPLOAD_FINISH, {"upload_id": upload})
    return _told(done, "media_id")


def _told(body: dict[str, object], name: str) -> str:
    told = body.get(name)
    if not isinstance(told, str) or not told:
        raise UnreachedError(f"no {name} was told")
    return told
