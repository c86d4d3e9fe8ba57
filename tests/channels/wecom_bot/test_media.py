"""Files come in decrypted and go out in pieces; what cannot be had is said so."""

from __future__ import annotations

import base64
import os

import aiohttp
import pytest

from bot.channels.transport import ApiError, RefusedError, UnreachedError
from bot.channels.wecom_bot.frames import Media
from bot.channels.wecom_bot.media import (
    CHUNK,
    MAX_CHUNKS,
    Downloads,
    TooLargeError,
    UnfetchedError,
    Uploads,
    decrypt,
)
from bot.clock import SystemClock
from bot.ports import FileLoader, StoredFile
from bot.uploads import MAX_UPLOAD
from tests.channels.wecom_bot.conftest import Start, until
from tests.platforms.wecom_bot import WeComBotPlatform


async def no_wait(_seconds: float) -> None:
    return


@pytest.mark.parametrize("size", [1, 15, 16, 31, 32, 33, 70_000])
async def test_a_file_comes_as_it_was_sent(
    platform: WeComBotPlatform, http: aiohttp.ClientSession, size: int
) -> None:
    content = os.urandom(size)
    lies = platform.keep_file(content)
    fetched = await Downloads(http, sleep=no_wait).fetch(Media(**lies))
    assert fetched == content


async def test_what_is_too_large_or_gone_or_of_another_key_is_told_apart(
    platform: WeComBotPlatform, http: aiohttp.ClientSession
) -> None:
    downloads = Downloads(http, sleep=no_wait)
    large = platform.keep_file(bytes(MAX_UPLOAD + 1))
    with pytest.raises(TooLargeError):
        await downloads.fetch(Media(**large))
    lies = platform.keep_file(b"hello")
    other = base64.b64encode(os.urandom(32)).decode()
    with pytest.raises(UnfetchedError):
        await downloads.fetch(Media(lies["url"], other))
    platform.media_gone = True
    with pytest.raises(UnfetchedError):
        await downloads.fetch(Media(**lies))
    with pytest.raises(UnfetchedError):
        await downloads.fetch(Media("file:///etc/passwd", other))


async def test_a_server_that_is_away_is_asked_three_times(
    http: aiohttp.ClientSession,
) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    with pytest.raises(UnfetchedError):
        await Downloads(http, sleep=note).fetch(Media("http://127.0.0.1:9/x", "k"))
    assert waits == [0.0, 1.0, 4.0]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "A" * 43),
        (b"x" * 17, "A" * 43),
        (b"x" * 32, "A" * 42),
        (b"x" * 32, "no base64!"),
        (b"x" * 32, ""),
    ],
)
def test_what_was_never_encrypted_like_that_is_refused(
    content: bytes, key: str
) -> None:
    with pytest.raises(UnfetchedError):
        decrypt(content, key)


@pytest.mark.parametrize("size", [1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
async def test_a_file_goes_out_whole_and_once(
    platform: WeComBotPlatform, start: Start, size: int
) -> None:
    one = start()
    await until(lambda: one.holds)
    connection = one.keeper.connection
    assert connection is not None
    content = os.urandom(size)
    uploads = Uploads(loader(content), SystemClock())
    first = await uploads.media_id(connection, "f1", "file", "表.pdf")
    assert await uploads.media_id(connection, "f1", "file", "表.pdf") == first
    assert platform.media(first) == ("file", "表.pdf", content)
    assert platform.count("aibot_upload_media_finish") == 1
    uploads.forget("f1")
    assert await uploads.media_id(connection, "f1", "file", "") != first


async def test_an_upload_is_never_left_in_doubt(
    platform: WeComBotPlatform, start: Start
) -> None:
    one = start()
    await until(lambda: one.holds)
    connection = one.keeper.connection
    assert connection is not None
    uploads = Uploads(loader(b"x"), SystemClock())
    platform.deaf.add("aibot_upload_media_finish")
    with pytest.raises(UnreachedError):
        await uploads.media_id(connection, "f1", "file", "x")
    platform.deaf.clear()
    platform.refusals["aibot_upload_media_chunk"].append(40058)
    with pytest.raises(RefusedError):
        await uploads.media_id(connection, "f1", "file", "x")
    huge = Uploads(loader(bytes(CHUNK * MAX_CHUNKS + 1)), SystemClock())
    with pytest.raises(ApiError):
        await huge.media_id(connection, "f1", "file", "x")
    assert await uploads.media_id(connection, "f1", "file", "x")


def loader(content: bytes) -> FileLoader:
    async def load(file_id: str) -> StoredFile:
        return StoredFile(file_id, "原名.bin", "application/octet-stream", content)

    return load
