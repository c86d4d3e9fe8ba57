"""``/n/{slug}``: a published notice, as people read it on a phone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec
from aiohttp import web

from bot.clock import CHINA
from bot.pages.rendering import gone, page


class PublicNotice(msgspec.Struct, frozen=True):
    """What everybody with the address may read. Plain text; empty lines part it."""

    title: str
    body: str
    publisher: str
    published_at: datetime


FindNotice = Callable[[str], Awaitable[PublicNotice | None]]
"""The published notice of a slug; None when unknown, withdrawn or a draft."""


def notice_routes(find_notice: FindNotice) -> list[web.RouteDef]:
    """The notice page."""

    async def show(request: web.Request) -> web.Response:
        notice = await find_notice(request.match_info["slug"])
        if notice is None:
            return gone()
        return page(
            "notice",
            notice=notice,
            paragraphs=_paragraphs(notice.body),
            published=notice.published_at.astimezone(CHINA),
        )

    return [web.get("/n/{slug}", show)]


def _paragraphs(body: str) -> list[str]:
    parts = body.replace("\r\n", "\n").split("\n\n")
    return [part.strip("\n") for part in parts if part.strip()]
