"""``/n/{slug}``: a published notice, as people read it on a phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from aiohttp import web

from bot.clock import CHINA
from bot.pages.documents import document_response
from bot.pages.rendering import gone, page
from bot.ports import StoredFile


class PublicTable(msgspec.Struct, frozen=True):
    """A table under a notice; every row has as many texts as the header."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class PublicNotice(msgspec.Struct, frozen=True):
    """What everybody with the address may read. Plain text; empty lines part it.

    ``file`` is the name of the file that can be had with it, if there is one.
    """

    title: str
    body: str
    publisher: str
    published_at: datetime
    tables: tuple[PublicTable, ...] = ()
    file: str = ""


FindNotice = Callable[[str], Awaitable[PublicNotice | None]]
"""The published notice of a slug; None when unknown, withdrawn or a draft."""

FindFile = Callable[[str], Awaitable[StoredFile | None]]
"""The file of a published notice's slug; None when there is none."""


def notice_routes(
    find_notice: FindNotice, find_file: FindFile | None = None
) -> list[web.RouteDef]:
    """The notice page, and ``/n/{slug}/file`` with the file that goes with it."""

    async def show(request: web.Request) -> web.Response:
        notice = await find_notice(request.match_info["slug"])
        if notice is None:
            return gone()
        return page(
            "notice",
            notice=notice,
            paragraphs=_paragraphs(notice.body),
            address=f"/n/{request.match_info['slug']}",
            published=notice.published_at.astimezone(CHINA),
        )

    async def download(request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        document = await find_file(slug) if find_file else None
        return gone() if document is None else document_response(document)

    return [web.get("/n/{slug}", show), web.get("/n/{slug}/file", download)]


def _paragraphs(body: str) -> list[str]:
    parts = body.replace("\r\n", "\n").split("\n\n")
    return [part.strip("\n") for part in parts if part.strip()]
