"""``/u/{token}``: hand in a picture, a PDF or a long text from a phone's browser.

The link works once. Opening it only shows the page, because previews of links
open them too; sending the form uses it up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.links import Links
from bot.pages.rendering import gone, page
from bot.pages.wording import ANY_PAGE
from bot.uploads import MAX_UPLOAD, PICTURES_AND_PDF, safe_name, sniff

_CHUNK = 64 * 1024


class UploadRequest(msgspec.Struct, frozen=True):
    """What a link asks for: the page's title, and one line on what is wanted.

    ``what`` names the files that are taken, ``accepts`` their media types.
    """

    title: str
    hint: str
    what: str = ANY_PAGE
    accepts: frozenset[str] = PICTURES_AND_PDF

    @property
    def listed(self) -> str:
        """The media types as a browser wants them."""
        return ",".join(sorted(self.accepts))


FindUpload = Callable[[str], Awaitable[UploadRequest | None]]
"""What the link with this secret asks for; None when unknown, used or expired."""


class ReceiveUpload(Protocol):
    """Takes what was handed in and uses the link up, in one transaction."""

    def __call__(
        self, secret: str, *, name: str, media_type: str, content: bytes
    ) -> Awaitable[bool]:
        """False when the link was used or expired in the meantime."""


class _Refused(Exception):  # noqa: N818 -- a verdict, shown on the page
    """The form cannot be taken; ``why`` names the line that says so."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def upload_routes(
    links: Links, find_upload: FindUpload, receive_upload: ReceiveUpload
) -> list[web.RouteDef]:
    """The upload page."""

    async def find(request: web.Request) -> tuple[str, UploadRequest] | None:
        secret = links.read_upload(request.match_info["token"])
        asked = await find_upload(secret) if secret else None
        return (secret, asked) if secret and asked else None

    async def show(request: web.Request) -> web.Response:
        found = await find(request)
        return page("upload", asked=found[1], why="") if found else gone()

    async def take(request: web.Request) -> web.Response:
        found = await find(request)
        if found is None:
            return gone()
        secret, asked = found
        try:
            name, content = await _read_form(request)
            media_type = _accepted(content, asked)
        except _Refused as refused:
            return page("upload", status=422, asked=asked, why=refused.why)
        taken = await receive_upload(
            secret,
            name=safe_name(name, "upload"),
            media_type=media_type,
            content=content,
        )
        return page("uploaded", asked=asked) if taken else gone()

    return [web.get("/u/{token}", show), web.post("/u/{token}", take)]


async def _read_form(request: web.Request) -> tuple[str, bytes]:
    """The file of the form: its name and content, read no further than allowed."""
    if not request.content_type.startswith("multipart/"):
        raise _Refused("empty")
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                return part.filename or "", await _read_part(part)
    except (ValueError, HttpProcessingError):
        raise _Refused("empty") from None
    raise _Refused("empty")


async def _read_part(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > MAX_UPLOAD:
            raise _Refused("too_big")
    return bytes(content)


def _accepted(content: bytes, asked: UploadRequest) -> str:
    if not content:
        raise _Refused("empty")
    media_type = sniff(content)
    if media_type not in asked.accepts:
        raise _Refused("wrong_kind")
    return media_type
