"""HTTP to a platform: one call, one answer or one of four errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)
MAX_MEDIA = 10 * 1024 * 1024
"""Bytes; the platform sends no larger picture."""

_CHUNK = 64 * 1024
# What errors come as, and the pages of whatever stands in between.
_NO_FILE = ("application/json", "text/plain", "text/html")


class ApiError(Exception):
    """A call to the platform that did not end well."""


class RefusedError(ApiError):
    """The platform answered with an error code; ``answer`` is all that it said."""

    def __init__(
        self, code: int, message: str, answer: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.answer: Mapping[str, Any] = answer or {}


class UnreachedError(ApiError):
    """The call never arrived: doing it again is safe."""


class BrokenAnswerError(ApiError):
    """The platform's servers failed, or what they said is not JSON."""


class UnsureError(ApiError):
    """The call may have arrived; its answer did not."""


class Upload(msgspec.Struct, frozen=True):
    """A file to upload; ``name`` in ASCII, with its extension."""

    name: str
    media_type: str
    content: bytes


class Media(msgspec.Struct, frozen=True):
    """A downloaded file."""

    media_type: str
    content: bytes


class Transport:
    """Calls a platform's API below ``base_url`` (``https://api.weixin.qq.com``)."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        *,
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> None:
        self._http = http
        self._timeout = timeout
        self.api_url = f"{base_url.rstrip('/')}/cgi-bin/"

    async def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        upload: Upload | None = None,
    ) -> dict[str, Any]:
        """Call and decode the answer. ``data`` goes as JSON in real UTF-8.

        Raises:
            RefusedError: the platform answered with an error code.
            UnreachedError: the call did not arrive.
            BrokenAnswerError: 5xx, or an answer that is not JSON.
            UnsureError: it may have arrived.
        """
        body: Any = _form(upload) if upload else _json(data)
        async with self._open(method, url, params, body) as response:
            return _decode(await response.read())

    async def download(self, url: str, *, params: Mapping[str, str]) -> Media:
        """Fetch a file. The platform reports errors as JSON with status 200.

        Raises:
            RefusedError, UnreachedError, BrokenAnswerError, UnsureError: see ``call``.
        """
        async with self._open("get", url, params, None) as response:
            content = await _read_at_most(response, MAX_MEDIA)
            if response.content_type in _NO_FILE:
                answer = _decode(content)
                raise BrokenAnswerError(f"no file but {sorted(answer)}")
            return Media(response.content_type, content)

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        body: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            async with self._http.request(
                method, url, params=params, data=body, timeout=self._timeout
            ) as response:
                if response.status >= 400:
                    raise BrokenAnswerError(f"HTTP {response.status}")
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise UnreachedError(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise UnsureError(type(error).__name__) from None


def _json(data: Any) -> bytes | None:
    return None if data is None else msgspec.json.encode(data)


def _form(upload: Upload) -> aiohttp.FormData:
    # The platform reads the file's kind from its name, and reads it unquoted.
    form = aiohttp.FormData(quote_fields=False)
    form.add_field(
        "media", upload.content, filename=upload.name, content_type=upload.media_type
    )
    return form


def _decode(body: bytes) -> dict[str, Any]:
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
        code = int(answer.get("errcode") or 0)
    except (msgspec.DecodeError, TypeError, ValueError):
        raise BrokenAnswerError("not JSON") from None
    if code:
        raise RefusedError(code, str(answer.get("errmsg", "")), answer)
    return answer


async def _read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > limit:
            raise BrokenAnswerError("file too large")
    return bytes(content)
